"""A renewed certificate is served after a reload, on every port and whatever name is asked for."""

import asyncio
import os
import pathlib
import signal
import ssl
import subprocess


def served(stack, name=None, starttls=False):
    """The certificate that a client is shown, in PEM."""
    words = ["openssl", "s_client", "-connect", f"127.0.0.1:{stack.port('C2S' if starttls else 'HTTPS')}"]
    words += ["-starttls", "xmpp", "-xmpphost", stack.domain] if starttls else []
    words += ["-servername", name] if name else ["-noservername"]
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20, check=False)
    said = done.stdout
    assert "-----BEGIN" in said, done
    begin = said.index("-----BEGIN")
    return ssl.PEM_cert_to_DER_cert(said[begin:said.index("-----END", begin) + len("-----END CERTIFICATE-----")])


async def test_a_renewed_certificate_is_served_after_a_reload(stack):
    ways = [{}, {"name": stack.domain}, {"name": stack.domain, "starttls": True}]

    async def look():
        return [await asyncio.get_running_loop().run_in_executor(None, lambda way=way: served(stack, **way)) for way in ways]
    kept = stack.certificate.read_bytes()
    old = ssl.PEM_cert_to_DER_cert(kept.decode())
    assert await look() == [old] * len(ways)
    renewed = pathlib.Path(stack.folder, "renewed.crt")
    subprocess.run(["openssl", "x509", "-in", stack.certificate, "-signkey", stack.certificate.with_suffix(".key"), "-days", "33", "-out", renewed], check=True,
                   capture_output=True)
    new = ssl.PEM_cert_to_DER_cert(renewed.read_text())
    stack.certificate.write_bytes(renewed.read_bytes())
    try:
        os.kill(stack.children["prosody"].pid, signal.SIGHUP)
        for _ in range(40):
            shown = await look()
            if shown == [new] * len(ways):
                return
            await asyncio.sleep(0.1)
        raise AssertionError([each == new for each in shown])
    finally:
        stack.certificate.write_bytes(kept)
        os.kill(stack.children["prosody"].pid, signal.SIGHUP)
