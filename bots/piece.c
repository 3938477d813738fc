/* DESIGN: rules 2, 3 and 5 of place.c. */
#include "bots/piece.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"

bool reading_takes(const struct reading *reading, size_t param, const char *text)
{
    struct value value;
    const char *complaint = type_read(reading->reader, &reading->command->params[param], text, &value);
    return complaint == NULL && value.present;
}

void reading_complain(struct reading *reading, const char *text)
{
    if (reading->complaint == NULL) {
        reading->complaint = arena_printf(reading->reader->arena, "I do not know what “%s” is for.",
                                          text_shorten(reading->reader->arena, text, 40));
    }
}

/* Also "-", which clears: only where a word says what it is for. */
static bool reads_after_word(const struct reading *reading, size_t param, const char *text)
{
    bool clears = (reading->command->params[param].flags & PARAM_CLEARS) != 0 && strcmp(text, "-") == 0;
    return clears || reading_takes(reading, param, text);
}

void reading_put(struct reading *reading, size_t param, const char *text, bool firm)
{
    reading->firm[param] = firm;
    struct arena *arena = reading->reader->arena;
    bool again = reading->values[param] != NULL;
    bool more = again && (reading->command->params[param].flags & (PARAM_REST | PARAM_MANY)) != 0;
    if (again && !more) {
        reading_complain(reading, firm ? reading->values[param] : text);
    }
    const char *gap = strchr(text, '\n') != NULL ? "\n" : ", ";
    reading->values[param] = more ? arena_printf(arena, "%s%s%s", reading->values[param], gap, text) : text;
}

size_t piece_introduces(const struct words *words, size_t at, const struct param *param)
{
    size_t best = words_match(words, at, param->name);
    size_t label = words_match(words, at, param->label);
    best = label > best ? label : best;
    /* "budget to 50k", "phone is …" */
    bool joined = best > 0 && at + best + 1 < words->count && !words_break(words, at + best - 1) &&
                  (words_match(words, at + best, "to") > 0 || words_match(words, at + best, "is") > 0);
    best += joined ? 1 : 0;
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
        size_t length = piece_introduces(words, at, &reading->command->params[i]);
        if (length > *taken) {
            *taken = length;
            found = (int)i;
        }
    }
    return found;
}

/* What the word stands for by itself, and of which parameter; NULL for most words. */
static const char *stands_for(const struct reading *reading, const struct word *word, int *param)
{
    for (size_t i = 0; !word->quoted && i < reading->param_count; i++) {
        const struct choice *alone = reading->command->params[i].alone;
        for (; alone != NULL && alone->value != NULL; alone++) {
            if (text_equal_nocase(alone->value, word->text)) {
                *param = (int)i;
                return alone->label;
            }
        }
    }
    return NULL;
}

int piece_key(const struct reading *reading, const struct word *word, const char **value)
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
    return letters > 0 && word->text[letters] == '=' && piece_key(reading, word, &unused) < 0;
}

/* Takes key=value at `at`; returns how many words it is, 0 when it is none. */
static size_t take_key(struct reading *reading, const struct words *words, size_t at)
{
    const char *value = NULL;
    const char *unused;
    int param = piece_key(reading, &words->list[at], &value);
    if (param < 0) {
        return 0;
    }
    size_t last = at + 1;
    struct text text = text_new(reading->reader->arena);
    text_add(&text, value);
    while (!words->list[at].quoted && !words_break(words, last - 1) && last < words->count &&
           piece_key(reading, &words->list[last], &unused) < 0 &&
           !is_unknown_key(reading, &words->list[last])) {
        text_addf(&text, " %s", words->list[last++].text);
    }
    reading_put(reading, (size_t)param, text.data, true);
    return last - at;
}

/* True for a topic's word that stands alone: "new due", but not "follow-ups overdue", where it is the value.
 */
static bool is_lone_topic(const struct reading *reading, const struct words *words, size_t first, size_t at,
                          int param)
{
    if (param < 0 || (reading->command->params[param].flags & PARAM_TOPIC) == 0) {
        return false;
    }
    for (size_t before = first; before < at; before++) {
        size_t taken = 0;
        if (introduced(reading, words, before, &taken) == param && before + taken == at) {
            return false;
        }
    }
    return true;
}

/* Where the value ends that begins at `value` when something else is told by its look behind it: "linkedin"
 * of "from linkedin tmrw 5pm". `end` when all of it is the value, or none. */
static size_t value_end(const struct reading *reading, const struct words *words, int param, size_t value,
                        size_t end)
{
    struct arena *arena = reading->reader->arena;
    if (end - value > 2 * TAIL_LIMIT || !type_of(reading->command->params[param].type)->telling ||
        reads_after_word(reading, (size_t)param, words_join(arena, words, value, end))) {
        return end;
    }
    for (size_t last = value + 1; last < end && last <= value + TAIL_LIMIT; last++) {
        if (!reading_takes(reading, (size_t)param, words_join(arena, words, value, last))) {
            continue;
        }
        const char *rest = words_join(arena, words, last, end);
        for (size_t i = 0; i < reading->param_count; i++) {
            const struct param *other = &reading->command->params[i];
            if ((int)i != param && type_of(other->type)->telling && strpbrk(rest, "@0123456789") != NULL &&
                (other->flags & PARAM_TOPIC) == 0 && reading_takes(reading, i, rest)) {
                return last;
            }
        }
    }
    return end;
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
        bool last = begins_next || words_break(words, at);
        reading->ends[at] = last ? at + 1 : reading->ends[at + 1];
        int param = introduced(reading, words, at, &taken);
        size_t value = at + taken;
        if (param >= 0 && value < reading->ends[at]) {
            reading->ends[at] = value_end(reading, words, param, value, reading->ends[at]);
        }
        /* A phrase of several words is one, even if its last would introduce something too: "assigned to". */
        if (param >= 0 && taken > 1 && value < words->count &&
            reads_after_word(reading, (size_t)param, words_join(arena, words, value, reading->ends[value]))) {
            reading->ends[at] = reading->ends[value];
        }
        int standing;
        bool alone = stands_for(reading, &words->list[at], &standing) != NULL;
        reading->ends[at] = alone ? at + 1 : reading->ends[at];
        begins_next =
            alone || piece_key(reading, &words->list[at], &unused) >= 0 ||
            (value == reading->ends[at] && is_lone_topic(reading, words, first, at, param)) ||
            (param >= 0 && value < reading->ends[at] &&
             reads_after_word(reading, (size_t)param, words_join(arena, words, value, reading->ends[at])));
    }
}

/* "for 12 people", "on the phone": a word that introduces an amount or a date, and also much else. What only
 * its name introduces ("budget lots") is meant. */
static bool is_weak(const struct reading *reading, const struct words *words, const struct piece *piece,
                    size_t taken)
{
    const struct param *param = &reading->command->params[piece->param];
    const char *text = words_join(reading->reader->arena, words, piece->first + taken, piece->last);
    bool named = words_match(words, piece->first, param->name) > 0 ||
                 words_match(words, piece->first, param->label) > 0;
    if ((param->flags & PARAM_NAMED) != 0) {
        return !reads_after_word(reading, (size_t)piece->param, text);
    }
    return !named && type_of(param->type)->telling && param->type != PARAM_CHOICE &&
           !reads_after_word(reading, (size_t)piece->param, text) &&
           !type_resembles(reading->reader, param, text);
}

/* The text that takes several and goes on with this piece, "hi" of "languages en, hi"; or -1. */
static int goes_on_with(const struct reading *reading, const struct words *words, const struct piece *before,
                        const struct piece *piece)
{
    int param = before->value != NULL || before->last != piece->first ? -1 : before->param;
    if (param < 0 || reading->command->params[param].type != PARAM_TEXT ||
        (reading->command->params[param].flags & PARAM_MANY) == 0) {
        return -1;
    }
    const char *text = words_join(reading->reader->arena, words, piece->first, piece->last);
    for (size_t i = 0; i < reading->param_count; i++) {
        const struct param *other = &reading->command->params[i];
        if (type_of(other->type)->telling && type_resembles(reading->reader, other, text)) {
            return -1;
        }
    }
    return param;
}

size_t pieces_cut(struct reading *reading, const struct words *words, size_t at,
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
        piece.value = stands_for(reading, &words->list[at], &piece.param);
        if (piece.value != NULL) {
            at = piece.last;
            pieces[count++] = piece;
            continue;
        }
        piece.param = introduced(reading, words, at, &taken);
        piece.param = piece.param >= 0 && is_weak(reading, words, &piece, taken) ? -1 : piece.param;
        at = piece.last;
        const struct param *param = piece.param < 0 ? NULL : &reading->command->params[piece.param];
        piece.bare = param != NULL && piece.first + taken == piece.last &&
                     (param->type == PARAM_BOOLEAN || (param->flags & PARAM_TOPIC) != 0);
        piece.first += piece.param >= 0 && piece.first + taken < piece.last ? taken : 0;
        if (piece.param < 0 && count > 0) {
            piece.param = goes_on_with(reading, words, &pieces[count - 1], &piece);
        }
        pieces[count++] = piece;
    }
    return count;
}
