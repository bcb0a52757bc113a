/*
 * daemon/metrics_http.h: /metrics and /health, for the host alone.
 */
#ifndef DAEMON_METRICS_HTTP_H
#define DAEMON_METRICS_HTTP_H

struct event_base;
struct metrics_http;

/* NULL: all is well; else what is not, for a 503 of /health. */
typedef const char *metrics_unwell(void *self);

/* At "ADDRESS:PORT" of loopback. NULL fills why. */
struct metrics_http *metrics_http_new(struct event_base *base, const char *address,
                                      metrics_unwell *unwell, void *self, char why[160]);
void metrics_http_free(struct metrics_http *http);

#endif
