/* Duplicates on entry: a lead with the same email or phone is shown before another one is made, to whoever
 * may see it. One that the caller may not see is not theirs to know of: for them all goes on as if there were
 * none, and whoever manages its owner is told. */
#include <string.h>

#include "base/text.h"
#include "command/reply.h"
#include "lead/rows.h"

#define WHOLE_SENTENCE 3 /* leads that are named */

static const char *given(const struct args *args, const char *name)
{
    const struct value *value = args_get(args, name);
    return value->present ? value->text : NULL;
}

void lead_same_hold(struct call *call, const struct args *args)
{
    const char *email = given(args, "email");
    const char *phone = given(args, "phone");
    if (email != NULL || phone != NULL) {
        query_lead_same_hold(call->unit, email, phone);
    }
}

static enum verdict look(struct call *call, const struct args *args, const struct lead_same_seen **same)
{
    const char *email = given(args, "email");
    const char *phone = given(args, "phone");
    *same = NULL;
    if (email == NULL && phone == NULL) {
        return VERDICT_DONE;
    }
    lead_same_hold(call, args);
    *same = query_lead_same_seen(call->unit, email, phone, args->target == 0 ? NULL : &args->target);
    return unit_flush(call->unit) == DB_OK ? VERDICT_DONE : VERDICT_FAILED;
}

/* A lead that has both is one row of each, side by side. */
static bool is_next_the_same(const struct lead_same_seen *same, size_t i)
{
    return i + 1 < same->count && same->rows[i + 1].id == same->rows[i].id;
}

enum verdict lead_same_warns(struct call *call, const struct args *args, const char **warning)
{
    const struct lead_same_seen *same;
    struct text text = text_new(call->arena);
    size_t named = 0;
    enum verdict verdict = look(call, args, &same);
    for (size_t i = 0; verdict == VERDICT_DONE && same != NULL && i < same->count; i++) {
        const struct lead_same_seen_row *row = &same->rows[i];
        bool both = is_next_the_same(same, i);
        if (row->name != NULL && named++ < WHOLE_SENTENCE) {
            text_addf(&text, "%sLead %lld, %s, has the same %s: lead-%lld@%s.", text.length == 0 ? "" : " ",
                      (long long)row->id, text_shorten(call->arena, row->name, 60),
                      both ? "email and phone" : row->what, (long long)row->id, call->domain);
        }
        i += both ? 1 : 0;
    }
    *warning = text.length == 0 ? NULL : text.data;
    return verdict;
}

static enum verdict tell_overseers(struct call *call, const struct lead_same_seen_row *row, int64_t number,
                                   const char *name, struct reply *reply)
{
    const struct lead_overseers *overseers = query_lead_overseers(call->unit, row->id);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    for (size_t i = 0; i < overseers->count; i++) {
        reply_notify(
            reply, overseers->rows[i].id,
            "Perhaps one lead twice: %s gave lead %lld, %s, the same %s as lead %lld. %s does not see "
            "lead %lld and was not told. Compare: “lead %lld” and “lead %lld”.",
            call->person->name, (long long)number, name, row->what, (long long)row->id, call->person->name,
            (long long)row->id, (long long)number, (long long)row->id);
    }
    return VERDICT_DONE;
}

enum verdict lead_same_tell(struct call *call, const struct args *args, int64_t number, const char *name,
                            struct reply *reply)
{
    const struct lead_same_seen *same;
    enum verdict verdict = look(call, args, &same);
    for (size_t i = 0; verdict == VERDICT_DONE && same != NULL && i < same->count; i++) {
        if (same->rows[i].name == NULL && same->rows[i].id != number && !is_next_the_same(same, i)) {
            verdict = tell_overseers(call, &same->rows[i], number, name, reply);
        }
    }
    return verdict;
}
