#include "daemon/ask.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"

#define ASK_LIMIT   64
#define ASK_SECONDS 15

struct ask {
    unsigned long long number;
    ask_answered *answered;
    void *context;
    const char *to; /* who may answer: a domain of ours, which outlives the request */
    time_t sent;
};

struct asks {
    struct stream *stream;
    const char *from;
    unsigned long long last_number;
    const char *last_to;
    struct ask waiting[ASK_LIMIT];
    size_t count;
};

static time_t ask_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

struct asks *asks_new(struct stream *stream, const char *from)
{
    struct asks *asks = calloc(1, sizeof *asks);
    if (asks == NULL) {
        log_bug("out of memory");
    }
    asks->stream = stream;
    asks->from = from;
    return asks;
}

void asks_free(struct asks *asks)
{
    free(asks);
}

struct xml *ask_open(struct asks *asks, struct arena *arena, const char *type, const char *to)
{
    struct xml *xml = xml_new(arena);
    asks->last_to = to;
    xml_open(xml, "iq", NULL);
    xml_attribute(xml, "from", asks->from);
    xml_attribute(xml, "to", to);
    xml_attribute(xml, "type", type);
    xml_attribute(xml, "id", arena_printf(arena, "ask-%llu", ++asks->last_number));
    return xml;
}

const char *ask_expect(struct asks *asks, struct xml *xml, ask_answered *answered, void *context,
                       size_t *length)
{
    const char *bytes = xml_finish(xml, length);
    if (bytes == NULL || asks->count == ASK_LIMIT) {
        return NULL;
    }
    asks->waiting[asks->count++] =
        (struct ask){asks->last_number, answered, context, asks->last_to, ask_now()};
    return bytes;
}

void ask_withdraw(struct asks *asks)
{
    asks->count--;
}

void ask_send(struct asks *asks, struct xml *xml, ask_answered *answered, void *context)
{
    size_t length;
    uint64_t epoch = stream_epoch(asks->stream);
    const char *bytes = ask_expect(asks, xml, answered, context, &length);
    if (bytes == NULL) {
        answered(context, NULL);
    } else if (epoch == 0 || stream_send(asks->stream, epoch, bytes, length) != STREAM_OK) {
        asks->count--;
        answered(context, NULL);
    }
}

static struct ask ask_remove(struct asks *asks, size_t i)
{
    struct ask ask = asks->waiting[i];
    asks->waiting[i] = asks->waiting[--asks->count];
    return ask;
}

bool asks_take(struct asks *asks, const struct stanza *stanza)
{
    long long number;
    if (stanza->kind != STANZA_IQ || stanza->id == NULL ||
        jid_record_number(stanza->id, "ask-", &number) != 0) {
        return false;
    }
    if (strcmp(stanza->type, "result") != 0 && strcmp(stanza->type, "error") != 0) {
        return false;
    }
    for (size_t i = 0; i < asks->count; i++) {
        /* Numbers can be guessed: only an answer of whom was asked counts. */
        if (asks->waiting[i].number != (unsigned long long)number ||
            strcmp(asks->waiting[i].to, stanza->from.full) != 0) {
            continue;
        }
        struct ask ask = ask_remove(asks, i);
        ask.answered(ask.context, stanza);
        return true;
    }
    return false;
}

void asks_tick(struct asks *asks)
{
    time_t now = ask_now();
    for (size_t i = 0; i < asks->count;) {
        if (now - asks->waiting[i].sent < ASK_SECONDS) {
            i++;
            continue;
        }
        struct ask ask = ask_remove(asks, i);
        log_warn("Prosody did not answer a request within %d s", ASK_SECONDS);
        ask.answered(ask.context, NULL);
    }
}

void asks_reset(struct asks *asks)
{
    while (asks->count > 0) {
        struct ask ask = ask_remove(asks, 0);
        ask.answered(ask.context, NULL);
    }
}
