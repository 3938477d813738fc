/* progress: whether every worker thread still gets on, for the watchdog.
 *
 * A thread announces itself, and says progress_note() whenever it has got a step further; waiting for work is
 * a step each time that the wait ends. Threads: any.
 */
#ifndef BASE_PROGRESS_H
#define BASE_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

/* From here on the calling thread is expected to get on. `name` must outlive it. */
void progress_begin(const char *name);
void progress_end(void);

/* The calling thread has got on; nothing for a thread that has not begun. */
void progress_note(void);

/* The name of a thread that has not got on for that long, or NULL. */
const char *progress_stuck(int64_t milliseconds);

#endif
