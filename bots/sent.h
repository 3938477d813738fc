/* sent: a file that somebody sends to the bot (XEP-0363: its link is all of the message) is a spreadsheet to
 * import. Threads: any. */
#ifndef BOTS_SENT_H
#define BOTS_SENT_H

#include "bots/talk.h"

/* The line that the link stands for, or the body as it is. */
const char *sent_line(struct talk *talk, const char *body);

#endif
