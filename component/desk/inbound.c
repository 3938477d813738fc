#include "desk/inbound.h"

#include <openssl/evp.h>
#include <string.h>

#include "base/log.h"
#include "xmpp/namespaces.h"

/* The archive id, genuine because Prosody strips what claims to be by the sender's own account. */
static const char *inbound_archive_id(const struct stanza *stanza)
{
    const struct element *found = NULL;
    while ((found = element_next(stanza->root, found, "stanza-id", NS_STANZA_ID)) != NULL) {
        const char *by = element_attribute(found, "by");
        if (by != NULL && strcmp(by, stanza->from.bare) == 0) {
            return element_attribute(found, "id");
        }
    }
    return NULL;
}

/* SHA-256 over the parts, separated by a byte that XML does not allow. */
static const char *inbound_digest(struct arena *arena, const char *const *parts)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool fine = context != NULL && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1;
    for (; fine && *parts != NULL; parts++) {
        fine = EVP_DigestUpdate(context, *parts, strlen(*parts) + 1) == 1;
    }
    if (!fine || EVP_DigestFinal_ex(context, digest, &length) != 1) {
        log_bug("libcrypto gives no SHA-256 (it has none, or is out of memory)");
    }
    EVP_MD_CTX_free(context);
    char *hex = arena_alloc(arena, 2 * 16 + 1);
    for (int i = 0; i < 16; i++) {
        hex[2 * i] = "0123456789abcdef"[digest[i] >> 4];
        hex[2 * i + 1] = "0123456789abcdef"[digest[i] & 15];
    }
    return hex;
}

const char *inbound_key_archived(struct arena *arena, const char *account, const char *archive_id)
{
    return inbound_digest(arena, (const char *const[]){"archive", account, archive_id, NULL});
}

const char *inbound_key(struct arena *arena, const struct stanza *stanza)
{
    const char *archive_id = inbound_archive_id(stanza);
    if (archive_id != NULL) {
        return inbound_key_archived(arena, stanza->from.bare, archive_id);
    }
    if (stanza->id == NULL) {
        return NULL;
    }
    const char *body = element_child_text(stanza->root, "body", NULL);
    return inbound_digest(arena, (const char *const[]){"client", stanza->from.bare, stanza->to.bare,
                                                       stanza->id, body == NULL ? "" : body, NULL});
}
