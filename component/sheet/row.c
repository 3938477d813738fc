#include "sheet/row.h"

#include <string.h>

#define ROW_FIRST 4096

void row_new(struct row *row, struct arena *arena, sheet_take *take, void *context)
{
    *row = (struct row){.arena = arena,
                        .bytes = arena_alloc(arena, ROW_FIRST),
                        .capacity = ROW_FIRST,
                        .number = 1,
                        .take = take,
                        .context = context};
}

static void row_complain(struct row *row, const char *format, long limit)
{
    if (row->why == NULL) {
        row->why = arena_printf(row->arena, format, (long)row->number, limit);
    }
}

static bool row_reserve(struct row *row, size_t more)
{
    if (row->used + more > SHEET_ROW_MOST) {
        row_complain(row, "has a row, the %ld., of more than %ld characters: a quote may be missing there",
                     SHEET_ROW_MOST);
        return false;
    }
    while (row->used + more > row->capacity) {
        row->bytes = arena_grow(row->arena, row->bytes, row->capacity, row->capacity * 2);
        row->capacity *= 2;
    }
    return true;
}

static void row_end_cell(struct row *row)
{
    if (row->in_cell && row->beyond == 0 && row_reserve(row, 1)) {
        row->bytes[row->used++] = '\0';
    }
    row->in_cell = false;
}

void row_begin_cell(struct row *row, size_t column)
{
    row_end_cell(row);
    while (row->count <= column && row->count < SHEET_COLUMNS_MOST && row_reserve(row, 1)) {
        row->begins[row->count++] = row->used;
        if (row->count <= column) {
            row->bytes[row->used++] = '\0';
        }
    }
    row->beyond = column < SHEET_COLUMNS_MOST ? 0 : column - SHEET_COLUMNS_MOST + 1;
    row->in_cell = true;
}

void row_add(struct row *row, const char *bytes, size_t length)
{
    if (length == 0 || row->why != NULL) {
        return;
    }
    if (row->beyond > 0) {
        row_complain(row, "has a row, the %ld., of more than %ld columns", SHEET_COLUMNS_MOST);
        return;
    }
    if (row->used - row->begins[row->count - 1] + length > SHEET_CELL_MOST) {
        row_complain(row, "has a cell, in row %ld, of more than %ld characters: a quote may be missing there",
                     SHEET_CELL_MOST);
        return;
    }
    if (!row_reserve(row, length)) {
        return;
    }
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)bytes[i];
        if (byte != '\r') {
            bool control = (byte < 0x20 && byte != '\t' && byte != '\n') || byte == 0x7f;
            row->bytes[row->used++] = control ? ' ' : bytes[i];
        }
    }
}

/* Without the empty cells at the end. */
static size_t row_fill(struct row *row, const char **cells)
{
    size_t last = 0;
    for (size_t i = 0; i < row->count; i++) {
        cells[i] = row->bytes + row->begins[i];
        last = cells[i][0] == '\0' ? last : i + 1;
    }
    return last;
}

enum sheet_result row_end(struct row *row, const char **why)
{
    const char *cells[SHEET_COLUMNS_MOST];
    row_end_cell(row);
    if (row->number > SHEET_ROWS_MOST) {
        row_complain(row, "has more rows than a spreadsheet can have (row %ld; at most %ld)",
                     SHEET_ROWS_MOST);
    }
    if (row->why != NULL) {
        *why = row->why;
        return SHEET_REFUSED;
    }
    struct sheet_row out = {row->number, cells, row_fill(row, cells)};
    bool goes_on = out.count == 0 || row->take(row->context, &out);
    row->used = row->count = row->beyond = 0;
    row->number++;
    return goes_on ? SHEET_DONE : SHEET_STOPPED;
}
