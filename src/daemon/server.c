#include "daemon/server.h"

#include "base/limits.h"
#include "base/line.h"
#include "daemon/journal_watch.h"
#include "daemon/listen.h"
#include "daemon/metrics.h"
#include "daemon/metrics_http.h"
#include "daemon/privileges.h"
#include "daemon/restart.h"
#include "daemon/tell.h"
#include "daemon/worker.h"
#include "io/clock.h"
#include "io/file.h"
#include "io/journal.h"
#include "io/notify.h"
#include "io/spool.h"

#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

/* Workers where the configuration leaves their number to the machine. */
enum { WORKERS_USUAL_MOST = 8 };
/* What the spool has in hand when mail has ended, it has done by then, or hangs. */
enum { SETTLE_SECONDS = 5 };

struct server {
    const struct server_options *options;
    const char *file;          /* the configuration's name */
    struct settings *settings; /* as the workers have them */
    struct shared shared;
    struct log *log;
    int *sockets;
    size_t n_sockets;
    struct worker **workers;
    size_t n_workers, n_running;
    struct event_base *base;
    struct event *signals[4], *second, *ended, *drain_over;
    int ended_pipe[2]; /* a worker's thread writes an octet when it ends */
    struct metrics_http *http;
    struct journal_watch journal_watch;
    bool stopping;
};

/* --- files -------------------------------------------------------------------------------------
 */

int server_read_config(struct log *log, const struct server_options *options, const char **file,
                       struct buffer *text)
{
    *file = options->config ? options->config : SERVER_CONFIG;
    enum file_problem problem = file_read(*file, text);
    if (problem == FILE_FINE || (problem == FILE_MISSING && !options->config))
        return 0;
    return tell_file(log, EX_CONFIG, *file, problem);
}

static int load(struct server *s, size_t n, struct settings **out)
{
    struct settings_error error;
    struct buffer text = buffer_new(LIMIT_CONFIG_OCTETS);
    int end = server_read_config(s->log, s->options, &s->file, &text);
    enum waybill_status status =
        end ? WAYBILL_OK : settings_load(s->file, buffer_slice(&text), n, out, &error);
    buffer_free(&text);
    return status == WAYBILL_OK ? end : tell_settings(s->log, status, &error);
}

static int open_log(struct server *s)
{
    s->log = log_new((enum log_target)s->settings->config.log.number, "waybilld");
    s->shared.log = s->log;
    return s->log ? 0 : EX_OSERR;
}

static int open_shared(struct server *s)
{
    return shared_open(&s->shared, &s->settings->config, s->file, s->options, s->n_workers);
}

/* --- sockets -----------------------------------------------------------------------------------
 */

static int open_sockets(struct server *s, const struct privileges *to)
{
    const struct settings *settings = s->settings;
    char why[160];
    s->sockets = calloc(settings->n_listeners, sizeof *s->sockets);
    if (!s->sockets)
        return EX_OSERR;
    for (; s->n_sockets < settings->n_listeners; s->n_sockets++) {
        const struct listener *l = &settings->listeners[s->n_sockets];
        int fd = listen_open(&l->socket, to->user, to->group, why);
        if (fd < 0)
            return tell(s->log, EX_CANTCREAT, s->file,
                        settings->config.listeners[s->n_sockets].socket.line, "listener %s: %s",
                        l->name, why);
        s->sockets[s->n_sockets] = fd;
    }
    s->shared.sockets = s->sockets;
    return 0;
}

/* --- workers -----------------------------------------------------------------------------------
 */

static size_t count_workers(const struct config *config)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    if (config->workers.number > 0)
        return config->workers.number;
    return processors < 1
               ? 1
               : (processors > WORKERS_USUAL_MOST ? WORKERS_USUAL_MOST : (size_t)processors);
}

static int make_workers(struct server *s)
{
    struct settings **all = calloc(s->n_workers, sizeof(struct settings *));
    s->workers = calloc(s->n_workers, sizeof(struct worker *));
    int end = all && s->workers ? load(s, s->n_workers, all) : EX_OSERR;
    enum waybill_status status = WAYBILL_OK;
    for (size_t i = 0; i < s->n_workers && !end && status == WAYBILL_OK; i++)
        status = worker_new(&s->shared, i, all[i], s->ended_pipe[1], &s->workers[i]);
    free(all);
    if (status == WAYBILL_SYNTAX)
        return tell(s->log, EX_CONFIG, s->file, s->settings->config.resolver.line,
                    "resolver: not an address: write 192.0.2.1 or 192.0.2.1@53");
    return status == WAYBILL_OK
               ? end
               : tell(s->log, EX_SOFTWARE, NULL, 0, "a worker: %s", waybill_status_text(status));
}

/* Signals are the main thread's. */
static int start_workers(struct server *s)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    while (s->n_running < s->n_workers && worker_start(s->workers[s->n_running]))
        s->n_running++;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return s->n_running == s->n_workers
               ? 0
               : tell(s->log, EX_OSERR, NULL, 0, "no thread can be started");
}

/* --- reload ------------------------------------------------------------------------------------
 */

static void give_settings(struct server *s, struct settings **all)
{
    for (size_t i = 0; i < s->n_workers; i++)
        worker_reload(s->workers[i], all[i]);
    settings_release(s->settings);
    s->settings = all[s->n_workers];
}

/* Wholly or not at all: what runs, runs on. */
static bool reload(struct server *s)
{
    struct settings **all = calloc(s->n_workers + 1, sizeof(struct settings *));
    const char *changed = NULL;
    bool loaded = all && load(s, s->n_workers + 1, all) == 0;
    if (loaded)
        changed = restart_needed(s->settings, all[s->n_workers]);
    if (loaded && !changed)
        give_settings(s, all);
    for (size_t i = 0; changed && i <= s->n_workers; i++)
        settings_release(all[i]);
    if (changed)
        tell(s->log, 0, s->file, 0,
             "%s changed: that needs a restart; the old configuration goes on", changed);
    else if (!loaded)
        tell(s->log, 0, s->file, 0, "not reloaded: the old configuration goes on");
    free(all);
    return loaded && !changed;
}

static void on_reload(evutil_socket_t fd, short what, void *self)
{
    struct server *s = self;
    (void)fd, (void)what;
    notify_reloading();
    bool done = reload(s);
    if (done)
        tell(s->log, 0, s->file, 0, "reloaded");
    metrics_reload(done);
    notify("READY=1");
}

/* --- the end -----------------------------------------------------------------------------------
 */

static void on_stop(evutil_socket_t fd, short what, void *self)
{
    struct server *s = self;
    const struct timeval most = {.tv_sec = (time_t)s->settings->config.drain.number};
    (void)fd, (void)what;
    if (s->stopping)
        return;
    s->stopping = true;
    tell(s->log, 0, s->file, 0, "told to end: no new connections are taken");
    notify("STOPPING=1");
    for (size_t i = 0; i < s->n_running; i++)
        worker_drain(s->workers[i]);
    evtimer_add(s->drain_over, &most);
}

static void on_drain_over(evutil_socket_t fd, short what, void *self)
{
    struct server *s = self;
    (void)fd, (void)what;
    tell(s->log, 0, NULL, 0, "messages are still under way: closing their connections");
    for (size_t i = 0; i < s->n_workers; i++)
        worker_stop(s->workers[i]);
}

static void on_ended(evutil_socket_t fd, short what, void *self)
{
    struct server *s = self;
    char octets[64];
    ssize_t n = read(fd, octets, sizeof octets);
    (void)what;
    s->n_running -= n > 0 ? (size_t)n : 0;
    if (s->n_running == 0)
        event_base_loopexit(s->base, NULL);
}

/* --- the loop ----------------------------------------------------------------------------------
 */

static void look_after_journal(struct server *s)
{
    journal_sync(s->shared.journal);
    struct journal_counts counts = journal_counts(s->shared.journal);
    metrics_journal(&counts);
    journal_watch(&s->journal_watch, s->log, s->settings->config.journal.text, counts);
}

static void on_second(evutil_socket_t fd, short what, void *self)
{
    struct server *s = self;
    (void)fd, (void)what;
    if (s->shared.journal)
        look_after_journal(s);
    notify_alive();
}

static const char *unwell(void *self)
{
    return ((struct server *)self)->stopping ? "stopping" : NULL;
}

static int open_http(struct server *s)
{
    const struct config_value *metrics = &s->settings->config.metrics;
    char why[160];
    if (!metrics->text)
        return 0;
    s->http = metrics_http_new(s->base, metrics->text, unwell, s, why);
    return s->http ? 0 : tell(s->log, EX_CONFIG, s->file, metrics->line, "metrics: %s", why);
}

static bool watch(struct server *s, struct event **out, evutil_socket_t fd, short what,
                  event_callback_fn call)
{
    *out = event_new(s->base, fd, what, call, s);
    return *out && event_add(*out, NULL) == 0;
}

static int open_loop(struct server *s)
{
    static const struct {
        int signal;
        event_callback_fn call;
    } signals[] = {
        {SIGHUP, on_reload}, {SIGUSR1, on_reload}, {SIGTERM, on_stop}, {SIGINT, on_stop}};
    const struct timeval second = {.tv_sec = 1};
    s->base = event_base_new();
    if (!s->base || pipe(s->ended_pipe) != 0)
        return EX_OSERR;
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        if (!watch(s, &s->signals[i], signals[i].signal, EV_SIGNAL | EV_PERSIST, signals[i].call))
            return EX_OSERR;
    s->second = event_new(s->base, -1, EV_PERSIST, on_second, s);
    s->drain_over = evtimer_new(s->base, on_drain_over, s);
    if (!s->second || !s->drain_over || event_add(s->second, &second) != 0 ||
        !watch(s, &s->ended, s->ended_pipe[0], EV_READ | EV_PERSIST, on_ended))
        return EX_OSERR;
    return 0;
}

/* --- from start to end -------------------------------------------------------------------------
 */

/* What needs the rights it was started with, then what has to do without them: what starts also
 * reloads (design 5.8). */
static int start(struct server *s)
{
    struct privileges to;
    int end = load(s, 1, &s->settings);
    if (!end)
        end = open_log(s);
    if (!end)
        end = privileges_find(s->log, s->settings->config.user.text, s->file,
                              s->settings->config.user.line, &to);
    if (!end)
        end = open_sockets(s, &to);
    if (!end)
        end = privileges_drop(s->log, &to);
    s->n_workers = end ? 0 : count_workers(&s->settings->config);
    int (*const steps[])(struct server *) = {open_shared, open_loop, open_http, make_workers,
                                             start_workers};
    for (size_t i = 0; i < sizeof steps / sizeof *steps && !end; i++)
        end = steps[i](s);
    return end;
}

static void free_events(struct server *s)
{
    struct event *const all[] = {s->signals[0], s->signals[1], s->signals[2], s->signals[3],
                                 s->second,     s->ended,      s->drain_over};
    metrics_http_free(s->http);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (all[i])
            event_free(all[i]);
    if (s->base)
        event_base_free(s->base);
}

static void close_sockets(struct server *s)
{
    for (size_t i = 0; i < s->n_sockets; i++)
        listen_close(&s->settings->listeners[i].socket, s->sockets[i]);
    free(s->sockets);
}

/* Nothing can be freed that the spool's thread still has in hand. */
static void leave_hanging_spool(struct server *s, int end)
{
    tell(s->log, 0, s->file, 0, "the spool does not answer: ended without it");
    journal_close(s->shared.journal);
    close_sockets(s);
    _exit(end);
}

static void stop(struct server *s, int end)
{
    if (!spool_settle(s->shared.spool, SETTLE_SECONDS))
        leave_hanging_spool(s, end);
    for (size_t i = 0; s->workers && i < s->n_workers; i++)
        worker_free(s->workers[i]);
    free(s->workers);
    close_sockets(s);
    shared_close(&s->shared);
    free_events(s);
    settings_release(s->settings);
    log_free(s->log);
}

int server_run(const struct server_options *options)
{
    struct server s = {.options = options, .ended_pipe = {-1, -1}};
    metrics_started(clock_now());
    int end = start(&s);
    if (!end) {
        tell(s.log, 0, s.file, 0, "waiting for mail at %zu sockets with %zu workers", s.n_sockets,
             s.n_workers);
        notify("READY=1");
        event_base_dispatch(s.base);
        tell(s.log, 0, s.file, 0, "ended");
    }
    stop(&s, end);
    return end;
}
