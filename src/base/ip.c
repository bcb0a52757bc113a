#include "base/ip.h"

#include <arpa/inet.h>

bool ip_parse(struct slice text, struct ip *out)
{
    char ended[IP_TEXT_OCTETS] = "";
    *out = (struct ip){.n = 0};
    if (text.n == 0 || text.n >= sizeof ended || slice_find(text, '\0', 0) < text.n)
        return false;
    memcpy(ended, text.p, text.n);
    if (inet_pton(AF_INET, ended, out->octets) == 1)
        out->n = IP_V4_OCTETS;
    else if (inet_pton(AF_INET6, ended, out->octets) == 1)
        out->n = IP_V6_OCTETS;
    return out->n != 0;
}

struct ip ip_unmapped(struct ip ip)
{
    static const uint8_t prefix[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
    if (ip.n != IP_V6_OCTETS || memcmp(ip.octets, prefix, sizeof prefix) != 0)
        return ip;
    struct ip v4 = {.n = IP_V4_OCTETS};
    memcpy(v4.octets, ip.octets + sizeof prefix, IP_V4_OCTETS);
    return v4;
}

bool ip_same_network(struct ip a, struct ip b, unsigned bits)
{
    if (a.n == 0 || a.n != b.n || bits > 8 * a.n)
        return false;
    unsigned whole = bits / 8, rest = bits % 8;
    if (memcmp(a.octets, b.octets, whole) != 0)
        return false;
    return rest == 0 || (a.octets[whole] ^ b.octets[whole]) >> (8 - rest) == 0;
}

void ip_format(struct ip ip, char out[IP_TEXT_OCTETS])
{
    out[0] = '\0';
    if (ip.n)
        inet_ntop(ip.n == IP_V4_OCTETS ? AF_INET : AF_INET6, ip.octets, out, IP_TEXT_OCTETS);
}
