-- Prosody's modules see these names without asking; its configuration file is all assignments to "globals".
std = "lua54"
codes = true
max_line_length = 160
globals = { "module", "prosody" }
files["prosody/*.cfg.lua"] = { allow_defined_top = true, ignore = { "111", "113", "131" } }
