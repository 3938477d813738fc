/* row: one row of a spreadsheet as a lead, or what is wrong with it in a sentence for its sender.
 *
 * Mends what spreadsheets have made of phone numbers and days, and refuses what they have lost. Pure; the
 * database looks at duplicates. Threads: as the arena.
 */
#ifndef IMPORT_ROW_H
#define IMPORT_ROW_H

#include "command/type.h"
#include "import/field.h"

struct import_reader {
    struct type_reader types;           /* who reads, in whose time zone and currency */
    const struct import_field **fields; /* one a column; NULL: left out */
    const char *const *headers;
    size_t count;
    const struct choice *sources; /* ended by a NULL value */
};

/* Texts as crm.import_slice() takes them; NULL: none. */
struct import_lead {
    const char *name, *email, *phone, *source, *budget, *currency, *requirements, *follow_up, *tags;
    const char *added; /* a JSON object of what added fields get, days as a clock shows them */
};

/* Reads the cells. NULL and `out`; or the problem. */
const char *import_row_read(const struct import_reader *reader, const char *const *cells, size_t count,
                            struct import_lead *out);

#endif
