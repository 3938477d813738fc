/* DESIGN (a lead of which nothing is to be known any more)
 *
 * crm.lead_erase() takes it out of every table in the transaction of the command. Two things take longer, and
 * are written down in crm.erasure in the same transaction, with the words by which they are found:
 *
 *   old rows of the audit      the job here, in slices (crm.erasure_slice())
 *   chat archives, uploads     Prosody, in slices (prosody/mod_crm_erase.lua), which says when it is done
 *
 * Whoever dies meanwhile begins again. When both are done the row goes, and the words with it; who asked is
 * told.
 */
#include "command/reply.h"
#include "command/target.h"
#include "lead/rows.h"

#define SLICE 20000 /* rows of the audit */

enum verdict lead_erase_warns(struct call *call, const struct args *args, const char **warning)
{
    (void)call;
    (void)args;
    *warning = "It cannot be undone, and nothing of it can be shown any more. Chats with the bot and in "
               "rooms lose what "
               "names it; files that were exported or imported go, whoever they were for.";
    return VERDICT_DONE;
}

/* What is left of it is in the other one. */
static enum verdict refuse_merged(int64_t number, int64_t into, struct reply *reply)
{
    return reply_refuse(
        reply, REFUSAL_STATE, NULL,
        "Lead %lld was merged into lead %lld, and what is known of it is there. Erase that one: lead "
        "erase %lld.",
        (long long)number, (long long)into, (long long)into);
}

enum verdict lead_erase(struct call *call, const struct args *args, struct reply *reply)
{
    const struct lead_lock_any *leads = query_lead_lock_any(call->unit, args->target);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    if (leads->count == 0) {
        return target_refuse_absent(call, args->target, reply);
    }
    if (leads->rows[0].has_merged_into) {
        return refuse_merged(args->target, leads->rows[0].merged_into, reply);
    }
    query_lead_erase(call->unit, args->target);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    reply_say(
        reply,
        "Lead %lld is erased. Chats with the bot and in rooms follow now; you are told when that is done.",
        (long long)args->target);
    reply_say(
        reply,
        "Not in reach: backups, PostgreSQL's write-ahead log until it is used anew, what people have in "
        "their own clients, and what they wrote to each other alone.");
    return VERDICT_DONE;
}

const char *const lead_erase_examples[] = {"lead erase 42", NULL};

/* ---- the job */

enum job_result lead_erasures(struct job_call *call)
{
    const struct lead_erasures_wait *wait = query_lead_erasures_wait(call->unit);
    if (unit_flush(call->unit) != DB_OK) {
        return JOB_FAILED;
    }
    if (!wait->rows[0].waiting) {
        return JOB_DONE;
    }
    const struct lead_erasure_slice *slice = query_lead_erasure_slice(call->unit, SLICE);
    if (unit_flush(call->unit) != DB_OK) {
        return JOB_FAILED;
    }
    if (slice->count > 0 && slice->rows[0].done && slice->rows[0].has_asked_by) {
        reply_notify(
            call->reply, slice->rows[0].asked_by,
            "Lead %lld is erased everywhere in the CRM: %lld messages of chats and %lld uploaded files went "
            "with it.",
            (long long)slice->rows[0].lead, (long long)slice->rows[0].chats, (long long)slice->rows[0].files);
    }
    return JOB_AGAIN;
}
