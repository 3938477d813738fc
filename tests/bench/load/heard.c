#include "heard.h"

#include <expat.h>
#include <stdlib.h>
#include <string.h>

#include "link.h"

/* Expat with the cure for CVE-2023-52425 lets a cut-off token wait for more (component/xmpp/expat.c). */
extern XML_Bool XML_SetReparseDeferralEnabled(XML_Parser parser, XML_Bool enabled) __attribute__((weak));

struct reader {
    XML_Parser parser;
    bool framed;
    int depth, top; /* elements of this depth are what is heard */
    bool in_body, in_error;
    size_t body_length;
    struct heard heard;
    bool restarting;
    void (*take)(void *context, const struct heard *heard);
    void *context;
};

static void copy(char *to, size_t size, const char *from)
{
    size_t length = strnlen(from, size - 1);
    memcpy(to, from, length);
    to[length] = '\0';
}

static const char *local_name(const char *name)
{
    const char *colon = strrchr(name, ':');
    return colon == NULL ? name : colon + 1;
}

static const char *attribute(const char **attributes, const char *name)
{
    for (; attributes[0] != NULL; attributes += 2) {
        if (strcmp(attributes[0], name) == 0) {
            return attributes[1];
        }
    }
    return "";
}

static void open_top(struct reader *reader, const char *name, const char **attributes)
{
    struct heard *heard = &reader->heard;
    *heard = (struct heard){.name = ""};
    copy(heard->name, sizeof heard->name, local_name(name));
    copy(heard->from, sizeof heard->from, attribute(attributes, "from"));
    copy(heard->id, sizeof heard->id, attribute(attributes, "id"));
    copy(heard->type, sizeof heard->type, attribute(attributes, "type"));
}

static void open_child(struct reader *reader, const char *name, const char **attributes)
{
    struct heard *heard = &reader->heard;
    reader->in_error = strcmp(name, "error") == 0;
    if (strcmp(name, "body") == 0) {
        reader->in_body = true;
        reader->body_length = 0;
    } else if (strcmp(name, "request") == 0) {
        heard->wants_receipt = strcmp(attribute(attributes, "xmlns"), "urn:xmpp:receipts") == 0;
    } else if (strcmp(name, "command") == 0) {
        copy(heard->session, sizeof heard->session, attribute(attributes, "sessionid"));
        copy(heard->command_status, sizeof heard->command_status, attribute(attributes, "status"));
    }
}

static void open_element(void *context, const char *name, const char **attributes)
{
    struct reader *reader = context;
    int level = reader->depth++ - reader->top;
    if (level == 0) {
        open_top(reader, name, attributes);
    } else if (level == 1) {
        open_child(reader, name, attributes);
    } else if (level == 2 && reader->in_error && reader->heard.condition[0] == '\0') {
        copy(reader->heard.condition, sizeof reader->heard.condition, name);
    } else if (level > 1 && strcmp(name, "field") == 0) {
        reader->heard.fields++;
    }
}

static void close_element(void *context, const char *name)
{
    struct reader *reader = context;
    int level = --reader->depth - reader->top;
    (void)name;
    if (level == 1) {
        reader->in_body = false;
    } else if (level == 0) {
        reader->take(reader->context, &reader->heard);
    }
}

static void take_text(void *context, const char *text, int length)
{
    struct reader *reader = context;
    size_t room = sizeof reader->heard.body - 1 - reader->body_length;
    size_t taken = (size_t)length < room ? (size_t)length : room;
    if (reader->in_body) {
        memcpy(reader->heard.body + reader->body_length, text, taken);
        reader->body_length += taken;
        reader->heard.body[reader->body_length] = '\0';
    }
}

static void begin(struct reader *reader)
{
    XML_ParserReset(reader->parser, "UTF-8");
    XML_SetUserData(reader->parser, reader);
    XML_SetElementHandler(reader->parser, open_element, close_element);
    XML_SetCharacterDataHandler(reader->parser, take_text);
    if (XML_SetReparseDeferralEnabled != NULL) {
        XML_SetReparseDeferralEnabled(reader->parser, XML_FALSE);
    }
    reader->depth = 0;
    reader->in_body = false;
}

struct reader *reader_new(bool framed, void (*take)(void *context, const struct heard *heard))
{
    struct reader *reader = calloc(1, sizeof *reader);
    if (reader == NULL || (reader->parser = XML_ParserCreate("UTF-8")) == NULL) {
        link_fail("out of memory");
    }
    reader->framed = framed;
    reader->top = framed ? 0 : 1;
    reader->take = take;
    begin(reader);
    return reader;
}

/* The parser cannot be reset while it calls us: it is when it has returned. */
void reader_restart(struct reader *reader)
{
    reader->restarting = true;
}

void reader_feed(struct reader *reader, void *context, const char *bytes, size_t length)
{
    reader->context = context;
    if (reader->framed || reader->restarting) {
        reader->restarting = false;
        begin(reader);
    }
    if (XML_Parse(reader->parser, bytes, (int)length, reader->framed) != XML_STATUS_OK) {
        link_fail("not XML: %s: %.*s", XML_ErrorString(XML_GetErrorCode(reader->parser)),
                  (int)(length < 300 ? length : 300), bytes);
    }
}
