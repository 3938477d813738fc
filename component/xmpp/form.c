#include "xmpp/form.h"

#include <string.h>

#include "xmpp/namespaces.h"

static int type_is_known(const char *type)
{
    return type != NULL && (strcmp(type, "submit") == 0 || strcmp(type, "cancel") == 0 ||
                            strcmp(type, "form") == 0 || strcmp(type, "result") == 0);
}

static size_t count_children(const struct element *element, const char *name)
{
    size_t count = 0;
    const struct element *child = NULL;
    while ((child = element_next(element, child, name, NS_DATA_FORM)) != NULL) {
        count++;
    }
    return count;
}

static int read_field(struct arena *arena, const struct element *element, struct form_field *field)
{
    size_t count = count_children(element, "value");
    if (count > FORM_VALUE_LIMIT) {
        return -1;
    }
    field->var = element_attribute(element, "var");
    field->values = arena_array(arena, count, sizeof *field->values);
    const struct element *value = NULL;
    while ((value = element_next(element, value, "value", NS_DATA_FORM)) != NULL) {
        field->values[field->value_count++] = value->text;
    }
    return 0;
}

int form_read(struct arena *arena, const struct element *x, struct form *out)
{
    const char *type = element_attribute(x, "type");
    if (strcmp(x->name, "x") != 0 || strcmp(x->ns, NS_DATA_FORM) != 0 || !type_is_known(type)) {
        return -1;
    }
    size_t count = count_children(x, "field");
    if (count > FORM_FIELD_LIMIT) {
        return -1;
    }
    struct form form = {.type = type, .fields = arena_array(arena, count, sizeof *form.fields)};
    const struct element *field = NULL;
    while ((field = element_next(x, field, "field", NS_DATA_FORM)) != NULL) {
        if (element_attribute(field, "var") == NULL) {
            continue; /* fixed text has none */
        }
        if (read_field(arena, field, &form.fields[form.field_count++]) != 0) {
            return -1;
        }
    }
    *out = form;
    return 0;
}

const char *form_value(const struct form *form, const char *var)
{
    for (size_t i = 0; i < form->field_count; i++) {
        const struct form_field *field = &form->fields[i];
        if (strcmp(field->var, var) == 0) {
            return field->value_count == 0 ? NULL : field->values[0];
        }
    }
    return NULL;
}
