#include "peak.h"

#include "drive.h"
#include "mail.h"
#include "measure.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PIECE = 64 * 1024 };

/* A message that is made while it is fed. */
struct stream {
    const struct world *world;
    struct buffer header; /* with its signature, without the blank line */
    size_t body;
};

static enum waybill_status feed(const void *self, struct waybill_message *message)
{
    const struct stream *s = self;
    static uint8_t piece[PIECE];
    memset(piece, 0, sizeof piece); /* the caller's memory is there for a small message too */
    enum waybill_status status = waybill_message_feed(message, s->header.p, s->header.n);
    if (status == WAYBILL_OK)
        status = waybill_message_feed(message, "\r\n", 2);
    for (size_t at = 0, n; at < s->body && status == WAYBILL_OK; at += n) {
        n = s->body - at < PIECE ? s->body - at : PIECE;
        mail_body(piece, at, n, s->body);
        status = waybill_message_feed(message, piece, n);
    }
    return status;
}

/* --- in a process of its own --------------------------------------------------------------------
 */

/* What a child does; what it finds it appends. */
typedef void deed(const struct stream *stream, struct buffer *found);

static void read_all(int fd, struct buffer *out)
{
    uint8_t piece[4096];
    for (ssize_t n; (n = read(fd, piece, sizeof piece)) > 0;)
        buffer_add(out, slice_of(piece, (size_t)n));
}

static void child(deed *what, const struct stream *stream, int fd)
{
    struct buffer found = buffer_new(65536);
    what(stream, &found);
    _exit(write(fd, found.p, found.n) == (ssize_t)found.n ? 0 : 1);
}

/* No child leaves memory behind that the next could use for nothing. */
static void apart(deed *what, const struct stream *stream, struct buffer *found)
{
    int ends[2], status;
    fflush(stdout);
    must(pipe(ends) == 0, "pipe");
    pid_t pid = fork();
    must(pid >= 0, "fork");
    if (pid == 0)
        child(what, stream, ends[1]);
    close(ends[1]);
    read_all(ends[0], found);
    close(ends[0]);
    must(waitpid(pid, &status, 0) == pid && status == 0, "measuring memory");
}

static void sign(const struct stream *stream, struct buffer *found)
{
    drive_sign(stream->world, (struct source){feed, stream}, BENCH_RSA, BENCH_DOMAIN, found);
}

static void verify(const struct stream *stream, struct buffer *found)
{
    struct rusage usage;
    drive_verify(stream->world, (struct source){feed, stream}, WAYBILL_METHOD_DKIM,
                 WAYBILL_RESULT_PASS);
    must(getrusage(RUSAGE_SELF, &usage) == 0, "getrusage");
    long long octets = (long long)usage.ru_maxrss * 1024;
    buffer_add(found, slice_of(&octets, sizeof octets));
}

/* --- the difference -----------------------------------------------------------------------------
 */

static struct stream stream_new(const struct world *world, size_t octets)
{
    struct stream s = {world, buffer_new(65536), 0};
    struct buffer plain = buffer_new(65536);
    mail_header(&plain, 26);
    s.body = octets - plain.n - 2;
    s.header = plain;
    struct buffer signature = buffer_new(65536);
    apart(sign, &s, &signature);
    buffer_add(&signature, buffer_slice(&plain));
    buffer_free(&plain);
    s.header = signature;
    return s;
}

static long long peak_of(const struct stream *stream)
{
    long long octets;
    struct buffer found = buffer_over(&octets, sizeof octets);
    apart(verify, stream, &found);
    must(found.n == sizeof octets, "measuring memory");
    return octets;
}

void peak_run(const struct world *world)
{
    enum { TIMES = 9 };
    double more[TIMES];
    struct stream small = stream_new(world, 4096), large = stream_new(world, 10 << 20);
    for (size_t i = 0; i < TIMES; i++)
        more[i] = (double)(peak_of(&large) - peak_of(&small));
    printf("peak\t%.0f\t%d\n", measure_median(more, TIMES), 256 * 1024);
    fflush(stdout);
    buffer_free(&small.header);
    buffer_free(&large.header);
}
