#include "xmpp/disco.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "xmpp/namespaces.h"

static bool lists_feature(const struct disco_info *info, const char *feature)
{
    for (size_t i = 0; i < info->feature_count; i++) {
        if (strcmp(info->features[i], feature) == 0) {
            return true;
        }
    }
    return false;
}

static void write_feature(struct xml *xml, const char *feature)
{
    xml_open(xml, "feature", NULL);
    xml_attribute(xml, "var", feature);
    xml_close(xml);
}

void disco_write_info(struct xml *xml, const struct disco_info *info, const char *node)
{
    xml_open(xml, "query", NS_DISCO_INFO);
    xml_attribute(xml, "node", node);
    for (size_t i = 0; i < info->identity_count; i++) {
        xml_open(xml, "identity", NULL);
        xml_attribute(xml, "category", info->identities[i].category);
        xml_attribute(xml, "type", info->identities[i].type);
        xml_attribute(xml, "name", info->identities[i].name);
        xml_close(xml);
    }
    if (!lists_feature(info, NS_DISCO_INFO)) {
        write_feature(xml, NS_DISCO_INFO);
    }
    for (size_t i = 0; i < info->feature_count; i++) {
        write_feature(xml, info->features[i]);
    }
    xml_close(xml);
}

void disco_write_items(struct xml *xml, const struct disco_item *items, size_t count, const char *node)
{
    xml_open(xml, "query", NS_DISCO_ITEMS);
    xml_attribute(xml, "node", node);
    for (size_t i = 0; i < count; i++) {
        xml_open(xml, "item", NULL);
        xml_attribute(xml, "jid", items[i].jid);
        xml_attribute(xml, "node", items[i].node);
        xml_attribute(xml, "name", items[i].name);
        xml_close(xml);
    }
    xml_close(xml);
}

/* XEP-0115 sorts by bytes ("i;octet"). */
static int compare_strings(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void add_sorted(struct text *out, const char **strings, size_t count)
{
    if (count > 0) {
        qsort(strings, count, sizeof *strings, compare_strings);
    }
    for (size_t i = 0; i < count; i++) {
        text_add(out, strings[i]);
        text_add_char(out, '<');
    }
}

static void add_identities(struct text *out, const struct disco_info *info)
{
    const char **lines = arena_array(out->arena, info->identity_count, sizeof *lines);
    for (size_t i = 0; i < info->identity_count; i++) {
        const struct disco_identity *identity = &info->identities[i];
        lines[i] = arena_printf(out->arena, "%s/%s//%s", identity->category, identity->type,
                                identity->name == NULL ? "" : identity->name);
    }
    add_sorted(out, lines, info->identity_count);
}

static void add_features(struct text *out, const struct disco_info *info)
{
    const char **features = arena_array(out->arena, info->feature_count + 1, sizeof *features);
    size_t count = 0;
    for (size_t i = 0; i < info->feature_count; i++) {
        features[count++] = info->features[i];
    }
    if (!lists_feature(info, NS_DISCO_INFO)) {
        features[count++] = NS_DISCO_INFO;
    }
    add_sorted(out, features, count);
}

const char *disco_caps_ver(struct arena *arena, const struct disco_info *info)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    struct text text = text_new(arena);
    add_identities(&text, info);
    add_features(&text, info);
    if (EVP_Digest(text.data, text.length, digest, &size, EVP_sha1(), NULL) != 1) {
        log_bug("libcrypto gives no SHA-1 (it has none, or is out of memory)");
    }
    char *base64 = arena_alloc(arena, 4 * ((size + 2) / 3) + 1);
    EVP_EncodeBlock((unsigned char *)base64, digest, (int)size);
    return base64;
}

void disco_write_caps(struct xml *xml, struct arena *arena, const struct disco_info *info, const char *uri)
{
    xml_open(xml, "c", NS_CAPS);
    xml_attribute(xml, "hash", "sha-1");
    xml_attribute(xml, "node", uri);
    xml_attribute(xml, "ver", disco_caps_ver(arena, info));
    xml_close(xml);
}
