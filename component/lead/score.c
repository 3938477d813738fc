/* DESIGN (scores)
 *
 * A score is a number from 0 to 100: each criterion gives a part between 0 and 1, times its weight (a
 * setting). What PostgreSQL counts are facts (schema/functions/score_facts.sql); what they are worth is
 * decided here, once, for the command that explains a score and for the lane that stores it in
 * crm.lead.score.
 *
 * Stored scores are kept by a job without a row, in slices, each a transaction of its own:
 *
 *   1. leads on which something has happened (crm.score_due, appended to by triggers) and new ones (no
 * score; while an import runs they wait for its end);
 *   2. a round through all open leads, because time passes: once a day, a slice now and then; or, when a
 * weight was changed, one slice after the other.
 *
 * Nobody waits for it: triggers only append, a lead that is locked is put back into the queue, and other jobs
 * have their turn between two slices.
 */
#include <math.h>
#include <string.h>

#include "command/reply.h"
#include "command/target.h"
#include "command/type.h"
#include "lead/rows.h"

#define SLICE       200
#define ROUND_EVERY 10 /* turns of the job between two slices of a round that is in no hurry */

#define ENOUGH_MESSAGES 10.0 /* in a month */
#define HALF_LIFE_DAYS  7.0
#define COMPLETE        4

struct facts {
    const char *source_label;
    int64_t won, ended;
    int filled;
    bool has_budget;
    int64_t budget_minor;
    const char *budget_currency;
    int64_t typical; /* 0: not known */
    int64_t messages;
    double days;
    int64_t kept, missed;
};

/* The rows of both statements have the same columns. */
#define READ_FACTS(row)                                                                                      \
    (struct facts)                                                                                           \
    {                                                                                                        \
        .source_label = (row)->source_label, .won = (row)->won, .ended = (row)->ended,                       \
        .filled = (row)->filled, .has_budget = (row)->has_budget_minor, .budget_minor = (row)->budget_minor, \
        .budget_currency = (row)->budget_currency, .typical = (row)->has_typical ? (row)->typical : 0,       \
        .messages = (row)->messages, .days = (row)->days, .kept = (row)->kept, .missed = (row)->missed       \
    }

/* ---- the criteria */

static double within(double value)
{
    return value < 0 ? 0 : value > 1 ? 1 : value;
}

/* One in four is what is expected of a source of which little is known; every second one is as good as it
 * gets. */
static double source_part(const struct facts *facts)
{
    return within(2.0 * ((double)facts->won + 1) / ((double)facts->ended + 4));
}

static const char *source_words(struct arena *arena, const struct facts *facts)
{
    return facts->ended <= 0
               ? arena_printf(arena, "%s: none has ended yet", facts->source_label)
               : arena_printf(arena, "%s: %lld of %lld that ended were won", facts->source_label,
                              (long long)facts->won, (long long)facts->ended);
}

static double completeness_part(const struct facts *facts)
{
    return within((double)facts->filled / COMPLETE);
}

static const char *completeness_words(struct arena *arena, const struct facts *facts)
{
    return arena_printf(arena, "%d of email, phone, budget and requirements %s known", facts->filled,
                        facts->filled == 1 ? "is" : "are");
}

/* Half for the usual budget; all for four times as much, nothing for a quarter. */
static double budget_part(const struct facts *facts)
{
    if (!facts->has_budget || facts->budget_minor <= 0) {
        return 0;
    }
    return facts->typical <= 0 ? 0.5
                               : within(0.5 + log2((double)facts->budget_minor / (double)facts->typical) / 4);
}

static const char *budget_words(struct arena *arena, const struct facts *facts)
{
    if (!facts->has_budget) {
        return "none is known";
    }
    const char *amount =
        type_show(arena, PARAM_MONEY, lead_budget(arena, true, facts->budget_minor, facts->budget_currency));
    return facts->typical <= 0
               ? amount
               : arena_printf(arena, "%s; usual is %s", amount,
                              type_show(arena, PARAM_MONEY,
                                        lead_budget(arena, true, facts->typical, facts->budget_currency)));
}

static double engagement_part(const struct facts *facts)
{
    return within((double)facts->messages / ENOUGH_MESSAGES);
}

static const char *engagement_words(struct arena *arena, const struct facts *facts)
{
    return arena_printf(arena, "%lld message%s in chat in 30 days", (long long)facts->messages,
                        facts->messages == 1 ? "" : "s");
}

static double recency_part(const struct facts *facts)
{
    return within(exp2(-facts->days / HALF_LIFE_DAYS));
}

static const char *recency_words(struct arena *arena, const struct facts *facts)
{
    int days = (int)facts->days;
    return days <= 0 ? "something happened today"
                     : arena_printf(arena, "nothing has happened for %d day%s", days, days == 1 ? "" : "s");
}

static double follow_ups_part(const struct facts *facts)
{
    return within(((double)facts->kept + 1) / ((double)facts->kept + (double)facts->missed + 2));
}

static const char *follow_ups_words(struct arena *arena, const struct facts *facts)
{
    return facts->kept + facts->missed == 0 ? "none was due yet"
                                            : arena_printf(arena, "%lld kept, %lld missed",
                                                           (long long)facts->kept, (long long)facts->missed);
}

static const struct criterion {
    const char *name, *label;
    const char *setting; /* its weight */
    double (*part)(const struct facts *facts);
    const char *(*words)(struct arena *arena, const struct facts *facts);
} criteria[] = {
    {"source", "Source", "score.source", source_part, source_words},
    {"completeness", "What is known", "score.completeness", completeness_part, completeness_words},
    {"budget", "Budget", "score.budget", budget_part, budget_words},
    {"engagement", "Chat", "score.engagement", engagement_part, engagement_words},
    {"recency", "Recency", "score.recency", recency_part, recency_words},
    {"follow_ups", "Follow-ups", "score.follow_ups", follow_ups_part, follow_ups_words},
};

#define CRITERIA (sizeof criteria / sizeof criteria[0])

/* How many of the 100 points each can give; all 0 when nothing has a weight. */
struct weights {
    double points[CRITERIA];
};

static struct weights read_weights(const struct score_weights *rows)
{
    struct weights weights = {{0}};
    double total = 0;
    for (size_t i = 0; i < CRITERIA; i++) {
        for (size_t k = 0; k < rows->count; k++) {
            if (strcmp(rows->rows[k].key, criteria[i].setting) == 0) {
                weights.points[i] = rows->rows[k].weight;
            }
        }
        total += weights.points[i];
    }
    for (size_t i = 0; i < CRITERIA && total > 0; i++) {
        weights.points[i] *= 100 / total;
    }
    return weights;
}

static int64_t score_of(const struct weights *weights, const struct facts *facts)
{
    double score = 0;
    for (size_t i = 0; i < CRITERIA; i++) {
        score += weights->points[i] * criteria[i].part(facts);
    }
    return lround(score);
}

/* ---- the command */

enum verdict lead_score(struct call *call, const struct args *args, struct reply *reply)
{
    const struct score_of *rows = query_score_of(call->unit, args->target);
    const struct score_weights *settings = query_score_weights(call->unit);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    if (rows->count == 0) {
        return target_refuse_absent(call, args->target, reply);
    }
    const struct facts facts = READ_FACTS(&rows->rows[0]);
    const struct weights weights = read_weights(settings);
    reply_title(reply, "Score of lead %lld, %s", (long long)args->target, rows->rows[0].name);
    reply_field(reply, "score", "Score", PARAM_TEXT,
                arena_printf(call->arena, "%lld of 100", (long long)score_of(&weights, &facts)));
    for (size_t i = 0; i < CRITERIA; i++) {
        reply_field(reply, criteria[i].name, criteria[i].label, PARAM_TEXT,
                    arena_printf(call->arena, "%.1f of %.1f (%s)",
                                 weights.points[i] * criteria[i].part(&facts), weights.points[i],
                                 criteria[i].words(call->arena, &facts)));
    }
    return VERDICT_DONE;
}

const char *const lead_score_examples[] = {"score 42", NULL};

/* ---- the job */

/* Computes and stores the scores of these leads. */
static enum db_status store(struct job_call *call, struct bigint_array leads)
{
    const struct score_weights *settings = query_score_weights(call->unit);
    const struct score_facts *rows = query_score_facts(call->unit, leads);
    enum db_status status = unit_flush(call->unit);
    if (status != DB_OK || rows->count == 0) {
        return status;
    }
    const struct weights weights = read_weights(settings);
    int64_t *ids = arena_array(call->arena, rows->count, sizeof *ids);
    int64_t *scores = arena_array(call->arena, rows->count, sizeof *scores);
    for (size_t i = 0; i < rows->count; i++) {
        const struct facts facts = READ_FACTS(&rows->rows[i]);
        ids[i] = rows->rows[i].id;
        scores[i] = score_of(&weights, &facts);
    }
    query_score_put(call->unit, (struct bigint_array){ids, rows->count},
                    (struct bigint_array){scores, rows->count});
    return unit_flush(call->unit);
}

/* What has changed, and what is new. JOB_AGAIN while there may be more. */
static enum job_result score_changed(struct job_call *call)
{
    const struct score_take *taken = query_score_take(call->unit, SLICE);
    if (unit_flush(call->unit) != DB_OK) {
        return JOB_FAILED;
    }
    int64_t *ids = arena_array(call->arena, taken->count + 1, sizeof *ids);
    for (size_t i = 0; i < taken->count; i++) {
        ids[i] = taken->rows[i].lead;
    }
    if (taken->count > 0 && store(call, (struct bigint_array){ids, taken->count}) != DB_OK) {
        return JOB_FAILED;
    }
    return taken->count >= SLICE ? JOB_AGAIN : JOB_DONE;
}

/* The next slice of the round. */
static enum job_result score_round(struct job_call *call)
{
    const struct score_round_slice *slice = query_score_round_slice(call->unit, SLICE);
    if (unit_flush(call->unit) != DB_OK) {
        return JOB_FAILED;
    }
    int64_t *ids = arena_array(call->arena, slice->count + 1, sizeof *ids);
    for (size_t i = 0; i < slice->count; i++) {
        ids[i] = slice->rows[i].lead;
    }
    if (slice->count > 0 && store(call, (struct bigint_array){ids, slice->count}) != DB_OK) {
        return JOB_FAILED;
    }
    bool over = slice->count < SLICE;
    query_score_round_on(call->unit, slice->count == 0 ? 0 : ids[slice->count - 1], over);
    return over ? JOB_DONE : JOB_AGAIN;
}

static enum db_status begin_round(struct job_call *call)
{
    query_score_round_begin(call->unit);
    query_score_count_budgets(call->unit);
    return unit_flush(call->unit);
}

enum job_result lead_score_slice(struct job_call *call)
{
    static unsigned turns; /* the lane's */
    query_score_count_outcomes(call->unit);
    const struct score_round *rounds = query_score_round(call->unit);
    enum job_result result = score_changed(call);
    if (result != JOB_DONE) {
        return result;
    }
    const struct score_round_row *round = &rounds->rows[0];
    if (round->over && round->rested) {
        return begin_round(call) == DB_OK ? JOB_AGAIN : JOB_FAILED;
    }
    if (round->over || (!round->hurry && ++turns % ROUND_EVERY != 0)) {
        return JOB_DONE;
    }
    result = score_round(call);
    return result == JOB_AGAIN && !round->hurry ? JOB_DONE : result;
}
