/* The pictures of our contacts: real PNG files, the same every time, told apart by kind and by number. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "desk/contact.h"
#include "desk/picture.h"
#include "xmpp/namespaces.h"

static uint32_t number_at(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* CRC-32 by its definition, another way than the program's. */
static uint32_t crc_of(const unsigned char *bytes, size_t length)
{
    uint32_t table[256], sum = 0xffffffffU;
    for (uint32_t i = 0; i < 256; i++) {
        table[i] = i;
        for (int k = 0; k < 8; k++) {
            table[i] = table[i] & 1 ? 0xedb88320U ^ table[i] >> 1 : table[i] >> 1;
        }
    }
    for (size_t i = 0; i < length; i++) {
        sum = table[(sum ^ bytes[i]) & 255] ^ sum >> 8;
    }
    return ~sum;
}

static void each_chunk_is_whole(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct picture picture = picture_of(arena, "visitor-17");
    const char *const types[] = {"IHDR", "PLTE", "IDAT", "IEND"};
    size_t at = 8;
    assert_memory_equal(picture.bytes, "\x89PNG\r\n\x1a\n", 8);
    for (int i = 0; i < 4; i++) {
        uint32_t length = number_at(picture.bytes + at);
        assert_true(at + 12 + length <= picture.length);
        assert_memory_equal(picture.bytes + at + 4, types[i], 4);
        assert_int_equal(number_at(picture.bytes + at + 8 + length),
                         crc_of(picture.bytes + at + 4, length + 4));
        at += 12 + length;
    }
    assert_int_equal(at, picture.length);
    assert_int_equal(number_at(picture.bytes + 16), PICTURE_SIDE);
    assert_true(strlen(picture.base64) < 4096);
    arena_free(arena);
}

static void a_picture_belongs_to_its_address(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    const char *id = picture_of(arena, "visitor-17").id;
    assert_int_equal(strlen(id), 40);
    assert_string_equal(picture_of(arena, "visitor-17").id, id);
    assert_string_not_equal(picture_of(arena, "lead-17").id, id);
    assert_string_not_equal(picture_of(arena, "visitor-18").id, id);
    assert_string_not_equal(picture_of(arena, "bot").id, picture_of(arena, "support").id);
    arena_free(arena);
}

static void presence_names_the_picture_that_the_vcard_has(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct picture picture = picture_of(arena, "lead-42");
    struct xml *xml = xml_new(arena);
    size_t length;
    contact_write_vcard(xml, arena, "lead-42", "Asha", "lead-42@crm.d");
    const char *card = xml_finish(xml, &length);
    assert_non_null(strstr(card, "<FN>Asha</FN>"));
    assert_non_null(strstr(card, picture.base64));
    xml = xml_new(arena);
    contact_write_presence(xml, arena, "lead-42");
    const char *presence = xml_finish(xml, &length);
    assert_non_null(strstr(presence, picture.id));
    assert_non_null(strstr(presence, "<c xmlns='" NS_CAPS "'"));
    xml = xml_new(arena);
    contact_write_presence(xml, arena, "support");
    assert_null(strstr(xml_finish(xml, &length), NS_CAPS));
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_chunk_is_whole),
        cmocka_unit_test(a_picture_belongs_to_its_address),
        cmocka_unit_test(presence_names_the_picture_that_the_vcard_has),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
