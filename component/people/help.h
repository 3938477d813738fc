/* help: the table of commands, explained to whoever asks, by role. Threads: a lane's. */
#ifndef PEOPLE_HELP_H
#define PEOPLE_HELP_H

#include "command/command.h"

extern const struct command help_commands[];

#endif
