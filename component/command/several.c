/* Several records at once: each is named before a yes is asked for, each is done, and each refusal is said.
 */
#include "command/work.h"

#include "base/text.h"
#include "command/table.h"
#include "command/target.h"
#include "queries.h"

enum verdict work_split(struct work *work)
{
    const struct target_kind *kind = target_kind(work->command->target);
    struct arena *arena = work->dispatch->arena;
    int64_t numbers[TARGET_SEVERAL + 1];
    if (kind == NULL || !work->command->several || work->request->target == NULL || work->parts != NULL) {
        return VERDICT_DONE;
    }
    size_t count = target_split(arena, kind, work->request->target, numbers);
    if (count > TARGET_SEVERAL) {
        return reply_refuse(work->reply, REFUSAL_INVALID, kind->word, "%s: at most %d at once. Give fewer.",
                            kind->label, TARGET_SEVERAL);
    }
    if (count < 2) {
        return VERDICT_DONE;
    }
    work->parts = arena_array(arena, count, sizeof *work->parts);
    work->part_count = count;
    for (size_t i = 0; i < count; i++) {
        work->parts[i].number = numbers[i];
    }
    return VERDICT_DONE;
}

/* Takes the refusal from the reply to the record that is being worked on. */
void work_keep_refusal(struct work *work)
{
    work->part->refusal = work->reply->refusal;
    work->part->sentence = work->reply->sentence;
    work->reply->refusal = REFUSAL_NONE;
    work->reply->field = work->reply->sentence = NULL;
    work->reply->choices = NULL;
}

/* True for what is wrong with the arguments, and so with all records. */
static bool refuses_all(const struct work *work)
{
    const struct reply *reply = work->reply;
    return (reply->refusal == REFUSAL_INVALID || reply->refusal == REFUSAL_MISSING) && reply->field != NULL &&
           command_param(work->command, reply->field) >= 0;
}

static enum verdict act_on_part(struct work *work, struct call *call)
{
    const char *number = arena_printf(call->arena, "%lld", (long long)work->part->number);
    enum verdict verdict = target_resolve(call, number, work->reply, &work->args.target);
    if (verdict == VERDICT_REFUSED) {
        work_keep_refusal(work); /* looking it up has changed nothing: no need to do the others again */
        return VERDICT_DONE;
    }
    if (verdict == VERDICT_DONE && work->request->mode == REQUEST_RUN) {
        verdict = work->command->run(call, &work->args, work->reply);
    }
    if (verdict == VERDICT_REFUSED && !refuses_all(work)) {
        work_keep_refusal(work);
        work->again = true;
    }
    return verdict;
}

/* What was done was said by the handler; here what was not, or that nothing was. */
static enum verdict say_parts(struct work *work)
{
    struct text text = text_new(work->dispatch->arena);
    enum refusal refusal = REFUSAL_NONE;
    size_t refused = 0;
    for (size_t i = 0; i < work->part_count; i++) {
        const struct part *part = &work->parts[i];
        if (part->refusal != REFUSAL_NONE) {
            text_addf(&text, "%sNot done: %s", refused++ == 0 ? "" : "\n", part->sentence);
            refusal = refusal == REFUSAL_NONE ? part->refusal : refusal;
        }
    }
    if (refused == work->part_count) {
        return reply_refuse(work->reply, refusal, NULL, "%s", text.data);
    }
    reply_drop_next(work->reply);
    reply_join_notices(work->reply);
    if (refused > 0 && work->request->mode == REQUEST_RUN) {
        reply_say(work->reply, "%s", text.data);
    }
    return VERDICT_DONE;
}

/* Adds what one of several records is called to what a yes is asked for; what there is not is kept as
 * refused. */
static enum verdict name_part(struct work *work, struct call *call, struct text *names)
{
    const struct target_kind *kind = target_kind(work->command->target);
    const char *number = arena_printf(call->arena, "%lld", (long long)work->part->number);
    enum verdict verdict = target_resolve(call, number, work->reply, &work->args.target);
    if (verdict == VERDICT_REFUSED) {
        work_keep_refusal(work);
        return VERDICT_DONE;
    }
    const struct command_called *rows = query_command_called(call->unit, kind->word, work->part->number);
    if (verdict != VERDICT_DONE || unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    const char *called = rows->count == 0 ? target_name(call->arena, work->command, work->part->number)
                                          : text_shorten(call->arena, rows->rows[0].called, 80);
    text_addf(names, "%s%s", names->length == 0 ? "" : "; ", called);
    return VERDICT_DONE;
}

/* Asks about several records by their names, and says which of them there are not. */
static enum verdict ask_about_each(struct work *work, struct call *call)
{
    struct text names = text_new(call->arena);
    struct text absent = text_new(call->arena);
    enum verdict verdict = VERDICT_DONE;
    size_t count = 0;
    for (size_t i = 0; i < work->part_count && verdict == VERDICT_DONE; i++) {
        work->part = &work->parts[i];
        verdict = name_part(work, call, &names);
        count += work->part->refusal == REFUSAL_NONE;
        text_addf(&absent, "%s%s", work->part->refusal == REFUSAL_NONE ? "" : " ",
                  work->part->refusal == REFUSAL_NONE ? "" : work->part->sentence);
    }
    work->part = verdict == VERDICT_FAILED ? work->part : NULL;
    work->args.target = 0;
    if (verdict != VERDICT_DONE || names.length == 0) {
        return verdict == VERDICT_DONE ? say_parts(work) : verdict;
    }
    return reply_refuse(work->reply, REFUSAL_UNCONFIRMED, NULL, "%s It is about %zu: %s.%s Go on?",
                        work->command->summary, count, names.data, absent.data);
}

static bool asks_about_each(const struct work *work)
{
    return work->command->effect == EFFECT_DESTROY && work->request->mode == REQUEST_RUN &&
           !work->request->confirmed;
}

static enum verdict act_on_each(struct work *work, struct call *call)
{
    enum verdict verdict = VERDICT_DONE;
    work->again = false;
    for (size_t i = 0; i < work->part_count && verdict == VERDICT_DONE; i++) {
        work->part = &work->parts[i];
        if (work->part->refusal == REFUSAL_NONE) {
            verdict = act_on_part(work, call);
        }
    }
    work->part = verdict == VERDICT_FAILED ? work->part : NULL;
    work->args.target = 0;
    return verdict == VERDICT_DONE ? say_parts(work) : verdict;
}

enum verdict work_act_on_parts(struct work *work, struct call *call)
{
    return asks_about_each(work) ? ask_about_each(work, call) : act_on_each(work, call);
}
