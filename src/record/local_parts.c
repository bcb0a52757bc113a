#include "record/local_parts.h"

/* What no local part has unless it is quoted (RFC 5322 section 3.2.3), but for the dot. */
static bool is_special(uint8_t c)
{
    static const struct slice specials = SLICE_INIT("<>()[]:;,\"");
    return c <= ' ' || slice_find(specials, c, 0) < specials.n;
}

/* Behind which an address may stand: a property of results (RFC 8601 section 2.2), a tag. */
static bool is_name(struct slice word)
{
    static const struct slice types[] = {SLICE_INIT("body."), SLICE_INIT("header."),
                                         SLICE_INIT("policy."), SLICE_INIT("smtp.")};
    static const struct slice tags[] = {SLICE_INIT("i"), SLICE_INIT("mf"), SLICE_INIT("rt")};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (slice_starts(word, types[i]))
            return true;
    for (size_t i = 0; i < sizeof tags / sizeof *tags; i++)
        if (slice_eq(word, tags[i]))
            return true;
    return false;
}

/* Whether the '=' at `at` ends a name. Every other is of the local part, as SRS and VERP make it.
 */
static bool ends_name(struct slice text, size_t at)
{
    size_t begins = at;
    while (begins > 0 && !is_special(text.p[begins - 1]) && text.p[begins - 1] != '=')
        begins--;
    return (begins == 0 || text.p[begins - 1] != '=') &&
           is_name(slice_sub(text, begins, at - begins));
}

static bool ends_to_the_left(struct slice text, size_t at)
{
    return is_special(text.p[at]) || (text.p[at] == '=' && ends_name(text, at));
}

/* Where the quoted string begins whose last quotation mark is at `end`. One behind a backslash is
 * within it, however often the text was escaped. */
static size_t quoted_begins(struct slice text, size_t end)
{
    size_t at = end;
    while (at > 0 && (text.p[at - 1] != '"' || (at > 1 && text.p[at - 2] == '\\')))
        at--;
    return at > 0 ? at - 1 : 0;
}

static bool begins_domain(struct slice text)
{
    return text.n > 0 && (octet_is_alpha(text.p[0]) || octet_is_digit(text.p[0]) ||
                          text.p[0] == '[' || text.p[0] > '~');
}

/* The local part before the '@' at `at`, empty where there is none: "i= has no @", "'@'". */
static struct slice local_part_at(struct slice text, size_t at)
{
    size_t end = at;
    while (end > 0 && text.p[end - 1] <= ' ')
        end--;
    bool apart = end < at || (end > 0 && text.p[end - 1] == '\'');
    size_t begins = end;
    if (apart && !begins_domain(slice_from(text, at + 1)))
        return slice_sub(text, at, 0);
    if (end > 0 && text.p[end - 1] == '"')
        begins = quoted_begins(text, end - 1);
    else
        while (begins > 0 && !ends_to_the_left(text, begins - 1))
            begins--;
    return slice_sub(text, begins, end - begins);
}

bool local_part_take(struct slice *rest, struct slice *before, struct slice *local_part)
{
    for (size_t at = 0; (at = slice_find(*rest, '@', at)) < rest->n; at++) {
        *local_part = local_part_at(*rest, at);
        if (local_part->n == 0)
            continue;
        *before = slice_of(rest->p, (size_t)(local_part->p - rest->p));
        *rest = slice_from(*rest, at + 1);
        return true;
    }
    return false;
}

void local_parts_remove(struct slice text, struct buffer *out)
{
    struct slice before, local_part;
    while (local_part_take(&text, &before, &local_part)) {
        buffer_add(out, before);
        buffer_add_octet(out, '@');
    }
    buffer_add(out, text);
}
