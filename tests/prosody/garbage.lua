-- mod_crm_swift in a Lua of its own: stanzas come and go, beside what stays in use.
-- usage: lua5.4 garbage.lua MODULE MEGABYTES-IN-USE
-- Prints what was in use ("live"), the most that was ("most") and the most that was given back from one stanza to the next ("step"), in megabytes;
-- and of how many stanzas it was.

package.path = "/usr/lib/prosody/?.lua;"..package.path;
package.cpath = "/usr/lib/prosody/?.so;"..package.cpath;

local module_file, megabytes = arg[1], tonumber(arg[2]);
local st = require "util.stanza";
local poll = require "util.poll".new();

module = { set_global = function () end }; -- luacheck: ignore 111
collectgarbage("generational");            -- as prosody.cfg.lua may have it
dofile(module_file);

local function in_use() return collectgarbage("count") / 1024; end

local function page_of_a_list()
	local stanza = st.iq({ type = "result", id = "1" });
	for row = 1, 200 do stanza:text_tag("value", "what lead "..row.." is about"); end
	return stanza;
end

local held = {};
while in_use() < megabytes do table.insert(held, page_of_a_list()); end
collectgarbage();

local live, most, step, last = in_use(), 0, 0, in_use();
for _ = 1, 4000 do
	page_of_a_list();
	poll:wait(0);
	local now = in_use();
	most, step, last = math.max(most, now), math.max(step, last - now), now;
end
local function whole(number) return math.floor(number + 0.5); end
print(("live=%d most=%d step=%d pages=%d"):format(whole(live), whole(most), whole(step), #held));
