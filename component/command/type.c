#include "command/type.h"

#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/email.h"
#include "base/money.h"
#include "base/phone.h"
#include "base/text.h"
#include "command/table.h"

static bool read_text(const struct type_reader *reader, const struct param *param, const char *given,
                      struct value *out)
{
    (void)param;
    out->text = text_squeeze(reader->arena, given);
    return out->text[0] != '\0';
}

/* Keeps line breaks; other control characters become spaces. */
static bool read_longtext(const struct type_reader *reader, const struct param *param, const char *given,
                          struct value *out)
{
    (void)param;
    char *text = arena_strdup(reader->arena, given);
    for (char *c = text; *c != '\0'; c++) {
        if ((unsigned char)*c < 0x20 && *c != '\n') {
            *c = ' ';
        }
    }
    size_t length = strlen(text);
    while (length > 0 && strchr(" \n", text[length - 1]) != NULL) {
        text[--length] = '\0';
    }
    out->text = text;
    return length > 0;
}

static bool read_email(const struct type_reader *reader, const struct param *param, const char *given,
                       struct value *out)
{
    (void)param;
    out->text = email_parse(reader->arena, given);
    return out->text != NULL;
}

static bool read_phone(const struct type_reader *reader, const struct param *param, const char *given,
                       struct value *out)
{
    (void)param;
    out->text = phone_parse(reader->arena, given, "91");
    return out->text != NULL;
}

static bool read_money(const struct type_reader *reader, const struct param *param, const char *given,
                       struct value *out)
{
    (void)param;
    struct money money;
    if (money_parse(given, "INR", &money) != 0) {
        return false;
    }
    out->number = money.minor;
    out->currency = arena_strdup(reader->arena, money.currency);
    out->text = money_format(reader->arena, &money);
    return true;
}

static bool read_date(const struct type_reader *reader, const struct param *param, const char *given,
                      struct value *out)
{
    (void)param;
    out->text = date_parse(reader->arena, given, reader->now);
    return out->text != NULL;
}

static bool read_choice(const struct type_reader *reader, const struct param *param, const char *given,
                        struct value *out)
{
    const char *squeezed = text_squeeze(reader->arena, given);
    for (const struct choice *choice = param->choices; choice->value != NULL; choice++) {
        if (text_equal_nocase(choice->value, squeezed) || text_equal_nocase(choice->label, squeezed)) {
            out->text = choice->value;
            return true;
        }
    }
    return false;
}

/* Any name may be someone's: who it is, the database knows. */
static bool read_person(const struct type_reader *reader, const struct param *param, const char *given,
                        struct value *out)
{
    return read_text(reader, param, given, out);
}

static bool read_command(const struct type_reader *reader, const struct param *param, const char *given,
                         struct value *out)
{
    (void)param;
    const struct command *command =
        command_table_find_words(reader->table, text_squeeze(reader->arena, given));
    out->text = command == NULL ? NULL : command->name;
    return command != NULL;
}

static bool read_number(const struct type_reader *reader, const struct param *param, const char *given,
                        struct value *out)
{
    (void)param;
    char *end;
    const char *digits = given[0] == '#' ? given + 1 : given;
    size_t length = strlen(digits);
    out->number = strtoll(digits, &end, 10);
    out->text = arena_printf(reader->arena, "%lld", (long long)out->number);
    return length > 0 && length <= 18 && *end == '\0' && end != digits && (digits[0] == '-' || digits[0] >= '0');
}

static bool read_boolean(const struct type_reader *reader, const struct param *param, const char *given,
                         struct value *out)
{
    static const char *const words[][2] = {{"yes", "no"}, {"true", "false"}, {"1", "0"}, {"on", "off"}, {"y", "n"}};
    (void)reader;
    (void)param;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        for (int no = 0; no < 2; no++) {
            if (text_equal_nocase(words[i][no], given)) {
                out->number = !no;
                out->text = no ? "false" : "true";
                return true;
            }
        }
    }
    return false;
}

static const char *show_boolean(struct arena *arena, const char *value)
{
    (void)arena;
    return strcmp(value, "true") == 0 ? "yes" : "no";
}

static const struct type types[] = {
    [PARAM_TEXT] = {"text", "text", "Asha Rao", "text-single", "xs:string", 200, false, read_text, NULL},
    [PARAM_LONGTEXT] = {"longtext", "text", "Needs 20 seats by March", "text-multi", NULL, 4000, false, read_longtext,
                        NULL},
    [PARAM_EMAIL] = {"email", "an email address", "asha@example.in", "text-single", "xs:string", 254, true, read_email,
                     NULL},
    [PARAM_PHONE] = {"phone", "a phone number", "+91 98765 43210", "text-single", "xs:string", 40, true, read_phone,
                     NULL},
    [PARAM_MONEY] = {"money", "an amount of money", "50000 INR", "text-single", "xs:string", 40, true, read_money,
                     money_show},
    [PARAM_DATE] = {"date", "a date", "tomorrow 10:30", "text-single", "xs:string", 40, true, read_date, date_show},
    [PARAM_CHOICE] = {"choice", "one of the choices", "", "list-single", "xs:string", 100, true, read_choice, NULL},
    [PARAM_PERSON] = {"person", "a member of staff", "priya", "text-single", "xs:string", 120, false, read_person, NULL},
    [PARAM_COMMAND] = {"command", "a command", "lead add", "list-single", "xs:string", 60, false, read_command, NULL},
    [PARAM_NUMBER] = {"number", "a whole number", "42", "text-single", "xs:integer", 20, false, read_number, NULL},
    [PARAM_BOOLEAN] = {"boolean", "yes or no", "yes", "boolean", "xs:boolean", 10, false, read_boolean, show_boolean},
};

const struct type *type_of(enum param_type type)
{
    return &types[type];
}

const char *type_expectation(struct arena *arena, const struct param *param)
{
    struct text text = text_new(arena);
    if (param->type != PARAM_CHOICE) {
        const struct type *type = type_of(param->type);
        text_addf(&text, "Give %s such as %s.", type->noun, type->example);
        return text.data;
    }
    text_add(&text, "Give one of: ");
    for (const struct choice *choice = param->choices; choice->value != NULL; choice++) {
        text_addf(&text, "%s%s", choice == param->choices ? "" : ", ", choice->value);
    }
    text_add_char(&text, '.');
    return text.data;
}

static const char *trim(struct arena *arena, const char *given)
{
    given += strspn(given, " \t\r\n");
    size_t length = strlen(given);
    while (length > 0 && strchr(" \t\r\n", given[length - 1]) != NULL) {
        length--;
    }
    return arena_strndup(arena, given, length);
}

const char *type_read(const struct type_reader *reader, const struct param *param, const char *given,
                      struct value *out)
{
    const struct type *type = type_of(param->type);
    size_t limit = param->limit > 0 ? param->limit : type->limit;
    *out = (struct value){.present = false};
    if (given == NULL || (given = trim(reader->arena, given))[0] == '\0') {
        return NULL;
    }
    size_t length = utf8_count(given);
    if (length > limit) {
        return arena_printf(reader->arena, "%s: this has %zu characters; at most %zu fit.", param->label, length,
                            limit);
    }
    out->present = type->read(reader, param, given, out);
    if (out->present) {
        return NULL;
    }
    return arena_printf(reader->arena, "%s: “%s” is not %s. %s", param->label,
                        text_shorten(reader->arena, text_squeeze(reader->arena, given), 40), type->noun,
                        type_expectation(reader->arena, param));
}

const char *type_show(struct arena *arena, enum param_type type, const char *value)
{
    const char *(*show)(struct arena *, const char *) = type_of(type)->show;
    return value == NULL || show == NULL ? value : show(arena, value);
}
