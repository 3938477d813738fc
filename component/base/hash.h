/* hash: 64-bit hashes of strings. Threads: any.
 *
 * hash_stable() is the same everywhere and always: for choosing a lane by conversation. hash_keyed()
 * (SipHash-2-4) has a key that this process drew at its start: for tables whose keys strangers choose.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

/* FNV-1a, 64 bits. */
uint64_t hash_stable(const char *string);

/* SipHash-2-4 under the key of this process. */
uint64_t hash_keyed(const void *bytes, size_t length);

/* SipHash-2-4 under a key of the caller's. */
uint64_t hash_siphash(const unsigned char key[16], const void *bytes, size_t length);

#endif
