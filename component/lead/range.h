/* range: what a number, an amount or a day is to be: "5", ">5", "<10", "5..10", "over 5", "5 to 10".
 *
 * Of this room only. Threads: any, as the arena.
 */
#ifndef LEAD_RANGE_H
#define LEAD_RANGE_H

#include <stdbool.h>

#include "base/arena.h"

/* The ends as they are written; NULL for an open one. `same`: both are one thing, that it is to be. */
struct lead_range {
    const char *from, *to;
    bool same;
    bool above, below; /* the end itself is not among them */
};

/* Takes a text apart; what the ends are, the caller reads. */
struct lead_range lead_range_split(struct arena *arena, const char *text);

#endif
