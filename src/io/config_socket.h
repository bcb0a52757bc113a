/*
 * io/config_socket.h: the sockets that a configuration names.
 *
 * These functions are pure. `why` gets what is wrong with a text and what to do, a constant.
 */
#ifndef IO_CONFIG_SOCKET_H
#define IO_CONFIG_SOCKET_H

#include "base/buffer.h"
#include "base/ip.h"

struct config_socket {
    enum { CONFIG_SOCKET_UNIX, CONFIG_SOCKET_INET } kind;
    struct slice path; /* of unix:, from the root on; lives as long as the text */
    struct ip address; /* of inet: */
    uint16_t port;     /* of inet:, from 1 */
};

/* The words of a milter's socket: "unix:/path" or "local:/path", "inet:PORT@ADDRESS" or
 * "inet6:PORT@ADDRESS". ADDRESS is an address, in brackets or not, or localhost. */
bool config_socket_parse(struct slice text, struct config_socket *out, const char **why);

/* "ADDRESS:PORT" on loopback, an IPv6 address in brackets: what serves this host alone. */
bool config_socket_local(struct slice text, struct config_socket *out, const char **why);

/* "ADDRESS" or "ADDRESS@PORT", a server of the DNS as resolver_new takes it. */
bool config_socket_server(struct slice text, const char **why);

/* Whether both cannot be listened on at once. */
bool config_socket_meets(const struct config_socket *a, const struct config_socket *b);

/* Whether another host can connect to it. */
bool config_socket_is_open(const struct config_socket *socket);

/*
 * The socket as smtpd_milters of Postfix's main.cf has it: "unix:/path" or "inet:ADDRESS:PORT".
 * Where smtpd runs chrooted, Postfix takes the path from its queue directory on.
 */
void config_socket_postfix(const struct config_socket *socket, struct buffer *out);

#endif
