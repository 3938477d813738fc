/* reconcile: makes PostgreSQL and Prosody agree after a connection was made, or after something could not be
 * taken in; and the barriers that say, while all is well, up to where they do.
 *
 * DESIGN (DESIGN.md section 5)
 *
 * While all is well, a barrier (an IQ to D, answered by mod_crm_admin with Prosody's clock) follows what was
 * sent or heard. When it comes back, Prosody has processed every stanza that we sent before it: rows for
 * staff are `routed`. And we have received every stanza that staff sent before the time that it names: once
 * all lanes have committed what came before (a fence in each), that time becomes the mark.
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

/* Any thread: a message to the bot was left to the archive. Its sender is told, unless it is dealt with at
 * once. */
void reconcile_kept(struct reconcile *reconcile, const struct stanza *message);

/* A message of staff was given to a lane: a barrier will move the mark behind it. */
void reconcile_heard(struct reconcile *reconcile);

void reconcile_connected(struct reconcile *reconcile);
void reconcile_disconnected(struct reconcile *reconcile);

/* Four times a second. */
void reconcile_tick(struct reconcile *reconcile);

#endif
