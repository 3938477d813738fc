-- mod_crm_link: what enters crmd, and what happens while it is away. Loaded on the component crm.D.
--
-- While crmd is away, mod_component (0.12.3) answers everything with `wait`/`remote-server-timeout`. That is right for
-- visitors and customers, whose clients keep a message and try again, and for IQs. It is wrong for two:
--   * what staff sent and mod_crm_archive archived. crmd fetches it from the archive when it returns, so an error would make
--     people send a second time what arrives anyway. Such messages (they carry our stanza-id) end here in silence.
--   * presence: a client would show the bot and all records as broken. crmd asks for presence anew when it returns.
-- A staff message that is not archived (a chat state; a full disk) is answered with the error as before.
--
-- While crmd is there, a stanza nested deeper than MAX_DEPTH is refused, so that no parser behind us has to
-- recurse as deep as a stranger likes.
--
-- Hooks on {iq,message,presence}/{bare,full,host}: 100 for the depth, before anything looks into the stanza;
-- 0 for the absence, before mod_component's handlers at -1.

local st = require "util.stanza";
local jid = require "util.jid";

local MAX_DEPTH = 32;

local staff_host = module:get_option_string("crm_domain");

local function crmd_is_away()
	return not prosody.hosts[module.host].modules.component.connected;
end

-- Walks without recursion, level by level.
local function is_too_deep(stanza)
	local level = { stanza };
	for _ = 1, MAX_DEPTH do
		local next_level = {};
		for _, element in ipairs(level) do
			for _, child in ipairs(element.tags) do next_level[#next_level + 1] = child; end
		end
		if #next_level == 0 then return false; end
		level = next_level;
	end
	return true;
end

local function refuse_depth(event)
	local origin, stanza = event.origin, event.stanza;
	if not is_too_deep(stanza) then return; end
	if stanza.attr.type ~= "error" and stanza.attr.type ~= "result" then
		origin.send(st.error_reply(stanza, "modify", "policy-violation", "Elements are nested too deeply."));
	end
	return true;
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
	for _, kind in ipairs { "iq", "message", "presence" } do
		module:hook(kind.."/"..address, refuse_depth, 100);
	end
	module:hook("message/"..address, swallow_archived);
	module:hook("presence/"..address, swallow_presence);
end
