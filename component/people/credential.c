/* DESIGN (RFC 5802 section 3)
 *
 *   SaltedPassword = PBKDF2(password, salt, iterations)
 *   StoredKey      = H(HMAC(SaltedPassword, "Client Key"))
 *   ServerKey      = HMAC(SaltedPassword, "Server Key")
 *
 * once with SHA-1 and once with SHA-256 (RFC 7677), under the same salt.
 */
#include "people/credential.h"

#include <string.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/log.h"
#include "base/uuid.h"

static const char *hex(struct arena *arena, const unsigned char *bytes, size_t length)
{
    char *text = arena_alloc(arena, 2 * length + 1);
    for (size_t i = 0; i < length; i++) {
        text[2 * i] = "0123456789abcdef"[bytes[i] >> 4];
        text[2 * i + 1] = "0123456789abcdef"[bytes[i] & 15];
    }
    return text;
}

static void keyed(const EVP_MD *hash, const unsigned char *key, const char *message, unsigned char *out)
{
    unsigned length = 0;
    if (HMAC(hash, key, EVP_MD_get_size(hash), (const unsigned char *)message, strlen(message), out,
             &length) == NULL) {
        log_bug("libcrypto makes no SCRAM keys (it cannot, or is out of memory)");
    }
}

static void derive(struct arena *arena, const EVP_MD *hash, const char *password, const char *salt,
                   int iterations, const char **stored, const char **server)
{
    unsigned char salted[EVP_MAX_MD_SIZE], client[EVP_MAX_MD_SIZE], key[EVP_MAX_MD_SIZE];
    size_t size = (size_t)EVP_MD_get_size(hash);
    if (PKCS5_PBKDF2_HMAC(password, (int)strlen(password), (const unsigned char *)salt, (int)strlen(salt),
                          iterations, hash, (int)size, salted) != 1) {
        log_bug("libcrypto makes no SCRAM keys (it cannot, or is out of memory)");
    }
    keyed(hash, salted, "Client Key", client);
    if (EVP_Digest(client, size, key, NULL, hash, NULL) != 1) {
        log_bug("libcrypto makes no SCRAM keys (it cannot, or is out of memory)");
    }
    *stored = hex(arena, key, size);
    keyed(hash, salted, "Server Key", key);
    *server = hex(arena, key, size);
}

struct credential credential_derive(struct arena *arena, const char *password, const char *salt,
                                    int iterations)
{
    struct credential credential = {.salt = arena_strdup(arena, salt), .iterations = iterations};
    derive(arena, EVP_sha1(), password, salt, iterations, &credential.stored_sha1, &credential.server_sha1);
    derive(arena, EVP_sha256(), password, salt, iterations, &credential.stored_sha256,
           &credential.server_sha256);
    return credential;
}

struct credential credential_new(struct arena *arena, const char *password)
{
    unsigned char salt[16];
    uuid_random(salt, sizeof salt);
    return credential_derive(arena, password, hex(arena, salt, sizeof salt), CREDENTIAL_ITERATIONS);
}

char *credential_password(struct arena *arena)
{
    /* Consonant and vowel in turn can be read out; nothing in it is mistaken for something else. */
    static const char consonants[] = "bdfghjkmnprstvwz"; /* 16 */
    static const char vowels[] = "aeiu";                 /* 4 */
    unsigned char random[20];
    char *password = arena_alloc(arena, sizeof random + 3);
    size_t length = 0;
    uuid_random(random, sizeof random);
    for (size_t i = 0; i < 18; i++) {
        if (i > 0 && i % 6 == 0) {
            password[length++] = '-';
        }
        password[length++] = i % 2 == 0 ? consonants[random[i] % 16] : vowels[random[i] % 4];
    }
    return password;
}
