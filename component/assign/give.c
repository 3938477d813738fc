/* How a lead goes to somebody whom nobody has chosen, now or later. */
#include <stdlib.h>

#include "assign/rows.h"
#include "assign/weigh.h"
#include "base/text.h"
#include "command/target.h"
#include "command/type.h"
#include "queries.h"

#define SHOWN      300 /* code points of the requirements */
#define DRAIN_STEP 10  /* leads that are tried in one transaction */

/* ---- telling */

static void add_line(struct text *text, const char *label, const char *value)
{
    if (value != NULL && value[0] != '\0') {
        text_addf(text, "\n%s: %s", label, value);
    }
}

bool assign_tell(struct unit *unit, struct reply *reply, int64_t person, int64_t lead, const char *begin)
{
    const struct lead_show *rows = query_lead_show(unit, lead, NULL);
    if (unit_flush(unit) != DB_OK) {
        return false;
    }
    if (rows->count == 0) {
        return true;
    }
    const struct lead_show_row *row = &rows->rows[0];
    struct text text = text_new(reply->arena);
    text_addf(&text, "%s: %s", begin, row->name);
    add_line(&text, "Phone", type_show(reply->arena, PARAM_PHONE, row->phone));
    add_line(&text, "Email", row->email);
    add_line(&text, "Source", row->source_label);
    if (row->has_budget_minor) {
        const char *budget = type_money(reply->arena, row->budget_minor, row->budget_currency);
        add_line(&text, "Budget", type_show(reply->arena, PARAM_MONEY, budget));
    }
    add_line(&text, "Requirements",
             row->requirements == NULL ? NULL : text_shorten(reply->arena, row->requirements, SHOWN));
    text_addf(&text, "\nSay “lead %lld” for all of it.", (long long)lead);
    reply_notify(reply, person, "%s", text.data);
    return true;
}

/* ---- choosing */

struct choice_made {
    const struct assign_candidate *candidate; /* NULL: nobody is free */
    bool drawn;
    int64_t rule; /* 0: none */
};

static bool weigh_and_choose(struct unit *unit, const struct assign_settings *settings,
                             const struct assign_lead *lead, struct bigint_array people, struct arena *arena,
                             struct choice_made *made)
{
    struct assign_candidates candidates;
    if (!assign_weigh(unit, arena, settings, people, &candidates)) {
        return false;
    }
    made->candidate =
        assign_choose(&candidates, lead->way == ASSIGN_TURN, settings->near, lead->from, &made->drawn);
    return true;
}

/* The first rule that fits and means somebody decides, also when none of them is free: a lead that speaks
 * German waits for somebody who does. */
static bool choose(struct unit *unit, struct arena *arena, const struct assign_settings *settings,
                   const struct assign_lead *lead, struct choice_made *made)
{
    struct bigint_array people = {NULL, 0};
    if (lead->people != NULL) {
        return weigh_and_choose(unit, settings, lead, *lead->people, arena, made);
    }
    const struct assign_rules *rules = lead->rules ? query_assign_rules(unit, lead->number) : NULL;
    if (rules != NULL && unit_flush(unit) != DB_OK) {
        return false;
    }
    for (size_t i = 0; rules != NULL && i < rules->count && people.count == 0; i++) {
        if (!assign_people(unit, arena, &rules->rows[i], &people)) {
            return false;
        }
        made->rule = people.count > 0 ? rules->rows[i].id : 0;
    }
    if (people.count == 0 && !assign_people(unit, arena, NULL, &people)) {
        return false;
    }
    return weigh_and_choose(unit, settings, lead, people, arena, made);
}

static const char *way_of(const struct assign_lead *lead, const struct choice_made *made)
{
    return lead->from != 0            ? "untouched"
           : made->rule != 0          ? "rule"
           : lead->way == ASSIGN_TURN ? "turn"
                                      : "best";
}

static enum assign_outcome give(struct unit *unit, struct reply *reply, const struct assign_lead *lead,
                                const struct choice_made *made, struct assign_winner *winner)
{
    const struct assign_candidate *candidate = made->candidate;
    const struct assign_give *given = query_assign_give(
        unit, lead->number, lead->from != 0 ? &lead->from : NULL, candidate->person, way_of(lead, made),
        lead->poll != 0 ? &lead->poll : NULL, made->rule != 0 ? &made->rule : NULL, NULL,
        candidate->performance_word, candidate->availability_word, made->drawn);
    if (unit_flush(unit) != DB_OK) {
        return ASSIGN_FAILED;
    }
    if (!given->rows[0].done) {
        return ASSIGN_GONE;
    }
    *winner = (struct assign_winner){candidate->person, candidate->name};
    if (lead->untold) {
        return ASSIGN_GIVEN;
    }
    const char *begin = arena_printf(reply->arena, "Lead %lld is yours", (long long)lead->number);
    return assign_tell(unit, reply, candidate->person, lead->number, begin) ? ASSIGN_GIVEN : ASSIGN_FAILED;
}

enum assign_outcome assign_lead_to_somebody(struct unit *unit, struct reply *reply,
                                            const struct assign_lead *lead, struct assign_winner *winner)
{
    struct assign_settings settings;
    struct choice_made made = {.candidate = NULL};
    query_assign_hold(unit);
    if (!assign_read_settings(unit, reply->arena, &settings) ||
        !choose(unit, reply->arena, &settings, lead, &made)) {
        return ASSIGN_FAILED;
    }
    if (made.candidate != NULL) {
        return give(unit, reply, lead, &made, winner);
    }
    if (lead->waits) {
        query_assign_wait(unit, lead->number, lead->asked_by != 0 ? &lead->asked_by : NULL);
    }
    return unit_flush(unit) == DB_OK ? ASSIGN_WAITS : ASSIGN_FAILED;
}

/* ---- lead.autoassign */

static enum verdict say_waiting(struct call *call, int64_t number, const char *name, struct reply *reply)
{
    const struct assign_place *place = query_assign_place(call->unit, number);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    reply_say(reply,
              "Nobody who could take lead %lld, %s, is free now. It waits, as number %lld, and goes to the "
              "first who is.",
              (long long)number, name, (long long)place->rows[0].place);
    return VERDICT_DONE;
}

enum verdict assign_auto(struct call *call, const struct args *args, struct reply *reply)
{
    const struct assign_lead_now *rows = query_assign_lead_now(call->unit, args->target);
    struct assign_winner to = {.name = NULL};
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    if (rows->count == 0) {
        return target_refuse_absent(call, args->target, reply);
    }
    if (rows->rows[0].has_assignee) {
        return reply_refuse(reply, REFUSAL_STATE, NULL,
                            "Lead %lld is %s's already. Say “assign %lld to nobody” first.",
                            (long long)args->target, rows->rows[0].assignee_name, (long long)args->target);
    }
    const struct assign_lead lead = {.number = args->target,
                                     .name = rows->rows[0].name,
                                     .asked_by = call->person->id,
                                     .rules = true,
                                     .waits = true};
    switch (assign_lead_to_somebody(call->unit, reply, &lead, &to)) {
    case ASSIGN_GIVEN:
        reply_say(reply, "Lead %lld, %s, is assigned to %s, who has been told.", (long long)lead.number,
                  lead.name, to.name);
        reply_next(reply, arena_printf(call->arena, "why %lld", (long long)lead.number));
        return VERDICT_DONE;
    case ASSIGN_WAITS:
        return say_waiting(call, lead.number, lead.name, reply);
    case ASSIGN_GONE:
        return reply_refuse(reply, REFUSAL_CONFLICT, NULL, "Somebody else has just assigned lead %lld.",
                            (long long)lead.number);
    case ASSIGN_FAILED:
        break;
    }
    return VERDICT_FAILED;
}

/* ---- the queue */

/* A lead that goes to somebody in this step. */
struct drained {
    int64_t lead, person;
    const char *name;
};

static enum assign_outcome drain_one(struct job_call *call, const struct assign_oldest_row *row,
                                     struct drained *drained)
{
    const struct assign_lead_now *rows = query_assign_lead_now(call->unit, row->lead);
    struct assign_winner to = {.name = NULL};
    if (unit_flush(call->unit) != DB_OK) {
        return ASSIGN_FAILED;
    }
    if (rows->count == 0 || rows->rows[0].has_assignee) {
        return ASSIGN_GONE;
    }
    const struct assign_lead lead = {
        .number = row->lead, .name = rows->rows[0].name, .rules = true, .untold = true};
    enum assign_outcome outcome = assign_lead_to_somebody(call->unit, call->reply, &lead, &to);
    if (outcome == ASSIGN_GIVEN && row->has_asked_by) {
        reply_notify(call->reply, row->asked_by, "Lead %lld, %s, waits no more: it is assigned to %s.",
                     (long long)row->lead, lead.name, to.name);
    }
    *drained = (struct drained){row->lead, to.person, lead.name};
    return outcome;
}

/* One message to each who has got some: with all about it when it is one lead. */
static bool tell_of_drained(struct job_call *call, const struct drained *drained, size_t count, size_t first)
{
    struct text text = text_new(call->arena);
    size_t leads = 0;
    for (size_t i = 0; i < count; i++) {
        if (drained[i].person != drained[first].person) {
            continue;
        }
        if (i < first) {
            return true; /* has been told */
        }
        leads++;
        text_addf(&text, "\n%lld. %s", (long long)drained[i].lead, drained[i].name);
    }
    if (leads == 1) {
        const char *begin = arena_printf(call->arena, "Lead %lld is yours", (long long)drained[first].lead);
        return assign_tell(call->unit, call->reply, drained[first].person, drained[first].lead, begin);
    }
    reply_notify(call->reply, drained[first].person,
                 "%zu leads are yours:%s\nSay “lead %lld” for all of the first.", leads, text.data,
                 (long long)drained[first].lead);
    return true;
}

static bool is_somebody_free(const struct assign_candidates *all)
{
    for (size_t i = 0; i < all->count; i++) {
        if (all->list[i].free) {
            return true;
        }
    }
    return false;
}

/* The oldest first. Those for whom nobody is free are passed over; when nobody is free at all, or none is
 * left that was not passed over, it is over: whoever comes next begins again. */
enum job_result assign_drain(struct job_call *call)
{
    struct assign_candidates all;
    const struct assign_oldest *leads = query_assign_oldest(call->unit, call->job->data, DRAIN_STEP);
    struct drained drained[DRAIN_STEP];
    size_t given = 0;
    int64_t passed = 0;
    if (!assign_weigh_all(call->unit, call->arena, &all)) {
        return JOB_FAILED;
    }
    if (!is_somebody_free(&all)) {
        return JOB_DONE;
    }
    for (size_t i = 0; i < leads->count; i++) {
        enum assign_outcome outcome = drain_one(call, &leads->rows[i], &drained[given]);
        if (outcome == ASSIGN_FAILED) {
            return JOB_FAILED;
        }
        given += outcome == ASSIGN_GIVEN;
        passed += outcome != ASSIGN_GIVEN;
    }
    for (size_t i = 0; i < given; i++) {
        if (!tell_of_drained(call, drained, given, i)) {
            return JOB_FAILED;
        }
    }
    if (leads->count < DRAIN_STEP) {
        return JOB_DONE;
    }
    const struct assign_skip *skip = query_assign_skip(call->unit, call->job->data, passed);
    if (unit_flush(call->unit) != DB_OK) {
        return JOB_FAILED;
    }
    job_later(call, "now", skip->rows[0].data);
    return JOB_AGAIN;
}

/* ---- leads that nobody touches */

static enum job_result look_later(struct job_call *call, int64_t person)
{
    struct assign_settings settings;
    if (!assign_read_settings(call->unit, call->arena, &settings)) {
        return JOB_FAILED;
    }
    if (settings.untouched_hours <= 0) {
        return JOB_DONE;
    }
    const struct assign_later *later = query_assign_later(call->unit, settings.untouched_hours, person);
    if (unit_flush(call->unit) != DB_OK) {
        return JOB_FAILED;
    }
    job_later(call, later->rows[0].at, later->rows[0].data);
    return JOB_AGAIN;
}

static void tell_former(struct job_call *call, int64_t lead, const struct assign_untouched_row *row)
{
    reply_notify(call->reply, row->person,
                 "Lead %lld, %s, has gone to somebody else, because nothing was done with it. You need not "
                 "follow it up any more.",
                 (long long)lead, row->name);
}

enum job_result assign_untouched(struct job_call *call)
{
    int64_t number = strtoll(call->job->key, NULL, 10);
    struct assign_winner to = {.name = NULL};
    const struct assign_untouched *rows = query_assign_untouched(call->unit, number, call->job->data);
    if (unit_flush(call->unit) != DB_OK) {
        return JOB_FAILED;
    }
    if (rows->count == 0) {
        return JOB_DONE;
    }
    const struct assign_lead lead = {
        .number = number, .name = rows->rows[0].name, .from = rows->rows[0].person, .rules = true};
    switch (assign_lead_to_somebody(call->unit, call->reply, &lead, &to)) {
    case ASSIGN_GIVEN: {
        tell_former(call, number, &rows->rows[0]);
        const struct assign_lead_now *now = query_assign_lead_now(call->unit, number);
        return unit_flush(call->unit) == DB_OK ? look_later(call, now->rows[0].assignee) : JOB_FAILED;
    }
    case ASSIGN_WAITS:
        return look_later(call, lead.from);
    case ASSIGN_GONE:
        return JOB_DONE;
    case ASSIGN_FAILED:
        break;
    }
    return JOB_FAILED;
}
