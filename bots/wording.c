/* DESIGN (wordings)
 *
 * What is said is matched word by word, with these in it: "#" is a record or several, as a head would take
 * them ("7", "lead 7", "3, 5 and 9", "it"), and "*" is one word or more, as few as it takes for the rest to
 * fit. Words that only help ("the", "please") are passed over. What is meant has the same signs, in the same
 * order, and is then read as if it had been written.
 */
#include "bots/wording.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "command/table.h"

#define STAR_LIMIT 3

/* A stretch of words. */
struct stretch {
    size_t first, last;
};

struct match {
    const struct listener *listener;
    const struct words *words;
    struct stretch record, stars[STAR_LIMIT];
    size_t star_count;
};

static bool is_record(const char *word)
{
    return head_is_number(word) || head_is_pronoun(word) || head_is_number_list(word);
}

/* How many words at `at` are a record, or several. */
static size_t take_record(const struct match *match, size_t at)
{
    const struct words *words = match->words;
    size_t end = at;
    if (at + 1 < words->count && head_is_noun(match->listener, words->list[at].text)) {
        at++;
    }
    while (at < words->count && !words->list[at].quoted && is_record(words->list[at].text)) {
        end = ++at;
        at += at < words->count && head_is_link(words->list[at].text);
    }
    return end;
}

static bool matches(struct match *match, const char *pattern, size_t at);

/* "*": as few words as it takes. */
static bool matches_star(struct match *match, const char *rest, size_t at)
{
    size_t place = match->star_count++;
    while (at + 1 < match->words->count && !match->words->list[at].quoted &&
           head_is_article(match->words->list[at].text)) {
        at++;
    }
    for (size_t last = at + 1; last <= match->words->count && place < STAR_LIMIT; last++) {
        match->stars[place] = (struct stretch){at, last};
        if (matches(match, rest, last)) {
            return true;
        }
    }
    match->star_count = place;
    return false;
}

static bool matches_record(struct match *match, const char *rest, size_t at)
{
    size_t last = take_record(match, at);
    if (last == at || !matches(match, rest, last)) {
        return false;
    }
    match->record = (struct stretch){at, last};
    return true;
}

/* True when the pattern takes all words from `at` on. */
static bool matches(struct match *match, const char *pattern, size_t at)
{
    const struct words *words = match->words;
    size_t length = strcspn(pattern, " ");
    const char *rest = pattern + length + strspn(pattern + length, " ");
    bool fits = false;
    if (length == 0 || at == words->count) {
        return length == 0 && at == words->count;
    }
    if (pattern[0] == '*') {
        fits = matches_star(match, rest, at);
    } else if (pattern[0] == '#') {
        fits = matches_record(match, rest, at);
    } else {
        const struct word *word = &words->list[at];
        fits = !word->quoted && strlen(word->text) == length &&
               strncasecmp(word->text, pattern, length) == 0 && matches(match, rest, at + 1);
    }
    return fits || (head_is_article(words->list[at].text) && matches(match, pattern, at + 1));
}

/* The words as they were written, with what separates them. */
static const char *written(struct arena *arena, const struct words *words, struct stretch stretch)
{
    size_t begin = words->list[stretch.first].begin;
    return arena_strndup(arena, words->line + begin, words->list[stretch.last - 1].end - begin);
}

static const char *compose(struct arena *arena, const struct match *match, const char *meant)
{
    struct text text = text_new(arena);
    size_t star = 0;
    for (; *meant != '\0'; meant++) {
        if (*meant == '#') {
            text_add(&text, written(arena, match->words, match->record));
        } else if (*meant == '*' && star < match->star_count) {
            text_add(&text, written(arena, match->words, match->stars[star++]));
        } else {
            text_add_char(&text, *meant);
        }
    }
    return text.data;
}

/* How much a wording says by itself: its own words, and more than one of them where a record has to be, so
 * that "change name of 4 to …" is of a record and of no person called 4. */
static size_t weigh(const char *said)
{
    size_t weight = 0;
    for (; *said != '\0'; said += strspn(said, " ")) {
        weight += *said == '#' ? 3 : *said == '*' ? 0 : 2;
        said += strcspn(said, " ");
    }
    return weight;
}

const char *wording_read(struct arena *arena, const struct listener *listener, const struct words *words,
                         bool last, size_t *weighs)
{
    const char *best = NULL;
    *weighs = 0;
    for (size_t i = 0; i < listener->table->count; i++) {
        const struct wording *wording = listener->table->rows[i]->wordings;
        for (; wording != NULL && wording->said != NULL; wording++) {
            struct match match = {.listener = listener, .words = words};
            size_t weight = weigh(wording->said);
            if (wording->last == last && weight > *weighs && matches(&match, wording->said, 0)) {
                best = compose(arena, &match, wording->meant);
                *weighs = weight;
            }
        }
    }
    return best;
}
