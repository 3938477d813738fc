#include "base/similar.h"

#include <string.h>

#define WORD_LIMIT 64

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* Three rows of the table of prefixes are enough: a swap of neighbours looks back two. */
unsigned similar_distance(const char *a, const char *b, unsigned limit)
{
    size_t a_length = strlen(a);
    size_t b_length = strlen(b);
    unsigned rows[3][WORD_LIMIT + 1];
    if (a_length > WORD_LIMIT || b_length > WORD_LIMIT) {
        return limit + 1;
    }
    for (size_t j = 0; j <= b_length; j++) {
        rows[0][j] = (unsigned)j;
    }
    for (size_t i = 1; i <= a_length; i++) {
        unsigned *row = rows[i % 3];
        const unsigned *above = rows[(i + 2) % 3];
        const unsigned *two_above = rows[(i + 1) % 3];
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= b_length; j++) {
            unsigned differs = lower(a[i - 1]) != lower(b[j - 1]);
            row[j] = least(above[j - 1] + differs, least(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1])) {
                row[j] = least(row[j], two_above[j - 2] + 1);
            }
        }
    }
    return least(rows[a_length % 3][b_length], limit + 1);
}

const char *similar_find(const char *word, const char *const *candidates, size_t count)
{
    unsigned near_enough = (unsigned)strlen(word) / 3;
    unsigned best = near_enough == 0 ? 1 : near_enough;
    const char *found = NULL;
    for (size_t i = 0; i < count; i++) {
        unsigned distance = candidates[i] == NULL ? best + 1 : similar_distance(word, candidates[i], best);
        if (distance < best || (distance == best && found == NULL)) {
            best = distance;
            found = candidates[i];
        }
    }
    return found;
}
