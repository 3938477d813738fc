#include "lead/lead.h"

#include <string.h>

#include "command/reply.h"
#include "command/target.h"
#include "command/type.h"
#include "lead/rows.h"
#include "lead/saved.h"
#include "lead/undo.h"

const struct choice lead_sources[] = {
    {"linkedin", "LinkedIn"},
    {"website", "Website"},
    {"referral", "Referral"},
    {"direct", "Direct"},
    {"import", "Import"},
    {"chat", "Chat"},
    {NULL, NULL},
};

const struct choice lead_statuses[] = {
    {"new", "New"},
    {"assigned", "Assigned"},
    {"contacted", "Contacted"},
    {"follow-up", "Follow-up"},
    {"qualified", "Qualified"},
    {"converted", "Converted"},
    {"won", "Won"},
    {"lost", "Lost"},
    {NULL, NULL},
};

/* ---- what the files of this room share */

const char *lead_budget(struct arena *arena, bool present, int64_t minor, const char *currency)
{
    return present ? type_money(arena, minor, currency) : NULL;
}

enum verdict lead_take(struct call *call, int64_t number, struct reply *reply,
                       const struct lead_lock_row **lead)
{
    const struct lead_lock *locked = query_lead_lock(call->unit, number);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    if (locked->count == 0) {
        return target_refuse_absent(call, number, reply);
    }
    *lead = &locked->rows[0];
    return VERDICT_DONE;
}

void lead_tell(struct call *call, bool has_assignee, int64_t assignee, struct reply *reply,
               const char *sentence)
{
    if (has_assignee && assignee != call->person->id) {
        reply_notify(reply, assignee, "%s", sentence);
    }
}

void lead_put_moves(struct call *call, int64_t number, const struct lead_moves *moves, struct reply *reply)
{
    for (size_t i = 0; i < moves->count; i++) {
        const char *to = moves->rows[i].to_status;
        reply_next(reply, arena_printf(call->arena, "status %lld %s%s", (long long)number, to,
                                       strcmp(to, "lost") == 0 ? " because <reason>" : ""));
    }
}

/* ---- the rows */

#define WHOLE_STAFF ROLE_STAFF /* a Sales Person: the leads assigned to them, by row security */
#define ADDERS      (ROLE_ADMIN | ROLE_MANAGER | ROLE_LEAD)
#define REMOVERS    (ROLE_ADMIN | ROLE_MANAGER)
/* Audiences: who adds leads sees them all; what is deleted only those see who may restore it. */

static const char *const undo_examples[] = {"undo", NULL};
static const char *const redo_examples[] = {"redo", NULL};

static const char *const lead_add_verbs[] = {"new", "create", NULL};
static const char *const lead_show_verbs[] = {"open", "view", NULL};
static const char *const lead_find_verbs[] = {"search", "lookup", NULL};
static const char *const lead_list_verbs[] = {"find", "search", NULL};
static const char *const lead_assign_verbs[] = {"give", "transfer", "reassign", NULL};
static const char *const lead_status_verbs[] = {"mark", "move", "set", NULL};
static const char *const lead_edit_verbs[] = {"change", "update", "set", NULL};
static const char *const lead_delete_verbs[] = {"remove", NULL};
static const char *const lead_deleted_verbs[] = {"removed", NULL};
static const char *const lead_follow_up_verbs[] = {"follow-up", NULL};
static const char *const lead_snooze_verbs[] = {"later", "postpone", NULL};
static const char *const lead_source_remove_verbs[] = {"delete", "drop", NULL};
static const char *const lead_restore_verbs[] = {"undelete", NULL};

static const struct wording lead_show_wordings[] = {
    {"notes of #", "lead #", false},
    {"tags of #", "lead #", false},
    {"who owns #", "lead #", false},

    {"what is the * of #", "lead #", false},
    {"who has #", "lead #", false},
    {"whose is #", "lead #", false},
    {"who is #", "lead #", false},
    {NULL, NULL, false},
};
static const struct wording lead_list_wordings[] = {
    {"how many leads do i have", "leads of me", false},
    {"how many leads have i", "leads of me", false},
    {"how many leads have i got", "leads of me", false},
    {"how many leads do we have", "leads", false},
    {"how many leads are there", "leads", false},
    {"how many * leads do i have", "leads * of me", false},
    {"how many * leads do we have", "leads *", false},
    {"how many * leads are there", "leads *", false},
    {"what next", "leads due any of me", false},
    {"what's next", "leads due any of me", false},
    {"what is next", "leads due any of me", false},
    {"what should i do", "leads due today of me", false},
    {"what should i do today", "leads due today of me", false},
    {NULL, NULL, false},
};
static const struct wording lead_find_wordings[] = {
    {"show *", "find *", true}, {"show me *", "find *", true}, {NULL, NULL, false}};
static const struct wording lead_edit_wordings[] = {
    {"clear * of #", "edit # * -", false},       {"remove * of #", "edit # * -", false},
    {"delete * of #", "edit # * -", false},      {"follow up with # *", "edit # follow_up *", false},
    {"call # *", "edit # follow_up *", false},

    {"change * of # to *", "edit # * *", false}, {"set * of # to *", "edit # * *", false},
    {"update * of # to *", "edit # * *", false}, {"rename # to *", "edit # name *", false},
    {"rename # *", "edit # name *", false},      {NULL, NULL, false},
};
static const struct wording lead_assign_wordings[] = {
    {"change owner of # to *", "assign # to *", false},
    {"unassign #", "assign # to nobody", false},
    {NULL, NULL, false},
};
static const struct wording lead_status_wordings[] = {
    {"reopen #", "status # new", false},
    {"change status of # to *", "status # *", false},
    {"set status of # to *", "status # *", false},
    {NULL, NULL, false},
};
static const struct wording lead_history_wordings[] = {{"what happened to #", "history #", false},
                                                       {"what happened with #", "history #", false},
                                                       {NULL, NULL, false}};
static const struct wording undo_wordings[] = {{"undo last", "undo", false},
                                               {"undo last change", "undo", false},
                                               {"take it back", "undo", false},
                                               {NULL, NULL, false}};
static const struct wording lead_tag_wordings[] = {
    {"# untag *", "tag # remove *", false},

    {"untag # *", "tag # remove *", false},
    {"untag * from #", "tag # remove *", false},
    {"remove tag * from #", "tag # remove *", false},
    {"remove tags * from #", "tag # remove *", false},
    {"remove * tag from #", "tag # remove *", false},
    {"take tag * off #", "tag # remove *", false},
    {"add tag * to #", "tag # *", false},
    {"add tags * to #", "tag # *", false},
    {NULL, NULL, false},
};

const struct command lead_commands[] = {
    {.name = "lead.add",
     .verbs = lead_add_verbs,
     .summary = "Add a lead.",
     .examples = lead_add_examples,
     .roles = ADDERS,
     .audience = ADDERS,
     .effect = EFFECT_WRITE,
     .params = lead_add_params,
     .fields = FIELDS_GIVEN,
     .pasted = true,
     .run = lead_add,
     .warns = lead_same_warns},
    {.name = "lead.show",
     .verbs = lead_show_verbs,
     .wordings = lead_show_wordings,
     .summary = "Show a lead.",
     .examples = lead_show_examples,
     .roles = WHOLE_STAFF,
     .audience = ADDERS,
     .effect = EFFECT_READ,
     .target = TARGET_LEAD,
     .run = lead_show},
    {.name = "lead.list",
     .verbs = lead_list_verbs,
     .wordings = lead_list_wordings,
     .summary = "List leads, newest first or in another order.",
     .examples = lead_list_examples,
     .roles = WHOLE_STAFF,
     .audience = ADDERS,
     .effect = EFFECT_READ,
     .params = lead_list_params,
     .fields = FIELDS_SOUGHT,
     .columns = lead_list_columns,
     .run = lead_list},
    {.name = "lead.export",
     .summary =
         "Put a list of leads into a spreadsheet (XLSX, CSV), behind a link that works for some hours.",
     .examples = lead_export_examples,
     .roles = WHOLE_STAFF,
     .effect = EFFECT_WRITE,
     .params = lead_export_params,
     .fields = FIELDS_SOUGHT,
     .run = lead_export},
    {.name = "lead.find",
     .verbs = lead_find_verbs,
     .wordings = lead_find_wordings,
     .summary = "Find leads by a part of the name, email or phone, with typing errors too.",
     .examples = lead_find_examples,
     .roles = WHOLE_STAFF,
     .audience = ADDERS,
     .effect = EFFECT_READ,
     .params = lead_find_params,
     .fields = FIELDS_SOUGHT,
     .columns = lead_find_columns,
     .run = lead_find},
    {.name = "lead.edit",
     .verbs = lead_edit_verbs,
     .wordings = lead_edit_wordings,
     .summary = "Change what is known of a lead.",
     .examples = lead_edit_examples,
     .roles = WHOLE_STAFF,
     .audience = ADDERS,
     .effect = EFFECT_WRITE,
     .target = TARGET_LEAD,
     .params = lead_edit_params,
     .fields = FIELDS_CHANGED,
     .run = lead_edit,
     .current = lead_edit_current,
     .warns = lead_same_warns},
    {.name = "lead.assign",
     .verbs = lead_assign_verbs,
     .wordings = lead_assign_wordings,
     .summary = "Give a lead to a Sales Person.",
     .examples = lead_assign_examples,
     .roles = ADDERS,
     .audience = ADDERS,
     .effect = EFFECT_WRITE,
     .target = TARGET_LEAD,
     .several = true,
     .params = lead_assign_params,
     .run = lead_assign,
     .current = lead_assign_current},
    {.name = "lead.status",
     .verbs = lead_status_verbs,
     .wordings = lead_status_wordings,
     .summary = "Move a lead on: contacted, qualified, won, lost with a reason.",
     .examples = lead_status_examples,
     .roles = WHOLE_STAFF,
     .audience = ADDERS,
     .effect = EFFECT_WRITE,
     .target = TARGET_LEAD,
     .several = true,
     .params = lead_status_params,
     .run = lead_status,
     .current = lead_status_current},
    {.name = "lead.note",
     .summary = "Write a note on a lead.",
     .examples = lead_note_examples,
     .roles = WHOLE_STAFF,
     .audience = ADDERS,
     .effect = EFFECT_WRITE,
     .target = TARGET_LEAD,
     .several = true,
     .params = lead_note_params,
     .run = lead_note},
    {.name = "lead.tag",
     .wordings = lead_tag_wordings,
     .summary = "Put tags on a lead, or take them off.",
     .examples = lead_tag_examples,
     .roles = WHOLE_STAFF,
     .audience = ADDERS,
     .effect = EFFECT_WRITE,
     .target = TARGET_LEAD,
     .several = true,
     .params = lead_tag_params,
     .run = lead_tag},
    {.name = "lead.history",
     .wordings = lead_history_wordings,
     .summary = "Show what happened to a lead: who, when, what.",
     .examples = lead_history_examples,
     .roles = WHOLE_STAFF,
     .audience = ADDERS,
     .effect = EFFECT_READ,
     .target = TARGET_LEAD,
     .params = lead_history_params,
     .run = lead_history},
    {.name = "lead.followup",
     .verbs = lead_follow_up_verbs,
     .summary = "Be reminded of a lead at a time.",
     .examples = lead_follow_up_examples,
     .roles = WHOLE_STAFF,
     .audience = ADDERS,
     .effect = EFFECT_WRITE,
     .target = TARGET_LEAD,
     .several = true,
     .params = lead_follow_up_params,
     .run = lead_follow_up,
     .current = lead_follow_up_current},
    {.name = "lead.snooze",
     .verbs = lead_snooze_verbs,
     .summary = "Put a lead's follow-up off.",
     .examples = lead_snooze_examples,
     .roles = WHOLE_STAFF,
     .audience = ADDERS,
     .effect = EFFECT_WRITE,
     .target = TARGET_LEAD,
     .several = true,
     .params = lead_snooze_params,
     .run = lead_snooze},
    {.name = "lead.done",
     .summary = "Tick a lead's follow-up off.",
     .examples = lead_done_examples,
     .roles = WHOLE_STAFF,
     .audience = ADDERS,
     .effect = EFFECT_WRITE,
     .target = TARGET_LEAD,
     .several = true,
     .params = lead_done_params,
     .run = lead_done},
    {.name = "lead.score",
     .summary = "Show a lead's score and what it is made of.",
     .examples = lead_score_examples,
     .roles = WHOLE_STAFF,
     .audience = ADDERS,
     .effect = EFFECT_READ,
     .target = TARGET_LEAD,
     .run = lead_score},
    {.name = "lead.delete",
     .verbs = lead_delete_verbs,
     .summary = "Delete a lead; it can be restored.",
     .examples = lead_delete_examples,
     .roles = REMOVERS,
     .audience = REMOVERS,
     .effect = EFFECT_DESTROY,
     .target = TARGET_LEAD,
     .several = true,
     .run = lead_delete},
    {.name = "lead.deleted",
     .verbs = lead_deleted_verbs,
     .summary = "List deleted leads, the last deleted first.",
     .examples = lead_deleted_examples,
     .roles = REMOVERS,
     .audience = REMOVERS,
     .effect = EFFECT_READ,
     .params = lead_deleted_params,
     .columns = lead_deleted_columns,
     .run = lead_deleted},
    {.name = "lead.restore",
     .verbs = lead_restore_verbs,
     .summary = "Bring a deleted lead back.",
     .examples = lead_restore_examples,
     .roles = REMOVERS,
     .audience = REMOVERS,
     .effect = EFFECT_WRITE,
     .target = TARGET_ANY_LEAD,
     .several = true,
     .run = lead_restore},
    {.name = "lead.merge",
     .summary = "Merge a lead into another that is the same.",
     .examples = lead_merge_examples,
     .roles = REMOVERS,
     .audience = REMOVERS,
     .effect = EFFECT_DESTROY,
     .target = TARGET_LEAD,
     .params = lead_merge_params,
     .run = lead_merge,
     .warns = lead_merge_warns},
    {.name = "lead.erase",
     .summary = "Erase a lead for good, with all that is known of it.",
     .examples = lead_erase_examples,
     .roles = ROLE_ADMIN,
     .audience = ROLE_ADMIN,
     .effect = EFFECT_DESTROY,
     .target = TARGET_ANY_LEAD,
     .run = lead_erase,
     .warns = lead_erase_warns},
    {.name = "field.add",
     .summary = "Add a field that leads have.",
     .examples = lead_field_add_examples,
     .by_noun = true,
     .roles = ROLE_ADMIN,
     .audience = WHOLE_STAFF,
     .effect = EFFECT_WRITE,
     .params = lead_field_add_params,
     .run = lead_field_add},
    {.name = "field.list",
     .summary = "List the fields that were added to leads.",
     .examples = lead_field_list_examples,
     .by_noun = true,
     .roles = WHOLE_STAFF,
     .audience = WHOLE_STAFF,
     .effect = EFFECT_READ,
     .columns = lead_field_columns,
     .run = lead_field_list},
    {.name = "field.remove",
     .verbs = lead_source_remove_verbs,
     .summary = "Remove a field from all leads.",
     .examples = lead_field_remove_examples,
     .by_noun = true,
     .roles = ROLE_ADMIN,
     .audience = WHOLE_STAFF,
     .effect = EFFECT_WRITE,
     .params = lead_field_remove_params,
     .run = lead_field_remove,
     .warns = lead_field_remove_warns},
    {.name = "source.add",
     .summary = "Add a source from which leads come.",
     .examples = lead_source_add_examples,
     .by_noun = true,
     .roles = ROLE_ADMIN,
     .audience = WHOLE_STAFF,
     .effect = EFFECT_WRITE,
     .params = lead_source_add_params,
     .run = lead_source_add},
    {.name = "source.list",
     .summary = "List the sources from which leads come.",
     .examples = lead_source_list_examples,
     .by_noun = true,
     .roles = WHOLE_STAFF,
     .audience = WHOLE_STAFF,
     .effect = EFFECT_READ,
     .columns = lead_source_columns,
     .run = lead_source_list},
    {.name = "source.remove",
     .verbs = lead_source_remove_verbs,
     .summary = "Take a source away that was added.",
     .examples = lead_source_remove_examples,
     .by_noun = true,
     .roles = ROLE_ADMIN,
     .audience = WHOLE_STAFF,
     .effect = EFFECT_WRITE,
     .params = lead_source_remove_params,
     .run = lead_source_remove},
    {.name = "saved.add",
     .wordings = saved_add_wordings,
     .summary = "Save the last list or search that you have asked for under a name.",
     .examples = saved_add_examples,
     .by_noun = true,
     .roles = WHOLE_STAFF,
     .effect = EFFECT_WRITE,
     .params = saved_add_params,
     .run = saved_add},
    {.name = "saved.list",
     .wordings = saved_list_wordings,
     .summary = "List the searches that you have saved.",
     .examples = saved_list_examples,
     .by_noun = true,
     .roles = WHOLE_STAFF,
     .effect = EFFECT_READ,
     .columns = saved_list_columns,
     .run = saved_list},
    {.name = "saved.run",
     .wordings = saved_run_wordings,
     .summary = "Ask for what you have saved under a name.",
     .examples = saved_run_examples,
     .by_noun = true,
     .roles = WHOLE_STAFF,
     .effect = EFFECT_READ,
     .params = saved_run_params,
     .columns = lead_list_columns,
     .run = saved_run},
    {.name = "saved.remove",
     .verbs = lead_source_remove_verbs,
     .wordings = saved_remove_wordings,
     .summary = "Remove a search that you have saved.",
     .examples = saved_remove_examples,
     .by_noun = true,
     .roles = WHOLE_STAFF,
     .effect = EFFECT_WRITE,
     .params = saved_remove_params,
     .run = saved_remove},
    {.name = "undo",
     .wordings = undo_wordings,
     .summary = "Take your last change of a lead back, within ten minutes.",
     .examples = undo_examples,
     .roles = ROLE_STAFF,
     .audience = REMOVERS,
     .effect = EFFECT_WRITE,
     .run = undo_run},
    {.name = "redo",
     .summary = "Put back what you have just undone.",
     .examples = redo_examples,
     .roles = ROLE_STAFF,
     .audience = REMOVERS,
     .effect = EFFECT_WRITE,
     .run = undo_run},
    {.name = NULL},
};

const struct job_kind lead_jobs[] = {
    {.name = "lead.remind", .actor = JOB_SYSTEM, .run = lead_remind},
    {.name = "lead.score", .actor = JOB_SYSTEM, .every_seconds = 2, .run = lead_score_slice},
    {.name = "lead.digest", .actor = JOB_SYSTEM, .every_seconds = 20, .run = lead_digest},
    {.name = NULL},
};
