#include "dns/data.h"

#include "base/cursor.h"
#include "base/limits.h"
#include "dns/name.h"
#include "dns/question_text.h"

#include <arpa/inet.h>
#include <stdio.h>

static enum waybill_status copied(struct arena *arena, struct slice text, struct slice *out)
{
    return arena_copy(arena, text, out) ? WAYBILL_OK : WAYBILL_NOMEM;
}

static enum waybill_status address(struct arena *arena, int family, struct slice text,
                                   struct slice *out)
{
    char given[INET6_ADDRSTRLEN] = "", shown[INET6_ADDRSTRLEN];
    uint8_t octets[sizeof(struct in6_addr)];
    if (text.n == 0 || text.n >= sizeof given || slice_find(text, '\0', 0) < text.n)
        return WAYBILL_SYNTAX;
    memcpy(given, text.p, text.n);
    if (inet_pton(family, given, octets) != 1 || !inet_ntop(family, octets, shown, sizeof shown))
        return WAYBILL_SYNTAX;
    return copied(arena, slice_str(shown), out);
}

static enum waybill_status ipv4(struct arena *arena, struct slice text, struct slice *out)
{
    return address(arena, AF_INET, text, out);
}

static enum waybill_status ipv6(struct arena *arena, struct slice text, struct slice *out)
{
    return address(arena, AF_INET6, text, out);
}

/* Not judged by its labels: a packet may hold dots in them, and stranger things. */
static enum waybill_status host(struct arena *arena, struct slice text, struct slice *out)
{
    struct slice name = text;
    while (name.n > 0 && name.p[name.n - 1] == '.')
        name = name_without_dot(name);
    if (text.n == 0 || name.n > LIMIT_NAME_OCTETS)
        return WAYBILL_SYNTAX;
    if (name.n == 0)
        return copied(arena, SLICE("."), out);
    uint8_t *p = arena_alloc(arena, name.n + 1);
    if (!p)
        return WAYBILL_NOMEM;
    name_lower(name, p);
    *out = slice_of(p, name.n);
    return WAYBILL_OK;
}

/* RFC 1035 section 3.3.9; the root as exchange is the null MX of RFC 7505. */
static enum waybill_status exchange(struct arena *arena, struct slice text, struct slice *out)
{
    enum { PREFERENCE_MOST = 65535 };
    struct cursor c = cursor_new(text);
    uint64_t preference;
    struct slice name;
    if (!slice_number(cursor_until(&c, ' '), 5, &preference) || preference > PREFERENCE_MOST ||
        !cursor_accept(&c, ' '))
        return WAYBILL_SYNTAX;
    enum waybill_status status = host(arena, cursor_rest(&c), &name);
    if (status != WAYBILL_OK)
        return status;
    char digits[8];
    size_t n = (size_t)snprintf(digits, sizeof digits, "%u ", (unsigned)preference);
    uint8_t *p = arena_alloc(arena, n + name.n + 1);
    if (!p)
        return WAYBILL_NOMEM;
    memcpy(p, digits, n);
    memcpy(p + n, name.p, name.n);
    *out = slice_of(p, n + name.n);
    return WAYBILL_OK;
}

static const struct {
    int type;
    enum waybill_status (*normalise)(struct arena *, struct slice, struct slice *);
} forms[] = {
    {WAYBILL_DNS_A, ipv4},      {DNS_CNAME, host},         {WAYBILL_DNS_PTR, host},
    {WAYBILL_DNS_MX, exchange}, {WAYBILL_DNS_TXT, copied}, {WAYBILL_DNS_AAAA, ipv6},
};

enum waybill_status data_normalise(struct arena *arena, int type, struct slice text,
                                   struct slice *out)
{
    if (text.n > LIMIT_ANSWER_OCTETS)
        return WAYBILL_LIMIT;
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if (forms[i].type == type)
            return forms[i].normalise(arena, text, out);
    }
    return WAYBILL_MISUSE;
}

static bool is_whole(const struct waybill_answer *a)
{
    switch (a->status) {
    case WAYBILL_ANSWERED:
        return a->n > 0;
    case WAYBILL_NODATA:
    case WAYBILL_NXDOMAIN:
    case WAYBILL_SERVFAIL:
    case WAYBILL_TIMEOUT:
        return a->n == 0;
    }
    return false;
}

enum waybill_status answer_copy(struct arena *arena, const struct waybill_answer *answer,
                                struct waybill_answer *out)
{
    if (!is_whole(answer))
        return WAYBILL_MISUSE;
    if (answer->n > LIMIT_ANSWER_RECORDS)
        return WAYBILL_LIMIT;
    struct waybill_datum *data = arena_array(arena, answer->n, sizeof *data);
    if (!data)
        return WAYBILL_NOMEM;
    for (size_t i = 0; i < answer->n; i++) {
        struct slice copy;
        if (answer->data[i].n > LIMIT_ANSWER_OCTETS)
            return WAYBILL_LIMIT;
        if (!arena_copy(arena, slice_of(answer->data[i].octets, answer->data[i].n), &copy))
            return WAYBILL_NOMEM;
        data[i] = (struct waybill_datum){(const char *)copy.p, copy.n};
    }
    *out = *answer;
    out->data = answer->n ? data : NULL;
    return WAYBILL_OK;
}
