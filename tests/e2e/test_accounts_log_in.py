"""Accounts are rows in PostgreSQL and log in through Prosody, over STARTTLS with a certificate that names us."""

import asyncio
import time

import pytest

from support.staff import LoginFailed, Staff


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN"])
async def test_staff_log_in_with_each_mechanism(account, login, mechanism):
    client = await login(account("asha"), mechanism=mechanism)
    assert client.boundjid.bare == client.account.address


async def test_a_customer_logs_in_on_the_customers_domain(account, login, stack):
    client = await login(account("uma", "customer"))
    assert client.boundjid.domain == f"my.{stack.domain}"


async def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(account, stack):
    known = account("ravi")
    for username in (known.username, "nobody"):
        known.address = f"{username}@{stack.domain}"
        with pytest.raises(LoginFailed) as failure:
            await Staff.login(stack, known, password="wrong")
        assert failure.value.condition == "not-authorized"


async def test_a_disabled_account_is_refused(account, stack):
    with pytest.raises(LoginFailed) as failure:
        await Staff.login(stack, account("kiran", enabled=False))
    assert failure.value.condition == "not-authorized"


async def login_before(account, login, seconds):
    """Tries until it works, as clients do after temporary-auth-failure."""
    end = time.monotonic() + seconds
    while True:
        try:
            return await login(account)
        except LoginFailed:
            assert time.monotonic() < end
            await asyncio.sleep(0.2)


async def test_with_the_database_away_login_says_try_again_and_works_by_itself_afterwards(account, login, stack):
    meera = account("meera")
    stack.kill("postgres")
    try:
        with pytest.raises(LoginFailed) as failure:
            await Staff.login(stack, meera)
        assert failure.value.condition == "temporary-auth-failure"
    finally:
        stack.start("postgres")
    await login_before(meera, login, seconds=10)
