"""The command table, as `crmd --print-commands` tells it: what there is to drive, so that a new row is driven too."""

import dataclasses
import re
import subprocess

from .stack import build_folder

COMMAND = re.compile(r"^(?P<name>[a-z][a-z.-]*): (?P<summary>.*)$")
FACTS = re.compile(r"^  for (?P<roles>.*); (?P<effect>read|write|destroy); acts on (?P<target>\w+)")
PARAM = re.compile(r"^  param (?P<name>\w+) \((?P<flags>[^)]*)\) “(?P<label>[^”]*)”: (?P<rest>.*)$")
CHOICES = re.compile(r"\[([^\]]*)\]")


@dataclasses.dataclass
class Param:
    name: str
    type: str
    flags: set
    label: str
    choices: list


@dataclasses.dataclass
class Command:
    """roles are as the table prints them ("Managers", "Sales Persons"); target is "nothing" or a kind of record."""
    name: str
    summary: str
    roles: list = dataclasses.field(default_factory=list)
    effect: str = ""
    target: str = "nothing"
    params: list = dataclasses.field(default_factory=list)

    @property
    def has_form(self):
        return bool(self.params) or self.target != "nothing" or self.effect == "destroy"

    def param(self, label):
        return next((param for param in self.params if param.label == label), None)


def commands():
    """Every command of the program that was built."""
    text = subprocess.run([str(build_folder() / "crmd"), "--print-commands"], capture_output=True, text=True, check=True).stdout
    found = []
    for line in text.splitlines():
        begins, facts, param = COMMAND.match(line), FACTS.match(line), PARAM.match(line)
        if begins:
            found.append(Command(begins["name"], begins["summary"]))
        elif facts:
            found[-1].roles = re.split(r", | and ", facts["roles"])
            found[-1].effect, found[-1].target = facts["effect"], facts["target"]
        elif param:
            kind, *flags = param["flags"].split(", ")
            choices = CHOICES.search(param["rest"])
            found[-1].params.append(Param(param["name"], kind, set(flags), param["label"], choices.group(1).split() if choices else []))
    return found
