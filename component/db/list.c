#include "db/list.h"

#include <string.h>

/* Doubles the room of an arena array; the old one stays behind until the arena ends. */
static void *list_grow(struct arena *arena, const void *values, size_t count, size_t *capacity, size_t size)
{
    *capacity = *capacity == 0 ? 8 : 2 * *capacity;
    void *grown = arena_array(arena, *capacity, size);
    if (count > 0) {
        memcpy(grown, values, count * size);
    }
    return grown;
}

void text_list_add(struct arena *arena, struct text_list *list, const char *value)
{
    if (list->count == list->capacity) {
        list->values = list_grow(arena, list->values, list->count, &list->capacity, sizeof *list->values);
    }
    list->values[list->count++] = value;
}

void bigint_list_add(struct arena *arena, struct bigint_list *list, int64_t value)
{
    if (list->count == list->capacity) {
        list->values = list_grow(arena, list->values, list->count, &list->capacity, sizeof *list->values);
    }
    list->values[list->count++] = value;
}

void text_list_add_once(struct arena *arena, struct text_list *list, const char *value)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->values[i], value) == 0) {
            return;
        }
    }
    text_list_add(arena, list, value);
}

void bigint_list_add_once(struct arena *arena, struct bigint_list *list, int64_t value)
{
    for (size_t i = 0; i < list->count; i++) {
        if (list->values[i] == value) {
            return;
        }
    }
    bigint_list_add(arena, list, value);
}

struct text_array text_list_array(const struct text_list *list)
{
    return (struct text_array){list->values, list->count};
}

struct bigint_array bigint_list_array(const struct bigint_list *list)
{
    return (struct bigint_array){list->values, list->count};
}
