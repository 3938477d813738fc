/* link: one-time links by which people set their own password.
 *
 * Makes the token; only its SHA-256 goes into the database (crm.account_link_make), only the link itself to
 * the person. The page behind it is prosody/mod_crm_account.lua. Threads: a command lane's.
 */
#ifndef PEOPLE_LINK_H
#define PEOPLE_LINK_H

#include "command/command.h"
#include "command/reply.h"

/* A token of 256 bits, in base64url: 43 characters; and its SHA-256 in hexadecimal. */
struct link_token {
    const char *text, *sha256;
};

struct link_token link_token_new(struct arena *arena);
const char *link_sha256(struct arena *arena, const char *text);

/* Makes a link for a person, in place of an earlier one, and says it in the reply. VERDICT_DONE;
 * VERDICT_REFUSED for a disabled account; VERDICT_FAILED. */
enum verdict link_offer(struct call *call, int64_t person, const char *name, struct reply *reply);

#endif
