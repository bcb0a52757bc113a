#include "daemon/metrics_http.h"

#include "base/text_error.h"
#include "daemon/metrics.h"
#include "io/config_socket.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/http.h>
#include <stdio.h>
#include <stdlib.h>

/* A request has a line and some fields. A body of some octets is read, so that who sends one can be
 * told what is wrong. Who says nothing is let go. */
enum { HEADER_MOST = 8192, BODY_MOST = 1024, SECONDS_MOST = 10, PAGE_OCTETS = 1 << 20 };

/* Every method that libevent knows: what is refused is refused here, by the right name. */
enum { ALL_METHODS = 0xFFFF, SHOWING_METHODS = EVHTTP_REQ_GET | EVHTTP_REQ_HEAD };

struct metrics_http {
    struct evhttp *server;
    metrics_unwell *unwell;
    void *self;
};

/* --- pages -------------------------------------------------------------------------------------
 */

static void answer(struct evhttp_request *request, int code, const char *reason, struct slice body)
{
    static const char type[] = "text/plain; version=0.0.4; charset=utf-8";
    bool head = evhttp_request_get_command(request) == EVHTTP_REQ_HEAD;
    struct evbuffer *out = head ? NULL : evbuffer_new();
    evhttp_add_header(evhttp_request_get_output_headers(request), "Content-Type", type);
    if (out)
        evbuffer_add(out, body.p, body.n);
    evhttp_send_reply(request, code, reason, out);
    if (out)
        evbuffer_free(out);
}

static void show_metrics(struct metrics_http *http, struct evhttp_request *request)
{
    struct buffer page = buffer_new(PAGE_OCTETS);
    (void)http;
    metrics_page(&page);
    if (page.status == WAYBILL_OK)
        answer(request, HTTP_OK, "OK", buffer_slice(&page));
    else
        answer(request, HTTP_INTERNAL, "Internal Server Error", SLICE("no memory\n"));
    buffer_free(&page);
}

static void show_health(struct metrics_http *http, struct evhttp_request *request)
{
    const char *why = http->unwell(http->self);
    char text[256];
    int n = snprintf(text, sizeof text, "%s\n", why ? why : "ok");
    struct slice body = slice_of(text, n < (int)sizeof text ? (size_t)n : sizeof text - 1);
    if (why)
        answer(request, HTTP_SERVUNAVAIL, "Service Unavailable", body);
    else
        answer(request, HTTP_OK, "OK", body);
}

static const struct page {
    const char *path;
    void (*show)(struct metrics_http *http, struct evhttp_request *request);
} pages[] = {{"/metrics", show_metrics}, {"/health", show_health}};

static const struct page *find_page(struct evhttp_request *request)
{
    const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(request);
    const char *path = uri ? evhttp_uri_get_path(uri) : NULL;
    for (size_t i = 0; path && i < sizeof pages / sizeof pages[0]; i++)
        if (strcmp(path, pages[i].path) == 0)
            return &pages[i];
    return NULL;
}

static void take_request(struct evhttp_request *request, void *self)
{
    const struct page *page = find_page(request);
    if (!page) {
        answer(request, HTTP_NOTFOUND, "Not Found", SLICE("/metrics and /health are here\n"));
    } else if (!(evhttp_request_get_command(request) & SHOWING_METHODS)) {
        evhttp_add_header(evhttp_request_get_output_headers(request), "Allow", "GET, HEAD");
        answer(request, HTTP_BADMETHOD, "Method Not Allowed", SLICE("GET and HEAD are here\n"));
    } else {
        page->show(self, request);
    }
}

/* --- its life ----------------------------------------------------------------------------------
 */

static bool set_up(struct metrics_http *http, const struct config_socket *where)
{
    char address[IP_TEXT_OCTETS];
    ip_format(where->address, address);
    evhttp_set_allowed_methods(http->server, ALL_METHODS);
    evhttp_set_max_headers_size(http->server, HEADER_MOST);
    evhttp_set_max_body_size(http->server, BODY_MOST);
    evhttp_set_timeout(http->server, SECONDS_MOST);
    evhttp_set_gencb(http->server, take_request, http);
    return evhttp_bind_socket(http->server, address, where->port) == 0;
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
    text_refusal(why, "%s cannot be had (%s): name a free port", address, strerror(errno));
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
