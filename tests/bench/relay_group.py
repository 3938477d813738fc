"""Turns: a visitor says something, an agent replies. crmd, the bare relay and the Socket.IO peer, in rounds side by side."""

import figures
import sides
from sides import median

VISITORS = 20
ROUNDS = 8
SECONDS = 3          # of a round with all visitors
QUIET_SECONDS = 1.5  # of a round with one

FIGURES = ("relay_turns_ratio", "relay_p50_ratio", "crmd_cpu_share", "socketio_turns_ratio", "socketio_p50_ratio")


def settle(side, staff):
    """Agents and visitors log in, every conversation is taken, and every process has warmed up."""
    for username, password in staff:
        side.load.order("agent", username, password)
    side.load.order("arrive", VISITORS, 10)
    side.load.order("open", VISITORS, 1)
    side.load.order("turns", VISITORS, SECONDS)


def play(all_sides):
    """Rounds; each begins with another side. Returns {side: [(busy, quiet), …]}."""
    played = {side.name: [] for side in all_sides}
    for number in range(ROUNDS):
        turned = all_sides[number % len(all_sides):] + all_sides[:number % len(all_sides)]
        busy = {side.name: side.measure("turns", VISITORS, SECONDS) for side in turned}
        quiet = {side.name: side.measure("turns", 1, QUIET_SECONDS) for side in turned}
        for side in all_sides:
            played[side.name].append((busy[side.name], quiet[side.name]))
        print(f"  round {number + 1}/{ROUNDS}: " + ", ".join(
            f"{side.name} {busy[side.name]['turns_s']:.0f}/s {quiet[side.name]['p50_ms']:.2f} ms" for side in all_sides), flush=True)
    return played


def ratio(played, one, other, which, key):
    """The median of the rounds' ratios: what slowed a round down slowed both."""
    return median(a[which][key] / b[which][key] for a, b in zip(played[one], played[other]))


def summary(rounds):
    """Of one side: medians, and the processor time for a thousand turns, by process."""
    turns = sum(busy["turns"] for busy, _ in rounds)
    names = rounds[0][0]["cpu"]
    return {"turns_s": round(median(busy["turns_s"] for busy, _ in rounds), 1), "busy_p50_ms": median(busy["p50_ms"] for busy, _ in rounds),
            "busy_p99_ms": median(busy["p99_ms"] for busy, _ in rounds), "quiet_p50_ms": median(quiet["p50_ms"] for _, quiet in rounds),
            "cpu_ms_per_1000_turns": {name: round(1e6 * sum(busy["cpu"][name] for busy, _ in rounds) / turns) for name in names}}


def keep(played):
    sums = {name: summary(rounds) for name, rounds in played.items()}
    crmd = [busy["cpu"] for busy, _ in played["crmd"]]
    setting = {"visitors": VISITORS, "rounds": ROUNDS}
    for peer in ("relay", "socketio"):
        for which, key, figure in ((0, "turns_s", f"{peer}_turns_ratio"), (1, "p50_ms", f"{peer}_p50_ratio")):
            figures.keep(figure, ratio(played, "crmd", peer, which, key), crmd=sums["crmd"], **{peer: sums[peer]}, **setting)
    figures.keep("crmd_cpu_share", sum(cpu["crmd"] for cpu in crmd) / sum(cpu["prosody"] for cpu in crmd), crmd=sums["crmd"], **setting)


def run(stacks):
    crmd = sides.crmd_side()
    stacks.append(crmd.stack)
    relay, relay_staff = sides.relay_side(VISITORS)
    stacks.append(relay.stack)
    socketio = sides.socketio_side(relay.stack)
    settle(crmd, sides.add_staff(crmd.stack, VISITORS))
    settle(relay, relay_staff)
    settle(socketio, relay_staff)
    keep(play([crmd, relay, socketio]))
    for side in (crmd, relay, socketio):
        side.load.close()
