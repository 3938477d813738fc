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


def check(name, answer, finished, fields=0):
    """Fails when answers were errors, or not what was asked for: a quick refusal is no good figure."""
    wrong = answer["errors"] or (answer["executing"] and finished) or answer["fields"] < fields
    if wrong:
        raise RuntimeError(f"{name} was not answered as it should be: {answer}")
    return answer
