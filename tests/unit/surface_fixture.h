/* What the tests of surfaces share: people and leads in a private cluster, a surface that keeps what it
 * sends, and stanzas from text. */
#ifndef SURFACE_FIXTURE_H
#define SURFACE_FIXTURE_H

#include "db_fixture.h"

#include "base/text.h"
#include "bots/bot.h"
#include "bots/grammar.h"
#include "command/setting.h"
#include "command/table.h"
#include "db/unit.h"
#include "lead/lead.h"
#include "rooms.h"
#include "surface/adhoc.h"

#define DOMAIN "traincape.test"

struct world {
    struct arena *arena;
    struct surface surface;
    char sent[65536];   /* the last stanza that went out directly, "" for none */
    char touched[4096]; /* channels since the last message, each followed by a space */
};

static inline int64_t world_epoch(void *context)
{
    (void)context;
    return 0;
}

static inline void world_send(void *context, const char *bytes, size_t length)
{
    struct world *world = context;
    assert_true(length < sizeof world->sent);
    memcpy(world->sent, bytes, length + 1);
}

static inline void world_touched(void *context, const char *channel)
{
    struct world *world = context;
    strncat(world->touched, channel, sizeof world->touched - strlen(world->touched) - 2);
    strcat(world->touched, " ");
}

/* All in one statement: a connection for each setting would cost more than the test. */
static inline void world_settings(void)
{
    char sql[8000] = "UPDATE crm.setting s SET value = d.value FROM (VALUES ";
    for (const struct choice *name = setting_names; name->value != NULL; name++) {
        size_t length = strlen(sql);
        snprintf(sql + length, sizeof sql - length, "%s('%s', '%s')", name == setting_names ? "" : ", ",
                 name->value, setting_find(name->value)->standard);
    }
    admin("%s) AS d (key, value) WHERE s.key = d.key AND s.value <> d.value", sql);
}

/* What TRUNCATE ... RESTART IDENTITY CASCADE does, in a fortieth of the time: few rows are cheaper to delete
 * than the files of all tables and indexes are to make anew. */
static inline void world_empty(void)
{
    admin("DO $$ DECLARE r regclass; BEGIN SET LOCAL session_replication_role = replica; FOR r IN "
          "WITH RECURSIVE emptied (o) AS (SELECT unnest('{crm.person,crm.lead,crm.lead_event,"
          "crm.form_session,crm.dialogue,crm.inbound,crm.outbox,crm.visitor,crm.import_change}'::regclass[]) "
          "UNION "
          "SELECT c.conrelid::regclass FROM pg_constraint c JOIN emptied ON c.confrelid = o "
          "AND c.contype = 'f') SELECT o FROM emptied LOOP EXECUTE format('DELETE FROM %%s', r); "
          "PERFORM setval(pg_get_serial_sequence(r::text, a.attname), 1, false) FROM pg_attribute a "
          "WHERE a.attrelid = r AND a.attidentity <> ''; END LOOP; END $$");
}

/* Everything of an earlier test is gone, settings are the default ones; five members of staff, one of them
 * disabled, and one customer. */
static inline void world_people(void)
{
    world_settings();
    world_empty();
    admin("DELETE FROM crm.lead_source WHERE NOT built_in; DELETE FROM crm.lead_field");
    admin(
        "INSERT INTO crm.person (kind, username, name, role, enabled) VALUES"
        " ('staff', 'anna', 'Anna Admin', 'admin', true), ('staff', 'manoj', 'Manoj Verma', 'manager', true),"
        " ('staff', 'priya', 'Priya Nair', 'sales', true), ('staff', 'ravi', 'Ravi Kumar', 'sales', true),"
        " ('staff', 'leela', 'Leela Das', 'lead', true), ('staff', 'gone', 'Gone Away', 'sales', false),"
        " ('customer', 'kiran', 'Kiran Shah', 'customer', true)");
}

static inline const struct command_table *world_table(struct arena *arena)
{
    const struct command_table *table = command_table_join(arena, ROOMS, NULL);
    assert_non_null(table);
    return table;
}

static inline struct world *world_new(const struct command_table *(*join)(struct arena *))
{
    static struct db_settings settings;
    struct world *world = calloc(1, sizeof *world);
    settings = fixture_settings();
    world->arena = arena_new();
    const struct command_table *table = join(world->arena);
    world->surface = (struct surface){.table = table,
                                      .defined = defined_new(table),
                                      .db = db_new(&settings),
                                      .domain = "crm." DOMAIN,
                                      .staff_domain = DOMAIN,
                                      .customer_domain = "my." DOMAIN,
                                      .web_url = "http://127.0.0.1:25280",
                                      .epoch = world_epoch,
                                      .send = world_send,
                                      .channel_touched = world_touched,
                                      .context = world};
    world_people();
    return world;
}

static inline void world_free(struct world *world)
{
    db_free(world->surface.db);
    defined_free(world->surface.defined);
    arena_free(world->arena);
    free(world);
}

static inline struct stanza world_stanza(struct world *world, const char *xml)
{
    struct stanza stanza;
    const struct element *root = element_parse(world->arena, xml);
    assert_non_null(root);
    assert_int_equal(stanza_read(world->arena, root, &stanza), 0);
    world->sent[0] = world->touched[0] = '\0';
    return stanza;
}

/* Says a line to the bot and returns the last thing that the bot then said to that person, or "". */
static inline const char *world_say_keyed(struct world *world, const char *username, const char *line,
                                          const char *key)
{
    struct xml *xml = xml_new(world->arena);
    size_t length;
    xml_open(xml, "message", NULL);
    xml_attribute(xml, "from", arena_printf(world->arena, "%s@" DOMAIN "/phone", username));
    xml_attribute(xml, "to", "bot@crm." DOMAIN);
    xml_attribute(xml, "type", "chat");
    xml_attribute(xml, "id", "m1");
    xml_leaf(xml, "body", NULL, line);
    xml_close(xml);
    struct stanza stanza = world_stanza(world, xml_finish(xml, &length));
    admin("DELETE FROM crm.outbox");
    assert_true(bot_handle(&world->surface, world->arena, &stanza, key));
    return arena_strdup(world->arena, admin("SELECT body FROM crm.outbox WHERE recipient = '%s@" DOMAIN
                                            "' ORDER BY id DESC LIMIT 1",
                                            username));
}

static inline const char *world_say(struct world *world, const char *username, const char *line)
{
    static int count;
    return world_say_keyed(world, username, line, arena_printf(world->arena, "key %d", count++));
}

/* Sends an IQ (its payload given) and returns the answer. */
static inline const char *world_ask(struct world *world, const char *username, const char *to,
                                    const char *type, const char *payload)
{
    struct stanza stanza = world_stanza(
        world, arena_printf(world->arena, "<iq type='%s' id='q1' from='%s@" DOMAIN "/desk' to='%s'>%s</iq>",
                            type, username, to, payload));
    adhoc_handle(&world->surface, world->arena, &stanza);
    return arena_strdup(world->arena, world->sent);
}

#define assert_says(text, part)                                                                              \
    do {                                                                                                     \
        const char *said_ = (text);                                                                          \
        if (strstr(said_, (part)) == NULL)                                                                   \
            fail_msg("“%s” is not in:\n%s", (part), said_);                                                  \
    } while (0)

#define assert_silent_about(text, part)                                                                      \
    do {                                                                                                     \
        const char *said_ = (text);                                                                          \
        if (strstr(said_, (part)) != NULL)                                                                   \
            fail_msg("“%s” is in:\n%s", (part), said_);                                                      \
    } while (0)

#endif
