/* sessions: the open sessions of one address, by their full addresses, and which of them are away. A person
 * has a handful: they are looked through. Threads: as whoever owns the set.
 */
#ifndef DESK_SESSIONS_H
#define DESK_SESSIONS_H

#include <stdbool.h>
#include <stddef.h>

struct session {
    char *full;
    bool away;
};

/* All zero is empty. The one that was added first comes first. */
struct sessions {
    struct session *items;
    size_t count;
};

/* Empties it. */
void sessions_clear(struct sessions *sessions);

/* NULL when there is none of that address. */
struct session *sessions_find(const struct sessions *sessions, const char *full);

/* Both return whether that was news. */
bool sessions_add(struct sessions *sessions, const char *full);
bool sessions_remove(struct sessions *sessions, const char *full);

/* Whether there is one, and each is away. */
bool sessions_away(const struct sessions *sessions);

#endif
