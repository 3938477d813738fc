#include "desk/sessions.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"

void sessions_clear(struct sessions *sessions)
{
    for (size_t i = 0; i < sessions->count; i++) {
        free(sessions->items[i].full);
    }
    free(sessions->items);
    *sessions = (struct sessions){0};
}

struct session *sessions_find(const struct sessions *sessions, const char *full)
{
    for (size_t i = 0; i < sessions->count; i++) {
        if (strcmp(sessions->items[i].full, full) == 0) {
            return &sessions->items[i];
        }
    }
    return NULL;
}

bool sessions_add(struct sessions *sessions, const char *full)
{
    if (sessions_find(sessions, full) != NULL) {
        return false;
    }
    char *copy = strdup(full);
    sessions->items = reallocarray(sessions->items, sessions->count + 1, sizeof *sessions->items);
    if (sessions->items == NULL || copy == NULL) {
        log_bug("out of memory");
    }
    sessions->items[sessions->count++] = (struct session){copy, false};
    return true;
}

bool sessions_remove(struct sessions *sessions, const char *full)
{
    struct session *found = sessions_find(sessions, full);
    if (found == NULL) {
        return false;
    }
    free(found->full);
    size_t after = (size_t)(sessions->items + --sessions->count - found);
    memmove(found, found + 1, after * sizeof *found);
    return true;
}

bool sessions_away(const struct sessions *sessions)
{
    for (size_t i = 0; i < sessions->count; i++) {
        if (!sessions->items[i].away) {
            return false;
        }
    }
    return sessions->count > 0;
}
