/* Contract of reading a submitted data form: whatever is in it, form_read() keeps to its limits; each page of
 * each command reads into its own fields and no others; each value is taken or refused in a sentence; and the
 * stage or the refusal that answers is XML 1.0. The input is a form's XML, or, so that inventing one is easy,
 * lines "var=value", where "+value" is one more value of the same field. */
#include <string.h>

#include "command/table.h"
#include "fuzz.h"
#include "surface/forms.h"

static void check_form(const struct form *form)
{
    FUZZ_CHECK(form->type != NULL && form->field_count <= FORM_FIELD_LIMIT);
    for (size_t i = 0; i < form->field_count; i++) {
        FUZZ_CHECK(form->fields[i].var != NULL && form->fields[i].value_count <= FORM_VALUE_LIMIT);
        for (size_t j = 0; j < form->fields[i].value_count; j++) {
            FUZZ_CHECK(form->fields[i].values[j] != NULL);
        }
    }
}

static void check_answer(struct arena *arena, struct xml *xml)
{
    size_t length;
    const char *bytes = xml_finish(xml, &length);
    FUZZ_CHECK(bytes == NULL || fuzz_is_xml(arena, bytes, length)); /* NULL: over the cap, a large input's */
}

static void check_page(struct arena *arena, const struct command *command, int page, const struct form *form)
{
    struct argument given[FORMS_PAGE_FIELDS];
    size_t count = forms_read_page(arena, command, true, page, form, given);
    FUZZ_CHECK(count <= FORMS_PAGE_FIELDS);
    const struct type_reader reader = {.arena = arena, .table = fuzz_table(), .now = "2026-11-22 20:28:22"};
    struct arguments arguments = {given, count};
    for (size_t i = 0; i < count; i++) {
        FUZZ_CHECK(given[i].name != NULL);
        FUZZ_CHECK(forms_page_of(command, true, given[i].name) == page);
    }
    struct reply reply;
    reply_begin(&reply, arena, command);
    struct value *values = arena_array(arena, command_param_count(command) + 1, sizeof *values);
    enum verdict verdict = args_read(&reader, command, &arguments, true, &reply, values);
    struct xml *xml = xml_new(arena);
    if (verdict == VERDICT_DONE) {
        const struct forms_stage stage = {
            .command = command, .ask_target = true, .page = page, .session = "s", .values = arguments};
        forms_write_stage(xml, arena, &stage);
    } else {
        FUZZ_CHECK(verdict == VERDICT_REFUSED && reply.sentence != NULL);
        forms_write_reply(xml, arena, command->name, "s", &reply, 0);
    }
    check_answer(arena, xml);
}

static void write_line(struct xml *xml, struct arena *arena, const char *line, bool *open)
{
    if (line[0] == '+' && *open) {
        xml_leaf(xml, "value", NULL, line + 1);
        return;
    }
    if (*open) {
        xml_close(xml);
    }
    size_t name = strcspn(line, "=");
    xml_open(xml, "field", NULL);
    xml_attribute(xml, "var", arena_strndup(arena, line, name));
    *open = true;
    if (line[name] == '=') {
        xml_leaf(xml, "value", NULL, line + name + 1);
    }
}

static const char *form_of(struct arena *arena, const char *lines)
{
    bool open = false;
    size_t length;
    struct xml *xml = xml_new(arena);
    xml_open(xml, "x", "jabber:x:data");
    xml_attribute(xml, "type", "submit");
    for (const char *line = lines; *line != '\0';) {
        size_t end = strcspn(line, "\n");
        write_line(xml, arena, arena_strndup(arena, line, end), &open);
        line += end + (line[end] == '\n');
    }
    if (open) {
        xml_close(xml);
    }
    xml_close(xml);
    const char *bytes = xml_finish(xml, &length);
    FUZZ_CHECK(bytes == NULL || fuzz_is_xml(arena, bytes, length));
    return bytes;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct command_table *table = fuzz_table();
    const struct command *command = table->rows[fuzz_choose(&data, &size, table->count)];
    struct arena *arena = arena_new();
    const char *given = fuzz_string(arena, data, size);
    const char *xml = given[0] == '<' ? given : form_of(arena, given);
    const struct element *x = xml == NULL ? NULL : element_parse(arena, xml);
    struct form form;
    if (x != NULL && form_read(arena, x, &form) == 0) {
        check_form(&form);
        for (int page = 0; page < forms_page_count(command, true); page++) {
            check_page(arena, command, page, &form);
        }
    }
    arena_free(arena);
    return 0;
}
