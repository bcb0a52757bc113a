/*
 * io/spool.h: where arrivals are kept, written and read by a thread of its own, so that no worker
 * ever waits for a disk or a server.
 *
 * An arrival is there whole or not at all: it is written under another name, and renamed when all
 * of it is. It is not synced: a copy that is lost costs a hop, never a message.
 *
 * They are in a folder that one process has: with a ceiling of octets and of age; what is over it
 * goes, the oldest first. Or in a Redis or Valkey server that hosts share: what is too old goes,
 * and how much there may be is the server's own setting.
 */
#ifndef IO_SPOOL_H
#define IO_SPOOL_H

#include "base/buffer.h"
#include "io/config_socket.h"
#include "waybill/status.h"

struct event_base;
struct spool;

struct spool_settings {
    const char *path;                   /* of a folder; NULL: it is a server */
    const struct config_socket *server; /* copied */
    struct slice password; /* of the server; empty: it wants none. Outlives the spool */
    uint64_t octets_most;  /* of a folder */
    int64_t age_most;      /* seconds */
};

/*
 * A folder is made with mode 0700 where it is not there. What a killed process left unfinished is
 * removed. A server that cannot be reached is none of the spool's failures: it is tried again. NULL
 * fills why: what is wrong: what to do; otherwise it is empty, or says why the server is away.
 */
struct spool *spool_open(const struct spool_settings *settings, char why[160]);
/* Waits so long for what is under way. False: the disk, or the server, does not answer, and neither
 * clients nor the spool can be freed without waiting for it. NULL is fine. */
bool spool_settle(struct spool *spool, unsigned seconds);
/* After its clients. NULL is fine. */
void spool_close(struct spool *spool);

/* Of one worker: what is called back is called in its loop. */
struct spool_client;

enum waybill_status spool_client_new(struct spool *spool, struct event_base *base,
                                     struct spool_client **out);
/* Waits for what is under way; nothing is called back any more. NULL is fine. */
void spool_client_free(struct spool_client *client);

/* --- writing ---------------------------------------------------------------------------------- */

/* An arrival that is being written. It ends when it is committed, or with spool_abandon. */
struct spool_file;

enum waybill_status spool_begin(struct spool_client *client, struct spool_file **out);
/* Copied, and written later. */
enum waybill_status spool_write(struct spool_file *file, struct slice octets);
/* Octets that are not written yet. */
size_t spool_pending(const struct spool_file *file);
/* `call` is called once, when fewer than `below` octets are pending, unless the file ends before.
 */
void spool_drained(struct spool_file *file, size_t below, void (*call)(void *self), void *self);

/* The arrival has its name, or why not. */
typedef void spool_done(void *self, bool kept, const char *why);
/* `id` has 32 hexadecimal digits in lower case. `done` is called unless the file is abandoned
 * before; afterwards the file is no more. */
void spool_commit(struct spool_file *file, const char *id, spool_done *done, void *self);
/* What is not written is given up, and its memory is free at once, whatever the disk does. One that
 * was committed may still come to have its name. */
void spool_abandon(struct spool_file *file);

/* --- reading ---------------------------------------------------------------------------------- */

struct spool_fetching;

/* The file, which the callee may take, leaving an empty buffer; NULL where it cannot be had, and
 * why says why. */
typedef void spool_got(void *self, struct buffer *file, const char *why);
/* Of a client one file at a time is read and called back: however many are waited for, one is in
 * memory. */
enum waybill_status spool_fetch(struct spool_client *client, const char *id, spool_got *got,
                                void *self, struct spool_fetching **out);
/* Nobody waits any more. */
void spool_forget(struct spool_fetching *fetching);

#endif
