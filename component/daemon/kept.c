#include "daemon/kept.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "daemon/daemon.h"
#include "surface/message.h"

#define KEPT_TICKS 6   /* quarters of a second */
#define KEPT_LIMIT 100 /* people who are told at once */

struct notice_to_send {
    struct arena *arena;
    const char *bytes;
    size_t length;
    unsigned since; /* tick */
};

struct kept {
    struct daemon *daemon;
    struct notice_to_send *notices[KEPT_LIMIT];
    size_t count;
    unsigned ticks;
};

static void kept_add(void *context, void *argument)
{
    struct kept *kept = context;
    struct notice_to_send *notice = argument;
    notice->since = kept->ticks;
    if (kept->count == KEPT_LIMIT) {
        arena_free(notice->arena);
    } else {
        kept->notices[kept->count++] = notice;
    }
}

void kept_message(struct kept *kept, const struct stanza *message)
{
    struct arena *arena = arena_new();
    struct notice_to_send *notice = arena_alloc(arena, sizeof *notice);
    struct xml *xml = message_open_answer(arena, message);
    xml_leaf(xml, "body", NULL,
             "The database is away. I have kept this, and will do it as soon as it is back.");
    xml_close(xml);
    notice->arena = arena;
    notice->bytes = xml_finish(xml, &notice->length);
    stream_post(kept->daemon->stream, kept_add, kept, notice);
}

static void kept_drop(struct kept *kept, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        arena_free(kept->notices[i]->arena);
    }
    kept->count -= count;
    memmove(kept->notices, kept->notices + count, kept->count * sizeof *kept->notices);
}

void kept_clear(struct kept *kept)
{
    kept_drop(kept, kept->count);
}

void kept_tick(struct kept *kept)
{
    size_t count = 0;
    kept->ticks++;
    while (count < kept->count && kept->ticks - kept->notices[count]->since >= KEPT_TICKS) {
        desk_send(kept->daemon->desk, kept->notices[count]->bytes, kept->notices[count]->length);
        count++;
    }
    kept_drop(kept, count);
}

struct kept *kept_new(struct daemon *daemon)
{
    struct kept *kept = calloc(1, sizeof *kept);
    if (kept == NULL) {
        log_bug("out of memory");
    }
    kept->daemon = daemon;
    return kept;
}

void kept_free(struct kept *kept)
{
    kept_clear(kept);
    free(kept);
}
