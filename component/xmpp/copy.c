#include "xmpp/copy.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "xmpp/stream.h"

#define OUTER_VALUE_LIMIT 3071 /* of a refused stanza: a JID's limit */

struct copier {
    struct arena *arena;
    size_t size;
};

static int count_size(struct copier *copier, const char *string)
{
    copier->size += strlen(string);
    return copier->size > STREAM_SIZE_LIMIT ? -1 : 0;
}

static const char *attribute_name(const char *name)
{
    return strcmp(name, "lang") == 0 ? "xml:lang" : name;
}

static int copy_attributes(struct copier *copier, xmpp_stanza_t *from, struct element *to, size_t value_limit)
{
    int count = xmpp_stanza_get_attribute_count(from);
    if (count <= 0) {
        return 0;
    }
    const char **pairs = arena_array(copier->arena, 2 * (size_t)count, sizeof *pairs);
    int filled = xmpp_stanza_get_attributes(from, pairs, 2 * count);
    to->attributes = arena_array(copier->arena, (size_t)count, sizeof *to->attributes);
    for (int i = 0; i + 1 < filled; i += 2) {
        if (strcmp(pairs[i], "xmlns") == 0 || strlen(pairs[i + 1]) > value_limit) {
            continue;
        }
        if (count_size(copier, pairs[i]) != 0 || count_size(copier, pairs[i + 1]) != 0) {
            return -1;
        }
        struct attribute *attribute = &to->attributes[to->attribute_count++];
        attribute->name = arena_strdup(copier->arena, attribute_name(pairs[i]));
        attribute->value = arena_strdup(copier->arena, pairs[i + 1]);
    }
    return 0;
}

static int copy_outside(struct copier *copier, xmpp_stanza_t *from, struct element *to, size_t value_limit)
{
    const char *ns = xmpp_stanza_get_ns(from);
    if (count_size(copier, xmpp_stanza_get_name(from)) != 0) {
        return -1;
    }
    to->name = arena_strdup(copier->arena, xmpp_stanza_get_name(from));
    to->ns = arena_strdup(copier->arena, element_plain_ns(ns));
    to->text = "";
    return copy_attributes(copier, from, to, value_limit);
}

/* One string of all text directly inside; the usual single run is copied once. */
static const char *copy_text(struct copier *copier, xmpp_stanza_t *from)
{
    size_t length = 0;
    for (xmpp_stanza_t *child = xmpp_stanza_get_children(from); child != NULL;
         child = xmpp_stanza_get_next(child)) {
        if (xmpp_stanza_is_text(child)) {
            length += strlen(xmpp_stanza_get_text_ptr(child));
        }
    }
    copier->size += length;
    if (length == 0 || copier->size > STREAM_SIZE_LIMIT) {
        return "";
    }
    char *text = arena_alloc(copier->arena, length + 1);
    char *end = text;
    for (xmpp_stanza_t *child = xmpp_stanza_get_children(from); child != NULL;
         child = xmpp_stanza_get_next(child)) {
        if (xmpp_stanza_is_text(child)) {
            size_t run = strlen(xmpp_stanza_get_text_ptr(child));
            memcpy(end, xmpp_stanza_get_text_ptr(child), run);
            end += run;
        }
    }
    return text;
}

/* Recursion ends at STREAM_DEPTH_LIMIT. Returns -1 over a limit. */
static int copy_element(struct copier *copier, xmpp_stanza_t *from, struct element *to, size_t depth)
{
    if (depth > STREAM_DEPTH_LIMIT || copy_outside(copier, from, to, STREAM_SIZE_LIMIT) != 0) {
        return -1;
    }
    to->text = copy_text(copier, from);
    size_t count = 0;
    for (xmpp_stanza_t *child = xmpp_stanza_get_children(from); child != NULL;
         child = xmpp_stanza_get_next(child)) {
        count += xmpp_stanza_is_tag(child) ? 1 : 0;
    }
    if (copier->size > STREAM_SIZE_LIMIT) {
        return -1;
    }
    to->children = arena_array(copier->arena, count, sizeof *to->children);
    for (xmpp_stanza_t *child = xmpp_stanza_get_children(from); child != NULL;
         child = xmpp_stanza_get_next(child)) {
        if (xmpp_stanza_is_tag(child) &&
            copy_element(copier, child, &to->children[to->child_count++], depth + 1) != 0) {
            return -1;
        }
    }
    return 0;
}

const struct element *copy_stanza(struct arena *arena, xmpp_stanza_t *stanza, bool *refused)
{
    struct copier copier = {.arena = arena};
    struct element *root = arena_alloc(arena, sizeof *root);
    *refused = copy_element(&copier, stanza, root, 1) != 0;
    if (*refused) {
        copier = (struct copier){.arena = arena};
        *root = (struct element){.name = "", .ns = "", .text = ""};
        if (copy_outside(&copier, stanza, root, OUTER_VALUE_LIMIT) != 0) {
            root->attribute_count = 0;
        }
    }
    return root;
}

/* ---- libstrophe's memory ---- */

static void *required(void *memory, size_t size)
{
    if (memory == NULL && size > 0) {
        log_bug("out of memory in libstrophe, wanted bytes=%zu", size);
    }
    return memory;
}

static void *allocate(const size_t size, void *const context)
{
    (void)context;
    return required(malloc(size), size);
}

static void *reallocate(void *memory, const size_t size, void *const context)
{
    (void)context;
    return required(realloc(memory, size), size);
}

static void release(void *memory, void *const context)
{
    (void)context;
    free(memory);
}

const xmpp_mem_t copy_memory = {.alloc = allocate, .free = release, .realloc = reallocate};
