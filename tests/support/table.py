"""The program's own table of commands (crmd --print-commands=json), so that tests cover a new row without a new line."""

import functools
import json
import subprocess

from .stack import build_folder

ROLES = ("admin", "manager", "lead", "sales")


@functools.lru_cache(maxsize=None)
def commands():
    """{name: row}, each row as component/command/print.h says."""
    done = subprocess.run([str(build_folder() / "crmd"), "--print-commands=json"], capture_output=True, text=True, check=True)
    return {row["name"]: row for row in json.loads(done.stdout)}


def open_to(role):
    """The names of the commands that a role may use."""
    return {name for name, row in commands().items() if role in row["roles"]}
