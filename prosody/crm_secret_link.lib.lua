-- crm_secret_link: what stands before every page behind a secret link (mod_crm_account, mod_crm_file).
--
-- A link is a path and a token of 256 bits in base64url. PostgreSQL gets the SHA-256 of the token, never the token. A request over plain HTTP
-- from another machine is sent to HTTPS; behind a proxy for TLS on this machine nothing changes. Links that cannot be used are counted per
-- address, and too many are turned away before any query.
--
-- local gate = module:require "crm_secret_link".new("/download", 20);
--   gate.enter(event, rest)   the caller's address; or nil and "elsewhere" (307 and the location are to be answered) or "later" (429; Retry-After
--                             is set). `rest` is what stands behind the path.
--   gate.hash(token)          its SHA-256 in hexadecimal digits; false for what cannot be a token
--   gate.failed(address)      counts a link that cannot be used

local hashes = require "util.hashes";
local new_cache = require "util.cache".new;
local new_throttle = require "util.throttle".create;

local https_base = module:get_option_string("crm_account_https");
local TOKEN_LENGTH = 43;

local function is_this_machine(address)
	return address == "::1" or address:find("^127%.") ~= nil or address:find("^::ffff:127%.") ~= nil;
end

local function new(path, failures_per_minute)
	local failures_by_address = new_cache(5000);
	local gate = {};

	local function get_throttle(address)
		local throttle = failures_by_address:get(address);
		if not throttle then
			throttle = new_throttle(failures_per_minute, 60);
			failures_by_address:set(address, throttle);
		end
		return throttle;
	end

	function gate.enter(event, rest)
		local request, headers = event.request, event.response.headers;
		local address = request.ip or request.conn:ip();
		if not request.secure and not is_this_machine(address) then
			headers.location = https_base..path.."/"..rest:gsub("[^%w/._-]", "");
			return nil, "elsewhere";
		end
		if not get_throttle(address):peek(1) then
			headers.retry_after = "60";
			return nil, "later";
		end
		return address;
	end

	function gate.hash(token)
		return #token == TOKEN_LENGTH and hashes.sha256(token, true);
	end

	function gate.failed(address)
		get_throttle(address):poll(1);
	end

	return gate;
end

return { new = new };
