/* Contract of money_parse(): what is taken is not negative, of a known currency, and means the same when it
 * is printed for people (money_format) or kept (type_money) and read again, whatever the default currency. */
#include <string.h>

#include "base/money.h"
#include "command/type.h"
#include "fuzz.h"

static void check_again(const char *text, const char *currency, const struct money *wanted)
{
    struct money again;
    FUZZ_CHECK(money_parse(text, currency, &again) == MONEY_OK);
    FUZZ_CHECK(again.minor == wanted->minor);
    FUZZ_CHECK(strcmp(again.currency, wanted->currency) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const currencies[] = {"INR", "USD", "JPY", "KWD", "CNY", "XXX"};
    const char *currency = currencies[fuzz_choose(&data, &size, 6)];
    struct arena *arena = arena_new();
    struct money money;
    enum money_result result = money_parse(fuzz_string(arena, data, size), currency, &money);
    if (result == MONEY_OK) {
        FUZZ_CHECK(money.minor >= 0);
        FUZZ_CHECK(money_exponent(money.currency) >= 0);
        check_again(money_format(arena, money), "XXX", &money);
        check_again(type_money(arena, money.minor, money.currency), "XXX", &money);
    } else {
        FUZZ_CHECK(money_explain(result)[0] != '\0');
    }
    arena_free(arena);
    return 0;
}
