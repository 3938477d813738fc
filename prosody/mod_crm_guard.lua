-- mod_crm_guard: the walls around visitors (guest.D) and customers (my.D).
--
-- They may reach support@crm.D, files.D for an upload slot (XEP-0363), and of their own server what a client needs. All
-- else is `forbidden`, whether it exists or not. In the other direction only crm.D reaches them.
--
-- What they send to support@crm.D is reduced to an allow-list: a message keeps one element of each kind that the desk
-- understands and the attributes that address it. So nothing can be spoofed by wrapping it: no <delay>, <forwarded>, carbons,
-- <stanza-id>, <privilege>, MUC or pubsub payload gets through, and no depth bomb, whatever comes to be invented.
--
-- Limits. A body of more than MAX_BODY characters is `modify`/`policy-violation`, so that the widget keeps the text and
-- shows the reason. Too many messages, per account or per address, are `wait`/`resource-constraint`: it sends later. A stanza over
-- MAX_STANZA bytes ends the stream (mod_c2s has that limit for all hosts alike).
--
-- What is shown and not said goes on to a member of staff's clients one by one, unlike receipts, which only crmd counts: typing (XEP-0085) and coming and
-- going. Ten visitors at the rate of stanzas sent a salesperson 175 a second of each, while crmd did not get slower. So an account has SHOW_RATE of each, a
-- person's pace, and for typing its address has its rate of messages. Typing over that is dropped without an answer, and so is any message
-- without a body over the rate of stanzas: nobody waits for one. But for receipts, without which crmd holds back what comes next: they are refused as
-- all else is, and the widget sends them again. Who goes is always heard.
--
-- An address stands for all behind it (crm_limits: IPv6 by its first 64 bits), so its limits are those of an office; what counts over an hour
-- counts on after a restart. Who is told to wait loses nothing: the widget keeps what was not taken, and sends it again.
--
-- Options: crm_guard_own_account (customers: own roster, archive, carbons); per second: crm_guard_account_rate, crm_guard_address_rate
-- (messages), crm_guard_account_stanza_rate, crm_guard_address_stanza_rate; per address: crm_guard_address_sessions (at once),
-- crm_guard_address_conversations and crm_guard_address_uploads (per hour; none when not set); crm_guard_address_upload_space and
-- crm_guard_upload_space (megabytes a day that an address, and all of this host together, may ask to upload; none when not set).
--
-- Hooks: pre-stanza at 1000, the one event that everything a client sends passes first (also what modules send in its
-- name, such as presence to its other devices); {iq,message,presence}/{bare,full,host} at 1000 for the other direction, message/full at 900 too.
-- authentication-success at -1, after mod_c2s (0) has set the stream's limit. pre-resource-bind to count devices.

local st = require "util.stanza";
local jid = require "util.jid";
local add_filter = require "util.filters".add_filter;

local limits = module:require "crm_limits";

local MAX_BODY = 4000;        -- characters
local MAX_STANZA = 64 * 1024; -- bytes
local READ_SIZE = 8192;       -- bytes that Prosody reads at once: as much of other stanzas may come along
local MAX_ID = 128;           -- bytes of a stanza's id
local MAX_DEPTH = 6;          -- levels inside a message's child
local MAX_DEVICES = 10;
local SHOW_RATE = 1;          -- of typing notices, and of presences, per second
local BURST = 15;             -- seconds of the sustained rate that may come at once

local host = module.host;
local component = module:get_option_string("crm_component");
local desk = "support@"..component;
local files = "files."..module:get_option_string("crm_domain");
local account_rate = module:get_option_number("crm_guard_account_rate", 2);
local address_rate = module:get_option_number("crm_guard_address_rate", 20);
local account_stanza_rate = module:get_option_number("crm_guard_account_stanza_rate", 20); -- typing notices, queries, presence
local address_stanza_rate = module:get_option_number("crm_guard_address_stanza_rate", 200);
local max_sessions = module:get_option_number("crm_guard_address_sessions", 200);
local max_conversations = module:get_option_number("crm_guard_address_conversations", math.huge);
local max_uploads = module:get_option_number("crm_guard_address_uploads", math.huge);
local max_address_space = module:get_option_number("crm_guard_address_upload_space", math.huge);
local max_space = module:get_option_number("crm_guard_upload_space", math.huge);

---------------------------------------------------------------------------------------------------------
-- Allow-lists

-- Payloads of IQs to the own server and account.
local own_payloads = {
	["urn:xmpp:ping"] = true;
	["http://jabber.org/protocol/disco#info"] = true;
	["http://jabber.org/protocol/disco#items"] = true;
	["urn:ietf:params:xml:ns:xmpp-session"] = true;
};
local own_account = module:get_option_boolean("crm_guard_own_account", false);

if own_account then
	-- Not push (XEP-0357): mod_cloud_notify would send to any address that they name, and no push service can be reached from here.
	for _, xmlns in ipairs { "jabber:iq:roster", "urn:xmpp:mam:2", "urn:xmpp:carbons:2" } do
		own_payloads[xmlns] = true;
	end
end

local file_payloads = {
	["urn:xmpp:http:upload:0"] = true;
	["http://jabber.org/protocol/disco#info"] = true;
	["http://jabber.org/protocol/disco#items"] = true;
};

-- Children of messages to the desk: [namespace] = { [name] = true }, or true for all names of a namespace.
local message_children = {
	["jabber:client"] = { body = true, thread = true, error = true };
	["urn:xmpp:receipts"] = true;                                  -- XEP-0184
	["urn:xmpp:chat-markers:0"] = true;                            -- XEP-0333
	["http://jabber.org/protocol/chatstates"] = true;              -- XEP-0085
	["urn:xmpp:sid:0"] = { ["origin-id"] = true };                 -- XEP-0359
	["urn:xmpp:message-correct:0"] = { replace = true };           -- XEP-0308
	["urn:xmpp:reply:0"] = { reply = true };                       -- XEP-0461
	["urn:xmpp:reactions:0"] = { reactions = true };               -- XEP-0444
	["jabber:x:oob"] = { x = true };                               -- XEP-0066, an uploaded file
	["urn:xmpp:eme:0"] = { encryption = true };                    -- XEP-0380, so that the desk can say it cannot read it
};

local presence_children = {
	["jabber:client"] = { show = true, status = true, priority = true };
	["http://jabber.org/protocol/caps"] = { c = true };            -- XEP-0115
};

-- Those of them that crmd waits for.
local acknowledgements = { ["urn:xmpp:receipts"] = true, ["urn:xmpp:chat-markers:0"] = true };

local message_types = { chat = true, normal = true, error = true };

---------------------------------------------------------------------------------------------------------
-- Reduction

local function is_allowed_child(list, child)
	local names = list[child.attr.xmlns or "jabber:client"];
	return names == true or (names ~= nil and names[child.name] == true);
end

local function is_shallow(element, levels)
	if levels == 0 then return false; end
	for _, child in ipairs(element.tags) do
		if not is_shallow(child, levels - 1) then return false; end
	end
	return true;
end

-- Keeps the first child of each allowed kind, no stray text, and only the attributes of RFC 6120.
local function reduce(stanza, list)
	local kept, seen = {}, {};
	for _, child in ipairs(stanza.tags) do
		local kind = child.name.." "..(child.attr.xmlns or "");
		if not seen[kind] and is_allowed_child(list, child) and is_shallow(child, MAX_DEPTH) then
			seen[kind] = true;
			kept[#kept + 1] = child;
		end
	end
	for i = #stanza, 1, -1 do stanza[i] = nil; end
	for i, child in ipairs(kept) do stanza[i] = child; end
	stanza.tags = kept;
	local attr = stanza.attr;
	stanza.attr = { from = attr.from, to = attr.to, id = attr.id, type = attr.type, ["xml:lang"] = attr["xml:lang"] };
end

---------------------------------------------------------------------------------------------------------
-- Refusals

local function refuse(event, kind, condition, text)
	local origin, stanza = event.origin, event.stanza;
	if stanza.attr.type ~= "error" and stanza.attr.type ~= "result" then
		origin.send(st.error_reply(stanza, kind, condition, text));
	end
	return false; -- pre-stanza: any value but nil ends the stanza's way
end

local function forbid(event)
	return refuse(event, "auth", "forbidden", "Only the support desk can be reached from here.");
end

local function thousands(number)
	return (("%d"):format(number):reverse():gsub("(%d%d%d)", "%1,"):reverse():gsub("^,", ""));
end

---------------------------------------------------------------------------------------------------------
-- Rates

local HOUR, DAY = 3600, 86400;

local get_account_throttle = limits.rate(account_rate, BURST);
local get_address_throttle = limits.rate(address_rate, BURST);
local get_stanza_throttle = limits.rate(account_stanza_rate, BURST);
local get_address_stanza_throttle = limits.rate(address_stanza_rate, BURST);
local get_typing_throttle = limits.rate(SHOW_RATE, BURST);
local get_address_typing_throttle = limits.rate(address_rate, BURST);
local get_presence_throttle = limits.rate(SHOW_RATE, BURST);
local conversations = limits.window("conversations", max_conversations, HOUR); -- who wrote, by address
local uploads = limits.window("uploads", max_uploads, HOUR);

-- mod_http_file_share counts a slot as space for as long as it keeps files, whether anything is uploaded or not, and its quota is everybody's:
-- without a share of their own, strangers with a new name for each slot would leave no room for the files of staff.
local SPACE_UNIT = 64 * 1024; -- bytes
local max_file = module:context(files):get_option_number("http_file_share_size_limit", 10 * 1024 * 1024);
local UNITS = 1024 * 1024 / SPACE_UNIT;
local address_space = limits.window("address-space", max_address_space * UNITS, DAY);
local host_space = limits.window("space", max_space * UNITS, DAY);

local function may_send_message(origin)
	local account, address = get_account_throttle(origin.username), get_address_throttle(limits.sender_of(origin.ip));
	if not account:peek(1) or not address:peek(1) then return false; end
	account:poll(1);
	address:poll(1);
	return true;
end

local function may_show_typing(origin)
	return get_typing_throttle(origin.username):poll(1) and get_address_typing_throttle(limits.sender_of(origin.ip)):poll(1);
end

local function may_send_stanza(origin)
	return get_stanza_throttle(origin.username):poll(1) and get_address_stanza_throttle(limits.sender_of(origin.ip)):poll(1);
end

---------------------------------------------------------------------------------------------------------
-- From them

local function acknowledges(stanza)
	for _, child in ipairs(stanza.tags) do
		if acknowledgements[child.attr.xmlns] then return true; end
	end
	return false;
end

-- A message without a body.
local function check_signal(event)
	local stanza = event.stanza;
	if stanza.attr.type == "error" then return nil; end
	local shown = false;
	for _, child in ipairs(stanza.tags) do shown = shown or not acknowledgements[child.attr.xmlns]; end
	if shown and not may_show_typing(event.origin) then
		stanza:maptags(function (child) return acknowledgements[child.attr.xmlns] and child or nil; end);
	end
	if #stanza.tags == 0 then return false; end
end

local function check_message(event)
	local stanza = event.stanza;
	if not message_types[stanza.attr.type or "normal"] then return forbid(event); end
	reduce(stanza, message_children);
	local body = stanza:get_child_text("body");
	if not body then return check_signal(event); end
	local length = utf8.len(body); -- util.encodings.utf8.length counts bytes
	if length > MAX_BODY then
		return refuse(event, "modify", "policy-violation", ("A message can have up to %s characters; this one has %s."):format(
			thousands(MAX_BODY), thousands(length)));
	end
	local origin = event.origin;
	if not may_send_message(origin) then
		return refuse(event, "wait", "resource-constraint", "Too many messages at once. Wait a few seconds, then try again.");
	end
	if not conversations:take(limits.sender_of(origin.ip), origin.username) then
		return refuse(event, "wait", "resource-constraint", "Too many new conversations were begun from your network. Wait some minutes, then try again.");
	end
end

local function has_payload(stanza, list)
	if stanza.attr.type == "result" or stanza.attr.type == "error" then return true; end
	local payload = stanza.tags[1];
	return payload ~= nil and list[payload.attr.xmlns] == true and is_shallow(payload, MAX_DEPTH);
end

local function check_own(event)
	local stanza = event.stanza;
	if stanza.name == "presence" then reduce(stanza, presence_children); return nil; end
	if stanza.name == "iq" and has_payload(stanza, own_payloads) then return nil; end
	return forbid(event);
end

-- What is too large for any slot, or no size, takes none: mod_http_file_share refuses it.
local function take_space(sender, size)
	if not size or size < 0 or size > max_file then return true; end
	local units = math.max(1, math.ceil(size / SPACE_UNIT));
	if not address_space:has_room(sender, units) or not host_space:has_room(host, units) then return false; end
	address_space:add(sender, units);
	host_space:add(host, units);
	return true;
end

local function check_files(event)
	local stanza = event.stanza;
	if stanza.name ~= "iq" or not has_payload(stanza, file_payloads) then return forbid(event); end
	local request = stanza:get_child("request", "urn:xmpp:http:upload:0");
	if not request then return nil; end
	local sender = limits.sender_of(event.origin.ip);
	if not uploads:take(sender, uploads:count(sender) + 1) then
		return refuse(event, "wait", "resource-constraint", "Too many files were sent from your network. Wait some minutes, then try again.");
	end
	if not take_space(sender, tonumber(request.attr.size)) then
		return refuse(event, "wait", "resource-constraint", "Too much was sent here today. Try again tomorrow, or send a smaller file.");
	end
end

-- The first of a session always passes: with it, crmd learns that there is a session to send to.
local function check_presence(event)
	local origin, stanza = event.origin, event.stanza;
	reduce(stanza, presence_children);
	local may_pass = get_presence_throttle(origin.username):poll(1);
	if may_pass or stanza.attr.type or not origin.crm_was_shown then
		origin.crm_was_shown = true;
		return nil;
	end
	return refuse(event, "wait", "resource-constraint", "You come and go too often. Wait a few seconds.");
end

local function check_desk(event)
	local stanza = event.stanza;
	if stanza.name == "message" then return check_message(event); end
	if stanza.name == "presence" then return check_presence(event); end
	-- mod_privilege takes its payload on every host, and fails over it without an answer where there are no accounts.
	if not is_shallow(stanza, MAX_DEPTH) or stanza:get_child("privileged_iq", "urn:xmpp:privilege:2") then return forbid(event); end
end

module:hook("pre-stanza", function (event)
	local origin, stanza = event.origin, event.stanza;
	if origin.type ~= "c2s" then return nil; end
	if stanza.attr.id and #stanza.attr.id > MAX_ID then
		return refuse(event, "modify", "policy-violation", "The id of a stanza can have up to "..MAX_ID.." bytes.");
	end
	if not origin.destroyed and not may_send_stanza(origin) then -- a farewell always passes
		if stanza.name == "message" and not stanza:get_child("body") and not acknowledges(stanza) then return false; end
		return refuse(event, "wait", "resource-constraint", "Too much at once. Wait a few seconds, then try again.");
	end
	local to = stanza.attr.to;
	local to_bare = to and jid.bare(to);
	if to_bare == desk then return check_desk(event); end
	if to_bare == files then return check_files(event); end
	if not to or to_bare == host or to_bare == origin.username.."@"..host then return check_own(event); end
	return forbid(event);
end, 1000);

---------------------------------------------------------------------------------------------------------
-- To them

local function may_reach(event)
	local origin, stanza = event.origin, event.stanza;
	local to_user = jid.node(stanza.attr.to or "");
	local from_user, from_host = jid.split(stanza.attr.from or "");
	if from_host == component then return origin.type == "component" and origin.host == component; end
	if not stanza.attr.to then return true; end -- from an account to itself
	if from_host ~= host then return false; end
	return from_user == nil or to_user == nil or from_user == to_user;
end

local function check_inbound(event)
	if may_reach(event) then return nil; end
	refuse(event, "auth", "forbidden", "Only the support desk can reach this address.");
	return true;
end

for _, kind in ipairs { "iq", "message", "presence" } do
	for _, address in ipairs { "bare", "full", "host" } do
		module:hook(kind.."/"..address, check_inbound, 1000);
	end
end

-- Prosody gives what is for a session that has ended to the account's other sessions (RFC 6121, 8.5.3.2.1), perhaps to one that crmd has not
-- heard of: there it would come before the messages that crmd sends it first. crmd sends each session what it has not got.
local function drop_if_ended(event)
	return not prosody.full_sessions[event.stanza.attr.to] or nil;
end

if not own_account then module:hook("message/full", drop_if_ended, 900); end

---------------------------------------------------------------------------------------------------------
-- Streams

-- A WebSocket frame is fed to the parser as a whole (mod_websocket's filter, at 0, puts it together), which looks at its limit only afterwards.
local function end_if_large(data, session)
	if not data or #data <= MAX_STANZA + READ_SIZE then return data; end
	session:close({ condition = "policy-violation", text = "A stanza can have up to "..MAX_STANZA.." bytes." });
end

module:hook("authentication-success", function (event)
	local session = event.session;
	if not session.stream then return; end -- BOSH has a stream per request
	session.stanza_size_limit = MAX_STANZA;
	session.stream:set_stanza_size_limit(MAX_STANZA);
	add_filter(session, "bytes/in", end_if_large, -10);
end, -1);

local sessions_of = {}; -- by sender: how many sessions are bound, those that wait to be resumed included

local function too_many(event, text)
	event.error = { type = "wait", condition = "resource-constraint", text = text };
	return false;
end

module:hook("pre-resource-bind", function (event)
	local session = event.session;
	local account = prosody.hosts[host].sessions[session.username];
	local devices = 0;
	for _ in pairs(account and account.sessions or {}) do devices = devices + 1; end
	if devices >= MAX_DEVICES then return too_many(event, "Too many windows are connected already."); end
	if (sessions_of[limits.sender_of(session.ip)] or 0) >= max_sessions then
		return too_many(event, "Too many windows are connected from your network. Try again later.");
	end
end);

module:hook("resource-bind", function (event)
	local sender = limits.sender_of(event.session.ip);
	event.session.crm_sender = sender; -- a resumed session may come from elsewhere
	sessions_of[sender] = (sessions_of[sender] or 0) + 1;
end);

module:hook("resource-unbind", function (event)
	local sender = event.session.crm_sender;
	if not sender then return; end
	event.session.crm_sender = nil;
	sessions_of[sender] = sessions_of[sender] > 1 and sessions_of[sender] - 1 or nil;
end);
