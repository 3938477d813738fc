/* sheet: reads a spreadsheet as a stream of rows: CSV in any of the encodings and with any of the separators
 * that spreadsheets write (RFC 4180), and the first sheet of an XLSX file (ISO/IEC 29500).
 *
 * What a file is, is told by its bytes, not by its name. Memory does not grow with the file: shared strings
 * of an XLSX file are on disk. What is no spreadsheet, or wants more than these limits, is refused with one
 * sentence; rows may have been handed out before that, so who takes them keeps them only when the end is
 * SHEET_DONE. Threads: any, one reading at a time for each file. Out of memory ends the process.
 */
#ifndef SHEET_SHEET_H
#define SHEET_SHEET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

#define SHEET_COLUMNS_MOST 512
#define SHEET_CELL_MOST    (128 * 1024) /* bytes: what Excel's 32,767 characters can take, and no more */
#define SHEET_ROW_MOST     (1024 * 1024)
#define SHEET_ROWS_MOST    1048576 /* Excel's; more are an endless file */

/* `number` is what the spreadsheet shows beside the row. Cells are UTF-8 without control characters but tab
 * and line feed; an empty one is "". Behind the last that is not empty there are none. */
struct sheet_row {
    int64_t number;
    const char *const *cells;
    size_t count;
};

/* Takes a row that is not empty; its strings live until it returns. False ends the reading. */
typedef bool sheet_take(void *context, const struct sheet_row *row);

enum sheet_result {
    SHEET_DONE,
    SHEET_STOPPED, /* `take` said so */
    SHEET_REFUSED, /* `why` is a sentence that begins in lower case, about the file: "is …" */
    SHEET_FAILED,  /* the disk; logged */
};

/* Reads the whole file, from its beginning. `fd` can seek, and stays the caller's. Numbers come as digits
 * where they have at most 15, dates as "2026-12-01" or "2026-12-01 10:30". */
enum sheet_result sheet_read(struct arena *arena, int fd, sheet_take *take, void *context, const char **why);

#endif
