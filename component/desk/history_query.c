#include "desk/history_query.h"

#include <stdlib.h>
#include <string.h>

#include "xmpp/namespaces.h"

#define HISTORY_PAGE 50

/* An archive id; what is none names nothing (XEP-0313 section 4.3.3: item-not-found). */
static int read_id(const char *text, int64_t *id)
{
    char *end;
    if (text == NULL || *text < '0' || *text > '9') {
        return -1;
    }
    *id = strtoll(text, &end, 10);
    return *end == '\0' ? 0 : -1;
}

int history_query_read(const struct element *iq, struct history_query *query)
{
    const struct element *root = element_child(iq, "query", NS_MAM);
    const struct element *set = root == NULL ? NULL : element_child(root, "set", NS_RSM);
    *query = (struct history_query){.query_id = root == NULL ? NULL : element_attribute(root, "queryid"),
                                    .max = HISTORY_PAGE};
    if (set == NULL) {
        return root == NULL ? -1 : 0;
    }
    const char *after = element_child_text(set, "after", NS_RSM),
               *before = element_child_text(set, "before", NS_RSM);
    const char *max = element_child_text(set, "max", NS_RSM);
    query->has_after = after != NULL;
    query->newest = before != NULL;
    query->has_before = before != NULL && *before != '\0';
    if (query->has_after && read_id(after, &query->after) != 0) {
        return -1;
    }
    if (query->has_before && read_id(before, &query->before) != 0) {
        return -1;
    }
    if (max != NULL && read_id(max, &query->max) != 0) {
        return -1;
    }
    if (query->max > HISTORY_PAGE_LIMIT) {
        query->max = HISTORY_PAGE_LIMIT;
    }
    return 0;
}
