#include "base/email.h"

#include <ctype.h>
#include <string.h>

#include "base/text.h"

#define LOCAL_LIMIT   64
#define ADDRESS_LIMIT 254
#define LABEL_LIMIT   63

static const char atom[] =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+/=?^_`{|}~-.";

static int local_is_good(const char *local, size_t length)
{
    if (length == 0 || length > LOCAL_LIMIT || local[0] == '.' || local[length - 1] == '.') {
        return 0;
    }
    for (size_t i = 0; i < length; i++) {
        if (strchr(atom, local[i]) == NULL || (local[i] == '.' && local[i + 1] == '.')) {
            return 0;
        }
    }
    return 1;
}

static int label_is_good(const char *label, size_t length)
{
    if (length == 0 || length > LABEL_LIMIT || label[0] == '-' || label[length - 1] == '-') {
        return 0;
    }
    for (size_t i = 0; i < length; i++) {
        if (!isalnum((unsigned char)label[i]) && label[i] != '-') {
            return 0;
        }
    }
    return 1;
}

/* Labels with dots between, at least two, the last no number. */
static int domain_is_good(const char *domain)
{
    const char *label = domain;
    const char *dot;
    while ((dot = strchr(label, '.')) != NULL) {
        if (!label_is_good(label, (size_t)(dot - label))) {
            return 0;
        }
        label = dot + 1;
    }
    size_t last = strlen(label);
    return label != domain && last >= 2 && label_is_good(label, last) && strspn(label, "0123456789") < last;
}

int email_parse(struct arena *arena, const char *text, char **out)
{
    const char *begin = text + strspn(text, " \t\r\n");
    size_t length = strlen(begin);
    while (length > 0 && strchr(" \t\r\n", begin[length - 1]) != NULL) {
        length--;
    }
    if (length == 0 || length > ADDRESS_LIMIT) {
        return -1;
    }
    const char *address = arena_strndup(arena, begin, length);
    const char *at = strchr(address, '@');
    if (at == NULL || !local_is_good(address, (size_t)(at - address)) || !domain_is_good(at + 1)) {
        return -1;
    }
    *out = arena_printf(arena, "%.*s@%s", (int)(at - address), address, text_lower(arena, at + 1));
    return 0;
}
