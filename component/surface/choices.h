/* choices: what can be chosen in the fields of a form's page, from the database and the table.
 *
 * A list is short (clients echo every option back), or it is none: then the field takes a word to search for,
 * and when that does not name one thing, the page comes back with a short list of what it may mean. What is
 * listed is read as the caller's role: nobody finds what they may not see. Threads: a command lane's.
 */
#ifndef SURFACE_CHOICES_H
#define SURFACE_CHOICES_H

#include "command/dispatch.h"

#define CHOICES_LIMIT 20

/* The page that is to be shown. */
struct choices_wish {
    const struct command_table *table;
    const struct command *command;
    int64_t epoch;
    bool ask_target;
    int page;
    struct arguments values; /* what was given so far; the target under its kind's word */
    struct arguments shown;  /* what the record has */
    const char *wrong;       /* the field whose value names nothing, or not one thing; NULL for none */
};

struct choices {
    const struct choice *const *params; /* parallel to the command's; an entry NULL: no list */
    const struct choice *target;        /* NULL: no list */
    size_t found;     /* how many things the value of `wrong` may mean; 0: there was nothing to find */
    const char *only; /* the one value, with `found` 1 */
};

/* Fills `out` within a settlement, whose unit acts as crm_system again afterwards. */
enum db_status choices_load(const struct settlement *settlement, const struct choices_wish *wish,
                            struct choices *out);

/* Which of a parameter's choices there are for a record, as it is now and for the settlement's caller: none
 * when the caller may not see it; all when the number is 0, or it does not matter; NULL: the database failed.
 */
const struct choice *choices_for_record(const struct settlement *settlement, int64_t epoch,
                                        const struct param *param, int64_t number);

/* The list when it is short enough to be offered as it is, or NULL. */
const struct choice *choices_short(const struct choice *choices);

#endif
