#include "bots/question.h"

#include <string.h>

#include "base/text.h"
#include "bots/doubt.h"
#include "bots/head.h"
#include "bots/phrase.h"
#include "bots/place.h"
#include "command/people.h"
#include "command/table.h"
#include "command/target.h"
#include "surface/chat.h"
#include "surface/choices.h"

/* Opens the question for a field, keeping what was given but that. */
static void open_next(struct talk *talk, const char *field)
{
    struct question *next = &talk->next;
    *next = (struct question){.command = talk->command->name, .target = talk->target, .asked = field};
    if (talk_is_target_word(talk->command, field)) {
        next->target = NULL;
    }
    for (size_t i = 0; i < talk->count; i++) {
        const struct param *param = talk_find_param(talk->command, talk->given[i].name);
        bool secret = param != NULL && (param->flags & PARAM_SECRET) != 0;
        if (!secret && strcmp(talk->given[i].name, field) != 0) {
            dialogue_give(next->given, &next->count, talk->given[i].name, talk->given[i].value);
        }
    }
}

/* "1. priya (Priya Nair)": a number for each choice that may be given. */
static void number_choices(struct talk *talk, const struct choice *choices, struct text *text)
{
    size_t count = 0;
    for (const struct choice *choice = choices; choice != NULL && choice->value != NULL; choice++) {
        count++;
    }
    for (size_t i = 0; i < count && count <= OFFER_LIMIT; i++) {
        const struct choice *choice = &choices[i];
        bool same = text_equal_nocase(choice->value, choice->label);
        text_addf(text, "\n%zu. %s%s%s%s", i + 1, choice->value, same ? "" : " (", same ? "" : choice->label,
                  same ? "" : ")");
        dialogue_offer(&talk->next, choice->value);
        talk_add_button(talk, choice->value);
    }
    for (size_t i = 0; i < count && count > OFFER_LIMIT; i++) {
        text_addf(text, "%s%s", i == 0 ? "\nOne of: " : ", ", choices[i].value);
    }
}

/* What the field may be for the record that was named; a wrong value is refused before that is looked at. */
static const struct choice *record_choices(const struct talk *talk, const struct param *param)
{
    const struct target_kind *kind = target_kind(talk->command->target);
    const int64_t epoch = talk->surface->epoch(talk->surface->context);
    int64_t number = talk->settlement->target;
    if (number == 0 && kind != NULL && kind->numbered && talk->target != NULL &&
        target_parse(kind, talk->target, &number) != 0) {
        number = 0;
    }
    const struct choice *choices = choices_for_record(talk->settlement, epoch, param, number);
    bool known = talk->settlement->target != 0 || (choices != NULL && choices[0].value != NULL);
    return known ? choices : param->choices;
}

/* What a field may be, numbered: its choices, or the people who fit, if they are few. */
static void put_choices(struct talk *talk, struct unit *unit, const struct param *param,
                        const struct choice *only, struct text *text)
{
    if (only != NULL) {
        number_choices(talk, only, text);
    } else if (param->type == PARAM_CHOICE) {
        number_choices(talk, record_choices(talk, param), text);
    } else if (param->type == PARAM_PERSON) {
        const struct people_wish whom = {.roles = param->people, .offered = OFFERED_ENABLED};
        const struct choice *people = people_find(unit, talk->arena, &whom, NULL, OFFER_LIMIT + 1);
        size_t count = 0;
        while (people != NULL && people[count].value != NULL) {
            count++;
        }
        number_choices(talk, count <= OFFER_LIMIT ? people : NULL, text);
    } else if (param->type == PARAM_BOOLEAN) {
        talk_add_button(talk, "yes");
        talk_add_button(talk, "no");
    }
    text_add(text,
             talk->next.offer_count > 0 ? "\n(Reply with a number or a word, or: cancel)" : "\n(Or: cancel)");
    talk_add_button(talk, "cancel");
}

static const char *target_question(struct talk *talk, const struct target_kind *kind)
{
    const char *last = dialogue_record(&talk->memory, kind->word);
    if (last == NULL) {
        talk_add_button(talk, "cancel");
        return arena_printf(talk->arena, "%s? %s, such as %s.\n(Or: cancel)", kind->label, kind->hint,
                            kind->example);
    }
    talk_add_button(talk, "it");
    talk_add_button(talk, "cancel");
    return arena_printf(talk->arena, "%s? %s, such as %s, or “it” for %s.\n(Or: cancel)", kind->label,
                        kind->hint, kind->example, last);
}

const char *question_ask(struct talk *talk, struct unit *unit, const char *field)
{
    struct text text = text_new(talk->arena);
    open_next(talk, field);
    if (talk_is_target_word(talk->command, field)) {
        return target_question(talk, target_kind(talk->command->target));
    }
    const struct param *param = talk_find_param(talk->command, field);
    text_addf(&text, "%s? %s.", param->label, param->hint);
    put_choices(talk, unit, param, NULL, &text);
    return text.data;
}

/* True when the field was refused because the line was no answer to the question that was open. */
static bool is_wrong_answer(const struct talk *talk, const struct reply *reply)
{
    return talk->answer != NULL && reply->refusal == REFUSAL_INVALID && reply->choices == NULL &&
           reply->field != NULL && strcmp(talk->open.asked, reply->field) == 0;
}

/* What is said when that line may have been a command; NULL when it is wrong as an answer only. */
static const char *explain_stray(struct talk *talk, const struct reply *reply)
{
    return is_wrong_answer(talk, reply) ? doubt_explain_stray(talk, talk->command, talk->answer) : NULL;
}

/* One that is near is offered; else a command that is; else all that there are. */
static const char *explain_choice(struct talk *talk, struct unit *unit, const struct reply *reply,
                                  const struct param *param)
{
    struct text text = text_new(talk->arena);
    const struct arguments given = {talk->given, talk->count};
    const char *value = arguments_get(&given, param->name);
    value = text_shorten(talk->arena, value == NULL ? "" : value, 40);
    const struct choice *choices = record_choices(talk, param);
    const struct choice *near = type_near_choice(talk->arena, choices, value);
    const char *stray = near != NULL ? NULL : explain_stray(talk, reply);
    if (stray != NULL) {
        return stray;
    }
    if (near == NULL) {
        text_addf(&text, "%s: “%s” is none of these:", param->label, value);
        put_choices(talk, unit, param, choices, &text);
        return text.data;
    }
    struct choice *only = arena_array(talk->arena, 2, sizeof *only);
    only[0] = *near;
    only[1] = (struct choice){NULL, NULL};
    text_addf(&text, "%s: “%s” is none. Did you mean %s?", param->label, value, near->value);
    put_choices(talk, unit, param, only, &text);
    return text.data;
}

static const char *explain_invalid(struct talk *talk, struct unit *unit, const struct reply *reply,
                                   const struct param *param)
{
    struct text text = text_new(talk->arena);
    if (param->type == PARAM_CHOICE && reply->refusal == REFUSAL_INVALID) {
        return explain_choice(talk, unit, reply, param);
    }
    const char *stray = explain_stray(talk, reply);
    if (stray != NULL) {
        return stray;
    }
    text_add(&text, reply->sentence);
    put_choices(talk, unit, param, reply->choices, &text);
    return text.data;
}

/* The same about the record that the command acts on. */
static const char *explain_target(struct talk *talk, const struct reply *reply)
{
    struct text text = text_new(talk->arena);
    const char *stray = explain_stray(talk, reply);
    if (stray != NULL) {
        return stray;
    }
    text_add(&text, reply->sentence);
    if (reply->choices != NULL) {
        number_choices(talk, reply->choices, &text);
        text_add(&text, "\n(Reply with a number or a word, or: cancel)");
        talk_add_button(talk, "cancel");
    }
    return text.data;
}

const char *question_offer_meant(struct talk *talk, const char *const *meant)
{
    struct text text = text_new(talk->arena);
    talk->next = (struct question){.asked = ASKED_MEANT};
    for (size_t i = 0; meant[i] != NULL; i++) {
        dialogue_offer(&talk->next, meant[i]);
    }
    if (talk->next.offer_count == 1) {
        text_addf(&text, "Did you mean “%s”?\n(Reply yes, or say “help”)", meant[0]);
        talk_add_button(talk, "yes");
        talk_add_button(talk, "help");
        return text.data;
    }
    text_add(&text, "Did you mean:");
    for (size_t i = 0; i < talk->next.offer_count; i++) {
        text_addf(&text, "\n%zu. %s", i + 1, text_shorten(talk->arena, meant[i], CHAT_LINE_LIMIT));
        talk_add_button(talk, arena_printf(talk->arena, "%zu", i + 1));
    }
    text_addf(&text, "\n(Reply with a number up to %zu, or: cancel)", talk->next.offer_count);
    return text.data;
}

const char *question_after_refusal(struct talk *talk, struct unit *unit, const struct reply *reply)
{
    const char *field = reply->field;
    if (reply->refusal == REFUSAL_UNCONFIRMED) {
        open_next(talk, ASKED_CONFIRM);
        talk_add_button(talk, "yes");
        talk_add_button(talk, "no");
        return arena_printf(talk->arena, "%s\n(Reply yes or no)", reply->sentence);
    }
    bool given = reply->refusal == REFUSAL_INVALID || reply->refusal == REFUSAL_MISSING;
    const struct param *param = field == NULL ? NULL : talk_find_param(talk->command, field);
    /* A value that is taken, or is no move from where the record is, is asked for again too. */
    bool correctable =
        field != NULL &&
        (given || (param != NULL && (reply->refusal == REFUSAL_CONFLICT || reply->refusal == REFUSAL_STATE)));
    /* A look that found nothing has said so: what comes next is rather another line than a better word. */
    bool looked = reply->refusal == REFUSAL_INVALID && talk->command->effect == EFFECT_READ &&
                  param != NULL && (param->type == PARAM_TEXT || param->type == PARAM_COMMAND) &&
                  reply->choices == NULL;
    if (correctable && !looked && (param == NULL || (param->flags & PARAM_SECRET) == 0)) {
        open_next(talk, field);
        if (!given) {
            dialogue_give(talk->next.given, &talk->next.count, GIVEN_LAPSE, LAPSE_NEXT);
        }
    }
    bool names_record = param == NULL || (param->flags & PARAM_KEY) != 0;
    if (talk->otherwise != NULL && reply->choices == NULL && given && names_record) {
        return arena_printf(talk->arena, "%s %s", reply->sentence,
                            question_offer_meant(talk, talk->otherwise));
    }
    if (talk->next.asked == NULL) {
        return reply->sentence;
    }
    return param != NULL ? explain_invalid(talk, unit, reply, param) : explain_target(talk, reply);
}

const char *question_words(const struct talk *talk)
{
    const struct command *command = command_table_find(talk->surface->table, talk->open.command);
    const char *words = command_words(talk->arena, command);
    if (strcmp(talk->open.asked, ASKED_CONFIRM) == 0) {
        return arena_printf(talk->arena, "yes or no to “%s”", words);
    }
    const struct param *param = talk_find_param(command, talk->open.asked);
    const char *label = param == NULL ? target_kind(command->target)->label : param->label;
    return arena_printf(talk->arena, "“%s?” of “%s”", label, words);
}

/* True when the question that the line found is one of a command that there is. */
static bool has_question(const struct talk *talk)
{
    return talk->open.asked != NULL && talk->open.command != NULL &&
           command_table_find(talk->surface->table, talk->open.command) != NULL;
}

/* True when the line did what the question was about: "1 contacted" after “1 won” was refused. */
static bool is_answered_otherwise(const struct talk *talk, const struct reply *reply)
{
    const struct question *open = &talk->open;
    return talk->command != NULL && reply->refusal == REFUSAL_NONE && talk->lacks == NULL &&
           strcmp(talk->command->name, open->command) == 0 && open->target != NULL && talk->target != NULL &&
           strcmp(open->target, talk->target) == 0;
}

const char *question_beside(struct talk *talk, const struct reply *reply, const char *text)
{
    if (!talk->aside || !has_question(talk)) {
        return text;
    }
    /* A look that lacked something is simply given up for the next. */
    if (command_table_find(talk->surface->table, talk->open.command)->effect == EFFECT_READ ||
        is_answered_otherwise(talk, reply)) {
        return text;
    }
    bool changed = talk->command != NULL && talk->command->effect != EFFECT_READ;
    /* The unit may run again: then what was kept is no new question. */
    bool asks = talk->next.asked != NULL && !(talk->kept && talk->command == NULL);
    bool confirms = strcmp(talk->open.asked, ASKED_CONFIRM) == 0;
    /* A yes must not come to mean something that was asked before a change. */
    if (confirms && (asks || (changed && reply->refusal == REFUSAL_NONE))) {
        return arena_printf(talk->arena, "%s\n(Dropped: %s)", text, question_words(talk));
    }
    /* What was only offered in place of what is not possible is not asked about for ever. */
    bool lapses = talk->lapse != NULL && strcmp(talk->lapse, LAPSE_NOW) == 0 && talk->command != NULL;
    if (asks || lapses) {
        dialogue_keep(talk->settlement->unit, talk->person.id, talk_set_aside_in(talk), &talk->open);
        return arena_printf(talk->arena, "%s\n(Set aside: %s. Say “go on” for it later)", text,
                            question_words(talk));
    }
    talk->next = talk->open;
    if (talk->lapse != NULL) {
        dialogue_give(talk->next.given, &talk->next.count, GIVEN_LAPSE, LAPSE_NOW);
    }
    if (!talk->kept || talk->command != NULL) {
        talk_add_button(talk, "cancel");
    }
    talk->kept = true;
    return arena_printf(talk->arena, "%s\n(Still open: %s. Answer it, or: cancel)", text,
                        question_words(talk));
}

bool question_fits(const struct talk *talk, const struct command *command, const char *line)
{
    const struct type_reader reader = talk_reader(talk);
    const struct target_kind *kind = target_kind(command->target);
    const struct param *param = talk_find_param(command, talk->open.asked);
    struct value value;
    int64_t number;
    if (dialogue_offered(&talk->open, line) != NULL) {
        return true;
    }
    if (talk_is_target_word(command, talk->open.asked)) {
        return head_is_pronoun(line) || (kind->numbered && target_parse(kind, line, &number) == 0);
    }
    return param != NULL && (type_of(param->type)->telling || param->type == PARAM_NUMBER) &&
           type_read(&reader, param, line, &value) == NULL;
}

/* What the answer names: the record that "it" is, what its number stands for, or itself. */
static const char *answer_value(const struct talk *talk, const struct command *command, const char *line)
{
    if (talk_is_target_word(command, talk->open.asked) && head_is_pronoun(line)) {
        const char *record = dialogue_record(&talk->memory, talk->open.asked);
        return record == NULL ? line : record;
    }
    const char *offered = dialogue_offered(&talk->open, line);
    if (offered == NULL && talk->open.offer_count == 1 && phrase_is_yes(talk->arena, line)) {
        offered = talk->open.offers[0];
    }
    return offered == NULL ? line : offered;
}

/* The words between quotes, when the whole line is in them; else NULL. */
static const char *quoted(struct arena *arena, const char *line)
{
    struct words words = words_split(arena, line);
    return words.count == 1 && words.list[0].quoted && words.list[0].end == strlen(line) ? words.list[0].text
                                                                                         : NULL;
}

/* Takes an answer that holds more than was asked for. False when it does not, or is only text. */
static bool take_wide_answer(struct talk *talk, const struct command *command, const char *line)
{
    const struct question *open = &talk->open;
    const struct param *param = talk_find_param(command, open->asked);
    const struct type_reader reader = talk_reader(talk);
    struct value value;
    bool text = param != NULL && (param->type == PARAM_TEXT || param->type == PARAM_PERSON);
    if (param == NULL || param->type == PARAM_LONGTEXT || dialogue_offered(open, line) != NULL ||
        (!text && type_read(&reader, param, line, &value) == NULL)) {
        return false;
    }
    struct words words = words_split(talk->arena, line);
    struct placed placed =
        place_answer(&reader, command, open->asked, &(struct arguments){open->given, open->count}, &words);
    if (placed.complaint != NULL || arguments_get(&placed.arguments, open->asked) == NULL) {
        return false;
    }
    for (size_t i = 0; i < placed.arguments.count; i++) {
        dialogue_give(talk->given, &talk->count, placed.arguments.list[i].name,
                      placed.arguments.list[i].value);
    }
    return true;
}

void question_take_answer(struct talk *talk, const struct command *command, const char *line)
{
    const struct question *open = &talk->open;
    talk->command = command;
    talk->target = open->target;
    for (size_t i = 0; i < open->count; i++) {
        dialogue_give(talk->given, &talk->count, open->given[i].name, open->given[i].value);
    }
    if (strcmp(open->asked, ASKED_CONFIRM) == 0) {
        talk->confirmed = true;
    } else if (talk_is_target_word(command, open->asked)) {
        talk->target = answer_value(talk, command, line);
    } else if (quoted(talk->arena, line) != NULL) {
        dialogue_give(talk->given, &talk->count, open->asked, quoted(talk->arena, line));
    } else if (answer_value(talk, command, line) != line || !take_wide_answer(talk, command, line)) {
        dialogue_give(talk->given, &talk->count, open->asked, answer_value(talk, command, line));
    }
    talk->lacks = talk_find_lacking(talk);
}

void question_repeat(struct talk *talk, const struct command *command)
{
    const struct question *open = &talk->open;
    talk->command = command;
    talk->target = open->target;
    for (size_t i = 0; i < open->count; i++) {
        dialogue_give(talk->given, &talk->count, open->given[i].name, open->given[i].value);
    }
    /* A yes is asked for by trying it again. */
    talk->lacks = strcmp(open->asked, ASKED_CONFIRM) == 0 ? talk_find_lacking(talk) : open->asked;
}
