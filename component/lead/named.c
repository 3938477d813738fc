#include "lead/named.h"

#include <ctype.h>

#include "base/similar.h"
#include "base/text.h"
#include "command/reply.h"

#define SHOWN 40

const char *named_key(struct arena *arena, const char *label, char gap, bool letter)
{
    struct text key = text_new(arena);
    for (const char *c = label; *c != '\0'; c++) {
        bool first = key.length == 0 && letter;
        if (isascii(*c) && (first ? isalpha((unsigned char)*c) : isalnum((unsigned char)*c))) {
            text_add_char(&key, (char)tolower((unsigned char)*c));
        } else if (key.length > 0 && key.data[key.length - 1] != gap) {
            text_add_char(&key, gap);
        }
    }
    while (key.length > 0 && key.data[key.length - 1] == gap) {
        key.data[--key.length] = '\0';
    }
    return key.length == 0 ? NULL : key.data;
}

enum verdict named_refuse(struct call *call, const char *param, const char *says, const char *given,
                          const char *const *names, size_t count, const char *list, struct reply *reply)
{
    const char *near = similar_find(given, names, count);
    return reply_refuse(reply, REFUSAL_INVALID, param, "%s “%s”. %s", says,
                        text_shorten(call->arena, given, SHOWN),
                        near == NULL ? arena_printf(call->arena, "Say “%s” to see them.", list)
                                     : arena_printf(call->arena, "Did you mean %s?", near));
}

const struct choice *named_choices(struct arena *arena, const char *const *values, const char *const *labels,
                                   size_t count)
{
    struct choice *choices = arena_array(arena, count + 1, sizeof *choices);
    for (size_t i = 0; i < count; i++) {
        choices[i] = (struct choice){values[i], labels[i]};
    }
    return choices;
}
