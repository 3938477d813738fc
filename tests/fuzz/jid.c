/* Contract of jid_parse(): what is taken is normal: its parts make the whole again, each within RFC 7622's
 * bounds, and reading the whole again gives the same. Of jid_record_number(): one number has one spelling. */
#include <stdio.h>
#include <string.h>

#include "fuzz.h"
#include "xmpp/jid.h"

static void check_parts(const struct jid *jid)
{
    size_t local = strlen(jid->local), domain = strlen(jid->domain), resource = strlen(jid->resource);
    FUZZ_CHECK(local <= 1023 && domain >= 1 && domain <= 1023 && resource <= 1023);
    FUZZ_CHECK(strpbrk(jid->local, "@/") == NULL);
    FUZZ_CHECK(strpbrk(jid->domain, "@/") == NULL);
}

static void check_whole(struct arena *arena, const struct jid *jid)
{
    struct jid again;
    const char *bare =
        arena_printf(arena, "%s%s%s", jid->local, jid->local[0] == '\0' ? "" : "@", jid->domain);
    const char *full =
        arena_printf(arena, "%s%s%s", bare, jid->resource[0] == '\0' ? "" : "/", jid->resource);
    FUZZ_CHECK(strcmp(bare, jid->bare) == 0);
    FUZZ_CHECK(strcmp(full, jid->full) == 0);
    FUZZ_CHECK(jid_parse(arena, jid->full, &again) == 0);
    FUZZ_CHECK(strcmp(again.local, jid->local) == 0 && strcmp(again.domain, jid->domain) == 0);
    FUZZ_CHECK(strcmp(again.resource, jid->resource) == 0 && strcmp(again.bare, jid->bare) == 0);
}

static void check_number(struct arena *arena, const char *local)
{
    long long number;
    if (jid_record_number(local, "lead-", &number) == 0) {
        FUZZ_CHECK(number > 0);
        FUZZ_CHECK(strcmp(arena_printf(arena, "lead-%lld", number), local) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct jid jid;
    const char *given = fuzz_string(arena, data, size);
    if (jid_parse(arena, given, &jid) == 0) {
        FUZZ_CHECK(strcmp(jid.full, given) == 0);
        check_parts(&jid);
        check_whole(arena, &jid);
        check_number(arena, jid.local);
    }
    arena_free(arena);
    return 0;
}
