-- mod_crm_link: what happens to stanzas on their way to crmd, and while it is away. Loaded on the component crm.D.
--
-- Attributes with a namespace prefix are taken off, at every depth. libstrophe 0.12 drops the prefix, so that a visitor's
-- <message from='…' xmlns:e='urn:e' e:from='admin@D'/> could reach crmd as from='admin@D'. Prosody keeps such an attribute under the name
-- "namespace\1name" (util.stanza). xml:lang is one too; crmd does not use it.
--
-- While crmd is away, mod_component (0.12.3) answers everything with `wait`/`remote-server-timeout`. That is right for
-- visitors and customers, whose clients keep a message and try again, and for IQs. It is wrong for three:
--   * what staff sent and mod_crm_archive archived. crmd fetches it from the archive when it returns, so an error would make
--     people send a second time what arrives anyway. Such messages (they carry our stanza-id) end here in silence.
--   * receipts of staff, which are not archived and which nobody waits for: a client would show an error for what nobody wrote.
--   * presence: a client would show the bot and all records as broken. crmd asks for presence anew when it returns.
-- A staff message that is not archived (a chat state; a full disk) is answered with the error as before. The error is sent here, because
-- mod_component writes each such stanza's addresses into the log.
--
-- An IQ that crmd has and has not answered when its connection ends is answered with the same error: whoever waits for a form's next page
-- would wait for ever. What it asked for may have been done; a form's last step can be sent again without harm (component/surface/stage.c).
-- Which ones these are is kept here, of the last WAITING; an answer on its way to any of our hosts takes one out. The same for what somebody says
-- to a poll (mod_crm_ballot): it is in no archive, so that what crmd had not read when it ended, or what was sent in the moment before its end was
-- noticed, would be lost without a word. Of several that one client said to one poll, the last: only that counts.
--
-- Large tags end here as `policy-violation`: more than MAX_TAG bytes of attributes in one element, at any depth. No client needs them, and crmd
-- and Prosody would copy them into answers.
--
-- Hooks on {message,presence}/{bare,full,host}, default priority 0, and on iq, too, for the attributes at -0.5, for the error at -0.7: before
-- mod_component's handlers at -1; what is kept of an IQ or a vote, at -0.8. On every host, {iq,message}/{bare,full,host} at 1000, for answers.
-- component-authenticated, component-disconnected.

local jid = require "util.jid";
local st = require "util.stanza";
local cache = require "util.cache";
local is_ballot = module:require "crm_ballot";

local MAX_TAG = 8 * 1024;
local WAITING = 5000;

local staff_host = module:get_option_string("crm_domain");

local LATER = "The CRM is not there right now. Try again in a moment.";

local waiting = cache.new(WAITING); -- [who asked, whom, id] = the error that answers it if crmd ends
local session_of_crmd;
local heard = {};                   -- [name of a host] = true: answers to it are noticed

local function crmd_is_away()
	return not prosody.hosts[module.host].modules.component.connected;
end

local function is_archived_from_staff(stanza)
	local user, host = jid.split(stanza.attr.from);
	return host == staff_host and user ~= nil
		and stanza:get_child_with_attr("stanza-id", "urn:xmpp:sid:0", "by", user.."@"..host) ~= nil;
end

local function is_receipt_from_staff(stanza)
	return jid.host(stanza.attr.from) == staff_host and #stanza.tags == 1 and stanza:get_child("received", "urn:xmpp:receipts") ~= nil;
end

local function swallow_from_staff(event)
	if not crmd_is_away() then return; end
	if is_archived_from_staff(event.stanza) or is_receipt_from_staff(event.stanza) then return true; end
end

local function swallow_presence()
	if crmd_is_away() then return true; end
end

-- As mod_component would, but without a line in the log for each stanza, with its addresses.
local function answer_later(event)
	local origin, stanza = event.origin, event.stanza;
	if not crmd_is_away() then return; end
	if stanza.attr.type ~= "error" and stanza.attr.type ~= "result" then
		origin.send(st.error_reply(stanza, "wait", "remote-server-timeout", LATER));
	end
	return true;
end

local function key(asker, asked, id)
	return asker.."\0"..asked.."\0"..id;
end

local function keep_waiting(event)
	local attr = event.stanza.attr;
	if (attr.type == "get" or attr.type == "set") and attr.from and attr.to and attr.id then
		waiting:set(key(attr.from, attr.to, attr.id), st.error_reply(event.stanza, "wait", "remote-server-timeout", LATER));
	end
end

-- A poll's answer names no id: whatever it says to the client that wrote is one.
local function keep_ballot(event)
	local attr = event.stanza.attr;
	if attr.from and attr.id and is_ballot(attr.to) and event.stanza:get_child("body") then
		waiting:set(key(attr.from, attr.to, ""), st.error_reply(event.stanza, "wait", "remote-server-timeout", LATER));
	end
end

local function notice_ballot_answer(event)
	local attr = event.stanza.attr;
	if attr.to and is_ballot(attr.from) then
		waiting:set(key(attr.to, attr.from, ""), nil);
	end
end

local function notice_answer(event)
	local attr = event.stanza.attr;
	if (attr.type == "result" or attr.type == "error") and attr.from and attr.to and attr.id and jid.host(attr.from) == module.host then
		waiting:set(key(attr.to, attr.from, attr.id), nil);
	end
end

-- crmd connects when all hosts are there; one that is added later is heard from crmd's next connection on.
local function hear_hosts()
	for name, host in pairs(prosody.hosts) do
		if not heard[name] and name ~= module.host then
			heard[name] = true;
			for _, address in ipairs { "bare", "full", "host" } do
				module:hook_object_event(host.events, "iq/"..address, notice_answer, 1000);
				module:hook_object_event(host.events, "message/"..address, notice_ballot_answer, 1000);
			end
		end
	end
end

local function answer_waiting()
	local left = waiting;
	waiting = cache.new(WAITING);
	for _, answer in left:items() do module:send(answer); end
end

module:hook("component-authenticated", function (event)
	session_of_crmd = event.session;
	hear_hosts();
end);

-- A connection that never proved to be crmd ends too. Answered a moment later: then mod_component knows that crmd is away, and so do those who
-- ask again at once.
module:hook("component-disconnected", function (event)
	if event.session ~= session_of_crmd then return; end
	session_of_crmd = nil;
	module:add_timer(0, answer_waiting);
end);

local function has_prefixed(element)
	for name in pairs(element.attr) do
		if name:find("\1", 1, true) then return true; end
	end
	for _, child in ipairs(element.tags) do
		if has_prefixed(child) then return true; end
	end
	return false;
end

local function take_off_prefixed(element)
	for name in pairs(element.attr) do
		if name:find("\1", 1, true) then element.attr[name] = nil; end
	end
	for _, child in ipairs(element.tags) do take_off_prefixed(child); end
	return element;
end

-- A copy, for the stanza may lie in somebody's archive queue or be sent to others too.
local function clean(event)
	if has_prefixed(event.stanza) then event.stanza = take_off_prefixed(st.clone(event.stanza)); end
end

local function has_large_tag(element)
	local bytes = 0;
	for name, value in pairs(element.attr) do bytes = bytes + #name + #value; end
	if bytes > MAX_TAG then return true; end
	for _, child in ipairs(element.tags) do
		if has_large_tag(child) then return true; end
	end
	return false;
end

local function refuse_large_tag(event)
	local origin, stanza = event.origin, event.stanza;
	if not has_large_tag(stanza) then return; end
	if stanza.attr.type ~= "error" and stanza.attr.type ~= "result" and stanza.name ~= "presence" then
		origin.send(st.error_reply(stanza, "modify", "policy-violation", "The attributes of this are too long."));
	end
	return true;
end

for _, address in ipairs { "bare", "full", "host" } do
	for _, kind in ipairs { "message", "presence", "iq" } do
		module:hook(kind.."/"..address, refuse_large_tag);
	end
	module:hook("message/"..address, clean, -0.5);
	module:hook("presence/"..address, clean, -0.5);
	module:hook("iq/"..address, clean, -0.5);
	module:hook("message/"..address, swallow_from_staff);
	module:hook("presence/"..address, swallow_presence);
	module:hook("message/"..address, answer_later, -0.7);
	module:hook("iq/"..address, answer_later, -0.7);
	module:hook("iq/"..address, keep_waiting, -0.8);
	module:hook("message/"..address, keep_ballot, -0.8);
end
