"""A disk with little room."""

import contextlib
import os
import subprocess

AS_ROOT = [] if os.getuid() == 0 else ["sudo", "-n"]


@contextlib.contextmanager
def small_disk(disk, size):
    """Mounts one at a folder that is made when it is not there ("20m")."""
    disk.mkdir(parents=True, exist_ok=True)
    subprocess.run([*AS_ROOT, "mount", "-t", "tmpfs", "-o", f"size={size},mode=777", "none", disk], check=True)
    try:
        yield disk
    finally:
        subprocess.run([*AS_ROOT, "umount", disk], check=True)
