-- mod_crm_account: the page behind a one-time link, where somebody sets their own password.
--
-- GET /account/TOKEN shows a form; POST /account/TOKEN with its fields sets the password: SCRAM keys are computed here, and
-- crm.prosody_redeem_link() uses the link and stores them in one statement. PostgreSQL gets the SHA-256 of the token and
-- never the password; nothing here is logged that would tell either. A plain HTML form: it works without JavaScript, and the page's policy
-- (CSP) allows none, nor any other site to frame it or to be told the address (Referrer-Policy).
--
-- DESIGN: unknown, used and expired links, and links of disabled accounts, get one and the same answer. GET does not use the link up, because
-- chat clients and mail scanners fetch what they see. crm_secret_link turns away who guesses (crm_account_failures_per_minute); who has a
-- good link can make us compute keys (20 ms) once.
--
-- Hooks: routes of its own under /account/, which mod_crm_web's "/*" does not see: the longer path is served first.

module:depends("http");

local hashes = require "util.hashes";
local encodings = require "util.encodings";
local formdecode = require "util.http".formdecode;

local accounts = module:require "crm_accounts";
local gate = module:require "crm_secret_link".new("/account", module:get_option_number("crm_account_failures_per_minute", 20));

local LEAST_LENGTH, MOST_LENGTH = 10, 200;
local TOO_LONG = ("This is too long: at most %d characters."):format(MOST_LENGTH);
local BODY_LIMIT = 32768; -- of a form; characters that are not Latin take twelve bytes in it

---------------------------------------------------------------------------------------------------------
-- Pages

local STYLE = [[
body { font: 1.05rem/1.5 system-ui, sans-serif; margin: 0; background: #f5f6f8; color: #1c2330 }
main { max-width: 26rem; margin: 10vh auto; padding: 1.5rem; background: #fff; border-radius: .75rem }
h1 { font-size: 1.3rem; margin-top: 0 } label { display: block; margin-top: 1rem }
input { font: inherit; width: 100%; box-sizing: border-box; padding: .5rem; border: 1px solid #667085; border-radius: .4rem }
button { font: inherit; margin-top: 1.25rem; padding: .6rem 1.2rem; border: 0; border-radius: .4rem; background: #1d4ed8; color: #fff }
[role=alert] { color: #b42318; font-weight: 600 }
@media (prefers-color-scheme: dark) { body { background: #12161d; color: #e6e9ef } main { background: #1c2330 }
  input { background: #12161d; color: inherit } [role=alert] { color: #ff9b8f } }
]];

local POLICY = "default-src 'none'; style-src 'sha256-"..encodings.base64.encode(hashes.sha256(STYLE)).."'; base-uri 'none'; "
	.."form-action 'self'; frame-ancestors 'none'";

local ESCAPES = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;", ["'"] = "&#39;" };

local function escape(text)
	return (text:gsub("[&<>\"']", ESCAPES));
end

local function page(event, status, title, content)
	local headers = event.response.headers;
	event.response.status_code = status;
	headers.content_type = "text/html; charset=utf-8";
	headers.content_security_policy = POLICY;
	headers.x_frame_options = "DENY";
	headers.x_content_type_options = "nosniff";
	headers.referrer_policy = "no-referrer";
	headers.cache_control = "no-store";
	return ([[<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">
<title>%s</title><style>%s</style></head>
<body><main><h1>%s</h1>
%s
</main></body></html>
]]):format(title, STYLE, title, content);
end

local function refuse_link(event)
	return page(event, 404, "This link cannot be used", [[<p>It was used already, has expired, or is not complete.</p>
<p>If you have just set your password with it, all is well: log in with that. Otherwise ask an administrator for a new link.</p>]]);
end

local function ask_later(event)
	event.response.headers.retry_after = "10";
	return page(event, 503, "Not now", "<p>Accounts cannot be changed at the moment. Nothing was changed; open the link again in a minute.</p>");
end

local function show_form(event, status, address, warning)
	-- No maxlength: a browser cuts off what is pasted, twice alike, and says nothing.
	local title = warning and "Not set yet: choose your password" or "Set your password";
	return page(event, status, title, ([[<p>For the account <strong>%s</strong>. At least %d characters; several words are good.</p>
%s<form method="post" autocomplete="on">
<input type="text" name="account" value="%s" autocomplete="username" hidden readonly>
<label for="new">New password</label>
<input id="new" type="password" name="password" autocomplete="new-password" required minlength="%d"%s autofocus>
<label for="again">The same again</label>
<input id="again" type="password" name="again" autocomplete="new-password" required>
<button>Set password</button>
</form>]]):format(escape(address), LEAST_LENGTH, warning and ("<p role=\"alert\" id=\"wrong\">%s</p>\n"):format(escape(warning)) or "",
		escape(address), LEAST_LENGTH, warning and ' aria-invalid="true" aria-describedby="wrong"' or ""));
end

---------------------------------------------------------------------------------------------------------
-- Requests

local function address_of(owner)
	return owner.username.."@"..(owner.kind == "customer" and "my." or "")..module.host;
end

-- The user name or address, also with digits and signs around or in it ("asha-2026!"), or one character repeated.
local function is_guessable(password, owner)
	local letters = password:gsub("[%d%p]", "");
	local first = password:match(utf8.charpattern);
	return password == address_of(owner) or password == owner.username or (letters ~= "" and letters == owner.username:gsub("[%d%p]", ""))
		or password == first:rep(#password // #first);
end

-- What is wrong with a password, in a sentence, or nil and the password as it is hashed (RFC 4013).
local function check(password, again, owner)
	local prepared = encodings.stringprep.saslprep(password);
	if not prepared then return "This has a character that passwords cannot have. Choose another one."; end
	local length = utf8.len(prepared) or 0;
	if length < LEAST_LENGTH then return ("This is too short: at least %d characters."):format(LEAST_LENGTH); end
	if length > MOST_LENGTH then return TOO_LONG; end
	if is_guessable(prepared:lower(), owner) then
		return "This is your user name, or nearly so, or one character again and again. Choose something that others cannot guess.";
	end
	if prepared ~= encodings.stringprep.saslprep(again) then return "The two are not the same. Type the new password twice."; end
	return nil, prepared;
end

-- The hash of the token and whose link it is; or nil and the answer.
local function find_link(event, token)
	local address, why = gate.enter(event, token);
	if why == "elsewhere" then return nil, 307; end
	if why == "later" then return nil, page(event, 429, "Too many tries", "<p>Wait a minute, then open the link again.</p>"); end
	local hash = gate.hash(token);
	local owner = hash and accounts.link(hash);
	if owner == nil then return nil, ask_later(event); end
	if not owner then
		gate.failed(address);
		return nil, refuse_link(event);
	end
	return hash, owner;
end

local function get(event, token)
	local hash, owner = find_link(event, token);
	if not hash then return owner; end
	return show_form(event, 200, address_of(owner));
end

local function post(event, token)
	local hash, owner = find_link(event, token);
	if not hash then return owner; end
	local body = event.request.body or "";
	local fields = #body <= BODY_LIMIT and formdecode(body) or {};
	if type(fields) ~= "table" then fields = {}; end
	local warning, password = check(fields.password or "", fields.again or "", owner);
	if #body > BODY_LIMIT then warning = TOO_LONG; end
	if warning then return show_form(event, 422, address_of(owner), warning); end
	local keys = accounts.make_keys(password);
	local done = keys and accounts.redeem_link(hash, keys);
	if done == nil then return ask_later(event); end
	if not done then return refuse_link(event); end
	module:log("info", "%s has set a password through a one-time link", owner.username);
	return page(event, 200, "Your password is set", ("<p>Log in as <strong>%s</strong> in your chat client. This link works no more.</p>")
		:format(escape(address_of(owner))));
end

module:provides("http", {
	name = "crm_account";
	default_path = "/account";
	cors = { enabled = false };
	route = { ["GET /*"] = get, ["POST /*"] = post };
});
