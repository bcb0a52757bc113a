#include "daemon/connection.h"

#include "base/limits.h"
#include "base/line.h"
#include "daemon/access.h"
#include "daemon/passage.h"
#include "daemon/say.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>

/* Unread octets of one connection: while its message waits for answers the MTA sends nothing. */
enum { READ_MOST = 262144 };

/* libevent reads so many octets at a time, whatever is there (its EVBUFFER_MAX_READ). */
enum { STREAM_READ = 4096, READ_AT_ONCE = 65536 };

struct connection {
    struct connection *next, **link;
    struct worker *worker;
    size_t listener;
    struct bufferevent *stream;
    struct event *patience; /* tells the MTA that the end of a message takes its time */
    struct milter_session *session;
    struct client client;
    struct passage *passage;
    bool waiting; /* for the passage's answer */
    bool counted; /* among those that wait */
    bool running; /* within run() */
    bool more;    /* the socket may have more than the stream read */
    bool behind;  /* the disk is: nothing is read */
    bool warned;  /* that the MTA grants nothing */
};

/* Postfix waits for milter_content_timeout since the last word, 300 s; Sendmail four minutes. */
static const struct timeval patience = {.tv_sec = 15};

/* --- closing -----------------------------------------------------------------------------------
 */

static void drop_passage(struct connection *c)
{
    passage_free(c->passage);
    c->passage = NULL;
    if (c->counted)
        metrics_waiting(-1);
    c->waiting = c->counted = c->behind = false;
    evtimer_del(c->patience);
}

void connection_free(struct connection *c)
{
    struct worker *worker = c->worker;
    drop_passage(c);
    milter_session_free(c->session);
    event_free(c->patience);
    bufferevent_free(c->stream);
    *c->link = c->next;
    if (c->next)
        c->next->link = c->link;
    free(c);
    metrics_connection(-1);
    worker_left(worker);
}

static const struct listener *listener_of(const struct connection *c)
{
    return &c->worker->settings->listeners[c->listener];
}

/* The MTA says something that no MTA says: it is told nothing more. */
static void say_broken(const struct connection *c, const char *why)
{
    struct buffer line = buffer_new(LIMIT_LOG_LINE);
    line_start(&line, SLICE("NOQUEUE"));
    line_add(&line, "listener", slice_str(listener_of(c)->name));
    line_add(&line, "error", SLICE("milter protocol"));
    line_add(&line, "reason", slice_str(why));
    say(c->worker, LOG_LEVEL_ERROR, &line);
    buffer_free(&line);
    metrics_protocol_error();
}

/* --- writing -----------------------------------------------------------------------------------
 */

/* How much the socket takes at once. What is wrong with it, if anything, the stream finds out. */
static size_t send_now(struct connection *c, struct slice out)
{
    if (evbuffer_get_length(bufferevent_get_output(c->stream)) > 0)
        return 0; /* behind what waits already */
    ssize_t n = send(bufferevent_getfd(c->stream), out.p, out.n, MSG_DONTWAIT | MSG_NOSIGNAL);
    return n > 0 ? (size_t)n : 0;
}

/* Postfix leaves Nagle's algorithm on and writes a message in two parts, of which the first has no
 * reply: it sends the second when the first is acknowledged, and left to itself the kernel takes
 * 40 ms for that. */
static void acknowledge(const struct connection *c)
{
    const int on = 1;
    if (listener_of(c)->socket.kind != CONFIG_SOCKET_UNIX)
        setsockopt(bufferevent_getfd(c->stream), IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
}

/* Everything that is ready, in one write. It seldom has to wait: to have the loop wait for the
 * socket all the same would cost four system calls. */
static void flush(struct connection *c)
{
    struct slice out = milter_session_output(c->session);
    if (out.n == 0) {
        acknowledge(c);
        return;
    }
    struct slice left = slice_from(out, send_now(c, out));
    if (left.n > 0)
        bufferevent_write(c->stream, left.p, left.n);
    milter_session_written(c->session, out.n);
}

/* --- the client --------------------------------------------------------------------------------
 */

static void take_client(struct connection *c, const struct milter_event *event)
{
    struct client *client = &c->client;
    client->ip.n = 0;
    client->local = event->family == MILTER_FAMILY_UNIX;
    client->helo[0] = '\0';
    if (ip_parse(event->address, &client->ip)) {
        client->ip = ip_unmapped(client->ip);
        ip_format(client->ip, client->ip_text);
    }
}

static void take_helo(struct connection *c, struct slice name)
{
    name = slice_sub(name, 0, sizeof c->client.helo - 1);
    memcpy(c->client.helo, name.p, name.n);
    c->client.helo[name.n] = '\0';
}

/* --- messages ----------------------------------------------------------------------------------
 */

static void run(struct connection *c);

/* While events are taken, whoever takes them goes on. */
static void passage_is_answered(void *self)
{
    struct connection *c = self;
    c->waiting = false;
    if (c->running)
        return;
    drop_passage(c);
    run(c);
}

/* Said once a connection: the MTA is set to let filters read only. */
static void warn_of_grants(struct connection *c, const struct listener *l)
{
    if (c->warned || l->mode == CONFIG_OBSERVE ||
        (milter_session_can(c->session, MILTER_CAN_ADD) &&
         milter_session_can(c->session, MILTER_CAN_CHANGE)))
        return;
    c->warned = true;
    say_broken(c, "the MTA grants neither: the filter may change nothing");
}

static void take_mail(struct connection *c, const struct milter_event *event)
{
    const struct listener *l = listener_of(c);
    const char *why;
    const struct role *role = access_role(l, &c->client, c->session, &why);
    drop_passage(c);
    warn_of_grants(c, l);
    if (!role) {
        if (l->preset->clients != CLIENTS_NOT_OWN)
            say_not_ours(c->worker, l, queue_id_of(c->session), &c->client, event->address, why);
        milter_reply_accept(c->session);
        return;
    }
    c->passage = passage_new(c->worker, l, role, c->session, &c->client, event->address,
                             passage_is_answered, c);
    if (c->passage)
        milter_reply_continue(c->session);
    else
        milter_reply_tempfail(c->session);
}

static void take_end(struct connection *c)
{
    if (!c->passage) {
        milter_reply_continue(c->session);
        return;
    }
    c->waiting = true;
    passage_end(c->passage);
    if (!c->waiting)
        return;
    evtimer_add(c->patience, &patience);
    metrics_waiting(+1);
    c->counted = true;
}

/* False: the connection is at its end. */
static bool take(struct connection *c, const struct milter_event *event)
{
    struct passage *p = c->passage;
    switch (event->kind) {
    case MILTER_CONNECT:
        take_client(c, event);
        break;
    case MILTER_HELO:
        take_helo(c, event->name);
        break;
    case MILTER_MAIL:
        take_mail(c, event);
        break;
    case MILTER_RCPT:
        if (p)
            passage_recipient(p, event->address);
        break;
    case MILTER_HEADER:
        if (p)
            passage_field(p, event->name, event->value);
        break;
    case MILTER_HEADER_END:
        if (p)
            passage_fields_end(p);
        break;
    case MILTER_BODY:
        if (p)
            passage_body(p, event->octets);
        break;
    case MILTER_MESSAGE_END:
        take_end(c);
        break;
    case MILTER_ABORT:
    case MILTER_NEW_CONNECTION:
        drop_passage(c);
        break;
    case MILTER_QUIT:
        return false;
    default:
        break;
    }
    return true;
}

/* What the stream read. */
static size_t feed_read(struct connection *c, enum waybill_status *status)
{
    struct evbuffer *in = bufferevent_get_input(c->stream);
    size_t n = evbuffer_get_contiguous_space(in);
    if (n == 0)
        return 0;
    *status = milter_session_feed(c->session, slice_of(evbuffer_pullup(in, (ev_ssize_t)n), n));
    evbuffer_drain(in, n);
    return n;
}

/* The rest of a body, in one go: it would take the loop a turn for each 4,096 octets. The end of
 * the connection, and what is wrong with it, the stream finds out. */
static size_t feed_rest(struct connection *c, enum waybill_status *status)
{
    uint8_t octets[READ_AT_ONCE];
    ssize_t n = recv(bufferevent_getfd(c->stream), octets, sizeof octets, MSG_DONTWAIT);
    if (n <= 0)
        return 0;
    *status = milter_session_feed(c->session, slice_of(octets, (size_t)n));
    return (size_t)n;
}

/* Some of what has arrived; false: there is no more, for now. */
static bool feed_some(struct connection *c, enum waybill_status *status)
{
    size_t n = feed_read(c, status);
    bool was_more = c->more;
    c->more = n >= STREAM_READ;
    if (n == 0 && was_more)
        n = feed_rest(c, status);
    return n > 0 && *status == WAYBILL_OK;
}

static void can_go_on(void *self)
{
    struct connection *c = self;
    c->behind = false;
    if (!c->running)
        run(c);
}

/* Until there is no more, the MTA has said goodbye (*open is false), or a message waits. */
static enum waybill_status take_events(struct connection *c, bool *open)
{
    struct milter_event event;
    enum waybill_status status = WAYBILL_OK;
    while (*open && !c->waiting && !c->behind) {
        status = milter_session_next(c->session, &event);
        if (status != WAYBILL_OK || event.kind == MILTER_NEED_MORE)
            break;
        *open = take(c, &event);
        if (event.kind == MILTER_MESSAGE_END && !c->waiting)
            drop_passage(c);
        c->behind =
            event.kind == MILTER_BODY && c->passage && passage_is_behind(c->passage, can_go_on, c);
    }
    return status;
}

/* Everything that can be done with what was read. The connection may be gone afterwards. What comes
 * while a message waits stays unread, so that its amount is bounded. */
static void run(struct connection *c)
{
    bool open = true;
    c->running = true;
    enum waybill_status status = take_events(c, &open); /* what the last message left */
    while (status == WAYBILL_OK && open && !c->waiting && !c->behind && feed_some(c, &status))
        status = take_events(c, &open);
    c->running = false;
    if (status != WAYBILL_OK)
        say_broken(c, milter_session_why(c->session));
    flush(c);
    if (status != WAYBILL_OK || !open)
        connection_free(c);
}

/* --- the stream --------------------------------------------------------------------------------
 */

static void can_read(struct bufferevent *stream, void *self)
{
    struct connection *c = self;
    (void)stream;
    if (!c->waiting && !c->behind)
        run(c);
}

static void has_ended(struct bufferevent *stream, short what, void *self)
{
    (void)stream;
    (void)what;
    connection_free(self);
}

static void still_there(evutil_socket_t fd, short what, void *self)
{
    struct connection *c = self;
    (void)fd, (void)what;
    milter_reply_progress(c->session);
    flush(c);
    evtimer_add(c->patience, &patience);
}

/* What the daemon wants of an MTA. It answers MAIL, so that what is not its client's passes at
 * once.
 */
static const struct milter_wishes wishes = {
    .actions = MILTER_CAN_ADD | MILTER_CAN_CHANGE | MILTER_CAN_QUARANTINE,
    .answers = MILTER_ANSWERS(MILTER_MAIL),
    .macros = {[MILTER_AT_CONNECT] = "j {daemon_name}",
               [MILTER_AT_MAIL] = "i {auth_type}",
               [MILTER_AT_RCPT] = "i",
               [MILTER_AT_MESSAGE_END] = "i"},
};

static enum waybill_status set_up(struct connection *c, int fd)
{
    enum waybill_status status = milter_session_new(&wishes, &c->session);
    if (status != WAYBILL_OK)
        return status;
    c->patience = evtimer_new(c->worker->base, still_there, c);
    c->stream = bufferevent_socket_new(c->worker->base, fd, BEV_OPT_CLOSE_ON_FREE);
    if (!c->patience || !c->stream)
        return WAYBILL_NOMEM;
    bufferevent_setcb(c->stream, can_read, NULL, has_ended, c);
    bufferevent_setwatermark(c->stream, EV_READ, 0, READ_MOST);
    return bufferevent_enable(c->stream, EV_READ | EV_WRITE) == 0 ? WAYBILL_OK : WAYBILL_NOMEM;
}

enum waybill_status connection_new(struct worker *worker, size_t listener, int fd)
{
    struct connection *c = calloc(1, sizeof *c);
    if (!c)
        return WAYBILL_NOMEM;
    c->worker = worker;
    c->listener = listener;
    c->next = worker->connections;
    c->link = &worker->connections;
    enum waybill_status status = set_up(c, fd);
    if (status != WAYBILL_OK) {
        milter_session_free(c->session);
        if (c->patience)
            event_free(c->patience);
        if (c->stream)
            bufferevent_free(c->stream);
        free(c);
        return status;
    }
    if (c->next)
        c->next->link = &c->next;
    worker->connections = c;
    metrics_connection(+1);
    return WAYBILL_OK;
}
