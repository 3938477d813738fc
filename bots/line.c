#include "bots/line.h"

#include <string.h>

#include "base/text.h"
#include "bots/doubt.h"
#include "bots/grammar.h"
#include "bots/head.h"
#include "bots/pasted.h"
#include "bots/phrase.h"
#include "bots/question.h"
#include "bots/suggest.h"
#include "bots/words.h"
#include "command/table.h"
#include "command/target.h"
#include "surface/chat.h"

#define NAME_WORDS 2

static void take_sentence(struct talk *talk, const struct sentence *sentence)
{
    talk->command = sentence->command;
    talk->target = sentence->target;
    if (sentence->refers) {
        talk->target = dialogue_record(&talk->memory, talk_target_word(talk->command));
    }
    for (size_t i = 0; i < sentence->arguments.count; i++) {
        dialogue_give(talk->given, &talk->count, sentence->arguments.list[i].name,
                      sentence->arguments.list[i].value);
    }
    talk->lacks = talk_find_lacking(talk);
}

/* "show asha" is about somebody, and else perhaps about a lead; "rename asha to …" about a team, or somebody.
 */
static void take_otherwise(struct talk *talk, const struct sentence *sentence, const char *line)
{
    const struct command *command = sentence->command;
    const struct target_kind *kind = target_kind(command->target);
    const struct type_reader reader = talk_reader(talk);
    const struct listener listener = talk_listener(talk);
    bool keyed = command_param_count(command) > 0 && (command->params[0].flags & PARAM_KEY) != 0;
    if (((kind != NULL && !kind->numbered) || (kind == NULL && keyed)) && !sentence->exact) {
        talk->otherwise = grammar_otherwise(&reader, &listener, line);
    }
}

static void explain_complaint(struct talk *talk, const struct sentence *sentence)
{
    if (sentence->meant != NULL) {
        talk_say(talk, arena_printf(talk->arena, "%s %s", sentence->complaint,
                                    question_offer_meant(talk, sentence->meant)));
        return;
    }
    talk_say(talk,
             arena_printf(talk->arena, "%s\nFor example: %s\nFor all fields: help %s", sentence->complaint,
                          sentence->command->examples[0], command_words(talk->arena, sentence->command)));
}

/* "deepa", "Deepa Nambiar": perhaps somebody to look for. NULL for what is no name, or cannot be looked for.
 */
static const char *find_line(const struct talk *talk, const char *line)
{
    const struct command *row = NULL;
    struct words words = words_split(talk->arena, line);
    bool name =
        words.count > 0 && words.count <= NAME_WORDS && strpbrk(line, "0123456789,;:?!/\\\"@") == NULL;
    while (name && (row = command_table_next(talk->surface->table, talk->person.role, row)) != NULL) {
        if (strcmp(head_verb(row), "find") == 0) {
            return arena_printf(talk->arena, "%s %s", head_verb(row), text_shorten(talk->arena, line, 60));
        }
    }
    return NULL;
}

/* "usr list" of whoever may not list users: what it was is said, and not guessed at. */
static const struct command *find_closed(const struct talk *talk, const char *line)
{
    const struct type_reader reader = talk_reader(talk);
    struct listener anybody = talk_listener(talk);
    anybody.role = (enum role)ROLE_STAFF;
    const char *const *meant = suggest_lines(&reader, &anybody, line);
    if (meant == NULL) {
        return NULL;
    }
    struct sentence sentence = grammar_read_strictly(&reader, &anybody, meant[0]);
    bool closed = sentence.command != NULL && (sentence.command->roles & talk->person.role) == 0;
    return closed && sentence.exact ? sentence.command : NULL;
}

static void explain_stranger(struct talk *talk, const char *line)
{
    const struct command *closed = find_closed(talk, line);
    if (closed != NULL) {
        talk_say(talk, arena_printf(talk->arena,
                                    "I did not understand that. “%s” is not for your role; say “help” for "
                                    "what is.",
                                    command_words(talk->arena, closed)));
        return;
    }
    const char *find = find_line(talk, line);
    talk_say(talk, find == NULL
                       ? "I did not understand that. Say “help” for what I can do."
                       : arena_printf(talk->arena,
                                      "I did not understand that. Say “help” for what I can do, or “%s” to "
                                      "look for a lead.",
                                      find));
    if (find != NULL) {
        talk_add_button(talk, find);
    }
}

static void explain_unknown(struct talk *talk, const struct sentence *sentence, const char *line)
{
    const char *answer = phrase_courteous_answer(talk->arena, talk->person.name, line);
    if (answer != NULL) {
        talk_say(talk, answer);
    } else if (sentence->meant != NULL) {
        talk_say(talk,
                 arena_printf(talk->arena, "%s %s",
                              sentence->unclear ? "That can mean two things." : "I did not understand that.",
                              question_offer_meant(talk, sentence->meant)));
        return;
    } else {
        explain_stranger(talk, line);
    }
    if (strstr(talk->text, "“help”") != NULL) {
        talk_add_button(talk, "help");
    }
}

/* True for several lines of which the first is no command. */
static bool begins_without_command(const struct type_reader *reader, const struct listener *listener,
                                   const char *body)
{
    body += strspn(body, " \t\r\n");
    size_t length = strcspn(body, "\n");
    if (body[length] == '\0') {
        return false;
    }
    struct sentence first =
        grammar_read_strictly(reader, listener, arena_strndup(reader->arena, body, length));
    return first.command == NULL || first.complaint != NULL || !first.exact;
}

/* The line that asks for what the speaker has saved under the name that they said. */
static const char *saved_line(const struct talk *talk)
{
    const struct command *row = NULL;
    while ((row = command_table_next(talk->surface->table, talk->person.role, row)) != NULL) {
        if (strcmp(head_verb(row), "run") == 0) {
            return arena_printf(talk->arena, "%s \"%s\"", command_words(talk->arena, row), talk->saved);
        }
    }
    return talk->saved;
}

/* "hot delhi", where that is the name of something that is saved; what is a command all the same is one. */
static bool means_saved(const struct talk *talk, const struct sentence *sentence, const char *line)
{
    bool said = talk->saved != NULL && text_equal_nocase(talk->saved, text_squeeze(talk->arena, line));
    return said && (sentence->command == NULL || sentence->complaint != NULL || !sentence->exact);
}

static void take_new_line(struct talk *talk, const char *line)
{
    const struct type_reader reader = talk_reader(talk);
    const struct listener listener = talk_listener(talk);
    struct sentence sentence = grammar_read(&reader, &listener, line);
    if (phrase_asks_for_help(talk->arena, text_squeeze(talk->arena, line))) {
        sentence = grammar_read_strictly(&reader, &listener, "help");
    }
    if (begins_without_command(&reader, &listener, line) && pasted_take(talk, line)) {
        return;
    }
    if (means_saved(talk, &sentence, line)) {
        sentence = grammar_read_strictly(&reader, &listener, saved_line(talk));
    }
    if (sentence.command == NULL) {
        explain_unknown(talk, &sentence, text_squeeze(talk->arena, line));
    } else if (sentence.complaint != NULL && (sentence.command->roles & talk->person.role) != 0) {
        explain_complaint(talk, &sentence);
    } else {
        /* A command of another role goes to the dispatcher, which has the one sentence for it. */
        take_sentence(talk, &sentence);
        take_otherwise(talk, &sentence, line);
    }
}

/* True when any text could be the answer. */
static bool asks_for_text(const struct talk *talk, const struct command *command)
{
    const struct param *param = talk_find_param(command, talk->open.asked);
    return param != NULL && (param->type == PARAM_TEXT || param->type == PARAM_LONGTEXT);
}

/* True when many a word could be the answer, though not any. What is only looked at is given up for the next
 * look. */
static bool asks_for_person(const struct talk *talk, const struct command *command)
{
    const struct param *param = talk_find_param(command, talk->open.asked);
    return param != NULL && param->type == PARAM_PERSON && command->effect != EFFECT_READ;
}

/* True when a line that comes while a question is open is a command of its own. */
static bool is_whole_command(const struct talk *talk, const struct command *asked, const char *line)
{
    const struct type_reader reader = talk_reader(talk);
    const struct listener listener = talk_listener(talk);
    struct sentence sentence = grammar_read_strictly(&reader, &listener, line);
    bool words = asks_for_text(talk, asked) || asks_for_person(talk, asked);
    /* "profile sideways", "leads since never" are no status: what is wrong with them is said, and the
     * question stays. */
    bool faulty = sentence.exact && !words && (line[0] < '0' || line[0] > '9');
    if (sentence.unclear && !words) {
        return true;
    }
    if (sentence.command == NULL || (words && !sentence.exact)) {
        return false;
    }
    if (sentence.complaint != NULL) {
        return faulty;
    }
    for (size_t i = 0; i < sentence.arguments.count; i++) {
        const struct argument *given = &sentence.arguments.list[i];
        struct value value;
        if (type_read(&reader, talk_find_param(sentence.command, given->name), given->value, &value) !=
            NULL) {
            return faulty;
        }
    }
    struct talk trial = *talk;
    trial.count = 0;
    take_sentence(&trial, &sentence);
    /* "status 7" lacks something, and is yet nobody's name and no status. */
    return trial.lacks == NULL || (sentence.exact && !asks_for_text(talk, asked));
}

/* "more": what did not fit, or the next page of the list. */
static void take_more(struct talk *talk)
{
    if (talk->memory.rest != NULL) {
        talk_say(talk, talk->memory.rest);
    } else if (talk->memory.more != NULL) {
        take_new_line(talk, talk->memory.more);
    } else {
        talk_say(talk, "There is no more: that was all. Ask for another list, such as “leads”.");
    }
}

/* True when the line chose one of the lines that were perhaps meant. */
static bool take_meant(struct talk *talk, const char *line)
{
    const struct question *open = &talk->open;
    if (open->asked == NULL || strcmp(open->asked, ASKED_MEANT) != 0) {
        return false;
    }
    const char *meant = phrase_is_yes(talk->arena, line) && open->offer_count > 0
                            ? open->offers[0]
                            : dialogue_offered(open, line);
    if (meant != NULL) {
        take_new_line(talk, meant);
    }
    return meant != NULL;
}

/* What is said beside an open question: help about it, a courtesy. False when the line is none of these. */
static bool take_aside(struct talk *talk, const struct command *asked, const char *line)
{
    const struct param *param = talk_find_param(asked, talk->open.asked);
    const char *answer = phrase_courteous_answer(talk->arena, talk->person.name, line);
    bool yes_or_no = param != NULL && param->type == PARAM_BOOLEAN;
    bool help = phrase_asks_for_help(talk->arena, line);
    if (!help && (answer == NULL || yes_or_no || dialogue_offered(&talk->open, line) != NULL ||
                  (talk->open.offer_count == 1 && phrase_is_yes(talk->arena, line)))) {
        return false;
    }
    talk->aside = true;
    talk_say(talk, help ? arena_printf(talk->arena, "%s For all fields: help %s",
                                       param == NULL ? asked->summary
                                                     : arena_printf(talk->arena, "%s.", param->hint),
                                       command_words(talk->arena, asked))
                        : answer);
    return true;
}

/* "go on": the question again, else the list that was not at its end. */
static void take_go_on(struct talk *talk, const struct command *asked)
{
    if (asked != NULL) {
        question_repeat(talk, asked);
    } else if (talk->memory.rest != NULL || talk->memory.more != NULL) {
        take_more(talk);
    } else {
        talk_say(talk, "There is nothing to go on with.");
    }
}

/* What was in doubt is the answer, or a command beside the question. */
static void take_doubt(struct talk *talk, const struct command *asked, const struct doubt *doubt,
                       size_t choice)
{
    if (choice == 1) {
        question_take_answer(talk, asked, doubt->line);
    } else {
        talk->aside = true;
        take_new_line(talk, doubt->meant[choice - 1]);
    }
}

/* What came is neither yes nor no. */
static void ask_yes_again(struct talk *talk, const struct command *asked, const char *line)
{
    const char *stray = doubt_explain_stray(talk, asked, line);
    talk->next = talk->open;
    talk_add_button(talk, "yes");
    talk_add_button(talk, "no");
    talk_say(talk, stray != NULL ? stray
                                 : arena_printf(talk->arena, "I need %s. Reply yes to go on, or no.",
                                                question_words(talk)));
}

void line_take(struct talk *talk, const char *body)
{
    const struct question *open = &talk->open;
    const char *line = text_squeeze(talk->arena, body);
    const struct doubt doubt = doubt_lift(&talk->open);
    talk->lapse = doubt.lapse;
    if (talk->mention != NULL && open->asked == NULL &&
        (phrase_is_yes(talk->arena, line) || phrase_is_cancel(talk->arena, line))) {
        talk_say(talk, "I have asked you nothing in this room. What I ask in our own chat, answer there.");
        return;
    }
    if (phrase_is_cancel(talk->arena, line) && (open->asked != NULL || text_equal_nocase(line, "cancel"))) {
        talk_say(talk, open->asked == NULL ? "There is nothing to cancel. Say “undo” to take a change back."
                                           : "Cancelled. Nothing was changed.");
        return;
    }
    bool question = open->asked != NULL && strcmp(open->asked, ASKED_MEANT) != 0;
    if (phrase_is_more(talk->arena, line) &&
        (!question || talk->memory.rest != NULL || talk->memory.more != NULL)) {
        talk->aside = true;
        take_more(talk);
        return;
    }
    const struct command *asked =
        open->command == NULL ? NULL : command_table_find(talk->surface->table, open->command);
    if (asked != NULL && doubt_choice(&doubt, line) > 0) {
        take_doubt(talk, asked, &doubt, doubt_choice(&doubt, line));
        return;
    }
    if (asked != NULL && doubt.stray != NULL && phrase_is_yes(talk->arena, line)) {
        talk->aside = true;
        take_new_line(talk, doubt.stray);
        return;
    }
    if (phrase_is_go_on(talk->arena, line)) {
        take_go_on(talk, open->asked == NULL ? NULL : asked);
        return;
    }
    if (take_meant(talk, line)) {
        return;
    }
    if (open->asked == NULL || asked == NULL ||
        (!question_fits(talk, asked, line) && is_whole_command(talk, asked, body))) {
        talk->aside = true;
        take_new_line(talk, body);
        return;
    }
    bool confirms = strcmp(open->asked, ASKED_CONFIRM) == 0 && phrase_is_yes(talk->arena, line);
    if (!confirms && !question_fits(talk, asked, line) && take_aside(talk, asked, line)) {
        return;
    }
    if (strcmp(open->asked, ASKED_CONFIRM) == 0 && !phrase_is_yes(talk->arena, line)) {
        ask_yes_again(talk, asked, line);
        return;
    }
    if (!question_fits(talk, asked, line) &&
        doubt_ask(talk, asked, strchr(body, '\n') != NULL ? body : line)) {
        return;
    }
    /* An answer to a question keeps its line breaks. */
    talk->answer = strchr(body, '\n') != NULL ? body : line;
    question_take_answer(talk, asked, talk->answer);
}
