"""The stack of the fault tests: rate limits that are no obstacle, and everything running again before each test."""

import logging
import os

import pytest

from faults import Supervisor

# Clients that are killed leave tasks behind, which asyncio reports.
logging.getLogger("asyncio").setLevel(logging.CRITICAL)

# Read by prosody.cfg.lua: the guard's limits have tests of their own; here visitors write as fast as they can.
os.environ.setdefault("CRM_GUEST_MESSAGE_RATE", "200")
os.environ.setdefault("CRM_ADDRESS_MESSAGE_RATE", "2000")


@pytest.fixture(autouse=True)
def all_running(stack):
    """Whatever the test before has left: nothing frozen, all three up."""
    yield
    Supervisor(stack).restore()
