/* visitor: the desk's rows of the one table of commands. Handlers are called by the dispatcher only. */
#ifndef DESK_VISITOR_H
#define DESK_VISITOR_H

#include "command/command.h"

/* Ends with a row without a name. */
extern const struct command visitor_commands[];

#endif
