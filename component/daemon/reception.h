/* reception: who is there, and which conversation an address belongs to.
 *
 * Owns, in the stream thread: the sessions of visitors and staff as Prosody tells them, and the fixed pairs
 * of visitor address and visitor number. The pairs never change, so that remembering them makes nothing
 * stale. What arrives from an address whose number is still being looked up waits here, in order. Who is
 * there is written by lanes, which run beside one another; a whole list must not undo what somebody did
 * meanwhile. So all that is written of staff goes through one lane, and what a list changed of visitors, who
 * have many, is compared with their sessions again. Threads: the stream thread's alone.
 */
#ifndef DAEMON_RECEPTION_H
#define DAEMON_RECEPTION_H

#include "desk/desk.h"

struct daemon;
struct reception;

struct reception *reception_new(struct daemon *daemon);
void reception_free(struct reception *reception);

/* Gives a job of a visitor to the desk, once the visitor's number is known. Takes over the arena. */
void reception_visitor(struct reception *reception, struct desk_job *job);

/* A visitor's session came or went. */
void reception_visitor_presence(struct reception *reception, const struct jid *session, bool available);

/* A member of staff's session changed; `available` when it can take conversations. */
void reception_staff_presence(struct reception *reception, const struct jid *session, bool available);

/* Four times a second: goes on with what found its lane full. */
void reception_tick(struct reception *reception);

/* Forgets all sessions: the connection has ended, or Prosody is about to list them. What visitors said and
 * still waits goes on waiting. */
void reception_reset(struct reception *reception);

/* Prosody has listed all sessions of staff, or of visitors: writes who is there and who is not any more. */
void reception_settle_staff(struct reception *reception);
void reception_settle_visitors(struct reception *reception);

#endif
