/* fetch: fetches a file over HTTP, from an address that begins as it must, into a file without a name.
 *
 * Follows no redirect, speaks nothing but HTTP and HTTPS, and gives up after two minutes, after ten seconds
 * without a connection, or when less than a kilobyte a second comes for twenty. Threads: any; blocks.
 */
#ifndef OUTBOUND_FETCH_H
#define OUTBOUND_FETCH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"

enum fetch_result {
    FETCH_OK,
    FETCH_REFUSED, /* `why` says so in a clause, "is not there (any more)": asking again changes nothing */
    FETCH_FAILED,  /* perhaps later; logged */
};

/* Whether `url` is below `prefix`, the share's address with a slash at its end: no user, no "..", and nothing
 * that another server would be asked for. */
bool fetch_is_below(const char *url, const char *prefix);

/* Where files are asked for, whatever name people know our server by ("http://127.0.0.1:5280"). It must last.
 * Call before threads start. */
void fetch_set_origin(const char *origin);

/* Asks our origin for the path of `url`. At most `most` bytes. FETCH_OK sets `fd`, which is the caller's to
 * close. */
enum fetch_result fetch_file(struct arena *arena, const char *url, int64_t most, int *fd, const char **why);

#endif
