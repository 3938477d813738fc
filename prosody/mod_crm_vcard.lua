-- mod_crm_vcard: staff vCards say what the CRM knows of a person.
--
-- The profile is a row in PostgreSQL (the command `profile`); clients look at the vCard4 in PEP (XEP-0292), or at vcard-temp (XEP-0054), which
-- mod_vcard_legacy makes of it, with the picture that the person's client has published (XEP-0084). So when a vCard is asked for, and when somebody
-- comes online, the vCard4 node is brought up to date first, if it differs. What a client writes into its vCard otherwise is
-- replaced then; a picture stays, because that is a node of its own.
--
-- While PostgreSQL is away, the vCard is what it was.
--
-- Hooks: iq-get/bare vcard-temp, vcard-4.0, and iq/bare pubsub, at 10, before those who answer (0); resource-bind.

local st = require "util.stanza";
local jid_split = require "util.jid".split;
local new_cache = require "util.cache".new;
local now = require "util.time".monotonic;

local accounts = module:require "crm_accounts";
local mod_pep = module:depends("pep");

local NODE = "urn:xmpp:vcard4";
local BELIEVED_FOR = 5; -- seconds
local OPTIONS = { access_model = "open", _defaults_only = true };

local read_at = new_cache(5000);

local function build(profile)
	local vcard = st.stanza("vcard", { xmlns = "urn:ietf:params:xml:ns:vcard-4.0" });
	local function add(name, kind, value)
		if value and value ~= "" then vcard:tag(name):text_tag(kind, value):up(); end
	end
	local given, family = profile.name:match("^(.*)%s+(%S+)$");
	add("fn", "text", profile.name);
	vcard:tag("n"):text_tag("surname", family or ""):text_tag("given", given or profile.name):text_tag("additional", ""):up();
	add("title", "text", profile.role);
	add("email", "text", profile.email);
	add("tel", "uri", profile.phone and "tel:"..profile.phone);
	add("tz", "text", profile.time_zone);
	for language in (profile.languages or ""):gmatch("[^, ]+") do add("lang", "language-tag", language); end
	return vcard;
end

local function refresh(username)
	local last = read_at:get(username);
	if last and now() - last < BELIEVED_FOR then return; end
	local profile = accounts.profile(username);
	if not profile then return; end
	read_at:set(username, now());
	local service = mod_pep.get_pep_service(username);
	local vcard = build(profile);
	local ok, _, item = service:get_last_item(NODE, true);
	if ok and item and item.tags[1] and tostring(item.tags[1]) == tostring(vcard) then return; end
	local published, problem = service:publish(NODE, true, "current",
		st.stanza("item", { xmlns = "http://jabber.org/protocol/pubsub", id = "current" }):add_child(vcard), OPTIONS);
	if not published then module:log("warn", "The vCard of %s could not be brought up to date: %s", username, problem); end
end

local function refresh_asked(event)
	refresh((jid_split(event.stanza.attr.to or event.stanza.attr.from)));
end

local function asks_for_node(stanza)
	local pubsub = stanza:get_child("pubsub", "http://jabber.org/protocol/pubsub");
	local items = pubsub and pubsub:get_child("items");
	return items and items.attr.node == NODE;
end

module:hook("iq-get/bare/vcard-temp:vCard", refresh_asked, 10);
module:hook("iq-get/bare/urn:ietf:params:xml:ns:vcard-4.0:vcard", refresh_asked, 10);
module:hook("iq/bare/http://jabber.org/protocol/pubsub:pubsub", function (event)
	if event.stanza.attr.type == "get" and asks_for_node(event.stanza) then refresh_asked(event); end
end, 10);
module:hook("resource-bind", function (event) refresh(event.session.username); end);
