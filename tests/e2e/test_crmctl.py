"""crmctl, beside the running crmd: same table, same roles, same refusals; text or JSON; and an exit status for scripts."""

import asyncio
import dataclasses
import json
import pathlib
import subprocess
import tempfile

import pytest

from support.away import database_away
from support.records import add_lead, put_person
from support.stack import PROGRAM
from support.table import ROLES, commands

DONE, REFUSED, USAGE, AWAY = 0, 1, 2, 3


@dataclasses.dataclass
class Answer:
    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)


@pytest.fixture
def ctl(stack):
    """await ctl("--as", "asha", "me") runs it as `stack ctl` does in the end: the shell before it would be most of what hundreds of calls cost."""
    program = [*stack.as_user, str(stack.run / "share/crmctl"), "--config", stack.env["CRM_CRMD_CONF"]]

    async def run(*arguments):
        process = await asyncio.create_subprocess_exec(*program, *map(str, arguments), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                                       stderr=subprocess.PIPE)
        out, err = await asyncio.wait_for(process.communicate(), 30)
        return Answer(process.returncode, out.decode(), err.decode())
    return run


async def test_it_acts_as_the_person_that_is_named(ctl, account):
    asha = account("asha", full_name="Asha Rao")
    answer = await ctl("--as", asha.username, "me")
    assert answer.code == DONE and "You are Asha Rao" in answer.out and answer.err == ""
    said = (await ctl("--as", asha.username, "--json", "me")).json
    assert said["outcome"] == "done" and said["command"] == "me" and said["fields"]["role"] == "Sales Person"


async def test_a_full_disk_is_said(ctl, account, stack):
    """In PostgreSQL's own words, for one lead."""
    stack.sql("CREATE FUNCTION public.full() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE 'could not extend file' USING ERRCODE = '53100'; END$$")
    stack.sql("CREATE TRIGGER full_disk BEFORE INSERT ON crm.lead FOR EACH ROW WHEN (NEW.name = 'One too many') EXECUTE FUNCTION public.full()")
    manager = account("manoj", "manager").username
    try:
        answer = await ctl("--as", manager, "lead.add", "name=One too many", "email=full@example.in")
    finally:
        stack.sql("DROP FUNCTION public.full() CASCADE")
    assert answer.code == AWAY and "The disk of the database is full. Nothing was changed" in answer.err, answer
    assert (await ctl("--as", manager, "lead.add", "name=One too many", "email=full@example.in")).code == DONE


async def test_values_are_taken_as_they_are_written(ctl, account, stack):
    manager = account("manoj", "manager")
    answer = await ctl("--as", manager.username, "--json", "lead.add", "name=O'Neil, \"Big\" & Sons", "email=o@example.in", "budget=1.5 lakh")
    assert answer.code == DONE, answer
    row = stack.sql("SELECT name, email, budget_minor, creator FROM crm.lead ORDER BY id DESC LIMIT 1")[0]
    assert row == ("O'Neil, \"Big\" & Sons", "o@example.in", 15000000, manager.id)
    audit = stack.sql("SELECT who, surface, command, outcome FROM crm.audit WHERE person_id = %s", manager.id)
    assert audit == [(manager.address, "ctl", "lead.add", "done")]


@pytest.mark.parametrize("words, said", [
    (["user.add", "username=ravi"], "user.add takes no “username”."),
    (["lead", "add", "name=Ravi", "emial=ravi@example.in"], "lead.add takes no “emial”. Did you mean “email”? It takes: name, "),
    (["me", "name=Ravi"], "me takes no NAME=VALUE."),
])
async def test_a_name_that_the_command_does_not_take_is_said_with_those_that_it_does(ctl, account, words, said):
    answer = await ctl("--as", account("anjali", "admin").username, *words)
    assert (answer.code, answer.out) == (USAGE, "") and answer.err.startswith(said), answer
    assert "takes no NAME" in said or "It takes: " in answer.err, answer


async def test_a_line_as_to_the_bot_does_too(ctl, account, stack):
    manager = account("manoj", "manager")
    answer = await ctl("--as", manager.username, "lead add Meera Joshi, meera@example.in, from linkedin")
    assert answer.code == DONE and "Meera Joshi, is added" in answer.out
    number = stack.sql("SELECT max(id) FROM crm.lead")[0][0]
    shown = (await ctl("--as", manager.username, "--json", "lead", number)).json
    assert shown["fields"]["name"] == "Meera Joshi" and shown["fields"]["phone"] is None
    listed = (await ctl("--as", manager.username, "--json", "lead.list")).json
    assert listed["rows"][0]["key"] == f"lead-{number}" and listed["rows"][0]["name"] == "Meera Joshi"


async def test_who_is_told_is_told_by_the_crmd_that_runs(ctl, account, login, stack):
    manager, asha = account("manoj", "manager"), await login(account("asha"))
    number = add_lead(stack)
    answer = await ctl("--as", manager.username, "lead.assign", number, f"assignee={asha.account.username}")
    assert answer.code == DONE, answer
    await asha.messages.expect(lambda m: f"assigned lead {number} to you" in (m.body or ""), timeout=3, carbon=None)
    assert stack.alive("crmd")


async def test_refusals_are_those_of_every_surface(ctl, account, login, stack):
    sales = await login(account("asha"))
    answer = await ctl("--as", sales.account.username, "lead.add", "name=Not mine")
    assert answer.code == REFUSED and answer.out == ""
    assert answer.err.strip() == await sales.ask_bot("lead add Not mine")
    manager = account("manoj", "manager")
    wrong = await ctl("--as", manager.username, "--json", "lead.add", "name=A", "email=nonsense")
    assert wrong.code == REFUSED and wrong.json["outcome"] == "invalid" and wrong.json["field"] == "email"
    assert "asha@example.in" in wrong.json["sentence"]
    absent = await ctl("--as", manager.username, "--json", "lead.show", "99999999")
    assert absent.code == REFUSED and absent.json["outcome"] == "not-found"
    missing = await ctl("--as", manager.username, "--json", "lead.add")
    assert missing.code == REFUSED and missing.json["outcome"] == "missing"


@pytest.mark.parametrize("role", ROLES)
async def test_each_command_is_open_to_the_roles_of_its_row_and_forbidden_to_the_others(ctl, account, role):
    person = account("eve", role)
    for name, row in commands().items():
        answer = await ctl("--as", person.username, "--json", name)
        if role in row["roles"]:
            assert answer.json["outcome"] != "forbidden", name
        else:
            assert (answer.code, answer.json["outcome"]) == (REFUSED, "forbidden"), name


async def test_what_destroys_wants_a_yes(ctl, account, stack):
    admin, names = account("anjali", "admin"), [name for name, row in commands().items() if row["effect"] == "destroy"]
    target = {"lead": lambda: add_lead(stack), "person": lambda: "victim", None: lambda: None}
    for name in names:
        row = commands()[name]
        put_person(stack, "victim")
        stack.sql("INSERT INTO crm.assign_waiting (lead_id) VALUES (%s)", add_lead(stack))
        if any(param["required"] for param in row["params"]) or row["target"] not in target:
            continue
        words = [name] + [str(word) for word in (target[row["target"]](),) if word is not None]
        asked = await ctl("--as", admin.username, "--json", *words)
        assert (asked.code, asked.json["outcome"]) == (REFUSED, "unconfirmed") and "--yes" in asked.json["sentence"], name
        assert (await ctl("--as", admin.username, "--yes", *words)).code == DONE, name


async def test_nobody_customers_and_disabled_accounts_can_do_nothing(ctl, account):
    for username in ("no.such.person", account("kiran", "customer").username, account("gone", "admin", enabled=False).username):
        answer = await ctl("--as", username, "--json", "me")
        assert (answer.code, answer.json["outcome"]) == (REFUSED, "forbidden")


@pytest.mark.parametrize("arguments, words", [
    ([], "crmctl --help"), (["me"], "crmctl --as USERNAME me"), (["--as", "asha"], "crmctl --as asha lead.list"), (["--nonsense"], "--nonsense"),
    (["--as", "asha", "--nonsense", "me"], "--nonsense"), (["first-admin"], "Say: crmctl first-admin USERNAME [--name NAME]"), (["check", "extra"], "Say: crmctl check\n"),
])
async def test_a_line_without_sense_is_told_what_it_lacks(ctl, arguments, words):
    answer = await ctl(*arguments)
    assert answer.code == USAGE and words in answer.err and answer.err.count("\n") <= 2 and answer.out == ""


async def test_the_audit_says_what_one_request_did(ctl, account, stack):
    anita = account("anita", "admin")
    await ctl("--as", anita.username, "lead.add", "name=Traced Lead")
    request, = stack.sql("SELECT request FROM crm.audit WHERE command = 'lead.add' AND person_id = %s", anita.id)[0]
    answer = await ctl("--as", anita.username, "--json", "audit.list", f"request={request}")
    rows = json.loads(answer.out)["rows"]
    assert len(rows) == 1 and "Traced Lead" in json.dumps(rows), answer
    assert "Nothing like this" in (await ctl("--as", anita.username, "audit.list", "request=0f6e2c7a")).out


async def test_what_is_no_command_is_a_usage_error_with_a_suggestion(ctl, account):
    asha = account("asha")
    answer = await ctl("--as", asha.username, "laed 42")
    assert answer.code == USAGE and "Did you mean" in answer.err


async def test_help_lists_the_table(ctl):
    answer = await ctl("--help")
    assert answer.code == DONE
    for name, row in commands().items():
        assert name in answer.out and row["summary"] in answer.out


async def test_with_the_database_away_it_says_so_and_how(ctl, account, stack):
    asha = account("asha")
    async with database_away(stack, asha):
        answer = await ctl("--as", asha.username, "--json", "me")
    assert (answer.code, answer.json["outcome"]) == (AWAY, "try-again")


async def test_a_file_of_this_machine_has_the_limits_of_one_that_is_sent(ctl, account, stack):
    manager = account("manoj", "manager")
    before = stack.sql("SELECT count(*) FROM crm.import")
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        path = pathlib.Path(folder)
        path.chmod(0o755)
        with (path / "huge.csv").open("wb") as file:
            file.truncate(513 * 1024 * 1024)  # sparse
        (path / "broken.xlsx").write_bytes(b"PK\x03\x04 and no more")
        (path / "good.csv").write_text("Name,Email\nCtl Import,ctl.import@example.in\n", encoding="utf-8")
        answer = await ctl("--as", manager.username, "import", path / "huge.csv")
        assert answer.code == REFUSED and "huge.csv is larger than 512 megabytes. Nothing was imported." in answer.err + answer.out
        for name, why in (("broken.xlsx", "broken.xlsx"), ("", "is no file")):
            answer = await ctl("--as", manager.username, "import", path / name)
            assert answer.code == REFUSED and why in answer.err + answer.out and "Nothing was imported" in answer.err + answer.out
        assert stack.sql("SELECT count(*) FROM crm.import") == before
        answer = await ctl("--as", manager.username, "import", path / "absent.csv")
        assert answer.code == REFUSED and "absent.csv cannot be opened" in answer.err and "No such file" in answer.err
        answer = await ctl("--as", manager.username, "import", path / "good.csv")
        assert answer.code == DONE and "good.csv has 1 row, and 1 can be imported." in answer.out
