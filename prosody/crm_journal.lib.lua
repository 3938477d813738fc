-- crm_journal: messages on their way into the archive file: at once in a journal, soon after, many at a time, in SQLite.
--
-- An SQLite transaction for each message costs Prosody's only thread some 0.2 ms, most of it for writing pages of four indexes that the next message
-- changes again. A line in a file costs 0.01 ms, and survives kill -9 of Prosody just so: what write(2) has taken is the kernel's.
--
-- DESIGN. add() appends one record to the journal and returns when the kernel has it: only then is the message passed on. What is in the journal is
-- in `pending`, too. settle() writes all that is pending in one transaction, then empties the journal; it runs LATEST seconds after the first
-- record, at MOST records, and before anything reads or changes the archive: no reader ever sees less than what was added. Should Prosody
-- die between transaction and emptying, recover() finds records that the archive has: INSERT OR IGNORE, by the archive's unique index
-- on (host, user, store, key). A record that was cut off is the last, and was never passed on. Who copies the archive while Prosody runs copies the
-- journal first (component/operate/backup). A power failure can take the last moments of both, as of the archive alone.
--
-- When SQLite does not take them (a full disk), records stay pending and are tried again each RETRY seconds; from CROWDED on nothing more is
-- taken in, as if the archive itself refused. When the journal cannot be written, nothing is taken in either.
--
-- One for all hosts of a process. A record: "s4" of (host, user, store, with, key, xml, when), little endian, then a line end.

local FORMAT = "<s4s4s4s4s4s4I8";
local ENVELOPE = "<s4";
local END = "\n";
local LATEST = 0.25;   -- seconds
local RETRY = 2;       -- seconds: each try may wait for whoever has the file (mod_crm_storage)
local MOST = 200;      -- records
local CROWDED = 20000; -- records

local INSERT = [[
	INSERT OR IGNORE INTO "prosodyarchive" ("host", "user", "store", "with", "key", "value", "when", "type")
	VALUES (?, ?, ?, ?, ?, ?, ?, 'xml')]];

local journal = module:shared("/*/crm_journal/journal");

if journal.pending then return journal; end

journal.pending = {};

-- Returns the fields of the records in a journal, and how many bytes are no record.
local function read_records(text)
	local records, position = {}, 1;
	while position <= #text do
		local ok, payload, after = pcall(string.unpack, ENVELOPE, text, position);
		if not ok or #payload == 0 or text:sub(after, after) ~= END then break; end
		local record = table.pack(pcall(string.unpack, FORMAT, payload));
		if not record[1] then break; end
		records[#records + 1] = { table.unpack(record, 2, 8) };
		position = after + #END;
	end
	return records, #text - position + 1;
end

-- Opens the journal for writing behind its first `size` bytes; what follows them is overwritten. Returns whether it is open.
local function open_at(size)
	local file, problem = io.open(journal.path, size > 0 and "r+b" or "wb");
	if file then
		file:setvbuf("full", 65536);
		file:seek("set", size);
	end
	journal.file, journal.size = file, size;
	return file ~= nil, problem;
end

local function insert(records)
	return journal.engine:transaction(function ()
		for _, record in ipairs(records) do journal.engine:insert(INSERT, table.unpack(record, 1, 7)); end
		return true;
	end);
end

local function report(problem)
	if not problem and journal.problem then module:log("warn", "The chat archive takes messages again"); end
	if problem and not journal.problem then
		module:log("error", "The chat archive takes no messages; they wait in %s: %s", journal.path, problem);
	end
	journal.problem = problem;
end

-- All that was added is in the archive. False and why if it is not.
function journal.settle()
	if #journal.pending == 0 then return true; end
	local ok, problem = insert(journal.pending);
	report(not ok and (problem or "unknown") or nil);
	if not ok then return false, problem; end
	journal.pending = {};
	if journal.file then journal.file:close(); end
	open_at(0);
	return true;
end

local function settle_later()
	if journal.timer then return; end
	journal.timer = true;
	module:add_timer(journal.problem and RETRY or LATEST, function ()
		journal.timer = nil;
		if not journal.settle() then settle_later(); end
	end);
end

-- The journal has all or nothing of it: what a full disk cut off is overwritten by the next.
local function write(bytes)
	if not journal.file then
		local ok, problem = open_at(journal.size);
		if not ok then return nil, problem; end
	end
	local ok, problem = journal.file:write(bytes);
	if ok then ok, problem = journal.file:flush(); end
	if ok then
		journal.size = journal.size + #bytes;
		return true;
	end
	journal.file:close();
	journal.file = nil;
	return nil, problem;
end

-- Keeps one message. Returns true, or nil and why.
function journal.add(host, user, store, with, key, xml, when)
	if #journal.pending >= CROWDED then return nil, "the chat archive takes no messages"; end
	local ok, problem = write(ENVELOPE:pack(FORMAT:pack(host, user, store, with, key, xml, when))..END);
	if not ok then return nil, problem; end
	journal.pending[#journal.pending + 1] = { host, user, store, with, key, xml, when };
	if #journal.pending >= MOST and not journal.problem then journal.settle(); end
	if #journal.pending > 0 then settle_later(); end
	return true;
end

-- Once, before anything is added: what the process before had not settled is settled now, or as soon as the archive takes it.
function journal.recover(path, engine)
	journal.path, journal.engine = path, engine;
	local file = io.open(path, "rb");
	local text = file and file:read("a") or "";
	if file then file:close(); end
	local records, rest = read_records(text);
	if rest > 0 then module:log("warn", "%s ended in an incomplete message after a crash; %d bytes were cut off", path, rest); end
	journal.pending = records;
	open_at(#text - rest);
	if #records == 0 then return; end
	module:log("info", "%d messages of the time before a crash go into the chat archive", #records);
	if not journal.settle() then settle_later(); end
end

return journal;
