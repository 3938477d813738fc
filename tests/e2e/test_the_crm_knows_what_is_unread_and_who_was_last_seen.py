"""What visitors wrote to somebody who has not read it is counted from markers (XEP-0333) and answers, per person; one sees one's own, Admins and Managers everybody's."""

import asyncio

COUNT = "SELECT coalesce(sum(messages), 0)::int FROM crm.unread(%s) WHERE visitor = ANY (%s)"


class Reader:
    """What one person has not read of these visitors. Other tests' visitors wait, too, and are shown to whoever comes."""

    def __init__(self, stack, account):
        self.stack, self.account = stack, account

    async def until(self, messages, *contacts):
        visitors = [int(contact.partition("@")[0].removeprefix("visitor-")) for contact in contacts]
        self.stack.sql("SELECT set_config('crm.person', %s, false)", str(self.account.id))
        for _ in range(200):
            if self.stack.sql(COUNT, self.account.id, visitors)[0][0] == messages:
                return
            await asyncio.sleep(0.05)
        assert self.stack.sql("SELECT * FROM crm.unread(%s)", self.account.id) == messages

    def words(self):
        """How a client is told all of it."""
        self.stack.sql("SELECT set_config('crm.person', %s, false)", str(self.account.id))
        messages, visitors = self.stack.sql("SELECT coalesce(sum(messages), 0)::int, count(*)::int FROM crm.unread(%s)", self.account.id)[0]
        return f"{messages} unread in {visitors} conversation{'' if visitors == 1 else 's'}" if messages else "nothing unread"


async def test_messages_are_unread_until_a_marker_or_an_answer(account, login, visitor, stack):
    priya, manager = await login(account("priya")), await login(account("manoj", "manager"))
    reader = Reader(stack, priya.account)
    guests = [await visitor(), await visitor()]
    for number, guest in enumerate(guests):
        await guest.say_and_wait(f"hello from {number}")
    first, second = [await priya.messages.expect(body=f"hello from {number}") for number in range(2)]
    await reader.until(2, first.bare, second.bare)
    assert f"Chats: {reader.words()}" in await priya.ask_bot("me") and "unread in" in reader.words()
    priya.say(first.bare, "how can I help?")
    await reader.until(0, first.bare)
    for words in ("one", "two"):
        await guests[0].say_and_wait(words)
    await reader.until(2, first.bare)
    await reader.until(3, first.bare, second.bare)
    for line in (f"user show {priya.account.username}", f"lastseen {priya.account.username}"):
        assert reader.words() in await manager.ask_bot(line), line
    last = stack.sql("SELECT max(username) FROM crm.person WHERE kind = 'staff' AND username < %s", priya.account.username)[0][0] or "a"
    assert f"here now, {reader.words().partition(' in ')[0]}" in await manager.ask_bot(f"users after={last}")
    one, two = await priya.messages.expect(body="one"), await priya.messages.expect(body="two")
    priya.mark(one.bare, one.id)
    await reader.until(1, first.bare)
    priya.mark(two.bare, two.id)
    await reader.until(0, first.bare)
    priya.mark(one.bare, one.id)  # a marker that comes late takes nothing back
    priya.mark(second.bare, second.id)
    await reader.until(0, first.bare, second.bare)


async def test_a_correction_is_no_message_of_its_own_and_reading_is_each_person_s_own(account, login, visitor, stack):
    priya, ravi, guest = await login(account("priya")), await login(account("ravi")), await visitor()
    said = await guest.say_and_wait("is anybody htere?")
    offered = await priya.messages.expect(body="is anybody htere?")
    await guest.say_and_wait("is anybody there?", replaces=said)
    await priya.messages.expect(body="is anybody there?")
    await ravi.messages.expect(body="is anybody there?")
    await Reader(stack, priya.account).until(1, offered.bare)
    await Reader(stack, ravi.account).until(1, offered.bare)
    priya.mark(offered.bare, offered.id)
    await Reader(stack, priya.account).until(0, offered.bare)
    await Reader(stack, ravi.account).until(1, offered.bare)
    ravi.say(offered.bare, "Ravi here")
    await Reader(stack, ravi.account).until(0, offered.bare)


async def test_who_does_not_want_to_be_disturbed_was_seen_all_the_same(account, login, stack):
    priya = await login(account("priya"), available=False)
    priya.send_presence(pshow="dnd")
    for _ in range(200):
        if found := stack.sql("SELECT available, seen_at IS NOT NULL FROM crm.availability WHERE person_id = %s", priya.account.id):
            break
        await asyncio.sleep(0.05)
    assert found == [(False, True)]
    manager = await login(account("manoj", "manager"))
    assert "was last here" in await manager.ask_bot(f"lastseen {priya.account.username}")


async def test_nobody_but_admins_and_managers_learns_what_others_have_not_read(account, login, visitor, stack):
    priya, ravi = await login(account("priya")), await login(account("ravi"))
    await (await visitor()).say_and_wait("a word")
    offered = await priya.messages.expect(body="a word")
    await Reader(stack, priya.account).until(1, offered.bare)
    for line in (f"user show {priya.account.username}", f"lastseen {priya.account.username}", "users"):
        assert "unread" not in await ravi.ask_bot(line)
