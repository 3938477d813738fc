/* jid: addresses (RFC 7622), as Prosody has already prepared them.
 *
 * Prosody applies nodeprep, nameprep and resourceprep before it routes; this only splits and bounds them.
 * Threads: any.
 */
#ifndef XMPP_JID_H
#define XMPP_JID_H

#include <stdbool.h>

#include "base/arena.h"

/* `local` and `resource` are "" when absent; `bare` is local@domain or domain; `full` is as given. */
struct jid {
    const char *local, *domain, *resource, *bare, *full;
};

/* Splits a JID. Returns 0, or -1 when it is empty, over 3071 bytes, or a part is empty or over 1023 bytes. */
int jid_parse(struct arena *arena, const char *string, struct jid *out);

/* "visitor-17" with prefix "visitor-" gives 17. Returns -1 unless it is a positive decimal without leading
 * zeros that fits: one record has one address. */
int jid_record_number(const char *local, const char *prefix, long long *number);

#endif
