/* Contract of sheet_read() for XLSX: any zip file, and any XML in the place of any part of a good one, is
 * read or refused with a sentence, within the limits of sheet.h and without a document type. The first line
 * of an input chooses: the whole file, or the part that the rest of the input stands for. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zip.h>

#include "base/text.h"
#include "fuzz.h"
#include "sheet/sheet.h"

static const struct {
    const char *name, *xml;
} parts[] = {
    {NULL, NULL},
    {"xl/workbook.xml", "<workbook xmlns:r='r'><sheets><sheet r:id='r1'/></sheets></workbook>"},
    {"xl/_rels/workbook.xml.rels",
     "<R><Relationship Id='r1' Type='/worksheet' Target='s.xml'/><Relationship Id='r2' "
     "Type='/sharedStrings' Target='t.xml'/><Relationship Id='r3' Type='/styles' "
     "Target='y.xml'/></R>"},
    {"xl/t.xml", "<sst><si><t>Name</t></si><si><t>Asha</t></si></sst>"},
    {"xl/y.xml", "<s><cellXfs><xf numFmtId='0'/><xf numFmtId='14'/></cellXfs></s>"},
    {"xl/s.xml",
     "<w><sheetData><row r='1'><c r='A1' t='s'><v>0</v></c></row><row><c s='1'><v>45992</v></c></row>"
     "</sheetData></w>"},
};
#define PART_COUNT (sizeof parts / sizeof parts[0])

static bool take(void *context, const struct sheet_row *row)
{
    int64_t *number = context;
    FUZZ_CHECK(row->number > *number && row->number <= SHEET_ROWS_MOST);
    FUZZ_CHECK(row->count > 0 && row->count <= SHEET_COLUMNS_MOST);
    *number = row->number;
    for (size_t i = 0; i < row->count; i++) {
        FUZZ_CHECK(utf8_valid(row->cells[i], strlen(row->cells[i])));
    }
    return true;
}

/* Packs into memory; the bytes are malloc()'s. */
static void *pack(size_t replaced, const uint8_t *data, size_t size, size_t *length)
{
    zip_error_t error;
    zip_source_t *memory = zip_source_buffer_create(NULL, 0, 0, &error);
    zip_t *zip = zip_open_from_source(memory, ZIP_TRUNCATE, &error);
    FUZZ_CHECK(memory != NULL && zip != NULL);
    zip_source_keep(memory);
    for (size_t i = 1; i < PART_COUNT; i++) {
        const void *bytes = i == replaced ? (const void *)data : parts[i].xml;
        size_t count = i == replaced ? size : strlen(parts[i].xml);
        FUZZ_CHECK(zip_file_add(zip, parts[i].name, zip_source_buffer(zip, bytes, count, 0), 0) >= 0);
        zip_set_file_compression(zip, i - 1, ZIP_CM_STORE, 0);
    }
    FUZZ_CHECK(zip_close(zip) == 0);
    zip_stat_t stat;
    FUZZ_CHECK(zip_source_stat(memory, &stat) == 0 && zip_source_open(memory) == 0);
    *length = stat.size;
    void *bytes = malloc(stat.size);
    FUZZ_CHECK(zip_source_read(memory, bytes, stat.size) == (zip_int64_t)stat.size);
    zip_source_close(memory);
    zip_source_free(memory);
    return bytes;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t choice = fuzz_choose(&data, &size, PART_COUNT);
    size_t length = size;
    void *packed = NULL;
    const char *why = NULL;
    int64_t number = 0;
    fuzz_checking = true;
    if (choice != 0) {
        packed = pack(choice, data, size, &length);
    }
    int fd = memfd_create("sheet", MFD_CLOEXEC);
    FUZZ_CHECK(fd >= 0 && write(fd, packed != NULL ? packed : data, length) == (ssize_t)length);
    free(packed);
    fuzz_checking = false;
    struct arena *arena = arena_new();
    enum sheet_result result = sheet_read(arena, fd, take, &number, &why);
    FUZZ_CHECK(result != SHEET_STOPPED);
    FUZZ_CHECK(result != SHEET_REFUSED || (why != NULL && why[0] != '\0'));
    arena_free(arena);
    close(fd);
    return 0;
}
