/* A list of leads as a file behind a link: what its person may see, by their row security, at the moment when
 * it is made. Page by page, and what a page took is given back, so that memory does not grow with the list.
 */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "import/work.h"
#include "lead/field.h"
#include "sheet/write.h"

#define PAGE 1000

static const char *const headers[] = {"Number",       "Name",   "Email", "Phone",  "Status",
                                      "Reason",       "Source", "Owner", "Budget", "Follow-up",
                                      "Requirements", "Tags",   "Added", "Score"};
#define COLUMNS (sizeof headers / sizeof headers[0])

/* The added fields, behind those that leads have of their own. */
struct added {
    struct text_array names;
    const char **cells; /* of a whole row */
};

static void write_lead(struct arena *arena, struct sheet_writer *writer, const struct added *added,
                       const struct lead_export_page_row *lead)
{
    const char *const own[COLUMNS] = {arena_printf(arena, "%lld", (long long)lead->id),
                                      lead->name,
                                      lead->email,
                                      lead->phone,
                                      lead->status,
                                      lead->reason,
                                      lead->source,
                                      lead->assignee_name,
                                      lead->budget,
                                      lead->follow_up,
                                      lead->requirements,
                                      lead->tags,
                                      lead->added,
                                      lead->has_score ? arena_printf(arena, "%d", lead->score) : NULL};
    size_t count = 0;
    const char *const *values =
        lead->added_fields == NULL ? NULL : import_split(arena, lead->added_fields, &count);
    memcpy(added->cells, own, sizeof own);
    for (size_t i = 0; i < added->names.count; i++) {
        added->cells[COLUMNS + i] = i < count ? values[i] : NULL;
    }
    sheet_write_row(writer, added->cells, COLUMNS + added->names.count);
}

/* Which fields there are, and the row of headers; false when the flush failed. */
static bool begin(struct job_call *call, struct sheet_writer *writer, struct added *added)
{
    const struct param *fields = lead_fields_read(call->unit, call->arena);
    size_t count = 0;
    while (fields != NULL && fields[count].name != NULL) {
        count++;
    }
    const char **names = arena_array(call->arena, count + 1, sizeof *names);
    added->cells = arena_array(call->arena, COLUMNS + count + 1, sizeof *added->cells);
    memcpy(added->cells, headers, sizeof headers);
    for (size_t i = 0; i < count; i++) {
        names[i] = fields[i].name;
        added->cells[COLUMNS + i] = fields[i].label;
    }
    added->names = (struct text_array){names, count};
    sheet_write_row(writer, added->cells, COLUMNS + count);
    return fields != NULL;
}

/* How many leads; -1 when a flush failed. */
static long long write_list(struct job_call *call, struct sheet_writer *writer)
{
    long long count = 0;
    int64_t after = 0;
    struct added added;
    if (!begin(call, writer, &added)) {
        return -1;
    }
    for (;;) {
        struct arena_mark mark = arena_mark(call->arena);
        const struct lead_export_page *page =
            query_lead_export_page(call->unit, call->job->data, after == 0 ? NULL : &after, PAGE,
                                   call->person->time_zone, added.names);
        if (unit_flush(call->unit) != DB_OK) {
            return -1;
        }
        size_t got = page->count;
        for (size_t i = 0; i < got; i++) {
            write_lead(call->arena, writer, &added, &page->rows[i]);
            after = page->rows[i].id;
        }
        count += (long long)got;
        arena_rewind(call->arena, mark);
        if (got < PAGE) {
            return count;
        }
    }
}

static enum job_result offer(struct job_call *call, int fd, bool csv, long long count)
{
    const struct import_site site = {call->arena, call->unit, call->person, call->web_url};
    const char *until;
    const char *name = arena_printf(call->arena, "leads-%.10s.%s", call->person->now, csv ? "csv" : "xlsx");
    const char *link = import_file_offer(
        &site, fd, name,
        csv ? "text/csv" : "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", &until);
    const struct import_setting *hours = query_import_setting(call->unit, "files.hours");
    if (link == NULL || unit_flush(call->unit) != DB_OK) {
        return JOB_FAILED;
    }
    reply_notify(call->reply, call->person->id,
                 "%lld lead%s: %s\nWhoever has the link can fetch it, for %s hour%s.", count,
                 count == 1 ? "" : "s", link, hours->rows[0].value,
                 strcmp(hours->rows[0].value, "1") == 0 ? "" : "s");
    return JOB_DONE;
}

enum job_result export_run(struct job_call *call)
{
    if (call->person == NULL) {
        return JOB_DONE;
    }
    const struct lead_export_format *format = query_lead_export_format(call->unit, call->job->data);
    if (unit_flush(call->unit) != DB_OK) {
        return JOB_FAILED;
    }
    bool csv = strcmp(format->rows[0].format, "csv") == 0;
    struct arena *arena = arena_new();
    int fd = open("/var/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    struct sheet_writer *writer = fd < 0 ? NULL : sheet_writer_new(arena, fd, csv ? SHEET_CSV : SHEET_XLSX);
    long long count = writer == NULL ? -1 : write_list(call, writer);
    bool written = writer != NULL && sheet_writer_end(writer) && count >= 0;
    enum job_result result = written ? offer(call, fd, csv, count) : JOB_FAILED;
    if (fd >= 0) {
        close(fd);
    }
    arena_free(arena);
    return result;
}

enum job_result export_give_up(struct job_call *call)
{
    if (call->person != NULL) {
        reply_notify(
            call->reply, call->person->id,
            "The file of leads that you asked for could not be made: it failed %d times. An Admin finds "
            "why in crmd's log; a shorter list may do.",
            call->job->attempts);
    }
    return JOB_DONE;
}
