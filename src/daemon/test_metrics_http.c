#include "base/buffer.h"
#include "daemon/metrics_http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static struct event_base *base;
static struct metrics_http *http;
static const char *unwell_why;
static uint16_t port;

static const char *unwell(void *self)
{
    assert_ptr_equal(self, &port);
    return unwell_why;
}

static uint16_t free_port(void)
{
    struct sockaddr_in any = {.sin_family = AF_INET};
    socklen_t n = sizeof any;
    any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&any, sizeof any), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&any, &n), 0);
    close(fd);
    return ntohs(any.sin_port);
}

static int set_up(void **state)
{
    (void)state;
    char address[32], why[160] = "";
    port = free_port();
    snprintf(address, sizeof address, "127.0.0.1:%u", (unsigned)port);
    base = event_base_new();
    http = base ? metrics_http_new(base, address, unwell, &port, why) : NULL;
    if (!http)
        print_error("%s\n", why);
    return http ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    metrics_http_free(http);
    metrics_http_free(NULL);
    event_base_free(base);
    return 0;
}

/* What the server says to these octets until it closes; the loop runs meanwhile. */
static struct buffer exchange(struct slice request)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct buffer reply = buffer_new((size_t)1 << 20);
    char piece[4096];
    ssize_t n;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    for (size_t sent = 0; sent < request.n;) {
        n = send(fd, request.p + sent, request.n - sent, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n < 0 && errno != EAGAIN)
            break;
        sent += n > 0 ? (size_t)n : 0;
        event_base_loop(base, EVLOOP_NONBLOCK);
    }
    do {
        event_base_loop(base, EVLOOP_NONBLOCK);
        n = recv(fd, piece, sizeof piece, MSG_DONTWAIT);
        if (n > 0)
            buffer_add(&reply, slice_of(piece, (size_t)n));
    } while (n > 0 || (n < 0 && errno == EAGAIN));
    close(fd);
    event_base_loop(base, EVLOOP_NONBLOCK);
    return reply;
}

static bool holds(struct slice text, const char *part)
{
    size_t n = strlen(part);
    for (size_t i = 0; i + n <= text.n; i++)
        if (slice_eq(slice_sub(text, i, n), slice_str(part)))
            return true;
    return false;
}

#define CLOSE "Host: localhost\r\nConnection: close\r\n\r\n"

static const struct http_case {
    const char *name, *unwell, *request, *status;
    const char *has, *has_not;
} http_cases[] = {
    {"the metrics", NULL, "GET /metrics HTTP/1.1\r\n" CLOSE, "HTTP/1.1 200 ",
     "\r\n\r\n# HELP waybill_", NULL},
    {"their type", NULL, "GET /metrics HTTP/1.0\r\n\r\n", "HTTP/1.0 200 ",
     "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n", NULL},
    {"with a query", NULL, "GET /metrics?name[]=x HTTP/1.1\r\n" CLOSE, "HTTP/1.1 200 ", "# TYPE ",
     NULL},
    {"the head alone", NULL, "HEAD /metrics HTTP/1.1\r\n" CLOSE, "HTTP/1.1 200 ", NULL, "# HELP"},
    {"well", NULL, "GET /health HTTP/1.1\r\n" CLOSE, "HTTP/1.1 200 ", "\r\n\r\nok\n", NULL},
    {"unwell", "stopping", "GET /health HTTP/1.1\r\n" CLOSE, "HTTP/1.1 503 ", "\r\n\r\nstopping\n",
     NULL},
    {"unwell, and counting goes on", "stopping", "GET /metrics HTTP/1.1\r\n" CLOSE, "HTTP/1.1 200 ",
     "# HELP", NULL},
    {"the root", NULL, "GET / HTTP/1.1\r\n" CLOSE, "HTTP/1.1 404 ", NULL, "# HELP"},
    {"below a page", NULL, "GET /metrics/x HTTP/1.1\r\n" CLOSE, "HTTP/1.1 404 ", NULL, "# HELP"},
    {"a path that climbs", NULL, "GET /../../etc/passwd HTTP/1.1\r\n" CLOSE, "HTTP/1.1 404 ", NULL,
     "root:"},
    {"a path is not shown again", NULL, "GET /<script> HTTP/1.1\r\n" CLOSE, "HTTP/1.1 4", NULL,
     "<script>"},
    {"another method", NULL, "POST /metrics HTTP/1.1\r\nContent-Length: 3\r\n" CLOSE "a=b",
     "HTTP/1.1 405 ", "Allow: GET, HEAD\r\n", "# HELP"},
    {"another method elsewhere", NULL, "DELETE /x HTTP/1.1\r\n" CLOSE, "HTTP/1.1 404 ", NULL, NULL},
    {"a method that changes", NULL, "DELETE /health HTTP/1.1\r\n" CLOSE, "HTTP/1.1 405 ", NULL,
     "ok\n"},
    {"a body that is too long", NULL, "POST /metrics HTTP/1.1\r\nContent-Length: 1000000\r\n" CLOSE,
     "HTTP/1.1 413 ", NULL, "# HELP"},
    {"what is no request", NULL, "\x16\x03\x01\x02\r\n\r\n", "HTTP/1.", " 400 ", "# HELP"},
};

static void requests(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof http_cases / sizeof http_cases[0]; i++) {
        const struct http_case *c = &http_cases[i];
        unwell_why = c->unwell;
        struct buffer reply = exchange(slice_str(c->request));
        struct slice text = buffer_slice(&reply);
        if (!slice_starts(text, slice_str(c->status)) || (c->has && !holds(text, c->has)) ||
            (c->has_not && holds(text, c->has_not)))
            fail_msg("%s: %.*s", c->name, (int)(text.n < 400 ? text.n : 400), (const char *)text.p);
        buffer_free(&reply);
    }
}

/* It is not kept until there is no memory left. */
static void an_endless_header_is_cut_off(void **state)
{
    (void)state;
    struct buffer request = buffer_new((size_t)1 << 20);
    buffer_add_str(&request, "GET /metrics HTTP/1.1\r\n");
    for (size_t i = 0; i < 2000; i++)
        buffer_printf(&request, "X-%zu: 0123456789012345678901234567890123456789\r\n", i);
    buffer_add_str(&request, CLOSE);
    struct buffer reply = exchange(buffer_slice(&request));
    assert_false(holds(buffer_slice(&reply), "# HELP"));
    buffer_free(&request);
    buffer_free(&reply);
}

static void two_requests_of_one_connection(void **state)
{
    (void)state;
    unwell_why = NULL;
    struct buffer reply = exchange(SLICE("GET /health HTTP/1.1\r\nHost: a\r\n\r\n"
                                         "GET /metrics HTTP/1.1\r\n" CLOSE));
    assert_true(holds(buffer_slice(&reply), "\r\n\r\nok\n"));
    assert_true(holds(buffer_slice(&reply), "# HELP"));
    buffer_free(&reply);
}

static const struct refused_case {
    const char *name, *address;
} refused_cases[] = {
    {"every address", "0.0.0.0:9100"}, {"another's address", "192.0.2.1:9100"},
    {"no port", "127.0.0.1"},          {"port 0", "127.0.0.1:0"},
    {"a name", "localhost:9100"},      {"nothing", ""},
};

static void only_loopback(void **state)
{
    (void)state;
    char why[160], taken[32];
    for (size_t i = 0; i < sizeof refused_cases / sizeof refused_cases[0]; i++) {
        why[0] = '\0';
        if (metrics_http_new(base, refused_cases[i].address, unwell, &port, why) || !why[0])
            fail_msg("%s: %s", refused_cases[i].name, why);
    }
    snprintf(taken, sizeof taken, "127.0.0.1:%u", (unsigned)port);
    assert_null(metrics_http_new(base, taken, unwell, &port, why));
    assert_true(holds(slice_str(why), "cannot be had"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests),
        cmocka_unit_test(an_endless_header_is_cut_off),
        cmocka_unit_test(two_requests_of_one_connection),
        cmocka_unit_test(only_loopback),
    };
    return cmocka_run_group_tests_name("metrics_http", tests, set_up, tear_down);
}
