#include "base/similar.h"

#include <stdbool.h>
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

/* ---- slips of the fingers */

static bool is_neighbour(char a, char b)
{
    static const char *const rows[] = {"qwertyuiop", "asdfghjkl", "zxcvbnm"};
    int row[2] = {-1, -9};
    int column[2] = {0, 0};
    const char wanted[2] = {lower(a), lower(b)};
    for (int i = 0; i < 3; i++) {
        for (int which = 0; which < 2; which++) {
            const char *at = wanted[which] == '\0' ? NULL : strchr(rows[i], wanted[which]);
            if (at != NULL) {
                row[which] = i;
                column[which] = (int)(at - rows[i]);
            }
        }
    }
    /* A lower row stands half a key further right: its neighbours above are the same column and the next. */
    int down = row[1] - row[0];
    int right = column[1] - column[0];
    return (down == 0 && (right == 1 || right == -1)) || (down == 1 && (right == 0 || right == -1)) ||
           (down == -1 && (right == 0 || right == 1));
}

static unsigned replace_cost(char typed, char meant)
{
    if (lower(typed) == lower(meant)) {
        return 0;
    }
    return is_neighbour(typed, meant) ? 7 : 10;
}

/* A letter at `at` that stands in one word and not in the other. */
static unsigned extra_cost(const char *word, size_t at)
{
    return at > 0 && lower(word[at]) == lower(word[at - 1]) ? 6 : 10;
}

unsigned similar_slip(const char *typed, const char *meant, unsigned limit)
{
    size_t a_length = strlen(typed);
    size_t b_length = strlen(meant);
    unsigned rows[3][WORD_LIMIT + 1];
    if (a_length > WORD_LIMIT || b_length > WORD_LIMIT || a_length == 0 || b_length == 0) {
        return limit + 1;
    }
    rows[0][0] = 0;
    for (size_t j = 1; j <= b_length; j++) {
        rows[0][j] = rows[0][j - 1] + extra_cost(meant, j - 1);
    }
    for (size_t i = 1; i <= a_length; i++) {
        unsigned *row = rows[i % 3];
        const unsigned *above = rows[(i + 2) % 3];
        const unsigned *two_above = rows[(i + 1) % 3];
        row[0] = above[0] + extra_cost(typed, i - 1);
        for (size_t j = 1; j <= b_length; j++) {
            row[j] = least(above[j - 1] + replace_cost(typed[i - 1], meant[j - 1]),
                           least(above[j] + extra_cost(typed, i - 1), row[j - 1] + extra_cost(meant, j - 1)));
            if (i > 1 && j > 1 && lower(typed[i - 1]) == lower(meant[j - 2]) &&
                lower(typed[i - 2]) == lower(meant[j - 1])) {
                row[j] = least(row[j], two_above[j - 2] + 7);
            }
        }
    }
    unsigned first = lower(typed[0]) == lower(meant[0]) ? 0 : 4;
    return least(rows[a_length % 3][b_length] + first, limit + 1);
}

unsigned similar_slip_limit(size_t length)
{
    static const unsigned limits[] = {0, 0, 11, 14, 16, 20, 24, 24};
    return length < sizeof limits / sizeof limits[0] ? limits[length] : 31;
}
