"""A fresh Debian 12 in a folder (debootstrap), with processes and mounts of its own, in which the package is installed and its units' commands are
run as systemd would run them. Needs root and, the first time, the network."""

import configparser
import os
import pathlib
import random
import shlex
import shutil
import socket
import subprocess
import tempfile
import time

BASE = pathlib.Path("/var/tmp/traincape-debian-12")
UNITS = {"prosody": "traincape-prosody", "crmd": "traincape-crmd"}
POLICY = "#!/bin/sh\nexit 101\n"  # no service starts by itself: there is no init here


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
        subprocess.run(["cp", "-a", "--reflink=auto", f"{BASE}/.", self.root], check=True, timeout=300)
        for name in ("resolv.conf", "hosts"):
            shutil.copyfile(f"/etc/{name}", self.root / "etc" / name)
        self.write("/usr/sbin/policy-rc.d", POLICY, 0o755)
        mounts = f"mount -t proc proc {self.root}/proc && mount -t tmpfs tmpfs {self.root}/dev/shm && echo ready && exec sleep infinity"
        self.holder = subprocess.Popen(["unshare", "--mount", "--pid", "--fork", "--kill-child", "bash", "-c", mounts], stdout=subprocess.PIPE, text=True)
        assert self.holder.stdout.readline() == "ready\n"
        self.inside = pathlib.Path(f"/proc/{self.holder.pid}/task/{self.holder.pid}/children").read_text().split()[0]
        self.services = {}

    def close(self):
        self.holder.kill()  # and with it everything in there
        self.holder.wait()
        for child in self.services.values():
            child.wait()
        if not os.environ.get("KEEP"):
            shutil.rmtree(self.root, ignore_errors=True)

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
        return ["nsenter", "--target", self.inside, "--mount", "--pid", "--", "chroot", self.root, *become, *map(str, words)]

    def try_run(self, *words, user=None, timeout=120):
        return subprocess.run(self.command(*words, user=user), capture_output=True, text=True, timeout=timeout, stdin=subprocess.DEVNULL,
                              env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"})

    def run(self, *words, **options):
        done = self.try_run(*words, **options)
        if done.returncode != 0:
            raise Failed(f"{words} ended with {done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
        return done.stdout

    def sql(self, statement):
        return self.run("psql", "-X", "-q", "-t", "-A", "-F", "|", "-d", "crm", "-c", statement, user="postgres").strip()

    def install(self, package, *options):
        shutil.copyfile(package, self.path("/root/package.deb"))
        self.run("apt-get", "update", "-qq", timeout=300)
        return self.run("apt-get", "install", "-y", "--no-install-recommends", *options, "/root/package.deb", timeout=600)

    # ------------------------------------------------------------ services

    def start_postgres(self):
        self.write("/etc/postgresql/15/main/conf.d/test.conf", "listen_addresses = ''\nfsync = off\n")
        self.run("pg_ctlcluster", "15", "main", "start")

    def stop_postgres(self):
        self.run("pg_ctlcluster", "15", "main", "stop", "-m", "fast")

    def start(self, name):
        """As the unit says: its user, its environment, its command."""
        parser = configparser.RawConfigParser(strict=False)
        parser.optionxform = str
        parser.read(self.path(f"/usr/lib/systemd/system/{UNITS[name]}.service"))
        service = parser["Service"]
        environment = []
        if "EnvironmentFile" in service:
            lines = self.read(service["EnvironmentFile"]).splitlines()
            environment = [line for line in lines if "=" in line and not line.startswith("#")]
        if "RuntimeDirectory" in service:
            self.run("install", "-d", "-m", "0700", "-o", service["User"], "-g", service["User"], "/run/" + service["RuntimeDirectory"])
        log = open(self.path(f"/var/log/{name}.out"), "ab")  # pylint: disable=consider-using-with
        words = self.command("env", *environment, *shlex.split(service["ExecStart"]), user=service["User"])
        self.services[name] = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def await_log(self, name, words, timeout=30):
        end = time.monotonic() + timeout
        while words not in self.read(f"/var/log/{name}.out"):
            assert self.services[name].poll() is None and time.monotonic() < end, self.read(f"/var/log/{name}.out")[-3000:]
            time.sleep(0.05)

    def await_port(self, port, timeout=30):
        end = time.monotonic() + timeout
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            assert time.monotonic() < end, self.read("/var/log/prosody.out")[-3000:]
            time.sleep(0.05)

    def stop(self, *names):
        for name in names:
            child = self.services.pop(name, None)
            if child is not None:
                inside = [int(pid) for pid in pathlib.Path(f"/proc/{child.pid}/task/{child.pid}/children").read_text().split()]
                for pid in inside or [child.pid]:
                    os.kill(pid, 15)
                child.wait(30)
