#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <expat.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "xmpp/xml.h"

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

/* <m a='value'>value</m>, finished and read back by expat. */
static const struct element *there_and_back(struct arena *arena, const char *value)
{
    size_t length;
    struct xml *xml = xml_new(arena);
    xml_open(xml, "m", NULL);
    xml_attribute(xml, "a", value);
    xml_text(xml, value);
    xml_close(xml);
    const char *bytes = xml_finish(xml, &length);
    assert_non_null(bytes);
    assert_int_equal(strlen(bytes), length);
    const struct element *root = element_parse(arena, bytes);
    if (root == NULL) {
        fail_msg("expat refuses what was written");
    }
    return root;
}

/* All 0x110000 code points, 1024 at a time: what XML allows comes back as it was, the rest as U+FFFD. */
static void test_all_code_points(void **state)
{
    (void)state;
    for (uint32_t begin = 0; begin < 0x110000; begin += 1024) {
        struct arena *arena = arena_new();
        struct text sent = text_new(arena);
        struct text wanted = text_new(arena);
        for (uint32_t c = begin == 0 ? 1 : begin; c < begin + 1024; c++) {
            char bytes[4];
            size_t length = utf8_encode(c, bytes);
            text_add_bytes(&sent, bytes, length);
            if (c >= 0xD800 && c <= 0xDFFF) {
                text_add(&wanted, "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"); /* three invalid bytes */
            } else if (xml_char_allowed(c)) {
                text_add_bytes(&wanted, bytes, length);
            } else {
                text_add(&wanted, "\xEF\xBF\xBD");
            }
        }
        const struct element *root = there_and_back(arena, sent.data);
        assert_string_equal(root->text, wanted.data);
        assert_string_equal(element_attribute(root, "a"), wanted.data);
        arena_free(arena);
    }
}

static void test_random_bytes(void **state)
{
    (void)state;
    uint64_t random = 20261122;
    for (int round = 0; round < 2000; round++) {
        struct arena *arena = arena_new();
        char bytes[401];
        random = random * 6364136223846793005u + 1442695040888963407u;
        size_t length = random >> 33 & 0xFF;
        for (size_t i = 0; i < length; i++) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            bytes[i] = (char)((random >> 40) % 255 + 1);
        }
        bytes[length] = '\0';
        const struct element *root = there_and_back(arena, bytes);
        assert_string_equal(root->text, element_attribute(root, "a"));
        assert_true(utf8_valid(root->text, strlen(root->text)));
        arena_free(arena);
    }
}

static void test_what_it_looks_like(void **state)
{
    size_t length;
    struct xml *xml = xml_new(*state);
    xml_open(xml, "message", NULL);
    xml_attribute(xml, "to", "a'b\"c");
    xml_attribute(xml, "none", NULL);
    xml_attribute_number(xml, "n", -5);
    xml_leaf(xml, "body", NULL, "x < y & z");
    xml_leaf(xml, "request", "urn:xmpp:receipts", NULL);
    xml_open(xml, "forwarded", "urn:xmpp:forward:0");
    xml_leaf(xml, "delay", "urn:xmpp:delay", NULL);
    xml_leaf(xml, "same", "urn:xmpp:forward:0", "");
    xml_open(xml, "message", "jabber:client");
    xml_leaf(xml, "body", "", NULL);
    xml_close(xml);
    xml_close(xml);
    xml_close(xml);
    xml_leaf(xml, "presence", "jabber:client", NULL);
    assert_string_equal(
        xml_finish(xml, &length),
        "<message to='a&apos;b&quot;c' n='-5'><body>x &lt; y &amp; z</body>"
        "<request xmlns='urn:xmpp:receipts'/><forwarded xmlns='urn:xmpp:forward:0'>"
        "<delay xmlns='urn:xmpp:delay'/><same/><message xmlns='jabber:client'><body/></message>"
        "</forwarded></message><presence/>");
}

static void test_copy_of_a_tree(void **state)
{
    static const char text[] = "<message id='1' xml:lang='de'><x xmlns='urn:x'><y a='&#9;'>t</y>"
                               "<m xmlns='jabber:client'/></x></message>";
    size_t length;
    struct xml *xml = xml_new(*state);
    xml_element(xml, element_parse(*state, text));
    assert_string_equal(xml_finish(xml, &length), text);
    /* Names that are legal XML and that XMPP never uses are left out, not a bug. */
    xml = xml_new(*state);
    xml_element(xml, element_parse(*state, "<m é='1' b='2'><é/><c/></m>"));
    assert_string_equal(xml_finish(xml, &length), "<m b='2'><c/></m>");
}

static const char *write_nested(struct arena *arena, int depth)
{
    size_t length;
    struct xml *xml = xml_new(arena);
    for (int i = 0; i < depth; i++) {
        xml_open(xml, "a", NULL);
        xml_attribute(xml, "b", "c");
    }
    for (int i = 0; i < depth; i++) {
        xml_close(xml);
    }
    return xml_finish(xml, &length);
}

static const char *write_long(struct arena *arena, size_t size, bool in_attribute)
{
    size_t length;
    char *value = arena_alloc(arena, size + 1);
    memset(value, 'x', size);
    struct xml *xml = xml_new(arena);
    xml_open(xml, "a", NULL);
    xml_attribute(xml, "b", in_attribute ? value : NULL);
    xml_text(xml, in_attribute ? NULL : value);
    xml_leaf(xml, "after", NULL, "more");
    xml_close(xml);
    const char *bytes = xml_finish(xml, &length);
    assert_int_equal(length, bytes == NULL ? 0 : strlen(bytes));
    return bytes;
}

static void test_caps(void **state)
{
    assert_non_null(write_nested(*state, XML_DEPTH_LIMIT));
    assert_null(write_nested(*state, XML_DEPTH_LIMIT + 1));
    assert_null(write_nested(*state, 100000));
    assert_non_null(write_long(*state, XML_STANZA_LIMIT - 30, false));
    assert_null(write_long(*state, XML_STANZA_LIMIT - 20, false));
    assert_null(write_long(*state, XML_STANZA_LIMIT, true));
    assert_null(write_long(*state, (size_t)1024 * 1024, false));
}

/* The cap is one stanza's: a batch of stanzas may be larger. */
static void test_cap_counts_per_stanza(void **state)
{
    size_t length;
    char *value = arena_alloc(*state, 200001);
    memset(value, 'x', 200000);
    struct xml *xml = xml_new(*state);
    for (int i = 0; i < 3; i++) {
        xml_leaf(xml, "a", NULL, value);
    }
    assert_non_null(xml_finish(xml, &length));
    assert_int_equal(length, 600021);
}

/* A megabyte that grows sixfold when escaped takes no memory worth speaking of beyond the cap. */
static void test_memory_is_bounded(void **state)
{
    size_t length;
    char *value = arena_alloc(*state, 1000001);
    memset(value, '&', 1000000);
    size_t before = arena_used(*state);
    struct xml *xml = xml_new(*state);
    xml_leaf(xml, "a", NULL, value);
    assert_null(xml_finish(xml, &length));
    assert_true(arena_used(*state) - before < 4 * XML_STANZA_LIMIT);
}

static void name_an_element(void)
{
    xml_open(xml_new(arena_new()), "a b", NULL);
}

static void name_an_attribute(void)
{
    struct xml *xml = xml_new(arena_new());
    xml_open(xml, "a", NULL);
    xml_attribute(xml, "b='' c", "x");
}

static void write_xmlns(void)
{
    struct xml *xml = xml_new(arena_new());
    xml_open(xml, "a", NULL);
    xml_attribute(xml, "xmlns", "x");
}

static void leave_open(void)
{
    size_t length;
    struct xml *xml = xml_new(arena_new());
    xml_open(xml, "a", NULL);
    xml_finish(xml, &length);
}

static void attribute_too_late(void)
{
    struct xml *xml = xml_new(arena_new());
    xml_open(xml, "a", NULL);
    xml_text(xml, "x");
    xml_attribute(xml, "b", "x");
}

static void test_bugs_abort(void **state)
{
    (void)state;
    static void (*const bugs[])(void) = {name_an_element, name_an_attribute, write_xmlns, leave_open,
                                         attribute_too_late};
    for (size_t i = 0; i < sizeof bugs / sizeof *bugs; i++) {
        pid_t child = fork();
        if (child == 0) {
            close(STDERR_FILENO);
            signal(SIGABRT, SIG_DFL);
            bugs[i]();
            _exit(0);
        }
        int status;
        waitpid(child, &status, 0);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_code_points),
        cmocka_unit_test(test_random_bytes),
        cmocka_unit_test_setup_teardown(test_what_it_looks_like, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_copy_of_a_tree, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_caps, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_cap_counts_per_stanza, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_memory_is_bounded, set_up, tear_down),
        cmocka_unit_test(test_bugs_abort),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
