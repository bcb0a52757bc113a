#include "record/veiled_names.h"

#include "base/buffer.h"

/* --- the client --------------------------------------------------------------------------------
 */

/* The parts of an address that a macro puts a dot between: octets, or half octets. */
static void write_labels(struct ip ip, bool reverse, char out[CLIENT_NAME_OCTETS])
{
    struct buffer b = buffer_over(out, CLIENT_NAME_OCTETS - 1);
    bool halves = ip.n == IP_V6_OCTETS;
    size_t n = halves ? 2 * (size_t)ip.n : ip.n;
    for (size_t i = 0; i < n; i++) {
        size_t part = reverse ? n - 1 - i : i;
        unsigned octet = ip.octets[halves ? part / 2 : part];
        if (halves)
            octet = part % 2 == 0 ? octet >> 4 : octet & 15;
        buffer_printf(&b, halves ? "%s%x" : "%s%u", i ? "." : "", octet);
    }
    out[b.n] = '\0';
}

void client_names_of(struct slice address, struct client_names *out)
{
    struct ip ip;
    *out = (struct client_names){.given = address};
    if (!address.p || !ip_parse(address, &ip))
        return;
    ip = ip_unmapped(ip); /* RFC 7208 section 5 */
    ip_format(ip, out->text);
    write_labels(ip, false, out->labels);
    write_labels(ip, true, out->reversed);
}

static bool is_of_word(uint8_t c)
{
    return octet_is_digit(c) || octet_is_alpha(c);
}

/* Names of hosts have a hyphen where an address has a dot. */
static bool begins_with(struct slice text, struct slice form)
{
    if (text.n < form.n)
        return false;
    for (size_t i = 0; i < form.n; i++)
        if (octet_lower(text.p[i]) != octet_lower(form.p[i]) &&
            (form.p[i] != '.' || text.p[i] != '-'))
            return false;
    return true;
}

size_t client_names_at(const struct client_names *client, struct slice text, size_t at)
{
    const struct slice forms[] = {client->given, slice_str(client->text), slice_str(client->labels),
                                  slice_str(client->reversed)};
    struct slice rest = slice_from(text, at);
    if (at > 0 && is_of_word(text.p[at - 1]))
        return 0;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        if (forms[i].n > 0 && begins_with(rest, forms[i]) &&
            (rest.n == forms[i].n || !is_of_word(rest.p[forms[i].n])))
            return forms[i].n;
    return 0;
}

/* --- local parts -------------------------------------------------------------------------------
 */

/* Whether `what` stands in the text, from `from` on; *at is where. */
static bool find(struct slice text, struct slice what, size_t from, size_t *at)
{
    for (*at = from; what.n > 0 && *at + what.n <= text.n; ++*at)
        if (slice_ieq(slice_sub(text, *at, what.n), what))
            return true;
    return false;
}

static bool has(struct slice text, struct slice what)
{
    size_t at;
    return find(text, what, 0, &at);
}

static bool has_word_of(struct slice name, struct slice local_part)
{
    for (size_t from = 0, at = 0; at <= local_part.n; at++) {
        if (at < local_part.n && is_of_word(local_part.p[at]))
            continue;
        if (has(name, slice_sub(local_part, from, at - from)))
            return true;
        from = at + 1;
    }
    return has(name, local_part) || slice_find(name, '%', 0) < name.n;
}

static bool is_of_name(uint8_t c)
{
    return is_of_word(c) || c == '-' || c == '_' || c == '.' || c == '%' || c == '}' || c > '~';
}

/* The name by itself, not the end of a longer one or of a macro. */
static bool publishes(struct slice text, struct slice name)
{
    for (size_t at = 0; find(text, name, at, &at); at++) {
        struct slice behind = slice_from(text, at + name.n);
        if ((at == 0 || !is_of_name(text.p[at - 1])) &&
            (behind.n == 0 || behind.p[0] == '.' || !is_of_name(behind.p[0])))
            return true;
    }
    return false;
}

/* Hosts first: they are many, and their answers short. */
static const struct {
    enum waybill_dns_type type;
    struct slice begins; /* of its data: keys name nobody to ask */
} telling[] = {{WAYBILL_DNS_MX, SLICE_INIT("")},
               {WAYBILL_DNS_PTR, SLICE_INIT("")},
               {WAYBILL_DNS_TXT, SLICE_INIT("v=spf1")}};

static bool is_in_answers(const struct questions *questions, size_t kind, struct slice name)
{
    for (size_t i = 0; i < questions->n; i++) {
        const struct asked *a = questions->all[i];
        for (size_t k = 0; a->question.type == telling[kind].type && k < a->answer.n; k++) {
            struct slice data = slice_of(a->answer.data[k].octets, a->answer.data[k].n);
            if (slice_ieq(slice_sub(data, 0, telling[kind].begins.n), telling[kind].begins) &&
                publishes(data, name))
                return true;
        }
    }
    return false;
}

/* What DKIM and DMARC ask for is made of domains alone, and so are the names of the identities. */
static bool is_public(const struct waybill_record *record, struct slice name)
{
    if (has(name, SLICE("._domainkey.")) || slice_starts(name, SLICE("_dmarc.")))
        return true;
    for (size_t i = 0; i < SPF_SCOPES; i++)
        if (slice_ieq(record->spf.of[i].domain, name))
            return true;
    for (size_t i = 0; i < record->from.n; i++)
        if (slice_iends(record->from.all[i].domain, name))
            return true;
    for (size_t i = 0; i < sizeof telling / sizeof *telling; i++)
        if (is_in_answers(record->questions, i, name))
            return true;
    return false;
}

bool name_is_of_person(const struct waybill_record *record, struct slice name)
{
    struct slice path = record->envelope.mail_from;
    size_t at = path.n;
    while (at > 0 && path.p[at - 1] != '@')
        at--;
    struct slice local_part = slice_sub(path, 0, at ? at - 1 : path.n);
    return local_part.n > 0 && has_word_of(name, local_part) && !is_public(record, name);
}
