#include "surface/message.h"

#include <string.h>

#include "base/uuid.h"
#include "xmpp/namespaces.h"

bool message_speaks(const struct stanza *message)
{
    bool speaks = strcmp(message->type, "chat") == 0 || strcmp(message->type, "normal") == 0;
    return speaks && (element_child_text(message->root, "body", NULL) != NULL ||
                      element_child(message->root, "encrypted", NS_OMEMO) != NULL);
}

struct xml *message_open_answer(struct arena *arena, const struct stanza *message)
{
    struct xml *xml = xml_new(arena);
    xml_open(xml, "message", NULL);
    xml_attribute(xml, "from", message->to.bare);
    xml_attribute(xml, "to", message->from.full);
    xml_attribute(xml, "type", "chat");
    xml_attribute(xml, "id", uuid_new(arena));
    return xml;
}

void message_send_receipt(const struct surface *surface, struct arena *arena, const struct stanza *message)
{
    if (message->id == NULL || element_child(message->root, "request", NS_RECEIPTS) == NULL) {
        return;
    }
    struct xml *xml = message_open_answer(arena, message);
    xml_open(xml, "received", NS_RECEIPTS);
    xml_attribute(xml, "id", message->id);
    xml_close(xml);
    xml_leaf(xml, "store", NS_HINTS, NULL);
    xml_close(xml);
    surface_send(surface, xml);
}

void message_answer_directly(const struct surface *surface, struct arena *arena, const struct stanza *message,
                             const char *sentence)
{
    struct xml *xml = message_open_answer(arena, message);
    xml_leaf(xml, "body", NULL, sentence);
    xml_close(xml);
    surface_send(surface, xml);
}
