#include "io/file.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum file_problem problem_of_errno(void)
{
    switch (errno) {
    case ENOENT:
    case ENOTDIR:
        return FILE_MISSING;
    case EISDIR:
        return FILE_DIRECTORY;
    case ENOMEM:
        return FILE_NOMEM;
    default:
        return FILE_UNREADABLE;
    }
}

/* What is open is asked, not its name: the name may mean another file a moment later. */
static enum file_problem look_at(struct file *file)
{
    struct stat facts;
    if (fstat(file->fd, &facts) != 0)
        return FILE_UNREADABLE;
    if (S_ISDIR(facts.st_mode))
        return FILE_DIRECTORY;
    file->mode = facts.st_mode & 07777;
    file->piece = malloc(FILE_PIECE_OCTETS);
    return file->piece ? FILE_FINE : FILE_NOMEM;
}

enum file_problem file_open(const char *path, struct file *out)
{
    *out = (struct file){.standard = !path || strcmp(path, "-") == 0};
    out->fd = out->standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (out->fd < 0)
        return problem_of_errno();
    enum file_problem problem = look_at(out);
    if (problem != FILE_FINE)
        file_close(out);
    return problem;
}

enum file_problem file_next(struct file *file, struct slice *out)
{
    ssize_t n;
    do
        n = read(file->fd, file->piece, FILE_PIECE_OCTETS);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return problem_of_errno();
    *out = slice_of(file->piece, (size_t)n);
    return FILE_FINE;
}

void file_close(struct file *file)
{
    int kept = errno;
    if (!file->standard)
        close(file->fd);
    free(file->piece);
    *file = (struct file){.fd = -1};
    errno = kept;
}

static enum file_problem read_rest(struct file *file, struct buffer *out)
{
    for (;;) {
        struct slice piece;
        enum file_problem problem = file_next(file, &piece);
        if (problem != FILE_FINE || piece.n == 0)
            return problem;
        buffer_add(out, piece);
        if (out->status != WAYBILL_OK)
            return out->status == WAYBILL_LIMIT ? FILE_TOO_LARGE : FILE_NOMEM;
    }
}

enum file_problem file_read(const char *path, struct buffer *out)
{
    struct file file;
    enum file_problem problem = file_open(path, &file);
    if (problem != FILE_FINE)
        return problem;
    problem = read_rest(&file, out);
    file_close(&file);
    return problem;
}

enum file_problem file_read_private(const char *path, struct buffer *out, mode_t *mode)
{
    struct file file;
    enum file_problem problem = file_open(path, &file);
    if (problem != FILE_FINE)
        return problem;
    *mode = file.mode;
    /* All the room at once: a buffer that grows leaves copies of the secret behind. */
    if (*mode & (S_IRWXG | S_IRWXO))
        problem = FILE_SHARED;
    else if (!buffer_reserve(out, out->ceiling - out->n))
        problem = FILE_NOMEM;
    else
        problem = read_rest(&file, out);
    OPENSSL_cleanse(file.piece, FILE_PIECE_OCTETS);
    file_close(&file);
    return problem;
}

bool file_write_all(int fd, struct slice octets)
{
    while (octets.n) {
        ssize_t n = write(fd, octets.p, octets.n);
        if (n < 0 && errno != EINTR)
            return false;
        if (n > 0)
            octets = slice_from(octets, (size_t)n);
    }
    return true;
}

static enum file_problem write_and_close(int fd, struct slice octets)
{
    bool written = file_write_all(fd, octets);
    int kept = errno;
    if (close(fd) != 0 && written)
        return FILE_UNWRITTEN;
    errno = kept;
    return written ? FILE_FINE : FILE_UNWRITTEN;
}

enum file_problem file_write(const char *path, struct slice octets)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    return fd < 0 ? FILE_UNCREATED : write_and_close(fd, octets);
}

enum file_problem file_write_private(const char *path, struct slice octets)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return FILE_UNCREATED;
    enum file_problem problem = write_and_close(fd, octets);
    if (problem != FILE_FINE) {
        int kept = errno;
        unlink(path);
        errno = kept;
    }
    return problem;
}

void file_wipe(struct buffer *secret)
{
    OPENSSL_cleanse(secret->p, secret->n);
    buffer_free(secret);
}
