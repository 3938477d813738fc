-- mod_crm_repair: after a crash, makes archive files readable again.
--
-- Prosody's internal storage appends each archived message as one `item(…);` line to a Lua file, in two steps: it
-- reserves the space (posix_fallocate, which leaves zeros), then writes. A process killed between them, or within a
-- write larger than a page, leaves zeros or half a line. Lua then refuses the whole file, so that not only the last message but
-- the account's complete archive would be unreadable, and mod_mam could add nothing to it any more.
--
-- Runs once, when Prosody starts, before a connection is served: each *.list file that does not end in a complete line is cut
-- after its last complete one. What is cut was not archived, hence not routed: its sender has no receipt for it.
-- A line end inside a message is stored as "\" + newline and so is not taken for the end of a line.

module:set_global();

local lfs = require "lfs";

local LINE_END = ");\n";
local CHUNK = 65536;

local function ends_complete(file, size)
	if size == 0 then return true; end
	file:seek("set", math.max(0, size - #LINE_END));
	return file:read("a") == LINE_END;
end

-- Offset behind the last complete line.
local function find_complete_end(file, size)
	local stop = size;
	while stop > 0 do
		local start = math.max(0, stop - CHUNK);
		file:seek("set", start);
		local text = file:read(stop - start);
		local last;
		for offset in text:gmatch("%);\n()") do last = offset; end
		if last then return start + last - 1; end
		if start == 0 then return 0; end
		stop = start + #LINE_END - 1; -- a line end may lie across two chunks
	end
	return 0;
end

local function cut(path, length)
	local file = assert(io.open(path, "rb"));
	local kept = length > 0 and file:read(length) or "";
	file:close();
	local scratch = path.."~";
	local copy = assert(io.open(scratch, "wb"));
	assert(copy:write(kept));
	assert(copy:close());
	assert(os.rename(scratch, path));
end

local function repair_file(path)
	local file = assert(io.open(path, "rb"));
	local size = file:seek("end");
	local complete = ends_complete(file, size);
	local length = complete and size or find_complete_end(file, size);
	file:close();
	if complete then return; end
	cut(path, length);
	module:log("warn", "%s ended in an incomplete entry after a crash; %d bytes were cut off", path, size - length);
end

local function each_entry(folder, f)
	for name in lfs.dir(folder) do
		if name:sub(1, 1) ~= "." then f(folder.."/"..name, name); end
	end
end

local function repair_tree(path, name)
	local mode = lfs.attributes(path, "mode");
	if mode == "directory" then
		each_entry(path, repair_tree);
	elseif mode == "file" and name:find("%.list$") then
		local ok, problem = pcall(repair_file, path);
		if not ok then module:log("error", "%s cannot be repaired: %s", path, problem); end
	end
end

if prosody.process_type == "prosody" then each_entry(prosody.paths.data, repair_tree); end
