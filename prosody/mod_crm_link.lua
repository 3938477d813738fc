-- mod_crm_link: what happens to stanzas for crmd while it is away. Loaded on the component crm.D.
--
-- While crmd is away, mod_component (0.12.3) answers everything with `wait`/`remote-server-timeout`. That is right for
-- visitors and customers, whose clients keep a message and try again, and for IQs. It is wrong for two:
--   * what staff sent and mod_crm_archive archived. crmd fetches it from the archive when it returns, so an error would make
--     people send a second time what arrives anyway. Such messages (they carry our stanza-id) end here in silence.
--   * presence: a client would show the bot and all records as broken. crmd asks for presence anew when it returns.
-- A staff message that is not archived (a chat state; a full disk) is answered with the error as before.
--
-- Hooks on {message,presence}/{bare,full,host}, default priority 0: before mod_component's handlers at -1.

local jid = require "util.jid";

local staff_host = module:get_option_string("crm_domain");

local function crmd_is_away()
	return not prosody.hosts[module.host].modules.component.connected;
end

local function is_archived_from_staff(stanza)
	local user, host = jid.split(stanza.attr.from);
	return host == staff_host and user ~= nil
		and stanza:get_child_with_attr("stanza-id", "urn:xmpp:sid:0", "by", user.."@"..host) ~= nil;
end

local function swallow_archived(event)
	if crmd_is_away() and is_archived_from_staff(event.stanza) then return true; end
end

local function swallow_presence()
	if crmd_is_away() then return true; end
end

for _, address in ipairs { "bare", "full", "host" } do
	module:hook("message/"..address, swallow_archived);
	module:hook("presence/"..address, swallow_presence);
end
