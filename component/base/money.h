/* money: amounts as people write them, and as they are kept: minor units (paise, cents) and an ISO 4217 code.
 *
 * Knows the currencies of its table, with their decimal places (INR 2, JPY 0, KWD 3). Does not convert
 * between them. Threads: any.
 */
#ifndef BASE_MONEY_H
#define BASE_MONEY_H

#include <stdint.h>

#include "base/arena.h"

struct money {
    int64_t minor;
    char currency[4];
};

enum money_result {
    MONEY_OK,
    MONEY_EMPTY,
    MONEY_NOT_A_NUMBER,     /* no amount, or something that is none */
    MONEY_UNKNOWN_CURRENCY, /* a word that is no currency of the table */
    MONEY_TOO_PRECISE,      /* more decimals than the currency has */
    MONEY_TOO_LARGE,
    MONEY_AMBIGUOUS, /* 1.200 EUR: a thousand and more, or one and a fifth */
    MONEY_NEGATIVE,
};

/* Reads "50000 INR", "₹50,000", "1.5 lakh", "2 crore", "$1,200.50", "INR 50k", "Rs. 500/-" or "50000", which
 * is of the default currency. Commas group thousands or, as in India, lakhs, and a dot begins decimals; where
 * it can only be so, dots group thousands and a comma begins decimals ("1.200,50 €"). `out` is written only
 * for MONEY_OK. */
enum money_result money_parse(const char *text, const char *default_currency, struct money *out);

/* A sentence for the person who wrote it. */
const char *money_explain(enum money_result result);

/* "₹1,50,000" (Indian grouping for INR), "$1,200.50", "¥500", "KWD 1.250"; decimals are left out when they
 * are zero. */
char *money_format(struct arena *arena, struct money money);

/* Decimal places of a currency, or -1 when it is not in the table. */
int money_exponent(const char *currency);

#endif
