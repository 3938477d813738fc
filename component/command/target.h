/* target: the kinds of records that commands act on: their words, addresses, and how the one that is meant is
 * found.
 *
 * A record that the caller may not see is answered exactly as one that does not exist: the query runs as the
 * caller's role, and row security leaves it out. Threads: a lane's.
 */
#ifndef COMMAND_TARGET_H
#define COMMAND_TARGET_H

#include "command/command.h"

struct target_kind {
    const char *word;    /* "lead": form var, chat word */
    const char *label;   /* "Lead" */
    const char *hint;    /* what to give for it */
    const char *example; /* "42" */
    const char *address; /* "lead-": prefix of a record's address, NULL when it has none */
    enum target target;
    bool numbered;
};

/* The kind, or NULL for TARGET_NONE. */
const struct target_kind *target_kind(enum target target);

/* The kind whose records have addresses that begin as `local` does ("lead-42"), or NULL; `number` is set. */
const struct target_kind *target_of_address(const char *local, int64_t *number);

/* "42", "#42", "lead-42" and "lead 42" give 42. Returns 0, or -1 when it is no such number. */
int target_parse(const struct target_kind *kind, const char *given, int64_t *number);

#define TARGET_SEVERAL 20 /* records at once */

/* "3, 5 and 9", "lead 3 & lead 5": the different numbers, in their order; at most TARGET_SEVERAL + 1 of them.
 * Returns how many; 0 when something else is among them. */
size_t target_split(struct arena *arena, const struct target_kind *kind, const char *given,
                    int64_t numbers[TARGET_SEVERAL + 1]);

/* Resolves what the call's command acts on. VERDICT_DONE sets `out`; VERDICT_REFUSED has filled the reply;
 * VERDICT_FAILED: the unit says why. */
enum verdict target_resolve(struct call *call, const char *given, struct reply *reply, int64_t *out);

/* The refusal of a record that is absent or not to be seen: also for a handler that finds it gone since. */
enum verdict target_refuse_absent(struct call *call, int64_t number, struct reply *reply);

/* Where a lead went that was merged: its number, the other's, its name, its number and crm.D. */
#define TARGET_MERGED "There is no lead %lld any more: it was merged into lead %lld, %s (lead-%lld@%s)."

/* "lead-42", or NULL when the command acts on nothing. */
const char *target_name(struct arena *arena, const struct command *command, int64_t number);

#endif
