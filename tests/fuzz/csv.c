/* Contract of sheet_read() for what is no zip file: rows come in order, numbered from 1, of at most
 * SHEET_COLUMNS_MOST cells of UTF-8 without control characters, the last of them not empty; what is refused
 * is refused with a sentence; and the rows that are taken, written as CSV by sheet/write.h, are read again as
 * the same, but for the apostrophe before what would be a formula. */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/text.h"
#include "fuzz.h"
#include "sheet/sheet.h"
#include "sheet/write.h"

#define ROWS_MOST 2000

struct seen {
    struct arena *arena;
    int64_t number;
    struct sheet_row rows[ROWS_MOST];
    size_t count;
};

static void check_cell(const char *cell)
{
    FUZZ_CHECK(utf8_valid(cell, strlen(cell)));
    for (const char *c = cell; *c != '\0'; c++) {
        FUZZ_CHECK((unsigned char)*c >= 0x20 || *c == '\t' || *c == '\n');
    }
}

static bool take(void *context, const struct sheet_row *row)
{
    struct seen *seen = context;
    FUZZ_CHECK(row->number > seen->number && row->count > 0 && row->count <= SHEET_COLUMNS_MOST);
    FUZZ_CHECK(row->cells[row->count - 1][0] != '\0');
    seen->number = row->number;
    const char **cells = arena_array(seen->arena, row->count, sizeof *cells);
    for (size_t i = 0; i < row->count; i++) {
        check_cell(row->cells[i]);
        cells[i] = arena_strdup(seen->arena, row->cells[i]);
    }
    seen->rows[seen->count++] = (struct sheet_row){row->number, cells, row->count};
    return seen->count < ROWS_MOST;
}

static int file_of(const void *data, size_t size)
{
    int fd = memfd_create("sheet", MFD_CLOEXEC);
    FUZZ_CHECK(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    return fd;
}

static bool same_cell(const char *again, const char *cell)
{
    return strcmp(again, cell) == 0 || (again[0] == '\'' && strcmp(again + 1, cell) == 0);
}

static void check_again(const struct seen *seen)
{
    struct seen *again = arena_alloc(seen->arena, sizeof *again);
    const char *why = NULL;
    int fd = file_of("", 0);
    again->arena = seen->arena;
    struct sheet_writer *writer = sheet_writer_new(seen->arena, fd, SHEET_CSV);
    FUZZ_CHECK(writer != NULL);
    const char *head[SHEET_COLUMNS_MOST];
    for (size_t i = 0; i < SHEET_COLUMNS_MOST; i++) {
        head[i] = "head"; /* so that commas are what there is most of */
    }
    sheet_write_row(writer, head, SHEET_COLUMNS_MOST);
    for (size_t i = 0; i < seen->count; i++) {
        sheet_write_row(writer, seen->rows[i].cells, seen->rows[i].count);
    }
    FUZZ_CHECK(sheet_writer_end(writer));
    enum sheet_result result = sheet_read(seen->arena, fd, take, again, &why);
    FUZZ_CHECK(result == SHEET_DONE || again->count == ROWS_MOST);
    for (size_t i = 1; i < again->count; i++) {
        FUZZ_CHECK(again->rows[i].count == seen->rows[i - 1].count);
        for (size_t cell = 0; cell < again->rows[i].count; cell++) {
            FUZZ_CHECK(same_cell(again->rows[i].cells[cell], seen->rows[i - 1].cells[cell]));
        }
    }
    close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *why = NULL;
    if (size > 2 && memcmp(data, "PK", 2) == 0) {
        return 0; /* xlsx.c */
    }
    struct arena *arena = arena_new();
    struct seen *seen = arena_alloc(arena, sizeof *seen);
    seen->arena = arena;
    int fd = file_of(data, size);
    enum sheet_result result = sheet_read(arena, fd, take, seen, &why);
    FUZZ_CHECK(result != SHEET_FAILED);
    FUZZ_CHECK(result != SHEET_REFUSED || (why != NULL && why[0] != '\0'));
    close(fd);
    if (seen->count > 0) {
        fuzz_checking = true;
        check_again(seen);
        fuzz_checking = false;
    }
    arena_free(arena);
    return 0;
}
