#include "sheet/write.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <xlsxwriter.h>

#include "base/log.h"
#include "base/progress.h"
#include "base/text.h"

#define EXCEL_CELL_MOST 32767 /* characters; libxlsxwriter refuses longer ones */

struct sheet_writer {
    struct arena *arena;
    FILE *csv;
    lxw_workbook *book;
    lxw_worksheet *sheet;
    lxw_row_t row;
    bool failed;
};

static bool fail(struct sheet_writer *writer, const char *problem)
{
    if (!writer->failed) {
        log_error("a spreadsheet cannot be written error=\"%s\"", problem);
    }
    writer->failed = true;
    return false;
}

static bool begin_csv(struct sheet_writer *writer, int fd)
{
    int own = dup(fd);
    writer->csv = own < 0 ? NULL : fdopen(own, "wb");
    if (writer->csv == NULL && own >= 0) {
        close(own);
    }
    return writer->csv != NULL ? fputs("\xef\xbb\xbf", writer->csv) >= 0 : fail(writer, strerror(errno));
}

/* The file has no name: the library gets one of the system's. */
static bool begin_xlsx(struct sheet_writer *writer, int fd)
{
    static char temporary[] = "/var/tmp";
    lxw_workbook_options options = {.constant_memory = 1, .tmpdir = temporary, .use_zip64 = 0};
    writer->book = workbook_new_opt(arena_printf(writer->arena, "/proc/self/fd/%d", fd), &options);
    writer->sheet = writer->book == NULL ? NULL : workbook_add_worksheet(writer->book, "Leads");
    return writer->sheet != NULL || fail(writer, "no workbook can be made");
}

struct sheet_writer *sheet_writer_new(struct arena *arena, int fd, enum sheet_format format)
{
    struct sheet_writer *writer = arena_alloc(arena, sizeof *writer);
    writer->arena = arena;
    bool begun = format == SHEET_CSV ? begin_csv(writer, fd) : begin_xlsx(writer, fd);
    return begun ? writer : NULL;
}

/* Programs of East Asia take the wide forms of these signs for them, too. */
bool sheet_is_formula(const char *cell)
{
    static const char *const wide[] = {"＝", "＋", "－", "＠"};
    bool found = cell[0] != '\0' && strchr("=+-@\t\r\n", cell[0]) != NULL;
    for (size_t i = 0; !found && i < sizeof wide / sizeof wide[0]; i++) {
        found = strncmp(cell, wide[i], strlen(wide[i])) == 0;
    }
    return found;
}

static void write_csv_cell(FILE *file, const char *cell)
{
    bool formula = sheet_is_formula(cell);
    bool quoted = formula || strpbrk(cell, ",;\"\r\n\t") != NULL || cell[0] == ' ';
    if (!quoted) {
        fputs(cell, file);
        return;
    }
    fputs(formula ? "\"'" : "\"", file);
    for (const char *c = cell; *c != '\0'; c++) {
        if (*c == '"') {
            putc('"', file);
        }
        putc(*c, file);
    }
    putc('"', file);
}

static void write_csv(FILE *file, const char *const *cells, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (i > 0) {
            putc(',', file);
        }
        write_csv_cell(file, cells[i] == NULL ? "" : cells[i]);
    }
    fputs("\r\n", file);
}

/* Cut at the end of a character. */
static const char *fitting(struct sheet_writer *writer, const char *cell)
{
    return strlen(cell) <= EXCEL_CELL_MOST ? cell : text_shorten(writer->arena, cell, EXCEL_CELL_MOST / 4);
}

static void write_xlsx(struct sheet_writer *writer, const char *const *cells, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (cells[i] != NULL && cells[i][0] != '\0' &&
            worksheet_write_string(writer->sheet, writer->row, (lxw_col_t)i, fitting(writer, cells[i]),
                                   NULL) != LXW_NO_ERROR) {
            fail(writer, "a cell was refused");
        }
    }
    writer->row++;
}

void sheet_write_row(struct sheet_writer *writer, const char *const *cells, size_t count)
{
    progress_note();
    if (writer->csv != NULL) {
        write_csv(writer->csv, cells, count);
    } else {
        write_xlsx(writer, cells, count);
    }
}

bool sheet_writer_end(struct sheet_writer *writer)
{
    if (writer->csv != NULL && (ferror(writer->csv) || fclose(writer->csv) != 0)) {
        fail(writer, strerror(errno));
    }
    lxw_error error = writer->book == NULL ? LXW_NO_ERROR : workbook_close(writer->book);
    if (error != LXW_NO_ERROR) {
        fail(writer, lxw_strerror(error));
    }
    return !writer->failed;
}
