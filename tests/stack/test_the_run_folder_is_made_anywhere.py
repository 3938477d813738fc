"""`stack prepare`: from any clone, without a process of ours as root, and with one clear sentence when it cannot be."""

import contextlib
import os
import pathlib
import shutil
import socket
import stat
import subprocess

import pytest

from support.disk import AS_ROOT, small_disk
from support.places import copy_clone
from support.stack import NAMES, PROGRAM, TOP


def test_preparing_again_keeps_ports_and_secrets(folder, prepare):
    first = prepare(folder / "run")
    secrets = {path.name: path.read_text() for path in pathlib.Path(first["CRM_SECRETS_DIR"]).iterdir()}
    assert prepare(folder / "run") == first
    assert {path.name: path.read_text() for path in pathlib.Path(first["CRM_SECRETS_DIR"]).iterdir()} == secrets


def test_only_the_owner_can_read_secrets_keys_and_data(folder, prepare):
    env = prepare(folder / "run")
    private = [*pathlib.Path(env["CRM_SECRETS_DIR"]).iterdir(), pathlib.Path(env["CRM_CERT_DIR"], env["CRM_DOMAIN"] + ".key")]
    assert private
    for path in [*private, pathlib.Path(env["CRM_RUN_DIR"])]:
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_the_certificate_names_every_address(folder, prepare):
    env = prepare(folder / "run", "--host", "192.168.77.5", "--bind", "0.0.0.0")
    text = subprocess.run(["openssl", "x509", "-noout", "-ext", "subjectAltName", "-in",
                           f"{env['CRM_CERT_DIR']}/{env['CRM_DOMAIN']}.crt"], capture_output=True, text=True, check=True).stdout
    for name in ("", "my.", "guest.", "rooms.", "files."):
        assert f"DNS:{name}{env['CRM_DOMAIN']}" in text
    assert "IP Address:192.168.77.5" in text


def test_ctl_says_what_it_takes_with_and_without_a_folder(stack):
    for arguments in (["--help"], [str(stack.run), "--help"]):
        answer = subprocess.run([str(PROGRAM), "ctl", *arguments], capture_output=True, text=True, check=False)
        assert answer.returncode == 0 and answer.stdout.startswith("crmctl, the commands of TrainCape CRM"), answer


def test_no_process_runs_as_root(stack):
    for name, child in stack.children.items():
        assert os.stat(f"/proc/{child.pid}").st_uid != 0, name


@pytest.mark.parametrize("name", NAMES)
def test_a_killed_process_starts_again_at_once(stack, name):
    for _ in range(3):
        stack.kill(name)
        stack.start(name)
    assert stack.sql("SELECT 1") == [(1,)]


def test_a_clone_that_only_its_owner_can_enter_works(folder, prepare):
    clone = folder / "clone"
    clone.mkdir()
    program = copy_clone(clone)
    clone.chmod(0o700)
    env = prepare(clone / "run", program=program)
    if os.getuid() == 0:
        assert env["CRM_RUN_DIR"].startswith("/var/tmp/traincape-")
    assert pathlib.Path(env["CRM_RUN_DIR"], "share/crmd").exists()
    assert prepare(clone / "run", program=program)["CRM_RUN_DIR"] == env["CRM_RUN_DIR"]


def test_a_clone_whose_folder_has_a_name_that_programs_take_apart_works(folder, prepare):
    clone = folder / "se;mi \"quoted\" $HOME `id` *? back\\slash"
    clone.mkdir()
    program = copy_clone(clone)
    env = prepare(clone / "run", program=program)
    assert env["CRM_RUN_DIR"].startswith("/var/tmp/traincape-")
    assert pathlib.Path(env["CRM_RUN_DIR"], "share/prosody/prosody.cfg.lua").is_file()


@pytest.mark.parametrize("name", ["back\\slash", "what?", "c#", "[a]", "{a}"])
def test_where_the_web_tools_cannot_work_they_say_so(folder, name):
    web = folder / name / "web"
    web.mkdir(parents=True)
    shutil.copy(TOP / "web/build", web)
    answer = subprocess.run([str(web / "build")], capture_output=True, text=True, check=False)
    assert answer.returncode == 1 and answer.stderr.startswith("traincape: the web tools cannot work in"), answer
    assert len(answer.stderr.splitlines()) == 1


def test_a_path_of_150_characters_works(folder, prepare):
    run = folder / ("deep" * 12) / ("down" * 12) / ("x" * 40) / "run"
    assert len(str(run)) > 150
    env = prepare(run)
    assert len(env["CRM_PG_SOCKET_DIR"]) < 80


def test_a_folder_of_somebody_else_is_refused(folder, refusal):
    (folder / "run").mkdir()
    (folder / "run/stack.env").touch()
    subprocess.run([*AS_ROOT, "chown", "1:1", folder / "run"], check=True)
    try:
        assert "belongs to daemon" in refusal("prepare", folder / "run", "--free-ports")
    finally:
        subprocess.run([*AS_ROOT, "chown", str(os.getuid()), folder / "run"], check=True)


def test_a_link_planted_in_its_place_is_refused(folder, refusal):
    (folder / "run").symlink_to("/etc")
    assert "not a folder" in refusal("prepare", folder / "run", "--free-ports")


def test_a_full_disk_is_one_clear_sentence(folder, refusal):
    with small_disk(folder / "disk", "20m") as disk:
        assert "MB left and 200 are needed: free some space" in refusal("prepare", disk / "run", "--free-ports")


def test_a_disk_without_a_byte_left_is_one_clear_sentence(folder, refusal):
    with small_disk(folder / "disk", "1m") as disk:
        with contextlib.suppress(OSError), open(disk / "filler", "wb") as filler:
            filler.write(b"x" * (2 << 20))
        assert "disk" in refusal("prepare", disk / "run", "--free-ports")


@pytest.mark.parametrize("option, value, word", [
    ("--c2s-port", "80", "C2S_PORT=80"), ("--http-port", "many", "HTTP_PORT=many"), ("--domain", "Bad Domain", "DOMAIN=Bad Domain"),
    ("--bind", "everywhere", "BIND=everywhere"), ("--bind", "203.0.113.9", "BIND=203.0.113.9"), ("--host", "a b", "HOST=a b"), ("--bogus", "1", "--bogus")])
def test_a_wrong_option_is_named(folder, refusal, option, value, word):
    assert word in refusal("prepare", folder / "run", option, value)


def test_one_port_for_two_things_is_refused(folder, refusal):
    assert "HTTP_PORT=25300" in refusal("prepare", folder / "run", "--c2s-port", "25300", "--http-port", "25300")


def test_another_domain_for_the_same_data_is_refused(folder, prepare, refusal):
    prepare(folder / "run")
    assert "traincape.localhost" in refusal("prepare", folder / "run", "--domain", "other.example")


def test_a_busy_port_is_named_with_what_to_do(folder, prepare, refusal):
    env = prepare(folder / "run")
    with socket.create_server(("127.0.0.1", int(env["CRM_HTTP_PORT"]))):
        sentence = refusal("run", folder / "run")
    assert f"port {env['CRM_HTTP_PORT']} (for the website) is in use" in sentence and "make run HTTP_PORT=" in sentence


def test_a_busy_port_that_was_asked_for_is_not_kept(folder, prepare, refusal):
    env = prepare(folder / "run")
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = str(busy.getsockname()[1])
        assert f"port {port} (for the website) is in use" in refusal("run", folder / "run", "--http-port", port)
    assert prepare(folder / "run") == env
