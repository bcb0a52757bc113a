/*
 * io/spool_store.h: where a spool keeps arrivals: a folder, or a server. Of one thread, which may
 * wait.
 */
#ifndef IO_SPOOL_STORE_H
#define IO_SPOOL_STORE_H

#include "base/buffer.h"
#include "base/text_error.h"
#include "io/spool.h"

enum {
    SPOOL_ID_OCTETS = 32,
    SPOOL_SWEEP_SECONDS = 600, /* how long what is too old may be there yet */
};

/* What is said of an arrival that is not there. */
#define SPOOL_GONE "the arrival is gone: it was kept for too short a time, or elsewhere"

/* One arrival that is being written. */
struct spool_writing {
    bool begun;
    int fd;          /* of a folder */
    uint64_t number; /* its own, in a store */
    uint64_t octets;
};

struct spool_store;

struct spool_store_kind {
    /* What fails fills why, and the writing is then to be abandoned. */
    void (*write)(struct spool_store *store, struct spool_writing *writing, struct slice octets,
                  char why[TEXT_WHY_OCTETS]);
    void (*commit)(struct spool_store *store, struct spool_writing *writing, const char *id,
                   char why[TEXT_WHY_OCTETS]);
    void (*abandon)(struct spool_store *store, struct spool_writing *writing);
    /* Appends a whole arrival; false fills why. */
    bool (*read)(struct spool_store *store, const char *id, struct buffer *out,
                 char why[TEXT_WHY_OCTETS]);
    /* Removes what is too old, and the oldest where there is too much. Called often. */
    void (*sweep)(struct spool_store *store);
    void (*close)(struct spool_store *store);
};

/* The first member of each store. */
struct spool_store {
    const struct spool_store_kind *kind;
};

/* NULL fills why; a server that is away is none: why, then not empty, says so. */
struct spool_store *spool_folder_open(const struct spool_settings *settings,
                                      char why[TEXT_WHY_OCTETS]);
struct spool_store *spool_server_open(const struct spool_settings *settings,
                                      char why[TEXT_WHY_OCTETS]);

#endif
