#include "milter/machine.h"

#define CUT_OFF "a text has no end"

static bool take_port(struct cursor *c, uint16_t *out)
{
    int high = cursor_take(c), low = cursor_take(c);
    *out = (uint16_t)((unsigned)high << 8 | (unsigned)low);
    return low != CURSOR_END;
}

static bool family_of(int octet, enum milter_family *out)
{
    static const enum milter_family families[] = {MILTER_FAMILY_UNKNOWN, MILTER_FAMILY_UNIX,
                                                  MILTER_FAMILY_INET, MILTER_FAMILY_INET6};
    for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
        if ((int)families[i] == octet) {
            *out = families[i];
            return true;
        }
    }
    return false;
}

/* Sendmail writes an IPv6 address as RFC 5321 section 4.1.3 has it in a literal. */
static struct slice without_tag(struct slice address)
{
    struct slice tag = slice_sub(address, 0, 5);
    return slice_ieq(tag, SLICE("IPv6:")) ? slice_from(address, tag.n) : address;
}

const char *milter_read_connect(struct slice data, struct milter_event *out)
{
    struct cursor c = cursor_new(data);
    if (!milter_take_text(&c, &out->host))
        return CUT_OFF;
    if (!family_of(cursor_take(&c), &out->family))
        return "no family of addresses that is known";
    if (out->family == MILTER_FAMILY_UNKNOWN)
        return NULL;
    if (!take_port(&c, &out->port) || !milter_take_text(&c, &out->address))
        return CUT_OFF;
    if (out->family == MILTER_FAMILY_INET6)
        out->address = without_tag(out->address);
    return cursor_done(&c) ? NULL : "more than a host and its address";
}

const char *milter_read_helo(struct slice data, struct milter_event *out)
{
    struct cursor c = cursor_new(data);
    if (!milter_take_text(&c, &out->name))
        return CUT_OFF;
    return cursor_done(&c) ? NULL : "more than a name";
}

const char *milter_read_address(struct slice data, struct milter_event *out)
{
    struct cursor c = cursor_new(data);
    if (!milter_take_text(&c, &out->address))
        return CUT_OFF;
    out->parameters = cursor_rest(&c);
    bool ended = cursor_done(&c) || data.p[data.n - 1] == 0;
    return ended ? NULL : CUT_OFF;
}

/* A NUL in a value is an octet of the message, as everywhere else. */
const char *milter_read_header(struct slice data, struct milter_event *out)
{
    struct cursor c = cursor_new(data);
    if (!milter_take_text(&c, &out->name))
        return CUT_OFF;
    struct slice rest = cursor_rest(&c);
    if (rest.n == 0 || rest.p[rest.n - 1] != 0)
        return CUT_OFF;
    out->value = slice_sub(rest, 0, rest.n - 1);
    return NULL;
}

bool milter_parameter(struct slice *rest, struct slice *out)
{
    struct cursor c = cursor_new(*rest);
    bool there = milter_take_text(&c, out);
    *rest = cursor_rest(&c);
    return there;
}
