/* reconcile: makes PostgreSQL and Prosody agree after a connection was made, or after something could not be
 * taken in. While all is well, barrier.h says up to where they do.
 *
 * DESIGN (DESIGN.md section 5)
 *
 * A reconciliation runs these steps, in this order, and from the beginning after any failure:
 *   1. sessions of staff       who is available                              PostgreSQL: availability
 *   2. sessions of visitors    who is there                                  PostgreSQL: visitor.present
 *   3. missed                  what staff's archives hold since the mark     goes through the lanes like live
 * messages, once, by archive id
 *   4. held                    which pending rows for staff and customers are in archives; those are `routed`
 *   5. open                    rows of the outbox go out again
 * From the moment that something was not taken in until step 3 begins, live messages of staff are left to the
 * archives; while its pages come in, they wait. So nothing overtakes what was missed. No barrier is sent
 * meanwhile; a fence of an earlier time is void.
 *
 * Threads: reconcile_want() from any, all else in the stream thread.
 */
#ifndef DAEMON_RECONCILE_H
#define DAEMON_RECONCILE_H

#include <stdbool.h>

#include "xmpp/stanza.h"

struct daemon;
struct reconcile;

struct reconcile *reconcile_new(struct daemon *daemon);
void reconcile_free(struct reconcile *reconcile);

/* Any thread: something was not taken in. */
void reconcile_want(struct reconcile *reconcile);

/* Whether live messages of staff may be taken in now. */
bool reconcile_takes_staff(const struct reconcile *reconcile);

/* Takes over a live message of staff that may not be taken in now: it waits its turn behind what was missed,
 * or is left to its archive. */
void reconcile_hold(struct reconcile *reconcile, struct arena *arena, const struct stanza *stanza);

void reconcile_connected(struct reconcile *reconcile);
void reconcile_disconnected(struct reconcile *reconcile);

/* Four times a second. */
void reconcile_tick(struct reconcile *reconcile);

#endif
