"""A fresh Debian 12 in a folder (debootstrap) that is booted: systemd is its first process, in namespaces and a control group of its own. Packages are
installed before that, as in an installer. Needs root and the network, which it shares with this machine."""

import os
import pathlib
import random
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.request

BASE = pathlib.Path("/var/tmp/traincape-debian-12")
FORBID_STARTS = "#!/bin/sh\nexit 101\n"  # before it is booted there is nobody to start a service
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
# As the first process of a new set of namespaces: the tree becomes /, and systemd takes over.
BOOT = """
mount --make-rprivate / && mount --bind {root} {root} && cd {root}
mount -t proc proc proc && mount -t sysfs sysfs sys && mount -t cgroup2 none sys/fs/cgroup
for place in run dev/shm tmp; do mount -t tmpfs tmpfs $place; done
mkdir -p old && pivot_root . old && umount -l /old
exec env -i container=other PATH="$PATH" /lib/systemd/systemd --show-status=no --log-target=null systemd.unit=multi-user.target
"""


class Failed(Exception):
    """A command in there failed; the text is what it said."""


def free_port():
    while True:
        port = random.randrange(20000, 32000)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port


def make_base():
    """debootstrap's tree, made once; not a byte of it is changed afterwards."""
    if not BASE.exists():
        new = pathlib.Path(tempfile.mkdtemp(prefix=f"{BASE.name}.", dir=BASE.parent))
        new.chmod(0o755)
        subprocess.run(["debootstrap", "--variant=minbase", "bookworm", new], check=True, capture_output=True, timeout=900)
        new.rename(BASE)


class Debian:
    def __init__(self):
        make_base()
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="traincape-test-debian-", dir="/var/tmp"))
        self.groups = self.root.with_name(self.root.name + ".cgroup")
        subprocess.run(["cp", "-a", "--reflink=auto", f"{BASE}/.", self.root], check=True, timeout=300)
        for name in ("resolv.conf", "hosts"):
            shutil.copyfile(f"/etc/{name}", self.root / "etc" / name)
        self.write("/usr/sbin/policy-rc.d", FORBID_STARTS, 0o755)
        self.first = self._begin(f"mount -t proc proc {self.root}/proc && mount -t tmpfs tmpfs {self.root}/dev/shm && exec sleep infinity",
                                 "--mount", "--pid")
        self.booted = False

    def _begin(self, script, *namespaces, group=None):
        def join():
            if group:
                (group / "cgroup.procs").write_text(str(os.getpid()), encoding="ascii")
        words = ["unshare", *namespaces, "--fork", "--kill-child", "bash", "-euc", script]
        return subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, preexec_fn=join)

    def boot(self):
        """Ends what there is, and starts the machine; returns when systemd says that it runs."""
        self._end()
        self.path("/usr/sbin/policy-rc.d").unlink(missing_ok=True)
        self.write("/etc/systemd/journald.conf", "[Journal]\nReadKMsg=no\n")  # the kernel's log is this machine's
        self.groups.mkdir()
        subprocess.run(["mount", "-t", "cgroup2", "none", self.groups], check=True)
        group = self.groups / self.root.name
        group.mkdir()
        self.first = self._begin(BOOT.format(root=self.root), "--cgroup", "--mount", "--pid", "--uts", "--ipc", group=group)
        self.booted = True
        self.until(lambda: self.try_run("systemctl", "is-system-running").stdout.strip() == "running",
                   lambda: self.try_run("systemctl", "list-units", "--failed", "--no-pager").stdout)

    def _inside(self):
        """The first process of the namespaces: the child of unshare, once it has forked."""
        children = pathlib.Path(f"/proc/{self.first.pid}/task/{self.first.pid}/children")
        self.until(lambda: children.read_text(encoding="ascii").split(), lambda: "unshare started nothing", timeout=10)
        return children.read_text(encoding="ascii").split()[0]

    def _end(self):
        try:
            os.kill(int(self._inside()), 9)  # and with it everything in there
        except (AssertionError, FileNotFoundError):
            pass  # it has ended by itself
        self.first.wait(30)

    def close(self):
        self._end()
        if self.booted:
            group = self.groups / self.root.name
            self.until(lambda: "populated 0" in (group / "cgroup.events").read_text(encoding="ascii"), lambda: "processes go on")
            for folder, _, _ in os.walk(group, topdown=False):
                os.rmdir(folder)
            subprocess.run(["umount", self.groups], check=True)
            self.groups.rmdir()
        if not os.environ.get("KEEP"):
            shutil.rmtree(self.root, ignore_errors=True)

    @staticmethod
    def until(condition, words, timeout=60):
        end = time.monotonic() + timeout
        while not condition():
            assert time.monotonic() < end, words()
            time.sleep(0.1)

    # ------------------------------------------------------------ files and commands

    def path(self, name):
        return self.root / name.lstrip("/")

    def read(self, name):
        return self.path(name).read_text(encoding="utf-8")

    def write(self, name, text, mode=0o644):
        self.path(name).write_text(text, encoding="utf-8")
        self.path(name).chmod(mode)

    def command(self, *words, user=None):
        become = ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups", "--"] if user else []
        spaces = ["--all", "--root", "--wd"] if self.booted else ["--mount", "--pid", "--", "chroot", self.root]
        return ["nsenter", "--target", self._inside(), *spaces, *become, *map(str, words)]

    def try_run(self, *words, user=None, timeout=120):
        return subprocess.run(self.command(*words, user=user), capture_output=True, text=True, timeout=timeout, stdin=subprocess.DEVNULL, env=ENVIRONMENT)

    def run(self, *words, **options):
        done = self.try_run(*words, **options)
        if done.returncode != 0:
            raise Failed(f"{words} ended with {done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
        return done.stdout

    def sql(self, statement):
        return self.run("psql", "-X", "-q", "-t", "-A", "-F", "|", "-d", "crm", "-c", statement, user="postgres").strip()

    def bring(self, package):
        """Puts a package there as /var/cache/package.deb, for apt, which takes what it asks for as said, and leaves out what is only recommended."""
        shutil.copyfile(package, self.path("/var/cache/package.deb"))
        self.write("/etc/apt/apt.conf.d/90test", 'APT::Get::Assume-Yes "true";\nAPT::Install-Recommends "false";\n')
        self.run("apt-get", "update", "-qq", timeout=300)

    # ------------------------------------------------------------ what else is on such a machine

    def make_room(self):
        """This machine's ports are shared: PostgreSQL gets its socket only, and the stock Prosody ports where nobody is."""
        self.write("/etc/postgresql/15/main/conf.d/test.conf", "listen_addresses = ''\nfsync = off\n")
        stock = self.read("/etc/prosody/prosody.cfg.lua")
        self.write("/etc/prosody/prosody.cfg.lua", f"c2s_ports = {{ {free_port()} }}; s2s_ports = {{}}; c2s_direct_tls_ports = {{}}\n" + stock)

    def state(self, unit):
        return self.try_run("systemctl", "is-active", unit).stdout.strip()

    def property(self, unit, name):
        return self.run("systemctl", "show", "--property", name, "--value", unit).strip()

    def log(self, unit, *options):
        return self.run("journalctl", "--no-pager", "--output=cat", "--unit", unit, *options)

    def await_ready(self, port):
        """As monitoring does."""
        def ready():
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/operate/ready", timeout=10) as answer:
                    return answer.status == 200
            except OSError:
                return False
        self.until(ready, lambda: self.log("traincape-crmd")[-2000:] + self.log("traincape-prosody")[-2000:])
