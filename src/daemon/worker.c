#include "daemon/worker.h"

#include "base/limits.h"
#include "base/line.h"
#include "daemon/asker.h"
#include "daemon/connection.h"
#include "daemon/departure.h"
#include "daemon/say.h"
#include "daemon/signing_keys.h"
#include "io/clock.h"
#include "waybill/engine.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum order_kind { ORDER_RELOAD, ORDER_DRAIN, ORDER_STOP };

/* Smaller than PIPE_BUF, so that it is written and read whole. */
struct order {
    enum order_kind kind;
    struct settings *settings;
};

/* One listener's socket, which all workers wait at. */
struct acceptor {
    struct worker *worker;
    size_t listener;
    struct event *event;
    struct event *again; /* after descriptors ran out */
};

/* --- connections -------------------------------------------------------------------------------
 */

static bool is_peer(const struct listener *l, const struct sockaddr_storage *from)
{
    struct ip ip = {.n = 0};
    if (from->ss_family == AF_INET) {
        ip.n = IP_V4_OCTETS;
        memcpy(ip.octets, &((const struct sockaddr_in *)(const void *)from)->sin_addr, ip.n);
    } else if (from->ss_family == AF_INET6) {
        ip.n = IP_V6_OCTETS;
        memcpy(ip.octets, &((const struct sockaddr_in6 *)(const void *)from)->sin6_addr, ip.n);
    } else {
        return true; /* who may open a socket of the host is its mode's to say */
    }
    for (size_t i = 0; i < l->peers.n; i++)
        if (network_has(&l->peers.all[i], ip_unmapped(ip)))
            return true;
    return l->peers.n == 0; /* then it listens on loopback alone (design 5.11) */
}

static void say_trouble(const struct worker *worker, const struct listener *l, const char *what,
                        const char *why)
{
    struct buffer line = buffer_new(LIMIT_LOG_LINE);
    line_start(&line, SLICE("NOQUEUE"));
    line_add(&line, "listener", slice_str(l->name));
    line_add(&line, "error", slice_str(what));
    line_add(&line, "reason", slice_str(why));
    say(worker, LOG_LEVEL_ERROR, &line);
    buffer_free(&line);
}

static void welcome(struct worker *worker, size_t listener, int fd,
                    const struct sockaddr_storage *from)
{
    const struct listener *l = &worker->settings->listeners[listener];
    const int on = 1;
    if (!is_peer(l, from)) {
        say_trouble(worker, l, "connection refused", "the address is not in peers");
        close(fd);
        return;
    }
    if (from->ss_family != AF_UNIX)
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (fcntl(fd, F_SETFL, O_NONBLOCK) == 0 && fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 &&
        connection_new(worker, listener, fd) == WAYBILL_OK)
        return;
    say_trouble(worker, l, "connection refused", "no memory");
    close(fd);
}

/* The socket would call at once again: a client waits, the loop does not spin. */
static void rest(struct acceptor *a)
{
    static const struct timeval second = {.tv_sec = 1};
    say_trouble(a->worker, &a->worker->settings->listeners[a->listener], "connection not accepted",
                "no descriptors left: raise LimitNOFILE");
    event_del(a->event);
    evtimer_add(a->again, &second);
}

static void accept_again(evutil_socket_t fd, short what, void *self)
{
    struct acceptor *a = self;
    (void)fd, (void)what;
    if (!a->worker->draining)
        event_add(a->event, NULL);
}

/* One at a time, so that what a busy worker leaves another takes. */
static void can_accept(evutil_socket_t fd, short what, void *self)
{
    struct acceptor *acceptor = self;
    struct sockaddr_storage from;
    socklen_t n = sizeof from;
    (void)what;
    memset(&from, 0, sizeof from);
    int accepted = accept(fd, (struct sockaddr *)&from, &n);
    if (accepted >= 0)
        welcome(acceptor->worker, acceptor->listener, accepted, &from);
    else if (errno == EMFILE || errno == ENFILE)
        rest(acceptor);
}

int64_t worker_now(const struct worker *worker)
{
    return worker->shared->now ? worker->shared->now : clock_now();
}

void worker_left(struct worker *worker)
{
    if (worker->draining && !worker->connections)
        event_base_loopexit(worker->base, NULL);
}

/* --- orders ------------------------------------------------------------------------------------
 */

static void drain(struct worker *worker)
{
    worker->draining = true;
    for (size_t i = 0; i < worker->settings->n_listeners; i++)
        event_del(worker->acceptors[i].event);
    worker_left(worker);
}

/* Keys belong to the worker's engine. */
static bool adopt(struct worker *worker, struct settings *settings)
{
    settings->signing_keys = signing_keys_new(worker->engine);
    return settings->signing_keys != NULL;
}

static void change_settings(struct worker *worker, struct settings *settings)
{
    bool adopted = adopt(worker, settings);
    settings_release(adopted ? worker->settings : settings);
    if (!adopted)
        return;
    worker->settings = settings;
    departures_forget(worker->departures);
}

static void obey(evutil_socket_t fd, short what, void *self)
{
    struct worker *worker = self;
    struct order order;
    (void)what;
    if (read(fd, &order, sizeof order) != (ssize_t)sizeof order)
        return;
    switch (order.kind) {
    case ORDER_RELOAD:
        change_settings(worker, order.settings);
        break;
    case ORDER_DRAIN:
        drain(worker);
        break;
    case ORDER_STOP:
        event_base_loopbreak(worker->base);
        break;
    }
}

static void give_order(struct worker *worker, struct order order)
{
    ssize_t n;
    do
        n = write(worker->order_pipe[1], &order, sizeof order);
    while (n < 0 && errno == EINTR);
}

void worker_reload(struct worker *worker, struct settings *settings)
{
    give_order(worker, (struct order){ORDER_RELOAD, settings});
}

void worker_drain(struct worker *worker)
{
    give_order(worker, (struct order){ORDER_DRAIN, NULL});
}

void worker_stop(struct worker *worker)
{
    give_order(worker, (struct order){ORDER_STOP, NULL});
}

/* --- its life ----------------------------------------------------------------------------------
 */

static enum waybill_status open_asker(struct worker *worker)
{
    const struct shared *shared = worker->shared;
    const struct config *config = &worker->settings->config;
    const struct resolver_settings settings = {.forwarder = config->resolver.text,
                                               .cache_mb = config->dns_cache.number,
                                               .validate = config->dns_validate.number != 0};
    return shared->answers ? asker_new_file(shared->answers[worker->number],
                                            shared->answer_delay_ms, worker->base, &worker->asker)
                           : asker_new_dns(&settings, worker->base, &worker->asker);
}

static enum waybill_status open_custody(struct worker *worker)
{
    worker->departures = departures_new(worker);
    if (!worker->departures)
        return WAYBILL_NOMEM;
    return worker->shared->spool
               ? spool_client_new(worker->shared->spool, worker->base, &worker->spool)
               : WAYBILL_OK;
}

static enum waybill_status open_acceptors(struct worker *worker)
{
    size_t n = worker->settings->n_listeners;
    worker->acceptors = calloc(n, sizeof *worker->acceptors);
    if (!worker->acceptors)
        return WAYBILL_NOMEM;
    for (size_t i = 0; i < n; i++) {
        struct acceptor *a = &worker->acceptors[i];
        *a = (struct acceptor){.worker = worker, .listener = i};
        a->again = evtimer_new(worker->base, accept_again, a);
        a->event = event_new(worker->base, worker->shared->sockets[i], EV_READ | EV_PERSIST,
                             can_accept, a);
        if (!a->again || !a->event || event_add(a->event, NULL) != 0)
            return WAYBILL_NOMEM;
    }
    return WAYBILL_OK;
}

static enum waybill_status open_orders(struct worker *worker)
{
    if (pipe(worker->order_pipe) != 0)
        return WAYBILL_NOMEM;
    fcntl(worker->order_pipe[0], F_SETFL, O_NONBLOCK);
    worker->orders =
        event_new(worker->base, worker->order_pipe[0], EV_READ | EV_PERSIST, obey, worker);
    return worker->orders && event_add(worker->orders, NULL) == 0 ? WAYBILL_OK : WAYBILL_NOMEM;
}

enum waybill_status worker_new(const struct shared *shared, size_t number,
                               struct settings *settings, int ended, struct worker **out)
{
    struct worker *worker = *out = calloc(1, sizeof *worker);
    if (!worker)
        return WAYBILL_NOMEM;
    *worker = (struct worker){.shared = shared,
                              .number = number,
                              .settings = settings,
                              .order_pipe = {-1, -1},
                              .ended = ended};
    worker->base = event_base_new();
    enum waybill_status status = worker->base ? waybill_engine_new(&worker->engine) : WAYBILL_NOMEM;
    if (status == WAYBILL_OK && !adopt(worker, settings))
        status = WAYBILL_NOMEM;
    if (status == WAYBILL_OK)
        status = open_asker(worker);
    if (status == WAYBILL_OK)
        status = open_custody(worker);
    if (status == WAYBILL_OK)
        status = open_orders(worker);
    if (status == WAYBILL_OK)
        status = open_acceptors(worker);
    return status;
}

static void *work(void *self)
{
    struct worker *worker = self;
    event_base_dispatch(worker->base);
    ssize_t n;
    do
        n = write(worker->ended, "", 1);
    while (n < 0 && errno == EINTR);
    return NULL;
}

bool worker_start(struct worker *worker)
{
    worker->started = pthread_create(&worker->thread, NULL, work, worker) == 0;
    return worker->started;
}

static void close_pipe(struct worker *worker)
{
    for (size_t i = 0; i < 2; i++)
        if (worker->order_pipe[i] >= 0)
            close(worker->order_pipe[i]);
}

void worker_free(struct worker *worker)
{
    if (!worker)
        return;
    if (worker->started) {
        worker_stop(worker);
        pthread_join(worker->thread, NULL);
    }
    worker->draining = false;
    while (worker->connections)
        connection_free(worker->connections);
    for (size_t i = 0; worker->acceptors && i < worker->settings->n_listeners; i++) {
        if (worker->acceptors[i].event)
            event_free(worker->acceptors[i].event);
        if (worker->acceptors[i].again)
            event_free(worker->acceptors[i].again);
    }
    free(worker->acceptors);
    if (worker->orders)
        event_free(worker->orders);
    close_pipe(worker);
    departures_free(worker->departures);
    spool_client_free(worker->spool);
    settings_release(worker->settings);
    asker_free(worker->asker);
    waybill_engine_free(worker->engine);
    if (worker->base)
        event_base_free(worker->base);
    free(worker);
}
