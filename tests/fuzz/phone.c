/* Contract of phone_parse(): what is taken is E.164, a plus and 8 to 15 digits, the first no zero; it reads
 * as itself in every country, also as phone_format() shows it. */
#include <string.h>

#include "base/phone.h"
#include "fuzz.h"

static const char *const countries[] = {"IN", "US", "GB", "DE", "IT", "AU", "JP", "SG", "XX"};

#define COUNTRY_COUNT (sizeof countries / sizeof *countries)

static void check_number(const char *number)
{
    size_t digits = strspn(number + 1, "0123456789");
    FUZZ_CHECK(number[0] == '+' && number[1] != '0');
    FUZZ_CHECK(digits >= 8 && digits <= 15 && number[1 + digits] == '\0');
}

static void check_again(const char *text, const char *number)
{
    for (size_t i = 0; i < COUNTRY_COUNT; i++) {
        char again[PHONE_SIZE];
        FUZZ_CHECK(phone_parse(text, countries[i], again) == PHONE_OK);
        FUZZ_CHECK(strcmp(again, number) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *country = countries[fuzz_choose(&data, &size, COUNTRY_COUNT)];
    struct arena *arena = arena_new();
    char number[PHONE_SIZE];
    const char *given = fuzz_string(arena, data, size);
    enum phone_result result = phone_parse(given, country, number);
    if (result == PHONE_OK) {
        check_number(number);
        check_again(number, number);
        check_again(phone_format(arena, number), number);
    } else {
        FUZZ_CHECK(phone_explain(result)[0] != '\0');
    }
    phone_format(arena, given);
    arena_free(arena);
    return 0;
}
