"""The hand on Gajim's buttons: runs beside Gajim, in its session and as its user, and does what support/gajim.py says, a line of JSON each.

    {"do": "click", "name": "Complete"}  →  {"answer": …} or {"problem": "a sentence"}

It sees what a screen reader sees (AT-SPI). Only what is showing counts: Gajim keeps thousands of hidden emoji in its tree."""

import json
import os
import sqlite3
import subprocess
import sys
import time

os.environ["ATSPI_NO_CACHE"] = "1"
import gi    # noqa: E402

gi.require_version("Atspi", "2.0")
gi.require_version("Gdk", "3.0")
from gi.repository import Atspi, Gdk, GLib    # noqa: E402

State = Atspi.StateType
PATIENCE = 15


class NotThere(Exception):
    """What was looked for is not on the screen (yet)."""


# ---------------------------------------------------------------- looking

def children(node):
    for i in range(node.get_child_count()):
        child = node.get_child_at_index(i)
        if child is not None:
            yield child


def is_(node, state):
    return node.get_state_set().contains(state)


def gajim():
    for program in children(Atspi.get_desktop(0)):
        if "gajim" in (program.get_name() or "").lower():
            return program
    raise NotThere("Gajim")


def window(title=None):
    """The main window, or the newest other one."""
    windows = [each for each in children(gajim()) if (each.get_name() == "Gajim") == (title == "Gajim")]
    if not windows:
        raise NotThere(f"window {title or ''}")
    return windows[-1]


def walk(node, hidden=False):
    """Everything below a node; of what does not show only if hidden."""
    for child in children(node):
        if hidden or is_(child, State.SHOWING):
            yield child
            yield from walk(child, hidden)


def find(node, role, name=None, hidden=False):
    for each in walk(node, hidden):
        if each.get_role_name() == role and (name is None or each.get_name() == name):
            return each
    raise NotThere(f"{role} {name or ''}")


def text_of(node):
    """What is written in a text, a label or a list."""
    if node.get_role_name() == "combo box":
        return node.get_name()
    return Atspi.Text.get_text(node, 0, -1) if node.get_text_iface() else ""


def row_of(node):
    """The list's row that a label is in."""
    while node.get_role_name() != "list item":
        node = node.get_parent()
    return node


def grid():
    """The form's grid: its children are, from the end, title, label, widget, label, widget… Below the visible part too."""
    return find(window(), "viewport").get_child_at_index(0)


def widget_of(label):
    found = find(grid(), "label", label, hidden=True)
    widget = grid().get_child_at_index(found.get_index_in_parent() - 1)
    return widget.get_child_at_index(0) if widget.get_role_name() == "scroll pane" else widget


# ---------------------------------------------------------------- doing: each is one word of the protocol

def press(node):
    if not is_(node, State.SENSITIVE):
        raise NotThere(f"{node.get_role_name()} {node.get_name()}, pressable")
    Atspi.Action.do_action(node, 0)


def do_click(name, role="push button"):
    press(find(window(), role, name))


def do_menu(*names):
    """A path through the menu bar."""
    press(find(window("Gajim"), "menu", names[0]))
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return press(find(find(window("Gajim"), "menu", names[0]), "menu item", names[1]))
        except NotThere:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


def do_rows():
    """The rows of a list in a window, such as the commands'."""
    return [cell.get_name() for cell in walk(find(window(), "table")) if cell.get_role_name() == "table cell"]


def do_choose_row(name):
    table = find(window(), "table")
    find(table, "table cell", name, hidden=True)
    for i in range(table.get_child_count()):
        cell = table.get_child_at_index(i)
        if cell is not None and cell.get_name() == name:
            Atspi.Selection.select_child(table, i)


def do_fill(label, value):
    widget = widget_of(label)
    if widget.get_role_name() == "combo box":
        choices = [each for each in walk(widget, hidden=True) if each.get_role_name() == "menu item"]
        fitting = [each for each in choices if each.get_name() == value] or [each for each in choices if value in each.get_name()]
        if len(fitting) != 1:
            raise NotThere(f"one choice {value} among {[each.get_name() for each in choices]}")
        Atspi.Action.do_action(fitting[0], 0)
    elif widget.get_role_name() == "check box":
        Atspi.Action.do_action(widget, 0)
    else:
        Atspi.EditableText.set_text_contents(widget, value)


def do_page():
    """The page that a window shows: its name, and everything written in it from top to bottom."""
    texts = [each for each in walk(window(), hidden=True) if each.get_role_name() in ("label", "text", "combo box") and text_of(each)]
    return {"name": window().get_name(), "texts": [text_of(each) for each in reversed(texts)],
            "buttons": [each.get_name() for each in walk(window()) if each.get_role_name() == "push button"]}


def do_close():
    """Closes the newest other window, as Escape does."""
    if len(list(children(gajim()))) > 1:
        key("Escape", window().get_name())


def do_main_texts():
    """Everything written in the main window."""
    return [text_of(each) for each in walk(window("Gajim")) if each.get_role_name() in ("label", "text") and text_of(each)]


def do_open_chat(name):
    row = row_of(find(window("Gajim"), "label", name))
    Atspi.Selection.select_child(row.get_parent(), row.get_index_in_parent())


def do_say(text):
    entry = [each for each in walk(window("Gajim")) if each.get_role_name() == "text" and is_(each, State.MULTI_LINE)
             and is_(each, State.EDITABLE)]
    if not entry:
        raise NotThere("the message's entry")
    Atspi.Component.grab_focus(entry[-1])
    Atspi.EditableText.set_text_contents(entry[-1], text)
    key("Return", "Gajim")


def key(name, title):
    """There is no window manager: the window that is to get a key must be given the focus."""
    found = subprocess.run(["xdotool", "search", "--onlyvisible", "--name", f"^{title}$"], capture_output=True, text=True, check=False).stdout.split()
    if not found:
        raise NotThere(f"window {title} to type into")
    subprocess.run(["xdotool", "windowfocus", "--sync", found[-1], "key", name], check=True, timeout=10)


def pointer(node, button):
    """Clicks into the middle of something."""
    place = Atspi.Component.get_extents(node, Atspi.CoordType.SCREEN)
    subprocess.run(["xdotool", "mousemove", str(place.x + place.width // 2), str(place.y + place.height // 2), "click", str(button)],
                   check=True, timeout=10)


def do_account_page():
    """The account's page, with its contact list: behind its picture at the bottom of the bar."""
    bar = Atspi.Component.get_extents(window("Gajim"), Atspi.CoordType.SCREEN)
    subprocess.run(["xdotool", "mousemove", str(bar.x + 34), str(bar.y + bar.height - 32), "click", "1"], check=True, timeout=10)
    find(window("Gajim"), "label", "Contact List")


def do_contact_menu(name, item):
    """Opens the menu of a contact in the contact list, and chooses from it."""
    pointer(find(window("Gajim"), "table cell", name), 3)
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return press(find(window("Gajim"), "push button", item))
        except NotThere:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


def do_screenshot(path):
    screen = Gdk.get_default_root_window()
    Gdk.pixbuf_get_from_window(screen, 0, 0, screen.get_width(), screen.get_height()).savev(path, "png", [], [])


# ---------------------------------------------------------------- the protocol

def attempt(request):
    """Does a thing as soon as it can be done."""
    action = globals()["do_" + request.pop("do")]
    arguments = request.pop("with", [])
    end = time.monotonic() + request.pop("patience", PATIENCE)
    while True:
        try:
            return {"answer": action(*arguments, **request)}
        except NotThere as problem:
            said = f"there is no {problem}"
        except GLib.Error as problem:    # the tree changed while it was read
            said = str(problem)
        if time.monotonic() > end:
            return {"problem": said}
        time.sleep(0.1)


def prepare(settings):
    """Gajim's settings file, made by Gajim's own statement."""
    from gajim.common.settings import CREATE_SQL    # pylint: disable=import-outside-toplevel
    folder = os.path.join(os.environ["XDG_CONFIG_HOME"], "gajim")
    os.makedirs(folder, exist_ok=True)
    database = sqlite3.connect(os.path.join(folder, "settings.sqlite"))
    database.executescript(CREATE_SQL)
    database.execute("UPDATE settings SET settings = ? WHERE name = 'app'", [json.dumps(settings["app"])])
    database.execute("INSERT INTO account_settings VALUES ('traincape', ?)",
                     [json.dumps({"account": settings["account"], "contact": {}, "group_chat": {}})])
    database.commit()
    database.close()


def main():
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")    # Gajim's modules print what they like
    os.dup2(2, 1)
    prepare(json.loads(sys.stdin.readline()))
    program = subprocess.Popen(["gajim", "-l", "gajim=INFO"], stdin=subprocess.DEVNULL)
    for line in sys.stdin:
        json.dump(attempt(json.loads(line)) if program.poll() is None else {"problem": "Gajim has ended"}, answers)
        answers.write("\n")
        answers.flush()
    program.terminate()


main()
