"""profanity 0.13 in a tmux of its own: what somebody types, and what the screen then shows.

Nothing here knows the program under test: a test says what is typed and what has to appear. profanity's own habits are kept here: words in
quotes, fields by tags ("field3"), one window a form, console messages for what is refused."""

import dataclasses
import os
import re
import shutil
import subprocess
import tempfile
import time

COLUMNS, LINES = 150, 300    # tall: a long form is on the screen as a whole
STAMP = re.compile(r"^\d\d:\d\d:\d\d [-!] ?")
FIELD = re.compile(r"^\[(?P<tag>field\d+)\] (?P<label>.*?)(?P<wrong> \(please correct\))?(?P<required> \(required\))?:(?: (?P<value>.*))?$")


class ProfanityError(AssertionError):
    """What was awaited did not appear; the text is the screen as it was."""


@dataclasses.dataclass
class Field:
    """tag is profanity's name for it; options are the values of a list, shown as "[value] label"."""
    tag: str
    label: str
    value: str
    required: bool
    wrong: bool
    options: list = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Form:
    """A form as profanity shows it. sentences are its lines that are no field: instructions, warnings, results."""
    title: str
    sentences: list
    fields: list
    open: bool    # can be submitted; else it is a result

    def field(self, label):
        return next(field for field in self.fields if field.label == label)

    @property
    def words(self):
        return "\n".join([self.title, *self.sentences, *(f"{field.label}: {field.value}" for field in self.fields)])


class Profanity:
    """One profanity with a private HOME; close() ends it. The roster panel is hidden: lines of the screen are lines of the window."""

    def __init__(self):
        self.home = tempfile.mkdtemp(prefix="traincape-profanity-")
        self.socket = os.path.join(self.home, "tmux")
        environment = {"HOME": self.home, "PATH": os.environ["PATH"], "TERM": "screen-256color", "LANG": "C.UTF-8"}
        settings = " ".join(f"{name}={value}" for name, value in environment.items())
        self._tmux("-f", "/dev/null", "new-session", "-d", "-x", str(COLUMNS), "-y", str(LINES),
                   f"env -i {settings} profanity; echo profanity ended with $?; exec cat")
        self.wait_for("Type '/help'")
        self.type("/roster hide")
        self.wait_for("Roster disabled")

    def close(self):
        """Quits as a person does, so that the server sees an end of the stream; then ends tmux."""
        try:
            self.type("/quit")
            self.wait_for("profanity ended", timeout=5)
        except (subprocess.CalledProcessError, ProfanityError):
            pass
        subprocess.run(["tmux", "-S", self.socket, "kill-server"], capture_output=True, check=False)
        shutil.rmtree(self.home, ignore_errors=True)

    # ------------------------------------------------------------ keys and screen

    def _tmux(self, *arguments):
        return subprocess.run(["tmux", "-S", self.socket, *arguments], capture_output=True, text=True, check=True, timeout=20).stdout

    def type(self, line):
        """Types a line and presses Enter."""
        self._tmux("send-keys", "-l", "--", line)
        self._tmux("send-keys", "Enter")

    def screen(self):
        """The lines of the window that is shown, without their time stamps; those that the terminal broke are joined again."""
        lines = []
        for line in self._tmux("capture-pane", "-p").splitlines():
            text = STAMP.sub("", line).rstrip()
            if line.startswith(" " * 11) and lines and text:
                lines[-1] += " " + text.strip()    # profanity's own line break, indented below the stamp
            else:
                lines.append(text)
        while lines and not lines[-1]:
            lines.pop()
        return lines

    def wait_for(self, pattern, timeout=30):
        """Polls the screen until a line matches the regular expression; returns the match. ProfanityError with the screen otherwise."""
        end = time.monotonic() + timeout
        while True:
            lines = self.screen()
            for line in lines:
                found = re.search(pattern, line)
                if found:
                    return found
            if time.monotonic() > end:
                raise ProfanityError(f"no line matches {pattern!r}:\n" + "\n".join(line for line in lines if line))
            time.sleep(0.05)

    def shows(self, pattern):
        return any(re.search(pattern, line) for line in self.screen())

    def clear(self):
        """Empties the window, so that what appears next is new. Again when something came in meanwhile."""
        for _ in range(5):
            self.type("/clear")
            end = time.monotonic() + 1
            while time.monotonic() < end:
                if sum(1 for line in self.screen() if line) <= 2:
                    return
                time.sleep(0.05)
        raise ProfanityError("the window did not clear:\n" + "\n".join(filter(None, self.screen())))

    def go_to_console(self):
        """To the first window, empty; a form's window is closed."""
        if re.search(r" config( \*)?( {2,}|$)", self.screen()[0]):
            self.type("/close")
        self.type("/win 1")
        self.wait_for(r"^ Profanity\. Type /help")
        self.clear()

    # ------------------------------------------------------------ login and chat

    def connect(self, line, account):
        """Logs in with the line given, as README.md has it, and waits until profanity is online."""
        self.type(line)
        self.wait_for("Enter password:")
        self.type(account.password)
        self.wait_for("logged in successfully")
        self.wait_for("Autojoined")    # the last of what a login prints

    def open_chat(self, address):
        """Goes to the chat with this contact."""
        self.type(f"/msg {address}")
        self.wait_for(rf"^ .*\[TLS\].*\[(online|offline|away)\]|^ {re.escape(address)}")

    # ------------------------------------------------------------ forms

    def list_commands(self, address):
        """The nodes that `/cmd list` shows."""
        self.go_to_console()
        self.type(f"/cmd list {address}")
        self.wait_for("Ad hoc commands:")
        self.wait_for(r"^  [a-z]")
        lines = self.screen()
        begin = next(i for i, line in enumerate(lines) if "Ad hoc commands:" in line)
        return [line.strip() for line in lines[begin + 1:] if re.fullmatch(r"  \S+", line)]

    def execute(self, node, address):
        """Executes a command and returns the form that opens; its result, when it asks for nothing."""
        self.go_to_console()
        self.type(f"/cmd exec {node} {address}")
        return self.form()

    def refusal(self, node, address):
        """Executes a command that is refused at once; returns the sentence that the console shows."""
        self.go_to_console()
        self.type(f"/cmd exec {node} {address}")
        return self.wait_for(r"Error executing command \S+: (.*)").group(1)

    def form(self, timeout=30):
        """Waits for the form, or the result, of the current window."""
        self.wait_for(r"See '/form help'", timeout)
        lines = self.screen()
        begin = next(i for i, line in enumerate(lines) if line.startswith("Form title:"))
        form = Form(lines[begin].removeprefix("Form title: "), [], [], False)
        for line in lines[begin + 1:]:
            field = FIELD.match(line)
            option = re.match(r"^  \[(.+?)\](?: (.*))?$", line)
            if field:
                form.fields.append(Field(field["tag"], field["label"], field["value"] or "", bool(field["required"]), bool(field["wrong"])))
            elif option and form.fields:
                if option[1].startswith("val"):
                    form.fields[-1].value = "\n".join(filter(None, [form.fields[-1].value, option[2] or ""]))
                else:
                    form.fields[-1].options.append(option[1])
            elif line.startswith("Use '/form submit'"):
                form.open = True
            elif line.startswith("Use '/form cancel'"):
                break
            elif line:
                form.sentences.append(line)
        return form

    def fill(self, field, value):
        """Puts a value into a field; a text of several lines line by line, a yes or no as `on` or `off`."""
        if value in (True, False):
            self._fill_line(field.tag, "on" if value else "off")
        elif self.is_multi(field):
            for line in value.split("\n"):
                self._fill_line(field.tag, f'add "{line}"')
        else:
            self._fill_line(field.tag, f'"{value}"')

    def is_multi(self, field):
        """Whether profanity takes several values for it: its help says so."""
        self.clear()
        self.type(f"/form help {field.tag}")
        self.wait_for(r"^  Type +:")
        return self.shows(r"^  Type +: (text-multi|list-multi|jid-multi)")

    def _fill_line(self, tag, words):
        self.clear()
        self.type(f"/{tag} {words}")
        self.wait_for("Field updated")

    def submit(self):
        """Submits the form of this window; returns what comes back: a page, the same one with a warning, or the result."""
        self.clear()
        self.type("/form submit")
        return self.form()
