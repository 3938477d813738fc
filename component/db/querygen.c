/* querygen: makes C functions of the named SQL statements in schema/queries/ (a host tool; make runs it).
 *
 *     querygen OUTDIR FILE…        writes OUTDIR/queries.h and OUTDIR/queries.c
 *
 * DESIGN. A statement is a header comment (name, parameters, columns), comment lines that say what it is for,
 * and SQL up to a semicolon; component/db/README.md gives the grammar. What can be checked without a database
 * is checked here, with file and line: names, types, and that the SQL uses exactly the declared parameters.
 * That the types are what PostgreSQL makes of the statement is checked by tests/unit/db_queries_test.c, which
 * prepares them all. The first mistake ends the program.
 */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_FIELDS = 64, MAX_STATEMENTS = 2000, MAX_NAME = 48 };

/* What a type is called in schema/queries/, in C, and in statement.h. */
struct type {
    const char *name, *c_type, *constant;
    bool pointer; /* its C value is a pointer, where NULL can be SQL NULL */
    bool array;   /* parameters only */
};

static const struct type types[] = {
    {"text", "const char *", "TYPE_TEXT", true, false},
    {"uuid", "const char *", "TYPE_UUID", true, false},
    {"timestamptz", "const char *", "TYPE_TIMESTAMPTZ", true, false},
    {"date", "const char *", "TYPE_DATE", true, false},
    {"jsonb", "const char *", "TYPE_JSONB", true, false},
    {"bigint", "int64_t ", "TYPE_BIGINT", false, false},
    {"int", "int32_t ", "TYPE_INT", false, false},
    {"boolean", "bool ", "TYPE_BOOLEAN", false, false},
    {"double precision", "double ", "TYPE_DOUBLE", false, false},
    {"text[]", "struct text_array ", "TYPE_TEXT_ARRAY", false, true},
    {"uuid[]", "struct text_array ", "TYPE_UUID_ARRAY", false, true},
    {"bigint[]", "struct bigint_array ", "TYPE_BIGINT_ARRAY", false, true},
};
enum { TYPE_COUNT = sizeof types / sizeof types[0] };

/* Names that the generated code or C itself has taken. */
static const char *const reserved[] = {
    "auto",      "break",  "case",      "char",     "const",       "continue",   "default",
    "do",        "double", "else",      "enum",     "extern",      "float",      "for",
    "goto",      "if",     "inline",    "int",      "long",        "register",   "restrict",
    "return",    "short",  "signed",    "sizeof",   "static",      "struct",     "switch",
    "typedef",   "union",  "unsigned",  "void",     "volatile",    "while",      "bool",
    "true",      "false",  "unit",      "db",       "arena",       "identity",   "affected",
    "statement", "column", "parameter", "db_error", "db_settings", "text_array", "bigint_array",
};
enum { RESERVED_COUNT = sizeof reserved / sizeof reserved[0] };

struct field {
    char name[MAX_NAME + 1];
    const struct type *type;
    bool nullable;
};

struct statement {
    const char *file;
    int line;
    char name[MAX_NAME + 1];
    struct field parameters[MAX_FIELDS], columns[MAX_FIELDS];
    size_t parameter_count, column_count;
    char *purpose; /* comment lines, without the dashes */
    char *sql;     /* without comments and semicolon */
};

static struct statement *statements[MAX_STATEMENTS];
static size_t statement_count;

/* Where in a file the reader is. */
struct reader {
    const char *file, *at;
    int line;
};

static _Noreturn __attribute__((format(printf, 3, 4))) void fail(const char *file, int line,
                                                                 const char *format, ...)
{
    va_list arguments;
    if (line > 0) {
        fprintf(stderr, "%s:%d: ", file, line);
    } else {
        fprintf(stderr, "%s: ", file);
    }
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(1);
}

static void *must(void *memory)
{
    if (memory == NULL) {
        fputs("querygen: out of memory\n", stderr);
        exit(1);
    }
    return memory;
}

/* ---------------------------------------------------------------- growing text */

struct buffer {
    char *data;
    size_t length;
};

static void buffer_add(struct buffer *buffer, const char *bytes, size_t length)
{
    buffer->data = must(realloc(buffer->data, buffer->length + length + 1));
    memcpy(buffer->data + buffer->length, bytes, length);
    buffer->length += length;
    buffer->data[buffer->length] = '\0';
}

static char *buffer_trimmed(struct buffer *buffer)
{
    if (buffer->data == NULL) {
        buffer_add(buffer, "", 0);
    }
    while (buffer->length > 0 && isspace((unsigned char)buffer->data[buffer->length - 1])) {
        buffer->data[--buffer->length] = '\0';
    }
    return buffer->data;
}

/* ---------------------------------------------------------------- the header: name(parameters): columns */

static void skip_spaces(const char **at)
{
    while (**at == ' ' || **at == '\t') {
        (*at)++;
    }
}

static bool is_reserved(const char *name)
{
    for (size_t i = 0; i < RESERVED_COUNT; i++) {
        if (strcmp(reserved[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static void read_name(const struct statement *statement, const char **at, const char *what,
                      char name[MAX_NAME + 1])
{
    size_t length = 0;
    skip_spaces(at);
    while (islower((unsigned char)(*at)[length]) || (*at)[length] == '_' ||
           (length > 0 && isdigit((unsigned char)(*at)[length]))) {
        length++;
    }
    if (length == 0) {
        fail(statement->file, statement->line,
             "expected the name of %s (lower case letters, digits, _) at \"%.20s\"", what, *at);
    }
    if (length > MAX_NAME) {
        fail(statement->file, statement->line, "the name of %s is longer than %d letters: \"%.60s\"", what,
             MAX_NAME, *at);
    }
    memcpy(name, *at, length);
    name[length] = '\0';
    *at += length;
    if (is_reserved(name)) {
        fail(statement->file, statement->line,
             "\"%s\" cannot be the name of %s: C or the generated code uses it", name, what);
    }
}

/* The longest type name that `at` begins with, as a whole word. */
static const struct type *read_type(const char **at)
{
    const struct type *found = NULL;
    size_t found_length = 0;
    for (size_t i = 0; i < TYPE_COUNT; i++) {
        size_t length = strlen(types[i].name);
        if (strncmp(*at, types[i].name, length) == 0 && !isalnum((unsigned char)(*at)[length]) &&
            length > found_length) {
            found = &types[i];
            found_length = length;
        }
    }
    *at += found_length;
    return found;
}

static void read_field(const struct statement *statement, const char **at, bool is_column,
                       struct field *field)
{
    read_name(statement, at, is_column ? "a column" : "a parameter", field->name);
    skip_spaces(at);
    const char *type_at = *at;
    field->type = read_type(at);
    if (field->type == NULL || **at == '[') {
        fail(statement->file, statement->line,
             "%s: \"%.*s\" is not a known type; known are text, uuid, timestamptz, date, jsonb, bigint, int, "
             "boolean, double precision, "
             "and for parameters text[], uuid[], bigint[]",
             field->name, (int)strcspn(type_at, ",?):\n"), type_at);
    }
    if (is_column && field->type->array) {
        fail(statement->file, statement->line, "%s: a column cannot be %s; unnest it or return jsonb",
             field->name, field->type->name);
    }
    if (**at == '?') {
        field->nullable = true;
        (*at)++;
    }
    skip_spaces(at);
}

static void check_names_differ(const struct statement *statement, const struct field *fields, size_t count,
                               const char *what)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < count; j++) {
            if (i != j && strcmp(fields[i].name, fields[j].name) == 0) {
                fail(statement->file, statement->line, "%s: two %s are called \"%s\"", statement->name, what,
                     fields[i].name);
            }
            if (fields[i].nullable && strncmp(fields[j].name, "has_", 4) == 0 &&
                strcmp(fields[j].name + 4, fields[i].name) == 0) {
                fail(statement->file, statement->line,
                     "%s: \"%s\" is the flag of the optional %s; name it otherwise", statement->name,
                     fields[j].name, fields[i].name);
            }
        }
    }
}

static void read_fields(struct statement *statement, const char **at, char end, struct field *fields,
                        size_t *count)
{
    bool is_column = end == '\0';
    skip_spaces(at);
    while (**at != end) {
        if (*count == MAX_FIELDS) {
            fail(statement->file, statement->line, "%s: more than %d %s", statement->name, MAX_FIELDS,
                 is_column ? "columns" : "parameters");
        }
        read_field(statement, at, is_column, &fields[(*count)++]);
        if (**at == ',') {
            (*at)++;
        } else if (**at != end) {
            fail(statement->file, statement->line, "%s: expected \",\" or %s at \"%.20s\"", statement->name,
                 is_column ? "the end of the line" : "\")\"", *at);
        }
        skip_spaces(at);
    }
    check_names_differ(statement, fields, *count, is_column ? "columns" : "parameters");
}

static void read_header(struct statement *statement, const char *header)
{
    read_name(statement, &header, "a statement", statement->name);
    header++; /* the parenthesis that made it a header */
    read_fields(statement, &header, ')', statement->parameters, &statement->parameter_count);
    header++;
    skip_spaces(&header);
    if (*header == '\0') {
        return;
    }
    if (*header++ != ':') {
        fail(statement->file, statement->line, "%s: expected \":\" and columns after \")\", or nothing",
             statement->name);
    }
    read_fields(statement, &header, '\0', statement->columns, &statement->column_count);
    if (statement->column_count == 0) {
        fail(statement->file, statement->line, "%s: no columns after \":\"; leave the colon out",
             statement->name);
    }
}

/* ---------------------------------------------------------------- comments around a statement */

/* A comment line's text after its dashes; NULL when the line is none. */
static const char *comment_text(const char *line)
{
    if (strncmp(line, "--", 2) != 0) {
        return NULL;
    }
    line += 2;
    return *line == ' ' ? line + 1 : line;
}

/* A header is a comment that looks like a call: a name and at once a parenthesis. */
static bool starts_header(const char *comment)
{
    size_t length = strspn(comment, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
    return length > 0 && comment[length] == '(';
}

static void next_line(struct reader *reader)
{
    const char *end = strchr(reader->at, '\n');
    reader->at = end != NULL ? end + 1 : reader->at + strlen(reader->at);
    reader->line++;
}

static void add_line(struct buffer *buffer, const char *text)
{
    size_t length = strcspn(text, "\r\n");
    buffer_add(buffer, text, length);
}

/* The header goes on in the next comment line as long as it ends with a comma, a colon or an open
 * parenthesis. */
static char *take_header(struct reader *reader)
{
    struct buffer header = {0};
    for (;;) {
        add_line(&header, comment_text(reader->at));
        next_line(reader);
        char *text = buffer_trimmed(&header);
        if (strchr(",:(", text[header.length - 1]) == NULL || comment_text(reader->at) == NULL) {
            return text;
        }
        buffer_add(&header, " ", 1);
    }
}

static char *take_purpose(struct reader *reader, const struct statement *statement)
{
    struct buffer purpose = {0};
    while (comment_text(reader->at) != NULL) {
        if (starts_header(comment_text(reader->at))) {
            fail(reader->file, reader->line, "a new statement begins, but %s has no SQL yet",
                 statement->name);
        }
        if (purpose.length > 0) {
            buffer_add(&purpose, "\n * ", 4);
        }
        add_line(&purpose, comment_text(reader->at));
        next_line(reader);
    }
    char *text = buffer_trimmed(&purpose);
    if (*text == '\0') {
        fail(statement->file, statement->line,
             "%s: the line after the header has to say, in a comment, what the statement is for",
             statement->name);
    }
    if (strstr(text, "*/") != NULL) {
        fail(statement->file, statement->line, "%s: \"*/\" in a comment would end the comment in C",
             statement->name);
    }
    return text;
}

/* ---------------------------------------------------------------- the SQL */

/* Copies a quoted string or identifier with both its quotes; a doubled quote is two of them in a row, which
 * works as well. */
static void take_quoted(struct reader *reader, struct buffer *sql)
{
    char quote = *reader->at;
    const char *end = strchr(reader->at + 1, quote);
    if (end == NULL) {
        fail(reader->file, reader->line, "a %c is not closed", quote);
    }
    for (const char *c = reader->at; c < end; c++) {
        reader->line += *c == '\n';
    }
    buffer_add(sql, reader->at, (size_t)(end + 1 - reader->at));
    reader->at = end + 1;
}

static void take_parameter(struct reader *reader, const struct statement *statement, struct buffer *sql,
                           bool used[])
{
    char *end;
    unsigned long number = strtoul(reader->at + 1, &end, 10);
    if (end == reader->at + 1) {
        fail(reader->file, reader->line, "%s: \"$\" without a number; dollar quotes are not for statements",
             statement->name);
    }
    if (number == 0 || number > statement->parameter_count) {
        fail(reader->file, reader->line, "%s: uses $%lu, but declares %zu parameter%s", statement->name,
             number, statement->parameter_count, statement->parameter_count == 1 ? "" : "s");
    }
    used[number - 1] = true;
    buffer_add(sql, reader->at, (size_t)(end - reader->at));
    reader->at = end;
}

static void skip_block_comment(struct reader *reader)
{
    const char *end = strstr(reader->at, "*/");
    if (end == NULL) {
        fail(reader->file, reader->line, "a comment is not closed");
    }
    for (; reader->at < end + 2; reader->at++) {
        reader->line += *reader->at == '\n';
    }
}

static void take_sql(struct reader *reader, struct statement *statement)
{
    struct buffer sql = {0};
    bool used[MAX_FIELDS] = {false};
    for (; *reader->at != ';';) {
        if (*reader->at == '\0') {
            fail(statement->file, statement->line, "%s: the statement does not end with \";\"",
                 statement->name);
        }
        if (*reader->at == '\'' || *reader->at == '"') {
            take_quoted(reader, &sql);
        } else if (*reader->at == '$') {
            take_parameter(reader, statement, &sql, used);
        } else if (strncmp(reader->at, "--", 2) == 0) {
            reader->at += strcspn(reader->at, "\n");
        } else if (strncmp(reader->at, "/*", 2) == 0) {
            skip_block_comment(reader);
        } else {
            reader->line += *reader->at == '\n';
            buffer_add(&sql, reader->at++, 1);
        }
    }
    reader->at++;
    statement->sql = buffer_trimmed(&sql);
    if (*statement->sql == '\0') {
        fail(statement->file, statement->line, "%s has no SQL", statement->name);
    }
    for (size_t i = 0; i < statement->parameter_count; i++) {
        if (!used[i]) {
            fail(statement->file, statement->line, "%s: the parameter %s ($%zu) is not used", statement->name,
                 statement->parameters[i].name, i + 1);
        }
    }
}

/* ---------------------------------------------------------------- files */

/* One name makes struct name, struct name_row and query_name(). */
static void check_name_is_new(const struct statement *statement)
{
    for (size_t i = 0; i < statement_count; i++) {
        const char *a = statements[i]->name, *b = statement->name;
        size_t shorter = strlen(a) < strlen(b) ? strlen(a) : strlen(b);
        bool row =
            strncmp(a, b, shorter) == 0 && strcmp((strlen(a) > shorter ? a : b) + shorter, "_row") == 0;
        if (strcmp(a, b) == 0 || row) {
            fail(statement->file, statement->line, "the name %s collides with %s of %s:%d", b, a,
                 statements[i]->file, statements[i]->line);
        }
    }
}

static void read_statement(struct reader *reader)
{
    if (statement_count == MAX_STATEMENTS) {
        fail(reader->file, reader->line, "more than %d statements", MAX_STATEMENTS);
    }
    struct statement *statement = must(calloc(1, sizeof *statement));
    statement->file = reader->file;
    statement->line = reader->line;
    char *header = take_header(reader);
    read_header(statement, header);
    free(header);
    check_name_is_new(statement);
    statement->purpose = take_purpose(reader, statement);
    take_sql(reader, statement);
    statements[statement_count++] = statement;
}

static void read_statements(const char *file, const char *content)
{
    struct reader reader = {file, content, 1};
    while (*reader.at != '\0') {
        const char *comment = comment_text(reader.at);
        if (comment != NULL && starts_header(comment)) {
            read_statement(&reader);
        } else if (comment != NULL || isspace((unsigned char)*reader.at)) {
            comment != NULL || *reader.at == '\n' ? next_line(&reader) : (void)reader.at++;
        } else {
            fail(file, reader.line,
                 "SQL without a header such as \"-- lead_by_id(lead bigint): id bigint, name text\"");
        }
    }
}

static char *read_file(const char *path)
{
    struct buffer content = {0};
    char block[8192];
    size_t length;
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        fail(path, 0, "%s", strerror(errno));
    }
    buffer_add(&content, "", 0);
    while ((length = fread(block, 1, sizeof block, file)) > 0) {
        buffer_add(&content, block, length);
    }
    if (ferror(file)) {
        fail(path, 0, "%s", strerror(errno));
    }
    fclose(file);
    if (strlen(content.data) != content.length) {
        fail(path, 0, "holds a zero byte");
    }
    return content.data;
}

/* ---------------------------------------------------------------- what is written */

static void put_parameters(FILE *out, const struct statement *statement)
{
    fputs("(struct unit *unit", out);
    for (size_t i = 0; i < statement->parameter_count; i++) {
        const struct field *field = &statement->parameters[i];
        bool by_pointer = field->nullable && !field->type->pointer;
        fprintf(out, ", %s%s%s%s", by_pointer ? "const " : "", field->type->c_type, by_pointer ? "*" : "",
                field->name);
    }
    fputc(')', out);
}

static const char *result_of(const struct statement *statement)
{
    return statement->column_count > 0 ? statement->name : "affected";
}

static void put_declaration(FILE *out, const struct statement *statement)
{
    fprintf(out, "\n/* %s (%s:%d) */\n", statement->purpose, statement->file, statement->line);
    if (statement->column_count > 0) {
        fprintf(out, "struct %s_row {\n", statement->name);
        for (size_t i = 0; i < statement->column_count; i++) {
            const struct field *field = &statement->columns[i];
            if (field->nullable && !field->type->pointer) {
                fprintf(out, "    bool has_%s;\n", field->name);
            }
            fprintf(out, "    %s%s;\n", field->type->c_type, field->name);
        }
        fprintf(out, "};\nstruct %s {\n    size_t count;\n    const struct %s_row *rows;\n};\n",
                statement->name, statement->name);
    }
    fprintf(out, "const struct %s *query_%s", result_of(statement), statement->name);
    put_parameters(out, statement);
    fputs(";\n", out);
}

/* "??" could be a trigraph in C17, so every question mark is escaped. */
static void put_string(FILE *out, const char *text)
{
    fputc('"', out);
    for (; *text != '\0'; text++) {
        if (*text == '\n' && text[1] != '\0') {
            fputs("\\n\"\n        \"", out);
        } else if (*text == '"' || *text == '\\' || *text == '?') {
            fprintf(out, "\\%c", *text);
        } else if ((unsigned char)*text < ' ') {
            fprintf(out, "\\%03o", (unsigned char)*text);
        } else {
            fputc(*text, out);
        }
    }
    fputc('"', out);
}

static void put_columns(FILE *out, const struct statement *statement)
{
    fprintf(out, "static const struct column %s_columns[] = {\n", statement->name);
    for (size_t i = 0; i < statement->column_count; i++) {
        const struct field *field = &statement->columns[i];
        const char *row = statement->name;
        fprintf(out, "    {\"%s\", %s, %s, offsetof(struct %s_row, %s), ", field->name, field->type->constant,
                field->nullable ? "true" : "false", row, field->name);
        if (field->nullable && !field->type->pointer) {
            fprintf(out, "offsetof(struct %s_row, has_%s)},\n", row, field->name);
        } else {
            fputs("0},\n", out);
        }
    }
    fputs("};\n", out);
}

static void put_parameter_types(FILE *out, const struct statement *statement)
{
    fprintf(out, "static const struct parameter %s_parameters[] = {\n", statement->name);
    for (size_t i = 0; i < statement->parameter_count; i++) {
        const struct field *field = &statement->parameters[i];
        fprintf(out, "    {\"%s\", %s, %s},\n", field->name, field->type->constant,
                field->nullable ? "true" : "false");
    }
    fputs("};\n", out);
}

static void put_descriptor(FILE *out, const struct statement *statement)
{
    const char *name = statement->name;
    fprintf(out, "static const struct statement %s_statement = {\n    .name = \"%s\",\n    .sql =\n        ",
            name, name);
    put_string(out, statement->sql);
    fputs(",\n", out);
    if (statement->parameter_count > 0) {
        fprintf(out, "    .parameters = %s_parameters,\n    .parameter_count = %zu,\n", name,
                statement->parameter_count);
    }
    if (statement->column_count > 0) {
        fprintf(
            out,
            "    .columns = %s_columns,\n    .column_count = %zu,\n    .row_size = sizeof(struct %s_row),\n",
            name, statement->column_count, name);
    }
    fputs("};\n", out);
}

/* Each parameter is passed by address; one that is a pointer already, as it is. */
static void put_function(FILE *out, const struct statement *statement)
{
    fprintf(out, "const struct %s *query_%s", result_of(statement), statement->name);
    put_parameters(out, statement);
    fprintf(out, "\n{\n    return statement_queue(unit, &%s_statement, ", statement->name);
    if (statement->parameter_count == 0) {
        fputs("NULL);\n}\n", out);
        return;
    }
    fputs("(const void *const[]){", out);
    for (size_t i = 0; i < statement->parameter_count; i++) {
        const struct field *field = &statement->parameters[i];
        fprintf(out, "%s%s%s", i > 0 ? ", " : "", field->type->pointer || field->nullable ? "" : "&",
                field->name);
    }
    fputs("});\n}\n", out);
}

static void put_header(FILE *out)
{
    fputs("/* queries: every SQL statement of the program, one function each. Generated by querygen from "
          "schema/queries/.\n"
          " *\n"
          " * Each function queues its statement and returns the result that the next unit_flush() or "
          "unit_commit() fills; until\n"
          " * then, and after a failure, it has no rows. Threads and ownership: as db/unit.h says.\n"
          " */\n#ifndef QUERIES_H\n#define QUERIES_H\n\n#include \"db/unit.h\"\n",
          out);
    for (size_t i = 0; i < statement_count; i++) {
        put_declaration(out, statements[i]);
    }
    fputs("\n#endif\n", out);
}

static void put_source(FILE *out)
{
    fputs("/* Generated by querygen from schema/queries/. */\n#include \"queries.h\"\n\n#include "
          "\"db/statement.h\"\n",
          out);
    for (size_t i = 0; i < statement_count; i++) {
        fputc('\n', out);
        if (statements[i]->parameter_count > 0) {
            put_parameter_types(out, statements[i]);
        }
        if (statements[i]->column_count > 0) {
            put_columns(out, statements[i]);
        }
        put_descriptor(out, statements[i]);
        put_function(out, statements[i]);
    }
    fputs("\nconst struct statement *const query_statements[] = {\n", out);
    for (size_t i = 0; i < statement_count; i++) {
        fprintf(out, "    &%s_statement,\n", statements[i]->name);
    }
    fputs("    NULL,\n};\n", out);
}

static void write_file(const char *folder, const char *name, void (*put)(FILE *))
{
    char path[4096];
    if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path) {
        fail(folder, 0, "the path is too long");
    }
    FILE *out = fopen(path, "w");
    if (out == NULL) {
        fail(path, 0, "%s", strerror(errno));
    }
    put(out);
    if (ferror(out) || fclose(out) != 0) {
        fail(path, 0, "%s", strerror(errno));
    }
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fputs("usage: querygen OUTDIR FILE...\n", stderr);
        return 2;
    }
    for (int i = 2; i < argc; i++) {
        char *content = read_file(argv[i]);
        read_statements(argv[i], content);
        free(content);
    }
    write_file(argv[1], "queries.h", put_header);
    write_file(argv[1], "queries.c", put_source);
    for (size_t i = 0; i < statement_count; i++) {
        free(statements[i]->purpose);
        free(statements[i]->sql);
        free(statements[i]);
    }
    return 0;
}
