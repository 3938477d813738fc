"""Static files, their headers, and which websites may open a stream: mod_crm_web."""

import asyncio
import base64
import http.client
import re
import secrets
import socket
import ssl
import subprocess
import time

import pytest

from private_stack import DOMAIN

BOSH = (f"<body xmlns='http://jabber.org/protocol/httpbind' to='guest.{DOMAIN}' rid='1' wait='1' hold='1' ver='1.6' "
        "xmlns:xmpp='urn:xmpp:xbosh' xmpp:version='1.0'/>")


def fetch(stack, path, method="GET", body=None, https=False, **headers):
    headers = {key.replace("_", "-"): value for key, value in headers.items()}
    if https:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(stack.dir / "certs" / f"{DOMAIN}.crt")
        connection = http.client.HTTPSConnection("127.0.0.1", stack.https_port, timeout=10, context=context)
    else:
        connection = http.client.HTTPConnection("127.0.0.1", stack.http_port, timeout=10)
    connection.request(method, path, body, headers)
    response = connection.getresponse()
    content = response.read()
    connection.close()
    return response, content


def test_a_page_carries_our_domain_and_every_security_header(stack):
    for path in ("/", "/index.html"):
        response, content = fetch(stack, path)
        assert response.status == 200 and f"data-domain='{DOMAIN}'".encode() in content
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy
    assert "require-trusted-types-for 'script'" in policy
    assert f"ws://127.0.0.1:{stack.http_port}" in policy
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cache-Control"] == "no-cache"


def test_pages_come_over_https_with_a_certificate_that_names_us(stack):
    assert fetch(stack, "/", https=True)[0].status == 200


@pytest.mark.parametrize("accepted,content,coding", [("br, gzip", b"brotli", "br"), ("gzip", b"gzip", "gzip"), ("", b"plain", None),
                                                     ("br;q=0, gzip;q=0.5", b"gzip", "gzip")])
def test_the_precompressed_file_that_the_browser_takes_is_sent(stack, accepted, content, coding):
    response, got = fetch(stack, "/assets/chat-0a1b2c3d.js", Accept_Encoding=accepted)
    assert (got, response.headers["Content-Encoding"]) == (content, coding)
    assert response.headers["Content-Type"].startswith("text/javascript") and response.headers["Vary"] == "Accept-Encoding"


def test_hashed_files_are_cached_for_ever_and_the_loader_is_revalidated(stack):
    assert "immutable" in fetch(stack, "/assets/chat-0a1b2c3d.js")[0].headers["Cache-Control"]
    response, _ = fetch(stack, "/widget.js")
    assert response.headers["Cache-Control"] == "no-cache"
    again, content = fetch(stack, "/widget.js", If_None_Match=response.headers["ETag"])
    assert (again.status, content) == (304, b"")


def test_any_website_may_load_the_widget_but_not_read_a_page(stack):
    assert fetch(stack, "/widget.js", Origin="https://any.example")[0].headers["Access-Control-Allow-Origin"] == "*"
    assert fetch(stack, "/", Origin="https://any.example")[0].headers["Access-Control-Allow-Origin"] is None


def test_head_has_the_headers_and_no_content(stack):
    response, content = fetch(stack, "/widget.js", "HEAD")
    assert (response.status, content, response.headers["Content-Length"]) == (200, b"", "6")


@pytest.mark.parametrize("path", ["/.secret.js", "/notes.lua", "/nothing.js", "/assets/", "/../secrets/guest_pepper", "/%2e%2e/secrets/guest_pepper",
                                  "/assets/..%2f..%2fsecrets/guest_pepper", "/..%5csecrets", "//etc/passwd", "/assets/%00.js", "/prosody.cfg.lua"])
def test_everything_else_does_not_exist(stack, path):
    response, content = fetch(stack, path)
    assert response.status in (400, 404) and b"hidden" not in content


# -- Origin

def own_origins(stack):
    return [f"http://127.0.0.1:{stack.http_port}", f"http://{DOMAIN}:{stack.http_port}", f"https://localhost:{stack.https_port}",
            "https://customer-site.test", "HTTPS://Customer-Site.test"]


def foreign_origins(stack):
    return ["https://evil.example", "null", "", f"http://127.0.0.1:{stack.http_port}.evil.example", "https://customer-site.test.evil.example",
            f"https://127.0.0.1:{stack.http_port}"]


def upgrade(stack, host, **headers):
    return fetch(stack, "/xmpp-websocket", Host=host, Connection="Upgrade", Upgrade="websocket", Sec_WebSocket_Version="13",
                 Sec_WebSocket_Protocol="xmpp", Sec_WebSocket_Key=base64.b64encode(secrets.token_bytes(16)).decode(), **headers)[0].status


async def websocket_status(stack, host="127.0.0.1", **headers):
    return await asyncio.to_thread(upgrade, stack, host, **headers)


async def test_a_listed_website_and_a_program_without_an_origin_get_a_websocket(stack):
    for origin in own_origins(stack):
        assert await websocket_status(stack, Origin=origin) == 101, origin
    assert await websocket_status(stack) == 101


async def test_a_foreign_website_gets_no_websocket_whatever_host_it_names(stack):
    for origin in foreign_origins(stack):
        for host in ("127.0.0.1", DOMAIN, f"guest.{DOMAIN}", f"my.{DOMAIN}", "evil.example"):
            assert await websocket_status(stack, host, Origin=origin) == 403, (origin, host)


def test_bosh_answers_listed_websites_and_programs_and_no_foreign_website(stack):
    for origin in own_origins(stack):
        response, content = fetch(stack, "/http-bind", "POST", BOSH, Origin=origin)
        assert response.status == 200 and b"ANONYMOUS" in content
    assert b"ANONYMOUS" in fetch(stack, "/http-bind", "POST", BOSH)[1]
    for origin in foreign_origins(stack):
        for method in ("POST", "OPTIONS", "GET"):
            for path in ("/http-bind", "/http-bind/", "/http-bind?x=1"):
                response, content = fetch(stack, path, method, BOSH if method == "POST" else None, Origin=origin)
                assert response.status == 403 and b"ANONYMOUS" not in content


@pytest.mark.parametrize("number", ["rid='nan'", "rid=''", "rid='x'", ""])
def test_a_request_of_a_stream_over_bosh_that_has_no_number_fails_as_one_of_no_stream(stack, number):
    begin = stack.log_file.stat().st_size
    sid = re.search(rb"sid='([^']+)'", fetch(stack, "/http-bind", "POST", BOSH)[1])[1].decode()
    response, content = fetch(stack, "/http-bind", "POST", f"<body xmlns='http://jabber.org/protocol/httpbind' sid='{sid}' {number}/>")
    assert response.status == 200 and b"item-not-found" in content
    assert "raceback" not in stack.log_file.read_text()[begin:]
    assert b"item-not-found" not in fetch(stack, "/http-bind", "POST", f"<body xmlns='http://jabber.org/protocol/httpbind' sid='{sid}' rid='2'/>")[1]


def test_staff_are_offered_no_login_over_unencrypted_bosh(stack):
    body = BOSH.replace(f"guest.{DOMAIN}", DOMAIN)
    assert b"PLAIN" not in fetch(stack, "/http-bind", "POST", body)[1]
    assert b"SCRAM-SHA-256" in fetch(stack, "/http-bind", "POST", body, https=True)[1]


def is_served(stack, name, port=None):
    """Whether who asks for a name (SNI) gets a certificate: over HTTPS, or from another port with STARTTLS."""
    words = ["openssl", "s_client", "-connect", f"127.0.0.1:{port or stack.https_port}", "-servername", name]
    words += ["-starttls", "xmpp", "-xmpphost", DOMAIN] if port else []
    return "-----BEGIN" in subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20, check=False).stdout


def test_https_has_a_certificate_for_every_name_that_a_url_of_ours_has(stack, monkeypatch):
    usual = stack.environment()
    try:
        for web_url in ("https://www.chat.test:8443", "https://www.chat.test", "http://www.chat.test:5280"):
            monkeypatch.setattr(stack, "environment", lambda url=web_url: {**usual, "CRM_HOST": "chat.test", "CRM_WEB_URL": url})
            stack.kill_prosody()
            stack.start_prosody()
            for name in (DOMAIN, "chat.test", "www.chat.test"):
                assert is_served(stack, name), (web_url, name)
        assert not is_served(stack, "elsewhere.test")
        for name in (DOMAIN, f"rooms.{DOMAIN}", "elsewhere.test"):    # clients are not asked
            assert is_served(stack, name, stack.c2s_port)
    finally:
        monkeypatch.undo()
        stack.kill_prosody()
        stack.start_prosody()


# -- behind a proxy: 127.0.0.1 is one. /operate/health is for 127.0.0.1 alone, and so tells for whom a request counts

@pytest.mark.parametrize("told, whose", [
    ("192.0.2.1", "a stranger's"), ("2001:db8::1", "a stranger's"), ("192.0.2.1, 127.0.0.1", "a stranger's"), ("unknown, 192.0.2.1", "a stranger's"),
    ("127.0.0.1", "the proxy's"), ("", "the proxy's"), (",", "the proxy's"), ("unknown", "the proxy's"), ("unix:", "the proxy's"), ("%", "the proxy's"),
    ("192.0.2.1, unknown", "the proxy's"), ("192.0.2.1, unknown, 127.0.0.1", "the proxy's"), ("192.0.2.256", "the proxy's"),
    pytest.param("x" * 4000, "the proxy's", id="long"),
])
async def test_a_forwarded_address_that_is_none_counts_as_the_proxy_s_own(stack, told, whose):
    begin = stack.log_file.stat().st_size
    assert fetch(stack, "/", X_Forwarded_For=told)[0].status == 200
    assert fetch(stack, "/http-bind", "POST", BOSH, X_Forwarded_For=told)[0].status == 200
    assert await websocket_status(stack, X_Forwarded_For=told) == 101
    assert fetch(stack, "/operate/health", X_Forwarded_For=told)[0].status == (404 if whose == "a stranger's" else 200)
    assert "raceback" not in stack.log_file.read_text()[begin:]


async def test_a_whole_network_may_look_at_how_it_is(stack, monkeypatch):
    as_before = stack.environment()
    stack.kill_prosody()
    try:
        monkeypatch.setattr(stack, "environment", lambda: {**as_before, "CRM_OPERATE_ADDRESSES": "10.0.0.0/8 2001:db8::/32"})
        stack.start_prosody()
        for address, status in (("10.1.2.3", 200), ("2001:db8::9", 200), ("11.1.2.3", 404), ("2001:db9::9", 404), ("192.0.2.1", 404)):
            assert fetch(stack, "/operate/health", X_Forwarded_For=address)[0].status == status, address
    finally:
        monkeypatch.undo()
        stack.kill_prosody()
        stack.start_prosody()


def status_of(stack, request):
    with socket.create_connection(("127.0.0.1", stack.http_port), 10) as connection:
        connection.sendall(request.encode())
        return int(connection.makefile("rb").readline().split()[1])


def test_a_header_with_an_underscore_does_not_stand_in_for_the_one_that_a_proxy_writes(stack):
    """Of two names that it takes for one, Prosody's HTTP server picks either: by chance, and by which others there are."""
    for others in range(24):
        padding = "".join(f"X-{number}: 1\r\n" for number in range(others))
        told = "X_Forwarded_For: 127.0.0.1\r\nX_Forwarded-For: 127.0.0.1\r\nX-Forwarded-For: 192.0.2.1\r\n"
        assert status_of(stack, f"GET /operate/health HTTP/1.1\r\nHost: {DOMAIN}\r\n{padding}{told}\r\n") == 404, others


# -- what a request costs

def seconds_of(stack, path):
    """The least of some tries: others use this machine too."""
    def once():
        begin = time.perf_counter()
        assert status_of(stack, f"GET {path} HTTP/1.1\r\nHost: {DOMAIN}\r\n\r\n") == 404
        return time.perf_counter() - begin
    return min(once() for _ in range(5))


def test_a_long_path_costs_what_as_many_short_names_cost(stack):
    assert seconds_of(stack, "/" + "a" * 9000) < 10 * seconds_of(stack, "/" + "a/" * 4500 + "a")


@pytest.mark.parametrize("head", [pytest.param("A: " + "a" * 9000 + "\n", id="long"), "\nA: b\r\n", "A: b\n\r\n"])
def test_who_ends_a_line_in_lf_alone_is_hung_up_on(stack, head):
    begin = stack.log_file.stat().st_size
    with socket.create_connection(("127.0.0.1", stack.http_port), 10) as connection:
        connection.sendall(f"GET / HTTP/1.1\r\n{head}\r\n\r\n".encode())
        assert connection.recv(100) == b""
    assert "raceback" not in stack.log_file.read_text()[begin:]


# -- uploads

async def test_an_uploaded_svg_is_sent_as_an_attachment_that_runs_nothing(people, stack):
    staff = await people.staff()
    svg = b"<svg xmlns='http://www.w3.org/2000/svg'/>"
    slot = await staff.iq("get", f"files.{DOMAIN}", f"<request xmlns='urn:xmpp:http:upload:0' filename='x.svg' size='{len(svg)}' content-type='image/svg+xml'/>")
    put = slot.find(".//{urn:xmpp:http:upload:0}put")
    path = put.get("url").partition(str(stack.http_port))[2]
    authorization = put.findtext("{urn:xmpp:http:upload:0}header")
    response, _ = await asyncio.to_thread(fetch, stack, path, "PUT", svg, Authorization=authorization, Content_Type="image/svg+xml")
    assert response.status == 201
    response, content = await asyncio.to_thread(fetch, stack, slot.find(".//{urn:xmpp:http:upload:0}get").get("url").partition(str(stack.http_port))[2])
    assert content == svg and response.headers["Content-Disposition"].startswith("attachment")
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
