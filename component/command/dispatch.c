/* DESIGN (policy of commands)
 *
 * One attempt is one transaction of three acts by three identities:
 *
 *   crm_system       who asks, and is it a repetition?       (one flush, which a surface may have begun:
 *                                                            dispatch_open())
 *   the caller       role, arguments, target, handler        (row security decides what exists)
 *   crm_system       audit, notices, the surface's rows      (one commit)
 *
 * A refusal in the second act abandons the transaction, and begins another in which the refusal is audited
 * and settled: so a refusal leaves no half of an effect, and what it refused is on record. Each status of the
 * database has one meaning here:
 *
 *   DB_CONFLICT    run again, at most ATTEMPTS times
 *   DB_UNKNOWN     with a key: run again, the key tells whether it had committed; what only looks: run again;
 *                  else: say so
 *   DB_AWAY        nothing was written: once more (a connection may have died idle), then "try again"
 *   DB_CONSTRAINT  a rule in the database said no: the refusal that fits the rule
 *   DB_FENCED      another crmd is in charge
 *   DB_FAILED      logged where detected; the person is told that nothing was changed
 *
 * Several records at once (struct command .several) are one such transaction, in which the handler runs for
 * each. There are no savepoints: when one record refuses, all is rolled back and done again without it, so
 * that a refused one leaves nothing behind. What is wrong with the arguments refuses the whole.
 */
#include "command/dispatch.h"

#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "command/current.h"
#include "command/role.h"
#include "command/table.h"
#include "command/target.h"
#include "queries.h"

#define ATTEMPTS      5
#define AWAY_ATTEMPTS 2
#define CHAT_ROWS     10

/* One of several records. */
struct part {
    int64_t number;
    enum refusal refusal;
    const char *sentence; /* of the refusal */
};

/* One attempt. */
struct work {
    const struct dispatch *dispatch;
    const struct request *request;
    struct reply *reply;
    struct unit *unit;
    const struct command *command;
    struct person person;
    struct identity identity; /* of the caller; the unit points to it */
    struct identity system;
    struct value *values;
    struct arguments given; /* what is read of what the request gives */
    struct arguments current;
    struct args args;
    bool args_known;
    bool repeated;
    struct part *parts; /* several records; NULL: one, or none */
    size_t part_count;
    struct part *part; /* the one that is being worked on */
    bool again;        /* it has refused: the others are done without it */
};

struct identity dispatch_system(const struct dispatch *dispatch, const char *id, const char *surface)
{
    return (struct identity){
        .role = "crm_system", .epoch = dispatch->epoch, .request = id, .surface = surface};
}

char *dispatch_channel(struct arena *arena, int64_t person)
{
    return arena_printf(arena, "bot-%lld", (long long)person);
}

char *dispatch_notice_channel(struct arena *arena, const struct reply_notice *notice)
{
    return notice->room != NULL ? arena_printf(arena, "room-%s", notice->room)
                                : dispatch_channel(arena, notice->person);
}

void dispatch_tell(const struct dispatch *dispatch, struct unit *unit, int64_t person, const char *body)
{
    query_command_tell(unit, person, dispatch->staff_domain, dispatch->customer_domain, body, NULL);
}

void dispatch_tell_offers(const struct dispatch *dispatch, struct unit *unit, int64_t person,
                          const char *body, struct text_array offers)
{
    query_command_tell(unit, person, dispatch->staff_domain, dispatch->customer_domain, body,
                       offers.count == 0 ? NULL : &offers);
}

void dispatch_tell_notices(const struct dispatch *dispatch, struct unit *unit, const struct reply *reply)
{
    for (const struct reply_notice *notice = reply->notices; notice != NULL; notice = notice->next) {
        if (notice->message != NULL) {
            query_command_tell_progress(unit, notice->person, dispatch->staff_domain,
                                        dispatch->customer_domain, notice->text, notice->message,
                                        notice->first);
        } else if (notice->room != NULL) {
            query_command_tell_room(unit, dispatch_notice_channel(dispatch->arena, notice), notice->room,
                                    dispatch->staff_domain, notice->text);
        } else if (notice->sender != NULL) {
            query_command_tell_from(unit, notice->person, dispatch->staff_domain, notice->sender,
                                    notice->nick, notice->text, notice->offers);
        } else {
            dispatch_tell_offers(dispatch, unit, notice->person, notice->text, notice->offers);
        }
    }
}

/* ---- first act: who asks */

void dispatch_read_person(const struct command_caller *rows, struct person *person)
{
    *person = (struct person){.id = 0};
    if (rows->count != 1 || role_parse(rows->rows[0].role, &person->role) != 0) {
        return;
    }
    const struct command_caller_row *row = &rows->rows[0];
    person->id = row->id;
    person->username = row->username;
    person->name = row->name;
    person->time_zone = row->time_zone;
    person->locale = row->locale;
    person->now = row->now;
    person->currency = row->currency;
    person->country = row->country;
}

void dispatch_open(const struct dispatch *dispatch, const struct request *request, struct opening *opening)
{
    struct identity system = dispatch_system(dispatch, request->id, request->surface);
    opening->unit = unit_begin(dispatch->db, dispatch->arena, &system);
    opening->caller = query_command_caller(opening->unit, request->kind, request->username);
}

/* A unit of our own, or the surface's, in which who asks has been read. */
static void begin_unit(struct work *work, const struct command_caller **caller)
{
    struct opening *opening = work->request->opening;
    work->system = dispatch_system(work->dispatch, work->request->id, work->request->surface);
    if (opening == NULL || opening->unit == NULL) {
        work->unit = unit_begin(work->dispatch->db, work->dispatch->arena, &work->system);
        return;
    }
    work->unit = opening->unit;
    *caller = opening->caller;
    opening->unit = NULL;
}

static enum db_status begin(struct work *work)
{
    const struct request *request = work->request;
    const struct command_caller *caller = NULL;
    const struct affected *taken = NULL;
    enum db_status status = DB_OK;
    begin_unit(work, &caller);
    bool read = caller != NULL;
    if (read && request->inbound_key != NULL) {
        unit_become(work->unit, &work->system); /* the surface may have looked at a record as the caller */
    }
    if (request->inbound_key != NULL) {
        taken = query_command_take(work->unit, request->inbound_key);
    }
    if (!read) {
        caller = query_command_caller(work->unit, request->kind, request->username);
    }
    if (!read || taken != NULL) {
        status = unit_flush(work->unit);
    }
    if (status == DB_OK) {
        dispatch_read_person(caller, &work->person);
        work->repeated = taken != NULL && taken->count == 0;
    }
    return status;
}

/* ---- second act: the caller's */

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

/* ---- several records */

static enum verdict read_parts(struct work *work)
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
static void keep_refusal(struct work *work)
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
        keep_refusal(work); /* looking it up has changed nothing: no need to do the others again */
        return VERDICT_DONE;
    }
    if (verdict == VERDICT_DONE && work->request->mode == REQUEST_RUN) {
        verdict = work->command->run(call, &work->args, work->reply);
    }
    if (verdict == VERDICT_REFUSED && !refuses_all(work)) {
        keep_refusal(work);
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
        keep_refusal(work);
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

static enum verdict act(struct work *work)
{
    enum verdict verdict = check_role(work);
    if (verdict == VERDICT_DONE) {
        verdict = check_secrets(work);
    }
    if (verdict == VERDICT_DONE) {
        verdict = choose_arguments(work);
    }
    if (verdict == VERDICT_DONE) {
        verdict = read_arguments(work);
    }
    if (verdict == VERDICT_DONE) {
        verdict = read_parts(work);
    }
    if (verdict != VERDICT_DONE) {
        return verdict;
    }
    work->identity = work->system;
    work->identity.role = role_database(work->person.role);
    work->identity.person = work->person.id;
    unit_become(work->unit, &work->identity);
    struct call call = {.arena = work->dispatch->arena,
                        .unit = work->unit,
                        .person = &work->person,
                        .command = work->command,
                        .table = work->dispatch->table,
                        .domain = work->dispatch->domain,
                        .web_url = work->dispatch->web_url,
                        .file = work->request->file,
                        .rows = work->request->rows != 0 ? work->request->rows : CHAT_ROWS};
    verdict = work->parts == NULL ? resolve_target(work, &call) : VERDICT_DONE;
    if (verdict == VERDICT_DONE) {
        verdict = args_resolve(&call, work->reply, work->values);
    }
    work->args.params = work->command->params;
    work->args.values = work->values;
    if (verdict == VERDICT_DONE && work->parts != NULL) {
        work->args_known = true;
        return asks_about_each(work) ? ask_about_each(work, &call) : act_on_each(work, &call);
    }
    if (verdict == VERDICT_DONE) {
        work->args_known = true;
        verdict = look_at_current(work, &call);
    }
    return verdict == VERDICT_DONE ? confirm_or_run(work, &call) : verdict;
}

/* ---- third act: what is written around it */

static bool is_audited(const struct work *work)
{
    enum refusal refusal = work->reply->refusal;
    if (work->request->command == NULL) {
        return false;
    }
    if (work->command != NULL && work->command->unrecorded && refusal != REFUSAL_FORBIDDEN) {
        return false;
    }
    /* A form that comes back to ask for a yes goes on. */
    if (refusal == REFUSAL_UNCONFIRMED && work->request->shown != NULL) {
        return false;
    }
    /* Half a form is no request yet, unless it was somewhere where the caller may not be. */
    return work->request->mode == REQUEST_RUN || refusal == REFUSAL_FORBIDDEN || refusal == REFUSAL_NOT_FOUND;
}

static void write_audit(struct work *work, const char *target, enum refusal outcome)
{
    const struct request *request = work->request;
    struct arena *arena = work->dispatch->arena;
    query_command_audit(
        work->unit, &work->person.id, request->who, request->surface, request->id,
        text_shorten(arena, request->command, 60), target, refusal_word(outcome),
        args_json(arena, work->command, work->args.kept ? &work->given : &request->arguments));
}

/* A row for each of several records: what was asked of one is found by its name. */
static void audit(struct work *work)
{
    const struct request *request = work->request;
    struct arena *arena = work->dispatch->arena;
    const struct target_kind *kind = work->command == NULL ? NULL : target_kind(work->command->target);
    const char *target = NULL;
    for (size_t i = 0; i < work->part_count; i++) {
        const struct part *part = &work->parts[i];
        write_audit(work, target_name(arena, work->command, part->number),
                    part->refusal == REFUSAL_NONE ? work->reply->refusal : part->refusal);
    }
    if (work->part_count > 0) {
        return;
    }
    if (kind != NULL && request->target != NULL) {
        target = arena_printf(arena, "%s-%s", kind->word, text_shorten(arena, request->target, 40));
    }
    if (kind != NULL && work->args.target != 0) {
        target = target_name(arena, work->command, work->args.target);
    }
    write_audit(work, target, work->reply->refusal);
}

/* Whoever has only looked, and was answered, was promised nothing: what is written around it is who looked at
 * what, and where a form is. A key is a promise, and so is a word to somebody. */
static bool promises_nothing(const struct work *work)
{
    return work->command != NULL && work->command->effect == EFFECT_READ &&
           work->request->inbound_key == NULL && work->reply->refusal == REFUSAL_NONE &&
           work->reply->notices == NULL;
}

static enum db_status finish(struct work *work)
{
    unit_become(work->unit, &work->system);
    if (promises_nothing(work)) {
        unit_commit_early(work->unit);
    }
    if (is_audited(work)) {
        audit(work);
    }
    dispatch_tell_notices(work->dispatch, work->unit, work->reply);
    if (work->dispatch->settle != NULL) {
        struct settlement settlement = {.unit = work->unit,
                                        .arena = work->dispatch->arena,
                                        .person = &work->person,
                                        .command = work->command,
                                        .args = work->args_known ? &work->args : NULL,
                                        .target = work->args.target,
                                        .current = work->current,
                                        .reply = work->reply};
        enum db_status status = work->dispatch->settle(work->dispatch->context, &settlement);
        if (status != DB_OK) {
            unit_abandon(work->unit);
            return status;
        }
    }
    return unit_commit(work->unit);
}

/* Rolls back what was refused, and puts the refusal on record. */
static enum db_status finish_refusal(struct work *work)
{
    unit_abandon(work->unit);
    work->reply->notices = work->reply->last_notice = NULL;
    work->unit = unit_begin(work->dispatch->db, work->dispatch->arena, &work->system);
    if (work->request->inbound_key != NULL && work->request->refusal_takes_key) {
        const struct affected *taken = query_command_take(work->unit, work->request->inbound_key);
        enum db_status status = unit_flush(work->unit);
        if (status != DB_OK) {
            unit_abandon(work->unit);
            return status;
        }
        work->repeated = taken->count == 0;
        if (work->repeated) {
            return unit_abandon(work->unit);
        }
    }
    return finish(work);
}

/* The refusal that fits the rule of the database that was broken. */
static void refuse_by_rule(struct work *work)
{
    const struct db_error *error = unit_error(work->unit);
    static const char *const states[] = {"CR002", "CR004", "CR005"}; /* rules with a sentence for people */
    bool state = false;
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
        state = state || strcmp(error->sqlstate, states[i]) == 0;
    }
    if (state) {
        reply_refuse(work->reply, REFUSAL_STATE, NULL, "Not possible: %s.", error->message);
    } else if (strcmp(error->sqlstate, "23505") == 0) {
        reply_refuse(work->reply, REFUSAL_CONFLICT, NULL, "There is one like this already.");
    } else if (strcmp(error->sqlstate, "42501") == 0) {
        reply_refuse_role(work->reply, work->command);
    } else {
        log_error("command=%s a rule of the database was broken: sqlstate=%s constraint=%s message=%s",
                  work->command->name, error->sqlstate, error->constraint, error->message);
        reply_refuse(work->reply, REFUSAL_FAILED, NULL,
                     "Something went wrong here. Nothing was changed. (%s)", work->request->id);
    }
}

/* The handler's statements have failed: whether it is the world's fault, or a rule of the database has
 * refused. */
static enum db_status judge_failure(struct work *work)
{
    enum db_status status = unit_abandon(work->unit);
    if (status == DB_OK) {
        log_bug("command %s failed, and its unit of work did not", work->command->name);
    }
    if (status != DB_CONSTRAINT) {
        return status;
    }
    refuse_by_rule(work);
    if (work->part != NULL) {
        keep_refusal(work);
        work->again = true;
        return DB_OK;
    }
    return finish_refusal(work);
}

static enum db_status act_and_finish(struct work *work)
{
    work->again = false;
    reply_begin(work->reply, work->dispatch->arena, NULL);
    enum verdict verdict = work->request->command == NULL ? VERDICT_DONE : act(work);
    if (verdict == VERDICT_DONE) {
        return finish(work);
    }
    if (verdict == VERDICT_FAILED) {
        return judge_failure(work);
    }
    if (work->again) {
        unit_abandon(work->unit);
        return DB_OK;
    }
    return finish_refusal(work);
}

/* At most once more for each of several records: none refuses twice. */
static enum db_status attempt(struct work *work)
{
    do {
        enum db_status status = begin(work);
        if (status != DB_OK || work->repeated || work->person.id == 0) {
            unit_abandon(work->unit);
            return status;
        }
        status = act_and_finish(work);
        if (status != DB_OK) {
            return status;
        }
    } while (work->again);
    return DB_OK;
}

/* ---- around the attempts */

static void touch(const struct work *work)
{
    const struct dispatch *dispatch = work->dispatch;
    for (const struct reply_notice *notice = work->reply->notices;
         notice != NULL && dispatch->touched != NULL; notice = notice->next) {
        dispatch->touched(dispatch->context, dispatch_notice_channel(dispatch->arena, notice));
    }
}

/* One line for each row of the audit: the names in it are the table's own. */
static void note(const struct work *work)
{
    if (is_audited(work)) {
        log_info("command=%s surface=\"%s\" person=%lld outcome=%s",
                 work->command == NULL ? "-" : work->command->name, work->request->surface,
                 (long long)work->person.id, refusal_word(work->reply->refusal));
    }
}

static enum outcome succeeded(const struct work *work)
{
    if (work->repeated) {
        return OUTCOME_REPEATED;
    }
    if (work->person.id == 0) {
        reply_refuse(work->reply, REFUSAL_FORBIDDEN, NULL, "Forbidden: this account is not in use here.");
        return OUTCOME_STRANGER;
    }
    touch(work);
    note(work);
    return work->reply->refusal == REFUSAL_NONE ? OUTCOME_DONE : OUTCOME_REFUSED;
}

static enum outcome gave_up(const struct work *work, enum db_status status)
{
    struct reply *reply = work->reply;
    log_warn("command=%s gave up, database status %d",
             work->request->command == NULL ? "-" : work->request->command, (int)status);
    if (status == DB_FENCED) {
        reply_refuse(reply, REFUSAL_BUSY, NULL,
                     "The CRM is being moved. Nothing was changed; try again in a moment.");
        return OUTCOME_FENCED;
    }
    if (status == DB_UNKNOWN) {
        reply_refuse(
            reply, REFUSAL_UNKNOWN, NULL,
            "The connection to the database broke while this was being written. It may be done or not: look "
            "before you do it again.");
    } else if (status == DB_FAILED || status == DB_CONSTRAINT) {
        reply_refuse(reply, REFUSAL_FAILED, NULL, "Something went wrong here. Nothing was changed. (%s)",
                     work->request->id);
    } else {
        reply_refuse(reply, REFUSAL_BUSY, NULL,
                     "The database is away. Nothing was changed; try again in a moment.");
    }
    return OUTCOME_AWAY;
}

static bool is_worth_another(const struct work *work, enum db_status status, int attempts)
{
    bool repeatable =
        work->request->inbound_key != NULL || (work->command != NULL && work->command->effect == EFFECT_READ);
    return (status == DB_CONFLICT && attempts < ATTEMPTS) ||
           (status == DB_AWAY && attempts < AWAY_ATTEMPTS) ||
           (status == DB_UNKNOWN && repeatable && attempts < ATTEMPTS);
}

enum outcome command_dispatch(struct dispatch *dispatch, const struct request *request, struct reply *reply)
{
    enum db_status status = DB_OK;
    struct work work;
    int attempts = 0;
    const char *around = log_request();
    log_set_request(request->id);
    do {
        work = (struct work){.dispatch = dispatch, .request = request, .reply = reply};
        reply_begin(reply, dispatch->arena, NULL);
        status = attempt(&work);
        attempts++;
    } while (is_worth_another(&work, status, attempts));
    enum outcome outcome = status == DB_OK ? succeeded(&work) : gave_up(&work, status);
    log_set_request(around);
    return outcome;
}
