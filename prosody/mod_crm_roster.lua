-- mod_crm_roster: staff have one another, and the bot, in their contact lists without anyone adding anyone. Customers (my.D) have the support desk.
--
-- Contacts (RFC 6121) are put into each staff roster when it is loaded: every colleague with subscription `both`, in the
-- group that the database names for the role, and bot@crm.D as "TrainCape bot". They are marked `persist = false` and are
-- filtered out of what is written to disk, so that N people do not make N² rows and someone who leaves is gone everywhere.
-- A contact that a person renamed or regrouped is stored, as theirs, and only its subscription is ours.
--
-- The list comes from one query, is believed for CACHE_FOR seconds, and is kept when the database does not answer.
-- A changed list reaches people who are online as roster pushes: it is read again when the roster of somebody new, or
-- after that time of anybody, is loaded, and on the event crm-staff-changed (mod_crm_admin: crmd says that somebody joined,
-- left or changed).
--
-- Hooks: roster-load; iq/self/jabber:iq:roster:query at 10, before mod_roster (0), and pre-presence/bare at 10,
-- before mod_presence (0), to keep these contacts from being removed or unsubscribed.

local st = require "util.stanza";
local jid = require "util.jid";
local datamanager = require "util.datamanager";
local rostermanager = require "core.rostermanager";
local now = require "util.time".monotonic;

local accounts = module:require "crm_accounts";

local CACHE_FOR = 5;

local host = module.host;
local component = module:get_option_string("crm_component");
local of_customers = module:get_option_string("crm_account_kind") == "customer";

-- Whom everybody here has, whatever the database says.
local function with_ours(contacts)
	if of_customers then
		contacts["support@"..component] = { name = "TrainCape support", group = "TrainCape" };
	else
		contacts["bot@"..component] = { name = "TrainCape bot", group = "TrainCape" };
	end
	return contacts;
end

local contacts = with_ours {}; -- [bare JID] = { name, group }
local read_at = 0;

local function read_contacts()
	if of_customers then return with_ours {}; end
	local staff = accounts.staff();
	if not staff then return nil; end
	local found = {};
	for _, person in ipairs(staff) do
		found[person.username.."@"..host] = { name = person.name, group = person.group };
	end
	return with_ours(found);
end

---------------------------------------------------------------------------------------------------------
-- One roster

local function put(roster, address, contact)
	local item = roster[address];
	if item and item.persist ~= false then
		item.subscription, item.ask = "both", nil;
		return;
	end
	roster[address] = { name = contact.name, groups = { [contact.group] = true }, subscription = "both", persist = false };
end

local function fill(roster, owner)
	for address, contact in pairs(contacts) do
		if address ~= owner then put(roster, address, contact); end
	end
	roster[false].version = true; -- no roster versioning (RFC 6121 section 2.6): what we add has no version
end

-- The copy that goes to disk: without our contacts.
local function without_ours(username, data_host, store, data)
	if data_host ~= host or store ~= "roster" then return username, data_host, store, data; end
	local kept = {};
	for address, item in pairs(data) do
		if type(item) ~= "table" or item.persist ~= false then kept[address] = item; end
	end
	return username, data_host, store, kept;
end

---------------------------------------------------------------------------------------------------------
-- All rosters

local function is_same(a, b)
	return a ~= nil and b ~= nil and a.name == b.name and a.group == b.group;
end

-- Addresses whose contact differs between two lists, in either direction.
local function differences(old, new)
	local changed = {};
	for address, contact in pairs(new) do
		if not is_same(contact, old[address]) then changed[#changed + 1] = address; end
	end
	for address in pairs(old) do
		if not new[address] then changed[#changed + 1] = address; end
	end
	return changed;
end

local function update_online(username, roster, changed)
	local owner = username.."@"..host;
	for _, address in ipairs(changed) do
		if address ~= owner then
			if contacts[address] then
				put(roster, address, contacts[address]);
			elseif roster[address] and roster[address].persist == false then
				roster[address] = nil;
			end
			rostermanager.roster_push(username, host, address);
		end
	end
end

local function refresh()
	read_at = now();
	local new = read_contacts();
	if not new then return; end
	local changed = differences(contacts, new);
	contacts = new;
	if #changed == 0 then return; end
	prosody.hosts[host].roster_cache = nil; -- rosters of people who are offline, with the old list in them
	for username, account in pairs(prosody.hosts[host].sessions) do
		if account.roster then update_online(username, account.roster, changed); end
	end
end

module:hook("roster-load", function (event)
	local owner = event.username.."@"..host;
	if not of_customers and (not contacts[owner] or now() - read_at > CACHE_FOR) then refresh(); end
	fill(event.roster, owner);
end);

module:hook("crm-staff-changed", refresh);

---------------------------------------------------------------------------------------------------------
-- Protection

module:hook("iq/self/jabber:iq:roster:query", function (event)
	local item = event.stanza.attr.type == "set" and event.stanza.tags[1]:get_child("item");
	local address = item and item.attr.subscription == "remove" and jid.prep(item.attr.jid);
	if not address or not contacts[address] then return; end
	event.origin.send(st.error_reply(event.stanza, "cancel", "not-allowed", "Colleagues are managed by the CRM."));
	return true;
end, 10);

local SUBSCRIPTION = { subscribe = true, subscribed = true, unsubscribe = true, unsubscribed = true };

module:hook("pre-presence/bare", function (event)
	if SUBSCRIPTION[event.stanza.attr.type] and contacts[event.stanza.attr.to] then return true; end
end, 10);

---------------------------------------------------------------------------------------------------------

function module.load()
	datamanager.add_callback(without_ours);
end

function module.unload()
	datamanager.remove_callback(without_ours);
end
