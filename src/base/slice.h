/*
 * base/slice.h: octets that somebody else owns.
 *
 * A slice is a pointer and a length; it is never ended by a NUL and may hold any octet. It lives
 * as long as what it points into: the contract of the function that gives one says how long.
 */
#ifndef BASE_SLICE_H
#define BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct slice {
    const uint8_t *p;
    size_t n;
};

/* A slice of a string literal or an array of char that ends with NUL. */
#define SLICE(literal) ((struct slice)SLICE_INIT(literal))
/* The same where a constant has to stand: in a table. */
#define SLICE_INIT(literal)                             \
    {                                                   \
        (const uint8_t *)(literal), sizeof(literal) - 1 \
    }
/* The two arguments that "%.*s" wants; only for octets known to be printable. */
#define SLICE_ARGS(s) (int)(s).n, (const char *)(s).p

static inline struct slice slice_of(const void *p, size_t n)
{
    return (struct slice){(const uint8_t *)p, n};
}

static inline struct slice slice_str(const char *text)
{
    return (struct slice){(const uint8_t *)text, text ? strlen(text) : 0};
}

/* The part from offset `from`, at most n octets; both are cut to what there is. */
static inline struct slice slice_sub(struct slice s, size_t from, size_t n)
{
    if (from > s.n)
        from = s.n;
    if (n > s.n - from)
        n = s.n - from;
    return (struct slice){s.p ? s.p + from : NULL, n};
}

static inline struct slice slice_from(struct slice s, size_t from)
{
    return slice_sub(s, from, SIZE_MAX);
}

/* Octet classes of RFC 5234 appendix B, independent of any locale. */
static inline bool octet_is_wsp(uint8_t c)
{
    return c == ' ' || c == '\t';
}

static inline bool octet_is_fws(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static inline bool octet_is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static inline bool octet_is_alpha(uint8_t c)
{
    return (uint8_t)((c | 0x20) - 'a') < 26;
}

static inline uint8_t octet_lower(uint8_t c)
{
    return (uint8_t)(c - 'A') < 26 ? (uint8_t)(c | 0x20) : c;
}

static inline bool slice_eq(struct slice a, struct slice b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/* Order by octets, a prefix before what continues it. */
int slice_cmp(struct slice a, struct slice b);
/* The same with A-Z taken as a-z. */
int slice_casecmp(struct slice a, struct slice b);

/* Most names that are not the same differ in length or in their first octet. */
static inline bool slice_ieq(struct slice a, struct slice b)
{
    return a.n == b.n && (a.n == 0 || (octet_lower(a.p[0]) == octet_lower(b.p[0]) &&
                                       (a.n == 1 || slice_eq(a, b) || slice_casecmp(a, b) == 0)));
}

/* Offset of the first c at or after `from`, or s.n. */
static inline size_t slice_find(struct slice s, uint8_t c, size_t from)
{
    const uint8_t *hit = from < s.n ? memchr(s.p + from, c, s.n - from) : NULL;
    return hit ? (size_t)(hit - s.p) : s.n;
}

/* Without SP, HTAB, CR and LF at both ends. */
struct slice slice_trim(struct slice s);

static inline bool slice_starts(struct slice s, struct slice with)
{
    return s.n >= with.n && (with.n == 0 || memcmp(s.p, with.p, with.n) == 0);
}

/* Whether s ends with `with`, A-Z taken as a-z. */
static inline bool slice_iends(struct slice s, struct slice with)
{
    return s.n >= with.n && slice_ieq(slice_from(s, s.n - with.n), with);
}

/* A 32-bit hash of the octets with A-Z taken as a-z: for look-ups, where equal names must agree. */
uint32_t slice_ihash(struct slice s);

/*
 * An unsigned decimal number of 1 to max_digits digits and nothing else.
 * False leaves *out alone. max_digits is at most 19.
 */
bool slice_number(struct slice s, size_t max_digits, uint64_t *out);

#endif
