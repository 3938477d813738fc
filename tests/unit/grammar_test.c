/* The grammar over a table of its own and over the real one: no database. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/text.h"
#include "bots/grammar.h"
#include "fake_table.h"
#include "lead/lead.h"
#include "people/people.h"

static struct arena *arena;
static const struct command_table *table;

static int setup(void **state)
{
    (void)state;
    arena = arena_new();
    table = command_table_join(arena, PEOPLE_ROOM, lead_commands, fake_commands, NULL);
    return table == NULL;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

/* "lead.add name=Asha Rao|email=…", with @target, "?suggestion" or "!complaint". */
static const char *understood(const char *line)
{
    const struct type_reader reader = {.arena = arena, .table = table, .now = "2026-11-22 20:30:00"};
    const struct listener listener = {.table = table, .role = ROLE_MANAGER, .recent = TARGET_LEAD};
    struct sentence sentence = grammar_read(&reader, &listener, line);
    struct text text = text_new(arena);
    if (sentence.command == NULL)
        return sentence.meant == NULL ? "-" : arena_printf(arena, "?%s", sentence.meant[0]);
    text_add(&text, sentence.command->name);
    if (sentence.refers)
        text_add(&text, "@it");
    if (sentence.target != NULL)
        text_addf(&text, "@%s", sentence.target);
    for (size_t i = 0; i < sentence.arguments.count; i++)
        text_addf(&text, "%s%s=%s", i == 0 ? " " : "|", sentence.arguments.list[i].name,
                  sentence.arguments.list[i].value);
    if (sentence.complaint != NULL)
        text_addf(&text, "!%s", sentence.complaint);
    return text.data;
}

static const char *const lines[][2] = {
    /* heads */
    {"help", "help"},
    {"HELP", "help"},
    {"/help", "help"},
    {"help lead add", "help command=lead add"},
    {"help lead.add", "help command=lead.add"},
    {"me", "me"},
    {"lead 42", "lead.show@42"},
    {"Lead #42", "lead.show@#42"},
    {"lead-42", "lead.show@42"},
    {"lead show 42", "lead.show@42"},
    {"show 42", "lead.show@42"},
    {"show lead 42", "lead.show@42"},
    {"42", "lead.show@42"},
    {"leads", "lead.list"},
    {"list leads", "lead.list"},
    {"lead list", "lead.list"},
    {"assign 42 to priya", "lead.assign@42 assignee=priya"},
    {"42 assign to priya", "lead.assign@42 assignee=priya"},
    {"assign lead 42 to priya nair", "lead.assign@42 assignee=priya nair"},
    {"lead 42 assign priya", "lead.assign@42 assignee=priya"},
    {"lead.assign 42 assignee=priya", "lead.assign@42 assignee=priya"},
    {"assign", "lead.assign"},
    {"lead", "help command=lead"},
    {"help assign", "help command=assign"},
    {"help leads", "help command=leads"},
    {"add", "lead.add"},
    /* arguments */
    {"lead add Asha Rao, asha@example.in, +91 98765 43210, budget 50000 INR, from linkedin",
     "lead.add name=Asha Rao|email=asha@example.in|phone=+91 98765 43210|source=linkedin|budget=50000 INR"},
    {"lead add name=\"Asha Rao\" email=asha@example.in", "lead.add name=Asha Rao|email=asha@example.in"},
    {"add lead name=Asha Rao email=asha@example.in budget=50,000",
     "lead.add name=Asha Rao|email=asha@example.in|budget=50,000"},
    {"lead.add Asha Rao", "lead.add name=Asha Rao"},
    {"lead add Asha Rao asha@example.in +91 98765 43210",
     "lead.add name=Asha Rao|email=asha@example.in|phone=+91 98765 43210"},
    {"lead add Asha Rao from linkedin to priya", "lead.add name=Asha Rao|source=linkedin|assignee=priya"},
    {"lead add Asha Rao, ₹50,000, needs a course from March on",
     "lead.add name=Asha Rao|budget=₹50,000|requirements=a course from March on"},
    {"lead add May, linkedin", "lead.add name=May|source=linkedin"},
    {"lead add \"Rao, Asha\", 1.5 lakh, follow up tomorrow 10:30",
     "lead.add name=Rao, Asha|budget=1.5 lakh|follow_up=tomorrow 10:30"},
    {"lead add Asha Rao, wants Excel, and Word", "lead.add name=Asha Rao|requirements=Excel, and Word"},
    {"lead add Asha Rao, from linkedn", "lead.add name=Asha Rao|source=linkedn"},
    {"leads new from linkedin", "lead.list status=new|source=linkedin"},
    {"leads of priya", "lead.list assignee=priya"},
    {"lead list status=new after=6", "lead.list status=new|after=6"},
    {"leads purple", "lead.list!I do not know what “purple” is for."},
    /* the row that only this test has */
    {"boat paint Blue Whale, in red, 1.5 lakh", "boat.paint title=Blue Whale|colour=red|price=1.5 lakh"},
    {"paint boat Blue Whale painted dark blue", "boat.paint title=Blue Whale|colour=dark blue"},
    {"paint Whale, red, a@b.example, +91 98765 43210, friday 5pm, to be dried",
     "boat.paint title=Whale|colour=red|when=friday 5pm|mail=a@b.example|phone=+91 98765 43210|remarks=to be "
     "dried"},
    {"sink 42", "boat.sink@42"},
    /* typing errors */
    {"laed add Asha", "?lead add Asha"},
    {"lead ad Asha", "?lead add Asha"},
    {"ledas", "?leads"},
    {"asign 42 to priya", "?assign 42 to priya"},
    {"hlep", "?help"},
    {"boat pant Whale, red", "?boat paint Whale, red"},
    {"what is the weather", "-"},
    {"", "-"},
};

static void lines_are_understood(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        const char *meaning = understood(lines[i][0]);
        if (strcmp(meaning, lines[i][1]) != 0)
            fail_msg("“%s” was understood as\n  %s\nand not as\n  %s", lines[i][0], meaning, lines[i][1]);
    }
}

/* tests/unit/typos.tsv: lines as fingers leave them, and the command that was meant. It counts as found when
 * it is what the line is understood as without a complaint, or among what the bot offers. Commands that are
 * not in the table are left out. */
static bool is_found(const struct type_reader *reader, const struct listener *listener, const char *line,
                     const struct command *wanted)
{
    struct sentence sentence = grammar_read(reader, listener, line);
    if (sentence.command == wanted && (sentence.complaint == NULL || sentence.meant == NULL))
        return true;
    for (size_t i = 0; sentence.meant != NULL && sentence.meant[i] != NULL; i++)
        if (grammar_read_strictly(reader, listener, sentence.meant[i]).command == wanted)
            return true;
    return false;
}

static void nine_in_ten_typing_errors_are_recognised(void **state)
{
    (void)state;
    const struct type_reader reader = {.arena = arena, .table = table, .now = "2026-11-22 20:30:00"};
    const struct listener listener = {.table = table, .role = ROLE_ADMIN, .recent = TARGET_LEAD};
    char line[200];
    int lines_read = 0, known = 0, found = 0;
    FILE *file = fopen("tests/unit/typos.tsv", "r");
    assert_non_null(file);
    for (; fgets(line, sizeof line, file) != NULL; lines_read++) {
        char *tab = strchr(line, '\t');
        assert_non_null(tab);
        *tab = '\0';
        const struct command *wanted = command_table_find(table, text_squeeze(arena, tab + 1));
        if (wanted == NULL)
            continue;
        known++;
        if (is_found(&reader, &listener, line, wanted))
            found++;
        else
            print_message("not recognised: %s (%s)\n", line, wanted->name);
    }
    fclose(file);
    print_message("%d of %d typing errors are recognised\n", found, known);
    assert_true(lines_read >= 200);
    assert_true(found * 10 >= known * 9);
}

static void examples_are_complete(void **state)
{
    (void)state;
    assert_null(grammar_check_examples(arena, table));
    static const char *const wrong[] = {"boat paint Whale", NULL};
    struct command row = fake_commands[0];
    row.examples = wrong;
    const struct command room[] = {row, {.name = NULL}};
    assert_non_null(grammar_check_examples(arena, command_table_join(arena, room, NULL)));
}

/* A long line of nothing but words that introduce something must not take long. */
static void a_hostile_line_is_read_quickly(void **state)
{
    (void)state;
    struct text line = text_new(arena);
    text_add(&line, "lead add x");
    while (line.length < 3990)
        text_add(&line, line.length % 3 == 0 ? " to" : " from");
    clock_t before = clock();
    understood(line.data);
    assert_true(clock() - before < CLOCKS_PER_SEC);
}

/* Random lines of the grammar's own words: nothing crashes, and what is understood names a row. */
static void any_line_is_survived(void **state)
{
    (void)state;
    static const char *const words[] = {
        "lead",   "add", "42",     "to",       "from", ",",     "=",        "name=",     "\"",
        "“",      "”",   "leads",  "assign",   "#",    "priya", "linkedin", "follow up", "budget",
        "50,000", ".",   "lead-7", "email=\"", "\xff", "boat",  "in"};
    srand(7);
    for (int i = 0; i < 3000; i++) {
        struct text line = text_new(arena);
        for (int j = rand() % 12; j >= 0; j--)
            text_addf(&line, "%s%s", words[rand() % (int)(sizeof words / sizeof words[0])],
                      rand() % 3 == 0 ? "" : " ");
        understood(line.data);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lines_are_understood, setup, teardown),
        cmocka_unit_test_setup_teardown(nine_in_ten_typing_errors_are_recognised, setup, teardown),
        cmocka_unit_test_setup_teardown(examples_are_complete, setup, teardown),
        cmocka_unit_test_setup_teardown(a_hostile_line_is_read_quickly, setup, teardown),
        cmocka_unit_test_setup_teardown(any_line_is_survived, setup, teardown),
    };
    return cmocka_run_group_tests_name("grammar", tests, NULL, NULL);
}
