-- mod_crm_swift: Prosody spends less time on what nobody reads and on memory.
--
-- The log. Prosody 0.12 writes each stanza's first tag into it, at level debug, where it comes in, where it leaves and at each step between. That text
-- is made first and then thrown away by the log: a tenth of Prosody's time. Instead the log gets an object that becomes the text when it is
-- written. Only for stanzas and acknowledgements: other first tags are sent (stream headers). Stands in for top_tag() of util.stanza, process-wide.
--
-- Memory. Lua's generational collector, with which Prosody begins, stops everything whenever memory has doubled: a stanza's tree is "old" as soon as
-- util.xmppstream puts it into a variable (a forward barrier), and dies only in a full collection. On a small server, which needs 5 MB, that was
-- 10 to 15 ms for everybody with each 30 pages of a list. The incremental collector does the same work in steps of some 30 microseconds. It begins
-- when ROOM has come to what is in use: rarely, where that is little; no later than when it has doubled, where it is much. And it is slow: Lua's own
-- pace would clear a small server within one stanza, which is a pause again.

module:set_global();

local st = require "util.stanza";

local ROOM = 40 * 1024;          -- kilobytes
local LEAST, MOST = 200, 1000;   -- percent of what is in use; Lua keeps no more than 1023
local PACE, STEP = 4, 10;        -- objects looked at for each 16 bytes that are asked for; bytes between two steps, as a power of two

local stanza_mt = getmetatable(st.stanza("message"));
local make_top_tag = stanza_mt.top_tag;
local logged = { message = true, presence = true, iq = true, r = true, a = true };
local later = { __tostring = function (held) return make_top_tag(held[1]); end; __name = "first tag" };

function stanza_mt.top_tag(stanza)
	if logged[stanza.name] then return setmetatable({ stanza }, later); end
	return make_top_tag(stanza);
end

-- What is in use is known when a collection has just ended. Lua tells that to what dies in it, which may not ask for memory's size (Lua manual,
-- 2.5.3), so the next turn of the main loop does.
local ended = true;
local last_of_collection = {};
function last_of_collection.__gc()
	ended = true;
	setmetatable({}, last_of_collection);
end
setmetatable({}, last_of_collection);

local function make_room()
	ended = false;
	local percent = 100 + math.floor(ROOM / collectgarbage("count") * 100);
	collectgarbage("incremental", math.max(LEAST, math.min(MOST, percent)), PACE, STEP);
end

local poll_methods = getmetatable(require "util.poll".new()).__index;
local poll_wait = poll_methods.wait;
function poll_methods.wait(poll, timeout)
	if ended then make_room(); end
	return poll_wait(poll, timeout);
end

function module.unload()
	stanza_mt.top_tag = make_top_tag;
	poll_methods.wait = poll_wait;
	last_of_collection.__gc = nil;
end
