/* rows: what the files of this room give to the one array of rows in lead.c: handlers, parameters, examples.
 *
 * Everything here is of this room only. Threads: handlers run in a command lane.
 */
#ifndef LEAD_ROWS_H
#define LEAD_ROWS_H

#include "command/command.h"
#include "command/current.h"
#include "job/job.h"
#include "queries.h"

enum verdict lead_add(struct call *call, const struct args *args, struct reply *reply);
extern const struct param lead_add_params[];
extern const char *const lead_add_examples[];

enum verdict lead_assign(struct call *call, const struct args *args, struct reply *reply);
enum verdict lead_assign_current(struct call *call, const struct args *args, struct current *current);
extern const struct param lead_assign_params[];
extern const char *const lead_assign_examples[];

enum verdict lead_handover(struct call *call, const struct args *args, struct reply *reply);
enum verdict lead_handover_warns(struct call *call, const struct args *args, const char **warning);
extern const struct param lead_handover_params[];
extern const char *const lead_handover_examples[];

enum verdict lead_edit(struct call *call, const struct args *args, struct reply *reply);
enum verdict lead_edit_current(struct call *call, const struct args *args, struct current *current);
extern const struct param lead_edit_params[];
extern const char *const lead_edit_examples[];

enum verdict lead_field_add(struct call *call, const struct args *args, struct reply *reply);
extern const struct param lead_field_add_params[];
extern const char *const lead_field_add_examples[];
enum verdict lead_field_list(struct call *call, const struct args *args, struct reply *reply);
extern const struct column lead_field_columns[];
extern const char *const lead_field_list_examples[];
enum verdict lead_field_remove(struct call *call, const struct args *args, struct reply *reply);
enum verdict lead_field_remove_warns(struct call *call, const struct args *args, const char **warning);
extern const struct param lead_field_remove_params[];
extern const char *const lead_field_remove_examples[];

enum verdict lead_find(struct call *call, const struct args *args, struct reply *reply);
extern const struct param lead_find_params[];
extern const struct column lead_find_columns[];
extern const char *const lead_find_examples[];

enum verdict lead_follow_up(struct call *call, const struct args *args, struct reply *reply);
enum verdict lead_follow_up_current(struct call *call, const struct args *args, struct current *current);
extern const struct param lead_follow_up_params[];
extern const char *const lead_follow_up_examples[];
enum verdict lead_snooze(struct call *call, const struct args *args, struct reply *reply);
extern const struct param lead_snooze_params[];
extern const char *const lead_snooze_examples[];
enum verdict lead_done(struct call *call, const struct args *args, struct reply *reply);
extern const struct param lead_done_params[];
extern const char *const lead_done_examples[];

enum verdict lead_history(struct call *call, const struct args *args, struct reply *reply);
extern const struct param lead_history_params[];
extern const char *const lead_history_examples[];

enum verdict lead_list(struct call *call, const struct args *args, struct reply *reply);
extern const struct param lead_list_params[];
extern const struct column lead_list_columns[];
extern const char *const lead_list_examples[];

enum verdict lead_merge(struct call *call, const struct args *args, struct reply *reply);
enum verdict lead_merge_warns(struct call *call, const struct args *args, const char **warning);
extern const struct param lead_merge_params[];
extern const char *const lead_merge_examples[];
enum verdict lead_duplicates(struct call *call, const struct args *args, struct reply *reply);
extern const struct param lead_duplicates_params[];
extern const struct column lead_duplicates_columns[];
extern const char *const lead_duplicates_examples[];
enum verdict lead_apart(struct call *call, const struct args *args, struct reply *reply);
extern const struct param lead_apart_params[];
extern const char *const lead_apart_examples[];
enum verdict lead_erase(struct call *call, const struct args *args, struct reply *reply);
enum verdict lead_erase_warns(struct call *call, const struct args *args, const char **warning);
extern const char *const lead_erase_examples[];
enum verdict lead_export(struct call *call, const struct args *args, struct reply *reply);
extern const struct param lead_export_params[];
extern const char *const lead_export_examples[];

enum verdict lead_note(struct call *call, const struct args *args, struct reply *reply);
extern const struct param lead_note_params[];
extern const char *const lead_note_examples[];

enum verdict lead_delete(struct call *call, const struct args *args, struct reply *reply);
extern const char *const lead_delete_examples[];
enum verdict lead_deleted(struct call *call, const struct args *args, struct reply *reply);
extern const struct param lead_deleted_params[];
extern const struct column lead_deleted_columns[];
extern const char *const lead_deleted_examples[];
enum verdict lead_restore(struct call *call, const struct args *args, struct reply *reply);
extern const char *const lead_restore_examples[];

/* Holds the email and the phone that are given until the end of the transaction, so that nobody else enters
 * them meanwhile. Before anything that another may wait for is locked or written. Queues; does not flush. */
void lead_same_hold(struct call *call, const struct args *args);

/* Warns of leads with the same email or phone that the caller may see, for lead.add and lead.edit. */
enum verdict lead_same_warns(struct call *call, const struct args *args, const char **warning);
/* Tells of those that the caller may not see whoever manages their owner, and nobody else. `number` and
 * `name` are of the lead that was entered. */
enum verdict lead_same_tell(struct call *call, const struct args *args, int64_t number, const char *name,
                            struct reply *reply);

enum verdict lead_show(struct call *call, const struct args *args, struct reply *reply);
extern const char *const lead_show_examples[];

enum verdict lead_source_add(struct call *call, const struct args *args, struct reply *reply);
extern const struct param lead_source_add_params[];
extern const char *const lead_source_add_examples[];
enum verdict lead_source_list(struct call *call, const struct args *args, struct reply *reply);
extern const struct column lead_source_columns[];
extern const char *const lead_source_list_examples[];
enum verdict lead_source_remove(struct call *call, const struct args *args, struct reply *reply);
extern const struct param lead_source_remove_params[];
extern const char *const lead_source_remove_examples[];

enum verdict lead_status(struct call *call, const struct args *args, struct reply *reply);
enum verdict lead_status_current(struct call *call, const struct args *args, struct current *current);
extern const struct param lead_status_params[];
extern const char *const lead_status_examples[];

enum verdict lead_tag(struct call *call, const struct args *args, struct reply *reply);
extern const struct param lead_tag_params[];
/* The tags that leads have, for whoever the unit acts as. */
param_find lead_tag_find;
extern const char *const lead_tag_examples[];

enum verdict lead_score(struct call *call, const struct args *args, struct reply *reply);
extern const char *const lead_score_examples[];

/* What is done at a time: lead.c joins them. */
enum job_result lead_score_slice(struct job_call *call);
enum job_result lead_remind(struct job_call *call);
enum job_result lead_digest(struct job_call *call);
enum job_result lead_twins(struct job_call *call);
enum job_result lead_erasures(struct job_call *call);

/* Said where a list cannot go on, the same for a lead that is gone and one that never was. */
#define LEAD_LIST_CHANGED                                                                                    \
    "The list has changed: the lead behind which it was to go on is not in it any more. Ask for the list "   \
    "again."

/* Before the number of a lead, as what has changed: that two are not the same, "apart 42". Before the name of
 * a field that an Admin has defined: "field Batch". */
#define LEAD_APART "apart "
#define LEAD_ADDED "field "

/* A budget as a normalised value of the type money ("50000.00 INR"), NULL when it is not present. */
const char *lead_budget(struct arena *arena, bool present, int64_t minor, const char *currency);

/* Locks the lead until the end of the transaction. VERDICT_DONE sets `lead`; VERDICT_REFUSED when it is gone;
 * VERDICT_FAILED. */
enum verdict lead_take(struct call *call, int64_t number, struct reply *reply,
                       const struct lead_lock_row **lead);

/* Begins the values that a form about a lead starts with (command/current.h): names the lead, locks it where
 * that is asked for, and stores its row, whose times are in the caller's zone; NULL when there is none or the
 * database failed (VERDICT_FAILED). */
enum verdict lead_begin_current(struct call *call, const struct args *args, struct current *current,
                                const struct lead_show_row **lead);

/* Tells the person to whom a lead is assigned what somebody else did with it; nobody when there is none or it
 * was themself. */
void lead_tell(struct call *call, bool has_assignee, int64_t assignee, struct reply *reply,
               const char *sentence);

/* Offers the moves that are legal now, as chat lines. */
void lead_put_moves(struct call *call, int64_t number, const struct lead_moves *moves, struct reply *reply);

#endif
