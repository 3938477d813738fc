/* DESIGN (what happens when a follow-up is due)
 *
 * One job a lead, "lead.remind", put and dropped by a trigger of crm.lead:
 *
 *   {}                     due at follow_up_at: its person is told           -> {"stage": "missed"}, hours
 * later
 *   {"stage": "missed"}    still not ticked off: it is missed; the managers  -> done
 *                          of that person are told, and the person too
 *
 * Ticked off, put off, given to somebody else, deleted, won or lost meanwhile: the trigger has put the job
 * anew or dropped it, and what ran is rolled back (job/runner.c). So nothing here needs a lock on the lead.
 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "command/reply.h"
#include "command/type.h"
#include "lead/rows.h"

#define NOTE_SHOWN 200
#define MISSED     "{\"stage\": \"missed\"}"

struct reminder {
    struct job_call *call;
    int64_t number;
    const struct follow_up_due_row *lead;
    int64_t hours; /* until it is missed; 0: never */
};

static const char *when(const struct reminder *reminder, const char *local)
{
    return type_show(reminder->call->arena, PARAM_DATE, local);
}

static const char *command(const struct reminder *reminder, const char *format)
{
    struct arena *arena = reminder->call->arena;
    char *number = arena_printf(arena, "%lld", (long long)reminder->number);
    struct text line = text_new(arena);
    const char *place = strchr(format, '#');
    text_addf(&line, "%.*s%s%s", (int)(place - format), format, number, place + 1);
    return line.data;
}

static void remind_person(const struct reminder *reminder)
{
    struct job_call *call = reminder->call;
    const struct follow_up_due_row *lead = reminder->lead;
    const char *const offers[] = {command(reminder, "done #"), command(reminder, "snooze # 1 hour"),
                                  command(reminder, "snooze # tomorrow"), command(reminder, "lead #"), NULL};
    const char *phone = lead->phone == NULL ? ""
                                            : arena_printf(call->arena, ", %s",
                                                           type_show(call->arena, PARAM_PHONE, lead->phone));
    const char *note = lead->note == NULL ? ""
                                          : arena_printf(call->arena, "\nLast note: %s",
                                                         text_shorten(call->arena, lead->note, NOTE_SHOWN));
    reply_notify_offers(call->reply, lead->person, offers,
                        "%s lead %lld, %s%s. It was to be followed up %s.%s\nSay “%s”, “%s” or “%s”.",
                        lead->late ? "Overdue:" : "Now:", (long long)reminder->number, lead->name, phone,
                        when(reminder, lead->due), note, offers[0], offers[1], offers[3]);
}

/* Those who may give it to somebody else. */
static enum db_status tell_managers(const struct reminder *reminder, const char *sentence)
{
    struct job_call *call = reminder->call;
    const struct follow_up_due_row *lead = reminder->lead;
    const char *const offers[] = {command(reminder, "lead #"), command(reminder, "history #"), NULL};
    const struct follow_up_managers *managers =
        query_follow_up_managers(call->unit, lead->has_person ? lead->person : 0, lead->due_at);
    enum db_status status = unit_flush(call->unit);
    for (size_t i = 0; status == DB_OK && i < managers->count; i++) {
        reply_notify_offers(call->reply, managers->rows[i].id, offers,
                            "%s: lead %lld, %s, was to be followed up %s.\nSay “%s”, or give it to somebody "
                            "else: assign %lld to <name>.",
                            sentence, (long long)reminder->number, lead->name,
                            when(reminder, managers->rows[i].due), offers[0], (long long)reminder->number);
    }
    return status;
}

static enum job_result remind(const struct reminder *reminder)
{
    struct job_call *call = reminder->call;
    if (!reminder->lead->has_person) {
        return tell_managers(reminder, "Nobody has this lead") == DB_OK ? JOB_DONE : JOB_FAILED;
    }
    remind_person(reminder);
    if (reminder->hours == 0 || !reminder->lead->assigned) {
        return JOB_DONE;
    }
    const struct follow_up_later *later = query_follow_up_later(call->unit, reminder->hours);
    if (unit_flush(call->unit) != DB_OK) {
        return JOB_FAILED;
    }
    job_later(call, later->rows[0].at, MISSED);
    return JOB_AGAIN;
}

static enum job_result miss(const struct reminder *reminder)
{
    struct job_call *call = reminder->call;
    const struct follow_up_due_row *lead = reminder->lead;
    if (!lead->has_person) {
        return JOB_DONE;
    }
    const char *const offers[] = {command(reminder, "done #"), command(reminder, "snooze # tomorrow"), NULL};
    query_follow_up_missed(call->unit, reminder->number, lead->person, lead->due_at);
    reply_notify_offers(
        call->reply, lead->person, offers,
        "Missed: lead %lld, %s, was to be followed up %s. Your manager has been told. It stays "
        "on your list until you say “%s” or “%s”.",
        (long long)reminder->number, lead->name, when(reminder, lead->due), offers[0], offers[1]);
    const char *sentence = arena_printf(call->arena, "%s has missed a follow-up", lead->person_name);
    return tell_managers(reminder, sentence) == DB_OK ? JOB_DONE : JOB_FAILED;
}

enum job_result lead_remind(struct job_call *call)
{
    struct reminder reminder = {.call = call, .number = strtoll(call->job->key, NULL, 10)};
    const struct follow_up_due *leads = query_follow_up_due(call->unit, reminder.number);
    const struct settings_value *hours = query_settings_value(call->unit, "followup.escalate_hours");
    if (unit_flush(call->unit) != DB_OK) {
        return JOB_FAILED;
    }
    if (leads->count == 0) {
        return JOB_DONE;
    }
    reminder.lead = &leads->rows[0];
    reminder.hours = hours->count == 0 ? 0 : strtoll(hours->rows[0].value, NULL, 10);
    if (!reminder.lead->over) {
        job_later(call, reminder.lead->due_at, "{}"); /* the clock was put back */
        return JOB_AGAIN;
    }
    return strcmp(call->job->data, MISSED) == 0 ? miss(&reminder) : remind(&reminder);
}
