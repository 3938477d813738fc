/* DESIGN: a slice is one transaction: some hundred rows are read, checked again (nothing that was checked
 * before is trusted to be so still), and handed to crm.import_slice(), which adds, changes or skips, takes
 * the rows away, and says how far it is. A crash between two slices goes on behind the last one; one within a
 * slice leaves it undone. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "import/work.h"
#include "sheet/write.h"

#define SLICE         500 /* each row is up to two locks, of its contacts, in PostgreSQL's table of all locks */
#define UNDO_SLICE    500
#define REJECTED_PAGE 1000

/* Half of them behind each failure: what PostgreSQL cannot do in the time of a statement, or with the locks
 * that it has, it may do with fewer. */
static int64_t fewer(const struct job_call *call, int64_t rows)
{
    int halved = call->job->attempts < JOB_TRIES ? call->job->attempts : JOB_TRIES;
    return rows >> halved;
}

/* The columns of a slice, as crm.import_slice() takes them. */
struct slice {
    int64_t numbers[SLICE];
    const char *names[SLICE], *emails[SLICE], *phones[SLICE], *sources[SLICE], *budgets[SLICE],
        *currencies[SLICE], *requirements[SLICE], *follow_ups[SLICE], *tags[SLICE], *added[SLICE];
    size_t count;
    int64_t rejected[SLICE];
    const char *problems[SLICE];
    size_t rejected_count;
};

static void put_lead(struct slice *slice, int64_t number, const struct import_lead *lead)
{
    size_t at = slice->count++;
    slice->numbers[at] = number;
    slice->names[at] = lead->name;
    slice->emails[at] = lead->email;
    slice->phones[at] = lead->phone;
    slice->sources[at] = lead->source;
    slice->budgets[at] = lead->budget;
    slice->currencies[at] = lead->currency;
    slice->requirements[at] = lead->requirements;
    slice->follow_ups[at] = lead->follow_up;
    slice->tags[at] = lead->tags;
    slice->added[at] = lead->added;
}

static void fill(struct slice *slice, const struct import_reader *reader, const struct import_rows *rows)
{
    for (size_t i = 0; i < rows->count; i++) {
        size_t count;
        struct import_lead lead;
        const char *const *cells = import_split(reader->types.arena, rows->rows[i].cells, &count);
        const char *problem = import_row_read(reader, cells, count, &lead);
        if (problem == NULL) {
            put_lead(slice, rows->rows[i].number, &lead);
        } else {
            slice->rejected[slice->rejected_count] = rows->rows[i].number;
            slice->problems[slice->rejected_count++] = problem;
        }
    }
}

#define COLUMN(member) ((struct text_array){slice->member, slice->count})

static const struct import_slice *send(struct unit *unit, int64_t import, int64_t upto,
                                       const struct slice *slice)
{
    return query_import_slice(unit, import, upto, (struct bigint_array){slice->numbers, slice->count},
                              COLUMN(names), COLUMN(emails), COLUMN(phones), COLUMN(sources), COLUMN(budgets),
                              COLUMN(currencies), COLUMN(requirements), COLUMN(follow_ups), COLUMN(tags),
                              COLUMN(added), (struct bigint_array){slice->rejected, slice->rejected_count},
                              (struct text_array){slice->problems, slice->rejected_count});
}

static enum job_result run_slice(struct job_call *call, const struct import_show_row *import,
                                 const struct import_reader *reader, const struct import_rows *rows)
{
    struct slice *slice = arena_alloc(call->arena, sizeof *slice);
    fill(slice, reader, rows);
    const struct import_slice *done = send(call->unit, import->id, rows->rows[rows->count - 1].number, slice);
    if (unit_flush(call->unit) != DB_OK) {
        return JOB_FAILED;
    }
    if (done->rows[0].refused != NULL) {
        log_warn("import=%lld: PostgreSQL refuses some of its rows, which are rejected: %s",
                 (long long)import->id, done->rows[0].refused);
    }
    if (done->rows[0].tell) {
        reply_notify_progress(call->reply, import->person, import->message, false,
                              "Import %lld: %lld of %lld rows are done.", (long long)import->id,
                              (long long)import->dealt + (long long)rows->count, (long long)import->rows);
    }
    return import_go_on(call);
}

/* ---- what did not go in, as a file */

static bool write_rejected(struct job_call *call, const struct import_show_row *import,
                           struct sheet_writer *writer)
{
    size_t columns;
    const char *const *headers = import_split(call->arena, import->headers, &columns);
    const char **cells = arena_array(call->arena, columns + 1, sizeof *cells);
    memcpy(cells, headers, columns * sizeof *cells);
    cells[columns] = "Reason";
    sheet_write_row(writer, cells, columns + 1);
    int64_t after = 0;
    for (;;) {
        struct arena_mark mark = arena_mark(call->arena);
        const struct import_rejected *rows =
            query_import_rejected(call->unit, import->id, after, REJECTED_PAGE);
        if (unit_flush(call->unit) != DB_OK || rows->count == 0) {
            return unit_flush(call->unit) == DB_OK;
        }
        for (size_t i = 0; i < rows->count; i++) {
            size_t count;
            const char *const *row = import_split(call->arena, rows->rows[i].cells, &count);
            for (size_t column = 0; column < columns; column++) {
                cells[column] = column < count ? row[column] : NULL;
            }
            cells[columns] = rows->rows[i].problem;
            sheet_write_row(writer, cells, columns + 1);
            after = rows->rows[i].number;
        }
        arena_rewind(call->arena, mark);
    }
}

/* NULL when it could not be made. */
static const char *offer_rejected(struct job_call *call, const struct import_show_row *import)
{
    const struct import_site site = {call->arena, call->unit, call->person, call->web_url};
    const char *until;
    const char *link = NULL;
    struct arena *arena = arena_new();
    int fd = open("/var/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    struct sheet_writer *writer = fd < 0 ? NULL : sheet_writer_new(arena, fd, SHEET_CSV);
    if (writer != NULL) {
        bool written = write_rejected(call, import, writer);
        if (sheet_writer_end(writer) && written) {
            link = import_file_offer(&site, fd,
                                     arena_printf(call->arena, "rejected-%lld.csv", (long long)import->id),
                                     "text/csv", &until);
        }
    }
    if (fd >= 0) {
        close(fd);
    }
    arena_free(arena);
    return link;
}

/* ---- the end */

static void tell_end(struct job_call *call, const struct import_show_row *import, const char *link)
{
    struct text text = text_new(call->arena);
    text_addf(&text, "%s is imported: %lld lead%s added", import->file, (long long)import->added,
              import->added == 1 ? "" : "s");
    if (import->updated > 0) {
        text_addf(&text, ", %lld changed", (long long)import->updated);
    }
    if (import->skipped > 0) {
        text_addf(&text, ", %lld skipped as %s", (long long)import->skipped,
                  strcmp(import->duplicates, "update") == 0 ? "there was nothing new in them" : "duplicates");
    }
    if (import->rejected > 0) {
        text_addf(&text, ", %lld rejected", (long long)import->rejected);
    }
    text_add(&text, ".");
    if (link != NULL) {
        text_addf(&text, "\nThe rejected rows, with the reason in the last column: %s", link);
    }
    const char *undo = arena_printf(call->arena, "import undo %lld", (long long)import->id);
    const char *const offers[] = {undo, NULL};
    text_addf(&text, "\nTo take all of it back: %s", undo);
    reply_notify_offers(call->reply, import->person, offers, "%s", text.data);
}

static enum job_result end(struct job_call *call, const struct import_show_row *import)
{
    const char *link = import->rejected > 0 ? offer_rejected(call, import) : NULL;
    if (import->rejected > 0 && link == NULL) {
        return call->why != NULL ? JOB_FAILED : job_fail(call, "the rejected rows could not be written");
    }
    query_import_forget_rows(call->unit, import->id);
    query_import_end(call->unit, import->id);
    if (unit_flush(call->unit) != DB_OK) {
        return JOB_FAILED;
    }
    reply_notify_progress(call->reply, import->person, import->message, false,
                          "Import %lld: all %lld rows are done.", (long long)import->id,
                          (long long)import->rows);
    tell_end(call, import, link);
    return JOB_DONE;
}

enum job_result import_run_run(struct job_call *call)
{
    enum job_result result;
    const struct import_show_row *import = import_of_job(call, "running", &result);
    if (import == NULL) {
        return result;
    }
    const struct import_site site = {call->arena, call->unit, call->person, call->web_url};
    const struct import_rows *rows =
        query_import_rows(call->unit, import->id, import->done_until, fewer(call, SLICE));
    struct import_reader reader;
    if (!import_reader_new(&site, import->headers, import->fields, &reader)) {
        return JOB_FAILED;
    }
    return rows->count == 0 ? end(call, import) : run_slice(call, import, &reader, rows);
}

/* ---- the end of one that cannot go on */

/* "12 of its 40 rows are dealt with: 10 leads added, 2 rejected" */
static const char *how_far(struct job_call *call, const struct import_show_row *import)
{
    struct text text = text_new(call->arena);
    text_addf(&text, "%lld of its %lld rows are dealt with: %lld lead%s added", (long long)import->dealt,
              (long long)import->rows, (long long)import->added, import->added == 1 ? "" : "s");
    const struct {
        int64_t count;
        const char *what;
    } rest[] = {{import->updated, "changed"}, {import->skipped, "skipped"}, {import->rejected, "rejected"}};
    for (size_t i = 0; i < sizeof rest / sizeof rest[0]; i++) {
        if (rest[i].count > 0) {
            text_addf(&text, ", %lld %s", (long long)rest[i].count, rest[i].what);
        }
    }
    return text.data;
}

static void tell_stopped(struct job_call *call, const struct import_show_row *import, const char *link)
{
    long long id = (long long)import->id;
    const char *undo = arena_printf(call->arena, "import undo %lld", id);
    const char *const offers[] = {undo, NULL};
    const char *rest =
        link == NULL ? "For the rest, send the file again later."
                     : arena_printf(call->arena, "What did not go in, to be sent again later: %s", link);
    reply_notify_progress(call->reply, import->person, import->message, false,
                          "Import %lld: stopped, %lld of %lld rows are done.", id, (long long)import->dealt,
                          (long long)import->rows);
    reply_notify_offers(
        call->reply, import->person, offers,
        "Import %lld, %s, has stopped: the database refused what comes next %d times. An Admin "
        "finds why in crmd's log. %s. To take back what is in: %s.\n%s",
        id, import->file, call->job->attempts, how_far(call, import), undo, rest);
}

static bool stop(struct job_call *call, const struct import_show_row *import)
{
    const char *why = call->job->last_error != NULL ? call->job->last_error : "unknown";
    log_error("import=%lld stopped after %d attempts: %s", (long long)import->id, call->job->attempts, why);
    query_import_stop(call->unit, import->id, import->state, "The database refused it again and again.");
    return unit_flush(call->unit) == DB_OK;
}

enum job_result import_run_give_up(struct job_call *call)
{
    enum job_result result;
    const struct import_show_row *import = import_of_job(call, "running", &result);
    if (import == NULL) {
        return result;
    }
    /* Its rows may be what cannot be read: then it ends without them. */
    bool keeps_rows = call->job->attempts >= JOB_TRIES + 3;
    const char *link = keeps_rows ? NULL : offer_rejected(call, import);
    if (!keeps_rows) {
        query_import_forget_rows(call->unit, import->id);
    }
    if (!stop(call, import)) {
        return JOB_FAILED;
    }
    tell_stopped(call, import, link);
    return JOB_DONE;
}

enum job_result import_undo_give_up(struct job_call *call)
{
    enum job_result result;
    const struct import_show_row *import = import_of_job(call, "undoing", &result);
    if (import == NULL) {
        return result;
    }
    if (!stop(call, import)) {
        return JOB_FAILED;
    }
    const char *undo = arena_printf(call->arena, "import undo %lld", (long long)import->id);
    const char *const offers[] = {undo, NULL};
    reply_notify_offers(
        call->reply, call->person->id, offers,
        "Import %lld, %s, could not be taken back whole: the database refused it %d times. An "
        "Admin finds why in crmd's log. %lld lead%s as before it. To go on: %s.",
        (long long)import->id, import->file, call->job->attempts, (long long)import->taken_back,
        import->taken_back == 1 ? " is" : "s are", undo);
    return JOB_DONE;
}

/* ---- taking back, and tidying up */

enum job_result import_undo_run(struct job_call *call)
{
    enum job_result result;
    const struct import_show_row *import = import_of_job(call, "undoing", &result);
    if (import == NULL) {
        return result;
    }
    const struct import_undo_slice *done =
        query_import_undo_slice(call->unit, import->id, fewer(call, UNDO_SLICE));
    if (unit_flush(call->unit) != DB_OK) {
        return JOB_FAILED;
    }
    if (done->rows[0].done > 0) {
        return import_go_on(call);
    }
    query_import_forget_rows(call->unit, import->id);
    query_import_undone(call->unit, import->id);
    if (unit_flush(call->unit) != DB_OK) {
        return JOB_FAILED;
    }
    reply_notify(
        call->reply, call->person->id,
        "Import %lld, %s, is taken back: %lld lead%s as before it. Those that it had added are deleted, and "
        "can be restored.",
        (long long)import->id, import->file, (long long)import->taken_back,
        import->taken_back == 1 ? " is" : "s are");
    return JOB_DONE;
}

/* Files whose time is over, and imports that nobody said yes to; some at a time. */
enum job_result import_tidy_run(struct job_call *call)
{
    const struct file_expired *files = query_file_expired(call->unit);
    const struct import_stale *imports = query_import_stale(call->unit);
    if (unit_flush(call->unit) != DB_OK) {
        return JOB_FAILED;
    }
    if (files->count > 0) {
        const struct affected *parts = query_file_drop_parts(call->unit, files->rows[0].id, 200);
        if (unit_flush(call->unit) != DB_OK) {
            return JOB_FAILED;
        }
        if (parts->count == 0) {
            query_file_drop(call->unit, files->rows[0].id);
        }
    }
    if (imports->count > 0) {
        query_import_forget_rows(call->unit, imports->rows[0].id);
        query_import_drop_stale(call->unit, imports->rows[0].id);
    }
    return files->count + imports->count == 0 ? JOB_DONE : JOB_AGAIN;
}
