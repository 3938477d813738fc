-- mod_crm_menu: the commands of crm.D (XEP-0050) are offered by D too. Loaded on D.
--
-- Clients ask their own server first: "Execute command" in the account menu of Gajim, `/cmd list` in profanity. What staff ask D there is
-- passed on to crmd in their own name, and the answer comes back in D's; the items of the list name crm.D, so that most clients go there by
-- themselves afterwards. Who may do what is decided by crmd, as always.
--
-- Hooks: iq-get/host disco#items and disco#info with the node of the commands at 10, before mod_disco (0); iq-set/host command at 510, before
-- mod_adhoc (500); iq/full at 10, before mod_iq (0), for the answers. A question that is not answered within TIMEOUT is forgotten.

local st = require "util.stanza";
local new_id = require "util.id".medium;

local TIMEOUT = 60;
local COMMANDS = "http://jabber.org/protocol/commands";

local host = module.host;
local component = module:get_option_string("crm_component");

local waiting = {}; -- [id of the question passed on] = { asker = full JID, id = of the question }

module:add_feature(COMMANDS);

-- Gives an answer of crm.D, or of Prosody for it, to the one who asked D. Returns true when it was awaited.
local function give_back(answer, send)
	local question = waiting[answer.attr.id];
	if not question or answer.attr.from ~= component or answer.attr.to ~= question.asker then return false; end
	waiting[answer.attr.id] = nil;
	answer = st.clone(answer);
	answer.attr.from, answer.attr.id = host, question.id;
	send(answer);
	return true;
end

local function pass_on(event)
	local origin, stanza = event.origin, event.stanza;
	if origin.type ~= "c2s" or origin.host ~= host then return; end
	local id = "menu-"..new_id();
	local question = st.clone(stanza);
	question.attr.to, question.attr.id = component, id;
	waiting[id] = { asker = stanza.attr.from, id = stanza.attr.id };
	module:add_timer(TIMEOUT, function () waiting[id] = nil; end);
	-- Prosody answers the origin itself when crmd is away.
	local asker = setmetatable({ send = function (answer) return give_back(answer, origin.send); end }, { __index = origin });
	module:send(question, asker);
	return true;
end

local function pass_on_list(event)
	if event.stanza.tags[1].attr.node == COMMANDS then return pass_on(event); end
end

module:hook("iq-get/host/http://jabber.org/protocol/disco#items:query", pass_on_list, 10);
module:hook("iq-get/host/http://jabber.org/protocol/disco#info:query", pass_on_list, 10);
module:hook("iq-set/host/"..COMMANDS..":command", pass_on, 510);

module:hook("iq/full", function (event)
	local session = prosody.full_sessions[event.stanza.attr.to];
	if session and give_back(event.stanza, session.send) then return true; end
end, 10);
