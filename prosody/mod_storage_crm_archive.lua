-- mod_storage_crm_archive: the storage of chat archives: mod_storage_sql's table in SQLite, with a faster way in.
--
-- Messages of staff, customers and rooms are archived before they are passed on, four times in a turn of visitor and agent. They go into a journal
-- (crm_journal) and from there, many at a time, into the table. Everything else is mod_storage_sql's, on the settled table: queries, edits,
-- deletion, purging.
--
-- Chat states (XEP-0085) within a message are not kept: who was typing then is of no use to who reads it later.
--
-- mod_storage_sql keeps counts of whole archives, which it would not see grow: a query for a total gets a start, so that it counts.
--
-- Option: crm_archive_file, whose journal is beside it (archive.sqlite → archive.journal).

local storagemanager = require "core.storagemanager";
local st = require "util.stanza";
local new_id = require "util.id".medium;

local CHAT_STATES = "http://jabber.org/protocol/chatstates";

local journal = module:require "crm_journal";
local host = module.host;
local archive_file = module:get_option_string("crm_archive_file");
local sql = storagemanager.load_driver(host, "sql");

-- mod_storage_sql has made it, once for all hosts.
local function find_engine()
	for _, engine in pairs(module:shared("/*/sql/connections")) do
		if engine.params.driver == "SQLite3" and engine.params.database == archive_file then return engine; end
	end
	error("mod_storage_sql does not serve "..archive_file, 0);
end

if not journal.path then journal.recover(archive_file:gsub("%.sqlite$", "")..".journal", find_engine()); end

-- The stanza as it is kept. What is shared with the stanza is not changed.
local function without_chat_states(stanza)
	local state = stanza:child_with_ns(CHAT_STATES);
	if not state then return stanza; end
	local kept = st.stanza(stanza.name);
	kept.attr = stanza.attr;
	for _, child in ipairs(stanza) do
		if type(child) == "string" or child.attr.xmlns ~= CHAT_STATES then kept[#kept + 1] = child; end
	end
	return kept;
end

local archive = {};
local archive_mt = { __index = archive };

function archive:append(username, key, value, when, with)
	if key or not st.is_stanza(value) then
		local ok, problem = journal.settle();
		if not ok then return nil, problem; end
		return self.table:append(username, key, value, when, with);
	end
	key = new_id();
	local ok, problem = journal.add(host, username or "", self.store, with or "", key, tostring(without_chat_states(value)), math.floor(when or os.time()));
	if not ok then return nil, problem; end
	return key;
end

function archive:find(username, query)
	local ok, problem = journal.settle();
	if not ok then return nil, problem; end
	if query and query.total and not query.start then query.start = 0; end
	-- As a client wrote it (XEP-0059), and one more: SQLite fails over a fraction, and takes what is below zero for no limit.
	if query and query.limit then query.limit = math.max(0, math.ceil(query.limit)); end
	return self.table:find(username, query);
end

-- The others take their arguments as they are.
for _, name in ipairs { "get", "set", "delete", "summary", "users" } do
	archive[name] = function (self, ...)
		local ok, problem = journal.settle();
		if not ok then return nil, problem; end
		return self.table[name](self.table, ...);
	end
end

local driver = { name = "crm_archive" };

function driver:open(store, kind) -- luacheck: ignore 212/self
	if kind ~= "archive" then return nil, "unsupported-store"; end
	local table = assert(sql:open(store, kind));
	return setmetatable({ store = store, table = table, caps = table.caps }, archive_mt);
end

function driver:stores() -- luacheck: ignore 212/self
	return function () end;
end

function driver:purge(username) -- luacheck: ignore 212/self
	local ok, problem = journal.settle();
	if not ok then return nil, problem; end
	return sql:purge(username);
end

module:provides("storage", driver);

module:hook_global("server-stopped", journal.settle);
