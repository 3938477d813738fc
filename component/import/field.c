#include "import/field.h"

#include <ctype.h>
#include <string.h>

#include "base/text.h"
#include "lead/field.h"

static const struct import_field all[] = {
    {"name", "Name", FIELD_NAME, NULL},
    {"first_name", "First name", FIELD_FIRST_NAME, NULL},
    {"last_name", "Last name", FIELD_LAST_NAME, NULL},
    {"email", "Email", FIELD_EMAIL, NULL},
    {"phone", "Phone", FIELD_PHONE, NULL},
    {"source", "Source", FIELD_SOURCE, NULL},
    {"budget", "Budget", FIELD_BUDGET, NULL},
    {"requirements", "Requirements", FIELD_REQUIREMENTS, NULL},
    {"follow_up", "Follow-up", FIELD_FOLLOW_UP, NULL},
    {"tags", "Tags", FIELD_TAGS, NULL},
    {"note", "A line of the requirements", FIELD_NOTE, NULL},
    {NULL, NULL, FIELD_NOTE, NULL},
};

/* Headers in small letters, with single blanks for all signs; those of LinkedIn's exports among them. */
static const struct {
    const char *header, *key;
} headers[] = {
    {"name", "name"},
    {"full name", "name"},
    {"fullname", "name"},
    {"lead name", "name"},
    {"contact name", "name"},
    {"customer name", "name"},
    {"contact", "name"},
    {"first name", "first_name"},
    {"firstname", "first_name"},
    {"given name", "first_name"},
    {"forename", "first_name"},
    {"last name", "last_name"},
    {"lastname", "last_name"},
    {"surname", "last_name"},
    {"family name", "last_name"},
    {"email", "email"},
    {"e mail", "email"},
    {"mail", "email"},
    {"email address", "email"},
    {"e mail address", "email"},
    {"email id", "email"},
    {"work email", "email"},
    {"phone", "phone"},
    {"phone number", "phone"},
    {"phone no", "phone"},
    {"mobile", "phone"},
    {"mobile number", "phone"},
    {"mobile no", "phone"},
    {"mobile phone", "phone"},
    {"telephone", "phone"},
    {"tel", "phone"},
    {"contact number", "phone"},
    {"contact no", "phone"},
    {"whatsapp", "phone"},
    {"whatsapp number", "phone"},
    {"cell", "phone"},
    {"source", "source"},
    {"lead source", "source"},
    {"budget", "budget"},
    {"amount", "budget"},
    {"deal value", "budget"},
    {"requirements", "requirements"},
    {"requirement", "requirements"},
    {"notes", "requirements"},
    {"note", "requirements"},
    {"comments", "requirements"},
    {"comment", "requirements"},
    {"remarks", "requirements"},
    {"description", "requirements"},
    {"message", "requirements"},
    {"follow up", "follow_up"},
    {"followup", "follow_up"},
    {"follow up date", "follow_up"},
    {"next follow up", "follow_up"},
    {"tags", "tags"},
    {"tag", "tags"},
    {"labels", "tags"},
    {"company", "note"},
    {"company name", "note"},
    {"organization", "note"},
    {"organisation", "note"},
    {"job title", "note"},
    {"title", "note"},
    {"designation", "note"},
    {"seniority", "note"},
    {"job function", "note"},
    {"industry", "note"},
    {"company size", "note"},
    {"city", "note"},
    {"state", "note"},
    {"state province", "note"},
    {"country", "note"},
    {"country region", "note"},
    {"course", "note"},
    {"interest", "note"},
    {"campaign name", "note"},
    {"form name", "note"},
    {"linkedin profile", "note"},
    {"linkedin profile url", "note"},
    {"profile url", "note"},
};

const struct import_field *import_fields(struct unit *unit, struct arena *arena)
{
    const size_t built_in = sizeof all / sizeof all[0] - 1;
    const struct param *added = lead_fields_read(unit, arena);
    size_t count = 0;
    while (added != NULL && added[count].name != NULL) {
        count++;
    }
    struct import_field *fields = arena_array(arena, built_in + count + 1, sizeof *fields);
    memcpy(fields, all, built_in * sizeof *fields);
    for (size_t i = 0; i < count; i++) {
        bool taken = import_field_find(all, added[i].name) != NULL;
        const char *key = taken ? arena_printf(arena, "field_%s", added[i].name) : added[i].name;
        fields[built_in + i] = (struct import_field){key, added[i].label, FIELD_CUSTOM, &added[i]};
    }
    return added == NULL ? NULL : fields;
}

const struct import_field *import_field_find(const struct import_field *fields, const char *key)
{
    for (; fields->key != NULL; fields++) {
        if (strcmp(fields->key, key) == 0) {
            return fields;
        }
    }
    return NULL;
}

#define HEADER_LIMIT 64

/* False when it is longer than any that is known. */
static bool simplify(const char *header, char out[HEADER_LIMIT])
{
    size_t length = 0;
    for (; *header != '\0'; header++) {
        bool letter = isalnum((unsigned char)*header) || (unsigned char)*header >= 0x80;
        if (letter || (length > 0 && out[length - 1] != ' ')) {
            if (length + 1 >= HEADER_LIMIT) {
                return false;
            }
            out[length++] = letter ? (char)tolower((unsigned char)*header) : ' ';
        }
    }
    length -= length > 0 && out[length - 1] == ' ';
    out[length] = '\0';
    return true;
}

/* What an Admin has added for it is meant by it, whatever else the header is for. */
static const struct import_field *added_of_header(const struct import_field *fields, const char *header,
                                                  const char *simple)
{
    for (; fields->key != NULL; fields++) {
        char label[HEADER_LIMIT];
        if (fields->kind == FIELD_CUSTOM &&
            (text_equal_nocase(fields->label, header) || text_equal_nocase(fields->param->name, header) ||
             (simplify(fields->label, label) && strcmp(label, simple) == 0))) {
            return fields;
        }
    }
    return NULL;
}

const struct import_field *import_field_of_header(const struct import_field *fields, const char *header)
{
    char simple[HEADER_LIMIT];
    if (!simplify(header, simple)) {
        return NULL;
    }
    const struct import_field *added = added_of_header(fields, header, simple);
    for (size_t i = 0; added == NULL && i < sizeof headers / sizeof headers[0]; i++) {
        if (strcmp(headers[i].header, simple) == 0) {
            return import_field_find(fields, headers[i].key);
        }
    }
    return added;
}

bool import_is_linkedin(const char *const *names, size_t count)
{
    size_t signs = 0;
    for (size_t i = 0; i < count; i++) {
        char simple[HEADER_LIMIT];
        if (simplify(names[i], simple)) {
            signs += strcmp(simple, "campaign name") == 0 || strcmp(simple, "form name") == 0 ||
                     strncmp(simple, "linkedin profile", 16) == 0 || strcmp(simple, "creative id") == 0;
        }
    }
    return signs >= 2;
}
