-- mod_crm_admin: what crmd asks of Prosody, as IQs with the namespace urn:traincape:crm:0.
--
-- Only crmd's own connection is answered; everybody else gets `forbidden`. Loaded on D, my.D and guest.D, each of which
-- answers for its accounts; `missed` and `held` exist where there is an archive. Requests and answers:
--
--   get <barrier/>                      <barrier now='1763842345.123' boot='…'/>
--       Prosody handles one stanza after the other, so the answer proves that all before the request were routed and archived.
--       `now` is this machine's clock in Unix seconds, `boot` changes with each process.
--   get <sessions after='jid'?/>        <sessions complete='true|false' next='jid'?><session jid= show= priority= available= hibernating=/>…
--       bound sessions in the order of their JIDs; repeat with after=next until complete.
--   get <missed since= after=? max=?/>  <missed complete= last=><sent by= archive-id= stamp=><message xmlns='jabber:client'/></sent>…
--       what accounts sent to crm.D, from their archives, oldest first over all accounts. mod_mam stamps whole seconds, so
--       a little before `since` is included: take in by archive-id. An unknown cursor is `item-not-found`: begin again without.
--   get <held since=><message to= id=/>…  <held><message to= id=/>…
--       which of these the recipients' archives hold.
--   set <end-sessions user= reason=?/>  <end-sessions count='2'/>
--       ends the user's sessions now, hibernating ones (XEP-0198) and half-opened ones too; none can be resumed.
--   set <staff-changed/>                empty result; the shared roster is read again (mod_crm_roster).
--
-- DESIGN of `missed`: the accounts that have ever logged in (mod_auth_crm remembers them) are asked one after the other, by time, which
-- is indexed; the sorted result is kept while its pages are fetched. What arrives meanwhile is not in it and need not be:
-- crmd is connected and gets it live.
--
-- Hooks: iq-{get,set}/host/urn:traincape:crm:0:*, default priority: nobody else knows the namespace. On guest.D and my.D
-- mod_crm_guard (1000) has already turned away everybody but crm.D.

local st = require "util.stanza";
local jid = require "util.jid";
local datetime = require "util.datetime".datetime;
local new_id = require "util.id".medium;
local nodeprep = require "util.encodings".stringprep.nodeprep;
local now = require "util.time".now;
local modulemanager = require "core.modulemanager";

local XMLNS = "urn:traincape:crm:0";
local SESSIONS_PER_PAGE = 200;
local MISSED_PER_PAGE = 100;
local PAGE_BYTES = 128 * 1024; -- an answer ends after the message that passes this size
local CLOCK_SLACK = 2;         -- seconds: whole-second stamps, and a clock that was set
local RESULT_KEPT_FOR = 60;    -- seconds

local host = module.host;
local component = module:get_option_string("crm_component");
local process = module:shared("/*/crm_admin/process");
process.boot = process.boot or new_id();

---------------------------------------------------------------------------------------------------------

local function bad_request(event, text)
	event.origin.send(st.error_reply(event.stanza, "modify", "bad-request", text));
	return true;
end

local function answer(event, element)
	event.origin.send(st.reply(event.stanza):add_child(element));
	return true;
end

-- `handler` gets the event and the request element.
local function serve(kind, name, handler)
	module:hook("iq-"..kind.."/host/"..XMLNS..":"..name, function (event)
		local origin = event.origin;
		if origin.type ~= "component" or origin.host ~= component then
			origin.send(st.error_reply(event.stanza, "auth", "forbidden"));
			return true;
		end
		return handler(event, event.stanza.tags[1]);
	end);
end

local function bool(value)
	return value and "true" or "false";
end

---------------------------------------------------------------------------------------------------------
-- barrier

serve("get", "barrier", function (event)
	return answer(event, st.stanza("barrier", { xmlns = XMLNS, now = ("%.3f"):format(now()), boot = process.boot }));
end);

---------------------------------------------------------------------------------------------------------
-- sessions

local function session_addresses(after)
	local addresses = {};
	for _, account in pairs(prosody.hosts[host].sessions) do
		for _, session in pairs(account.sessions) do
			if not after or session.full_jid > after then addresses[#addresses + 1] = session.full_jid; end
		end
	end
	table.sort(addresses);
	return addresses;
end

local function describe_session(session)
	local presence = session.presence;
	return st.stanza("session", {
		jid = session.full_jid;
		show = presence and presence:get_child_text("show") or "";
		priority = ("%d"):format(session.priority or 0);
		available = bool(presence);
		hibernating = bool(session.hibernating);
	});
end

serve("get", "sessions", function (event, request)
	local addresses = session_addresses(request.attr.after);
	local count = math.min(#addresses, SESSIONS_PER_PAGE);
	local complete = count == #addresses;
	local result = st.stanza("sessions", { xmlns = XMLNS, complete = bool(complete), next = not complete and addresses[count] or nil });
	for i = 1, count do result:add_child(describe_session(prosody.full_sessions[addresses[i]])); end
	return answer(event, result);
end);

---------------------------------------------------------------------------------------------------------
-- end-sessions

-- Bound sessions, and those that have authenticated but not bound a resource yet.
local function sessions_of(username)
	local found = {};
	local account = prosody.hosts[host].sessions[username];
	for _, session in pairs(account and account.sessions or {}) do found[#found + 1] = session; end
	for _, session in pairs(module:shared("/*/c2s/sessions")) do
		if session.username == username and session.host == host and not session.full_jid then found[#found + 1] = session; end
	end
	return found;
end

serve("set", "end-sessions", function (event, request)
	local username = nodeprep(request.attr.user or "");
	if not username or username == "" then return bad_request(event, "end-sessions needs a user, as in user='alice'."); end
	local sessions = sessions_of(username);
	for _, session in ipairs(sessions) do
		session:close { condition = "not-authorized", text = request.attr.reason or "Your session was ended." };
	end
	module:log("info", "Ended %d sessions of %s: %s", #sessions, username, request.attr.reason or "no reason given");
	module:fire_event("crm-staff-changed");
	return answer(event, st.stanza("end-sessions", { xmlns = XMLNS, count = ("%d"):format(#sessions) }));
end);

serve("set", "staff-changed", function (event)
	module:fire_event("crm-staff-changed");
	event.origin.send(st.reply(event.stanza));
	return true;
end);

---------------------------------------------------------------------------------------------------------
-- missed and held

if not modulemanager.get_modules_for_host(host):contains("mam") then return; end

local archive = module:open_store("archive", "archive");
local seen_accounts = module:open_store("crm_seen");

local function parse_since(request)
	local since = tonumber(request.attr.since);
	return since and math.floor(since) - CLOCK_SLACK;
end

-- Iterates over (archive id, message, time, with) of one account; nothing, and a log line, if it cannot be read.
local function archived(username, since)
	local items, problem = archive:find(username, { start = since });
	if items then return items; end
	module:log("error", "The archive of %s cannot be read: %s", username, problem);
	return function () end;
end

local function collect_missed(since)
	local found = {};
	for username in seen_accounts:users() do
		local address = username.."@"..host;
		for id, message, when, with in archived(username, since) do
			if jid.host(with) == component and jid.bare(message.attr.from) == address then
				found[#found + 1] = { by = address, id = id, message = message, when = when, order = #found };
			end
		end
	end
	table.sort(found, function (a, b)
		if a.when ~= b.when then return a.when < b.when; end
		return a.order < b.order; -- within an account, the order in which it sent
	end);
	return found;
end

local kept_result; -- { since, messages, expires }

local function get_missed(since, after)
	local reuse = after and kept_result and kept_result.since == since and kept_result.expires > now();
	if not reuse then
		kept_result = { since = since, messages = collect_missed(since), expires = now() + RESULT_KEPT_FOR };
	end
	return kept_result.messages;
end

local function position_of(messages, archive_id)
	for i, entry in ipairs(messages) do
		if entry.id == archive_id then return i; end
	end
end

local function describe_missed(entry)
	local message = st.clone(entry.message);
	message.attr.xmlns = "jabber:client";
	return st.stanza("sent", { by = entry.by, ["archive-id"] = entry.id, stamp = datetime(entry.when) }):add_child(message);
end

serve("get", "missed", function (event, request)
	local since, after = parse_since(request), request.attr.after;
	if not since then return bad_request(event, "missed needs Unix seconds, as in since='1763842345.123'."); end
	local messages = get_missed(since, after);
	local position = after and position_of(messages, after) or 0;
	if after and position == 0 then
		event.origin.send(st.error_reply(event.stanza, "cancel", "item-not-found", "This cursor is unknown. Begin again without it."));
		return true;
	end
	local limit = math.min(tonumber(request.attr.max) or MISSED_PER_PAGE, MISSED_PER_PAGE);
	local result, bytes, count = st.stanza("missed", { xmlns = XMLNS }), 0, 0;
	while count < limit and bytes < PAGE_BYTES and messages[position + 1] do
		position, count = position + 1, count + 1;
		local element = describe_missed(messages[position]);
		bytes = bytes + #tostring(element);
		result:add_child(element);
	end
	result.attr.complete = bool(not messages[position + 1]);
	result.attr.last = messages[position] and messages[position].id;
	if not messages[position + 1] then kept_result = nil; end
	return answer(event, result);
end);

-- The set of ids that crm.D's messages to this account carry.
local function held_ids(username, since)
	local ids = {};
	for _, message, _, with in archived(username, since) do
		if message.attr.id and jid.host(with) == component and jid.host(message.attr.from) == component then ids[message.attr.id] = true; end
	end
	return ids;
end

serve("get", "held", function (event, request)
	local since = parse_since(request);
	if not since then return bad_request(event, "held needs Unix seconds, as in since='1763842345.123'."); end
	local result, ids_by_user = st.stanza("held", { xmlns = XMLNS }), {};
	for asked in request:childtags("message") do
		local username, asked_host = jid.prepped_split(asked.attr.to or "");
		if username and asked_host == host and asked.attr.id then
			ids_by_user[username] = ids_by_user[username] or held_ids(username, since);
			if ids_by_user[username][asked.attr.id] then
				result:tag("message", { to = asked.attr.to, id = asked.attr.id }):up();
			end
		end
	end
	return answer(event, result);
end);
