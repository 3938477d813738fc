/* list: growing parameter arrays for statements that take many rows at once.
 *
 * Lives in an arena. Threads: belongs to its unit of work.
 */
#ifndef DB_LIST_H
#define DB_LIST_H

#include "db/unit.h"

struct text_list {
    const char **values;
    size_t count, capacity;
};

struct bigint_list {
    int64_t *values;
    size_t count, capacity;
};

/* Appends; a NULL text is SQL NULL. Texts are not copied. */
void text_list_add(struct arena *arena, struct text_list *list, const char *value);
void bigint_list_add(struct arena *arena, struct bigint_list *list, int64_t value);

/* Appends unless it is there. */
void text_list_add_once(struct arena *arena, struct text_list *list, const char *value);
void bigint_list_add_once(struct arena *arena, struct bigint_list *list, int64_t value);

/* As parameters. */
struct text_array text_list_array(const struct text_list *list);
struct bigint_array bigint_list_array(const struct bigint_list *list);

#endif
