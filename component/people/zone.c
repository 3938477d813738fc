#include "people/zone.h"

#include <string.h>

#include "base/text.h"
#include "queries.h"

static char *underscored(struct arena *arena, const char *given)
{
    char *name = text_squeeze(arena, given);
    for (char *c = name; *c != '\0'; c++) {
        *c = *c == ' ' ? '_' : *c;
    }
    return name;
}

/* The whole name, or the part behind the last slash. */
static bool means(const char *zone, const char *given)
{
    const char *slash = strrchr(zone, '/');
    return text_equal_nocase(zone, given) || (slash != NULL && text_equal_nocase(slash + 1, given));
}

enum verdict zone_find(struct call *call, const char *field, const char *label, const char *given,
                       struct reply *reply, const char **name)
{
    const char *wanted = underscored(call->arena, given);
    const struct people_time_zones *zones = query_people_time_zones(call->unit, wanted);
    struct text near = text_new(call->arena);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    if (zones->count > 0 && means(zones->rows[0].name, wanted)) {
        *name = zones->rows[0].name;
        return VERDICT_DONE;
    }
    for (size_t i = 0; i < zones->count; i++) {
        text_addf(&near, "%s%s", i == 0 ? "" : ", ", zones->rows[i].name);
    }
    const char *shown = text_shorten(call->arena, given, 40);
    if (near.length > 0) {
        return reply_refuse(reply, REFUSAL_INVALID, field, "%s: “%s” is none. Did you mean %s?", label, shown,
                            near.data);
    }
    return reply_refuse(reply, REFUSAL_INVALID, field,
                        "%s: “%s” is none. Give one such as Asia/Kolkata or Europe/Berlin.", label, shown);
}
