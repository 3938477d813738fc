"""PostgreSQL away for a while."""

import asyncio
import contextlib
import time

from .staff import LoginFailed, Staff


@contextlib.asynccontextmanager
async def database_away(stack, account):
    """Kills PostgreSQL; starts it again at the end, and waits until Prosody lets the account log in, so that what comes next finds all
    well."""
    stack.kill("postgres")
    try:
        yield
    finally:
        stack.start("postgres")
    end = time.monotonic() + 20
    while True:
        try:
            client = await Staff.login(stack, account, resource="look", available=False)
            await client.logout()
            return
        except LoginFailed:
            assert time.monotonic() < end, "nobody can log in"
            await asyncio.sleep(0.2)
