/*
 * io/notify.h: what a service manager is told (sd_notify(3)).
 */
#ifndef IO_NOTIFY_H
#define IO_NOTIFY_H

/* Lines "KEY=VALUE": READY=1, STOPPING=1. Never waits; nothing is done where nobody listens. */
void notify(const char *state);
/* WATCHDOG=1, where the manager asks for it (WATCHDOG_USEC). */
void notify_alive(void);
/* RELOADING=1 with the time that belongs to it. */
void notify_reloading(void);

#endif
