#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/text.h"
#include "xmpp/form.h"

static int read_text(struct arena *arena, const char *text, struct form *out)
{
    return form_read(arena, element_parse(arena, text), out);
}

static void test_reading(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct form form;
    assert_int_equal(read_text(arena,
                               "<x xmlns='jabber:x:data' type='submit'><field type='fixed'><value>hi</value>"
                               "</field><field var='name'><value>Asha</value></field><field var='empty'/>"
                               "<field var='lines'><value>1</value><value/><value>3</value></field>"
                               "<other xmlns='urn:x'/></x>",
                               &form),
                     0);
    assert_string_equal(form.type, "submit");
    assert_int_equal(form.field_count, 3);
    assert_string_equal(form_value(&form, "name"), "Asha");
    assert_null(form_value(&form, "empty"));
    assert_null(form_value(&form, "absent"));
    assert_int_equal(form.fields[2].value_count, 3);
    assert_string_equal(form.fields[2].values[1], "");
    assert_string_equal(form.fields[2].values[2], "3");
    arena_free(arena);
}

static const char *many(struct arena *arena, size_t fields, size_t values)
{
    struct text xml = text_new(arena);
    text_add(&xml, "<x xmlns='jabber:x:data' type='submit'>");
    for (size_t i = 0; i < fields; i++) {
        text_addf(&xml, "<field var='f%zu'>", i);
        for (size_t k = 0; k < values; k++) {
            text_add(&xml, "<value/>");
        }
        text_add(&xml, "</field>");
    }
    text_add(&xml, "</x>");
    return xml.data;
}

static void test_refused(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct form form;
    assert_int_equal(read_text(arena, "<x xmlns='urn:x' type='submit'/>", &form), -1);
    assert_int_equal(read_text(arena, "<y xmlns='jabber:x:data' type='submit'/>", &form), -1);
    assert_int_equal(read_text(arena, "<x xmlns='jabber:x:data'/>", &form), -1);
    assert_int_equal(read_text(arena, "<x xmlns='jabber:x:data' type='odd'/>", &form), -1);
    assert_int_equal(read_text(arena, many(arena, FORM_FIELD_LIMIT, 1), &form), 0);
    assert_int_equal(read_text(arena, many(arena, FORM_FIELD_LIMIT + 1, 1), &form), -1);
    assert_int_equal(read_text(arena, many(arena, 1, FORM_VALUE_LIMIT), &form), 0);
    assert_int_equal(read_text(arena, many(arena, 1, FORM_VALUE_LIMIT + 1), &form), -1);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reading),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
