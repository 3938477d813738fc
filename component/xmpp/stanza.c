#include "xmpp/stanza.h"

#include <string.h>

#include "xmpp/namespaces.h"

static int find(const char *const *names, const char *name)
{
    for (int i = 0; names[i] != NULL; i++) {
        if (strcmp(names[i], name) == 0) {
            return i;
        }
    }
    return -1;
}

static const char *const kind_names[] = {
    [STANZA_MESSAGE] = "message", [STANZA_PRESENCE] = "presence", [STANZA_IQ] = "iq", NULL};

/* The type, with the default of RFC 6121 sections 4.7.1 and 5.2.2; NULL when there can be none such. */
static const char *read_type(enum stanza_kind kind, const char *given)
{
    static const char *const messages[] = {"normal", "chat", "groupchat", "headline", "error", NULL};
    static const char *const presences[] = {"available",  "unavailable", "subscribe",
                                            "subscribed", "unsubscribe", "unsubscribed",
                                            "probe",      "error",       NULL};
    static const char *const iqs[] = {"get", "set", "result", "error", NULL};
    int index;
    switch (kind) {
    case STANZA_MESSAGE:
        index = given == NULL ? 0 : find(messages, given);
        return messages[index < 0 ? 0 : index];
    case STANZA_PRESENCE:
        index = given == NULL ? 0 : find(presences, given);
        return index < 0 ? NULL : presences[index];
    case STANZA_IQ:
        index = given == NULL ? -1 : find(iqs, given);
        return index < 0 ? NULL : iqs[index];
    }
    return NULL;
}

int stanza_read(struct arena *arena, const struct element *root, struct stanza *out)
{
    int kind = root->ns[0] == '\0' ? find(kind_names, root->name) : -1;
    if (kind < 0) {
        return -1;
    }
    struct stanza stanza = {.kind = (enum stanza_kind)kind, .root = root};
    stanza.id = element_attribute(root, "id");
    stanza.type = read_type(stanza.kind, element_attribute(root, "type"));
    if (stanza.type == NULL || jid_parse(arena, element_attribute(root, "from"), &stanza.from) != 0 ||
        jid_parse(arena, element_attribute(root, "to"), &stanza.to) != 0) {
        return -1;
    }
    *out = stanza;
    return 0;
}

static void open_answer(struct xml *xml, const struct stanza *request, const char *type)
{
    xml_open(xml, kind_names[request->kind], NULL);
    xml_attribute(xml, "type", type);
    xml_attribute(xml, "id", request->id);
    xml_attribute(xml, "from", request->to.full);
    xml_attribute(xml, "to", request->from.full);
}

void stanza_open_result(struct xml *xml, const struct stanza *request)
{
    open_answer(xml, request, "result");
}

struct error_words {
    const char *type, *condition;
};

static const struct error_words error_words[] = {
    [STANZA_BAD_REQUEST] = {"modify", "bad-request"},
    [STANZA_NOT_ACCEPTABLE] = {"modify", "not-acceptable"},
    [STANZA_POLICY_VIOLATION] = {"modify", "policy-violation"},
    [STANZA_FORBIDDEN] = {"auth", "forbidden"},
    [STANZA_ITEM_NOT_FOUND] = {"cancel", "item-not-found"},
    [STANZA_FEATURE_NOT_IMPLEMENTED] = {"cancel", "feature-not-implemented"},
    [STANZA_SERVICE_UNAVAILABLE] = {"cancel", "service-unavailable"},
    [STANZA_RESOURCE_CONSTRAINT] = {"wait", "resource-constraint"},
    [STANZA_SESSION_EXPIRED] = {"modify", "bad-request"},
};

void stanza_write_error(struct xml *xml, const struct stanza *request, enum stanza_error error,
                        const char *sentence)
{
    open_answer(xml, request, "error");
    xml_open(xml, "error", NULL);
    xml_attribute(xml, "type", error_words[error].type);
    xml_leaf(xml, error_words[error].condition, NS_STANZAS, NULL);
    if (sentence != NULL) {
        xml_leaf(xml, "text", NS_STANZAS, sentence);
    }
    if (error == STANZA_SESSION_EXPIRED) {
        xml_leaf(xml, "bad-sessionid", NS_COMMANDS, NULL);
    }
    xml_close(xml);
    xml_close(xml);
}

const char *stanza_error_condition(const struct stanza *stanza)
{
    const struct element *error = element_child(stanza->root, "error", "");
    if (error == NULL) {
        return "";
    }
    const struct element *child = NULL;
    while ((child = element_next(error, child, NULL, NS_STANZAS)) != NULL) {
        if (strcmp(child->name, "text") != 0) {
            return child->name;
        }
    }
    return "";
}
