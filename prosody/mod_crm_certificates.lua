-- mod_crm_certificates: a renewed certificate is served on the ports that begin with TLS (HTTPS) from the next reload on.
--
-- Prosody 0.12 makes the new context when it is reloaded (core/portmanager.lua) and gives it to the port with set_sslctx(); new connections are made
-- with tls_ctx, which stays the old one (net/server_epoll.lua). Who asks for no name (SNI), as monitors and proxies do that go by the address, would
-- be shown the old certificate until a restart. Names have contexts of their own (which: prosody.cfg.lua), and c2s with STARTTLS is
-- mod_tls's: those are right.

module:set_global();

local portmanager = require "core.portmanager";

-- After the portmanager's own handler, of priority -1.
module:hook("config-reloaded", function ()
	for _, _, _, _, active in portmanager.get_active_services():iter(nil, nil, nil, nil) do
		if active.tls_cfg and active.server._sslctx then active.server.tls_ctx = active.server._sslctx; end
	end
end, -2);
