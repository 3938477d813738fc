/* DESIGN: a line is built on the stack and written by one write(2), so that lines of several threads never
 * mix and logging works when memory is gone. A line is cut at LINE_LIMIT bytes. */
#include "base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/metric.h"
#include "base/text.h"

#define MESSAGE_LIMIT 2048
#define LINE_LIMIT    (MESSAGE_LIMIT * 2)
#define REQUEST_ROOM  80 /* kept free at the end of a line */

struct level {
    const char *name;
    const char *prefix; /* the syslog priority as journald reads it */
};

static const struct level levels[] = {{"debug", "<7>"}, {"info", "<6>"}, {"warn", "<4>"}, {"error", "<3>"}};
static const struct level bug = {"bug", "<2>"};

static atomic_int lowest = LOG_LEVEL_INFO;
static bool for_journal;
static _Thread_local const char *request;

void log_set_request(const char *id)
{
    request = id;
}

const char *log_request(void)
{
    return request;
}

void log_set_level(enum log_level level)
{
    atomic_store_explicit(&lowest, (int)level, memory_order_relaxed);
}

/* JOURNAL_STREAM names device and inode, because a program further down may have standard error elsewhere. */
void log_begin(void)
{
    const char *stream = getenv("JOURNAL_STREAM");
    struct stat status;
    char ours[64];
    if (stream == NULL || fstat(STDERR_FILENO, &status) != 0) {
        return;
    }
    snprintf(ours, sizeof ours, "%llu:%llu", (unsigned long long)status.st_dev,
             (unsigned long long)status.st_ino);
    for_journal = strcmp(stream, ours) == 0;
}

int log_level_parse(const char *name, enum log_level *level)
{
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
        if (text_equal_nocase(name, levels[i].name)) {
            *level = (enum log_level)i;
            return 0;
        }
    }
    return -1;
}

/* What could forge a line, hide or reorder text on a terminal: controls, line separators, direction marks. */
static int is_unsafe(uint32_t code_point)
{
    return code_point < 0x20 || (code_point >= 0x7F && code_point <= 0x9F) ||
           (code_point >= 0x200B && code_point <= 0x200F) || (code_point >= 0x2028 && code_point <= 0x202E) ||
           (code_point >= 0x2066 && code_point <= 0x2069) || code_point == 0xFEFF;
}

/* Copies `message` escaped into the line; returns the new length. */
static size_t add_escaped(char *line, size_t used, size_t limit, const char *message)
{
    size_t length = strlen(message);
    for (size_t i = 0; i < length && used + 12 < limit;) {
        uint32_t code_point;
        size_t taken = utf8_decode(message + i, length - i, &code_point);
        if (taken == 0) {
            used += (size_t)snprintf(line + used, limit - used, "\\x%02x", (unsigned char)message[i]);
            taken = 1;
        } else if (is_unsafe(code_point)) {
            used += (size_t)snprintf(line + used, limit - used, "\\u{%x}", (unsigned)code_point);
        } else {
            memcpy(line + used, message + i, taken);
            used += taken;
        }
        i += taken;
    }
    return used;
}

static void write_line(const struct level *level, const char *format, va_list arguments)
{
    char message[MESSAGE_LIMIT];
    char line[LINE_LIMIT];
    vsnprintf(message, sizeof message, format, arguments);
    size_t used = for_journal ? (size_t)snprintf(line, sizeof line, "%s", level->prefix)
                              : (size_t)snprintf(line, sizeof line, "%-5s ", level->name);
    used = add_escaped(line, used, sizeof line - REQUEST_ROOM, message);
    if (request != NULL) {
        used += (size_t)snprintf(line + used, sizeof line - used, " request=");
        used = add_escaped(line, used, sizeof line - 1, request);
    }
    line[used++] = '\n';
    for (size_t done = 0; done < used;) {
        ssize_t written = write(STDERR_FILENO, line + done, used - done);
        if (written <= 0) {
            return;
        }
        done += (size_t)written;
    }
}

#define LOG_AT(level)                                                                                        \
    do {                                                                                                     \
        if ((int)(level) >= atomic_load_explicit(&lowest, memory_order_relaxed)) {                           \
            va_list arguments;                                                                               \
            va_start(arguments, format);                                                                     \
            write_line(&levels[level], format, arguments);                                                   \
            va_end(arguments);                                                                               \
        }                                                                                                    \
    } while (0)

void log_debug(const char *format, ...)
{
    LOG_AT(LOG_LEVEL_DEBUG);
}

void log_info(const char *format, ...)
{
    LOG_AT(LOG_LEVEL_INFO);
}

void log_warn(const char *format, ...)
{
    metric_add(METRIC_LOG_WARNINGS, 1);
    LOG_AT(LOG_LEVEL_WARN);
}

void log_error(const char *format, ...)
{
    metric_add(METRIC_LOG_ERRORS, 1);
    LOG_AT(LOG_LEVEL_ERROR);
}

void log_bug(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    write_line(&bug, format, arguments);
    va_end(arguments);
    abort();
}
