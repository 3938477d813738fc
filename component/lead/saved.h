/* saved: lists and searches that somebody has kept under a name of their own, and how they are asked again.
 *
 * What is kept is what was asked, in the words in which it was: "today" is the day on which it is asked
 * again. Row security shows everybody their own only. Threads: handlers run in a command lane.
 */
#ifndef LEAD_SAVED_H
#define LEAD_SAVED_H

#include "command/command.h"

/* True when the caller has kept something under that name: it is asked again then, and `verdict` says how
 * that went. Also true when the unit failed. */
bool saved_run_named(struct call *call, const char *name, struct reply *reply, enum verdict *verdict);

/* Takes back what a request of the caller has done to what they keep, and says so; `done` tells whether there
 * was anything. VERDICT_DONE, VERDICT_FAILED. */
enum verdict saved_undo(struct call *call, const char *request, struct reply *reply, bool *done);

enum verdict saved_add(struct call *call, const struct args *args, struct reply *reply);
extern const struct param saved_add_params[];
extern const char *const saved_add_examples[];
extern const struct wording saved_add_wordings[];
enum verdict saved_list(struct call *call, const struct args *args, struct reply *reply);
extern const struct column saved_list_columns[];
extern const char *const saved_list_examples[];
extern const struct wording saved_list_wordings[];
enum verdict saved_run(struct call *call, const struct args *args, struct reply *reply);
extern const struct param saved_run_params[];
extern const char *const saved_run_examples[];
extern const struct wording saved_run_wordings[];
enum verdict saved_remove(struct call *call, const struct args *args, struct reply *reply);
extern const struct param saved_remove_params[];
extern const char *const saved_remove_examples[];
extern const struct wording saved_remove_wordings[];

#endif
