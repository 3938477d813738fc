"""What stops the start, with one sentence each, and what Prosody's own checker says: prosody.cfg.lua."""

import subprocess

import pytest


def start(stack, **changes):
    environment = {key: value for key, value in {**stack.environment(), **changes}.items() if value is not None}
    return subprocess.run(stack.prosody_command(), env=environment, cwd=stack.dir, capture_output=True, text=True, timeout=20)


@pytest.mark.parametrize("name", ["CRM_DOMAIN", "CRM_HOST", "CRM_BIND", "CRM_C2S_PORT", "CRM_RUN_DIR", "CRM_SECRETS_DIR"])
def test_a_missing_variable_is_named(stack, name):
    result = start(stack, **{name: None})
    assert result.returncode != 0 and name in result.stdout + result.stderr


def test_a_port_that_is_no_number_is_named(stack):
    result = start(stack, CRM_HTTP_PORT="web")
    assert result.returncode != 0 and "CRM_HTTP_PORT is not a port number" in result.stdout + result.stderr


def test_a_secret_that_others_can_read_is_refused(stack):
    path = stack.dir / "secrets" / "guest_pepper"
    path.chmod(0o644)
    try:
        result = start(stack)
    finally:
        path.chmod(0o600)
    assert result.returncode != 0 and "0600" in result.stdout + result.stderr


def test_no_secret_stands_in_the_log(stack):
    log = stack.log_file.read_text()
    for name in ("component_secret", "guest_pepper", "prosody_db_password"):
        assert stack.secret(name) not in log
