#include "import/import.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/text.h"
#include "command/current.h"
#include "command/reply.h"
#include "command/target.h"
#include "import/read.h"
#include "lead/lead.h"
#include "import/work.h"
#include "outbound/fetch.h"

#define LIST_PAGE 10

static const struct choice duplicates[] = {
    {"skip", "Skip: the lead stays as it is"},
    {"update", "Update: what the row has goes into the lead"},
    {"add", "Add: one more lead"},
    {NULL, NULL},
};

static struct import_site site_of(const struct call *call)
{
    return (struct import_site){call->arena, call->unit, call->person, call->web_url};
}

static const char *key_of(struct arena *arena, int64_t number)
{
    return arena_printf(arena, "%lld", (long long)number);
}

/* The import that the command is about, locked where it changes. Else `*import` stays as it is. */
static enum verdict find(struct call *call, int64_t number, struct reply *reply,
                         const struct import_show_row **import)
{
    if (call->command->effect != EFFECT_READ) {
        query_import_lock(call->unit, number);
    }
    const struct import_show *shown = query_import_show(call->unit, number, call->person->time_zone);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    if (shown->count == 0) {
        return target_refuse_absent(call, number, reply);
    }
    *import = &shown->rows[0];
    return VERDICT_DONE;
}

/* ---- import.file */

/* As people read it. Names are bytes, and not all of them are text. */
static const char *name_of_file(struct arena *arena, const char *given)
{
    const char *clean = utf8_valid(given, strlen(given)) ? text_squeeze(arena, given) : "";
    return clean[0] == '\0' ? "file" : text_shorten(arena, clean, 100);
}

/* The last part of the link, without %20 and the like. */
static const char *name_of_link(struct arena *arena, const char *link)
{
    const char *slash = strrchr(link, '/');
    struct text name = text_new(arena);
    for (const char *c = slash == NULL ? link : slash + 1; *c != '\0'; c++) {
        const char digits[3] = {c[0] == '%' ? c[1] : '\0', c[0] == '%' && c[1] != '\0' ? c[2] : '\0', '\0'};
        unsigned long byte = strtoul(digits, NULL, 16);
        if (strlen(digits) == 2 && byte >= ' ') {
            text_add_char(&name, (char)byte);
            c += 2;
        } else {
            text_add_char(&name, *c);
        }
    }
    return name_of_file(arena, name.data);
}

/* The same limit for a file of this machine as for one that is sent. */
static enum verdict check_file(const struct import_site *site, int fd, const char *name, struct reply *reply)
{
    struct stat status;
    const int64_t most = import_most_bytes(site);
    if (most < 0) {
        return VERDICT_FAILED;
    }
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
        return reply_refuse(reply, REFUSAL_INVALID, "link", "%s is no file. Nothing was imported.", name);
    }
    if (status.st_size > most) {
        return reply_refuse(reply, REFUSAL_INVALID, "link",
                            "%s " IMPORT_TOO_LARGE ". Nothing was imported. Split it, or have an Admin raise "
                            "import.megabytes.",
                            name, (long long)(most / (1024 * 1024)));
    }
    return VERDICT_DONE;
}

/* A file of this machine, which crmctl has opened: read at once. */
static enum verdict import_take_file(struct call *call, int fd, const char *name, struct reply *reply)
{
    const struct import_site site = site_of(call);
    const char *why = NULL;
    enum verdict verdict = check_file(&site, fd, name, reply);
    if (verdict != VERDICT_DONE) {
        return verdict;
    }
    const struct import_add *added = query_import_add(call->unit, name_of_file(call->arena, name), NULL);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    int64_t number = added->rows[0].id;
    switch (import_read_file(&site, number, fd, &why)) {
    case READ_FAILED:
        return VERDICT_FAILED;
    case READ_REFUSED:
        return reply_refuse(reply, REFUSAL_INVALID, "file", "%s %s. Nothing was imported.", name, why);
    case READ_DONE:
        break;
    }
    const struct import_show *shown = query_import_show(call->unit, number, call->person->time_zone);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    const struct import_show_row *import = &shown->rows[0];
    reply_field(reply, "import", "Import", PARAM_NUMBER, key_of(call->arena, number));
    reply_say(reply, "%s", import_summary(call->arena, import));
    reply_say(reply, "Columns: %s.", import_columns_text(&site, import->headers, import->fields));
    if (import->problems[0] != '\0') {
        reply_say(reply, "%s", import->problems);
    }
    reply_next(reply, arena_printf(call->arena, "import start %lld", (long long)number));
    return VERDICT_DONE;
}

static enum verdict file_run(struct call *call, const struct args *args, struct reply *reply)
{
    const char *link = args_get(args, "link")->text;
    if (call->file > 0) {
        return import_take_file(call, call->file, strrchr(link, '/') == NULL ? link : strrchr(link, '/') + 1,
                                reply);
    }
    const char *share = arena_printf(call->arena, "%s/file_share/", call->web_url);
    if (!fetch_is_below(link, share)) {
        return reply_refuse(reply, REFUSAL_INVALID, "link",
                            "File: this is no link of our own file share. Send the file itself, with your "
                            "client's paper clip, or give a link that begins with %s",
                            share);
    }
    const struct import_same *same = query_import_same(call->unit, link);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    if (same->count > 0) {
        return reply_refuse(reply, REFUSAL_CONFLICT, "link",
                            "This file is import %lld already. Say: import show %lld",
                            (long long)same->rows[0].id, (long long)same->rows[0].id);
    }
    const char *name = name_of_link(call->arena, link);
    const struct import_add *added = query_import_add(call->unit, name, link);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    int64_t number = added->rows[0].id;
    query_job_put(call->unit, "import.read", key_of(call->arena, number), "now", &call->person->id, "{}");
    reply_about(reply, TARGET_IMPORT, number);
    reply_say(reply, "Import %lld: I read %s, and say what is in it. Nothing is imported before you say so.",
              (long long)number, name);
    return VERDICT_DONE;
}

/* ---- import.start */

static enum verdict refuse_state(const struct import_show_row *import, const char *what, struct reply *reply)
{
    static const struct {
        const char *state, *words;
    } states[] = {{"reading", "is being read still"}, {"waiting", "has not begun"},
                  {"running", "runs already"},        {"done", "is done already"},
                  {"stopped", "has stopped"},         {"refused", "was refused: nothing of it was imported"},
                  {"undoing", "is being taken back"}, {"undone", "was taken back"}};
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
        if (strcmp(states[i].state, import->state) == 0) {
            return reply_refuse(reply, REFUSAL_STATE, NULL, "Import %lld, %s, %s; it cannot be %s.",
                                (long long)import->id, import->file, states[i].words, what);
        }
    }
    return reply_refuse(reply, REFUSAL_STATE, NULL, "Import %lld cannot be %s.", (long long)import->id, what);
}

static enum verdict start_run(struct call *call, const struct args *args, struct reply *reply)
{
    const struct import_show_row *import = NULL;
    const struct value *chosen = args_get(args, "duplicates");
    const struct value *source = args_get(args, "source");
    enum verdict verdict = find(call, args->target, reply, &import);
    if (import == NULL) {
        return verdict;
    }
    if (strcmp(import->state, "waiting") != 0) {
        return refuse_state(import, "started", reply);
    }
    if (import->person != call->person->id) {
        return reply_refuse(reply, REFUSAL_STATE, NULL,
                            "Import %lld is %s's to start. Send the file yourself.", (long long)import->id,
                            import->who);
    }
    if (import->good == 0) {
        return reply_refuse(
            reply, REFUSAL_STATE, NULL,
            "Import %lld, %s, has no row that can be imported. If a column is something else: import "
            "columns %lld",
            (long long)import->id, import->file, (long long)import->id);
    }
    query_import_start(call->unit, import->id, chosen->present ? chosen->text : "skip",
                       source->present ? source->text : import->source);
    query_job_put(call->unit, "import.run", key_of(call->arena, import->id), "now", &call->person->id, "{}");
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    reply_say(reply, "Import %lld, %s, has begun. I say how far it is, and what came of it.",
              (long long)import->id, import->file);
    reply_notify_progress(reply, import->person, import->message, true,
                          "Import %lld: 0 of %lld rows are done.", (long long)import->id,
                          (long long)import->rows);
    return VERDICT_DONE;
}

static enum verdict start_warns(struct call *call, const struct args *args, const char **warning)
{
    const struct value *chosen = args_get(args, "duplicates");
    const struct import_show *shown = query_import_show(call->unit, args->target, call->person->time_zone);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    if (shown->count == 1) {
        const char *what = !chosen->present || strcmp(chosen->text, "skip") == 0 ? "Duplicates are skipped."
                           : strcmp(chosen->text, "add") == 0 ? "Duplicates are added as further leads."
                                                              : "Duplicates change the leads that are there.";
        *warning = arena_printf(call->arena, "%s %s", import_summary(call->arena, &shown->rows[0]), what);
    }
    return VERDICT_DONE;
}

/* ---- import.columns */

static const char *columns_lines(struct call *call, const struct import_show_row *import)
{
    size_t count;
    size_t field_count;
    struct text text = text_new(call->arena);
    const char *const *headers = import_split(call->arena, import->headers, &count);
    const char *const *keys = import_split(call->arena, import->fields, &field_count);
    for (size_t i = 0; i < count; i++) {
        const char *key = i < field_count && keys[i][0] != '\0' ? keys[i] : "-";
        text_addf(&text, "%s%s = %s", i == 0 ? "" : "\n", headers[i], key);
    }
    return text.data;
}

static const struct import_field *read_field(const struct import_field *fields, const char *given)
{
    for (const struct import_field *field = fields; field->key != NULL; field++) {
        if (text_equal_nocase(field->key, given) || text_equal_nocase(field->label, given)) {
            return field;
        }
    }
    return import_field_of_header(fields, given);
}

static const char *field_names(struct call *call, const struct import_field *fields)
{
    struct text text = text_new(call->arena);
    for (const struct import_field *field = fields; field->key != NULL; field++) {
        text_addf(&text, "%s%s", text.length == 0 ? "" : ", ", field->key);
    }
    return text.data;
}

/* One line, "Shoe size = note". */
static enum verdict map_line(struct call *call, const struct import_field *fields, const char *line,
                             const char *const *headers, const char **keys, size_t count, struct reply *reply)
{
    const char *equals = strrchr(line, '=');
    const char *header = text_squeeze(
        call->arena, equals == NULL ? line : arena_strndup(call->arena, line, (size_t)(equals - line)));
    const char *given = equals == NULL ? "" : text_squeeze(call->arena, equals + 1);
    const struct import_field *field = read_field(fields, given);
    if (field == NULL && strcmp(given, "-") != 0) {
        return reply_refuse(
            reply, REFUSAL_INVALID, "columns",
            "Columns: “%s” is not clear. Give a line for each column, such as: Mobile = phone. There "
            "are: %s; and - to leave it out.",
            text_shorten(call->arena, line, 60), field_names(call, fields));
    }
    for (size_t i = 0; i < count; i++) {
        if (text_equal_nocase(headers[i], header)) {
            keys[i] = field == NULL ? "" : field->key;
            return VERDICT_DONE;
        }
    }
    return reply_refuse(reply, REFUSAL_INVALID, "columns", "Columns: the file has no column “%s”.",
                        text_shorten(call->arena, header, 60));
}

static enum verdict map_lines(struct call *call, const char *lines, const struct import_show_row *import,
                              struct reply *reply, const char **fields)
{
    size_t count;
    size_t field_count;
    const char *const *headers = import_split(call->arena, import->headers, &count);
    const char *const *before = import_split(call->arena, import->fields, &field_count);
    const char **keys = arena_array(call->arena, count, sizeof *keys);
    for (size_t i = 0; i < count; i++) {
        keys[i] = i < field_count ? before[i] : "";
    }
    const struct import_field *known = import_fields(call->unit, call->arena);
    if (known == NULL) {
        return VERDICT_FAILED;
    }
    char *rest = arena_strdup(call->arena, lines);
    for (char *line; (line = strsep(&rest, "\n;")) != NULL;) {
        enum verdict verdict = text_squeeze(call->arena, line)[0] == '\0'
                                   ? VERDICT_DONE
                                   : map_line(call, known, line, headers, keys, count, reply);
        if (verdict != VERDICT_DONE) {
            return verdict;
        }
    }
    *fields = import_join(call->arena, keys, count);
    return VERDICT_DONE;
}

static enum verdict columns_run(struct call *call, const struct args *args, struct reply *reply)
{
    const struct import_show_row *import = NULL;
    const struct value *columns = args_get(args, "columns");
    const char *fields;
    enum verdict verdict = find(call, args->target, reply, &import);
    if (import == NULL) {
        return verdict;
    }
    if (strcmp(import->state, "waiting") != 0) {
        return refuse_state(import, "read otherwise", reply);
    }
    if (!columns->present) {
        reply_say(reply, "Nothing was changed.");
        return VERDICT_DONE;
    }
    verdict = map_lines(call, columns->text, import, reply, &fields);
    if (verdict != VERDICT_DONE) {
        return verdict;
    }
    query_import_remap(call->unit, import->id, fields);
    query_job_put(call->unit, "import.read", key_of(call->arena, import->id), "now", &import->person, "{}");
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    reply_say(reply, "Import %lld: I look at %s again with these columns, and say what comes of it.",
              (long long)import->id, import->file);
    return VERDICT_DONE;
}

static enum verdict columns_current(struct call *call, const struct args *args, struct current *current)
{
    const struct import_show *shown = query_import_show(call->unit, args->target, call->person->time_zone);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    if (shown->count == 1) {
        const struct import_show_row *import = &shown->rows[0];
        current_put(current, CURRENT_SUBJECT,
                    arena_printf(call->arena, "import %lld, %s", (long long)import->id, import->file));
        current_put(current, "columns", columns_lines(call, import));
    }
    return VERDICT_DONE;
}

/* ---- import.show, import.list, import.undo */

static void put_count(struct call *call, const char *name, const char *label, int64_t count,
                      struct reply *reply)
{
    if (count > 0) {
        reply_field(reply, name, label, PARAM_NUMBER, key_of(call->arena, count));
    }
}

static enum verdict show_run(struct call *call, const struct args *args, struct reply *reply)
{
    const struct import_show_row *import = NULL;
    const struct import_site site = site_of(call);
    enum verdict verdict = find(call, args->target, reply, &import);
    if (import == NULL) {
        return verdict;
    }
    reply_title(reply, "Import %lld: %s", (long long)import->id, import->file);
    reply_field(reply, "state", "State", PARAM_TEXT, import->state);
    reply_field(reply, "why", "Why", PARAM_TEXT, import->why);
    reply_field(reply, "who", "From", PARAM_TEXT, import->who);
    reply_field(reply, "at", "Sent", PARAM_DATE, import->at);
    reply_field(reply, "ended", "Ended", PARAM_DATE, import->ended);
    if (import->headers[0] != '\0') {
        reply_field(reply, "columns", "Columns", PARAM_TEXT,
                    import_columns_text(&site, import->headers, import->fields));
    }
    put_count(call, "rows", "Rows", import->rows, reply);
    put_count(call, "good", "Can be imported", import->good, reply);
    put_count(call, "known", "In the CRM already", import->known, reply);
    put_count(call, "twins", "More than once in the file", import->twins, reply);
    put_count(call, "dealt", "Dealt with", import->dealt, reply);
    put_count(call, "added", "Added", import->added, reply);
    put_count(call, "updated", "Changed", import->updated, reply);
    put_count(call, "skipped", "Skipped", import->skipped, reply);
    put_count(call, "rejected", "Rejected", import->rejected, reply);
    put_count(call, "taken_back", "Taken back", import->taken_back, reply);
    reply_field(reply, "problems", "First problems", PARAM_LONGTEXT, import->problems);
    if (strcmp(import->state, "waiting") == 0) {
        reply_next(reply, arena_printf(call->arena, "import start %lld", (long long)import->id));
        reply_next(reply, arena_printf(call->arena, "import columns %lld", (long long)import->id));
    }
    return VERDICT_DONE;
}

static enum verdict list_run(struct call *call, const struct args *args, struct reply *reply)
{
    const struct value *before = args_get(args, "before");
    const struct import_list *imports = query_import_list(
        call->unit, before->present ? &before->number : NULL, LIST_PAGE + 1, call->person->time_zone);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    if (imports->count == 0) {
        reply_say(reply, "There are no %simports. Send me a spreadsheet, and I read it.",
                  before->present ? "more " : "");
        return VERDICT_DONE;
    }
    reply_title(reply, "Imports%s", before->present ? ", continued" : "");
    for (size_t i = 0; i < imports->count && i < LIST_PAGE; i++) {
        const struct import_list_row *import = &imports->rows[i];
        const char *number = key_of(call->arena, import->id);
        const char *counts =
            arena_printf(call->arena, "%lld rows: %lld added, %lld changed, %lld skipped, %lld rejected",
                         (long long)import->rows, (long long)import->added, (long long)import->updated,
                         (long long)import->skipped, (long long)import->rejected);
        const char *cells[] = {number, import->file, import->state, import->who, counts, import->at};
        reply_row(reply, arena_printf(call->arena, "import-%s", number), cells);
    }
    if (imports->count > LIST_PAGE) {
        reply_more(reply, args, key_of(call->arena, imports->rows[LIST_PAGE - 1].id));
    }
    return VERDICT_DONE;
}

static enum verdict undo_run(struct call *call, const struct args *args, struct reply *reply)
{
    const struct import_show_row *import = NULL;
    enum verdict verdict = find(call, args->target, reply, &import);
    if (import == NULL) {
        return verdict;
    }
    bool begun = strcmp(import->state, "running") == 0 || strcmp(import->state, "done") == 0 ||
                 strcmp(import->state, "stopped") == 0;
    bool before = strcmp(import->state, "reading") == 0 || strcmp(import->state, "waiting") == 0;
    if (!begun && !before) {
        return refuse_state(import, "taken back", reply);
    }
    query_import_undo(call->unit, import->id);
    if (before) {
        query_import_forget_rows(call->unit, import->id);
    } else {
        query_job_put(call->unit, "import.undo", key_of(call->arena, import->id), "now", &call->person->id,
                      "{}");
    }
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    if (before) {
        reply_say(reply, "Import %lld, %s, is dropped. Nothing of it was imported.", (long long)import->id,
                  import->file);
    } else {
        reply_say(reply, "Import %lld, %s, is being taken back. I say when it is done.",
                  (long long)import->id, import->file);
    }
    return VERDICT_DONE;
}

static enum verdict undo_warns(struct call *call, const struct args *args, const char **warning)
{
    const struct import_touched *touched = query_import_touched(call->unit, args->target);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    if (touched->rows[0].touched > 0) {
        *warning = arena_printf(
            call->arena,
            "Of its leads %lld were worked on since: those that it added are deleted all the same, "
            "of the others what was changed since stays.",
            (long long)touched->rows[0].touched);
    }
    return VERDICT_DONE;
}

/* ---- the rows */

#define IMPORTERS (ROLE_ADMIN | ROLE_MANAGER | ROLE_LEAD)

static const char *const file_words[] = {"file", "link", NULL};
static const struct param file_params[] = {
    {.name = "link",
     .label = "File",
     .hint = "Send the spreadsheet itself to the bot; or its link on our own file share",
     .type = PARAM_TEXT,
     .flags = PARAM_REQUIRED | PARAM_REST,
     .limit = 1000,
     .words = file_words},
    {.name = NULL},
};

static const char *const duplicates_words[] = {"duplicates", NULL};
static const char *const source_words[] = {"source", "from", NULL};
static const struct param start_params[] = {
    {.name = "duplicates",
     .label = "Duplicates",
     .hint =
         "What is done with a row whose email or phone a lead has: skip, update or add; skip when left out",
     .type = PARAM_CHOICE,
     .choices = duplicates,
     .words = duplicates_words},
    {.name = "source",
     .label = "Source",
     .hint = "Where the leads come from, when no column says it",
     .type = PARAM_CHOICE,
     .flags = PARAM_SOURCE,
     .choices = lead_sources,
     .words = source_words},
    {.name = NULL},
};

static const struct param columns_params[] = {
    {.name = "columns",
     .label = "Columns",
     .hint = "A line for each column that is something else, such as Mobile = phone; - leaves it out",
     .type = PARAM_LONGTEXT,
     .flags = PARAM_REQUIRED | PARAM_REST},
    {.name = NULL},
};

static const struct param list_params[] = {
    {.name = "before",
     .label = "Before import",
     .hint = "Goes on behind the import of this number",
     .type = PARAM_NUMBER,
     .flags = PARAM_CURSOR},
    {.name = NULL},
};

static const struct column list_columns[] = {
    {"number", "Number", PARAM_NUMBER}, {"file", "File", PARAM_TEXT},   {"state", "State", PARAM_TEXT},
    {"who", "From", PARAM_TEXT},        {"counts", "Rows", PARAM_TEXT}, {"at", "Sent", PARAM_DATE},
    {NULL, NULL, PARAM_TEXT},
};

static const char *const file_examples[] = {
    "import file http://127.0.0.1:25280/file_share/0f1e2d3c/leads.xlsx", NULL};
static const char *const start_examples[] = {"import start 7",
                                             "import start 7 duplicates=update source=linkedin", NULL};
static const char *const columns_examples[] = {"import columns 7 Mobile = phone", NULL};
static const char *const show_examples[] = {"import show 7", "import 7", NULL};
static const char *const list_examples[] = {"import list", "imports", NULL};
static const char *const undo_examples[] = {"import undo 7", NULL};

static const struct wording file_wordings[] = {
    {"import leads", "import file", false},
    {"import a file", "import file", false},
    {"import a spreadsheet", "import file", false},
    {"import from excel", "import file", false},
    {"import leads from excel", "import file", false},
    {"import leads from a file", "import file", false},
    {"upload leads", "import file", false},
    {"upload a file", "import file", false},
    {NULL, NULL, false},
};

const struct command import_commands[] = {
    {.name = "import.file",
     .summary = "Read a spreadsheet (CSV, XLSX) that you have sent, to import leads from it.",
     .examples = file_examples,
     .wordings = file_wordings,
     .roles = IMPORTERS,
     .effect = EFFECT_WRITE,
     .params = file_params,
     .run = file_run},
    {.name = "import.start",
     .summary = "Import the leads of a spreadsheet that was read.",
     .examples = start_examples,
     .roles = IMPORTERS,
     .effect = EFFECT_WRITE,
     .target = TARGET_IMPORT,
     .params = start_params,
     .run = start_run,
     .warns = start_warns},
    {.name = "import.columns",
     .summary = "Say what the columns of a spreadsheet are.",
     .examples = columns_examples,
     .roles = IMPORTERS,
     .effect = EFFECT_WRITE,
     .target = TARGET_IMPORT,
     .params = columns_params,
     .run = columns_run,
     .current = columns_current},
    {.name = "import.show",
     .summary = "Show how far an import is, and what came of it.",
     .examples = show_examples,
     .roles = IMPORTERS,
     .effect = EFFECT_READ,
     .target = TARGET_IMPORT,
     .run = show_run},
    {.name = "import.list",
     .summary = "List imports, newest first.",
     .examples = list_examples,
     .roles = IMPORTERS,
     .effect = EFFECT_READ,
     .params = list_params,
     .columns = list_columns,
     .run = list_run},
    {.name = "import.undo",
     .summary = "Take a whole import back, with what it has changed.",
     .examples = undo_examples,
     .roles = IMPORTERS,
     .effect = EFFECT_DESTROY,
     .target = TARGET_IMPORT,
     .run = undo_run,
     .warns = undo_warns},
    {.name = NULL},
};

const struct job_kind import_jobs[] = {
    {.name = "import.read", .actor = JOB_PERSON, .run = import_read_run, .give_up = import_read_give_up},
    {.name = "import.run", .actor = JOB_PERSON, .run = import_run_run, .give_up = import_run_give_up},
    {.name = "import.undo", .actor = JOB_PERSON, .run = import_undo_run, .give_up = import_undo_give_up},
    {.name = "lead.export", .actor = JOB_PERSON, .run = export_run, .give_up = export_give_up},
    {.name = "import.tidy", .actor = JOB_SYSTEM, .every_seconds = 60, .run = import_tidy_run},
    {.name = NULL},
};
