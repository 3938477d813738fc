/* part: one part of an XLSX file, unpacked and parsed as it comes; private to sheet/.
 *
 * Limits are kept while it is unpacked, because what a zip file says of its sizes need not be true: a part
 * that unpacks to more than PART_BYTES_MOST, or to more than PART_RATIO times its packed size beyond
 * PART_RATIO_FROM, is a bomb. Elements nest at most PART_DEPTH deep, one token is at most PART_TOKEN_MOST
 * bytes, and there is no document type (so no entities but the five of XML). Threads: any.
 */
#ifndef SHEET_PART_H
#define SHEET_PART_H

#include <zip.h>

#include "sheet/sheet.h"

#define PART_BYTES_MOST ((int64_t)2 * 1024 * 1024 * 1024)
#define PART_RATIO      200
#define PART_RATIO_FROM ((int64_t)16 * 1024 * 1024)
#define PART_DEPTH      64
#define PART_TOKEN_MOST (1024 * 1024)
#define PART_BOMB       "unpacks to more than a spreadsheet can be: nothing of it was read"

/* What is said while a part is read. Names come without their prefix. A handler that is false ends the
 * reading: it has set its own reason. */
struct part_handler {
    bool (*begins)(void *context, const char *name, const char **attributes);
    bool (*ends)(void *context, const char *name);
    bool (*text)(void *context, const char *bytes, size_t length); /* may be NULL */
    void *context;
};

/* Reads a part. SHEET_DONE also when `missing_ok` and there is none. SHEET_STOPPED: a handler said so.
 * SHEET_REFUSED: `why`; SHEET_FAILED is never returned. */
enum sheet_result part_read(zip_t *zip, const char *name, bool missing_ok, const struct part_handler *handler,
                            const char **why);

/* Whether so much cannot have been packed into so little. */
bool part_is_bomb(int64_t unpacked, int64_t packed);

/* The value of an attribute, by its name without prefix, or NULL. */
const char *part_attribute(const char **attributes, const char *name);

#endif
