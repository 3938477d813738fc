/* The second act of an attempt: what the caller does, with the caller's rights. */
#include "command/work.h"

#include "base/text.h"
#include "command/current.h"
#include "command/role.h"
#include "command/table.h"
#include "command/target.h"
#include "queries.h"

#define CHAT_ROWS 10

static enum verdict check_role(struct work *work)
{
    const char *name = work->request->command;
    work->command = command_table_find(work->dispatch->table, name);
    if (work->command == NULL) {
        return reply_refuse(work->reply, REFUSAL_NOT_FOUND, NULL, "There is no command “%s”. Ask for help.",
                            text_shorten(work->dispatch->arena, name, 40));
    }
    work->reply->command = work->command;
    if ((work->command->roles & work->person.role) == 0) {
        return reply_refuse_role(work->reply, work->command);
    }
    return VERDICT_DONE;
}

static enum verdict check_secrets(struct work *work)
{
    for (size_t i = 0; work->request->archived && i < work->request->arguments.count; i++) {
        int param = command_param(work->command, work->request->arguments.list[i].name);
        if (param >= 0 && (work->command->params[param].flags & PARAM_SECRET) != 0) {
            const struct param *secret = &work->command->params[param];
            return reply_refuse(work->reply, REFUSAL_INVALID, secret->name,
                                "%s is secret, and chats are kept: use the form of this command instead.",
                                secret->label);
        }
    }
    return VERDICT_DONE;
}

/* What is read: what a form was sent back with less what is as the form showed it. */
static enum verdict choose_arguments(struct work *work)
{
    const struct request *request = work->request;
    work->given = request->arguments;
    if (request->shown == NULL || request->shown->count == 0) {
        return VERDICT_DONE;
    }
    work->args.kept = true;
    return current_leave_out(work->dispatch->arena, work->command, &request->arguments, request->shown,
                             work->reply, &work->given);
}

static enum verdict read_arguments(struct work *work)
{
    const struct type_reader reader = {.arena = work->dispatch->arena,
                                       .table = work->dispatch->table,
                                       .now = work->person.now,
                                       .currency = work->person.currency,
                                       .country = work->person.country,
                                       .locale = work->person.locale};
    size_t count = command_param_count(work->command);
    work->values = arena_array(reader.arena, count + 1, sizeof *work->values);
    return args_read(&reader, work->command, &work->given, work->request->mode == REQUEST_CHECK, work->reply,
                     work->values);
}

static enum verdict resolve_target(struct work *work, struct call *call)
{
    if (work->request->target == NULL && work->request->mode == REQUEST_CHECK) {
        return VERDICT_DONE;
    }
    return target_resolve(call, work->request->target, work->reply, &work->args.target);
}

/* What the record has now, when a form is to show it; when a form has shown it, that nobody has changed since
 * what is about to be changed. */
static enum verdict look_at_current(struct work *work, struct call *call)
{
    const struct request *request = work->request;
    const bool runs = request->mode == REQUEST_RUN && work->args.kept;
    struct current current = {.arena = call->arena, .lock = runs};
    bool known = target_kind(work->command->target) == NULL || work->args.target != 0;
    if (work->command->current == NULL || !known || (!request->wants_current && !runs)) {
        return VERDICT_DONE;
    }
    enum verdict verdict = work->command->current(call, &work->args, &current);
    work->current = (struct arguments){current.list, current.count};
    if (verdict != VERDICT_DONE || !runs) {
        return verdict;
    }
    return current_compare(call->arena, work->command, &work->given, request->shown, &work->current,
                           work->reply);
}

/* Asks about the record by its name: a number alone is easily another one. */
static enum verdict ask_first(struct work *work, struct call *call, const char *warning)
{
    const struct target_kind *kind = target_kind(work->command->target);
    warning = warning == NULL ? "" : arena_printf(call->arena, " %s", warning);
    if (kind == NULL) {
        return reply_refuse(work->reply, REFUSAL_UNCONFIRMED, NULL, "%s%s Go on?", work->command->summary,
                            warning);
    }
    const struct command_called *rows = query_command_called(call->unit, kind->word, work->args.target);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    if (rows->count == 0) {
        return target_refuse_absent(call, work->args.target, work->reply);
    }
    return reply_refuse(work->reply, REFUSAL_UNCONFIRMED, NULL, "%s It is about %s.%s Go on?",
                        work->command->summary, text_shorten(call->arena, rows->rows[0].called, 80), warning);
}

/* What would be made takes a number, and a number that was taken is gone: it is asked about before. */
static bool makes_record(const struct command *command)
{
    return command->effect == EFFECT_WRITE && command->target == TARGET_NONE;
}

/* Without a yes: what destroys is asked about. What has a warning is run to see whether it would be refused
 * anyhow, and is then asked about, which rolls it back. */
static enum verdict run_unconfirmed(struct work *work, struct call *call)
{
    const struct command *command = work->command;
    const char *warning = NULL;
    enum verdict verdict =
        command->warns == NULL ? VERDICT_DONE : command->warns(call, &work->args, &warning);
    if (verdict == VERDICT_DONE &&
        (warning == NULL ? command->effect == EFFECT_DESTROY : makes_record(command))) {
        return ask_first(work, call, warning);
    }
    if (verdict == VERDICT_DONE) {
        verdict = command->run(call, &work->args, work->reply);
    }
    return verdict == VERDICT_DONE && warning != NULL ? ask_first(work, call, warning) : verdict;
}

static enum verdict confirm_or_run(struct work *work, struct call *call)
{
    if (work->request->mode == REQUEST_CHECK) {
        return VERDICT_DONE;
    }
    return work->request->confirmed ? work->command->run(call, &work->args, work->reply)
                                    : run_unconfirmed(work, call);
}

/* What needs no record: nothing is looked up for whoever may not ask, or has not asked well. */
static enum verdict read_request(struct work *work)
{
    static enum verdict (*const steps[])(struct work *) = {check_role, check_secrets, choose_arguments,
                                                           read_arguments, work_split};
    enum verdict verdict = VERDICT_DONE;
    for (size_t i = 0; i < sizeof steps / sizeof steps[0] && verdict == VERDICT_DONE; i++) {
        verdict = steps[i](work);
    }
    return verdict;
}

/* From here on the unit has the caller's rights, and row security decides what exists. */
static struct call become_caller(struct work *work)
{
    work->identity = work->system;
    work->identity.role = role_database(work->person.role);
    work->identity.person = work->person.id;
    unit_become(work->unit, &work->identity);
    return (struct call){.arena = work->dispatch->arena,
                         .unit = work->unit,
                         .person = &work->person,
                         .command = work->command,
                         .table = work->dispatch->table,
                         .domain = work->dispatch->domain,
                         .web_url = work->dispatch->web_url,
                         .file = work->request->file,
                         .rows = work->request->rows != 0 ? work->request->rows : CHAT_ROWS};
}

enum verdict work_act(struct work *work)
{
    enum verdict verdict = read_request(work);
    if (verdict != VERDICT_DONE) {
        return verdict;
    }
    struct call call = become_caller(work);
    verdict = work->parts == NULL ? resolve_target(work, &call) : VERDICT_DONE;
    if (verdict == VERDICT_DONE) {
        verdict = args_resolve(&call, work->reply, work->values);
    }
    if (verdict != VERDICT_DONE) {
        return verdict;
    }
    work->args.params = work->command->params;
    work->args.values = work->values;
    work->args_known = true;
    if (work->parts != NULL) {
        return work_act_on_parts(work, &call);
    }
    verdict = look_at_current(work, &call);
    return verdict == VERDICT_DONE ? confirm_or_run(work, &call) : verdict;
}
