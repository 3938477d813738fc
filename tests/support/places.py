"""Copies of the clone, and a look at what still runs in a folder."""

import os
import pathlib
import shutil

from .stack import TOP, build_folder


def copy_clone(to):
    """A clone's files as far as the stack needs them, the component built."""
    for part in ("component/stack", "schema", "prosody"):
        shutil.copytree(TOP / part, to / part)
    (to / "build").mkdir()
    shutil.copy(build_folder() / "crmd", to / "build/crmd")
    return to / "component/stack/stack"


def processes_of(folder):
    """Every live process that was started from this folder or works in it, as {pid: command line}."""
    found = {}
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            place = os.readlink(entry / "cwd")
        except OSError:
            continue
        if command and (str(folder) in command or place.startswith(str(folder))):
            found[int(entry.name)] = command
    return found
