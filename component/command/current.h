/* current: what a record has now, so that a form shows it before anything is typed, and so that two people
 * who change a record at once do not overwrite each other.
 *
 * A form is sent back with what it had shown (request->shown). What is as it was shown is no change: it is
 * left alone, and what somebody else has made of it meanwhile stays. What was changed is refused when
 * somebody else has changed that very value since, and the form comes back with what it is now: sent again,
 * it counts. What was emptied is taken away where there can be none (PARAM_CLEARS), and refused where there
 * cannot. Threads: as the arena.
 */
#ifndef COMMAND_CURRENT_H
#define COMMAND_CURRENT_H

#include "command/args.h"

struct current {
    struct arena *arena;
    bool lock; /* the command is about to run: the row is locked first, so that what is read stays true */
    struct argument *list;
    size_t count;
};

/* Not a parameter's name: which record it is, in words, so that whoever fills in a form sees whom it is
 * about. */
#define CURRENT_SUBJECT "."

/* For a command's `current`: the value of a parameter, as it is typed; NULL for none. */
void current_put(struct current *current, const char *name, const char *value);

/* Values as they are typed: a phone's number in groups, "50000 INR", a time of the clock in minutes.
 * NULL stays NULL. */
const char *current_phone(struct arena *arena, const char *number);
const char *current_money(struct arena *arena, bool present, int64_t minor, const char *currency);
const char *current_date(struct arena *arena, const char *local);

/* What was given without what is as it was shown. Required ones and those that tell which record is meant
 * stay. VERDICT_DONE sets `out`; VERDICT_REFUSED: something was emptied that there must be. */
enum verdict current_leave_out(struct arena *arena, const struct command *command,
                               const struct arguments *given, const struct arguments *shown,
                               struct reply *reply, struct arguments *out);

/* Refuses when one of the given values is to replace something else than what was shown. */
enum verdict current_compare(struct arena *arena, const struct command *command,
                             const struct arguments *given, const struct arguments *shown,
                             const struct arguments *now, struct reply *reply);

/* True when two values are the same as people see them: clients trim lines. */
bool current_is_same(const char *a, const char *b);

#endif
