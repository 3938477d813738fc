#include "sheet/csv.h"

#include <string.h>

#include "base/text.h"
#include "sheet/decode.h"

/* Where the machine is:
 *
 *      ┌──────────separator────────┐
 *      ▼                           │
 *   CELL_BEGINS ──other──▶ CELL_PLAIN ──line ends──▶ CELL_BEGINS of the next row
 *      │ quote
 *      ▼
 *   CELL_QUOTED ──quote──▶ CELL_QUOTE ──quote──▶ CELL_QUOTED, and one quote is in the cell
 *                              └─ other: as CELL_PLAIN */
enum csv_state {
    CELL_BEGINS,
    CELL_PLAIN,
    CELL_QUOTED,
    CELL_QUOTE,
};

struct csv {
    struct row *row;
    char separator;
    enum csv_state state;
    size_t column;
    bool after_return; /* the last byte was \r: a \n after it ends the same line */
    bool begun;        /* the row has had a byte */
};

/* ---- the separator */

static const char separators[] = ",;\t|";

/* The end of the first line that is not empty, outside quotes, or the end. */
static size_t first_line(const char *text, size_t length)
{
    bool quoted = false;
    size_t begin = strspn(text, "\r\n");
    for (size_t i = begin; i < length; i++) {
        quoted = text[i] == '"' ? !quoted : quoted;
        if (!quoted && (text[i] == '\n' || text[i] == '\r')) {
            return i;
        }
    }
    return length;
}

static size_t count_outside(const char *text, size_t length, char wanted)
{
    bool quoted = false;
    size_t count = 0;
    for (size_t i = 0; i < length; i++) {
        quoted = text[i] == '"' ? !quoted : quoted;
        count += !quoted && text[i] == wanted;
    }
    return count;
}

/* Excel's own line: which separator follows, and how long it is; 0: there is none. */
static size_t read_announcement(const char *text, size_t length, char *separator)
{
    if (length < 5 || !text_starts_nocase(text, "sep=") || strchr(separators, text[4]) == NULL) {
        return 0;
    }
    size_t line = 5 + strspn(text + 5, "\r\n");
    if (line == 5 && length > 5) {
        return 0;
    }
    *separator = text[4];
    return line < length ? line : length;
}

/* `text` is terminated. Returns how many bytes are no cells. */
static size_t find_separator(struct csv *csv, const char *text, size_t length)
{
    size_t announced = read_announcement(text, length, &csv->separator);
    size_t most = 0;
    if (announced > 0) {
        csv->row->number = 2;
        return announced;
    }
    size_t line = first_line(text, length);
    csv->separator = ',';
    for (const char *separator = separators; *separator != '\0'; separator++) {
        size_t count = count_outside(text, line, *separator);
        if (count > most) {
            most = count;
            csv->separator = *separator;
        }
    }
    return 0;
}

/* ---- the machine */

static void begin_cell(struct csv *csv)
{
    row_begin_cell(csv->row, csv->column);
    csv->begun = true;
}

static enum sheet_result end_row(struct csv *csv, const char **why)
{
    csv->column = 0;
    csv->state = CELL_BEGINS;
    csv->begun = false;
    return row_end(csv->row, why);
}

/* A byte that is not inside quotes. */
static enum sheet_result take_plain(struct csv *csv, char byte, const char **why)
{
    if (byte == '\n' || byte == '\r') {
        return end_row(csv, why);
    }
    if (csv->state == CELL_BEGINS) {
        begin_cell(csv);
    }
    if (byte == csv->separator) {
        csv->column++;
        csv->state = CELL_BEGINS;
    } else if (byte == '"' && csv->state == CELL_BEGINS) {
        csv->state = CELL_QUOTED;
    } else {
        row_add(csv->row, &byte, 1);
        csv->state = CELL_PLAIN;
    }
    return SHEET_DONE;
}

static enum sheet_result take_byte(struct csv *csv, char byte, const char **why)
{
    bool same_line = csv->after_return && byte == '\n';
    csv->after_return = byte == '\r' && csv->state != CELL_QUOTED;
    if (same_line && csv->state != CELL_QUOTED) {
        return SHEET_DONE;
    }
    if (csv->state == CELL_QUOTED && byte == '"') {
        csv->state = CELL_QUOTE;
        return SHEET_DONE;
    }
    if (csv->state == CELL_QUOTE && byte == '"') {
        csv->state = CELL_QUOTED;
    }
    if (csv->state == CELL_QUOTED) {
        row_add(csv->row, &byte, 1);
        return SHEET_DONE;
    }
    return take_plain(csv, byte, why);
}

/* How many bytes follow that are nothing but text of the cell: they are added at once. */
static size_t run_length(const struct csv *csv, const char *bytes, size_t length)
{
    size_t run = 0;
    if (csv->state == CELL_QUOTED) {
        const char *quote = memchr(bytes, '"', length);
        return quote == NULL ? length : (size_t)(quote - bytes);
    }
    if (csv->state != CELL_PLAIN) {
        return 0;
    }
    while (run < length && bytes[run] != csv->separator && bytes[run] != '\n' && bytes[run] != '\r') {
        run++;
    }
    return run;
}

static enum sheet_result take_piece(struct csv *csv, const char *bytes, size_t length, const char **why)
{
    enum sheet_result result = SHEET_DONE;
    for (size_t i = 0; i < length && result == SHEET_DONE;) {
        size_t run = run_length(csv, bytes + i, length - i);
        if (run > 0) {
            csv->after_return = false;
            row_add(csv->row, bytes + i, run);
            i += run;
        }
        if (csv->row->why != NULL) {
            return row_end(csv->row, why);
        }
        if (i < length) {
            result = take_byte(csv, bytes[i++], why);
        }
    }
    return result;
}

static enum sheet_result refuse(const char **why, const char *sentence)
{
    *why = sentence;
    return SHEET_REFUSED;
}

static enum sheet_result finish(struct csv *csv, const char **why)
{
    if (csv->state == CELL_QUOTED) {
        return refuse(why,
                      arena_printf(csv->row->arena,
                                   "ends in the middle of a cell, in row %lld: the file is cut off, or a "
                                   "quote is missing",
                                   (long long)csv->row->number));
    }
    return csv->begun ? row_end(csv->row, why) : SHEET_DONE;
}

enum sheet_result csv_read(struct row *row, int fd, const char **why)
{
    struct csv csv = {.row = row};
    struct decode *decode = arena_alloc(row->arena, sizeof *decode + 1);
    enum decode_result got = decode_begin(decode, fd);
    bool first = true;
    while (got == DECODE_MORE && (got = decode_next(decode)) == DECODE_MORE) {
        size_t skipped = 0;
        if (first && decode->length > 0) {
            const char *text = arena_strndup(row->arena, decode->out, decode->length);
            skipped = find_separator(&csv, text, strlen(text));
            first = false;
        }
        enum sheet_result result = take_piece(&csv, decode->out + skipped, decode->length - skipped, why);
        if (result != SHEET_DONE) {
            return result;
        }
    }
    if (got == DECODE_BINARY) {
        return refuse(why, "is not a spreadsheet: send it as CSV or XLSX");
    }
    return got == DECODE_FAILED ? SHEET_FAILED : finish(&csv, why);
}
