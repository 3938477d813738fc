#include "import/work.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "base/log.h"
#include "base/progress.h"
#include "base/text.h"
#include "base/uuid.h"
#include "people/link.h"

#define PART_BYTES 196608 /* a multiple of 3: base64 has no padding in between */

const char *const *import_split(struct arena *arena, const char *text, size_t *count)
{
    size_t most = 1;
    for (const char *c = text; *c != '\0'; c++) {
        most += *c == IMPORT_SEPARATOR;
    }
    char *own = arena_strdup(arena, text);
    const char **cells = arena_array(arena, most, sizeof *cells);
    *count = 0;
    for (char *next = own; next != NULL;) {
        cells[(*count)++] = next;
        next = strchr(next, IMPORT_SEPARATOR);
        if (next != NULL) {
            *next++ = '\0';
        }
    }
    return cells;
}

const char *import_join(struct arena *arena, const char *const *cells, size_t count)
{
    size_t length = count;
    for (size_t i = 0; i < count; i++) {
        length += strlen(cells[i]);
    }
    char *text = arena_alloc(arena, length + 1);
    char *end = text;
    for (size_t i = 0; i < count; i++) {
        if (i > 0) {
            *end++ = IMPORT_SEPARATOR;
        }
        end = stpcpy(end, cells[i]);
    }
    return text;
}

bool import_reader_new(const struct import_site *site, const char *headers, const char *fields,
                       struct import_reader *out)
{
    const struct person *person = site->person;
    const struct import_sources *rows = query_import_sources(site->unit);
    if (unit_flush(site->unit) != DB_OK) {
        return false;
    }
    struct choice *sources = arena_array(site->arena, rows->count + 1, sizeof *sources);
    for (size_t i = 0; i < rows->count; i++) {
        sources[i] = (struct choice){rows->rows[i].name, rows->rows[i].label};
    }
    size_t field_count;
    const struct import_field *known = import_fields(site->unit, site->arena);
    const char *const *keys = import_split(site->arena, fields, &field_count);
    if (known == NULL) {
        return false;
    }
    *out = (struct import_reader){.sources = sources};
    out->types = (struct type_reader){.arena = site->arena,
                                      .now = person->now,
                                      .currency = person->currency,
                                      .country = person->country,
                                      .locale = person->locale};
    out->headers = import_split(site->arena, headers, &out->count);
    out->fields = arena_array(site->arena, out->count, sizeof(const struct import_field *));
    for (size_t i = 0; i < out->count; i++) {
        out->fields[i] = i < field_count ? import_field_find(known, keys[i]) : NULL;
    }
    return true;
}

const char *import_columns_text(const struct import_site *site, const char *headers, const char *fields)
{
    size_t count;
    size_t field_count;
    struct text mapped = text_new(site->arena);
    struct text left_out = text_new(site->arena);
    const struct import_field *known = import_fields(site->unit, site->arena);
    const char *const *names = import_split(site->arena, headers, &count);
    const char *const *keys = import_split(site->arena, fields, &field_count);
    for (size_t i = 0; known != NULL && i < count; i++) {
        const struct import_field *field = i < field_count ? import_field_find(known, keys[i]) : NULL;
        struct text *text = field == NULL ? &left_out : &mapped;
        if (names[i][0] != '\0') {
            text_addf(text, "%s%s%s%s", text->length == 0 ? "" : ", ",
                      text_shorten(site->arena, names[i], 40), field == NULL ? "" : " → ",
                      field == NULL ? "" : field->label);
        }
    }
    return left_out.length == 0 ? mapped.data
                                : arena_printf(site->arena, "%s; left out: %s", mapped.data, left_out.data);
}

const char *import_summary(struct arena *arena, const struct import_show_row *import)
{
    struct text text = text_new(arena);
    long long bad = (long long)(import->rows - import->good);
    text_addf(&text, "%s has %lld row%s, and %lld can be imported", import->file, (long long)import->rows,
              import->rows == 1 ? "" : "s", (long long)import->good);
    if (bad > 0) {
        text_addf(&text, "; %lld cannot", bad);
    }
    if (import->known > 0) {
        text_addf(&text, "; %lld are in the CRM already, by email or phone", (long long)import->known);
    }
    if (import->twins > 0) {
        text_addf(&text, "; %lld are in the file more than once", (long long)import->twins);
    }
    text_add(&text, ".");
    return text.data;
}

/* The import ends where it is, for other Managers to see and to take back; unless its state is not the job's
 * any more: somebody else may be taking it back already. */
static enum job_result stop_without_person(struct job_call *call, const char *state, const char *why)
{
    int64_t import = strtoll(call->job->key, NULL, 10);
    const struct affected *stopped = query_import_stop(call->unit, import, state, why);
    if (unit_flush(call->unit) != DB_OK) {
        return JOB_FAILED;
    }
    if (stopped->count > 0) {
        log_warn("import=%lld stopped: %s", (long long)import, why);
        query_import_forget_rows(call->unit, import);
    }
    return JOB_DONE;
}

const struct import_show_row *import_of_job(struct job_call *call, const char *state, enum job_result *result)
{
    const char *whoever = strcmp(state, "undoing") == 0 ? "whoever took it back" : "whoever imported it";
    if (call->person == NULL) {
        *result = stop_without_person(
            call, state, arena_printf(call->arena, "The account of %s is not in use any more.", whoever));
        return NULL;
    }
    *result = JOB_DONE;
    const struct import_show *shown =
        query_import_show(call->unit, strtoll(call->job->key, NULL, 10), call->person->time_zone);
    if (unit_flush(call->unit) != DB_OK) {
        *result = JOB_FAILED;
        return NULL;
    }
    if (shown->count == 0) { /* theirs no more, or no import: row security shows neither */
        unit_become(call->unit, &(struct identity){.role = "crm_system", .surface = "job"});
        *result = stop_without_person(
            call, state, arena_printf(call->arena, "The role of %s may not do that any more.", whoever));
        return NULL;
    }
    return strcmp(shown->rows[0].state, state) != 0 ? NULL : &shown->rows[0];
}

enum job_result import_go_on(struct job_call *call)
{
    job_later(call, "now", NULL);
    return JOB_AGAIN;
}

int64_t import_most_bytes(const struct import_site *site)
{
    const struct import_setting *most = query_import_setting(site->unit, "import.megabytes");
    return unit_flush(site->unit) == DB_OK ? strtoll(most->rows[0].value, NULL, 10) * 1024 * 1024 : -1;
}

/* One part; how many bytes it had, 0 at the end, -1 when the disk or the unit failed. */
static ssize_t put_part(const struct import_site *site, int fd, const char *id, int64_t number)
{
    unsigned char *bytes = arena_alloc(site->arena, PART_BYTES);
    char *base64 = arena_alloc(site->arena, PART_BYTES / 3 * 4 + 1);
    ssize_t got = 0;
    for (ssize_t more = 1; more > 0 && got<PART_BYTES; got += more> 0 ? more : 0) {
        more = pread(fd, bytes + got, (size_t)(PART_BYTES - got), number * PART_BYTES + got);
        if (more < 0) {
            log_error("a file cannot be read again error=\"%s\"", strerror(errno));
            return -1;
        }
    }
    progress_note();
    if (got == 0) {
        return 0;
    }
    EVP_EncodeBlock((unsigned char *)base64, bytes, (int)got);
    query_file_part(site->unit, id, number, base64);
    return unit_flush(site->unit) == DB_OK ? got : -1;
}

const char *import_file_offer(const struct import_site *site, int fd, const char *name, const char *type,
                              const char **until)
{
    const char *id = uuid_new(site->arena);
    struct link_token token = link_token_new(site->arena);
    const struct file_add *added = query_file_add(site->unit, id, token.sha256, site->person->id, name, type);
    if (unit_flush(site->unit) != DB_OK) {
        return NULL;
    }
    *until = added->rows[0].until;
    ssize_t got = 1;
    int64_t size = 0;
    for (int64_t number = 0; got > 0; number++) {
        struct arena_mark mark = arena_mark(site->arena);
        got = put_part(site, fd, id, number);
        arena_rewind(site->arena, mark);
        size += got > 0 ? got : 0;
    }
    query_file_size(site->unit, id, size);
    if (got < 0 || unit_flush(site->unit) != DB_OK) {
        return NULL;
    }
    return arena_printf(site->arena, "%s/download/%s/%s", site->web_url, token.text, name);
}
