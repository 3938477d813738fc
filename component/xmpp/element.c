/* DESIGN: expat drives a stack of unfinished elements, one frame a level, at most STREAM_DEPTH_LIMIT. An
 * element is moved by value into its parent's array when it ends; nothing points to it before. Namespaces
 * (Namespaces in XML 1.0) are expat's: it hands us "namespace SEPARATOR name". The separator byte cannot
 * occur in UTF-8. */
#include "xmpp/element.h"

#include <expat.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "xmpp/namespaces.h"
#include "xmpp/stream.h"

#define SEPARATOR '\xFF'

static int matches(const struct element *element, const char *name, const char *ns)
{
    return (name == NULL || strcmp(element->name, name) == 0) && (ns == NULL || strcmp(element->ns, ns) == 0);
}

const char *element_attribute(const struct element *element, const char *name)
{
    for (size_t i = 0; i < element->attribute_count; i++) {
        if (strcmp(element->attributes[i].name, name) == 0) {
            return element->attributes[i].value;
        }
    }
    return NULL;
}

const struct element *element_child(const struct element *element, const char *name, const char *ns)
{
    return element_next(element, NULL, name, ns);
}

const struct element *element_next(const struct element *parent, const struct element *previous,
                                   const char *name, const char *ns)
{
    size_t begin = previous == NULL ? 0 : (size_t)(previous - parent->children) + 1;
    for (size_t i = begin; i < parent->child_count; i++) {
        if (matches(&parent->children[i], name, ns)) {
            return &parent->children[i];
        }
    }
    return NULL;
}

const char *element_child_text(const struct element *element, const char *name, const char *ns)
{
    const struct element *child = element_child(element, name, ns);
    return child == NULL ? NULL : child->text;
}

const char *element_plain_ns(const char *ns)
{
    if (ns == NULL || strcmp(ns, NS_CLIENT) == 0 || strcmp(ns, NS_COMPONENT) == 0) {
        return "";
    }
    return ns;
}

struct frame {
    struct element element;
    struct text text;
    size_t child_capacity;
};

struct builder {
    XML_Parser parser;
    struct arena *arena;
    struct frame frames[STREAM_DEPTH_LIMIT];
    size_t depth, size;
    struct element *root;
    bool refused;
};

static void refuse(struct builder *builder)
{
    builder->refused = true;
    XML_StopParser(builder->parser, XML_FALSE);
}

/* Counts what a stranger's bytes make us keep. */
static int count(struct builder *builder, size_t bytes)
{
    builder->size += bytes;
    if (builder->size > STREAM_SIZE_LIMIT) {
        refuse(builder);
        return -1;
    }
    return 0;
}

/* The attribute's name as we keep it, or NULL for one of a foreign namespace. */
static const char *attribute_name(const char *name)
{
    const char *separator = strchr(name, SEPARATOR);
    if (separator == NULL) {
        return name;
    }
    if (strncmp(name, NS_XML, strlen(NS_XML)) == 0 && strcmp(separator + 1, "lang") == 0) {
        return "xml:lang";
    }
    return NULL;
}

static int copy_attributes(struct builder *builder, struct element *element, const char **attributes)
{
    size_t total = 0;
    while (attributes[total] != NULL) {
        total += 2;
    }
    element->attributes = arena_array(builder->arena, total / 2, sizeof *element->attributes);
    for (size_t i = 0; i < total; i += 2) {
        const char *name = attribute_name(attributes[i]);
        if (count(builder, strlen(attributes[i]) + strlen(attributes[i + 1])) != 0) {
            return -1;
        }
        if (name != NULL) {
            struct attribute *attribute = &element->attributes[element->attribute_count++];
            attribute->name = arena_strdup(builder->arena, name);
            attribute->value = arena_strdup(builder->arena, attributes[i + 1]);
        }
    }
    return 0;
}

static void on_start(void *context, const char *name, const char **attributes)
{
    struct builder *builder = context;
    if (builder->refused) {
        return;
    }
    if (builder->depth == STREAM_DEPTH_LIMIT || count(builder, strlen(name)) != 0) {
        refuse(builder);
        return;
    }
    struct frame *frame = &builder->frames[builder->depth++];
    *frame = (struct frame){.text = {.arena = NULL}};
    const char *separator = strchr(name, SEPARATOR);
    const char *ns = separator == NULL ? "" : arena_strndup(builder->arena, name, (size_t)(separator - name));
    frame->element.ns = element_plain_ns(ns);
    frame->element.name = arena_strdup(builder->arena, separator == NULL ? name : separator + 1);
    frame->element.text = "";
    copy_attributes(builder, &frame->element, attributes);
}

static void on_text(void *context, const char *bytes, int length)
{
    struct builder *builder = context;
    if (builder->refused || builder->depth == 0 || count(builder, (size_t)length) != 0) {
        return;
    }
    struct frame *frame = &builder->frames[builder->depth - 1];
    if (frame->text.arena == NULL) {
        frame->text = text_new(builder->arena);
    }
    text_add_bytes(&frame->text, bytes, (size_t)length);
}

static void add_child(struct arena *arena, struct frame *parent, const struct element *child)
{
    struct element *element = &parent->element;
    if (element->child_count == parent->child_capacity) {
        size_t capacity = parent->child_capacity == 0 ? 4 : parent->child_capacity * 2;
        element->children =
            arena_grow(arena, element->children, parent->child_capacity * sizeof *element->children,
                       capacity * sizeof *element->children);
        parent->child_capacity = capacity;
    }
    element->children[element->child_count++] = *child;
}

static void on_end(void *context, const char *name)
{
    (void)name;
    struct builder *builder = context;
    if (builder->refused) {
        return;
    }
    struct frame *frame = &builder->frames[--builder->depth];
    if (frame->text.arena != NULL) {
        frame->element.text = frame->text.data;
    }
    if (builder->depth > 0) {
        add_child(builder->arena, frame - 1, &frame->element);
        return;
    }
    builder->root = arena_alloc(builder->arena, sizeof *builder->root);
    *builder->root = frame->element;
}

static void on_doctype(void *context, const char *name, const char *system_id, const char *public_id,
                       int has_subset)
{
    (void)name;
    (void)system_id;
    (void)public_id;
    (void)has_subset;
    refuse(context);
}

static void on_instruction(void *context, const char *target, const char *data)
{
    (void)target;
    (void)data;
    refuse(context);
}

const struct element *element_parse(struct arena *arena, const char *xml)
{
    size_t length = strlen(xml);
    if (length > 2 * (size_t)STREAM_SIZE_LIMIT) {
        return NULL;
    }
    struct builder *builder = arena_alloc(arena, sizeof *builder);
    builder->arena = arena;
    builder->parser = XML_ParserCreateNS("UTF-8", SEPARATOR);
    if (builder->parser == NULL) {
        log_bug("out of memory for a parser");
    }
    XML_SetUserData(builder->parser, builder);
    XML_SetElementHandler(builder->parser, on_start, on_end);
    XML_SetCharacterDataHandler(builder->parser, on_text);
    XML_SetStartDoctypeDeclHandler(builder->parser, on_doctype);
    XML_SetProcessingInstructionHandler(builder->parser, on_instruction);
    enum XML_Status status = XML_Parse(builder->parser, xml, (int)length, XML_TRUE);
    XML_ParserFree(builder->parser);
    return status == XML_STATUS_OK && !builder->refused ? builder->root : NULL;
}
