-- mod_auth_crm_guest: a visitor has no account, but always the same address.
--
-- SASL ANONYMOUS (RFC 4505) whose trace is a secret that the browser made: 43 or more characters of base64url, so at
-- least 256 bits. The localpart is an HMAC of it, so that the same browser comes back to the same conversation and may
-- resume its stream (XEP-0198), which stock ANONYMOUS with its new name per connection cannot. The pepper keeps whoever reads
-- addresses in the database from testing guesses, and the secret itself is never stored or logged.
--
-- The message history that a visitor may see hangs on this secret alone: a short or missing one is refused
-- instead of being replaced by a random name.

-- A secret costs a stranger nothing, so how many logins an address makes is limited (crm_guest_logins_per_minute).

local limits = module:require "crm_limits";
local hmac_sha256 = require "util.hashes".hmac_sha256;

local host = module.host;
local pepper = module:get_option_string("crm_pepper");

local logins_per_minute = module:get_option_number("crm_guest_logins_per_minute", 120);
local get_throttle = limits.rate(logins_per_minute / 60, 60);

limits.end_endless_logins();

local LOCALPART_LENGTH = 32; -- hexadecimal digits: 128 bits

local function localpart(trace)
	return hmac_sha256(pepper, "guest\0"..host.."\0"..trace, true):sub(1, LOCALPART_LENGTH);
end

local function new_handler(session)
	local handler = {};

	function handler.mechanisms() return { ANONYMOUS = true }; end

	function handler:select(mechanism)
		if self.selected or mechanism ~= "ANONYMOUS" then return false; end
		self.selected = mechanism;
		return true;
	end

	function handler:process(trace)
		if not trace or #trace < 43 or #trace > 128 or trace:find("[^%w_-]") then
			return "failure", "malformed-request", "A secret of 43 to 128 base64url characters is needed as initial data.";
		end
		if not get_throttle(limits.sender_of(session.ip)):poll(1) then
			return "failure", "temporary-auth-failure", "Too many visitors come from your network at once. Wait a minute, then try again.";
		end
		self.username = localpart(trace);
		return "success";
	end

	function handler.clean_clone() return new_handler(session); end
	return handler;
end

local function refuse()
	return nil, "Visitors have no accounts";
end

module:provides("auth", {
	get_sasl_handler = new_handler;
	user_exists = function (username) return prosody.hosts[host].sessions[username] ~= nil; end;
	users = function () return pairs(prosody.hosts[host].sessions); end;
	test_password = refuse, get_password = refuse, set_password = refuse, create_user = refuse, delete_user = refuse;
});
