/* named: what people call by a name of their own (sources, added fields, saved searches): the name as it is
 * kept, the answer to one that there is not, and a list to choose from. Of this room only. Threads: as the
 * unit.
 */
#ifndef LEAD_NAMED_H
#define LEAD_NAMED_H

#include "command/command.h"

/* "Deal size" as "deal_size": small letters and digits with `gap` between words; with `letter` the first is a
 * letter. NULL when nothing of it is left. */
const char *named_key(struct arena *arena, const char *label, char gap, bool letter);

/* Refuses a name that nothing has: "Field: there is none called “compny”. Did you mean Company?", or where to
 * see them all. `says` is the beginning up to the name. */
enum verdict named_refuse(struct call *call, const char *param, const char *says, const char *given,
                          const char *const *names, size_t count, const char *list, struct reply *reply);

/* Values and labels, each `count`, to choose from. */
const struct choice *named_choices(struct arena *arena, const char *const *values, const char *const *labels,
                                   size_t count);

#endif
