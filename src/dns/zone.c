#include "base/text_error.h"
#include "dns/data.h"
#include "dns/name.h"
#include "dns/question_text.h"
#include "dns/zone_entry.h"
#include "dns/zone_records.h"

struct zone {
    struct arena arena;
    struct zone_entries entries;
    struct waybill_text_error *error;
    struct slice origin, owner;
    bool has_origin, has_owner;
    struct zone_records records;
};

static struct slice raw_word(const struct zone *z, size_t at)
{
    return z->entries.words[at].raw;
}

static size_t line_of(const struct zone *z, size_t at)
{
    const struct zone_entries *e = &z->entries;
    return e->words[at < e->n ? at : e->n - 1].line;
}

#define FAIL_AT(z, at, ...) text_error((z)->error, line_of((z), (at)), __VA_ARGS__)

/* --- names ------------------------------------------------------------------------------------ */

/* RFC 1035 section 5.1: a name without a dot at its end is relative to the origin. */
static enum waybill_status absolute(struct zone *z, struct slice name, struct slice *out)
{
    bool is_relative = name_without_dot(name).n == name.n;
    size_t added = is_relative && z->origin.n > 0 ? 1 + z->origin.n : 0;
    uint8_t *p = arena_alloc(&z->arena, name.n + added + 1);
    if (!p)
        return WAYBILL_NOMEM;
    name_lower(name, p);
    if (added) {
        p[name.n] = '.';
        memcpy(p + name.n + 1, z->origin.p, z->origin.n);
    }
    *out = name_without_dot(slice_of(p, name.n + added));
    return name.n > 0 && name_fits(*out) ? WAYBILL_OK : WAYBILL_SYNTAX;
}

static enum waybill_status read_name(struct zone *z, size_t at, struct slice *out)
{
    struct slice raw = raw_word(z, at);
    if (slice_eq(raw, SLICE("@"))) {
        *out = z->origin;
        return z->has_origin ? WAYBILL_OK
                             : FAIL_AT(z, at, "\"@\" without $ORIGIN: set one or write the name");
    }
    uint8_t *octets = arena_alloc(&z->arena, raw.n);
    if (!octets)
        return WAYBILL_NOMEM;
    size_t n;
    enum waybill_status status = WAYBILL_SYNTAX;
    if (zone_unescape(raw, true, octets, &n))
        status = absolute(z, slice_of(octets, n), out);
    if (status == WAYBILL_SYNTAX)
        return FAIL_AT(z, at, "%.*s is no name: write labels of 1 to 63 octets, at most 253 in all",
                       SLICE_ARGS(text_shown(raw)));
    return status;
}

/* --- data ------------------------------------------------------------------------------------- */

enum { NO_NAME = -1 };

/* The types whose data are a fixed number of words, one of which may be a name. */
static const struct shape {
    int type;
    size_t words;
    int name_at;
    const char *wanted;
} shapes[] = {
    {WAYBILL_DNS_A, 1, NO_NAME, "A without an IPv4 address: write one, as in A 192.0.2.1"},
    {DNS_CNAME, 1, 0, "CNAME without a name: write one, as in CNAME www.example.org."},
    {WAYBILL_DNS_PTR, 1, 0, "PTR without a name: write one, as in PTR mail.example.org."},
    {WAYBILL_DNS_MX, 2, 1, "MX without a number and a name: write as in MX 10 mx.example.org."},
    {WAYBILL_DNS_AAAA, 1, NO_NAME,
     "AAAA without an IPv6 address: write one, as in AAAA 2001:db8::1"},
};

static const struct shape *shape_of(int type)
{
    const struct shape *s = shapes;
    while (s->type != type)
        s++;
    return s;
}

/* The words from `at` on as text, one space between them. */
static enum waybill_status read_words(struct zone *z, size_t at, const struct shape *shape,
                                      struct slice *out)
{
    struct slice first = raw_word(z, at), second = {NULL, 0};
    struct slice *name = shape->name_at == 1 ? &second : &first;
    if (shape->name_at != NO_NAME) {
        enum waybill_status status = read_name(z, at + (size_t)shape->name_at, name);
        if (status != WAYBILL_OK)
            return status;
        if (name->n == 0)
            *name = SLICE(".");
    }
    uint8_t *p = arena_alloc(&z->arena, first.n + 1 + second.n);
    if (!p)
        return WAYBILL_NOMEM;
    memcpy(p, first.p, first.n);
    *out = slice_of(p, first.n);
    if (shape->words == 2) {
        p[first.n] = ' ';
        memcpy(p + first.n + 1, second.p, second.n);
        out->n += 1 + second.n;
    }
    return WAYBILL_OK;
}

static enum waybill_status read_shaped(struct zone *z, size_t at, int type, struct slice *out)
{
    const struct shape *shape = shape_of(type);
    struct slice text;
    if (z->entries.n - at != shape->words)
        return FAIL_AT(z, at, "%s", shape->wanted);
    enum waybill_status status = read_words(z, at, shape, &text);
    if (status != WAYBILL_OK)
        return status;
    status = data_normalise(&z->arena, type, text, out);
    bool is_wrong = status == WAYBILL_SYNTAX || status == WAYBILL_LIMIT;
    return is_wrong ? FAIL_AT(z, at, "%s", shape->wanted) : status;
}

/* RFC 7208 section 3.3, RFC 6376 section 3.6.2.2: the strings are joined without anything between
 * them. */
static enum waybill_status read_strings(struct zone *z, size_t at, struct slice *out)
{
    size_t most = 0, n = 0;
    if (at == z->entries.n)
        return FAIL_AT(z, at, "TXT without data: give at least one quoted string");
    for (size_t i = at; i < z->entries.n; i++)
        most += raw_word(z, i).n;
    uint8_t *octets = arena_alloc(&z->arena, most);
    if (!octets)
        return WAYBILL_NOMEM;
    for (size_t i = at; i < z->entries.n; i++) {
        size_t here;
        if (!zone_unescape(raw_word(z, i), false, octets + n, &here))
            return FAIL_AT(z, i,
                           "a backslash before a number over 255 or of fewer than three "
                           "digits: write \\\\ for a backslash, \\DDD for an octet");
        n += here;
    }
    *out = slice_of(octets, n);
    if (n <= LIMIT_ANSWER_OCTETS)
        return WAYBILL_OK;
    FAIL_AT(z, at, "TXT of %zu octets: a packet holds %zu at most", n, LIMIT_ANSWER_OCTETS);
    return WAYBILL_LIMIT;
}

static enum waybill_status read_data(struct zone *z, size_t at, int type, struct slice *out)
{
    if (type == TYPE_OTHER)
        return WAYBILL_OK;
    if (at < z->entries.n && slice_eq(raw_word(z, at), SLICE("\\#")))
        return FAIL_AT(z, at, "data in the form of RFC 3597: write them as the type has them");
    return type == WAYBILL_DNS_TXT ? read_strings(z, at, out) : read_shaped(z, at, type, out);
}

/* --- records ---------------------------------------------------------------------------------- */

static bool is_one_of(struct slice word, const char *const words[], size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (slice_ieq(slice_str(words[i]), word))
            return true;
    }
    return false;
}

/* Types that stand in real zones and of which no check asks. */
static const char *const other_types[] = {
    "AFSDB", "APL",   "CAA",   "CDNSKEY",    "CDS",        "CERT",  "CSYNC",
    "DHCID", "DLV",   "DNAME", "DNSKEY",     "DS",         "EUI48", "EUI64",
    "GPOS",  "HINFO", "HIP",   "HTTPS",      "IPSECKEY",   "ISDN",  "KEY",
    "KX",    "LOC",   "MB",    "MG",         "MINFO",      "MR",    "NAPTR",
    "NS",    "NSEC",  "NSEC3", "NSEC3PARAM", "OPENPGPKEY", "PX",    "RP",
    "RRSIG", "RT",    "SIG",   "SMIMEA",     "SOA",        "SPF",   "SRV",
    "SSHFP", "SVCB",  "TLSA",  "URI",        "WKS",        "X25",   "ZONEMD",
};

/* RFC 3597 section 5. */
static int numbered_type(struct slice word)
{
    uint64_t number;
    if (!slice_ieq(slice_sub(word, 0, 4), SLICE("TYPE")) ||
        !slice_number(slice_from(word, 4), 5, &number) || number > UINT16_MAX)
        return NO_SUCH_WORD;
    return dns_type_is_kept((int)number) ? (int)number : TYPE_OTHER;
}

static int type_of(struct slice word)
{
    int type = dns_type_of(word);
    if (type != NO_SUCH_WORD)
        return type;
    bool is_other = is_one_of(word, other_types, sizeof other_types / sizeof other_types[0]);
    return is_other ? TYPE_OTHER : numbered_type(word);
}

static bool is_unit(uint8_t c)
{
    return slice_find(SLICE("smhdw"), octet_lower(c), 0) < 5;
}

/* 3600, 1h30m: numbers, each with a unit but that the last may have none. */
static bool is_ttl(struct slice word)
{
    struct cursor c = cursor_new(word);
    do {
        size_t digits = cursor_while(&c, octet_is_digit).n;
        if (digits == 0 || digits > 10)
            return false;
        if (!cursor_done(&c) && !is_unit((uint8_t)cursor_take(&c)))
            return false;
    } while (!cursor_done(&c));
    return true;
}

/* RFC 1035 section 5.1: TTL and class, each at most once, in either order. */
static enum waybill_status skip_ttl_and_class(struct zone *z, size_t *at)
{
    static const char *const internet[] = {"IN", "CLASS1"}, *const others[] = {"CH", "CS", "HS"};
    bool ttl = false, class = false;
    for (; *at < z->entries.n; ++*at) {
        struct slice word = raw_word(z, *at);
        if (is_one_of(word, others, 3))
            return FAIL_AT(z, *at, "class %.*s: write IN, the only one mail asks for",
                           SLICE_ARGS(word));
        if (!ttl && is_ttl(word))
            ttl = true;
        else if (!class && is_one_of(word, internet, 2))
            class = true;
        else
            break;
    }
    return WAYBILL_OK;
}

static enum waybill_status read_owner(struct zone *z, size_t *at)
{
    if (z->entries.indented && z->has_owner)
        return WAYBILL_OK;
    if (z->entries.indented)
        return FAIL_AT(z, 0, "a record without a name before it: start the line with the name");
    z->has_owner = true;
    return read_name(z, (*at)++, &z->owner);
}

static enum waybill_status read_record(struct zone *z)
{
    size_t at = 0;
    struct zone_record r = {.line = line_of(z, 0)};
    enum waybill_status status = read_owner(z, &at);
    if (status == WAYBILL_OK)
        status = skip_ttl_and_class(z, &at);
    if (status != WAYBILL_OK)
        return status;
    if (at == z->entries.n)
        return FAIL_AT(z, at, "a record without a type: write as in NAME TXT \"...\"");
    r.name = z->owner;
    r.type = type_of(raw_word(z, at));
    if (r.type == NO_SUCH_WORD)
        return FAIL_AT(z, at, "unknown type %.*s: write its number as TYPEnnn",
                       SLICE_ARGS(text_shown(raw_word(z, at))));
    status = read_data(z, at + 1, r.type, &r.data);
    return status == WAYBILL_OK ? zone_records_add(&z->records, r) : status;
}

/* --- directives ------------------------------------------------------------------------------- */

static enum waybill_status set_origin(struct zone *z)
{
    if (z->entries.n != 2)
        return FAIL_AT(z, 0, "$ORIGIN without one name: write as in $ORIGIN example.org.");
    struct slice origin;
    enum waybill_status status = read_name(z, 1, &origin);
    if (status != WAYBILL_OK)
        return status;
    z->origin = origin;
    z->has_origin = true;
    return WAYBILL_OK;
}

/* Answers from a file do not age. */
static enum waybill_status skip_ttl(struct zone *z)
{
    if (z->entries.n != 2 || !is_ttl(raw_word(z, 1)))
        return FAIL_AT(z, 0, "$TTL without one time: write as in $TTL 3600 or $TTL 1h");
    return WAYBILL_OK;
}

static enum waybill_status refuse_include(struct zone *z)
{
    return FAIL_AT(z, 0, "$INCLUDE is refused: put the records of that file here");
}

static const struct {
    const char *name;
    enum waybill_status (*obey)(struct zone *);
} directives[] = {{"$ORIGIN", set_origin}, {"$TTL", skip_ttl}, {"$INCLUDE", refuse_include}};

static enum waybill_status read_directive(struct zone *z)
{
    struct slice name = raw_word(z, 0);
    for (size_t i = 0; i < sizeof directives / sizeof directives[0]; i++) {
        if (slice_ieq(slice_str(directives[i].name), name))
            return directives[i].obey(z);
    }
    return FAIL_AT(z, 0, "unknown directive %.*s: only $ORIGIN and $TTL are known",
                   SLICE_ARGS(text_shown(name)));
}

static enum waybill_status read_entries(struct zone *z)
{
    for (;;) {
        enum waybill_status status = zone_entries_next(&z->entries);
        if (status != WAYBILL_OK || z->entries.n == 0)
            return status;
        bool is_directive = !z->entries.indented && slice_starts(raw_word(z, 0), SLICE("$"));
        status = is_directive ? read_directive(z) : read_record(z);
        if (status != WAYBILL_OK)
            return status;
    }
}

enum waybill_status zone_read(struct waybill_answers *set, struct slice text,
                              struct waybill_text_error *error)
{
    struct zone z = {.arena = arena_new(), .error = error};
    z.entries = zone_entries_new(&z.arena, text, error);
    z.records = (struct zone_records){.arena = &z.arena};
    enum waybill_status status = read_entries(&z);
    if (status == WAYBILL_OK)
        status = zone_records_put(&z.records, set, error);
    arena_free(&z.arena);
    return status;
}
