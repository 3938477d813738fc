/* work: an import on its way, and what the files of this room share.
 *
 *   reading ──dry run──▶ waiting ──import.start──▶ running ──▶ done ──import.undo──▶ undoing ──▶ undone
 *      │  ▲                │ │ import.undo                       ▲ (also from running, stopped)
 *      │  └─import.columns─┘ └────────────────────────────────────────────────────────▶ undone
 *      └──▶ refused: nothing was imported
 *
 *   running, undoing ──the database refuses each attempt──▶ stopped: what is in stays
 *
 * Of this room only. Threads: a command lane's or the bulk lane's.
 */
#ifndef IMPORT_WORK_H
#define IMPORT_WORK_H

#include "import/import.h"
#include "import/row.h"
#include "queries.h"

/* Between cells, headers and fields that are kept as one text: control characters are no part of a cell. */
#define IMPORT_SEPARATOR '\x1f'

/* Who works, and with what. */
struct import_site {
    struct arena *arena;
    struct unit *unit;
    const struct person *person;
    const char *web_url;
};

const char *const *import_split(struct arena *arena, const char *text, size_t *count);
const char *import_join(struct arena *arena, const char *const *cells, size_t count);

/* A reader of rows for these headers and fields (both as they are kept), whose strings live in the arena.
 * Flushes the unit; false when it failed. */
bool import_reader_new(const struct import_site *site, const char *headers, const char *fields,
                       struct import_reader *out);

/* "Full Name → Name, E-Mail → Email; left out: Shoe size". */
const char *import_columns_text(const struct import_site *site, const char *headers, const char *fields);

/* The dry run's result, in sentences. */
const char *import_summary(struct arena *arena, const struct import_show_row *import);

/* How many bytes a file may have that is imported, however it comes; what is said of one that has more.
 * Flushes the unit; -1 when that failed. */
int64_t import_most_bytes(const struct import_site *site);
#define IMPORT_TOO_LARGE "is larger than %lld megabytes"

/* Makes `text` a file behind a link: the file `fd` from its beginning. NULL when a flush failed; the link
 * otherwise, and until when it is good. */
const char *import_file_offer(const struct import_site *site, int fd, const char *name, const char *type,
                              const char **until);

/* The import that a job is about, when it is still in the state in which the job has something to do; else
 * NULL and what the job then is. One whose person's account is no
 * longer in use, or may not import any more, is stopped. */
const struct import_show_row *import_of_job(struct job_call *call, const char *state,
                                            enum job_result *result);

/* The rest is for the next time, at once. */
enum job_result import_go_on(struct job_call *call);

/* The jobs. */
enum job_result import_read_run(struct job_call *call);
enum job_result import_read_give_up(struct job_call *call);
enum job_result import_run_run(struct job_call *call);
enum job_result import_run_give_up(struct job_call *call);
enum job_result import_undo_run(struct job_call *call);
enum job_result import_undo_give_up(struct job_call *call);
enum job_result import_tidy_run(struct job_call *call);
enum job_result export_run(struct job_call *call);
enum job_result export_give_up(struct job_call *call);

#endif
