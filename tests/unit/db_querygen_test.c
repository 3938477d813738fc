/* querygen as make runs it: what it writes compiles and says what was declared; what it refuses, it refuses
 * with file and line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/querygen-test.XXXXXX";
static char output[65536];

static int make_folder(void **state)
{
    char command[600];
    (void)state;
    if (mkdtemp(folder) == NULL) {
        return -1;
    }
    snprintf(command, sizeof command,
             "gcc -D_GNU_SOURCE -std=c17 -Wall -Wextra -Werror -fsanitize=address,undefined -o %s/querygen "
             "component/db/querygen.c",
             folder);
    return system(command);
}

static int remove_folder(void **state)
{
    char command[100];
    (void)state;
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

static void write_file(const char *name, const char *content)
{
    char path[200];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(content, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static const char *read_file(const char *name)
{
    char path[200];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    output[fread(output, 1, sizeof output - 1, file)] = '\0';
    fclose(file);
    return output;
}

/* Runs a shell command in the folder; its output goes to `output`. */
static int run(const char *command)
{
    char line[600], top[300];
    assert_non_null(getcwd(top, sizeof top));
    snprintf(line, sizeof line, "cd %s && TOP='%s' && (%s) >out 2>&1", folder, top, command);
    int status = system(line);
    read_file("out");
    return status;
}

static const char sample[] =
    "-- A remark for the reader.\n"
    "\n"
    "-- lead_by_id(lead bigint): id bigint, name text, email text?, budget_minor bigint?,\n"
    "--                          deleted boolean\n"
    "-- One sentence.\n"
    "SELECT id, name, email, budget_minor, -- a remark with ; and $9\n"
    "       deleted_at IS NOT NULL /* ; $8 */ FROM crm.lead WHERE id = $1;\n"
    "-- every_type(a text?, b uuid, c timestamptz, d date, e jsonb, f bigint?, g int, h boolean?, i double "
    "precision,\n"
    "--            j text[], k uuid[]?, l bigint[])\n"
    "-- All of them.\n"
    "SELECT 'it''s; $7 ?\?( \\', \"odd;name\" ?\?| $10, $1, $2, $3, $4, $5, $6, $7, $8, $9, $11, $12;\n";

static void what_it_writes_compiles(void **state)
{
    (void)state;
    write_file("a.sql", sample);
    write_file("use.c",
               "#include \"queries.h\"\n"
               "#include \"db/statement.h\"\n"
               "#include <string.h>\n"
               "static const struct statement *queued;\n"
               "static const void *const *given;\n"
               "void *statement_queue(struct unit *unit, const struct statement *statement, const void "
               "*const *values)\n"
               "{ (void)unit; queued = statement; given = values; return 0; }\n"
               "int main(void)\n"
               "{\n"
               "    int64_t n = 5; bool yes = true; struct text_array texts = {0}; struct bigint_array "
               "numbers = {0};\n"
               "    const struct lead_by_id *found = query_lead_by_id(0, 42);\n"
               "    if (found || queued->column_count != 5 || queued->row_size != sizeof(struct "
               "lead_by_id_row)) return 1;\n"
               "    if (queued->columns[3].has_offset != offsetof(struct lead_by_id_row, has_budget_minor)) "
               "return 2;\n"
               "    if (queued->columns[4].offset != offsetof(struct lead_by_id_row, deleted)) return 3;\n"
               "    if (strchr(queued->sql, ';') || strchr(queued->sql, '9') || strchr(queued->sql, '8')) "
               "return 4;\n"
               "    const struct affected *changed = query_every_type(0, 0, \"b\", \"c\", \"d\", \"e\", &n, "
               "7, &yes, 0.5, texts, 0, numbers);\n"
               "    if (changed || queued->parameter_count != 12 || queued->column_count != 0) return 5;\n"
               "    if (strncmp(queued->sql, \"SELECT 'it''s; $7 ?\" \"?( \\\\', \\\"odd;name\\\" ?\" \"?| "
               "$10\", 40)) return 6;\n"
               "    if (!query_statements[1] || query_statements[2]) return 7;\n"
               "    return given == 0;\n"
               "}\n");
    assert_int_equal(run("./querygen . a.sql"), 0);
    assert_string_equal(output, "");
    assert_int_equal(
        run("gcc -std=c17 -Wall -Wextra -Werror -I$TOP/component -I. -o use use.c queries.c && ./use"), 0);
    assert_non_null(strstr(read_file("queries.h"), "/* One sentence. (a.sql:3) */"));
    assert_non_null(
        strstr(output, "const struct lead_by_id *query_lead_by_id(struct unit *unit, int64_t lead);"));
}

static void no_statements_are_fine(void **state)
{
    (void)state;
    write_file("a.sql", "-- Nothing yet.\n");
    assert_int_equal(
        run("./querygen . && gcc -std=c17 -Wall -Wextra -Werror -I$TOP/component -I. -c queries.c"), 0);
    assert_int_equal(
        run("./querygen . a.sql && gcc -std=c17 -Wall -Wextra -Werror -I$TOP/component -I. -c queries.c"), 0);
}

static void what_is_wrong_is_named_with_its_line(void **state)
{
    static const struct {
        const char *sql, *complaint;
    } cases[] = {
        {"SELECT 1;", "a.sql:1: SQL without a header"},
        {"\n-- x()\n-- P.\nSELECT 1", "a.sql:2: x: the statement does not end with \";\""},
        {"-- x()\nSELECT 1;", "a.sql:1: x: the line after the header has to say"},
        {"-- x(a bigint)\n-- P.\nSELECT\n $2;", "a.sql:4: x: uses $2, but declares 1 parameter\n"},
        {"-- x()\n-- P.\nSELECT $1;", "a.sql:3: x: uses $1, but declares 0 parameters"},
        {"-- x(a bigint, b int)\n-- P.\nSELECT $1;", "a.sql:1: x: the parameter b ($2) is not used"},
        {"-- x(a integer)\n-- P.\nSELECT $1;", "a.sql:1: a: \"integer\" is not a known type"},
        {"-- x(a int[])\n-- P.\nSELECT $1;", "a.sql:1: a: \"int[]\" is not a known type"},
        {"-- x(): a text[]\n-- P.\nSELECT 1;", "a: a column cannot be text[]"},
        {"-- x(a int, a int)\n-- P.\nSELECT $1, $2;", "a.sql:1: x: two parameters are called \"a\""},
        {"-- x(): a int?, has_a int\n-- P.\nSELECT 1, 2;", "\"has_a\" is the flag of the optional a"},
        {"-- x(int int)\n-- P.\nSELECT $1;", "\"int\" cannot be the name of a parameter"},
        {"-- X()\n-- P.\nSELECT 1;", "a.sql:1: expected the name of a statement"},
        {"-- x(a int\n-- P.\nSELECT $1;", "a.sql:1: x: expected \",\" or \")\""},
        {"-- x() a int\n-- P.\nSELECT 1;", "a.sql:1: x: expected \":\""},
        {"-- x():\n", "x: no columns after \":\""},
        {"-- x()\n-- P.\n-- y()\n-- P.\nSELECT 1;", "a.sql:3: a new statement begins, but x has no SQL yet"},
        {"-- x()\n-- P.\n;", "x has no SQL"},
        {"-- x()\n-- P.\nSELECT 'a;", "a.sql:3: a ' is not closed"},
        {"-- x()\n-- P.\nSELECT /* a;", "a.sql:3: a comment is not closed"},
        {"-- x()\n-- P.\nSELECT $$a$$;", "\"$\" without a number"},
        {"-- x()\n-- P */.\nSELECT 1;", "would end the comment in C"},
        {"-- x()\n-- P.\nSELECT 1;\n-- x()\n-- P.\nSELECT 1;",
         "a.sql:4: the name x collides with x of a.sql:1"},
        {"-- x_row()\n-- P.\nSELECT 1;\n-- x(): a int\n-- P.\nSELECT 1;",
         "a.sql:4: the name x collides with x_row of a.sql:1"},
        {"-- a_name_that_is_far_longer_than_what_postgresql_can_tell_apart()\n-- P.\nSELECT 1;",
         "is longer than 48 letters"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        write_file("a.sql", cases[i].sql);
        assert_int_not_equal(run("./querygen . a.sql"), 0);
        if (strstr(output, cases[i].complaint) == NULL) {
            fail_msg("\"%s\" gives \"%s\" instead of \"%s\"", cases[i].sql, output, cases[i].complaint);
        }
    }
    assert_int_not_equal(run("./querygen . missing.sql"), 0);
    assert_non_null(strstr(output, "missing.sql: No such file"));
    assert_int_not_equal(run("./querygen"), 0);
    assert_non_null(strstr(output, "usage:"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_it_writes_compiles),
        cmocka_unit_test(no_statements_are_fine),
        cmocka_unit_test(what_is_wrong_is_named_with_its_line),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
