/* credential: what is stored instead of a password: SCRAM keys (RFC 5802, RFC 7677), and random passwords for
 * the demo.
 *
 * Owns the arithmetic, on OpenSSL's. Never logs, never keeps a password. Threads: any.
 */
#ifndef PEOPLE_CREDENTIAL_H
#define PEOPLE_CREDENTIAL_H

#include "base/arena.h"

#define CREDENTIAL_ITERATIONS 10000

/* Keys in lower-case hexadecimal. The salt is text, whose very bytes are the salt, as in Prosody. */
struct credential {
    const char *salt;
    int iterations;
    const char *stored_sha1, *server_sha1, *stored_sha256, *server_sha256;
};

/* The keys of a password (UTF-8, already prepared: RFC 4013 leaves ASCII as it is) under this salt. */
struct credential credential_derive(struct arena *arena, const char *password, const char *salt,
                                    int iterations);

/* The keys of a password under a new random salt. */
struct credential credential_new(struct arena *arena, const char *password);

/* A random password of 54 bits that can be read out and typed: "kimuta-rebada-zugipe". */
char *credential_password(struct arena *arena);

#endif
