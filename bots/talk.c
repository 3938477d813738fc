#include "bots/talk.h"

#include <string.h>

#include "command/table.h"
#include "command/target.h"

const char *talk_heard_in(const struct talk *talk)
{
    return talk->mention == NULL ? "" : talk->mention->room;
}

bool talk_is_for_all(const struct talk *talk)
{
    return talk->mention != NULL && !talk->speaker_only &&
           (talk->command == NULL || (talk->audience & ~talk->command->audience) == 0);
}

const char *talk_answered_in(const struct talk *talk)
{
    return talk_is_for_all(talk) ? talk_heard_in(talk) : "";
}

bool talk_is_elsewhere(const struct talk *talk)
{
    return strcmp(talk_answered_in(talk), talk_heard_in(talk)) != 0;
}

const char *talk_set_aside_in(const struct talk *talk)
{
    return arena_printf(talk->arena, "aside %s", talk_heard_in(talk));
}

const char *talk_room_channel(const struct talk *talk)
{
    return arena_printf(talk->arena, "room-%s", talk->mention->room);
}

const struct param *talk_find_param(const struct command *command, const char *name)
{
    int place = command_param(command, name);
    return place < 0 ? NULL : &command->params[place];
}

const char *talk_target_word(const struct command *command)
{
    const struct target_kind *kind = target_kind(command->target);
    return kind == NULL ? NULL : kind->word;
}

bool talk_is_target_word(const struct command *command, const char *name)
{
    const char *word = talk_target_word(command);
    return word != NULL && strcmp(word, name) == 0;
}

const char *talk_find_lacking(const struct talk *talk)
{
    const char *word = talk_target_word(talk->command);
    if (word != NULL && talk->target == NULL) {
        return word;
    }
    const struct arguments given = {talk->given, talk->count};
    int missing = args_missing(talk->command, &given);
    return missing < 0 ? NULL : talk->command->params[missing].name;
}

static enum target recent_kind(const struct talk *talk)
{
    for (enum target target = TARGET_NONE + 1; talk->memory.count > 0 && target_kind(target) != NULL;
         target++) {
        if (strcmp(target_kind(target)->word, talk->memory.records[0].name) == 0) {
            return target;
        }
    }
    return TARGET_NONE;
}

struct listener talk_listener(const struct talk *talk)
{
    return (struct listener){
        .table = talk->surface->table, .role = talk->person.role, .recent = recent_kind(talk)};
}

struct type_reader talk_reader(const struct talk *talk)
{
    return (struct type_reader){.arena = talk->arena,
                                .table = talk->surface->table,
                                .now = talk->person.now,
                                .currency = talk->person.currency,
                                .country = talk->person.country,
                                .locale = talk->person.locale};
}

void talk_say(struct talk *talk, const char *text)
{
    talk->command = NULL;
    talk->text = text;
}

void talk_add_button(struct talk *talk, const char *line)
{
    if (talk->button_count < OFFERS_SHOWN) {
        talk->buttons[talk->button_count++] = line;
    }
}
