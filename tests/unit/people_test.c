/* People, teams, settings and the audit through the bot, with a real database: what is stored, what is said,
 * and who may not. */
#include "surface_fixture.h"

#include "base/text.h"
#include "people/link.h"

static int setup(void **state)
{
    *state = getenv("CRM_TEST_CONNINFO") == NULL ? NULL : world_new(world_table);
    return 0;
}

static int teardown(void **state)
{
    if (*state != NULL) {
        world_free(*state);
    }
    return 0;
}

/* All migrations, one behind the other. */
static const char *migrations(struct arena *arena)
{
    struct text text = text_new(arena);
    char buffer[4096];
    size_t length;
    FILE *file = popen("cat schema/migrations/*.sql", "r");
    assert_non_null(file);
    while ((length = fread(buffer, 1, sizeof buffer, file)) > 0) {
        text_add_bytes(&text, buffer, length);
    }
    assert_int_equal(pclose(file), 0);
    return text.data;
}

static void settings_are_those_of_the_database(void **state)
{
    NEEDS_POSTGRES();
    struct world *world = *state;
    const char *sql = migrations(world->arena);
    size_t count = 0;
    for (const struct choice *name = setting_names; name->value != NULL; name++, count++) {
        const struct setting *setting = setting_find(name->value);
        const char *kept = NULL;
        assert_says(sql, arena_printf(world->arena, "('%s', '%s')", name->value, setting->standard));
        assert_null(setting_read(world->arena, setting, setting->standard, &kept));
        assert_string_equal(kept, setting->standard);
        assert_string_equal(admin("SELECT count(*) FROM crm.setting WHERE key = '%s'", name->value), "1");
    }
    assert_string_equal(admin("SELECT count(*) FROM crm.setting"), arena_printf(world->arena, "%zu", count));
}

static void settings_have_types_and_ranges(void **state)
{
    static const struct {
        const char *key, *given, *kept; /* NULL: refused */
    } cases[] = {
        {"desk.away_seconds", " 90 ", "90"}, {"desk.away_seconds", "010", "10"},
        {"desk.away_seconds", "9", NULL},    {"desk.away_seconds", "3601", NULL},
        {"desk.away_seconds", "1m", NULL},   {"desk.away_seconds", "99999999999999999999", NULL},
        {"money.currency", "usd", "USD"},    {"money.currency", "XYZ", NULL},
        {"phone.country", "de", "DE"},       {"phone.country", "Germany", NULL},
        {"phone.country", "XX", NULL},       {"links.hours", "168", "168"},
        {"links.hours", "0", NULL},
    };
    struct arena *arena = arena_new();
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *kept = NULL;
        const char *complaint = setting_read(arena, setting_find(cases[i].key), cases[i].given, &kept);
        assert_int_equal(complaint == NULL, cases[i].kept != NULL);
        if (complaint == NULL) {
            assert_string_equal(kept, cases[i].kept);
        }
    }
    arena_free(arena);
}

static void a_setting_is_changed_used_and_taken_back(void **state)
{
    NEEDS_POSTGRES();
    assert_says(world_say(*state, "anna", "settings set desk.away_seconds to 5"), "from 10 to 3600");
    assert_says(world_say(*state, "anna", "cancel"), "");
    assert_says(world_say(*state, "anna", "settings set phone.country to gb"), "is GB now, and was IN");
    world_say(*state, "manoj", "lead add Brit, phone=020 7946 0000");
    assert_string_equal(admin("SELECT phone FROM crm.lead"), "+442079460000");
    assert_says(world_say(*state, "anna", "settings set phone.country to default"), "is IN now");
    assert_says(world_say(*state, "anna", "settings set people.time_zone to Berlin"), "is Europe/Berlin now");
    world_say(*state, "anna", "user add Hans Meier, hans, sales");
    assert_string_equal(admin("SELECT time_zone FROM crm.person WHERE username = 'hans'"), "Europe/Berlin");
    const char *listed = world_say(*state, "anna", "settings list");
    assert_says(listed, "desk.away_seconds · 60 seconds\n  a number from 10 to 3600 (seconds)\n  ");
    assert_null(strstr(listed, "…"));
}

static void tokens_are_long_new_and_kept_as_a_digest(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct link_token one = link_token_new(arena), other = link_token_new(arena);
    assert_int_equal(strlen(one.text), 43);
    assert_int_equal(strspn(one.text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
                     43);
    assert_string_not_equal(one.text, other.text);
    assert_string_equal(one.sha256, link_sha256(arena, one.text));
    assert_string_equal(link_sha256(arena, "abc"),
                        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    arena_free(arena);
}

static void an_admin_puts_right_what_is_known_of_somebody(void **state)
{
    NEEDS_POSTGRES();
    assert_says(world_say(*state, "anna", "user edit priya name Priya R Nair"),
                "Priya R Nair (priya) is changed.\nName: Priya R Nair (was Priya Nair)");
    assert_says(world_say(*state, "anna", "rename priya to Priya Nair"),
                "Did you mean “user edit priya name Priya Nair”?");
    assert_says(world_say(*state, "anna", "yes"), "Name: Priya Nair (was Priya R Nair)");
    const char *said = world_say(
        *state, "anna", "user edit priya phone 98765 43210, email priya.n@example.in, time zone dubai");
    assert_says(said, "Email: priya.n@example.in");
    assert_says(said, "Phone: +91 98765 43210");
    assert_says(said, "Time zone: Asia/Dubai (was Asia/Kolkata)");
    assert_says(world_say(*state, "anna", "user edit priya phone -"), "Phone: none (was +91 98765 43210)");
    assert_string_equal(
        admin("SELECT concat_ws('|', name, username, email, coalesce(phone, 'none'), time_zone, "
              "role) FROM crm.person WHERE username = 'priya'"),
        "Priya Nair|priya|priya.n@example.in|none|Asia/Dubai|sales");
    assert_says(world_say(*state, "anna", "user edit priya name Priya Nair"), "is like that already");
    assert_says(world_say(*state, "anna", "user edit priya"), "What should change?");
    assert_says(world_say(*state, "anna", "user edit priya time zone Mars"), "Time zone");
    world_say(*state, "anna", "cancel");
    assert_string_equal(admin("SELECT concat_ws('|', person_id, target, outcome) FROM crm.audit WHERE "
                              "command = 'user.edit' AND "
                              "arguments ->> 'email' = 'priya.n@example.in'"),
                        "1|person-3|done");
}

static void nobody_but_an_admin_renames_a_colleague(void **state)
{
    NEEDS_POSTGRES();
    static const char *const others[] = {"manoj", "leela", "ravi", "priya"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_says(world_say(*state, others[i], "user edit priya name Somebody Else"),
                    "Forbidden: “user edit” is for Admins.");
    assert_string_equal(admin("SELECT name FROM crm.person WHERE username = 'priya'"), "Priya Nair");
}

static void languages_are_said_by_name_or_code(void **state)
{
    NEEDS_POSTGRES();
    static const char *const lines[][2] = {{"profile languages en, hi", "en, hi"},
                                           {"profile languages English, Hindi and tamil", "en, hi, ta"},
                                           {"my languages are hindi & English", "hi, en"},
                                           {"i speak pt-BR", "pt-BR"},
                                           {"profile languages en, hi, phone 98765 43210", "en, hi"}};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        assert_says(world_say(*state, "priya", lines[i][0]), "Your profile is changed.");
        assert_string_equal(admin("SELECT languages FROM crm.person WHERE username = 'priya'"), lines[i][1]);
    }
    assert_string_equal(admin("SELECT phone FROM crm.person WHERE username = 'priya'"), "+919876543210");
    assert_says(world_say(*state, "priya", "profile languages en, Klingonese"), "does not fit");
}

static void whoever_is_added_is_understood_in_one_line(void **state)
{
    NEEDS_POSTGRES();
    assert_says(world_say(*state, "anna", "add user Tara Rao tara sales"),
                "Tara Rao (tara) is added as Sales Person.");
    assert_says(world_say(*state, "anna", "user add nisha gupta nisha as manager"),
                "nisha gupta (nisha) is added as Manager.");
    /* What may be a part of the name is not taken for the user name: that is asked for. */
    assert_says(world_say(*state, "anna", "add user kavya pillai sales"), "User name?");
    assert_says(world_say(*state, "anna", "kavya"), "kavya pillai (kavya) is added as Sales Person.");
    assert_says(world_say(*state, "anna", "user add"), "Name?");
    assert_says(world_say(*state, "anna", "Om Puri"), "User name?");
    assert_says(world_say(*state, "anna", "om"), "Role?");
    assert_says(world_say(*state, "anna", "lead"), "Om Puri (om) is added as Lead Person.");
}

static void a_person_is_added_with_a_link_and_without_a_password(void **state)
{
    NEEDS_POSTGRES();
    struct world *world = *state;
    const char *said =
        world_say(world, "anna", "user add Asha Rao, Asha.R, sales, asha@example.in, 98765 43210");
    assert_says(said, "Asha Rao (asha.r) is added as Sales Person.");
    assert_says(said, "http://127.0.0.1:25280/account/");
    const char *token = arena_strndup(world->arena, strstr(said, "/account/") + 9, 43);
    assert_string_equal(admin("SELECT concat_ws('|', name, role, email, phone, time_zone, enabled) FROM "
                              "crm.person WHERE username = 'asha.r'"),
                        "Asha Rao|sales|asha@example.in|+919876543210|Asia/Kolkata|t");
    assert_string_equal(
        admin("SELECT concat_ws('|', token_sha256, purpose, created_by) FROM crm.account_link"),
        arena_printf(world->arena, "%s|password|1", link_sha256(world->arena, token)));
    assert_string_equal(admin("SELECT count(*) FROM crm.credential"), "0");
    assert_string_equal(admin("SELECT count(*) FROM crm.audit WHERE arguments::text LIKE '%%%s%%'", token),
                        "0");
    assert_says(world_say(world, "anna", "user add Other, asha.r, sales, other@example.in"),
                "asha.r is taken");
    assert_says(world_say(world, "anna", "priya"), "priya is taken");
    assert_says(world_say(world, "anna", "other.one"), "Other (other.one) is added as Sales Person");
    assert_string_equal(admin("SELECT email FROM crm.person WHERE username = 'other.one'"),
                        "other@example.in");
    assert_says(world_say(world, "anna", "team add North"), "North is added");
    assert_says(world_say(world, "anna", "team add north"), "there is a team called");
    assert_says(world_say(world, "anna", "South"), "South is added");
    assert_says(world_say(world, "anna", "user add Other, account=\"a b@c\", sales"), "“a b@c” is none");
    world_say(world, "anna", "cancel");
    assert_says(world_say(world, "anna", "user show asha.r"), "Password: none yet; a link");
}

static void accounts_are_disabled_with_a_yes_and_enabled_again(void **state)
{
    NEEDS_POSTGRES();
    admin("INSERT INTO crm.lead (name, status, assignee) SELECT 'Lead ' || n, 'assigned', 3 FROM "
          "generate_series(1, 7) n");
    assert_says(world_say(*state, "anna", "user disable priya"), "It is about Priya Nair (priya). Go on?");
    assert_string_equal(admin("SELECT enabled FROM crm.person WHERE id = 3"), "t");
    const char *said = world_say(*state, "anna", "yes");
    assert_says(said, "Priya Nair is disabled");
    assert_says(said, "still has 7 open leads: 7 Lead 7 (assigned), 6 Lead 6");
    assert_says(said, ", ….");
    assert_string_equal(admin("SELECT enabled FROM crm.person WHERE id = 3"), "f");
    assert_says(world_say(*state, "anna", "user list enabled=no"),
                "priya · Priya Nair · Sales Person · disabled");
    assert_says(world_say(*state, "anna", "user password priya"), "Enable the account first");
    assert_says(world_say(*state, "manoj", "user show priya"), "State: disabled");
    assert_says(world_say(*state, "anna", "user enable Priya"), "is enabled again");
    assert_says(world_say(*state, "anna", "user enable priya"), "already");
}

static void whose_sessions_would_end_is_asked_about(void **state)
{
    NEEDS_POSTGRES();
    admin("INSERT INTO crm.availability (person_id, available) VALUES (1, true), (3, true), (4, false)");
    const char *asked = world_say(*state, "anna", "user role priya to lead");
    assert_says(asked,
                "It is about Priya Nair (priya). Priya Nair is here now: all open sessions end. Go on?");
    assert_string_equal(admin("SELECT role FROM crm.person WHERE id = 3"), "sales");
    assert_says(world_say(*state, "anna", "no"), "Cancelled");
    assert_string_equal(admin("SELECT role FROM crm.person WHERE id = 3"), "sales");
    world_say(*state, "anna", "user role priya to lead");
    assert_says(world_say(*state, "anna", "yes"), "Priya Nair is Lead Person now, and was Sales Person");
    assert_says(world_say(*state, "anna", "user role priya to lead"), "was Lead Person already");
    assert_says(world_say(*state, "anna", "user disable priya"), "here now: all open sessions end. Go on?");
    assert_string_equal(admin("SELECT enabled FROM crm.person WHERE id = 3"), "t");
    assert_says(world_say(*state, "anna", "yes"), "Priya Nair is disabled");
    assert_says(world_say(*state, "anna", "user role ravi to lead"), "Ravi Kumar is Lead Person now");
    /* What is refused anyhow is not asked about. */
    assert_says(world_say(*state, "anna", "user role anna to sales"), "Anna Admin is the last enabled Admin");
    assert_says(world_say(*state, "anna", "user disable anna"), "cannot disable your own");
}

static void the_last_admin_stays(void **state)
{
    NEEDS_POSTGRES();
    world_say(*state, "anna", "user disable anna");
    assert_says(world_say(*state, "anna", "yes"), "cannot disable your own");
    assert_says(world_say(*state, "anna", "user role anna to sales"), "Anna Admin is the last enabled Admin");
    assert_string_equal(admin("SELECT concat_ws(' ', role, enabled) FROM crm.person WHERE id = 1"),
                        "admin t");
    world_say(*state, "anna", "user role manoj to admin");
    assert_says(world_say(*state, "anna", "user role anna to sales"), "is Sales Person now, and was Admin");
    assert_says(world_say(*state, "anna", "user list"), "Forbidden");
}

static void people_are_listed_in_pages(void **state)
{
    NEEDS_POSTGRES();
    admin("INSERT INTO crm.person (kind, username, name, role) SELECT 'staff', 'sales' || lpad(n::text, 2, "
          "'0'), "
          "'Sales ' || n, 'sales' FROM generate_series(1, 12) n");
    const char *said = world_say(*state, "manoj", "user list role=sales enabled=yes");
    assert_says(said, "priya · Priya Nair · Sales Person · not seen yet");
    assert_says(said, "sales08");
    said = world_say(*state, "manoj", "more");
    assert_says(said, "sales12 ·");
    assert_silent_about(said, "More");
    assert_silent_about(world_say(*state, "manoj", "users"), "kiran");
}

static void a_profile_is_ones_own(void **state)
{
    NEEDS_POSTGRES();
    admin("UPDATE crm.person SET email = username || '@example.in'");
    const char *said = world_say(*state, "priya", "profile");
    assert_says(said, "Email: priya@example.in");
    assert_says(world_say(*state, "priya", "profile name=\"Priya N\" phone=9876543210 locale=hi-IN"),
                "Phone: +91 98765 43210");
    assert_says(world_say(*state, "priya", "profile languages=\"HI, en;pt_BR\" time_zone=\"new york\""),
                "Languages: hi, en, pt-BR");
    assert_string_equal(admin("SELECT concat_ws('|', name, phone, locale, languages, time_zone, role) FROM "
                              "crm.person WHERE id = 3"),
                        "Priya N|+919876543210|hi-IN|hi, en, pt-BR|America/New_York|sales");
    assert_says(world_say(*state, "priya", "profile time_zone=Kolkat"), "Did you mean Asia/Kolkata");
    world_say(*state, "priya", "cancel");
    assert_says(world_say(*state, "priya", "profile languages=klingonese"), "does not fit");
    world_say(*state, "priya", "cancel");
    assert_says(world_say(*state, "priya", "profile locale=-"), "is none");
    world_say(*state, "priya", "cancel");
    assert_string_equal(admin("SELECT count(*) FROM crm.person WHERE name = 'Priya N'"), "1");
}

static void teams_have_members_and_a_leader(void **state)
{
    NEEDS_POSTGRES();
    assert_says(world_say(*state, "anna", "team add North, led by manoj"),
                "The team North is added, led by manoj.");
    assert_says(world_say(*state, "anna", "team add NORTH"), "there is a team called NORTH already");
    assert_says(world_say(*state, "anna", "team join north, priya"), "is now in the team North");
    assert_says(world_say(*state, "anna", "team join North, priya"), "was already in");
    assert_says(world_say(*state, "anna", "team join Nort, priya"), "Did you mean North?");
    world_say(*state, "anna", "cancel");
    assert_says(world_say(*state, "manoj", "teams"), "North · led by Manoj Verma · Priya Nair");
    assert_says(world_say(*state, "manoj", "team list north"), "Members: Priya Nair (priya)");
    assert_says(world_say(*state, "anna", "team lead North, leela"), "leads the team North now");
    assert_says(world_say(*state, "anna", "user show priya"), "Teams: North");
    assert_says(world_say(*state, "anna", "team leave North, priya"), "is no longer in");
    assert_says(world_say(*state, "anna", "team leave North, priya"), "was not in");
    assert_says(world_say(*state, "manoj", "teams"), "North · led by Leela Das · nobody yet");
}

static void the_audit_is_filtered(void **state)
{
    NEEDS_POSTGRES();
    world_say(*state, "manoj", "lead add Asha Rao");
    world_say(*state, "manoj", "assign 1 to priya");
    world_say(*state, "priya", "audit list");
    const char *said = world_say(*state, "anna", "audit list about lead 1");
    assert_says(said, "lead.assign lead-1 · manoj · ");
    assert_silent_about(said, "lead.add");
    assert_says(world_say(*state, "anna", "audit list by priya"), "audit.list: forbidden · priya");
    assert_says(world_say(*state, "anna", "audit list command=lead.add since=2020-01-01"),
                "lead.add · manoj");
    assert_says(world_say(*state, "anna", "audit list since=2199-01-01"), "Nothing like this");
    for (int i = 0; i < 11; i++) {
        world_say(*state, "leela", "me");
    }
    assert_says(world_say(*state, "anna", "audit list reads by leela"), "say “more”");
    assert_says(world_say(*state, "anna", "more"), "me · leela");
}

static void what_was_only_looked_at_is_shown_when_it_is_asked_for(void **state)
{
    NEEDS_POSTGRES();
    /* The audit is append-only: a number that no other test has. */
    admin("INSERT INTO crm.person (id, kind, username, name, role) OVERRIDING SYSTEM VALUE"
          " VALUES (901, 'staff', 'vera', 'Vera Das', 'manager'), (902, 'staff', 'omar', 'Omar Khan', "
          "'sales')");
    world_say(*state, "vera", "lead add Asha Rao");
    for (int i = 0; i < 12; i++) {
        world_say(*state, "vera", "lead 1");
    }
    world_say(*state, "omar", "stats");
    const char *changes = world_say(*state, "anna", "audit list by vera");
    assert_says(changes, "lead.add · vera");
    assert_silent_about(changes, "lead.show");
    assert_silent_about(changes, "more");
    const char *reads = world_say(*state, "anna", "audit reads by vera");
    assert_says(reads, "lead.show lead-1 · vera");
    assert_silent_about(reads, "lead.add");
    assert_silent_about(world_say(*state, "anna", "more"), "lead.add");
    assert_says(world_say(*state, "anna", "audit list command=lead.show"), "lead.show lead-1 · vera");
    assert_says(world_say(*state, "anna", "audit list by omar"), "stats: forbidden · omar");
    assert_says(world_say(*state, "anna", "audit all by vera"), "lead.show");
    assert_string_equal(
        admin("SELECT count(*) FROM crm.audit WHERE command = 'lead.show' AND person_id = 901"), "12");
    assert_says(world_say(*state, "omar", "audit reads"), "Forbidden: “audit list” is for Admins.");
}

static void there_are_counts(void **state)
{
    NEEDS_POSTGRES();
    world_say(*state, "manoj", "lead add Asha Rao, to priya");
    admin("INSERT INTO crm.visitor (address) VALUES ('a@guest'); INSERT INTO crm.conversation (visitor_id) "
          "VALUES (1);"
          "INSERT INTO crm.message (id, visitor_id, conversation_id, sequence, author, body) VALUES "
          "(gen_random_uuid(), 1, 1, 1, 'visitor', 'hello');"
          "INSERT INTO crm.availability (person_id, available) VALUES (3, true), (2, true)");
    const char *said = world_say(*state, "manoj", "stats");
    static const char *const lines[] = {"Leads, assigned: 1",    "Leads, won: 0",
                                        "Leads in all: 1",       "Conversations waiting: 1",
                                        "Sales Persons here: 1", "Messages of visitors today: 1"};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        assert_says(said, lines[i]);
    }
    assert_says(world_say(*state, "manoj", "lastseen priya"), "Priya Nair is here now, since ");
    admin("UPDATE crm.availability SET available = false");
    assert_says(world_say(*state, "manoj", "lastseen priya"), "Priya Nair was last here ");
    assert_says(world_say(*state, "manoj", "lastseen ravi"), "has not been here yet");
}

/* Every row of the room, asked for by each role that it is not for. */
static void what_is_not_for_a_role_is_forbidden_to_it(void **state)
{
    NEEDS_POSTGRES();
    struct world *world = *state;
    static const struct {
        enum role role;
        const char *who;
    } people[] = {{ROLE_MANAGER, "manoj"}, {ROLE_LEAD, "leela"}, {ROLE_SALES, "priya"}};
    const struct command *const rooms[] = {PEOPLE_ROOM};
    size_t asked = 0;
    for (size_t room = 0; room < sizeof rooms / sizeof rooms[0]; room++) {
        for (const struct command *row = rooms[room]; row->name != NULL; row++) {
            for (size_t i = 0; i < sizeof people / sizeof people[0]; i++) {
                if ((row->roles & people[i].role) != 0) {
                    continue;
                }
                assert_says(world_say(world, people[i].who, row->examples[0]), "Forbidden");
                assert_string_equal(
                    admin("SELECT command || ' ' || outcome FROM crm.audit ORDER BY id DESC LIMIT 1"),
                    arena_printf(world->arena, "%s forbidden", row->name));
                asked++;
            }
        }
    }
    assert_true(asked > 30);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(settings_are_those_of_the_database),
        cmocka_unit_test(settings_have_types_and_ranges),
        TEST(a_setting_is_changed_used_and_taken_back),
        cmocka_unit_test(tokens_are_long_new_and_kept_as_a_digest),
        TEST(a_person_is_added_with_a_link_and_without_a_password),
        TEST(an_admin_puts_right_what_is_known_of_somebody),
        TEST(nobody_but_an_admin_renames_a_colleague),
        TEST(languages_are_said_by_name_or_code),
        TEST(whoever_is_added_is_understood_in_one_line),
        TEST(accounts_are_disabled_with_a_yes_and_enabled_again),
        TEST(whose_sessions_would_end_is_asked_about),
        TEST(the_last_admin_stays),
        TEST(people_are_listed_in_pages),
        TEST(a_profile_is_ones_own),
        TEST(teams_have_members_and_a_leader),
        TEST(the_audit_is_filtered),
        TEST(what_was_only_looked_at_is_shown_when_it_is_asked_for),
        TEST(there_are_counts),
        TEST(what_is_not_for_a_role_is_forbidden_to_it),
    };
    return cmocka_run_group_tests_name("people", tests, NULL, NULL);
}
