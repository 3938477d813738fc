/* row: the row that is being read, cell by cell; private to sheet/.
 *
 * Cells are collected in one buffer of at most SHEET_ROW_MOST bytes. Threads: as the arena.
 */
#ifndef SHEET_ROW_H
#define SHEET_ROW_H

#include "sheet/sheet.h"

struct row {
    struct arena *arena;
    char *bytes;
    size_t used, capacity;
    size_t begins[SHEET_COLUMNS_MOST];
    size_t count;  /* of cells that have begun and may be told apart */
    size_t beyond; /* empty cells behind the last that fits */
    bool in_cell;
    const char *why; /* what is wrong with the row; NULL while nothing is */
    int64_t number;
    sheet_take *take;
    void *context;
};

void row_new(struct row *row, struct arena *arena, sheet_take *take, void *context);

/* Begins the cell of that column (0: the first), with empty ones between; cells come in order. */
void row_begin_cell(struct row *row, size_t column);

/* Adds to the cell. Control characters become spaces, a carriage return is left out. */
void row_add(struct row *row, const char *bytes, size_t length);

/* Hands the row out unless it is empty, and begins the next. SHEET_DONE, SHEET_STOPPED, or SHEET_REFUSED. */
enum sheet_result row_end(struct row *row, const char **why);

#endif
