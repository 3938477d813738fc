/* heard: what a stream brings, element by element, reduced to what the load generator asks about.
 *
 * Two kinds of streams: one element after the other inside <stream:stream> (RFC 6120), or each a document of
 * its own (RFC 7395). Threads: one. What is longer than its field is cut.
 */
#ifndef LOAD_HEARD_H
#define LOAD_HEARD_H

#include <stdbool.h>
#include <stddef.h>

struct heard {
    char name[32]; /* without prefix */
    char from[256], id[160], type[16];
    char body[512];
    char session[80]; /* of an ad-hoc command (XEP-0050) */
    char command_status[16];
    char condition[48]; /* of an error: its defined condition (RFC 6120 section 8.3.3) */
    bool wants_receipt; /* XEP-0184 */
    unsigned fields;    /* of a data form */
};

struct reader;

/* A framed one keeps nothing between two frames: all streams of a kind can share it. */
struct reader *reader_new(bool framed, void (*take)(void *context, const struct heard *heard));

/* A new stream begins (RFC 6120 section 4.3.3). */
void reader_restart(struct reader *reader);

/* Reads what came; of a framed stream, a whole frame. The context is handed to take(). */
void reader_feed(struct reader *reader, void *context, const char *bytes, size_t length);

#endif
