/*
 * io/file.h: files and standard streams, with what can be wrong with them by name.
 */
#ifndef IO_FILE_H
#define IO_FILE_H

#include "base/buffer.h"

#include <sys/types.h>

enum file_problem {
    FILE_FINE,
    FILE_MISSING,    /* there is no such file */
    FILE_DIRECTORY,  /* it is a directory */
    FILE_UNREADABLE, /* the system refuses to open or to read it; errno says why */
    FILE_TOO_LARGE,  /* it has more octets than the ceiling */
    FILE_SHARED,     /* a private file that its group or others can read */
    FILE_UNCREATED,  /* it cannot be created; errno says why */
    FILE_UNWRITTEN,  /* it was created, but not all of it could be written; errno says why */
    FILE_NOMEM,
};

/* Octets of one piece of a stream. */
enum { FILE_PIECE_OCTETS = 65536 };

/* A file that is read from its beginning to its end. */
struct file {
    int fd;
    bool standard; /* standard input, which is not ours to close */
    mode_t mode;   /* permission bits, once it is open */
    uint8_t *piece;
};

/* Opens a file for reading; NULL or "-" is standard input. What was not opened needs no close. */
enum file_problem file_open(const char *path, struct file *out);
/* The next octets, valid until the next call; none at the end. */
enum file_problem file_next(struct file *file, struct slice *out);
void file_close(struct file *file);

/* Appends a whole file; at the buffer's ceiling it is FILE_TOO_LARGE. */
enum file_problem file_read(const char *path, struct buffer *out);
/* The same for a file that only its owner may read; *mode is set where it is FILE_SHARED. */
enum file_problem file_read_private(const char *path, struct buffer *out, mode_t *mode);

/* Writes a file, over one that is there. */
enum file_problem file_write(const char *path, struct slice octets);
/* Writes a new file that only its owner may read; one that is there is never touched. */
enum file_problem file_write_private(const char *path, struct slice octets);
/* Writes all octets to an open descriptor; false: errno says why. */
bool file_write_all(int fd, struct slice octets);

/* Octets that hold a secret: overwritten, then freed. */
void file_wipe(struct buffer *secret);

#endif
