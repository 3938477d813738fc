/* DESIGN (arguments of a chat line)
 *
 * 1. A command whose only parameter is a text takes what follows as it was written.
 * 2. Arguments of the form key=value are taken out first; a value without quotes goes on to the next key or
 * comma.
 * 3. What is left is cut at commas and line breaks, and within a piece before each word that introduces a
 * parameter, if what follows reads as that parameter's type: "new from linkedin" is two pieces, "needs help
 * from Monday" is one.
 * 4. A piece goes to the parameter whose word introduces it; else to the first open parameter whose type it
 * looks like; else, as text, to the first required one that is open, then to the one that takes the rest. Of
 * a text that takes several (PARAM_MANY), what follows behind a comma is more: "languages en, hi".
 * 5. In a list, which has no text of its own, a piece may be several values behind one another: "new today",
 * "of priya lost".
 * 6. A piece, or its end, that was meant as a type but is none ("+91 123", "foo@@bar", "31 feb") goes to the
 * parameter of that type, so that it is asked about: it is never stored as something else.
 * 7. "Tara Rao tara sales": at the end of a text, a choice that is still required is taken, and before it a
 * word in small letters where one is (PARAM_WORD), if it cannot belong to the text.
 */
#include "bots/place.h"

#include <string.h>

#include "base/text.h"
#include "bots/head.h"
#include "bots/piece.h"
#include "command/table.h"
#include "command/target.h"

#define NAME_LIMIT        3 /* words of a person's name */
#define CHOICE_LIMIT      3 /* words of a choice */
#define NUMBER_CHARACTERS "+0123456789 -.()/"

/* What a word that introduces a value means alone. */
static const char *bare_value(const struct reading *reading, size_t param, const char *word)
{
    if (reading->command->params[param].type == PARAM_BOOLEAN) {
        return "yes";
    }
    return reading_takes(reading, param, word) ? word : reading->command->params[param].choices[0].value;
}

static bool is_open(const struct reading *reading, size_t param)
{
    const struct param *row = &reading->command->params[param];
    bool many = row->type == PARAM_CHOICE && (row->flags & PARAM_MANY) != 0;
    return many || (reading->values[param] == NULL && !reading->known[param]);
}

static bool is_plain_text(const struct param *param)
{
    return param->type == PARAM_TEXT || param->type == PARAM_LONGTEXT || param->type == PARAM_COMMAND;
}

/* The first open required parameter of that sort, or the one that takes the rest; -1 for none. */
static int text_param(const struct reading *reading, bool rest)
{
    if (!rest && reading->asked >= 0 && is_open(reading, (size_t)reading->asked) &&
        is_plain_text(&reading->command->params[reading->asked])) {
        return reading->asked;
    }
    for (size_t i = 0; i < reading->param_count; i++) {
        const struct param *param = &reading->command->params[i];
        bool required = (param->flags & PARAM_REQUIRED) != 0;
        if (rest ? (param->flags & PARAM_REST) != 0
                 : required && is_open(reading, i) && is_plain_text(param)) {
            return (int)i;
        }
    }
    return -1;
}

/* True for a second telephone number, which is no amount. */
static bool is_another_phone(const struct reading *reading, const char *text)
{
    for (size_t i = 0; i < reading->param_count; i++) {
        bool phone = reading->command->params[i].type == PARAM_PHONE && !is_open(reading, i);
        if (phone && strchr(text, ',') == NULL && reading_takes(reading, i, text)) {
            return true;
        }
    }
    return false;
}

/* The first open parameter whose type the text looks like, or was meant to look like: `reads` says which.
 * Names of people look like anything, and come after a text that is asked for before them. */
static int look(const struct reading *reading, const char *text, bool *reads)
{
    for (size_t i = 0; i < reading->param_count; i++) {
        const struct param *param = &reading->command->params[i];
        if (!is_open(reading, i) || !type_of(param->type)->telling ||
            (param->flags & (PARAM_TOPIC | PARAM_NAMED)) != 0 ||
            ((param->type == PARAM_MONEY || param->type == PARAM_NUMBER) &&
             is_another_phone(reading, text))) {
            continue;
        }
        *reads = reading_takes(reading, i, text);
        if (*reads || (param->type != PARAM_CHOICE && type_resembles(reading->reader, param, text))) {
            return (int)i;
        }
    }
    int before = text_param(reading, false);
    *reads = true;
    for (size_t i = 0; i < reading->param_count && (before < 0 || (int)i < before); i++) {
        const struct param *param = &reading->command->params[i];
        if (is_open(reading, i) && !is_plain_text(param) && (param->flags & PARAM_REQUIRED) != 0 &&
            reading_takes(reading, i, text)) {
            return (int)i;
        }
    }
    return -1;
}

static bool is_number_word(const struct word *word)
{
    return !word->quoted && word->text[strspn(word->text, NUMBER_CHARACTERS)] == '\0' &&
           strpbrk(word->text, "0123456789") != NULL;
}

/* True when `begin` does not cut through a number: what stands before it is no number, or one by itself. */
static bool begins_cleanly(const struct reading *reading, const struct words *words, size_t first,
                           size_t begin, int param)
{
    size_t from = begin;
    bool reads = false;
    while (from > first && is_number_word(&words->list[from - 1])) {
        from--;
    }
    if (from == begin || !is_number_word(&words->list[begin])) {
        return true;
    }
    int before = look(reading, words_join(reading->reader->arena, words, from, begin), &reads);
    return before >= 0 && before != param && reads;
}

/* "Agent 47" and "Batch 2026" are names: a bare number at the end of words is an amount when it is more. */
static bool is_small_number(const char *text)
{
    size_t digits = strspn(text, "0123456789");
    bool year = digits == 4 && (strncmp(text, "19", 2) == 0 || strncmp(text, "20", 2) == 0);
    return text[digits] == '\0' && (digits < 4 || year);
}

/* Takes an e-mail address, a telephone number and the like out of the end of a piece: "Asha Rao
 * asha@example.in". With `meant`, also one that is wrong. Returns where the piece ends now. */
static size_t take_tail(struct reading *reading, const struct words *words, size_t first, size_t last,
                        bool meant)
{
    size_t begin = last - first > TAIL_LIMIT ? last - TAIL_LIMIT : first + 1;
    for (; begin < last; begin++) {
        bool reads = false;
        const char *text = words_join(reading->reader->arena, words, begin, last);
        bool digits = strpbrk(text, "@0123456789") != NULL && !is_small_number(text);
        /* "98765 43210 linkedin": after data also a word of data. */
        bool word = strpbrk(text, "@0123456789 ") == NULL &&
                    strpbrk(words_join(reading->reader->arena, words, first, begin), "@0123456789") != NULL;
        int param = digits || word ? look(reading, text, &reads) : -1;
        if (param >= 0 && (meant || reads) && begins_cleanly(reading, words, first, begin, param)) {
            reading_put(reading, (size_t)param, text, true);
            return begin;
        }
    }
    return last;
}

/* How many words at the beginning of a piece are an open, required choice: "lost too expensive". */
static size_t take_choice(struct reading *reading, const struct words *words, size_t first, size_t last)
{
    for (size_t length = CHOICE_LIMIT; length > 0; length--) {
        for (size_t i = 0; i < reading->param_count && first + length < last; i++) {
            const struct param *param = &reading->command->params[i];
            const char *text = words_join(reading->reader->arena, words, first, first + length);
            bool wanted = param->type == PARAM_CHOICE && (param->flags & PARAM_REQUIRED) != 0;
            if (wanted && is_open(reading, i) && reading_takes(reading, i, text)) {
                reading_put(reading, i, text, true);
                return length;
            }
        }
    }
    return 0;
}

/* How many words at the end of a text are an open, required choice: "Tara Rao tara sales". */
static size_t take_last_choice(struct reading *reading, const struct words *words, size_t first, size_t last)
{
    for (size_t length = CHOICE_LIMIT; length > 0; length--) {
        for (size_t i = 0; i < reading->param_count && first + length < last; i++) {
            const struct param *param = &reading->command->params[i];
            const char *text = words_join(reading->reader->arena, words, last - length, last);
            bool wanted = param->type == PARAM_CHOICE && (param->flags & PARAM_REQUIRED) != 0;
            if (wanted && is_open(reading, i) && !words->list[last - 1].quoted &&
                reading_takes(reading, i, text)) {
                reading_put(reading, i, text, true);
                return length;
            }
        }
    }
    return 0;
}

/* True for a word in small letters that is no part of the words before it: they have capitals, or one of them
 * is how it begins. */
static bool stands_apart(const struct words *words, size_t first, size_t at)
{
    static const char small[] = "abcdefghijklmnopqrstuvwxyz0123456789._-";
    const char *word = words->list[at].text;
    bool apart = false;
    if (words->list[at].quoted || word[strspn(word, small)] != '\0') {
        return false;
    }
    for (size_t i = first; i < at; i++) {
        const char *before = words->list[i].text;
        bool begins = strncasecmp(word, before, strlen(before)) == 0;
        apart = apart || begins || (before[0] >= 'A' && before[0] <= 'Z');
    }
    return apart;
}

/* The word at the end of a text that an open, required PARAM_WORD takes. Returns where the text ends now. */
static size_t take_last_word(struct reading *reading, const struct words *words, size_t first, size_t last)
{
    int text = text_param(reading, false);
    for (size_t i = 0; text >= 0 && i < reading->param_count; i++) {
        const struct param *param = &reading->command->params[i];
        bool wanted = (param->flags & PARAM_WORD) != 0 && (param->flags & PARAM_REQUIRED) != 0;
        if (wanted && (int)i != text && is_open(reading, i) && last - first > 1 &&
            stands_apart(words, first, last - 1)) {
            reading_put(reading, i, words->list[last - 1].text, false);
            return last - 1;
        }
    }
    return last;
}

/* True for a list whose filters are told by their look: no word of its line is a text of its own. */
static bool takes_only_looks(const struct reading *reading)
{
    return reading->command->effect == EFFECT_READ && reading->asked < 0 && text_param(reading, false) < 0 &&
           text_param(reading, true) < 0;
}

/* "new today", "won linkedin this week": one value after the other, the longest first. False when not all
 * words are values: then none is taken. */
static bool take_looks(struct reading *reading, const struct words *words, size_t first, size_t last)
{
    bool reads = false;
    if (first == last) {
        return true;
    }
    for (size_t end = last; end > first; end--) {
        const char *text = words_join(reading->reader->arena, words, first, end);
        int param = look(reading, text, &reads);
        if (param < 0 || !reads || !type_of(reading->command->params[param].type)->telling) {
            continue;
        }
        struct reading before = *reading;
        reading_put(reading, (size_t)param, text, true);
        if (take_looks(reading, words, end, last)) {
            return true;
        }
        *reading = before;
    }
    return false;
}

/* The person who is all that lacks beside a text: the last word of "North priya"; or -1. */
static int lacking_person(const struct reading *reading)
{
    int found = -1;
    size_t lacking = 0;
    for (size_t i = 0; i < reading->param_count; i++) {
        const struct param *param = &reading->command->params[i];
        if ((param->flags & PARAM_REQUIRED) != 0 && is_open(reading, i)) {
            lacking++;
            found = param->type == PARAM_PERSON ? (int)i : found;
        }
    }
    return lacking == 2 ? found : -1;
}

/* A choice with a slip is asked about, rather than kept as text. */
static int meant_choice(const struct reading *reading, const char *text)
{
    for (size_t i = 0; i < reading->param_count; i++) {
        const struct param *param = &reading->command->params[i];
        if (param->type == PARAM_CHOICE && (param->flags & (PARAM_MANY | PARAM_TOPIC | PARAM_NAMED)) == 0 &&
            is_open(reading, i) && type_resembles(reading->reader, param, text)) {
            return (int)i;
        }
    }
    return -1;
}

/* The open telephone number or e-mail address that a text is; or -1. */
static int contact_param(const struct reading *reading, const char *text)
{
    for (size_t i = 0; i < reading->param_count; i++) {
        enum param_type type = reading->command->params[i].type;
        if ((type == PARAM_PHONE || type == PARAM_EMAIL) && is_open(reading, i) &&
            reading_takes(reading, i, text)) {
            return (int)i;
        }
    }
    return -1;
}

/* "Meena Joshi 98200 12345 pune, walk-in" without its commas: the number in the middle ends the name, and
 * what is behind it is the text that takes the rest. Returns where the name ends. */
static size_t take_inside(struct reading *reading, const struct words *words, size_t first, size_t last)
{
    struct arena *arena = reading->reader->arena;
    int rest = text_param(reading, true);
    for (size_t begin = first + 1; rest >= 0 && begin + 1 < last; begin++) {
        for (size_t end = last - 1; end > begin; end--) {
            const char *text = words_join(arena, words, begin, end);
            int param = contact_param(reading, text);
            if (param >= 0 && begins_cleanly(reading, words, first, begin, param)) {
                reading_put(reading, (size_t)param, text, true);
                reading_put(reading, (size_t)rest, words_join(arena, words, end, last), false);
                return begin;
            }
        }
    }
    return last;
}

static void place_text(struct reading *reading, const struct words *words, size_t first, size_t last,
                       bool is_last)
{
    struct arena *arena = reading->reader->arena;
    int param = text_param(reading, false);
    int person =
        param >= 0 && is_last && last - first > 1 && reading->asked < 0 ? lacking_person(reading) : -1;
    if (person > param && !words->list[last - 1].quoted) {
        reading_put(reading, (size_t)person, words->list[--last].text, false);
    }
    if (param >= 0 && reading->asked < 0) {
        last = take_inside(reading, words, first, last);
    }
    const char *text = words_join(arena, words, first, last);
    bool firm = false;
    if (param < 0) {
        param = meant_choice(reading, text);
        firm = param >= 0;
        param = firm ? param : text_param(reading, true);
    }
    if (param >= 0) {
        reading_put(reading, (size_t)param, text, firm);
        return;
    }
    reading_complain(reading, text);
}

/* "of priya lost", "of priya this week": what is behind a person's name in a list that has no text. Returns
 * where the name ends. */
static size_t take_behind_person(struct reading *reading, const struct words *words,
                                 const struct piece *piece)
{
    const struct param *param = &reading->command->params[piece->param];
    size_t last = piece->last;
    if (param->type != PARAM_PERSON || !takes_only_looks(reading)) {
        return last;
    }
    for (size_t begin = piece->first + 1; begin < last; begin++) {
        if (take_looks(reading, words, begin, last)) {
            return begin;
        }
    }
    return last;
}

static void place(struct reading *reading, const struct words *words, const struct piece *piece, bool is_last)
{
    size_t first = piece->first;
    size_t last = piece->last;
    bool reads = false;
    const char *text = words_join(reading->reader->arena, words, first, last);
    if (piece->value != NULL) {
        reading_put(reading, (size_t)piece->param, piece->value, true);
        return;
    }
    if (piece->param >= 0) {
        last = piece->bare ? last : take_behind_person(reading, words, piece);
        text = words_join(reading->reader->arena, words, first, last);
        reading_put(reading, (size_t)piece->param,
                    piece->bare ? bare_value(reading, (size_t)piece->param, text) : text, true);
        return;
    }
    /* Words alone are the name that is asked for first, even if they also look like a date ("May"). */
    bool words_only = strpbrk(text, "@0123456789") == NULL && text_param(reading, false) >= 0;
    int param = words_only ? -1 : look(reading, text, &reads);
    if (param >= 0 && (reads || begins_cleanly(reading, words, first, first, param))) {
        bool telling = type_of(reading->command->params[param].type)->telling;
        reading_put(reading, (size_t)param, text, telling && !is_small_number(text));
        return;
    }
    if (takes_only_looks(reading) && take_looks(reading, words, first, last)) {
        return;
    }
    first += take_choice(reading, words, first, last);
    size_t before = 0;
    while (last != before) {
        before = last;
        last = take_tail(reading, words, first, last, false);
        last = last == before ? take_tail(reading, words, first, last, true) : last;
    }
    last -= take_last_choice(reading, words, first, last);
    last = take_last_word(reading, words, first, last);
    place_text(reading, words, first, last, is_last);
}

static struct arguments collect(const struct reading *reading)
{
    struct argument *list = arena_array(reading->reader->arena, reading->param_count + 1, sizeof *list);
    size_t count = 0;
    for (size_t i = 0; i < reading->param_count; i++) {
        if (reading->values[i] != NULL) {
            list[count++] = (struct argument){reading->command->params[i].name, reading->values[i]};
        }
    }
    return (struct arguments){list, count};
}

/* ---- the whole */

/* The only parameter, when it is a text that takes the rest. */
static bool is_verbatim(const struct reading *reading, const struct words *words, size_t at)
{
    const char *unused;
    const struct param *param = reading->command->params; /* NULL for none */
    return reading->param_count == 1 && (param->flags & PARAM_REST) != 0 && param->type != PARAM_COMMAND &&
           reading->asked < 0 && at < words->count && piece_key(reading, &words->list[at], &unused) < 0;
}

/* What was written, with its line breaks, without what only separates it from the head. */
static void take_verbatim(struct reading *reading, const struct words *words, size_t at)
{
    size_t taken = piece_introduces(words, at, &reading->command->params[0]);
    at += at + taken < words->count ? taken : 0;
    if (at + 1 == words->count) {
        reading_put(reading, 0, words->list[at].text, false);
        return;
    }
    const char *text = words->line + words->list[at].begin;
    text += strspn(text, ":, \t\n");
    if (strncmp(text, "- ", 2) == 0) { /* a dash; "-vip" takes a tag off */
        text += strspn(text, "- \t\n");
    }
    reading_put(reading, 0, text, false);
}

static void read_pieces(struct reading *reading, const struct words *words, size_t at)
{
    struct piece pieces[PIECE_LIMIT];
    size_t count = pieces_cut(reading, words, at, pieces);
    /* What a word introduces first: what is left is then placed by what is still lacking. */
    for (size_t round = 0; round < 2; round++) {
        for (size_t i = 0; i < count; i++) {
            int param = pieces[i].param;
            bool told = param >= 0 && (reading->command->params[param].flags & PARAM_REST) == 0;
            if (told == (round == 0)) {
                place(reading, words, &pieces[i], i + 1 == count);
            }
        }
    }
}

static bool all_firm(const struct reading *reading)
{
    for (size_t i = 0; i < reading->param_count; i++) {
        bool required = (reading->command->params[i].flags & PARAM_REQUIRED) != 0;
        if (required && (!reading->firm[i] || !reading_takes(reading, i, reading->values[i]))) {
            return false;
        }
    }
    return true;
}

static bool ends_with_one_of(const struct word *word, const char *const *list)
{
    size_t length = strcspn(word->text, ".!");
    for (; *list != NULL; list++) {
        if (strlen(*list) == length && strncasecmp(word->text, *list, length) == 0) {
            return true;
        }
    }
    return false;
}

/* The words without the courtesy at their end: "please", "ji"; of a command that takes nothing also what
 * points at what it does: "undo that now please", "undo my last change". */
static struct words without_courtesy(const struct command *command, const struct words *words, size_t at)
{
    static const char *const courtesies[] = {"please", "pls",    "plz", "plss", "ji",
                                             "na",     "thanks", "thx", "ty",   NULL};
    static const char *const pointers[] = {"it",     "this", "that", "now",     "again", "last",
                                           "change", "my",   "the",  "quickly", NULL};
    struct words rest = *words;
    bool takes_nothing = command_param_count(command) == 0 && command->target == TARGET_NONE;
    bool ends = true;
    while (rest.count > at && ends) {
        const struct word *last = &rest.list[rest.count - 1];
        ends = !last->quoted &&
               (ends_with_one_of(last, courtesies) || (takes_nothing && ends_with_one_of(last, pointers)));
        rest.count -= ends;
    }
    return rest;
}

static struct reading begin(const struct type_reader *reader, const struct command *command)
{
    struct reading reading = {.reader = reader, .command = command, .asked = -1};
    reading.param_count = command_param_count(command);
    if (reading.param_count > PARAM_LIMIT) {
        reading.param_count = PARAM_LIMIT;
    }
    return reading;
}

static struct placed finish(const struct reading *reading)
{
    struct placed placed = {.arguments = collect(reading), .complaint = reading->complaint};
    placed.firm = all_firm(reading);
    placed.told = placed.arguments.count > 0;
    for (size_t i = 0; i < reading->param_count; i++) {
        placed.told = placed.told && (reading->values[i] == NULL || reading->firm[i]);
    }
    placed.complete = placed.complaint == NULL && args_missing(reading->command, &placed.arguments) < 0;
    return placed;
}

static struct placed read_from(const struct type_reader *reader, const struct command *command,
                               const struct words *words, size_t at)
{
    struct reading reading = begin(reader, command);
    if (is_verbatim(&reading, words, at)) {
        take_verbatim(&reading, words, at);
    } else {
        struct words rest = without_courtesy(command, words, at);
        read_pieces(&reading, &rest, at);
    }
    return finish(&reading);
}

struct placed place_answer(const struct type_reader *reader, const struct command *command, const char *asked,
                           const struct arguments *given, const struct words *words)
{
    struct reading reading = begin(reader, command);
    for (size_t i = 0; i < reading.param_count; i++) {
        reading.known[i] = arguments_get(given, command->params[i].name) != NULL;
    }
    reading.asked = command_param(command, asked);
    if (reading.asked >= 0) {
        reading.known[reading.asked] = false;
    }
    struct words rest = without_courtesy(command, words, 1);
    read_pieces(&reading, &rest, 0);
    return finish(&reading);
}

/* A person's name is as many words as it takes for the rest to make sense, the fewest first. */
static struct placed read_named(const struct type_reader *reader, const struct command *command,
                                const struct words *words, size_t at)
{
    struct placed first = {.complaint = NULL};
    for (size_t length = 1; length <= NAME_LIMIT && at + length <= words->count; length++) {
        struct placed placed = read_from(reader, command, words, at + length);
        placed.target = words_join(reader->arena, words, at, at + length);
        if (placed.complaint == NULL) {
            return placed;
        }
        first = length == 1 ? placed : first;
        if (words_break(words, at + length - 1) || words->list[at + length - 1].quoted) {
            break;
        }
    }
    return first;
}

/* "hand over me to priya": whoever speaks, where what follows is another value. "user show me priya" is of
 * priya. */
static bool is_speaker(const struct command *command, const struct words *words, size_t at)
{
    size_t introduces = 0;
    for (size_t i = 0; i < command_param_count(command); i++) {
        introduces += piece_introduces(words, at + 1, &command->params[i]);
    }
    return introduces > 0 && text_equal_nocase(words->list[at].text, "me");
}

struct placed place_arguments(const struct type_reader *reader, const struct command *command,
                              bool has_target, const struct words *words, size_t at)
{
    const struct target_kind *kind = target_kind(command->target);
    if (kind == NULL || kind->numbered || has_target) {
        return read_from(reader, command, words, at);
    }
    /* "reset password of user priya" */
    while (at + 1 < words->count && !words->list[at].quoted && !is_speaker(command, words, at) &&
           (head_is_filler(words->list[at].text) || text_equal_nocase(words->list[at].text, kind->word) ||
            text_equal_nocase(words->list[at].text, head_verb(command)))) {
        at++;
    }
    return at < words->count ? read_named(reader, command, words, at) : read_from(reader, command, words, at);
}
