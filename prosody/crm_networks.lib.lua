-- crm_networks: whether an address is one of those, or of a network of those, that an option names. For mod_crm_connections,
-- mod_crm_requests and mod_crm_metrics.
--
-- local contains = module:require "crm_networks".new(set);   set: util.set of "127.0.0.1", "10.0.0.0/8", "2001:db8::/32"
--   contains(address)   false for what is no address

local ip = require "util.ip";

local function new(set)
	local networks = {};
	for network in set:items() do
		local base, bits = ip.parse_cidr(network);
		networks[#networks + 1] = { base = base, bits = bits };
	end
	return function (address)
		if set:contains(address) then return true; end
		local parsed = ip.new_ip(address);
		if not parsed then return false; end
		for _, network in ipairs(networks) do
			if ip.match(parsed, network.base, network.bits) then return true; end
		end
		return false;
	end;
end

return { new = new };
