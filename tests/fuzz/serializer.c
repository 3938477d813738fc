/* Contract of xmpp/xml.h: whatever strings are written, with whatever nesting, the result is XML 1.0 to
 * expat, has no character that XML 1.0 forbids, and no stanza of it is over XML_STANZA_LIMIT. The input is a
 * program, a line an instruction: "<name" opens, "=text" is an attribute, ">" closes, "#ns" opens with a
 * namespace, anything else is text, "*" doubles the last text up to beyond the limit. */
#include <string.h>

#include "base/text.h"
#include "fuzz.h"
#include "xmpp/xml.h"

#define DEPTH_TRIED (XML_DEPTH_LIMIT + 8)

struct writer {
    struct arena *arena;
    struct xml *xml;
    size_t depth;
    bool may_have_attribute;
    const char *text;
};

static void open_element(struct writer *writer, const char *name, const char *ns)
{
    if (writer->depth == DEPTH_TRIED) {
        return;
    }
    xml_open(writer->xml, name, ns);
    writer->depth++;
    writer->may_have_attribute = true;
}

static void close_element(struct writer *writer)
{
    if (writer->depth > 0) {
        xml_close(writer->xml);
        writer->depth--;
    }
    writer->may_have_attribute = false;
}

static void write_text(struct writer *writer, const char *text)
{
    if (writer->depth > 0) {
        xml_text(writer->xml, text);
        writer->may_have_attribute = false;
    }
    writer->text = text;
}

static void double_text(struct writer *writer)
{
    if (strlen(writer->text) < 2 * (size_t)XML_STANZA_LIMIT) {
        write_text(writer, arena_printf(writer->arena, "%s%s", writer->text, writer->text));
    }
}

static void obey(struct writer *writer, const char *line)
{
    if (line[0] == '<') {
        open_element(writer, "e", NULL);
    } else if (line[0] == '#') {
        open_element(writer, "n", line + 1);
    } else if (line[0] == '>') {
        close_element(writer);
    } else if (line[0] == '=' && writer->may_have_attribute) {
        xml_attribute(writer->xml, "a", line + 1);
        writer->may_have_attribute = false;
    } else if (line[0] == '*') {
        double_text(writer);
    } else {
        write_text(writer, line);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct writer writer = {.arena = arena, .xml = xml_new(arena), .text = ""};
    for (size_t i = 0; i < size;) {
        const uint8_t *end = memchr(data + i, '\n', size - i);
        size_t length = end == NULL ? size - i : (size_t)(end - data) - i;
        obey(&writer, fuzz_string(arena, data + i, length));
        i += length + 1;
    }
    while (writer.depth > 0) {
        close_element(&writer);
    }
    size_t length;
    const char *bytes = xml_finish(writer.xml, &length);
    FUZZ_CHECK(bytes == NULL || fuzz_is_xml(arena, bytes, length));
    FUZZ_CHECK(bytes != NULL || length == 0);
    arena_free(arena);
    return 0;
}
