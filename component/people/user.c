/* Accounts of members of staff: who there is, and for Admins who may do what. Passwords are never seen here:
 * people set their own through a one-time link (people/link.h). */
#include <string.h>

#include "base/text.h"
#include "command/current.h"
#include "command/reply.h"
#include "command/role.h"
#include "command/type.h"
#include "people/link.h"
#include "people/people.h"
#include "queries.h"

#define LIST_PAGE      10
#define LEADS_NAMED    5
#define USERNAME_LIMIT 63

/* The label of a role's word. */
static const char *label_of(const char *word)
{
    enum role role;
    return role_parse(word, &role) == 0 ? role_label(role) : word;
}

static enum verdict refuse_gone(struct reply *reply)
{
    return reply_refuse(reply, REFUSAL_NOT_FOUND, "person", "There is no such person any more.");
}

/* Locks the account that the command is about; or NULL and the verdict. */
static const struct people_lock_row *lock(struct call *call, const struct args *args, struct reply *reply,
                                          enum verdict *verdict)
{
    const struct people_lock *found = query_people_lock(call->unit, args->target);
    if (unit_flush(call->unit) != DB_OK) {
        *verdict = VERDICT_FAILED;
        return NULL;
    }
    *verdict = found->count == 0 ? refuse_gone(reply) : VERDICT_DONE;
    return found->count == 0 ? NULL : &found->rows[0];
}

/* Names what somebody still works on, so that it can be given to others. */
static enum verdict name_open_leads(struct call *call, int64_t person, const char *username, const char *name,
                                    struct reply *reply)
{
    const struct people_open_leads *leads = query_people_open_leads(call->unit, person, LEADS_NAMED);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    if (leads->count == 0) {
        return VERDICT_DONE;
    }
    struct text text = text_new(call->arena);
    for (size_t i = 0; i < leads->count; i++) {
        text_addf(&text, "%s%lld %s (%s)", i == 0 ? "" : ", ", (long long)leads->rows[i].id,
                  leads->rows[i].name, leads->rows[i].status);
    }
    long long total = leads->rows[0].total;
    reply_say(reply, "%s still has %lld open lead%s: %s%s.", name, total, total == 1 ? "" : "s", text.data,
              total > LEADS_NAMED ? ", …" : "");
    reply_next(reply, arena_printf(call->arena, "hand over %s to <name>", username));
    return VERDICT_DONE;
}

/* ---- user.add */

const char *people_read_username(struct arena *arena, const char *given)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789._-";
    const char *name = text_lower(arena, given);
    size_t length = strlen(name);
    bool good = length > 0 && length <= USERNAME_LIMIT && strspn(name, allowed) == length &&
                strchr("._-", name[0]) == NULL;
    return good ? name : NULL;
}

static enum verdict run_add(struct call *call, const struct args *args, struct reply *reply)
{
    const char *name = args_get(args, "name")->text;
    const char *given = args_get(args, "account")->text;
    const char *username = people_read_username(call->arena, given);
    if (username == NULL) {
        return reply_refuse(reply, REFUSAL_INVALID, "account",
                            "User name: “%s” is none. Use small letters, digits, dots and hyphens, as in "
                            "asha.rao.",
                            text_shorten(call->arena, given, 40));
    }
    const struct people_account_add *added =
        query_people_account_add(call->unit, username, name, args_get(args, "role")->text,
                                 args_get(args, "email")->text, args_get(args, "phone")->text);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    if (added->count == 0) {
        return reply_refuse(reply, REFUSAL_CONFLICT, "account",
                            "User name: %s is taken. Give another one, such as %s2.", username, username);
    }
    reply_say(reply, "%s (%s) is added as %s.", name, username, label_of(args_get(args, "role")->text));
    return link_offer(call, added->rows[0].id, name, reply);
}

/* ---- user.list */

/* "here now, 3 unread": a row of a list is short. */
static const char *with_unread(struct call *call, const char *state, int64_t messages)
{
    return messages == 0 ? state : arena_printf(call->arena, "%s, %lld unread", state, (long long)messages);
}

static const char *state_of(struct call *call, bool enabled, bool available, const char *seen)
{
    if (!enabled) {
        return "disabled";
    }
    if (available) {
        return "here now";
    }
    return seen == NULL ? "not seen yet"
                        : arena_printf(call->arena, "seen %s", type_show(call->arena, PARAM_DATE, seen));
}

static enum verdict run_list(struct call *call, const struct args *args, struct reply *reply)
{
    const struct value *given = args_get(args, "enabled");
    const struct value *asked_here = args_get(args, "here");
    const bool enabled = given->present && strcmp(given->text, "yes") == 0;
    const bool here = asked_here->present && strcmp(asked_here->text, "yes") == 0;
    const struct people_list *people =
        query_people_list(call->unit, args_get(args, "role")->text, given->present ? &enabled : NULL,
                          asked_here->present ? &here : NULL, args_get(args, "after")->text,
                          call->person->time_zone, LIST_PAGE + 1);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    if (people->count == 0) {
        reply_say(reply, "There is nobody %slike this.", args_get(args, "after")->present ? "more " : "");
        return VERDICT_DONE;
    }
    reply_title(reply, "People");
    for (size_t i = 0; i < people->count && i < LIST_PAGE; i++) {
        const struct people_list_row *row = &people->rows[i];
        const char *state = state_of(call, row->enabled, row->available, row->seen);
        const char *cells[] = {row->username, row->name, label_of(row->role),
                               with_unread(call, state, row->unread)};
        reply_row(reply, row->username, cells);
    }
    if (people->count > LIST_PAGE) {
        reply_more(reply, args, people->rows[LIST_PAGE - 1].username);
    }
    return VERDICT_DONE;
}

/* ---- user.show */

static const char *password_words(struct call *call, const struct people_show_row *row)
{
    if (row->link_until != NULL) {
        return arena_printf(call->arena, "%s; a link to set it is good until %s",
                            strcmp(row->password, "none") == 0 ? "none yet" : "set",
                            type_show(call->arena, PARAM_DATE, row->link_until));
    }
    if (strcmp(row->password, "none") == 0) {
        return "none: this person cannot log in yet";
    }
    return strcmp(row->password, "imported") == 0 ? "imported, not used since" : "set";
}

static enum verdict run_show(struct call *call, const struct args *args, struct reply *reply)
{
    const struct people_show *found = query_people_show(call->unit, args->target, call->person->time_zone);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    if (found->count == 0) {
        return refuse_gone(reply);
    }
    const struct people_show_row *row = &found->rows[0];
    reply_title(reply, "%s", row->name);
    reply_field(reply, "account", "User name", PARAM_TEXT, row->username);
    reply_field(reply, "role", "Role", PARAM_TEXT, label_of(row->role));
    reply_field(reply, "state", "State", PARAM_TEXT, state_of(call, row->enabled, row->available, row->seen));
    reply_field(reply, "unread", "Chats", PARAM_TEXT,
                people_unread_words(call->arena, row->unread, row->unread_in));
    reply_field(reply, "teams", "Teams", PARAM_TEXT, row->teams);
    reply_field(reply, "email", "Email", PARAM_EMAIL, row->email);
    reply_field(reply, "phone", "Phone", PARAM_PHONE, row->phone);
    reply_field(reply, "time_zone", "Time zone", PARAM_TEXT, row->zone);
    reply_field(reply, "locale", "Locale", PARAM_TEXT, row->locale);
    reply_field(reply, "languages", "Languages", PARAM_TEXT, row->languages);
    reply_field(reply, "password_state", "Password", PARAM_TEXT, password_words(call, row));
    reply_field(reply, "created", "Added", PARAM_DATE, row->created);
    return VERDICT_DONE;
}

/* ---- user.role */

static enum verdict current_role(struct call *call, const struct args *args, struct current *current)
{
    enum verdict verdict = VERDICT_DONE;
    if (current->lock) {
        query_people_lock(call->unit, args->target);
    }
    const struct people_show *found = query_people_show(call->unit, args->target, call->person->time_zone);
    if (unit_flush(call->unit) != DB_OK) {
        verdict = VERDICT_FAILED;
    } else if (found->count > 0) {
        current_put(current, CURRENT_SUBJECT,
                    arena_printf(call->arena, "%s (%s)", found->rows[0].name, found->rows[0].username));
        current_put(current, "role", found->rows[0].role);
    }
    return verdict;
}

/* Whoever is logged in now loses all open sessions by it. */
static enum verdict warn_of_sessions(struct call *call, const struct people_show *found, const char **warning)
{
    if (found->count > 0 && found->rows[0].enabled && found->rows[0].available) {
        *warning = arena_printf(call->arena, "%s is here now: all open sessions end.", found->rows[0].name);
    }
    return VERDICT_DONE;
}

static enum verdict warn_of_role(struct call *call, const struct args *args, const char **warning)
{
    const struct people_show *found = query_people_show(call->unit, args->target, call->person->time_zone);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    bool same = found->count > 0 && strcmp(found->rows[0].role, args_get(args, "role")->text) == 0;
    return same ? VERDICT_DONE : warn_of_sessions(call, found, warning);
}

static enum verdict run_role(struct call *call, const struct args *args, struct reply *reply)
{
    enum verdict verdict;
    const char *role = args_get(args, "role")->text;
    const struct people_lock_row *row = lock(call, args, reply, &verdict);
    if (row == NULL) {
        return verdict;
    }
    if (strcmp(row->role, role) == 0) {
        reply_say(reply, "%s was %s already.", row->name, label_of(role));
        return VERDICT_DONE;
    }
    query_people_role(call->unit, args->target, role);
    reply_say(reply, "%s is %s now, and was %s. Open sessions end.", row->name, label_of(role),
              label_of(row->role));
    return strcmp(row->role, "sales") == 0
               ? name_open_leads(call, args->target, row->username, row->name, reply)
           : unit_flush(call->unit) == DB_OK ? VERDICT_DONE
                                             : VERDICT_FAILED;
}

/* ---- user.disable, user.enable */

static enum verdict warn_of_disabling(struct call *call, const struct args *args, const char **warning)
{
    const struct people_show *found = query_people_show(call->unit, args->target, call->person->time_zone);
    return unit_flush(call->unit) == DB_OK ? warn_of_sessions(call, found, warning) : VERDICT_FAILED;
}

static enum verdict run_disable(struct call *call, const struct args *args, struct reply *reply)
{
    enum verdict verdict;
    if (args->target == call->person->id) {
        return reply_refuse(reply, REFUSAL_STATE, NULL,
                            "You cannot disable your own account. Ask another Admin.");
    }
    const struct people_lock_row *row = lock(call, args, reply, &verdict);
    if (row == NULL) {
        return verdict;
    }
    if (!row->enabled) {
        reply_say(reply, "%s was disabled already.", row->name);
        return VERDICT_DONE;
    }
    query_people_enabled(call->unit, args->target, false);
    reply_say(reply, "%s is disabled and can log in no more; open sessions end.", row->name);
    return name_open_leads(call, args->target, row->username, row->name, reply);
}

static enum verdict run_enable(struct call *call, const struct args *args, struct reply *reply)
{
    enum verdict verdict;
    const struct people_lock_row *row = lock(call, args, reply, &verdict);
    if (row == NULL) {
        return verdict;
    }
    if (row->enabled) {
        reply_say(reply, "%s was enabled already.", row->name);
        return VERDICT_DONE;
    }
    query_people_enabled(call->unit, args->target, true);
    reply_say(reply, "%s is enabled again, with the password of before.", row->name);
    reply_next(reply, arena_printf(call->arena, "user password %s", row->username));
    return unit_flush(call->unit) == DB_OK ? VERDICT_DONE : VERDICT_FAILED;
}

/* ---- user.password */

static enum verdict run_password(struct call *call, const struct args *args, struct reply *reply)
{
    enum verdict verdict;
    const struct people_lock_row *row = lock(call, args, reply, &verdict);
    return row == NULL ? verdict : link_offer(call, args->target, row->name, reply);
}

/* ---- user.sessions, lastseen */

/* Says when somebody was there. */
static enum verdict say_seen(struct call *call, int64_t person, struct reply *reply)
{
    const struct people_seen *found = query_people_seen(call->unit, person, call->person->time_zone);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    if (found->count == 0) {
        return refuse_gone(reply);
    }
    const struct people_seen_row *row = &found->rows[0];
    const char *disabled = row->enabled ? "" : " (disabled)";
    if (row->available) {
        reply_say(reply, "%s%s is here now, since %s.", row->name, disabled,
                  type_show(call->arena, PARAM_DATE, row->since));
    } else if (row->seen != NULL) {
        reply_say(reply, "%s%s was last here %s.", row->name, disabled,
                  type_show(call->arena, PARAM_DATE, row->seen));
    } else {
        reply_say(reply, "%s%s has not been here yet.", row->name, disabled);
    }
    const char *unread = people_unread_words(call->arena, row->unread, row->unread_in);
    if (unread != NULL) {
        reply_say(reply, "Chats: %s.", unread);
    }
    return VERDICT_DONE;
}

static enum verdict run_lastseen(struct call *call, const struct args *args, struct reply *reply)
{
    return say_seen(call, args->target, reply);
}

static enum verdict run_sessions(struct call *call, const struct args *args, struct reply *reply)
{
    const struct value *end = args_get(args, "end");
    enum verdict verdict = say_seen(call, args->target, reply);
    if (verdict != VERDICT_DONE || !end->present || end->number == 0) {
        return verdict;
    }
    query_people_sessions_end(call->unit, args->target);
    reply_say(reply, "All sessions are being ended; clients that know the password log in again.");
    return unit_flush(call->unit) == DB_OK ? VERDICT_DONE : VERDICT_FAILED;
}

/* ---- the rows */

static const struct choice staff_roles[] = {{"admin", "Admin"},
                                            {"manager", "Manager"},
                                            {"lead", "Lead Person"},
                                            {"sales", "Sales Person"},
                                            {NULL, NULL}};

/* A choice, because a client's tick box cannot be left open. */
static const struct choice yes_or_no[] = {{"yes", "Yes"}, {"no", "No"}, {NULL, NULL}};

static const char *const as_words[] = {"as", "as a", "as an", NULL};
static const char *const to_words[] = {"as", "to", "a", "an", "as a", "as an", "to a", "to an", NULL};

static const struct param add_params[] = {
    {.name = "name",
     .label = "Name",
     .hint = "What colleagues see, such as Asha Rao",
     .type = PARAM_TEXT,
     .flags = PARAM_REQUIRED,
     .limit = 120},
    {.name = "account",
     .label = "User name",
     .hint = "What the person logs in with, such as asha",
     .type = PARAM_TEXT,
     .flags = PARAM_REQUIRED | PARAM_WORD,
     .limit = USERNAME_LIMIT},
    {.name = "role",
     .label = "Role",
     .hint = "What the person may do",
     .type = PARAM_CHOICE,
     .flags = PARAM_REQUIRED,
     .choices = staff_roles,
     .words = as_words},
    {.name = "email", .label = "Email", .hint = "Such as asha@example.in", .type = PARAM_EMAIL},
    {.name = "phone", .label = "Phone", .hint = "Such as +91 98765 43210", .type = PARAM_PHONE},
    {.name = NULL},
};

/* "users disabled", "users online" */
static const struct choice disabled_word[] = {{"disabled", "no"}, {NULL, NULL}};
static const struct choice here_words[] = {
    {"online", "yes"}, {"available", "yes"}, {"offline", "no"}, {"away", "no"}, {NULL, NULL}};

static const struct param list_params[] = {
    {.name = "role",
     .label = "Role",
     .hint = "Only people of this role",
     .type = PARAM_CHOICE,
     .choices = staff_roles},
    {.name = "enabled",
     .label = "Enabled",
     .hint = "yes: only who can log in; no: only who cannot",
     .type = PARAM_CHOICE,
     .alone = disabled_word,
     .choices = yes_or_no},
    {.name = "here",
     .label = "Here now",
     .hint = "yes: only who is here now; no: only who is not",
     .type = PARAM_CHOICE,
     .choices = yes_or_no,
     .alone = here_words},
    {.name = "after",
     .label = "After",
     .hint = "Only user names behind this one",
     .type = PARAM_TEXT,
     .flags = PARAM_CURSOR},
    {.name = NULL},
};

static const struct param role_params[] = {
    {.name = "role",
     .label = "Role",
     .hint = "The new role",
     .type = PARAM_CHOICE,
     .flags = PARAM_REQUIRED,
     .choices = staff_roles,
     .words = to_words},
    {.name = NULL},
};

static const struct param sessions_params[] = {
    {.name = "end", .label = "End them", .hint = "yes ends all open sessions", .type = PARAM_BOOLEAN},
    {.name = NULL},
};

static const struct column list_columns[] = {
    {"account", "User name", PARAM_TEXT}, {"name", "Name", PARAM_TEXT}, {"role", "Role", PARAM_TEXT},
    {"state", "State", PARAM_TEXT},       {NULL, NULL, PARAM_TEXT},
};

static const char *const add_examples[] = {
    "user add Asha Rao, asha, sales, asha@example.in",
    "add user Asha Rao asha sales",
    "user add name=\"Asha Rao\" account=asha role=sales phone=\"+91 98765 43210\"",
    NULL,
};
static const char *const list_examples[] = {"users", "user list role=sales", "user list enabled=no", NULL};
static const char *const show_examples[] = {"user show priya", NULL};
static const char *const role_examples[] = {"user role priya to manager", NULL};
static const char *const disable_examples[] = {"user disable ravi", NULL};
static const char *const enable_examples[] = {"user enable ravi", NULL};
static const char *const password_examples[] = {"user password priya", NULL};
static const char *const sessions_examples[] = {"user sessions priya", "user sessions priya end=yes", NULL};
static const char *const lastseen_examples[] = {"lastseen priya", NULL};

static const char *const make_verbs[] = {"make", "promote", NULL};
static const char *const reset_verbs[] = {"reset", NULL};
static const char *const block_verbs[] = {"block", "deactivate", NULL};
static const char *const unblock_verbs[] = {"unblock", "activate", NULL};

static const struct wording add_wordings[] = {
    {"new user", "user add", false},        {"new user *", "user add *", false},
    {"create user *", "user add *", false}, {"new member", "user add", false},
    {"add member", "user add", false},      {"new member *", "user add *", false},
    {"add member *", "user add *", false},  {NULL, NULL, false},
};
static const struct wording list_wordings[] = {
    {"who is online", "user list online", false},
    {"who's online", "user list online", false},
    {"who is here", "user list online", false},
    {"who is here now", "user list online", false},
    {"who's here", "user list online", false},
    {"who is available", "user list sales online", false},
    {"who is free", "user list sales online", false},
    {"who is free now", "user list sales online", false},
    {"who all are online", "user list online", false},
    {"who is there", "user list online", false},
    {"who is online now", "user list online", false},
    {"who is offline", "user list offline", false},
    {"who works here", "user list", false},
    {"list all staff", "user list", false},
    {"staff", "user list", false},
    {NULL, NULL, false},
};
static const struct wording password_wordings[] = {
    {"change my password", "user password me", false},
    {"reset my password", "user password me", false},
    {"i forgot my password", "user password me", false},
    {"reset password of *", "user password *", false},
    {"reset password for *", "user password *", false},
    {"new password for *", "user password *", false},
    {NULL, NULL, false},
};
static const struct wording role_wordings[] = {
    {"change role of * to *", "user role * to *", false},
    {"set role of * to *", "user role * to *", false},
    {NULL, NULL, false},
};
static const struct wording lastseen_wordings[] = {
    {"when was * last here", "lastseen *", false},
    {"when was * last seen", "lastseen *", false},
    {"when was * here last", "lastseen *", false},
    {"when was * here", "lastseen *", false},
    {"last seen of *", "lastseen *", false},
    {"is * online", "lastseen *", false},
    {"is * here", "lastseen *", false},
    {"is * there", "lastseen *", false},
    {NULL, NULL, false},
};

const struct command user_commands[] = {
    {.name = "user.add",
     .wordings = add_wordings,
     .summary = "Add a member of staff.",
     .examples = add_examples,
     .roles = ROLE_ADMIN,
     .effect = EFFECT_WRITE,
     .params = add_params,
     .run = run_add},
    {.name = "user.list",
     .wordings = list_wordings,
     .summary = "List the members of staff.",
     .examples = list_examples,
     .roles = ROLE_ADMIN | ROLE_MANAGER,
     .audience = ROLE_ADMIN | ROLE_MANAGER,
     .effect = EFFECT_READ,
     .params = list_params,
     .columns = list_columns,
     .run = run_list},
    {.name = "user.show",
     .summary = "Show a member of staff.",
     .examples = show_examples,
     .roles = ROLE_ADMIN | ROLE_MANAGER,
     .audience = ROLE_ADMIN | ROLE_MANAGER,
     .effect = EFFECT_READ,
     .target = TARGET_PERSON,
     .run = run_show},
    {.name = "user.role",
     .wordings = role_wordings,
     .verbs = make_verbs,
     .summary = "Give a member of staff another role.",
     .examples = role_examples,
     .roles = ROLE_ADMIN,
     .audience = ROLE_ADMIN | ROLE_MANAGER,
     .effect = EFFECT_WRITE,
     .target = TARGET_PERSON,
     .params = role_params,
     .run = run_role,
     .current = current_role,
     .warns = warn_of_role},
    {.name = "user.disable",
     .verbs = block_verbs,
     .summary = "Disable an account and end its sessions.",
     .examples = disable_examples,
     .roles = ROLE_ADMIN,
     .audience = ROLE_ADMIN | ROLE_MANAGER,
     .effect = EFFECT_DESTROY,
     .target = TARGET_PERSON,
     .offered = OFFERED_ENABLED,
     .run = run_disable,
     .warns = warn_of_disabling},
    {.name = "user.enable",
     .verbs = unblock_verbs,
     .summary = "Enable an account again.",
     .examples = enable_examples,
     .roles = ROLE_ADMIN,
     .audience = ROLE_ADMIN | ROLE_MANAGER,
     .effect = EFFECT_WRITE,
     .target = TARGET_PERSON,
     .offered = OFFERED_DISABLED,
     .run = run_enable},
    {.name = "user.password",
     .wordings = password_wordings,
     .verbs = reset_verbs,
     .summary = "Make a one-time link to set a new password.",
     .examples = password_examples,
     .roles = ROLE_ADMIN,
     .effect = EFFECT_WRITE,
     .target = TARGET_PERSON,
     .offered = OFFERED_ENABLED,
     .run = run_password},
    {.name = "user.sessions",
     .summary = "Say when somebody was here, and end their sessions.",
     .examples = sessions_examples,
     .roles = ROLE_ADMIN,
     .audience = ROLE_ADMIN,
     .effect = EFFECT_WRITE,
     .target = TARGET_PERSON,
     .params = sessions_params,
     .run = run_sessions},
    {.name = "lastseen",
     .wordings = lastseen_wordings,
     .summary = "Say when somebody was last here.",
     .examples = lastseen_examples,
     .roles = ROLE_ADMIN | ROLE_MANAGER,
     .audience = ROLE_ADMIN | ROLE_MANAGER,
     .effect = EFFECT_READ,
     .target = TARGET_PERSON,
     .run = run_lastseen},
    {.name = NULL},
};
