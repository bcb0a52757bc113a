/*
 * io/spool_folder.h: the files of a spool. Of one thread; it may wait for the disk.
 */
#ifndef IO_SPOOL_FOLDER_H
#define IO_SPOOL_FOLDER_H

#include "base/buffer.h"
#include "io/spool.h"

enum { SPOOL_ID_OCTETS = 32 };

struct spool_folder;

/* One file that is being written. */
struct spool_writing {
    int fd; /* -1: not begun */
    uint64_t octets, number;
};

static inline struct spool_writing spool_writing_new(void)
{
    return (struct spool_writing){-1, 0, 0};
}

struct spool_folder *spool_folder_open(const struct spool_settings *settings, char why[160]);
void spool_folder_close(struct spool_folder *folder);

/* What fails fills why, and the writing is then to be abandoned. */
void spool_folder_write(struct spool_folder *folder, struct spool_writing *writing,
                        struct slice octets, char why[160]);
void spool_folder_commit(struct spool_folder *folder, struct spool_writing *writing, const char *id,
                         char why[160]);
void spool_folder_abandon(struct spool_folder *folder, struct spool_writing *writing);

/* Appends a whole file; false fills why. */
bool spool_folder_read(struct spool_folder *folder, const char *id, struct buffer *out,
                       char why[160]);

/* Removes what is too old, where it is `due`, and the oldest where there is too much. */
void spool_folder_sweep(struct spool_folder *folder, bool due);

#endif
