"""What the operator's tests share: crmd as an operator calls it, as the user whom the stack belongs to."""

import asyncio
import dataclasses
import os
import pathlib
import pwd
import re
import subprocess

import pytest

from support.stack import Stack


@dataclasses.dataclass
class Said:
    code: int
    out: str
    err: str

    def line(self, subject):
        """The one line of --check about a subject, as (state, words)."""
        found = re.findall(rf"^(ok|warn|FAIL) +{re.escape(subject)} +(.*)$", self.out, re.M)
        assert len(found) == 1, self
        return found[0]


def run_crmd(stack, *arguments, config=None, env=None):
    """Runs this stack's crmd to its end."""
    user = {}
    if os.getuid() == 0:
        owner = pwd.getpwnam(stack.env["CRM_USER"])
        user = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
    program = pathlib.Path(stack.env["CRM_RUN_DIR"], "share/crmd")
    done = subprocess.run([program, "--config", config or stack.env["CRM_CRMD_CONF"], *arguments], capture_output=True, text=True,
                          timeout=60, cwd="/", env={**os.environ, **(env or {})}, **user)
    return Said(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def crmd():
    """await crmd(stack, "--check") runs it to its end."""
    async def run(*arguments, **options):
        return await asyncio.get_running_loop().run_in_executor(None, lambda: run_crmd(*arguments, **options))
    return run


@pytest.fixture(scope="module")
def bare():
    """A stack of this module's own with PostgreSQL and Prosody and nobody in it; no crmd unless a test starts one."""
    made = Stack()
    made.start("postgres", "prosody")
    yield made
    made.close()
