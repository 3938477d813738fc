/* Words to people and rooms, in the transaction of what they tell of. */
#include "command/dispatch.h"

#include "base/text.h"
#include "queries.h"

char *dispatch_channel(struct arena *arena, int64_t person)
{
    return arena_printf(arena, "bot-%lld", (long long)person);
}

char *dispatch_notice_channel(struct arena *arena, const struct reply_notice *notice)
{
    return notice->room != NULL ? arena_printf(arena, "room-%s", notice->room)
                                : dispatch_channel(arena, notice->person);
}

void dispatch_tell(const struct dispatch *dispatch, struct unit *unit, int64_t person, const char *body)
{
    query_command_tell(unit, person, dispatch->staff_domain, dispatch->customer_domain, body, NULL);
}

void dispatch_tell_offers(const struct dispatch *dispatch, struct unit *unit, int64_t person,
                          const char *body, struct text_array offers)
{
    query_command_tell(unit, person, dispatch->staff_domain, dispatch->customer_domain, body,
                       offers.count == 0 ? NULL : &offers);
}

void dispatch_tell_notices(const struct dispatch *dispatch, struct unit *unit, const struct reply *reply)
{
    for (const struct reply_notice *notice = reply->notices; notice != NULL; notice = notice->next) {
        if (notice->message != NULL) {
            query_command_tell_progress(unit, notice->person, dispatch->staff_domain,
                                        dispatch->customer_domain, notice->text, notice->message,
                                        notice->first);
        } else if (notice->room != NULL) {
            query_command_tell_room(unit, dispatch_notice_channel(dispatch->arena, notice), notice->room,
                                    dispatch->staff_domain, notice->text);
        } else if (notice->sender != NULL) {
            query_command_tell_from(unit, notice->person, dispatch->staff_domain, notice->sender,
                                    notice->nick, notice->text, notice->offers);
        } else {
            dispatch_tell_offers(dispatch, unit, notice->person, notice->text, notice->offers);
        }
    }
}
