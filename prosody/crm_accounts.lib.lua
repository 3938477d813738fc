-- crm_accounts: the only way from Prosody to PostgreSQL.
--
-- Owns one connection per process, shared by all hosts, of the database role crm_prosody, which may call the
-- crm.prosody_* functions and nothing else. Calls block Prosody's only thread: a statement is ended by PostgreSQL
-- after 3 s, a connect is given up after 2 s, and after a failure nothing is tried for one second. A PostgreSQL that is frozen
-- (SIGSTOP) while a statement runs is not covered: LuaDBI has no timeout of its own, and Prosody waits with it.
--
-- Every function returns its value, or nil when the database could not be asked. A connection that failed is replaced here:
-- util.sql (0.12.3) means to reconnect, but when PostgreSQL was killed, LuaDBI raises an error from its rollback, past
-- util.sql's handling, and the dead connection would be kept for ever.
--
-- Each statement is a transaction of its own (autocommit). In util.sql's transactions LuaDBI (0.7.2) does not look at what COMMIT answers, and
-- opens the next one at once: now() would be the time of the query before, and an operator's idle_in_transaction_session_timeout would end it.

local sql = require "util.sql";
local unix = require "socket.unix";
local monotonic = require "util.time".monotonic; -- a clock that is set back must not shut the database off for as long
local hex = require "util.hex";
local random_bytes = require "util.random".bytes;
local scram = require "util.sasl.scram".hashers;

local RETRY_AFTER = 1; -- seconds
local CONNECT_WITHIN = 2; -- seconds
local shared = module:shared("/*/crm_accounts/connection");

-- LuaDBI hands the database name to libpq, which takes a whole connection string in its place: the only
-- way to set timeouts from here.
local function connection_string(name)
	return ("dbname=%s connect_timeout=%d application_name=prosody options='-c statement_timeout=3000 -c lock_timeout=500'")
		:format(name, CONNECT_WITHIN);
end

-- Whether somebody listens, or false and the problem. LuaDBI never frees a connection that it could not make, 15 kB each time, and
-- PostgreSQL may be away for a night.
local function is_there(database)
	local probe = unix.stream();
	probe:settimeout(CONNECT_WITHIN);
	local ok, problem = probe:connect(("%s/.s.PGSQL.%d"):format(database.host, database.port));
	probe:close();
	return ok ~= nil, problem;
end

local function give_up(engine)
	shared.engine = nil;
	if engine.conn then pcall(engine.conn.close, engine.conn); end
end

local function connect()
	local database = module:get_option("crm_database");
	local there, problem = is_there(database);
	if not there then return nil, problem; end
	local engine = sql:create_engine {
		driver = "PostgreSQL";
		database = connection_string(database.name);
		username = database.user, password = database.password;
		host = database.host, port = database.port;
	};
	local called, ok, why = pcall(engine.connect, engine);
	if called and ok then
		engine.conn:autocommit(true);
		return engine;
	end
	give_up(engine);
	return nil, called and why or ok;
end

local function select_all(engine, text, arguments)
	local result = {};
	for row in engine:select(text, table.unpack(arguments, 1, arguments.n)) do result[#result + 1] = row; end
	return result;
end

-- Rows of one try; or nil, the problem, and whether the connection was lost. After a failure it is given up.
local function try_query(text, arguments)
	local problem;
	if not shared.engine then shared.engine, problem = connect(); end
	local engine = shared.engine;
	if not engine then return nil, problem; end
	local called, rows = pcall(select_all, engine, text, arguments);
	if called then return rows; end
	local alive, pong = pcall(engine.conn.ping, engine.conn);
	give_up(engine);
	return nil, rows, not (alive and pong);
end

-- All rows of a query as tables of columns, or nil when the database could not be asked. When a connection turns out to be lost, a second try
-- on a new one: PostgreSQL may have been restarted since the last query. What took too long is not tried again.
local function query(text, ...)
	if shared.failed_at and monotonic() - shared.failed_at < RETRY_AFTER then return nil; end
	local arguments = table.pack(...);
	local rows, problem, lost = try_query(text, arguments);
	if lost then rows, problem = try_query(text, arguments); end
	if rows then
		if shared.failed_at then module:log("info", "The database answers again"); end
		shared.failed_at = nil;
		return rows;
	end
	if not shared.failed_at then module:log("error", "The database does not answer: %s", problem); end
	shared.failed_at = monotonic();
	return nil;
end

local accounts = {};

-- A table of the account's columns (keys in hex), false when there is no such account, nil when unknown.
function accounts.find(username, kind)
	local rows = query([[SELECT enabled, salt, iterations, stored_sha1, server_sha1, stored_sha256, server_sha256, has_bcrypt
		FROM crm.prosody_account(?, ?)]], username, kind);
	if not rows then return nil; end
	local row = rows[1];
	if not row then return false; end
	return {
		enabled = row[1], salt = row[2], iterations = tonumber(row[3]);
		["SHA-1"] = row[4] and { stored = row[4], server = row[5] };
		["SHA-256"] = row[6] and { stored = row[6], server = row[7] };
		has_bcrypt = row[8];
	};
end

-- Whether the password fits the imported bcrypt hash (about 50 ms of PostgreSQL and of us).
function accounts.verify_bcrypt(username, kind, password)
	local rows = query("SELECT crm.prosody_verify_bcrypt(?, ?, ?)", username, kind, password);
	return rows and rows[1] and rows[1][1] == true;
end

-- Replaces an imported bcrypt hash by SCRAM keys: { salt, iterations, ["SHA-1"] = {stored, server}, … }, keys in hex.
function accounts.store_keys(username, kind, keys)
	local rows = query("SELECT crm.prosody_store_keys(?, ?, ?, ?, ?, ?, ?, ?)", username, kind, keys.salt, keys.iterations,
		keys["SHA-1"].stored, keys["SHA-1"].server, keys["SHA-256"].stored, keys["SHA-256"].server);
	return rows and rows[1] and rows[1][1] == true;
end

-- New keys of a (prepared) password, as store_keys takes them; nil and the problem when it has none.
function accounts.make_keys(password)
	local iterations = module:get_option_number("crm_scram_iterations", 10000);
	local keys = { salt = hex.encode(random_bytes(16)), iterations = iterations };
	for _, hash in ipairs { "SHA-1", "SHA-256" } do
		local ok, stored, server = scram[hash](password, keys.salt, iterations);
		if not ok then return nil, stored; end
		keys[hash] = { stored = hex.encode(stored), server = hex.encode(server) };
	end
	return keys;
end

-- Whose one-time link this is, { username, kind }; false when it cannot be used (any more).
function accounts.link(token_sha256)
	local rows = query("SELECT username, kind FROM crm.prosody_link(?)", token_sha256);
	if not rows then return nil; end
	return rows[1] and { username = rows[1][1], kind = rows[1][2] } or false;
end

-- Uses a one-time link: its owner has these keys from now on. False when it could not be used (any more).
function accounts.redeem_link(token_sha256, keys)
	local rows = query("SELECT crm.prosody_redeem_link(?, ?, ?, ?, ?, ?, ?)", token_sha256, keys.salt, keys.iterations,
		keys["SHA-1"].stored, keys["SHA-1"].server, keys["SHA-256"].stored, keys["SHA-256"].server);
	if not rows then return nil; end
	return rows[1] ~= nil and rows[1][1] == true;
end

-- The file behind a secret link, { name, type, size, parts }; false when there is none (any more). That it was opened is audited.
function accounts.file(token_sha256, address)
	local rows = query("SELECT name, type, size, parts FROM crm.prosody_file(?, ?)", token_sha256, address);
	if not rows then return nil; end
	local row = rows[1];
	return row and { name = row[1], type = row[2], size = tonumber(row[3]), parts = tonumber(row[4]) } or false;
end

-- A part of it, from 0, in base64; false when there is none.
function accounts.file_part(token_sha256, number)
	local rows = query("SELECT bytes FROM crm.prosody_file_part(?, ?)", token_sha256, number);
	if not rows then return nil; end
	return rows[1] and rows[1][1] or false;
end

-- What the vCard of a member of staff says: { name, role, email, phone, time_zone, languages }; false for nobody.
function accounts.profile(username)
	local rows = query("SELECT name, role, email, phone, time_zone, languages FROM crm.prosody_profile(?)", username);
	if not rows then return nil; end
	local row = rows[1];
	return row and { name = row[1], role = row[2], email = row[3], phone = row[4], time_zone = row[5], languages = row[6] } or false;
end

-- A list of { username, name, role, group } of the enabled staff.
function accounts.staff()
	local rows = query("SELECT username, name, role, group_name FROM crm.prosody_staff_roster()");
	if not rows then return nil; end
	local staff = {};
	for i, row in ipairs(rows) do staff[i] = { username = row[1], name = row[2], role = row[3], group = row[4] }; end
	return staff;
end

-- A list of { room, name, description, username, affiliation, bookmarked }: a row for each room and person, without a person for an empty room.
function accounts.rooms()
	local rows = query("SELECT room, name, description, username, affiliation, bookmarked FROM crm.prosody_rooms()");
	if not rows then return nil; end
	local rooms = {};
	for i, row in ipairs(rows) do
		rooms[i] = { room = row[1], name = row[2], description = row[3], username = row[4], affiliation = row[5], bookmarked = row[6] };
	end
	return rooms;
end

-- What is to be erased, a list of { id, leads, words, hints, uploads }: lists with U+001F between their parts.
function accounts.erasures()
	local rows = query("SELECT id, leads, words, hints, uploads FROM crm.prosody_erasures()");
	if not rows then return nil; end
	local erasures = {};
	for i, row in ipairs(rows) do erasures[i] = { id = row[1], leads = row[2], words = row[3], hints = row[4], uploads = row[5] }; end
	return erasures;
end

-- That one of them is done, with how many messages and files went; false when that is known.
function accounts.erased(id, chats, files)
	local rows = query("SELECT crm.prosody_erased(?, ?, ?)", id, chats, files);
	return rows and rows[1] and rows[1][1] == true;
end

return accounts;
