-- mod_crm_erase: a lead that was erased goes from the chats and files that Prosody keeps, too. Loaded on D.
--
-- crm.lead_erase() writes down what is to be done (crm.erasure): the lead's numbers, words by which it is found, and links to files that were imported. We
-- ask for it when crmd says that something has changed (crm-staff-changed, mod_crm_admin), at the start, and every ASK_EVERY seconds. It stays until we say
-- that it is done, so that a crash means: once more.
--
-- DESIGN. The archives of all are one SQLite table (mod_storage_crm_archive), which is gone through in slices of SLICE rows with a pause between them, for
-- Prosody has one thread. A message is of a lead when it is
--   * to or from lead-42@crm.D;
--   * between staff and the bot, or another record of ours, or in a room, or kept for somebody who is away (mod_offline), and
--       - holds one of the words, whatever is written large, with XML's entities resolved; a short word must stand alone; of a telephone number the digits
--         count, whatever is between them,
--       - or calls it "lead 42", or holds its number and one of the hints,
--       - or, said to the bot, its first number is the lead's; or somebody looked for a part of a word.
-- What staff wrote to one another alone is not looked at, nor what visitors and customers wrote at the desk.
--
-- Such a row is not deleted but overwritten by a message without content of the same length. So SQLite changes it in place and moves nothing, which could
-- leave a copy in the free part of a page; archive ids, behind which clients go on reading, stay; and crmd is told of the message that it held it already
-- (mod_crm_admin, held). Then the write-ahead log is copied and cut (a copy of the old row was there), which has to wait for whoever reads the file: tried
-- again until it succeeds.
--
-- Besides: lead-42@crm.D goes from contact lists, where people may have called it something; rooms forget the history that they hold in memory; uploaded
-- files that were imported go with what is known of them (mod_http_file_share).

local jid = require "util.jid";
local rostermanager = require "core.rostermanager";
local datamanager = require "util.datamanager";

local accounts = module:require "crm_accounts";
local journal = module:require "crm_journal";

local ASK_EVERY = 60;  -- seconds
local ASK_SOON = 3;    -- seconds after crmd says so: crm.prosody_erasures() holds back what is younger than two
local SLICE = 400;     -- rows
local PAUSE = 0.02;    -- seconds between two slices
local TRY_AGAIN = 5;   -- seconds after SQLite was busy, or failed
local PART = 4;        -- bytes of a word that somebody may have looked for
local SHORT = 6;       -- a word of fewer bytes has to stand alone

local host = module.host;
local component = module:get_option_string("crm_component");
local rooms_host, files_host = "rooms."..host, "files."..host;

---------------------------------------------------------------------------------------------------------
-- Whether a message is of a lead

local ENTITIES = { lt = "<", gt = ">", amp = "&", quot = '"', apos = "'" };

local function plain(xml)
	return (xml:gsub("&(%a+);", ENTITIES)):lower();
end

local function stands_alone(text, first, last)
	return not text:sub(first - 1, first - 1):find("[%w\128-\255]") and not text:sub(last + 1, last + 1):find("[%w\128-\255]");
end

local function holds(text, word)
	local first, last = text:find(word, 1, true);
	while first and #word < SHORT and not stands_alone(text, first, last) do first, last = text:find(word, last + 1, true); end
	return first ~= nil;
end

local function holds_one(text, words)
	for _, word in ipairs(words) do
		if holds(text, word) then return true; end
	end
	return false;
end

-- The digits of a word that is a telephone number.
local function digits_of(word)
	local digits = word:match("^%+?(%d+)$");
	return digits and #digits >= 6 and digits:sub(-10) or nil;
end

local function holds_number(text, numbers)
	if #numbers == 0 then return false; end
	local bare = text:gsub("[^%w]", "");
	return holds_one(bare, numbers);
end

-- Whether somebody looked for a part of what it is called: said to the bot, "find quarn"; said by the bot, that there is none with “quarn” in it.
local function looks_for(text, said, names)
	local parts = { said and said:match("^%s*%a+%s+(%S.-)%s*$") };
	for part in text:gmatch("“(.-)”") do parts[#parts + 1] = part; end
	for _, part in ipairs(parts) do
		for _, name in ipairs(#part >= PART and names or {}) do
			if name:find(part, 1, true) then return true; end
		end
	end
	return false;
end

-- "lead 42", "lead-42"; its number and a hint; said to the bot, its number first.
local function is_about(text, said_to_bot, work)
	local first_number = said_to_bot and said_to_bot:match("%f[%w](%d+)%f[%W]");
	for _, lead in ipairs(work.leads) do
		if first_number == lead or text:find("%f[%w]lead[%s%-]+#?"..lead.."%f[%D]") then return true; end
		if text:find("%f[%w]"..lead.."%f[%W]") and holds_one(text, work.hints) then return true; end
	end
	return false;
end

local OTHERS = { "poll", "import", "visitor", "rule" };

-- What was said to the bot that may begin with a lead; nil for what does not, or was not said to it.
local function said_to_bot(xml, in_room)
	local body = xml:match("<body>(.-)</body>");
	if not body then return nil; end
	body = body:lower();
	if in_room then
		body = body:match("^%s*@?bot[%s:,](.*)$");
	elseif not (xml:match("^<message[^>]*>") or ""):find("to=['\"]bot@") then
		return nil;
	end
	for _, other in ipairs(OTHERS) do
		if not body or body:find("^%s*"..other) then return nil; end
	end
	return body;
end

local function mentions(xml, in_room, work)
	local text, said = plain(xml), said_to_bot(xml, in_room);
	return holds_one(text, work.words) or holds_number(text, work.numbers) or looks_for(text, said, work.names) or is_about(text, said, work);
end

-- The address with which a message was exchanged, in the sender's and the recipient's archive; of what waits for somebody, who sent it.
local function peer_of(row)
	if row.store == "archive" then return row.with; end
	return row.xml:match("^<message[^>]*%sfrom=['\"]([^'\"]*)");
end

local function is_of_lead(row, work)
	if row.host == rooms_host then return row.store == "muc_log" and mentions(row.xml, true, work); end
	local user, server = jid.split(peer_of(row));
	if server == rooms_host then return row.store == "offline" and mentions(row.xml, true, work); end
	if server ~= component or user == "support" or (user and user:find("^visitor%-")) then return false; end
	return work.is_lead[user and user:match("^lead%-(%d+)$") or ""] or mentions(row.xml, false, work);
end

---------------------------------------------------------------------------------------------------------
-- The archive

local SELECT = [[SELECT "sort_id", "host", "store", "with", "value" FROM "prosodyarchive" WHERE "sort_id" > ? ORDER BY "sort_id" LIMIT ]]..SLICE;
local UPDATE = [[UPDATE "prosodyarchive" SET "value" = ? WHERE "sort_id" = ?]];

-- As long as what it takes the place of: its addresses and its id, and nothing but blanks.
local function emptied(xml)
	local attributes = "";
	for _, name in ipairs { "to", "from", "type", "id" } do
		local value = (xml:match("^<message[^>]*>") or ""):match("%s"..name.."=('[^']*')");
		if value then attributes = attributes.." "..name.."="..value; end
	end
	local shell = "<message"..attributes..">%s</message>";
	if #shell - 2 > #xml then shell = "<message>%s</message>"; end
	return (shell:gsub("%%s", (" "):rep(#xml - (#shell - 2))));
end

-- One slice. Returns true and whether there was more, or false and why.
local function scan(work)
	local seen, last, count = 0, work.last, 0;
	local ok, problem = journal.engine:transaction(function ()
		local found = {};
		for row in journal.engine:select(SELECT, work.last) do
			seen, last = seen + 1, row[1];
			local entry = { host = row[2], store = row[3], with = row[4], xml = row[5] };
			if (entry.host == host or entry.host == rooms_host) and is_of_lead(entry, work) then found[row[1]] = emptied(entry.xml); end
		end
		for sort_id, xml in pairs(found) do
			journal.engine:update(UPDATE, xml, sort_id);
			count = count + 1;
		end
		return true;
	end);
	if not ok then return false, problem; end
	work.last, work.chats = last, work.chats + count;
	return true, seen == SLICE;
end

-- Copies the write-ahead log into the file, and cuts it. False while somebody reads an older state.
local function checkpoint()
	local connection = journal.engine.conn;
	if not connection then return false; end
	connection:autocommit(true);
	local called, busy = pcall(function ()
		local statement = assert(connection:prepare("PRAGMA wal_checkpoint(TRUNCATE)"));
		assert(statement:execute());
		local busy;
		for row in statement:rows() do busy = busy or row[1]; end
		statement:close();
		return busy;
	end);
	connection:autocommit(false);
	return called and tonumber(busy) == 0;
end

---------------------------------------------------------------------------------------------------------
-- Contact lists, rooms, files

local function forget_contacts(work)
	for username in module:open_store("roster"):users() do
		local roster = rostermanager.load_roster(username, host);
		for _, lead in ipairs(work.leads) do
			local address = "lead-"..lead.."@"..component;
			if roster and roster[address] then
				roster[address] = nil;
				rostermanager.save_roster(username, host, roster, address);
				rostermanager.roster_push(username, host, address);
			end
		end
	end
end

local function forget_history()
	local muc = prosody.hosts[rooms_host] and prosody.hosts[rooms_host].modules.muc;
	if not muc then return; end
	for room in muc.each_room() do room._history = nil; end
end

local function remove_files(work)
	local uploads = prosody.hosts[files_host] and module:context(files_host):open_store("uploads", "archive");
	for _, link in ipairs(uploads and work.uploads or {}) do
		local slot = link:match("/file_share/([%w_-]+)/");
		if slot and uploads:get(nil, slot) then
			local ok, problem = os.remove(datamanager.getpath(slot, files_host, "http_file_share", "bin"));
			if not ok then module:log("warn", "An imported file that is to be erased is not there: %s", problem); end
			uploads:delete(nil, { key = slot });
			work.files = work.files + 1;
		end
	end
end

---------------------------------------------------------------------------------------------------------
-- One after the other

local function split(text)
	local list = {};
	for part in text:gmatch("[^\31]+") do list[#list + 1] = part; end
	return list;
end

local function begin(row)
	local work = {
		id = row.id, leads = split(row.leads), words = {}, names = {}, numbers = {}, hints = {}, uploads = split(row.uploads), is_lead = {};
		last = 0, chats = 0, files = 0;
	};
	for _, lead in ipairs(work.leads) do work.is_lead[lead] = true; end
	for _, word in ipairs(split(row.words)) do
		word = word:lower();
		work.words[#work.words + 1] = word;
		if select(2, word:gsub(" ", "")) <= 3 then work.names[#work.names + 1] = word; end -- not lines that somebody wrote
		work.numbers[#work.numbers + 1] = digits_of(word); -- nothing, when it is none
	end
	for _, hint in ipairs(split(row.hints)) do work.hints[#work.hints + 1] = hint:lower(); end
	return work;
end

local busy = false;
local step;

local function later(seconds, work)
	module:add_timer(seconds, function () step(work); end);
end

local look;

local function finish(work)
	if not checkpoint() then return later(TRY_AGAIN, work); end
	if not work.told then
		forget_contacts(work);
		forget_history();
		remove_files(work);
		work.told = true;
	end
	if accounts.erased(work.id, work.chats, work.files) == nil then return later(TRY_AGAIN, work); end
	module:log("info", "An erased lead is gone from %d messages and %d files", work.chats, work.files);
	busy = false;
	look();
end

function step(work)
	if work.over then return finish(work); end
	local ok, more = journal.settle();
	if ok then ok, more = scan(work); end
	if not ok then
		module:log("warn", "The chat archive cannot be searched for an erased lead now: %s", more);
		return later(TRY_AGAIN, work);
	end
	work.over = not more;
	later(work.over and 0 or PAUSE, work);
end

function look()
	if busy then return; end
	local rows = accounts.erasures();
	if not rows or not rows[1] then return; end
	busy = true;
	step(begin(rows[1]));
end

module:hook("crm-staff-changed", function () module:add_timer(ASK_SOON, function () look(); end); end);
module:hook_global("server-started", function () module:add_timer(ASK_SOON, function () look(); end); end);
module:add_timer(ASK_EVERY, function ()
	look();
	return ASK_EVERY;
end);
