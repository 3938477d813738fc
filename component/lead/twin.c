/* DESIGN (leads that look alike)
 *
 * Nobody waits for a comparison of all leads with all. Each lead has a few keys (crm.twin_keys(): its email,
 * the end of its phone, its name by sound and by letters), kept in crm.twin_key; leads that share one are a
 * pair in crm.twin, with what they share. The bulk lane keeps both, in slices, behind whoever adds or changes
 * a lead: triggers only note which leads are due (crm.twin_due). So the list is a page of an index, strongest
 * first, whatever number of leads there is.
 *
 * Of whom somebody has said that they are two (lead.apart) is in crm.twin_apart, and no pair any more.
 */
#include <string.h>

#include "base/text.h"
#include "command/reply.h"
#include "command/target.h"
#include "lead/rows.h"

#define LIST_PAGE  10
#define SLICE      100
#define SAME_NAME  100
#define NAME_SHOWN 40

/* ---- lead.duplicates */

/* "same email and phone, names alike". */
static const char *why(struct call *call, const struct lead_twins_row *pair)
{
    const char *contact = pair->email && pair->phone ? "same email and phone"
                          : pair->email              ? "same email"
                          : pair->phone              ? "same phone"
                                                     : "";
    const char *name = pair->alike >= SAME_NAME           ? "same name"
                       : pair->alike >= SAME_NAME * 2 / 5 ? "names alike"
                                                          : "";
    return arena_printf(call->arena, "%s%s%s", contact, *contact != '\0' && *name != '\0' ? ", " : "", name);
}

static void put_pair(struct call *call, const struct lead_twins_row *pair, struct reply *reply)
{
    const char *other = arena_printf(call->arena, "%lld", (long long)pair->other);
    const char *cells[] = {other, text_shorten(call->arena, pair->other_name, NAME_SHOWN),
                           arena_printf(call->arena, "%lld", (long long)pair->one),
                           text_shorten(call->arena, pair->one_name, NAME_SHOWN), why(call, pair)};
    reply_row(reply, arena_printf(call->arena, "lead-%s", other), cells);
}

/* The newer one goes into the older one, which is known by its number. */
static void offer(struct call *call, const struct lead_twins_row *pair, struct reply *reply)
{
    reply_next(reply, arena_printf(call->arena, "merge %lld and %lld", (long long)pair->other,
                                   (long long)pair->one));
    reply_next(reply, arena_printf(call->arena, "lead apart %lld from %lld", (long long)pair->other,
                                   (long long)pair->one));
}

static void say_none(const struct value *of, const struct value *after, bool there, struct reply *reply)
{
    if (!there) {
        reply_say(reply,
                  "The list has changed: the pair behind which it was to go on is not in it any more. Ask "
                  "for the list again.");
    } else if (of->present) {
        reply_say(reply, "No other lead looks like lead %lld.", (long long)of->number);
    } else {
        reply_say(reply, "There are no %sleads that look alike.", after->present ? "more " : "");
    }
}

enum verdict lead_duplicates(struct call *call, const struct args *args, struct reply *reply)
{
    const struct value *of = args_get(args, "of"), *after = args_get(args, "after");
    const int64_t *behind = after->present ? &after->number : NULL;
    const struct lead_twins *pairs =
        query_lead_twins(call->unit, of->present ? &of->number : NULL, behind, LIST_PAGE + 1);
    const struct lead_twins_state *state = query_lead_twins_state(call->unit, behind);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    if (pairs->count == 0) {
        say_none(of, after, state->rows[0].there, reply);
    } else {
        reply_title(reply, "Leads that look alike%s", after->present ? ", continued" : "");
    }
    for (size_t i = 0; i < pairs->count && i < LIST_PAGE; i++) {
        put_pair(call, &pairs->rows[i], reply);
    }
    if (state->rows[0].waiting) {
        reply_say(reply, "Some leads are still being compared: ask again in a while.");
    }
    if (pairs->count > 0) {
        offer(call, &pairs->rows[0], reply);
    }
    if (pairs->count > LIST_PAGE) {
        reply_more(reply, args, arena_printf(call->arena, "%lld", (long long)pairs->rows[LIST_PAGE - 1].id));
    }
    return VERDICT_DONE;
}

static const char *const of_words[] = {"of", "for", NULL};

const struct param lead_duplicates_params[] = {
    {.name = "of",
     .label = "Of lead",
     .hint = "Only those that look like the lead of this number",
     .type = PARAM_NUMBER,
     .words = of_words},
    {.name = "after",
     .label = "After pair",
     .hint = "Goes on behind the pair of this number",
     .type = PARAM_NUMBER,
     .flags = PARAM_CURSOR},
    {.name = NULL},
};

const struct column lead_duplicates_columns[] = {
    {"number", "Number", PARAM_NUMBER},    {"name", "Name", PARAM_TEXT}, {"like", "Looks like", PARAM_NUMBER},
    {"like_name", "Its name", PARAM_TEXT}, {"why", "Why", PARAM_TEXT},   {NULL, NULL, PARAM_TEXT},
};

const char *const lead_duplicates_examples[] = {"lead duplicates", "duplicates", "duplicates of 42", NULL};

/* ---- lead.apart */

static enum verdict refuse_itself(int64_t number, struct reply *reply)
{
    return reply_refuse(
        reply, REFUSAL_INVALID, "from",
        "From: this is lead %lld itself. Give the other one, such as: lead apart %lld from %lld.",
        (long long)number, (long long)number, (long long)number + 1);
}

/* In the order of their numbers, as everybody who locks two. That the other one is not there is wrong with
 * what was given, not with what is acted on. */
static enum verdict take_pair(struct call *call, int64_t here, int64_t there, struct reply *reply,
                              const struct lead_lock_row **first, const struct lead_lock_row **second)
{
    const struct lead_lock *ones = query_lead_lock(call->unit, here < there ? here : there);
    const struct lead_lock *others = query_lead_lock(call->unit, here < there ? there : here);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    *first = ones->rows;
    *second = others->rows;
    if ((here < there ? ones : others)->count == 0) {
        return target_refuse_absent(call, here, reply);
    }
    if (ones->count == 0 || others->count == 0) {
        return reply_refuse(
            reply, REFUSAL_INVALID, "from",
            "From: there is no lead %lld. Give the number of the other one, such as: lead apart 42 "
            "from 7.",
            (long long)there);
    }
    return VERDICT_DONE;
}

enum verdict lead_apart(struct call *call, const struct args *args, struct reply *reply)
{
    const int64_t here = args->target, there = args_get(args, "from")->number;
    const int64_t one = here < there ? here : there, other = here < there ? there : here;
    const struct lead_lock_row *first, *second;
    if (here == there) {
        return refuse_itself(here, reply);
    }
    enum verdict verdict = take_pair(call, here, there, reply, &first, &second);
    if (verdict != VERDICT_DONE) {
        return verdict;
    }
    const struct lead_apart *said = query_lead_apart(call->unit, one, other, call->person->id);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    if (said->count == 0) {
        return reply_refuse(reply, REFUSAL_STATE, NULL,
                            "That lead %lld, %s, and lead %lld, %s, are two is known already.",
                            (long long)one, first->name, (long long)other, second->name);
    }
    reply_say(reply, "Lead %lld, %s, and lead %lld, %s, are two: they are not among the duplicates any more.",
              (long long)one, first->name, (long long)other, second->name);
    reply_next(reply, "duplicates");
    reply_next(reply, "undo");
    return VERDICT_DONE;
}

static const char *const from_words[] = {"and", "of", NULL};

const struct param lead_apart_params[] = {
    {.name = "from",
     .label = "From",
     .hint = "The number of the lead that is another one, such as 7",
     .type = PARAM_NUMBER,
     .flags = PARAM_REQUIRED,
     .words = from_words},
    {.name = NULL},
};

const char *const lead_apart_examples[] = {"lead apart 42 from 7", "apart 42 from 7", NULL};

/* ---- the job */

enum job_result lead_twins(struct job_call *call)
{
    const struct lead_twins_wait *wait = query_lead_twins_wait(call->unit);
    if (unit_flush(call->unit) != DB_OK) {
        return JOB_FAILED;
    }
    if (!wait->rows[0].waiting) {
        return JOB_DONE;
    }
    query_lead_twins_slice(call->unit, SLICE);
    return unit_flush(call->unit) == DB_OK ? JOB_AGAIN : JOB_FAILED;
}
