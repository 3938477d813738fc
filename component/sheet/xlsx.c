/* DESIGN: five parts, one after the other, each as a stream: the workbook says which sheet is first and
 * whether days are counted from 1904; its relationships say where that sheet, the strings and the styles are;
 * the styles say which cells show days; the shared strings go to disk (strings.h); then the sheet's rows are
 * handed out as they come. Section numbers are ISO/IEC 29500-1's. */
#include "sheet/xlsx.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zip.h>

#include "base/log.h"
#include "sheet/number.h"
#include "sheet/part.h"
#include "sheet/strings.h"

#define STYLES_MOST  65536 /* 64,000 is Excel's limit */
#define FORMATS_MOST 4096
#define PATH_LIMIT   256
#define STRING_MOST  SHEET_CELL_MOST

enum cell_type {
    CELL_NUMBER,
    CELL_SHARED,
    CELL_TEXT, /* a formula's text, or one in place */
    CELL_BOOLEAN,
    CELL_ERROR,
};

/* A text that grows to a limit and no further. */
struct gathered {
    char *bytes;
    size_t length;
    bool over;
};

struct workbook {
    struct arena *arena;
    struct row *row;
    zip_t *zip;
    struct strings *strings;
    const char *why;          /* set by a handler that stops */
    enum sheet_result result; /* the same: what the row said */
    /* the workbook and its relationships */
    char *sheet_id, *sheet_path, *strings_path, *styles_path;
    bool since_1904;
    /* what came of shared strings, which one small file can point to again and again */
    int64_t repeated, packed;
    /* the styles (18.8): whether each shows a day */
    bool *date_styles;
    size_t style_count;
    int64_t date_formats[FORMATS_MOST];
    size_t date_format_count;
    bool in_styles;
    /* a string or a value on its way */
    struct gathered text;
    bool gathers, phonetic, in_cell;
    enum cell_type type;
    size_t column, style;
    bool row_numbered;
};

static bool is(const char *name, const char *wanted)
{
    return strcmp(name, wanted) == 0;
}

static bool is_true(const char *value)
{
    return value != NULL && (is(value, "1") || is(value, "true"));
}

static bool ends_nothing(void *context, const char *name)
{
    (void)context, (void)name;
    return true;
}

/* ---- the workbook (18.2) */

static bool workbook_begins(void *context, const char *name, const char **attributes)
{
    struct workbook *book = context;
    const char *state = part_attribute(attributes, "state");
    if (is(name, "workbookPr")) {
        book->since_1904 = is_true(part_attribute(attributes, "date1904"));
    } else if (is(name, "sheet") && book->sheet_id == NULL && (state == NULL || is(state, "visible"))) {
        book->sheet_id = arena_strdup(book->arena, part_attribute(attributes, "id"));
    }
    return true;
}

/* A target is beside the workbook, in xl/, or begins at the top with a slash. */
static char *target_path(struct arena *arena, const char *target)
{
    if (target == NULL || strlen(target) > PATH_LIMIT) {
        return NULL;
    }
    return *target == '/' ? arena_strdup(arena, target + 1) : arena_printf(arena, "xl/%s", target);
}

static bool ends_with(const char *text, const char *end)
{
    size_t length = text == NULL ? 0 : strlen(text);
    return length >= strlen(end) && is(text + length - strlen(end), end);
}

static bool relation_begins(void *context, const char *name, const char **attributes)
{
    struct workbook *book = context;
    const char *id = part_attribute(attributes, "Id");
    const char *type = part_attribute(attributes, "Type");
    const char *target = part_attribute(attributes, "Target");
    if (!is(name, "Relationship")) {
        return true;
    }
    /* The first of each: a part of a million of them takes no memory. */
    char **path = ends_with(type, "/sharedStrings")                                ? &book->strings_path
                  : ends_with(type, "/styles")                                     ? &book->styles_path
                  : id != NULL && book->sheet_id != NULL && is(id, book->sheet_id) ? &book->sheet_path
                                                                                   : NULL;
    if (path != NULL && *path == NULL) {
        *path = target_path(book->arena, target);
    }
    return true;
}

/* ---- the styles (18.8): those of the formats that are known to be days, and our own list of them */

static bool is_date_format(const struct workbook *book, int64_t format)
{
    /* 18.8.30: 14 to 17, 22, 27 to 36 and 50 to 58 show days. */
    bool built_in = (format >= 14 && format <= 17) || format == 22 || (format >= 27 && format <= 36) ||
                    (format >= 50 && format <= 58);
    for (size_t i = 0; !built_in && i < book->date_format_count; i++) {
        built_in = book->date_formats[i] == format;
    }
    return built_in;
}

static bool styles_begin(void *context, const char *name, const char **attributes)
{
    struct workbook *book = context;
    const char *format = part_attribute(attributes, "numFmtId");
    const char *code = part_attribute(attributes, "formatCode");
    if (is(name, "cellXfs")) {
        book->in_styles = true;
    } else if (is(name, "numFmt") && format != NULL && code != NULL && number_is_date_format(code) &&
               book->date_format_count < FORMATS_MOST) {
        book->date_formats[book->date_format_count++] = strtoll(format, NULL, 10);
    } else if (is(name, "xf") && book->in_styles && book->style_count < STYLES_MOST) {
        book->date_styles[book->style_count++] =
            format != NULL && is_date_format(book, strtoll(format, NULL, 10));
    }
    return true;
}

static bool styles_end(void *context, const char *name)
{
    struct workbook *book = context;
    book->in_styles = book->in_styles && !is(name, "cellXfs");
    return true;
}

/* ---- texts (18.4, 18.18.55): of the runs of a string all but how it is spoken */

static bool gather(void *context, const char *bytes, size_t length)
{
    struct workbook *book = context;
    struct gathered *text = &book->text;
    if (!book->gathers || book->phonetic) {
        return true;
    }
    if (text->length + length >= STRING_MOST) {
        book->why = "has a cell of more characters than a spreadsheet can have: nothing of it was read";
        return false;
    }
    memcpy(text->bytes + text->length, bytes, length);
    text->length += length;
    text->bytes[text->length] = '\0';
    return true;
}

static void gather_anew(struct workbook *book)
{
    book->text.length = 0;
    book->text.bytes[0] = '\0';
}

static bool strings_begin(void *context, const char *name, const char **attributes)
{
    struct workbook *book = context;
    (void)attributes;
    if (is(name, "si")) {
        gather_anew(book);
    }
    book->phonetic = book->phonetic || is(name, "rPh");
    book->gathers = is(name, "t");
    return true;
}

static bool strings_end(void *context, const char *name)
{
    struct workbook *book = context;
    book->gathers = false;
    book->phonetic = book->phonetic && !is(name, "rPh");
    int added = is(name, "si") ? strings_add(book->strings, book->text.bytes, book->text.length) : 0;
    if (added == -1) {
        book->why = "has more text in it than can be taken at once: send it in parts";
    } else if (added == -2) {
        book->result = SHEET_FAILED;
    }
    return added == 0;
}

/* ---- the sheet (18.3.1) */

/* "AB12" is column 27; -1 when it is none. */
static long column_of(const char *reference)
{
    long column = 0;
    for (; *reference >= 'A' && *reference <= 'Z'; reference++) {
        column = column * 26 + (*reference - 'A' + 1);
        if (column > 16384) {
            return -1;
        }
    }
    return column - 1;
}

static enum cell_type type_of_cell(const char *type)
{
    static const struct {
        const char *word;
        enum cell_type type;
    } types[] = {{"s", CELL_SHARED}, {"str", CELL_TEXT},  {"inlineStr", CELL_TEXT},
                 {"d", CELL_TEXT},   {"b", CELL_BOOLEAN}, {"e", CELL_ERROR}};
    for (size_t i = 0; type != NULL && i < sizeof types / sizeof types[0]; i++) {
        if (is(types[i].word, type)) {
            return types[i].type;
        }
    }
    return CELL_NUMBER;
}

static void begin_row(struct workbook *book, const char **attributes)
{
    const char *number = part_attribute(attributes, "r");
    int64_t given = number == NULL ? 0 : strtoll(number, NULL, 10);
    book->row->number = given > book->row->number ? given : book->row->number;
    book->column = 0;
}

static void begin_cell(struct workbook *book, const char **attributes)
{
    const char *reference = part_attribute(attributes, "r");
    const char *style = part_attribute(attributes, "s");
    long column = reference == NULL ? -1 : column_of(reference);
    book->column = column >= (long)book->column ? (size_t)column : book->column;
    book->style = style == NULL ? 0 : strtoul(style, NULL, 10);
    book->type = type_of_cell(part_attribute(attributes, "t"));
    book->in_cell = true;
    gather_anew(book);
}

static bool sheet_begins(void *context, const char *name, const char **attributes)
{
    struct workbook *book = context;
    if (is(name, "row")) {
        begin_row(book, attributes);
    } else if (is(name, "c")) {
        begin_cell(book, attributes);
    }
    book->phonetic = book->phonetic || is(name, "rPh");
    book->gathers = book->in_cell && (is(name, "v") || is(name, "t"));
    return true;
}

static void put_number(struct workbook *book)
{
    char text[NUMBER_SIZE];
    bool date = book->style < book->style_count && book->date_styles[book->style];
    if ((date && number_date(strtod(book->text.bytes, NULL), book->since_1904, text)) ||
        number_text(book->text.bytes, text)) {
        row_add(book->row, text, strlen(text));
    } else {
        row_add(book->row, book->text.bytes, book->text.length);
    }
}

static bool put_shared(struct workbook *book)
{
    size_t length = 0;
    char *end;
    int64_t number = strtoll(book->text.bytes, &end, 10);
    const char *text =
        *end != '\0' || end == book->text.bytes ? NULL : strings_get(book->strings, number, &length);
    if (text == NULL) {
        book->why = "is damaged: a cell points to a text that is not in it. Save it again, and send it again";
        return false;
    }
    book->repeated += (int64_t)length;
    if (part_is_bomb(book->repeated, book->packed)) {
        book->why = PART_BOMB;
        return false;
    }
    row_add(book->row, text, length);
    return true;
}

static bool put_cell(struct workbook *book)
{
    if (book->text.length == 0) {
        return true;
    }
    row_begin_cell(book->row, book->column);
    switch (book->type) {
    case CELL_SHARED:
        return put_shared(book);
    case CELL_NUMBER:
        put_number(book);
        break;
    case CELL_BOOLEAN:
        row_add(book->row, is_true(book->text.bytes) ? "yes" : "no", is_true(book->text.bytes) ? 3 : 2);
        break;
    case CELL_TEXT:
    case CELL_ERROR:
        row_add(book->row, book->text.bytes, book->text.length);
        break;
    }
    return true;
}

static bool sheet_ends(void *context, const char *name)
{
    struct workbook *book = context;
    book->gathers = false;
    book->phonetic = book->phonetic && !is(name, "rPh");
    if (is(name, "c") && book->in_cell) {
        book->in_cell = false;
        bool put = put_cell(book);
        book->column++;
        return put && book->row->why == NULL ? true : (book->why = put ? book->row->why : book->why, false);
    }
    if (is(name, "row")) {
        book->result = row_end(book->row, &book->why);
        return book->result == SHEET_DONE;
    }
    return true;
}

/* ---- all of it */

/* What a part came to, with what a handler that stopped it has said. */
static enum sheet_result conclude(struct workbook *book, enum sheet_result result, const char **why)
{
    if (result != SHEET_STOPPED) {
        return result;
    }
    if (book->why != NULL) {
        *why = book->why;
        return SHEET_REFUSED;
    }
    return book->result == SHEET_DONE ? SHEET_STOPPED : book->result;
}

static enum sheet_result read_part(struct workbook *book, const char *path, bool missing_ok,
                                   const struct part_handler *handler, const char **why)
{
    return path == NULL ? SHEET_DONE
                        : conclude(book, part_read(book->zip, path, missing_ok, handler, why), why);
}

static enum sheet_result refuse(const char **why, const char *sentence)
{
    *why = sentence;
    return SHEET_REFUSED;
}

static enum sheet_result read_parts(struct workbook *book, const char **why)
{
    const struct part_handler workbook = {workbook_begins, ends_nothing, NULL, book};
    const struct part_handler relations = {relation_begins, ends_nothing, NULL, book};
    const struct part_handler styles = {styles_begin, styles_end, NULL, book};
    const struct part_handler strings = {strings_begin, strings_end, gather, book};
    const struct part_handler sheet = {sheet_begins, sheet_ends, gather, book};
    enum sheet_result result = read_part(book, "xl/workbook.xml", false, &workbook, why);
    if (result == SHEET_DONE) {
        result = read_part(book, "xl/_rels/workbook.xml.rels", false, &relations, why);
    }
    if (result == SHEET_DONE && book->sheet_path == NULL) {
        return refuse(why, "has no sheet in it that can be seen");
    }
    if (result == SHEET_DONE) {
        result = read_part(book, book->styles_path, true, &styles, why);
    }
    if (result == SHEET_DONE) {
        result = read_part(book, book->strings_path, true, &strings, why);
    }
    return result == SHEET_DONE ? read_part(book, book->sheet_path, false, &sheet, why) : result;
}

/* A zip file can be many things. */
static enum sheet_result refuse_kind(zip_t *zip, const char **why)
{
    if (zip_name_locate(zip, "content.xml", 0) >= 0) {
        return refuse(why, "is an OpenDocument file: save it as XLSX or CSV, and send it again");
    }
    if (zip_name_locate(zip, "xl/workbook.bin", 0) >= 0) {
        return refuse(why, "is an XLSB file: save it as XLSX or CSV, and send it again");
    }
    return refuse(why, "is not a spreadsheet: send it as CSV or XLSX");
}

static enum sheet_result read_zip(struct workbook *book, const char **why)
{
    if (zip_name_locate(book->zip, "xl/workbook.xml", ZIP_FL_NOCASE) < 0) {
        return refuse_kind(book->zip, why);
    }
    book->text.bytes = arena_alloc(book->arena, STRING_MOST);
    book->date_styles = arena_array(book->arena, STYLES_MOST, sizeof *book->date_styles);
    book->strings = strings_new(book->arena);
    if (book->strings == NULL) {
        return SHEET_FAILED;
    }
    enum sheet_result result = read_parts(book, why);
    strings_free(book->strings);
    return result;
}

static int64_t size_of(int fd)
{
    struct stat status;
    return fstat(fd, &status) == 0 ? status.st_size : 0;
}

/* libzip closes the descriptor that it is given, once it is a zip file to it. */
static zip_t *open_zip(int fd)
{
    int error = 0;
    int own = dup(fd);
    if (own < 0 || lseek(own, 0, SEEK_SET) < 0) {
        log_bug("a spreadsheet's file cannot be used again");
    }
    zip_t *zip = zip_fdopen(own, 0, &error);
    if (zip == NULL) {
        close(own);
    }
    if (error == ZIP_ER_MEMORY) {
        log_bug("out of memory, wanted for a spreadsheet");
    }
    return zip;
}

enum sheet_result xlsx_read(struct row *row, int fd, const char **why)
{
    struct workbook *book = arena_alloc(row->arena, sizeof *book);
    book->arena = row->arena;
    book->row = row;
    book->packed = size_of(fd);
    book->zip = open_zip(fd);
    if (book->zip == NULL) {
        return refuse(why, "is damaged or cut off: save it again, and send it again");
    }
    enum sheet_result result = read_zip(book, why);
    zip_discard(book->zip);
    return result;
}
