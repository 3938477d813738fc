-- mod_crm_bookmarks: people find their rooms in their bookmarks (XEP-0402; mod_bookmarks shows older clients the same). Loaded on D.
--
-- When a room becomes one of a person's own, a bookmark that joins it is put in; when it is so no more, it is taken out. What has been
-- given is remembered (store crm_bookmarks: [address] = the name given), so that a bookmark that the person deleted or changed stays as
-- they want it, until they leave the room and come back. A room that is called otherwise now gets its new name, unless they gave it one.
--
-- Whoever is online gets it at once, as a push of PEP; all others when they log in next. The bookmarks of those who never do are not touched.
--
-- Hooks: crm-rooms-read (mod_crm_rooms); resource-bind at -10, after mod_bookmarks (0) has moved old bookmarks over.

local st = require "util.stanza";

local mod_pep = module:depends("pep");
module:depends("bookmarks");

local NODE = "urn:xmpp:bookmarks:1";
local XMLNS_PUBSUB = "http://jabber.org/protocol/pubsub";
local OPTIONS = { persist_items = true, max_items = "max", send_last_published_item = "never", access_model = "whitelist" };

local host = module.host;
local store = module:open_store("crm_bookmarks");
local shared = module:shared("/*/crm_rooms/bookmarks");

local function make_item(address, name, nick)
	return st.stanza("item", { xmlns = XMLNS_PUBSUB, id = address })
		:tag("conference", { xmlns = NODE, name = name, autojoin = "true" }):text_tag("nick", nick):up();
end

-- One person's bookmarks: `service` is their PEP, `owner` their address, `items` what they have, `given` what we gave them.
local function give(person, address, name)
	local item, had = person.items[address], person.given[address];
	local bookmark = item and item:get_child("conference", NODE);
	if had == name or (had and not (bookmark and bookmark.attr.name == had)) then
		person.given[address] = name;
		return had ~= name;
	end
	if had then -- as they have it, with the new name
		item = st.clone(item);
		item:get_child("conference", NODE).attr.name = name;
	elseif not item then
		item = make_item(address, name, person.username);
	else
		person.given[address] = name;
		return true;
	end
	local ok, problem = person.service:publish(NODE, person.owner, address, item, OPTIONS);
	if not ok then
		module:log("error", "The bookmark of %s for %s cannot be made: %s", address, person.owner, problem);
		return false;
	end
	person.given[address] = name;
	return true;
end

local function take(person, address)
	if person.items[address] then
		local ok, problem = person.service:retract(NODE, person.owner, address, st.stanza("retract", { id = address }));
		if not ok then
			module:log("error", "The bookmark of %s for %s cannot be taken away: %s", address, person.owner, problem);
			return false;
		end
	end
	person.given[address] = nil;
	return true;
end

local function is_same(given, wanted)
	for address, name in pairs(wanted) do
		if given[address] ~= name then return false; end
	end
	for address in pairs(given) do
		if not wanted[address] then return false; end
	end
	return true;
end

local function update(username)
	if not shared.by_user then return; end -- the database has not answered since the start
	local given, problem = store:get(username);
	if not given and problem then
		module:log("error", "What bookmarks %s has been given cannot be read: %s", username, problem);
		return;
	end
	given = given or {};
	local wanted = shared.by_user[username] or {};
	if is_same(given, wanted) then return; end
	local person = { username = username, owner = username.."@"..host, service = mod_pep.get_pep_service(username), given = given };
	local ok, items = person.service:get_items(NODE, person.owner);
	person.items = ok and items or {};
	local changed = false;
	for address, name in pairs(wanted) do changed = give(person, address, name) or changed; end
	local gone = {};
	for address in pairs(given) do
		if not wanted[address] then gone[#gone + 1] = address; end
	end
	for _, address in ipairs(gone) do changed = take(person, address) or changed; end
	if changed then store:set(username, given); end
end

module:hook("crm-rooms-read", function ()
	for username in pairs(prosody.hosts[host].sessions) do update(username); end
end);

module:hook("resource-bind", function (event)
	module:fire_event("crm-rooms-wanted", { username = event.session.username });
	update(event.session.username);
end, -10);
