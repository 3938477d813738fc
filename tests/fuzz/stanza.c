/* Contract of the two readers of stanzas (libstrophe's trees through copy_stanza(), strings through
 * element_parse()) and of the serializer: what came in, written out again, is XML 1.0 and reads as the same
 * tree; a refused stanza still has a name and a namespace; a stanza that stanza_read() takes has addresses
 * and a known type, and can be answered with a result and with every error, to the one it came from. */
#include <string.h>

#include <strophe.h>

#include "fuzz.h"
#include "xmpp/copy.h"
#include "xmpp/stanza.h"
#include "xmpp/stream.h"
#include "xmpp/xml.h"

#define LEVELS_WRITTEN 28 /* fewer than XML_DEPTH_LIMIT: deeper ones are over a cap, and not written */

static size_t depth_of(const struct element *element)
{
    size_t deepest = 0;
    for (size_t i = 0; i < element->child_count; i++) {
        size_t depth = depth_of(&element->children[i]);
        deepest = depth > deepest ? depth : deepest;
    }
    return deepest + 1;
}

static bool same(const struct element *a, const struct element *b)
{
    if (strcmp(a->name, b->name) != 0 || strcmp(a->ns, b->ns) != 0 || strcmp(a->text, b->text) != 0 ||
        a->attribute_count != b->attribute_count || a->child_count != b->child_count) {
        return false;
    }
    for (size_t i = 0; i < a->attribute_count; i++) {
        const char *value = element_attribute(b, a->attributes[i].name);
        if (value == NULL || strcmp(a->attributes[i].value, value) != 0) {
            return false;
        }
    }
    for (size_t i = 0; i < a->child_count; i++) {
        if (!same(&a->children[i], &b->children[i])) {
            return false;
        }
    }
    return true;
}

/* Written, it is XML; and read and written once more it is the same: names that XML forbids in what we write
 * (xmpp/xml.h) are gone after the first time. */
static void check_written(struct arena *arena, const struct element *root)
{
    size_t length;
    struct xml *xml = xml_new(arena);
    xml_element(xml, root);
    const char *bytes = xml_finish(xml, &length);
    if (bytes == NULL) {
        FUZZ_CHECK(depth_of(root) > LEVELS_WRITTEN || length == 0);
        return;
    }
    FUZZ_CHECK(length <= XML_STANZA_LIMIT && fuzz_is_xml(arena, bytes, length));
    const struct element *again = length == 0 ? NULL : element_parse(arena, bytes);
    if (again == NULL) {
        FUZZ_CHECK(length == 0);
        return;
    }
    size_t second_length;
    struct xml *second = xml_new(arena);
    xml_element(second, again);
    const char *second_bytes = xml_finish(second, &second_length);
    FUZZ_CHECK(second_bytes != NULL && fuzz_is_xml(arena, second_bytes, second_length));
    const struct element *third = element_parse(arena, second_bytes);
    FUZZ_CHECK(third != NULL && same(again, third));
}

static void check_answer(struct arena *arena, const struct stanza *stanza, struct xml *xml)
{
    size_t length;
    struct stanza answer;
    const char *bytes = xml_finish(xml, &length);
    FUZZ_CHECK(bytes != NULL && fuzz_is_xml(arena, bytes, length));
    const struct element *root = element_parse(arena, bytes);
    FUZZ_CHECK(root != NULL);
    if (stanza_read(arena, root, &answer) == 0) {
        FUZZ_CHECK(strcmp(answer.to.full, stanza->from.full) == 0);
        FUZZ_CHECK(strcmp(answer.from.full, stanza->to.full) == 0);
    } else { /* a presence has no type result; no surface answers one so */
        FUZZ_CHECK(stanza->kind == STANZA_PRESENCE);
    }
}

static void check_stanza(struct arena *arena, const struct element *root)
{
    struct stanza stanza;
    if (stanza_read(arena, root, &stanza) != 0) {
        return;
    }
    FUZZ_CHECK(stanza.from.domain[0] != '\0' && stanza.to.domain[0] != '\0');
    FUZZ_CHECK(stanza.type[0] != '\0' && stanza_error_condition(&stanza) != NULL);
    for (int error = STANZA_BAD_REQUEST; error <= STANZA_SESSION_EXPIRED; error++) {
        struct xml *xml = xml_new(arena);
        stanza_write_error(xml, &stanza, (enum stanza_error)error, root->text);
        check_answer(arena, &stanza, xml);
    }
    struct xml *xml = xml_new(arena);
    stanza_open_result(xml, &stanza);
    xml_element(xml, root);
    xml_close(xml);
    size_t length;
    const char *bytes = xml_finish(xml, &length);
    FUZZ_CHECK(bytes == NULL || fuzz_is_xml(arena, bytes, length));
}

static void check_tree(struct arena *arena, const struct element *root)
{
    FUZZ_CHECK(depth_of(root) <= STREAM_DEPTH_LIMIT);
    check_written(arena, root);
    check_stanza(arena, root);
}

static void check_copied(struct arena *arena, const char *given)
{
    static xmpp_ctx_t *context;
    bool refused;
    if (context == NULL) {
        xmpp_initialize();
        context = xmpp_ctx_new(&copy_memory, NULL);
    }
    xmpp_stanza_t *stanza = xmpp_stanza_new_from_string(context, given);
    if (stanza == NULL) {
        return;
    }
    const struct element *root = copy_stanza(arena, stanza, &refused);
    xmpp_stanza_release(stanza); /* nothing of the tree may be libstrophe's */
    FUZZ_CHECK(root != NULL && root->name != NULL && root->ns != NULL && root->text != NULL);
    FUZZ_CHECK(!refused || root->child_count == 0);
    check_tree(arena, root);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    const char *given = fuzz_string(arena, data, size);
    const struct element *root = element_parse(arena, given);
    if (root != NULL) {
        check_tree(arena, root);
        check_copied(arena, given);
    }
    arena_free(arena);
    return 0;
}
