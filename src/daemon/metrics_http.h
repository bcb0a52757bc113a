/*
 * daemon/metrics_http.h: /metrics and /health over HTTP, for the host alone.
 *
 * GET and HEAD of these two; any other path is 404, any other method 405. Requests with more than
 * some kilobytes, and clients that are silent for some seconds, are let go.
 */
#ifndef DAEMON_METRICS_HTTP_H
#define DAEMON_METRICS_HTTP_H

struct event_base;
struct metrics_http;

/* NULL: all is well; else what is not, in words of ours, for a 503 of /health. */
typedef const char *metrics_unwell(void *self);

/* At "ADDRESS:PORT" of loopback, in the loop of `base`, which outlives it. NULL fills why. */
struct metrics_http *metrics_http_new(struct event_base *base, const char *address,
                                      metrics_unwell *unwell, void *self, char why[160]);
/* NULL is fine. */
void metrics_http_free(struct metrics_http *http);

#endif
