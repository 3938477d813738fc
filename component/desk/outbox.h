/* outbox: sends what rows of crm.outbox say, each once per connection, in order within its channel.
 *
 * DESIGN (issue 2 of the project, DESIGN.md section 5)
 *
 * States of a row, and who moves it:
 *
 *   pending ─▶ routed     a barrier's pong: Prosody has processed it, and the archive of the recipient, a
 *                         member of staff or a customer, holds it. Final without a receipt.
 *
 *   pending ─▶ delivered  a receipt (XEP-0184). For visitors, who have no archive, only this settles a row.
 *   routed  ─▶ delivered
 *
 *   pending ─▶ failed     the recipient's server refused it for good
 *
 *   pending ─▶ withdrawn  somebody else took the conversation before it went out
 *
 * That a row was sent is memory only: when the connection ends, all that is still pending is sent again on
 * the next one, after the archives were asked which of it they hold (reconcile.h). So a row goes out again
 * after a Prosody crash only if it is in no archive: the visitor's widget drops repeated ids, somebody with
 * an account sees one only if Prosody died between delivering to a client and writing the archive.
 *
 * A visitor's rows go to sessions, by their full addresses, and never to the bare one: who is sent a row gets
 * all before it that are unsettled first, also one who came after they were sent to others. Prosody would
 * give what goes to the bare address to a session that we have not heard of yet, which then sees it before
 * what we send it when we have. While no session is known, rows wait for one (prosody/mod_crm_guard.lua drops
 * what goes to a session that has ended).
 *
 * A visitor's receipts can be lost, too: the guard refuses what a stranger sends too fast. With a window full
 * of rows that are not receipted nothing more would go out for as long as the session lives; so a session
 * whose first row has been under way for OUTBOX_PATIENCE is sent all of them once more when there is
 * something to send, and the widget receipts each again.
 *
 * struct flight: rows for accounts on their way to the next barrier, over all lanes. struct pump: what one
 * lane has sent on this connection. Threads: a pump belongs to its lane; a flight is shared and locks itself.
 */
#ifndef DESK_OUTBOX_H
#define DESK_OUTBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "desk/sessions.h"
#include "desk/wire.h"
#include "xmpp/stream.h"

#define OUTBOX_WINDOW   200               /* rows of one channel on their way at once */
#define OUTBOX_PATIENCE INT64_C(30000000) /* µs in which a visitor's client sends its receipt */

struct flight;

struct flight *flight_new(void);
void flight_free(struct flight *flight);

/* Sends a row's bytes and notes it as under way, in one step, so that a barrier sent after it covers it. */
enum stream_result flight_send(struct flight *flight, struct stream *stream, uint64_t epoch,
                               const char *bytes, size_t length, int64_t row);

/* Sends a barrier behind all that is under way, unless one is out already or nothing is under way and not
 * `force`. Returns true when it was sent. */
bool flight_barrier(struct flight *flight, struct stream *stream, uint64_t epoch, const char *bytes,
                    size_t length, bool force);

/* True when rows are under way that no barrier covers yet. */
bool flight_waits(struct flight *flight);

/* The barrier has come back: takes the rows that it covered. The array is in the arena. */
size_t flight_landed(struct flight *flight, struct arena *arena, int64_t **rows);

/* Rows whose settling failed: the next barrier covers them again. */
void flight_return(struct flight *flight, const int64_t *rows, size_t count);

/* The connection has ended: forgets what was under way. */
void flight_reset(struct flight *flight);

struct pump;

struct pump *pump_new(void);
void pump_free(struct pump *pump);

/* Begins sending on a connection; forgets what went out on another, and the sessions of older ones. */
void pump_epoch(struct pump *pump, uint64_t epoch);

/* The rows of a channel, or to a visitor's session by its full address, that went out on this connection and
 * were still pending when last looked at. */
struct pump_channel {
    const char *name;
    int64_t *rows;
    size_t count;
    int64_t since; /* metric_now(): since when the first of them has been the first */
};

/* The channel's node, or NULL when nothing of it is under way. */
const struct pump_channel *pump_channel_find(const struct pump *pump, const char *channel);
bool pump_channel_has(const struct pump_channel *channel, int64_t row);

/* Whether its first row has been under way for longer than OUTBOX_PATIENCE. `now`: metric_now(). */
bool pump_channel_is_overdue(const struct pump_channel *channel, int64_t now);

/* Says what of a channel is under way `now`; none forgets the channel, so that memory is bounded by what is
 * really under way. */
void pump_channel_set(struct pump *pump, const char *channel, const int64_t *rows, size_t count, int64_t now);

/* A visitor's session, heard of on `connection`; `anew`: it has been sent nothing yet. What was heard on an
 * older connection than the visitor's other sessions is let pass; of more than can be open at once the oldest
 * is forgotten. Returns true when it is new or begins anew. */
bool pump_session_came(struct pump *pump, uint64_t connection, int64_t visitor, const char *full, bool anew);
void pump_session_gone(struct pump *pump, int64_t visitor, const char *full);
void pump_sessions_gone(struct pump *pump, int64_t visitor); /* all of them */

/* The visitor's sessions on the connection on which the pump sends, or NULL when none is known. */
const struct sessions *pump_sessions(const struct pump *pump, int64_t visitor);

/* True the first time on a connection that a contact (visitor and member of staff) is asked about, or again
 * when so many others came between that it was forgotten: putting a contact into a roster twice changes
 * nothing. */
bool pump_introduce(struct pump *pump, int64_t visitor, const char *username);

/* The contact was taken out of the roster: the next time it is introduced again. */
void pump_forget(struct pump *pump, int64_t visitor, const char *username);

#endif
