"""How much a conversation slows down while a stranger floods the server: flood.py, in a process of its own, because there the limits are those of a server,
which the other groups put out of reach."""

import json
import os
import subprocess
import sys

import figures
import sides

FIGURES = ("flood_latency_ratio",)
FILE = figures.FILE.with_name("bench-flood.json")


def run(_stacks):
    limited = {name: value for name, value in os.environ.items() if name.removeprefix("CRM_") not in sides.OUT_OF_REACH}
    subprocess.run([sys.executable, str(sides.BENCH / "flood.py"), str(FILE)], env=limited, check=True)
    lines = [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()]
    kinds = {name.removeprefix("flood_latency_ratio_"): value for line in lines for name, value in line.items()}
    figures.keep("flood_latency_ratio", max(kinds.values()), kinds=kinds)
