"""From the package to a server that people talk on, as an operator does it on a fresh Debian 12: install, set up, look, first Admin, back up, upgrade,
remove, purge, and once more from the backup. The tests are steps of one story, in this order. What README tells an operator to type is typed as it
stands there (page.py), and all of it: the last step sees to that."""

import asyncio
import os
import pathlib
import re
import ssl
import subprocess
import types

import pytest

from debian import Debian, free_port
from page import Page
from support.account_page import find_link, set_password
from support.accounts import Account
from support.release import add_migration
from support.spreadsheets import heard, send_file
from support.staff import Staff
from support.stack import TOP
from support.visitor import Visitor

DOMAIN = "crm.example.test"
HOST = "chat." + DOMAIN    # in no DNS, as seen from there
PASSWORD = "four plain words here"


@pytest.fixture(scope="module")
def package():
    found = sorted((TOP / "build").glob("traincape-crm_*.deb"), key=os.path.getmtime)
    assert found, "there is no package: make deb"
    return found[-1]


@pytest.fixture(scope="module")
def debian():
    made = Debian()
    yield made
    made.close()


@pytest.fixture(scope="module")
def server(debian):
    """What the clients of tests/support want to know of a server."""
    ports = {name: free_port() for name in ("C2S", "HTTP", "HTTPS", "COMPONENT")}
    return types.SimpleNamespace(domain=DOMAIN, component="crm." + DOMAIN, port=ports.__getitem__, ports=ports,
                                 certificate=debian.path(f"/etc/traincape/certs/{DOMAIN}.crt"))


@pytest.fixture(scope="module")
def page():
    return Page({"example.org --host chat.example.org": f"{DOMAIN} --host {HOST}", "./traincape-crm_*.deb": "/var/cache/package.deb",
                 "./traincape-crm_NEWER.deb": "/var/cache/package.deb", "/var/backups/crm-2026-12-01.tar.gz": "/var/backups/crm-*.tar.gz"})


UNITS = ("traincape-prosody", "traincape-crmd")


def assert_nothing_is_missing(debian):
    """But a certificate that somebody else vouches for."""
    done = debian.try_run("crmctl", "check")
    said = [line for line in done.stdout.splitlines() if not line.startswith("ok ")]
    assert done.returncode == 0 and [line[6:19].strip() for line in said] == ["certificate", "client port"], done
    assert all("is our own, until" in line and f"/etc/traincape/certs/{DOMAIN}.crt" in line for line in said), said


async def log_in(server, username, role, password=PASSWORD):
    return await Staff.login(server, Account(0, username, password, role, username, f"{username}@{DOMAIN}"))


def test_it_installs_and_says_what_comes_next(debian, package, page):
    debian.bring(package)
    said = debian.run(*page("apt install ./traincape-crm_*.deb"), timeout=900)
    debian.make_room()
    debian.boot()
    assert "traincape-crm: installed. Next: crmctl setup DOMAIN" in said
    done = debian.try_run(*page("crmctl check"))
    assert done.returncode == 1 and "FAIL  configuration  /etc/traincape/crmd.conf: [xmpp] domain: it must be set" in done.stdout, done
    assert "say first: crmctl setup DOMAIN" in done.stdout, done
    assert debian.run("id", "-nG", "crmd").split() == ["crmd", "traincape"]
    assert [debian.state(unit) for unit in UNITS] == ["inactive", "inactive"]


def test_setup_needs_the_database_and_a_domain(debian, page):
    debian.run("systemctl", "stop", "postgresql")
    done = debian.try_run("crmctl", "setup", DOMAIN)
    assert done.returncode == 1 and "PostgreSQL does not answer" in done.stderr and "systemctl start postgresql" in done.stderr, done
    debian.run(*page("systemctl start postgresql"))
    assert debian.try_run("crmctl", "setup").returncode == 2
    done = debian.try_run("crmctl", "setup", "Not A Domain")
    assert done.returncode == 1 and "is not a domain" in done.stderr, done


def test_setup_makes_what_is_missing_and_keeps_what_is_there(debian, server, page):
    settings = debian.read("/etc/traincape/prosody.env")
    for name, port in server.ports.items():
        settings = re.sub(rf"^CRM_{name}_PORT=.*$", f"CRM_{name}_PORT={port}", settings, flags=re.M)
    debian.write("/etc/traincape/prosody.env", settings.replace("CRM_BIND=0.0.0.0 ::", "CRM_BIND=127.0.0.1"))
    conf = debian.read("/etc/traincape/crmd.conf")
    debian.write("/etc/traincape/crmd.conf", conf.replace("component_port=5347", f"component_port={server.port('COMPONENT')}"))
    said = debian.run(*page("crmctl setup example.org --host chat.example.org"))
    assert f"TrainCape is set up for {DOMAIN}." in said and "certificate is our own" in said
    secret = debian.read("/etc/traincape/secrets/component_secret")
    assert f"domain={DOMAIN}\n" in debian.read("/etc/traincape/crmd.conf")
    debian.run(*page("crmctl setup"))
    assert debian.read("/etc/traincape/secrets/component_secret") == secret
    done = debian.try_run("crmctl", "setup", "other.example")
    assert done.returncode == 1 and f"are those of {DOMAIN}" in done.stderr, done


def made(debian, subject, days):
    """A certificate in the place of the server's, for its names and that many days; its text."""
    debian.run("bash", "-euc", "cd /etc/traincape/certs && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
               f" -days {days} -subj '{subject}' -addext 'subjectAltName=DNS:{DOMAIN},DNS:chat.{DOMAIN}' -keyout {DOMAIN}.key -out {DOMAIN}.crt 2>/dev/null")
    return debian.read(f"/etc/traincape/certs/{DOMAIN}.crt")


def test_setup_renews_a_certificate_of_its_own_and_nobody_elses(debian):
    place = f"/etc/traincape/certs/{DOMAIN}.crt"
    first = debian.read(place)
    foreign = made(debian, f"/O=Somebody/CN={DOMAIN}", 5)
    assert "certificate is our own" not in debian.run("crmctl", "setup") and debian.read(place) == foreign
    old = made(debian, f"/O=TrainCape CRM, made by crmctl setup/CN={DOMAIN}", 5)
    assert "certificate is our own" in debian.run("crmctl", "setup")
    new = debian.read(place)
    assert new not in (first, old) and debian.run("stat", "-c", "%a %U %G", place, place.replace(".crt", ".key")).split() == ["640", "root", "crm_prosody"] * 2
    assert "certificate is our own" not in debian.run("crmctl", "setup") and debian.read(place) == new
    assert "certificate is our own" in debian.run("crmctl", "setup", "--host", f"talk.{DOMAIN}")
    assert "does match" in debian.run("openssl", "x509", "-in", place, "-noout", "-checkhost", f"talk.{DOMAIN}")
    assert "certificate is our own" in debian.run("crmctl", "setup", "--host", f"chat.{DOMAIN}")


def test_check_says_what_is_still_missing_and_then_nothing(debian, server, page):
    done = debian.try_run("crmctl", "check")
    assert done.returncode == 1 and re.search(r"^FAIL  Prosody .*start Prosody", done.stdout, re.M), done
    debian.run(*page("systemctl disable --now prosody"))
    debian.run(*page("systemctl enable --now traincape-prosody traincape-crmd"))
    debian.await_ready(server.port("HTTP"))
    assert_nothing_is_missing(debian)


def test_check_finds_what_crmd_may_not_read(debian):
    for name, words in (("secrets/component_secret", "component_secret"), ("crmd.conf", "crmd.conf: cannot read it")):
        file = f"/etc/traincape/{name}"
        mode, group = debian.run("stat", "-c", "%a %g", file).split()
        debian.run("bash", "-euc", f"chmod 0600 {file}; chgrp root {file}")
        done = debian.try_run("crmctl", "check")
        debian.run("bash", "-euc", f"chgrp {group} {file}; chmod {mode} {file}")
        assert done.returncode == 1 and re.search(f"^FAIL  configuration .*{words}.*tried as crmd", done.stdout, re.M), done


def test_what_there_is_to_read_can_be_read(debian, page):
    debian.run("apt-get", "install", "man-db", timeout=300)
    for name in ("man crmctl", "man crmd", "man crmd.conf", "crmctl --help"):
        assert name.split()[1].strip("-") in debian.run(*page(name)).lower(), name


def test_systemd_reloads_watches_and_restarts_it(debian, server, page):
    debian.run(*page("systemctl reload traincape-prosody"))
    debian.run(*page("systemctl reload traincape-crmd"))
    debian.until(lambda: "the configuration was reloaded" in debian.log("traincape-crmd"), lambda: debian.log("traincape-crmd"))
    assert debian.property("traincape-crmd", "WatchdogUSec") == "30s"
    assert "ready domain=" in debian.log("traincape-crmd", "--priority=info") and "info " not in debian.log("traincape-crmd")
    debian.run("systemctl", "kill", "--signal=KILL", "traincape-crmd")
    debian.until(lambda: debian.property("traincape-crmd", "NRestarts") == "1", lambda: debian.log("traincape-crmd"))
    debian.await_ready(server.port("HTTP"))
    debian.run("systemctl", "stop", *UNITS)
    debian.run(*page("systemctl start traincape-prosody"))
    debian.run(*page("systemctl start traincape-crmd"))
    debian.run(*page("systemctl restart traincape-prosody traincape-crmd"))
    debian.await_ready(server.port("HTTP"))
    for level in ("warning", "err"):
        said = debian.run(*page(f"journalctl -u traincape-crmd -p {level}"))
        assert "ready domain=" not in said, said


def test_a_renewed_certificate_is_served_after_a_reload(debian, server, page):
    def served():
        return ssl.get_server_certificate(("127.0.0.1", server.port("HTTPS")))
    before = served()
    debian.run("bash", "-euc", "cd /etc/traincape/certs && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30"
               f" -subj /CN={DOMAIN} -addext subjectAltName=DNS:{DOMAIN},DNS:my.{DOMAIN},DNS:{HOST},DNS:localhost -keyout {DOMAIN}.key -out {DOMAIN}.crt 2>/dev/null"
               f" && chown root:crm_prosody {DOMAIN}.* && chmod 0640 {DOMAIN}.*")
    debian.run(*page("systemctl reload traincape-prosody"))
    debian.until(lambda: served() != before, lambda: debian.log("traincape-prosody"))
    assert served().strip() == debian.read(f"/etc/traincape/certs/{DOMAIN}.crt").strip()


@pytest.mark.parametrize("unit", UNITS)
def test_what_the_unit_forbids_is_forbidden(debian, unit):
    """In the mount namespace of the daemon itself, even for root."""
    main = debian.property(unit, "MainPID")
    status = debian.run("grep", "-E", "^(Seccomp|NoNewPrivs|CapBnd):", f"/proc/{main}/status").split()
    assert status == ["CapBnd:", "0" * 16, "NoNewPrivs:", "1", "Seccomp:", "2"] or set(status) >= {"1", "2", "0" * 16}, status
    for place in ("/etc/traincape/x", "/usr/share/traincape/x", "/var/x"):
        done = debian.try_run("nsenter", "--target", main, "--mount", "touch", place)
        assert done.returncode == 1 and "Read-only file system" in done.stderr, done


def test_no_daemon_can_change_its_code_or_configuration_or_read_the_others_secret(debian):
    for user in ("crmd", "crm_prosody"):
        done = debian.try_run("find", "/usr", "/etc", "-xdev", "-writable", "!", "-type", "l", user=user)
        assert done.stdout == "", done  # it says on stderr which folders it may not even read
    assert debian.try_run("cat", "/etc/traincape/secrets/guest_pepper", user="crmd").returncode != 0
    assert debian.try_run("ls", "/var/lib/traincape", user="crmd").returncode != 0
    assert debian.try_run("cat", "/etc/traincape/secrets/component_secret", user="nobody").returncode != 0


async def test_the_first_admin_adds_somebody_who_answers_a_visitor(debian, server, page):
    said = debian.run(*page("crmctl first-admin asha --name 'Asha Rao'"))
    link = find_link(said)
    assert link.startswith(f"https://{HOST}:{server.port('HTTPS')}/account/"), link
    local = f"http://127.0.0.1:{server.port('HTTP')}/account/" + link.rpartition("/")[2]
    answer = await asyncio.get_running_loop().run_in_executor(None, set_password, local, PASSWORD)
    assert answer.status == 200, answer
    again = debian.try_run("crmctl", "first-admin", "mallory")
    assert again.returncode == 1 and "There is an Admin already: asha" in again.stderr, again
    asha = await log_in(server, "asha", "admin")
    assert "is added" in await asha.ask_bot("user add Ravi Kumar, ravi, sales, ravi@example.in")
    listed = debian.run("crmctl", "--as", "asha", "user.list")
    assert "ravi" in listed, listed
    local = local.rpartition("/")[0] + "/" + find_link(debian.run("crmctl", "--as", "asha", "user.password", "ravi")).rpartition("/")[2]
    await asyncio.get_running_loop().run_in_executor(None, set_password, local, PASSWORD)
    await send_file(asha, "leads.csv", b"Name,Email\nMeera Joshi,meera@example.in\n")
    await heard(asha, "leads.csv has 1 row")
    ravi = await log_in(server, "ravi", "sales")
    guest = await Visitor.arrive(server, secret="A" * 43)
    await guest.say_and_wait("Do you teach Excel?")
    question = await ravi.messages.expect(body="Do you teach Excel?")
    ravi.say(question.bare, "We do.")
    await guest.messages.expect(body="We do.")
    assert "/account/" in debian.run(*page("crmctl --as asha user.password asha"))
    log = debian.run("journalctl", "-u", "traincape-crmd", "-o", "cat")
    made = re.findall(r"command=user\.add .*request=([0-9a-f-]+)", log)[-1]
    asked = page("crmctl --as asha audit.list request=0f6e2c7a")
    assert "Ravi Kumar" in debian.run(*asked[:-1], asked[-1].replace("0f6e2c7a", made))
    for client in (asha, ravi):
        await client.logout()
    await guest.leave()


def test_a_backup_is_made_while_all_runs(debian, page):
    said = debian.run(*page("crmctl backup /var/backups/crm-$(date +%F).tar.gz"))
    assert f"Backed up {DOMAIN}" in said
    archive, = debian.path("/var/backups").glob("crm-*.tar.gz")
    assert archive.stat().st_mode & 0o777 == 0o600


def newer(package, folder):
    """The same package one version on, with one more migration and another default in a configuration file."""
    root = folder / "package"
    subprocess.run(["dpkg-deb", "-R", package, root], check=True)
    control = (root / "DEBIAN/control").read_text()
    (root / "DEBIAN/control").write_text(re.sub(r"^(Version: .*)$", r"\1.1", control, flags=re.M))
    number = add_migration(root / "usr/share/traincape/schema", "CREATE TABLE crm.upgrade_test (id int);\n")
    conf = root / "usr/share/traincape/configuration/crmd.conf"
    conf.write_text(conf.read_text().replace("queue=1024", "queue=2048"))
    subprocess.run(["dpkg-deb", "--root-owner-group", "--build", root, folder / "newer.deb"], check=True, capture_output=True)
    return folder / "newer.deb", number


def test_an_upgrade_migrates_the_schema_and_keeps_the_configuration(debian, package, tmp_path, page):
    before = debian.read("/etc/traincape/crmd.conf")
    people = debian.sql("SELECT id, username, role FROM crm.person ORDER BY id")
    file, number = newer(package, tmp_path)
    debian.bring(file)
    debian.run(*page("apt install ./traincape-crm_NEWER.deb"), timeout=300)
    assert debian.sql("SELECT max(version) FROM crm.schema_migration") == str(number)
    assert debian.sql("SELECT id, username, role FROM crm.person ORDER BY id") == people
    assert debian.read("/etc/traincape/crmd.conf") == before
    assert debian.state("traincape-prosody") == "active"
    done = debian.try_run("crmctl", "check")  # whose crmd is still the old one, and refuses
    assert done.returncode == 1 and "install the program that belongs to it" in done.stdout, done


def test_removing_keeps_and_purging_takes_the_configuration_and_neither_the_data(debian, page):
    debian.run(*page("apt remove traincape-crm"))
    assert [debian.state(unit) for unit in UNITS] == ["inactive", "inactive"]
    assert not debian.path("/usr/sbin/crmd").exists() and not debian.path("/usr/share/traincape").exists()
    assert debian.path("/etc/traincape/crmd.conf").exists() and debian.path("/etc/traincape/secrets/component_secret").exists()
    said = debian.run(*page("apt install ./traincape-crm_NEWER.deb"), timeout=300)  # once more: what was removed is not started again by itself
    assert "To start it: systemctl enable --now traincape-prosody traincape-crmd" in said, said
    debian.run(*page("apt purge traincape-crm"))
    left = debian.run("find", "/", "-xdev", "-path", "*traincape*", "-not", "-path", "/proc/*", "-not", "-path", "/var/lib/traincape/*",
                      "-not", "-path", "/root/*", "-not", "-path", "/sys/*").split()
    assert left == ["/var/lib/traincape"], left
    assert debian.sql("SELECT count(*) FROM crm.message") == "2"


async def test_from_nothing_but_the_backup_everything_is_there_again(debian, server, package, page):
    debian.run("dropdb", "crm", user="postgres")
    debian.run("rm", "-r", "/var/lib/traincape")
    debian.bring(package)
    debian.run("apt-get", "install", "--allow-downgrades", "/var/cache/package.deb", timeout=300)
    said = debian.run(*page("crmctl restore /var/backups/crm-2026-12-01.tar.gz"))
    assert "Restored crm.example.test" in said and "systemctl disable --now prosody" in said, said
    debian.run("systemctl", "enable", "--now", *UNITS)
    debian.await_ready(server.port("HTTP"))
    assert_nothing_is_missing(debian)
    ravi = await log_in(server, "ravi", "sales")
    guest = await Visitor.arrive(server, secret="A" * 43)
    bodies = [said.body for _, said in (await guest.history(before=""))[0]]
    assert bodies == ["Do you teach Excel?", "We do."], bodies
    await guest.say_and_wait("Thanks")
    await ravi.messages.expect(body="Thanks")
    await ravi.logout()
    await guest.leave()


def test_a_restore_overwrites_nothing(debian, page):
    done = debian.try_run(*page("crmctl restore /var/backups/crm-2026-12-01.tar.gz"))
    assert done.returncode == 1 and "there is a database crm already" in done.stderr, done
    assert debian.sql("SELECT count(*) FROM crm.message") == "3"


def test_nothing_is_left_once_what_people_wrote_is_removed_too(debian, page):
    debian.run(*page("apt purge traincape-crm"))
    debian.run(*page("su - postgres -c 'dropdb crm'"))
    roles = "su - postgres -c 'for role in crmd crm_prosody crm_system crm_admin crm_manager crm_lead crm_sales crm_customer crm_visitor crm_owner; do dropuser $role; done'"
    debian.run(*page(roles))
    debian.run(*page("rm -r /var/lib/traincape"))
    left = debian.run("find", "/", "-xdev", "-path", "*traincape*", "-not", "-path", "/proc/*", "-not", "-path", "/root/*", "-not", "-path", "/sys/*")
    left += debian.run("psql", "-X", "-q", "-t", "-A", "-d", "postgres", "-c", "SELECT rolname FROM pg_roles WHERE rolname ~ '^crm'", user="postgres")
    assert left == ""


def test_each_command_of_the_page_was_typed(page):
    assert page.unused == []
