/*
 * daemon/server.h: the daemon from its start to its end.
 */
#ifndef DAEMON_SERVER_H
#define DAEMON_SERVER_H

#include "daemon/settings.h"
#include "io/log.h"

/* What the command line says. */
struct server_options {
    const char *config;   /* the file; NULL: SERVER_CONFIG, where it is there */
    const char *dns;      /* a file of answers instead of the DNS */
    int64_t dns_delay_ms; /* the time each of them takes */
    int64_t now;          /* the time of all messages, in seconds since 1970 UTC; 0: the clock's */
};

#define SERVER_CONFIG "/etc/waybill/waybill.conf"

/* Runs until SIGTERM or SIGINT. Exit statuses are those of sysexits.h. */
int server_run(const struct server_options *options);

/* The text of the configuration; empty where there is none and none was named. 0, or an exit status
 * after it is said why. */
int server_read_config(struct log *log, const struct server_options *options, const char **file,
                       struct buffer *text);

#endif
