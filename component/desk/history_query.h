/* history_query: what an archive query asks for (XEP-0313 version 2, XEP-0059). Reads; history.c answers.
 * Threads: any. */
#ifndef DESK_HISTORY_QUERY_H
#define DESK_HISTORY_QUERY_H

#include <stdbool.h>
#include <stdint.h>

#include "xmpp/element.h"

#define HISTORY_PAGE_LIMIT 100

/* `after` and `before` are archive ids, not negative; `newest` asks for the last page. `max` is at most
 * HISTORY_PAGE_LIMIT, and that of our choice when none was given. */
struct history_query {
    const char *query_id;
    bool has_after, has_before, newest;
    int64_t after, before, max;
};

/* Reads the <query/> of an iq. Returns 0, or -1 when there is none or it names what cannot be an archive id
 * (XEP-0313 section 4.3.3: item-not-found). */
int history_query_read(const struct element *iq, struct history_query *query);

#endif
