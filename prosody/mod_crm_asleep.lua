-- mod_crm_asleep: crmd learns soon that somebody's connection is lost, though the session may yet be resumed (XEP-0198).
--
-- A browser that is closed, a laptop in a bag, a phone without network: mod_smacks keeps the session for minutes, and until it ends nobody
-- hears of it. So after DOZE seconds without a connection crmd is told, as presence of that session with <show>xa</show>, and on
-- resumption what the session last said itself. Turning to the next page of the website, or changing the network, takes less than DOZE.
-- To crmd alone: contacts go on seeing what they saw. Loaded on D, my.D and guest.D.
--
-- A session that sleeps and is replaced (its client binds the same resource again) ends: mod_websocket 0.12 closes only what has a connection,
-- so that it would stay without ever being said to have gone, and the new session would be taken for the old one.
--
-- Hooks: smacks-hibernation-start and -end (mod_smacks, 0.12.3); presence/full is left as it is. pre-session-close at -1, after mod_smacks (0)
-- has made the session one that cannot be resumed.

local st = require "util.stanza";
local sessionmanager = require "core.sessionmanager";

local DOZE = module:get_option_number("crm_asleep_after", 8);

local host = module.host;
local component = module:get_option_string("crm_component");
local guests = host:match("^guest%.") ~= nil;
local recipient = guests and "support@"..component or component;

-- What crmd has seen of the session: visitors show themselves to the desk alone; of accounts mod_privilege reports what they show.
local function last_presence(session)
	if guests and not (session.directed and session.directed[recipient]) then return nil; end
	return session.presence;
end

local function tell(session, presence)
	local copy = st.clone(presence);
	copy.attr = { from = session.full_jid, to = recipient };
	module:send(copy);
end

module:hook("smacks-hibernation-start", function (event)
	local session = event.origin;
	session.crm_naps = (session.crm_naps or 0) + 1;
	local nap = session.crm_naps;
	module:add_timer(DOZE, function ()
		if session.destroyed or not session.hibernating or session.crm_naps ~= nap or not last_presence(session) then return; end
		session.crm_asleep = true;
		tell(session, st.presence():text_tag("show", "xa"));
	end);
end);

module:hook("smacks-hibernation-end", function (event)
	local session = event.resumed;
	if not session.crm_asleep then return; end
	session.crm_asleep = nil;
	local presence = last_presence(session);
	if presence then tell(session, presence); end
end);

module:hook("pre-session-close", function (event)
	local session = event.session;
	if session.hibernating and not session.conn then sessionmanager.destroy_session(session, "Replaced by new connection"); end
end, -1);
