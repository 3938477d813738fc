/* kept: tells those who write to the bot while the database is away that their words are kept.
 *
 * The words themselves are in their archives, and reconcile.h takes them in from there. Whoever gets an
 * answer soon is told nothing.
 *
 * Threads: kept_message() from any, all else in the stream thread.
 */
#ifndef DAEMON_KEPT_H
#define DAEMON_KEPT_H

#include "xmpp/stanza.h"

struct daemon;
struct kept;

struct kept *kept_new(struct daemon *daemon);
void kept_free(struct kept *kept);

/* This message to the bot was left to the archive of its sender. */
void kept_message(struct kept *kept, const struct stanza *message);

/* What was kept is taken in now: nobody need be told any more. */
void kept_clear(struct kept *kept);

/* Four times a second: tells those who have waited for a second and a half. */
void kept_tick(struct kept *kept);

#endif
