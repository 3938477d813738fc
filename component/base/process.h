/* process: what the process may do, and what it leaves behind.
 *
 * Called once, first in main(), before threads and before anything is opened.
 */
#ifndef BASE_PROCESS_H
#define BASE_PROCESS_H

/* From here on, for this process and all that it starts: no program gains rights by its file (no_new_privs),
 * no core file holds our secrets, nobody but root attaches to us or reads our memory, files are made for our
 * user alone, and what the starter had left open beyond standard input, output and error is closed. What the
 * kernel refuses is logged as a warning. */
void process_harden(void);

#endif
