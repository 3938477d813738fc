/* xlsx: the first sheet of an XLSX file (ISO/IEC 29500-1, SpreadsheetML); private to sheet/. Threads: any. */
#ifndef SHEET_XLSX_H
#define SHEET_XLSX_H

#include "sheet/row.h"

/* As sheet_read(); the row's members are set. */
enum sheet_result xlsx_read(struct row *row, int fd, const char **why);

#endif
