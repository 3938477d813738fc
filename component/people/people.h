/* people: the commands about people and about the CRM itself.
 *
 * Ends in arrays of rows for command_table_join(), one a file; PEOPLE_ROOM is all of them. Threads: rows are
 * constant, handlers run in a command lane.
 */
#ifndef PEOPLE_PEOPLE_H
#define PEOPLE_PEOPLE_H

#include "command/command.h"

extern const struct command help_commands[];      /* help.c: what you can ask for */
extern const struct command people_commands[];    /* who am I, and what can I do */
extern const struct command user_commands[];      /* accounts */
extern const struct command user_edit_commands[]; /* edit.c: what is known of them */
extern const struct command profile_commands[];   /* one's own */
extern const struct command team_commands[];
extern const struct command settings_commands[];
extern const struct command audit_commands[]; /* the audit, and counts */

#define PEOPLE_ROOM                                                                                          \
    help_commands, people_commands, user_commands, user_edit_commands, profile_commands, team_commands,      \
        settings_commands, audit_commands

/* "3 unread in 2 conversations": what visitors wrote to somebody who has not read it; NULL when it is
 * nothing. */
const char *people_unread_words(struct arena *arena, int64_t messages, int64_t conversations);

/* A user name as crm.person wants it (small letters, digits, dots, hyphens, underscores), from what was
 * typed; or NULL when it is none. */
const char *people_read_username(struct arena *arena, const char *given);

#endif
