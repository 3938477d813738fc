-- mod_crm_push: where notifications may be pushed to (XEP-0357, mod_cloud_notify). Loaded on D.
--
-- mod_cloud_notify would send to any address that a client names. There is no server-to-server link here, so that the only push services
-- that can be reached are those attached to this server; the option crm_push_services lists them. Anything else is `item-not-found` when a client
-- enables it, instead of notifications that vanish or arrive at a colleague or a visitor. What is pushed is that something came:
-- neither its text nor its sender (push_notification_with_body and _with_sender are off).
--
-- Hook: cloud_notify/registration.

local st = require "util.stanza";
local jid = require "util.jid";

local services = module:get_option_set("crm_push_services", {});

module:hook("cloud_notify/registration", function (event)
	local address = jid.prep(event.push_info.jid);
	if address and services:contains(jid.bare(address)) then return; end
	event.origin.send(st.error_reply(event.stanza, "cancel", "item-not-found", "There is no such push service here."));
	return false;
end);
