/* write: writes a spreadsheet as a stream of rows, CSV or XLSX, where no cell is a formula.
 *
 * CSV is UTF-8 with a byte order mark and CRLF (RFC 4180), which every spreadsheet program opens as it is; a
 * cell that would be a formula there (it begins with = + - @ tab or a carriage return) gets an apostrophe
 * before it, which import takes off again. In XLSX cells are text, whatever they begin with. Memory does not
 * grow with the rows: libxlsxwriter keeps finished ones on disk. Threads: any, one for each writer.
 */
#ifndef SHEET_WRITE_H
#define SHEET_WRITE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

enum sheet_format {
    SHEET_CSV,
    SHEET_XLSX,
};

struct sheet_writer;

/* Begins a file. `fd` can be written, read and seek, and stays the caller's. NULL when the disk failed, which
 * is logged. */
struct sheet_writer *sheet_writer_new(struct arena *arena, int fd, enum sheet_format format);

/* Whether a spreadsheet program may take a cell that begins so for a formula. In CSV such a cell is written
 * behind an apostrophe; in XLSX every cell says that it is text. */
bool sheet_is_formula(const char *cell);

/* Appends a row; a cell that is NULL is empty. */
void sheet_write_row(struct sheet_writer *writer, const char *const *cells, size_t count);

/* Ends the file. False when the disk failed meanwhile, which is logged. The writer is gone. */
bool sheet_writer_end(struct sheet_writer *writer);

#endif
