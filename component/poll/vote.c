/* poll.vote: the one way in which a vote is written. What it says never holds what was answered. */
#include "base/text.h"
#include "command/type.h"
#include "poll/rows.h"
#include "queries.h"

/* Asks again, where the answer can be given. */
static enum verdict ask_again(struct call *call, int64_t poll, const struct poll_asks_me_row *row,
                              struct reply *reply)
{
    const char *choices[POLL_CHOICES];
    struct poll_question question = {.poll = poll,
                                     .lead = row->has_lead ? row->lead : 0,
                                     .question = row->question,
                                     .choices = choices,
                                     .count = poll_split(call->arena, row->choices, choices)};
    if (row->has_lead) {
        question.summary = query_poll_summary(call->unit, poll);
        if (unit_flush(call->unit) != DB_OK) {
            return VERDICT_FAILED;
        }
    }
    poll_put_question(reply, call->person->id, &question, row->until);
    reply_say(reply,
              "poll-%lld has asked you again: answer in that chat, or in its form. What is said here is "
              "kept, what you answer there is not.",
              (long long)poll);
    return VERDICT_DONE;
}

enum verdict poll_vote(struct call *call, const struct args *args, struct reply *reply)
{
    const struct value *answer = args_get(args, "answer"), *strength = args_get(args, "strength");
    const struct poll_asks_me *asked = query_poll_asks_me(call->unit, args->target);
    const struct poll_vote_put *voted =
        answer->present ? query_poll_vote_put(call->unit, args->target, (int32_t)(answer->text[0] - '0'),
                                              strength->present ? (int32_t)(strength->text[0] - '0') : 0)
                        : NULL;
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    if (asked->count == 0 || (voted != NULL && !voted->rows[0].taken)) {
        return reply_refuse(
            reply, REFUSAL_STATE, NULL,
            "Poll %lld takes no such answer from you: it is over, or does not ask you, or has "
            "no such choice.",
            (long long)args->target);
    }
    if (voted == NULL) {
        return ask_again(call, args->target, &asked->rows[0], reply);
    }
    reply_say(reply, "Your answer is taken. You can change it until %s.",
              type_show(call->arena, PARAM_DATE, asked->rows[0].until));
    return VERDICT_DONE;
}

/* The choices of this poll. */
static const struct choice *offer_answers(struct unit *unit, struct arena *arena, int64_t poll)
{
    const struct poll_choices *rows = query_poll_choices(unit, poll);
    const char *choices[POLL_CHOICES];
    if (unit_flush(unit) != DB_OK) {
        return NULL;
    }
    size_t count = rows->count == 0 ? 0 : poll_split(arena, rows->rows[0].choices, choices);
    struct choice *list = arena_array(arena, count + 1, sizeof *list);
    for (size_t i = 0; i < count; i++) {
        list[i] = (struct choice){arena_printf(arena, "%zu", i + 1),
                                  arena_printf(arena, "%zu %s", i + 1, choices[i])};
    }
    return list;
}

static const struct choice answers[] = {
    {"1", "Answer 1"}, {"2", "Answer 2"}, {"3", "Answer 3"}, {"4", "Answer 4"}, {"5", "Answer 5"},
    {"6", "Answer 6"}, {"7", "Answer 7"}, {"8", "Answer 8"}, {"9", "Answer 9"}, {NULL, NULL},
};

static const struct choice strengths[] = {
    {"1", "1 a little"}, {"2", "2"}, {"3", "3"}, {"4", "4"}, {"5", "5 very much"}, {NULL, NULL},
};

static const char *const answer_words[] = {"with", NULL};
static const char *const strength_words[] = {"how much", NULL};

const struct param poll_vote_params[] = {
    {.name = "answer",
     .label = "Answer",
     .hint = "The number of your answer, in a form",
     .type = PARAM_CHOICE,
     .flags = PARAM_SECRET,
     .choices = answers,
     .words = answer_words,
     .offer = offer_answers},
    {.name = "strength",
     .label = "How much",
     .hint = "How much you want a lead, from 1 to 5, in a form",
     .type = PARAM_CHOICE,
     .flags = PARAM_SECRET,
     .choices = strengths,
     .words = strength_words},
    {.name = NULL},
};
