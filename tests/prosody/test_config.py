"""What stops the start, with one sentence each, and what Prosody's own checker says: prosody.cfg.lua."""

import re
import subprocess
import urllib.error
import urllib.request

import pytest

from private_stack import PROSODY_SOURCE


def start(stack, **changes):
    environment = {key: value for key, value in {**stack.environment(), **changes}.items() if value is not None}
    return subprocess.run(stack.prosody_command(), env=environment, cwd=stack.dir, capture_output=True, text=True, timeout=20)


@pytest.mark.parametrize("name", ["CRM_DOMAIN", "CRM_HOST", "CRM_BIND", "CRM_C2S_PORT", "CRM_RUN_DIR", "CRM_SECRETS_DIR"])
def test_a_missing_variable_is_named(stack, name):
    result = start(stack, **{name: None})
    assert result.returncode != 0 and name in result.stdout + result.stderr


def numbers_read():
    """[(key, function that reads it)] of prosody.cfg.lua."""
    return re.findall(r'\b(required_port|optional_number|optional_rate)\("(CRM_\w+)"', (PROSODY_SOURCE / "prosody.cfg.lua").read_text())


RANGES = {"required_port": "a port: a whole number from 1 to 65535", "optional_number": "a whole number from 1 to 1000000000",
          "optional_rate": "a number from 0.1 to 1000000000"}


@pytest.mark.parametrize("reader, name", numbers_read())
def test_a_number_that_cannot_be_is_refused_with_the_key_the_value_and_what_is_allowed(stack, reader, name):
    for value in ("0", "-1", "many") if reader != "required_port" else ("0", "65536", "web"):
        result = start(stack, **{name: value})
        said = result.stdout + result.stderr
        assert result.returncode != 0 and f'{name} is "{value}", but must be {RANGES[reader]}\n' in said
        assert "bad argument" not in said and "raceback" not in said


@pytest.mark.parametrize("value", ["0.5", "1e3", "0x10", "inf", "nan", "1 000", "1,000", "256kb", "99999999999999999999", "%d"])
def test_what_is_no_whole_number_is_refused(stack, value):
    result = start(stack, CRM_CONNECTION_RATE=value)
    assert result.returncode != 0 and f'CRM_CONNECTION_RATE is "{value}", but must be {RANGES["optional_number"]}' in result.stdout + result.stderr


def test_a_rate_may_be_half_of_one(stack):
    result = start(stack, CRM_GUEST_MESSAGE_RATE="0.5", CRM_ADDRESS_MESSAGE_RATE="x")    # read one after the other
    assert "CRM_ADDRESS_MESSAGE_RATE" in result.stdout + result.stderr and "CRM_GUEST_MESSAGE_RATE" not in result.stdout + result.stderr


@pytest.mark.parametrize("value", ["nginx", "10.0.0.0/33", "10.0.0.0/", "2001:db8::/129", "127.0.0.1,::1", "10.0.0.0/x"])
@pytest.mark.parametrize("name", ["CRM_TRUSTED_PROXIES", "CRM_OPERATE_ADDRESSES"])
def test_a_proxy_that_is_no_address_is_named(stack, value, name):
    result = start(stack, **{name: f"::1 10.0.0.0/8 {value}"})
    assert result.returncode != 0 and f'{name} has "{value}", but must be addresses' in result.stdout + result.stderr


def test_a_secret_that_others_can_read_is_refused(stack):
    path = stack.dir / "secrets" / "guest_pepper"
    path.chmod(0o644)
    try:
        result = start(stack)
    finally:
        path.chmod(0o600)
    assert result.returncode != 0 and "0600" in result.stdout + result.stderr


def health(stack):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{stack.http_port}/operate/health", timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode()


def test_a_module_that_cannot_be_loaded_is_said_once_more_and_by_health(stack):
    """As when a newer Prosody has not what one of ours reaches into."""
    assert health(stack) == (200, "ok\n")
    module = stack.dir / "prosody-source" / "mod_crm_guard.lua"
    good = module.read_text()
    stack.kill_prosody()
    module.write_text("error('no such upvalue')\n")
    try:
        stack.start_prosody()
        missing = "crm_guard on guest.crm.test, crm_guard on my.crm.test"
        assert health(stack) == (503, f"Prosody runs without modules: {missing}\n")
        assert f"Modules could not be loaded, and what they guard is open: {missing}" in stack.log_file.read_text()
    finally:
        stack.kill_prosody()
        module.write_text(good)
        stack.start_prosody()


def test_no_secret_stands_in_the_log(stack):
    log = stack.log_file.read_text()
    for name in ("component_secret", "guest_pepper", "prosody_db_password"):
        assert stack.secret(name) not in log
