/* The rules that every row of the table keeps, one broken at a time, and the types of parameters. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "command/json.h"
#include "command/role.h"
#include "command/target.h"
#include "command/type.h"
#include "fake_table.h"
#include "lead/lead.h"
#include "rooms.h"
#include "surface/chat.h"

static struct arena *arena;

static int setup(void **state)
{
    (void)state;
    arena = arena_new();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

/* A good row with one parameter to be spoilt. */
static struct param param;
static const char *complaint_of(struct command row, const struct param *one)
{
    static struct param params[3];
    params[0] = *one;
    params[1] = (struct param){.name = NULL};
    row.params = params;
    return command_complaint(arena, &row);
}

static const char *const examples[] = {"x", NULL};
static const struct command good = {
    .name = "boat.paint", .summary = "Paint.", .examples = examples, .roles = ROLE_SALES, .run = fake_run};

static void good_rows_are_taken(void **state)
{
    (void)state;
    assert_null(command_complaint(arena, &good));
    assert_non_null(command_table_join(arena, ROOMS, fake_commands, NULL));
}

static void bad_rows_refuse_to_start(void **state)
{
    (void)state;
    struct command row = good;
    static const char *const names[] = {"",         "Lead", "lead.",    ".add", "lead.add.more",
                                        "lead add", "1ead", "lead..add"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        row.name = names[i];
        assert_non_null(command_complaint(arena, &row));
    }
    row = good, row.roles = 0;
    assert_string_equal(command_complaint(arena, &row), "it is for no role");
    row = good, row.roles = 1 << 9;
    assert_non_null(command_complaint(arena, &row));
    row = good, row.summary = "No full stop";
    assert_non_null(command_complaint(arena, &row));
    row = good, row.examples = NULL;
    assert_non_null(command_complaint(arena, &row));
    row = good, row.run = NULL;
    assert_non_null(command_complaint(arena, &row));
}

static const struct choice *find_nothing(struct unit *unit, struct arena *memory, const char *part,
                                         size_t most)
{
    (void)unit;
    (void)memory;
    (void)part;
    (void)most;
    return NULL;
}

static void bad_parameters_refuse_to_start(void **state)
{
    (void)state;
    const struct param fine = {.name = "title", .label = "Title", .hint = "Such as x", .type = PARAM_TEXT};
    static const struct choice twice[] = {{"a", "A"}, {"A", "B"}, {NULL, NULL}}, none[] = {{NULL, NULL}};
    struct command row = good;
    assert_null(complaint_of(row, &fine));
    static const char *const taken[] = {"username", "password", "url",   "uri",
                                        "ocr",      "confirm",  "Title", "ti tle"};
    for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++) {
        param = fine, param.name = taken[i];
        assert_non_null(complaint_of(row, &param));
    }
    param = fine, param.label = NULL;
    assert_non_null(complaint_of(row, &param));
    param = fine, param.hint = "";
    assert_non_null(complaint_of(row, &param));
    param = fine, param.type = PARAM_CHOICE;
    assert_non_null(complaint_of(row, &param));
    param.choices = none;
    assert_non_null(complaint_of(row, &param));
    param.choices = twice;
    assert_non_null(complaint_of(row, &param));
    param = fine, param.type = PARAM_EMAIL, param.flags = PARAM_REST;
    assert_non_null(complaint_of(row, &param));
    param = fine, param.people = ROLE_SALES;
    assert_non_null(complaint_of(row, &param));
    param = fine, param.flags = PARAM_OPEN;
    assert_non_null(complaint_of(row, &param));
    param.find = find_nothing;
    assert_null(complaint_of(row, &param));
    param.type = PARAM_EMAIL;
    assert_non_null(complaint_of(row, &param));
    row.target = TARGET_LEAD, param = fine, param.name = "lead";
    assert_non_null(complaint_of(row, &param));
}

static enum verdict nothing_now(struct call *call, const struct args *args, struct current *current)
{
    (void)call;
    (void)args;
    (void)current;
    return VERDICT_DONE;
}

static void what_tells_the_record_comes_first(void **state)
{
    (void)state;
    struct param params[] = {{.name = "a", .label = "A", .hint = "x", .flags = PARAM_KEY},
                             {.name = "b", .label = "B", .hint = "x"},
                             {.name = NULL}};
    struct command row = good;
    row.params = params, row.effect = EFFECT_WRITE, row.current = nothing_now;
    assert_null(command_complaint(arena, &row));
    row.effect = EFFECT_READ;
    assert_non_null(command_complaint(arena, &row));
    row.effect = EFFECT_WRITE, params[0].flags = 0, params[1].flags = PARAM_KEY;
    assert_non_null(command_complaint(arena, &row));
    row = good, row.offered = OFFERED_DISABLED;
    assert_non_null(command_complaint(arena, &row));
    row.target = TARGET_PERSON;
    assert_null(command_complaint(arena, &row));
}

static void words_are_not_shared(void **state)
{
    (void)state;
    static const char *const from[] = {"from", NULL};
    struct param params[] = {{.name = "a", .label = "A", .hint = "x", .words = from},
                             {.name = "b", .label = "B", .hint = "x", .words = from},
                             {.name = NULL}};
    struct command row = good;
    row.params = params;
    assert_non_null(command_complaint(arena, &row));
    params[1].words = NULL, params[1].name = "from";
    assert_non_null(command_complaint(arena, &row));
    struct command turned[] = {good, good, {.name = NULL}};
    turned[1].name = "paint.boat";
    assert_null(command_table_join(arena, turned, NULL));
    turned[1].name = "boat.paint";
    assert_null(command_table_join(arena, turned, NULL));
}

static const struct {
    enum param_type type;
    const char *given, *read; /* NULL: refused */
} readings[] = {
    {PARAM_TEXT, "  Asha   Rao ", "Asha Rao"},
    {PARAM_LONGTEXT, "one\ntwo\x01 ", "one\ntwo"},
    {PARAM_EMAIL, "asha@Example.IN", "asha@example.in"},
    {PARAM_EMAIL, "asha", NULL},
    {PARAM_PHONE, "98765 43210", "+919876543210"},
    {PARAM_PHONE, "call me", NULL},
    {PARAM_MONEY, "₹50,000", "50000.00 INR"},
    {PARAM_MONEY, "1.5 lakh", "150000.00 INR"},
    {PARAM_MONEY, "$12.50", "12.50 USD"},
    {PARAM_MONEY, "much", NULL},
    {PARAM_DATE, "tomorrow 10:30", "2026-11-23 10:30"},
    {PARAM_DATE, "someday", NULL},
    {PARAM_NUMBER, "42", "42"},
    {PARAM_NUMBER, "#42", "42"},
    {PARAM_NUMBER, "4x", NULL},
    {PARAM_NUMBER, "99999999999999999999", NULL},
    {PARAM_BOOLEAN, "Yes", "true"},
    {PARAM_BOOLEAN, "0", "false"},
    {PARAM_BOOLEAN, "perhaps", NULL},
    {PARAM_PERSON, "Priya Nair", "Priya Nair"},
    {PARAM_COMMAND, "add lead", "lead.add"},
    {PARAM_COMMAND, "fly", NULL},
};

static void values_are_read_and_refused(void **state)
{
    (void)state;
    const struct command_table *table = command_table_join(arena, ROOMS, NULL);
    const struct type_reader reader = {.arena = arena, .table = table, .now = "2026-11-22 20:30:00"};
    for (size_t i = 0; i < sizeof readings / sizeof readings[0]; i++) {
        const struct param one = {.name = "x", .label = "Thing", .hint = "x", .type = readings[i].type};
        struct value value;
        const char *complaint = type_read(&reader, &one, readings[i].given, &value);
        if ((readings[i].read == NULL) != (complaint != NULL)) {
            fail_msg("“%s”: %s", readings[i].given, complaint);
        }
        if (readings[i].read == NULL) {
            assert_non_null(strstr(complaint, "Thing: “"));
            assert_non_null(strstr(complaint, "such as"));
        } else {
            assert_string_equal(value.text, readings[i].read);
        }
    }
}

static void what_is_too_long_is_refused_and_nothing_is_absent(void **state)
{
    (void)state;
    const struct type_reader reader = {.arena = arena, .now = "2026-11-22 20:30:00"};
    const struct param one = {.name = "x", .label = "Thing", .hint = "x", .type = PARAM_TEXT, .limit = 5};
    struct value value;
    assert_null(type_read(&reader, &one, "नमस्त", &value));
    assert_string_equal(type_read(&reader, &one, "123456", &value),
                        "Thing: this has 6 characters; at most 5 fit.");
    assert_null(type_read(&reader, &one, " \n", &value));
    assert_false(value.present);
    assert_null(type_read(&reader, &one, NULL, &value));
    assert_false(value.present);
}

static void values_are_shown_to_people(void **state)
{
    (void)state;
    assert_string_equal(type_show(arena, PARAM_DATE, "2026-12-01 10:30:00"), "Tue 1 Dec 2026, 10:30");
    assert_string_equal(type_show(arena, PARAM_DATE, "2024-02-29 00:00:00"), "Thu 29 Feb 2024, 00:00");
    assert_string_equal(type_show(arena, PARAM_MONEY, "150000.00 INR"), "₹1,50,000");
    assert_string_equal(type_show(arena, PARAM_PHONE, "+919876543210"), "+91 98765 43210");
    assert_string_equal(type_show(arena, PARAM_BOOLEAN, "true"), "yes");
    assert_null(type_show(arena, PARAM_TEXT, NULL));
    assert_string_equal(type_money(arena, 5, "INR"), "0.05 INR");
    assert_string_equal(type_money(arena, 500, "JPY"), "500 JPY");
}

static void targets_have_one_spelling(void **state)
{
    (void)state;
    int64_t number = 0;
    const struct target_kind *lead = target_kind(TARGET_LEAD);
    static const char *const good_ones[] = {"42", "#42", "lead-42", "lead 42", "LEAD 42"};
    static const char *const bad_ones[] = {
        "", "0", "042", "-42", "4 2", "42x", "lead", "9223372036854775808", "visitor-42"};
    for (size_t i = 0; i < sizeof good_ones / sizeof good_ones[0]; i++) {
        assert_int_equal(target_parse(lead, good_ones[i], &number), 0);
        assert_int_equal(number, 42);
    }
    for (size_t i = 0; i < sizeof bad_ones / sizeof bad_ones[0]; i++) {
        assert_int_equal(target_parse(lead, bad_ones[i], &number), -1);
    }
    assert_ptr_equal(target_of_address("lead-7", &number), lead);
    assert_null(target_of_address("lead-07", &number));
    assert_null(target_of_address("lead-", &number));
    assert_null(target_of_address("person-7", &number));
}

static void json_is_escaped(void **state)
{
    (void)state;
    struct text text = text_new(arena);
    json_open(&text);
    json_add_member(&text, "a", "x\"\\\n\x1f☺");
    json_add_member(&text, "left out", NULL);
    json_add_member(&text, "b", "\xff{");
    json_close(&text);
    assert_string_equal(text.data, "{\"a\":\"x\\\"\\\\\\u000a\\u001f☺\",\"b\":\"\xEF\xBF\xBD{\"}");
}

/* Arguments of lead.list; a name and what was given for it, each. */
static struct args list_args(const char *const *given)
{
    const struct command *list = &lead_commands[2];
    struct value *values = arena_array(arena, command_param_count(list) + 1, sizeof *values);
    for (; *given != NULL; given += 2) {
        values[command_param(list, given[0])] = (struct value){.present = true, .given = given[1]};
    }
    return (struct args){.params = list->params, .values = values};
}

static const char *next_line(const char *const *given, const char *cursor)
{
    struct reply reply;
    const struct args args = list_args(given);
    reply_begin(&reply, arena, &lead_commands[2]);
    reply_more(&reply, &args, cursor);
    assert_string_equal(reply.first->name, "after");
    assert_string_equal(reply.first->cursor, cursor);
    return reply.first->text;
}

static void a_list_goes_on_in_one_way(void **state)
{
    (void)state;
    const struct param cursor = {
        .name = "after", .label = "After", .hint = "Such as 3", .type = PARAM_NUMBER, .flags = PARAM_CURSOR};
    struct command row = good;
    row.effect = EFFECT_WRITE;
    assert_string_equal(complaint_of(row, &cursor), "after is where a list goes on, and this is none");
    row.effect = EFFECT_READ;
    assert_null(complaint_of(row, &cursor));
    static struct param two[3];
    two[0] = two[1] = cursor;
    two[1].name = "before";
    row.params = two;
    assert_string_equal(command_complaint(arena, &row), "a list goes on in two ways");
}

static void the_next_page_is_the_same_question(void **state)
{
    (void)state;
    assert_string_equal(
        next_line((const char *const[]){"status", "new, lost", "since", "monday", NULL}, "42"),
        "lead list status=\"new, lost\" since=monday after=42");
    assert_string_equal(next_line((const char *const[]){"after", "42", "tag", "a \"b\"", NULL}, "32"),
                        "lead list tag=«a \"b\"» after=32");
}

static void replies_read_well_in_chat(void **state)
{
    (void)state;
    struct reply reply;
    const struct args all = list_args((const char *const[]){NULL});
    const char *const cells[] = {"42",
                                 "A very long name indeed that goes on and on and on for ever",
                                 "new",
                                 NULL,
                                 "5000000.00 INR",
                                 NULL,
                                 NULL};
    reply_begin(&reply, arena, &lead_commands[2]);
    reply_title(&reply, "Leads");
    reply_field(&reply, "a", "Empty", PARAM_TEXT, "");
    reply_field(&reply, "b", "Notes", PARAM_LONGTEXT, "one\ntwo");
    reply_row(&reply, "lead-42", cells);
    reply_more(&reply, &all, "42");
    reply_next(&reply, "lead 42");
    const char *text = chat_render(arena, &reply, true);
    assert_string_equal(
        text, "Leads\nNotes:\none\ntwo\n42 · A very long name indeed that goes on and on and on for…\n"
              "  new · ₹50,00,000\nThere is more: say “more”.\nTry: lead 42");
    reply_refuse(&reply, REFUSAL_NOT_FOUND, NULL, "There is no lead %d.", 7);
    assert_string_equal(chat_render(arena, &reply, true), "There is no lead 7.");
    assert_string_equal(role_list(arena, ROLE_ADMIN | ROLE_LEAD | ROLE_SALES),
                        "Admins, Lead Persons and Sales Persons");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(good_rows_are_taken),
        TEST(bad_rows_refuse_to_start),
        TEST(bad_parameters_refuse_to_start),
        TEST(what_tells_the_record_comes_first),
        TEST(words_are_not_shared),
        TEST(values_are_read_and_refused),
        TEST(what_is_too_long_is_refused_and_nothing_is_absent),
        TEST(values_are_shown_to_people),
        TEST(targets_have_one_spelling),
        TEST(json_is_escaped),
        TEST(a_list_goes_on_in_one_way),
        TEST(the_next_page_is_the_same_question),
        TEST(replies_read_well_in_chat),
    };
    return cmocka_run_group_tests_name("table", tests, NULL, NULL);
}
