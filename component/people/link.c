#include "people/link.h"

#include <string.h>

#include <openssl/evp.h>

#include "base/log.h"
#include "base/uuid.h"
#include "queries.h"

#define TOKEN_BYTES 32

/* RFC 4648 section 5, without padding. */
static const char *base64url(struct arena *arena, const unsigned char *bytes, size_t length)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    char *text = arena_alloc(arena, length * 4 / 3 + 2);
    size_t count = 0;
    unsigned buffer = 0, bits = 0;
    for (size_t i = 0; i < length; i++) {
        buffer = (buffer << 8 | bytes[i]) & 0xffff;
        for (bits += 8; bits >= 6; bits -= 6) {
            text[count++] = digits[buffer >> (bits - 6) & 63];
        }
    }
    if (bits > 0) {
        text[count++] = digits[buffer << (6 - bits) & 63];
    }
    text[count] = '\0';
    return text;
}

const char *link_sha256(struct arena *arena, const char *text)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    if (EVP_Digest(text, strlen(text), digest, &length, EVP_sha256(), NULL) != 1) {
        log_bug("libcrypto gives no SHA-256 (it has none, or is out of memory)");
    }
    char *hex = arena_alloc(arena, 2 * (size_t)length + 1);
    for (unsigned i = 0; i < length; i++) {
        hex[2 * i] = "0123456789abcdef"[digest[i] >> 4];
        hex[2 * i + 1] = "0123456789abcdef"[digest[i] & 15];
    }
    hex[2 * length] = '\0';
    return hex;
}

struct link_token link_token_new(struct arena *arena)
{
    unsigned char bytes[TOKEN_BYTES];
    uuid_random(bytes, sizeof bytes);
    const char *text = base64url(arena, bytes, sizeof bytes);
    return (struct link_token){text, link_sha256(arena, text)};
}

enum verdict link_offer(struct call *call, int64_t person, const char *name, struct reply *reply)
{
    struct link_token token = link_token_new(call->arena);
    const struct people_link *made =
        query_people_link(call->unit, person, token.sha256, call->person->time_zone);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    if (made->count == 0) {
        return reply_refuse(reply, REFUSAL_STATE, NULL,
                            "%s is disabled and cannot get a link. Enable the account first.", name);
    }
    reply_field(reply, "link", "Link", PARAM_TEXT,
                arena_printf(call->arena, "%s/account/%s", call->web_url, token.text));
    reply_field(reply, "until", "Good until", PARAM_DATE, made->rows[0].until);
    reply_say(reply, "Give %s the link: whoever opens it first sets the password. It works once.", name);
    return VERDICT_DONE;
}
