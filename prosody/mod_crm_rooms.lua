-- mod_crm_rooms: the rooms of rooms.D are what PostgreSQL says, and so is who is in them. Loaded on rooms.D, beside mod_muc.
--
-- There is a room for everybody, one for each role, one for each team; crm.prosody_rooms() lists them with their people, and
-- is asked at the start, on the event crm-staff-changed of D (mod_crm_admin: crmd says that somebody or something changed), when somebody
-- logs in (crm-rooms-wanted of D, by mod_crm_bookmarks): at once if the list is older than BELIEVED_FOR or does not have them, else as soon
-- as it is that old; every ASK_EVERY seconds, because a word from crmd can be lost, and soon again when the database did not answer. Until it answers,
-- everything stays as it is. Affiliations are brought in step: whoever lost theirs is put out at once (status 321). Rooms are
-- members-only and persistent, with an archive; they have no owner, so that nobody can reconfigure one, and no client can change
-- an affiliation (by ban, invitation or registration). A room whose team is gone is destroyed.
--
-- Whoever has no affiliation in a room gets for everything that they send to it what they get for a room that does not exist:
-- `item-not-found`. No room is made by joining it. The list of rooms (XEP-0030) is each person's own.
--
-- A nickname that is, or looks like, another colleague's user name or name, or the bot's, is refused as `conflict`. What an occupant says is relayed
-- without what is the room's to say: who somebody is (muc#user), and that the room or somebody else had it before (XEP-0203).
--
-- Which rooms go into whose bookmarks is left in the table shared as /*/crm_rooms/bookmarks, for mod_crm_bookmarks on D,
-- which is told by the event crm-rooms-read on D.
--
-- Hooks: {iq,message,presence}/{bare,full} at 1000: before mod_muc (-2) and everything else here. host-disco-items.
-- muc-pre-set-affiliation, muc-pre-invite (at 10, before mod_muc), muc-occupant-pre-join and -pre-change, muc-occupant-groupchat, muc-private-message.

local st = require "util.stanza";
local jid = require "util.jid";
local timer = require "util.timer";
local now = require "util.time".monotonic;
local encodings = require "util.encodings";

local accounts = module:require "crm_accounts";
local muc = module:depends("muc");

local ASK_EVERY = 60;    -- seconds
local ASK_AGAIN = 3;     -- seconds after the database did not answer
local BELIEVED_FOR = 5;  -- seconds

local staff_host = module:get_option_string("crm_domain");
local component = module:get_option_string("crm_component");
local bot = "bot@"..component;

local shared = module:shared("/*/crm_rooms/bookmarks"); -- by_user[username] = { [address of the room] = its name }
local names = {};                                       -- [how a nickname looks] = set of the usernames whose it is

---------------------------------------------------------------------------------------------------------
-- What PostgreSQL says

local function read_rooms()
	local rows = accounts.rooms();
	if not rows then return nil; end
	local rooms, bookmarks = {}, {};
	for _, row in ipairs(rows) do
		local address = row.room.."@"..module.host;
		local room = rooms[address] or { name = row.name, description = row.description, affiliations = { [bot] = "member" } };
		rooms[address] = room;
		if row.username then room.affiliations[row.username.."@"..staff_host] = row.affiliation; end
		if row.bookmarked then
			bookmarks[row.username] = bookmarks[row.username] or {};
			bookmarks[row.username][address] = row.name;
		end
	end
	return rooms, bookmarks;
end

-- The same for names that people take for one another: in small or capital letters, with other blanks, with letters of another alphabet (UTS 39).
local function look_of(name)
	local bare = name:gsub("[%s\"&'/:<>@]", ""); -- blanks, and what nodeprep (RFC 3920) has not
	local folded = encodings.stringprep.nodeprep(bare) or bare:lower();
	return encodings.confusable and encodings.confusable.skeleton(folded) or folded;
end

-- User names and names, and the bot's, which nobody else may have.
local function read_names()
	local found = { bot = {} };
	for _, person in ipairs(accounts.staff() or {}) do
		for _, name in ipairs { look_of(person.name), look_of(person.username) } do
			found[name] = found[name] or {};
			if name ~= "bot" then found[name][person.username] = true; end
		end
	end
	return found;
end

---------------------------------------------------------------------------------------------------------
-- Bringing rooms in step

local function configure(room, wanted)
	local changed = room:set_name(wanted.name);
	changed = room:set_description(wanted.description) or changed;
	changed = room:set_persistent(true) or changed;
	changed = room:set_hidden(true) or changed;
	changed = room:set_members_only(true) or changed;
	changed = room:set_allow_member_invites(false) or changed;
	changed = room:set_whois("anyone") or changed;
	return changed;
end

-- By us, which the hook below lets through.
local function set_affiliation(room, address, affiliation)
	local ok, _, condition = room:set_affiliation(true, address, affiliation, affiliation == "none" and "You are no longer in this room." or nil);
	if not ok then module:log("error", "%s cannot be made %s of %s: %s", address, affiliation, room.jid, condition); end
end

local in_step = false; -- while affiliations are ours to change

local function set_affiliations(room, wanted)
	local gone = {};
	for address in room:each_affiliation() do
		if not wanted[address] then gone[#gone + 1] = address; end
	end
	for _, address in ipairs(gone) do set_affiliation(room, address, "none"); end
	for address, affiliation in pairs(wanted) do
		if room:get_affiliation(address) ~= affiliation then set_affiliation(room, address, affiliation); end
	end
end

local function bring_in_step(address, wanted)
	local room, problem = muc.get_room_from_jid(address);
	if not room then room, problem = muc.create_room(address); end
	if not room then
		module:log("error", "The room %s cannot be made: %s", address, problem);
		return;
	end
	set_affiliations(room, wanted.affiliations);
	if configure(room, wanted) then
		room:save(true);
		room:broadcast_message(st.message { type = "groupchat", from = address }
			:tag("x", { xmlns = "http://jabber.org/protocol/muc#user" }):tag("status", { code = "104" }));
	end
	module:fire_event("crm-room-in-step", { room = room });
end

local function destroy_if_gone(room, rooms)
	if rooms[room.jid] or room._data.destroyed or not jid.node(room.jid):match("^team%-%d+$") then return; end
	room:destroy(nil, "There is no such team any more.");
end

-- Returns after how many seconds to ask again.
local function ask()
	local rooms, bookmarks = read_rooms();
	if not rooms then return ASK_AGAIN; end
	names = read_names();
	in_step = true;
	for address, wanted in pairs(rooms) do bring_in_step(address, wanted); end
	local existing = {};
	for room in muc.all_rooms() do existing[#existing + 1] = room; end
	for _, room in ipairs(existing) do destroy_if_gone(room, rooms); end
	in_step = false;
	shared.by_user = bookmarks;
	module:context(staff_host):fire_event("crm-rooms-read");
	return ASK_EVERY;
end

-- An error in one pass must not end all others.
local function ask_safely()
	local ok, result = xpcall(ask, debug.traceback);
	in_step = false;
	if ok then return result; end
	module:log("error", "Rooms cannot be brought in step: %s", result);
	return ASK_EVERY;
end

local next_pass;
local asked_at = 0;

local ask_now;

local function ask_in(seconds)
	if next_pass then timer.stop(next_pass); end
	next_pass = timer.add_task(seconds, function () next_pass = nil; ask_now(); end);
end

function ask_now()
	asked_at = now();
	ask_in(ask_safely());
end

---------------------------------------------------------------------------------------------------------
-- Who may be where

local function may_enter(room, address)
	if not room or room._data.destroyed then return false; end
	local affiliation = room:get_affiliation(address);
	return affiliation == "member" or affiliation == "admin" or affiliation == "owner";
end

local function answers(stanza)
	local kind = stanza.attr.type;
	return kind ~= "error" and kind ~= "result" and (stanza.name ~= "presence" or kind == nil);
end

local function guard(event)
	local stanza = event.stanza;
	if jid.host(stanza.attr.from) == module.host then return; end
	if may_enter(muc.get_room_from_jid(jid.bare(stanza.attr.to)), jid.bare(stanza.attr.from)) then return; end
	if answers(stanza) then event.origin.send(st.error_reply(stanza, "cancel", "item-not-found")); end
	return true;
end

for _, kind in ipairs { "iq", "message", "presence" } do
	module:hook(kind.."/bare", guard, 1000);
	module:hook(kind.."/full", guard, 1000);
end

module:hook("host-disco-items", function (event)
	local found, person = {}, jid.bare(event.stanza.attr.from);
	for room in muc.all_rooms() do
		if may_enter(room, person) then found[#found + 1] = room; end
	end
	table.sort(found, function (a, b) return a.jid < b.jid; end);
	for _, room in ipairs(found) do event.reply:tag("item", { jid = room.jid, name = room:get_name() }):up(); end
end);

module:hook("muc-pre-set-affiliation", function (event)
	if not in_step then event.allowed = false; end
end);

module:hook("muc-pre-invite", function (event)
	local invited = event.stanza:find("{http://jabber.org/protocol/muc#user}x/invite@to");
	if invited and may_enter(event.room, jid.bare(invited)) then return; end
	event.origin.send(st.error_reply(event.stanza, "cancel", "not-allowed", "Who is in a room follows from role and team in the CRM."));
	return true;
end, 10);

-- Nobody takes the name of somebody else.
local function check_nick(event, nick)
	local owners = names[look_of(nick)];
	if not owners or owners[jid.node(event.stanza.attr.from)] then return; end
	event.origin.send(st.error_reply(event.stanza, "cancel", "conflict", "This is somebody else's name."));
	return true;
end

module:hook("muc-occupant-pre-join", function (event)
	return check_nick(event, jid.resource(event.occupant.nick));
end, 10);

module:hook("muc-occupant-pre-change", function (event)
	return check_nick(event, jid.resource(event.dest_occupant.nick));
end, 10);

---------------------------------------------------------------------------------------------------------
-- What is the room's to say

local XMLNS_MUC_USER = "http://jabber.org/protocol/muc#user";
local DELAYS = { ["urn:xmpp:delay"] = true, ["jabber:x:delay"] = true };

-- A delay in somebody else's name. Their own client may say that it has kept a message for a while; mod_crm_room_bot does not act on those.
local function is_delay_of_others(child, from)
	local by = DELAYS[child.attr.xmlns] and child.attr.from;
	return by and jid.bare(by) ~= jid.bare(from);
end

module:hook("muc-occupant-groupchat", function (event)
	event.stanza:maptags(function (child)
		return child.attr.xmlns ~= XMLNS_MUC_USER and not is_delay_of_others(child, event.from) and child or nil;
	end);
end, 10);

module:hook("muc-private-message", function (event) -- mod_muc has replaced muc#user
	local occupant = event.room:get_occupant_by_nick(event.stanza.attr.from);
	event.stanza:maptags(function (child) return not is_delay_of_others(child, occupant.bare_jid) and child or nil; end);
end, 10);

---------------------------------------------------------------------------------------------------------

module:hook_global("server-started", function ()
	local staff = module:context(staff_host);
	staff:hook("crm-staff-changed", ask_now);
	staff:hook("crm-rooms-wanted", function (event)
		local known = shared.by_user and shared.by_user[event.username];
		local still_believed = asked_at + BELIEVED_FOR - now();
		if not known or still_believed < 0 then ask_now(); else ask_in(still_believed); end
	end);
	ask_now();
end);
