#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <sys/stat.h>
#include <unistd.h>

#include "base/config.h"

struct fixture {
    struct arena *arena;
    char folder[64];
};

static const char *path_of(struct fixture *fixture, const char *name)
{
    return arena_printf(fixture->arena, "%s/%s", fixture->folder, name);
}

static const char *write_file(struct fixture *fixture, const char *name, const char *content, mode_t mode)
{
    const char *path = path_of(fixture, name);
    FILE *file = fopen(path, "w");
    fputs(content, file);
    fclose(file);
    chmod(path, mode);
    return path;
}

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    fixture->arena = arena_new();
    strcpy(fixture->folder, "/tmp/config_test.XXXXXX");
    assert_non_null(mkdtemp(fixture->folder));
    write_file(fixture, "secret", "s3cret\nsecond line\n", 0600);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    unlink(path_of(fixture, "secret"));
    unlink(path_of(fixture, "crmd.conf"));
    rmdir(fixture->folder);
    arena_free(fixture->arena);
    free(fixture);
    return 0;
}

#define LEAST "[xmpp]\ndomain=d.example\ncomponent_secret_file=secret\n"

/* Loads a file of that content; returns the messages, "" when it was good. */
static const char *load(struct fixture *fixture, const char *content, struct config *out)
{
    const char *error = "";
    const char *path = write_file(fixture, "crmd.conf", content, 0644);
    if (config_load(fixture->arena, path, out, &error) == 0) {
        return "";
    }
    assert_true(error[0] != '\0');
    return error;
}

static void test_defaults_and_values(void **state)
{
    struct config config;
    assert_string_equal(load(*state, LEAST, &config), "");
    assert_string_equal(config.xmpp_domain, "d.example");
    assert_string_equal(config.xmpp_component_secret, "s3cret");
    assert_int_equal(config.xmpp_component_port, 5347);
    assert_int_equal(config.lanes_queue, 1024);
    assert_int_equal(config.log_level, LOG_LEVEL_INFO);
    assert_null(config.database_password);
    assert_string_equal(load(*state,
                             "; comment\n# comment\n" LEAST "component_port = 25347 ; ours\n[database]\n"
                             "conninfo=host=/run/x port=25432 dbname=crm user=crmd\npassword_file=secret\n"
                             "[lanes]\nchat=64\n[log]\nlevel=Debug\n",
                             &config),
                        "");
    assert_int_equal(config.xmpp_component_port, 25347);
    assert_string_equal(config.database_conninfo, "host=/run/x port=25432 dbname=crm user=crmd");
    assert_string_equal(config.database_password, "s3cret");
    assert_int_equal(config.lanes_chat, 64);
    assert_int_equal(config.log_level, LOG_LEVEL_DEBUG);
}

static void test_environment_wins(void **state)
{
    struct config config;
    setenv("CRMD_XMPP_DOMAIN", "other.example", 1);
    setenv("CRMD_LANES_CHAT", "0", 1);
    const char *error = load(*state, LEAST "[lanes]\nchat=3\n", &config);
    assert_string_equal(error, "CRMD_LANES_CHAT: [lanes] chat: '0' is not allowed: a number from 1 to 64");
    setenv("CRMD_LANES_CHAT", "5", 1);
    assert_string_equal(load(*state, LEAST, &config), "");
    assert_string_equal(config.xmpp_domain, "other.example");
    assert_int_equal(config.lanes_chat, 5);
    unsetenv("CRMD_XMPP_DOMAIN");
    unsetenv("CRMD_LANES_CHAT");
}

static void test_a_misspelt_variable_is_said(void **state)
{
    static const struct {
        const char *name, *error;
    } variables[] = {
        {"CRMD_XMPP_COMPONENT_PROT", "CRMD_XMPP_COMPONENT_PROT: there is no such option; did you mean "
                                     "CRMD_XMPP_COMPONENT_PORT?"},
        {"CRMD_LOG_LEVLE", "CRMD_LOG_LEVLE: there is no such option; did you mean CRMD_LOG_LEVEL?"},
        {"CRMD_LANES_OF_A_MOTORWAY", "CRMD_LANES_OF_A_MOTORWAY: there is no such option"},
        {"CRMD_CONF", ""},
        {"CRMD_DB_PASSWORD_FILE", ""},
        {"CRMD_OF_SOMEBODY_ELSE", ""},
        {"CRM_XMPP_DOMAIN", ""},
    };
    struct config config;
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) {
        setenv(variables[i].name, "1", 1);
        assert_string_equal(load(*state, LEAST, &config), variables[i].error);
        unsetenv(variables[i].name);
    }
}

struct mistake {
    const char *content, *message;
};

static const struct mistake mistakes[] = {
    {"[xmpp]\ncomponent_secret_file=secret\n",
     "crmd.conf: [xmpp] domain: it must be set (or CRMD_XMPP_DOMAIN)"},
    {"[xmpp]\ndomain=\ncomponent_secret_file=secret\n", "crmd.conf:2: [xmpp] domain: '' is not allowed"},
    {"[xmpp]\ndomain=A b\ncomponent_secret_file=secret\n",
     "crmd.conf:2: [xmpp] domain: 'A b' is not allowed"},
    {LEAST "component_prot=1\n",
     "crmd.conf:4: [xmpp] component_prot: there is no such option; did you mean component_port?"},
    {LEAST "zzz=1\n", "crmd.conf:4: [xmpp] zzz: there is no such option"},
    {"domain=x\n" LEAST, "crmd.conf:1: [] domain: there is no such section"},
    {LEAST "[lane]\nchat=1\n", "crmd.conf:5: [lane] chat: there is no such section; did you mean [lanes]?"},
    {LEAST "component_port=0\n",
     "crmd.conf:4: [xmpp] component_port: '0' is not allowed: a number from 1 to 65535"},
    {LEAST "component_port=5x\n", "'5x' is not allowed"},
    {LEAST "component_port=\n", "'' is not allowed"},
    {LEAST "component_port=99999999999999999999\n", "is not allowed"},
    {LEAST "[web]\nbase_url=crm.example\n",
     "crmd.conf:5: [web] base_url: 'crm.example' is not allowed: an address such as https://crm.example.org, "
     "without a slash at the end"},
    {LEAST "[log]\nlevel=loud\n",
     "crmd.conf:5: [log] level: 'loud' is not allowed: debug, info, warn or error"},
    {LEAST "domain=e.example\n", "crmd.conf:4: [xmpp] domain: already set at "},
    {LEAST "nonsense\n", "crmd.conf:4: the line is neither [section] nor key=value"},
    {"[xmpp]\ndomain=d\ncomponent_secret_file=absent\n", "absent: cannot read it: No such file"},
    {LEAST "component_host=\n", "crmd.conf:4: [xmpp] component_host: it must not be empty"},
};

static void test_mistakes_are_named(void **state)
{
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        struct config config;
        const char *error = load(*state, mistakes[i].content, &config);
        if (strstr(error, mistakes[i].message) == NULL) {
            fail_msg("'%s' lacks '%s'", error, mistakes[i].message);
        }
    }
}

static void test_all_mistakes_at_once(void **state)
{
    struct config config;
    const char *error = load(*state, LEAST "component_port=0\n[lanes]\nchat=x\n[log]\nlevel=y\n", &config);
    assert_non_null(strstr(error, "component_port"));
    assert_non_null(strstr(error, "\n"));
    assert_non_null(strstr(error, "chat"));
    assert_non_null(strstr(error, "level"));
}

static void test_long_lines_are_refused(void **state)
{
    struct config config;
    struct fixture *fixture = *state;
    const char *error =
        load(fixture, arena_printf(fixture->arena, LEAST "component_host=%0300d\n", 1), &config);
    assert_non_null(strstr(error, "crmd.conf:4: the line is longer than 198 bytes"));
    assert_string_equal(
        load(fixture, arena_printf(fixture->arena, LEAST "component_host=%0183d\n", 1), &config), "");
    assert_int_equal(strlen(config.xmpp_component_host), 183);
    assert_int_equal(config_load(fixture->arena, path_of(fixture, "absent.conf"), &config, &error), -1);
    assert_non_null(strstr(error, "absent.conf: cannot read it"));
    assert_null(strstr(error, "it must be set"));
}

static void test_secrets_are_guarded(void **state)
{
    struct fixture *fixture = *state;
    const char *error = "";
    const char *path = path_of(fixture, "secret");
    assert_string_equal(config_read_secret(fixture->arena, path, &error), "s3cret");
    static const mode_t open_modes[] = {0604, 0620, 0602, 0610, 0644, 0660, 0650};
    const char *complaint = geteuid() == 0 ? "others have rights on it, or its group may write it"
                                           : "group or others have rights on it; chmod 600 it";
    for (size_t i = 0; i < sizeof open_modes / sizeof *open_modes; i++) {
        chmod(path, open_modes[i]);
        assert_null(config_read_secret(fixture->arena, path, &error));
        assert_non_null(strstr(error, complaint));
        assert_null(strstr(error, "s3cret"));
    }
    /* Root's, for a daemon that may read it and not change it; nobody else has a group for that. */
    chmod(path, 0640);
    if (geteuid() == 0) {
        assert_string_equal(config_read_secret(fixture->arena, path, &error), "s3cret");
    } else {
        assert_null(config_read_secret(fixture->arena, path, &error));
    }
    write_file(fixture, "secret", "\nx\n", 0600);
    assert_null(config_read_secret(fixture->arena, path, &error));
    assert_non_null(strstr(error, "empty"));
    assert_null(config_read_secret(fixture->arena, fixture->folder, &error));
    assert_non_null(strstr(error, "no regular file"));
    if (geteuid() == 0) {
        write_file(fixture, "secret", "x\n", 0600);
        assert_int_equal(chown(path, 12345, 12345), 0);
        assert_null(config_read_secret(fixture->arena, path, &error));
        assert_non_null(strstr(error, "another user"));
    }
}

static void test_default_file_is_good(void **state)
{
    struct fixture *fixture = *state;
    struct config config;
    char content[8192] = "";
    FILE *file = fmemopen(content, sizeof content - 1, "w");
    config_print_default(file);
    fclose(file);
    assert_non_null(strstr(content, "; The port there.\n; A number from 1 to 65535.\ncomponent_port=5347\n"));
    assert_non_null(strstr(content, "Must be set.\n;domain=\n"));
    assert_non_null(strstr(content, "Changes with a reload.\nlevel=info\n"));
    setenv("CRMD_XMPP_DOMAIN", "d.example", 1);
    setenv("CRMD_XMPP_COMPONENT_SECRET_FILE", path_of(fixture, "secret"), 1);
    assert_string_equal(load(fixture, content, &config), "");
    const char *error = "";
    assert_int_equal(config_load(fixture->arena, NULL, &config, &error), 0);
    unsetenv("CRMD_XMPP_DOMAIN");
    unsetenv("CRMD_XMPP_COMPONENT_SECRET_FILE");
}

/* What the table calls reloadable is taken over, the rest is named and left alone. */
static void test_a_reload_takes_what_it_may(void **state)
{
    struct fixture *fixture = *state;
    struct config running, fresh;
    assert_string_equal(load(fixture, LEAST, &running), "");
    assert_string_equal(load(fixture, LEAST, &fresh), "");
    struct config_changes changes = config_take_changes(fixture->arena, &running, &fresh);
    assert_string_equal(changes.taken, "");
    assert_string_equal(changes.waiting, "");
    assert_string_equal(load(fixture,
                             LEAST
                             "component_port=7\n[database]\npassword_file=secret\n[lanes]\nchat=9\n[log]\n"
                             "level=debug\n[web]\nbase_url=https://x.example\n",
                             &fresh),
                        "");
    changes = config_take_changes(fixture->arena, &running, &fresh);
    assert_string_equal(changes.taken, "[web] base_url, [log] level");
    assert_string_equal(changes.waiting, "[xmpp] component_port, [database] password_file, [lanes] chat");
    assert_int_equal(running.log_level, LOG_LEVEL_DEBUG);
    assert_string_equal(running.web_base_url, "https://x.example");
    assert_int_equal(running.xmpp_component_port, 5347);
    assert_int_equal(running.lanes_chat, 2);
    assert_null(running.database_password);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_defaults_and_values, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_environment_wins, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_misspelt_variable_is_said, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_mistakes_are_named, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_all_mistakes_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_long_lines_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_secrets_are_guarded, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_default_file_is_good, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_reload_takes_what_it_may, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
