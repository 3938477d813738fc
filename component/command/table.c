#include "command/table.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "base/text.h"
#include "command/role.h"
#include "command/target.h"
#include "command/type.h"

size_t command_param_count(const struct command *command)
{
    size_t count = 0;
    while (command->params != NULL && command->params[count].name != NULL) {
        count++;
    }
    return count;
}

int command_param(const struct command *command, const char *name)
{
    size_t count = command_param_count(command);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(command->params[i].name, name) == 0) {
            return (int)i;
        }
    }
    return -1;
}

char *command_words(struct arena *arena, const struct command *command)
{
    char *words = arena_strdup(arena, command->name);
    char *dot = strchr(words, '.');
    if (dot != NULL) {
        *dot = ' ';
    }
    return words;
}

/* ---- rules that every row keeps */

static bool is_word(const char *string, const char *more)
{
    if (string[0] < 'a' || string[0] > 'z') {
        return false;
    }
    for (; *string != '\0'; string++) {
        bool plain = (*string >= 'a' && *string <= 'z') || (*string >= '0' && *string <= '9');
        if (!plain && strchr(more, *string) == NULL) {
            return false;
        }
    }
    return true;
}

/* "help" or "lead.add". */
static bool is_command_name(const char *name)
{
    const char *dot = strchr(name, '.');
    return is_word(name, dot == NULL ? "" : ".") &&
           (dot == NULL || (is_word(dot + 1, "") && strlen(dot) > 1));
}

static const char *complain_of_name(struct arena *arena, const struct param *param)
{
    /* Converse gives these a meaning of its own; the last three are the dispatcher's and the dialogue's. */
    static const char *const taken[] = {"username", "password",       "url",         "uri", "ocr",
                                        "confirm",  "command.target", "command.line"};
    for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++) {
        if (strcmp(param->name, taken[i]) == 0) {
            return arena_printf(arena, "a parameter cannot be called %s", param->name);
        }
    }
    if (!is_word(param->name, "_")) {
        return arena_printf(arena, "%s is no name for a parameter", param->name);
    }
    return NULL;
}

static const char *complain_of_choices(struct arena *arena, const struct param *param)
{
    if ((param->type == PARAM_CHOICE) != (param->choices != NULL)) {
        return arena_printf(arena, "%s: choices belong to a choice, and to nothing else", param->name);
    }
    if (param->choices != NULL && param->choices[0].value == NULL) {
        return arena_printf(arena, "%s has nothing to choose from", param->name);
    }
    for (const struct choice *a = param->choices; a != NULL && a->value != NULL; a++) {
        for (const struct choice *b = param->choices; b != a; b++) {
            if (text_equal_nocase(a->value, b->value) || text_equal_nocase(a->label, b->label)) {
                return arena_printf(arena, "%s has the choice %s twice", param->name, a->value);
            }
        }
    }
    return NULL;
}

static const char *complain_of_param(struct arena *arena, const struct command *row,
                                     const struct param *param)
{
    const char *complaint = complain_of_name(arena, param);
    const struct target_kind *kind = target_kind(row->target);
    if (complaint != NULL || (complaint = complain_of_choices(arena, param)) != NULL) {
        return complaint;
    }
    if (param->label == NULL || param->label[0] == '\0' || param->hint == NULL || param->hint[0] == '\0') {
        return arena_printf(arena, "%s needs a label and a hint", param->name);
    }
    if (kind != NULL && strcmp(kind->word, param->name) == 0) {
        return arena_printf(arena, "%s is what the command acts on already", param->name);
    }
    if ((param->flags & PARAM_REST) != 0 && param->type != PARAM_TEXT && param->type != PARAM_LONGTEXT &&
        param->type != PARAM_COMMAND) {
        return arena_printf(arena, "%s cannot take the rest of a line: it is no text", param->name);
    }
    if ((param->flags & PARAM_MANY) != 0 && param->type != PARAM_CHOICE && param->type != PARAM_TEXT) {
        return arena_printf(arena, "%s takes several, and is neither a choice nor a text", param->name);
    }
    if ((param->flags & PARAM_WORD) != 0 && param->type != PARAM_TEXT) {
        return arena_printf(arena, "%s is one word, and no text", param->name);
    }
    if (param->people != 0 && param->type != PARAM_PERSON) {
        return arena_printf(arena, "%s names roles, and is no person", param->name);
    }
    if (param->find != NULL && param->type != PARAM_TEXT) {
        return arena_printf(arena, "%s is found by its name, and is no text", param->name);
    }
    if ((param->flags & PARAM_OPEN) != 0 && param->find == NULL) {
        return arena_printf(arena, "%s can be something else than what there is nothing of", param->name);
    }
    bool goes_on = row->effect == EFFECT_READ && row->target != TARGET_PERSON;
    if ((param->flags & PARAM_CURSOR) != 0 && (!goes_on || (param->flags & PARAM_REQUIRED) != 0)) {
        return arena_printf(arena, "%s is where a list goes on, and this is none", param->name);
    }
    return NULL;
}

/* What tells which record is meant comes first: forms ask for it before they show what the record has. */
static const char *complain_of_keys(struct arena *arena, const struct command *row)
{
    size_t count = command_param_count(row);
    for (size_t i = 1; i < count; i++) {
        if ((row->params[i].flags & PARAM_KEY) != 0 && (row->params[i - 1].flags & PARAM_KEY) == 0) {
            return arena_printf(arena, "%s tells which record is meant, and is not asked for first",
                                row->params[i].name);
        }
    }
    if (row->current != NULL && (row->effect == EFFECT_READ || count == 0)) {
        return "it shows what it does not change";
    }
    if (row->offered != OFFERED_ANYBODY && row->target != TARGET_PERSON) {
        return "it offers people, and acts on none";
    }
    return NULL;
}

/* True when a chat word of `a` would also introduce `b`. */
static bool share_word(const struct param *a, const struct param *b)
{
    for (const char *const *word = a->words; word != NULL && *word != NULL; word++) {
        if (text_equal_nocase(*word, b->name)) {
            return true;
        }
        for (const char *const *other = b->words; other != NULL && *other != NULL; other++) {
            if (text_equal_nocase(*word, *other)) {
                return true;
            }
        }
    }
    return strcmp(a->name, b->name) == 0;
}

static const char *complain_of_params(struct arena *arena, const struct command *row)
{
    size_t count = command_param_count(row);
    size_t rest = 0, cursors = 0;
    for (size_t i = 0; i < count; i++) {
        const char *complaint = complain_of_param(arena, row, &row->params[i]);
        if (complaint != NULL) {
            return complaint;
        }
        rest += (row->params[i].flags & PARAM_REST) != 0;
        cursors += (row->params[i].flags & PARAM_CURSOR) != 0;
        for (size_t j = 0; j < count; j++) {
            if (i != j && share_word(&row->params[i], &row->params[j])) {
                return arena_printf(arena, "%s and %s share a word", row->params[i].name,
                                    row->params[j].name);
            }
        }
    }
    if (cursors > 1) {
        return "a list goes on in two ways";
    }
    return rest > 1 ? "two parameters take the rest of the line" : NULL;
}

const char *command_complaint(struct arena *arena, const struct command *row)
{
    if (!is_command_name(row->name)) {
        return "its name is not of the form lead.add or help";
    }
    if (row->summary == NULL || row->summary[0] == '\0' || row->summary[strlen(row->summary) - 1] != '.') {
        return "its summary is no sentence";
    }
    if (row->roles == 0 || (row->roles & ~(unsigned)(ROLE_STAFF | ROLE_CUSTOMER)) != 0) {
        return "it is for no role";
    }
    if ((row->audience & ~(unsigned)ROLE_STAFF) != 0) {
        return "its audience is not of the staff";
    }
    if (row->examples == NULL || row->examples[0] == NULL) {
        return "it has no example";
    }
    if (row->run == NULL) {
        return "it does nothing";
    }
    bool numbered = target_kind(row->target) != NULL && target_kind(row->target)->numbered;
    if (row->several && (!numbered || row->effect == EFFECT_READ || row->warns != NULL)) {
        return "several records at once are for what changes numbered ones, and warns of none";
    }
    const char *complaint = complain_of_params(arena, row);
    return complaint != NULL ? complaint : complain_of_keys(arena, row);
}

/* "lead.add" and "add.lead" would be the same words. */
static bool same_words(const struct command *a, const struct command *b)
{
    const char *dot_a = strchr(a->name, '.');
    const char *dot_b = strchr(b->name, '.');
    if (dot_a == NULL || dot_b == NULL) {
        return strcmp(a->name, b->name) == 0;
    }
    size_t first_a = (size_t)(dot_a - a->name);
    size_t first_b = (size_t)(dot_b - b->name);
    bool turned = strlen(dot_a + 1) == first_b && strncmp(dot_a + 1, b->name, first_b) == 0 &&
                  strlen(dot_b + 1) == first_a && strncmp(dot_b + 1, a->name, first_a) == 0;
    return turned || strcmp(a->name, b->name) == 0;
}

/* ---- joining */

static int by_name(const void *a, const void *b)
{
    const struct command *const *left = a;
    const struct command *const *right = b;
    return strcmp((*left)->name, (*right)->name);
}

static size_t check_rows(struct arena *arena, const struct command *const *rows, size_t count)
{
    size_t bad = 0;
    for (size_t i = 0; i < count; i++) {
        const char *complaint = command_complaint(arena, rows[i]);
        if (complaint != NULL) {
            log_error("command table: %s: %s", rows[i]->name, complaint);
            bad++;
        }
        for (size_t j = 0; j < i; j++) {
            if (same_words(rows[i], rows[j])) {
                log_error("command table: %s and %s have the same words", rows[j]->name, rows[i]->name);
                bad++;
            }
        }
    }
    return bad;
}

static size_t count_rows(va_list rooms)
{
    size_t count = 0;
    const struct command *room;
    while ((room = va_arg(rooms, const struct command *)) != NULL) {
        while (room->name != NULL) {
            room++;
            count++;
        }
    }
    return count;
}

const struct command_table *command_table_join(struct arena *arena, ...)
{
    va_list rooms;
    va_start(rooms, arena);
    size_t count = count_rows(rooms);
    va_end(rooms);
    const struct command **rows = arena_array(arena, count + 1, sizeof(void *));
    size_t filled = 0;
    const struct command *room;
    va_start(rooms, arena);
    while ((room = va_arg(rooms, const struct command *)) != NULL) {
        while (room->name != NULL) {
            rows[filled++] = room++;
        }
    }
    va_end(rooms);
    if (check_rows(arena, rows, count) != 0) {
        return NULL;
    }
    qsort(rows, count, sizeof(void *), by_name);
    struct command_table *table = arena_alloc(arena, sizeof *table);
    *table = (struct command_table){.rows = rows, .count = count};
    return table;
}

/* ---- looking up */

const struct command *command_table_find(const struct command_table *table, const char *name)
{
    for (size_t i = 0; i < table->count; i++) {
        if (strcmp(table->rows[i]->name, name) == 0) {
            return table->rows[i];
        }
    }
    return NULL;
}

/* True when the words between `a` and its end are `part` of a name, in any case, also in the plural. */
static bool word_is(const char *a, size_t length, const char *part, size_t part_length)
{
    if (length == part_length + 1 && (a[length - 1] == 's' || a[length - 1] == 'S')) {
        length--;
    }
    return length == part_length && strncasecmp(a, part, length) == 0;
}

static bool is_called(const struct command *row, const char *words)
{
    size_t first = strcspn(words, " .");
    const char *second = words + first + strspn(words + first, " .");
    size_t second_length = strlen(second);
    const char *dot = strchr(row->name, '.');
    if (dot == NULL || second_length == 0) {
        return dot == NULL && second_length == 0 && text_equal_nocase(row->name, words);
    }
    size_t noun = (size_t)(dot - row->name);
    size_t verb = strlen(dot + 1);
    return (word_is(words, first, row->name, noun) && word_is(second, second_length, dot + 1, verb)) ||
           (word_is(words, first, dot + 1, verb) && word_is(second, second_length, row->name, noun));
}

const struct command *command_table_find_words(const struct command_table *table, const char *words)
{
    for (size_t i = 0; i < table->count; i++) {
        if (is_called(table->rows[i], words)) {
            return table->rows[i];
        }
    }
    return NULL;
}

bool command_is_about(const struct command *row, const char *topic)
{
    size_t length = strlen(topic);
    const char *dot = strchr(row->name, '.');
    return strcasecmp(row->name, topic) == 0 ||
           (dot != NULL && word_is(topic, length, row->name, (size_t)(dot - row->name))) ||
           (dot != NULL && strcasecmp(dot + 1, topic) == 0);
}

/* The half of the row's name that the word is. */
static const char *half_of(struct arena *arena, const struct command *row, const char *word)
{
    const char *dot = strchr(row->name, '.');
    return strcasecmp(dot + 1, word) == 0 ? dot + 1
                                          : arena_strndup(arena, row->name, (size_t)(dot - row->name));
}

static bool has_other_verb(const struct command *row, const char *word)
{
    for (const char *const *verb = row->verbs; verb != NULL && *verb != NULL; verb++) {
        if (text_equal_nocase(*verb, word)) {
            return true;
        }
    }
    return false;
}

/* "hand over" as "handover", and behind `at` only: "lead hand over" as "lead handover". */
static const char *join_words(struct arena *arena, const char *words, size_t at)
{
    char *joined = arena_strdup(arena, words);
    size_t length = at;
    for (const char *c = words + at; *c != '\0'; c++) {
        if (*c != ' ' && *c != '-') {
            joined[length++] = *c;
        }
    }
    joined[length] = '\0';
    return joined;
}

/* True when a wording of the row begins with these words and nothing else of its own: "remind me *". */
static bool begins_wording(const struct command *row, const char *words)
{
    size_t length = strlen(words);
    for (const struct wording *wording = row->wordings; wording != NULL && wording->said != NULL; wording++) {
        const char *rest = wording->said + length;
        if (strncasecmp(wording->said, words, length) == 0 &&
            (*rest == '\0' || strcmp(rest, " #") == 0 || strcmp(rest, " *") == 0 ||
             strncmp(rest, " # ", 3) == 0 || strncmp(rest, " * ", 3) == 0)) {
            return true;
        }
    }
    return false;
}

/* The only row that has such a wording. */
static const char *find_worded(const struct command_table *table, const char *words)
{
    const char *found = NULL;
    for (size_t i = 0; i < table->count; i++) {
        if (begins_wording(table->rows[i], words)) {
            if (found != NULL) {
                return NULL;
            }
            found = table->rows[i]->name;
        }
    }
    return found;
}

/* Stores what is called so, or has such a verb; false for nothing. */
static bool find_topic(struct arena *arena, const struct command_table *table, const char *words,
                       const char **topic)
{
    const struct command *exact = command_table_find_words(table, words);
    const struct command *found = NULL;
    const struct command *other = NULL;
    size_t count = 0;
    for (size_t i = 0; exact == NULL && i < table->count; i++) {
        if (command_is_about(table->rows[i], words)) {
            found = table->rows[i];
            count++;
        } else if (has_other_verb(table->rows[i], words)) {
            other = table->rows[i];
        }
    }
    exact = exact == NULL && count == 0 ? other : exact;
    if (exact != NULL) {
        *topic = exact->name;
    } else if (found != NULL) {
        bool verb = count == 1 && strcasecmp(strchr(found->name, '.') + 1, words) == 0;
        *topic = verb ? found->name : half_of(arena, found, words);
    }
    return exact != NULL || found != NULL;
}

const char *command_table_topic(struct arena *arena, const struct command_table *table, const char *words)
{
    size_t first = strcspn(words, " .");
    size_t behind = words[first] == '\0' ? 0 : first + 1;
    const char *topic = NULL;
    if (find_topic(arena, table, words, &topic) ||
        find_topic(arena, table, join_words(arena, words, 0), &topic) ||
        find_topic(arena, table, join_words(arena, words, behind), &topic)) {
        return topic;
    }
    return find_worded(table, words);
}

const struct command *command_table_next(const struct command_table *table, enum role role,
                                         const struct command *previous)
{
    bool passed = previous == NULL;
    for (size_t i = 0; i < table->count; i++) {
        if (passed && (table->rows[i]->roles & role) != 0) {
            return table->rows[i];
        }
        passed = passed || table->rows[i] == previous;
    }
    return NULL;
}

const struct choice *command_choices(struct arena *arena, const struct command_table *table, enum role role)
{
    struct choice *choices = arena_array(arena, table->count + 1, sizeof *choices);
    const struct command *row = NULL;
    for (size_t i = 0; (row = command_table_next(table, role, row)) != NULL; i++) {
        choices[i] = (struct choice){row->name, command_words(arena, row)};
    }
    return choices;
}

/* ---- the golden dump */

static void dump_param(struct text *text, const struct param *param)
{
    text_addf(text, "  param %s (%s%s%s%s%s) “%s”: %s", param->name, type_of(param->type)->name,
              param->flags & PARAM_REQUIRED ? ", required" : "",
              param->flags & PARAM_SECRET ? ", secret" : "", param->flags & PARAM_REST ? ", rest" : "",
              param->flags & PARAM_CURSOR ? ", cursor" : "", param->label, param->hint);
    for (const struct choice *choice = param->choices; choice != NULL && choice->value != NULL; choice++) {
        text_addf(text, "%s%s", choice == param->choices ? " [" : " ", choice->value);
    }
    text_add(text, param->choices != NULL ? "]" : "");
    for (const char *const *word = param->words; word != NULL && *word != NULL; word++) {
        text_addf(text, "%s%s", word == param->words ? " words " : ", ", *word);
    }
    if (param->people != 0) {
        text_addf(text, " for %s", role_list(text->arena, param->people));
    }
    text_add_char(text, '\n');
}

static void dump_row(struct text *text, const struct command *row)
{
    static const char *const effects[] = {"read", "write", "destroy"};
    const struct target_kind *kind = target_kind(row->target);
    const char *what = kind == NULL ? "nothing" : kind->word;
    text_addf(text, "%s: %s\n  for %s; %s; acts on %s\n", row->name, row->summary,
              role_list(text->arena, row->roles), effects[row->effect],
              row->target == TARGET_ANY_LEAD ? "lead, deleted or not" : what);
    text_add(text, row->several ? "  takes several at once\n" : "");
    text_add(text, row->unrecorded ? "  on no record\n" : "");
    text_addf(text, "  answered in a room of %s\n",
              row->audience == 0 ? "nobody" : role_list(text->arena, row->audience));
    for (size_t i = 0; i < command_param_count(row); i++) {
        dump_param(text, &row->params[i]);
    }
    for (const struct column *column = row->columns; column != NULL && column->name != NULL; column++) {
        text_addf(text, "  column %s (%s) “%s”\n", column->name, type_of(column->type)->name, column->label);
    }
    for (const char *const *verb = row->verbs; verb != NULL && *verb != NULL; verb++) {
        text_addf(text, "  also %s\n", *verb);
    }
    for (const char *const *example = row->examples; *example != NULL; example++) {
        text_addf(text, "  example %s\n", *example);
    }
}

char *command_table_dump(struct arena *arena, const struct command_table *table)
{
    struct text text = text_new(arena);
    for (size_t i = 0; i < table->count; i++) {
        text_addf(&text, "%s", i == 0 ? "" : "\n");
        dump_row(&text, table->rows[i]);
    }
    return text.data;
}
