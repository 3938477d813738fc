/* barrier: says, while all is well, up to where PostgreSQL and Prosody agree.
 *
 * DESIGN (DESIGN.md section 5)
 *
 * A barrier (an IQ to D, answered by mod_crm_admin with Prosody's clock) follows what was sent or heard. When
 * it comes back, Prosody has processed every stanza that we sent before it: rows for accounts are `routed`.
 * And we have received every stanza that staff sent before the time that it names: once all lanes have
 * committed what came before (a fence in each), that time becomes the mark, from which reconcile.h reads on.
 *
 * Threads: barrier_void() from any, all else in the stream thread.
 */
#ifndef DAEMON_BARRIER_H
#define DAEMON_BARRIER_H

struct daemon;
struct barrier;

struct barrier *barrier_new(struct daemon *daemon);
void barrier_free(struct barrier *barrier);

/* A message of staff was given to a lane: a barrier will move the mark behind it. */
void barrier_heard(struct barrier *barrier);

/* Something was not taken in: fences that are under way may not move the mark. */
void barrier_void(struct barrier *barrier);

/* Sends one when there is something to settle. Only while nothing is being reconciled. */
void barrier_tick(struct barrier *barrier);

#endif
