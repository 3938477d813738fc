/* DESIGN (grammar of chat lines)
 *
 * 1. The head: from the left, words that are nouns (the first half of a command's name, also in the plural),
 * verbs (the second half) or a record's number are taken, each kind once, as long as some command has them
 * all. A number alone shows, a noun in the plural alone lists. The first word that fits none begins the
 * arguments.
 * 2. Arguments of the form key=value are taken out first; a value without quotes goes on to the next key or
 * comma.
 * 3. What is left is cut at commas, and within a piece before each word that introduces a parameter, if what
 * follows reads as that parameter's type: "new from linkedin" is two pieces, "needs help from Monday" is one.
 * 4. A piece goes to the parameter whose word introduces it; else to the first open parameter whose type it
 * looks like; else, as text, to the first required one that is open, then to the one that takes the rest.
 */
#include "bots/grammar.h"

#include <string.h>
#include <strings.h>

#include "base/similar.h"
#include "base/text.h"
#include "bots/words.h"
#include "command/table.h"
#include "command/target.h"

#define PIECE_LIMIT 64
#define PARAM_LIMIT 64
#define TAIL_LIMIT  6 /* words that an amount, a number or a date has at most */

/* ---- the head */

struct head {
    const char *noun, *verb; /* as in command names, with their lengths */
    size_t noun_length, verb_length;
    bool plural;
    const char *number;
    size_t taken; /* words */
};

static bool same_word(const char *word, const char *part, size_t length)
{
    return strlen(word) == length && strncasecmp(word, part, length) == 0;
}

static bool is_plural(const char *word, const char *part, size_t length)
{
    size_t size = strlen(word);
    return size == length + 1 && (word[size - 1] == 's' || word[size - 1] == 'S') &&
           strncasecmp(word, part, length) == 0;
}

static size_t noun_length(const struct command *row)
{
    return strcspn(row->name, ".");
}

static const char *verb_of(const struct command *row)
{
    const char *dot = strchr(row->name, '.');
    return dot == NULL ? "" : dot + 1;
}

/* True when the row can still be meant, given the halves found so far. */
static bool agrees(const struct command *row, const struct head *head)
{
    bool noun = head->noun == NULL || (noun_length(row) == head->noun_length &&
                                       strncmp(row->name, head->noun, head->noun_length) == 0);
    bool verb = head->verb == NULL || (strlen(verb_of(row)) == head->verb_length &&
                                       strncmp(verb_of(row), head->verb, head->verb_length) == 0);
    return noun && verb;
}

static bool take_noun(const struct command *row, const char *word, struct head *head)
{
    size_t length = noun_length(row);
    bool plural = is_plural(word, row->name, length);
    if (head->noun != NULL || (!plural && !same_word(word, row->name, length))) {
        return false;
    }
    head->noun = row->name;
    head->noun_length = length;
    head->plural = plural;
    return true;
}

static bool take_verb(const struct command *row, const char *word, struct head *head)
{
    const char *verb = verb_of(row);
    size_t length = strlen(verb);
    /* After a plural no record is named: "leads status new" is a list, "status" a filter. */
    bool needs_record = head->plural && head->number == NULL && row->target != TARGET_NONE;
    if (head->verb != NULL || length == 0 || needs_record || !same_word(word, verb, length)) {
        return false;
    }
    head->verb = verb;
    head->verb_length = length;
    return true;
}

/* "lead.add" is both at once. */
static bool take_name(const struct command *row, const char *word, struct head *head)
{
    if (head->noun != NULL || head->verb != NULL || strchr(word, '.') == NULL ||
        strcasecmp(word, row->name) != 0) {
        return false;
    }
    head->noun = row->name;
    head->noun_length = noun_length(row);
    head->verb = verb_of(row);
    head->verb_length = strlen(head->verb);
    return true;
}

static bool take_half(const struct command_table *table, const char *word, struct head *head)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct command *row = table->rows[i];
        if (agrees(row, head) &&
            (take_name(row, word, head) || take_noun(row, word, head) || take_verb(row, word, head))) {
            return true;
        }
    }
    return false;
}

/* True when some row that can still be meant acts on a record. */
static bool expects_number(const struct command_table *table, const struct head *head)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct target_kind *kind = target_kind(table->rows[i]->target);
        if (agrees(table->rows[i], head) && kind != NULL && kind->numbered) {
            return true;
        }
    }
    return false;
}

static bool is_number(const char *word)
{
    const char *digits = word[0] == '#' ? word + 1 : word;
    return digits[0] != '\0' && digits[strspn(digits, "0123456789")] == '\0';
}

/* "lead-42": noun and number in one word. */
static bool take_address(const char *word, struct head *head)
{
    int64_t number;
    const struct target_kind *kind = target_of_address(word, &number);
    if (kind == NULL || head->noun != NULL || head->number != NULL) {
        return false;
    }
    head->noun = kind->word;
    head->noun_length = strlen(kind->word);
    head->number = word + strlen(kind->address);
    return true;
}

static bool is_whole(const struct command_table *table, const struct head *head)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct command *row = table->rows[i];
        bool one_word = strchr(row->name, '.') == NULL;
        if (agrees(row, head) && head->noun != NULL && (head->verb != NULL || one_word) &&
            (row->target == TARGET_NONE || head->number != NULL)) {
            return true;
        }
    }
    return false;
}

static struct head read_head(const struct command_table *table, const struct words *words)
{
    struct head head = {.noun = NULL};
    while (head.taken < words->count && !is_whole(table, &head)) {
        const struct word *word = &words->list[head.taken];
        bool number = head.number == NULL && is_number(word->text) && expects_number(table, &head);
        if (word->quoted ||
            (!number && !take_half(table, word->text, &head) && !take_address(word->text, &head))) {
            break;
        }
        if (number) {
            head.number = word->text;
        }
        head.taken++;
        if (word->comma) {
            break;
        }
    }
    return head;
}

/* The one row that is meant; of several, the one that the role may use. */
static const struct command *only_row(const struct command_table *table, const struct head *head,
                                      const char *verb, enum role role)
{
    const struct command *found = NULL, *usable = NULL;
    size_t found_count = 0, usable_count = 0;
    for (size_t i = 0; i < table->count; i++) {
        const struct command *row = table->rows[i];
        bool numbered = target_kind(row->target) != NULL && target_kind(row->target)->numbered;
        if (agrees(row, head) && (verb == NULL || strcmp(verb_of(row), verb) == 0) &&
            (head->number == NULL || numbered)) {
            found = row;
            found_count++;
            usable = (row->roles & role) != 0 ? row : usable;
            usable_count += (row->roles & role) != 0;
        }
    }
    return found_count == 1 ? found : usable_count == 1 ? usable : NULL;
}

/* A verb alone must be one command's; a number shows, a plural lists. */
static const struct command *row_of(const struct command_table *table, const struct head *head,
                                    enum role role)
{
    if (head->verb != NULL) {
        return only_row(table, head, NULL, role);
    }
    if (head->number != NULL) {
        return only_row(table, head, "show", role);
    }
    if (head->noun == NULL) {
        return NULL;
    }
    return only_row(table, head, head->plural ? "list" : "", role);
}

/* ---- the arguments */

struct reading {
    const struct type_reader *reader;
    const struct command *command;
    size_t param_count;
    const char *values[PARAM_LIMIT];
    const char *complaint;
    size_t *ends; /* by word: see find_ends() */
};

/* A stretch of words. */
struct piece {
    size_t first, last;
    int param; /* introduced by a word, or -1 */
};

static bool reads_as(const struct reading *reading, size_t param, const char *text)
{
    struct value value;
    const char *complaint = type_read(reading->reader, &reading->command->params[param], text, &value);
    return complaint == NULL && value.present;
}

/* Also "-", which clears: only where a word says what it is for. */
static bool reads_after_word(const struct reading *reading, size_t param, const char *text)
{
    bool clears = (reading->command->params[param].flags & PARAM_CLEARS) != 0 && strcmp(text, "-") == 0;
    return clears || reads_as(reading, param, text);
}

static void put(struct reading *reading, size_t param, const char *text)
{
    struct arena *arena = reading->reader->arena;
    bool more = reading->values[param] != NULL &&
                (reading->command->params[param].flags & (PARAM_REST | PARAM_MANY)) != 0;
    reading->values[param] = more ? arena_printf(arena, "%s, %s", reading->values[param], text) : text;
}

/* How many words introduce the parameter here: its name, its label, or one of its chat words; the longest
 * counts. */
static size_t introduces(const struct words *words, size_t at, const struct param *param)
{
    size_t best = words_match(words, at, param->name);
    size_t label = words_match(words, at, param->label);
    best = label > best ? label : best;
    for (const char *const *word = param->words; word != NULL && *word != NULL; word++) {
        size_t taken = words_match(words, at, *word);
        best = taken > best ? taken : best;
    }
    return best;
}

static int introduced(const struct reading *reading, const struct words *words, size_t at, size_t *taken)
{
    int found = -1;
    *taken = 0;
    for (size_t i = 0; i < reading->param_count; i++) {
        size_t length = introduces(words, at, &reading->command->params[i]);
        if (length > *taken) {
            *taken = length;
            found = (int)i;
        }
    }
    return found;
}

/* key=value, the key being a parameter's name. */
static int key_of(const struct reading *reading, const struct word *word, const char **value)
{
    const char *equals = strchr(word->text, '=');
    for (size_t i = 0; equals != NULL && i < reading->param_count; i++) {
        const char *name = reading->command->params[i].name;
        if (strlen(name) == (size_t)(equals - word->text) &&
            strncasecmp(name, word->text, strlen(name)) == 0) {
            *value = equals + 1;
            return (int)i;
        }
    }
    return -1;
}

static bool is_unknown_key(const struct reading *reading, const struct word *word)
{
    const char *unused;
    size_t letters = strspn(word->text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_");
    return letters > 0 && word->text[letters] == '=' && key_of(reading, word, &unused) < 0;
}

/* Takes key=value at `at`; returns how many words it is, 0 when it is none. */
static size_t take_key(struct reading *reading, const struct words *words, size_t at)
{
    const char *value = NULL;
    const char *unused;
    int param = key_of(reading, &words->list[at], &value);
    if (param < 0) {
        return 0;
    }
    size_t last = at + 1;
    struct text text = text_new(reading->reader->arena);
    text_add(&text, value);
    while (!words->list[at].quoted && !words->list[last - 1].comma && last < words->count &&
           key_of(reading, &words->list[last], &unused) < 0 && !is_unknown_key(reading, &words->list[last])) {
        text_addf(&text, " %s", words->list[last++].text);
    }
    put(reading, (size_t)param, text.data);
    return last - at;
}

/* Where each piece would end that begins at a word: at a comma, a key, or a word that introduces what follows
 * it. Found from the right, since what follows such a word is a piece itself. */
static void find_ends(struct reading *reading, const struct words *words, size_t first)
{
    const char *unused;
    struct arena *arena = reading->reader->arena;
    reading->ends = arena_array(arena, words->count + 1, sizeof *reading->ends);
    bool begins_next = true; /* a piece begins at the word after this one */
    for (size_t at = words->count; at-- > first;) {
        size_t taken = 0;
        bool last = begins_next || words->list[at].comma;
        reading->ends[at] = last ? at + 1 : reading->ends[at + 1];
        int param = introduced(reading, words, at, &taken);
        size_t value = at + taken;
        /* A phrase of several words is one, even if its last would introduce something too: "assigned to". */
        if (param >= 0 && taken > 1 && value < words->count &&
            reads_after_word(reading, (size_t)param,
                             words_join(arena, words, value, reading->ends[value]))) {
            reading->ends[at] = reading->ends[value];
        }
        begins_next =
            key_of(reading, &words->list[at], &unused) >= 0 ||
            (param >= 0 && value < reading->ends[at] &&
             reads_after_word(reading, (size_t)param, words_join(arena, words, value, reading->ends[at])));
    }
}

static size_t cut(struct reading *reading, const struct words *words, size_t at,
                  struct piece pieces[PIECE_LIMIT])
{
    size_t count = 0;
    find_ends(reading, words, at);
    while (at < words->count && count < PIECE_LIMIT) {
        size_t taken = take_key(reading, words, at);
        if (taken > 0) {
            at += taken;
            continue;
        }
        struct piece piece = {.first = at, .last = reading->ends[at]};
        piece.param = introduced(reading, words, at, &taken);
        at = piece.last;
        piece.first += piece.param >= 0 && piece.first + taken < piece.last ? taken : 0;
        pieces[count++] = piece;
    }
    return count;
}

static bool is_open(const struct reading *reading, size_t param)
{
    return reading->values[param] == NULL || (reading->command->params[param].flags & PARAM_MANY) != 0;
}

static bool is_plain_text(const struct param *param)
{
    return param->type == PARAM_TEXT || param->type == PARAM_LONGTEXT || param->type == PARAM_COMMAND;
}

/* The first open required parameter of that sort, or the one that takes the rest; -1 for none. */
static int text_param(const struct reading *reading, bool rest)
{
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

/* The first open parameter whose type the text looks like. Names of people look like anything, and come last.
 */
static int look(const struct reading *reading, const char *text)
{
    for (size_t i = 0; i < reading->param_count; i++) {
        if (is_open(reading, i) && type_of(reading->command->params[i].type)->telling &&
            reads_as(reading, i, text)) {
            return (int)i;
        }
    }
    for (size_t i = 0; i < reading->param_count; i++) {
        const struct param *param = &reading->command->params[i];
        if (is_open(reading, i) && !is_plain_text(param) && (param->flags & PARAM_REQUIRED) != 0 &&
            reads_as(reading, i, text)) {
            return (int)i;
        }
    }
    return -1;
}

/* Takes e-mail addresses, telephone numbers and the like out of the end of a piece: "Asha Rao
 * asha@example.in". */
static size_t take_tail(struct reading *reading, const struct words *words, size_t first, size_t last)
{
    size_t begin = last - first > TAIL_LIMIT ? last - TAIL_LIMIT : first + 1;
    for (; begin < last; begin++) {
        const char *text = words_join(reading->reader->arena, words, begin, last);
        int param = strpbrk(text, "@0123456789") == NULL ? -1 : look(reading, text);
        if (param >= 0) {
            put(reading, (size_t)param, text);
            return begin;
        }
    }
    return last;
}

static void place_text(struct reading *reading, const char *text)
{
    int param = text_param(reading, false);
    param = param < 0 ? text_param(reading, true) : param;
    if (param >= 0) {
        put(reading, (size_t)param, text);
        return;
    }
    if (reading->complaint == NULL) {
        reading->complaint = arena_printf(reading->reader->arena, "I do not know what “%s” is for.",
                                          text_shorten(reading->reader->arena, text, 40));
    }
}

static void place(struct reading *reading, const struct words *words, const struct piece *piece)
{
    const char *text = words_join(reading->reader->arena, words, piece->first, piece->last);
    if (piece->param >= 0) {
        put(reading, (size_t)piece->param, text);
        return;
    }
    /* Words alone are the name that is asked for first, even if they also look like a date ("May"). */
    bool words_only = strpbrk(text, "@0123456789") == NULL && text_param(reading, false) >= 0;
    int param = words_only ? -1 : look(reading, text);
    if (param >= 0) {
        put(reading, (size_t)param, text);
        return;
    }
    size_t last = piece->last;
    size_t before = 0;
    while (last != before) {
        before = last;
        last = take_tail(reading, words, piece->first, last);
    }
    place_text(reading, words_join(reading->reader->arena, words, piece->first, last));
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

/* A target that is no number is the first word of the arguments: "user show priya". */
static size_t take_target(struct sentence *sentence, const struct words *words, size_t at)
{
    const struct target_kind *kind = target_kind(sentence->command->target);
    if (kind != NULL && sentence->target == NULL && at < words->count && !kind->numbered) {
        sentence->target = words->list[at++].text;
    }
    return at;
}

static void read_arguments(const struct type_reader *reader, const struct words *words, size_t at,
                           struct sentence *sentence)
{
    struct reading reading = {.reader = reader, .command = sentence->command};
    struct piece pieces[PIECE_LIMIT];
    reading.param_count = command_param_count(sentence->command);
    if (reading.param_count > PARAM_LIMIT) {
        reading.param_count = PARAM_LIMIT;
    }
    size_t count = cut(&reading, words, at, pieces);
    for (size_t i = 0; i < count; i++) {
        place(&reading, words, &pieces[i]);
    }
    sentence->arguments = collect(&reading);
    sentence->complaint = reading.complaint;
}

/* ---- what was perhaps meant */

static void add_phrases(struct arena *arena, const struct command *row, const char **phrases, size_t *count)
{
    const char *words = command_words(arena, row);
    int noun = (int)noun_length(row);
    phrases[(*count)++] = words;
    if (verb_of(row)[0] != '\0') {
        phrases[(*count)++] = arena_printf(arena, "%s %.*s", verb_of(row), noun, row->name);
        phrases[(*count)++] = verb_of(row);
        phrases[(*count)++] = arena_printf(arena, "%.*ss", noun, row->name);
        phrases[(*count)++] = arena_printf(arena, "%.*s", noun, row->name);
    }
}

static const char *suggest(const struct type_reader *reader, enum role role, const struct words *words)
{
    struct arena *arena = reader->arena;
    const char **phrases = arena_array(arena, reader->table->count * 5 + 1, sizeof *phrases);
    const struct command *row = NULL;
    size_t count = 0;
    while ((row = command_table_next(reader->table, role, row)) != NULL) {
        add_phrases(arena, row, phrases, &count);
    }
    for (size_t taken = words->count < 2 ? words->count : 2; taken > 0; taken--) {
        const char *near = similar_find(words_join(arena, words, 0, taken), phrases, count);
        if (near != NULL) {
            const char *rest = words->line + words->list[taken - 1].end;
            return arena_printf(arena, "%s%s", near, rest);
        }
    }
    return NULL;
}

/* ---- the line */

static bool understand(const struct type_reader *reader, enum role role, const struct words *words,
                       struct sentence *sentence)
{
    struct head head = read_head(reader->table, words);
    sentence->command = row_of(reader->table, &head, role);
    if (sentence->command == NULL) {
        return false;
    }
    sentence->target = head.number;
    size_t at = take_target(sentence, words, head.taken);
    read_arguments(reader, words, at, sentence);
    return true;
}

struct sentence grammar_read(const struct type_reader *reader, enum role role, const char *line)
{
    struct sentence sentence = {.command = NULL};
    line += strspn(line, " \t\r\n/!");
    struct words words = words_split(reader->arena, line);
    if (words.count == 0 || understand(reader, role, &words, &sentence)) {
        return sentence;
    }
    const char *suggestion = suggest(reader, role, &words);
    struct sentence meant = {.command = NULL};
    struct words again = words_split(reader->arena, suggestion == NULL ? "" : suggestion);
    /* Only what would then be understood is worth suggesting. */
    if (suggestion != NULL && understand(reader, role, &again, &meant)) {
        sentence.suggestion = suggestion;
    }
    return sentence;
}

const char *grammar_check_examples(struct arena *arena, const struct command_table *table)
{
    const struct type_reader reader = {.arena = arena, .table = table, .now = "2026-01-01 12:00:00"};
    for (size_t i = 0; i < table->count; i++) {
        const struct command *row = table->rows[i];
        for (const char *const *example = row->examples; *example != NULL; example++) {
            struct sentence sentence = grammar_read(&reader, ROLE_ADMIN, *example);
            if (sentence.command != row || sentence.complaint != NULL) {
                return arena_printf(arena, "%s: its example “%s” is not understood", row->name, *example);
            }
            if (args_missing(row, &sentence.arguments) >= 0 ||
                (row->target != TARGET_NONE && sentence.target == NULL)) {
                return arena_printf(arena, "%s: its example “%s” lacks something", row->name, *example);
            }
        }
    }
    return NULL;
}
