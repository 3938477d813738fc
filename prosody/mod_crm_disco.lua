-- mod_crm_disco: D lists to its clients what they can use, and not its neighbours. Loaded on D.
--
-- mod_disco adds every host whose name ends in D to the items of D (XEP-0030), my.D and guest.D among them: whoever asks learns that
-- there are customers and visitors, and clients offer their servers as services. So the list ends here: what other modules
-- added, and the option disco_items.
--
-- Hook: host-disco-items at -1000, after all who add.

local items = module:get_option_array("disco_items", {});

module:hook("host-disco-items", function (event)
	for _, item in ipairs(items) do event.reply:tag("item", { jid = item[1], name = item[2] }):up(); end
	event.origin.send(event.reply);
	return true;
end, -1000);
