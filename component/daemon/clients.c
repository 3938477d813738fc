#include "daemon/clients.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "surface/forms.h"
#include "xmpp/namespaces.h"
#include "xmpp/xml.h"

struct client {
    char *address; /* full; NULL: free */
    long long number;
    unsigned abilities;
};

struct clients {
    char *from;
    pthread_mutex_t lock;
    struct client list[CLIENTS_LIMIT];
    long long last_number;
    size_t next; /* the place that is used next: the oldest one's */
};

struct clients *clients_new(const char *domain)
{
    struct clients *clients = calloc(1, sizeof *clients);
    if (clients == NULL) {
        log_bug("out of memory");
    }
    if (asprintf(&clients->from, "bot@%s", domain) < 0) {
        log_bug("out of memory");
    }
    pthread_mutex_init(&clients->lock, NULL);
    return clients;
}

void clients_free(struct clients *clients)
{
    for (size_t i = 0; i < CLIENTS_LIMIT; i++) {
        free(clients->list[i].address);
    }
    pthread_mutex_destroy(&clients->lock);
    free(clients->from);
    free(clients);
}

/* Under the lock. */
static struct client *clients_find(struct clients *clients, const char *address)
{
    for (size_t i = 0; i < CLIENTS_LIMIT; i++) {
        if (clients->list[i].address != NULL && strcmp(clients->list[i].address, address) == 0) {
            return &clients->list[i];
        }
    }
    return NULL;
}

/* Under the lock: the number of the question for a new one, or 0. */
static long long clients_add(struct clients *clients, const char *address)
{
    if (clients_find(clients, address) != NULL) {
        return 0;
    }
    struct client *client = &clients->list[clients->next];
    clients->next = (clients->next + 1) % CLIENTS_LIMIT;
    free(client->address);
    *client = (struct client){.address = strdup(address), .number = ++clients->last_number};
    if (client->address == NULL) {
        log_bug("out of memory");
    }
    return client->number;
}

/* A command, or the list of them, which people open first. */
static bool is_about_commands(const struct stanza *stanza)
{
    const struct element *items = element_child(stanza->root, "query", NS_DISCO_ITEMS);
    const char *node = items == NULL ? NULL : element_attribute(items, "node");
    return element_child(stanza->root, "command", NS_COMMANDS) != NULL ||
           (node != NULL && strcmp(node, NS_COMMANDS) == 0);
}

const char *clients_ask(struct clients *clients, struct arena *arena, const struct stanza *stanza,
                        size_t *length)
{
    if (stanza->kind != STANZA_IQ || *stanza->from.resource == '\0' || !is_about_commands(stanza)) {
        return NULL;
    }
    pthread_mutex_lock(&clients->lock);
    long long number = clients_add(clients, stanza->from.full);
    pthread_mutex_unlock(&clients->lock);
    if (number == 0) {
        return NULL;
    }
    struct xml *xml = xml_new(arena);
    xml_open(xml, "iq", NULL);
    xml_attribute(xml, "from", clients->from);
    xml_attribute(xml, "to", stanza->from.full);
    xml_attribute(xml, "type", "get");
    xml_attribute(xml, "id", arena_printf(arena, "client-%lld", number));
    xml_leaf(xml, "query", NS_VERSION, NULL);
    xml_close(xml);
    return xml_finish(xml, length);
}

bool clients_take(struct clients *clients, const struct stanza *stanza)
{
    long long number;
    bool answer = strcmp(stanza->type, "result") == 0 || strcmp(stanza->type, "error") == 0;
    if (stanza->kind != STANZA_IQ || !answer || stanza->id == NULL ||
        jid_record_number(stanza->id, "client-", &number) != 0) {
        return false;
    }
    const struct element *query = element_child(stanza->root, "query", NS_VERSION);
    pthread_mutex_lock(&clients->lock);
    /* Numbers can be guessed: only what an address says of itself counts. */
    struct client *client = clients_find(clients, stanza->from.full);
    bool asked = client != NULL && client->number == number;
    if (asked && query != NULL) {
        client->abilities = forms_abilities(element_child_text(query, "name", NS_VERSION),
                                            element_child_text(query, "version", NS_VERSION));
    }
    pthread_mutex_unlock(&clients->lock);
    return asked;
}

void clients_forget(struct clients *clients, const char *address)
{
    pthread_mutex_lock(&clients->lock);
    struct client *client = clients_find(clients, address);
    if (client != NULL) {
        free(client->address);
        *client = (struct client){.address = NULL};
    }
    pthread_mutex_unlock(&clients->lock);
}

unsigned clients_abilities(struct clients *clients, const char *address)
{
    pthread_mutex_lock(&clients->lock);
    const struct client *client = clients_find(clients, address);
    unsigned abilities = client == NULL ? 0 : client->abilities;
    pthread_mutex_unlock(&clients->lock);
    return abilities;
}
