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

/* Eight octets, or the last few. The bits make A-Z a-z; what else they make equal is rare. */
static uint64_t hash_more(uint64_t h, uint64_t word)
{
    h = (h ^ (word | 0x2020202020202020u)) * 0x9E3779B97F4A7C15u;
    return h ^ h >> 32;
}

uint32_t slice_ihash(struct slice s)
{
    uint64_t h = s.n, word = 0;
    size_t i = 0;
    for (; s.n - i >= sizeof word; i += sizeof word) {
        memcpy(&word, s.p + i, sizeof word);
        h = hash_more(h, word);
    }
    for (word = 0; i < s.n; i++)
        word = word << 8 | s.p[i];
    return (uint32_t)hash_more(h, word);
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
