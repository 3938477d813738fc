/* import: the commands that bring leads in from a spreadsheet, take an import back, and put a list of leads
 * into a file; and their jobs.
 *
 * A file goes this way: `import.file` (the link of a file on our own share; the bot makes that of a link that
 * it is sent) → job `import.read` → a dry run is told → `import.columns` if a column is something else →
 * `import.start` → job `import.run` → what came of it is told → perhaps `import.undo` → job `import.undo`.
 * Threads: rows are constant; handlers run in a command lane, jobs in the bulk lane.
 */
#ifndef IMPORT_IMPORT_H
#define IMPORT_IMPORT_H

#include "command/command.h"
#include "job/job.h"

extern const struct command import_commands[];
extern const struct job_kind import_jobs[];

#endif
