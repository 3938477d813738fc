/* user.tag: what somebody is good at, for polls and rules. */
#include <string.h>

#include "assign/rows.h"
#include "base/text.h"
#include "queries.h"

#define TAG_LIMIT   30
#define GIVEN_LIMIT 20

struct tags {
    const char *list[GIVEN_LIMIT];
    size_t count;
};

static enum verdict refuse(struct call *call, const char *given, struct reply *reply)
{
    return reply_refuse(reply, REFUSAL_INVALID, "tags",
                        "Tags: “%s” does not fit. Give words such as excel, german; -excel takes one off.",
                        text_shorten(call->arena, given, 40));
}

static enum verdict read_tags(struct call *call, const char *given, struct tags *add, struct tags *remove,
                              struct reply *reply)
{
    for (const char *at = given + strspn(given, ", \n\t"); *at != '\0'; at += strspn(at, ", \n\t")) {
        const char *word = arena_strndup(call->arena, at, strcspn(at, ", \n\t"));
        at += strlen(word);
        struct tags *tags = word[0] == '-' ? remove : add;
        const char *tag = word + strspn(word, "-+#");
        if (tag[0] == '\0' || utf8_count(tag) > TAG_LIMIT || tags->count == GIVEN_LIMIT) {
            return refuse(call, word, reply);
        }
        tags->list[tags->count++] = text_lower(call->arena, tag);
    }
    return add->count + remove->count > 0 ? VERDICT_DONE : refuse(call, given, reply);
}

enum verdict person_tag(struct call *call, const struct args *args, struct reply *reply)
{
    struct tags add = {.count = 0}, remove = {.count = 0};
    enum verdict verdict = read_tags(call, args_get(args, "tags")->text, &add, &remove, reply);
    if (verdict != VERDICT_DONE) {
        return verdict;
    }
    query_person_tag_remove(call->unit, args->target, (struct text_array){remove.list, remove.count});
    query_person_tag_add(call->unit, args->target, (struct text_array){add.list, add.count});
    const struct person_tags *tags = query_person_tags(call->unit, args->target);
    const struct people_name_of *who = query_people_name_of(call->unit, args->target);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    struct text text = text_new(call->arena);
    for (size_t i = 0; i < tags->count; i++) {
        text_addf(&text, "%s%s", i == 0 ? "" : ", ", tags->rows[i].tag);
    }
    const char *name = who->count == 0 ? "" : who->rows[0].name;
    if (tags->count == 0) {
        reply_say(reply, "%s has no tags now.", name);
    } else {
        reply_say(reply, "%s is tagged: %s.", name, text.data);
    }
    return VERDICT_DONE;
}

const struct param person_tag_params[] = {
    {.name = "tags",
     .label = "Tags",
     .hint = "What they are good at, such as excel, german; -excel takes one off",
     .type = PARAM_TEXT,
     .flags = PARAM_REQUIRED | PARAM_REST},
    {.name = NULL},
};
