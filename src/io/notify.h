/*
 * io/notify.h: what a service manager is told (sd_notify(3)).
 */
#ifndef IO_NOTIFY_H
#define IO_NOTIFY_H

/* Lines "KEY=VALUE": READY=1, STOPPING=1, STATUS=…, WATCHDOG=1; one datagram to the socket that
 * NOTIFY_SOCKET names, of a path or, after '@', of the abstract name space. Nothing is done where
 * nobody listens. */
void notify(const char *state);
/* WATCHDOG=1, where a manager wants it. */
void notify_alive(void);
/* RELOADING=1 with the time that belongs to it. */
void notify_reloading(void);

#endif
