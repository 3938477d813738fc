-- mod_crm_archive: what staff send to crm.D is in their archive before crmd gets it, whatever their client wishes.
--
-- crmd recovers what it missed from the archives of the senders (DESIGN section 5), since XEP-0114 acknowledges nothing
-- and stock clients do not send again. So there must be no hole: neither archive preferences (XEP-0313 section 6)
-- nor processing hints (XEP-0334) keep a body for crm.D out. Chat states are not archived, nor are the receipts (XEP-0184) that
-- staff clients send to crm.D: no client shows its own, and crmd needs none that came while it was away, for it sent nothing then. Receipts
-- that come from crm.D are, so that a second device shows what has arrived, and markers (XEP-0333), by mod_mam's own rules.
--
-- crmd tells a live message from a recovered one by `<stanza-id by='alice@D'>` (XEP-0359), so that must be ours. mod_mam
-- of 0.12.3 neither removes what a client made up before it archives, nor lets its own leave the server.
--
-- Prosody's internal storage raises an error for a stanza of more than 127 levels, and it would vanish without an answer; other
-- parsers have their own limits. So whatever staff send nested deeper than MAX_DEPTH is refused first.
--
-- A stanza for crm.D holds at most MAX_TEXT bytes of text: what a person may say at once (16,000 characters of any script) and an
-- envelope. crmd's parser collects text piece by piece, a quote or a newline each, and 256 KB of those took it seconds.
--
-- pre-stanza at 1000: depth and size, before anything looks into the stanza.
-- Hooks on pre-message/{bare,full}, where mod_mam archives at 0 and removes its id from what leaves at -1:
--     10    remove every stanza-id that the client wrote, so that neither archive nor crmd sees it
--   -0.9    read the id that mod_mam gave
--     -2    put it back when the message goes to crm.D, and only then: elsewhere it would tell archive ids to others
-- On pre-message/host mod_mam has no hook: messages to the bare domain crm.D are archived here, at 0.
-- archive-should-store at 10 (what must be in) and 9 (what need not): before mod_mam's rules (-1), behind a later veto for secrets (above 10).
-- iq/self/…:prefs at 10: before mod_mam's own handler (0).

local st = require "util.stanza";
local jid_host = require "util.jid".host;

local component = module:get_option_string("crm_component");
local archive = module:open_store("archive", "archive");

local XMLNS_STANZA_ID = "urn:xmpp:sid:0";
local XMLNS_MAM = "urn:xmpp:mam:2";

local MAX_DEPTH = 32;
local MAX_TEXT = 80 * 1024;

-- The text in an element itself, and its attributes: bytes.
local function text_size(element)
	local size = 0;
	for _, value in pairs(element.attr) do size = size + #value; end
	for _, child in ipairs(element) do
		if type(child) == "string" then size = size + #child; end
	end
	return size;
end

-- Walks level by level, without recursion. Returns bytes of text; nil when it is too deep.
local function measure(stanza)
	local level, size = { stanza }, 0;
	for _ = 1, MAX_DEPTH do
		local next_level = {};
		for _, element in ipairs(level) do
			size = size + text_size(element);
			for _, child in ipairs(element.tags) do next_level[#next_level + 1] = child; end
		end
		if #next_level == 0 then return size; end
		level = next_level;
	end
	return nil;
end

local function goes_to_crm(stanza)
	return stanza.attr.to ~= nil and jid_host(stanza.attr.to) == component;
end

local function refuse(event, text)
	local origin, stanza = event.origin, event.stanza;
	if stanza.attr.type ~= "error" and stanza.attr.type ~= "result" then
		origin.send(st.error_reply(stanza, "modify", "policy-violation", text));
	end
	return false; -- any value but nil ends the stanza's way
end

module:hook("pre-stanza", function (event)
	local size = measure(event.stanza);
	if not size then return refuse(event, "Elements are nested too deeply."); end
	if size > MAX_TEXT and goes_to_crm(event.stanza) then
		return refuse(event, "This is too long: at most 16,000 characters fit. It was not sent; send it in parts.");
	end
end, 1000);

local function own_jid(origin)
	return origin.username.."@"..module.host;
end

local function remove_stanza_ids(event)
	if not event.stanza:get_child("stanza-id", XMLNS_STANZA_ID) then return; end
	event.stanza:maptags(function (tag)
		if tag.name == "stanza-id" and tag.attr.xmlns == XMLNS_STANZA_ID then return nil; end
		return tag;
	end);
end

local function read_archive_id(event)
	local element = event.stanza:get_child_with_attr("stanza-id", XMLNS_STANZA_ID, "by", own_jid(event.origin));
	event.crm_archive_id = element and element.attr.id;
end

local function add_archive_id(event)
	if not event.crm_archive_id or not goes_to_crm(event.stanza) then return; end
	event.stanza = st.clone(event.stanza):tag("stanza-id", {
		xmlns = XMLNS_STANZA_ID, by = own_jid(event.origin), id = event.crm_archive_id;
	}):up();
end

for _, address in ipairs { "bare", "full" } do
	module:hook("pre-message/"..address, remove_stanza_ids, 10);
	module:hook("pre-message/"..address, read_archive_id, -0.9);
	module:hook("pre-message/"..address, add_archive_id, -2);
end

local function has_body_for_crm(stanza)
	local kind = stanza.attr.type;
	return kind ~= "error" and kind ~= "groupchat" and goes_to_crm(stanza) and stanza:get_child("body") ~= nil;
end

module:hook("pre-message/host", function (event)
	remove_stanza_ids(event);
	if not has_body_for_crm(event.stanza) then return; end
	local id, problem = archive:append(event.origin.username, nil, event.stanza, os.time(), component);
	if not id then
		module:log("error", "A message of %s to %s is not archived: %s", event.origin.full_jid, component, problem);
		return;
	end
	event.crm_archive_id = id;
	add_archive_id(event);
end);

module:hook("archive-should-store", function (event)
	if event.session.type ~= "c2s" or not has_body_for_crm(event.stanza) then return; end
	event.reason = "crm";
	return true;
end, 10);

local function is_receipt_for_crm(stanza)
	return goes_to_crm(stanza) and #stanza.tags == 1 and stanza:get_child("received", "urn:xmpp:receipts") ~= nil;
end

module:hook("archive-should-store", function (event)
	if event.session.type ~= "c2s" or not is_receipt_for_crm(event.stanza) then return; end
	event.reason = "receipt for crmd";
	return false;
end, 9);

-- The answer to a set is what applies from now on, which a server may decide (XEP-0313 section 6).
module:hook("iq/self/"..XMLNS_MAM..":prefs", function (event)
	event.origin.send(st.reply(event.stanza)
		:tag("prefs", { xmlns = XMLNS_MAM, default = "always" }):tag("always"):up():tag("never"):up());
	return true;
end, 10);
