"""The page where people set their own password, and vCards of staff: mod_crm_account, mod_crm_vcard."""

import hashlib
import secrets
import urllib.parse

from private_stack import DOMAIN
from test_web import fetch
from wire import SASL

PASSWORD = "four plain words here"
FORM = {"Content_Type": "application/x-www-form-urlencoded"}


def offer(stack, username):
    token = secrets.token_urlsafe(32)
    stack.psql("crm", f"INSERT INTO crm.link VALUES ('{hashlib.sha256(token.encode()).hexdigest()}', '{username}', 'staff')")
    return "/account/" + token


def post(stack, path, password, again=None, https=False):
    body = urllib.parse.urlencode({"password": password, "again": password if again is None else again})
    return fetch(stack, path, "POST", body, https=https, **FORM)


async def test_a_link_shows_a_form_without_script_and_sets_the_password_once(people, stack):
    username, _ = people.account()
    path = offer(stack, username)
    response, content = fetch(stack, path, https=True)
    assert response.status == 200 and f"{username}@{DOMAIN}".encode() in content and b"<script" not in content
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
    assert response.headers["Cache-Control"] == "no-store" and response.headers["Referrer-Policy"] == "no-referrer"
    assert post(stack, path, PASSWORD)[0].status == 200
    # Who pressed the button twice sees this answer only.
    response, content = post(stack, path, "another good password")
    assert response.status == 404 and b"If you have just set your password" in content
    client = await people.stream()
    assert (await client.plain(username, PASSWORD)).tag == f"{SASL}success"


async def test_a_password_that_is_bad_is_refused_with_the_reason_and_never_shown(people, stack):
    username, _ = people.account()
    path = offer(stack, username)
    for bad, again, part in [("short", None, b"too short"), (f"{username}!!2026!!", None, b"user name"), (PASSWORD, "different", b"not the same"), ("\N{GRINNING FACE}" * 12, None, b"again and again"),
                             ("\x07" * 12, None, b"character"), ("", None, b"too short"), ("<b>" * 100, None, b"too long")]:
        response, content = post(stack, path, bad, again)
        assert response.status == 422 and part in content
        assert b"<b>" not in content and PASSWORD.encode() not in content
    response, content = post(stack, path, "\N{GRINNING FACE}" * 5000)
    assert response.status == 422 and b"too long" in content
    # What a browser would cut off is refused instead, and its field says why.
    assert b"maxlength" not in content and b'aria-describedby="wrong"' in content and b'id="wrong"' in content and b"<h1>Not set yet" in content
    assert fetch(stack, path, "POST", "%zz&&=&password", **FORM)[0].status == 422
    assert post(stack, path, "बहुत अच्छा पासवर्ड")[0].status == 200
    username, _ = people.account()
    assert post(stack, offer(stack, username), "\N{GRINNING FACE}\N{CAT FACE}" * 100)[0].status == 200


def test_a_staff_vcard_and_the_page_survive_strange_paths(stack):
    answers = {(r.status, c) for r, c in (fetch(stack, path) for path in ("/account/", "/account/x", "/account/../x", "/account/" + "%00" * 43))}
    assert len(answers) == 1 and answers.pop()[0] == 404


async def test_a_vcard_says_what_the_database_says(people):
    username, password = people.account()
    other, other_password = people.account()
    await (await people.stream()).login(other, other_password)
    staff = await (await people.stream()).login(username, password)
    card = await staff.iq("get", f"{other}@{DOMAIN}", "<vCard xmlns='vcard-temp'/>")
    assert card.findtext(".//{vcard-temp}USERID") == f"{other}@mail.example"
    assert card.findtext(".//{vcard-temp}NUMBER") == "+919876543210"


def test_who_tries_many_links_is_told_to_wait(stack):
    """The last test here: the address is throttled afterwards."""
    statuses = [fetch(stack, "/account/" + secrets.token_urlsafe(32))[0].status for _ in range(30)]
    assert set(statuses) == {404, 429} and statuses[-1] == 429
