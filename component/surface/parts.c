#include "surface/parts.h"

#include <string.h>

#include "base/text.h"
#include "xmpp/namespaces.h"

bool parts_ends_with(const char *text, const char *end)
{
    size_t length = strlen(text);
    return end != NULL && strlen(end) <= length && strcmp(text + length - strlen(end), end) == 0;
}

void parts_open_command(struct xml *xml, const char *node, const char *session, const char *status)
{
    xml_open(xml, "command", NS_COMMANDS);
    xml_attribute(xml, "node", node);
    xml_attribute(xml, "sessionid", session);
    xml_attribute(xml, "status", status);
}

/* Gajim 1.7 takes a shorter fixed text for a section's heading: bold, in the narrow column of the labels. */
#define SENTENCE_LENGTH 40

void parts_write_fixed(struct xml *xml, struct arena *arena, const char *text)
{
    size_t length = utf8_count(text);
    int padding = length < SENTENCE_LENGTH ? (int)(SENTENCE_LENGTH - length) : 0;
    xml_open(xml, "field", NS_DATA_FORM);
    xml_attribute(xml, "type", "fixed");
    xml_leaf(xml, "value", NS_DATA_FORM, arena_printf(arena, "%s%*s", text, padding, ""));
    xml_close(xml);
}

/* One <value/> a line for text of several lines, one in all otherwise. */
void parts_write_values(struct xml *xml, struct arena *arena, const char *type, const char *value)
{
    if (strcmp(type, "text-multi") != 0) {
        xml_leaf(xml, "value", NS_DATA_FORM, value);
        return;
    }
    for (const char *line = value;;) {
        size_t length = strcspn(line, "\n");
        xml_leaf(xml, "value", NS_DATA_FORM, arena_strndup(arena, line, length));
        if (line[length] == '\0') {
            return;
        }
        line += length + 1;
    }
}

void parts_write_option(struct xml *xml, const char *label, const char *value)
{
    xml_open(xml, "option", NS_DATA_FORM);
    xml_attribute(xml, "label", label);
    xml_leaf(xml, "value", NS_DATA_FORM, value);
    xml_close(xml);
}

/* A choice that stands for none comes first, unless the record has one and must have one. */
/* "Add a lead": the summary as a title. */
char *parts_title(struct arena *arena, const struct command *command)
{
    return arena_strndup(arena, command->summary, strlen(command->summary) - 1);
}
