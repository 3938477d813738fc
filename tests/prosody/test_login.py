"""Accounts are rows in PostgreSQL: mod_auth_crm and mod_auth_crm_guest."""

import base64
import re
import secrets
import subprocess
from pathlib import Path

import pytest

from private_stack import DOMAIN, PROSODY_SOURCE
from wire import SASL, local


def failure(element):
    assert element.tag == f"{SASL}failure"
    return local(element[0])


async def test_no_password_mechanism_is_offered_before_tls(people):
    client = await people.stream(tls=False)
    assert client.mechanisms() == set()


async def test_over_tls_scram_and_plain_are_offered(people):
    client = await people.stream()
    assert {"SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN"} <= client.mechanisms()


@pytest.mark.parametrize("digest", ["sha1", "sha256"])
async def test_the_right_password_logs_in_with_scram(people, digest):
    username, password = people.account()
    client = await people.stream()
    reply = await client.scram_final(password, await client.scram_first(username, digest))
    assert reply.tag == f"{SASL}success"
    await client.bind("here")
    assert client.jid == f"{username}@{DOMAIN}/here"


async def test_the_right_password_logs_in_with_plain(people):
    username, password = people.account()
    client = await people.stream()
    assert (await client.plain(username, password)).tag == f"{SASL}success"


async def test_an_imported_bcrypt_password_logs_in_once_and_is_scram_from_then_on(people, stack):
    stack.add_bcrypt_account("imported", "old password")
    client = await people.stream()
    assert (await client.plain("imported", "old password")).tag == f"{SASL}success"
    assert stack.psql("crm", "SELECT bcrypt IS NULL FROM crm.account WHERE username = 'imported'").strip() == "t"
    again = await people.stream()
    assert (await again.scram_final("old password", await again.scram_first("imported"))).tag == f"{SASL}success"


async def test_an_account_of_one_kind_does_not_log_in_on_the_other_kind_s_host(people):
    username, password = people.account(kind="customer")
    client = await people.stream()
    assert failure(await client.plain(username, password)) == "not-authorized"


async def test_unknown_disabled_and_bcrypt_names_fail_exactly_as_a_wrong_password_does(people, stack):
    known, _ = people.account()
    disabled, password = people.account(enabled=False)
    stack.add_bcrypt_account("bcryptonly", "secret")
    replies = []
    for username, given in ((known, "wrong"), (disabled, password), ("nobody-here", "wrong"), ("bcryptonly", "secret")):
        stack_of_steps = []
        client = await people.stream()
        first = await client.scram_first(username)
        stack_of_steps.append((first["i"], len(base64.b64decode(first["s"]))))
        final = await client.scram_final(given, first)
        stack_of_steps.append([(e.tag, e.text) for e in final.iter()])
        replies.append(stack_of_steps)
    assert all(steps == replies[0] for steps in replies)


async def test_the_salt_of_an_unknown_name_is_the_same_on_every_try(people):
    salts = []
    for name in ("ghost", "ghost", "phantom"):
        client = await people.stream()
        salts.append((await client.scram_first(name))["s"])
    assert salts[0] == salts[1] != salts[2]


async def test_a_visitor_comes_back_to_the_same_address_with_the_same_secret(people):
    secret = secrets.token_urlsafe(32)
    first, second, other = await people.guest(secret), await people.guest(secret), await people.guest()
    assert first.bare == second.bare != other.bare
    assert secret.lower() not in first.bare and first.bare.endswith(f"@guest.{DOMAIN}")


@pytest.mark.parametrize("secret", ["", "short", "x" * 42, "x" * 129, "with spaces " * 5])
async def test_a_visitor_without_a_long_secret_is_refused(people, secret):
    client = await people.stream(f"guest.{DOMAIN}", tls=False)
    assert failure(await client.sasl("auth mechanism='ANONYMOUS'", secret.encode())) == "malformed-request"


async def test_visitors_cannot_log_in_with_a_password_nor_staff_anonymously(people):
    guest = await people.stream(f"guest.{DOMAIN}", tls=False)
    assert guest.mechanisms() == {"ANONYMOUS"}
    staff = await people.stream()
    assert "ANONYMOUS" not in staff.mechanisms()


async def test_a_disabled_account_cannot_bind_although_it_authenticated_in_time(people, stack):
    username, password = people.account()
    client = await people.stream()
    assert (await client.scram_final(password, await client.scram_first(username))).tag == f"{SASL}success"
    stack.set_enabled(username, False)
    assert (await client.bind()).get("type") == "error"


async def test_between_two_queries_no_transaction_is_open(people, stack):
    await people.staff()
    assert stack.psql("crm", "SELECT DISTINCT state FROM pg_stat_activity WHERE application_name = 'prosody'").split() == ["idle"]


async def test_without_the_database_login_is_a_temporary_failure_and_works_again_by_itself(people, stack):
    username, password = people.account()
    stack.kill_postgres()
    try:
        for attempt in (lambda c: c.plain(username, password), lambda c: c.scram_first(username)):
            client = await people.stream()
            assert failure(await attempt(client)) == "temporary-auth-failure"
    finally:
        stack.start_postgres()
    await people.database_works_again()


async def test_prosody_that_starts_without_the_database_serves_visitors_and_staff_once_it_is_there(people, stack):
    stack.kill_postgres()
    try:
        stack.kill_prosody()
        stack.start_prosody()
        await people.guest()
    finally:
        stack.start_postgres()
    await people.database_works_again()


async def test_ten_wrong_passwords_from_one_address_are_throttled_before_any_more_hashing(people, stack):
    username, password = people.account()
    conditions = []
    for _ in range(15):
        client = await people.stream()
        conditions.append(failure(await client.plain(username, "wrong")))
        if conditions[-1] == "temporary-auth-failure":
            break
    assert conditions[-1] == "temporary-auth-failure" and "not-authorized" in conditions
    client = await people.stream()
    assert failure(await client.plain(username, password)) == "temporary-auth-failure"
    stack.kill_prosody()  # forgets the failures, for the tests after this one
    stack.start_prosody()


async def fail_from(people, address, username, times=10):
    client = await people.stream(address=address)
    for _ in range(times):
        assert failure(await client.plain(username, "wrong")) == "not-authorized"


async def test_guesses_at_one_account_from_many_addresses_end_and_its_owner_still_logs_in(people, stack):
    username, password = people.account()
    other, others_password = people.account()
    owner = await people.stream(address="127.0.1.1")
    assert (await owner.plain(username, password)).tag == f"{SASL}success"
    for number in range(2, 12):    # ten failures an address and minute, a hundred an account and hour
        await fail_from(people, f"127.0.1.{number}", username)
    stack.prosody.terminate()
    stack.prosody.wait(20)
    stack.start_prosody()    # counts over an hour go on
    stranger = await people.stream(address="127.0.1.12")
    reply = await stranger.plain(username, password)
    assert failure(reply) == "temporary-auth-failure" and "this account" in reply.findtext(f"{SASL}text")
    assert failure(await stranger.scram_first(username)) == "temporary-auth-failure"
    assert (await stranger.plain(other, others_password)).tag == f"{SASL}success"
    owner = await people.stream(address="127.0.1.1")
    assert (await owner.plain(username, password)).tag == f"{SASL}success"


def end_and_start(stack, days=0):
    """In between, so many days go by for what is remembered of logins."""
    stack.prosody.terminate()
    stack.prosody.wait(20)
    kept = stack.dir / "prosody/data" / DOMAIN.replace(".", "%2e") / "crm_limits/familiar.dat"
    kept.write_text(re.sub(r"\b1\d{9}(\.\d+)?", lambda time: str(float(time[0]) - days * 86400), kept.read_text()))
    stack.start_prosody()


async def test_where_somebody_logs_in_all_the_time_stays_familiar(people, stack):
    username, password = people.account()
    for days in (29, 29):    # 58 days after the first login, 29 after the last
        owner = await people.stream(address="127.0.1.41")
        assert (await owner.plain(username, password)).tag == f"{SASL}success"
        end_and_start(stack, days)
    for number in range(42, 52):
        await fail_from(people, f"127.0.1.{number}", username)
    stranger = await people.stream(address="127.0.1.52")
    assert failure(await stranger.plain(username, password)) == "temporary-auth-failure"
    owner = await people.stream(address="127.0.1.41")
    assert (await owner.plain(username, password)).tag == f"{SASL}success"


def test_an_address_is_familiar_for_a_month_from_the_last_login_and_is_written_once_a_day():
    script, library = Path(__file__).with_name("familiar.lua"), Path(PROSODY_SOURCE, "crm_limits.lib.lua")
    done = subprocess.run(["lua5.4", script, library], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["old", "renewed", "lapsed", "limited", "writes=1"]


async def test_an_unknown_name_is_closed_as_a_known_one_is(people):
    name = "nobody-" + secrets.token_hex(4)
    for number in range(20, 30):
        await fail_from(people, f"127.0.1.{number}", name)
    stranger = await people.stream(address="127.0.1.30")
    assert failure(await stranger.plain(name, "x")) == "temporary-auth-failure"


async def test_a_stock_client_library_logs_in(people, stack):
    import asyncio
    import slixmpp
    username, password = people.account()
    client = slixmpp.ClientXMPP(f"{username}@{DOMAIN}", password)
    started = asyncio.get_running_loop().create_future()
    client.add_event_handler("session_start", lambda _: started.set_result(True))
    client.ca_certs = str(stack.dir / "certs" / f"{DOMAIN}.crt")
    client.add_event_handler("failed_auth", lambda e: started.set_exception(AssertionError(str(e))))
    client.connect(("127.0.0.1", stack.c2s_port))
    assert await asyncio.wait_for(started, 10)
    await client.disconnect(wait=2)
    client._run_out_filters.cancel()  # slixmpp leaves this task behind


SASL_NAMESPACE = "urn:ietf:params:xml:ns:xmpp-sasl"


async def begin_and_give_up(client, username):
    """What the answer to the beginning is: challenge, or the condition of a failure."""
    begin = base64.b64encode(f"n,,n={username},r=fyko+d2lbbFgONRv9qkxdawL".encode()).decode()
    client.send(f"<auth xmlns='{SASL_NAMESPACE}' mechanism='SCRAM-SHA-1'>{begin}</auth><abort xmlns='{SASL_NAMESPACE}'/>")
    answer = await client.expect(lambda e: e.tag.startswith(SASL))
    await client.expect(lambda e: e.tag == f"{SASL}failure")
    return local(answer) if local(answer) == "challenge" else local(answer[0])


async def test_a_stream_on_which_nobody_comes_to_an_end_is_ended(people):
    username, _ = people.account()
    client = await people.stream(address="127.0.0.41")
    for _ in range(6):
        assert await begin_and_give_up(client, username) == "challenge"
    with pytest.raises(ConnectionError):
        await begin_and_give_up(client, username)


@pytest.mark.parametrize("host", [DOMAIN, f"my.{DOMAIN}", f"guest.{DOMAIN}"])
async def test_an_element_where_text_should_be_is_answered(people, stack, host):
    begin = stack.log_file.stat().st_size
    client = await people.stream(host, tls=not host.startswith("guest"))
    for step in ("auth mechanism='ANONYMOUS'", "auth mechanism='PLAIN'", "response"):
        client.send(f"<{step} xmlns='{SASL_NAMESPACE}'><a/>text</{step.partition(' ')[0]}>")
        assert failure(await client.expect(lambda e: e.tag.startswith(SASL))) == "malformed-request"
    assert "raceback" not in stack.log_file.read_text()[begin:]


@pytest.mark.parametrize("host", [DOMAIN, f"my.{DOMAIN}", f"guest.{DOMAIN}"])
async def test_a_client_that_speaks_as_a_server_is_hung_up_on(people, stack, host):
    begin = stack.log_file.stat().st_size
    client = await people.stream(host, tls=False)
    client.send("<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>")
    await client.expect_closed()
    assert "raceback" not in stack.log_file.read_text()[begin:]


async def test_logins_that_are_given_up_before_the_password_are_limited_per_address(people):
    username, _ = people.account()
    answers = []
    while len(answers) < 400:
        client = await people.stream(address="127.0.0.42")
        answers += [await begin_and_give_up(client, username) for _ in range(6)]
        await client.close()
        if answers[-1] != "challenge":
            break
    assert answers[:300] == ["challenge"] * 300 and answers[-1] == "temporary-auth-failure"
    other = await people.stream(address="127.0.0.43")
    assert await begin_and_give_up(other, username) == "challenge"
