/* words: a line of chat as words, with quotes kept together, and where each begins. Threads: as the arena. */
#ifndef BOTS_WORDS_H
#define BOTS_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

/* One word: `text` without its quotes; `begin` and `end` in the line that was split. */
struct word {
    const char *text;
    size_t begin, end;
    bool quoted;
    bool comma;   /* a separating comma follows */
    bool newline; /* a line break follows */
    bool colon;   /* one was left out */
};

struct words {
    const char *line;
    const struct word *list;
    size_t count;
};

/* True when a comma or a line break ends a piece after that word. */
bool words_break(const struct words *words, size_t at);

/* Splits at white space and at commas that separate (not "50,000"). Straight and typographic quotes hold
 * words together, also after a key: name="Asha Rao" is one word, `name=Asha Rao`. A colon after a number
 * ("42:") or one of the first words ("note: …"), and a question mark at the end, are left out of the word. */
struct words words_split(struct arena *arena, const char *line);

/* The words from `first` up to `last` (not included) as one text. */
char *words_join(struct arena *arena, const struct words *words, size_t first, size_t last);

/* How many words at `at` the phrase takes ("follow up": 2), in any case, quoted words excluded; 0 when it is
 * not there. A colon may follow it: "Phone: …", "Phone : …". */
size_t words_match(const struct words *words, size_t at, const char *phrase);

#endif
