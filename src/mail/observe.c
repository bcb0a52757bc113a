#include "mail/observe.h"

#include "base/wide.h"

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

/* The first block in which anything is to be counted, n being whole blocks; p[-1] is there. */
WIDE static size_t find_odd(const uint8_t *p, size_t n)
{
    for (size_t at = 0; at < n; at += BLOCK) {
        const uint8_t *block = p + at;
        uint8_t odd = 0;
        for (size_t k = 0; k < BLOCK; k++)
            odd |= (uint8_t)((wide_same(block[k - 1], '\r') ^ wide_same(block[k], '\n')) |
                             wide_same(block[k], 0) | (block[k] & 0x80));
        if (odd)
            return at;
    }
    return n;
}

void observe(struct slice s, uint8_t *before, struct observed *seen)
{
    if (s.n == 0)
        return;
    const uint8_t first[2] = {*before, s.p[0]};
    size_t whole = (s.n - 1) / BLOCK * BLOCK; /* behind the first octet */
    count(first, 1, seen);
    for (size_t at = 0; at < whole; at += BLOCK) {
        at += find_odd(s.p + 1 + at, whole - at);
        if (at < whole)
            count(s.p + at, BLOCK, seen);
    }
    /* What is left lies in the block that ends with the last octet. */
    if (whole == 0 || find_odd(s.p + s.n - BLOCK, BLOCK) == 0)
        count(s.p + whole, s.n - 1 - whole, seen);
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
