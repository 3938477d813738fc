/* Contract of history_query_read(): what a visitor asks the archive for is within the page's limit and names
 * no negative entry, so that PostgreSQL gets nothing else. */
#include "desk/history_query.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    const struct element *iq = element_parse(arena, fuzz_string(arena, data, size));
    struct history_query query;
    if (iq != NULL && history_query_read(iq, &query) == 0) {
        FUZZ_CHECK(query.max >= 0 && query.max <= HISTORY_PAGE_LIMIT);
        FUZZ_CHECK(query.after >= 0 && query.before >= 0);
        FUZZ_CHECK(query.has_after || query.after == 0);
        FUZZ_CHECK(query.has_before || query.before == 0);
        FUZZ_CHECK(!query.has_before || query.newest);
    }
    arena_free(arena);
    return 0;
}
