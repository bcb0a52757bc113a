#include "base/slice.h"

int slice_cmp(struct slice a, struct slice b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int order = n ? memcmp(a.p, b.p, n) : 0;
    return order ? order : (a.n > b.n) - (a.n < b.n);
}

int slice_casecmp(struct slice a, struct slice b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    for (size_t i = 0; i < n; i++) {
        int order = (int)octet_lower(a.p[i]) - (int)octet_lower(b.p[i]);
        if (order)
            return order;
    }
    return (a.n > b.n) - (a.n < b.n);
}

struct slice slice_trim(struct slice s)
{
    while (s.n > 0 && octet_is_fws(s.p[0])) {
        s.p++;
        s.n--;
    }
    while (s.n > 0 && octet_is_fws(s.p[s.n - 1]))
        s.n--;
    return s;
}

uint32_t slice_ihash(struct slice s)
{
    uint32_t h =
        2166136261u; /* FNV-1a; the bit makes A-Z a-z, and what else it makes equal is rare */
    for (size_t i = 0; i < s.n; i++)
        h = (h ^ (s.p[i] | 0x20u)) * 16777619u;
    return h;
}

bool slice_number(struct slice s, size_t max_digits, uint64_t *out)
{
    if (s.n == 0 || s.n > max_digits)
        return false;
    uint64_t value = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (!octet_is_digit(s.p[i]))
            return false;
        value = value * 10 + (uint64_t)(s.p[i] - '0');
    }
    *out = value;
    return true;
}
