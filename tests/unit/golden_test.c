/* The table, every page of every form, the help of every command and crmd.conf, compared with tests/golden/:
 * a change of what people see shows in a diff. CRM_GOLDEN=write writes the files anew (make golden). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/config.h"
#include "base/text.h"
#include "command/role.h"
#include "command/table.h"
#include "lead/lead.h"
#include "rooms.h"
#include "surface/chat.h"
#include "surface/forms.h"

static struct arena *arena;
static const struct command_table *table;

static int setup(void **state)
{
    (void)state;
    arena = arena_new();
    table = command_table_join(arena, ROOMS, NULL);
    return table == NULL;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static char *read_file(const char *path)
{
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        return NULL;
    }
    struct text text = text_new(arena);
    char buffer[4096];
    size_t length;
    while ((length = fread(buffer, 1, sizeof buffer, file)) > 0) {
        text_add_bytes(&text, buffer, length);
    }
    fclose(file);
    return text.data;
}

static void compare(const char *name, const char *now)
{
    const char *path = arena_printf(arena, "tests/golden/%s", name);
    const char *wish = getenv("CRM_GOLDEN");
    if (wish != NULL && strcmp(wish, "write") == 0) {
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        fputs(now, file);
        fclose(file);
        return;
    }
    const char *golden = read_file(path);
    if (golden == NULL || strcmp(golden, now) != 0) {
        fail_msg(
            "%s is not what the program makes now. If that is meant, run `make golden` and look at the diff.",
            path);
    }
}

/* One element a line, indented. */
static void print_element(struct text *text, const struct element *element, int depth)
{
    text_addf(text, "%*s%s", depth * 2, "", element->name);
    for (size_t i = 0; i < element->attribute_count; i++) {
        if (strcmp(element->attributes[i].name, "sessionid") != 0) {
            text_addf(text, " %s=“%s”", element->attributes[i].name, element->attributes[i].value);
        }
    }
    text_addf(text, "%s%s\n", element->child_count == 0 && element->text[0] != '\0' ? ": " : "",
              element->child_count == 0 ? element->text : "");
    for (size_t i = 0; i < element->child_count; i++) {
        print_element(text, &element->children[i], depth + 1);
    }
}

static void print_page(struct text *text, const struct command *row, int page)
{
    struct forms_stage stage = {.command = row, .ask_target = true, .page = page, .session = "s"};
    struct xml *xml = xml_new(arena);
    size_t length;
    forms_write_stage(xml, arena, &stage);
    print_element(text, element_parse(arena, xml_finish(xml, &length)), 0);
}

static void the_table_is_as_before(void **state)
{
    (void)state;
    compare("table.txt", command_table_dump(arena, table));
}

static void the_forms_are_as_before(void **state)
{
    (void)state;
    struct text text = text_new(arena);
    for (size_t i = 0; i < table->count; i++) {
        for (int page = 0; page < forms_page_count(table->rows[i], true); page++) {
            print_page(&text, table->rows[i], page);
        }
    }
    compare("forms.txt", text.data);
}

static void the_configuration_is_as_before(void **state)
{
    (void)state;
    char *text = NULL;
    size_t length = 0;
    FILE *file = open_memstream(&text, &length);
    assert_non_null(file);
    config_print_default(file);
    fclose(file);
    compare("crmd.conf", text);
    free(text);
}

static void help(struct text *text, enum role role, const struct command *about)
{
    const struct command *row = command_table_find(table, "help");
    const struct person person = {.id = 1,
                                  .username = "x",
                                  .name = "X",
                                  .time_zone = "Asia/Kolkata",
                                  .locale = "en-IN",
                                  .now = "2026-11-22 20:30:00",
                                  .role = role};
    const struct value value = {.present = about != NULL, .text = about == NULL ? NULL : about->name};
    const struct args args = {.params = row->params, .values = &value};
    struct call call = {.arena = arena, .person = &person, .command = row, .table = table};
    struct reply reply;
    reply_begin(&reply, arena, row);
    assert_int_equal(row->run(&call, &args, &reply), VERDICT_DONE);
    text_addf(text, "── %s, %s\n%s\n\n", about == NULL ? "help" : about->name, role_label(role),
              chat_render(arena, &reply, true));
}

static void the_help_is_as_before(void **state)
{
    (void)state;
    struct text text = text_new(arena);
    help(&text, ROLE_ADMIN, NULL);
    help(&text, ROLE_MANAGER, NULL);
    help(&text, ROLE_SALES, NULL);
    for (size_t i = 0; i < table->count; i++) {
        help(&text, ROLE_ADMIN, table->rows[i]);
    }
    compare("help.txt", text.data);
}

/* A screen of a phone: 12 lines of 40 columns, whoever asks. */
static void the_overview_fits_a_phone(void **state)
{
    (void)state;
    static const enum role roles[] = {ROLE_ADMIN, ROLE_MANAGER, ROLE_LEAD, ROLE_SALES};
    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++) {
        struct text text = text_new(arena);
        size_t lines = 0;
        help(&text, roles[i], NULL);
        char *line = strchr(text.data, '\n') + 1;
        for (char *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
            *end = '\0';
            lines += (utf8_count(line) + 39) / 40;
        }
        if (lines > 12) {
            fail_msg("the help of a %s has %zu lines", role_label(roles[i]), lines);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_table_is_as_before, setup, teardown),
        cmocka_unit_test_setup_teardown(the_forms_are_as_before, setup, teardown),
        cmocka_unit_test_setup_teardown(the_help_is_as_before, setup, teardown),
        cmocka_unit_test_setup_teardown(the_overview_fits_a_phone, setup, teardown),
        cmocka_unit_test_setup_teardown(the_configuration_is_as_before, setup, teardown),
    };
    return cmocka_run_group_tests_name("golden", tests, NULL, NULL);
}
