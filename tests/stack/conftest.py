"""What the tests of component/stack share: folders, copies of the clone, and a look at what is left running."""

import os
import pathlib
import shutil

import pytest

from support.stack import TOP, StackError, build_folder, make_folder, remove_folder, run_program


@pytest.fixture
def folder():
    """A folder that everybody can traverse, gone after the test."""
    made = make_folder()
    yield made
    remove_folder(made)


@pytest.fixture
def prepare():
    """prepare(program, dir, *options) prepares and returns stack.env; state under /var/tmp goes after the test."""
    real_folders = []

    def run(folder, *options, program=None):
        run_program("prepare", folder, "--free-ports", *options, program=program)
        env = dict(line.split("=", 1) for line in (folder / "stack.env").read_text(encoding="utf-8").splitlines())
        real_folders.append(pathlib.Path(env["CRM_RUN_DIR"]))
        return env
    yield run
    for real in real_folders:
        shutil.rmtree(real, ignore_errors=True)


@pytest.fixture
def refusal():
    """refusal(command, …) runs the stack, which must fail, and returns the one sentence that it said."""
    def run(*arguments, program=None):
        with pytest.raises(StackError) as failure:
            run_program(*arguments, program=program)
        lines = str(failure.value).splitlines()
        assert len(lines) == 1 and lines[0].startswith("traincape: "), lines
        return lines[0]
    return run


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
