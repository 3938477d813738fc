/* run: crmd as a whole, from its configuration to its end.
 *
 * Threads: the caller's becomes the stream thread.
 */
#ifndef DAEMON_RUN_H
#define DAEMON_RUN_H

struct config;
struct command_table;
struct job_kind;

/* Exit code when another crmd has taken over: starting again at once would only take it back. */
#define DAEMON_EXIT_TAKEN_OVER 3

/* Runs until SIGTERM or SIGINT (returns 0), or until another crmd takes over. `jobs`: the rooms' kinds of
 * jobs, ended by NULL. */
int daemon_run(const struct config *config, const struct command_table *table,
               const struct job_kind *const *jobs);

#endif
