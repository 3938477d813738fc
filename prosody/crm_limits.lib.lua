-- crm_limits: what the modules that limit strangers share: who counts as one sender, a rate, a count that survives a restart, and an end to tries.
--
-- Rates (tokens that refill) are in memory: a restart gives back what some seconds would have given anyway. Counts over an hour or longer
-- are kept in the store `crm_limits` of the host, written at most every SAVE_EVERY seconds, and when Prosody ends: kill -9 forgets that much.
-- Tables are bounded; what has not been heard of for longest is forgotten first, so that a flood from many addresses costs no memory.

local new_cache = require "util.cache".new;
local new_throttle = require "util.throttle".create;
local new_ip = require "util.ip".new_ip;
local now = require "util.time".now;

local KEYS = 20000;
local SAVE_EVERY = 10;
local MAPPED = ("\0"):rep(10).."\255\255";

local limits = {};

-- The sender behind an address: IPv4 itself, IPv6 the first 64 bits, which is what one customer of a provider gets.
function limits.sender_of(address)
	local ip = address and new_ip(address:match("^[^%%]*"));
	if not ip then return "?"; end
	local packed = ip.packed;
	if packed:sub(1, 12) == MAPPED then packed = packed:sub(13); end
	if #packed == 4 then return ("%d.%d.%d.%d"):format(packed:byte(1, 4)); end
	return ("%02x%02x:%02x%02x:%02x%02x:%02x%02x::/64"):format(packed:byte(1, 8));
end

-- A function from a key to its throttle (util.throttle): `rate` per second, what `burst` seconds give at once.
function limits.rate(rate, burst)
	local throttles = new_cache(KEYS);
	return function (key)
		local throttle = throttles:get(key);
		if not throttle then
			throttle = new_throttle(rate * burst, burst);
			throttles:set(key, throttle);
		end
		return throttle;
	end
end

---------------------------------------------------------------------------------------------------------
-- Counts of different items per key within a window, kept across restarts

local window = {};
window.__index = window;

local function current(self, key)
	local entry = self.entries:get(key);
	if entry and now() - entry.since < self.seconds then return entry; end
end

function window:has(key, item)
	local entry = current(self, key);
	return entry ~= nil and entry.items[item] == true;
end

function window:count(key)
	local entry = current(self, key);
	return entry and entry.count or 0;
end

-- Counts the item, unless it is counted already. False when the key has `limit` others.
function window:take(key, item)
	local entry = current(self, key) or { since = now(), count = 0, items = {} };
	if entry.items[item] then return true; end
	if entry.count >= self.limit then return false; end
	entry.items[item] = true;
	entry.count = entry.count + 1;
	self.entries:set(key, entry);
	self.changed = true;
	return true;
end

-- For amounts: whether so many more fit, and counting them.
function window:has_room(key, amount)
	return self:count(key) + amount <= self.limit;
end

function window:add(key, amount)
	for _ = 1, amount do self:take(key, self:count(key) + 1); end
end

local function load_entries(self)
	local all = self.store:get(self.name) or {};
	for i = #all, 1, -1 do -- the newest is the first
		local kept = all[i];
		local entry = { since = kept.since, count = #kept.items, items = {} };
		for _, item in ipairs(kept.items) do entry.items[item] = true; end
		self.entries:set(kept.key, entry);
	end
end

local function save_entries(self)
	if not self.changed then return; end
	local kept = {};
	for key in self.entries:items() do
		local entry = current(self, key);
		if entry then
			local items = {};
			for item in pairs(entry.items) do items[#items + 1] = item; end
			kept[#kept + 1] = { key = key, since = entry.since, items = items };
		end
	end
	self.changed = false;
	local ok, problem = self.store:set(self.name, kept);
	if not ok then module:log("error", "What strangers have done cannot be kept (%s): %s", self.name, problem); end
end

-- `name` is the window's in the store. At most `limit` different items per key within `seconds`.
function limits.window(name, limit, seconds)
	local self = setmetatable({
		name = name, limit = limit, seconds = seconds, entries = new_cache(KEYS), store = module:open_store("crm_limits", "keyval"),
	}, window);
	load_entries(self);
	module:add_timer(SAVE_EVERY, function () save_entries(self); return SAVE_EVERY; end);
	module:hook_global("server-stopping", function () save_entries(self); end);
	return self;
end

---------------------------------------------------------------------------------------------------------
-- Tries to log in

local SASL_STEPS = 12; -- of one stream: six tries with SCRAM, two steps each (RFC 6120 section 6.4.5 speaks of two to five)

-- Ends streams to this host that go on trying: else a stranger would need no new connection for each.
function limits.end_endless_logins()
	local function count(event)
		local session = event.origin;
		session.crm_sasl_steps = (session.crm_sasl_steps or 0) + 1;
		if session.crm_sasl_steps <= SASL_STEPS then return nil; end
		session:close({ condition = "policy-violation", text = "Too many tries to log in. Connect again." });
		return true;
	end
	for _, step in ipairs { "auth", "response", "abort" } do
		module:hook("stanza/urn:ietf:params:xml:ns:xmpp-sasl:"..step, count, 10);
	end
end

return limits;
