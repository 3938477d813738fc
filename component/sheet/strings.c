#include "sheet/strings.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "sheet/sheet.h"

#define AHEAD 16384

/* The first strings are in memory too: what repeats in a column (a source, a city) came up early, and what
 * does not is read forwards. */
#define KEPT_MOST       4096
#define KEPT_BYTES_MOST ((size_t)1024 * 1024)

/* A file that is written to its end and then read, mostly forwards. */
struct spill {
    int fd;
    int64_t size;  /* with what is in `bytes` still */
    size_t filled; /* bytes to be written; 0 once it is read */
    char bytes[AHEAD];
    int64_t from; /* what of the file is in `bytes` while it is read */
    size_t held;
};

struct strings {
    struct arena *arena;
    struct spill text, places; /* a place is the end of a string, 8 bytes */
    int64_t count;
    const char *kept[KEPT_MOST];
    size_t kept_lengths[KEPT_MOST], kept_bytes;
    char cell[SHEET_CELL_MOST];
};

static int open_nameless(void)
{
    const char *folders[] = {"/var/tmp", "/tmp"};
    int fd = -1;
    for (size_t i = 0; fd < 0 && i < sizeof folders / sizeof folders[0]; i++) {
        fd = open(folders[i], O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    }
    if (fd < 0) {
        log_error("no temporary file can be made in /var/tmp or /tmp error=\"%s\"", strerror(errno));
    }
    return fd;
}

struct strings *strings_new(struct arena *arena)
{
    struct strings *strings = arena_alloc(arena, sizeof *strings);
    strings->arena = arena;
    strings->text.fd = open_nameless();
    strings->places.fd = strings->text.fd < 0 ? -1 : open_nameless();
    if (strings->places.fd < 0) {
        strings_free(strings);
        return NULL;
    }
    return strings;
}

void strings_free(struct strings *strings)
{
    int *const fds[] = {&strings->text.fd, &strings->places.fd};
    for (size_t i = 0; i < sizeof fds / sizeof fds[0]; i++) {
        if (*fds[i] >= 0) {
            close(*fds[i]);
        }
        *fds[i] = -1;
    }
}

static int complain(const char *what)
{
    log_error("a temporary file cannot be %s error=\"%s\"", what, strerror(errno));
    return -2;
}

static int flush(struct spill *spill)
{
    for (size_t done = 0; done < spill->filled;) {
        ssize_t written = write(spill->fd, spill->bytes + done, spill->filled - done);
        if (written < 0 && errno != EINTR) {
            return complain("written");
        }
        done += written > 0 ? (size_t)written : 0;
    }
    spill->filled = 0;
    return 0;
}

static int append(struct spill *spill, const char *bytes, size_t length)
{
    for (size_t done = 0; done < length;) {
        if (spill->filled == sizeof spill->bytes && flush(spill) != 0) {
            return -2;
        }
        size_t room = sizeof spill->bytes - spill->filled;
        size_t piece = length - done < room ? length - done : room;
        memcpy(spill->bytes + spill->filled, bytes + done, piece);
        spill->filled += piece;
        done += piece;
    }
    spill->size += (int64_t)length;
    return 0;
}

static void keep(struct strings *strings, const char *bytes, size_t length)
{
    if (strings->count >= KEPT_MOST || strings->kept_bytes + length > KEPT_BYTES_MOST) {
        return;
    }
    char *copy = arena_alloc(strings->arena, length + 1);
    memcpy(copy, bytes, length);
    strings->kept[strings->count] = copy;
    strings->kept_lengths[strings->count] = length;
    strings->kept_bytes += length;
}

int strings_add(struct strings *strings, const char *bytes, size_t length)
{
    if (strings->count >= STRINGS_MOST || strings->text.size + (int64_t)length > STRINGS_BYTES_MOST ||
        length > SHEET_CELL_MOST) {
        return -1;
    }
    if (append(&strings->text, bytes, length) != 0) {
        return -2;
    }
    int64_t end = strings->text.size;
    keep(strings, bytes, length);
    strings->count++;
    return append(&strings->places, (const char *)&end, sizeof end);
}

int64_t strings_count(const struct strings *strings)
{
    return strings->count;
}

/* Makes bytes of the file available at `from`; false when it has not so many. */
static bool hold(struct spill *spill, int64_t from)
{
    if (spill->filled > 0 && flush(spill) != 0) {
        return false;
    }
    if (from >= spill->from && from < spill->from + (int64_t)spill->held) {
        return true;
    }
    ssize_t got = pread(spill->fd, spill->bytes, sizeof spill->bytes, from);
    while (got < 0 && errno == EINTR) {
        got = pread(spill->fd, spill->bytes, sizeof spill->bytes, from);
    }
    if (got < 0) {
        complain("read");
    }
    spill->from = from;
    spill->held = got > 0 ? (size_t)got : 0;
    return got > 0;
}

static bool fetch(struct spill *spill, int64_t from, char *out, size_t length)
{
    for (size_t done = 0; done < length;) {
        if (!hold(spill, from + (int64_t)done)) {
            return false;
        }
        size_t at = (size_t)(from + (int64_t)done - spill->from);
        size_t piece = spill->held - at < length - done ? spill->held - at : length - done;
        memcpy(out + done, spill->bytes + at, piece);
        done += piece;
    }
    return true;
}

const char *strings_get(struct strings *strings, int64_t number, size_t *length)
{
    int64_t ends[2] = {0, 0};
    if (number < 0 || number >= strings->count) {
        return NULL;
    }
    if (number < KEPT_MOST && strings->kept[number] != NULL) {
        *length = strings->kept_lengths[number];
        return strings->kept[number];
    }
    size_t first = number == 0 ? 1 : 0;
    if (!fetch(&strings->places, (number - 1 + (int64_t)first) * (int64_t)sizeof ends[0],
               (char *)(ends + first), sizeof ends[0] * (2 - first)) ||
        !fetch(&strings->text, ends[0], strings->cell, (size_t)(ends[1] - ends[0]))) {
        return NULL;
    }
    *length = (size_t)(ends[1] - ends[0]);
    return strings->cell;
}
