"""A million leads: lists, searches and single leads, through the command layer, as a Manager and as a Sales Person who has 20,000 of them.

The figure is the worst of its kinds: the list that is slowest, of the person who waits longest."""

import time

import commands
import figures
import sides

LEADS = 1_000_000
OWN = 20_000
LISTS = 300   # of each kind: the 99th percentile of fewer is their slowest, or nearly
SHOWS = 2000

FIGURES = ("lead_list_p99_ms", "lead_search_p99_ms", "lead_show_p99_ms")

# What people ask for: fields of the first page, and of the second.
KINDS = {
    "newest": ({}, None),
    "open": ({"status": "open"}, None),
    "won": ({"status": "won"}, None),
    "from-linkedin": ({"source": "linkedin"}, None),
    "open-budget": ({"status": "open", "budget_from": "50000 INR"}, None),
    "oldest": ({}, {"sort": "oldest"}),
    "budget": ({}, {"sort": "budget"}),
    "follow-up": ({}, {"sort": "follow-up"}),
    "name": ({}, {"sort": "name"}),
    "after": ({}, {"after": "500000"}),
    "tagged": ({"tag": "vip"}, None),
    "tagged-rare": ({"tag": "rare"}, None),
    "tagged-budget": ({"tag": "vip"}, {"sort": "budget"}),
}


def list_requests(to):
    """[(name, stanza, is it what is measured)]: each kind from its form on."""
    for kind, (first, second) in KINDS.items():
        yield f"form-of-{kind}", commands.begin(to, "lead.list"), False
        if second is None:
            yield kind, commands.submit(to, "lead.list", **first), True
        else:
            yield f"page-2-of-{kind}", commands.submit(to, "lead.list", "next", **first), False
            yield kind, commands.submit(to, "lead.list", **second), True


# What people look for: what many have, what few have, with typing errors, what nobody has, and narrowed or sorted.
SEARCHES = {
    "first-name": {"text": "asha"},
    "last-name": {"text": "rao"},
    "whole-name": {"text": "Asha Rao"},
    "email": {"text": "meera500003@example.in"},
    "digits": {"text": "70005 00"},
    "error": {"text": "kirna"},
    "two-errors": {"text": "vikarm shrama"},
    "nobody": {"text": "zzyzx"},
    "narrowed": {"text": "rao", "status": "won"},
    "sorted": {"text": "patel", "sort": "budget"},
    "by-name": {"text": "rao", "sort": "name"},
    "oldest": {"text": "rao", "sort": "oldest"},
    "tagged": {"text": "rao", "tag": "vip"},
}


def search_requests(to):
    """[(name, stanza, is it what is measured)], as list_requests()."""
    for kind, fields in SEARCHES.items():
        yield f"form-of-search-{kind}", commands.begin(to, "lead.find"), False
        yield f"search-{kind}", commands.submit(to, "lead.find", "complete", **fields), True


def ask(load, agent, requests, times, fields):
    """Sends them all so many times, once before it counts. Returns {name: answer} of what is measured."""
    for count in (3, times):
        load.order("forget")
        for name, stanza, _ in requests:
            load.order("request", name, 1, LEADS // 100, stanza)
        answers = load.order("ask", agent, count)
    return {name: commands.check(name, answers[name], fields) for name, _, measured in requests if measured}


def worst(answers):
    """{who: {kind: answer}} → p99 in ms, and where."""
    return max((answer["p99_ms"], f"{who}: {kind}") for who, kinds in answers.items() for kind, answer in kinds.items())


def run(stacks):
    crmd = sides.crmd_side()
    stacks.append(crmd.stack)
    begin = time.monotonic()
    people = dict(zip(("manager", "sales"), sides.fill_leads(crmd.stack, LEADS, OWN)))
    print(f"  {LEADS:,} leads in {time.monotonic() - begin:.0f} s", flush=True)
    lists, searches, shows = {}, {}, {}
    for agent, (who, account) in enumerate(people.items()):
        crmd.load.order("agent", account.username, account.password)
        lists[who] = ask(crmd.load, agent, list(list_requests(crmd.stack.component)), LISTS, max(commands.PAGE, commands.FORM_FIELDS + 1))
        searches[who] = ask(crmd.load, agent, list(search_requests(crmd.stack.component)), LISTS, 0)
        # %N00 is a lead of the Sales Person: they have every fiftieth
        shows[who] = ask(crmd.load, agent, [("show", commands.begin(f"lead-%N00@{crmd.stack.component}", "lead.show"), True)], SHOWS, 5)
        print(f"  as {who}: lists {worst({who: lists[who]})[0]:.1f} ms, searches {worst({who: searches[who]})[0]:.1f} ms, "
              f"shows {worst({who: shows[who]})[0]:.1f} ms", flush=True)
    for figure, answers in (("lead_list_p99_ms", lists), ("lead_search_p99_ms", searches), ("lead_show_p99_ms", shows)):
        value, where = worst(answers)
        figures.keep(figure, value, worst=where, **answers)
    crmd.load.close()
