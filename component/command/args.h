/* args: what a person gave, as raw strings from any surface, made into validated values.
 *
 * Threads: as the arena.
 */
#ifndef COMMAND_ARGS_H
#define COMMAND_ARGS_H

#include "command/command.h"
#include "command/type.h"

/* One argument as a surface got it: no XML, no JSON, but not yet checked either. */
struct argument {
    const char *name, *value;
};

struct arguments {
    const struct argument *list;
    size_t count;
};

/* The given value of a parameter, or NULL. */
const char *arguments_get(const struct arguments *given, const char *name);

/* Reads all arguments into `values` (one per parameter). With `partial`, a required one that is not among the
 * given is no error: a page of a form, or a dialogue that is not finished. VERDICT_DONE or, with the reply
 * filled, VERDICT_REFUSED. */
enum verdict args_read(const struct type_reader *reader, const struct command *command,
                       const struct arguments *given, bool partial, struct reply *reply,
                       struct value *values);

/* The second half, in the transaction and as the caller's role: who is meant by a name, and commands that the
 * role may not use. VERDICT_DONE; VERDICT_REFUSED with the reply filled; VERDICT_FAILED. */
enum verdict args_resolve(struct call *call, struct reply *reply, struct value *values);

/* The first required parameter that is not given or empty, or -1. */
int args_missing(const struct command *command, const struct arguments *given);

/* The arguments as a JSON object, for the audit: known ones, no secret ones, long ones cut. */
const char *args_json(struct arena *arena, const struct command *command, const struct arguments *given);

#endif
