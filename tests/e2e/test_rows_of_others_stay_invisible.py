"""Row-level security with the program's own statements: each SELECT of schema/queries, as each role, asked for somebody else's rows by their right
numbers; and statements that forget every filter. What is foreign carries a word that must not come back."""

import functools
import pathlib
import re

import psycopg2
import pytest

QUERIES = pathlib.Path(__file__).resolve().parents[2] / "schema/queries"
HEAD = re.compile(r"^-- (\w+)\((.*?)\)(?::.*)?$", re.M)
WORD = "Forbidden-Fruit"
# Roles of the database, and whose they are here. The Lead Person sees all leads, and no conversation.
ROLES = {"crm_sales": "asha", "crm_customer": "uma", "crm_visitor": None, "crm_lead": "lea"}


def statements():
    """(name, [(parameter, type)], text) of all that only reads."""
    found = []
    for path in sorted(QUERIES.glob("*.sql")):
        text = path.read_text(encoding="utf-8")
        heads = list(HEAD.finditer(text))
        for head, following in zip(heads, heads[1:] + [None]):
            body = text[head.end():following.start() if following else len(text)]
            body = "\n".join(line for line in body.splitlines() if not line.startswith("--")).strip().rstrip(";")
            parameters = [tuple(part.strip().rstrip("?").split(" ", 1)) for part in head[2].split(",") if part.strip()]
            if re.match(r"SELECT\b", body) and not re.search(r"\b(INSERT|DELETE|person_add)\b|(?<!FOR )\bUPDATE\b|advisory", body):
                found.append((head[1], parameters, body))
    return found


STATEMENTS = statements()


@pytest.fixture(scope="module")
def world(stack):
    """Ravi's lead and conversation, all of it foreign to the others; who the others are."""
    people = {name: stack.add_account(f"rows{name}", role, name=name) for name, role in
              (("asha", "sales"), ("ravi", "sales"), ("lea", "lead"), ("uma", "customer"), ("uri", "customer"))}
    stack.sql("UPDATE crm.person SET name = %s, email = 'Forbidden-Fruit@x.example' WHERE id = %s", f"{WORD} customer", people["uri"].id)
    lead = stack.sql("INSERT INTO crm.lead (name, email, requirements, assignee, status) VALUES (%s, %s, %s, %s, 'assigned') RETURNING id",
                     f"{WORD} lead", f"{WORD}@x.example", WORD, people["ravi"].id)[0][0]
    visitor = stack.sql("INSERT INTO crm.visitor (address, name) VALUES (%s, %s) RETURNING id", f"{WORD.lower()}@guest.{stack.domain}", f"{WORD} visitor")[0][0]
    conversation = stack.sql("INSERT INTO crm.conversation (visitor_id, state, taken_by) VALUES (%s, 'open', %s) RETURNING id", visitor, people["ravi"].id)[0][0]
    stack.sql("INSERT INTO crm.message (id, visitor_id, conversation_id, sequence, author, client_id, body) VALUES (gen_random_uuid(), %s, %s, 1, 'visitor', %s, %s)",
              visitor, conversation, WORD, f"{WORD} body")
    stack.sql("INSERT INTO crm.outbox (channel, recipient, message_id, sender, body, state) VALUES (%s, %s, gen_random_uuid(), 'bot', %s, 'routed')",
              f"bot-{people['ravi'].id}", people["ravi"].address, f"{WORD} body")
    stack.sql("INSERT INTO crm.dialogue (person_id, state, expires_at) VALUES (%s, %s, now() + interval '1 hour')", people["ravi"].id, f'{{"asked": "{WORD}", "values": {{"name": "{WORD}"}}}}')
    stack.sql("INSERT INTO crm.form_session (id, jid, command, state, expires_at) VALUES (%s, %s, 'lead.add', %s, now() + interval '1 hour')",
              WORD, WORD, f'{{"values": {{"name": "{WORD}"}}, "answer": "{WORD}"}}')
    stack.sql("INSERT INTO crm.audit (who, surface, request, command, outcome) VALUES (%s, 'chat', 'x', 'lead.show', 'done')", WORD)
    numbers = {"lead": lead, "visitor": visitor, "person": people["ravi"].id, "customer": people["uri"].id}
    yield people, numbers
    crmds(stack).close()
    stack.sql("UPDATE crm.conversation SET state = 'closed', taken_by = NULL WHERE id = %s", conversation)


@functools.cache
def crmds(stack):
    """One connection as crmd logs in."""
    connection = stack.connect("crmd", "crmd_db_password")
    connection.autocommit = False
    return connection


def attempt(stack, role, person, text, values):
    """The rows as that role, or the SQLSTATE."""
    connection = crmds(stack)
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL ROLE {role}")
            if person:
                cursor.execute("SELECT set_config('crm.person', %s, true)", [str(person)])
            cursor.execute(re.sub(r"\$(\d+)", r"%(p\1)s", text.replace("%", "%%")), values)
            return cursor.fetchall()
    except psycopg2.Error as error:
        return error.pgcode
    finally:
        connection.rollback()


def value_for(name, kind, target, people, stack):
    """The right value for what is foreign: numbers by `target`, texts by name."""
    if kind.startswith("bigint"):
        number = {"count": 100, "after": None, "before": None, "assignee": None, "days": 0, "most": 100}.get(name, target)
        return [number] if kind.endswith("[]") else number
    words = {"kind": "customer" if target == people["uri"].id else "staff", "username": people["uri"].username if target == people["uri"].id else people["ravi"].username,
             "usernames": people["ravi"].username, "address": f"{WORD.lower()}@guest.{stack.domain}", "time_zone": "UTC", "given": WORD, "id": WORD, "jid": WORD,
             "ids": WORD, "place": "", "channels": f"bot-{people['ravi'].id}", "keys": "x", "local": "2026-01-01", "from_now": None}
    if kind == "boolean":
        return True
    return [words.get(name)] if kind.endswith("[]") else words.get(name)


def asked(stack, world, role, person, statement, missing=False):
    people, numbers = world
    _, parameters, text = statement
    answers = []
    for target in numbers.values():
        values = {f"p{n}": value_for(name, kind, 999999999 if missing else target, people, stack) for n, (name, kind) in enumerate(parameters, 1)}
        if person in (None, 0) or target != person:
            casts = {f"${n}": f"${n}::{kind}" for n, (_, kind) in enumerate(parameters, 1)}
            typed = re.sub(r"\$\d+(?!::)", lambda m: casts.get(m[0], m[0]), text)
            answers.append(attempt(stack, role, person, typed, values))
    return answers


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("statement", STATEMENTS, ids=lambda statement: statement[0])
def test_no_statement_brings_what_is_foreign(stack, world, role, statement):
    person = world[0][ROLES[role]].id if ROLES[role] else None
    answers = asked(stack, world, role, person, statement)
    hidden = [f"{WORD} visitor", f"{WORD} body", f"{WORD} customer", WORD.lower()] if role == "crm_lead" else [WORD]
    assert not [word for word in hidden if word in repr(answers)]
    if not all(isinstance(answer, list) or answer == "42501" for answer in answers):
        assert set(answers) == set(asked(stack, world, role, person, statement, missing=True)), "an error that tells"


def test_the_same_statements_do_find_it_for_those_who_may(stack, world):
    """Else the test above would prove nothing."""
    finding = {statement[0] for statement in STATEMENTS for role in ("crm_system", "crm_manager") if WORD in repr(asked(stack, world, role, None, statement))}
    assert finding >= {"lead_show", "surface_lead_name", "surface_visitor_name", "desk_history", "desk_conversations", "desk_references",
                       "bot_dialogue", "bot_dialogue_values", "surface_session", "command_caller"}


@pytest.mark.parametrize("role", ["crm_sales", "crm_customer", "crm_visitor", "crmd"])
def test_a_statement_without_any_filter_brings_nothing_foreign(stack, world, role):
    person = world[0]["asha"].id if role == "crm_sales" else None
    for (table,) in stack.sql("SELECT relname FROM pg_class WHERE relnamespace = 'crm'::regnamespace AND relkind IN ('r', 'v')"):
        columns = stack.sql("SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped"
                            " AND has_column_privilege(%s, attrelid, attnum, 'SELECT')", f"crm.{table}", role)
        for what in "*", ", ".join(name for name, in columns) or "1":
            for form in "SELECT {} FROM crm.{}", "SELECT {} FROM crm.{} FOR UPDATE", "SELECT {} FROM crm.{} WHERE true OR random() < 2":
                answer = attempt(stack, role, person, form.format(what, table), {})
                assert WORD not in repr(answer), (table, what)
                assert isinstance(answer, list) or answer == "42501", (table, what, answer)


def test_nor_does_a_join_a_cast_that_fails_or_a_count_tell(stack, world):
    people, numbers = world
    asha = people["asha"].id
    ask = lambda text: attempt(stack, "crm_sales", asha, text, {})
    assert ask("SELECT count(*) FROM crm.lead") == [(0,)]
    assert ask(f"SELECT 1 / (name = 'x')::int FROM crm.lead WHERE id = {numbers['lead']}") == []
    assert ask(f"SELECT name::int FROM crm.lead WHERE id = {numbers['lead']}") == []
    assert ask("SELECT e.* FROM crm.lead_event e LEFT JOIN crm.lead l ON l.id = e.lead_id") == []
    assert ask("SELECT m.body FROM crm.message m RIGHT JOIN crm.visitor v ON v.id = m.visitor_id") == []
