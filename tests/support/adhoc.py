"""Ad-hoc commands (XEP-0050) with data forms (XEP-0004), stanza by stanza, so that a test sees what a client sees."""

import dataclasses
import xml.etree.ElementTree as ET

from slixmpp import Iq
from slixmpp.exceptions import IqError

COMMANDS = "http://jabber.org/protocol/commands"
FORMS = "jabber:x:data"
DISCO_ITEMS = "http://jabber.org/protocol/disco#items"


@dataclasses.dataclass
class Field:
    var: str
    type: str
    label: str
    required: bool
    values: list
    options: dict    # value: label

    @property
    def value(self):
        return "\n".join(self.values)


@dataclasses.dataclass
class Step:
    """What a command answered. status is "executing", "completed" or "canceled", or "error" with condition and text."""
    adhoc: object
    node: str
    status: str
    session: str = ""
    actions: tuple = ()
    title: str = ""
    fields: list = dataclasses.field(default_factory=list)
    notes: list = dataclasses.field(default_factory=list)    # (type, text)
    condition: str = ""
    text: str = ""
    element: object = None

    def field(self, var):
        return next(field for field in self.fields if field.var == var)

    @property
    def values(self):
        """The fields that have a name, as {var: text}."""
        return {field.var: field.value for field in self.fields if field.var}

    @property
    def words(self):
        """Everything a person could read in it, for assertions about wording."""
        lines = [self.title, self.text, *(text for _, text in self.notes)]
        return "\n".join(lines + [f"{field.label}: {field.value}" for field in self.fields])

    async def go(self, action, **values):
        """Sends the form back with these values (the others as they were offered) and returns the next step."""
        filled = {field.var: field.values for field in self.fields if field.var and field.type != "fixed"}
        filled.update({var: value if isinstance(value, list) else [str(value)] for var, value in values.items()})
        return await self.adhoc.send(self.node, action, self.session, filled)

    async def complete(self, **values):
        """Sends the form, page after page, as long as values are left for fields that were not asked for yet."""
        step = await self.go("complete", **values)
        asked = {field.var for field in self.fields}
        left = {var: value for var, value in values.items() if var not in asked}
        if step.status == "executing" and any(field.var in left for field in step.fields) and not asked & {field.var for field in step.fields if field.var}:
            return await step.complete(**left)
        return step

    async def next(self, **values):
        return await self.go("next", **values)

    async def previous(self):
        return await self.go("prev")

    async def cancel(self):
        return await self.adhoc.send(self.node, "cancel", self.session)


class AdHoc:
    """The commands that one address offers to one client."""

    def __init__(self, client, address, timeout=30):
        self.client = client
        self.address = address
        self.timeout = timeout

    async def list(self):
        """{node: name} of what is offered (XEP-0030 items)."""
        iq = self.client.make_iq_get(ito=self.address)
        iq.xml.append(ET.Element(f"{{{DISCO_ITEMS}}}query", {"node": COMMANDS}))
        answer = await iq.send(timeout=self.timeout)
        return {item.get("node"): item.get("name") for item in answer.xml.iter(f"{{{DISCO_ITEMS}}}item")}

    async def execute(self, node):
        """The first step of a command."""
        return await self.send(node, "execute")

    async def send(self, node, action, session="", values=None):
        """One request; session and values as the protocol has them, for tests that break its rules."""
        command = ET.Element(f"{{{COMMANDS}}}command", {"node": node, "action": action})
        if session:
            command.set("sessionid", session)
        if values is not None:
            form = ET.SubElement(command, f"{{{FORMS}}}x", {"type": "submit"})
            for var, texts in values.items():
                field = ET.SubElement(form, f"{{{FORMS}}}field", {"var": var})
                for text in texts:
                    ET.SubElement(field, f"{{{FORMS}}}value").text = text
        iq = Iq(stream=self.client, sto=self.address, stype="set", sid=self.client.new_id())
        iq.xml.append(command)
        try:
            answer = await iq.send(timeout=self.timeout)
        except IqError as error:
            return Step(self, node, "error", session, condition=error.condition, text=error.text or "", element=error.iq.xml)
        return self._read(node, answer.xml.find(f"{{{COMMANDS}}}command"))

    def _read(self, node, command):
        actions = command.find(f"{{{COMMANDS}}}actions")
        step = Step(self, node, command.get("status"), command.get("sessionid", ""), element=command,
                    actions=tuple(a.tag.rpartition("}")[2] for a in actions) if actions is not None else (),
                    notes=[(n.get("type", "info"), n.text or "") for n in command.iter(f"{{{COMMANDS}}}note")])
        form = command.find(f"{{{FORMS}}}x")
        if form is not None:
            step.title = form.findtext(f"{{{FORMS}}}title", "")
            step.fields = [self._read_field(field) for field in form.findall(f"{{{FORMS}}}field")]
        return step

    @staticmethod
    def _read_field(field):
        return Field(field.get("var", ""), field.get("type", "text-single"), field.get("label", ""),
                     field.find(f"{{{FORMS}}}required") is not None,
                     [value.text or "" for value in field.findall(f"{{{FORMS}}}value")],
                     {option.findtext(f"{{{FORMS}}}value", ""): option.get("label", "")
                      for option in field.findall(f"{{{FORMS}}}option")})
