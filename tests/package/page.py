"""The operator's page in README: its commands, word by word, so that page and tests cannot part."""

import pathlib
import re

TOP = pathlib.Path(__file__).resolve().parents[2]
PROGRAMS = ("apt", "crmctl", "journalctl", "man", "rm", "su", "systemctl")


def section():
    return (TOP / "README.md").read_text(encoding="utf-8").split("\n## In production\n")[1].split("\n## ")[0]


def commands():
    """Each command that the page tells an operator to type: the lines of its block, and what stands in backquotes with an argument."""
    block = [line.partition(" # ")[0].strip() for line in section().splitlines() if line.startswith("    ")]
    unknown = [line for line in block if line.split()[0] not in PROGRAMS]
    assert not unknown, f"what README tells an operator to type is not run by any test: {unknown}; see PROGRAMS"
    inline = re.findall(r"`([^`\n]+)`", section())
    return list(dict.fromkeys(each for each in block + inline if each.split()[0] in PROGRAMS and " " in each))


def troubles():
    """What the page's table says that the log shows."""
    return re.findall(r"^\| `([^`]+)`", section(), re.M)


class Page:
    """page("crmctl check") is that command, to be run by a shell, with the test's own names in place of the page's; it fails when the page has no
    such command. `unused` are those that nobody has asked for."""

    def __init__(self, names):
        self.names = names
        self.unused = commands()
        self.known = commands()

    def __call__(self, command):
        assert command in self.known, f"README does not say {command!r}; it says {self.known}"
        if command in self.unused:
            self.unused.remove(command)
        for ours, own in self.names.items():
            command = command.replace(ours, own)
        return ["bash", "-euc", command]
