/* setting: what an Admin can set while the CRM runs: one row each, with its type, its range and its default.
 *
 * The values in force are in crm.setting (a row for each of these; a test compares), so that every process
 * and every statement sees a change at once. What belongs to one machine (ports, passwords) is in crmd.conf
 * instead. Threads: any; the table is constant.
 */
#ifndef COMMAND_SETTING_H
#define COMMAND_SETTING_H

#include <stdbool.h>

#include "base/arena.h"
#include "command/command.h"

enum setting_type {
    SETTING_NUMBER,
    SETTING_TIME_ZONE, /* PostgreSQL knows which there are: the handler asks it */
    SETTING_CURRENCY,  /* ISO 4217, one that base/money.h knows */
    SETTING_COUNTRY,   /* ISO 3166, one that base/phone.h knows */
    SETTING_AUDIENCE,  /* "all", "team North", "tag excel": whom polls ask */
    SETTING_NEXT,      /* "best", "turn", "ask": who gets what nobody wants */
};

struct setting {
    enum setting_type type;
    const char *standard; /* the default */
    long least, most;     /* of a number */
    const char *unit;     /* of a number, "seconds"; "" otherwise */
    const char *help;     /* one sentence */
};

/* Key and label of each, in the order of setting_at(); ended by a NULL value: also the choices of a form. */
extern const struct choice setting_names[];

/* The row of that key, or NULL. */
const struct setting *setting_find(const char *key);

/* Reads a value of that setting as it is kept. NULL and `out`; or the sentence that says what would be right.
 * Of a time zone only the shape is checked. */
const char *setting_read(struct arena *arena, const struct setting *setting, const char *given,
                         const char **out);

/* "10 to 3600 seconds": what is allowed. */
const char *setting_range(struct arena *arena, const struct setting *setting);

#endif
