"""The schema of another release than this one, a migration on or back, and how crmctl setup applies it."""

import shutil

from .stack import TOP

# What crmctl setup does once the program files of a release are there.
APPLY = '. "$1/component/operate/common.sh"; here=$1/component/operate; load_settings "$2"; program_files=$3; apply_schema'


def add_migration(schema, statements, name="upgrade_test"):
    """Writes the migration that comes next in a schema folder. Returns its number."""
    number = len(list((schema / "migrations").iterdir())) + 1
    (schema / f"migrations/{number:04}_{name}.sql").write_text(statements, encoding="utf-8")
    return number


def next_release(folder, statements):
    """Puts a schema that is one migration on into a folder. Returns that migration's number."""
    shutil.copytree(TOP / "schema", folder / "schema")
    return add_migration(folder / "schema", statements)


def release_before(folder):
    """Puts a schema without our last migration into a folder; rights and functions are made anew by every release anyway. Returns the last one's number."""
    shutil.copytree(TOP / "schema", folder / "schema")
    *_, last = sorted((folder / "schema/migrations").iterdir())
    last.unlink()
    for function in (folder / "schema/functions").iterdir():
        function.unlink()
    (folder / "schema/roles.sql").write_text("", encoding="utf-8")
    return int(last.name[:4])


def apply_command(stack, files):
    """Applies the schema under `files` to a stack's database."""
    return ["bash", "-euo", "pipefail", "-c", APPLY, "apply", str(TOP), f"{stack.env['CRM_RUN_DIR']}/stack.env", str(files)]
