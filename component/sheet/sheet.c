#include "sheet/sheet.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "sheet/csv.h"
#include "sheet/xlsx.h"

#define HEAD 65536

/* What files that people send by mistake begin with. */
static const struct {
    const char *bytes;
    const char *why;
} magics[] = {
    {"%PDF-", "is a PDF: send the spreadsheet that it was made from, as CSV or XLSX"},
    {"{\\rtf", "is a text document: send a spreadsheet, as CSV or XLSX"},
    {"<!doctype html", "is a web page: open it in a spreadsheet program, save it as XLSX, and send that"},
    {"<html", "is a web page: open it in a spreadsheet program, save it as XLSX, and send that"},
    {"<?xml", "is an XML file: open it in a spreadsheet program, save it as XLSX, and send that"},
};

static const char locked[] = "is protected with a password: save it without one, and send it again";
static const char old_excel[] = "is an old Excel file (XLS): save it as XLSX or CSV, and send it again";

/* [MS-OFFCRYPTO] section 2.3.2: a compound file with a stream of that name is an encrypted XLSX. The name is
 * in its directory, which can be anywhere. */
static bool is_locked(int fd)
{
    static const char name[] = "E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e";
    char bytes[HEAD];
    ssize_t got;
    for (off_t at = 0; (got = pread(fd, bytes, sizeof bytes, at)) > (ssize_t)sizeof name;
         at += got - (ssize_t)sizeof name) {
        if (memmem(bytes, (size_t)got, name, sizeof name) != NULL) {
            return true;
        }
    }
    return false;
}

static enum sheet_result refuse(const char **why, const char *sentence)
{
    *why = sentence;
    return SHEET_REFUSED;
}

/* The sentence about a file that is something else, or NULL. `head` is terminated. */
static const char *other_kind(const char *head)
{
    head += strncmp(head, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    head += strspn(head, " \t\r\n");
    for (size_t i = 0; i < sizeof magics / sizeof magics[0]; i++) {
        if (text_starts_nocase(head, magics[i].bytes)) {
            return magics[i].why;
        }
    }
    return NULL;
}

enum sheet_result sheet_read(struct arena *arena, int fd, sheet_take *take, void *context, const char **why)
{
    static const char compound[] = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";
    char head[64] = "";
    struct row *row = arena_alloc(arena, sizeof *row);
    ssize_t got = pread(fd, head, sizeof head - 1, 0);
    if (got < 0) {
        log_error("a spreadsheet cannot be read error=\"%s\"", strerror(errno));
        return SHEET_FAILED;
    }
    if (got == 0) {
        return refuse(why, "is empty");
    }
    if (memcmp(head, compound, sizeof compound - 1) == 0) {
        return refuse(why, is_locked(fd) ? locked : old_excel);
    }
    if (other_kind(head) != NULL) {
        return refuse(why, other_kind(head));
    }
    row_new(row, arena, take, context);
    bool zip = memcmp(head, "PK\x03\x04", 4) == 0 || memcmp(head, "PK\x05\x06", 4) == 0;
    return zip ? xlsx_read(row, fd, why) : csv_read(row, fd, why);
}
