/* DESIGN (dialogue)
 *
 *   a line ──► understood, nothing lacks ──────────────► run ──► the answer
 *     │           │ something lacks                       │ a field is wrong, or it wants a yes
 *     │           ▼                                       ▼
 *     │        check (role, target, what was given), ask for the field ──► the next line is its value
 *     └──► not understood: say so, with what was perhaps meant; "yes" means that
 *
 * While a question is open, a line that is a whole command by itself is that command, and the question is
 * dropped; "cancel" drops it; anything else is the answer. A question is forgotten after 15 minutes. All of
 * it is in crm.dialogue, written in the same transaction as the effects and the answer, so that a person with
 * three clients, or a restart, changes nothing.
 */
#include "bots/bot.h"

#include <string.h>

#include "base/text.h"
#include "bots/grammar.h"
#include "command/json.h"
#include "command/table.h"
#include "command/target.h"
#include "queries.h"
#include "surface/chat.h"
#include "surface/message.h"
#include "xmpp/namespaces.h"

#define LINE_LIMIT     4000
#define ARGUMENT_LIMIT 64

/* What `asked` can be besides a field's name. */
#define ASKED_CONFIRM "confirm"
#define ASKED_MEANT                                                                                          \
    "command.target" /* whether the suggestion in `command` was meant; no parameter may be called so */

struct question {
    const char *command, *target, *asked; /* `asked` NULL: none is open */
    struct argument given[ARGUMENT_LIMIT];
    size_t count;
};

struct talk {
    struct surface *surface;
    struct arena *arena;
    const struct stanza *message;
    const char *key;
    struct person person;
    struct question open; /* as the line found it */
    /* What the line asks for: */
    const struct command *command; /* NULL: nothing, `text` is said */
    const char *target;
    struct argument given[ARGUMENT_LIMIT];
    size_t count;
    bool confirmed;
    const char *lacks; /* the field to ask for */
    const char *text;
    struct question next; /* what is open afterwards */
};

/* ---- what was given */

static void give(struct argument *list, size_t *count, const char *name, const char *value)
{
    for (size_t i = 0; i < *count; i++) {
        if (strcmp(list[i].name, name) == 0) {
            list[i].value = value;
            return;
        }
    }
    if (*count < ARGUMENT_LIMIT) {
        list[(*count)++] = (struct argument){name, value};
    }
}

static const struct param *find_param(const struct command *command, const char *name)
{
    int place = command_param(command, name);
    return place < 0 ? NULL : &command->params[place];
}

static const char *target_word(const struct command *command)
{
    const struct target_kind *kind = target_kind(command->target);
    return kind == NULL ? NULL : kind->word;
}

static bool is_target_word(const struct command *command, const char *name)
{
    const char *word = target_word(command);
    return word != NULL && strcmp(word, name) == 0;
}

/* The field to ask for next, or NULL: the target first. */
static const char *find_lacking(const struct talk *talk)
{
    const char *word = target_word(talk->command);
    if (word != NULL && talk->target == NULL) {
        return word;
    }
    const struct arguments given = {talk->given, talk->count};
    int missing = args_missing(talk->command, &given);
    return missing < 0 ? NULL : talk->command->params[missing].name;
}

/* ---- questions */

/* Asks for a field, keeping what was given but that. */
static void ask(struct talk *talk, const char *field)
{
    struct question *next = &talk->next;
    *next = (struct question){.command = talk->command->name, .target = talk->target, .asked = field};
    if (is_target_word(talk->command, field)) {
        next->target = NULL;
    }
    for (size_t i = 0; i < talk->count; i++) {
        const struct param *param = find_param(talk->command, talk->given[i].name);
        bool secret = param != NULL && (param->flags & PARAM_SECRET) != 0;
        if (!secret && strcmp(talk->given[i].name, field) != 0) {
            give(next->given, &next->count, talk->given[i].name, talk->given[i].value);
        }
    }
}

static void add_choices(struct text *text, const struct choice *choices)
{
    for (const struct choice *choice = choices; choice != NULL && choice->value != NULL; choice++) {
        text_addf(text, "%s%s", choice == choices ? "\nOne of: " : ", ", choice->value);
    }
}

static const char *question_text(const struct talk *talk, const char *field)
{
    struct text text = text_new(talk->arena);
    const struct target_kind *kind = target_kind(talk->command->target);
    if (is_target_word(talk->command, field)) {
        text_addf(&text, "%s? %s, such as %s.", kind->label, kind->hint, kind->example);
    } else {
        const struct param *param = find_param(talk->command, field);
        text_addf(&text, "%s? %s.", param->label, param->hint);
        add_choices(&text, param->choices);
    }
    text_add(&text, "\n(Or: cancel)");
    return text.data;
}

/* What to do about a refusal: some can be put right by the next line. */
static const char *answer_refusal(struct talk *talk, const struct reply *reply)
{
    const char *field = reply->field;
    if (reply->refusal == REFUSAL_UNCONFIRMED) {
        ask(talk, ASKED_CONFIRM);
        return arena_printf(talk->arena, "%s\n(Say yes, or cancel)", reply->sentence);
    }
    bool correctable =
        (reply->refusal == REFUSAL_INVALID || reply->refusal == REFUSAL_MISSING) && field != NULL;
    const struct param *param = correctable ? find_param(talk->command, field) : NULL;
    if (correctable && (param == NULL || (param->flags & PARAM_SECRET) == 0)) {
        ask(talk, field);
    }
    return reply->sentence;
}

/* ---- the settlement: the answer and the open question, with the effects */

static const char *answer_text(struct talk *talk, const struct reply *reply)
{
    if (talk->command == NULL) {
        return talk->text;
    }
    talk->next = (struct question){.asked = NULL};
    if (reply->refusal != REFUSAL_NONE) {
        return answer_refusal(talk, reply);
    }
    if (talk->lacks != NULL) {
        ask(talk, talk->lacks);
        return question_text(talk, talk->lacks);
    }
    return chat_render(talk->arena, reply);
}

static const char *given_json(struct arena *arena, const struct question *question)
{
    struct text text = text_new(arena);
    json_open(&text);
    for (size_t i = 0; i < question->count; i++) {
        json_add_member(&text, question->given[i].name, question->given[i].value);
    }
    json_close(&text);
    return text.data;
}

static enum db_status settle(void *context, const struct settlement *settlement)
{
    struct talk *talk = context;
    const struct dispatch dispatch = surface_dispatch(talk->surface, talk->arena);
    dispatch_tell(&dispatch, settlement->unit, settlement->person->id, answer_text(talk, settlement->reply));
    if (talk->next.asked != NULL) {
        query_bot_dialogue_keep(settlement->unit, settlement->person->id, talk->next.command,
                                talk->next.target, talk->next.asked, given_json(talk->arena, &talk->next));
    } else {
        query_bot_dialogue_drop(settlement->unit, settlement->person->id);
    }
    return DB_OK;
}

/* ---- the line */

static void say(struct talk *talk, const char *text)
{
    talk->command = NULL;
    talk->text = text;
}

static bool is_one_of(const char *line, const char *const *words)
{
    for (; *words != NULL; words++) {
        if (text_equal_nocase(line, *words)) {
            return true;
        }
    }
    return false;
}

static bool is_yes(const char *line)
{
    static const char *const words[] = {"yes", "y", "yes.", "yes!", "ok", "okay", "sure", "haan", NULL};
    return is_one_of(line, words);
}

static bool is_cancel(const char *line)
{
    static const char *const words[] = {"cancel",    "cancel.", "stop", "never mind",
                                        "nevermind", "no",      "n",    NULL};
    return is_one_of(line, words);
}

static struct sentence read_line(const struct talk *talk, const char *line)
{
    const struct type_reader reader = {
        .arena = talk->arena, .table = talk->surface->table, .now = talk->person.now};
    return grammar_read(&reader, talk->person.role, line);
}

static void take_sentence(struct talk *talk, const struct sentence *sentence)
{
    talk->command = sentence->command;
    talk->target = sentence->target;
    for (size_t i = 0; i < sentence->arguments.count; i++) {
        give(talk->given, &talk->count, sentence->arguments.list[i].name, sentence->arguments.list[i].value);
    }
    talk->lacks = find_lacking(talk);
}

static void explain_complaint(struct talk *talk, const struct sentence *sentence)
{
    say(talk, arena_printf(talk->arena, "%s\nFor example: %s\nFor all fields: help %s", sentence->complaint,
                           sentence->command->examples[0], command_words(talk->arena, sentence->command)));
}

static void explain_unknown(struct talk *talk, const struct sentence *sentence)
{
    if (sentence->suggestion == NULL) {
        say(talk, "I did not understand that. Say “help” for what I can do.");
        return;
    }
    talk->next = (struct question){.command = sentence->suggestion, .asked = ASKED_MEANT};
    say(talk, arena_printf(talk->arena, "I did not understand that. Did you mean “%s”?\n(Say yes, or “help”)",
                           sentence->suggestion));
}

static void take_new_line(struct talk *talk, const char *line)
{
    struct sentence sentence = read_line(talk, line);
    bool usable = sentence.command != NULL && (sentence.command->roles & talk->person.role) != 0;
    if (sentence.command == NULL) {
        explain_unknown(talk, &sentence);
    } else if (sentence.complaint != NULL && usable) {
        explain_complaint(talk, &sentence);
    } else {
        /* A command of another role goes to the dispatcher, which has the one sentence for it. */
        take_sentence(talk, &sentence);
    }
}

/* True when a line that comes while a question is open is a command of its own. */
static bool is_whole_command(const struct talk *talk, const char *line)
{
    struct sentence sentence = read_line(talk, line);
    if (sentence.command == NULL || sentence.complaint != NULL) {
        return false;
    }
    struct talk trial = *talk;
    trial.count = 0;
    take_sentence(&trial, &sentence);
    return trial.lacks == NULL;
}

/* True when a line is just what was asked for, by its look: then it is no command, even if it could be one
 * ("42"). */
static bool fits_question(const struct talk *talk, const struct command *command, const char *line)
{
    const struct type_reader reader = {
        .arena = talk->arena, .table = talk->surface->table, .now = talk->person.now};
    const struct target_kind *kind = target_kind(command->target);
    const struct param *param = find_param(command, talk->open.asked);
    struct value value;
    int64_t number;
    if (is_target_word(command, talk->open.asked)) {
        return kind->numbered && target_parse(kind, line, &number) == 0;
    }
    return param != NULL && (type_of(param->type)->telling || param->type == PARAM_NUMBER) &&
           type_read(&reader, param, line, &value) == NULL;
}

static void take_answer(struct talk *talk, const struct command *command, const char *line)
{
    const struct question *open = &talk->open;
    talk->command = command;
    talk->target = open->target;
    for (size_t i = 0; i < open->count; i++) {
        give(talk->given, &talk->count, open->given[i].name, open->given[i].value);
    }
    if (strcmp(open->asked, ASKED_CONFIRM) == 0) {
        talk->confirmed = true;
    } else if (is_target_word(command, open->asked)) {
        talk->target = line;
    } else {
        give(talk->given, &talk->count, open->asked, line);
    }
    talk->lacks = find_lacking(talk);
}

static void take_line(struct talk *talk, const char *line)
{
    const struct question *open = &talk->open;
    if (is_cancel(line) && (open->asked != NULL || text_equal_nocase(line, "cancel"))) {
        say(talk, open->asked == NULL ? "There is nothing to cancel." : "Cancelled. Nothing was changed.");
        return;
    }
    const struct command *asked =
        open->command == NULL ? NULL : command_table_find(talk->surface->table, open->command);
    bool meant = open->asked != NULL && strcmp(open->asked, ASKED_MEANT) == 0;
    if (meant && is_yes(line)) {
        take_new_line(talk, open->command);
        return;
    }
    if (open->asked == NULL || asked == NULL ||
        (!fits_question(talk, asked, line) && is_whole_command(talk, line))) {
        take_new_line(talk, line);
        return;
    }
    if (strcmp(open->asked, ASKED_CONFIRM) == 0 && !is_yes(line)) {
        talk->next = talk->open;
        say(talk, "Say yes to go on, or cancel.");
        return;
    }
    take_answer(talk, asked, line);
}

/* ---- one message */

static enum db_status read_caller(struct talk *talk)
{
    const struct dispatch dispatch = surface_dispatch(talk->surface, talk->arena);
    enum db_status status = dispatch_caller(&dispatch, surface_kind(talk->surface, &talk->message->from),
                                            talk->message->from.local, &talk->person);
    if (status != DB_OK || talk->person.id == 0) {
        return status;
    }
    struct identity system = {.role = "crm_system", .request = "dialogue", .surface = "chat"};
    struct unit *unit = unit_begin(talk->surface->db, talk->arena, &system);
    const struct bot_dialogue *dialogue = query_bot_dialogue(unit, talk->person.id);
    const struct bot_dialogue_values *values = query_bot_dialogue_values(unit, talk->person.id);
    status = unit_commit(unit);
    if (status == DB_OK && dialogue->count == 1) {
        talk->open = (struct question){.command = dialogue->rows[0].command,
                                       .target = dialogue->rows[0].target,
                                       .asked = dialogue->rows[0].asked};
        for (size_t i = 0; i < values->count; i++) {
            give(talk->open.given, &talk->open.count, values->rows[i].name, values->rows[i].value);
        }
    }
    return status;
}

static void touch(void *context, const char *channel)
{
    const struct talk *talk = context;
    talk->surface->channel_touched(talk->surface->context, channel);
}

/* The database could not be reached, or broke. What may work later is handed in again (false); what failed
 * once fails again. */
static bool answer_without_database(const struct talk *talk, bool failed)
{
    message_answer_directly(
        talk->surface, talk->arena, talk->message,
        failed ? "Something went wrong here. Nothing was changed, and it has been written down."
               : "The database is away. I have kept this, and will do it as soon as it is back.");
    return failed;
}

static bool answer(struct talk *talk)
{
    struct dispatch dispatch = surface_dispatch(talk->surface, talk->arena);
    struct request request = surface_request(talk->surface, talk->arena, &talk->message->from, "chat");
    struct reply reply;
    dispatch.settle = settle;
    dispatch.touched = touch;
    dispatch.context = talk;
    request.mode = talk->lacks != NULL ? REQUEST_CHECK : REQUEST_RUN;
    request.command = talk->command == NULL ? NULL : talk->command->name;
    request.target = talk->target;
    request.arguments = (struct arguments){talk->given, talk->count};
    request.inbound_key = talk->key;
    request.refusal_takes_key = true;
    request.archived = true;
    request.confirmed = talk->confirmed;
    switch (command_dispatch(&dispatch, &request, &reply)) {
    case OUTCOME_DONE:
    case OUTCOME_REFUSED:
        touch(talk, dispatch_channel(talk->arena, talk->person.id));
        message_send_receipt(talk->surface, talk->arena, talk->message);
        break;
    case OUTCOME_REPEATED:
        message_send_receipt(talk->surface, talk->arena, talk->message);
        break;
    case OUTCOME_STRANGER:
        break;
    case OUTCOME_FENCED:
        if (talk->surface->fenced != NULL) {
            talk->surface->fenced(talk->surface->context);
        }
        return false;
    case OUTCOME_AWAY:
        return answer_without_database(talk, reply.refusal == REFUSAL_FAILED);
    }
    return true;
}

/* The text to act on, or NULL after the answer was chosen. */
static const char *read_body(struct talk *talk)
{
    const char *body = element_child_text(talk->message->root, "body", NULL);
    if (element_child(talk->message->root, "encrypted", NS_OMEMO) != NULL) {
        say(talk, "I cannot read encrypted messages. Please turn encryption (OMEMO) off for this chat.");
        return NULL;
    }
    if (element_child(talk->message->root, "replace", NS_CORRECT) != NULL) {
        talk->next = talk->open;
        say(talk, "I act on each message once, and cannot take one back. Please send it as a new message.");
        return NULL;
    }
    if (utf8_count(body) > LINE_LIMIT) {
        say(talk,
            arena_printf(talk->arena, "That is too long for me: at most %d characters fit.", LINE_LIMIT));
        return NULL;
    }
    return body;
}

static bool is_for_us(struct surface *surface, struct arena *arena, const struct stanza *message)
{
    if (!message_speaks(message)) {
        return false;
    }
    const char *kind = surface_kind(surface, &message->from);
    if (kind == NULL) {
        surface_refuse(surface, arena, message, STANZA_SERVICE_UNAVAILABLE, NULL);
    }
    return kind != NULL && strcmp(kind, "staff") == 0;
}

bool bot_handle(struct surface *surface, struct arena *arena, const struct stanza *message,
                const char *inbound_key)
{
    if (!is_for_us(surface, arena, message)) {
        return true;
    }
    struct talk talk = {.surface = surface, .arena = arena, .message = message, .key = inbound_key};
    enum db_status status = read_caller(&talk);
    if (status != DB_OK) {
        return answer_without_database(&talk, status == DB_FAILED || status == DB_CONSTRAINT);
    }
    const char *body = talk.person.id == 0 ? NULL : read_body(&talk);
    const char *line = body == NULL ? NULL : text_squeeze(arena, body);
    if (talk.person.id == 0 || (line != NULL && line[0] == '\0')) {
        return true;
    }
    if (line != NULL) {
        /* An answer to a question keeps its line breaks. */
        take_line(&talk, talk.open.asked != NULL && strchr(body, '\n') != NULL ? body : line);
    }
    return answer(&talk);
}
