/* The end of a poll: closed by hand or by the clock, decided in a transaction of its own, and told to all who
 * knew of it, in the same words to each. */
#include <stdlib.h>
#include <string.h>

#include "assign/assign.h"
#include "assign/weigh.h"
#include "base/text.h"
#include "poll/rows.h"
#include "queries.h"

/* ---- closing */

static bool people_of(struct unit *unit, struct arena *arena, int64_t poll, struct bigint_array *people)
{
    const struct poll_people *rows = query_poll_people(unit, poll);
    if (unit_flush(unit) != DB_OK) {
        return false;
    }
    int64_t *list = arena_array(arena, rows->count + 1, sizeof *list);
    for (size_t i = 0; i < rows->count; i++) {
        list[i] = rows->rows[i].person;
    }
    *people = (struct bigint_array){list, rows->count};
    return true;
}

/* Fixes what everybody weighs, before any vote is looked at. False: the unit failed. */
static bool freeze(struct unit *unit, struct arena *arena, int64_t poll, bool lead, bool *done)
{
    struct assign_settings settings;
    struct assign_candidates all = {.count = 0};
    struct bigint_array people;
    if (!assign_read_settings(unit, arena, &settings) || !people_of(unit, arena, poll, &people) ||
        (lead && !assign_weigh(unit, arena, &settings, people, &all))) {
        return false;
    }
    int64_t *numbers = arena_array(arena, all.count + 1, sizeof *numbers);
    const char **weights = arena_array(arena, all.count + 1, sizeof *weights);
    for (size_t i = 0; i < all.count; i++) {
        numbers[i] = all.list[i].person;
        weights[i] = arena_printf(arena, "%.17g", all.list[i].weight);
    }
    const struct poll_freeze *frozen =
        query_poll_freeze(unit, poll, (struct bigint_array){numbers, all.count},
                          (struct text_array){weights, all.count}, settings.interest, settings.near);
    bool ok = unit_flush(unit) == DB_OK;
    *done = ok && frozen->rows[0].done;
    return ok;
}

enum verdict poll_close(struct call *call, const struct args *args, struct reply *reply)
{
    bool done = false;
    const struct poll_state *rows = query_poll_state(call->unit, args->target);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    bool open = rows->count == 1 && strcmp(rows->rows[0].state, "open") == 0;
    if (open && !freeze(call->unit, call->arena, args->target, rows->rows[0].has_lead, &done)) {
        return VERDICT_FAILED;
    }
    if (!done) {
        return reply_refuse(reply, REFUSAL_STATE, NULL, "Poll %lld is over already.",
                            (long long)args->target);
    }
    query_job_drop(call->unit, "poll.close", arena_printf(call->arena, "%lld", (long long)args->target));
    reply_say(reply, "Poll %lld is closed. What came of it is told in a moment.", (long long)args->target);
    reply_next(reply, arena_printf(call->arena, "poll show %lld", (long long)args->target));
    return unit_flush(call->unit) == DB_OK ? VERDICT_DONE : VERDICT_FAILED;
}

enum job_result poll_close_at_deadline(struct job_call *call)
{
    int64_t poll = strtoll(call->job->key, NULL, 10);
    bool done = false;
    const struct poll_state *rows = query_poll_state(call->unit, poll);
    if (unit_flush(call->unit) != DB_OK) {
        return JOB_FAILED;
    }
    if (rows->count == 0 || strcmp(rows->rows[0].state, "open") != 0) {
        return JOB_DONE;
    }
    return freeze(call->unit, call->arena, poll, rows->rows[0].has_lead, &done) ? JOB_DONE : JOB_FAILED;
}

/* ---- deciding */

struct ending {
    struct job_call *call;
    int64_t poll;
    const struct poll_result_row *about;
    const struct poll_decided_row *decided;
    const char *counts; /* in words */
    int64_t got_it;     /* who has the lead now and was told so; 0: nobody of those asked */
};

/* All who knew of the poll, whether they have answered or not: nobody learns from it who did. */
static bool tell_the_others(const struct ending *ending, const char *sentence)
{
    const struct poll_told *told = query_poll_told(ending->call->unit, ending->poll);
    if (unit_flush(ending->call->unit) != DB_OK) {
        return false;
    }
    for (size_t i = 0; i < told->count; i++) {
        int64_t person = told->rows[i].person;
        if (person != ending->got_it && person != ending->about->started_by) {
            reply_notify(ending->call->reply, person, "%s", sentence);
        }
    }
    return true;
}

static const char *thanks(const struct ending *ending, bool assigned)
{
    return arena_printf(
        ending->call->arena, "Lead %lld %s. Thank you. (Poll %lld)", (long long)ending->about->lead,
        assigned ? "has been assigned" : "is not asked about any more", (long long)ending->poll);
}

static void tell_initiator(const struct ending *ending, const char *what)
{
    reply_notify(ending->call->reply, ending->about->started_by,
                 "Poll %lld about lead %lld, %s, is over: %s (%s)", (long long)ending->poll,
                 (long long)ending->about->lead, ending->about->lead_name, what, ending->counts);
}

/* What the winner's work was, in coarse words, among those who were asked. */
static bool words_of_winner(const struct ending *ending, struct assign_candidates *all,
                            const struct assign_candidate **winner)
{
    struct job_call *call = ending->call;
    struct assign_settings settings;
    struct bigint_array people;
    if (!assign_read_settings(call->unit, call->arena, &settings) ||
        !people_of(call->unit, call->arena, ending->poll, &people) ||
        !assign_weigh(call->unit, call->arena, &settings, people, all)) {
        return false;
    }
    *winner = assign_find(all, ending->decided->winner);
    return true;
}

static enum job_result end_assigned(struct ending *ending)
{
    struct job_call *call = ending->call;
    struct assign_candidates all;
    const struct assign_candidate *winner = NULL;
    if (!words_of_winner(ending, &all, &winner)) {
        return JOB_FAILED;
    }
    if (winner == NULL) {
        return job_fail(call, "the winner of poll %lld is not in use", (long long)ending->poll);
    }
    const struct assign_give *given =
        query_assign_give(call->unit, ending->about->lead, NULL, winner->person, "poll", &ending->poll, NULL,
                          ending->decided->interest, winner->performance_word, winner->availability_word,
                          ending->decided->drawn);
    if (unit_flush(call->unit) != DB_OK || !given->rows[0].done) {
        return JOB_FAILED; /* the lead is locked by crm.poll_decide(), and nobody's */
    }
    ending->got_it = winner->person;
    const char *begin = arena_printf(call->arena, "Poll %lld is over, and lead %lld is yours",
                                     (long long)ending->poll, (long long)ending->about->lead);
    if (!assign_tell(call->unit, call->reply, winner->person, ending->about->lead, begin)) {
        return JOB_FAILED;
    }
    tell_initiator(ending, arena_printf(call->arena, "it is assigned to %s. Say “why %lld”.", winner->name,
                                        (long long)ending->about->lead));
    return tell_the_others(ending, thanks(ending, true)) ? JOB_DONE : JOB_FAILED;
}

/* Nobody wants it: what is next is a setting. */
static enum job_result end_nobody(struct ending *ending)
{
    struct job_call *call = ending->call;
    struct assign_settings settings;
    struct assign_winner to = {.name = NULL};
    if (!assign_read_settings(call->unit, call->arena, &settings)) {
        return JOB_FAILED;
    }
    if (strcmp(settings.poll_nobody, "ask") == 0) {
        tell_initiator(ending, arena_printf(call->arena, "nobody was found. Say “assign %lld to <name>”.",
                                            (long long)ending->about->lead));
        return tell_the_others(ending, thanks(ending, false)) ? JOB_DONE : JOB_FAILED;
    }
    const struct assign_lead lead = {.number = ending->about->lead,
                                     .name = ending->about->lead_name,
                                     .asked_by = ending->about->started_by,
                                     .poll = ending->poll,
                                     .way = strcmp(settings.poll_nobody, "turn") == 0 ? ASSIGN_TURN
                                                                                      : ASSIGN_BEST,
                                     .rules = true,
                                     .waits = true};
    switch (assign_lead_to_somebody(call->unit, call->reply, &lead, &to)) {
    case ASSIGN_GIVEN:
        tell_initiator(ending, arena_printf(call->arena, "it is assigned to %s. Say “why %lld”.", to.name,
                                            (long long)ending->about->lead));
        return tell_the_others(ending, thanks(ending, true)) ? JOB_DONE : JOB_FAILED;
    case ASSIGN_WAITS:
        tell_initiator(ending, "nobody was found who is free now. It waits, and goes to the first who is.");
        return tell_the_others(ending, thanks(ending, false)) ? JOB_DONE : JOB_FAILED;
    case ASSIGN_GONE:
    case ASSIGN_FAILED:
        break;
    }
    return JOB_FAILED;
}

static enum job_result end_moot(struct ending *ending)
{
    tell_initiator(
        ending, "the lead has been assigned otherwise, or deleted, or merged into another one, meanwhile.");
    return tell_the_others(ending, thanks(ending, false)) ? JOB_DONE : JOB_FAILED;
}

static enum job_result end_counted(struct ending *ending)
{
    struct job_call *call = ending->call;
    const char *sentence = arena_printf(call->arena, "Poll %lld, “%s”, is over: %s.", (long long)ending->poll,
                                        ending->about->question, ending->counts);
    if (ending->about->room != NULL) {
        reply_notify_room(call->reply, ending->about->room, sentence);
        return JOB_DONE;
    }
    reply_notify(call->reply, ending->about->started_by, "%s", sentence);
    return tell_the_others(ending, sentence) ? JOB_DONE : JOB_FAILED;
}

static const struct {
    const char *outcome;
    enum job_result (*end)(struct ending *ending);
} endings[] = {
    {"assigned", end_assigned}, {"nobody", end_nobody}, {"moot", end_moot}, {"counted", end_counted}};

static enum job_result tell_ending(struct ending *ending)
{
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        if (strcmp(endings[i].outcome, ending->decided->outcome) == 0) {
            return endings[i].end(ending);
        }
    }
    return JOB_FAILED;
}

enum job_result poll_decide(struct job_call *call)
{
    struct ending ending = {.call = call, .poll = strtoll(call->job->key, NULL, 10)};
    const char *choices[POLL_CHOICES];
    const struct poll_decided *decided = query_poll_decided(call->unit, ending.poll);
    const struct poll_result *about = query_poll_result(call->unit, ending.poll);
    query_poll_forget_forms(call->unit, call->job->key);
    if (unit_flush(call->unit) != DB_OK) {
        return JOB_FAILED;
    }
    if (decided->count == 0 || about->count == 0) {
        return JOB_DONE;
    }
    ending.decided = &decided->rows[0];
    ending.about = &about->rows[0];
    size_t count = poll_split(call->arena, ending.about->choices, choices);
    ending.counts = poll_counts(call->arena, choices, count, ending.decided->counts);
    return tell_ending(&ending);
}
