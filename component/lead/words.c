#include "lead/words.h"

#include <stddef.h>

#define REQUIREMENTS                                                                                         \
    "needs", "wants", "interested in", "looking for",                                                        \
        "requirement:", "requirements:", "req:", "course:", "enquiry:"

const char *const lead_words_source[] = {"from", "via", NULL};
const char *const lead_words_budget[] = {"for", "worth", NULL};
const char *const lead_words_email[] = {"mail", "e-mail", "mail id", "email id", NULL};
const char *const lead_words_phone[] = {"ph",           "ph.",      "ph no",   "mob",        "mobile",
                                        "mobile no",    "tel",      "contact", "contact no", "phone no",
                                        "phone number", "whatsapp", NULL};
const char *const lead_words_follow_up[] = {"follow up", "follow-up",    "followup", "follow up on",
                                            "call back", "call",         "call on",  "remind",
                                            "remind me", "remind about", "on",       NULL};
const char *const lead_words_requirements[] = {REQUIREMENTS, NULL};
const char *const lead_words_requirements_of_new[] = {REQUIREMENTS, "note", NULL};
const char *const lead_words_assignee[] = {"to", "assign to", NULL};
