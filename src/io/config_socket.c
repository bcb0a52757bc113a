#include "io/config_socket.h"

#include "base/network.h"

#include <sys/un.h>

/* The address is the longest of which the kernel can be told, and a NUL. */
enum { PATH_MOST = sizeof((struct sockaddr_un *)NULL)->sun_path - 1, PORT_DIGITS = 5 };

static bool refuse(const char **why, const char *text)
{
    *why = text;
    return false;
}

static bool read_port(struct slice digits, uint16_t *out)
{
    uint64_t port;
    if (!slice_number(digits, PORT_DIGITS, &port) || port == 0 || port > UINT16_MAX)
        return false;
    *out = (uint16_t)port;
    return true;
}

/* What stands between brackets; all where there are none. */
static struct slice without_brackets(struct slice text)
{
    bool has = text.n >= 2 && text.p[0] == '[' && text.p[text.n - 1] == ']';
    return has ? slice_sub(text, 1, text.n - 2) : text;
}

static bool read_unix(struct slice rest, struct config_socket *out, const char **why)
{
    out->kind = CONFIG_SOCKET_UNIX;
    out->path = rest;
    if (!slice_starts(rest, SLICE("/")))
        return refuse(why, "the path of a socket begins at the root: write it from '/' on");
    if (slice_find(rest, '\0', 0) < rest.n)
        return refuse(why, "the path of a socket has a NUL: correct it");
    if (rest.n > PATH_MOST)
        return refuse(why, "the path of a socket is over 107 octets: choose a shorter one");
    return true;
}

/* PORT@ADDRESS; `localhost` is what that name stands for in this family. */
static bool read_inet(struct slice rest, const char *localhost, struct config_socket *out,
                      const char **why)
{
    size_t at = slice_find(rest, '@', 0);
    struct slice address = without_brackets(slice_from(rest, at + 1));
    out->kind = CONFIG_SOCKET_INET;
    if (at == rest.n)
        return refuse(why, "no address: write inet:PORT@ADDRESS");
    if (!read_port(slice_sub(rest, 0, at), &out->port))
        return refuse(why, "no port from 1 to 65535: write inet:PORT@ADDRESS");
    if (slice_ieq(address, SLICE("localhost")))
        address = slice_str(localhost);
    if (!ip_parse(address, &out->address))
        return refuse(why, "no address behind '@': write an IP address or localhost");
    return true;
}

static bool read_inet4(struct slice rest, struct config_socket *out, const char **why)
{
    return read_inet(rest, "127.0.0.1", out, why);
}

static bool read_inet6(struct slice rest, struct config_socket *out, const char **why)
{
    if (!read_inet(rest, "::1", out, why))
        return false;
    return out->address.n == IP_V6_OCTETS || refuse(why, "an IPv4 address: write inet: before it");
}

bool config_socket_parse(struct slice text, struct config_socket *out, const char **why)
{
    static const struct {
        struct slice before;
        bool (*read)(struct slice rest, struct config_socket *out, const char **why);
    } kinds[] = {
        {SLICE_INIT("unix:"), read_unix},
        {SLICE_INIT("local:"), read_unix},
        {SLICE_INIT("inet:"), read_inet4},
        {SLICE_INIT("inet6:"), read_inet6},
    };
    *out = (struct config_socket){.port = 0};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (slice_starts(text, kinds[i].before))
            return kinds[i].read(slice_from(text, kinds[i].before.n), out, why);
    }
    return refuse(why, "no socket: write unix:/PATH or inet:PORT@ADDRESS");
}

bool config_socket_local(struct slice text, struct config_socket *out, const char **why)
{
    size_t colon = text.n;
    while (colon > 0 && text.p[colon - 1] != ':')
        colon--;
    struct slice address = slice_sub(text, 0, colon ? colon - 1 : 0);
    *out = (struct config_socket){.kind = CONFIG_SOCKET_INET};
    if (!ip_parse(without_brackets(address), &out->address) ||
        (out->address.n == IP_V6_OCTETS && address.p[0] != '[') ||
        !read_port(slice_from(text, colon), &out->port))
        return refuse(why, "no address with a port: write 127.0.0.1:PORT or \"[::1]:PORT\"");
    if (!network_is_loopback(out->address))
        return refuse(why, "not on loopback: write 127.0.0.1:PORT or \"[::1]:PORT\"");
    return true;
}

bool config_socket_server(struct slice text, const char **why)
{
    struct ip address;
    uint16_t port;
    size_t at = slice_find(text, '@', 0);
    if (ip_parse(slice_sub(text, 0, at), &address) &&
        (at == text.n || read_port(slice_from(text, at + 1), &port)))
        return true;
    return refuse(why, "no server of the DNS: write ADDRESS or ADDRESS@PORT");
}

static bool is_unspecified(struct ip ip)
{
    return ip_same_network(ip, (struct ip){.n = ip.n}, 8 * ip.n);
}

bool config_socket_meets(const struct config_socket *a, const struct config_socket *b)
{
    if (a->kind != b->kind)
        return false;
    if (a->kind == CONFIG_SOCKET_UNIX)
        return slice_eq(a->path, b->path);
    if (a->port != b->port || a->address.n != b->address.n)
        return false;
    return is_unspecified(a->address) || is_unspecified(b->address) ||
           ip_same_network(a->address, b->address, 8 * a->address.n);
}

bool config_socket_is_open(const struct config_socket *socket)
{
    return socket->kind == CONFIG_SOCKET_INET && !network_is_loopback(socket->address);
}

void config_socket_postfix(const struct config_socket *socket, struct buffer *out)
{
    char address[IP_TEXT_OCTETS];
    if (socket->kind == CONFIG_SOCKET_UNIX) {
        buffer_add_str(out, "unix:");
        buffer_add(out, socket->path);
        return;
    }
    ip_format(socket->address, address);
    buffer_printf(out, socket->address.n == IP_V6_OCTETS ? "inet:[%s]:%u" : "inet:%s:%u", address,
                  (unsigned)socket->port);
}
