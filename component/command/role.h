/* role: the roles' words, labels and database roles, in one table.
 *
 * Decides nothing: who may use a command is said in its row, and checked in dispatch.c. Threads: any.
 */
#ifndef COMMAND_ROLE_H
#define COMMAND_ROLE_H

#include "command/command.h"

/* "sales" of crm.person.role; returns 0 and the role, or -1 for an unknown word. */
int role_parse(const char *word, enum role *role);

/* "sales", "Sales Person", "crm_sales". */
const char *role_word(enum role role);
const char *role_label(enum role role);
const char *role_database(enum role role);

/* "Admins, Managers and Lead Persons". */
const char *role_list(struct arena *arena, unsigned roles);

#endif
