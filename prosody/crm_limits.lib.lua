-- crm_limits: what the modules that limit strangers share: who counts as one sender, a rate, a count that survives a restart, and an end to tries.
--
-- Rates (tokens that refill) are in memory: a restart gives back what some seconds would have given anyway. Counts over an hour or longer
-- are kept in the store `crm_limits` of the host, written at most every SAVE_EVERY seconds, and when Prosody ends: kill -9 forgets that much.
-- Tables are bounded; what has not been heard of for longest is forgotten first, so that a flood from many addresses costs no memory.

local st = require "util.stanza";
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
-- What is kept across restarts. A kind of table has: entries (a cache, by key), and pack and unpack, between an entry and what stands in the store
-- (a table, to which its key is added; nil when it is not worth keeping).

local function load_entries(self)
	local all = self.store:get(self.name) or {};
	for i = #all, 1, -1 do self.entries:set(all[i].key, self.unpack(all[i])); end -- the newest is the first
end

local function save_entries(self)
	if not self.changed then return; end
	local kept = {};
	for key, entry in self.entries:items() do
		local packed = self:pack(entry);
		if packed then
			packed.key = key;
			kept[#kept + 1] = packed;
		end
	end
	self.changed = false;
	local ok, problem = self.store:set(self.name, kept);
	if not ok then module:log("error", "What strangers have done cannot be kept (%s): %s", self.name, problem); end
end

local function keep(self)
	self.entries, self.store = new_cache(KEYS), module:open_store("crm_limits", "keyval");
	load_entries(self);
	module:add_timer(SAVE_EVERY, function () save_entries(self); return SAVE_EVERY; end);
	module:hook_global("server-stopping", function () save_entries(self); end);
	return self;
end

---------------------------------------------------------------------------------------------------------
-- Counts of different items per key within a window, which begins with the first

local window = {};
window.__index = window;

local function is_current(self, entry)
	return now() - entry.since < self.seconds;
end

local function current(self, key)
	local entry = self.entries:get(key);
	return entry and is_current(self, entry) and entry or nil;
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

function window:pack(entry)
	if not is_current(self, entry) then return nil; end
	local items = {};
	for item in pairs(entry.items) do items[#items + 1] = item; end
	return { since = entry.since, items = items };
end

function window.unpack(kept)
	local entry = { since = kept.since, count = #kept.items, items = {} };
	for _, item in ipairs(kept.items) do entry.items[item] = true; end
	return entry;
end

-- `name` is the window's in the store. At most `limit` different items per key within `seconds`.
function limits.window(name, limit, seconds)
	return keep(setmetatable({ name = name, limit = limit, seconds = seconds }, window));
end

---------------------------------------------------------------------------------------------------------
-- The items that a key had lately: each for `seconds` from when it was noted last. entries[key][item] = when; it is noted again at most once a day, so
-- that what is noted all the time is not written to disk each time.

local NOTE_AGAIN_AFTER = 86400;

local recent = {};
recent.__index = recent;

local function is_recent(self, noted)
	return noted ~= nil and now() - noted < self.seconds;
end

function recent:has(key, item)
	local items = self.entries:get(key);
	return items ~= nil and is_recent(self, items[item]);
end

local function forget_past_limit(self, items)
	local count, oldest = 0, nil;
	for item, noted in pairs(items) do
		if not is_recent(self, noted) then
			items[item] = nil;
		else
			count = count + 1;
			if not oldest or noted < items[oldest] then oldest = item; end
		end
	end
	if count > self.limit then items[oldest] = nil; end
end

function recent:note(key, item)
	local items = self.entries:get(key) or {};
	if items[item] and now() - items[item] < NOTE_AGAIN_AFTER then return; end
	items[item] = now();
	forget_past_limit(self, items);
	self.entries:set(key, items);
	self.changed = true;
end

function recent:pack(items)
	forget_past_limit(self, items);
	return next(items) and { noted = items } or nil;
end

-- Until November 2026 all items of a key had one time, as in a window.
function recent.unpack(kept)
	local items = kept.noted or {};
	for _, item in ipairs(kept.items or {}) do items[item] = kept.since; end
	return items;
end

-- At most `limit` items per key; the one that was noted longest ago makes room.
function limits.recent(name, limit, seconds)
	return keep(setmetatable({ name = name, limit = limit, seconds = seconds }, recent));
end

---------------------------------------------------------------------------------------------------------
-- Tries to log in

local XMLNS_SASL = "urn:ietf:params:xml:ns:xmpp-sasl";
local SASL_STEPS = 12; -- of one stream: six tries with SCRAM, two steps each (RFC 6120 section 6.4.5 speaks of two to five)

local function check_step(event)
	local session = event.origin;
	session.crm_sasl_steps = (session.crm_sasl_steps or 0) + 1;
	if session.crm_sasl_steps > SASL_STEPS then
		session:close({ condition = "policy-violation", text = "Too many tries to log in. Connect again." });
		return true;
	end
	if #event.stanza.tags == 0 then return nil; end
	session.sasl_handler = nil;
	session.send(st.stanza("failure", { xmlns = XMLNS_SASL }):tag("malformed-request"));
	return true;
end

local function end_stream(event)
	event.origin:close({ condition = "unsupported-stanza-type", text = "That is for a server to say." });
	return true;
end

-- Ends streams to this host that go on trying: else a stranger would need no new connection for each. Answers what Prosody's own handlers fail over, with
-- a page in the log for each: an element where text should be (mod_saslauth), and what a server sends first (mod_tls).
function limits.end_endless_logins()
	for _, step in ipairs { "auth", "response", "abort" } do
		module:hook("stanza/"..XMLNS_SASL..":"..step, check_step, 10);
	end
	module:hook("stanza/http://etherx.jabber.org/streams:features", end_stream, 1000);
end

return limits;
