-- mod_crm_web: the built pages of web/dist over HTTP, and who may open a stream from a web page.
--
-- Files: GET and HEAD of what lies under crm_web_root, with a type from a short list (anything else does not exist). A
-- file.br or file.gz beside a file is sent when the browser takes it. Under assets/ and widget/ names carry a hash and are cached for ever; all
-- else is revalidated by ETag. `{{CRM_DOMAIN}}` in an .html becomes our domain, so that one build serves every installation.
-- Scripts and their chunks may be loaded by any website (that is what the widget is for); pages may not be framed.
--
-- Origin (RFC 6454): browsers let any website open a WebSocket to us, and Prosody does not ask which one it is. A request to
-- /xmpp-websocket or /http-bind with an Origin that is not in crm_web_origins is refused with 403. Requests without an
-- Origin come from programs that could claim any, and pass.
--
-- Hooks: the HTTP server's own events "METHOD /path", which fire before those of a host, so that no Host header
-- avoids the check; priority 100, before any handler of the path.

module:depends("http");

local server = require "net.http.server";
local urldecode = require "util.http".urldecode;
local sha256 = require "util.hashes".sha256;
local lfs = require "lfs";

local root = module:get_option_string("crm_web_root");
local domain = module:get_option_string("crm_domain");
local origins = module:get_option_set("crm_web_origins", {});

local TYPES = {
	html = "text/html; charset=utf-8", js = "text/javascript; charset=utf-8", css = "text/css; charset=utf-8";
	json = "application/json", webmanifest = "application/manifest+json", txt = "text/plain; charset=utf-8";
	svg = "image/svg+xml", png = "image/png", jpg = "image/jpeg", webp = "image/webp", ico = "image/vnd.microsoft.icon";
	woff2 = "font/woff2", mp3 = "audio/mpeg", ogg = "audio/ogg";
};

---------------------------------------------------------------------------------------------------------
-- Origin

local function refuse_foreign_origin(event)
	local origin = event.request.headers.origin;
	if not origin or origins:contains(origin:lower()) then return nil; end
	module:log("info", "Refused a stream from the website %s", origin);
	event.response.headers.content_type = "text/plain; charset=utf-8";
	event.response.status_code = 403;
	return "This website may not connect.\n";
end

for _, path in ipairs { "/xmpp-websocket", "/xmpp-websocket/", "/http-bind", "/http-bind/" } do
	for _, method in ipairs { "GET", "HEAD", "POST", "OPTIONS" } do
		module:hook_object_event(server, method.." "..path, refuse_foreign_origin, 100);
	end
end

---------------------------------------------------------------------------------------------------------
-- Headers

-- Pages connect to the server they came from; CSP's 'self' does not cover ws: in all browsers, so it is spelled out.
local function content_security_policy()
	local connect = { "'self'" };
	for origin in origins:items() do connect[#connect + 1] = (origin:gsub("^http", "ws")); end
	table.sort(connect);
	return table.concat({
		"default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data: blob:", "media-src 'self' blob:",
		"font-src 'self'", "manifest-src 'self'", "connect-src "..table.concat(connect, " "),
		"base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'",
		"require-trusted-types-for 'script'", "trusted-types traincape", -- the one policy of the widget, around DOMParser
	}, "; ");
end

local page_policy = content_security_policy();

local function set_headers(headers, path, extension)
	headers.content_type = TYPES[extension];
	headers.x_content_type_options = "nosniff";
	headers.referrer_policy = "strict-origin-when-cross-origin";
	headers.cache_control = (path:find("^assets/") or path:find("^widget/[^/]+%-[%w_-]+%.js$")) and "public, max-age=31536000, immutable" or "no-cache";
	headers.vary = "Accept-Encoding";
	if extension == "html" or extension == "svg" then
		headers.content_security_policy = page_policy;
		headers.x_frame_options = "DENY";
	else
		headers.access_control_allow_origin = "*";
		headers.cross_origin_resource_policy = "cross-origin";
	end
end

---------------------------------------------------------------------------------------------------------
-- Files

-- The path inside the root, or nil for one that may not be served: a hidden file or folder, "..", a strange character.
local function clean_path(raw)
	local path = urldecode(raw);
	if path:find("[^%w%._/-]") or path:find("//", 1, true) or ("/"..path):find("/.", 1, true) then return nil; end
	if path == "" or path:sub(-1) == "/" then path = path.."index.html"; end
	return path;
end

local function read_file(path)
	if lfs.attributes(path, "mode") ~= "file" then return nil; end
	local file = io.open(path, "rb");
	if not file then return nil; end
	local content = file:read("a");
	file:close();
	return content;
end

-- Whether Accept-Encoding (RFC 9110 section 12.5.3) takes a coding; "q=0" excludes it.
local function accepts(header, coding)
	for item in (header or ""):lower():gmatch("[^,]+") do
		local name, weight = item:match("^%s*([%w*]+)%s*;?%s*q?=?([%d.]*)");
		if name == coding then return weight == "" or tonumber(weight) ~= 0; end
	end
	return false;
end

-- Content and its coding: "br", "gzip" or nil.
local function read_encoded(path, accept_encoding)
	for _, coding in ipairs { { "br", ".br" }, { "gzip", ".gz" } } do
		local content = accepts(accept_encoding, coding[1]) and read_file(path..coding[2]);
		if content then return content, coding[1]; end
	end
	return read_file(path);
end

local function read_page(path)
	local content = read_file(path);
	return content and content:gsub("{{CRM_DOMAIN}}", (domain:gsub("%%", "%%%%"))) or nil;
end

local function serve(event, raw_path)
	local request, headers = event.request, event.response.headers;
	local path = clean_path(raw_path or "");
	local extension = path and path:match("%.(%w+)$");
	if not root or not path or not TYPES[extension] then return 404; end
	local content, coding;
	if extension == "html" then
		content = read_page(root.."/"..path);
	else
		content, coding = read_encoded(root.."/"..path, request.headers.accept_encoding);
	end
	if not content then return 404; end
	set_headers(headers, path, extension);
	headers.content_encoding = coding;
	headers.etag = '"'..sha256(content, true):sub(1, 32)..'"';
	if request.headers.if_none_match == headers.etag then return 304; end
	return content;
end

module:provides("http", {
	name = "crm_web";
	default_path = "/";
	cors = { enabled = false };
	route = { ["GET /*"] = serve };
});
