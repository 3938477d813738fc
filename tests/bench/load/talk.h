/* talk: visitors and agents in conversation: they arrive, one says something, the other replies.
 *
 * The visitor with number n talks to agent n modulo the agents. "turn n k" is what a visitor says, "reply n
 * k" what ends that turn. Every function serves the links until what it is for has happened, and ends the
 * program when it does not within a minute
 * (conversations that are opened: some minutes). Threads: one.
 */
#ifndef LOAD_TALK_H
#define LOAD_TALK_H

#include <stddef.h>

#include "speaker.h"

struct samples {
    double *seconds;
    size_t count, capacity;
};

void samples_add(struct samples *samples, double seconds);
/* The least that so many in a hundred do not exceed (nearest rank); 0 of none; sorts. */
double samples_percentile(struct samples *samples, double percent);

void talk_begin(const struct protocol *protocol);

/* An agent logs in. */
struct speaker *talk_agent(const char *name, const char *password);

/* So many visitors more log in, so many of them at once. Returns the seconds it took. */
double talk_arrive(unsigned count, unsigned at_once);

/* The first visitors say one thing each, so many at once, and get their reply. Returns the seconds it took.
 */
double talk_open(unsigned count, unsigned at_once);

/* The first visitors take turn after turn for so long. The samples belong to talk. */
struct samples *talk_turns(unsigned count, double seconds);

/* All visitors say goodbye and are gone. */
void talk_leave(void);

#endif
