#include "command/json.h"

#include <string.h>

static void add_escaped(struct text *text, uint32_t code_point, const char *bytes, size_t length)
{
    if (code_point == '"' || code_point == '\\') {
        text_addf(text, "\\%c", (int)code_point);
    } else if (code_point < 0x20) {
        text_addf(text, "\\u%04x", (unsigned)code_point);
    } else {
        text_add_bytes(text, bytes, length);
    }
}

void json_add_string(struct text *text, const char *string)
{
    if (string == NULL) {
        text_add(text, "null");
        return;
    }
    text_add_char(text, '"');
    size_t left = strlen(string);
    while (left > 0) {
        uint32_t code_point = 0;
        size_t length = utf8_decode(string, left, &code_point);
        if (length == 0) {
            text_add(text, "\xEF\xBF\xBD");
            length = 1;
        } else {
            add_escaped(text, code_point, string, length);
        }
        string += length;
        left -= length;
    }
    text_add_char(text, '"');
}

void json_next(struct text *text)
{
    char last = text->length == 0 ? '\0' : text->data[text->length - 1];
    if (last != '{' && last != '[' && last != '\0') {
        text_add_char(text, ',');
    }
}

void json_add_name(struct text *text, const char *name)
{
    json_next(text);
    json_add_string(text, name);
    text_add_char(text, ':');
}

void json_open_array(struct text *text)
{
    text_add_char(text, '[');
}

void json_close_array(struct text *text)
{
    text_add_char(text, ']');
}

void json_open(struct text *text)
{
    text_add_char(text, '{');
}

void json_add_member(struct text *text, const char *name, const char *value)
{
    if (value == NULL) {
        return;
    }
    json_add_name(text, name);
    json_add_string(text, value);
}

void json_close(struct text *text)
{
    text_add_char(text, '}');
}
