"""The program's own table of commands (crmd --print-commands=json), so that tests cover a new row without a new line."""

import functools
import json
import re
import subprocess

from .stack import build_folder

MORE = r" and (\d+) more$"
ROLES = ("admin", "manager", "lead", "sales")


@functools.lru_cache(maxsize=None)
def commands():
    """{name: row}, each row as component/command/print.h says."""
    done = subprocess.run([str(build_folder() / "crmd"), "--print-commands=json"], capture_output=True, text=True, check=True)
    return {row["name"]: row for row in json.loads(done.stdout)}


def open_to(role):
    """The names of the commands that a role may use."""
    return {name for name, row in commands().items() if role in row["roles"]}


def at_a_lead():
    """The names of the commands that a lead's own address has. lead.restore and lead.erase are none: they are also of what is
    deleted, which has no address."""
    return {name for name, row in commands().items() if row["target"] == "lead"} - {"lead.restore", "lead.erase"}


def named_in(overview):
    """The names of the commands that an overview of help's names: "lead: add, edit" is lead.add and lead.edit, and behind "also:" are those
    without a group, and those that are alone in theirs ("audit list"). "and 9 more" is left out: cut_in() has those. So are small groups, of
    which there is only the name, behind "further": small_in()."""
    lines = [line.partition(": ") for line in overview.splitlines() if ": " in line and not line.startswith("further: ")]
    return {name.replace(" ", ".") if group == "also" else f"{group}.{name}" for group, _, names in lines if group.islower()
            for name in re.sub(MORE, "", names).split(", ")}


def cut_in(overview):
    """The kinds of records of which an overview of help's has not all commands, with how many more there are."""
    return {line.partition(": ")[0]: int(re.search(MORE, line)[1]) for line in overview.splitlines() if re.search(MORE, line)}


def small_in(overview):
    """The kinds of records of which an overview of help's has nothing but the name."""
    return {kind for line in overview.splitlines() if line.startswith("further: ") for kind in line.partition(": ")[2].split(", ")}


def named_in_kind(overview):
    """The names of the commands that the help of one kind of record lists: "lead add: Add a lead." is lead.add."""
    return {line.partition(": ")[0].replace(" ", ".") for line in overview.splitlines()} & set(commands())
