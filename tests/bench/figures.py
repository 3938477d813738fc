"""The figures of the benchmark: their goals, where they are kept (build/bench.json), and the table that shows them."""

import dataclasses
import datetime
import json
import operator
import subprocess

from support.stack import TOP

FILE = TOP / "build/bench.json"
README = TOP / "README.md"
HOLDS = {"<=": operator.le, ">=": operator.ge}


@dataclasses.dataclass(frozen=True)
class Goal:
    comparison: str
    limit: float
    what: str


GOALS = {
    "relay_turns_ratio": Goal(">=", 0.8, "turns/s of 20 visitors, crmd over the bare relay"),
    "relay_p50_ratio": Goal("<=", 2.0, "median turn of one visitor, crmd over the bare relay"),
    "crmd_cpu_share": Goal("<=", 0.25, "crmd's processor time over Prosody's, 20 visitors"),
    "socketio_turns_ratio": Goal(">=", 1.3, "turns/s of 20 visitors, crmd over the Socket.IO peer"),
    "socketio_p50_ratio": Goal("<=", 0.8, "median turn of one visitor, crmd over the Socket.IO peer"),
    "command_p50_ratio": Goal("<=", 3, "median of lead.list, 20 leads, over a ping to crmd"),
    "connect_10000_s_ratio": Goal("<=", 1.3, "10,000 visitors log in, over stock anonymous Prosody"),
    "crmd_rss_mib": Goal("<=", 64, "crmd's memory then, 2,000 conversations open (MiB)"),
    "lead_list_p99_ms": Goal("<=", 20, "lead.list at 1,000,000 leads, 99th percentile (ms)"),
    "lead_search_p99_ms": Goal("<=", 20, "lead.find at 1,000,000 leads, 99th percentile (ms)"),
    "lead_show_p99_ms": Goal("<=", 20, "lead.show at 1,000,000 leads, 99th percentile (ms)"),
    "import_rate_ratio": Goal(">=", 0.5, "100,000 rows imported a second, over \\copy into the same indexes and constraints"),
    "import_peak_mib": Goal("<=", 64, "memory that an import of 1,000,000 rows takes (MiB)"),
    "poll_votes_per_s": Goal(">=", 200, "votes/s of 200 people at once, none lost or doubled"),
    "flood_latency_ratio": Goal("<=", 2, "median turn while a stranger floods, over quiet: the worst kind"),
}


def _commit():
    asked = subprocess.run(["git", "-C", str(TOP), "describe", "--always", "--dirty"], capture_output=True, text=True, check=False)
    return asked.stdout.strip() or "unknown"


COMMIT = _commit()  # when the run begins: what is built is of then


def _read():
    return json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {}


def keep(name, value, **made_of):
    """Writes one figure down; those that are there already stay."""
    goal = GOALS[name]
    figures = _read()
    figures[name] = {
        "name": name, "value": round(value, 3), "goal": f"{goal.comparison} {goal.limit}", "met": HOLDS[goal.comparison](value, goal.limit),
        "what": goal.what, "commit": COMMIT, "at": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "made_of": made_of,
    }
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(json.dumps({key: figures[key] for key in GOALS if key in figures}, indent=2) + "\n", encoding="utf-8")


def show(names):
    """The table of what was measured, and what did not reach its goal."""
    figures = _read()
    missed = [name for name in names if not figures[name]["met"]]
    print(f"\n{'figure':<22} {'value':>9} {'goal':>9}       what")
    for name in names:
        figure = figures[name]
        print(f"{name:<22} {figure['value']:>9} {figure['goal']:>9}  {'ok  ' if figure['met'] else 'MISS'} {figure['what']}")
    print(f"\nAll goals are met; {FILE.relative_to(TOP)} says what they were made of." if not missed else
          f"\nNot met: {', '.join(missed)}. {FILE.relative_to(TOP)} says what they were made of.")


def write_readme():
    """Writes what was measured into the table of README.md, which is made of nothing else."""
    rows = ["| figure | measured | goal | what it is | at |", "|---|---|---|---|---|"]
    rows += [f"| `{name}` | {figure['value']:g}{'' if figure['met'] else ' (missed)'} | {figure['goal']} | {figure['what']} | {figure['commit']} |"
             for name, figure in _read().items()]
    before, _, rest = README.read_text(encoding="utf-8").partition("<!-- figures:begin -->\n")
    _, end, after = rest.partition("<!-- figures:end -->\n")
    README.write_text("".join([before, "<!-- figures:begin -->\n", "\n".join(rows), "\n", end, after]), encoding="utf-8")
