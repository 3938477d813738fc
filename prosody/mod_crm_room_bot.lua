-- mod_crm_room_bot: the bot sits in every room, and hears only what is said to it. Loaded on rooms.D, beside mod_crm_rooms.
--
-- The bot is an occupant (XEP-0045) of each room that this module keeps there by itself, whether crmd is connected or not. It is deaf: what
-- is said in a room goes to crmd only when it begins with the bot's name ("bot: lead 42", "bot, …", "@bot …"), without that name; nothing else
-- leaves this process. crmd cannot be reached from a room in any other way, so that what it gets is true: who speaks is the account behind the
-- occupant, as mod_muc knows it, and not what a stanza says. The request, an IQ from rooms.D, which no client can send:
--
--   set <mention xmlns='urn:traincape:crm:0' room='team-3' nick='Priya' id='archive id'><message xmlns='jabber:client' from='priya@D' to='bot@crm.D'
--       type='chat' id=><body>lead 42</body><replace/>?</message></mention>
--       result: it is committed, and the answer will come; the same (room, id) again has no effect.
--       error of type wait: later. Any other error: not to be sent again.
--
-- What is not answered is kept on disk (store crm_mentions) and sent again, in each speaker's order, until it is older than GIVE_UP_AFTER: while crmd
-- or PostgreSQL is away, or after a crash of any process. Whoever waits is told so in the room, once. So is who said what is given up, or refused by
-- crmd, or more than is kept.
--
-- No more than KEPT_OF_ROOM mentions of a room and KEPT_IN_ALL are kept: in the hour until they are given up, a room has more to say to somebody who
-- does not answer only when a program says it; and the file is written anew with each, 6 MB at worst (MAX_HEARD characters of four bytes).
--
-- Only members of staff are heard; other bots, the bot itself, room history and whatever claims a <delay/> are not. A correction (XEP-0308) goes to crmd as
-- one, which does not act on it.
--
-- crmd speaks as bot@crm.D with type groupchat; it gets the occupant's address here. It repeats what it cannot know to have arrived: an id that was said in
-- this room already, in this process or by the room's archive of a day, is dropped.
--
-- Hooks: message/bare at 1001, before the guard of mod_crm_rooms; message/full at 500, behind it; muc-broadcast-message at -100, behind mod_muc_mam, which has
-- given the message its archive id; {message,presence}/full on crm.D at 1000, before crmd's.

local st = require "util.stanza";
local jid = require "util.jid";
local timer = require "util.timer";
local new_id = require "util.id".medium;
local new_cache = require "util.cache".new;
local now = require "util.time".now;

local muc = module:depends("muc");

local XMLNS = "urn:traincape:crm:0";
local NICK = "bot";
local ANSWER_WITHIN = 30;  -- seconds
local TRY_AGAIN_AFTER = 3; -- seconds
local GIVE_UP_AFTER = 3600;
local KEPT_OF_ROOM, KEPT_IN_ALL = 50, 300;
local QUOTED = 80;         -- characters of a line that is given up
local LOOK_BACK = 86400;   -- seconds of a room's archive, for what crmd repeats
local MAX_HEARD = 5000;    -- characters that go to crmd: more than the 4,000 that it reads, so that it says what is too long

local staff_host = module:get_option_string("crm_domain");
local component = module:get_option_string("crm_component");
local bot = "bot@"..component;
local seat = bot.."/rooms";

local archive = module:open_store("muc_log", "archive");
local store = module:open_store("crm_mentions");

---------------------------------------------------------------------------------------------------------
-- Its seat

local function take_seat(room)
	local nick = room.jid.."/"..NICK;
	local present = room:get_occupant_by_nick(nick);
	if present and present.bare_jid == bot then return; end
	if present then room:set_role(true, nick, nil, "This name is the bot's."); end
	local occupant = room:new_occupant(bot, nick);
	occupant:set_session(seat, st.presence { from = seat, to = nick });
	room:save_occupant(occupant);
	room:publicise_occupant_status(occupant, st.stanza("x", { xmlns = "http://jabber.org/protocol/muc#user" }));
end

module:hook("crm-room-in-step", function (event) take_seat(event.room); end);

local function be_deaf(event)
	return jid.host(event.stanza.attr.from) == module.host and event.stanza.attr.to == seat or nil;
end

---------------------------------------------------------------------------------------------------------
-- Speaking

local said = new_cache(2000);

local function was_said(room, id)
	local key = room.jid.."\n"..id;
	if said:get(key) then return true; end
	said:set(key, true);
	local items = archive:find(jid.node(room.jid), { start = now() - LOOK_BACK, with = "message<groupchat" });
	for _, message in items or function () end do
		if message.attr.id == id then return true; end
	end
	return false;
end

module:hook("message/bare", function (event)
	local origin, stanza = event.origin, event.stanza;
	if origin.type ~= "component" or origin.host ~= component or jid.bare(stanza.attr.from) ~= bot then return; end
	local room = muc.get_room_from_jid(stanza.attr.to);
	if not room or room._data.destroyed or stanza.attr.type ~= "groupchat" then return true; end -- nobody is there to hear it
	if stanza.attr.id and was_said(room, stanza.attr.id) then return true; end
	take_seat(room);
	stanza.attr.from = seat;
end, 1001);

-- Said by us, while crmd cannot; after what is being said now, which is heard before others see it.
local function say(address, text)
	timer.add_task(0, function ()
		local room = muc.get_room_from_jid(address);
		if not room or room._data.destroyed then return; end
		room:broadcast_message(st.message({ type = "groupchat", id = new_id(), from = room.jid.."/"..NICK }):text_tag("body", text));
	end);
end

module:hook("message/full", function (event)
	local stanza = event.stanza;
	if jid.resource(stanza.attr.to) ~= NICK or stanza.attr.type == "error" then return; end
	if stanza:get_child("body") then
		event.origin.send(st.message({ type = "chat", id = new_id(), from = stanza.attr.to, to = stanza.attr.from })
			:text_tag("body", "I do not read private messages of a room. Write to "..bot..", or begin a line in the room with “"..NICK..":”."));
	end
	return true;
end, 500);

---------------------------------------------------------------------------------------------------------
-- What is to be answered. queues[speaker] = list of mentions, the oldest first; the first is on its way when `sending`.

local queues, sending = {}, {};
local send_next;

local function keep()
	local pending = {};
	for _, queue in pairs(queues) do
		for _, mention in ipairs(queue) do pending[#pending + 1] = mention; end
	end
	table.sort(pending, function (a, b) return a.number < b.number; end);
	local ok, problem = store:set("pending", #pending > 0 and { list = pending } or nil);
	if not ok then module:log("error", "What was said to the bot cannot be kept: %s", problem); end
end

local function build(mention)
	local message = st.message({ xmlns = "jabber:client", from = mention.by, to = bot, type = "chat", id = mention.id }, mention.body);
	if mention.replaces then message:tag("replace", { xmlns = "urn:xmpp:message-correct:0", id = mention.replaces }):up(); end
	return st.iq({ type = "set", from = module.host, to = component, id = new_id() })
		:tag("mention", { xmlns = XMLNS, room = jid.node(mention.room), nick = mention.nick, id = mention.id }):add_child(message):up();
end

local function finish(speaker)
	local queue = queues[speaker];
	table.remove(queue, 1);
	if #queue == 0 then queues[speaker] = nil; end
	keep();
	sending[speaker] = nil;
	send_next(speaker);
end

local function wait(speaker, mention)
	if not mention.told then
		mention.told = true;
		say(mention.room, mention.nick..": The CRM is away for the moment. I have kept this, and will do it as soon as it is back.");
	end
	timer.add_task(TRY_AGAIN_AFTER, function ()
		sending[speaker] = nil;
		send_next(speaker);
	end);
end

local function quote(text)
	local line = text:gsub("%s+", " ");
	local cut = utf8.offset(line, QUOTED + 1);
	return "“"..(cut and cut <= #line and line:sub(1, cut - 1).."…" or line).."”";
end

function send_next(speaker)
	local mention = queues[speaker] and queues[speaker][1];
	if not mention or sending[speaker] then return; end
	sending[speaker] = true;
	if now() - mention.at > GIVE_UP_AFTER then
		module:log("warn", "crmd has not answered what %s said to the bot an hour ago", mention.by);
		say(mention.room, mention.nick..": The CRM has been away for an hour, and I have given this up: "..quote(mention.body)..". Say it again when it is back.");
		finish(speaker);
		return;
	end
	local function settle(kind, condition)
		if kind == "wait" then return wait(speaker, mention); end
		if kind then
			module:log("error", "crmd refused what %s said to the bot: %s", mention.by, condition);
			say(mention.room, mention.nick..": The CRM did not take this: "..quote(mention.body)..". Tell your Admin if it happens again.");
		end
		finish(speaker);
	end
	module:send_iq(build(mention), nil, ANSWER_WITHIN):next(function (event)
		if event.stanza.attr.type == "error" then return settle(event.stanza:get_error()); end -- one that was made in this process
		settle();
	end, function (problem)
		settle(problem.type or "wait", problem.condition);
	end);
end

local last_number = 0;

local function is_full(room)
	local of_room, in_all = 0, 0;
	for _, queue in pairs(queues) do
		in_all = in_all + #queue;
		for _, mention in ipairs(queue) do
			if mention.room == room then of_room = of_room + 1; end
		end
	end
	return of_room >= KEPT_OF_ROOM or in_all >= KEPT_IN_ALL;
end

local function take_in(mention)
	last_number = last_number + 1;
	mention.number = last_number;
	queues[mention.by] = queues[mention.by] or {};
	table.insert(queues[mention.by], mention);
end

---------------------------------------------------------------------------------------------------------
-- Hearing

-- What was said to the bot, without its name; nil when it was not said to it. Clients put the name, and a colon or a comma, before a line.
local function addressed(body)
	local rest = body:match("^%s*@?[Bb][Oo][Tt]%s*[:,](.*)$") or body:match("^%s*@[Bb][Oo][Tt](%s.*)$") or body:match("^%s*@[Bb][Oo][Tt]()%s*$") and "";
	if not rest then return nil; end
	local first = rest:find("%S");
	if not first then return "help"; end
	rest = rest:sub(first):match("^.*%S"); -- not "^%s*(.-)%s*$": over 250 KB of spaces that takes this process minutes
	local cut = utf8.offset(rest, MAX_HEARD + 1);
	return cut and rest:sub(1, cut - 1) or rest;
end

local function hear(event)
	local room, stanza = event.room, event.stanza;
	local body = stanza.attr.type == "groupchat" and stanza:get_child_text("body");
	local said_to_bot = body and addressed(body);
	local occupant = said_to_bot and room:get_occupant_by_nick(stanza.attr.from);
	if not occupant or jid.host(occupant.bare_jid) ~= staff_host or stanza:get_child("delay", "urn:xmpp:delay") then return; end
	local nick = jid.resource(stanza.attr.from);
	if is_full(room.jid) then
		say(room.jid, nick..": I have not kept this: too much waits for the CRM already. Say it again when it has answered.");
		return;
	end
	local archived = stanza:get_child_with_attr("stanza-id", "urn:xmpp:sid:0", "by", room.jid);
	local replace = stanza:get_child("replace", "urn:xmpp:message-correct:0");
	take_in {
		id = archived and archived.attr.id or new_id(), room = room.jid, nick = nick, by = occupant.bare_jid;
		body = said_to_bot, replaces = replace and (replace.attr.id or ""), at = now();
	};
	keep();
	send_next(occupant.bare_jid);
end

module:hook("muc-broadcast-message", hear, -100);

---------------------------------------------------------------------------------------------------------

module:hook_global("server-started", function ()
	local crmd = module:context(component);
	crmd:hook("message/full", be_deaf, 1000);
	crmd:hook("presence/full", be_deaf, 1000);
	local kept = store:get("pending");
	for _, mention in ipairs(kept and kept.list or {}) do take_in(mention); end
	for speaker in pairs(queues) do send_next(speaker); end
end);
