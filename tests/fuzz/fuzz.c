#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <expat.h>

#include "base/text.h"
#include "command/table.h"
#include "rooms.h"

bool fuzz_checking;

void fuzz_fail(const char *file, int line, const char *condition)
{
    fprintf(stderr, "%s:%d: broken contract: %s\n", file, line, condition);
    abort();
}

char *fuzz_string(struct arena *arena, const uint8_t *data, size_t size)
{
    return arena_strndup(arena, (const char *)data, size == 0 ? 0 : strnlen((const char *)data, size));
}

size_t fuzz_choose(const uint8_t **data, size_t *size, size_t count)
{
    size_t sum = 0;
    while (*size > 0) {
        uint8_t byte = *(*data)++;
        --*size;
        if (byte == '\n') {
            break;
        }
        sum += byte;
    }
    return sum % count;
}

static void check_characters(void *context, const char *bytes, int length)
{
    for (size_t i = 0; i < (size_t)length;) {
        uint32_t code_point;
        size_t taken = utf8_decode(bytes + i, (size_t)length - i, &code_point);
        if (taken == 0 || !xml_char_allowed(code_point)) {
            *(bool *)context = false;
            return;
        }
        i += taken;
    }
}

static void check_attributes(void *context, const char *name, const char **attributes)
{
    (void)name;
    for (; attributes[0] != NULL; attributes += 2) {
        check_characters(context, attributes[1], (int)strlen(attributes[1]));
    }
}

bool fuzz_is_xml(struct arena *arena, const char *bytes, size_t length)
{
    bool good = true;
    fuzz_checking = true;
    XML_Parser parser = XML_ParserCreateNS("UTF-8", '\xFF'); /* no namespace can contain it */
    XML_SetUserData(parser, &good);
    XML_SetStartElementHandler(parser, check_attributes);
    XML_SetCharacterDataHandler(parser, check_characters);
    check_characters(&good, bytes, (int)length);
    const char *whole = arena_printf(arena, "<stream xmlns='jabber:component:accept'>%s</stream>", bytes);
    good = good && strlen(bytes) == length &&
           XML_Parse(parser, whole, (int)strlen(whole), XML_TRUE) == XML_STATUS_OK && good;
    XML_ParserFree(parser);
    fuzz_checking = false;
    return good;
}

const struct command_table *fuzz_table(void)
{
    static struct arena *arena;
    static const struct command_table *table;
    if (arena == NULL) {
        arena = arena_new();
        table = command_table_join(arena, ROOMS, NULL);
        FUZZ_CHECK(table != NULL);
    }
    return table;
}
