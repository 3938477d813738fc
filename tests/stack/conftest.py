"""What the tests of component/stack share: folders that go away, and stacks that must say why they refuse."""

import pathlib
import shutil

import pytest

from support.stack import StackError, make_folder, remove_folder, run_program


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
