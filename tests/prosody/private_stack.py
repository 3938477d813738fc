"""A private PostgreSQL and a private Prosody for these tests; the one place to swap for the real stack.

Owns its run folder (under /var/tmp, because the folders above a checkout may be closed to the unprivileged user), its ports and
both processes. Everything runs as `postgres` when the tests run as root, else as ourselves.
"""

import asyncio
import hashlib
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROSODY_SOURCE = HERE.parent.parent / "prosody"
DOMAIN = "crm.test"
COMPONENT = f"crm.{DOMAIN}"
ITERATIONS = 10000


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def scram_keys(password, digest, salt):
    salted = hashlib.pbkdf2_hmac(digest, password.encode(), salt.encode(), ITERATIONS)
    client = hmac(digest, salted, b"Client Key")
    return hashlib.new(digest, client).hexdigest(), hmac(digest, salted, b"Server Key").hex()


def hmac(digest, key, message):
    import hmac as module
    return module.new(key, message, digest).digest()


class PrivateStack:
    def __init__(self):
        self.user = pwd.getpwnam("postgres") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
        self.dir = Path(tempfile.mkdtemp(prefix="crm-prosody-", dir="/var/tmp"))
        self.postgres = self.prosody = None
        self.c2s_port, self.http_port, self.https_port, self.component_port = (free_port() for _ in range(4))
        self.pg_bin = max(Path("/usr/lib/postgresql").glob("*/bin"))
        self.web_dir = self.dir / "web"
        self.log_file = self.dir / "log" / "prosody.log"

    # -- files

    def prepare(self):
        for name in ("log", "secrets", "certs", "socket", "web"):
            (self.dir / name).mkdir()
        shutil.copytree(PROSODY_SOURCE, self.dir / "prosody-source")
        self.write_secret("component_secret", secrets.token_hex(16))
        self.write_secret("guest_pepper", secrets.token_hex(32))
        self.write_secret("prosody_db_password", "prosody-test-password")
        self.write_web_files()
        self.write_certificate()
        self.give_to_user()
        self.run_as_user(self.pg_bin / "initdb", "-D", self.dir / "pg", "-U", "owner", "-A", "trust", "--no-sync", "-E", "UTF8")
        hba = self.dir / "pg" / "pg_hba.conf"
        hba.write_text("local all owner trust\nlocal crm crm_prosody scram-sha-256\n")
        self.start_postgres()
        self.psql("postgres", "CREATE DATABASE crm")
        self.psql("crm", (HERE / "accounts_stand_in.sql").read_text())

    def write_secret(self, name, text):
        path = self.dir / "secrets" / name
        path.write_text(text + "\n")
        path.chmod(0o600)

    def secret(self, name):
        return (self.dir / "secrets" / name).read_text().strip()

    def write_web_files(self):
        assets = self.web_dir / "assets"
        assets.mkdir()
        (self.web_dir / "index.html").write_text("<!doctype html><title>Demo</title><p data-domain='{{CRM_DOMAIN}}'></p>")
        (assets / "chat-0a1b2c3d.js").write_text("plain")
        (assets / "chat-0a1b2c3d.js.br").write_text("brotli")
        (assets / "chat-0a1b2c3d.js.gz").write_text("gzip")
        (self.web_dir / "widget.js").write_text("loader")
        (self.web_dir / ".secret.js").write_text("hidden")
        (self.web_dir / "notes.lua").write_text("no such type")

    def write_certificate(self):
        names = [DOMAIN] + [f"{part}.{DOMAIN}" for part in ("my", "guest", "rooms", "files")] + ["localhost"]
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
             "-subj", f"/CN={DOMAIN}", "-addext", "subjectAltName=" + ",".join(f"DNS:{n}" for n in names) + ",IP:127.0.0.1",
             "-keyout", self.dir / "certs" / f"{DOMAIN}.key", "-out", self.dir / "certs" / f"{DOMAIN}.crt"],
            check=True, capture_output=True)

    def give_to_user(self):
        for path in [self.dir, *self.dir.rglob("*")]:
            os.chown(path, self.user.pw_uid, self.user.pw_gid)

    # -- processes

    def as_user(self, *command):
        prefix = []
        if os.geteuid() == 0:
            prefix = ["setpriv", f"--reuid={self.user.pw_uid}", f"--regid={self.user.pw_gid}", "--clear-groups", "--"]
        return [*prefix, *map(str, command)]

    def run_as_user(self, *command):
        subprocess.run(self.as_user(*command), check=True, capture_output=True, cwd=self.dir)

    def start_postgres(self):
        log = open(self.dir / "log" / "postgres.log", "ab")
        self.postgres = subprocess.Popen(
            self.as_user(self.pg_bin / "postgres", "-D", self.dir / "pg", "-k", self.dir / "socket", "-p", "5432",
                         "-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=20"),
            stdout=log, stderr=log, cwd=self.dir)
        wait_until(lambda: self.try_psql("postgres", "SELECT 1"), "PostgreSQL does not start")

    def kill_postgres(self):
        """kill -9 of the postmaster and of its backends, as a crash of the machine's database would be."""
        pid = self.postgres.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        for victim in [pid, *map(int, children)]:
            os.kill(victim, signal.SIGKILL)
        self.postgres.wait()
        wait_until(lambda: not any(Path(f"/proc/{c}/exe").exists() for c in children), "backends linger")

    def environment(self):
        return {
            "PATH": "/usr/bin:/bin", "HOME": str(self.dir), "LANG": "C.UTF-8",
            "CRM_DOMAIN": DOMAIN, "CRM_HOST": "127.0.0.1", "CRM_WEB_URL": f"http://127.0.0.1:{self.http_port}", "CRM_BIND": "127.0.0.1",
            "CRM_C2S_PORT": str(self.c2s_port), "CRM_HTTP_PORT": str(self.http_port), "CRM_HTTPS_PORT": str(self.https_port),
            "CRM_COMPONENT_PORT": str(self.component_port), "CRM_PG_SOCKET_DIR": str(self.dir / "socket"), "CRM_PG_PORT": "5432",
            "CRM_RUN_DIR": str(self.dir), "CRM_PROSODY_PID_FILE": str(self.dir / "prosody.pid"), "CRM_LOG_DIR": str(self.dir / "log"),
            "CRM_SECRETS_DIR": str(self.dir / "secrets"), "CRM_WEB_DIST": str(self.web_dir),
            "CRM_ALLOWED_ORIGINS": "https://customer-site.test", "CRM_PROSODY_LOG_LEVEL": os.environ.get("CRM_PROSODY_LOG_LEVEL", "info"),
        }

    def prosody_command(self):
        return self.as_user("prosody", "--config", self.dir / "prosody-source" / "prosody.cfg.lua", "-F")

    def start_prosody(self):
        output = open(self.dir / "log" / "prosody.out", "ab")
        self.prosody = subprocess.Popen(self.prosody_command(), stdout=output, stderr=output, cwd=self.dir, env=self.environment())
        for port in (self.c2s_port, self.http_port, self.https_port, self.component_port):
            wait_until(lambda: can_connect(port), f"Prosody does not open port {port}", self.prosody)

    def kill_prosody(self):
        self.prosody.kill()
        self.prosody.wait()

    def stop(self):
        for process in (self.prosody, self.postgres):
            if process and process.poll() is None:
                process.terminate()
                process.wait(20)
        if not os.environ.get("CRM_KEEP"):
            shutil.rmtree(self.dir)

    # -- database

    def try_psql(self, database, statements):
        result = subprocess.run(["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-h", self.dir / "socket", "-p", "5432", "-U", "owner", "-d", database],
                                input=statements, capture_output=True, text=True)
        return result.stdout if result.returncode == 0 else None

    def psql(self, database, statements):
        output = self.try_psql(database, statements)
        assert output is not None, statements
        return output

    def add_account(self, username, password, kind="staff", name=None, role="Sales Person", group="Sales", enabled=True):
        salt = secrets.token_hex(16)
        stored1, server1 = scram_keys(password, "sha1", salt)
        stored256, server256 = scram_keys(password, "sha256", salt)
        values = "', '".join([username, kind, name or username.title(), role, group, str(enabled).lower(), salt, str(ITERATIONS),
                              stored1, server1, stored256, server256])
        self.psql("crm", f"INSERT INTO crm.account VALUES ('{values}')")

    def add_bcrypt_account(self, username, password, kind="staff"):
        self.psql("crm", f"""INSERT INTO crm.account (username, kind, name, role, group_name, bcrypt)
            VALUES ('{username}', '{kind}', '{username}', 'Sales Person', 'Sales', '$2y$' || substr(crypt('{password}', gen_salt('bf', 4)), 5))""")

    def set_enabled(self, username, enabled):
        self.psql("crm", f"UPDATE crm.account SET enabled = {enabled} WHERE username = '{username}'")


def can_connect(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


def wait_until(condition, complaint, process=None, seconds=20):
    """Polls what the operating system does not announce (a port, an exit of a stranger's child)."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, complaint
        assert process is None or process.poll() is None, f"{complaint}: it exited"
        time.sleep(0.02)


async def wait_for(awaitable, seconds=10):
    return await asyncio.wait_for(awaitable, seconds)
