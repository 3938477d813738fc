/* poll.list and poll.show. Nothing of a vote while a poll runs; counts afterwards, where they tell nothing.
 */
#include <string.h>

#include "base/text.h"
#include "command/target.h"
#include "poll/rows.h"
#include "queries.h"

#define LIST_PAGE 10

static const char *subject(struct arena *arena, bool has_lead, int64_t lead, const char *question)
{
    return has_lead ? arena_printf(arena, "who wants lead %lld?", (long long)lead) : question;
}

static const char *state_word(const char *state)
{
    return strcmp(state, "open") == 0 ? "open" : strcmp(state, "closing") == 0 ? "being counted" : "over";
}

enum verdict poll_list(struct call *call, const struct args *args, struct reply *reply)
{
    const struct value *after = args_get(args, "after"), *all = args_get(args, "all");
    const struct poll_rows *polls =
        query_poll_rows(call->unit, call->person->time_zone, !all->present || all->number == 0,
                        after->present ? &after->number : NULL, LIST_PAGE + 1);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    if (polls->count == 0) {
        reply_say(reply, "No %spolls%s.", after->present ? "more " : "",
                  all->present && all->number != 0
                      ? ""
                      : " run now; “poll list all=yes” shows those that are over");
        return VERDICT_DONE;
    }
    reply_title(reply, "Polls");
    for (size_t i = 0; i < polls->count && i < LIST_PAGE; i++) {
        const struct poll_rows_row *row = &polls->rows[i];
        const char *number = arena_printf(call->arena, "%lld", (long long)row->id);
        const char *cells[] = {number, subject(call->arena, row->has_lead, row->lead, row->question),
                               row->audience, state_word(row->state), row->until};
        reply_row(reply, arena_printf(call->arena, "poll-%s", number), cells);
    }
    if (polls->count > LIST_PAGE) {
        reply_more(reply, args, arena_printf(call->arena, "%lld", (long long)polls->rows[LIST_PAGE - 1].id));
    }
    return VERDICT_DONE;
}

static const char *outcome_of(struct call *call, const struct poll_whole_row *row)
{
    if (row->outcome == NULL) {
        return NULL;
    }
    if (strcmp(row->outcome, "assigned") == 0) {
        return arena_printf(call->arena, "the lead is assigned to %s", row->winner);
    }
    return strcmp(row->outcome, "nobody") == 0 ? "nobody took the lead by it"
           : strcmp(row->outcome, "moot") == 0 ? "the lead was assigned otherwise meanwhile"
                                               : NULL;
}

enum verdict poll_show(struct call *call, const struct args *args, struct reply *reply)
{
    const struct poll_whole *rows = query_poll_whole(call->unit, args->target, call->person->time_zone);
    const char *choices[POLL_CHOICES];
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    if (rows->count == 0) {
        return target_refuse_absent(call, args->target, reply);
    }
    const struct poll_whole_row *row = &rows->rows[0];
    size_t count = poll_split(call->arena, row->choices, choices);
    bool over = strcmp(row->state, "closed") == 0, sees_all = call->person->role != ROLE_SALES;
    reply_title(reply, "Poll %lld", (long long)args->target);
    reply_field(reply, "subject", "Asks", PARAM_TEXT,
                subject(call->arena, row->has_lead, row->lead, row->question));
    reply_field(reply, "audience", "Among", PARAM_TEXT, row->audience);
    reply_field(reply, "asked", "People asked", PARAM_NUMBER,
                sees_all ? arena_printf(call->arena, "%lld", (long long)row->asked) : NULL);
    reply_field(reply, "starter", "Started by", PARAM_TEXT, row->started_by);
    reply_field(reply, "started", "Started", PARAM_DATE, row->started);
    reply_field(reply, "until", "Until", PARAM_DATE, row->until);
    reply_field(reply, "state", "State", PARAM_TEXT, state_word(row->state));
    reply_field(reply, "counts", "Answers", PARAM_TEXT,
                over ? poll_counts(call->arena, choices, count, row->counts) : "shown when it is over");
    reply_field(reply, "outcome", "Outcome", PARAM_TEXT, outcome_of(call, row));
    if (!over && sees_all) {
        reply_next(reply, arena_printf(call->arena, "poll close %lld", (long long)args->target));
    }
    return VERDICT_DONE;
}

static const char *const all_words[] = {"over", NULL};

const struct param poll_list_params[] = {
    {.name = "all",
     .label = "Those that are over, too",
     .hint = "yes: also polls that are over",
     .type = PARAM_BOOLEAN,
     .words = all_words},
    {.name = "after",
     .label = "After",
     .hint = "Only polls before this number",
     .type = PARAM_NUMBER,
     .flags = PARAM_CURSOR},
    {.name = NULL},
};

const struct column poll_list_columns[] = {
    {"poll", "Poll", PARAM_NUMBER}, {"subject", "Asks", PARAM_TEXT}, {"audience", "Among", PARAM_TEXT},
    {"state", "State", PARAM_TEXT}, {"until", "Until", PARAM_DATE},  {NULL, NULL, PARAM_TEXT},
};
