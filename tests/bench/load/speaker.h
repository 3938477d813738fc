/* speaker: one who talks, a visitor or an agent, and the two ways in which they reach each other.
 *
 * A protocol opens speakers and carries what they say; it calls the speaker_…() functions of talk.h with what
 * happens. Threads: one.
 */
#ifndef LOAD_SPEAKER_H
#define LOAD_SPEAKER_H

#include <stdbool.h>
#include <stddef.h>

struct heard;

struct speaker {
    unsigned number; /* among the visitors, or among the agents */
    bool agent;
    bool ready;    /* logged in */
    bool leaving;  /* closing is not a failure */
    void *session; /* the protocol's */
    /* a visitor's turn: what was said, when, and the reply that ends it */
    unsigned long turn;
    double said_at;
    bool waiting;
};

struct protocol {
    const char *name;
    /* Logs in; speaker_ready() says when. Visitors have no name and no password, but a secret. */
    void (*open)(struct speaker *speaker, const char *name, const char *password);
    /* to: NULL to the desk; else as it was heard from. */
    void (*say)(struct speaker *speaker, const char *to, const char *text);
    void (*leave)(struct speaker *speaker);
};

/* Called by protocols. */
void speaker_ready(struct speaker *speaker);
void speaker_heard(struct speaker *speaker, const char *from, const char *text);
void speaker_answered(struct speaker *speaker, const struct heard *heard); /* an iq that ask.h sent */
void speaker_closed(struct speaker *speaker);

#endif
