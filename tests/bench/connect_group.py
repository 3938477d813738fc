"""A crowd: 10,000 visitors log in, of whom 2,000 have an open conversation; against stock anonymous Prosody."""

import figures
import sides
from sides import median

VISITORS = 10000
CONVERSATIONS = 2000
AT_ONCE = 100  # logins under way
AGENTS = 4
ROUNDS = 3

FIGURES = ("connect_10000_s_ratio", "crmd_rss_mib")


def open_conversations(crmd):
    """2,000 of the visitors begin a conversation, get an answer, and go. They will be back."""
    for username, password in sides.add_staff(crmd.stack, AGENTS):
        crmd.load.order("agent", username, password)
    crmd.load.order("arrive", CONVERSATIONS, AT_ONCE)
    crmd.load.order("open", CONVERSATIONS, 20)
    crmd.load.order("leave")


def rounds(crmd, stock):
    """Each round: all come and go on both sides. Returns the answers, and crmd's memory while they were there, by round."""
    arrivals, memory = {"crmd": [], "stock": []}, []
    for number in range(ROUNDS):
        for side in (crmd, stock) if number % 2 == 0 else (stock, crmd):
            arrivals[side.name].append(side.measure("arrive", VISITORS, AT_ONCE))
            if side is crmd:
                memory.append(sides.memory_mib(crmd.processes["crmd"][0]))
            side.load.order("leave")
        print(f"  round {number + 1}/{ROUNDS}: crmd {arrivals['crmd'][-1]['seconds']:.1f} s, stock {arrivals['stock'][-1]['seconds']:.1f} s, "
              f"crmd's memory {memory[-1]:.0f} MiB", flush=True)
    return arrivals, memory


def run(stacks):
    crmd = sides.crmd_side()
    stacks.append(crmd.stack)
    stock = sides.stock_side()
    stacks.append(stock.stack)
    open_conversations(crmd)
    arrivals, memory = rounds(crmd, stock)
    open_now = crmd.stack.sql("SELECT count(*) FROM crm.conversation WHERE state <> 'closed'")[0][0]
    prosody = {side.name: round(sides.memory_mib(side.processes["prosody"][0], "VmHWM")) for side in (crmd, stock)}
    figures.keep("connect_10000_s_ratio", median(a["seconds"] / b["seconds"] for a, b in zip(arrivals["crmd"], arrivals["stock"])),
                 **arrivals, logins_at_once=AT_ONCE, prosody_rss_most_mib=prosody)
    figures.keep("crmd_rss_mib", max(memory), by_round=[round(value, 1) for value in memory], most=round(sides.memory_mib(crmd.processes["crmd"][0], "VmHWM"), 1),
                 visitors=VISITORS, open_conversations=open_now)
    for side in (crmd, stock):
        side.load.close()
