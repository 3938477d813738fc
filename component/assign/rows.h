/* rows: what each file of this room gives to the rows in assign.c. */
#ifndef ASSIGN_ROWS_H
#define ASSIGN_ROWS_H

#include "assign/assign.h"

enum verdict assign_auto(struct call *call, const struct args *args, struct reply *reply);
enum verdict assign_why(struct call *call, const struct args *args, struct reply *reply);

enum verdict queue_distribute(struct call *call, const struct args *args, struct reply *reply);
enum verdict queue_distribute_warns(struct call *call, const struct args *args, const char **warning);
enum verdict queue_list(struct call *call, const struct args *args, struct reply *reply);
enum verdict queue_clear(struct call *call, const struct args *args, struct reply *reply);
extern const struct param queue_distribute_params[];
extern const struct column queue_columns[];

enum verdict rule_add(struct call *call, const struct args *args, struct reply *reply);
enum verdict rule_list(struct call *call, const struct args *args, struct reply *reply);
enum verdict rule_remove(struct call *call, const struct args *args, struct reply *reply);
extern const struct param rule_add_params[], rule_remove_params[];
extern const struct column rule_list_columns[];

enum verdict person_tag(struct call *call, const struct args *args, struct reply *reply);
extern const struct param person_tag_params[];

enum job_result assign_drain(struct job_call *call);
enum job_result assign_untouched(struct job_call *call);

#endif
