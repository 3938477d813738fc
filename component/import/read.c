/* DESIGN: a file is read once, in one transaction: a crash in the middle leaves nothing, and the job begins
 * anew. Rows are kept as they are in the file, so that columns can become something else without it, and what
 * is rejected can be sent back. A batch of rows is looked at and sent; then what it took of the arena is
 * given back, so that memory does not grow with the file. Rows that an email or a phone makes twins within
 * the file are counted by a set of 64-bit hashes. */
#include "import/read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/log.h"
#include "base/text.h"
#include "outbound/fetch.h"
#include "sheet/sheet.h"

#define BATCH          1000
#define BATCH_BYTES    ((size_t)4 * 1024 * 1024) /* a row can be a megabyte */
#define PROBLEMS_SHOWN 5
#define FETCH_ATTEMPTS 3

/* Hashes of what has been seen; 0 is no hash. */
struct seen {
    uint64_t *slots;
    size_t capacity, count;
};

struct reading {
    const struct import_site *site;
    int64_t import;
    struct import_reader reader;
    const char *headers, *fields;
    bool staging; /* rows come from a file, and are kept */
    bool failed;  /* a flush */
    const char *why;
    /* a batch */
    struct arena_mark mark;
    int64_t numbers[BATCH];
    const char *cells[BATCH], *emails[BATCH], *phones[BATCH];
    size_t count, good_count, bytes;
    /* all */
    struct seen seen;
    int64_t rows, good, known, twins;
    size_t problem_count;
    char problems[2048];
};

/* ---- twins */

static bool seen_insert(struct seen *seen, uint64_t hash)
{
    size_t at = hash & (seen->capacity - 1);
    while (seen->slots[at] != 0 && seen->slots[at] != hash) {
        at = (at + 1) & (seen->capacity - 1);
    }
    bool fresh = seen->slots[at] == 0;
    seen->slots[at] = hash;
    seen->count += fresh;
    return fresh;
}

static void seen_grow(struct seen *seen)
{
    struct seen larger = {.capacity = seen->capacity == 0 ? 4096 : seen->capacity * 2};
    larger.slots = calloc(larger.capacity, sizeof *larger.slots);
    if (larger.slots == NULL) {
        log_bug("out of memory, wanted for an import");
    }
    for (size_t i = 0; i < seen->capacity; i++) {
        if (seen->slots[i] != 0) {
            seen_insert(&larger, seen->slots[i]);
        }
    }
    free(seen->slots);
    *seen = larger;
}

/* True when it was there before. */
static bool seen_before(struct seen *seen, const char *text)
{
    if (text == NULL) {
        return false;
    }
    if (seen->count * 8 >= seen->capacity * 7) {
        seen_grow(seen);
    }
    uint64_t hash = hash_keyed(text, strlen(text));
    return !seen_insert(seen, hash == 0 ? 1 : hash);
}

/* ---- batches */

static bool flush(struct reading *reading)
{
    const struct import_site *site = reading->site;
    if (reading->staging && reading->count > 0) {
        query_import_stage(site->unit, reading->import,
                           (struct bigint_array){reading->numbers, reading->count},
                           (struct text_array){reading->cells, reading->count});
    }
    const struct import_count_known *known =
        query_import_count_known(site->unit, (struct text_array){reading->emails, reading->good_count},
                                 (struct text_array){reading->phones, reading->good_count});
    reading->failed = unit_flush(site->unit) != DB_OK;
    reading->known += reading->failed ? 0 : known->rows[0].known;
    reading->count = reading->good_count = reading->bytes = 0;
    if (!reading->failed) {
        arena_rewind(site->arena, reading->mark);
    }
    return !reading->failed;
}

static void note_problem(struct reading *reading, int64_t number, const char *problem)
{
    size_t length = strlen(reading->problems);
    if (reading->problem_count++ < PROBLEMS_SHOWN) {
        snprintf(reading->problems + length, sizeof reading->problems - length, "%sRow %lld: %s",
                 length == 0 ? "" : "\n", (long long)number,
                 text_shorten(reading->site->arena, problem, 300));
    }
}

static void look_at(struct reading *reading, int64_t number, const char *const *cells, size_t count)
{
    struct import_lead lead;
    const char *problem = import_row_read(&reading->reader, cells, count, &lead);
    reading->rows++;
    if (problem != NULL) {
        note_problem(reading, number, problem);
        return;
    }
    const char *email = lead.email == NULL ? NULL : text_lower(reading->site->arena, lead.email);
    bool by_email = seen_before(&reading->seen, email);
    bool by_phone = seen_before(&reading->seen, lead.phone);
    reading->good++;
    reading->twins += by_email || by_phone;
    reading->emails[reading->good_count] = email;
    reading->phones[reading->good_count++] = lead.phone;
}

/* ---- the first row */

/* What each column is: by its header; a field that two columns are is the first one's, and the other a line
 * of the requirements. */
static bool map_columns(struct reading *reading, const char *const *headers, size_t count)
{
    struct arena *arena = reading->site->arena;
    const struct import_field *known = import_fields(reading->site->unit, arena);
    const char **keys = arena_array(arena, count, sizeof *keys);
    bool names_somebody = false;
    reading->failed = known == NULL;
    for (size_t i = 0; known != NULL && i < count; i++) {
        const struct import_field *field = import_field_of_header(known, headers[i]);
        keys[i] = field == NULL ? "" : field->key;
        for (size_t before = 0; before < i && field != NULL && field->kind != FIELD_NOTE; before++) {
            if (strcmp(keys[before], field->key) == 0) {
                keys[i] = "note";
            }
        }
        names_somebody = names_somebody || (field != NULL && field->kind <= FIELD_PHONE);
    }
    reading->headers = import_join(arena, headers, count);
    reading->fields = import_join(arena, keys, count);
    return names_somebody;
}

static bool take_headers(struct reading *reading, const struct sheet_row *row)
{
    const char **headers = arena_array(reading->site->arena, row->count, sizeof *headers);
    for (size_t i = 0; i < row->count; i++) {
        headers[i] =
            text_shorten(reading->site->arena, text_squeeze(reading->site->arena, row->cells[i]), 100);
    }
    bool names_somebody = map_columns(reading, headers, row->count);
    if (reading->failed) {
        return false;
    }
    if (!names_somebody) {
        reading->why =
            "has no column that says who somebody is: its first row must name the columns, such as "
            "Name, Email, Phone";
        return false;
    }
    reading->failed = !import_reader_new(reading->site, reading->headers, reading->fields, &reading->reader);
    reading->mark = arena_mark(reading->site->arena);
    return !reading->failed;
}

static bool take_row(void *context, const struct sheet_row *row)
{
    struct reading *reading = context;
    if (reading->headers == NULL) {
        return take_headers(reading, row);
    }
    reading->numbers[reading->count] = row->number;
    const char *cells = import_join(reading->site->arena, row->cells, row->count);
    reading->cells[reading->count++] = cells;
    reading->bytes += strlen(cells);
    look_at(reading, row->number, row->cells, row->count);
    return (reading->count < BATCH && reading->bytes < BATCH_BYTES) || flush(reading);
}

static enum read_result keep(struct reading *reading, const char *source)
{
    query_import_read(reading->site->unit, reading->import, reading->headers, reading->fields, reading->rows,
                      reading->good, reading->known, reading->twins, reading->problems, source);
    return unit_flush(reading->site->unit) == DB_OK ? READ_DONE : READ_FAILED;
}

static struct reading *reading_new(const struct import_site *site, int64_t import)
{
    struct reading *reading = arena_alloc(site->arena, sizeof *reading);
    reading->site = site;
    reading->import = import;
    return reading;
}

static enum read_result read_file(struct reading *reading, int fd, const char **why)
{
    /* The sheet's memory is its own, for the site's is given back while it is read. */
    struct arena *arena = arena_new();
    const char *sheet_why = NULL;
    enum sheet_result result = sheet_read(arena, fd, take_row, reading, &sheet_why);
    const char *reason = reading->why != NULL ? reading->why : sheet_why;
    *why = arena_strdup(reading->site->arena, reason);
    arena_free(arena);
    if (result == SHEET_FAILED || reading->failed) {
        return READ_FAILED;
    }
    if (result == SHEET_DONE && reading->rows == 0) {
        *why = "has no rows below its first";
        return READ_REFUSED;
    }
    return result != SHEET_DONE ? READ_REFUSED : flush(reading) ? READ_DONE : READ_FAILED;
}

enum read_result import_read_file(const struct import_site *site, int64_t import, int fd, const char **why)
{
    struct reading *reading = reading_new(site, import);
    reading->staging = true;
    enum read_result result = read_file(reading, fd, why);
    free(reading->seen.slots);
    if (result != READ_DONE) {
        return result;
    }
    size_t count;
    const char *const *headers = import_split(site->arena, reading->headers, &count);
    return keep(reading, import_is_linkedin(headers, count) ? "linkedin" : "import");
}

static bool look_at_kept(struct reading *reading)
{
    int64_t after = 0;
    for (;;) {
        const struct import_rows *rows =
            query_import_rows(reading->site->unit, reading->import, after, BATCH);
        if (unit_flush(reading->site->unit) != DB_OK) {
            return false;
        }
        size_t got = rows->count;
        for (size_t i = 0; i < got; i++) {
            size_t count;
            after = rows->rows[i].number;
            const char *const *cells = import_split(reading->site->arena, rows->rows[i].cells, &count);
            look_at(reading, after, cells, count);
        }
        if (!flush(reading) || got == 0) {
            return !reading->failed;
        }
    }
}

enum read_result import_read_again(const struct import_site *site, const struct import_show_row *import,
                                   const char **why)
{
    struct reading *reading = reading_new(site, import->id);
    (void)why;
    reading->headers = import->headers;
    reading->fields = import->fields;
    if (!import_reader_new(site, import->headers, import->fields, &reading->reader)) {
        return READ_FAILED;
    }
    reading->mark = arena_mark(site->arena);
    bool looked = look_at_kept(reading);
    free(reading->seen.slots);
    return looked ? keep(reading, import->source) : READ_FAILED;
}

/* ---- the job */

static enum job_result refuse(struct job_call *call, const struct import_show_row *import, const char *why)
{
    query_import_forget_rows(call->unit, import->id);
    query_import_refuse(call->unit, import->id, why);
    if (unit_flush(call->unit) != DB_OK) {
        return JOB_FAILED;
    }
    reply_notify(call->reply, import->person, "%s %s. Nothing was imported.", import->file, why);
    return JOB_DONE;
}

static enum job_result tell(struct job_call *call, const struct import_site *site, int64_t number)
{
    const struct import_show *shown = query_import_show(call->unit, number, call->person->time_zone);
    if (unit_flush(call->unit) != DB_OK || shown->count == 0) {
        return JOB_FAILED;
    }
    const struct import_show_row *import = &shown->rows[0];
    const char *problems = import->problems;
    long long id = (long long)number;
    const char *start = arena_printf(call->arena, "import start %lld", id);
    const char *const offers[] = {start, arena_printf(call->arena, "import start %lld duplicates=update", id),
                                  arena_printf(call->arena, "import undo %lld", id), NULL};
    reply_notify_offers(
        call->reply, import->person, offers,
        "%s\nColumns: %s.%s%s\nNothing is imported yet. To import: %s (duplicates are skipped; with "
        "duplicates=update or duplicates=add they are not). If a column is something else: import columns "
        "%lld.",
        import_summary(call->arena, import), import_columns_text(site, import->headers, import->fields),
        problems[0] == '\0' ? "" : "\n", problems, start, id);
    return JOB_DONE;
}

static enum job_result read_sent(struct job_call *call, const struct import_site *site,
                                 const struct import_show_row *import)
{
    const char *why = NULL;
    int fd = -1;
    const int64_t most = import_most_bytes(site);
    if (most < 0) {
        return JOB_FAILED;
    }
    enum fetch_result fetched = fetch_file(call->arena, import->link, most, &fd, &why);
    if (fetched == FETCH_FAILED && call->job->attempts + 1 < FETCH_ATTEMPTS) {
        return job_fail(call, "a file cannot be fetched");
    }
    if (fetched != FETCH_OK) {
        return refuse(call, import, why != NULL ? why : "cannot be fetched from the file share");
    }
    enum read_result result = import_read_file(site, import->id, fd, &why);
    close(fd);
    return result == READ_DONE      ? tell(call, site, import->id)
           : result == READ_REFUSED ? refuse(call, import, why)
                                    : JOB_FAILED;
}

enum job_result import_read_give_up(struct job_call *call)
{
    enum job_result result;
    const struct import_show_row *import = import_of_job(call, "reading", &result);
    return import == NULL
               ? result
               : refuse(call, import,
                        "cannot be read: the database refused it again and again. An Admin finds why in "
                        "crmd's log");
}

enum job_result import_read_run(struct job_call *call)
{
    enum job_result result;
    const struct import_show_row *import = import_of_job(call, "reading", &result);
    if (import == NULL) {
        return result;
    }
    const struct import_site site = {call->arena, call->unit, call->person, call->web_url};
    if (import->rows == 0) {
        return read_sent(call, &site, import);
    }
    const char *why = NULL;
    return import_read_again(&site, import, &why) == READ_DONE ? tell(call, &site, import->id) : JOB_FAILED;
}
