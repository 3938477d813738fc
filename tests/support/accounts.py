"""Accounts written straight into the database, their SCRAM keys (RFC 5802, RFC 7677) made here with hashlib."""

import dataclasses
import hashlib
import hmac
import secrets

ITERATIONS = 4096


@dataclasses.dataclass
class Account:
    """Someone who can log in. address is the bare one; id is the row of crm.person."""
    id: int
    username: str
    password: str
    role: str
    name: str
    address: str


def scram_keys(password, salt, iterations, digest):
    """StoredKey and ServerKey in hexadecimal. The salt is text: its bytes are what the client is shown."""
    salted = hashlib.pbkdf2_hmac(digest, password.encode(), salt.encode(), iterations)
    client_key = hmac.digest(salted, b"Client Key", digest)
    return hashlib.new(digest, client_key).hexdigest(), hmac.digest(salted, b"Server Key", digest).hex()


def add(stack, username, role="sales", password=None, name=None, enabled=True):
    """Makes the account (role: admin, manager, lead, sales or customer) and returns it. It must not exist yet."""
    kind = "customer" if role == "customer" else "staff"
    password = password or secrets.token_urlsafe(12)
    name = name or username.capitalize()
    salt = secrets.token_hex(16)
    rows = stack.sql("INSERT INTO crm.person (kind, username, name, role, enabled) VALUES (%s, %s, %s, %s, %s) RETURNING id",
                     kind, username, name, role, enabled)
    stack.sql("INSERT INTO crm.credential (person_id, salt, iterations, stored_sha1, server_sha1, stored_sha256, server_sha256)"
              " VALUES (%s, %s, %s, %s, %s, %s, %s)", rows[0][0], salt, ITERATIONS,
              *scram_keys(password, salt, ITERATIONS, "sha1"), *scram_keys(password, salt, ITERATIONS, "sha256"))
    host = "my." + stack.domain if kind == "customer" else stack.domain
    return Account(rows[0][0], username, password, role, name, f"{username}@{host}")
