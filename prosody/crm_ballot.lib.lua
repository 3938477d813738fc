-- crm_ballot: which addresses are a poll's, poll-9@crm.D. For mod_crm_ballot (on D) and mod_crm_link (on crm.D).
--
-- local is_ballot = module:require "crm_ballot";
--   is_ballot(address)   also of nil

local jid_split = require "util.jid".split;

local component = module:get_option_string("crm_component");

return function (address)
	local user, host = jid_split(address);
	return host == component and user ~= nil and user:match("^poll%-%d+$") ~= nil;
end;
