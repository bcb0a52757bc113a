#include "daemon/access.h"

static bool is_in(const struct networks *networks, struct ip ip)
{
    for (size_t i = 0; i < networks->n; i++)
        if (network_has(&networks->all[i], ip))
            return true;
    return false;
}

static bool came_by_daemon(const struct listener *l, const struct milter_session *session)
{
    struct slice name = milter_session_macro(session, "{daemon_name}");
    for (size_t i = 0; i < l->daemons->n; i++)
        if (slice_eq(name, slice_str(l->daemons->values[i].text)))
            return true;
    return false;
}

static bool is_authenticated(const struct milter_session *session)
{
    return milter_session_macro(session, "{auth_type}").n > 0;
}

/* NULL: it is the listener's. */
static const char *refusal(const struct listener *l, const struct client *client,
                           const struct milter_session *session)
{
    bool authenticated = is_authenticated(session);
    bool own = client->local || (client->ip.n > 0 && is_in(&l->own, client->ip));
    switch (l->preset->clients) {
    case CLIENTS_NOT_OWN:
        return own || authenticated ? "a client of our own" : NULL;
    case CLIENTS_OWN_OR_AUTHENTICATED:
        return own || authenticated || came_by_daemon(l, session)
                   ? NULL
                   : "the client is not in own, did not authenticate and came by no daemon of ours";
    case CLIENTS_AUTHENTICATED:
        return authenticated ? NULL : "the client did not authenticate";
    case CLIENTS_OWN:
        return own ? NULL : "the client is not in own";
    }
    return NULL;
}

const struct role *access_role(const struct listener *l, const struct client *client,
                               const struct milter_session *session, const char **why)
{
    *why = refusal(l, client, session);
    if (!*why)
        return l->preset->role;
    return l->preset->keeps != KEEPS_NOTHING && is_authenticated(session) ? &role_remover : NULL;
}
