"""Every command as a form, on crm.D, on the bot and on a record's own address: what a client sees, step by step, and what is stored."""

import asyncio
import base64
import hashlib
import xml.etree.ElementTree as ET

import pytest
from slixmpp.exceptions import IqError

from support.adhoc import COMMANDS, FORMS
from support.away import database_away
from support.records import add_lead, change_role, put_person, quietly, retire_sales
from support.table import at_a_lead, named_in, open_to

CAPS = "http://jabber.org/protocol/caps"
DISCO_INFO = "http://jabber.org/protocol/disco#info"
DISCO_ITEMS = "http://jabber.org/protocol/disco#items"


def note(step):
    """The one note of a refusal that ended the form."""
    assert step.status == "completed" and not step.fields and len(step.notes) == 1 and step.notes[0][0] == "error", step
    return step.notes[0][1]


def warning(step):
    """What stands above the fields of a page that is shown again."""
    assert step.status == "executing"
    return "\n".join(field.value.rstrip() for field in step.fields if field.type == "fixed")


@pytest.fixture
def lead_address(stack):
    return lambda number: f"lead-{number}@{stack.component}"


# ------------------------------------------------------------ what is offered

@pytest.mark.parametrize("role", ["admin", "manager", "lead", "sales"])
async def test_the_menu_holds_what_the_role_may_use_and_nothing_else(account, login, role):
    client = await login(account("asha", role))
    offered = await client.commands.list()
    assert set(offered) == open_to(role)
    assert offered["lead.show"] == "Show a lead"
    assert await client.commands_of(f"bot@{client.stack.component}").list() == offered


async def test_the_menu_begins_with_what_most_of_it_is_about(account, login):
    nouns = [node.partition(".")[0] for node in await (await login(account("manoj", "manager"))).commands.list()]
    assert nouns[0] == "lead" and [nouns.count(noun) for noun in nouns] == sorted((nouns.count(noun) for noun in nouns), reverse=True)


async def test_a_menu_item_has_address_node_and_name_only(account, login, stack):
    client = await login(account("asha"))
    iq = client.make_iq_get(ito=stack.component)
    iq.xml.append(ET.Element(f"{{{DISCO_ITEMS}}}query", {"node": COMMANDS}))
    for item in (await iq.send()).xml.iter(f"{{{DISCO_ITEMS}}}item"):
        assert set(item.attrib) == {"jid", "node", "name"} and item.get("jid") == stack.component


async def test_the_component_says_what_it_is_and_leads_to_the_bot(account, login, stack):
    client = await login(account("asha"))
    info = await client["xep_0030"].get_info(jid=stack.component)
    assert ("component", "generic", None, "TrainCape CRM") in info["disco_info"]["identities"]
    assert {COMMANDS, "jabber:iq:version", "urn:xmpp:ping", FORMS} <= set(info["disco_info"]["features"])
    items = await client["xep_0030"].get_items(jid=stack.component)
    assert (f"bot@{stack.component}", None, "Lead bot") in items["disco_items"]["items"]
    bot = await client["xep_0030"].get_info(jid=f"bot@{stack.component}")
    assert ("client", "bot", None, "Lead bot") in bot["disco_info"]["identities"]


async def test_a_command_node_is_discoverable_to_those_who_may_use_it(account, login, stack):
    manager, sales = await login(account("manoj", "manager")), await login(account("asha"))
    info = await manager["xep_0030"].get_info(jid=stack.component, node="lead.add")
    assert ("automation", "command-node", None, "Add a lead") in info["disco_info"]["identities"]
    assert COMMANDS in info["disco_info"]["features"]
    assert await condition_of(sales, query(sales, stack.component, DISCO_INFO, node="lead.add")) == "item-not-found"


def query(client, address, namespace, name="query", **attributes):
    iq = client.make_iq_get(ito=address)
    iq.xml.append(ET.Element(f"{{{namespace}}}{name}", attributes))
    return iq


async def condition_of(client, iq):
    """The condition of the error that answers, or None for a result."""
    try:
        await iq.send(timeout=10)
    except IqError as error:
        return error.condition
    return None


async def test_every_address_answers_ping_version_and_vcard(account, login, stack, lead_address):
    client = await login(account("manoj", "manager"))
    number = add_lead(stack, "Asha Rao")
    for address, name in ((stack.component, "TrainCape CRM"), (f"bot@{stack.component}", "Lead bot"),
                          (lead_address(number), f"Asha Rao (lead {number})")):
        for resource in ("", "/crm"):
            assert await condition_of(client, query(client, address + resource, "urn:xmpp:ping", "ping")) is None
            assert await condition_of(client, query(client, address + resource, "jabber:iq:version")) is None
        answer = await query(client, address, "vcard-temp", "vCard").send()
        assert answer.xml.findtext(".//{vcard-temp}FN") == name


async def test_what_is_not_understood_is_said_so_and_the_stream_stays(account, login, stack):
    client = await login(account("asha"))
    assert await condition_of(client, query(client, stack.component, "urn:example:unknown")) == "service-unavailable"
    assert await condition_of(client, query(client, f"nobody@{stack.component}", "urn:xmpp:ping", "ping")) == "item-not-found"
    assert await client.commands.list()


async def test_presence_of_our_contacts_proves_what_they_can_do(account, login, stack, visitor):
    asha = await login(account("asha"))
    guest = await visitor()
    await guest.say_and_wait("Hello")
    for local in ("bot", "visitor-"):
        seen = await asha.presences.expect(lambda p: (p.bare or "").startswith(local) and p.type == "available"
                                           and p.child(CAPS, "c") is not None)
        caps = seen.child(CAPS, "c")
        assert caps.get("hash") == "sha-1"
        node = f"{caps.get('node')}#{caps.get('ver')}"
        info = (await asha["xep_0030"].get_info(jid=seen.sender, node=node))["disco_info"]
        assert COMMANDS in info["features"] and CAPS in info["features"]
        assert asha["xep_0115"].generate_verstring(info, "sha-1") == caps.get("ver")
    assert not any(heard.child(CAPS, "c") is not None and (heard.bare or "").startswith("support@") for heard in guest.messages.all)


# ------------------------------------------------------------ a record's own address

async def test_a_leads_address_offers_what_applies_to_it_with_the_lead_filled_in(account, login, stack, lead_address):
    manager, sales = await login(account("manoj", "manager")), account("asha")
    number = add_lead(stack)
    lead = manager.commands_of(lead_address(number))
    offered = await lead.list()
    assert set(offered) == open_to("manager") & at_a_lead()
    shown = await lead.execute("lead.show")
    assert shown.status == "completed" and shown.values["name"] == "Asha Rao"
    form = await lead.execute("lead.assign")
    assert "lead" not in form.values
    done = await form.complete(assignee=sales.username)
    assert f"Lead {number}, Asha Rao, is assigned to Asha" in done.words
    assert stack.sql("SELECT assignee FROM crm.lead WHERE id = %s", number) == [(sales.id,)]


async def test_a_command_that_does_not_apply_to_a_record_is_not_there(account, login, stack, lead_address):
    manager = await login(account("manoj", "manager"))
    step = await manager.commands_of(lead_address(add_lead(stack))).execute("lead.add")
    assert (step.status, step.condition) == ("error", "item-not-found")


async def test_a_lead_of_somebody_else_and_no_lead_at_all_are_the_same_answer(account, login, stack, lead_address):
    asha, ravi = await login(account("asha")), account("ravi")
    number = add_lead(stack, assignee=ravi.id)
    answers = []
    for local in (f"lead-{number}", "lead-999999999"):
        address = f"{local}@{stack.component}"
        seen = []
        for namespace, name in ((DISCO_INFO, "query"), (DISCO_ITEMS, "query"), ("vcard-temp", "vCard"), ("urn:xmpp:ping", "ping")):
            seen.append(await error_bytes(asha, query(asha, address, namespace, name), address))
        step = await asha.commands_of(address).execute("lead.show")
        seen.append((step.condition, step.text))
        answers.append(seen)
    assert answers[0] == answers[1]
    assert answers[0][-1] == ("item-not-found", "There is nothing at this address.")
    step = await (await asha.commands.execute("lead.show")).complete(lead=number)
    absent = await (await asha.commands.execute("lead.show")).complete(lead=999999999)
    assert warning(step).replace(str(number), "N") == warning(absent).replace("999999999", "N") == "There is no lead N."


async def error_bytes(client, iq, address):
    iq["id"] = "same"
    try:
        await iq.send(timeout=10)
    except IqError as error:
        return ET.tostring(error.iq.xml).replace(address.encode(), b"")
    raise AssertionError(f"{address} answered")


# ------------------------------------------------------------ each command

async def test_help_lists_and_explains(account, login):
    client = await login(account("asha"))
    form = await client.commands.execute("help")
    assert form.field("command").type == "text-single", "there are more than a list holds: one is typed"
    assert named_in((await form.complete()).words) == open_to("sales")
    assert "lead show: Show a lead." in (await (await client.commands.execute("help")).complete(command="lead")).words
    explained = await (await client.commands.execute("help")).complete(command="lead.show")
    assert explained.title == "lead show" and "Example: lead 42" in explained.words


async def test_me_needs_no_form(account, login):
    client = await login(account("asha", full_name="Asha Rao"))
    step = await client.commands.execute("me")
    assert step.status == "completed" and step.title == "You are Asha Rao"
    assert step.values["role"] == "Sales Person" and step.values["account"] == client.account.username


async def test_a_lead_is_added_with_everything_and_its_person_is_told(account, login, stack):
    manager, asha = await login(account("manoj", "manager")), await login(account("asha"))
    retire_sales(stack, asha.account)
    form = await manager.commands.execute("lead.add")
    assert form.status == "executing" and form.actions == ("complete",)
    assert form.field("name").required and form.field("source").type == "list-single"
    assert form.field("assignee").options[asha.account.username] == "Asha"
    assert manager.account.username not in form.field("assignee").options, "only Sales Persons can get a lead"
    done = await form.complete(name="Meera Joshi", email="Meera@Example.in", phone="98765 43210", source="linkedin", budget="1.5 lakh",
                               requirements=["Excel", "for twelve"], follow_up="2030-01-07 10:30", assignee=asha.account.username)
    assert done.status == "completed" and not done.notes and "is assigned to Asha" in done.words
    row = stack.sql("SELECT name, phone, source, budget_minor, budget_currency, requirements, assignee, creator, status, id,"
                    " to_char(follow_up_at AT TIME ZONE 'Asia/Kolkata', 'YYYY-MM-DD HH24:MI') FROM crm.lead ORDER BY id DESC LIMIT 1")[0]
    assert row[:9] == ("Meera Joshi", "+919876543210", "linkedin", 15000000, "INR", "Excel\nfor twelve", asha.account.id,
                       manager.account.id, "assigned")
    told = await asha.messages.expect(lambda m: m.bare.startswith("bot@") and f"assigned lead {row[9]} to you" in (m.body or ""))
    assert "Meera Joshi" in told.body and "+91 98765 43210" in told.body
    audit = stack.sql("SELECT who, surface, command, outcome, arguments ->> 'name' FROM crm.audit ORDER BY id DESC LIMIT 1")
    assert audit == [(manager.account.address, "form", "lead.add", "done", "Meera Joshi")]


@pytest.mark.parametrize("field, value, said", [
    ("name", "", "Name"), ("email", "not an address", "email address"), ("phone", "12", "phone"),
    ("budget", "much", "amount"), ("follow_up", "some day", "date"), ("assignee", "nobodyatall", "nobody called")])
async def test_a_wrong_field_is_named_the_form_comes_back_and_can_be_put_right(account, login, stack, field, value, said):
    manager = await login(account("manoj", "manager"))
    before = stack.sql("SELECT count(*) FROM crm.lead")
    form = await manager.commands.execute("lead.add")
    again = await form.complete(**{"name": "Asha", "requirements": "keep this", field: value})
    assert said.lower() in warning(again).lower()
    assert again.field(field).label.endswith("(please correct)")
    assert again.values["requirements"] == "keep this", "what was right is still there"
    assert stack.sql("SELECT count(*) FROM crm.lead") == before
    done = await again.complete(**{field: {"name": "Asha"}.get(field, "")})
    assert done.status == "completed" and "is added" in done.words


async def test_a_lead_is_shown_to_those_who_may_see_it(account, login, stack):
    asha = await login(account("asha"))
    number = add_lead(stack, "Vikram Iyer", asha.account.id, email="vikram@example.in", budget_minor=15000000, budget_currency="INR")
    form = await asha.commands.execute("lead.show")
    for spelling in (number, f"#{number}", f"lead-{number}"):
        shown = await form.adhoc.execute("lead.show")
        step = await shown.complete(lead=spelling)
        assert step.values["name"] == "Vikram Iyer" and step.values["email"] == "vikram@example.in"
        assert step.title == f"Lead {number}"
    wrong = await form.complete(lead="first")
    assert "not a lead's number" in warning(wrong)


async def listed(client, **values):
    """The list that the form leads to: what to look for is on its first page, how to order it on its last."""
    step = await (await client.commands.execute("lead.list")).next(**values)
    return await step.complete()


async def test_the_list_is_labelled_fields_and_holds_only_what_one_may_see(account, login, stack):
    asha, ravi = await login(account("asha")), account("ravi")
    mine, other = add_lead(stack, "Mine", asha.account.id), add_lead(stack, "Other", ravi.id)
    step = await listed(asha)
    assert f"lead-{mine}" in step.values and f"lead-{other}" not in step.values
    assert "Mine" in step.values[f"lead-{mine}"]
    assert step.element.find(f".//{{{FORMS}}}reported") is None
    none = await listed(asha, status="lost")
    assert "There are no leads like this" in none.words


async def test_an_assignment_reaches_the_person_and_repeating_it_changes_nothing(account, login, stack):
    manager, asha = await login(account("manoj", "manager")), await login(account("asha"))
    number = add_lead(stack)
    step = await (await manager.commands.execute("lead.assign")).complete(lead=number, assignee=asha.account.username)
    assert "who has been told" in step.words
    await asha.messages.expect(lambda m: f"assigned lead {number} to you" in (m.body or ""), carbon=None)
    again = await (await manager.commands.execute("lead.assign")).complete(lead=number, assignee=asha.account.username)
    assert "already" in again.words
    await asha.messages.expect_nothing(lambda m: f"lead {number} to you" in (m.body or ""), carbon=None)


async def test_a_lead_goes_to_sales_persons_only(account, login, stack):
    manager = await login(account("manoj", "manager"))
    step = await (await manager.commands.execute("lead.assign")).complete(lead=add_lead(stack), assignee=manager.account.username)
    assert "Sales Persons only" in warning(step)


# ------------------------------------------------------------ choices

@pytest.fixture
def company(stack):
    """Thirty more Sales Persons than there were, three of them called Rao; gone afterwards."""
    retire_sales(stack)
    people = [put_person(stack, f"many{n}", name=f"{first} {last}") for n, (first, last) in
              enumerate([("Asha", "Rao"), ("Ravi", "Rao"), ("Uma", "Rao")] + [("Someone", f"Else {n}") for n in range(27)])]
    yield people
    quietly(stack, "UPDATE crm.person SET enabled = false WHERE id = ANY (%s)", people)


async def test_of_many_people_one_is_searched_for_and_then_chosen_from_a_short_list(account, login, stack, company):
    manager = await login(account("manoj", "manager"))
    form = await manager.commands_of(f"lead-{add_lead(stack)}@{stack.component}").execute("lead.assign")
    assert form.field("assignee").type == "text-single" and not form.field("assignee").options
    found = await form.complete(assignee="rao")
    assert "Several match" in warning(found) and not found.field("assignee").label.endswith("correct)")
    assert found.field("assignee").options == {"-": "Choose…", "nobody": "Nobody", "many0": "Asha Rao", "many1": "Ravi Rao", "many2": "Uma Rao",
                                               "?": "Search again…"}
    again = await found.complete(assignee="?")
    assert again.field("assignee").type == "text-single" and not warning(again)
    done = await (await again.complete(assignee="rao")).complete(assignee="many1")
    assert "is assigned to Ravi Rao" in done.words


async def test_a_search_without_a_match_says_so(account, login, stack, company):
    manager = await login(account("manoj", "manager"))
    form = await manager.commands_of(f"lead-{add_lead(stack)}@{stack.component}").execute("lead.assign")
    again = await form.complete(assignee="xyzzy")
    assert "nobody called" in warning(again) and again.field("assignee").type == "text-single"


async def test_a_lead_is_found_by_a_part_of_its_name_by_those_who_may_see_it(account, login, stack):
    asha, ravi, manager = await login(account("asha")), account("ravi"), await login(account("manoj", "manager"))
    for n in range(22):
        add_lead(stack, f"Filler {n}", asha.account.id)
    mine, other = add_lead(stack, "Zeenat Mine", asha.account.id), add_lead(stack, "Zeenat Other", ravi.id)
    form = await asha.commands.execute("lead.show")
    assert form.field("lead").type == "text-single"
    found = await form.complete(lead="zeenat")
    assert set(found.field("lead").options) == {"-", str(mine), "?"} and found.field("lead").value == str(mine)
    assert (await found.complete()).title == f"Lead {mine}"
    seen = await (await manager.commands.execute("lead.show")).complete(lead="zeenat")
    assert {str(mine), str(other)} <= set(seen.field("lead").options)


async def test_a_few_leads_are_offered_as_a_list(account, login, stack):
    asha = await login(account("asha"))
    number = add_lead(stack, "Only One", asha.account.id)
    form = await asha.commands.execute("lead.show")
    assert form.field("lead").options == {"-": "Choose…", str(number): f"Only One (lead {number}, assigned)"}
    assert (await form.complete(lead=number)).values["name"] == "Only One"


# ------------------------------------------------------------ steps and sessions

@pytest.mark.parametrize("action", ["complete", "execute", "next", None])
async def test_any_way_forward_completes_a_last_page(account, login, stack, action):
    manager = await login(account("manoj", "manager"))
    form = await manager.commands.execute("lead.add")
    name = f"by {action}"
    if action is None:
        done = await raw(manager, stack.component, form, name=name)
    else:
        done = await form.go(action, name=name)
    assert done.status == "completed" and "is added" in done.words
    assert stack.sql("SELECT count(*) FROM crm.lead WHERE name = %s", name) == [(1,)]


async def raw(client, address, form, **values):
    """Submits without an action, as some clients do."""
    iq = client.make_iq_set(ito=address)
    command = ET.SubElement(iq.xml, f"{{{COMMANDS}}}command", {"node": form.node, "sessionid": form.session})
    x = ET.SubElement(command, f"{{{FORMS}}}x", {"type": "submit"})
    for var, value in values.items():
        ET.SubElement(ET.SubElement(x, f"{{{FORMS}}}field", {"var": var}), f"{{{FORMS}}}value").text = value
    answer = await iq.send(timeout=10)
    return form.adhoc._read(form.node, answer.xml.find(f"{{{COMMANDS}}}command"))


async def test_prev_on_a_first_page_shows_it_again_with_what_was_given(account, login):
    manager = await login(account("manoj", "manager"))
    form = await manager.commands.execute("lead.add")
    again = await form.go("prev", name="Half", email="not an address")
    assert again.status == "executing" and again.values["name"] == "Half"
    assert not warning(again), "going back judges nothing"


async def test_a_cancelled_form_is_gone_and_did_nothing(account, login, stack):
    manager = await login(account("manoj", "manager"))
    before = stack.sql("SELECT count(*) FROM crm.lead")
    form = await manager.commands.execute("lead.add")
    assert (await form.cancel()).status == "canceled"
    late = await form.complete(name="Too late")
    assert (late.status, late.condition) == ("error", "bad-request")
    assert late.element.find(f".//{{{COMMANDS}}}bad-sessionid") is not None
    assert stack.sql("SELECT count(*) FROM crm.lead") == before


async def test_a_form_that_expired_says_so(account, login, stack):
    manager = await login(account("manoj", "manager"))
    form = await manager.commands.execute("lead.add")
    stack.sql("UPDATE crm.form_session SET expires_at = now() - interval '1 second' WHERE id = %s", form.session)
    late = await form.complete(name="Too late")
    assert late.condition == "bad-request" and "expired" in late.text


async def test_a_session_belongs_to_one_client_one_command_and_one_address(account, login, stack, lead_address):
    manoj, mina = await login(account("manoj", "manager")), await login(account("mina", "manager"))
    elsewhere = await login(manoj.account, resource="elsewhere")
    form = await manoj.commands.execute("lead.add")
    filled = {"name": ["Stolen"]}
    for thief in (mina, elsewhere):
        assert (await thief.commands.send("lead.add", "complete", form.session, filled)).condition == "bad-request"
    assert (await manoj.commands.send("lead.list", "complete", form.session, filled)).condition == "bad-request"
    at = lead_address(add_lead(stack))
    assert (await manoj.commands_of(at).send("lead.assign", "complete", form.session, filled)).condition == "bad-request"
    assert (await form.complete(name="Mine")).status == "completed"
    assert stack.sql("SELECT count(*) FROM crm.lead WHERE name = 'Stolen'") == [(0,)]


async def test_a_form_that_is_submitted_twice_is_done_once_and_answered_twice(account, login, stack):
    manager = await login(account("manoj", "manager"))
    form = await manager.commands.execute("lead.add")
    answers = await asyncio.gather(*(form.complete(name="Only once") for _ in range(3)))
    answers.append(await form.complete(name="Only once"))
    assert {answer.words for answer in answers} == {answers[0].words} and "is added" in answers[0].words
    assert stack.sql("SELECT count(*) FROM crm.lead WHERE name = 'Only once'") == [(1,)]


async def test_a_role_that_changes_in_mid_form_is_forbidden_at_that_step(account, login, stack):
    manager = await login(account("manoj", "manager"))
    form = await manager.commands.execute("lead.add")
    change_role(stack, manager.account, "sales")
    for action in ("complete", "prev"):
        step = await form.go(action, name="Not mine to add")
        assert (step.status, step.condition) == ("error", "forbidden")
        assert step.text.startswith("Forbidden")
    assert stack.sql("SELECT count(*) FROM crm.lead WHERE name = 'Not mine to add'") == [(0,)]
    audit = stack.sql("SELECT outcome FROM crm.audit WHERE who = %s ORDER BY id DESC LIMIT 1", manager.account.address)
    assert audit == [("forbidden",)]


async def test_malformed_requests_get_an_error_and_the_stream_stays(account, login, stack):
    client = await login(account("asha"))
    assert (await client.commands.send("no.such", "execute")).condition == "item-not-found"
    assert (await client.commands.send("lead.show", "explode")).condition == "bad-request"
    assert (await client.commands.send("lead.show", "next")).condition == "bad-request"
    assert (await client.commands.send("lead.show", "complete", "no-such-session", {})).condition == "bad-request"
    form = await client.commands.execute("lead.show")
    many = {f"field{i}": ["x"] for i in range(200)}
    assert (await client.commands.send("lead.show", "complete", form.session, many)).condition == "bad-request"
    assert (await client.commands.execute("me")).status == "completed"


async def test_customers_and_visitors_reach_no_command(account, login, stack):
    customer = await login(account("kiran", "customer"))
    step = await customer.commands.execute("me")
    assert (step.status, step.condition) == ("error", "forbidden")


async def test_with_the_database_away_a_step_says_wait_and_works_afterwards(account, login, stack):
    manager = await login(account("manoj", "manager"))
    form = await manager.commands.execute("lead.add")
    async with database_away(stack, manager.account):
        for step in (await form.complete(name="Later"), await manager.commands.execute("me")):
            assert (step.status, step.condition) == ("error", "resource-constraint")
            assert step.element.find("{jabber:client}error").get("type") == "wait" and "again" in step.text
    done = None
    for _ in range(50):
        done = await form.complete(name="Later")
        if done.status != "error":
            break
        await asyncio.sleep(0.2)
    assert done.status == "completed" and "is added" in done.words
    assert stack.sql("SELECT count(*) FROM crm.lead WHERE name = 'Later'") == [(1,)]


async def test_forms_and_questions_that_nobody_finished_are_swept_away(account, stack):
    person = account("asha")
    stack.sql("INSERT INTO crm.form_session (id, jid, command, target, page, state, expires_at)"
              " VALUES ('old', 'a@b/c', 'lead.add', 0, 0, '{}', now() - interval '1 minute')")
    stack.sql("INSERT INTO crm.dialogue (person_id, state, expires_at) VALUES (%s, '{}', now() - interval '1 minute')", person.id)
    stack.restart("crmd")
    stack.sql_until("SELECT NOT EXISTS (SELECT FROM crm.form_session WHERE id = 'old')"
                    " AND NOT EXISTS (SELECT FROM crm.dialogue WHERE person_id = %s)", person.id, timeout=20)


# ------------------------------------------------------------ what a record has

async def test_a_form_is_filled_in_with_what_the_lead_has_and_changes_only_what_was_changed(account, login, stack, lead_address):
    asha = await login(account("asha"))
    number = add_lead(stack, "Vikram Iyer", asha.account.id, email="vikram@example.in", phone="+919876543210", source="linkedin",
                      budget_minor=15000000, budget_currency="INR", requirements="Excel\nfor twelve", follow_up_at="2030-12-01 10:30:17+05:30")
    for form in (await asha.commands_of(lead_address(number)).execute("lead.edit"), await (await asha.commands.execute("lead.edit")).next(lead=number)):
        assert form.values == {"name": "Vikram Iyer", "email": "vikram@example.in", "phone": "+91 98765 43210", "source": "linkedin",
                               "budget": "150000 INR", "requirements": "Excel\nfor twelve", "follow_up": "2030-12-01 10:30"}
        assert form.field("name").required and not form.field("email").required
    done = await form.complete(email="", phone="+91 98765 43211")
    assert "Email: – (was vikram@example.in)" in done.words and "Phone: +91 98765 43211" in done.words
    events = stack.sql("SELECT field, is_now FROM crm.lead_event WHERE lead_id = %s AND person_id = %s ORDER BY field", number, asha.account.id)
    assert events == [("email", None), ("phone", "+919876543211")]
    assert stack.sql("SELECT extract(second FROM follow_up_at) = 17 FROM crm.lead WHERE id = %s", number) == [(True,)], "what is shown in minutes is kept"
    audit = stack.sql("SELECT arguments FROM crm.audit WHERE command = 'lead.edit' AND outcome = 'done' ORDER BY id DESC LIMIT 1")
    assert audit == [({"email": "-", "phone": "+91 98765 43211"},)]


async def test_two_who_edit_at_once_keep_what_the_other_did_or_are_asked(account, login, stack, lead_address):
    asha, meera = await login(account("asha")), await login(account("meera", "manager"))
    number = add_lead(stack, "Shared", asha.account.id, email="old@example.in")
    hers = await asha.commands_of(lead_address(number)).execute("lead.edit")
    forms = [await meera.commands_of(lead_address(number)).execute("lead.edit") for _ in range(2)]
    await hers.complete(email="asha@example.in")
    await forms[0].complete(name="Renamed")
    assert stack.sql("SELECT name, email FROM crm.lead WHERE id = %s", number) == [("Renamed", "asha@example.in")], "different fields: both stay"
    asked = await forms[1].complete(email="meera@example.in")
    assert "Email was changed while this form was open: it is “asha@example.in” now, and was “old@example.in”" in warning(asked)
    assert asked.values["email"] == "meera@example.in" and asked.values["name"] == "Renamed"
    assert stack.sql("SELECT email FROM crm.lead WHERE id = %s", number) == [("asha@example.in",)]
    assert (await asked.complete()).status == "completed"
    assert stack.sql("SELECT name, email FROM crm.lead WHERE id = %s", number) == [("Renamed", "meera@example.in")]


async def test_what_the_bot_changes_meanwhile_is_not_overwritten_either(account, login, stack, lead_address):
    asha = await login(account("asha"))
    number = add_lead(stack, "Talked about", asha.account.id)
    form = await asha.commands_of(lead_address(number)).execute("lead.status")
    assert form.values["status"] == "assigned"
    await asha.ask_bot(f"status {number} contacted")
    asked = await form.complete(status="lost", reason="too expensive")
    assert "it is “contacted” now" in warning(asked)
    assert stack.sql("SELECT status FROM crm.lead WHERE id = %s", number) == [("contacted",)]


@pytest.mark.parametrize("node, first, field, shown", [
    ("user.role", {"person": "SALES"}, "role", "sales"), ("settings.set", {"setting": "money.currency"}, "value", "INR"),
    ("team.lead", {"team": "TEAM"}, "leader", "SALES")])
async def test_other_records_show_what_they_have_too(account, login, stack, node, first, field, shown):
    admin, sales = await login(account("anna", "admin")), account("asha")
    team = f"Team of {sales.username}"
    stack.sql("INSERT INTO crm.team (name, leader) VALUES (%s, %s)", team, sales.id)
    known = {"SALES": sales.username, "TEAM": team}
    form = await admin.commands.execute(node)
    assert field not in form.values
    page = await form.next(**{name: known.get(value, value) for name, value in first.items()})
    assert page.values[field] == known.get(shown, shown)
    stack.sql("DELETE FROM crm.team WHERE name = %s", team)


async def test_a_profile_is_filled_in_and_says_where_the_picture_comes_from(account, login, stack):
    asha = await login(account("asha", full_name="Asha Rao"))
    form = await asha.commands.execute("profile")
    assert form.values["name"] == "Asha Rao" and form.values["time_zone"]
    done = await form.complete(phone="98765 43210")
    assert done.values["phone"] == "+91 98765 43210" and "chat client" in done.values["picture"]
    assert stack.sql("SELECT phone FROM crm.person WHERE id = %s", asha.account.id) == [("+919876543210",)]
    again = await (await asha.commands.execute("profile")).complete(phone="")
    assert "phone" not in again.values


# ------------------------------------------------------------ shapes

async def test_a_program_known_to_show_tables_gets_one(account, login, stack):
    for software, version, shown in ("Gajim", "1.8.4", True), ("Gajim", "1.7.3", False), ("profanity", "0.13.1", False):
        asha = await login(account("asha"), resource=f"{software}.{version}")
        asha.register_plugin("xep_0092")
        asha["xep_0092"].software_name, asha["xep_0092"].version = software, version
        number = add_lead(stack, "In a table", asha.account.id)
        await asha.commands.list()    # whoever opens the menu is asked what it is
        step = await (await asha.commands.execute("lead.list")).complete()
        head = [field.get("label") for field in step.element.findall(f".//{{{FORMS}}}reported/{{{FORMS}}}field")]
        rows = [{field.get("var"): field.findtext(f"{{{FORMS}}}value") for field in item} for item in step.element.iter(f"{{{FORMS}}}item")]
        if shown:
            assert head == ["Number", "Name", "Status", "Assigned to", "Budget", "Follow-up", "Score"]
            known = {"number": str(number), "name": "In a table", "status": "assigned", "assignee": "Asha", "budget": "", "follow_up": ""}
            assert any(known.items() <= row.items() for row in rows), rows
        else:
            assert not head and not rows and f"lead-{number}" in step.values


async def test_a_program_that_does_not_say_what_it_is_gets_what_all_can_show(account, login, stack):
    asha = await login(account("asha"), resource="silent")
    number = add_lead(stack, "For the silent", asha.account.id)
    step = await (await asha.commands.execute("lead.list")).complete()
    assert f"lead-{number}" in step.values


# ------------------------------------------------------------ contacts

async def test_a_lead_can_stand_in_a_contact_list(account, login, stack, lead_address):
    asha, ravi = await login(account("asha")), await login(account("ravi"))
    number = add_lead(stack, "Asha's Lead", asha.account.id)
    address = lead_address(number)
    asha.send_presence(pto=address, ptype="subscribe")
    await asha.presences.expect(lambda p: p.bare == address and p.type == "subscribed")
    seen = await asha.presences.expect(lambda p: p.bare == address and p.type == "available" and p.child(CAPS, "c") is not None)
    photo = seen.child("vcard-temp:x:update", "x").findtext("{vcard-temp:x:update}photo")
    card = (await query(asha, address, "vcard-temp", "vCard").send()).xml
    picture = base64.b64decode(card.findtext(".//{vcard-temp}BINVAL"))
    assert picture.startswith(b"\x89PNG") and hashlib.sha1(picture).hexdigest() == photo
    ravi.send_presence(pto=address, ptype="subscribe")
    ravi.send_presence(pto=lead_address(999999999), ptype="subscribe")
    assert await condition_of(ravi, query(ravi, address, "urn:xmpp:ping", "ping")) == "item-not-found"
    assert not [p for p in ravi.presences.all if (p.bare or "").startswith("lead-")]


async def test_pictures_are_there_for_every_way_of_asking(account, login, stack):
    asha = await login(account("asha"))
    bot = f"bot@{stack.component}"
    card = (await query(asha, bot, "vcard-temp", "vCard").send()).xml
    assert card.findtext(".//{vcard-temp}FN") == "Lead bot" and card.findtext(".//{vcard-temp}TYPE") == "image/png"
    answers = {}
    for node in "metadata", "data":
        iq = asha.make_iq_get(ito=bot)
        pubsub = ET.SubElement(iq.xml, "{http://jabber.org/protocol/pubsub}pubsub")
        ET.SubElement(pubsub, "{http://jabber.org/protocol/pubsub}items", {"node": f"urn:xmpp:avatar:{node}"})
        answers[node] = (await iq.send()).xml
    data = base64.b64decode(answers["data"].findtext(".//{urn:xmpp:avatar:data}data"))
    info = answers["metadata"].find(".//{urn:xmpp:avatar:metadata}info")
    assert (info.get("bytes"), info.get("id")) == (str(len(data)), hashlib.sha1(data).hexdigest())
    assert data == base64.b64decode(card.findtext(".//{vcard-temp}BINVAL"))


async def test_a_waiting_visitor_is_there_for_those_who_were_shown_the_contact_and_for_nobody_else(account, login, visitor, stack):
    retire_sales(stack)
    asha = await login(account("asha"))
    late = await login(account("late"), available=False)
    guest = await visitor()
    await guest.say_and_wait("Is anybody there?")
    contact = (await asha.messages.expect(body="Is anybody there?", carbon=None)).bare
    absent = f"visitor-999999999@{stack.component}"
    card = await query(asha, contact, "vcard-temp", "vCard").send()
    assert card.xml.findtext(".//{vcard-temp}FN").startswith("Visitor ")
    assert await condition_of(asha, query(asha, contact, DISCO_INFO)) is None
    assert await condition_of(asha, query(asha, contact, DISCO_ITEMS, node=COMMANDS)) is None
    for namespace, name in ((DISCO_INFO, "query"), (DISCO_ITEMS, "query"), ("vcard-temp", "vCard")):
        assert await error_bytes(late, query(late, contact, namespace, name), contact) == await error_bytes(
            late, query(late, absent, namespace, name), absent)
    ravi = await login(account("ravi"))
    await ravi.messages.expect(body="Is anybody there?", carbon=None)
    asha.say(contact, "Yes.")
    await guest.messages.expect(body="Yes.")
    assert await condition_of(asha, query(asha, contact, "vcard-temp", "vCard")) is None
    assert await condition_of(ravi, query(ravi, contact, "vcard-temp", "vCard")) == "item-not-found"
