#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <fcntl.h>
#include <unistd.h>
#include <zip.h>
#include <cmocka.h>

#include "base/text.h"
#include "sheet/number.h"
#include "sheet/sheet.h"
#include "sheet/write.h"

/* ---- reading, with the rows as one text: "1:a|b 2:c" */

struct got {
    struct text text;
    size_t most; /* rows after which to stop; 0: none */
    size_t rows;
};

static bool take(void *context, const struct sheet_row *row)
{
    struct got *got = context;
    text_addf(&got->text, "%s%lld:", got->rows++ == 0 ? "" : " ", (long long)row->number);
    for (size_t i = 0; i < row->count; i++) {
        text_addf(&got->text, "%s%s", i == 0 ? "" : "|", row->cells[i]);
    }
    return got->most == 0 || got->rows < got->most;
}

static bool count_only(void *context, const struct sheet_row *row)
{
    (void)row;
    ++*(size_t *)context;
    return true;
}

static int file_of(const void *bytes, size_t length)
{
    int fd = memfd_create("sheet", MFD_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, length), (ssize_t)length);
    return fd;
}

static const char *read_fd(struct arena *arena, int fd)
{
    struct got got = {.text = text_new(arena)};
    const char *why = "no reason";
    enum sheet_result result = sheet_read(arena, fd, take, &got, &why);
    close(fd);
    assert_int_not_equal(result, SHEET_FAILED);
    return result == SHEET_DONE ? got.text.data : arena_printf(arena, "refused: %s", why);
}

static const char *read_bytes(struct arena *arena, const void *bytes, size_t length)
{
    return read_fd(arena, file_of(bytes, length));
}

#define READ(arena, literal) read_bytes(arena, literal, sizeof(literal) - 1)

static void assert_refused(const char *got, const char *part)
{
    if (strncmp(got, "refused: ", 9) != 0 || strstr(got, part) == NULL) {
        fail_msg("wanted a refusal with '%s', got '%.300s'", part, got);
    }
}

/* ---- CSV */

static void test_csv_is_read_as_spreadsheets_write_it(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    assert_string_equal(READ(arena, "a,b\n1,2\n"), "1:a|b 2:1|2");
    assert_string_equal(READ(arena, "a,b\r\n1,2"), "1:a|b 2:1|2");
    assert_string_equal(READ(arena, "a,b\r1,2\r"), "1:a|b 2:1|2");
    assert_string_equal(READ(arena, "a;b;c\n1,5;2;3\n"), "1:a|b|c 2:1,5|2|3");
    assert_string_equal(READ(arena, "a\tb\n 1 \t2\n"), "1:a|b 2: 1 |2");
    assert_string_equal(READ(arena, "a|b\n1|2\n"), "1:a|b 2:1|2");
    assert_string_equal(READ(arena, "sep=;\r\na,x;b\r\n"), "2:a,x|b");
    assert_string_equal(READ(arena, "\"a,x\",\"b \"\"c\"\"\"\n"), "1:a,x|b \"c\"");
    assert_string_equal(READ(arena, "a,b\n\"x\r\ny\",2\n3,4\n"), "1:a|b 2:x\ny|2 3:3|4");
    assert_string_equal(READ(arena, "a,b\n\n\n3,4\n,,,\n5,,\n"), "1:a|b 4:3|4 6:5");
    assert_string_equal(READ(arena, "a,5\" screen\n"), "1:a|5\" screen");
    assert_string_equal(READ(arena, "a,\"\",c\n"), "1:a||c");
    assert_string_equal(READ(arena, "\"a\"b,c\n"), "1:ab|c");
    assert_string_equal(READ(arena, "a\x01"
                                    "b,c\n"),
                        "1:a b|c");
    arena_free(arena);
}

static void test_csv_is_read_in_every_encoding(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    const char *wanted = "1:name|city 2:Jürgen €|मुंबई";
    assert_string_equal(READ(arena, "name,city\nJürgen €,मुंबई\n"), wanted);
    assert_string_equal(READ(arena, "\xef\xbb\xbfname,city\nJürgen €,मुंबई\n"), wanted);
    assert_string_equal(READ(arena, "name,city\nJ\xfcrgen \x80,\x81x\n"),
                        "1:name|city 2:Jürgen €|\xef\xbf\xbdx");
    assert_string_equal(READ(arena, "\xff\xfe"
                                    "a\0,\0b\0\n\0\xfc\0,\0\x3d\xd8\x00\xde\n\0"),
                        "1:a|b 2:ü|😀");
    assert_string_equal(READ(arena, "\xfe\xff"
                                    "\0a\0,\0b\0\n\0\xfc\0,\0x"),
                        "1:a|b 2:ü|x");
    assert_string_equal(READ(arena, "n\0a\0m\0e\0\t\0b\0\n\0x\0\t\0y\0"), "1:name|b 2:x|y");
    arena_free(arena);
}

/* A character of several bytes lies across each of the places where the file is cut into pieces. */
static void test_pieces_do_not_cut_characters(void **state)
{
    (void)state;
    for (size_t shift = 0; shift < 4; shift++) {
        struct arena *arena = arena_new();
        struct text text = text_new(arena);
        struct text wanted = text_new(arena);
        text_add_bytes(&text, "xxxx", shift);
        text_add(&text, "a,b\n");
        text_addf(&wanted, "1:%.*sa|b", (int)shift, "xxxx");
        for (long row = 2; text.length < 200000; row++) {
            text_addf(&text, "€मुंबई😀,\"%ld\"\n", row);
            text_addf(&wanted, " %ld:€मुंबई😀|%ld", row, row);
        }
        assert_string_equal(read_bytes(arena, text.data, text.length), wanted.data);
        arena_free(arena);
    }
}

static void test_a_reading_can_be_ended(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct got got = {.text = text_new(arena), .most = 2};
    const char *why;
    int fd = file_of("a\nb\nc\n", 6);
    assert_int_equal(sheet_read(arena, fd, take, &got, &why), SHEET_STOPPED);
    assert_string_equal(got.text.data, "1:a 2:b");
    close(fd);
    arena_free(arena);
}

/* ---- what is none */

static void test_what_is_no_spreadsheet_is_refused_with_a_sentence(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    assert_refused(READ(arena, ""), "is empty");
    assert_refused(READ(arena, "%PDF-1.4 whatever"), "is a PDF");
    assert_refused(READ(arena, "<!DOCTYPE html><html>"), "is a web page");
    assert_refused(READ(arena, "\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), "is not a spreadsheet");
    assert_refused(READ(arena, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 and more of it"), "old Excel file");
    assert_refused(
        READ(arena, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 ..E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e\0.."),
        "protected with a password");
    assert_refused(READ(arena, "PK\x03\x04 and then it is cut off"), "damaged or cut off");
    assert_refused(READ(arena, "a,b\n1,\"and then it is cut"), "ends in the middle of a cell, in row 2");
    arena_free(arena);
}

static void test_limits_are_kept(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct text text = text_new(arena);
    for (int i = 0; i < 10000; i++) {
        text_add(&text, "x,");
    }
    assert_refused(read_bytes(arena, text.data, text.length), "more than 512 columns");
    text = text_new(arena);
    for (int i = 0; i < 16384; i++) {
        text_add(&text, ",");
    }
    text_add(&text, "\nx\n");
    assert_string_equal(read_bytes(arena, text.data, text.length), "2:x");
    text = text_new(arena);
    text_add(&text, "a,b\n1,\"");
    for (int i = 0; i < 200000; i++) {
        text_add(&text, "x");
    }
    assert_refused(read_bytes(arena, text.data, text.length), "a quote may be missing");
    arena_free(arena);
}

static void test_a_file_without_end_is_refused(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    char *bytes = arena_alloc(arena, (SHEET_ROWS_MOST + 2) * 2);
    for (size_t i = 0; i < SHEET_ROWS_MOST + 2; i++) {
        memcpy(bytes + i * 2, "x\n", 2);
    }
    size_t rows = 0;
    const char *why;
    int fd = file_of(bytes, (SHEET_ROWS_MOST + 2) * 2);
    assert_int_equal(sheet_read(arena, fd, count_only, &rows, &why), SHEET_REFUSED);
    assert_int_equal(rows, SHEET_ROWS_MOST);
    assert_non_null(strstr(why, "more rows"));
    close(fd);
    arena_free(arena);
}

/* ---- XLSX */

struct part {
    const char *name, *xml;
};

#define WORKBOOK                                                                                             \
    {                                                                                                        \
        "xl/workbook.xml", "<workbook xmlns:r='r'><sheets><sheet name='h' r:id='r9' state='hidden'/>"        \
                           "<sheet name='s' r:id='r1'/><sheet name='t' r:id='r2'/></sheets></workbook>"      \
    }
#define RELATIONS                                                                                            \
    {                                                                                                        \
        "xl/_rels/workbook.xml.rels",                                                                        \
            "<Relationships><Relationship Id='r1' Type='http://x/worksheet' Target='worksheets/one.xml'/>"   \
            "<Relationship Id='r2' Type='http://x/worksheet' Target='worksheets/two.xml'/>"                  \
            "<Relationship Id='r3' Type='http://x/sharedStrings' Target='/xl/sharedStrings.xml'/>"           \
            "<Relationship Id='r4' Type='http://x/styles' Target='styles.xml'/></Relationships>"             \
    }
#define SHEET(xml)                                                                                           \
    {                                                                                                        \
        "xl/worksheets/one.xml", "<worksheet><sheetData>" xml "</sheetData></worksheet>"                     \
    }

static int zip_of(struct arena *arena, const struct part *parts)
{
    const char *path = arena_printf(arena, "/tmp/sheet-test-%d.xlsx", (int)getpid());
    int error;
    zip_t *zip = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, &error);
    assert_non_null(zip);
    for (; parts->name != NULL; parts++) {
        zip_source_t *source = zip_source_buffer(zip, parts->xml, strlen(parts->xml), 0);
        assert_true(zip_file_add(zip, parts->name, source, 0) >= 0);
    }
    assert_int_equal(zip_close(zip), 0);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    unlink(path);
    return fd;
}

#define READ_PARTS(arena, ...) read_fd(arena, zip_of(arena, (const struct part[]){__VA_ARGS__, {NULL, NULL}}))

static void test_xlsx_is_read(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    assert_string_equal(
        READ_PARTS(
            arena, WORKBOOK, RELATIONS,
            {"xl/sharedStrings.xml",
             "<sst><si><t>Name</t></si><si><r><t>As</t></r><r><t xml:space='preserve'>ha "
             "&amp; Co</t></r><rPh><t>no</t></rPh></si></sst>"},
            {"xl/styles.xml",
             "<styleSheet><numFmts><numFmt numFmtId='164' formatCode='dd/mm/yyyy\\ hh:mm'/>"
             "</numFmts><cellStyleXfs><xf numFmtId='14'/></cellStyleXfs><cellXfs><xf numFmtId='0'/>"
             "<xf numFmtId='14'/><xf numFmtId='164'/></cellXfs></styleSheet>"},
            SHEET(
                "<row r='1'><c r='A1' t='s'><v>0</v></c><c r='C1' t='inlineStr'><is><t>in</t></is></c></row>"
                "<row r='3'><c r='A3' t='s'><v>1</v></c><c r='B3' s='1'><v>45992</v></c>"
                "<c r='C3' s='2'><v>45992.4375</v></c><c r='D3'><v>9.1987654321E11</v></c>"
                "<c r='E3' t='b'><v>1</v></c><c r='F3' t='str'><f>A1</f><v>sum</v></c>"
                "<c r='G3' t='e'><v>#N/A</v></c><c r='H3'><v>0.1</v></c></row>")),
        "1:Name||in 3:Asha & Co|2025-12-01|2025-12-01 10:30|919876543210|yes|sum|#N/A|0.1");
    /* Without references, strings or styles; with a prefix. */
    assert_string_equal(
        READ_PARTS(arena, WORKBOOK, RELATIONS,
                   {"xl/worksheets/one.xml",
                    "<x:worksheet xmlns:x='u'><x:sheetData><x:row><x:c><x:v>1</x:v></x:c><x:c/>"
                    "<x:c><x:v>2</x:v></x:c></x:row><x:row><x:c><x:v>3</x:v></x:c></x:row>"
                    "</x:sheetData></x:worksheet>"}),
        "1:1||2 2:3");
    assert_string_equal(READ_PARTS(arena,
                                   {"xl/workbook.xml", "<workbook xmlns:r='r'><workbookPr date1904='1'/>"
                                                       "<sheets><sheet r:id='r1'/></sheets></workbook>"},
                                   RELATIONS,
                                   {"xl/styles.xml", "<s><cellXfs><xf numFmtId='14'/></cellXfs></s>"},
                                   SHEET("<row><c><v>44530</v></c></row>")),
                        "1:2025-12-01");
    arena_free(arena);
}

static void test_xlsx_that_is_broken_or_evil_is_refused(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    assert_refused(READ_PARTS(arena, {"word/document.xml", "<w/>"}), "is not a spreadsheet");
    assert_refused(READ_PARTS(arena, {"content.xml", "<w/>"}), "OpenDocument");
    assert_refused(READ_PARTS(arena, WORKBOOK, RELATIONS), "damaged");
    assert_refused(READ_PARTS(arena, WORKBOOK, RELATIONS, SHEET("<row><c><v>1</v></row>")), "damaged");
    assert_refused(READ_PARTS(arena, WORKBOOK, RELATIONS, SHEET("<row><c t='s'><v>7</v></c></row>")),
                   "damaged");
    assert_refused(READ_PARTS(arena, WORKBOOK, RELATIONS, SHEET("<row><c r='ZZ1'><v>7</v></c></row>")),
                   "more than 512 columns");
    assert_string_equal(
        READ_PARTS(arena, WORKBOOK, RELATIONS, SHEET("<row><c r='A1'><v>7</v></c><c r='XFD1' s='1'/></row>")),
        "1:7");
    /* The "billion laughs", and an entity from a file. */
    assert_refused(
        READ_PARTS(arena, WORKBOOK, RELATIONS,
                   {"xl/sharedStrings.xml",
                    "<!DOCTYPE sst [<!ENTITY a 'ha'><!ENTITY b '&a;&a;'>]><sst><si><t>&b;</t></si></sst>"},
                   SHEET("")),
        "document type");
    struct text deep = text_new(arena);
    text_add(&deep, "<worksheet>");
    for (int i = 0; i < 100000; i++) {
        text_add(&deep, "<a>");
    }
    assert_refused(READ_PARTS(arena, WORKBOOK, RELATIONS, {"xl/worksheets/one.xml", deep.data}), "damaged");
    arena_free(arena);
}

/* A file of some kilobytes, whose cells point to one text of 100,000 characters a thousand times. */
static void test_a_bomb_of_repeated_strings_is_refused(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct text strings = text_new(arena), rows = text_new(arena);
    text_add(&strings, "<sst><si><t>");
    for (int i = 0; i < 10000; i++) {
        text_add(&strings, "abcdefghij");
    }
    text_add(&strings, "</t></si></sst>");
    text_add(&rows, "<worksheet><sheetData>");
    for (int i = 0; i < 1000; i++) {
        text_add(&rows, "<row><c t='s'><v>0</v></c></row>");
    }
    text_add(&rows, "</sheetData></worksheet>");
    assert_refused(READ_PARTS(arena, WORKBOOK, RELATIONS, {"xl/sharedStrings.xml", strings.data},
                              {"xl/worksheets/one.xml", rows.data}),
                   "unpacks to more than a spreadsheet can be");
    arena_free(arena);
}

static void test_the_first_of_several_relations_counts(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    assert_string_equal(
        READ_PARTS(arena, WORKBOOK,
                   {"xl/_rels/workbook.xml.rels",
                    "<R><Relationship Id='r1' Type='x/worksheet' Target='worksheets/one.xml'/>"
                    "<Relationship Id='r1' Type='x/worksheet' Target='worksheets/other.xml'/></R>"},
                   SHEET("<row><c><v>7</v></c></row>")),
        "1:7");
    arena_free(arena);
}

/* 20 MiB of blanks in a sheet, which pack to 20 KiB. */
static void test_a_zip_bomb_is_refused(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct text blanks = text_new(arena);
    text_add(&blanks, "<worksheet><sheetData>");
    char piece[4096];
    memset(piece, ' ', sizeof piece);
    for (size_t i = 0; i < 20 * 256; i++) {
        text_add_bytes(&blanks, piece, sizeof piece);
    }
    text_add(&blanks, "</sheetData></worksheet>");
    assert_refused(READ_PARTS(arena, WORKBOOK, RELATIONS, {"xl/worksheets/one.xml", blanks.data}),
                   "unpacks to more");
    /* One token without end. */
    memset(piece, 'x', sizeof piece);
    struct text token = text_new(arena);
    text_add(&token, "<worksheet a='");
    for (size_t i = 0; i < 1024; i++) {
        text_add_bytes(&token, piece, sizeof piece);
    }
    assert_refused(READ_PARTS(arena, WORKBOOK, RELATIONS, {"xl/worksheets/one.xml", token.data}), "damaged");
    arena_free(arena);
}

static void test_a_locked_part_is_refused(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    const char *path = arena_printf(arena, "/tmp/sheet-test-locked-%d.xlsx", (int)getpid());
    int error;
    zip_t *zip = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, &error);
    zip_int64_t index = zip_file_add(zip, "xl/workbook.xml", zip_source_buffer(zip, "<workbook/>", 11, 0), 0);
    assert_int_equal(zip_file_set_encryption(zip, (zip_uint64_t)index, ZIP_EM_AES_256, "secret"), 0);
    assert_int_equal(zip_close(zip), 0);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    unlink(path);
    assert_refused(read_fd(arena, fd), "protected with a password");
    arena_free(arena);
}

/* More strings than are kept in memory, each used once and in the other order, and one again and again. */
static void test_many_shared_strings_are_found(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    enum { MANY = 20000 };
    struct text strings = text_new(arena);
    struct text rows = text_new(arena);
    struct text wanted = text_new(arena);
    text_add(&strings, "<sst>");
    for (int i = 0; i < MANY; i++) {
        text_addf(&strings, "<si><t>string number %d</t></si>", i);
        text_addf(&rows, "<row><c t='s'><v>%d</v></c><c t='s'><v>3</v></c></row>", MANY - 1 - i);
        text_addf(&wanted, "%s%d:string number %d|string number 3", i == 0 ? "" : " ", i + 1, MANY - 1 - i);
    }
    text_add(&strings, "</sst>");
    const char *sheet = arena_printf(arena, "<worksheet><sheetData>%s</sheetData></worksheet>", rows.data);
    assert_string_equal(READ_PARTS(arena, WORKBOOK, RELATIONS, {"xl/sharedStrings.xml", strings.data},
                                   {"xl/worksheets/one.xml", sheet}),
                        wanted.data);
    arena_free(arena);
}

/* ---- what LibreOffice writes (tests/unit/sheets/README.md) */

static void test_files_of_libreoffice_are_read(void **state)
{
    (void)state;
    static const char *const names[] = {"leads.xlsx", "leads.csv", "leads-semicolon-1252.csv",
                                        "leads-utf16.csv"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct arena *arena = arena_new();
        int fd = open(arena_printf(arena, "tests/unit/sheets/%s", names[i]), O_RDONLY | O_CLOEXEC);
        assert_true(fd >= 0);
        const char *got = read_fd(arena, fd);
        if (strncmp(got, "1:Full Name|Email|Phone|Budget|Follow-up|Notes 2:Jürgen Müller|", 60) != 0 ||
            strstr(got, "first line\nsecond line, with \"quotes\"") == NULL) {
            fail_msg("%s: %s", names[i], got);
        }
        arena_free(arena);
    }
}

static void test_an_opendocument_file_is_refused(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    int fd = open("tests/unit/sheets/leads.ods", O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_refused(read_fd(arena, fd), "OpenDocument");
    arena_free(arena);
}

/* ---- numbers */

static void test_numbers_that_spreadsheets_show_otherwise(void **state)
{
    (void)state;
    char out[NUMBER_SIZE];
    bool lost;
    assert_true(number_of_scientific("9.1987654321E+11", out, &lost) && lost);
    assert_true(number_of_scientific("9.19876543210E+11", out, &lost) && !lost);
    assert_string_equal(out, "919876543210");
    assert_true(number_of_scientific("9,19876543210E11", out, &lost) && !lost);
    assert_true(number_of_scientific("9.19877E+11", out, &lost) && lost);
    assert_false(number_of_scientific("919876543210", out, &lost));
    assert_false(number_of_scientific("E+11", out, &lost));
    assert_false(number_of_scientific("9E+", out, &lost));
    assert_false(number_of_scientific("9.2E-3", out, &lost));
    assert_true(number_date(1, false, out));
    assert_string_equal(out, "1900-01-01");
    assert_true(number_date(59, false, out));
    assert_string_equal(out, "1900-02-28");
    assert_true(number_date(61, false, out));
    assert_string_equal(out, "1900-03-01");
    assert_true(number_date(45992.75, false, out));
    assert_string_equal(out, "2025-12-01 18:00");
    assert_false(number_date(-3, false, out));
    assert_false(number_date(1e9, false, out));
    assert_true(number_is_date_format("[$-409]d-mmm-yy;@"));
    assert_false(number_is_date_format("#,##0.00\\d"));
    assert_false(number_is_date_format("\"days\" 0"));
    assert_false(number_is_date_format("[Red]0.00"));
}

/* ---- writing */

static void test_what_is_written_is_read_again(void **state)
{
    (void)state;
    static const char *const rows[][3] = {
        {"Name", "Phone", "Note"},
        {"Asha, Rao", "98765", "two\nlines"},
        {"=HYPERLINK(\"http://evil\")", "+919876543210", "-1+cmd|' /C calc'!A0"},
        {"@SUM(1)", NULL, "\ttab"},
        {"＝1+1", "\n=1", "＠x"},
        {"मुंबई \"quoted\"", "", " blank"},
    };
    for (int format = SHEET_CSV; format <= SHEET_XLSX; format++) {
        struct arena *arena = arena_new();
        int fd = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
        assert_true(fd >= 0);
        struct sheet_writer *writer = sheet_writer_new(arena, fd, (enum sheet_format)format);
        assert_non_null(writer);
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
            sheet_write_row(writer, rows[i], 3);
        }
        assert_true(sheet_writer_end(writer));
        const char *quote = format == SHEET_CSV ? "'" : "";
        assert_string_equal(
            read_fd(arena, fd),
            arena_printf(arena,
                         "1:Name|Phone|Note 2:Asha, Rao|98765|two\nlines "
                         "3:%s=HYPERLINK(\"http://evil\")|%s+919876543210|%s-1+cmd|' /C calc'!A0 "
                         "4:%s@SUM(1)||%s\ttab 5:%s＝1+1|%s\n=1|%s＠x 6:मुंबई \"quoted\"|| blank",
                         quote, quote, quote, quote, quote, quote, quote, quote));
        arena_free(arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_csv_is_read_as_spreadsheets_write_it),
        cmocka_unit_test(test_csv_is_read_in_every_encoding),
        cmocka_unit_test(test_pieces_do_not_cut_characters),
        cmocka_unit_test(test_a_reading_can_be_ended),
        cmocka_unit_test(test_what_is_no_spreadsheet_is_refused_with_a_sentence),
        cmocka_unit_test(test_limits_are_kept),
        cmocka_unit_test(test_a_file_without_end_is_refused),
        cmocka_unit_test(test_xlsx_is_read),
        cmocka_unit_test(test_xlsx_that_is_broken_or_evil_is_refused),
        cmocka_unit_test(test_a_bomb_of_repeated_strings_is_refused),
        cmocka_unit_test(test_the_first_of_several_relations_counts),
        cmocka_unit_test(test_a_zip_bomb_is_refused),
        cmocka_unit_test(test_a_locked_part_is_refused),
        cmocka_unit_test(test_many_shared_strings_are_found),
        cmocka_unit_test(test_files_of_libreoffice_are_read),
        cmocka_unit_test(test_an_opendocument_file_is_refused),
        cmocka_unit_test(test_numbers_that_spreadsheets_show_otherwise),
        cmocka_unit_test(test_what_is_written_is_read_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
