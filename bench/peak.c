#include "peak.h"

#include "custody.h"
#include "mail.h"
#include "measure.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PIECE = 64 * 1024, SMALL = 4096, LARGE = 10 << 20, LINES_APART = 900 };

/* A message that is made while it is fed. */
struct stream {
    const struct world *world;
    struct buffer header; /* with its signatures, without the blank line */
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

static void add_peak(struct buffer *found)
{
    struct rusage usage;
    must(getrusage(RUSAGE_SELF, &usage) == 0, "getrusage");
    long long octets = (long long)usage.ru_maxrss * 1024;
    buffer_add(found, slice_of(&octets, sizeof octets));
}

static void verify(const struct stream *stream, struct buffer *found)
{
    drive_verify(stream->world, (struct source){feed, stream}, WAYBILL_METHOD_DKIM,
                 WAYBILL_RESULT_PASS);
    add_peak(found);
}

/* --- with a recipe ------------------------------------------------------------------------------
 */

/* The body as the author sent it: the list changed a line here and there. */
static void add_before(struct slice after, struct buffer *out)
{
    size_t line = 0;
    for (size_t at = 0, n; at < after.n; at += n, line++) {
        n = slice_find(after, '\n', at) + 1 - at;
        if (line % LINES_APART == 0)
            buffer_add_str(out, "> ");
        buffer_add(out, slice_sub(after, at, n));
    }
}

static struct buffer on_top_of(struct slice fields, struct slice message)
{
    struct buffer both = buffer_new(MAIL_OCTETS_MOST);
    buffer_add(&both, fields);
    buffer_add(&both, message);
    must(both.status == WAYBILL_OK, "making a message");
    return both;
}

/* Two hops, of which the second is the list. */
static void sign_revised(const struct stream *stream, struct buffer *found)
{
    struct buffer before = on_top_of(buffer_slice(&stream->header), SLICE("\r\n"));
    struct buffer after = on_top_of(buffer_slice(&before), slice_of(NULL, 0));
    must(buffer_reserve(&after, stream->body), "making a message");
    mail_body(after.p + after.n, 0, stream->body, stream->body);
    add_before(slice_of(after.p + after.n, stream->body), &before);
    after.n += stream->body;
    struct buffer first = buffer_new(65536);
    struct slice sent = buffer_slice(&before);
    custody_sign(stream->world, source_of(&sent), 1, NULL, &first);
    struct buffer arriving = on_top_of(buffer_slice(&first), sent);
    struct buffer leaving = on_top_of(buffer_slice(&first), buffer_slice(&after));
    struct slice arrived = buffer_slice(&arriving), leaves = buffer_slice(&leaving);
    custody_sign(stream->world, source_of(&leaves), 2, &arrived, found);
    buffer_add(found, buffer_slice(&first)); /* the process ends: what it holds goes with it */
}

static void verify_revised(const struct stream *stream, struct buffer *found)
{
    struct place last;
    custody_place(2, &last);
    custody_verify(stream->world, (struct source){feed, stream}, &last);
    add_peak(found);
}

/* --- the difference -----------------------------------------------------------------------------
 */

static struct stream stream_new(const struct world *world, deed *sign_it, size_t octets)
{
    struct stream s = {world, buffer_new(65536), 0};
    struct buffer plain = buffer_new(65536);
    mail_header(&plain, 26);
    s.body = octets - plain.n - 2;
    s.header = plain;
    struct buffer signature = buffer_new(65536);
    apart(sign_it, &s, &signature);
    buffer_add(&signature, buffer_slice(&plain));
    buffer_free(&plain);
    s.header = signature;
    return s;
}

static long long peak_of(deed *verify_it, const struct stream *stream)
{
    long long octets;
    struct buffer found = buffer_over(&octets, sizeof octets);
    apart(verify_it, stream, &found);
    must(found.n == sizeof octets, "measuring memory");
    return octets;
}

static void row(const struct world *world, const char *what, deed *sign_it, deed *verify_it,
                int wanted)
{
    enum { TIMES = 9 };
    double more[TIMES];
    struct stream small = stream_new(world, sign_it, SMALL);
    struct stream large = stream_new(world, sign_it, LARGE);
    for (size_t i = 0; i < TIMES; i++)
        more[i] = (double)(peak_of(verify_it, &large) - peak_of(verify_it, &small));
    printf("%s\t%.0f\t%d\n", what, measure_median(more, TIMES), wanted);
    fflush(stdout);
    buffer_free(&small.header);
    buffer_free(&large.header);
}

void peak_run(const struct world *world)
{
    row(world, "peak", sign, verify, 256 * 1024);
    row(world, "peak-recipe", sign_revised, verify_revised, 1 << 20);
}
