"""Ad-hoc commands (XEP-0050) as requests of the load generator (load/ask.h)."""

COMMANDS = "http://jabber.org/protocol/commands"


def iq(recipient, payload, kind="set"):
    return f"<iq type='{kind}' id='%I' to='{recipient}'>{payload}</iq>"


def ping(recipient):
    return iq(recipient, "<ping xmlns='urn:xmpp:ping'/>", "get")


def begin(recipient, node):
    """Asks for the first page; runs what has nothing to ask."""
    return iq(recipient, f"<command xmlns='{COMMANDS}' node='{node}' action='execute'/>")


def submit(recipient, node, action="complete", **values):
    """Sends a page back."""
    fields = "".join(f"<field var='{name}'><value>{value}</value></field>" for name, value in values.items())
    return iq(recipient, f"<command xmlns='{COMMANDS}' node='{node}' sessionid='%S' action='{action}'><x xmlns='jabber:x:data' type='submit'>{fields}</x></command>")


PAGE = 20          # leads of a list in a form
FORM_FIELDS = 8    # of the largest page that is filled in


def check(name, answer, fields):
    """Fails when more than one answer in a hundred was an error, or they had not so many fields: a quick refusal, or the form shown again, is no good
    figure."""
    if answer["errors"] * 100 > answer["count"] or answer["fields"] < fields * 0.99:
        raise RuntimeError(f"{name} was not answered as it should be: {answer}")
    return answer
