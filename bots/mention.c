#include "bots/mention.h"

#include "xmpp/namespaces.h"

bool mention_read(struct arena *arena, const struct stanza *request, struct mention *mention)
{
    const struct element *element = element_child(request->root, "mention", NS_CRM);
    const struct element *message = element == NULL ? NULL : element_child(element, "message", NULL);
    if (message == NULL || stanza_read(arena, message, &mention->message) != 0) {
        return false;
    }
    const char *id = element_attribute(element, "id");
    mention->request = *request;
    mention->room = element_attribute(element, "room");
    mention->nick = element_attribute(element, "nick");
    if (id == NULL || mention->room == NULL || mention->nick == NULL) {
        return false;
    }
    mention->key = arena_printf(arena, "room %s %s", mention->room, id);
    return true;
}
