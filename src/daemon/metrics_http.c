#include "daemon/metrics_http.h"

#include "base/text_error.h"
#include "daemon/metrics.h"
#include "io/config_socket.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/http.h>
#include <stdlib.h>

/* A request has a line and some fields; nobody sends a body. Who says nothing is let go. */
enum { HEADER_MOST = 8192, BODY_MOST = 0, SECONDS_MOST = 10, PAGE_OCTETS = 1 << 20 };

/* Every method that libevent knows, so that it is we who refuse one. */
enum {
    ALL_METHODS = EVHTTP_REQ_GET | EVHTTP_REQ_POST | EVHTTP_REQ_HEAD | EVHTTP_REQ_PUT |
                  EVHTTP_REQ_DELETE | EVHTTP_REQ_OPTIONS | EVHTTP_REQ_TRACE | EVHTTP_REQ_CONNECT |
                  EVHTTP_REQ_PATCH
};

struct metrics_http {
    struct evhttp *server;
    metrics_unwell *unwell;
    void *self;
};

/* Without memory for it there is no body. */
static void answer(struct evhttp_request *request, int code, const char *reason, const char *type,
                   struct slice body)
{
    struct evbuffer *out = evbuffer_new();
    evhttp_add_header(evhttp_request_get_output_headers(request), "Content-Type", type);
    if (out)
        evbuffer_add(out, body.p, body.n);
    evhttp_send_reply(request, code, reason, out);
    if (out)
        evbuffer_free(out);
}

/* Nothing here is changed by anybody (RFC 9110 section 15.5.6). */
static bool only_reads(struct evhttp_request *request)
{
    enum evhttp_cmd_type method = evhttp_request_get_command(request);
    if (method == EVHTTP_REQ_GET || method == EVHTTP_REQ_HEAD)
        return true;
    evhttp_add_header(evhttp_request_get_output_headers(request), "Allow", "GET, HEAD");
    answer(request, HTTP_BADMETHOD, "Method Not Allowed", "text/plain", SLICE("GET or HEAD\n"));
    return false;
}

static void show_metrics(struct evhttp_request *request, void *self)
{
    struct buffer page = buffer_new(PAGE_OCTETS);
    (void)self;
    if (!only_reads(request))
        return;
    metrics_page(&page);
    if (page.status == WAYBILL_OK)
        answer(request, HTTP_OK, "OK", "text/plain; version=0.0.4; charset=utf-8",
               buffer_slice(&page));
    else
        answer(request, HTTP_INTERNAL, "Internal Server Error", "text/plain",
               slice_str(waybill_status_text(page.status)));
    buffer_free(&page);
}

static void show_health(struct evhttp_request *request, void *self)
{
    struct metrics_http *http = self;
    const char *why = http->unwell(http->self);
    if (only_reads(request))
        answer(request, why ? HTTP_SERVUNAVAIL : HTTP_OK, why ? "Service Unavailable" : "OK",
               "text/plain", slice_str(why ? why : "ok"));
}

static void show_nothing(struct evhttp_request *request, void *self)
{
    (void)self;
    answer(request, HTTP_NOTFOUND, "Not Found", "text/plain",
           SLICE("/metrics and /health are here\n"));
}

static bool set_up(struct metrics_http *http, const struct config_socket *where)
{
    char address[IP_TEXT_OCTETS];
    ip_format(where->address, address);
    evhttp_set_allowed_methods(http->server, ALL_METHODS); /* of others it says 501 */
    evhttp_set_max_headers_size(http->server, HEADER_MOST);
    evhttp_set_max_body_size(http->server, BODY_MOST);
    evhttp_set_timeout(http->server, SECONDS_MOST);
    evhttp_set_gencb(http->server, show_nothing, http);
    return evhttp_set_cb(http->server, "/metrics", show_metrics, http) == 0 &&
           evhttp_set_cb(http->server, "/health", show_health, http) == 0 &&
           evhttp_bind_socket(http->server, address, where->port) == 0;
}

struct metrics_http *metrics_http_new(struct event_base *base, const char *address,
                                      metrics_unwell *unwell, void *self, char why[160])
{
    struct config_socket where;
    const char *wrong;
    if (!config_socket_local(slice_str(address), &where, &wrong)) {
        text_refusal(why, "%s", wrong);
        return NULL;
    }
    struct metrics_http *http = calloc(1, sizeof *http);
    if (!http || !(http->server = evhttp_new(base))) {
        free(http);
        text_refusal(why, "out of memory");
        return NULL;
    }
    http->unwell = unwell;
    http->self = self;
    if (set_up(http, &where))
        return http;
    text_refusal(why, "%s cannot be had: %s", address, strerror(errno));
    metrics_http_free(http);
    return NULL;
}

void metrics_http_free(struct metrics_http *http)
{
    if (!http)
        return;
    evhttp_free(http->server);
    free(http);
}
