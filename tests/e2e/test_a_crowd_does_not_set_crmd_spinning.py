"""More of anything than a lane holds jobs: crmd comes to rest, and serves meanwhile."""

import asyncio

import pytest

CROWD = 400


@pytest.fixture(autouse=True)
def narrow(stack):
    """Lanes that hold 60 jobs each instead of 1,024."""
    stack.restart("crmd", env={"CRMD_LANES_QUEUE": "60"})
    yield
    stack.stop("crmd")
    clear(stack)
    stack.start("crmd")


def crowd(stack, name):
    """Visitors of long ago who have closed the page."""
    stack.sql("INSERT INTO crm.visitor (address, next_sequence) SELECT %s || n || '@guest.' || %s, 2 FROM generate_series(1, %s) n", name, stack.domain, CROWD)


def clear(stack):
    stack.sql("DELETE FROM crm.outbox WHERE channel IN (SELECT 'visitor-' || id FROM crm.visitor WHERE address LIKE 'crowd%%')")
    for table in "crm.offer", "crm.message":
        stack.sql(f"DELETE FROM {table} WHERE conversation_id IN (SELECT c.id FROM crm.conversation c JOIN crm.visitor v ON v.id = c.visitor_id WHERE address LIKE 'crowd%%')")
    stack.sql("DELETE FROM crm.conversation WHERE visitor_id IN (SELECT id FROM crm.visitor WHERE address LIKE 'crowd%%')")
    stack.sql("DELETE FROM crm.visitor WHERE address LIKE 'crowd%%'")


async def comes_to_rest(stack):
    """Reconciliations end: there are three seconds without one. A crmd that spins never has them; a slow one has some more behind it first."""
    said, before = [0], None
    while said[-1] != before:
        before = said[-1]
        assert len(said) < 20, f"reconciliations go on and on: {said}"
        await asyncio.sleep(3)
        said.append(stack.log("crmd").count("reconciled with Prosody"))


async def test_answers_that_wait_for_visitors_who_have_left(account, login, visitor, stack):
    crowd(stack, "crowd-left-")
    stack.sql("INSERT INTO crm.outbox (channel, recipient, message_id, sender, body, to_visitor)"
              " SELECT 'visitor-' || id, address, gen_random_uuid(), 'support', 'x', true FROM crm.visitor WHERE address LIKE 'crowd-left-%%'")
    stack.restart("crmd", env={"CRMD_LANES_QUEUE": "60"})
    guest = await visitor()
    await guest.say_and_wait("hello")
    await comes_to_rest(stack)


async def test_conversations_that_wait_for_the_first_salesperson(account, login, visitor, stack):
    crowd(stack, "crowd-waiting-")
    stack.sql("INSERT INTO crm.conversation (visitor_id, visitor_at) SELECT id, now() FROM crm.visitor WHERE address LIKE 'crowd-waiting-%%'")
    stack.sql("INSERT INTO crm.message (id, visitor_id, conversation_id, sequence, author, body) SELECT gen_random_uuid(), c.visitor_id, c.id, 1, 'visitor', 'from the crowd'"
              " FROM crm.conversation c JOIN crm.visitor v ON v.id = c.visitor_id WHERE address LIKE 'crowd-waiting-%%'")
    asha = await login(account("asha"))
    await asyncio.to_thread(stack.sql_until, "SELECT count(*) = %s FROM crm.offer o JOIN crm.conversation c ON c.id = o.conversation_id JOIN crm.visitor v ON v.id = c.visitor_id"
                    " WHERE address LIKE 'crowd-waiting-%%'", CROWD, timeout=60)
    guest = await visitor()
    await guest.say_and_wait("hello")
    await comes_to_rest(stack)
    assert asha.is_connected()
