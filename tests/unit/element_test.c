#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/text.h"
#include "xmpp/element.h"
#include "xmpp/stream.h"

static int set_up(void **state)
{
    *state = arena_new();
    return 0;
}

static int tear_down(void **state)
{
    arena_free(*state);
    return 0;
}

static void test_tree(void **state)
{
    const struct element *root = element_parse(
        *state, "<message xmlns='jabber:client' id='1' xml:lang='de' xmlns:e='urn:e' e:id='forged'>"
                "<body>a&lt;<![CDATA[<b>]]>\r\nc</body><x xmlns='urn:x'><y/><y n='2'>t</y></x><body>2</body>"
                "between<e:z/></message>");
    assert_non_null(root);
    assert_string_equal(root->name, "message");
    assert_string_equal(root->ns, "");
    assert_string_equal(root->text, "between");
    assert_int_equal(root->attribute_count, 2);
    assert_string_equal(element_attribute(root, "id"), "1");
    assert_string_equal(element_attribute(root, "xml:lang"), "de");
    assert_null(element_attribute(root, "xmlns"));
    assert_string_equal(element_child_text(root, "body", ""), "a<<b>\nc");
    const struct element *x = element_child(root, NULL, "urn:x");
    const struct element *y = element_child(x, "y", "urn:x");
    assert_string_equal(y->text, "");
    y = element_next(x, y, "y", NULL);
    assert_string_equal(element_attribute(y, "n"), "2");
    assert_null(element_next(x, y, "y", NULL));
    assert_non_null(element_child(root, "z", "urn:e"));
    assert_null(element_child_text(root, "subject", NULL));
    assert_string_equal(element_next(root, element_child(root, "body", ""), "body", "")->text, "2");
}

static void test_many_children(void **state)
{
    struct text xml = text_new(*state);
    text_add(&xml, "<a>");
    for (int i = 0; i < 1000; i++) {
        text_addf(&xml, "<b n='%d'/>", i);
    }
    text_add(&xml, "</a>");
    const struct element *root = element_parse(*state, xml.data);
    assert_int_equal(root->child_count, 1000);
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(atoi(element_attribute(&root->children[i], "n")), i);
    }
}

static void test_what_is_no_stanza(void **state)
{
    static const char *const cases[] = {
        "",
        " ",
        "x",
        "<a>",
        "<a></b>",
        "<a/><b/>",
        "<a b='1' b='2'/>",
        "<a>&nbsp;</a>",
        "<a>\x01</a>",
        "<a>\xFF</a>",
        "<a>&#0;</a>",
        "<a>&#xFFFE;</a>",
        "<p:a/>",
        "<a b=1/>",
        "<a><?php x?></a>",
        "<!DOCTYPE a><a/>",
        "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
        "<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>",
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (element_parse(*state, cases[i]) != NULL) {
            fail_msg("'%s' was taken", cases[i]);
        }
    }
}

static const char *nested(struct arena *arena, int depth)
{
    struct text xml = text_new(arena);
    for (int i = 0; i < depth; i++) {
        text_add(&xml, "<a>");
    }
    for (int i = 0; i < depth; i++) {
        text_add(&xml, "</a>");
    }
    return xml.data;
}

static const char *filled(struct arena *arena, const char *begin, size_t size, const char *end)
{
    char *middle = arena_alloc(arena, size + 1);
    memset(middle, 'x', size);
    return arena_printf(arena, "%s%s%s", begin, middle, end);
}

static void test_limits(void **state)
{
    assert_non_null(element_parse(*state, nested(*state, STREAM_DEPTH_LIMIT)));
    assert_null(element_parse(*state, nested(*state, STREAM_DEPTH_LIMIT + 1)));
    assert_null(element_parse(*state, nested(*state, 60000)));
    assert_non_null(element_parse(*state, filled(*state, "<a>", STREAM_SIZE_LIMIT - 1, "</a>")));
    assert_null(element_parse(*state, filled(*state, "<a>", STREAM_SIZE_LIMIT, "</a>")));
    assert_null(element_parse(*state, filled(*state, "<a b='", STREAM_SIZE_LIMIT, "'/>")));
    assert_null(element_parse(*state, filled(*state, "<a>", (size_t)1024 * 1024, "</a>")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_tree, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_many_children, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_is_no_stanza, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_limits, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
