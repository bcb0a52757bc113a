#include "mail/observe.h"

enum { BLOCK = 256 };

static inline void pair(uint8_t a, uint8_t b, struct observed *seen)
{
    seen->lone_cr += a == '\r' && b != '\n';
    seen->lone_lf += a != '\r' && b == '\n';
}

static void count(const uint8_t *p, size_t n, struct observed *seen)
{
    for (size_t k = 0; k < n; k++) {
        pair(p[k], p[k + 1], seen);
        seen->nul += p[k + 1] == 0;
        seen->eight_bit += p[k + 1] >> 7;
    }
}

/* 255 where the octets are equal: as compilers have it in a vector. */
static inline uint8_t same(uint8_t a, uint8_t b)
{
    return (uint8_t) - (a == b);
}

/* Whether anything is to be counted among p[1] to p[BLOCK], p[0] being what stands before. */
static bool is_odd(const uint8_t *p)
{
    uint8_t odd = 0;
    for (size_t k = 0; k < BLOCK; k++) /* of known length, which compilers vectorise */
        odd |= (uint8_t)((same(p[k], '\r') ^ same(p[k + 1], '\n')) | same(p[k + 1], 0) |
                         (p[k + 1] & 0x80));
    return odd != 0;
}

void observe(struct slice s, uint8_t *before, struct observed *seen)
{
    if (s.n == 0)
        return;
    const uint8_t first[2] = {*before, s.p[0]};
    size_t i = 0;
    count(first, 1, seen);
    for (; i + BLOCK < s.n; i += BLOCK)
        if (is_odd(s.p + i))
            count(s.p + i, BLOCK, seen);
    count(s.p + i, s.n - 1 - i, seen);
    *before = s.p[s.n - 1];
}

void observe_end(uint8_t before, struct observed *seen)
{
    seen->lone_cr += before == '\r';
}

void measure_lines(struct slice s, struct line_measure *m)
{
    for (size_t at = 0; at < s.n;) {
        size_t lf = slice_find(s, '\n', at);
        bool cr = lf > at ? s.p[lf - 1] == '\r' : m->cr;
        m->octets += lf - at;
        size_t length = m->octets - (cr && m->octets > 0);
        if (length > m->longest)
            m->longest = length;
        m->cr = cr;
        if (lf == s.n)
            return;
        m->octets = cr ? 0 : m->octets + 1; /* a lone LF is an octet of its line */
        m->cr = false;
        at = lf + 1;
    }
}
