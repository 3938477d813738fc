/* Contract of the bot's grammar and of the types behind it (command/type.h): for whatever a person of any
 * role types, the command is a row of the table and the arguments are its parameters; each value is read
 * into a normalised one, which reads as itself, or refused in a sentence; what is offered instead is at most
 * MEANT_LIMIT lines. Valid UTF-8 gives valid UTF-8: nothing is cut within a character. */
#include <string.h>

#include "base/text.h"
#include "bots/grammar.h"
#include "command/table.h"
#include "fuzz.h"

static const char now[] = "2026-11-22 20:28:22";

static const enum role roles[] = {ROLE_ADMIN, ROLE_MANAGER, ROLE_LEAD, ROLE_SALES, ROLE_CUSTOMER};

static bool is_valid(const char *text)
{
    return utf8_valid(text, strlen(text));
}

/* A value as it is kept reads as itself: it is offered as a default, and kept between two messages. */
static void check_value(const struct type_reader *reader, const struct param *param, const char *given,
                        bool valid)
{
    struct value value, again;
    const char *wrong = type_read(reader, param, given, &value);
    if (wrong != NULL) {
        FUZZ_CHECK(wrong[0] != '\0' && (!valid || is_valid(wrong)));
        return;
    }
    if (!value.present) {
        return;
    }
    FUZZ_CHECK(value.text != NULL && value.text[0] != '\0' && (!valid || is_valid(value.text)));
    FUZZ_CHECK(type_show(reader->arena, param->type, value.text) != NULL);
    if (param->type != PARAM_DATE && utf8_count(value.text) <= utf8_count(given)) {
        FUZZ_CHECK(type_read(reader, param, value.text, &again) == NULL && again.present);
        FUZZ_CHECK(strcmp(again.text, value.text) == 0 && again.number == value.number);
    }
}

static void check_arguments(const struct type_reader *reader, const struct sentence *sentence, bool valid)
{
    for (size_t i = 0; i < sentence->arguments.count; i++) {
        const struct argument *argument = &sentence->arguments.list[i];
        int place = command_param(sentence->command, argument->name);
        FUZZ_CHECK(place >= 0);
        FUZZ_CHECK(argument->value == NULL || !valid || is_valid(argument->value));
        check_value(reader, &sentence->command->params[place], argument->value, valid);
    }
    const char *json = args_json(reader->arena, sentence->command, &sentence->arguments);
    FUZZ_CHECK(json == NULL || is_valid(json));
}

static void check_sentence(const struct type_reader *reader, const struct sentence *sentence, bool valid)
{
    size_t meant = 0;
    while (sentence->meant != NULL && sentence->meant[meant] != NULL) {
        FUZZ_CHECK(++meant <= MEANT_LIMIT && (!valid || is_valid(sentence->meant[meant - 1])));
    }
    FUZZ_CHECK(sentence->complaint == NULL || !valid || is_valid(sentence->complaint));
    if (sentence->command != NULL) {
        FUZZ_CHECK(command_table_find(reader->table, sentence->command->name) == sentence->command);
        check_arguments(reader, sentence, valid);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum role role = roles[fuzz_choose(&data, &size, sizeof roles / sizeof *roles)];
    struct arena *arena = arena_new();
    const char *line = fuzz_string(arena, data, size);
    const struct type_reader reader = {.arena = arena, .table = fuzz_table(), .now = now};
    const struct listener listener = {.table = reader.table, .role = role, .recent = TARGET_LEAD};
    struct sentence sentence = grammar_read(&reader, &listener, line);
    check_sentence(&reader, &sentence, is_valid(line));
    arena_free(arena);
    return 0;
}
