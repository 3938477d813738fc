#include "sheet/part.h"

#include <expat.h>
#include <string.h>

#include "base/log.h"
#include "base/progress.h"

#define PIECE 32768

struct reader {
    XML_Parser parser;
    const struct part_handler *handler;
    size_t depth;
    bool stopped; /* by the handler */
    const char *why;
};

static const char damaged[] = "is damaged or cut off: save it again, and send it again";
static const char locked[] = "is protected with a password: save it without one, and send it again";
static const char doctype[] = "has a document type in it, which no spreadsheet program writes: nothing of it "
                              "was read";

static const char *local(const char *name)
{
    const char *colon = strchr(name, ':');
    return colon == NULL ? name : colon + 1;
}

const char *part_attribute(const char **attributes, const char *name)
{
    for (; attributes[0] != NULL; attributes += 2) {
        if (strcmp(local(attributes[0]), name) == 0) {
            return attributes[1];
        }
    }
    return NULL;
}

static void stop(struct reader *reader, const char *why)
{
    reader->stopped = why == NULL;
    reader->why = why;
    XML_StopParser(reader->parser, XML_FALSE);
}

static void XMLCALL on_begin(void *context, const char *name, const char **attributes)
{
    struct reader *reader = context;
    if (++reader->depth > PART_DEPTH) {
        stop(reader, damaged);
    } else if (!reader->handler->begins(reader->handler->context, local(name), attributes)) {
        stop(reader, NULL);
    }
}

static void XMLCALL on_end(void *context, const char *name)
{
    struct reader *reader = context;
    reader->depth--;
    if (!reader->stopped && reader->why == NULL &&
        !reader->handler->ends(reader->handler->context, local(name))) {
        stop(reader, NULL);
    }
}

static void XMLCALL on_text(void *context, const char *bytes, int length)
{
    struct reader *reader = context;
    if (!reader->stopped && reader->why == NULL && reader->handler->text != NULL &&
        !reader->handler->text(reader->handler->context, bytes, (size_t)length)) {
        stop(reader, NULL);
    }
}

static void XMLCALL on_doctype(void *context, const char *name, const char *system, const char *public,
                               int internal)
{
    (void)name, (void)system, (void)public, (void)internal;
    stop(context, doctype);
}

/* Out of memory ends the process wherever it shows. */
static void check_memory(bool is_out)
{
    if (is_out) {
        log_bug("out of memory, wanted for a spreadsheet");
    }
}

static enum sheet_result refuse(const char **why, const char *sentence)
{
    *why = sentence;
    return SHEET_REFUSED;
}

bool part_is_bomb(int64_t unpacked, int64_t packed)
{
    return unpacked > PART_BYTES_MOST || (unpacked > PART_RATIO_FROM && unpacked / PART_RATIO > packed);
}

/* Feeds what there is; SHEET_DONE at the end of the part. */
static enum sheet_result parse_all(struct reader *reader, zip_file_t *file, zip_uint64_t packed,
                                   const char **why)
{
    int64_t fed = 0;
    for (;;) {
        void *piece = XML_GetBuffer(reader->parser, PIECE);
        check_memory(piece == NULL);
        zip_int64_t got = zip_fread(file, piece, PIECE);
        check_memory(got < 0 && zip_error_code_zip(zip_file_get_error(file)) == ZIP_ER_MEMORY);
        if (got < 0) {
            return refuse(why, damaged);
        }
        fed += got;
        progress_note();
        if (part_is_bomb(fed, packed > INT64_MAX ? INT64_MAX : (int64_t)packed)) {
            return refuse(why, PART_BOMB);
        }
        enum XML_Status status = XML_ParseBuffer(reader->parser, (int)got, got == 0);
        if (status != XML_STATUS_OK) {
            check_memory(XML_GetErrorCode(reader->parser) == XML_ERROR_NO_MEMORY);
            return reader->stopped ? SHEET_STOPPED : refuse(why, reader->why != NULL ? reader->why : damaged);
        }
        if (got == 0) {
            return SHEET_DONE;
        }
        if (fed - XML_GetCurrentByteIndex(reader->parser) > PART_TOKEN_MOST) {
            return refuse(why, damaged);
        }
    }
}

static enum sheet_result parse(const struct part_handler *handler, zip_file_t *file, zip_uint64_t packed,
                               const char **why)
{
    struct reader reader = {.parser = XML_ParserCreate(NULL), .handler = handler};
    check_memory(reader.parser == NULL);
    XML_SetUserData(reader.parser, &reader);
    XML_SetElementHandler(reader.parser, on_begin, on_end);
    XML_SetCharacterDataHandler(reader.parser, on_text);
    XML_SetStartDoctypeDeclHandler(reader.parser, on_doctype);
    enum sheet_result result = parse_all(&reader, file, packed, why);
    XML_ParserFree(reader.parser);
    return result;
}

enum sheet_result part_read(zip_t *zip, const char *name, bool missing_ok, const struct part_handler *handler,
                            const char **why)
{
    zip_stat_t stat;
    zip_stat_init(&stat);
    zip_int64_t index = zip_name_locate(zip, name, ZIP_FL_NOCASE);
    check_memory(index < 0 && zip_error_code_zip(zip_get_error(zip)) == ZIP_ER_MEMORY);
    if (index < 0) {
        return missing_ok ? SHEET_DONE : refuse(why, damaged);
    }
    if (zip_stat_index(zip, (zip_uint64_t)index, 0, &stat) != 0 || (stat.valid & ZIP_STAT_COMP_SIZE) == 0) {
        return refuse(why, damaged);
    }
    if ((stat.valid & ZIP_STAT_ENCRYPTION_METHOD) != 0 && stat.encryption_method != ZIP_EM_NONE) {
        return refuse(why, locked);
    }
    zip_file_t *file = zip_fopen_index(zip, (zip_uint64_t)index, 0);
    if (file == NULL) {
        check_memory(zip_error_code_zip(zip_get_error(zip)) == ZIP_ER_MEMORY);
        return refuse(why, damaged);
    }
    enum sheet_result result = parse(handler, file, stat.comp_size, why);
    zip_fclose(file);
    return result;
}
