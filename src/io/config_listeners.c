#include "io/config_listeners.h"

#include "base/text_error.h"
#include "io/config_socket.h"
#include "policy/policy.h"

/* The socket of a listener, which was judged where it stands. */
static struct config_socket socket_of(const struct config_listener *listener)
{
    struct config_socket socket;
    const char *why;
    config_socket_parse(slice_str(listener->socket.text), &socket, &why);
    return socket;
}

static enum waybill_status check_name(const struct config *config,
                                      const struct config_listener *listener,
                                      struct waybill_text_error *error)
{
    struct slice name = slice_str(listener->name.text);
    (void)config;
    if (policy_name_is(name))
        return WAYBILL_OK;
    return text_error(error, listener->name.line,
                      "'%.*s': no name of a listener: use 1 to %zu of A-Z a-z 0-9 . _ -",
                      SLICE_ARGS(text_shown(name)), LIMIT_RULE_NAME);
}

/* Design 5.11: who can connect says of every message where it is from. */
static enum waybill_status check_peers(const struct config *config,
                                       const struct config_listener *listener,
                                       struct waybill_text_error *error)
{
    static const char *const risks[] = {
        [CONFIG_RECEIVER] = "any host could ask for verdicts",
        [CONFIG_ORIGINATOR] = "any host could have mail signed",
        [CONFIG_PROVIDER] = "any host could have mail signed",
        [CONFIG_LIST_IN] = "any host could ask for verdicts",
        [CONFIG_FORWARDER_IN] = "any host could ask for verdicts",
        [CONFIG_LIST_OUT] = "any host could have mail signed",
        [CONFIG_FORWARDER_OUT] = "any host could have mail signed",
    };
    struct config_socket socket = socket_of(listener);
    (void)config;
    if (!config_socket_is_open(&socket) || listener->peers.n > 0)
        return WAYBILL_OK;
    return text_error(error, listener->socket.line,
                      "socket = %.*s: %s: set peers to the mail servers, or listen on 127.0.0.1",
                      SLICE_ARGS(text_shown(slice_str(listener->socket.text))),
                      risks[listener->preset.number]);
}

static enum waybill_status check_socket(const struct config *config,
                                        const struct config_listener *listener,
                                        struct waybill_text_error *error)
{
    struct config_socket socket = socket_of(listener);
    for (const struct config_listener *l = config->listeners; l < listener; l++) {
        struct config_socket before = socket_of(l);
        if (config_socket_meets(&socket, &before))
            return text_error(error, listener->socket.line,
                              "socket = %.*s: the listener of line %zu has it on line %zu already: "
                              "choose another",
                              SLICE_ARGS(text_shown(slice_str(listener->socket.text))),
                              l->name.line, l->socket.line);
    }
    return WAYBILL_OK;
}

enum waybill_status config_listeners_check(const struct config *config,
                                           struct waybill_text_error *error)
{
    static enum waybill_status (*const checks[])(
        const struct config *, const struct config_listener *,
        struct waybill_text_error *) = {check_name, check_peers, check_socket};
    const struct config_listener *last = &config->listeners[config->n_listeners - 1];
    enum waybill_status status = WAYBILL_OK;
    for (size_t i = 0; i < sizeof checks / sizeof *checks && status == WAYBILL_OK; i++)
        status = checks[i](config, last, error);
    return status;
}
