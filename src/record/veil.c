#include "record/veil.h"

#include "base/buffer.h"
#include "base/limits.h"
#include "record/local_parts.h"
#include "record/veiled_names.h"

#include <openssl/evp.h>

enum { MAC_OCTETS = 32, SHOWN_OCTETS = 16 };

struct veil {
    struct slice key;
    const struct waybill_record *record;
    struct client_names client;
    enum waybill_status status;
};

/* --- hashes ------------------------------------------------------------------------------------
 */

static void add_hash(struct veil *v, struct buffer *out, struct slice text)
{
    uint8_t mac[MAC_OCTETS];
    size_t n = 0;
    buffer_add_str(out, "h:");
    if (v->key.n == 0)
        return;
    if (!EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, v->key.p, v->key.n, text.p, text.n, mac,
                   sizeof mac, &n)) {
        v->status = WAYBILL_CRYPTO;
        return;
    }
    for (size_t i = 0; i < SHOWN_OCTETS; i++)
        buffer_printf(out, "%02x", (unsigned)mac[i]);
}

/* A local part is the same with quotation marks that it does not need. */
static void add_local_part(struct veil *v, struct buffer *out, struct slice text)
{
    bool quoted = text.n > 2 && text.p[0] == '"' && text.p[text.n - 1] == '"' &&
                  slice_find(text, '\\', 0) == text.n;
    add_hash(v, out, quoted ? slice_sub(text, 1, text.n - 2) : text);
}

/* --- texts -------------------------------------------------------------------------------------
 */

static void add_without_client(struct veil *v, struct buffer *out, struct slice text)
{
    for (size_t at = 0; at < text.n;) {
        size_t n = client_names_at(&v->client, text, at);
        if (n)
            add_hash(v, out, slice_str(v->client.text));
        else
            buffer_add_octet(out, text.p[at]);
        at += n ? n : 1;
    }
}

static void add_text(struct veil *v, struct buffer *out, struct slice text)
{
    struct slice before, local_part;
    while (local_part_take(&text, &before, &local_part)) {
        add_without_client(v, out, before);
        add_local_part(v, out, local_part);
        buffer_add_octet(out, '@');
    }
    add_without_client(v, out, text);
}

/* All before the last '@', whatever it is. What has none is no domain either. An envelope has no
 * brackets, a hop has. */
static void add_path(struct veil *v, struct buffer *out, struct slice text)
{
    if (text.n >= 2 && text.p[0] == '<' && text.p[text.n - 1] == '>')
        text = slice_sub(text, 1, text.n - 2);
    size_t at = text.n;
    while (at > 0 && text.p[at - 1] != '@')
        at--;
    if (at != 1 && text.n > 0)
        add_local_part(v, out, at ? slice_sub(text, 0, at - 1) : text);
    if (at > 0) {
        buffer_add_octet(out, '@');
        add_without_client(v, out, slice_from(text, at));
    }
}

static void add_name(struct veil *v, struct buffer *out, struct slice name)
{
    if (name_is_of_person(v->record, name))
        add_hash(v, out, name);
    else
        add_without_client(v, out, name);
}

/* Recipients, domains and words share a member. */
static void add_detail(struct veil *v, struct buffer *out, struct slice text)
{
    if (slice_find(text, '@', 0) < text.n)
        add_path(v, out, text);
    else
        add_text(v, out, text);
}

/* Equal addresses have equal hashes, however they were written. */
static void add_client(struct veil *v, struct buffer *out, struct slice text)
{
    (void)text;
    add_hash(v, out, slice_str(v->client.text));
}

/* --- members -----------------------------------------------------------------------------------
 */

typedef void veiling(struct veil *v, struct buffer *out, struct slice text);

/* What members are that are not just texts. */
static const struct {
    const char
        *within; /* the member that has the object, or the array of such objects; NULL: any */
    const char *key;
    veiling *add; /* NULL: it goes */
} members[] = {
    {"envelope", "ip", add_client},      {NULL, "mail-from", add_path},
    {NULL, "rcpt-to", add_path},         {"from", "local-part", add_local_part},
    {"from", "display", NULL},           {NULL, "identity", add_path},
    {NULL, "explanation", NULL},         {"questions", "name", add_name},
    {"questions", "detail", add_detail}, {"path", "domain", add_name},
};

/* What a set reports of an earlier client or its user (RFC 8601, 8617); other values are addresses
 * or domains. */
static const struct {
    const char *property;
    veiling *add;
} properties[] = {{"auth", add_path}, {"remote-ip", add_hash}, {"iprev", add_hash}};

/* NULL: it goes. */
static veiling *veiling_of(const char *within, const char *key, const json_t *object)
{
    const char *property = json_string_value(json_object_get(object, "property"));
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        if (strcmp(key, members[i].key) == 0 &&
            (!members[i].within || strcmp(within, members[i].within) == 0))
            return members[i].add;
    for (size_t i = 0; property && i < sizeof properties / sizeof *properties; i++)
        if (strcmp(key, "value") == 0 &&
            slice_ieq(slice_str(property), slice_str(properties[i].property)))
            return properties[i].add;
    return property && strcmp(key, "value") == 0 ? add_detail : add_text;
}

/* NULL where it could not be made. */
static json_t *veiled(struct veil *v, veiling *add, const json_t *text)
{
    struct buffer out = buffer_new(LIMIT_RECORD_OCTETS);
    add(v, &out, slice_of(json_string_value(text), json_string_length(text)));
    json_t *value =
        out.status == WAYBILL_OK ? json_stringn(out.p ? (const char *)out.p : "", out.n) : NULL;
    buffer_free(&out);
    return value;
}

/* --- the tree ----------------------------------------------------------------------------------
 */

static void walk_object(struct veil *v, const char *within, json_t *object);

static void walk_array(struct veil *v, const char *key, json_t *array)
{
    size_t i;
    json_t *element;
    veiling *add = veiling_of("", key, NULL);
    json_array_foreach(array, i, element)
    {
        if (json_is_object(element))
            walk_object(v, key, element);
        else if (json_is_string(element) &&
                 json_array_set_new(array, i, veiled(v, add, element)) != 0)
            v->status = WAYBILL_NOMEM;
    }
}

static void walk_string(struct veil *v, const char *within, json_t *object, const char *key,
                        const json_t *value)
{
    veiling *add = veiling_of(within, key, object);
    if (!add)
        json_object_del(object, key);
    else if (json_object_set_new(object, key, veiled(v, add, value)) != 0)
        v->status = WAYBILL_NOMEM;
}

static void walk_object(struct veil *v, const char *within, json_t *object)
{
    const char *key;
    json_t *value;
    void *next;
    json_object_foreach_safe(object, next, key, value)
    {
        if (json_is_string(value))
            walk_string(v, within, object, key, value);
        else if (json_is_object(value))
            walk_object(v, key, value);
        else
            walk_array(v, key, value);
    }
}

enum waybill_status record_veil(const struct waybill_record *record, struct slice key, json_t *json)
{
    struct veil v = {.key = key, .record = record};
    client_names_of(record->envelope.ip, &v.client);
    if (record->spf.of[SPF_MAIL_FROM].explanation.p)
        json_object_del(json_object_get(json, "decision"), "reply"); /* it may quote it */
    walk_object(&v, "", json);
    return v.status;
}
