#include "base/network.h"

bool network_bits(struct slice digits, unsigned most, uint8_t *out)
{
    uint64_t value;
    if (!slice_number(digits, 3, &value) || value > most || (digits.p[0] == '0' && digits.n > 1))
        return false;
    *out = (uint8_t)value;
    return true;
}

static bool is_clear_behind(const struct network *network)
{
    for (unsigned bit = network->bits; bit < 8 * network->ip.n; bit++) {
        if (network->ip.octets[bit / 8] & 0x80u >> bit % 8)
            return false;
    }
    return true;
}

static struct network unmapped(struct network network)
{
    enum { BEFORE = 8 * (IP_V6_OCTETS - IP_V4_OCTETS) };
    struct ip v4 = ip_unmapped(network.ip);
    if (v4.n == network.ip.n || network.bits < BEFORE)
        return network;
    return (struct network){v4, network.bits - BEFORE};
}

bool network_parse(struct slice text, struct network *out)
{
    struct network network;
    uint8_t bits;
    size_t slash = slice_find(text, '/', 0);
    if (!ip_parse(slice_sub(text, 0, slash), &network.ip))
        return false;
    network.bits = 8 * network.ip.n;
    if (slash < text.n) {
        if (!network_bits(slice_from(text, slash + 1), network.bits, &bits))
            return false;
        network.bits = bits;
    }
    if (!is_clear_behind(&network))
        return false;
    *out = unmapped(network);
    return true;
}

bool network_has(const struct network *network, struct ip ip)
{
    return ip_same_network(network->ip, ip_unmapped(ip), network->bits);
}

static bool is_in(const struct network *networks, size_t n, struct ip ip)
{
    for (size_t i = 0; i < n; i++)
        if (network_has(&networks[i], ip))
            return true;
    return false;
}

bool network_is_loopback(struct ip ip)
{
    static const struct network loopback[] = {
        {{{127}, IP_V4_OCTETS}, 8},
        {{{[IP_V6_OCTETS - 1] = 1}, IP_V6_OCTETS}, 8 * IP_V6_OCTETS},
    };
    return is_in(loopback, sizeof loopback / sizeof *loopback, ip);
}

bool network_is_private(struct ip ip)
{
    static const struct network networks[] = {
        {{{10}, IP_V4_OCTETS}, 8},          /* RFC 1918 section 3 */
        {{{172, 16}, IP_V4_OCTETS}, 12},    /* likewise */
        {{{192, 168}, IP_V4_OCTETS}, 16},   /* likewise */
        {{{100, 64}, IP_V4_OCTETS}, 10},    /* RFC 6598 section 7 */
        {{{169, 254}, IP_V4_OCTETS}, 16},   /* RFC 3927 section 2.1 */
        {{{0xFC}, IP_V6_OCTETS}, 7},        /* RFC 4193 section 3.1 */
        {{{0xFE, 0x80}, IP_V6_OCTETS}, 10}, /* RFC 4291 section 2.5.6 */
    };
    return network_is_loopback(ip) || is_in(networks, sizeof networks / sizeof *networks, ip);
}
