/* Contract of email_parse(): what is taken has the parts and lengths of RFC 5321, carries no byte that could
 * end a header or a command (space, control, angle bracket, quote), and reads as itself. */
#include <string.h>

#include "base/email.h"
#include "fuzz.h"

static void check(struct arena *arena, const char *address)
{
    char *again;
    const char *at = strchr(address, '@');
    FUZZ_CHECK(at != NULL && strchr(at + 1, '@') == NULL);
    FUZZ_CHECK(at - address >= 1 && at - address <= 64 && strlen(address) <= 254);
    FUZZ_CHECK(strchr(at, '.') != NULL && strstr(address, "..") == NULL);
    FUZZ_CHECK(strpbrk(address, " \t\r\n<>()[],;:\\\"\x7F") == NULL);
    for (const char *c = address; *c != '\0'; c++) {
        FUZZ_CHECK((unsigned char)*c > 0x20);
        FUZZ_CHECK(c < at || *c < 'A' || *c > 'Z');
    }
    FUZZ_CHECK(email_parse(arena, address, &again) == 0);
    FUZZ_CHECK(strcmp(again, address) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    char *address = NULL;
    if (email_parse(arena, fuzz_string(arena, data, size), &address) == 0) {
        check(arena, address);
    }
    arena_free(arena);
    return 0;
}
