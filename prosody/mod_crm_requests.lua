-- mod_crm_requests: what of HTTP is let in: how many requests an address may make a second (crm_max_requests), how many streams over BOSH it may have
-- (crm_max_connections), for whom a proxy asks, and nothing over which Prosody's own handlers fail or spend all their time.
--
-- A request over the rate is answered with 429 before anybody looks at it. One that says that more is coming than http_max_content_size is for
-- mod_http_file_share alone, which takes a file as it comes (PUT); anybody else gets 413, for Prosody's own handlers fail over a body that is not there.
-- A stream over BOSH costs its opener no connection and lives on for a minute: an address may have as many as connections, also
-- one behind a proxy.
--
-- X-Forwarded-For says for whom a trusted proxy asks. mod_http fails over a word in it that is no address, with a traceback; so it gets one address, the last
-- that is not a proxy's. Where that word cannot be read, the request is the proxy's own: what stands before it, anybody may have written.
-- A header whose name has a "_" does not count: the HTTP server takes it for the one with "-", and of two that are one then, either. Not all proxies take
-- such a header out, so that X_Forwarded_For would let a stranger choose an address.
--
-- What a request costs before anybody counts it must not grow with the square of its length. Prosody's parser looked for the "/" after a name from each of its
-- characters: a path of 9,000 took this process, and everybody, 0.4 s. The same for a line that ends in LF alone: who sends one is hung up on.
--
-- Prosody 0.12 has no hooks for what comes before a request is whole. So locals of its HTTP server are replaced where they are used; a Prosody that has
-- others does not load this module, and says so (mod_crm_metrics).
--
-- Hooks: server-started; all events of the HTTP server, which fire before any handler of a path and before mod_http's own wrapper; bosh-session.

module:set_global();
module:depends("http"); -- the last that wraps the events of the HTTP server is asked first

local portmanager = require "core.portmanager";
local server = require "net.http.server";
local parser = require "net.http.parser";
local urldecode = require "util.http".urldecode;
local new_cache = require "util.cache".new;
local ip = require "util.ip";
local limits = module:require "crm_limits";

local BURST = 15; -- seconds of the sustained rate of requests that may come at once

local max_streams = module:get_option_number("crm_max_connections", 300);
local get_request_throttle = limits.rate(module:get_option_number("crm_max_requests", 50), BURST);
local is_proxy = module:require "crm_networks".new(module:get_option_set("trusted_proxies", { "127.0.0.1", "::1" })); -- as mod_http

---------------------------------------------------------------------------------------------------------
-- Before a request is whole

-- Prosody's parser takes any number for a Content-Length and fails over 0.5, with a page in the log for each; who sends that is hung up on.
local function catch_failures(listener)
	local onincoming = listener.onincoming;
	function listener.onincoming(conn, data)
		local ok, problem = pcall(onincoming, conn, data);
		if ok then return; end
		module:log("info", "A request from %s cannot be read: %s", conn:ip(), problem);
		conn:close();
	end
end

module:hook_global("server-started", function ()
	local service = portmanager.get_service("http"); -- and https: they share a listener
	if service then catch_failures(service.listener); end
end);

local function without_underscores(new_parser)
	return function (on_request, ...)
		return new_parser(function (request)
			if not request.crm_named then -- a large one comes twice, the second time with "_" for each "-"
				request.crm_named = true;
				for name in pairs(request.headers) do
					if name:find("_", 1, true) then request.headers[name] = nil; end
				end
			end
			return on_request(request);
		end, ...);
	end
end

-- Its number and its value.
local function find_upvalue(f, name)
	local i, found, value = 1, debug.getupvalue(f, 1);
	while found and found ~= name do
		i = i + 1;
		found, value = debug.getupvalue(f, i);
	end
	assert(found, "Prosody has another HTTP server than the one that this module knows");
	return i, value;
end

local function replace_upvalue(f, name, replacement)
	local i, old = find_upvalue(f, name);
	debug.setupvalue(f, i, replacement(old));
end

replace_upvalue(server.listener.onconnect, "parser_new", without_underscores);

-- A path as the parser's own function makes it: decoded; nil when it leads above "/".
local function clean_path(raw)
	local path = urldecode((raw:gsub("//+", "/")));
	if path:sub(1, 1) ~= "/" then path = "/"..path; end
	local level = 0;
	for folder in path:match("^.*/"):gmatch("[^/]+") do
		if folder ~= "." then level = level + (folder == ".." and -1 or 1); end
		if level < 0 then return nil; end
	end
	return path;
end

replace_upvalue(parser.new, "preprocess_path", function () return clean_path; end);

-- The parser's buffer, of which it takes a look at the beginning before it reads a request's head.
local function with_whole_line_ends(dbuffer)
	local function new(...)
		local buffer = dbuffer.new(...);
		local sub = buffer.sub;
		function buffer:sub(...)
			local text = sub(self, ...);
			local head = text:sub(1, text:find("\r\n\r\n", 1, true) or -1);
			if head:find("^\n") or head:find("[^\r]\n") then error("a line ends in LF alone", 0); end
			return text;
		end
		return buffer;
	end
	return { new = new };
end

replace_upvalue(parser.new, "dbuffer", with_whole_line_ends);

---------------------------------------------------------------------------------------------------------
-- Requests

-- The last address of X-Forwarded-For that is not a proxy's, or nil.
local function forwarded_for(told)
	local words = {};
	for word in told:gmatch("[^%s,]+") do words[#words + 1] = word; end
	for i = #words, 1, -1 do
		if not ip.new_ip(words[i]) then
			module:log("info", "A proxy says that it asks for %q, which is no address: taken as its own request", words[i]);
			return nil;
		end
		if not is_proxy(words[i]) then return words[i]; end
	end
end

-- The answer to a request that may not be made, or nil. One request fires several events.
local function refuse_request(request)
	if request.crm_seen then return nil; end
	request.crm_seen = true;
	local address, headers = request.conn:ip(), request.headers;
	local by_proxy = is_proxy(address);
	if by_proxy and headers.x_forwarded_for then headers.x_forwarded_for = forwarded_for(headers.x_forwarded_for); end
	if not by_proxy and not get_request_throttle(limits.sender_of(address)):poll(1) then return 429; end
	if request.body == false and request.method ~= "PUT" then return 413; end
end

module:wrap_object_event(server._events, false, function (fire, name, event)
	local status = name ~= "http-error" and event.request and refuse_request(event.request);
	if not status then return fire(name, event); end
	local response = event.response;
	response.headers.connection = "close";
	if status == 429 then -- after 413 the HTTP server itself hangs up
		response.persistent = false;
		response.headers.retry_after = "5";
	end
	return status;
end);

---------------------------------------------------------------------------------------------------------
-- Streams over BOSH

local streams_of = new_cache(20000); -- sender: its streams, as keys

-- Returns how many there are, that which is new included.
local function count_streams(sender, new)
	local streams = streams_of:get(sender) or setmetatable({}, { __mode = "k" });
	streams_of:set(sender, streams);
	streams[new] = true;
	local count = 0;
	for stream in pairs(streams) do
		if stream.destroyed then streams[stream] = nil; else count = count + 1; end
	end
	return count;
end

-- A request whose number (rid) is none gets the same answer as one for a stream that is not there (item-not-found); mod_bosh would calculate with it.
local _, bosh_callbacks = find_upvalue(module:depends("bosh").handle_POST, "stream_callbacks");
local open_body = bosh_callbacks.streamopened;
function bosh_callbacks.streamopened(context, attr)
	if attr.sid and not tonumber(attr.rid) then attr.sid = ""; end
	return open_body(context, attr);
end

-- mod_bosh answers what is for a stream that has ended, be it this request itself, with item-not-found.
module:hook("bosh-session", function (event)
	local stream = event.session;
	if count_streams(limits.sender_of(stream.ip), stream) > max_streams then stream:close(); end
end);
