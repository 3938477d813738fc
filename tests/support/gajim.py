"""Gajim 1.7 on a screen of its own (Xvfb), with a session bus of its own; driven through AT-SPI by support/gajim_hand.py.

Gajim does not run as root: as root, all of it belongs to the stack's unprivileged user."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import time

from .stack import make_folder, remove_folder

HAND = pathlib.Path(__file__).with_name("gajim_hand.py")
SCREEN = "1100x800x24"
JUDGES_AFTER = 0.8    # seconds


class GajimError(AssertionError):
    """Something was not on the screen; there is a screenshot beside it when KEEP=1."""


class Gajim:
    """Somebody's Gajim, connected. The home folder stays when KEEP=1, with Gajim's log and a screenshot of each failure in it."""

    def __init__(self, stack, account):
        self.account = account
        self.home = make_folder()
        self.as_user = stack.as_user
        trusted = self.home / "data/gajim/cert_store"
        trusted.mkdir(parents=True)
        shutil.copy(stack.certificate, trusted / "traincape")
        shutil.copy(HAND, self.home / "hand.py")
        (self.home / "runtime").mkdir(mode=0o700)
        self._give_away(stack)
        self.display = self._start_screen()
        self._start_hand()
        self._send(self._settings(stack))
        try:
            self.texts()
        except BaseException:
            self.close()
            raise

    def _give_away(self, stack):
        if self.as_user:
            for path in [self.home, *self.home.rglob("*")]:
                shutil.chown(path, stack.env["CRM_USER"])

    def _settings(self, stack):
        username, _, host = self.account.address.partition("@")
        account = {"name": username, "hostname": host, "account_label": "TrainCape", "password": self.account.password, "savepass": True,
                   "use_custom_host": True, "custom_host": "127.0.0.1", "custom_port": stack.port("C2S"), "custom_type": "START TLS",
                   "active": True, "autoconnect": True}
        return {"account": account, "app": {"use_keyring": False, "check_for_update": False, "plugins_update_check": False,
                                            "autoaway": False, "autoxa": False, "show_main_window_on_startup": "always"}}

    # ------------------------------------------------------------ processes

    def _start_screen(self):
        reading, writing = os.pipe()
        self.screen = subprocess.Popen([*self.as_user, "Xvfb", "-displayfd", str(writing), "-screen", "0", SCREEN, "-nolisten", "tcp", "-terminate"],
                                       pass_fds=[writing], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        os.close(writing)
        with os.fdopen(reading) as answer:
            return ":" + answer.readline().strip()

    def _start_hand(self):
        environment = {"HOME": str(self.home), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "DISPLAY": self.display, "GDK_BACKEND": "x11",
                       "XDG_CONFIG_HOME": str(self.home / "config"), "XDG_DATA_HOME": str(self.home / "data"),
                       "XDG_CACHE_HOME": str(self.home / "cache"), "XDG_RUNTIME_DIR": str(self.home / "runtime"),
                       "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}
        with open(self.home / "gajim.log", "wb") as log:
            self.hand = subprocess.Popen([*self.as_user, "dbus-run-session", "--", "/usr/bin/python3", str(self.home / "hand.py")],
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, env=environment,
                                         cwd=self.home, start_new_session=True)

    def close(self):
        for process in (self.hand, self.screen):
            try:
                os.killpg(process.pid, signal.SIGTERM)
                process.wait(10)
            except ProcessLookupError:
                pass
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        remove_folder(self.home)

    def _send(self, message):
        self.hand.stdin.write(json.dumps(message) + "\n")
        self.hand.stdin.flush()

    def ask(self, what, *arguments, **options):
        self._send({"do": what, "with": arguments, **options})
        line = self.hand.stdout.readline()
        while line and not line.startswith("{"):    # what the bus's services print
            line = self.hand.stdout.readline()
        answer = json.loads(line) if line else {"problem": "Gajim's hand has ended"}
        if "problem" in answer:
            if line and what != "screenshot":
                self.screenshot("failure")
            raise GajimError(f"{what} {arguments}: {answer['problem']} (log and screenshot: {self.home})")
        return answer["answer"]

    def screenshot(self, name):
        """A picture of the whole screen in the home folder; in $SHOTS, when that is set."""
        path = self.home / f"{name}.png"
        self.ask("screenshot", str(path))
        if os.environ.get("SHOTS"):
            shutil.copy(path, pathlib.Path(os.environ["SHOTS"], path.name))

    def wait_until(self, condition, what, timeout=20):
        """Polls until the condition gives something, and returns that."""
        end = time.monotonic() + timeout
        while True:
            found = condition()
            if found:
                return found
            if time.monotonic() > end:
                self.screenshot("failure")
                raise GajimError(f"no {what}: {self.texts()} (log and screenshot: {self.home})")
            time.sleep(0.1)

    # ------------------------------------------------------------ what a person does

    def texts(self):
        """Everything written in the main window."""
        return self.ask("main_texts", patience=60)

    def sees(self, text):
        self.wait_until(lambda: text in self.texts(), repr(text))

    def open_chat(self, name):
        self.ask("open_chat", name)

    def say(self, text):
        self.ask("say", text)

    def open_commands(self):
        """The account's menu, "Execute Command…"; returns the names of the commands."""
        self.ask("close")
        self.ask("menu", "Accounts", "Execute Command…")
        return self.ask("rows")

    def open_commands_of(self, contact):
        """The menu of a contact in the contact list, "Execute Command…"; returns the names of the commands."""
        self.ask("close")
        self.ask("account_page")
        self.ask("contact_menu", contact, "Execute Command…")
        return self.ask("rows")

    def has_picture(self, picture):
        """Whether Gajim has fetched the picture with this SHA-1; it takes its time for each."""
        return any(path.name == picture for path in self.home.rglob("avatars/*"))

    def execute(self, name):
        """Executes a command of the list by its name; returns the page that opens."""
        self.ask("choose_row", name)
        self.ask("click", "Execute")
        return self.page("Complete", "Next", "Commands")

    def fill(self, **values):
        """Fills fields by their labels, "_" being a space."""
        for label, value in values.items():
            self.ask("fill", label.replace("_", " "), value)

    def complete(self):
        """Sends the form, its further pages as they are; returns the page that comes back. A page that was sent is gone at once.

        Gajim judges a field a moment after it changed, and shows a crash report when the form is gone by then: nobody clicks that fast."""
        while True:
            time.sleep(JUDGES_AFTER)
            last = "Complete" in self.ask("page")["buttons"]
            self.ask("click", "Complete" if last else "Next")
            page = self.page("Complete", "Next", "Commands")
            if last:
                return page

    def next(self):
        """Goes on to the next page."""
        time.sleep(JUDGES_AFTER)
        self.ask("click", "Next")
        return self.page("Complete", "Next", "Commands")

    def previous(self):
        """Goes back to the page before."""
        self.ask("click", "Previous")
        return self.page("Complete", "Next", "Commands")

    def page(self, *buttons):
        """Waits for a page with one of these buttons."""
        seen = []

        def look():
            page = self.ask("page")
            shown = set(buttons) & set(page["buttons"]) and "Executing…" not in page["texts"]
            seen.append(page)
            return page if shown and page in seen[-2:-1] else None    # Gajim shows its buttons one after another
        return self.wait_until(look, f"page with {' or '.join(buttons)}")
