"""The attacker of a poll: with the database roles of the program, every archive and file of Prosody, all logs, what people were told, when, and a dump
after the closing, nothing tells who voted what, or who voted at all. And each has one vote, however often and fast they send it."""

import asyncio
import pathlib
import random
import signal
import sqlite3
import subprocess

import psycopg2
import pytest

from support.polls import answer, asked, here, over, poll_address, start, until
from support.records import add_lead, retire_sales

PEOPLE = 6
BACKGROUND = tuple(f"INSERT INTO crm.{table}" for table in ("lead", "twin", "score", "lease"))
ROLES = ("crm_system", "crm_admin", "crm_manager", "crm_lead", "crm_sales")


def files_of_prosody(stack):
    """Everything that Prosody has on its disk, its archives' write-ahead log too."""
    return [path for path in pathlib.Path(stack.env["CRM_RUN_DIR"], "prosody").rglob("*") if path.is_file()]


def archived(stack):
    """Every stanza in an archive, or stored for somebody who is away."""
    found = []
    for path in files_of_prosody(stack):
        if path.suffix == ".sqlite":
            with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
                for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
                    found += [" ".join(map(str, row)) for row in connection.execute(f'SELECT * FROM "{name}"')]
    return found


def dump(stack):
    """A dump of the whole database, as text."""
    done = subprocess.run(["pg_dump", "--inserts", "-h", stack.env["CRM_PG_SOCKET_DIR"], "-p", stack.env["CRM_PG_PORT"], "-U", "postgres", "crm"],
                          env={"PGPASSWORD": stack.secret("postgres_password"), "PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=True)
    return done.stdout


def logs(stack):
    text = "".join(stack.log(name) for name in ("postgres", "prosody", "crmd"))
    return text + "".join(path.read_text(errors="replace") for path in pathlib.Path(stack.env["CRM_RUN_DIR"], "log").rglob("*") if path.is_file())


async def company(stack, account, login, count=PEOPLE):
    stack.sql("DELETE FROM crm.poll")  # of other tests
    manager = await login(account("manoj", "manager"))
    sales = [await login(account("voter", "sales")) for _ in range(count)]
    retire_sales(stack, *(client.account for client in sales))
    await here(stack, *sales)
    return manager, sales


@pytest.fixture
def role(stack):
    """role(name, person, statement): what a database role of the program gets for it, or the SQLSTATE of its refusal."""
    def attempt(name, person, statement):
        connection = stack.connect("crmd", "crmd_db_password")  # a new one: its statistics begin at nothing
        connection.autocommit = False
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('role', %s, true), set_config('crm.person', %s, true)", (name, str(person)))
                cursor.execute(statement)
                return cursor.fetchall() if cursor.description else cursor.rowcount
        except psycopg2.Error as error:
            return error.pgcode
        finally:
            connection.close()
    return attempt


async def test_no_role_of_the_program_reaches_a_vote_while_a_poll_runs(stack, account, login, role):
    manager, sales = await company(stack, account, login, 3)
    number = await start(manager, f"poll start {add_lead(stack)}")
    await answer(sales[0], number, "1")
    for name in ROLES:
        for statement in ("SELECT * FROM crm.vote", "SELECT count(*) FROM crm.vote", "DELETE FROM crm.vote", "UPDATE crm.vote SET answer = 1",
                          "SELECT * FROM crm.poll_frozen", "LOCK crm.vote", "COPY crm.vote TO STDOUT", "TRUNCATE crm.vote",
                          "CREATE TRIGGER spy BEFORE UPDATE ON crm.vote FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()"):
            assert role(name, manager.account.id, statement) == "42501", (name, statement)
    assert role("crm_owner", 0, "SELECT 1") == "42501" and role("postgres", 0, "SELECT 1") == "42501"
    # A vote of somebody's who has voted, and of somebody's who has not, is the same statement with the same answer, and counts alike.
    seen = [role("crm_sales", client.account.id, f"SELECT crm.poll_vote({number}, 2, 0)") for client in sales]
    assert seen == [[(True,)]] * 3
    same = "SELECT crm.poll_vote(%d, 2, 0); SELECT n_tup_ins, n_tup_upd, n_tup_del FROM pg_stat_xact_user_tables WHERE relname = 'vote'" % number
    assert role("crm_sales", sales[0].account.id, same) == role("crm_sales", sales[1].account.id, same)


async def test_weights_cannot_be_tried_and_taken_back(stack, account, login, role):
    manager, sales = await company(stack, account, login, 3)
    number = await start(manager, f"poll start {add_lead(stack)}")
    await answer(sales[0], number, "1")
    for client in sales:
        tried = role("crm_system", 0, f"SELECT crm.poll_freeze({number}, '{{{client.account.id}}}', '{{1}}', 1, 0); SELECT * FROM crm.poll_decide({number})")
        assert tried == [], "an oracle: who is interested would be said to whoever rolls back"


async def test_what_others_change_is_no_oracle_either(stack, account, login, role):
    """Between the closing and the counting: whoever is chosen is disabled, or the lead is given away, to see who would come next, or counts that are not shown; and then
    it is taken back."""
    manager, sales = await company(stack, account, login, 4)
    lead = add_lead(stack)
    number = await start(manager, f"poll start {lead}")
    for client, text in zip(sales, ("1 5", "1 1", "1 3", "2")):
        await answer(client, number, text)
    people = ",".join(str(client.account.id) for client in sales)
    hold = stack.connect("crmd", "crmd_db_password")  # crmd counts when the attacker has done
    try:
        hold.cursor().execute("SET idle_in_transaction_session_timeout = 0")
        hold.cursor().execute("SELECT pg_advisory_lock(hashtext('crm.poll'), %s)", (number,))
        with hold.cursor() as cursor:
            cursor.execute("SELECT set_config('role', 'crm_system', false)")
            cursor.execute(f"SELECT crm.poll_freeze({number}, '{{{people}}}', '{{1,1,1,1}}', 1, 0)")
            tried = []
            for change in ("SELECT 1", f"UPDATE crm.person SET enabled = false WHERE id = {sales[0].account.id}",
                           f"UPDATE crm.lead SET assignee = {sales[3].account.id}, status = 'assigned' WHERE id = {lead}"):
                cursor.execute("BEGIN")
                cursor.execute("SELECT set_config('role', 'crm_admin', true), set_config('crm.person', %s, true)", (str(manager.account.id),))
                cursor.execute(change)
                cursor.execute("SELECT set_config('role', 'crm_system', true)")
                cursor.execute(f"SELECT outcome, winner, counts FROM crm.poll_decide({number})")
                tried += cursor.fetchall()
                cursor.execute("ROLLBACK")
    finally:
        hold.close()
    assert tried == [("assigned", sales[0].account.id, [3, 1]), ("nobody", None, [3, 1]), ("moot", None, [3, 1])]
    assert f"lead {lead} is yours" in await over(sales[0], number)


async def vote_and_compare(stack, number, sales, first, second, third):
    """The rows of a dump that are others than before, when one has said `first`, another `second`, and a third has sent a form."""
    before = set(dump(stack).splitlines())
    await answer(sales[0], number, first)
    await answer(sales[1], number, second)
    form = await sales[2].commands_of(poll_address(stack, number)).execute("poll.vote")
    await form.complete(answer=third)
    return [line for line in set(dump(stack).splitlines()) - before if line.startswith("INSERT INTO") and not line.startswith(BACKGROUND)]


async def test_a_vote_changes_no_row_but_votes(stack, account, login):
    """Three times over: what other tests have left may change by itself, but not each time."""
    manager, sales = await company(stack, account, login, 3)
    number = await start(manager, f"poll start {add_lead(stack)}")
    for client in sales:
        await asked(client)
    await until(stack, "SELECT count(*) = 0 FROM crm.outbox WHERE state NOT IN ('delivered', 'routed') AND split_part(recipient, '/', 1) = ANY (%s)",
                [client.account.address for client in sales])
    told = []
    for answers in (("1 5", "2", "1"), ("2", "1 4", "2"), ("1 3", "2", "1")):
        told.append(await vote_and_compare(stack, number, sales, *answers))
        if len(told[-1]) == 3 and all(line.startswith("INSERT INTO crm.vote VALUES") for line in told[-1]):
            return
    pytest.fail(f"changed beside the votes: {told}")


async def test_after_the_closing_nothing_is_left_of_who_voted_what(stack, account, login, role):
    """Two of each kind say 1, 2 and nothing; who is which is drawn. Nothing that is left differs between them but for the one who got the lead."""
    manager, sales = await company(stack, account, login)
    random.shuffle(sales)
    takers, passers, silent = sales[:2], sales[2:4], sales[4:]
    secret = "interested"  # in no text that crmd sends to a single one of them
    lead = add_lead(stack, "Of the attacker")
    number = await start(manager, f"poll start {lead}")
    for client in sales:
        await asked(client)
    for client in takers:
        await answer(client, number, "1 5")
    form = await passers[0].commands_of(poll_address(stack, number)).execute("poll.vote")
    assert (await form.complete(answer="2")).status == "completed"
    await answer(passers[1], number, "pass")
    await silent[0].commands_of(poll_address(stack, number)).execute("poll.vote")  # opened, and not filled in
    assert "is closed" in await manager.ask_bot(f"poll close {number}")
    told = {client: await over(client, number) for client in sales}
    winner = next(client for client in sales if "is yours" in told[client])
    others = [client for client in sales if client is not winner]
    assert winner in takers and len({told[client] for client in others}) == 1
    await over(manager, number)
    # In the database: each role, and a dump of everything.
    text = dump(stack)
    for name in ("crm.vote", "crm.poll_frozen"):
        assert f"INSERT INTO {name} " not in text, name
    lines = [line for line in text.splitlines() if line.startswith("INSERT INTO")]
    assert not [line for line in lines if "poll.vote" in line], "audit, keys, forms and dialogues say not even that somebody voted"
    traces = {client: sorted(line.split(" VALUES")[0] for line in lines if client.account.username in line) for client in others}
    assert len(set(map(tuple, traces.values()))) == 1, "each of those who did not get it has left the same kinds of rows"
    for name in ROLES:
        assert role(name, manager.account.id, f"SELECT crm.poll_decide({number})") in ("42501", [])
    assert stack.sql("SELECT counts FROM crm.poll WHERE id = %s", number)[0][0] == [2, 2]
    # In Prosody: archives, what is kept for those who are away, all files.
    stanzas = archived(stack)
    assert any("is open" in stanza for stanza in stanzas), "this is the archive"
    assert not [stanza for stanza in stanzas if f"poll-{number}@" in stanza], "nothing to or from the poll's address"
    address = poll_address(stack, number).encode()
    holding = [path for path in files_of_prosody(stack) if address in path.read_bytes()]
    assert not holding, holding
    # In logs.
    said = logs(stack)
    assert "poll.vote" not in said and f"poll-{number}@" not in said and secret not in said
    # In what people were told, and when: all rows of the outbox about its end are of one transaction.
    times = stack.sql("SELECT count(DISTINCT created_at::timestamp(0)), count(DISTINCT xmin::text) FROM crm.outbox WHERE body LIKE %s", f"%has been assigned%Poll {number})")
    assert times[0][1] == 1


async def test_ones_own_other_clients_get_no_copy(stack, account, login):
    manager, sales = await company(stack, account, login, 1)
    other = await login(sales[0].account, resource="phone")
    number = await start(manager, f"poll start {add_lead(stack)}")
    await asked(sales[0])
    await answer(sales[0], number, "1")
    sales[0].say(f"bot@{stack.component}", "me")
    await other.messages.expect(lambda m: m.carbon == "sent" and m.body == "me")
    assert not [m for m in other.messages.all if m.carbon == "sent" and (m.recipient or "").startswith("poll-")]
    assert not [m for m in other.messages.all if "Your answer is taken" in (m.body or "")]


async def test_an_answer_while_crmd_is_away_is_refused_and_kept_nowhere(stack, account, login):
    manager, sales = await company(stack, account, login, 1)
    number = await start(manager, f"poll start {add_lead(stack)}")
    await asked(sales[0])
    stack.kill("crmd")
    try:
        sales[0].say(poll_address(stack, number), "1")
        refused = await sales[0].messages.expect(lambda m: m.type == "error", timeout=30)
        assert refused.condition in ("remote-server-timeout", "resource-constraint")
    finally:
        stack.start("crmd")
    assert not [stanza for stanza in archived(stack) if f"poll-{number}@" in stanza]
    assert "taken" in await answer(sales[0], number, "1", timeout=30)


async def test_an_answer_that_crmd_ends_before_it_reads_is_refused_and_one_that_it_has_answered_is_not(stack, account, login):
    manager, sales = await company(stack, account, login, 2)
    number = await start(manager, f"poll start {add_lead(stack)}")
    for client in sales:
        await asked(client)
    await answer(sales[1], number, "1")
    stack.signal("crmd", signal.SIGSTOP)
    try:
        sales[0].say(poll_address(stack, number), "1")
        await sales[0].exchange(f"<iq type='get' id='ID' to='{stack.domain}'><ping xmlns='urn:xmpp:ping'/></iq>")  # Prosody has passed the answer on
        stack.kill("crmd")
        refused = await sales[0].messages.expect(lambda m: m.type == "error")
        assert (refused.condition, refused.bare) == ("remote-server-timeout", poll_address(stack, number))
    finally:
        stack.kill("crmd")
        stack.start("crmd")
    assert "taken" in await answer(sales[0], number, "1", timeout=30)
    assert not [m for m in sales[1].messages.all if m.type == "error"]


async def test_fifty_at_once_are_one_vote_each(stack, account, login):
    """Three people, fifty times each, from fifty connections of the database at the same moment."""
    manager, sales = await company(stack, account, login, 3)
    number = await start(manager, 'poll ask "Race?" yes, no')
    people = [client.account.id for client in sales]

    def vote(turn):
        connection = stack.connect("crmd", "crmd_db_password")
        try:
            connection.autocommit = False
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('role', 'crm_sales', true), set_config('crm.person', %s, true)", (str(people[turn % 3]),))
                cursor.execute("SELECT crm.poll_vote(%s, %s, 0)", (number, 1 if turn % 3 else 2))
                taken = cursor.fetchone()[0]
            connection.commit()
            return taken
        finally:
            connection.close()
    loop = asyncio.get_running_loop()
    assert all(await asyncio.gather(*(loop.run_in_executor(None, vote, turn) for turn in range(50))))
    await asyncio.gather(*(answer(client, number, "no" if at == 0 else "yes") for at, client in enumerate(sales)))
    await manager.ask_bot(f"poll close {number}")
    assert "2 yes, 1 no" in await over(manager, number)
