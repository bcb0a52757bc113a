#include "dns/name.h"

#include "base/cursor.h"
#include "base/limits.h"
#include "base/utf8.h"

#include <idn2.h>

/* An A-label never has fewer characters than its U-label, though it may have fewer octets. */
static size_t characters(struct slice s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        n += (s.p[i] & 0xC0) != 0x80;
    return n;
}

static bool is_label(struct slice s)
{
    if (s.n == 0 || characters(s) > LIMIT_LABEL_OCTETS || s.p[0] == '-' || s.p[s.n - 1] == '-')
        return false;
    for (size_t i = 0; i < s.n; i++) {
        uint8_t c = s.p[i];
        if (!octet_is_alpha(c) && !octet_is_digit(c) && c != '-' && c != '_' && c < 0x80)
            return false;
    }
    return true;
}

/* Whether every part between dots is a label as `judge` sees it; the empty name has one part. */
static bool all_labels(struct slice s, bool (*judge)(struct slice))
{
    struct cursor c = cursor_new(s);
    do {
        if (!judge(cursor_until(&c, '.')))
            return false;
    } while (cursor_accept(&c, '.'));
    return true;
}

bool name_is_domain(struct slice s)
{
    return characters(s) <= LIMIT_NAME_OCTETS && all_labels(s, is_label);
}

static bool fits_label(struct slice s)
{
    return s.n >= 1 && s.n <= LIMIT_LABEL_OCTETS;
}

bool name_fits(struct slice name)
{
    return name.n == 0 || (name.n <= LIMIT_NAME_OCTETS && all_labels(name, fits_label));
}

bool name_is_within(struct slice name, struct slice domain)
{
    if (name.n <= domain.n)
        return slice_ieq(name, domain);
    return slice_iends(name, domain) && name.p[name.n - domain.n - 1] == '.';
}

struct slice name_without_dot(struct slice s)
{
    return s.n > 0 && s.p[s.n - 1] == '.' ? slice_sub(s, 0, s.n - 1) : s;
}

void name_lower(struct slice s, uint8_t *out)
{
    for (size_t i = 0; i < s.n; i++)
        out[i] = octet_lower(s.p[i]);
}

static bool is_ascii(struct slice s)
{
    uint8_t all = 0;
    for (size_t i = 0; i < s.n; i++)
        all |= s.p[i];
    return all < 0x80;
}

static enum waybill_status lowered(struct arena *arena, struct slice s, struct slice *out)
{
    if (s.n > LIMIT_NAME_OCTETS)
        return WAYBILL_SYNTAX;
    uint8_t *p = arena_alloc(arena, s.n + 1);
    if (!p)
        return WAYBILL_NOMEM;
    name_lower(s, p);
    *out = slice_of(p, s.n);
    return WAYBILL_OK;
}

/* What libidn2 lets through is judged again: its mapping can make an octet that is no letter. */
static enum waybill_status a_labels(struct arena *arena, struct slice s, struct slice *out)
{
    struct slice ended;
    if (!arena_copy(arena, s, &ended))
        return WAYBILL_NOMEM;
    uint8_t *ascii = NULL;
    int rc = idn2_lookup_u8(ended.p, &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
    if (rc != IDN2_OK)
        return rc == IDN2_MALLOC ? WAYBILL_NOMEM : WAYBILL_SYNTAX;
    struct slice name = name_without_dot(slice_str((const char *)ascii));
    enum waybill_status status = name_is_domain(name) ? lowered(arena, name, out) : WAYBILL_SYNTAX;
    idn2_free(ascii);
    return status;
}

enum waybill_status name_to_ascii(struct arena *arena, struct slice s, struct slice *out)
{
    s = name_without_dot(s);
    if (is_ascii(s))
        return lowered(arena, s, out);
    if (characters(s) > LIMIT_NAME_OCTETS || !utf8_valid(s) || slice_find(s, '\0', 0) < s.n)
        return WAYBILL_SYNTAX;
    return a_labels(arena, s, out);
}

/* Takes the last label, and the dot before it, off a name that is not empty. */
static struct slice take_last(struct slice *rest)
{
    size_t from = rest->n;
    while (from > 0 && rest->p[from - 1] != '.')
        from--;
    struct slice label = slice_from(*rest, from);
    *rest = slice_sub(*rest, 0, from > 0 ? from - 1 : 0);
    return label;
}

int name_order(struct slice a, struct slice b)
{
    while (a.n > 0 && b.n > 0) {
        struct slice of_a = take_last(&a), of_b = take_last(&b);
        int order = slice_cmp(of_a, of_b);
        if (order)
            return order;
    }
    return (a.n > 0) - (b.n > 0);
}

struct slice name_common(struct slice a, struct slice b)
{
    struct slice rest = a, common = slice_from(a, a.n);
    while (rest.n > 0 && b.n > 0) {
        struct slice of_a = take_last(&rest), of_b = take_last(&b);
        if (!slice_eq(of_a, of_b))
            break;
        common = slice_from(a, rest.n + (rest.n > 0));
    }
    return common;
}
