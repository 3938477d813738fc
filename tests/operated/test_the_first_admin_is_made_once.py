"""crmd --first-admin: from an empty installation to somebody who can add everyone else, and never twice."""

import asyncio

from support.account_page import find_link, set_password
from support.accounts import Account
from support.staff import Staff

PASSWORD = "four plain words here"


async def test_the_first_admin_gets_a_link_and_adds_others(crmd, bare):
    said = await crmd(bare, "--first-admin", "Asha", "--name", "Asha Rao")
    assert said.code == 0 and said.out.startswith(f"asha@{bare.domain} is the first Admin."), said
    page = await asyncio.get_running_loop().run_in_executor(None, set_password, find_link(said.out), PASSWORD)
    assert page.status == 200, page
    bare.start("crmd")
    number = bare.sql("SELECT id FROM crm.person WHERE username = 'asha' AND role = 'admin' AND name = 'Asha Rao'")[0][0]
    asha = await Staff.login(bare, Account(number, "asha", PASSWORD, "admin", "Asha Rao", f"asha@{bare.domain}"))
    answer = await asha.ask_bot("user add Ravi Kumar, ravi, sales, ravi@example.in")
    assert "Ravi Kumar (ravi) is added" in answer, answer
    await asha.logout()
    assert bare.sql("SELECT who, outcome FROM crm.audit WHERE command = 'first.admin'") == [("system", "done")]


async def test_with_an_admin_there_is_no_second_first_one(crmd, bare):
    people = bare.sql("SELECT count(*) FROM crm.person")
    said = await crmd(bare, "--first-admin", "mallory")
    assert said.code == 1 and said.out == "", said
    assert said.err == "There is an Admin already: asha. They add others; a new link for them: crmctl --as asha user.password asha\n"
    assert bare.sql("SELECT count(*) FROM crm.person") == people


async def test_a_name_that_cannot_be_had_is_refused(crmd, bare):
    # As after an Admin's row was disabled by hand: the last one cannot be through any surface.
    bare.sql("BEGIN; SET LOCAL session_replication_role = replica; UPDATE crm.person SET enabled = false WHERE username = 'asha'; COMMIT")
    try:
        for name, words in (("asha", "The user name asha is taken."), ("a b", "This is no user name."), ("", "This is no user name.")):
            said = await crmd(bare, "--first-admin", name)
            assert said.code == 1 and words in said.err and said.out == "", said
        said = await crmd(bare, "--first-admin", "meera", "--name", "x" * 121)
        assert said.code == 1 and "1 to 120 characters" in said.err, said
    finally:
        bare.sql("UPDATE crm.person SET enabled = true WHERE username = 'asha'")
