/* csv: cells of a text with separators (RFC 4180), as spreadsheets write it and read it; private to sheet/.
 *
 * The separator is the one of comma, semicolon, tab and bar that the first line has most of, outside quotes,
 * or what a line "sep=;" says. A quote inside a cell that did not begin with one is a character. Threads:
 * any.
 */
#ifndef SHEET_CSV_H
#define SHEET_CSV_H

#include "sheet/row.h"

/* As sheet_read(); the row's members are set. */
enum sheet_result csv_read(struct row *row, int fd, const char **why);

#endif
