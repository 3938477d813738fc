-- crm_limits.recent in a Lua of its own, with a clock and a store of its own: where an account was used lately.
-- usage: lua5.4 familiar.lua LIBRARY
-- Prints, as words: "renewed" (still familiar 30 days after the last login, not the first), "lapsed" (no longer 31 days after it), "limited" (the one that was
-- noted longest ago made room), "old" (what the release before kept is read), and writes=N: to disk, of a day with a login a minute.

package.path = "/usr/lib/prosody/?.lua;"..package.path;
package.cpath = "/usr/lib/prosody/?.so;"..package.cpath;

local DAY = 86400;
local clock, kept, writes, timers = 1800000000, {}, 0, {};
package.preload["util.time"] = function () return { now = function () return clock; end }; end;
module = { -- luacheck: ignore 111
	open_store = function ()
		return {
			get = function (_, name) return kept[name]; end;
			set = function (_, name, content) kept[name], writes = content, writes + 1; return true; end;
		};
	end;
	add_timer = function (_, _, task) table.insert(timers, task); end;
	hook_global = function () end;
};

local function save()
	for _, task in ipairs(timers) do task(); end
end

local limits = dofile(arg[1]);
local function from_disk() return limits.recent("familiar", 3, 30 * DAY); end

kept.familiar = { { key = "old", since = clock - 29 * DAY, items = { "192.0.2.1" } } };
local familiar = from_disk();
local old = familiar:has("old", "192.0.2.1") and not familiar:has("old", "192.0.2.2");

familiar:note("asha", "192.0.2.1");
clock = clock + 29 * DAY;
familiar:note("asha", "192.0.2.1");
clock = clock + 29 * DAY;
save();
timers = {};
familiar = from_disk();
local renewed = familiar:has("asha", "192.0.2.1");
clock = clock + 2 * DAY;
local lapsed = not familiar:has("asha", "192.0.2.1");

for number = 1, 3 do
	clock = clock + 1;
	familiar:note("bela", "192.0.2."..number);
end
clock = clock + DAY + 1;
familiar:note("bela", "192.0.2.1"); -- again
familiar:note("bela", "192.0.2.4");
local limited = familiar:has("bela", "192.0.2.1") and not familiar:has("bela", "192.0.2.2") and familiar:has("bela", "192.0.2.4");

save();
writes = 0;
for _ = 1, 24 * 60 do
	clock = clock + 60;
	familiar:note("bela", "192.0.2.4");
	save();
end
print(old and "old", renewed and "renewed", lapsed and "lapsed", limited and "limited", "writes="..writes);
