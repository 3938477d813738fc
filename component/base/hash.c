/* DESIGN: SipHash-2-4 as its authors describe it (Aumasson and Bernstein, 2012), words read little endian. */
#include "base/hash.h"

#include <pthread.h>
#include <string.h>

#include "base/uuid.h"

uint64_t hash_stable(const char *string)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (const unsigned char *c = (const unsigned char *)string; *c != '\0'; c++) {
        hash = (hash ^ *c) * 0x100000001b3u;
    }
    return hash;
}

static unsigned char process_key[16];
static pthread_once_t key_drawn = PTHREAD_ONCE_INIT;

static void draw_key(void)
{
    uuid_random(process_key, sizeof process_key);
}

uint64_t hash_keyed(const void *bytes, size_t length)
{
    pthread_once(&key_drawn, draw_key);
    return hash_siphash(process_key, bytes, length);
}

static uint64_t rotate(uint64_t value, int bits)
{
    return value << bits | value >> (64 - bits);
}

/* Reads up to eight bytes, the first one lowest. */
static uint64_t read_word(const unsigned char *bytes, size_t count)
{
    uint64_t word = 0;
    for (size_t i = 0; i < count; i++) {
        word |= (uint64_t)bytes[i] << (8 * i);
    }
    return word;
}

static void sip_rounds(uint64_t v[4], int rounds)
{
    while (rounds-- > 0) {
        v[0] += v[1];
        v[1] = rotate(v[1], 13) ^ v[0];
        v[0] = rotate(v[0], 32);
        v[2] += v[3];
        v[3] = rotate(v[3], 16) ^ v[2];
        v[0] += v[3];
        v[3] = rotate(v[3], 21) ^ v[0];
        v[2] += v[1];
        v[1] = rotate(v[1], 17) ^ v[2];
        v[2] = rotate(v[2], 32);
    }
}

static void sip_absorb(uint64_t v[4], uint64_t word)
{
    v[3] ^= word;
    sip_rounds(v, 2);
    v[0] ^= word;
}

uint64_t hash_siphash(const unsigned char key[16], const void *bytes, size_t length)
{
    const unsigned char *at = bytes;
    uint64_t k0 = read_word(key, 8);
    uint64_t k1 = read_word(key + 8, 8);
    uint64_t v[4] = {k0 ^ 0x736f6d6570736575u, k1 ^ 0x646f72616e646f6du, k0 ^ 0x6c7967656e657261u,
                     k1 ^ 0x7465646279746573u};
    size_t left = length;
    for (; left >= 8; left -= 8, at += 8) {
        sip_absorb(v, read_word(at, 8));
    }
    sip_absorb(v, read_word(at, left) | (uint64_t)length << 56);
    v[2] ^= 0xff;
    sip_rounds(v, 4);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}
