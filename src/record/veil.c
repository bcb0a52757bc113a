#include "record/veil.h"

#include "base/buffer.h"
#include "base/limits.h"
#include "mail/address.h"

#include <openssl/evp.h>

enum { MAC_OCTETS = 32, SHOWN_OCTETS = 16 };

struct veil {
    struct slice key;
    struct slice ip;
    char reversed[2 * IP_V6_OCTETS * 2 + 1]; /* as names below in-addr.arpa and ip6.arpa have it */
    const struct waybill_record *record;
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

/* --- texts -------------------------------------------------------------------------------------
 */

/* What ends a local part towards the left, in the texts that a record has; a quoted one has its
 * quotation marks. */
static size_t local_part_begins(struct slice text, size_t at)
{
    bool quoted = at > 0 && text.p[at - 1] == '"';
    size_t from = quoted ? at - 1 : at;
    while (from > 0) {
        uint8_t c = text.p[from - 1];
        bool ends = quoted ? c == '"' : (c <= ' ' || strchr("<>,;:()[]\"=", c) != NULL);
        if (ends)
            return quoted ? from - 1 : from;
        from--;
    }
    return from;
}

/* Local parts first, then the client. */
static void veil_addresses(struct veil *v, struct buffer *out, struct slice text)
{
    size_t from = 0;
    for (size_t at; (at = slice_find(text, '@', from)) < text.n; from = at) {
        size_t begins = local_part_begins(text, at);
        begins = begins < from ? from : begins;
        buffer_add(out, slice_sub(text, from, begins - from));
        if (at > begins)
            add_hash(v, out, slice_sub(text, begins, at - begins));
        buffer_add_octet(out, '@');
        at++;
    }
    buffer_add(out, slice_from(text, from));
}

static bool is_of_number(uint8_t c)
{
    return octet_is_digit(c) || octet_is_alpha(c);
}

/* Whether `what` stands at `at` by itself: 192.0.2.1 is not in 192.0.2.10. */
static bool stands_at(struct slice text, size_t at, struct slice what)
{
    struct slice rest = slice_from(text, at);
    return what.n > 0 && slice_ieq(slice_sub(rest, 0, what.n), what) &&
           (at == 0 || !is_of_number(text.p[at - 1])) &&
           (rest.n == what.n || !is_of_number(rest.p[what.n]));
}

static void veil_client(struct veil *v, struct buffer *out, struct slice text)
{
    const struct slice forms[] = {v->ip, slice_str(v->reversed)};
    for (size_t at = 0; at < text.n;) {
        size_t passed = 0;
        for (size_t i = 0; i < sizeof forms / sizeof *forms && passed == 0; i++)
            if (stands_at(text, at, forms[i]))
                passed = forms[i].n;
        if (passed)
            add_hash(v, out, v->ip);
        else
            buffer_add_octet(out, text.p[at]);
        at += passed ? passed : 1;
    }
}

static json_t *veiled_text(struct veil *v, struct slice text)
{
    struct buffer once = buffer_new(LIMIT_RECORD_OCTETS), twice = buffer_new(LIMIT_RECORD_OCTETS);
    veil_addresses(v, &once, text);
    veil_client(v, &twice, buffer_slice(&once));
    json_t *value = once.status == WAYBILL_OK && twice.status == WAYBILL_OK
                        ? json_stringn(twice.p ? (const char *)twice.p : "", twice.n)
                        : NULL;
    buffer_free(&once);
    buffer_free(&twice);
    return value;
}

static json_t *hashed(struct veil *v, struct slice text)
{
    struct buffer out = buffer_new(LIMIT_SHOWN_OCTETS);
    add_hash(v, &out, text);
    json_t *value = out.status == WAYBILL_OK ? json_stringn((const char *)out.p, out.n) : NULL;
    buffer_free(&out);
    return value;
}

/* --- names of the DNS --------------------------------------------------------------------------
 */

/* A label that is somebody's local part: a macro of SPF put it there (RFC 7208 section 7). */
static bool names_person(const struct veil *v, struct slice name)
{
    struct slice path = v->record->envelope.mail_from;
    if (path.n > 0 && path.p[0] == '<')
        path = slice_from(path, 1);
    struct slice local = slice_sub(path, 0, slice_find(path, '@', 0));
    for (size_t at = 0; local.n > 0 && at + local.n <= name.n; at++)
        if (stands_at(name, at, local))
            return true;
    return false;
}

static json_t *veiled_name(struct veil *v, struct slice name)
{
    return names_person(v, name) ? hashed(v, name) : veiled_text(v, name);
}

/* --- the tree ----------------------------------------------------------------------------------
 */

/* What a member is by its key; all others are texts. */
static const struct {
    const char *key;
    json_t *(*veiled)(struct veil *v, struct slice text); /* NULL: it goes */
} members[] = {
    {"ip", hashed},        {"local-part", hashed}, {"name", veiled_name}, {"identity", veiled_text},
    {"explanation", NULL}, {"display", NULL},
};

static void walk(struct veil *v, json_t *value);

static void veil_member(struct veil *v, json_t *object, const char *key, json_t *value)
{
    struct slice text = slice_of(json_string_value(value), json_string_length(value));
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        if (strcmp(key, members[i].key) != 0)
            continue;
        if (!members[i].veiled)
            json_object_del(object, key);
        else if (json_object_set_new(object, key, members[i].veiled(v, text)) != 0)
            v->status = WAYBILL_NOMEM;
        return;
    }
    if (json_object_set_new(object, key, veiled_text(v, text)) != 0)
        v->status = WAYBILL_NOMEM;
}

static void walk_object(struct veil *v, json_t *object)
{
    const char *key;
    json_t *value;
    void *next;
    json_object_foreach_safe(object, next, key, value)
    {
        if (json_is_string(value))
            veil_member(v, object, key, value);
        else
            walk(v, value);
    }
}

static void walk(struct veil *v, json_t *value)
{
    size_t i;
    json_t *element;
    if (json_is_object(value))
        walk_object(v, value);
    json_array_foreach(value, i, element)
    {
        if (!json_is_string(element)) {
            walk(v, element);
            continue;
        }
        struct slice text = slice_of(json_string_value(element), json_string_length(element));
        if (json_array_set_new(value, i, veiled_text(v, text)) != 0)
            v->status = WAYBILL_NOMEM;
    }
}

static void reverse(const struct ip *ip, char *out, size_t room)
{
    struct buffer b = buffer_new(room - 1);
    for (unsigned i = ip->n; i > 0; i--) {
        uint8_t octet = ip->octets[i - 1];
        if (ip->n == IP_V4_OCTETS)
            buffer_printf(&b, "%s%u", b.n ? "." : "", (unsigned)octet);
        else
            buffer_printf(&b, "%s%x.%x", b.n ? "." : "", octet & 15u, octet >> 4u);
    }
    if (b.status == WAYBILL_OK && b.n > 0)
        memcpy(out, b.p, b.n);
    buffer_free(&b);
}

enum waybill_status record_veil(const struct waybill_record *record, struct slice key, json_t *json)
{
    struct veil v = {.key = key, .ip = record->envelope.ip, .record = record};
    struct ip ip;
    if (v.ip.p && ip_parse(v.ip, &ip))
        reverse(&ip, v.reversed, sizeof v.reversed);
    walk(&v, json);
    return v.status;
}
