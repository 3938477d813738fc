-- mod_crm_parser: gives the XML parser whole tags only, so that no stanza lies there until more is sent.
--
-- Expat with the cure for CVE-2023-52425 (Debian's 2.5.0 too) looks at a tag that was cut off by the end of a read again only when
-- twice as much has come. On a quiet stream that is never: a message whose last tag fell on the border of two reads would wait for
-- the next one. lua-expat 1.5.1 cannot turn that off. So what comes after the last ">" is held back until its own ">" is there.
-- Text may wait with it; no stanza ends in text. A ">" inside an attribute value, which is allowed, costs its sender only the cure.
--
-- Clients: the filter bytes/in at -1000, behind what mod_websocket makes of its frames. Components have no filters in
-- 0.12: on component-authenticated the function that feeds their parser is wrapped. BOSH parses each request as a whole.

module:set_global();

local filters = require "util.filters";

-- Bytes; more than a stanza may have is given to the parser as it is, which refuses it: it measures what is not whole yet.
local MAX_HELD = 256 * 1024;

-- Takes what was read; returns what ends in a tag, or nil. A visitor's session has a limit of its own (mod_crm_guard).
local function new_holder(session)
	local held, bytes = {}, 0;
	return function (data)
		local last = data:match("^.*()>");
		if not last then
			held[#held + 1], bytes = data, bytes + #data;
			if bytes <= (session.stanza_size_limit or MAX_HELD) then return nil; end
			last = #data;
			held[#held] = nil;
		end
		held[#held + 1] = data:sub(1, last);
		local whole = table.concat(held);
		held, bytes = { data:sub(last + 1) }, #data - last;
		return whole;
	end
end

local function filter_client(session)
	if session.type == "c2s_unauthed" then filters.add_filter(session, "bytes/in", new_holder(session), -1000); end
end

function module.load()
	filters.add_filter_hook(filter_client);
end

function module.unload()
	filters.remove_filter_hook(filter_client);
end

local function wrap_component(event)
	local stream, hold = event.session.stream, new_holder(event.session);
	local feed = stream.feed;
	function stream:feed(data)
		local whole = hold(data);
		if not whole then return true; end
		return feed(self, whole);
	end
end

function module.add_host(host)
	host:hook("component-authenticated", wrap_component);
end
