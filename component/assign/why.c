/* lead.why: why somebody got a lead, in coarse words: what was written down when it happened. */
#include <string.h>

#include "assign/rows.h"
#include "command/target.h"
#include "queries.h"

static const struct {
    const char *way, *sentence;
} ways[] = {
    {"hand", "somebody chose them"},
    {"poll", "a poll among Sales Persons"},
    {"best", "the best of those who were free"},
    {"turn", "it was their turn"},
    {"rule", "a rule for such leads"},
    {"untouched", "nobody had touched it, and they were the best of those who were free"},
};

static const char *sentence_of(const char *way)
{
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        if (strcmp(ways[i].way, way) == 0) {
            return ways[i].sentence;
        }
    }
    return way;
}

/* "2 days 3 hours", "5 minutes": the two largest parts. */
static const char *duration(struct arena *arena, int64_t minutes)
{
    long long days = minutes / 1440, hours = minutes / 60 % 24, rest = minutes % 60;
    if (days > 0) {
        return arena_printf(arena, "%lld day%s %lld hour%s", days, days == 1 ? "" : "s", hours,
                            hours == 1 ? "" : "s");
    }
    if (hours > 0) {
        return arena_printf(arena, "%lld hour%s %lld minute%s", hours, hours == 1 ? "" : "s", rest,
                            rest == 1 ? "" : "s");
    }
    return rest == 0 ? "less than a minute"
                     : arena_printf(arena, "%lld minute%s", rest, rest == 1 ? "" : "s");
}

static const char *how(struct call *call, const struct assign_why_row *row)
{
    if (row->has_poll) {
        return arena_printf(call->arena, "%s (poll %lld)", sentence_of(row->way), (long long)row->poll);
    }
    if (row->has_rule) {
        return arena_printf(call->arena, "%s (rule %lld)", sentence_of(row->way), (long long)row->rule);
    }
    if (strcmp(row->way, "hand") == 0 && row->made_by != NULL) {
        return arena_printf(call->arena, "%s chose them", row->made_by);
    }
    return sentence_of(row->way);
}

enum verdict assign_why(struct call *call, const struct args *args, struct reply *reply)
{
    const struct assign_why *rows = query_assign_why(call->unit, args->target, call->person->time_zone);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    if (rows->count == 0) {
        reply_say(reply, "Lead %lld has not been assigned to anybody yet.", (long long)args->target);
        return VERDICT_DONE;
    }
    const struct assign_why_row *row = &rows->rows[0];
    reply_title(reply, "Lead %lld: why %s", (long long)args->target, row->person);
    reply_field(reply, "assignee", "Assigned to", PARAM_TEXT, row->person);
    reply_field(reply, "at", "Assigned", PARAM_DATE, row->at);
    reply_field(reply, "how", "How", PARAM_TEXT, how(call, row));
    reply_field(reply, "interest", "Interest", PARAM_TEXT, row->interest);
    reply_field(reply, "performance", "Performance", PARAM_TEXT, row->performance);
    reply_field(reply, "availability", "Availability", PARAM_TEXT, row->availability);
    reply_field(reply, "drawn", "Drawn", PARAM_TEXT,
                row->drawn ? "among several who were nearly as good" : NULL);
    reply_field(reply, "waited", "Was nobody's for", PARAM_TEXT, duration(call->arena, row->waited_minutes));
    return VERDICT_DONE;
}
