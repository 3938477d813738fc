/* DESIGN: bytes go straight into one growing buffer; a stack of open elements knows their names and
 * namespaces. The start tag stays open until something that is no attribute follows. Clean runs are copied
 * whole, so writing is linear. Once over a cap nothing more is written, only the stack is kept, so that the
 * caller need not ask after each call.
 *
 * XML 1.0 section 2.2 says which characters there are, section 2.11 and 3.3.3 why CR, and TAB and LF in
 * attributes, go out as character references: a reader would turn them into something else. */
#include "xmpp/xml.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "xmpp/namespaces.h"

#define REPLACEMENT "\xEF\xBF\xBD"

struct open_element {
    const char *name, *ns;
};

struct xml {
    struct text out;
    size_t stanza_begin; /* where the outermost element begins in `out` */
    struct open_element stack[XML_DEPTH_LIMIT];
    size_t depth; /* counts on above XML_DEPTH_LIMIT */
    bool tag_open, over;
};

struct xml *xml_new(struct arena *arena)
{
    struct xml *xml = arena_alloc(arena, sizeof *xml);
    xml->out = text_new(arena);
    return xml;
}

static void put(struct xml *xml, const char *bytes, size_t length)
{
    if (xml->over) {
        return;
    }
    if (length > XML_STANZA_LIMIT - (xml->out.length - xml->stanza_begin)) {
        xml->over = true;
        return;
    }
    text_add_bytes(&xml->out, bytes, length);
}

static void put_string(struct xml *xml, const char *string)
{
    put(xml, string, strlen(string));
}

static const char *reference(char c, bool in_attribute)
{
    switch (c) {
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '&':
        return "&amp;";
    case '\r':
        return "&#13;";
    case '\'':
        return in_attribute ? "&apos;" : NULL;
    case '"':
        return in_attribute ? "&quot;" : NULL;
    case '\n':
        return in_attribute ? "&#10;" : NULL;
    case '\t':
        return in_attribute ? "&#9;" : NULL;
    default:
        return NULL;
    }
}

/* How many bytes at `bytes` are one allowed character; 0 when they have to be replaced. */
static size_t allowed_length(const char *bytes, size_t length)
{
    uint32_t code_point;
    size_t taken = utf8_decode(bytes, length, &code_point);
    return taken > 0 && xml_char_allowed(code_point) ? taken : 0;
}

/* How many bytes stand for the one character that is forbidden or invalid here. */
static size_t forbidden_length(const char *bytes, size_t length)
{
    uint32_t code_point;
    size_t taken = utf8_decode(bytes, length, &code_point);
    return taken > 0 ? taken : 1;
}

static void put_cleaned(struct xml *xml, const char *bytes, bool in_attribute)
{
    size_t length = strlen(bytes);
    size_t run = 0;
    for (size_t i = 0; i < length && !xml->over;) {
        const char *escaped = reference(bytes[i], in_attribute);
        size_t taken = escaped == NULL ? allowed_length(bytes + i, length - i) : 0;
        if (taken > 0) {
            i += taken;
            continue;
        }
        put(xml, bytes + run, i - run);
        put_string(xml, escaped == NULL ? REPLACEMENT : escaped);
        i += escaped == NULL ? forbidden_length(bytes + i, length - i) : 1;
        run = i;
    }
    put(xml, bytes + run, length - run);
}

/* ASCII names without a colon: all that XMPP uses, and nothing that could break out of a tag. */
static bool name_is_good(const char *name)
{
    static const char first[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";
    static const char later[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789.-";
    return name[0] != '\0' && strchr(first, name[0]) != NULL && name[strspn(name, later)] == '\0';
}

static bool attribute_name_is_good(const char *name)
{
    return strcmp(name, "xml:lang") == 0 || (name_is_good(name) && strcmp(name, "xmlns") != 0);
}

static void end_tag(struct xml *xml)
{
    if (xml->tag_open) {
        put(xml, ">", 1);
        xml->tag_open = false;
    }
}

static const char *current_ns(const struct xml *xml)
{
    if (xml->depth == 0 || xml->depth > XML_DEPTH_LIMIT) {
        return "";
    }
    return xml->stack[xml->depth - 1].ns;
}

static void put_attribute(struct xml *xml, const char *name, const char *value)
{
    put(xml, " ", 1);
    put_string(xml, name);
    put(xml, "='", 2);
    put_cleaned(xml, value, true);
    put(xml, "'", 1);
}

void xml_open(struct xml *xml, const char *name, const char *ns)
{
    if (!name_is_good(name)) {
        log_bug("no element may be named '%s'", name);
    }
    end_tag(xml);
    if (xml->depth == 0) {
        xml->stanza_begin = xml->out.length;
    }
    const char *parent_ns = current_ns(xml);
    const char *own_ns = ns == NULL ? parent_ns : element_plain_ns(ns);
    if (xml->depth >= XML_DEPTH_LIMIT) {
        xml->over = true;
        xml->depth++;
        return;
    }
    xml->stack[xml->depth++] = (struct open_element){.name = arena_strdup(xml->out.arena, name),
                                                     .ns = arena_strdup(xml->out.arena, own_ns)};
    put(xml, "<", 1);
    put_string(xml, name);
    xml->tag_open = true;
    if (strcmp(own_ns, parent_ns) != 0) {
        put_attribute(xml, "xmlns", own_ns[0] == '\0' ? NS_CLIENT : own_ns);
    }
}

void xml_attribute(struct xml *xml, const char *name, const char *value)
{
    if (!attribute_name_is_good(name)) {
        log_bug("no attribute may be named '%s'", name);
    }
    if (!xml->tag_open && !xml->over) {
        log_bug("attribute '%s' after content", name);
    }
    if (value != NULL) {
        put_attribute(xml, name, value);
    }
}

void xml_attribute_number(struct xml *xml, const char *name, long long value)
{
    char digits[24];
    snprintf(digits, sizeof digits, "%lld", value);
    xml_attribute(xml, name, digits);
}

void xml_text(struct xml *xml, const char *text)
{
    if (xml->depth == 0) {
        log_bug("text outside of an element");
    }
    if (text == NULL || text[0] == '\0') {
        return;
    }
    end_tag(xml);
    put_cleaned(xml, text, false);
}

void xml_close(struct xml *xml)
{
    if (xml->depth == 0) {
        log_bug("xml_close without an open element");
    }
    xml->depth--;
    if (xml->depth >= XML_DEPTH_LIMIT) {
        return;
    }
    if (xml->tag_open) {
        put(xml, "/>", 2);
        xml->tag_open = false;
        return;
    }
    put(xml, "</", 2);
    put_string(xml, xml->stack[xml->depth].name);
    put(xml, ">", 1);
}

void xml_leaf(struct xml *xml, const char *name, const char *ns, const char *text)
{
    xml_open(xml, name, ns);
    xml_text(xml, text);
    xml_close(xml);
}

void xml_element(struct xml *xml, const struct element *element)
{
    if (!name_is_good(element->name) || xml->over) {
        return;
    }
    xml_open(xml, element->name, element->ns);
    for (size_t i = 0; i < element->attribute_count; i++) {
        if (attribute_name_is_good(element->attributes[i].name)) {
            xml_attribute(xml, element->attributes[i].name, element->attributes[i].value);
        }
    }
    xml_text(xml, element->text);
    for (size_t i = 0; i < element->child_count; i++) {
        xml_element(xml, &element->children[i]);
    }
    xml_close(xml);
}

const char *xml_finish(struct xml *xml, size_t *length)
{
    if (xml->depth != 0) {
        log_bug("an element was left open, depth=%zu", xml->depth);
    }
    *length = xml->over ? 0 : xml->out.length;
    return xml->over ? NULL : xml->out.data;
}
