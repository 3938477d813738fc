#include "daemon/metrics.h"

#include <string.h>

#include "base/metric.h"
#include "queries.h"
#include "xmpp/namespaces.h"

bool metrics_asked(const struct surface *surface, const struct stanza *stanza)
{
    return stanza->kind == STANZA_IQ && strcmp(stanza->from.domain, surface->staff_domain) == 0 &&
           *stanza->from.local == '\0' && element_child(stanza->root, "metrics", NS_CRM) != NULL;
}

/* What only the database knows. False when it does not answer. */
static bool add_outbox(const struct surface *surface, struct arena *arena, struct text *text)
{
    const struct identity system = {.role = "crm_system", .surface = "system"};
    struct unit *unit = unit_begin(surface->db, arena, &system);
    const struct metrics_outbox *found = query_metrics_outbox(unit);
    if (unit_commit(unit) != DB_OK) {
        return false;
    }
    const struct metrics_outbox_row *row = &found->rows[0];
    text_addf(
        text,
        "# TYPE crmd_outbox_pending gauge\n# HELP crmd_outbox_pending Messages that have not reached their "
        "recipient; those for visitors wait until they come back.\n"
        "crmd_outbox_pending{recipient=\"staff\"} %lld\ncrmd_outbox_pending{recipient=\"visitor\"} %lld\n",
        (long long)row->staff, (long long)row->visitors);
    text_addf(
        text,
        "# TYPE crmd_outbox_age_seconds gauge\n# HELP crmd_outbox_age_seconds How long the oldest of them "
        "waits.\ncrmd_outbox_age_seconds{recipient=\"staff\"} %.3f\n"
        "crmd_outbox_age_seconds{recipient=\"visitor\"} %.3f\n",
        row->staff_age, row->visitors_age);
    return true;
}

void metrics_answer(const struct surface *surface, struct arena *arena, const struct stanza *stanza)
{
    struct text text = text_new(arena);
    metric_render(&text);
    bool ready = add_outbox(surface, arena, &text) && surface->epoch(surface->context) != 0;
    text_addf(
        &text,
        "# TYPE crmd_ready gauge\n# HELP crmd_ready Whether crmd is in charge and its database answers.\n"
        "crmd_ready %d\n# EOF\n",
        ready);
    struct xml *xml = xml_new(arena);
    stanza_open_result(xml, stanza);
    xml_open(xml, "metrics", NS_CRM);
    xml_attribute(xml, "ready", ready ? "true" : "false");
    xml_text(xml, text.data);
    xml_close(xml);
    xml_close(xml);
    surface_send(surface, xml);
}
