-- mod_crm_metrics: what monitoring asks, over HTTP, for the addresses of crm_operate_addresses only. Loaded on D.
--
--   GET /operate/metrics   numbers of crmd, as OpenMetrics text
--   GET /operate/ready     200 when crmd answers, is in charge, and reaches its database; else 503
--   GET /operate/health    200: Prosody serves, with all modules that its configuration names; else 503
--
-- A module that cannot be loaded is a line in Prosody's log, and Prosody serves without it: without a limit or a guard, should a newer Prosody no longer
-- have what one of ours reaches into. So which ones are missing is said once more, as an error, when all have been loaded, and by health.
--
-- Everything else, and anybody else, gets 404, as for any page that does not exist. crmd is asked by IQ from D itself, an address that no account
-- can send from (component/daemon/metrics.h). Behind a proxy the address is the one that the proxy names (trusted_proxies).
--
-- Hooks: routes of its own under /operate/, the longer path before mod_crm_web's "/*"; server-started.

module:depends("http");

local modulemanager = require "core.modulemanager";
local st = require "util.stanza";
local new_id = require "util.id".medium;

local NS = "urn:traincape:crm:0";
local PATIENCE = 5; -- seconds

local component = module:get_option_string("crm_component");
local is_allowed = module:require "crm_networks".new(module:get_option_set("crm_operate_addresses", { "127.0.0.1", "::1" }));

local function plain(event, status, text)
	event.response.status_code = status;
	event.response.headers.content_type = "text/plain; charset=utf-8";
	event.response.headers.cache_control = "no-store";
	return text.."\n";
end

-- Promises crmd's <metrics/>; fails with a sentence. Errors that Prosody makes itself arrive as answers.
local function ask()
	local question = st.iq({ type = "get", id = new_id(), from = module.host, to = component }):tag("metrics", { xmlns = NS });
	return module:send_iq(question, nil, PATIENCE):next(function (answer)
		local metrics = answer.stanza.attr.type == "result" and answer.stanza:get_child("metrics", NS);
		return metrics or error("crmd does not answer");
	end);
end

-- "crm_guard on guest.D, …"; nil when all are there. A module that serves all hosts is loaded for "*".
local function find_missing()
	local missing = {};
	for host in pairs(prosody.hosts) do
		for name in modulemanager.get_modules_for_host(host) do
			if not modulemanager.is_loaded(host, name) and not modulemanager.is_loaded("*", name) then
				missing[#missing + 1] = name.." on "..host;
			end
		end
	end
	table.sort(missing);
	return missing[1] and table.concat(missing, ", ");
end

module:hook_global("server-started", function ()
	local missing = find_missing();
	if missing then
		module:log("error", "Modules could not be loaded, and what they guard is open: %s; the lines above say why", missing);
	end
end);

local answers = {
	health = function (event)
		local missing = find_missing();
		return plain(event, missing and 503 or 200, missing and "Prosody runs without modules: "..missing or "ok");
	end;
	ready = function (event)
		return ask():next(function (metrics)
			if metrics.attr.ready == "true" then return plain(event, 200, "ready"); end
			return plain(event, 503, "crmd is not in charge, or its database does not answer");
		end, function ()
			return plain(event, 503, "crmd does not answer");
		end);
	end;
	metrics = function (event)
		return ask():next(function (metrics)
			event.response.headers.content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
			event.response.headers.cache_control = "no-store";
			return metrics:get_text();
		end, function ()
			return plain(event, 503, "crmd does not answer");
		end);
	end;
};

local function serve(event, name)
	local answer = answers[name];
	if not answer or not is_allowed(event.request.ip or event.request.conn:ip()) then return 404; end
	return answer(event);
end

module:provides("http", { default_path = "/operate"; route = { ["GET /*"] = serve } });
