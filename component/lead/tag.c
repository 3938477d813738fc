#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "command/reply.h"
#include "command/target.h"
#include "lead/rows.h"

#define TAG_LIMIT   30 /* code points of one; crm.lead_tag says so too */
#define TAGS_LIMIT  20 /* on one lead */
#define GIVEN_LIMIT 60

struct tags {
    const char *list[GIVEN_LIMIT];
    size_t count;
};

static bool has(const struct tags *tags, const char *tag)
{
    for (size_t i = 0; i < tags->count; i++) {
        if (strcmp(tags->list[i], tag) == 0) {
            return true;
        }
    }
    return false;
}

static enum verdict refuse_tag(struct call *call, const char *tag, const char *why, struct reply *reply)
{
    return reply_refuse(reply, REFUSAL_INVALID, "tags",
                        "Tags: “%s” %s. Give words such as vip, excel; -vip takes "
                        "one off.",
                        text_shorten(call->arena, tag, 40), why);
}

/* "remove excel, old": the words after the one that says that all of them are taken off; else the same text.
 */
static const char *after_remove(const char *given, bool *removes)
{
    static const char word[] = "remove";
    const char *begin = given + strspn(given, ", \n\t");
    const char *rest = begin + strcspn(begin, ", \n\t");
    *removes = rest - begin == sizeof word - 1 && strncasecmp(begin, word, sizeof word - 1) == 0 &&
               rest[strspn(rest, ", \n\t")] != '\0';
    return *removes ? rest : given;
}

/* "#VIP, excel -old": words in lower case, those after a minus to be taken off. */
static enum verdict read_tags(struct call *call, const char *given, struct tags *add, struct tags *remove,
                              struct reply *reply)
{
    bool removes;
    given = after_remove(given, &removes);
    for (const char *at = given + strspn(given, ", \n\t"); *at != '\0'; at += strspn(at, ", \n\t")) {
        const char *word = arena_strndup(call->arena, at, strcspn(at, ", \n\t"));
        at += strlen(word);
        struct tags *tags = removes || word[0] == '-' ? remove : add;
        const char *tag = word + strspn(word, "-+#");
        if (tag[0] == '\0' || utf8_count(tag) > TAG_LIMIT) {
            return refuse_tag(call, word,
                              tag[0] == '\0' ? "is no tag" : "is too long: at most 30 characters fit", reply);
        }
        tag = text_lower(call->arena, tag);
        if (tags->count == GIVEN_LIMIT) {
            return refuse_tag(call, tag, "is one too many", reply);
        }
        if (!has(tags, tag)) {
            tags->list[tags->count++] = tag;
        }
    }
    for (size_t i = 0; i < add->count; i++) {
        if (has(remove, add->list[i])) {
            return refuse_tag(call, add->list[i], "is both put on and taken off", reply);
        }
    }
    return add->count + remove->count > 0 ? VERDICT_DONE : refuse_tag(call, given, "holds no tag", reply);
}

static struct text_array array_of(const struct tags *tags)
{
    return (struct text_array){tags->list, tags->count};
}

static void say_tags(struct call *call, int64_t number, const struct lead_lock_row *lead,
                     const struct lead_tags *now, struct reply *reply)
{
    struct text text = text_new(call->arena);
    for (size_t i = 0; i < now->count; i++) {
        text_addf(&text, "%s%s", i == 0 ? "" : ", ", now->rows[i].tag);
    }
    if (now->count == 0) {
        reply_say(reply, "Lead %lld, %s, has no tags now.", (long long)number, lead->name);
    } else {
        reply_say(reply, "Lead %lld, %s, is tagged: %s", (long long)number, lead->name, text.data);
    }
}

/* Who takes a tag off that was not on it is told so, and not only how it is. */
static void say_absent(struct call *call, int64_t number, const struct lead_lock_row *lead,
                       const struct tags *absent, struct reply *reply)
{
    struct text text = text_new(call->arena);
    for (size_t i = 0; i < absent->count; i++) {
        text_addf(&text, "%s%s", i == 0 ? "" : ", ", absent->list[i]);
    }
    reply_say(reply, "Lead %lld, %s, was not tagged %s.", (long long)number, lead->name, text.data);
}

enum verdict lead_tag(struct call *call, const struct args *args, struct reply *reply)
{
    struct tags add = {.count = 0};
    struct tags remove = {.count = 0};
    const struct lead_lock_row *lead;
    if (read_tags(call, args_get(args, "tags")->text, &add, &remove, reply) != VERDICT_DONE) {
        return VERDICT_REFUSED;
    }
    /* Under the lead's lock, so that the limit holds for two at once. */
    enum verdict verdict = lead_take(call, args->target, reply, &lead);
    if (verdict != VERDICT_DONE) {
        return verdict;
    }
    const struct affected *removed = query_lead_tag_remove(call->unit, args->target, array_of(&remove));
    query_lead_tag_add(call->unit, args->target, array_of(&add));
    const struct lead_tags *now = query_lead_tags(call->unit, args->target);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    if (now->count > TAGS_LIMIT) {
        return reply_refuse(
            reply, REFUSAL_INVALID, "tags",
            "Tags: with these, lead %lld would have %zu; at most %d fit. Take some off, such as "
            "-%s.",
            (long long)args->target, now->count, TAGS_LIMIT, now->rows[0].tag);
    }
    if (add.count == 0 && removed->count == 0) {
        say_absent(call, args->target, lead, &remove, reply);
    }
    if (now->count > 0 || add.count > 0 || removed->count > 0) {
        say_tags(call, args->target, lead, now, reply);
    }
    return VERDICT_DONE;
}

const struct choice *lead_tag_find(struct unit *unit, struct arena *arena, const char *part, size_t most)
{
    const struct lead_tags_used *tags = query_lead_tags_used(unit, part, (int64_t)most);
    if (unit_flush(unit) != DB_OK) {
        return NULL;
    }
    struct choice *choices = arena_array(arena, tags->count + 1, sizeof *choices);
    for (size_t i = 0; i < tags->count; i++) {
        choices[i] = (struct choice){tags->rows[i].tag, tags->rows[i].tag};
    }
    return choices;
}
static const char *const as_words[] = {"as", "with", NULL};

const struct param lead_tag_params[] = {
    {.name = "tags",
     .label = "Tags",
     .hint = "Words to put on, such as vip, excel; -vip takes one off",
     .type = PARAM_TEXT,
     .flags = PARAM_REQUIRED | PARAM_REST | PARAM_OPEN,
     .words = as_words,
     .limit = 1000,
     .find = lead_tag_find},
    {.name = NULL},
};

const char *const lead_tag_examples[] = {"tag 42 vip, excel", "tag 42 hot -cold", NULL};
