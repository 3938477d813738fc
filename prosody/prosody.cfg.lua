-- The whole private XMPP server of TrainCape CRM (Prosody 0.12), as one file.
--
-- Values come from the environment, because the stack script already keeps them in one `stack.env`, and
-- an environment needs no generated Lua beside this file. Secrets come from files that only our user may
-- read. Whatever is missing stops the start with a sentence that names it.
--
-- Hosts, D being CRM_DOMAIN:
--   D         staff                  my.D      customers            guest.D   visitors
--   rooms.D   team rooms             files.D   uploads (XEP-0363)   crm.D     crmd (XEP-0114)
-- and a push service of one's own, if CRM_PUSH_SERVICE names it.

local lfs = require "lfs";
local parse_cidr = require "util.ip".parse_cidr;

local function required(name)
	local value = os.getenv(name);
	if not value or value == "" then error("the environment variable "..name.." is not set", 0); end
	return value;
end

local function optional(name, default)
	local value = os.getenv(name);
	if not value or value == "" then return default; end
	return value;
end

-- A number that is written out in digits: tonumber() takes 0x10 and 1e400 too.
local function number_in(name, text, pattern, least, most, allowed)
	local number = text:match(pattern) and tonumber(text);
	if not number or number < least or number > most then
		error(("%s is \"%s\", but must be %s from %s to %s"):format(name, text, allowed, least, most), 0);
	end
	return number;
end

local MOST = 1000000000;

local function required_port(name)
	return number_in(name, required(name), "^%d+$", 1, 65535, "a port: a whole number");
end

local function optional_number(name, default)
	return number_in(name, tostring(optional(name, default)), "^%d+$", 1, MOST, "a whole number");
end

-- Something per second, of which some seconds' worth may come at once: less than a tenth would be never.
local function optional_rate(name, default)
	return number_in(name, tostring(optional(name, default)), "^%d+%.?%d*$", 0.1, MOST, "a number");
end

-- What blanks separate, as a list.
local function words(value)
	local list = {};
	for word in value:gmatch("%S+") do table.insert(list, word); end
	return list;
end

-- Addresses, or networks such as 10.0.0.0/8, that blanks separate. mod_http fails over each request when one is neither.
local function networks(name, default)
	local list = words(optional(name, default));
	for _, network in ipairs(list) do
		local base, bits = parse_cidr(network);
		if not base or network:find("/", 1, true) and (not bits or bits % 1 ~= 0 or bits < 0 or bits > #base.packed * 8) then
			error(("%s has \"%s\", but must be addresses or networks such as 10.0.0.0/8, separated by blanks"):format(name, network), 0);
		end
	end
	return list;
end

local function folder(path)
	if lfs.attributes(path, "mode") ~= "directory" and not lfs.mkdir(path) then
		error("the folder "..path.." is missing and cannot be made", 0);
	end
	return path;
end

local function secret_path(name)
	return required("CRM_SECRETS_DIR").."/"..name;
end

-- First line of a secret file. A file that others can read is refused, as ssh refuses such a key; root's may be readable by a group, for
-- a daemon that must not change it.
local function secret(name)
	local path = secret_path(name);
	local attributes = lfs.attributes(path);
	if not attributes then error("the secret file "..path.." is missing", 0); end
	local open_to = attributes.permissions:sub(4);
	if open_to ~= "------" and not (open_to == "r-----" and attributes.uid == 0) then
		error("the secret file "..path.." must have mode 0600, or 0640 when it is root's", 0);
	end
	local file, problem = io.open(path);
	if not file then error("the secret file cannot be read: "..problem, 0); end
	local line = file:read("l");
	file:close();
	if not line or #line < 16 then error("the secret file "..path.." is empty or shorter than 16 characters", 0); end
	return line;
end

local domain = required("CRM_DOMAIN");
local component = "crm."..domain;
local host_name = required("CRM_HOST");
local bind = words(required("CRM_BIND"));
local http_port, https_port = required_port("CRM_HTTP_PORT"), required_port("CRM_HTTPS_PORT");
-- Where people reach the website: base_url of crmd.conf, which takes only links of files that begin with it. component/stack/address.sh has written both.
local web_url = optional("CRM_WEB_URL");
if web_url and not web_url:match("^https?://[^/]+$") then
	error("CRM_WEB_URL is not an address such as https://chat.example.org, without a path", 0);
end
local function own_https_url()
	return ("https://%s:%d"):format(host_name:find(":", 1, true) and "["..host_name.."]" or host_name, https_port);
end
local share_url = web_url or own_https_url();
local https_url = share_url:find("^https:") and share_url or own_https_url();
local run_dir = required("CRM_RUN_DIR");
local state_dir = folder(run_dir.."/prosody");
local data_dir = folder(state_dir.."/data");
local archive_file = data_dir.."/archive.sqlite";
local push_service = optional("CRM_PUSH_SERVICE") -- address of a push service (XEP-0357) that is attached here as a component
local cert_dir = optional("CRM_CERT_DIR", run_dir.."/certs");
local pepper = secret("guest_pepper");

-- Websites that may open a WebSocket or BOSH stream: our own pages, and those that the operator lists.
local function allowed_origins()
	local origins = {};
	for _, name in ipairs { domain, host_name, "127.0.0.1", "localhost" } do
		table.insert(origins, ("http://%s:%d"):format(name, http_port));
		table.insert(origins, ("https://%s:%d"):format(name, https_port));
	end
	if web_url then table.insert(origins, web_url); end
	for _, origin in ipairs(words(optional("CRM_ALLOWED_ORIGINS", ""))) do table.insert(origins, (origin:lower():gsub("/$", ""))); end
	return origins;
end

---------------------------------------------------------------------------------------------------------
-- The process

plugin_paths = { prosody.paths.config }
data_path = data_dir
installer_plugin_path = state_dir.."/plugins"
certificates = cert_dir
https_certificate = cert_dir.."/"..domain..".crt"
pidfile = required("CRM_PROSODY_PID_FILE")
umask = "0077"
local log_dir, log_level = optional("CRM_LOG_DIR"), optional("CRM_PROSODY_LOG_LEVEL", "info");
log = log_dir and {
	{ to = "file", filename = log_dir.."/prosody.log", levels = { min = log_level } };
	{ to = "console", levels = { min = "warn" } };
} or { { to = "console", levels = { min = log_level } } } -- journald keeps it, and its time

network_backend = "epoll"
network_settings = { nagle = false }   -- Nagle's algorithm delays a first message by 40 ms
gc = { mode = "incremental" }          -- mod_crm_swift says how often and how fast, and why not generational

---------------------------------------------------------------------------------------------------------
-- Ports. There is no server-to-server listener and no module that would dial out.

interfaces = bind
c2s_ports = { required_port("CRM_C2S_PORT") }
c2s_direct_tls_ports = {}
s2s_ports = {}
s2s_direct_tls_ports = {}
http_ports = { http_port }
http_interfaces = bind
https_ports = { https_port }
https_interfaces = bind
component_ports = { required_port("CRM_COMPONENT_PORT") }
component_interfaces = { "127.0.0.1" } -- XEP-0114 is not encrypted: never beyond this machine

c2s_require_encryption = true
c2s_stanza_size_limit = 256 * 1024     -- visitors get less: mod_crm_guard
limits = { c2s = { rate = ("%dkb/s"):format(optional_number("CRM_CONNECTION_RATE", 256)), burst = "4s" } }
crm_auth_failures_per_minute = optional_number("CRM_ADDRESS_FAILURES", 10)          -- wrong passwords: mod_auth_crm
crm_auth_account_failures_per_hour = optional_number("CRM_ACCOUNT_FAILURES", 100)
crm_max_connections = optional_number("CRM_ADDRESS_CONNECTIONS", 300) -- at once, per address: mod_crm_connections
crm_max_requests = optional_number("CRM_ADDRESS_REQUESTS", 50)        -- over HTTP, per second: mod_crm_requests
local address_stanza_rate = optional_rate("CRM_ADDRESS_STANZA_RATE", 200)
crm_max_elements = 4 * address_stanza_rate                            -- of streams, with acknowledgements, per second

---------------------------------------------------------------------------------------------------------
-- What all hosts share

modules_enabled = {
	"disco", "posix", "ping", "saslauth", "tls", "smacks", "limits", "crm_connections", "crm_requests", "crm_certificates", "crm_storage", "crm_parser",
	"crm_swift", "time", "version", "http", "websocket", "bosh",
}
modules_disabled = { "s2s", "offline" }

-- Chat archives are a local SQLite file, not tables in PostgreSQL, which may be down without a chat being lost. Prosody's own
-- file format would do until an account has 10,000 messages: each query then reads them all, and old ones are dropped.
default_storage = "internal"
storage = { archive = "crm_archive", muc_log = "crm_archive", offline = "sql", archive_prefs = "memory" }
sql = { driver = "SQLite3", database = archive_file }
crm_archive_file = archive_file
archive_expires_after = "never"
max_archive_query_results = 50
dont_archive_namespaces = {}           -- mod_mam would copy each message for it; mod_storage_crm_archive leaves chat states out

smacks_hibernation_time = 300
smacks_max_queue_size = 1000

http_default_host = domain
http_host = domain                     -- files.D is served under D's name
http_external_url = share_url.."/"
trusted_proxies = networks("CRM_TRUSTED_PROXIES", "127.0.0.1 ::1")
-- Of a request that has not come whole, an address may hold as many as connections: so a stranger's memory here is small. Files do not count, which are
-- written as they come. A request over BOSH may have a stanza of c2s_stanza_size_limit.
http_max_content_size = 288 * 1024
http_max_buffer_size = 320 * 1024
access_control_allow_credentials = false
bosh_max_inactivity = 60

crm_domain = domain
crm_component = component
crm_pepper = pepper
crm_database = {
	host = required("CRM_PG_SOCKET_DIR");
	port = required_port("CRM_PG_PORT");
	name = "crm";
	user = "crm_prosody";
	-- none where PostgreSQL takes our system user at its word (peer)
	password = lfs.attributes(secret_path("prosody_db_password")) and secret("prosody_db_password") or nil;
}

---------------------------------------------------------------------------------------------------------
-- Staff

VirtualHost(domain)
	authentication = "crm"
	crm_account_kind = "staff"
	modules_disabled = { "s2s" }
	modules_enabled = {
		-- offline beside mam: what comes while nobody is there is shown at the next login, also by clients that do not read archives by
		-- themselves (profanity); those that do drop the second copy by its stanza-id
		"roster", "presence", "message", "iq", "offline", "mam", "carbons", "pep", "bookmarks", "private", "vcard4", "vcard_legacy", "blocklist",
		"csi", "csi_simple", "cloud_notify", "privilege",
		"crm_archive", "crm_ballot", "crm_roster", "crm_admin", "crm_asleep", "crm_dedupe", "crm_menu", "crm_web", "crm_account", "crm_file", "crm_vcard",
		"crm_bookmarks", "crm_disco", "crm_push", "crm_metrics", "crm_erase",
	}
	privileged_entities = { [component] = { roster = "both", presence = "managed_entity" } }
	-- A push service learns that something came for one of its devices, and nothing else.
	push_notification_with_body = false
	push_notification_with_sender = false
	push_max_errors = 16
	push_max_devices = 5
	crm_push_services = { push_service }
	disco_items = { { "rooms."..domain, "Team rooms" }, { "files."..domain, "Files" }, { component, "TrainCape CRM" } }
	crm_operate_addresses = networks("CRM_OPERATE_ADDRESSES", "127.0.0.1 ::1")
	crm_web_root = optional("CRM_WEB_DIST")
	crm_web_origins = allowed_origins()
	crm_account_https = https_url

---------------------------------------------------------------------------------------------------------
-- Customers: an archive and several devices, but nobody to reach except the support desk

VirtualHost("my."..domain)
	-- A browser that asks for a name (SNI) for which no host stands is refused: each host stands for http_host, but this one for what people type, and the
	-- visitors' for the website's address, should a proxy pass TLS on as it comes. More names are not asked for: no URL has guest., rooms. or files. in it
	-- (http_host, share_url), and clients (STARTTLS) are given the certificate of the host that they name in their stream's "to", whatever SNI says.
	https_host = host_name
	authentication = "crm"
	crm_account_kind = "customer"
	modules_disabled = { "s2s" }
	modules_enabled = {
		"roster", "presence", "message", "iq", "offline", "mam", "carbons", "csi", "csi_simple", "privilege",
		"crm_guard", "crm_roster", "crm_admin", "crm_asleep", "crm_dedupe",
	}
	privileged_entities = { [component] = { presence = "managed_entity" } } -- a stock client sends the desk no presence by itself
	crm_guard_own_account = true
	disco_items = { { "files."..domain, "Files" } }

---------------------------------------------------------------------------------------------------------
-- Visitors: nothing of theirs is stored here

VirtualHost("guest."..domain)
	https_host = web_url and web_url:gsub("^https?://", ""):gsub(":%d+$", "") or host_name
	authentication = "crm_guest"
	c2s_require_encryption = false     -- the widget's page may be http on loopback or behind a TLS proxy; no password is sent
	default_storage = "memory"
	storage = { crm_limits = "internal" } -- what counts on after a restart
	modules_enabled = { "crm_guard", "crm_admin", "crm_asleep" }
	smacks_hibernation_time = 60       -- the widget gets what it missed from the desk's archive
	-- What a stranger may do. An address is all that is behind it, perhaps an office: mod_crm_guard, mod_auth_crm_guest.
	crm_guard_account_rate = optional_rate("CRM_GUEST_MESSAGE_RATE", 2)                 -- messages per second
	crm_guard_address_rate = optional_rate("CRM_ADDRESS_MESSAGE_RATE", 20)
	crm_guard_account_stanza_rate = optional_rate("CRM_GUEST_STANZA_RATE", 20)          -- of any kind, per second
	crm_guard_address_stanza_rate = address_stanza_rate
	crm_guard_address_sessions = optional_number("CRM_ADDRESS_SESSIONS", 200)             -- open windows at once
	crm_guard_address_conversations = optional_number("CRM_ADDRESS_CONVERSATIONS", 60)    -- visitors who write, per hour
	crm_guard_address_uploads = optional_number("CRM_ADDRESS_UPLOADS", 60)                -- files, per hour
	-- Of the quota of files.D below, 30 days of this are not half: the rest is for staff and customers, whatever strangers do.
	crm_guard_address_upload_space = optional_number("CRM_ADDRESS_UPLOAD_SPACE", 20)      -- megabytes a day
	crm_guard_upload_space = optional_number("CRM_VISITOR_UPLOAD_SPACE", 64)              -- megabytes a day, of all visitors together
	crm_guest_logins_per_minute = optional_number("CRM_ADDRESS_LOGINS", 120)
	disco_items = { { "files."..domain, "Files" } }

---------------------------------------------------------------------------------------------------------
-- Services

Component("rooms."..domain) "muc"
	name = "Team rooms"
	modules_enabled = { "muc_mam", "crm_rooms", "crm_room_bot" }
	restrict_room_creation = true      -- rooms are made by mod_crm_rooms alone
	muc_room_default_public = false
	muc_room_default_members_only = true
	muc_room_default_persistent = true
	muc_room_default_public_jids = true
	muc_room_cache_size = 1000
	muc_log_expires_after = "never"

Component("files."..domain) "http_file_share"
	name = "Files"
	http_file_share_access = { domain, "my."..domain, "guest."..domain }
	http_file_share_size_limit = 10 * 1024 * 1024
	http_file_share_daily_quota = 50 * 1024 * 1024
	http_file_share_global_quota = 4 * 1024 * 1024 * 1024
	http_file_share_expires_after = 30 * 86400
	-- SVG and HTML can run scripts under our name: they are sent as attachments, like everything not listed.
	http_file_share_safe_file_types = { "image/png", "image/jpeg", "image/gif", "image/webp", "video/mp4", "video/webm", "audio/mpeg", "audio/ogg", "text/plain" }

Component(component)
	name = "TrainCape CRM"
	component_secret = secret("component_secret")
	component_conflict_resolve = "kick_old" -- a new crmd replaces one that hangs; its lease says which is real
	modules_enabled = { "privilege", "crm_link" }

if push_service then
	Component(push_service)
		name = "Push service"
		component_secret = secret("push_secret")
end
