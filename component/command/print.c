#include "command/print.h"

#include "base/text.h"
#include "command/json.h"
#include "command/role.h"
#include "command/table.h"
#include "command/target.h"
#include "command/type.h"

static const enum role all_roles[] = {ROLE_ADMIN, ROLE_MANAGER, ROLE_LEAD, ROLE_SALES, ROLE_CUSTOMER};

static void add_boolean(struct text *text, const char *name, bool value)
{
    json_add_name(text, name);
    text_add(text, value ? "true" : "false");
}

static void add_roles(struct text *text, const char *name, unsigned roles)
{
    json_add_name(text, name);
    json_open_array(text);
    for (size_t i = 0; i < sizeof all_roles / sizeof all_roles[0]; i++) {
        if ((roles & all_roles[i]) != 0) {
            json_next(text);
            json_add_string(text, role_word(all_roles[i]));
        }
    }
    json_close_array(text);
}

static void add_param(struct text *text, const struct param *param)
{
    json_next(text);
    json_open(text);
    json_add_member(text, "name", param->name);
    json_add_member(text, "label", param->label);
    json_add_member(text, "hint", param->hint);
    json_add_member(text, "type", type_of(param->type)->name);
    json_add_member(text, "example", type_of(param->type)->example);
    add_boolean(text, "required", (param->flags & PARAM_REQUIRED) != 0);
    add_boolean(text, "secret", (param->flags & PARAM_SECRET) != 0);
    add_boolean(text, "cursor", (param->flags & PARAM_CURSOR) != 0);
    add_roles(text, "people", param->people);
    json_add_name(text, "choices");
    json_open_array(text);
    for (const struct choice *choice = param->choices; choice != NULL && choice->value != NULL; choice++) {
        json_next(text);
        json_add_string(text, choice->value);
    }
    json_close_array(text);
    json_close(text);
}

static void add_column(struct text *text, const struct column *column)
{
    json_next(text);
    json_open(text);
    json_add_member(text, "name", column->name);
    json_add_member(text, "label", column->label);
    json_add_member(text, "type", type_of(column->type)->name);
    json_close(text);
}

static void add_lists(struct text *text, const struct command *row)
{
    json_add_name(text, "params");
    json_open_array(text);
    for (size_t i = 0; i < command_param_count(row); i++) {
        add_param(text, &row->params[i]);
    }
    json_close_array(text);
    json_add_name(text, "columns");
    json_open_array(text);
    for (const struct column *column = row->columns; column != NULL && column->name != NULL; column++) {
        add_column(text, column);
    }
    json_close_array(text);
    json_add_name(text, "examples");
    json_open_array(text);
    for (const char *const *example = row->examples; *example != NULL; example++) {
        json_next(text);
        json_add_string(text, *example);
    }
    json_close_array(text);
}

static void add_row(struct text *text, const struct command *row)
{
    static const char *const effects[] = {"read", "write", "destroy"};
    const struct target_kind *kind = target_kind(row->target);
    json_open(text);
    json_add_member(text, "name", row->name);
    json_add_member(text, "words", command_words(text->arena, row));
    json_add_member(text, "summary", row->summary);
    add_roles(text, "roles", row->roles);
    add_roles(text, "audience", row->audience);
    json_add_member(text, "effect", effects[row->effect]);
    json_add_name(text, "target");
    json_add_string(text, kind == NULL ? NULL : kind->word);
    add_boolean(text, "unrecorded", row->unrecorded);
    add_lists(text, row);
    json_close(text);
}

char *print_json(struct arena *arena, const struct command_table *table)
{
    struct text text = text_new(arena);
    text_add(&text, "[");
    for (size_t i = 0; i < table->count; i++) {
        text_add(&text, i == 0 ? "\n" : ",\n");
        add_row(&text, table->rows[i]);
    }
    text_add(&text, "\n]\n");
    return text.data;
}

/* A cell: a bar would end it. */
static void add_cell(struct text *text, const char *string)
{
    for (; *string != '\0'; string++) {
        if (*string == '|') {
            text_add_char(text, '\\');
        }
        text_add_char(text, *string);
    }
}

static const char *roles_cell(struct arena *arena, unsigned roles)
{
    return (roles & ROLE_STAFF) == ROLE_STAFF ? "all staff" : role_list(arena, roles);
}

char *print_markdown(struct arena *arena, const struct command_table *table)
{
    struct text text = text_new(arena);
    text_add(&text, "| command | what it does | for | say, for example |\n|---|---|---|---|\n");
    for (size_t i = 0; i < table->count; i++) {
        const struct command *row = table->rows[i];
        text_addf(&text, "| `%s` | ", row->name);
        add_cell(&text, row->summary);
        text_addf(&text, " | %s | `", roles_cell(arena, row->roles));
        add_cell(&text, row->examples[0]);
        text_add(&text, "` |\n");
    }
    return text.data;
}
