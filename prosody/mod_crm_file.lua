-- mod_crm_file: files that crmd has made for somebody (an export, the rejected rows of an import), behind a secret link, for some hours.
--
-- GET /download/TOKEN/NAME sends the file, a part at a time as the client takes them, so that neither it nor the database's answer is held whole.
-- PostgreSQL gets the SHA-256 of the token; it keeps the parts, knows until when the link is good, and writes down that it was opened
-- (crm.prosody_file()).
--
-- DESIGN: unknown and expired links get one and the same answer (crm_secret_link turns away who guesses). A file is always an attachment, and
-- nothing in it runs under our name (CSP sandbox, nosniff).
--
-- Hooks: a route of its own under /download/, which mod_crm_web's "/*" does not see: the longer path is served first.

module:depends("http");

local base64 = require "util.encodings".base64;

local accounts = module:require "crm_accounts";
local gate = module:require "crm_secret_link".new("/download", 20);

local function answer(event, status, text)
	event.response.status_code = status;
	event.response.headers.content_type = "text/plain; charset=utf-8";
	event.response.headers.x_content_type_options = "nosniff";
	event.response.headers.cache_control = "no-store";
	return text.."\n";
end

local function set_headers(headers, file)
	headers.content_type = file.type == "text/csv" and "text/csv; charset=utf-8" or file.type;
	headers.content_length = ("%d"):format(file.size);
	headers.content_disposition = ('attachment; filename="%s"'):format(file.name);
	headers.content_security_policy = "default-src 'none'; frame-ancestors 'none'; sandbox";
	headers.x_content_type_options = "nosniff";
	headers.referrer_policy = "no-referrer";
	headers.cache_control = "private, no-store";
end

-- The parts as a file that Prosody reads when what was sent before has left. One that is gone meanwhile ends the connection, so that the client knows.
local function open_parts(response, hash, file)
	local number = 0;
	local parts = {};
	function parts:read() -- luacheck: ignore 212/self
		if number == file.parts then return nil; end
		local part = accounts.file_part(hash, number);
		number = number + 1;
		if part then return base64.decode(part); end
		number = file.parts;
		response.persistent = false;
		return nil;
	end
	return parts;
end

local function get(event, path)
	local address, why = gate.enter(event, path);
	if why == "elsewhere" then return 307; end
	if why == "later" then return answer(event, 429, "Too many tries. Wait a minute, then open the link again."); end
	local hash = gate.hash(path:match("^([%w_-]+)") or "");
	local file = hash and accounts.file(hash, address);
	if file == nil then
		event.response.headers.retry_after = "10";
		return answer(event, 503, "The CRM cannot be asked at the moment. Open the link again in a minute.");
	end
	if not file then
		gate.failed(address);
		return answer(event, 404, "This link cannot be used: it is over, or not complete. Ask the bot for the file again.");
	end
	set_headers(event.response.headers, file);
	return event.response:send_file(open_parts(event.response, hash, file));
end

module:provides("http", {
	name = "crm_file";
	default_path = "/download";
	cors = { enabled = false };
	route = { ["GET /*"] = get };
});
