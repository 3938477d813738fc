/* read: makes a spreadsheet rows in the database, and looks at them without importing any. Of this room.
 * Threads: a lane's; blocks. */
#ifndef IMPORT_READ_H
#define IMPORT_READ_H

#include "import/work.h"

enum read_result {
    READ_DONE,    /* it waits for a yes */
    READ_REFUSED, /* `why`: a sentence about the file that begins in lower case; rows may have been kept */
    READ_FAILED,  /* a flush failed, or the disk, which is logged */
};

/* Reads the file and keeps its rows. */
enum read_result import_read_file(const struct import_site *site, int64_t import, int fd, const char **why);

/* Looks at the rows that are kept, again, with other fields. */
enum read_result import_read_again(const struct import_site *site, const struct import_show_row *import,
                                   const char **why);

#endif
