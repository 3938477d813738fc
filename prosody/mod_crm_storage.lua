-- mod_crm_storage: prepares what is on disk, once, before Prosody serves a connection.
--
-- The chat archive (SQLite) gets a write-ahead log that is not flushed per message (synchronous = NORMAL). By default each message costs two
-- or three fsyncs, 5 to 30 ms of Prosody's only thread. What is committed survives kill -9 of Prosody all the same; a
-- power failure can take the last moments, and damages nothing. mod_storage_sql has no option for this. The log is a property of the
-- file, set here once through a connection of our own; SETTINGS are those of the connection, made on server-started, when
-- mod_storage_sql has made its engine, and again whenever that reconnects. What is deleted is overwritten (secure_delete). The log is copied into the file
-- after 16 MB instead of 4, because each time is two fsyncs of Prosody's only thread, after 60 messages; and the cache of 2 MB would not hold what
-- four indexes touch. When somebody
-- else has the file (sqlite3 in an operator's hands), Prosody waits for a moment; by default SQLite answers "database is locked" at once. Not for
-- long, for it serves nobody meanwhile: messages wait in the journal (crm_journal), only queries fail.
--
-- Lists in Prosody's internal storage (PEP nodes, such as bookmarks) are made readable again after a crash.
-- It appends each item as one `item(…);` line to a Lua file. A process killed within a write larger than a page leaves half
-- a line; Lua then refuses the whole file, and nothing could be read from or added to it any more. So each *.list file that
-- does not end in a complete line is cut after its last complete one. A line end inside an item is stored as
-- "\" + newline and so is not taken for the end of a line.

module:set_global();

local DBI = require "DBI";
local lfs = require "lfs";

local WAIT_FOR_OTHERS = "busy_timeout = 250"; -- milliseconds
local SETTINGS = { WAIT_FOR_OTHERS, "secure_delete = ON", "synchronous = NORMAL", "wal_autocheckpoint = 4000", "cache_size = -32768" };
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

---------------------------------------------------------------------------------------------------------

-- The first value of its answer.
local function pragma(connection, setting)
	local statement = assert(connection:prepare("PRAGMA "..setting));
	assert(statement:execute());
	local value;
	for row in statement:rows() do value = value or row[1]; end -- all are read: a statement with an unread row stays open
	statement:close();
	return value;
end

local function use_write_ahead_log(path)
	local connection, problem = DBI.Connect("SQLite3", path);
	if not connection then error("The chat archive cannot be opened: "..problem, 0); end
	connection:autocommit(true);
	pragma(connection, WAIT_FOR_OTHERS);
	local mode = pragma(connection, "journal_mode = WAL");
	connection:close();
	if mode ~= "wal" then module:log("warn", "The chat archive has no write-ahead log but %s", mode); end
end

local function tune(engine)
	engine.conn:autocommit(true); -- synchronous cannot change within a transaction
	for _, setting in ipairs(SETTINGS) do pragma(engine.conn, setting); end
	engine.conn:autocommit(false);
end

local function has_archive(engine)
	local statement = engine.conn:prepare('SELECT 1 FROM "prosodyarchive" LIMIT 1');
	if statement then statement:close(); end
	return statement ~= nil;
end

-- After a statement that failed ("database is locked", a full disk) LuaDBI's connection commits nothing any more. So it is given up, and made anew.
-- SQLite closes it only when its statements are.
local function give_up(engine)
	for _, statement in pairs(engine.prepared or {}) do statement:close(); end
	engine.conn:close();
	engine.conn, engine.prepared = nil, {};
end

local function give_up_after_failures(engine)
	local transaction = engine.transaction;
	function engine:transaction(...)
		local result = table.pack(transaction(self, ...));
		if not result[1] and self.conn and not self.crm_connecting then give_up(self); end
		return table.unpack(result, 1, result.n);
	end
end

-- mod_storage_sql goes on without tables that it could not make at that moment, and would never try again.
local function tune_from_now_on(engine)
	local onconnect = engine.onconnect;
	function engine:onconnect()
		pragma(self.conn, WAIT_FOR_OTHERS);
		self.crm_connecting = true;
		local ok, problem = onconnect(self);
		self.crm_connecting = nil;
		if ok ~= false and has_archive(self) then
			tune(self);
			return ok;
		end
		give_up(self);
		return false, problem or "the tables could not be made";
	end
	give_up_after_failures(engine);
	if engine.conn then tune(engine); end
	local ok, problem = engine:connect();
	if not ok then module:log("error", "The chat archive cannot be opened yet: %s", problem); end
end

module:hook("server-started", function ()
	for _, engine in pairs(module:shared("/*/sql/connections")) do
		if engine.params.driver == "SQLite3" then tune_from_now_on(engine); end
	end
end);

if prosody.process_type == "prosody" then
	each_entry(prosody.paths.data, repair_tree);
	use_write_ahead_log(module:get_option_string("crm_archive_file"));
end
