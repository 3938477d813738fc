#include "bots/doubt.h"

#include <string.h>

#include "base/text.h"
#include "bots/question.h"
#include "bots/suggest.h"
#include "command/table.h"
#include "command/target.h"

#define COMMANDS_OFFERED 3

/* Takes what is kept under that name out of what is given; NULL when nothing is. */
static const char *take_given(struct question *open, const char *name)
{
    for (size_t i = 0; i < open->count; i++) {
        if (strcmp(open->given[i].name, name) == 0) {
            const char *value = open->given[i].value;
            open->given[i] = open->given[--open->count];
            return value;
        }
    }
    return NULL;
}

struct doubt doubt_lift(struct question *open)
{
    struct doubt doubt = {.line = NULL};
    doubt.line = take_given(open, GIVEN_DOUBT);
    doubt.stray = take_given(open, GIVEN_STRAY);
    doubt.lapse = take_given(open, GIVEN_LAPSE);
    for (size_t i = 0; doubt.line != NULL && i < open->offer_count; i++) {
        doubt.meant[doubt.count++] = open->offers[i];
    }
    open->offer_count = doubt.line == NULL ? open->offer_count : 0;
    return doubt;
}

size_t doubt_choice(const struct doubt *doubt, const char *line)
{
    size_t number = strlen(line) == 1 && line[0] >= '1' && line[0] <= '9' ? (size_t)(line[0] - '0') : 0;
    return doubt->line != NULL && number <= doubt->count ? number : 0;
}

/* ---- what else it could be */

/* A command that the line may be. */
struct meaning {
    const char *line;
    bool closed; /* to the speaker, who is told so when it is chosen */
};

static bool is_for_speaker(const struct talk *talk, const struct sentence *sentence)
{
    return (sentence->command->roles & talk->person.role) != 0;
}

/* True when all its values can be read. */
static bool reads(const struct type_reader *reader, const struct sentence *sentence)
{
    for (size_t i = 0; i < sentence->arguments.count; i++) {
        const struct argument *given = &sentence->arguments.list[i];
        struct value value;
        if (type_read(reader, talk_find_param(sentence->command, given->name), given->value, &value) !=
            NULL) {
            return false;
        }
    }
    return sentence->complaint == NULL;
}

static bool lacks_nothing(const struct sentence *sentence)
{
    bool record = sentence->target != NULL || sentence->refers;
    return args_missing(sentence->command, &sentence->arguments) < 0 &&
           (target_kind(sentence->command->target) == NULL || record);
}

/* True for "New Age Ltd" while "lead add" asks for a name: what is asked for, with a word of its own before
 * it. */
static bool only_decorates(const struct sentence *sentence, const struct command *asked)
{
    return sentence->command == asked && !sentence->exact;
}

/* A name begins with a capital letter: "Team Lease Ltd" is one, "team lease" a team. */
static bool looks_like_name(const char *line)
{
    return line[0] < 'a' || line[0] > 'z';
}

/* True when the line as it stands may be a command, whoever may use it. In a text of several words many a
 * line begins as one. */
static bool may_be_command(const struct talk *talk, const struct command *asked, const char *line,
                           const struct sentence *sentence, bool long_text)
{
    const struct type_reader reader = talk_reader(talk);
    if (sentence->command == NULL || only_decorates(sentence, asked)) {
        return false;
    }
    /* "user disable ravi at once" is a command with a word too many, and no tag; "undo at once" too. */
    bool takes_nothing =
        command_param_count(sentence->command) == 0 && sentence->command->target == TARGET_NONE;
    bool named = sentence->exact && (sentence->verb || takes_nothing);
    if (!reads(&reader, sentence)) {
        return named && !long_text;
    }
    bool same_noun = strncmp(sentence->command->name, asked->name, strcspn(asked->name, ".") + 1) == 0;
    if (sentence->exact) {
        return named || !long_text;
    }
    if (sentence->verb) {
        return lacks_nothing(sentence) && (!long_text || sentence->command->effect != EFFECT_READ);
    }
    return lacks_nothing(sentence) && !long_text && !same_noun && !looks_like_name(line);
}

/* True for a line that would be a command if fingers had not slipped: a whole one, or one that says what is
 * to be done and to what ("asign 42"). */
static bool is_near_command(const struct talk *talk, const struct listener *listener, const char *meant,
                            bool long_text)
{
    const struct type_reader reader = talk_reader(talk);
    struct sentence sentence = grammar_read_strictly(&reader, listener, meant);
    return sentence.command != NULL && reads(&reader, &sentence) && sentence.exact &&
           (lacks_nothing(&sentence) || (sentence.verb && !long_text));
}

static size_t keep_near(const struct talk *talk, const struct listener *listener, const char *const *meant,
                        bool long_text, struct meaning *meanings)
{
    size_t count = 0;
    for (size_t i = 0; meant != NULL && meant[i] != NULL && count < COMMANDS_OFFERED; i++) {
        if (is_near_command(talk, listener, meant[i], long_text)) {
            meanings[count++] = (struct meaning){meant[i], listener->role != talk->person.role};
        }
    }
    return count;
}

/* Those of the speaker first; else those of others, which are no answer either. */
static size_t find_near(const struct talk *talk, const char *line, const struct sentence *sentence,
                        bool long_text, struct meaning *meanings)
{
    const struct type_reader reader = talk_reader(talk);
    const struct listener listener = talk_listener(talk);
    struct listener anybody = listener;
    anybody.role = (enum role)ROLE_STAFF;
    size_t count = keep_near(talk, &listener, sentence->meant, long_text, meanings);
    return count > 0 ? count
                     : keep_near(talk, &anybody, suggest_lines(&reader, &anybody, line), long_text, meanings);
}

static size_t find_commands(const struct talk *talk, const struct command *asked, const char *line,
                            bool long_text, struct meaning meanings[COMMANDS_OFFERED])
{
    const struct type_reader reader = talk_reader(talk);
    const struct listener listener = talk_listener(talk);
    struct sentence sentence = grammar_read(&reader, &listener, line);
    bool whole = sentence.command != NULL && reads(&reader, &sentence);
    size_t count = whole ? 0 : find_near(talk, line, &sentence, long_text, meanings);
    if (count == 0 && may_be_command(talk, asked, line, &sentence, long_text)) {
        meanings[count++] = (struct meaning){line, !is_for_speaker(talk, &sentence)};
    }
    return count;
}

/* ---- asking */

static void keep_doubt(struct talk *talk, const char *line, const struct meaning *meanings, size_t count)
{
    talk->next = talk->open;
    talk->next.offer_count = 0;
    dialogue_give(talk->next.given, &talk->next.count, GIVEN_DOUBT, line);
    dialogue_offer(&talk->next, line);
    talk_add_button(talk, "1");
    for (size_t i = 0; i < count; i++) {
        dialogue_offer(&talk->next, meanings[i].line);
        talk_add_button(talk, arena_printf(talk->arena, "%zu", i + 2));
    }
    talk_add_button(talk, "go on");
    talk_add_button(talk, "cancel");
}

bool doubt_ask(struct talk *talk, const struct command *asked, const char *line)
{
    const struct param *param = talk_find_param(asked, talk->open.asked);
    struct meaning meanings[COMMANDS_OFFERED];
    bool text = param != NULL && (param->type == PARAM_TEXT || param->type == PARAM_LONGTEXT ||
                                  (param->type == PARAM_PERSON && strchr(line, ' ') != NULL));
    if (!text || strchr(line, '\n') != NULL || talk->open.count >= ARGUMENT_LIMIT) {
        return false;
    }
    size_t count = find_commands(talk, asked, line, param->type == PARAM_LONGTEXT, meanings);
    if (count == 0) {
        return false;
    }
    struct text said = text_new(talk->arena);
    text_addf(&said, "Which is it?\n1. the answer to %s: %s", question_words(talk),
              text_shorten(talk->arena, line, 60));
    for (size_t i = 0; i < count; i++) {
        text_addf(&said, "\n%zu. a command of its own: %s%s", i + 2,
                  text_shorten(talk->arena, meanings[i].line, 80),
                  meanings[i].closed ? " (not for your role)" : "");
    }
    text_addf(&said, "\n(Reply with a number, “go on” for the question again, or: cancel)");
    keep_doubt(talk, line, meanings, count);
    talk_say(talk, said.data);
    return true;
}

/* ---- what is no answer */

/* True when "yes" answers the question itself. */
static bool takes_yes(const struct talk *talk, const struct command *asked)
{
    const struct param *param = talk_find_param(asked, talk->open.asked);
    return strcmp(talk->open.asked, ASKED_CONFIRM) == 0 || (param != NULL && param->type == PARAM_BOOLEAN);
}

static void add_meanings(const struct talk *talk, const struct meaning *meanings, size_t count,
                         struct text *said)
{
    for (size_t i = 0; i < count; i++) {
        text_addf(said, "%s“%s”%s",
                  i == 0           ? ""
                  : i + 1 == count ? " or "
                                   : ", ",
                  text_shorten(talk->arena, meanings[i].line, 80),
                  meanings[i].closed ? " (not for your role)" : "");
    }
}

/* What its slips make of it: what a record and some words may be ("31 feb") is not guessed at. */
static size_t find_strays(const struct talk *talk, const struct command *asked, const char *line,
                          struct meaning meanings[COMMANDS_OFFERED])
{
    const struct type_reader reader = talk_reader(talk);
    const struct listener listener = talk_listener(talk);
    const struct param *param = talk_find_param(asked, talk->open.asked);
    if (strchr(line, '\n') != NULL || talk->open.count >= ARGUMENT_LIMIT ||
        (param != NULL && type_of(param->type)->telling && type_resembles(&reader, param, line))) {
        return 0;
    }
    struct sentence sentence = grammar_read_strictly(&reader, &listener, line);
    sentence.meant = suggest_lines(&reader, &listener, line);
    size_t count = find_near(talk, line, &sentence, false, meanings);
    if (count == 0 && may_be_command(talk, asked, line, &sentence, false)) {
        meanings[count++] = (struct meaning){line, !is_for_speaker(talk, &sentence)};
    }
    return count;
}

static bool has_choices(const struct talk *talk, const struct command *asked)
{
    const struct param *param = talk_find_param(asked, talk->open.asked);
    return param != NULL && param->type == PARAM_CHOICE;
}

/* What can be said next. */
static void add_ways_on(struct talk *talk, const struct command *asked, const struct meaning *meanings,
                        size_t count, struct text *said)
{
    bool yes = !takes_yes(talk, asked);
    const char *first = count == 0  ? ""
                        : !yes      ? "Say that, or "
                        : count > 1 ? "Reply yes for the first, or "
                                    : "Reply yes, or ";
    text_addf(said, "\n(%s%snswer the question; “go on” shows it again; or: cancel)", first,
              count == 0 ? "A" : "a");
    if (yes && count > 0) {
        dialogue_give(talk->next.given, &talk->next.count, GIVEN_STRAY, meanings[0].line);
    }
    for (size_t i = 0; i < count; i++) {
        talk_add_button(talk, meanings[i].line);
    }
    talk_add_button(talk, "go on");
    talk_add_button(talk, "cancel");
}

const char *doubt_explain_stray(struct talk *talk, const struct command *asked, const char *line)
{
    struct meaning meanings[COMMANDS_OFFERED];
    size_t count = find_strays(talk, asked, line, meanings);
    if (count == 0 && !has_choices(talk, asked)) {
        return NULL;
    }
    struct text said = text_new(talk->arena);
    text_addf(&said, "“%s” is no answer to %s, and no command that I know.",
              text_shorten(talk->arena, line, 60), question_words(talk));
    if (count > 0) {
        text_add(&said, " Did you mean ");
        add_meanings(talk, meanings, count, &said);
        text_add_char(&said, '?');
    }
    talk->next = talk->open;
    if (talk->lapse != NULL) {
        dialogue_give(talk->next.given, &talk->next.count, GIVEN_LAPSE, talk->lapse);
    }
    add_ways_on(talk, asked, meanings, count, &said);
    return said.data;
}
