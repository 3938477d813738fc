"""make install: everything has its place, the units are hardened, and neither daemon can change its code or its configuration."""

import configparser
import json
import os
import pathlib
import re
import shutil
import subprocess

import pytest

from support.stack import TOP, build_folder, make_folder, remove_folder

LIMIT = 2.0
UNITS = ("traincape-crmd", "traincape-prosody")


@pytest.fixture(scope="module")
def root():
    folder = make_folder()
    build = build_folder().name.removeprefix("build").removeprefix("-")
    subprocess.run(["make", "install", f"DESTDIR={folder}", "PREFIX=/usr", f"BUILD={build}"], cwd=TOP, check=True, capture_output=True, timeout=300,
                   env={name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))})
    yield folder
    remove_folder(folder)


def unit(root, name):
    parser = configparser.RawConfigParser(strict=False)
    parser.optionxform = str
    parser.read(root / f"usr/lib/systemd/system/{name}.service")
    return parser["Service"]


def test_nothing_is_left_to_fill_in_and_all_is_there(root):
    for place in (root / "usr/lib", root / "etc"):
        for path in place.rglob("*"):
            if path.is_file():
                assert not re.search(r"@[A-Z]+@", path.read_text()), path
    there = {str(path.relative_to(root / "usr/share/traincape")) for path in (root / "usr/share/traincape").rglob("*") if path.is_file()}
    for room, pattern in (("schema", "migrations/*.sql"), ("schema", "functions/*.sql"), ("prosody", "*.lua"), ("web/dist", "**/*")):
        for path in (TOP / room).glob(pattern):
            if path.is_file():
                assert str(path.relative_to(TOP)).replace("web/dist", "web") in there, path
    assert os.access(root / "usr/share/traincape/schema/apply", os.X_OK)


def test_nothing_can_be_written_by_others_and_all_can_be_read(root):
    for path in root.rglob("*"):
        if not path.is_symlink():
            mode = path.stat().st_mode
            assert mode & 0o022 == 0 and mode & 0o044 == 0o044, (path, oct(mode))


@pytest.mark.parametrize("name", UNITS)
def test_units_are_hardened(root, name):
    assert shutil.which("systemd-analyze"), "systemd-analyze is missing: component/stack/install test"
    path = root / f"usr/lib/systemd/system/{name}.service"
    done = subprocess.run(["systemd-analyze", "security", "--offline=yes", path], capture_output=True, text=True, timeout=60, check=True)
    exposure = float(re.search(r"Overall exposure level for \S+: ([\d.]+)", done.stdout).group(1))
    assert exposure <= LIMIT, done.stdout


@pytest.mark.parametrize("name", UNITS)
def test_a_daemon_changes_neither_its_code_nor_its_configuration(root, name):
    service = unit(root, name)
    assert service["ProtectSystem"] == "strict" and "ReadWritePaths" not in service
    assert service["User"] in ("crmd", "crm_prosody") and service["NoNewPrivileges"] == "yes"
    assert (service.get("StateDirectory") or "") == ("traincape" if name == "traincape-prosody" else "")


def test_the_configuration_is_the_programs_own_with_what_is_known_of_a_server(root):
    template = (root / "etc/traincape/crmd.conf").read_text()
    printed = subprocess.run([build_folder() / "crmd", "--print-config"], capture_output=True, text=True, check=True, timeout=30).stdout
    changed = [line for line in template.splitlines() if line not in printed.splitlines()]
    assert changed == ["user=crmd", "component_secret_file=/etc/traincape/secrets/component_secret",
                       "conninfo=host=/var/run/postgresql dbname=crm user=crmd", ";base_url=http://127.0.0.1:5280"]


@pytest.mark.parametrize("given, address", [
    ({"host": "chat.example.org"}, "https://chat.example.org:5281"),
    ({"host": ""}, "https://example.org:5281"),
    ({"host": "localhost"}, "http://localhost:5280"),  # to try it out: no certificate that a client would refuse
    ({"host": "127.0.0.1"}, "http://127.0.0.1:5280"),
    ({"host": "2001:db8::5"}, "https://[2001:db8::5]:5281"),
    ({"host": "chat.example.org", "CRM_WEB_URL": "https://chat.example.org"}, "https://chat.example.org"),  # a proxy's
    ({"host": "new.example.org", "kept": "old.example.org"}, "https://new.example.org:5281"),
    ({"host": "new.example.org", "kept": "old.example.org", "CRM_WEB_URL": "https://proxy.example.org"}, "https://proxy.example.org"),
])
def test_prosody_and_crmd_are_told_one_address(root, tmp_path, given, address):
    """Of what crmctl setup does, the part that settles the names: crmd takes no link of a file that begins otherwise than base_url."""
    program = root / "usr/lib/traincape/operate/setup"
    settings, conf, part = tmp_path / "prosody.env", tmp_path / "crmd.conf", program.with_name("part")
    shutil.copy(root / "etc/traincape/crmd.conf", conf)
    text = re.sub("^CRM_CRMD_CONF=.*$", f"CRM_CRMD_CONF={conf}", (root / "etc/traincape/prosody.env").read_text(), flags=re.M)
    for name, value in {"CRM_WEB_URL": given.get("CRM_WEB_URL"), **({"CRM_DOMAIN": "example.org", "CRM_HOST": given["kept"]} if "kept" in given else {})}.items():
        text = re.sub(f"^{name}=.*$", f"{name}={value}", text, flags=re.M) if value else text
    settings.write_text(text)
    before, end, _ = program.read_text().partition("\nrequire_database_server")
    assert end
    part.write_text(before.replace("[ \"$(id -u)\" = 0 ]", "true") + "\nsettle_names\n")
    try:
        subprocess.run(["bash", part, "example.org", "--settings", settings, *(["--host", given["host"]] if given["host"] else [])], check=True, timeout=60)
    finally:
        part.unlink()
    assert [line for line in settings.read_text().splitlines() if line.startswith("CRM_WEB_URL")] == [f"CRM_WEB_URL={address}"]
    assert [line for line in conf.read_text().splitlines() if line.startswith("base_url")] == [f"base_url={address}"]


def shown(root, page):
    """A man page as people read it; what man has to complain of comes with it."""
    path = next((root / "usr/share/man").rglob(f"{page}.gz"))
    done = subprocess.run(["man", "--warnings", "--no-hyphenation", "--no-justification", "-P", "cat", "-l", path], capture_output=True, text=True, check=True, timeout=60,
                          env={"PATH": os.environ["PATH"], "MANWIDTH": "200", "LC_ALL": "C.UTF-8", "GROFF_NO_SGR": "1"})
    assert done.stderr == "", done.stderr
    return re.sub(".\b", "", done.stdout)


def entries(text):
    """The words that stand alone at the beginning of an entry."""
    return {line.strip().split()[0] for line in text.splitlines() if re.match(r" {7}\S", line)}


def test_the_man_pages_have_every_option_and_command(root):
    printed = subprocess.run([build_folder() / "crmd", "--print-config"], capture_output=True, text=True, check=True, timeout=30).stdout
    options = re.findall(r"^;?(\w+)=", printed, re.M)
    page = shown(root, "crmd.conf.5")
    assert len(options) > 10 and {f"{name}=" for name in options} <= {entry.partition("=")[0] + "=" for entry in entries(page)}
    table = json.loads(subprocess.run([build_folder() / "crmd", "--print-commands=json"], capture_output=True, text=True, check=True, timeout=30).stdout)
    page = shown(root, "crmctl.8")
    assert {row["name"] for row in table} | {"setup", "check", "first-admin", "backup", "restore", "--as", "--json", "--yes"} <= entries(page)
    for row in table:
        assert row["summary"] in " ".join(page.split()), row["name"]
    assert "--first-admin USERNAME" in shown(root, "crmd.8")


def test_what_an_operator_has_written_stays(root):
    settings = root / "etc/traincape/prosody.env"
    settings.write_text("CRM_DOMAIN=kept.example\n")
    subprocess.run(["make", "install-configuration", f"DESTDIR={root}", "PREFIX=/usr"], cwd=TOP, check=True, capture_output=True, timeout=300,
                   env={name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))})
    assert settings.read_text() == "CRM_DOMAIN=kept.example\n"


def test_each_setting_of_prosody_is_one_that_its_configuration_reads():
    offered = set(re.findall(r"^#?(CRM_\w+)=", (TOP / "component/operate/prosody.env.in").read_text(), re.M))
    read = set(re.findall(r'"(CRM_\w+)"', (TOP / "prosody/prosody.cfg.lua").read_text()))
    assert offered - read == {"CRM_CRMD_CONF"}  # which crmctl reads
    assert read - offered == {"CRM_LOG_DIR"}  # not with journald
