"""make deb, as far as it can be tried in seconds; `make test-deb` boots a Debian with it. And the README's page for operators says what there is."""

import json
import os
import re
import subprocess
import sys

import pytest

from support.stack import TOP, build_folder

sys.path.insert(0, str(TOP / "tests/package"))
import page  # noqa: E402  pylint: disable=wrong-import-position

@pytest.fixture(scope="module")
def package():
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    build = build_folder().name.removeprefix("build").removeprefix("-")
    done = subprocess.run(["make", "deb", f"BUILD={build}"], cwd=TOP, check=True, capture_output=True, text=True, timeout=300, env=environment)
    return TOP / re.search(r"deb (build/\S+\.deb)", done.stdout).group(1)


def ask(*words):
    return subprocess.run(words, capture_output=True, text=True, check=True, timeout=60).stdout


def test_configuration_is_the_operators_to_change(package, tmp_path):
    """No conffiles: setup writes into them, and an upgrade would stop and ask whose to take."""
    subprocess.run(["dpkg-deb", "-R", package, tmp_path / "package"], check=True)
    assert not (tmp_path / "package/etc").exists() and not (tmp_path / "package/DEBIAN/conffiles").exists()
    for name in ("crmd.conf", "prosody.env"):
        assert (tmp_path / "package/usr/share/traincape/configuration" / name).is_file(), name
    for script in ("postinst", "prerm", "postrm"):
        assert os.access(tmp_path / "package/DEBIAN" / script, os.X_OK)


def test_it_depends_on_what_it_runs_with(package):
    depends = ask("dpkg-deb", "-f", package, "Depends")
    for name in ("libstrophe0", "libpq5", "libexpat1", "libinih1", "libssl3", "libsystemd0", "prosody", "prosody-modules", "lua-dbi-postgresql",
                 "lua-dbi-sqlite3", "lua-unbound", "postgresql", "sqlite3", "openssl"):
        assert re.search(rf"\b{name}\b", depends), name


def test_all_is_roots_and_nothing_is_outside_its_places(package):
    for line in ask("dpkg-deb", "-c", package).splitlines():
        mode, owner, *_, path = line.split()[:6]
        assert owner == "root/root" and mode[8] != "w" and "s" not in mode, line
        assert re.match(r"\./($|usr/$|usr/(sbin|lib|share)/)", path), path


def test_it_says_whose_it_is_and_under_which_licence_the_code_of_others_comes(package, tmp_path):
    subprocess.run(["dpkg-deb", "-x", package, tmp_path / "package"], check=True)
    said = (tmp_path / "package/usr/share/doc/traincape-crm/copyright").read_text(encoding="utf-8")
    assert "Copyright 2026 the TrainCape developers" in said and "all rights are reserved" in said
    for name in json.loads((TOP / "web/package.json").read_text(encoding="utf-8"))["dependencies"]:
        assert re.search(rf"^{re.escape(name)}\n(?:.*\n)+?.*Copyright \(c\)", said, re.M), name
    served = (tmp_path / "package/usr/share/traincape/web/licences.txt").read_text(encoding="utf-8")
    assert said.endswith(served)    # who fetches the widget gets them too


def test_lintian_finds_nothing_that_is_not_overridden_with_a_reason(package):
    done = subprocess.run(["lintian", "--allow-root", "--fail-on", "error,warning", "--tag-display-limit", "0", package], capture_output=True, text=True,
                          timeout=120)
    assert done.returncode == 0 and not re.search("^[EW]:", done.stdout, re.M), done.stdout + done.stderr
    for line in (TOP / "component/operate/debian/lintian-overrides").read_text(encoding="utf-8").split("traincape-crm: ")[:-1]:
        assert "# " in line or "maintainer-script-calls-systemctl" in line, "an override without a reason"


def test_no_maintainer_script_passes_over_a_failure():
    for script in ("postinst", "prerm", "postrm"):
        text = (TOP / "component/operate/debian" / script).read_text(encoding="utf-8")
        assert "set -e\n" in text and "|| true" not in text and "|| :" not in text, script


STORY = (TOP / "tests/package/test_the_package_on_a_fresh_debian.py").read_text(encoding="utf-8")


def test_the_readme_names_every_operation():
    help_text = subprocess.run([build_folder() / "crmctl", "--help"], capture_output=True, text=True, check=True, timeout=30).stdout
    operations = re.findall(r"^  ([a-z-]+) ", help_text.split("The operations:")[1].split("The commands:")[0], re.M)
    assert operations == ["setup", "check", "first-admin", "backup", "restore"]
    for name in operations:
        assert any(command.startswith(f"crmctl {name}") for command in page.commands()), name


@pytest.mark.parametrize("command", page.commands())
def test_each_command_of_the_readme_is_typed_on_a_server(command):
    """make test-deb types it; here only that it would."""
    name, _, rest = command.partition(" -p ")
    typed = f'page("{command}")' in STORY or f'"{command}"' in STORY or (rest in ("warning", "err") and f'page(f"{name} -p ' in STORY)
    assert typed, f"README says {command!r}, and no step of tests/package types it"


def test_each_setting_that_the_readme_names_is_there():
    settings = (TOP / "component/operate/prosody.env.in").read_text(encoding="utf-8")
    for name in re.findall(r"CRM_[A-Z_]+", page.section()):
        assert f"{name}=" in settings, name


def dependencies():
    """Whatever is installed: of Debian, by its name without lib-, python3-, -dev and the like, and of npm."""
    for file in ("packages-run", "packages-test"):
        for line in (TOP / "component/stack" / file).read_text(encoding="utf-8").splitlines():
            if line and not line.startswith("#"):
                yield re.sub(r"^(lib|python3-|postgresql-15-)(?!c6|tap|clang)|(4-openssl|\d*|-\d+)-dev$|-15$", "", line.split()[0])
    for place in ("web", "tests/bench/peer"):
        wanted = json.loads((TOP / place / "package.json").read_text(encoding="utf-8"))
        for kind in ("dependencies", "devDependencies", "optionalDependencies"):
            yield from (name.rpartition("/")[2] for name in wanted.get(kind, {}))


def test_the_readme_gives_a_reason_for_each_dependency():
    said = (TOP / "README.md").read_text(encoding="utf-8").split("\n## Dependencies\n")[1].split("\n## ")[0].lower().replace("-", "")
    assert len(list(dependencies())) > 60
    assert [name for name in dependencies() if name.lower().replace("-", "") not in said] == []
