"""What a command costs: lead.list, asked for by a Manager as an ad-hoc command, over a ping (XEP-0199) to crmd."""

import commands
import figures
import sides

LEADS = 1000
TIMES = 600

FIGURES = ("command_p50_ratio",)


def run(stacks):
    crmd = sides.crmd_side()
    stacks.append(crmd.stack)
    manager, _ = sides.fill_leads(crmd.stack, LEADS, 20)
    crmd.load.order("agent", manager.username, manager.password)
    to = crmd.stack.component
    requests = {"ping": commands.ping(to), "form": commands.begin(to, "lead.list"), "list": commands.submit(to, "lead.list", status="open"),
                "next": commands.submit(to, "lead.list", "next")}
    for times in (50, TIMES):  # the first to warm up
        crmd.load.order("forget")
        for name, stanza in requests.items():
            crmd.load.order("request", name, 1, LEADS, stanza)
        before = crmd.cpu()
        answers = crmd.load.order("ask", 0, times)
    spent = {name: round(1e3 * (after - before[name]) / TIMES, 2) for name, after in crmd.cpu().items()}
    ping, form = answers["ping"], commands.check("the form of lead.list", answers["form"], 5)
    page, behind = (commands.check("lead.list", answers[name], commands.PAGE) for name in ("list", "next"))
    figures.keep("command_p50_ratio", page["p50_ms"] / ping["p50_ms"], ping=ping, form=form, list=page, next=behind, leads=LEADS, cpu_ms_of_all_four=spent)
    crmd.load.close()
