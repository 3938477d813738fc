-- mod_crm_dedupe: a message from crm.D that crmd sends a second time reaches its recipient once.
--
-- crmd repeats what no barrier covered when its stream breaks (DESIGN section 5), though Prosody may well have
-- processed it, and stock clients show a repeated id twice. Loaded for staff and customers, who have an archive. Not for visitors:
-- their sessions may vanish with what was written to them, only their receipt counts, and the widget knows
-- repeated ids itself.
--
-- A message counts as routed once mod_mam archived it, or once it went to a recipient who is available; then a repetition
-- with the same (to, id) is dropped and archived no second time. What bounces (no such account; a
-- hibernated session ended before it could take it) does not count, so that crmd's next attempt passes. The memory is this process's and
-- bounded; across a restart of Prosody the IQ `held` of mod_crm_admin answers from the archives.
--
-- Hooks on message/{bare,full}: 10, before mod_mam archives at 0, to drop; -0.5, between mod_mam and the delivery by
-- mod_message at -1, to remember. delivery/failure at -1: reached only if mod_smacks (0) found nobody to keep
-- the message, which is when it sends the bounce.

local jid_bare = require "util.jid".bare;
local new_cache = require "util.cache".new;

local component = module:get_option_string("crm_component");
local routed = new_cache(module:get_option_number("crm_dedupe_window", 20000));

local function key(stanza)
	return stanza.attr.to.."\n"..stanza.attr.id;
end

local function is_from_crmd(event)
	local stanza = event.stanza;
	return event.origin.type == "component" and event.origin.host == component
		and stanza.attr.type ~= "error" and stanza.attr.id ~= nil;
end

local function drop_repetition(event)
	if not is_from_crmd(event) or not routed:get(key(event.stanza)) then return; end
	module:log("info", "Dropped a repetition of %s for %s", event.stanza.attr.id, event.stanza.attr.to);
	return true;
end

local function is_archived(stanza)
	return stanza:get_child_with_attr("stanza-id", "urn:xmpp:sid:0", "by", jid_bare(stanza.attr.to)) ~= nil;
end

local function is_someone_available(stanza)
	if prosody.full_sessions[stanza.attr.to] then return true; end
	local account = prosody.bare_sessions[jid_bare(stanza.attr.to)];
	return account ~= nil and account.top_resources ~= nil;
end

local function remember(event)
	if not is_from_crmd(event) then return; end
	if is_archived(event.stanza) or is_someone_available(event.stanza) then routed:set(key(event.stanza), true); end
end

for _, address in ipairs { "bare", "full" } do
	module:hook("message/"..address, drop_repetition, 10);
	module:hook("message/"..address, remember, -0.5);
end

module:hook("delivery/failure", function (event)
	local stanza = event.stanza;
	if stanza.name == "message" and stanza.attr.to and stanza.attr.id then routed:set(key(stanza), nil); end
end, -1);
