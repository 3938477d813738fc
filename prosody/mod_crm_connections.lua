-- mod_crm_connections: how many connections an address may have open at once, whatever they are for (crm_max_connections), and how many elements of
-- streams it may send a second (crm_max_elements). What a connection asks for over HTTP is mod_crm_requests's.
--
-- The one limit that comes before anything is read: a stranger needs no account, and no request, to hold a connection. Behind a reverse proxy
-- all connections are the proxy's (trusted_proxies), which are not counted here: it limits its own, and mod_crm_guard counts by the address
-- that it passes on. Who is over the limit is told so in their protocol and hung up on: HTTP 503 with Retry-After, a stream error
-- resource-constraint (RFC 6120 section 4.9.3.18).
--
-- It stands before the listeners of the ports (onconnect, ondisconnect). A WebSocket begins as HTTP and becomes c2s on the same connection:
-- so it is the connection that is counted, once.
--
-- Elements of strangers' streams, whatever they are and whatever becomes of them, are counted too: Prosody answers a
-- ping of the stream (XEP-0198) or an address that is none before mod_crm_guard hears of it, and four connections that sent no more than they may took
-- three quarters of this process. Strangers are visitors, customers, and who is not logged in. Over the limit the stream is ended. A client
-- asks for an acknowledgement of each stanza, and gives as many: so the limit is several times that of stanzas.
--
-- Hooks: server-started; the filter stanzas/in at 100, before all that looks at an element.

module:set_global();

local portmanager = require "core.portmanager";
local filters = require "util.filters";
local limits = module:require "crm_limits";

local BURST = 15; -- seconds of the sustained rate of elements that may come at once

local max_connections = module:get_option_number("crm_max_connections", 300);
local get_element_throttle = limits.rate(module:get_option_number("crm_max_elements", 800), BURST);
local is_proxy = module:require "crm_networks".new(module:get_option_set("trusted_proxies", { "127.0.0.1", "::1" })); -- as mod_http

local BUSY = "Too many connections from your network. Close some, or try again in a minute.";

local farewells = {
	http = ("HTTP/1.1 503 Service Unavailable\r\nRetry-After: 60\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: %d\r\n"..
		"Connection: close\r\n\r\n%s\n"):format(#BUSY + 1, BUSY);
	c2s = ("<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>"..
		"<stream:error><resource-constraint xmlns='urn:ietf:params:xml:ns:xmpp-streams'/><text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>%s</text>"..
		"</stream:error></stream:stream>"):format(BUSY);
};

local open = {};      -- sender: how many
local counted = {};   -- connection: its sender
local deaf = { onincoming = function () end; ondisconnect = function () end };

-- Returns whether the connection may stay.
local function admit(conn)
	local address = conn:ip();
	if counted[conn] or is_proxy(address) then return true; end
	local sender = limits.sender_of(address);
	local count = open[sender] or 0;
	if count >= max_connections then return false; end
	counted[conn] = sender;
	open[sender] = count + 1;
	return true;
end

local function forget(conn)
	local sender = counted[conn];
	if not sender then return; end
	counted[conn] = nil;
	open[sender] = open[sender] > 1 and open[sender] - 1 or nil;
end

local function stand_before(listener, farewell)
	local onconnect, ondisconnect = listener.onconnect, listener.ondisconnect;

	function listener.onconnect(conn)
		if admit(conn) then return onconnect(conn); end
		module:log("debug", "Over the limit of connections: %s", conn:ip());
		conn:setlistener(deaf);
		conn:write(farewell);
		module:add_timer(0, function () conn:close(); end); -- closed within onconnect it would be taken for one that never connected
	end

	function listener.ondisconnect(conn, problem)
		forget(conn);
		return ondisconnect(conn, problem);
	end
end

-- Listeners of one kind are one table (http and https; c2s with and without TLS).
module:hook_global("server-started", function ()
	for name, farewell in pairs(farewells) do
		local service = portmanager.get_service(name);
		if service then stand_before(service.listener, farewell); end
	end
end);

---------------------------------------------------------------------------------------------------------
-- Elements of streams

local function is_stranger(session)
	local host = prosody.hosts[session.host];
	return session.type ~= "c2s" or host and host.modules.crm_guard ~= nil;
end

local function count_element(element, session)
	if session.destroyed then return nil; end -- what else was read at once
	if not is_stranger(session) or get_element_throttle(limits.sender_of(session.ip)):poll(1) then return element; end
	session:close({ condition = "policy-violation", text = "Too much at once from your network. Wait a few seconds, then connect again." });
	return nil;
end

filters.add_filter_hook(function (session)
	if session.type == "c2s_unauthed" then filters.add_filter(session, "stanzas/in", count_element, 100); end
end);
