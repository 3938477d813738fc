/* The morning's digest: what the day brings each member of staff, once a day on their own calendar, and only
 * when there is something to say. It needs no row of crm.job: who had theirs is in crm.digest_sent. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "command/reply.h"
#include "command/role.h"
#include "command/type.h"
#include "lead/rows.h"

#define SHOWN         5
#define MOST          100 /* leads that were left alone are counted up to here */
#define MORNING_HOURS 6   /* later than that it is too late for a digest */

struct digest {
    struct job_call *call;
    const struct digest_next_row *person;
    struct text text;
};

/* "Overdue: 7", and the first of them. */
static void add_follow_ups(struct digest *digest, const struct digest_follow_ups *leads)
{
    int shown = -1; /* of which kind the last line was */
    for (size_t i = 0; i < leads->count; i++) {
        const struct digest_follow_ups_row *row = &leads->rows[i];
        if (shown != row->overdue) {
            text_addf(&digest->text, "\n%s: %lld", row->overdue ? "Overdue" : "To follow up today",
                      (long long)row->total);
        }
        shown = row->overdue;
        text_addf(&digest->text, "\n%lld · %s · %s", (long long)row->id, row->name,
                  type_show(digest->call->arena, PARAM_DATE, row->due));
    }
}

static void add_idle(struct digest *digest, const struct digest_idle *leads, int64_t days)
{
    if (leads->count == 0) {
        return;
    }
    text_addf(&digest->text, "\nNothing has happened for %lld day%s: %zu%s", (long long)days,
              days == 1 ? "" : "s", leads->count > MOST ? (size_t)MOST : leads->count,
              leads->count > MOST ? " and more" : "");
    for (size_t i = 0; i < leads->count && i < SHOWN; i++) {
        text_addf(&digest->text, "\n%lld · %s · %s", (long long)leads->rows[i].id, leads->rows[i].name,
                  leads->rows[i].status);
    }
}

static void add_team(struct digest *digest, const struct digest_team *team)
{
    for (size_t i = 0; i < team->count; i++) {
        text_addf(&digest->text, "%s%s %lld", i == 0 ? "\nOverdue follow-ups: " : ", ", team->rows[i].name,
                  (long long)team->rows[i].overdue);
    }
}

static void tell(struct digest *digest)
{
    static const char *const offers[] = {"follow-ups today", "follow-ups overdue", NULL};
    if (digest->text.length == 0) {
        return;
    }
    reply_notify_offers(digest->call->reply, digest->person->id, offers,
                        "Good morning, %s.%s\nSay “follow-ups today” or “follow-ups overdue” for the lists.",
                        digest->person->name, digest->text.data);
}

static enum db_status make(struct job_call *call, const struct digest_next_row *person, int64_t idle_days)
{
    struct digest digest = {.call = call, .person = person, .text = text_new(call->arena)};
    const struct digest_follow_ups *due =
        query_digest_follow_ups(call->unit, person->id, person->time_zone, SHOWN);
    const struct digest_idle *idle =
        idle_days == 0 ? NULL : query_digest_idle(call->unit, person->id, idle_days, MOST + 1);
    const struct digest_team *team =
        strcmp(person->role, "manager") == 0 ? query_digest_team(call->unit, SHOWN) : NULL;
    query_digest_mark(call->unit, person->id, person->day);
    enum db_status status = unit_flush(call->unit);
    if (status != DB_OK) {
        return status;
    }
    add_follow_ups(&digest, due);
    if (idle != NULL) {
        add_idle(&digest, idle, idle_days);
    }
    if (team != NULL) {
        add_team(&digest, team);
    }
    tell(&digest);
    return DB_OK;
}

/* One person a turn. */
enum job_result lead_digest(struct job_call *call)
{
    const struct digest_next *people = query_digest_next(call->unit, MORNING_HOURS);
    const struct settings_value *days = query_settings_value(call->unit, "followup.idle_days");
    if (unit_flush(call->unit) != DB_OK) {
        return JOB_FAILED;
    }
    if (people->count == 0) {
        return JOB_DONE;
    }
    int64_t idle_days = days->count == 0 ? 0 : strtoll(days->rows[0].value, NULL, 10);
    return make(call, &people->rows[0], idle_days) == DB_OK ? JOB_AGAIN : JOB_FAILED;
}
