-- mod_crm_team_room: there is always one room that all staff find (XEP-0045). Loaded on rooms.D.
--
-- Makes team@rooms.D once; from then on it is an ordinary persistent room that its people may rename.
-- Staff join it through their bookmarks (mod_default_bookmarks on D). Customers and visitors cannot reach rooms.D: mod_crm_guard.
--
-- Hook: the global server-started, when mod_muc has its storage and all hosts are there.

local muc = module:depends("muc");

module:hook_global("server-started", function ()
	local address = "team@"..module.host;
	if muc.get_room_from_jid(address) then return; end
	local room, problem = muc.create_room(address);
	if not room then
		module:log("error", "The team room cannot be made: %s", problem);
		return;
	end
	room:set_name("Team");
	room:set_description("Everyone who works here");
	room:set_public(true);
	room:set_persistent(true);
	room:save(true);
end);
