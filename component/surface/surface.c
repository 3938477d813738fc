#include "surface/surface.h"

#include <string.h>

#include "base/log.h"
#include "base/uuid.h"

const char *surface_kind(const struct surface *surface, const struct jid *from)
{
    if (from->local[0] == '\0') {
        return NULL;
    }
    if (strcmp(from->domain, surface->staff_domain) == 0) {
        return "staff";
    }
    return strcmp(from->domain, surface->customer_domain) == 0 ? "customer" : NULL;
}

const struct command_defined *surface_ask_table(const struct surface *surface, struct unit *unit)
{
    return surface->defined == NULL ? NULL : defined_ask(surface->defined, unit);
}

void surface_take_table(struct surface *surface, const struct command_defined *rows)
{
    if (rows != NULL) {
        surface->table = defined_take(surface->defined, rows);
    }
}

struct dispatch surface_dispatch(const struct surface *surface, struct arena *arena)
{
    return (struct dispatch){.table = surface->table,
                             .db = surface->db,
                             .arena = arena,
                             .epoch = surface->epoch(surface->context),
                             .domain = surface->domain,
                             .staff_domain = surface->staff_domain,
                             .customer_domain = surface->customer_domain,
                             .web_url = surface->web_url,
                             .touched = surface->channel_touched,
                             .context = surface->context};
}

struct request surface_request(const struct surface *surface, struct arena *arena, const struct jid *from,
                               const char *way_in)
{
    return (struct request){.kind = surface_kind(surface, from),
                            .username = from->local,
                            .who = from->bare,
                            .surface = way_in,
                            .id = surface->request != NULL ? surface->request : uuid_new(arena)};
}

bool surface_send(const struct surface *surface, struct xml *xml)
{
    size_t length = 0;
    const char *bytes = xml_finish(xml, &length);
    if (bytes == NULL) {
        log_error("an answer was too large to be sent");
        return false;
    }
    surface->send(surface->context, bytes, length);
    return true;
}

void surface_refuse(const struct surface *surface, struct arena *arena, const struct stanza *stanza,
                    enum stanza_error error, const char *sentence)
{
    struct xml *xml = xml_new(arena);
    stanza_write_error(xml, stanza, error, sentence);
    surface_send(surface, xml);
}
