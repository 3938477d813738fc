/* log: one line an event on standard error, for journald and for people.
 *
 * A line: level, event in words, then key=value pairs; no time, which whoever keeps the lines adds. When
 * standard error is journald's (JOURNAL_STREAM, systemd.exec(5)), the level is journald's prefix instead,
 * "<6>" (sd-daemon(3)), so that `journalctl -p warning` works. Control characters and line breaks are
 * escaped, so that nothing that a stranger sends can forge a line. A line ends with the request that its
 * thread works on, the same id that the audit has. Never log a secret, a body or a full
 * address of a visitor. Threads: any.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

enum log_level {
    LOG_LEVEL_DEBUG,
    LOG_LEVEL_INFO,
    LOG_LEVEL_WARN,
    LOG_LEVEL_ERROR,
};

/* Lines below this level are dropped. Any thread, at any time. */
void log_set_level(enum log_level level);

/* The request that this thread works on from here on: each of its lines ends with " request=ID". NULL: none.
 * The string must last until the next call. */
void log_set_request(const char *id);

/* That one, or NULL. */
const char *log_request(void);

/* Looks where standard error goes, and writes for journald from here on if it goes there. Call once, before
 * threads start. */
void log_begin(void);

/* Returns 0 and the level, or -1 when `name` is none of debug, info, warn, error. */
int log_level_parse(const char *name, enum log_level *level);

void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A bug: says so and aborts. */
_Noreturn void log_bug(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
