"""crm_accounts: the connection to PostgreSQL, with a LuaDBI that fails when it is told to (accounts_connection.lua)."""

import socket
import subprocess
from pathlib import Path

import pytest

from private_stack import PROSODY_SOURCE

SCRIPT = Path(__file__).with_name("accounts_connection.lua")


@pytest.fixture
def listener(tmp_path):
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / ".s.PGSQL.5432"))
        listening.listen()
        yield listening


def play(scenario, folder):
    """The lines that the scenario prints, each as (answer, connects, statements executed)."""
    done = subprocess.run(["lua5.4", SCRIPT, PROSODY_SOURCE, folder, "5432", scenario], capture_output=True, text=True, check=True)
    lines = (dict(word.split("=") for word in line.split()) for line in done.stdout.splitlines())
    return [(line["answer"], int(line["connects"]), int(line["executed"])) for line in lines]


def test_while_nobody_listens_luadbi_which_loses_memory_each_time_is_not_asked(tmp_path):
    assert play("away", tmp_path) == [("none", 0, 0)] * 3


def test_a_database_that_refuses_is_asked_once_for_each_query(tmp_path, listener):
    assert play("away", tmp_path) == [("none", 1, 0)] * 3


def test_a_clock_that_is_set_back_does_not_keep_the_database_away(tmp_path, listener):
    assert [line[0] for line in play("clock_set_back", tmp_path)] == ["none", "salt"]


def test_what_took_too_long_is_not_tried_again_at_once(tmp_path, listener):
    first, slow, paused, again = play("takes_too_long", tmp_path)
    assert first[0] == again[0] == "salt"
    assert slow == ("none", 0, 1)
    assert paused == ("none", 0, 0)


def test_a_connection_that_was_lost_meanwhile_is_replaced_within_the_query(tmp_path, listener):
    assert [line[0] for line in play("killed_meanwhile", tmp_path)] == ["salt", "salt"]
