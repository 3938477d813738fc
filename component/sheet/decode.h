/* decode: the text of a file as UTF-8, whatever a spreadsheet has written it in; private to sheet/.
 *
 * Knows UTF-8, UTF-16 in both orders (with a byte order mark, or told by the zero bytes), and Windows-1252,
 * which it takes what is not UTF-8 for. What has no character becomes U+FFFD. Threads: any.
 */
#ifndef SHEET_DECODE_H
#define SHEET_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DECODE_INPUT 65536 /* bytes read at once */

enum decode_encoding {
    DECODE_UTF8,
    DECODE_UTF16LE,
    DECODE_UTF16BE,
    DECODE_WINDOWS_1252,
};

struct decode {
    int fd;
    enum decode_encoding encoding;
    int64_t position;   /* in the file, of what comes next */
    uint32_t surrogate; /* the first half of a pair whose second half is to come, or 0 */
    char in[DECODE_INPUT];
    char out[DECODE_INPUT * 3]; /* a byte of Windows-1252 can become three */
    size_t length;
};

enum decode_result {
    DECODE_MORE,
    DECODE_END,
    DECODE_BINARY, /* no text: zero bytes where there can be none */
    DECODE_FAILED, /* reading failed; logged */
};

/* Finds out the encoding by reading all of the file once. DECODE_MORE when it is text. */
enum decode_result decode_begin(struct decode *decode, int fd);

/* The next piece in `out` and `length`. */
enum decode_result decode_next(struct decode *decode);

#endif
