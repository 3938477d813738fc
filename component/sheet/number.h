/* number: what a spreadsheet keeps as a number, as text: digits where none are lost, and days; private to
 * sheet/, and import/ for what a spreadsheet has made of a CSV file's cells. Threads: any. */
#ifndef SHEET_NUMBER_H
#define SHEET_NUMBER_H

#include <stdbool.h>
#include <stddef.h>

#define NUMBER_SIZE 64

/* "919876543210" from "9.1987654321E11" and from "919876543210.0"; at most 15 digits are meant, which is what
 * spreadsheets keep. False when it is no number, and `out` is unchanged. */
bool number_text(const char *number, char out[NUMBER_SIZE]);

/* True for text that a spreadsheet shows instead of a number with many digits, "9.19877E+11", and `out` is
 * that number in full, "919877000000", when the text has all its digits. `lost`: it has not. */
bool number_of_scientific(const char *text, char out[NUMBER_SIZE], bool *lost);

/* "2026-12-01" or "2026-12-01 10:30" from a serial day: since 1900, with the 29 February 1900 that there was
 * not, or since 1904. False when there is no such day between 1900 and 2199. */
bool number_date(double serial, bool since_1904, char out[NUMBER_SIZE]);

/* True when a number format (ISO/IEC 29500-1 section 18.8.31) shows a day: "dd/mm/yy h:mm". */
bool number_is_date_format(const char *format);

#endif
