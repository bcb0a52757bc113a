#include "spf/record.h"

#include "base/cursor.h"
#include "base/network.h"
#include "spf/macro.h"

#define SYNTAX_ERROR "syntax error in a term"

/* What stands behind a mechanism's name. */
enum argument {
    NOTHING,
    DOMAIN_NEEDED,   /* ":" domain-spec */
    DOMAIN,          /* the same, or nothing */
    DOMAIN_AND_CIDR, /* the same, then dual-cidr-length or nothing */
    NETWORK_OF_IP4,  /* ":" ip4-network [ ip4-cidr-length ] */
    NETWORK_OF_IP6,
};

static const struct {
    struct slice name;
    enum argument argument;
} mechanisms[SPF_MECHANISMS] = {
    [SPF_ALL] = {SLICE("all"), NOTHING},        [SPF_INCLUDE] = {SLICE("include"), DOMAIN_NEEDED},
    [SPF_A] = {SLICE("a"), DOMAIN_AND_CIDR},    [SPF_MX] = {SLICE("mx"), DOMAIN_AND_CIDR},
    [SPF_PTR] = {SLICE("ptr"), DOMAIN},         [SPF_IP4] = {SLICE("ip4"), NETWORK_OF_IP4},
    [SPF_IP6] = {SLICE("ip6"), NETWORK_OF_IP6}, [SPF_EXISTS] = {SLICE("exists"), DOMAIN_NEEDED},
};

static const struct {
    uint8_t octet;
    enum waybill_result result;
} qualifiers[] = {
    {'+', WAYBILL_RESULT_PASS},
    {'-', WAYBILL_RESULT_FAIL},
    {'?', WAYBILL_RESULT_NEUTRAL},
    {'~', WAYBILL_RESULT_SOFTFAIL},
};

/* --- arguments -------------------------------------------------------------------------------- */

/* Takes "/" and digits off the end of *rest, if they stand there. A domain-spec cannot end so. */
static bool take_bits(struct slice *rest, struct slice *digits)
{
    size_t from = rest->n;
    while (from > 0 && octet_is_digit(rest->p[from - 1]))
        from--;
    if (from == rest->n || from == 0 || rest->p[from - 1] != '/')
        return false;
    *digits = slice_from(*rest, from);
    *rest = slice_sub(*rest, 0, from - 1);
    return true;
}

/* dual-cidr-length: [ "/" bits of IPv4 ] [ "//" bits of IPv6 ]. */
static bool take_dual_bits(struct slice *rest, struct spf_term *term)
{
    struct slice digits;
    if (!take_bits(rest, &digits))
        return true;
    if (rest->n > 0 && rest->p[rest->n - 1] == '/') {
        *rest = slice_sub(*rest, 0, rest->n - 1);
        if (!network_bits(digits, 8 * IP_V6_OCTETS, &term->bits_of_ip6))
            return false;
        if (!take_bits(rest, &digits))
            return true;
    }
    return network_bits(digits, 8 * IP_V4_OCTETS, &term->bits_of_ip4);
}

static bool read_domain(struct slice rest, struct spf_term *term)
{
    if (rest.n == 0 || rest.p[0] != ':')
        return false;
    term->domain = slice_from(rest, 1);
    return macro_is_domain_spec(term->domain);
}

static bool read_network(struct slice rest, unsigned octets, struct spf_term *term)
{
    struct slice digits;
    uint8_t *bits = octets == IP_V4_OCTETS ? &term->bits_of_ip4 : &term->bits_of_ip6;
    if (take_bits(&rest, &digits) && !network_bits(digits, 8 * octets, bits))
        return false;
    return rest.n > 0 && rest.p[0] == ':' && ip_parse(slice_from(rest, 1), &term->network) &&
           term->network.n == octets;
}

static bool read_argument(struct slice rest, struct spf_term *term)
{
    switch (mechanisms[term->mechanism].argument) {
    case NOTHING:
        return rest.n == 0;
    case DOMAIN_NEEDED:
        return read_domain(rest, term);
    case DOMAIN:
        return rest.n == 0 || read_domain(rest, term);
    case DOMAIN_AND_CIDR:
        return take_dual_bits(&rest, term) && (rest.n == 0 || read_domain(rest, term));
    case NETWORK_OF_IP4:
        return read_network(rest, IP_V4_OCTETS, term);
    default:
        return read_network(rest, IP_V6_OCTETS, term);
    }
}

/* --- terms ------------------------------------------------------------------------------------ */

/* name = ALPHA *( ALPHA / DIGIT / "-" / "_" / "." ) */
static bool is_name(uint8_t c)
{
    return octet_is_alpha(c) || octet_is_digit(c) || c == '-' || c == '_' || c == '.';
}

static enum waybill_result take_qualifier(struct cursor *c)
{
    for (size_t i = 0; i < sizeof qualifiers / sizeof qualifiers[0]; i++)
        if (cursor_accept(c, qualifiers[i].octet))
            return qualifiers[i].result;
    return WAYBILL_RESULT_PASS; /* section 4.6.2 */
}

static bool read_directive(struct slice text, struct spf_term *out)
{
    struct cursor c = cursor_new(text);
    *out = (struct spf_term){.text = text,
                             .result = take_qualifier(&c),
                             .bits_of_ip4 = 8 * IP_V4_OCTETS,
                             .bits_of_ip6 = 8 * IP_V6_OCTETS};
    struct slice name = cursor_while(&c, is_name);
    for (size_t m = 0; m < SPF_MECHANISMS; m++) {
        if (slice_ieq(name, mechanisms[m].name)) {
            out->mechanism = (enum spf_mechanism)m;
            return read_argument(cursor_rest(&c), out);
        }
    }
    return false;
}

/* Section 6: redirect= and exp= at most once each. */
static bool read_known_modifier(struct slice text, struct slice value, struct spf_modifier *out)
{
    if (out->text.p || !macro_is_domain_spec(value))
        return false;
    *out = (struct spf_modifier){text, value};
    return true;
}

static bool read_modifier(struct spf_record *r, struct slice text, struct slice name,
                          struct slice value)
{
    if (slice_ieq(name, SLICE("redirect")))
        return read_known_modifier(text, value, &r->redirect);
    if (slice_ieq(name, SLICE("exp")))
        return read_known_modifier(text, value, &r->explanation);
    return macro_is_string(value, MACRO_IN_MODIFIER);
}

static bool ends_with_all(const struct spf_record *r)
{
    return r->n > 0 && r->terms[r->n - 1].mechanism == SPF_ALL;
}

/* Section 4.6.1: a modifier has "=" right behind its name. */
static bool read_term(struct spf_record *r, struct slice text)
{
    struct cursor c = cursor_new(text);
    struct slice name = cursor_while(&c, is_name);
    if (name.n > 0 && octet_is_alpha(name.p[0]) && cursor_accept(&c, '='))
        return read_modifier(r, text, name, cursor_rest(&c));
    struct spf_term term;
    if (!read_directive(text, &term))
        return false;
    if (!ends_with_all(r))
        r->terms[r->n++] = term; /* section 5.1: behind `all` they are only read */
    return true;
}

/* --- the record ------------------------------------------------------------------------------- */

#define VERSION SLICE("v=spf1")

bool spf_record_is(struct slice text)
{
    return slice_ieq(slice_sub(text, 0, VERSION.n), VERSION) &&
           (text.n == VERSION.n || text.p[VERSION.n] == ' ');
}

/* Room for as many terms as there are octets behind a space that are none. */
static size_t count_terms(struct slice rest)
{
    size_t n = 0;
    for (size_t i = 1; i < rest.n; i++)
        n += rest.p[i - 1] == ' ' && rest.p[i] != ' ';
    return n;
}

enum waybill_status spf_record_parse(struct arena *arena, struct slice text, struct spf_record *out)
{
    struct cursor c = cursor_new(slice_from(text, VERSION.n));
    *out = (struct spf_record){.verdict = {WAYBILL_RESULT_PASS, NULL}};
    out->terms = arena_array(arena, count_terms(c.all), sizeof *out->terms);
    if (!out->terms)
        return WAYBILL_NOMEM;
    while (!cursor_done(&c)) {
        struct slice term = cursor_until(&c, ' ');
        if (term.n > 0 && !read_term(out, term)) {
            out->verdict = verdict_of(WAYBILL_RESULT_PERMERROR, SYNTAX_ERROR);
            out->wrong = term;
            return WAYBILL_OK;
        }
        cursor_accept(&c, ' ');
    }
    if (ends_with_all(out))
        out->redirect = (struct spf_modifier){{NULL, 0}, {NULL, 0}};
    return WAYBILL_OK;
}

enum waybill_status spf_record_select(struct arena *arena, const struct waybill_answer *answer,
                                      struct spf_record *out)
{
    static const struct verdict of[] = {
        [WAYBILL_ANSWERED] = {WAYBILL_RESULT_NONE, "no SPF record"},
        [WAYBILL_NODATA] = {WAYBILL_RESULT_NONE, "no SPF record"},
        [WAYBILL_NXDOMAIN] = {WAYBILL_RESULT_NONE, "no SPF record: the name does not exist"},
        [WAYBILL_SERVFAIL] = {WAYBILL_RESULT_TEMPERROR, "the DNS failed"},
        [WAYBILL_TIMEOUT] = {WAYBILL_RESULT_TEMPERROR, "no answer in time"},
    };
    struct slice found = {NULL, 0};
    *out = (struct spf_record){.verdict = of[answer->status]};
    for (size_t i = 0; i < answer->n; i++) {
        struct slice text = slice_of(answer->data[i].octets, answer->data[i].n);
        if (!spf_record_is(text))
            continue;
        if (found.p) {
            out->verdict = verdict_of(WAYBILL_RESULT_PERMERROR, "several SPF records");
            return WAYBILL_OK;
        }
        found = text;
    }
    return found.p ? spf_record_parse(arena, found, out) : WAYBILL_OK;
}
