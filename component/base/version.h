/* version: which versions of what we stand on have known holes that matter here.
 *
 * Owns one table: name, least version, why. Those who know a version (xmpp/ of expat and libstrophe, db/ of
 * PostgreSQL, daemon/ of Prosody) ask once at start or on connecting, and log the answer as a warning: a
 * distribution may have mended an old version without a new number, which only its changelog tells, so
 * nothing is refused. Threads: any.
 */
#ifndef BASE_VERSION_H
#define BASE_VERSION_H

#include "base/arena.h"

/* What is wrong with that version ("2.4.1", "15.9 (Debian 15.9-1)", "expat_2.4.1") of that name ("expat",
 * "libstrophe", "PostgreSQL", "Prosody"), in a sentence; NULL when nothing is known. A version that cannot be
 * read is complained of; a name that is not in the table is a bug. */
const char *version_complaint(struct arena *arena, const char *name, const char *version);

/* Logs that this is what we stand on, and as a warning the complaint, if there is one. */
void version_check(const char *name, const char *version);

#endif
