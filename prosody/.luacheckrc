std = "lua54"
max_line_length = 160
codes = true
read_globals = { "module", "prosody" }
files["prosody.cfg.lua"] = { allow_defined_top = true, globals = {}, ignore = { "111", "112", "113", "131" } }
files["mod_*.lua"] = { globals = { "module", "prosody.hosts.?.roster_cache" } }
