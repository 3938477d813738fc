"""crmd --check: a line for each thing that crmd needs, what to do where it is missing, an exit status; and a crmd that runs does not notice."""

import asyncio
import contextlib
import os
import pathlib
import pwd
import re
import subprocess

import pytest

from support.disk import small_disk

SUBJECTS = ["configuration", "user", "database", "schema", "database role", "running", "Prosody", "web address", "files"]


@contextlib.contextmanager
def changed(stack, do, undo):
    stack.sql(do)
    try:
        yield
    finally:
        stack.sql(undo)


async def test_a_stack_that_is_whole_passes(crmd, bare):
    said = await crmd(bare, "--check")
    assert said.code == 0 and said.err == "", said
    assert [line[6:20].strip() for line in said.out.splitlines()] == SUBJECTS
    assert said.line("Prosody") == ("ok", f"takes crm.{bare.domain} with our secret")
    assert said.line("running") == ("warn", "no crmd runs on this database now; when all is well otherwise, start it: systemctl start traincape-crmd")
    assert said.line("database role")[0] == "ok"
    assert said.line("user")[0] == "warn"  # the tests' files belong to the user that runs them


async def test_a_crmd_that_runs_keeps_its_lease_and_its_link(crmd, stack, visitor, login, account):
    ravi = await login(account("ravi"))
    guest = await visitor()
    await guest.say_and_wait("one")
    heard = await ravi.messages.expect(body="one")
    epoch, log = stack.sql("SELECT epoch FROM crm.lease"), stack.log("crmd")
    for _ in range(3):
        said = await crmd(stack, "--check")
        assert said.code == 0 and said.line("running") == ("ok", "a crmd runs and is in charge of this database"), said
        assert said.line("Prosody")[0] == "ok" and "the secret is not tried" in said.line("Prosody")[1]
    ravi.say(heard.bare, "two")
    assert (await guest.messages.expect(body="two")) is not None
    assert stack.sql("SELECT epoch FROM crm.lease") == epoch
    assert stack.log("crmd")[len(log):].count("onnected") == 0, stack.log("crmd")[len(log):]


@pytest.mark.parametrize("environment, subject, words", [
    ({"CRMD_XMPP_COMPONENT_PORT": "1"}, "Prosody", "Connection refused; start Prosody"),
    ({"CRMD_XMPP_DOMAIN": "other.example"}, "Prosody", "Prosody has no component crm.other.example"),
    ({"CRMD_DATABASE_CONNINFO": "host=/nowhere dbname=crm user=crmd"}, "database", "Start PostgreSQL"),
    ({"CRMD_WEB_BASE_URL": "http://crm.example.org"}, "web address", "give an https address"),
    ({"CRMD_WEB_LOCAL_URL": "http://127.0.0.1:1"}, "files", "cannot be fetched from http://127.0.0.1:1; start Prosody, or let local_url"),
])
async def test_what_is_missing_is_named_with_what_to_do(crmd, bare, environment, subject, words):
    said = await crmd(bare, "--check", env=environment)
    state, sentence = said.line(subject)
    assert words in sentence, said
    assert (state, said.code) == (("warn", 0) if subject == "web address" else ("FAIL", 1))


async def test_another_secret_is_found_out_when_nobody_is_connected(crmd, bare):
    other = pathlib.Path(bare.env["CRM_SECRETS_DIR"], "guest_pepper")
    said = await crmd(bare, "--check", env={"CRMD_XMPP_COMPONENT_SECRET_FILE": str(other)})
    assert said.code == 1 and "by another secret" in said.line("Prosody")[1], said
    assert other.read_text().strip() not in said.out + said.err


@pytest.mark.parametrize("do, undo, words", [
    ("GRANT crm_owner TO crmd", "REVOKE crm_owner FROM crmd", "crmd is a member of crm_owner"),
    ("GRANT pg_read_all_data TO crmd", "REVOKE pg_read_all_data FROM crmd", "crmd is a member of pg_read_all_data"),
    ("ALTER ROLE crmd CREATEROLE", "ALTER ROLE crmd NOCREATEROLE", "is a superuser, or may make roles"),
    ("ALTER ROLE crmd BYPASSRLS", "ALTER ROLE crmd NOBYPASSRLS", "pass over row security"),
    ("ALTER ROLE crmd INHERIT", "ALTER ROLE crmd NOINHERIT", "(INHERIT)"),
    ("GRANT SELECT ON crm.person TO crmd", "REVOKE SELECT ON crm.person FROM crmd", "reaches person on its own"),
    ("GRANT CREATE ON SCHEMA crm TO crmd", "REVOKE CREATE ON SCHEMA crm FROM crmd", "may make objects"),
    ("REVOKE crm_sales FROM crmd", "GRANT crm_sales TO crmd", "cannot act as crm_sales"),
])
async def test_a_role_with_other_rights_than_it_should_have_is_refused(crmd, bare, do, undo, words):
    with changed(bare, do, undo):
        said = await crmd(bare, "--check")
    assert said.code == 1 and words in said.line("database role")[1], said
    assert (await crmd(bare, "--check")).code == 0


async def test_a_schema_of_another_version_is_named(crmd, bare):
    with changed(bare, "INSERT INTO crm.schema_migration (version, name, sha256) VALUES (999, 'test', '')",
                 "DELETE FROM crm.schema_migration WHERE version = 999"):
        said = await crmd(bare, "--check")
    assert said.code == 1 and said.line("schema")[0] == "FAIL" and "version 999" in said.line("schema")[1], said


async def test_a_configuration_with_mistakes_says_each(crmd, bare):
    path = pathlib.Path(bare.env["CRM_RUN_DIR"], "wrong.conf")
    path.write_text("[xmpp]\ndomain=d.example\ncomponent_secret_file=secrets/component_secret\ncomponent_prot=1\n[lanes]\nchat=0\n")
    path.chmod(0o644)
    said = await crmd(bare, "--check", config=path)
    assert said.code == 1, said
    lines = said.out.splitlines()
    assert len(lines) == 2 and all(line.startswith("FAIL  configuration") for line in lines), lines
    assert "wrong.conf:4: [xmpp] component_prot" in lines[0] and "did you mean component_port?" in lines[0]
    assert "wrong.conf:6: [lanes] chat: '0' is not allowed: a number from 1 to 64" in lines[1]


async def test_a_secret_that_others_can_read_is_refused(crmd, bare):
    secret = pathlib.Path(bare.env["CRM_SECRETS_DIR"], "component_secret")
    secret.chmod(0o644)
    try:
        said = await crmd(bare, "--check")
    finally:
        secret.chmod(0o600)
    assert said.code == 1 and "component_secret" in said.out and "chmod" in said.out, said
    assert bare.secret("component_secret") not in said.out + said.err


@pytest.mark.parametrize("size, state, words", [("50m", "FAIL", "has room for 50 MB more, and what people write is refused when it is full; free some"),
                                                ("500m", "warn", "has room for 500 MB more; free some")])
async def test_a_disk_that_is_nearly_full_is_found_out(crmd, bare, size, state, words):
    """With Prosody's settings beside crmd.conf, as on a server."""
    folder = pathlib.Path(bare.folder, "nearly-full")
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
    (folder / "crmd.conf").write_text(pathlib.Path(bare.env["CRM_CRMD_CONF"]).read_text())
    (folder / "prosody.env").write_text(f"CRM_RUN_DIR={folder}/disk\n")
    with small_disk(folder / "disk", size):
        said = await crmd(bare, "--check", config=folder / "crmd.conf")
    assert said.line("disk") == (state, f"{folder}/disk {words}"), said
    assert said.code == (1 if state == "FAIL" else 0), said


@pytest.mark.skipif(os.getuid() != 0, reason="only root can read what its own user cannot")
@pytest.mark.parametrize("name", ["crmd.conf", "component_secret"])
async def test_what_root_can_read_and_its_own_user_cannot_is_found_out(bare, name):
    """As crmctl check, which root says, on a server whose crmd systemd starts as its own user."""
    folder = pathlib.Path(bare.folder, "closed")
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
    for secret in ("component_secret", "crmd_db_password"):
        (folder / secret).write_text(bare.secret(secret) + "\n")
    text = pathlib.Path(bare.env["CRM_CRMD_CONF"]).read_text()
    text = re.sub(r"^(component_secret_file|password_file)=.*/", r"\1=", text, flags=re.M)
    (folder / "crmd.conf").write_text(f"{text}\n[process]\nuser={bare.env['CRM_USER']}\n")
    group = pwd.getpwnam(bare.env["CRM_USER"]).pw_gid
    for file in folder.iterdir():
        os.chown(file, 0, group)
        file.chmod(0o640)
    whole = await asyncio.to_thread(check_as_root, bare, folder)
    assert whole.stdout.startswith("ok    configuration "), whole
    os.chown(folder / name, 0, 0)
    said = await asyncio.to_thread(check_as_root, bare, folder)
    assert said.returncode == 1 and said.stdout.startswith("FAIL  configuration "), said
    assert f"{folder / name}: cannot read it: Permission denied (tried as {bare.env['CRM_USER']}, who has to read it)\n" in said.stdout, said


def check_as_root(stack, folder):
    program = pathlib.Path(stack.env["CRM_RUN_DIR"], "share/crmd")
    return subprocess.run([program, "--config", folder / "crmd.conf", "--check"], capture_output=True, text=True, timeout=60)
