#include "io/dns_packet.h"

#include "base/buffer.h"
#include "base/cursor.h"
#include "base/limits.h"

#include <arpa/inet.h>
#include <stdio.h>

enum { RCODE_NOERROR = 0, RCODE_NXDOMAIN = 3, CLASS_IN = 1, TYPE_CNAME = 5 };

/* A domain name as the answers of the house write it: labels in lower case joined by dots. */
struct name {
    char octets[LIMIT_NAME_OCTETS];
    size_t n;
};

/* The fixed part of a record, and where its data stands in the packet. */
struct resource {
    uint16_t type, class;
    uint32_t ttl;
    size_t at, n;
};

/* What a packet is read into. */
struct reading {
    struct arena *arena;
    struct slice packet;
    enum waybill_dns_type type;
    struct waybill_datum *data;
    size_t n, capacity;
    int64_t ttl;
    bool aliased, nomem;
};

static bool take_number(struct cursor *c, size_t octets, uint32_t *out)
{
    *out = 0;
    for (; octets; octets--) {
        int octet = cursor_take(c);
        if (octet == CURSOR_END)
            return false;
        *out = *out << 8 | (uint32_t)octet;
    }
    return true;
}

static bool take_u16(struct cursor *c, uint16_t *out)
{
    uint32_t number;
    bool there = take_number(c, 2, &number);
    *out = (uint16_t)number;
    return there;
}

/* A dot inside a label cannot be written without an escape, which the answers do not have. */
static bool take_label(struct cursor *c, size_t length, struct name *out)
{
    struct slice label = slice_sub(c->all, c->at, length);
    size_t dot = out->n ? 1 : 0;
    if (length > LIMIT_LABEL_OCTETS || label.n < length ||
        out->n + dot + length > LIMIT_NAME_OCTETS || slice_find(label, '.', 0) < length)
        return false;
    if (dot)
        out->octets[out->n++] = '.';
    for (size_t i = 0; i < length; i++)
        out->octets[out->n++] = (char)octet_lower(label.p[i]);
    c->at += length;
    return true;
}

/* RFC 1035 section 4.1.4. A pointer must lead to before the labels it ends, so the walk ends. */
static bool take_name(struct cursor *c, struct name *out)
{
    struct cursor walk = *c;
    size_t begin = c->at;
    bool jumped = false;
    out->n = 0;
    for (;;) {
        int length = cursor_take(&walk);
        if (length == CURSOR_END)
            return false;
        bool pointer = (length & 0xC0) == 0xC0;
        int low = pointer ? cursor_take(&walk) : 0;
        if (low == CURSOR_END)
            return false;
        if (!jumped)
            c->at = walk.at;
        if (length == 0)
            return true;
        if (!pointer) {
            if (!take_label(&walk, (size_t)length, out))
                return false;
            continue;
        }
        size_t target = (size_t)(length & 0x3F) << 8 | (size_t)low;
        if (target >= begin)
            return false;
        jumped = true;
        walk.at = begin = target;
    }
}

static bool take_resource(struct cursor *c, struct resource *out)
{
    struct name owner;
    uint16_t n;
    if (!take_name(c, &owner) || !take_u16(c, &out->type) || !take_u16(c, &out->class) ||
        !take_number(c, 4, &out->ttl) || !take_u16(c, &n) || n > c->all.n - c->at)
        return false;
    out->at = c->at;
    out->n = n;
    c->at += n;
    return true;
}

static bool read_txt(struct cursor *c, struct buffer *out)
{
    while (!cursor_done(c)) {
        size_t length = (size_t)cursor_take(c);
        struct slice string = slice_sub(c->all, c->at, length);
        if (string.n < length)
            return false;
        buffer_add(out, string);
        c->at += length;
    }
    return true;
}

static bool read_address(struct cursor *c, int family, size_t octets, struct buffer *out)
{
    char text[INET6_ADDRSTRLEN];
    struct slice address = cursor_rest(c);
    if (address.n != octets || !inet_ntop(family, address.p, text, sizeof text))
        return false;
    buffer_add_str(out, text);
    return true;
}

static bool read_a(struct cursor *c, struct buffer *out)
{
    return read_address(c, AF_INET, 4, out);
}

static bool read_aaaa(struct cursor *c, struct buffer *out)
{
    return read_address(c, AF_INET6, 16, out);
}

static bool read_ptr(struct cursor *c, struct buffer *out)
{
    struct name name;
    if (!take_name(c, &name) || !cursor_done(c))
        return false;
    buffer_add(out, name.n ? slice_of(name.octets, name.n) : SLICE("."));
    return true;
}

static bool read_mx(struct cursor *c, struct buffer *out)
{
    uint16_t preference;
    if (!take_u16(c, &preference))
        return false;
    buffer_add_number(out, preference);
    buffer_add_octet(out, ' ');
    return read_ptr(c, out);
}

static const struct {
    enum waybill_dns_type type;
    bool (*read)(struct cursor *c, struct buffer *out);
} readers[] = {
    {WAYBILL_DNS_A, read_a},     {WAYBILL_DNS_PTR, read_ptr},   {WAYBILL_DNS_MX, read_mx},
    {WAYBILL_DNS_TXT, read_txt}, {WAYBILL_DNS_AAAA, read_aaaa},
};

static bool read_data(enum waybill_dns_type type, struct cursor *c, struct buffer *out)
{
    for (size_t i = 0; i < sizeof readers / sizeof *readers; i++)
        if (readers[i].type == type)
            return readers[i].read(c, out);
    return false;
}

/* The first record makes room for as many as the packet claims, within the limit. */
static struct waybill_datum *next_datum(struct reading *r)
{
    if (!r->data)
        r->data = arena_array(r->arena, r->capacity, sizeof *r->data);
    r->nomem = !r->data;
    return r->data && r->n < r->capacity ? &r->data[r->n] : NULL;
}

static bool add_datum(struct reading *r, const struct resource *resource)
{
    struct waybill_datum *datum = next_datum(r);
    if (!datum)
        return false;
    /* Names inside may point anywhere before them, so the cursor sees the packet up to the end. */
    struct cursor c = cursor_new(slice_sub(r->packet, 0, resource->at + resource->n));
    c.at = resource->at;
    struct buffer text = buffer_new(LIMIT_ANSWER_OCTETS);
    bool fine = read_data(r->type, &c, &text) && text.status == WAYBILL_OK;
    struct slice copy = {0};
    if (fine && !arena_copy(r->arena, buffer_slice(&text), &copy))
        r->nomem = true;
    r->nomem = r->nomem || text.status == WAYBILL_NOMEM;
    buffer_free(&text);
    *datum = (struct waybill_datum){(const char *)copy.p, copy.n};
    r->n++;
    return fine && !r->nomem;
}

static bool read_record(struct reading *r, struct cursor *c)
{
    struct resource resource;
    if (!take_resource(c, &resource))
        return false;
    bool alias = resource.type == TYPE_CNAME;
    if (resource.class != CLASS_IN || (!alias && resource.type != r->type))
        return true;
    /* RFC 2181 section 8: a time with its highest bit set is none. */
    int64_t ttl = resource.ttl > INT32_MAX ? 0 : (int64_t)resource.ttl;
    if (r->ttl < 0 || ttl < r->ttl)
        r->ttl = ttl;
    r->aliased = r->aliased || alias;
    return alias || add_datum(r, &resource);
}

static bool skip_questions(struct cursor *c, size_t n)
{
    struct name name;
    uint32_t type_and_class;
    for (; n; n--)
        if (!take_name(c, &name) || !take_number(c, 4, &type_and_class))
            return false;
    return true;
}

/* RFC 1035 section 4.1.1. The counts of the other sections do not matter here. */
static bool read_packet(struct reading *r, unsigned *rcode)
{
    struct cursor c = cursor_new(r->packet);
    uint16_t id, flags, questions, answers;
    uint32_t others;
    if (!take_u16(&c, &id) || !take_u16(&c, &flags) || !take_u16(&c, &questions) ||
        !take_u16(&c, &answers) || !take_number(&c, 4, &others) || !skip_questions(&c, questions))
        return false;
    *rcode = flags & 0xF;
    r->capacity = answers < LIMIT_ANSWER_RECORDS ? answers : LIMIT_ANSWER_RECORDS;
    for (; answers; answers--)
        if (!read_record(r, &c))
            return false;
    return true;
}

/* "nxdomain" speaks of the name that was asked for: an alias is there even where its target is not.
 */
static enum waybill_answer_status status_of(const struct reading *r, unsigned rcode)
{
    if (rcode == RCODE_NXDOMAIN)
        return r->aliased ? WAYBILL_NODATA : WAYBILL_NXDOMAIN;
    if (rcode != RCODE_NOERROR)
        return WAYBILL_SERVFAIL;
    return r->n ? WAYBILL_ANSWERED : WAYBILL_NODATA;
}

enum waybill_status dns_packet_parse(struct arena *arena, struct slice packet,
                                     enum waybill_dns_type type, struct waybill_answer *out)
{
    struct reading r = {.arena = arena, .packet = packet, .type = type, .ttl = -1};
    unsigned rcode = RCODE_NOERROR;
    *out = (struct waybill_answer)WAYBILL_ANSWER(WAYBILL_SERVFAIL);
    out->octets = (int64_t)packet.n;
    if (!read_packet(&r, &rcode))
        return r.nomem ? WAYBILL_NOMEM : WAYBILL_OK;
    out->status = status_of(&r, rcode);
    out->ttl = r.ttl;
    if (out->status == WAYBILL_ANSWERED) {
        out->data = r.data;
        out->n = r.n;
    }
    return WAYBILL_OK;
}
