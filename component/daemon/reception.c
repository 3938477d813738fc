#include "daemon/reception_book.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

#define RECEPTION_TELL_AT_ONCE 500 /* addresses told in a tick who is there */

int reception_compare_keys(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

char *reception_copy(const char *string)
{
    char *copied = strdup(string);
    if (copied == NULL) {
        log_bug("out of memory");
    }
    return copied;
}

struct strings *reception_strings_new(void)
{
    struct arena *arena = arena_new();
    struct strings *strings = arena_alloc(arena, sizeof *strings);
    *strings = (struct strings){.arena = arena};
    return strings;
}

/* ---- whether somebody is there, for visitors and customers to see ---- */

bool reception_tell_attended(const struct reception *reception, const char *to)
{
    struct daemon *daemon = reception->daemon;
    struct arena *arena = arena_new();
    size_t length;
    const char *bytes = wire_desk_presence(arena, &daemon->domains, to, reception->attended, &length);
    enum stream_result result = stream_send(daemon->stream, stream_epoch(daemon->stream), bytes, length);
    arena_free(arena);
    return result == STREAM_OK;
}

enum told reception_word(const struct reception *reception)
{
    return reception->attended ? TOLD_HERE : TOLD_AWAY;
}

struct telling {
    struct reception *reception;
    size_t told;
    bool left;
};

static void tell_guest(const void *node, VISIT visit, void *context)
{
    struct guest *guest = *(struct guest *const *)node;
    struct telling *telling = context;
    const struct reception *reception = telling->reception;
    if ((visit != postorder && visit != leaf) || guest->sessions.count == 0 ||
        guest->told == reception_word(reception)) {
        return;
    }
    if (telling->told == RECEPTION_TELL_AT_ONCE || !reception_tell_attended(reception, guest->address)) {
        telling->left = true;
        return;
    }
    telling->told++;
    guest->told = reception_word(reception);
}

/* Some at a time, so that many visitors do not fill the stream. */
static void reception_tell_all(struct reception *reception)
{
    struct telling telling = {.reception = reception};
    twalk_r(reception->guests, tell_guest, &telling);
    reception->telling = telling.left;
}

static void reception_attended_read(void *context, void *argument)
{
    struct reception *reception = context;
    bool attended = argument != NULL;
    if (reception->attended_known && reception->attended == attended) {
        return;
    }
    reception->attended = attended;
    reception->attended_known = reception->telling = true;
}

enum db_status reception_attended_task(struct desk *desk, struct db *db, struct desk_job *job)
{
    struct identity identity = desk_identity(desk);
    struct reception *reception = job->context;
    struct unit *unit = unit_begin(db, job->arena, &identity);
    const struct desk_attended *found = query_desk_attended(unit);
    enum db_status status = unit_commit(unit);
    if (status == DB_OK) {
        stream_post(reception->daemon->stream, reception_attended_read, reception,
                    found->rows[0].attended ? reception : NULL);
    }
    return status;
}

bool reception_can_take(const char *show)
{
    return show == NULL || (strcmp(show, "dnd") != 0 && strcmp(show, "xa") != 0);
}

bool reception_is_away(const char *show)
{
    return show != NULL && strcmp(show, "chat") != 0 && *show != '\0';
}

void reception_show_bot(const struct reception *reception, const struct jid *to)
{
    struct arena *arena = arena_new();
    size_t length;
    const char *bytes = wire_presence(arena, &reception->daemon->domains, "bot", to->full,
                                      &(struct wire_shown){.present = true}, &length);
    desk_send(reception->daemon->desk, bytes, length);
    arena_free(arena);
}

void reception_tick(struct reception *reception)
{
    size_t left = 0;
    for (size_t i = 0; i < reception->later_count; i++) {
        if (!desk_push(reception->daemon->desk, reception->later[i])) {
            reception->later[left++] = reception->later[i];
        }
    }
    reception->later_count = left;
    if (reception->telling) {
        reception_tell_all(reception);
    }
}

void reception_look(struct reception *reception)
{
    desk_push_task(reception->daemon->desk, arena_new(), RECEPTION_STAFF_LANE, reception_attended_task,
                   reception, NULL);
}

/* ---- beginning and end ---- */

struct reception *reception_new(struct daemon *daemon)
{
    struct reception *reception = calloc(1, sizeof *reception);
    if (reception == NULL) {
        log_bug("out of memory");
    }
    reception->daemon = daemon;
    return reception;
}

struct kept {
    struct guest **guests;
    size_t count;
};

static void keep_waiting(const void *node, VISIT visit, void *context)
{
    struct guest *guest = *(struct guest *const *)node;
    struct kept *kept = context;
    if ((visit == postorder || visit == leaf) && guest->resolving) {
        kept->guests[kept->count++] = guest;
    }
}

static void guest_free_unless_waiting(void *node)
{
    struct guest *guest = node;
    if (!guest->resolving) {
        reception_guest_free(guest);
    }
}

void reception_reset(struct reception *reception)
{
    reception->attended_known = reception->telling = false;
    struct kept kept = {calloc(reception->guest_count + 1, sizeof *kept.guests), 0};
    if (kept.guests == NULL) {
        log_bug("out of memory");
    }
    twalk_r(reception->guests, keep_waiting, &kept);
    tdestroy(reception->guests, guest_free_unless_waiting);
    tdestroy(reception->members, reception_member_free);
    reception->guests = reception->members = NULL;
    for (size_t i = 0; i < kept.count; i++) {
        reception_guest_forget_presence(kept.guests[i]);
        if (tsearch(kept.guests[i], &reception->guests, reception_compare_keys) == NULL) {
            log_bug("out of memory");
        }
    }
    reception->guest_count = kept.count;
    free(kept.guests);
}

void reception_free(struct reception *reception)
{
    tdestroy(reception->guests, reception_guest_free);
    tdestroy(reception->members, reception_member_free);
    for (size_t i = 0; i < reception->later_count; i++) {
        arena_free(reception->later[i]->arena);
    }
    free(reception->later);
    free(reception);
}
