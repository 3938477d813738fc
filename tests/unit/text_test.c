#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/text.h"

static void test_growing(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct text text = text_new(arena);
    assert_string_equal(text.data, "");
    for (int i = 0; i < 100000; i++) {
        text_addf(&text, "%d", i % 10);
    }
    assert_int_equal(text.length, 100000);
    assert_int_equal(strlen(text.data), 100000);
    text_add_char(&text, 'x');
    text_add(&text, "yz");
    assert_string_equal(text.data + 100000, "xyz");
    assert_true(arena_used(arena) < 1000000);
    arena_free(arena);
}

/* Encoding and decoding agree on all code points, and on nothing else of up to three bytes. */
static void test_utf8_all(void **state)
{
    (void)state;
    for (uint32_t wanted = 0; wanted < 0x110000; wanted++) {
        char bytes[4];
        uint32_t got = 0;
        size_t length = utf8_encode(wanted, bytes);
        size_t taken = utf8_decode(bytes, length, &got);
        if (wanted >= 0xD800 && wanted <= 0xDFFF) {
            assert_int_equal(taken, 0);
        } else {
            assert_int_equal(taken, length);
            assert_int_equal(got, wanted);
            assert_int_equal(utf8_decode(bytes, length - 1, &got), 0);
        }
    }
    size_t valid = 0;
    for (uint32_t value = 0; value < 0x1000000; value++) {
        char bytes[3] = {(char)(value >> 16), (char)(value >> 8), (char)value};
        uint32_t got;
        size_t taken = utf8_decode(bytes, 3, &got);
        valid += taken == 3 ? 1 : 0;
    }
    assert_int_equal(valid, 0x10000 - 0x800 - 0x800);
}

static void test_utf8_questions(void **state)
{
    (void)state;
    assert_true(utf8_valid("", 0));
    assert_true(utf8_valid("aß₹😀", strlen("aß₹😀")));
    assert_false(utf8_valid("\xC0\x80", 2));
    assert_false(utf8_valid("\xED\xA0\x80", 3));
    assert_false(utf8_valid("\xF4\x90\x80\x80", 4));
    assert_false(utf8_valid("\xF5\x80\x80\x80", 4));
    assert_false(utf8_valid("a\xE2\x82", 3));
    assert_int_equal(utf8_count("aß₹😀"), 4);
    assert_int_equal(utf8_count("a\xFF\xFE"
                                "b"),
                     4);
    assert_true(xml_char_allowed('\t'));
    assert_false(xml_char_allowed(0));
    assert_false(xml_char_allowed(0x0B));
    assert_false(xml_char_allowed(0xFFFE));
    assert_false(xml_char_allowed(0xD800));
    assert_false(xml_char_allowed(0x110000));
    assert_true(xml_char_allowed(0x10FFFF));
}

static void test_words(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    assert_string_equal(text_squeeze(arena, "  a \t\r\n b\x01"
                                            "c\xC2\xA0\xE3\x80\x80"
                                            "d  "),
                        "a b c d");
    assert_string_equal(text_squeeze(arena, ""), "");
    assert_string_equal(text_squeeze(arena, "\u202Eevil\u202C \u2066na\u200Bme\u2069"), "evil name");
    assert_string_equal(text_squeeze(arena, "\u202E \u200B"), "");
    assert_string_equal(text_squeeze(arena, "\u200F \u200D\uFE0F\u3164"), "");
    assert_string_equal(text_of_lines(arena, " \n a  b\t\u202Ec\x01\r\n\u2028d\u2066 \n\n"), "a  b c  \n\nd");
    assert_string_equal(text_of_lines(arena, " \u202E\n\u200F\u2060 "), "");
    assert_string_equal(text_of_lines(arena, "नमस्ते 👨‍👩‍👧\n₹5"),
                        "नमस्ते 👨‍👩‍👧\n₹5");
    assert_string_equal(text_squeeze(arena, "\u200Fשלום क्‍ष"), "\u200Fשלום क्‍ष");
    assert_string_equal(text_squeeze(arena, " \n"), "");
    assert_string_equal(text_shorten(arena, "abc", 3), "abc");
    assert_string_equal(text_shorten(arena, "abcd", 3), "ab…");
    assert_string_equal(text_shorten(arena, "₹₹₹₹", 2), "₹…");
    assert_string_equal(text_shorten(arena, "abcd", 1), "…");
    assert_string_equal(text_shorten(arena, "abcd", 0), "");
    assert_true(text_equal_nocase("AbC", "aBc"));
    assert_false(text_equal_nocase("abc", "abcd"));
    assert_false(text_equal_nocase("Ä", "ä"));
    assert_true(text_starts_nocase("Lead Add", "lead"));
    assert_true(text_starts_nocase("x", ""));
    assert_false(text_starts_nocase("le", "lead"));
    assert_string_equal(text_lower(arena, "ABC-Ä"), "abc-ä");
    assert_string_equal(text_lower(arena, "ÖZGÜR ΣΑΣ ẞ \xff"), "özgür σασ ß \xff");
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_growing),
        cmocka_unit_test(test_utf8_all),
        cmocka_unit_test(test_utf8_questions),
        cmocka_unit_test(test_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
