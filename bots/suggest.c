/* DESIGN (suggestions)
 *
 * The first WORD_LIMIT words each have a few readings: as they stand, as a word of the table that is near
 * (base/similar.h, with neighbouring keys in mind), or as two such words that were run together. All
 * combinations with up to CHANGE_LIMIT words changed are read by the grammar; what is understood is ranked by
 * how much had to be changed. A line's end beyond TRIAL_LIMIT words is left out while trying.
 */
#include "bots/suggest.h"

#include <string.h>
#include <strings.h>

#include "base/similar.h"
#include "base/text.h"
#include "bots/grammar.h"
#include "bots/words.h"
#include "command/table.h"
#include "command/target.h"

#define WORD_LIMIT    5
#define TRIAL_LIMIT   14
#define READING_LIMIT 5 /* of one word */
#define CHANGE_LIMIT  2 /* words of one line */
#define SPLIT_COST    5 /* a space left out */
#define LETTERS_LIMIT 32
#define KNOWN_COST    9  /* of changing a word that means something already */
#define WORSE_LIMIT   10 /* how much dearer than the likeliest a line may be to be offered too */

struct vocabulary {
    const char **words;
    size_t count, capacity;
};

/* One way to read a word, and what it costs. */
struct reading {
    const char *text;
    unsigned cost;
};

struct spot {
    struct reading readings[READING_LIMIT];
    size_t count;
};

struct candidate {
    const char *line;
    const struct command *command;
    unsigned cost;
};

struct search {
    const struct type_reader *reader;
    const struct listener *listener;
    struct words words;
    struct vocabulary vocabulary;
    struct spot spots[WORD_LIMIT];
    size_t spot_count;
    const struct reading *chosen[WORD_LIMIT];
    struct candidate found[MEANT_LIMIT];
    size_t found_count;
};

/* ---- the words of the table */

static void learn(struct search *search, const char *word)
{
    struct vocabulary *known = &search->vocabulary;
    for (size_t i = 0; i < known->count; i++) {
        if (text_equal_nocase(known->words[i], word)) {
            return;
        }
    }
    if (word[0] != '\0' && strchr(word, ' ') == NULL && known->count < known->capacity) {
        known->words[known->count++] = word;
    }
}

static void learn_params(struct search *search, const struct command *row)
{
    for (size_t i = 0; i < command_param_count(row); i++) {
        const struct param *param = &row->params[i];
        learn(search, param->name);
        for (const char *const *word = param->words; word != NULL && *word != NULL; word++) {
            learn(search, *word);
        }
        for (const struct choice *choice = param->choices; choice != NULL && choice->value != NULL;
             choice++) {
            learn(search, choice->value);
        }
    }
}

/* Words that mean what they say, though one of the table is near. */
static bool is_no_slip(const char *word)
{
    static const char *const words[] = {"hot",  "how",   "sent",   "last", "dead",
                                        "deal", "chats", "called", NULL};
    for (size_t i = 0; words[i] != NULL; i++) {
        if (text_equal_nocase(words[i], word)) {
            return true;
        }
    }
    return false;
}

static void learn_wordings(struct search *search, const struct command *row)
{
    const struct wording *wording = row->wordings;
    for (; wording != NULL && wording->said != NULL; wording++) {
        struct words words = words_split(search->reader->arena, wording->said);
        for (size_t i = 0; i < words.count; i++) {
            if (strlen(words.list[i].text) > 1 && !is_no_slip(words.list[i].text)) {
                learn(search, words.list[i].text);
            }
        }
    }
}

static void learn_table(struct search *search)
{
    struct arena *arena = search->reader->arena;
    const struct command *row = NULL;
    search->vocabulary.capacity = 1000;
    search->vocabulary.words = arena_array(arena, 1000, sizeof *search->vocabulary.words);
    while ((row = command_table_next(search->listener->table, search->listener->role, row)) != NULL) {
        const char *noun = arena_strndup(arena, row->name, head_noun_length(row));
        learn(search, noun);
        if (head_verb(row)[0] != '\0') {
            learn(search, head_verb(row));
            learn(search, arena_printf(arena, "%ss", noun));
            learn(search, row->name);
        }
        for (const char *const *verb = row->verbs; verb != NULL && *verb != NULL; verb++) {
            learn(search, *verb);
        }
        learn_params(search, row);
        learn_wordings(search, row);
    }
}

/* ---- the readings of a word */

static void add_reading(struct spot *spot, const char *text, unsigned cost)
{
    size_t at = spot->count < READING_LIMIT ? spot->count++ : READING_LIMIT - 1;
    if (at == READING_LIMIT - 1 && spot->readings[at].text != NULL && spot->readings[at].cost <= cost) {
        return;
    }
    /* Kept in order, the nearest first. */
    for (; at > 0 && spot->readings[at - 1].cost > cost; at--) {
        spot->readings[at] = spot->readings[at - 1];
    }
    spot->readings[at] = (struct reading){text, cost};
}

static bool knows(const struct search *search, const char *word, size_t length)
{
    for (size_t i = 0; i < search->vocabulary.count; i++) {
        const char *known = search->vocabulary.words[i];
        if (strlen(known) == length && strncasecmp(known, word, length) == 0) {
            return true;
        }
    }
    return false;
}

/* "lead42" and "helplead" lack a space. */
static void add_splits(struct search *search, const char *word, struct spot *spot)
{
    struct arena *arena = search->reader->arena;
    size_t length = strlen(word);
    size_t letters = length - (strspn(word, "0123456789") == length ? length : 0);
    while (letters > 0 && word[letters - 1] >= '0' && word[letters - 1] <= '9') {
        letters--;
    }
    if (letters > 2 && letters < length && head_is_number(word + letters)) {
        add_reading(spot, arena_printf(arena, "%.*s %s", (int)letters, word, word + letters), SPLIT_COST);
    }
    for (size_t at = 2; at + 2 <= length; at++) {
        size_t skip = strchr("-_/.:", word[at]) != NULL ? 1 : 0;
        if (knows(search, word, at) && knows(search, word + at + skip, length - at - skip)) {
            add_reading(spot, arena_printf(arena, "%.*s %s", (int)at, word, word + at + skip), SPLIT_COST);
        }
    }
}

static void read_word(struct search *search, const struct word *word, struct spot *spot)
{
    const char *text = word->text;
    size_t length = strlen(text);
    unsigned known_cost = knows(search, text, length) ? KNOWN_COST : 0;
    /* "1 not reachable"; "not 42 called" is a note. */
    bool denies = word != search->words.list && text_equal_nocase(text, "not");
    add_reading(spot, text, 0);
    if (word->quoted || length > LETTERS_LIMIT || head_is_number(text) || is_no_slip(text) || denies) {
        return;
    }
    for (size_t i = 0; i < search->vocabulary.count; i++) {
        const char *known = search->vocabulary.words[i];
        unsigned limit = similar_slip_limit(strlen(known));
        unsigned cost = similar_slip(text, known, limit);
        if (cost > 0 && cost <= limit) {
            add_reading(spot, known, cost + known_cost);
        }
    }
    add_splits(search, text, spot);
}

/* ---- trying */

static void keep(struct search *search, struct candidate candidate)
{
    size_t at = search->found_count;
    for (size_t i = 0; i < search->found_count; i++) {
        if (search->found[i].command == candidate.command) {
            if (search->found[i].cost <= candidate.cost) {
                return;
            }
            /* The same command for less: the dearer line makes room. */
            for (; i + 1 < search->found_count; i++) {
                search->found[i] = search->found[i + 1];
            }
            at = --search->found_count;
        }
    }
    at = at < MEANT_LIMIT ? at : MEANT_LIMIT - 1;
    if (search->found_count == MEANT_LIMIT && search->found[at].cost <= candidate.cost) {
        return;
    }
    for (; at > 0 && search->found[at - 1].cost > candidate.cost; at--) {
        search->found[at] = search->found[at - 1];
    }
    search->found[at] = candidate;
    search->found_count += search->found_count < MEANT_LIMIT ? 1 : 0;
}

/* The line with its first words as they are read now, up to `last` words. */
static const char *compose(const struct search *search, size_t last)
{
    struct text text = text_new(search->reader->arena);
    const struct words *words = &search->words;
    for (size_t i = 0; i < search->spot_count; i++) {
        const char *gap = i == 0 ? "" : words->list[i - 1].newline ? "\n" : " ";
        text_addf(&text, "%s%s%s", gap, search->chosen[i]->text, words->list[i].comma ? "," : "");
    }
    if (search->spot_count < words->count && search->spot_count > 0 && last > search->spot_count) {
        size_t begin = words->list[search->spot_count].begin;
        text_add_char(&text, words->list[search->spot_count - 1].newline ? '\n' : ' ');
        text_add_bytes(&text, words->line + begin, words->list[last - 1].end - begin);
    }
    return text.data;
}

/* True when it says something about a record that it does not name. */
static bool lacks_record(const struct sentence *sentence)
{
    return target_kind(sentence->command->target) != NULL && sentence->target == NULL && !sentence->refers &&
           sentence->arguments.count > 0;
}

/* Keeps only what would be understood: nobody is offered a line that is answered with another complaint. */
static void try(struct search *search)
{
    const struct words *words = &search->words;
    size_t last = words->count < TRIAL_LIMIT ? words->count : TRIAL_LIMIT;
    unsigned cost = 0;
    for (size_t i = 0; i < search->spot_count; i++) {
        cost += search->chosen[i]->cost;
    }
    struct sentence sentence = grammar_read_strictly(search->reader, search->listener, compose(search, last));
    const struct command *row = sentence.command;
    if (row != NULL && sentence.complaint == NULL && !lacks_record(&sentence) &&
        (row->roles & (unsigned)search->listener->role) != 0) {
        keep(search, (struct candidate){compose(search, words->count), row, cost});
    }
}

/* All ways to change exactly so many of the words from `spot` on. */
static void try_changes(struct search *search, size_t spot, size_t changes)
{
    if (spot == search->spot_count) {
        if (changes == 0) {
            try(search);
        }
        return;
    }
    search->chosen[spot] = &search->spots[spot].readings[0];
    try_changes(search, spot + 1, changes);
    for (size_t i = 1; changes > 0 && i < search->spots[spot].count; i++) {
        search->chosen[spot] = &search->spots[spot].readings[i];
        try_changes(search, spot + 1, changes - 1);
    }
}

const char *const *suggest_lines(const struct type_reader *reader, const struct listener *listener,
                                 const char *line)
{
    struct search *search = arena_alloc(reader->arena, sizeof *search);
    *search = (struct search){.reader = reader, .listener = listener};
    search->words = words_split(reader->arena, line + strspn(line, " \t\r\n/!"));
    search->spot_count = search->words.count < WORD_LIMIT ? search->words.count : WORD_LIMIT;
    learn_table(search);
    for (size_t i = 0; i < search->spot_count; i++) {
        read_word(search, &search->words.list[i], &search->spots[i]);
    }
    for (size_t changes = 1; changes <= CHANGE_LIMIT; changes++) {
        try_changes(search, 0, changes);
    }
    const char **meant = arena_array(reader->arena, MEANT_LIMIT + 1, sizeof *meant);
    for (size_t i = 0; i < search->found_count; i++) {
        if (search->found[i].cost <= search->found[0].cost + WORSE_LIMIT) {
            meant[i] = search->found[i].line;
        }
    }
    return search->found_count == 0 ? NULL : meant;
}
