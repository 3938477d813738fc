-- mod_crm_ballot: what goes to and from a poll's address, poll-9@crm.D, is kept nowhere (DESIGN section 8). Loaded on D.
--
-- People answer polls there, in a chat of its own: what they say to the bot is in their archive before crmd gets it, so that crmd can recover what
-- it missed (mod_crm_archive). An answer to a poll must not be: neither the text, nor that there was one. So
--   * neither direction is archived (mod_mam), whatever preferences, hints and mod_crm_archive say;
--   * nobody's answer is copied to their other clients (mod_carbons), nor what crmd says to it. The question is: it goes to all of them;
--   * what crmd says to an answer is not stored for somebody who is away (mod_offline): it is for the client that wrote. crmd marks it with
--     <no-store/> (XEP-0334); the question has no mark.
-- Should crmd be away, or end before it has answered, mod_crm_link answers with an error, for there is no archive from which it could be taken later:
-- write again.
--
-- Hooks: archive-should-store at 20, before mod_crm_archive (10) and mod_mam (-1); carbons-should-copy at 20, before mod_carbons (-1);
-- message/offline/handle at 20, before mod_offline (-1) and mod_cloud_notify (1).

local is_ballot = module:require "crm_ballot";

local function is_unstored_answer(stanza)
	return is_ballot(stanza.attr.from) and stanza:get_child("no-store", "urn:xmpp:hints") ~= nil;
end

module:hook("archive-should-store", function (event)
	local attr = event.stanza.attr;
	if not is_ballot(attr.to) and not is_ballot(attr.from) then return; end
	event.reason = "ballot";
	return false;
end, 20);

module:hook("carbons-should-copy", function (event)
	if not is_ballot(event.stanza.attr.to) and not is_unstored_answer(event.stanza) then return; end
	event.reason = "ballot";
	return false;
end, 20);

module:hook("message/offline/handle", function (event)
	if is_unstored_answer(event.stanza) then return true; end
end, 20);
