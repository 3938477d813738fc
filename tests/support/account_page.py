"""The page behind a one-time link, opened as a browser without JavaScript does: GET, then POST of its form."""

import dataclasses
import html
import re
import urllib.error
import urllib.parse
import urllib.request

LINK = re.compile(r"https?://\S+/account/[A-Za-z0-9_-]{43}")


@dataclasses.dataclass
class Page:
    status: int
    headers: object
    text: str

    @property
    def words(self):
        """What a person reads."""
        body = re.sub(r"<style>.*?</style>", "", self.text, flags=re.S)
        return html.unescape(re.sub(r"<[^>]+>", " ", body))


def find_link(text):
    """The one link in an answer of the bot or a form."""
    found = LINK.findall(text)
    assert len(found) == 1, text
    return found[0]


def open_page(url, fields=None):
    data = None if fields is None else urllib.parse.urlencode(fields).encode()
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data=data), timeout=10) as answer:
            return Page(answer.status, answer.headers, answer.read().decode())
    except urllib.error.HTTPError as error:
        return Page(error.code, error.headers, error.read().decode())


def set_password(url, password, again=None):
    return open_page(url, {"password": password, "again": password if again is None else again})
