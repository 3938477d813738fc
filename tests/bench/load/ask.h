/* ask: requests of one agent, one after the other, each waiting for its answer; several kinds in turn, so
 * that noise hits all alike. Threads: one.
 *
 * A request is a stanza with places to fill in: %I the id, %N a number by chance, %S the session of the
 * ad-hoc command (XEP-0050) that the request before has begun.
 */
#ifndef LOAD_ASK_H
#define LOAD_ASK_H

#include "speaker.h"

void ask_forget(void); /* all requests */
void ask_add(const char *name, unsigned long lowest, unsigned long highest, const char *stanza);

/* Sends each request so many times. Prints a JSON object with a member for each name. */
void ask_run(struct speaker *agent, unsigned times);

#endif
