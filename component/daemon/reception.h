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

/* What a <show/> (RFC 6121 section 4.7.2.1; NULL for none) means: a member of staff takes conversations
 * unless they want no disturbance or are away for long; a visitor is away whatever the reason. */
bool reception_can_take(const char *show);
bool reception_is_away(const char *show);

enum reception_presence {
    RECEPTION_GONE,
    RECEPTION_AWAY,
    RECEPTION_HERE,
};

/* A visitor's session came, changed or went. `place`: where on the website it is, NULL when it does not say.
 */
void reception_visitor_presence(struct reception *reception, const struct jid *session,
                                enum reception_presence presence, const char *place);

/* A member of staff's session changed; `available` when it can take conversations. Who has just come asks for
 * the presence of each contact (a probe, RFC 6121 section 4.3), and hears it by the answer. `listed`: the
 * session was there before this connection was, and asked another one: it is told. */
void reception_staff_presence(struct reception *reception, const struct jid *session, bool available,
                              bool listed);

/* Shows the bot to a session, or to all of an address: it is there for everybody. */
void reception_show_bot(const struct reception *reception, const struct jid *to);

/* From time to time: looks whether somebody is there, which a changed role changes too. */
void reception_look(struct reception *reception);

/* Four times a second: goes on with what found its lane full. */
void reception_tick(struct reception *reception);

/* Forgets all sessions: the connection has ended, or Prosody is about to list them. What visitors said and
 * still waits goes on waiting. */
void reception_reset(struct reception *reception);

/* Prosody has listed all sessions of staff, or of visitors: writes who is there and who is not any more. */
void reception_settle_staff(struct reception *reception);
void reception_settle_visitors(struct reception *reception);

#endif
