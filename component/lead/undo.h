/* undo: takes back what a person has just changed on a lead, where that is safe.
 *
 * The last thing that a person did in the last ten minutes, on any surface, and only that: when it is no
 * change of a lead (its fields, tags and notes), or somebody else has changed the same since, nothing happens
 * and the answer says why. A note that is taken back is shown on the lead no more, and stays in its history.
 * Which request changed what, the database notes by trigger (crm.undo), whoever writes. Undoing is a change
 * too, which only "redo" takes back: whoever says undo in two clients at once undoes once, and does not undo
 * that. Threads: a lane's.
 */
#ifndef LEAD_UNDO_H
#define LEAD_UNDO_H

#include "command/command.h"

/* The handler of the rows "undo" and "redo" (lead.c). */
enum verdict undo_run(struct call *call, const struct args *args, struct reply *reply);

#endif
