-- crm_accounts on a LuaDBI and clocks of our own: what it does when things fail that cannot be made to fail at will.
-- usage: lua5.4 accounts_connection.lua FOLDER-OF-crm_accounts SOCKET-FOLDER PORT SCENARIO
-- Prints a line for each step.

local folder, socket_folder, port, scenario = arg[1], arg[2], tonumber(arg[3]), arg[4];
package.path = "/usr/lib/prosody/?.lua;"..package.path;
package.cpath = "/usr/lib/prosody/?.so;"..package.cpath;

local clock = { wall = 1000000, machine = 5000 };
package.loaded["util.time"] = { now = function () return clock.wall; end, monotonic = function () return clock.machine; end };

local function pass(seconds) clock.wall, clock.machine = clock.wall + seconds, clock.machine + seconds; end

local database = { connects = 0, executed = 0, up = true, fault = nil };

local function new_statement(connection)
	local left;
	return {
		execute = function ()
			if not connection.alive then error("statement no longer valid"); end
			database.executed = database.executed + 1;
			if database.fault then return false, database.fault; end
			left = 1;
			return true;
		end;
		rows = function ()
			return function ()
				left = left - 1;
				return left == 0 and { true, "salt", "4096", nil, nil, "stored", "server", false } or nil;
			end;
		end;
		close = function () end;
	};
end

local function new_connection()
	local connection = { alive = true };
	local function succeed() return connection.alive; end
	connection.commit, connection.ping = succeed, succeed;
	function connection.rollback() if not connection.alive then error("no connection"); end return true; end
	function connection.autocommit() return true; end
	function connection.close() connection.alive = false; end
	function connection.prepare()
		if not connection.alive then return nil, "server closed the connection unexpectedly"; end
		return new_statement(connection);
	end
	database.connection = connection;
	return connection;
end

package.loaded["DBI"] = {
	Drivers = function () end;
	Connect = function ()
		database.connects = database.connects + 1;
		if not database.up then return nil, "Failed to connect to database"; end
		return new_connection();
	end;
};

local shared = {};
module = { -- luacheck: ignore 111/module
	shared = function () return shared; end;
	log = function () end;
	get_option = function () return { host = socket_folder, port = port, name = "crm", user = "crm_prosody" }; end;
	get_option_number = function (_, _, default) return default; end;
};
local accounts = dofile(folder.."/crm_accounts.lib.lua");

local function ask()
	local account = accounts.find("priya", "staff");
	print(("answer=%s connects=%d executed=%d"):format(account and account.salt or "none", database.connects, database.executed));
	database.connects, database.executed = 0, 0;
end

local scenarios = {};

function scenarios.away()
	database.up = false;
	for _ = 1, 3 do ask(); pass(2); end
end

function scenarios.clock_set_back()
	database.up = false;
	ask();
	database.up = true;
	pass(2);
	clock.wall = clock.wall - 3600;
	ask();
end

function scenarios.takes_too_long()
	ask();
	pass(2);
	database.fault = "canceling statement due to statement timeout";
	ask();
	ask();
	database.fault = nil;
	pass(2);
	ask();
end

function scenarios.killed_meanwhile()
	ask();
	pass(2);
	database.connection.alive = false;
	ask();
end

scenarios[scenario]();
