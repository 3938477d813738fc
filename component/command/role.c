#include "command/role.h"

#include <string.h>

#include "base/log.h"
#include "base/text.h"

static const struct role_words {
    enum role role;
    const char *word, *label, *database;
} all_roles[] = {
    {ROLE_ADMIN, "admin", "Admin", "crm_admin"},
    {ROLE_MANAGER, "manager", "Manager", "crm_manager"},
    {ROLE_LEAD, "lead", "Lead Person", "crm_lead"},
    {ROLE_SALES, "sales", "Sales Person", "crm_sales"},
    {ROLE_CUSTOMER, "customer", "Customer", "crm_customer"},
};

#define ROLE_COUNT (sizeof all_roles / sizeof all_roles[0])

static const struct role_words *words_of(enum role role)
{
    for (size_t i = 0; i < ROLE_COUNT; i++) {
        if (all_roles[i].role == role) {
            return &all_roles[i];
        }
    }
    log_bug("no role has the number %d", (int)role);
}

int role_parse(const char *word, enum role *role)
{
    for (size_t i = 0; i < ROLE_COUNT; i++) {
        if (strcmp(all_roles[i].word, word) == 0) {
            *role = all_roles[i].role;
            return 0;
        }
    }
    return -1;
}

const char *role_word(enum role role)
{
    return words_of(role)->word;
}

const char *role_label(enum role role)
{
    return words_of(role)->label;
}

const char *role_database(enum role role)
{
    return words_of(role)->database;
}

const char *role_list(struct arena *arena, unsigned roles)
{
    struct text text = text_new(arena);
    for (size_t i = 0; i < ROLE_COUNT; i++) {
        if ((roles & all_roles[i].role) == 0) {
            continue;
        }
        roles &= ~(unsigned)all_roles[i].role;
        if (text.length > 0) {
            text_add(&text, roles == 0 ? " and " : ", ");
        }
        text_addf(&text, "%ss", all_roles[i].label);
    }
    return text.data;
}
