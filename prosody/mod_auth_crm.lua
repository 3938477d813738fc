-- mod_auth_crm: accounts are rows in PostgreSQL.
--
-- Mechanisms: SCRAM-SHA-256 and SCRAM-SHA-1 (RFC 5802, RFC 7677) from stored keys; PLAIN (RFC 4616), which Prosody
-- offers over TLS only, also takes an imported bcrypt password and replaces it by SCRAM keys.
--
-- DESIGN: a name that does not exist, is disabled, or has no SCRAM keys yet is told apart from a wrong password
-- by nothing: it gets a salt that is an HMAC of the name (the same on each try, also after a restart), the usual
-- iteration count and keys that no password has, and so fails at the step, and with the words, of a wrong password.
-- A database that cannot be asked is `temporary-auth-failure`: clients forget a password on `not-authorized`.
-- util.sasl knows only "no such user" for that, hence the wrapper around process().
--
-- Failures are counted per address before any hash is computed: bcrypt takes 50 ms of Prosody's only thread. So are beginnings, before the database
-- is asked: a login that is given up before the password is no failure, and nobody needs to finish one. An office that connects again begins
-- many at once.
--
-- Hooks: pre-resource-bind asks again whether the account is enabled, because an account can be disabled between the
-- password and the bind, when `end-sessions` cannot see the session yet. Default priority: nobody else decides there.

local new_sasl = require "util.sasl".new;
local scram = require "util.sasl.scram".hashers;
local saslprep = require "util.encodings".stringprep.saslprep;
local hashes = require "util.hashes";
local hex = require "util.hex";
local random_bytes = require "util.random".bytes;
local new_cache = require "util.cache".new;
local now = require "util.time".now;

local accounts = module:require "crm_accounts";
local limits = module:require "crm_limits";

local host = module.host;
local kind = module:get_option_string("crm_account_kind", "staff");
local pepper = module:get_option_string("crm_pepper");
local iterations = module:get_option_number("crm_scram_iterations", 10000);
local max_failures = module:get_option_number("crm_auth_failures_per_minute", 10);
local max_begun = module:get_option_number("crm_auth_begun_per_minute", 300);
local max_account_failures = module:get_option_number("crm_auth_account_failures_per_hour", 100);

local DIGEST_BYTES = { ["SHA-1"] = 20, ["SHA-256"] = 32 };
local KNOWN_FOR = 10; -- seconds that "this account exists" is believed

---------------------------------------------------------------------------------------------------------
-- Failures per address

local HOUR, MONTH = 3600, 30 * 86400;

local get_throttle = limits.rate(max_failures / 60, 60);
local get_begin_throttle = limits.rate(max_begun / 60, 60);

limits.end_endless_logins();

-- Guesses at one account from many addresses: after so many failures within an hour, restarts or not, only those may try that have logged in
-- to this account lately, so that nobody can lock its owner out. An address is familiar for a month from the last login there.
local failures = limits.window("failures", max_account_failures, HOUR);
local familiar = limits.recent("familiar", 100, MONTH);

local function is_closed(username, sender)
	return failures:count(username) >= max_account_failures and not familiar:has(username, sender);
end

---------------------------------------------------------------------------------------------------------
-- Keys

-- What an account that cannot log in by SCRAM shows. The keys are new each time; only the salt is ever seen.
local function fake_keys(username, hash)
	local salt = hashes.hmac_sha256(pepper, "salt\0"..host.."\0"..username, true):sub(1, 32);
	return { stored = random_bytes(DIGEST_BYTES[hash]), server = random_bytes(DIGEST_BYTES[hash]), salt = salt, iterations = iterations };
end

local function account_keys(account, username, hash)
	local keys = account and account.enabled and account[hash];
	if not keys then return fake_keys(username, hash); end
	return { stored = hex.decode(keys.stored), server = hex.decode(keys.server), salt = account.salt, iterations = account.iterations };
end

---------------------------------------------------------------------------------------------------------
-- Mechanisms. `handler.unavailable` tells process() that the database could not be asked.

local function find_account(handler, username)
	handler.tried = username;
	if is_closed(username, handler.sender) then
		handler.closed = true;
		return nil;
	end
	local account = accounts.find(username, kind);
	if account == nil then handler.unavailable = true; end
	return account;
end

-- After a step: what counts for the next one.
local function note_outcome(handler, status)
	if status == "failure" then
		get_throttle(handler.sender):poll(1);
		if handler.tried then failures:take(handler.tried, failures:count(handler.tried) + 1); end
	elseif status == "success" and handler.tried then
		familiar:note(handler.tried, handler.sender);
	end
end

local function scram_backend(hash)
	return function (handler, username)
		local account = find_account(handler, username);
		if account == nil then return nil; end
		local keys = account_keys(account, username, hash);
		return keys.stored, keys.server, keys.iterations, keys.salt, true;
	end
end

local function upgrade_from_bcrypt(username, password)
	local keys, problem = accounts.make_keys(password);
	if keys and accounts.store_keys(username, kind, keys) then
		module:log("info", "The imported password of %s is stored as SCRAM keys now", username);
	else
		module:log("warn", "The imported password of %s stays bcrypt: %s", username, problem or "the database did not take the keys");
	end
end

local function test_plain(handler, username, password)
	local account = find_account(handler, username);
	if account == nil then return false, true; end
	if account and account.enabled and account.has_bcrypt and not account["SHA-256"] then
		local fits = accounts.verify_bcrypt(username, kind, password);
		if fits == nil then handler.unavailable = true; end
		if fits then upgrade_from_bcrypt(username, password); end
		return fits or false, true;
	end
	local keys = account_keys(account, username, "SHA-256");
	local ok, stored = scram["SHA-256"](password, keys.salt, keys.iterations);
	return ok and hashes.equals(stored, keys.stored), true;
end

local profile_functions = {
	plain_test = function (handler, username, password)
		return test_plain(handler, username, saslprep(password) or "");
	end;
	scram_sha_1 = scram_backend("SHA-1");
	scram_sha_256 = scram_backend("SHA-256");
};

local function new_handler(session)
	local profile = {};
	for name, f in pairs(profile_functions) do profile[name] = f; end
	local handler = new_sasl(host, profile);
	local process = handler.process;

	handler.sender = limits.sender_of(session.ip);

	function handler:process(message)
		if not get_throttle(self.sender):peek(1) then
			return "failure", "temporary-auth-failure", "Too many failed logins from your address. Wait a minute, then try again.";
		end
		if not self.begun and not get_begin_throttle(self.sender):poll(1) then
			return "failure", "temporary-auth-failure", "Too many logins from your address at once. Wait some seconds, then try again.";
		end
		self.begun = true;
		self.unavailable, self.closed = nil, nil;
		local status, condition, text = process(self, message);
		if self.closed then
			return "failure", "temporary-auth-failure", "Too many failed logins to this account. Try again in an hour, or from where you usually are.";
		end
		if self.unavailable then
			return "failure", "temporary-auth-failure", "Accounts cannot be checked at the moment. Try again soon.";
		end
		note_outcome(self, status);
		return status, condition, text;
	end

	function handler.clean_clone() return new_handler(session); end

	return handler;
end

---------------------------------------------------------------------------------------------------------
-- Whether an account exists. Archives and rosters ask this for each message, also while PostgreSQL is away: a message
-- to a colleague must be archived then. So who has logged in once is remembered on disk.

local known_until = new_cache(5000);
local seen_accounts = module:open_store("crm_seen");

local function has_session(username)
	return prosody.hosts[host].sessions[username] ~= nil;
end

local function user_exists(username)
	if has_session(username) or (known_until:get(username) or 0) > now() then return true; end
	local account = accounts.find(username, kind);
	if account == nil then return seen_accounts:get(username) ~= nil; end
	if account and account.enabled then
		known_until:set(username, now() + KNOWN_FOR);
		return true;
	end
	known_until:set(username, nil);
	return false;
end

module:hook("pre-resource-bind", function (event)
	local username = event.session.username;
	local account = accounts.find(username, kind);
	if account == false or (account and not account.enabled) then
		event.error = { type = "auth", condition = "not-authorized", text = "This account is disabled." };
		return false;
	end
	if not seen_accounts:get(username) then seen_accounts:set(username, { seen = true }); end
end);

---------------------------------------------------------------------------------------------------------

local function refuse()
	return nil, "Accounts are managed by the CRM";
end

module:provides("auth", {
	get_sasl_handler = new_handler;
	user_exists = user_exists;
	users = function () return pairs(prosody.hosts[host].sessions); end;
	test_password = refuse, get_password = refuse, set_password = refuse, create_user = refuse, delete_user = refuse;
});
