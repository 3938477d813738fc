/* DESIGN (grammar of chat lines)
 *
 * 1. The head (head.h): from the left, words that are nouns (the first half of a command's name, also in the
 * plural), verbs (the second half) or a record are taken, each kind once, as long as some command has them
 * all. A record alone shows, a noun in the plural alone lists, in the singular it is explained. The first
 * word that fits none begins the arguments (place.h).
 * 2. A head that several commands share ("add Asha Rao, asha@example.in") is the one whose arguments then are
 * complete; else all of them are offered.
 * 3. A record without a verb is the one command that acts on it and whose required parameters all show in the
 * words: "42 qualified"; or, when it requires none, whose every value does: "42 phone 98765 43210".
 * 4. A noun without a verb and with more words shows what they name, or lists it: "user priya", "team North".
 * 5. A line that begins elsewhere is turned: "new leads" is read as "leads new", "won 42" as "42 won", "my
 * leads" as "leads of me".
 * 6. A line that begins with a word that introduces what a list is asked for by (PARAM_TOPIC) asks for that
 * list: "due today" is "leads due today".
 * 7. Before all that a line is what a wording of a row makes of it (wording.h): "untag 7 excel" is "tag 7
 * remove excel". Some are tried last: "show asha" is "find asha" when there is nobody to show.
 * 8. Numbers behind one another before a text ("note 1 2 3 hello") are several records, or the first and the
 * text: that is asked, unless a comma, an "and" or a colon tells.
 * 9. What is still not understood is compared with what could have been meant (suggest.h).
 */
#include "bots/grammar.h"

#include <string.h>

#include "base/similar.h"
#include "base/text.h"
#include "bots/place.h"
#include "bots/suggest.h"
#include "bots/wording.h"
#include "command/table.h"
#include "command/target.h"

#define TURN_LIMIT  4 /* words before the one that a line should begin with */
#define OWNER_LIMIT 6 /* words before whose leads they are, in a wording */

/* One line. */
struct line {
    const struct type_reader *reader;
    const struct listener *listener;
    const struct words *words;
    struct head head;
};

static bool has_noun(const struct command *row, const struct head *head)
{
    return head_noun_length(row) == head->noun_length &&
           strncmp(row->name, head->noun, head->noun_length) == 0;
}

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
    sentence->exact = line->head.noun != NULL || has_record(line);
    sentence->verb = line->head.verb != NULL;
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
        /* What destroys is meant only when it is named: "delete asha" is no team. */
        bool named = rows[i]->effect != EFFECT_DESTROY || line->head.noun != NULL || has_record(line);
        if (named && placed.complete && !lacks_target(rows[i], line, &placed) && complete++ == 0) {
            fill(line, rows[i], &placed, sentence);
        }
    }
    if (complete == 1) {
        return true;
    }
    const struct command **good = arena_array(line->reader->arena, count + 1, sizeof *good);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        bool numbered = target_kind(rows[i]->target) != NULL && target_kind(rows[i]->target)->numbered;
        if (!numbered || has_record(line) || line->head.taken == line->words->count) {
            good[kept++] = rows[i];
        }
    }
    *sentence = (struct sentence){.meant = kept == 0 ? NULL : offer(line, good, kept)};
    return kept > 0;
}

static bool requires(const struct command *row)
{
    return command_param_count(row) > 0 && args_missing(row, &(struct arguments){.count = 0}) >= 0;
}

/* True when a value that the row requires is known by its look: "qualified" is no name where it is a status.
 */
static bool requires_telling(const struct command *row)
{
    for (size_t i = 0; i < command_param_count(row); i++) {
        if ((row->params[i].flags & PARAM_REQUIRED) != 0 && type_of(row->params[i].type)->telling) {
            return true;
        }
    }
    return false;
}

/* How surely the words after a record mean the row: 0 for not at all. */
static unsigned verbless_rank(const struct command *row, const struct placed *placed)
{
    if (!placed->complete || placed->arguments.count == 0 || command_param_count(row) == 0) {
        return 0;
    }
    if (requires(row)) {
        return !placed->firm ? 0 : requires_telling(row) ? 3 : 2;
    }
    return row->effect == EFFECT_WRITE && placed->told ? 1 : 0;
}

/* "42 qualified": the command that the words after the record must mean. */
static bool read_verbless(const struct line *line, struct sentence *sentence)
{
    const struct command **rows =
        arena_array(line->reader->arena, line->listener->table->count + 1, sizeof *rows);
    size_t count = head_rows_of_record(line->listener, &line->head, rows);
    unsigned best = 0;
    size_t found = 0;
    for (size_t i = 0; i < count && line->head.taken < line->words->count; i++) {
        struct placed placed = read_as(line, rows[i]);
        unsigned rank = verbless_rank(rows[i], &placed);
        found = rank > best ? 1 : found + (rank > 0 && rank == best);
        if (rank > best) {
            best = rank;
            fill(line, rows[i], &placed, sentence);
        }
    }
    return found == 1;
}

/* "leads asha": what is no filter may be a name. */
static const char *const *offer_find(const struct line *line)
{
    const struct command_table *table = line->listener->table;
    for (size_t i = 0; i < table->count; i++) {
        const struct command *row = table->rows[i];
        if (has_noun(row, &line->head) && strcmp(head_verb(row), "find") == 0) {
            return offer(line, &row, 1);
        }
    }
    return NULL;
}

/* "busy call later" is nobody's name and no tag. */
static bool may_be_value(const struct param *param, size_t words)
{
    bool word = (param->flags & PARAM_OPEN) != 0;
    return words == 1 || (!word && (param->type != PARAM_PERSON || words == 2));
}

/* "42 called, wants Monday": what the words could be of, when nothing tells. */
static const char *const *offer_verbless(const struct line *line)
{
    if (line->head.plural && !has_record(line)) {
        return offer_find(line);
    }
    size_t room = line->listener->table->count + 1;
    const struct command **rows = arena_array(line->reader->arena, room, sizeof *rows);
    const struct command **good = arena_array(line->reader->arena, room, sizeof *good);
    size_t count = head_rows_of_record(line->listener, &line->head, rows);
    size_t kept = 0;
    for (size_t i = 0; i < count && line->head.taken < line->words->count; i++) {
        struct placed placed = read_as(line, rows[i]);
        if (placed.complete && requires(rows[i]) && placed.arguments.count > 0 &&
            may_be_value(&rows[i]->params[0], line->words->count - line->head.taken)) {
            good[kept++] = rows[i];
        }
    }
    return kept == 0 ? NULL : offer(line, good, kept);
}

/* The only command of the noun, or the only one that the speaker has, when it requires nothing. */
static bool read_only_row(const struct line *line, struct sentence *sentence)
{
    const struct command_table *table = line->listener->table;
    size_t all = 0;
    size_t own = 0;
    for (size_t i = 0; i < table->count; i++) {
        const struct command *row = table->rows[i];
        bool theirs = (row->roles & (unsigned)line->listener->role) != 0;
        if (has_noun(row, &line->head) && (theirs || own == 0)) {
            *sentence = (struct sentence){.command = row, .exact = true};
        }
        all += has_noun(row, &line->head);
        own += has_noun(row, &line->head) && theirs;
    }
    if ((all == 1 || own == 1) && !requires(sentence->command) && sentence->command->target == TARGET_NONE) {
        return true;
    }
    *sentence = (struct sentence){.command = NULL};
    return false;
}

/* A noun alone: its only command, or the command that explains commands explains them. */
static bool read_noun(const struct line *line, struct sentence *sentence)
{
    const struct command_table *table = line->listener->table;
    struct arena *arena = line->reader->arena;
    if (line->head.noun == NULL || line->head.verb != NULL || has_record(line) ||
        line->head.taken != line->words->count) {
        return false;
    }
    if (read_only_row(line, sentence)) {
        return true;
    }
    for (size_t i = 0; i < table->count; i++) {
        const struct command *row = table->rows[i];
        if (command_param_count(row) == 1 && row->params[0].type == PARAM_COMMAND) {
            struct argument *topic = arena_alloc(arena, sizeof *topic);
            topic->name = row->params[0].name;
            topic->value = arena_strndup(arena, line->head.noun, line->head.noun_length);
            *sentence = (struct sentence){.command = row, .exact = true, .arguments = {topic, 1}};
            return true;
        }
    }
    return false;
}

/* True when the word after the noun is a verb of it with a slip: "user disble ravi". */
static bool is_slip_of_verb(const struct line *line, const char *word)
{
    const struct command_table *table = line->listener->table;
    for (size_t i = 0; i < table->count; i++) {
        const char *verb = head_verb(table->rows[i]);
        unsigned limit = similar_slip_limit(strlen(verb));
        bool same = has_noun(table->rows[i], &line->head);
        if (same && verb[0] != '\0' && similar_slip(word, verb, limit) <= limit) {
            return true;
        }
    }
    return false;
}

/* "user priya", "team North", "audit reads": a noun and what it is about. */
static bool read_named_noun(const struct line *line, struct sentence *sentence)
{
    const struct command_table *table = line->listener->table;
    const struct head *head = &line->head;
    struct sentence only;
    if (head->noun == NULL || head->verb != NULL || has_record(line) || head->taken == line->words->count ||
        is_slip_of_verb(line, line->words->list[head->taken].text)) {
        return false;
    }
    for (size_t i = 0; i < table->count; i++) {
        const struct command *row = table->rows[i];
        const struct target_kind *kind = target_kind(row->target);
        bool same = has_noun(row, head);
        bool shows = strcmp(head_verb(row), "show") == 0 && kind != NULL && !kind->numbered;
        bool lists = (strcmp(head_verb(row), "list") == 0 || strcmp(head_verb(row), "find") == 0) &&
                     command_param_count(row) > 0 && (row->params[0].flags & PARAM_REST) != 0;
        lists = lists || (same && read_only_row(line, &only));
        struct placed placed = {.complete = false};
        if (same && (shows || lists)) {
            placed = read_as(line, row);
        }
        if (placed.complete && !lacks_target(row, line, &placed)) {
            fill(line, row, &placed, sentence);
            sentence->exact = false; /* "team North" may be a name as well */
            return true;
        }
    }
    return false;
}

/* "note 1 2 3 hello": of three leads, or of one what begins with a number. A colon tells. */
static const char *const *offer_both(const struct line *line)
{
    struct arena *arena = line->reader->arena;
    const struct words *words = line->words;
    const char **meant = arena_array(arena, MEANT_LIMIT + 1, sizeof *meant);
    size_t first = line->head.taken;
    for (size_t i = 0; i < 2; i++) {
        size_t last = i == 0 ? first + line->head.maybe : first;
        meant[i] = arena_printf(arena, "%.*s:%s", (int)words->list[last - 1].end, words->line,
                                words->line + words->list[last - 1].end);
    }
    return meant;
}

/* True when it was understood, or is a question of which of several; stores whether it began with several
 * records. */
static bool understand_as(const struct type_reader *reader, const struct listener *listener,
                          const struct words *words, struct sentence *sentence, bool *several)
{
    struct line line = {.reader = reader, .listener = listener, .words = words};
    const struct command **rows = arena_array(reader->arena, listener->table->count + 1, sizeof *rows);
    *sentence = (struct sentence){.command = NULL};
    line.head = head_read(reader->arena, listener, words);
    *several = line.head.several;
    if (read_verbless(&line, sentence)) {
        return true;
    }
    size_t count = head_rows(listener, &line.head, rows);
    if (count == 0) {
        return read_noun(&line, sentence) || read_named_noun(&line, sentence);
    }
    if (count > 1) {
        return choose(&line, rows, count, sentence);
    }
    if (line.head.maybe > 0) {
        *sentence = (struct sentence){.meant = offer_both(&line), .unclear = true, .exact = true};
        return true;
    }
    struct placed placed = read_as(&line, rows[0]);
    fill(&line, rows[0], &placed, sentence);
    return true;
}

/* "42 50000 INR" is one record and an amount, since nothing is done to two records by "INR". */
static bool understand(const struct type_reader *reader, const struct listener *listener,
                       const struct words *words, struct sentence *sentence)
{
    struct listener single = *listener;
    bool several;
    single.one_record = true;
    bool understood = understand_as(reader, listener, words, sentence, &several);
    if (!several || (understood && sentence->command != NULL && sentence->complaint == NULL)) {
        return understood;
    }
    return understand_as(reader, &single, words, sentence, &several);
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

/* The name that a word is the possessive of ("priya's"), "me" for "my"; NULL for none. */
static const char *owner(struct arena *arena, const char *word)
{
    size_t length = strlen(word);
    if (text_equal_nocase(word, "my")) {
        return "me";
    }
    if (length > 2 && strcmp(word + length - 2, "'s") == 0) {
        return arena_strndup(arena, word, length - 2);
    }
    return length > 4 && strcmp(word + length - 4, "’s") == 0 ? arena_strndup(arena, word, length - 4) : NULL;
}

/* "my open leads", "show priya's leads from linkedin": as "leads open of me". */
static bool understand_owned(const struct type_reader *reader, const struct listener *listener,
                             const struct words *words, struct sentence *sentence)
{
    struct arena *arena = reader->arena;
    for (size_t at = 0; at < TURN_LIMIT && at < words->count; at++) {
        const char *name = owner(arena, words->list[at].text);
        for (size_t i = at + 1; name != NULL && i < words->count && i <= at + TURN_LIMIT; i++) {
            if (!head_is_plural(listener, words->list[i].text)) {
                continue;
            }
            const char *line =
                arena_printf(arena, "%s %s of %s%s", words->list[i].text, words_join(arena, words, at + 1, i),
                             name, words->line + words->list[i].end);
            struct words turned = words_split(arena, line);
            return understand(reader, listener, &turned, sentence) && sentence->command != NULL &&
                   sentence->complaint == NULL && sentence->arguments.count > 0;
        }
    }
    return false;
}

/* "hand over ravi's leads to priya" as "hand over leads of ravi to priya": where wordings look for a name of
 * so many words. NULL when nobody's are meant. What is behind a record may be a text, and stays as it was
 * written. */
static const char *disown(struct arena *arena, const struct listener *listener, const struct words *words,
                          size_t length)
{
    for (size_t at = 0; at <= OWNER_LIMIT && at + 1 < words->count; at++) {
        const struct word *word = &words->list[at];
        const char *name = word->quoted ? NULL : owner(arena, word->text);
        if (word->quoted || words_break(words, at) || head_is_number(word->text) ||
            head_is_number_list(word->text) || head_is_pronoun(word->text)) {
            return NULL;
        }
        for (size_t i = at + 1; name != NULL && at + 1 >= length && i < words->count && i <= at + 2; i++) {
            if (head_is_plural(listener, words->list[i].text)) {
                size_t before = at + 1 - length;
                const char *first = words_join(arena, words, before, at);
                /* "all of my leads" */
                before -= before > 0 && text_equal_nocase(words->list[before - 1].text, "of");
                return arena_printf(arena, "%s %s of %s%s%s%s", words_join(arena, words, 0, before),
                                    words_join(arena, words, at + 1, i + 1), first, length > 1 ? " " : "",
                                    name, words->line + words->list[i].end);
            }
        }
    }
    return NULL;
}

struct reworded {
    const char *line; /* NULL for none */
    size_t own;
};

static void reword_as(struct arena *arena, const struct listener *listener, const struct words *words,
                      bool last, struct reworded *best)
{
    size_t own;
    const char *line = wording_read(arena, listener, words, last, &own);
    if (own > best->own) {
        *best = (struct reworded){line, own};
    }
}

/* How many words at the beginning only ask to see what follows: "show me". */
static size_t count_showing(const struct words *words)
{
    static const char *const shows[] = {"show", "list", "see", "get", "give", "tell"};
    bool shown = false;
    for (size_t i = 0; words->count > 2 && i < sizeof shows / sizeof shows[0]; i++) {
        shown = shown || (!words->list[0].quoted && text_equal_nocase(words->list[0].text, shows[i]));
    }
    bool me = shown && text_equal_nocase(words->list[1].text, "me");
    bool asks = shown && (me || text_equal_nocase(words->list[0].text, "show") ||
                          text_equal_nocase(words->list[0].text, "list"));
    return asks ? 1 + (size_t)me : 0;
}

/* What the words mean by a wording of a row, as they are, without a "show me", or with a name of one or two
 * words behind an "of": by the one with the most words of its own. NULL for none. */
static const char *reword(struct arena *arena, const struct listener *listener, const struct words *words,
                          bool last)
{
    struct reworded best = {NULL, 0};
    size_t showing = last ? 0 : count_showing(words);
    reword_as(arena, listener, words, last, &best);
    if (showing > 0 && best.line == NULL) {
        struct words shown = {words->line, words->list + showing, words->count - showing};
        reword_as(arena, listener, &shown, last, &best);
    }
    for (size_t length = 1; length <= 2; length++) {
        const char *disowned = disown(arena, listener, words, length);
        if (disowned != NULL) {
            struct words named = words_split(arena, disowned);
            reword_as(arena, listener, &named, last, &best);
        }
    }
    return best.line;
}

/* "untag 7 excel": by a wording of a row. `last`: those for what is not understood otherwise. */
static bool understand_worded(const struct type_reader *reader, const struct listener *listener,
                              const struct words *words, bool last, struct sentence *sentence)
{
    const char *line = reword(reader->arena, listener, words, last);
    struct sentence trial;
    if (line == NULL) {
        return false;
    }
    struct words reworded = words_split(reader->arena, line);
    if (!understand(reader, listener, &reworded, &trial) || trial.command == NULL ||
        trial.complaint != NULL) {
        return false;
    }
    *sentence = trial;
    sentence->exact = !last;
    return true;
}

/* "last seen priya": a name of one word, written as two. */
static bool understand_joined(const struct type_reader *reader, const struct listener *listener,
                              const struct words *words, struct sentence *sentence)
{
    if (words->count < 2 || words_break(words, 0)) {
        return false;
    }
    const char *name = arena_printf(reader->arena, "%s%s", words->list[0].text, words->list[1].text);
    if (command_table_find(listener->table, text_lower(reader->arena, name)) == NULL) {
        return false;
    }
    const char *line = arena_printf(reader->arena, "%s%s", name, words->line + words->list[1].end);
    struct words joined = words_split(reader->arena, line);
    return understand(reader, listener, &joined, sentence);
}

/* How many words at `at` introduce a topic of the row. */
static size_t introduces_topic(const struct command *row, const struct words *words, size_t at)
{
    size_t best = 0;
    for (size_t i = 0; i < command_param_count(row); i++) {
        const struct param *param = &row->params[i];
        for (const char *const *word = param->words;
             (param->flags & PARAM_TOPIC) != 0 && word != NULL && *word != NULL; word++) {
            size_t taken = words_match(words, at, *word);
            best = taken > best ? taken : best;
        }
    }
    return best;
}

/* "due", "which follow-ups are due today?", "my follow-ups": as "leads due", "leads due today". It may be a
 * name as well. */
static bool understand_topic(const struct type_reader *reader, const struct listener *listener,
                             const struct words *words, struct sentence *sentence)
{
    static const char *const asking[] = {"what", "whats", "what's", "which", "who",
                                         "is",   "are",   "show",   "list"};
    struct arena *arena = reader->arena;
    size_t at = 0;
    bool mine = false;
    bool asks = true;
    while (at < words->count && at < TURN_LIMIT && asks) {
        const char *word = words->list[at].text;
        asks = head_is_filler(word);
        for (size_t i = 0; i < sizeof asking / sizeof asking[0]; i++) {
            asks = asks || text_equal_nocase(word, asking[i]);
        }
        mine = mine || text_equal_nocase(word, "my");
        at += asks;
    }
    for (size_t i = 0; i < listener->table->count && at < words->count; i++) {
        const struct command *row = listener->table->rows[i];
        if (introduces_topic(row, words, at) == 0) {
            continue;
        }
        const char *line = arena_printf(arena, "%.*ss %s%s", (int)head_noun_length(row), row->name,
                                        words->line + words->list[at].begin, mine ? " of me" : "");
        struct words turned = words_split(arena, line);
        bool whole = understand(reader, listener, &turned, sentence) && sentence->command == row;
        sentence->exact = false;
        return whole;
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
    if (words.count == 0 || understand_worded(reader, listener, &words, false, &sentence) ||
        understand_owned(reader, listener, &words, &sentence)) {
        return sentence;
    }
    understand(reader, listener, &words, &sentence);
    if (sentence.command != NULL || sentence.unclear) {
        return sentence;
    }
    if (sentence.command == NULL) {
        understand_joined(reader, listener, &words, &sentence);
    }
    if (sentence.command == NULL) {
        understand_turned(reader, listener, &words, &sentence);
    }
    if (sentence.command == NULL) {
        understand_topic(reader, listener, &words, &sentence);
    }
    return sentence;
}

/* What a wording for what is not understood otherwise makes of the line, as `meant`; NULL for none. */
static const char *const *read_last_wording(const struct type_reader *reader, const struct listener *listener,
                                            const char *line)
{
    struct words words = words_split(reader->arena, line + strspn(line, " \t\r\n/!"));
    const char **meant = arena_array(reader->arena, 2, sizeof *meant);
    meant[0] = reword(reader->arena, listener, &words, true);
    return meant[0] == NULL ? NULL : meant;
}

const char *const *grammar_otherwise(const struct type_reader *reader, const struct listener *listener,
                                     const char *line)
{
    const char *const *worded = read_last_wording(reader, listener, line);
    return worded != NULL ? worded : suggest_lines(reader, listener, line);
}

/* What was meant if fingers slipped, and else: one of them may be NULL. */
static const char *const *join(struct arena *arena, const char *const *near, const char *const *otherwise)
{
    const char **meant = arena_array(arena, MEANT_LIMIT + 1, sizeof *meant);
    size_t count = 0;
    if (near == NULL || otherwise == NULL) {
        return near == NULL ? otherwise : near;
    }
    for (; *near != NULL && count + 1 < MEANT_LIMIT; near++) {
        meant[count++] = *near;
    }
    for (; *otherwise != NULL && count < MEANT_LIMIT; otherwise++) {
        meant[count++] = *otherwise;
    }
    return meant;
}

/* "assign rohit sharma to priya": who is meant has a number, and is looked for. NULL when it is no such line.
 */
static const char *const *offer_number(const struct line *line, const struct command *row)
{
    const struct target_kind *kind = target_kind(row->target);
    const struct words *words = line->words;
    size_t first = line->head.taken;
    size_t last = first;
    bool ends = kind == NULL || !kind->numbered || has_record(line);
    while (!ends && last < words->count && last < first + 2) {
        const char *word = words->list[last].text;
        ends = strpbrk(word, "0123456789@") != NULL;
        for (size_t i = 0; i < command_param_count(row); i++) {
            const struct param *param = &row->params[i];
            for (const char *const *by = param->words; by != NULL && *by != NULL; by++) {
                ends = ends || words_match(words, last, *by) > 0;
            }
        }
        last += !ends;
        ends = ends || words_break(words, last - 1);
    }
    for (size_t i = 0; last > first && i < line->listener->table->count; i++) {
        const struct command *find = line->listener->table->rows[i];
        if (strcmp(head_verb(find), "find") == 0 && head_noun_length(find) == strlen(kind->word) &&
            strncmp(find->name, kind->word, strlen(kind->word)) == 0) {
            const char **meant = arena_array(line->reader->arena, 2, sizeof *meant);
            meant[0] = arena_printf(line->reader->arena, "%s %s", head_verb(find),
                                    words_join(line->reader->arena, words, first, last));
            return meant;
        }
    }
    return NULL;
}

struct sentence grammar_read(const struct type_reader *reader, const struct listener *listener,
                             const char *line)
{
    struct sentence sentence = grammar_read_strictly(reader, listener, line);
    /* "leads in delhi" */
    if (sentence.complaint != NULL && sentence.meant == NULL) {
        sentence.meant = read_last_wording(reader, listener, line);
    }
    if ((sentence.command == NULL || sentence.complaint != NULL) && sentence.meant == NULL) {
        sentence.meant = suggest_lines(reader, listener, line);
    }
    if (sentence.command == NULL && sentence.meant == NULL) {
        struct words words = words_split(reader->arena, line + strspn(line, " \t\r\n/!"));
        understand_worded(reader, listener, &words, true, &sentence);
    }
    if (sentence.complaint != NULL) {
        struct words words = words_split(reader->arena, line + strspn(line, " \t\r\n/!"));
        struct line verbless = {.reader = reader, .listener = listener, .words = &words};
        verbless.head = head_read(reader->arena, listener, &words);
        bool of_record = verbless.head.verb == NULL && has_record(&verbless);
        const char *const *number = sentence.meant == NULL && sentence.target == NULL && !sentence.refers
                                        ? offer_number(&verbless, sentence.command)
                                        : NULL;
        if (number != NULL) {
            const struct target_kind *kind = target_kind(sentence.command->target);
            sentence.complaint = arena_printf(reader->arena, "Give the number of the %s, such as %s.",
                                              kind->word, kind->example);
            sentence.meant = number;
        } else if (sentence.meant == NULL || of_record) {
            sentence.meant = join(reader->arena, sentence.meant, offer_verbless(&verbless));
        }
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
