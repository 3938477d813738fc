/* email: whether an address can be delivered to, pragmatically (RFC 5321 section 4.1.2 without quoted names
 * and literals). Threads: any. */
#ifndef BASE_EMAIL_H
#define BASE_EMAIL_H

#include "base/arena.h"

/* Returns 0 and the address with its domain in lower case and surrounding space taken off; or -1 when it is
 * none: no or two @, an empty or over-long part (64, 254 together), a dot too many, a domain without a dot or
 * with a bad label, or bytes that mail cannot carry. */
int email_parse(struct arena *arena, const char *text, char **out);

#endif
