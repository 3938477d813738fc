"""crmd --check looks at the certificate that browsers and clients are shown by Prosody: its names, its end, who vouches for it."""

import asyncio
import contextlib
import datetime
import os
import pathlib
import signal
import ssl
import subprocess

import pytest

from support.stack import Stack

HOST = "chat.example.test"  # in no DNS


@pytest.fixture(scope="module")
def bare():
    """Of this module's own, and with that name: Prosody refuses whoever asks for another (SNI)."""
    made = Stack("--host", HOST)
    made.start("postgres", "prosody")
    yield made
    made.close()


def names_of(stack):
    return f"DNS:{HOST},DNS:{stack.domain},DNS:my.{stack.domain}"


def openssl(folder, *words):
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True, timeout=60)


def make(folder, days, names, issuer="own"):
    """A certificate and its key, with what vouches for it: "own" key, or a CA, whose certificate comes with it or not ("chain", "alone")."""
    new = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    openssl(folder, "req", "-x509", *new, "-days", "90", "-subj", "/CN=A test's CA", "-keyout", "ca.key", "-out", "ca.crt")
    openssl(folder, "req", *new, "-subj", "/CN=test", "-addext", f"subjectAltName={names}", "-keyout", "new.key", "-out", "new.csr")
    signed = ["-signkey", "new.key"] if issuer == "own" else ["-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial"]
    openssl(folder, "x509", "-req", "-in", "new.csr", *signed, "-copy_extensions", "copy", "-days", str(days), "-out", "new.crt")
    chain = (folder / "ca.crt").read_text() if issuer == "chain" else ""
    return (folder / "new.crt").read_text() + chain, (folder / "new.key").read_text()


def served(stack):
    return ssl.get_server_certificate(("127.0.0.1", stack.port("HTTPS")))


@contextlib.contextmanager
def certificate(stack, text, key):
    """Puts it where Prosody has its own, which reads it again."""
    files = {stack.certificate: text, stack.certificate.with_suffix(".key"): key}
    kept = {file: file.read_text() for file in files}
    served(stack)  # it runs, and knows what SIGHUP means
    prosody = stack.children["prosody"].pid
    try:
        for file, words in files.items():
            file.write_text(words)
        os.kill(prosody, signal.SIGHUP)
        yield
    finally:
        for file, words in kept.items():
            file.write_text(words)
        os.kill(prosody, signal.SIGHUP)


async def until(condition):
    for _ in range(200):
        if await condition():
            return
        await asyncio.sleep(0.1)
    raise AssertionError("Prosody does not show what it was given")


async def is_served(stack, text):
    begin = text.index("-----BEGIN")
    wanted = text[begin:text.index("-----END", begin)]
    await until(lambda: asyncio.get_running_loop().run_in_executor(None, lambda: wanted in served(stack)))


@pytest.fixture
def server(bare):
    """This stack as a server, with a name, and with Prosody's settings beside crmd.conf: the options of crmd()."""
    folder = pathlib.Path(bare.folder, "server")
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
    files = {"crmd.conf": pathlib.Path(bare.env["CRM_CRMD_CONF"]).read_text(),
             "prosody.env": f"CRM_C2S_PORT={bare.port('C2S')}\nCRM_HTTPS_PORT='{bare.port('HTTPS')}'\nCRM_CERT_DIR=/etc/traincape/certs\n"}
    for name, text in files.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o644)
    return {"config": folder / "crmd.conf", "env": {"CRMD_WEB_BASE_URL": f"https://{HOST}:{bare.port('HTTPS')}"}}


def day(days):
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days)).strftime("%Y-%m-%d")


@pytest.mark.parametrize("days, issuer, state, words", [
    (60, "chain", "ok", "is good until {end}; it ends in 60 days"),
    (15, "chain", "ok", "it ends in 15 days"),
    (14, "chain", "warn", "ends on {end}, in 14 days; put the renewed one in /etc/traincape/certs/{domain}.crt"),
    (1, "chain", "warn", "ends on {end}, tomorrow;"),
    (-1, "chain", "FAIL", "ended on {end}, and is refused; put a new one in"),
    (60, "own", "warn", "is our own, until {end}, and people are warned of it"),
    (60, "alone", "warn", "comes without its chain"),
])
async def test_when_it_ends_and_who_vouches_for_it(crmd, bare, server, tmp_path, days, issuer, state, words):
    text, key = make(tmp_path, days, names_of(bare), issuer)
    words = words.format(end=day(days), domain=bare.domain)
    with certificate(bare, text, key):
        await is_served(bare, text)
        said = await crmd(bare, "--check", **server)
    for subject, which in (("certificate", f"that of {HOST}:{bare.port('HTTPS')} "), ("client port", f"that of port {bare.port('C2S')} ")):
        found, sentence = said.line(subject)
        assert found == state and sentence.startswith(which) and words in sentence, said
    assert said.code == (1 if state == "FAIL" else 0), said


@pytest.mark.parametrize("names, website, clients", [
    ("DNS:{domain},DNS:my.{domain}", HOST, None),
    (f"DNS:{HOST},DNS:my.{{domain}}", None, "{domain}"),
    ("DNS:*.example.test,DNS:{domain}", None, "my.{domain}"),
])
async def test_for_whom_it_is(crmd, bare, server, tmp_path, names, website, clients):
    text, key = make(tmp_path, 60, names.format(domain=bare.domain), "chain")
    with certificate(bare, text, key):
        await is_served(bare, text)
        said = await crmd(bare, "--check", **server)
    for subject, lacking in (("certificate", website), ("client port", clients)):
        state, sentence = said.line(subject)
        if lacking is None:
            assert state == "ok", said
        else:
            assert state == "FAIL" and f"is not for {lacking.format(domain=bare.domain)}, and is refused" in sentence, said


async def test_a_key_that_prosody_cannot_use_is_found_out(crmd, bare, server, tmp_path):
    text, _ = make(tmp_path, 60, names_of(bare), "chain")

    async def refused():
        said = await crmd(bare, "--check", **server)
        state, sentence = said.line("client port")
        return state == "FAIL" and "Prosody offers no TLS there; start Prosody, or put one that Prosody can read in /etc/traincape/certs/" in sentence
    with certificate(bare, text, "no key"):
        await until(refused)


async def test_where_there_is_none_nothing_is_said(crmd, bare):
    said = await crmd(bare, "--check", env={"CRMD_WEB_BASE_URL": "http://localhost:5280"})
    assert "certificate" not in said.out and "client port" not in said.out, said


async def test_nothing_that_listens_is_a_failure_of_prosody_and_a_question_to_a_proxy(crmd, bare, server):
    said = await crmd(bare, "--check", config=server["config"], env={"CRMD_WEB_BASE_URL": "https://127.0.0.1:1"})
    assert said.code == 1 and said.line("certificate")[0] == "FAIL" and "cannot be seen" in said.line("certificate")[1], said
    said = await crmd(bare, "--check", config=server["config"], env={"CRMD_WEB_BASE_URL": "https://proxy.invalid"})
    assert said.line("certificate")[0] == "warn" and "look at the reverse proxy" in said.line("certificate")[1], said
