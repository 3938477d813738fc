/* similar: how far apart two words are, for "did you mean". Threads: any. */
#ifndef BASE_SIMILAR_H
#define BASE_SIMILAR_H

#include <stddef.h>

/* The number of insertions, deletions, replacements and swaps of neighbours that lead from one word to the
 * other (optimal string alignment, ASCII case ignored), or limit + 1 when it is more than `limit` or a word
 * is longer than 64 bytes. */
unsigned similar_distance(const char *a, const char *b, unsigned limit);

/* How far a word as it was typed is from the one that was meant, in tenths of an edit: a letter too many, one
 * left out or another one is 10; a key beside the right one or a swap of neighbours 7; a letter doubled, or
 * single where it is double, 6; and 4 more when the first letters differ. limit + 1 when it is more than
 * `limit` or a word is longer than 64 bytes. */
unsigned similar_slip(const char *typed, const char *meant, unsigned limit);

/* How many tenths of an edit away a word of that many letters may be to be recognised. */
unsigned similar_slip_limit(size_t length);

/* The nearest of `count` candidates, NULL entries skipped, when it is near enough to suggest: within a third
 * of the word's length, at least 1. Returns NULL when none is. The first of equals wins. */
const char *similar_find(const char *word, const char *const *candidates, size_t count);

#endif
