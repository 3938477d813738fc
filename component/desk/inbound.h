/* inbound: the key under which a message from outside is taken in once.
 *
 * A member of staff's message carries the id that their archive gave it (XEP-0359 by mod_mam), which a replay
 * from the archive carries too. A visitor's carries the id that the widget gave it and keeps while it
 * resends. Threads: any.
 */
#ifndef DESK_INBOUND_H
#define DESK_INBOUND_H

#include "xmpp/stanza.h"

/* The key, or NULL when the stanza has nothing to tell it from another (no archive id and no id). */
const char *inbound_key(struct arena *arena, const struct stanza *stanza);

/* The key of a message that the archive of `account` (a bare address) holds under that id. */
const char *inbound_key_archived(struct arena *arena, const char *account, const char *archive_id);

#endif
