/* The grammar over a table of its own and over the real one: no database. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/text.h"
#include "bots/grammar.h"
#include "fake_table.h"
#include "rooms.h"

static struct arena *arena;
static const struct command_table *table;

static int setup(void **state)
{
    (void)state;
    arena = arena_new();
    table = command_table_join(arena, ROOMS, fake_commands, NULL);
    return table == NULL;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

/* "lead.add name=Asha Rao|email=…", with @target, "?suggestion" or "!complaint". */
static const char *understood_by(enum role role, const char *line)
{
    const struct type_reader reader = {.arena = arena, .table = table, .now = "2026-11-22 20:30:00"};
    const struct listener listener = {.table = table, .role = role, .recent = TARGET_LEAD};
    struct sentence sentence = grammar_read(&reader, &listener, line);
    struct text text = text_new(arena);
    if (sentence.command == NULL) {
        return sentence.meant == NULL ? "-" : arena_printf(arena, "?%s", sentence.meant[0]);
    }
    text_add(&text, sentence.command->name);
    if (sentence.refers) {
        text_add(&text, "@it");
    }
    if (sentence.target != NULL) {
        text_addf(&text, "@%s", sentence.target);
    }
    for (size_t i = 0; i < sentence.arguments.count; i++) {
        text_addf(&text, "%s%s=%s", i == 0 ? " " : "|", sentence.arguments.list[i].name,
                  sentence.arguments.list[i].value);
    }
    if (sentence.complaint != NULL) {
        text_addf(&text, "!%s", sentence.complaint);
    }
    return text.data;
}

static const char *understood(const char *line)
{
    return understood_by(ROLE_MANAGER, line);
}

static const char *const lines[][2] = {
    /* heads */
    {"help", "help"},
    {"HELP", "help"},
    {"/help", "help"},
    {"help lead add", "help command=lead add"},
    {"help lead.add", "help command=lead.add"},
    {"me", "me"},
    {"lead 42", "lead.show@42"},
    {"Lead #42", "lead.show@#42"},
    {"lead-42", "lead.show@42"},
    {"lead show 42", "lead.show@42"},
    {"show 42", "lead.show@42"},
    {"show lead 42", "lead.show@42"},
    {"42", "lead.show@42"},
    {"leads", "lead.list"},
    {"list leads", "lead.list"},
    {"lead list", "lead.list"},
    {"assign 42 to priya", "lead.assign@42 assignee=priya"},
    {"42 assign to priya", "lead.assign@42 assignee=priya"},
    {"assign lead 42 to priya nair", "lead.assign@42 assignee=priya nair"},
    {"lead 42 assign priya", "lead.assign@42 assignee=priya"},
    {"lead.assign 42 assignee=priya", "lead.assign@42 assignee=priya"},
    {"assign", "lead.assign"},
    {"lead", "help command=lead"},
    {"help assign", "help command=assign"},
    {"help leads", "help command=leads"},
    {"add", "lead.add"},
    /* arguments */
    {"lead add Asha Rao, asha@example.in, +91 98765 43210, budget 50000 INR, from linkedin",
     "lead.add name=Asha Rao|email=asha@example.in|phone=+91 98765 43210|source=linkedin|budget=50000 INR"},
    {"lead add name=\"Asha Rao\" email=asha@example.in", "lead.add name=Asha Rao|email=asha@example.in"},
    {"add lead name=Asha Rao email=asha@example.in budget=50,000",
     "lead.add name=Asha Rao|email=asha@example.in|budget=50,000"},
    {"lead.add Asha Rao", "lead.add name=Asha Rao"},
    {"lead add Asha Rao asha@example.in +91 98765 43210",
     "lead.add name=Asha Rao|email=asha@example.in|phone=+91 98765 43210"},
    {"lead add Asha Rao from linkedin to priya", "lead.add name=Asha Rao|source=linkedin|assignee=priya"},
    {"lead add Asha Rao, ₹50,000, needs a course from March on",
     "lead.add name=Asha Rao|budget=₹50,000|requirements=a course from March on"},
    {"lead add May, linkedin", "lead.add name=May|source=linkedin"},
    {"lead add \"Rao, Asha\", 1.5 lakh, follow up tomorrow 10:30",
     "lead.add name=Rao, Asha|budget=1.5 lakh|follow_up=tomorrow 10:30"},
    {"lead add Asha Rao, wants Excel, and Word", "lead.add name=Asha Rao|requirements=Excel, and Word"},
    {"lead add Asha Rao, from linkedn", "lead.add name=Asha Rao|source=linkedn"},
    {"lead add Rakesh Sharma 98765 43210 1.5 lakh from linkedin tmrw 5pm",
     "lead.add name=Rakesh Sharma|phone=98765 43210|source=linkedin|budget=1.5 lakh|follow_up=tmrw 5pm"},
    {"lead add Sunita Menon, 9876543211, wants tally course, budget 25k, call tmrw 5pm",
     "lead.add name=Sunita Menon|phone=9876543211|budget=25k|requirements=tally course|follow_up=tmrw 5pm"},
    {"lead add Asha Rao from website 50k", "lead.add name=Asha Rao|source=website|budget=50k"},
    {"lead add Asha Rao budget 2 lakh 98765 43210", "lead.add name=Asha Rao|phone=98765 43210|budget=2 lakh"},
    {"lead add Asha Rao, needs a course from LinkedIn Learning",
     "lead.add name=Asha Rao|requirements=a course from LinkedIn Learning"},
    {"lead add Asha Rao, wants call center software",
     "lead.add name=Asha Rao|requirements=call center software"},
    {"unassigned", "lead.list assignee=nobody"},
    {"leads not assigned", "lead.list assignee=nobody"},
    {"leads added today", "lead.list since=today"},
    {"whats pending today", "lead.list due=today"},
    {"who is free", "user.list role=sales|here=yes"},
    {"42 not interested", "lead.status@42 status=lost|reason=not interested"},
    {"call 42", "lead.show@42"},
    {"leads new from linkedin", "lead.list status=new|source=linkedin"},
    {"leads of priya", "lead.list assignee=priya"},
    {"lead list status=new after=6", "lead.list status=new|after=6"},
    {"leads purple", "lead.list!I do not know what “purple” is for."},
    /* natural forms of records */
    {"42 qualified", "lead.status@42 status=qualified"},
    {"mark 42 as qualified", "lead.status@42 status=qualified"},
    {"move 42 to qualified", "lead.status@42 status=qualified"},
    {"42 to qualified", "lead.status@42 status=qualified"},
    {"42 to priya", "lead.assign@42 assignee=priya"},
    {"assign it to ravi please", "lead.assign@it assignee=ravi"},
    {"42 lost too expensive", "lead.status@42 status=lost|reason=too expensive"},
    {"note 42: called, wants Monday", "lead.note@42 text=called, wants Monday"},
    {"add a note to lead 42: called", "lead.note@42 text=called"},
    {"lead 42 phone 98765 43210", "lead.edit@42 phone=98765 43210"},
    {"42 budget 2 lakh", "lead.edit@42 budget=2 lakh"},
    {"follow up 42 tomorrow 10:30", "lead.followup@42 when=tomorrow 10:30"},
    {"followup 42 in 3 days", "lead.followup@42 when=in 3 days"},
    {"followup 42 fri 5pm, call about the price", "lead.followup@42 when=fri 5pm|note=call about the price"},
    {"follow-up 42 tomorrow", "lead.followup@42 when=tomorrow"},
    {"snooze 42", "lead.snooze@42"},
    {"snooze 42 1 hour", "lead.snooze@42 until=1 hour"},
    {"snooze 42 for 2 hours", "lead.snooze@42 until=2 hours"},
    {"snooze 42 tomorrow", "lead.snooze@42 until=tomorrow"},
    {"done 42", "lead.done@42"},
    {"done 42 called, wants a quote", "lead.done@42 note=called, wants a quote"},
    {"done 42, next fri 10:00", "lead.done@42 next=fri 10:00"},
    {"remind me about 42 fri 5pm", "lead.followup@42 when=fri 5pm"},
    {"tag 42 as hot", "lead.tag@42 tags=hot"},
    {"42 ji", "lead.show@42"},
    {"hi, show me lead 42 pls", "lead.show@42"},
    {"my open leads", "lead.list status=open|assignee=me"},
    {"distribute leads from linkedin", "lead.distribute source=linkedin"},
    {"distribute all leads", "lead.distribute"},
    {"distribute leads of import 3", "lead.distribute import=3"},
    {"queue", "queue.list"},
    {"queue clear", "queue.clear"},
    {"leads mine", "lead.list assignee=me"},
    {"leads new mine from linkedin", "lead.list status=new|assignee=me|source=linkedin"},
    {"show priya's leads from linkedin", "lead.list assignee=priya|source=linkedin"},
    {"find asha", "lead.find text=asha"},
    {"search asha rao", "lead.find text=asha rao"},
    {"lead asha rao", "lead.find text=asha rao"},
    {"find lead asha", "lead.find text=asha"},
    {"find leads from linkedin", "lead.list source=linkedin"},
    {"search leads new", "lead.list status=new"},
    {"leads by follow-up", "lead.list sort=follow-up"},
    {"how many leads do i have", "lead.list assignee=me"},
    {"how many open leads do I have?", "lead.list status=open|assignee=me"},
    {"how many leads are there", "lead.list"},
    {"what's next?", "lead.list assignee=me|due=any"},
    {"what should I do today", "lead.list assignee=me|due=today"},
    {"help all", "help"},
    {"how many leads this week", "lead.list since=this week"},
    {"deleted leads", "lead.deleted"},
    {"undelete 42", "lead.restore@42"},
    {"can you assign 42 to priya?", "lead.assign@42 assignee=priya"},
    {"lead 42?", "lead.show@42"},
    {"note 42 does he know?", "lead.note@42 text=does he know?"},
    {"note on it: he called", "lead.note@it text=he called"},
    {"set 42 budget 50k", "lead.edit@42 budget=50k"},
    {"set 42 contacted", "lead.status@42 status=contacted"},
    {"change 42 budget to 50k", "lead.edit@42 budget=50k"},
    {"show my profile", "profile"},
    {"undo that", "undo"},
    {"undo that now please", "undo"},
    {"undo now please", "undo"},
    {"undo my last change", "undo"},
    {"profile languages en, hi", "profile languages=en, hi"},
    {"profile languages en hi", "profile languages=en hi"},
    {"profile language english, hindi and tamil", "profile languages=english, hindi and tamil"},
    {"profile name Asha Rao, languages en, hi, phone 98765 43210",
     "profile name=Asha Rao|phone=98765 43210|languages=en, hi"},
    {"profile languages en, hi, 98765 43210", "profile phone=98765 43210|languages=en, hi"},
    {"i speak Hindi and English", "profile languages=Hindi and English"},
    {"my languages are en, hi", "profile languages=en, hi"},
    {"my phone number is 98765 43210", "profile phone=98765 43210"},
    {"profile timezone kolkata", "profile time_zone=kolkata"},
    {"profile sideways", "profile!I do not know what “sideways” is for."},
    {"redo", "redo"},
    {"assign 3, 5 and 9 to ravi", "lead.assign@3, 5 and 9 assignee=ravi"},
    {"assign 3 5 9 to ravi", "lead.assign@3 5 9 assignee=ravi"},
    {"assign leads 3, 5 & 9 to ravi", "lead.assign@3, 5 & 9 assignee=ravi"},
    {"assign lead 3 and 5 to ravi", "lead.assign@3 and 5 assignee=ravi"},
    {"give 3,5 to priya", "lead.assign@3,5 assignee=priya"},
    {"3 5 qualified", "lead.status@3 5 status=qualified"},
    {"3, 5 lost because too expensive", "lead.status@3, 5 status=lost|reason=too expensive"},
    {"leads 3 and 5 qualified", "lead.status@3 and 5 status=qualified"},
    {"tag 3,5 hot", "lead.tag@3,5 tags=hot"},
    {"tag 3, 5 hot, vip", "lead.tag@3, 5 tags=hot, vip"},
    {"note 3, 5 called", "lead.note@3, 5 text=called"},
    {"note 3 and 5: called", "lead.note@3 and 5 text=called"},
    {"note 42 5 seats wanted", "lead.note@42 text=5 seats wanted"},
    {"note 42, 5 seats wanted", "lead.note@42 text=5 seats wanted"},
    {"42 50000 INR", "lead.edit@42 budget=50000 INR"},
    {"edit 42 phone 98765 43210", "lead.edit@42 phone=98765 43210"},
    /* several records with nothing but blanks between them, where text follows, are asked about */
    {"tag 5 6 vip", "?tag 5 6: vip"},
    {"note 1 2 3 hello", "?note 1 2 3: hello"},
    {"note 1 2 3: hello", "lead.note@1 2 3 text=hello"},
    {"note 1: 2 3 hello", "lead.note@1 text=2 3 hello"},
    {"note 42 50000 is too much", "lead.note@42 text=50000 is too much"},
    {"tag 5 2026", "lead.tag@5 tags=2026"},
    {"delete 5, 6", "lead.delete@5, 6"},
    {"delete 5 6 7", "lead.delete@5 6 7"},
    {"restore 5 and 6", "lead.restore@5 and 6"},
    /* wordings of rows */
    {"untag 5 excel", "lead.tag@5 tags=remove excel"},
    {"untag hot from 7", "lead.tag@7 tags=remove hot"},
    {"remove tag hot from 7", "lead.tag@7 tags=remove hot"},
    {"remove the tags hot, vip from lead 7", "lead.tag@7 tags=remove hot, vip"},
    {"add tag hot to 3, 5 and 7", "lead.tag@3, 5 and 7 tags=hot"},
    {"change phone of 7 to 98765 43210", "lead.edit@7 phone=98765 43210"},
    {"please change the budget of lead 7 to 50k", "lead.edit@7 budget=50k"},
    {"change phone of it to 98765 43210", "lead.edit@it phone=98765 43210"},
    {"rename 7 to \"Rao, Asha\"", "lead.edit@7 name=Rao, Asha"},
    {"change status of 7 to contacted", "lead.status@7 status=contacted"},
    {"change owner of 7 to ravi", "lead.assign@7 assignee=ravi"},
    {"unassign 7", "lead.assign@7 assignee=nobody"},
    {"reopen 4", "lead.status@4 status=new"},
    {"what is the phone of 7?", "lead.show@7"},
    {"email of 7", "lead.show@7"},
    {"whose lead is 7", "lead.show@7"},
    {"reports", "stats"},
    {"team", "team.list"},
    {"download leads", "lead.export"},
    /* what one tells that one did, and wants to be reminded of */
    {"called 7, not picking up", "lead.note@7 text=called not picking up"},
    {"7 called, not picking up", "lead.note@7 text=called not picking up"},
    {"remind me tomorrow 11am", "lead.followup@it when=tomorrow 11am"},
    {"remind me in 2 hours", "lead.followup@it when=in 2 hours"},
    {"spoke to 7 about the price", "lead.note@7 text=spoke to about the price"},
    {"sent quotation to 7", "lead.note@7 text=sent quotation"},
    {"remind me on monday about 7", "lead.followup@7 when=monday"},
    {"remind me tomorrow 11am to call 7", "lead.followup@7 when=tomorrow 11am"},
    {"remind me to call 7 tomorrow", "lead.followup@7 when=tomorrow"},
    {"schedule callback 7 kal 11 baje", "lead.followup@7 when=kal 11 baje"},
    {"schedule meeting with 7 on friday 3pm", "lead.followup@7 when=friday 3pm|note=meeting"},
    {"move followup of 7 to monday", "lead.followup@7 when=monday"},
    {"cancel followup of 7", "lead.edit@7 follow_up=-"},
    {"update lead 7 status to contacted", "lead.status@7 status=contacted"},
    {"deal closed 7", "lead.status@7 status=won"},
    {"7 interested", "lead.note@7 text=interested"},
    {"7 not picking up", "lead.note@7 text=not picking up"},
    {"7 wrong number", "lead.status@7 status=lost|reason=wrong number"},
    {"qualify 7", "lead.status@7 status=qualified"},
    {"lead add Rohan, 9812345678, 9876543210",
     "lead.add name=Rohan|phone=9812345678|requirements=9876543210"},
    {"lead add Rohan, 9812345678, 9876543", "lead.add name=Rohan|phone=9812345678|budget=9876543"},
    {"who am i", "me"},
    {"who is online", "user.list here=yes"},
    {"users online", "user.list here=yes"},
    {"users disabled", "user.list enabled=no"},
    {"is ravi online?", "lastseen@ravi"},
    {"stats today", "stats"},
    {"show asha", "user.show@asha"},
    /* filters behind one another */
    {"leads unassigned", "lead.list assignee=nobody"},
    {"unassigned leads from linkedin", "lead.list assignee=nobody|source=linkedin"},
    {"leads of priya lost", "lead.list status=lost|assignee=priya"},
    {"leads of priya nair won this week", "lead.list status=won|assignee=priya nair|since=this week"},
    {"leads of priya overdue", "lead.list assignee=priya|due=overdue"},
    {"new leads today", "lead.list status=new|since=today"},
    {"leads last 7 days", "lead.list since=last 7 days"},
    {"leads from linkedin last 7 days", "lead.list source=linkedin|since=last 7 days"},
    {"last 5 leads", "lead.list"},
    {"hot leads", "lead.list sort=score"},
    {"my hot leads", "lead.list assignee=me|sort=score"},
    {"leads with budget above 1 lakh", "lead.list budget_from=1 lakh"},
    {"how many leads does priya have", "lead.list assignee=priya"},
    {"today's leads", "lead.list since=today"},
    {"leads not contacted", "lead.list status=new, assigned"},
    {"change my password", "user.password@me"},
    {"leads for today", "lead.list since=today"},
    {"sales this month", "lead.list status=won|since=this month"},
    {"followups for today", "lead.list due=today"},
    {"pending followups", "lead.list due=due"},
    {"leads in delhi", "lead.list!I do not know what “in delhi” is for."},
    {"phone of asha", "lead.find text=asha"},
    {"asha ka number", "lead.find text=asha"},
    {"leads won linkedin", "lead.list status=won|source=linkedin"},
    {"due", "lead.list due=due"},
    {"followups", "lead.list due=due"},
    {"follow-ups", "lead.list due=due"},
    {"my follow ups", "lead.list assignee=me|due=due"},
    {"follow-ups today", "lead.list due=today"},
    {"due today", "lead.list due=today"},
    {"which follow-ups are due today?", "lead.list due=today"},
    {"what is due?", "lead.list due=due"},
    {"what's due tomorrow", "lead.list due=tomorrow"},
    {"overdue", "lead.list due=overdue"},
    {"overdue leads", "lead.list due=overdue"},
    {"show me overdue leads of priya", "lead.list assignee=priya|due=overdue"},
    {"follow-ups overdue", "lead.list due=overdue"},
    {"leads due this week", "lead.list due=this week"},
    {"leads due", "lead.list due=due"},
    {"due leads", "lead.list due=due"},
    {"new leads due", "lead.list status=new|due=due"},
    {"follow ups overdue", "lead.list due=overdue"},
    {"follow ups due today", "lead.list due=today"},
    {"followups this week from linkedin", "lead.list source=linkedin|due=this week"},
    {"leads follow-up", "lead.list status=follow-up"},
    {"leads this week", "lead.list since=this week"},
    {"new lead: Asha Rao, 98765 43210", "lead.add name=Asha Rao|phone=98765 43210"},
    {"lead add Priya Sharma 98765 43210 linkedin",
     "lead.add name=Priya Sharma|phone=98765 43210|source=linkedin"},
    {"lead add Direct Marketing Website", "lead.add name=Direct Marketing Website"},
    {"last seen priya", "lastseen@priya"},
    {"settings", "settings.list"},
    {"settings set desk.away_seconds 90", "settings.set setting=desk.away_seconds|value=90"},
    {"audit", "audit.list"},
    {"audit reads", "audit.list show=reads"},
    {"audit reads by priya", "audit.list show=reads|person=priya"},
    {"audit about lead-42", "audit.list record=lead-42"},
    /* what was meant as something goes there, to be asked about */
    {"lead add Foo, +91 123", "lead.add name=Foo|phone=+91 123"},
    {"lead add Foo +91 123", "lead.add name=Foo|phone=+91 123"},
    {"lead add Foo, 12345678", "lead.add name=Foo|phone=12345678"},
    {"lead add Foo, foo@@bar", "lead.add name=Foo|email=foo@@bar"},
    {"lead add Foo foo@@bar", "lead.add name=Foo|email=foo@@bar"},
    {"lead add Foo, ₹50,00", "lead.add name=Foo|budget=₹50,00"},
    {"lead add Foo, 2026-13-45", "lead.add name=Foo|follow_up=2026-13-45"},
    {"lead add Foo, 31 feb", "lead.add name=Foo|follow_up=31 feb"},
    {"lead add Foo, linkedn", "lead.add name=Foo|source=linkedn"},
    {"lead add Foo, 20 seats, 2 BHK", "lead.add name=Foo|requirements=20 seats, 2 BHK"},
    {"lead add Foo, for 12 people", "lead.add name=Foo|requirements=for 12 people"},
    {"lead add Agent 47, 50000", "lead.add name=Agent 47|budget=50000"},
    {"lead add Foo +91 98765 43210 50000", "lead.add name=Foo|phone=+91 98765 43210|budget=50000"},
    {"lead add Foo, 1.200,50 €", "lead.add name=Foo|budget=1.200,50 €"},
    {"lead add Foo, kal 5 baje", "lead.add name=Foo|follow_up=kal 5 baje"},
    {"lead add\nName: Asha Rao\nMob : 98765 43210\nCourse: Excel\nand Word",
     "lead.add name=Asha Rao|phone=98765 43210|requirements=Excel, and Word"},
    /* the row that only this test has */
    {"boat paint Blue Whale, in red, 1.5 lakh", "boat.paint title=Blue Whale|colour=red|price=1.5 lakh"},
    {"paint boat Blue Whale painted dark blue", "boat.paint title=Blue Whale|colour=dark blue"},
    {"paint Whale, red, a@b.example, +91 98765 43210, friday 5pm, to be dried",
     "boat.paint title=Whale|colour=red|when=friday 5pm|mail=a@b.example|phone=+91 98765 43210|remarks=to be "
     "dried"},
    {"sink 42", "boat.sink@42"},
    /* typing errors */
    {"laed add Asha", "?lead add Asha"},
    {"lead ad Asha", "?lead add Asha"},
    {"ledas", "?leads"},
    {"asign 42 to priya", "?assign 42 to priya"},
    {"hlep", "?help"},
    {"boat pant Whale, red", "?boat paint Whale, red"},
    {"what is the weather", "-"},
    {"", "-"},
};

/* Teams and users as an Admin types them. */
static const char *const admin_lines[][2] = {
    {"team lead North2, manoj", "team.lead team=North2|leader=manoj"},
    {"team lead North 2, manoj", "team.lead team=North 2|leader=manoj"},
    {"team lead North2 manoj", "team.lead team=North2|leader=manoj"},
    {"team lead \"North 2\" manoj", "team.lead team=North 2|leader=manoj"},
    {"team join North2 priya", "team.join team=North2|member=priya"},
    {"join priya to North", "team.join team=North|member=priya"},
    {"put priya in team north", "team.join team=north|member=priya"},
    {"team leave North2 priya", "team.leave team=North2|member=priya"},
    {"remove priya from team North", "team.leave team=North|member=priya"},
    {"remove 42", "lead.delete@42"},
    {"team add North2, led by manoj", "team.add name=North2|leader=manoj"},
    {"team North2", "team.list team=North2"},
    {"show team North2", "team.list team=North2"},
    {"user priya", "user.show@priya"},
    {"user add Tara Rao, tara, sales", "user.add name=Tara Rao|account=tara|role=sales"},
    {"add user Tara Rao tara sales", "user.add name=Tara Rao|account=tara|role=sales"},
    {"user add Tara Rao tara sales person tara@example.in 98765 43210",
     "user.add name=Tara Rao|account=tara|role=sales person|email=tara@example.in|phone=98765 43210"},
    {"user add tara rao tara.rao sales", "user.add name=tara rao|account=tara.rao|role=sales"},
    {"user add tara rao tara as manager", "user.add name=tara rao|account=tara|role=manager"},
    {"user add Tara Rao", "user.add name=Tara Rao"},
    {"user add tara rao", "user.add name=tara rao"},
    {"user add Tara Rao sales", "user.add name=Tara Rao|role=sales"},
    {"user add tara rao sales", "user.add name=tara rao|role=sales"},
    {"user add \"Tara Rao tara\" sales", "user.add name=Tara Rao tara|role=sales"},
    {"user edit priya name Priya Nair", "user.edit@priya name=Priya Nair"},
    {"user edit priya nair name Priya R Nair", "user.edit@priya nair name=Priya R Nair"},
    {"rename user priya to Priya Nair", "user.edit@priya name=Priya Nair"},
    {"change name of priya to Priya Nair", "user.edit@priya name=Priya Nair"},
    {"edit priya phone 98765 43210", "user.edit@priya phone=98765 43210"},
    {"rename 42 to Asha Rao", "lead.edit@42 name=Asha Rao"},
    {"make priya a manager", "user.role@priya role=manager"},
    {"user role priya as manager", "user.role@priya role=manager"},
    {"reset password of priya", "user.password@priya"},
    {"user sessions priya end", "user.sessions@priya end=yes"},
    {"set desk.away_seconds 90", "settings.set setting=desk.away_seconds|value=90"},
    {"set budget of 7 to 50k", "lead.edit@7 budget=50k"},
    {"remove tag hot from 7", "lead.tag@7 tags=remove hot"},
    {"add priya to team North", "team.join team=North|member=priya"},
    {"team delete North", "team.delete team=North"},
    {"remove team North", "team.delete team=North"},
    {"rename team North to North-East", "team.rename team=North|name=North-East"},
    {"delete asha", "?team delete asha"},
    {"change role of priya to manager", "user.role@priya role=manager"},
    {"change name of 4 to Farhan Ali Khan", "lead.edit@4 name=Farhan Ali Khan"},
    {"change name of priya to Priya Nair", "user.edit@priya name=Priya Nair"},
    {"lead handover ravi to priya", "lead.handover@ravi to=priya"},
    {"handover ravi kumar to priya nair", "lead.handover@ravi kumar to=priya nair"},
    {"hand over ravi to priya", "lead.handover@ravi to=priya"},
    {"transfer all leads of ravi to priya", "lead.handover@ravi to=priya"},
    {"move all leads of ravi to priya", "lead.handover@ravi to=priya"},
    {"give all leads of ravi to priya", "lead.handover@ravi to=priya"},
    {"assign all leads of ravi to priya", "lead.handover@ravi to=priya"},
    {"hand over 42 to priya", "lead.assign@42 assignee=priya"},
    /* whose they are, as one says it; who speaks is somebody too */
    {"hand over ravi's leads to priya", "lead.handover@ravi to=priya"},
    {"please hand over all of ravi’s open leads to priya", "lead.handover@ravi to=priya"},
    {"hand over my leads to priya", "lead.handover@me to=priya"},
    {"hand over all my leads to priya nair", "lead.handover@me to=priya nair"},
    {"hand over me to priya", "lead.handover@me to=priya"},
    {"hand over ravi's leads", "lead.handover@ravi"},
    {"hand ravi over to priya", "lead.handover@ravi to=priya"},
    {"hand ravi over", "lead.handover@ravi"},
    {"hand ravi's leads over to priya", "lead.handover@ravi to=priya"},
    {"hand 42 over to priya", "lead.assign@42 assignee=priya"},
    {"transfer ravi's leads to priya", "lead.handover@ravi to=priya"},
    {"give all my leads to priya", "lead.handover@me to=priya"},
    {"move priya nair's leads to ravi", "lead.handover@priya nair to=ravi"},
    {"hand over priya nair's leads to ravi", "lead.handover@priya nair to=ravi"},
    {"download my leads", "lead.export assignee=me"},
    {"called 7 about ravi's leads", "lead.note@7 text=called about ravi's leads"},
    {"user show me priya", "user.show@priya"},
    /* what sales managers said on their first day */
    {"add a new lead named Vikram Singh mobile 9988776655", "lead.add name=Vikram Singh|phone=9988776655"},
    {"add lead named Vikram Singh, 9988776655", "lead.add name=Vikram Singh|phone=9988776655"},
    {"show today's leads", "lead.list since=today"},
    {"show me unassigned leads", "lead.list assignee=nobody"},
    {"show me yesterday's leads", "lead.list since=yesterday"},
    {"leads from yesterday", "lead.list since=yesterday"},
    {"which leads are not assigned", "lead.list assignee=nobody"},
    {"how many new leads do we have today", "lead.list status=new|since=today"},
    {"move all leads from ravi to priya", "lead.handover@ravi to=priya"},
    {"close 42 as won", "lead.status@42 status=won"},
    {"export leads of priya to excel", "lead.export assignee=priya"},
    {"give rohit to priya", "lead.assign assignee=priya!Give the number of the lead, such as 42."},
    {"assign rohit sharma to priya", "lead.assign assignee=priya!Give the number of the lead, such as 42."},
    {"leads nobody", "lead.list assignee=nobody"},
    {"import leads", "import.file"},
    {"who is available?", "user.list role=sales|here=yes"},
    {"add lead Meena Joshi 98 2000 1234 pune walk-in",
     "lead.add name=Meena Joshi|phone=98 2000 1234|requirements=pune walk-in"},
    {"lead add Asha Rao asha@example.in pune evening batch",
     "lead.add name=Asha Rao|email=asha@example.in|requirements=pune evening batch"},
    {"lead add Batch 2026 Pune", "lead.add name=Batch 2026 Pune"},
    {"lead add \"Helpline 98200 12345 Pune\"", "lead.add name=Helpline 98200 12345 Pune"},
    {"upload leads", "import.file"},
    {"poll start 42 for 1 hour", "poll.start@42 deadline=1 hour"},
    {"start poll 42 for 30 minutes", "poll.start@42 deadline=30 minutes"},
};

/* Where nobody is shown, somebody is looked for among the leads. */
static const char *const sales_lines[][2] = {
    {"show asha", "lead.find text=asha"},
    {"show laeds", "?show leads"},
};

static void check(enum role role, const char *line, const char *wanted)
{
    const char *meaning = understood_by(role, line);
    if (strcmp(meaning, wanted) != 0) {
        fail_msg("“%s” was understood as\n  %s\nand not as\n  %s", line, meaning, wanted);
    }
}

static void lines_are_understood(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        check(ROLE_MANAGER, lines[i][0], lines[i][1]);
    }
    for (size_t i = 0; i < sizeof admin_lines / sizeof admin_lines[0]; i++) {
        check(ROLE_ADMIN, admin_lines[i][0], admin_lines[i][1]);
    }
    for (size_t i = 0; i < sizeof sales_lines / sizeof sales_lines[0]; i++) {
        check(ROLE_SALES, sales_lines[i][0], sales_lines[i][1]);
    }
}

/* tests/unit/typos.tsv: lines as fingers leave them, and the command that was meant, which is one of the
 * program's own table. It is recognised when the line is understood as it without a complaint, or the bot
 * offers it. The place of the offer counts from 1; 0 for none, and for a line that is understood as it
 * stands. */
static bool is_found(const struct type_reader *reader, const struct listener *listener, const char *line,
                     const struct command *wanted, int *place)
{
    struct sentence sentence = grammar_read(reader, listener, line);
    *place = 0;
    if (sentence.command == wanted && sentence.complaint == NULL) {
        return true;
    }
    for (size_t i = 0; sentence.meant != NULL && sentence.meant[i] != NULL; i++) {
        if (grammar_read_strictly(reader, listener, sentence.meant[i]).command == wanted) {
            *place = (int)i + 1;
            return true;
        }
    }
    return false;
}

static void what_is_said_in_several_words_is_explained(void **state)
{
    (void)state;
    static const char *const topics[][2] = {
        {"hand over", "lead.handover"},
        {"Hand-over", "lead.handover"},
        {"lead hand over", "lead.handover"},
        {"follow up", "lead.followup"},
        {"auto assign", "lead.autoassign"},
        {"last seen", "lastseen"},
        {"remind me", "lead.followup"},
        {"download leads", "lead.export"},
        {"who am i", "me"},
        {"boil water", NULL},
    };
    for (size_t i = 0; i < sizeof topics / sizeof topics[0]; i++) {
        const char *topic = command_table_topic(arena, table, topics[i][0]);
        assert_string_equal(topic == NULL ? "-" : topic, topics[i][1] == NULL ? "-" : topics[i][1]);
    }
    check(ROLE_MANAGER, "help hand over", "help command=hand over");
}

static void nine_in_ten_typing_errors_are_recognised(void **state)
{
    (void)state;
    const struct command_table *own = command_table_join(arena, ROOMS, NULL);
    const struct type_reader reader = {.arena = arena, .table = own, .now = "2026-11-22 20:30:00"};
    const struct listener listener = {.table = own, .role = ROLE_ADMIN, .recent = TARGET_LEAD};
    char line[200];
    int lines_read = 0, found = 0, first = 0;
    FILE *file = fopen("tests/unit/typos.tsv", "r");
    assert_non_null(file);
    for (; fgets(line, sizeof line, file) != NULL; lines_read++) {
        char *tab = strchr(line, '\t');
        int place = 0;
        assert_non_null(tab);
        *tab = '\0';
        const struct command *wanted = command_table_find(own, text_squeeze(arena, tab + 1));
        if (wanted == NULL) {
            fail_msg("“%s” is not in the table", text_squeeze(arena, tab + 1));
        }
        if (is_found(&reader, &listener, line, wanted, &place)) {
            found++;
        } else {
            print_message("not recognised: %s (%s)\n", line, wanted->name);
        }
        first += place == 1;
    }
    fclose(file);
    print_message("%d of %d typing errors are recognised, %d of them as the first that is offered\n", found,
                  lines_read, first);
    assert_true(lines_read >= 200);
    assert_true(found * 10 >= lines_read * 9);
}

static void examples_are_complete(void **state)
{
    (void)state;
    assert_null(grammar_check_examples(arena, table));
    static const char *const wrong[] = {"boat paint Whale", NULL};
    struct command row = fake_commands[0];
    row.examples = wrong;
    const struct command room[] = {row, {.name = NULL}};
    assert_non_null(grammar_check_examples(arena, command_table_join(arena, room, NULL)));
}

/* A long line of nothing but words that introduce something must not take long. */
static void a_hostile_line_is_read_quickly(void **state)
{
    (void)state;
    struct text line = text_new(arena);
    text_add(&line, "lead add x");
    while (line.length < 3990) {
        text_add(&line, line.length % 3 == 0 ? " to" : " from");
    }
    clock_t before = clock();
    understood(line.data);
    assert_true(clock() - before < CLOCKS_PER_SEC);
}

/* Random lines of the grammar's own words: nothing crashes, and what is understood names a row. */
static void any_line_is_survived(void **state)
{
    (void)state;
    static const char *const words[] = {
        "lead",   "add", "42",     "to",       "from", ",",     "=",        "name=",     "\"",
        "“",      "”",   "leads",  "assign",   "#",    "priya", "linkedin", "follow up", "budget",
        "50,000", ".",   "lead-7", "email=\"", "\xff", "boat",  "in"};
    srand(7);
    for (int i = 0; i < 3000; i++) {
        struct text line = text_new(arena);
        for (int j = rand() % 12; j >= 0; j--) {
            text_addf(&line, "%s%s", words[rand() % (int)(sizeof words / sizeof words[0])],
                      rand() % 3 == 0 ? "" : " ");
        }
        understood(line.data);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lines_are_understood, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_said_in_several_words_is_explained, setup, teardown),
        cmocka_unit_test_setup_teardown(nine_in_ten_typing_errors_are_recognised, setup, teardown),
        cmocka_unit_test_setup_teardown(examples_are_complete, setup, teardown),
        cmocka_unit_test_setup_teardown(a_hostile_line_is_read_quickly, setup, teardown),
        cmocka_unit_test_setup_teardown(any_line_is_survived, setup, teardown),
    };
    return cmocka_run_group_tests_name("grammar", tests, NULL, NULL);
}
