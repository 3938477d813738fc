#include "xmpp/jid.h"

#include <string.h>

#define JID_LIMIT  3071
#define PART_LIMIT 1023

static int part_fits(size_t length)
{
    return length > 0 && length <= PART_LIMIT;
}

int jid_parse(struct arena *arena, const char *string, struct jid *out)
{
    if (string == NULL) {
        return -1;
    }
    size_t length = strnlen(string, JID_LIMIT + 1);
    if (length == 0 || length > JID_LIMIT) {
        return -1;
    }
    /* RFC 7622 section 3.1: the first slash ends the bare address; an @ counts only before it. */
    const char *slash = strchr(string, '/');
    size_t bare_length = slash == NULL ? length : (size_t)(slash - string);
    const char *at = memchr(string, '@', bare_length);
    size_t local_length = at == NULL ? 0 : (size_t)(at - string);
    size_t domain_begin = at == NULL ? 0 : local_length + 1;
    size_t domain_length = bare_length - domain_begin;
    if (!part_fits(domain_length) || (at != NULL && !part_fits(local_length)) ||
        (slash != NULL && !part_fits(length - bare_length - 1)) ||
        memchr(string + domain_begin, '@', domain_length) != NULL) {
        return -1;
    }
    out->local = arena_strndup(arena, string, local_length);
    out->domain = arena_strndup(arena, string + domain_begin, domain_length);
    out->resource = slash == NULL ? "" : arena_strdup(arena, slash + 1);
    out->bare = arena_strndup(arena, string, bare_length);
    out->full = arena_strdup(arena, string);
    return 0;
}

int jid_record_number(const char *local, const char *prefix, long long *number)
{
    size_t prefix_length = strlen(prefix);
    if (strncmp(local, prefix, prefix_length) != 0) {
        return -1;
    }
    const char *digits = local + prefix_length;
    size_t count = strspn(digits, "0123456789");
    if (count == 0 || digits[count] != '\0' || digits[0] == '0') {
        return -1;
    }
    long long value = 0;
    for (size_t i = 0; i < count; i++) {
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, digits[i] - '0', &value)) {
            return -1;
        }
    }
    *number = value;
    return 0;
}
