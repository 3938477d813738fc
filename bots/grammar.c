/* DESIGN (grammar of chat lines)
 *
 * 1. The head (head.h): from the left, words that are nouns (the first half of a command's name, also in the
 * plural), verbs (the second half) or a record are taken, each kind once, as long as some command has them
 * all. A record alone shows, a noun in the plural alone lists, in the singular it is explained. The first
 * word that fits none begins the arguments (place.h).
 * 2. A head that several commands share ("add Asha Rao, asha@example.in") is the one whose arguments then are
 * complete; else all of them are offered.
 * 3. A record without a verb is the one command that acts on it and whose required parameters all show in the
 * words: "42 qualified".
 * 4. A line that begins elsewhere is turned: "new leads" is read as "leads new", "won 42" as "42 won".
 * 5. What is still not understood is compared with what could have been meant (suggest.h).
 */
#include "bots/grammar.h"

#include <string.h>

#include "base/text.h"
#include "bots/place.h"
#include "bots/suggest.h"
#include "command/table.h"
#include "command/target.h"

#define TURN_LIMIT 4 /* words before the one that a line should begin with */

/* One line. */
struct line {
    const struct type_reader *reader;
    const struct listener *listener;
    const struct words *words;
    struct head head;
};

static bool has_record(const struct line *line)
{
    return line->head.number != NULL || line->head.refers;
}

static void fill(const struct line *line, const struct command *row, const struct placed *placed,
                 struct sentence *sentence)
{
    sentence->command = row;
    sentence->target = line->head.number != NULL ? line->head.number : placed->target;
    sentence->refers = line->head.refers;
    if (sentence->target != NULL && head_is_pronoun(sentence->target)) {
        sentence->target = NULL;
        sentence->refers = true;
    }
    sentence->arguments = placed->arguments;
    sentence->complaint = placed->complaint;
}

static struct placed read_as(const struct line *line, const struct command *row)
{
    return place_arguments(line->reader, row, has_record(line), line->words, line->head.taken);
}

static bool lacks_target(const struct command *row, const struct line *line, const struct placed *placed)
{
    return target_kind(row->target) != NULL && !has_record(line) && placed->target == NULL;
}

/* The lines that would be understood as each of the rows. */
static const char *const *offer(const struct line *line, const struct command *const *rows, size_t count)
{
    struct arena *arena = line->reader->arena;
    const char **meant = arena_array(arena, MEANT_LIMIT + 1, sizeof *meant);
    size_t taken = line->head.taken;
    const char *rest = taken == 0 ? "" : line->words->line + line->words->list[taken - 1].end;
    for (size_t i = 0; i < count && i < MEANT_LIMIT; i++) {
        const char *record = line->head.refers ? "it" : line->head.number;
        meant[i] = arena_printf(arena, "%s%s%s%s", command_words(arena, rows[i]), record == NULL ? "" : " ",
                                record == NULL ? "" : record, rest);
    }
    return meant;
}

/* Of several, the only one whose arguments are complete. */
static bool choose(const struct line *line, const struct command *const *rows, size_t count,
                   struct sentence *sentence)
{
    size_t complete = 0;
    for (size_t i = 0; i < count; i++) {
        struct placed placed = read_as(line, rows[i]);
        if (placed.complete && !lacks_target(rows[i], line, &placed) && complete++ == 0) {
            fill(line, rows[i], &placed, sentence);
        }
    }
    if (complete != 1) {
        *sentence = (struct sentence){.meant = offer(line, rows, count)};
    }
    return true;
}

/* "42 qualified": the command that the words after the record must mean. */
static bool read_verbless(const struct line *line, struct sentence *sentence)
{
    const struct command **rows =
        arena_array(line->reader->arena, line->listener->table->count + 1, sizeof *rows);
    size_t count = head_rows_of_record(line->listener, &line->head, rows);
    size_t found = 0;
    for (size_t i = 0; i < count && line->head.taken < line->words->count; i++) {
        struct placed placed = read_as(line, rows[i]);
        bool said = placed.arguments.count > 0 && command_param_count(rows[i]) > 0;
        bool required =
            command_param_count(rows[i]) > 0 && args_missing(rows[i], &(struct arguments){.count = 0}) >= 0;
        if (placed.complete && placed.firm && said && required && found++ == 0) {
            fill(line, rows[i], &placed, sentence);
        }
    }
    return found == 1;
}

/* A noun alone: the command that explains commands explains its commands. */
static bool read_noun(const struct line *line, struct sentence *sentence)
{
    const struct command_table *table = line->listener->table;
    struct arena *arena = line->reader->arena;
    if (line->head.noun == NULL || line->head.verb != NULL || has_record(line) ||
        line->head.taken != line->words->count) {
        return false;
    }
    for (size_t i = 0; i < table->count; i++) {
        const struct command *row = table->rows[i];
        if (command_param_count(row) == 1 && row->params[0].type == PARAM_COMMAND) {
            struct argument *topic = arena_alloc(arena, sizeof *topic);
            topic->name = row->params[0].name;
            topic->value = arena_strndup(arena, line->head.noun, line->head.noun_length);
            *sentence = (struct sentence){.command = row, .arguments = {topic, 1}};
            return true;
        }
    }
    return false;
}

/* True when it was understood, or is a question of which of several. */
static bool understand(const struct type_reader *reader, const struct listener *listener,
                       const struct words *words, struct sentence *sentence)
{
    struct line line = {.reader = reader, .listener = listener, .words = words};
    const struct command **rows = arena_array(reader->arena, listener->table->count + 1, sizeof *rows);
    *sentence = (struct sentence){.command = NULL};
    line.head = head_read(listener, words);
    if (read_verbless(&line, sentence)) {
        return true;
    }
    size_t count = head_rows(listener, &line.head, rows);
    if (count == 0) {
        return read_noun(&line, sentence);
    }
    if (count > 1) {
        return choose(&line, rows, count, sentence);
    }
    struct placed placed = read_as(&line, rows[0]);
    fill(&line, rows[0], &placed, sentence);
    return true;
}

/* ---- turning */

/* The words with the one at `at` first, without those before it that only help. */
static const char *turn(struct arena *arena, const struct words *words, size_t at, bool drop_shows)
{
    struct text text = text_new(arena);
    text_add(&text, words->list[at].text);
    for (size_t i = 0; i < at; i++) {
        const char *word = words->list[i].text;
        bool shows = drop_shows && (text_equal_nocase(word, "show") || text_equal_nocase(word, "list"));
        if (!head_is_filler(word) && !shows) {
            text_addf(&text, " %s", word);
        }
    }
    text_add(&text, words->line + words->list[at].end);
    return text.data;
}

/* "Show me new leads from linkedin", "won 42". */
static bool understand_turned(const struct type_reader *reader, const struct listener *listener,
                              const struct words *words, struct sentence *sentence)
{
    for (size_t at = 1; at <= TURN_LIMIT && at < words->count; at++) {
        const char *word = words->list[at].text;
        bool plural = head_is_plural(listener, word);
        if (!plural && !head_is_number(word) && !head_is_pronoun(word)) {
            continue;
        }
        struct words turned = words_split(reader->arena, turn(reader->arena, words, at, plural));
        struct sentence trial;
        bool whole =
            understand(reader, listener, &turned, &trial) && trial.command != NULL && trial.complaint == NULL;
        if (whole && args_missing(trial.command, &trial.arguments) < 0) {
            *sentence = trial;
            return true;
        }
    }
    return false;
}

/* ---- the line */

struct sentence grammar_read_strictly(const struct type_reader *reader, const struct listener *listener,
                                      const char *line)
{
    struct sentence sentence = {.command = NULL};
    line += strspn(line, " \t\r\n/!");
    struct words words = words_split(reader->arena, line);
    if (words.count > 0) {
        understand(reader, listener, &words, &sentence);
    }
    if (sentence.command == NULL) {
        understand_turned(reader, listener, &words, &sentence);
    }
    return sentence;
}

struct sentence grammar_read(const struct type_reader *reader, const struct listener *listener,
                             const char *line)
{
    struct sentence sentence = grammar_read_strictly(reader, listener, line);
    if ((sentence.command == NULL || sentence.complaint != NULL) && sentence.meant == NULL) {
        sentence.meant = suggest_lines(reader, listener, line);
    }
    return sentence;
}

const char *grammar_check_examples(struct arena *arena, const struct command_table *table)
{
    const struct type_reader reader = {.arena = arena, .table = table, .now = "2026-01-01 12:00:00"};
    for (size_t i = 0; i < table->count; i++) {
        const struct command *row = table->rows[i];
        const enum role role = (enum role)(row->roles & -row->roles);
        const struct listener listener = {.table = table, .role = role, .recent = row->target};
        for (const char *const *example = row->examples; *example != NULL; example++) {
            struct sentence sentence = grammar_read_strictly(&reader, &listener, *example);
            if (sentence.command != row || sentence.complaint != NULL) {
                return arena_printf(arena, "%s: its example “%s” is not understood", row->name, *example);
            }
            if (args_missing(row, &sentence.arguments) >= 0 ||
                (row->target != TARGET_NONE && sentence.target == NULL && !sentence.refers)) {
                return arena_printf(arena, "%s: its example “%s” lacks something", row->name, *example);
            }
        }
    }
    return NULL;
}
