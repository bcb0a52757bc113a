/*
 * Two stages. The first, for the relaxed form only, deals with white space: it looks for the next
 * octet that must change, many at a time, and passes on what lies before it untouched. The second
 * holds back line ends, since those at the end of the body do not count.
 */
#include "base/wide.h"
#include "mail/canon.h"

enum { BLOCK = 2048, UNSURE = 255 };

static enum waybill_status flush(struct canon_body *body)
{
    struct slice run = slice_of(body->gathered, body->n_gathered);
    body->n_gathered = 0;
    return run.n ? body->sink.take(body->sink.self, run) : WAYBILL_OK;
}

/* Short runs are gathered: a digest takes one long run faster than ten short ones. */
static enum waybill_status give(struct canon_body *body, struct slice run)
{
    bool is_long = run.n > body->room / 2;
    if (is_long || run.n > body->room - body->n_gathered) {
        enum waybill_status status = flush(body);
        if (status != WAYBILL_OK)
            return status;
    }
    if (is_long)
        return body->sink.take(body->sink.self, run);
    memcpy(body->gathered + body->n_gathered, run.p, run.n);
    body->n_gathered += run.n;
    return WAYBILL_OK;
}

static enum waybill_status give_crlfs(struct canon_body *body, uint64_t n)
{
    static const uint8_t line_ends[] =
        "\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n";
    enum waybill_status status = WAYBILL_OK;
    while (n > 0 && status == WAYBILL_OK) {
        size_t here = n < (sizeof line_ends - 1) / 2 ? (size_t)n : (sizeof line_ends - 1) / 2;
        status = give(body, slice_of(line_ends, here * 2));
        n -= here;
    }
    return status;
}

/* --- second stage: line ends ------------------------------------------------------------------ */

/* Line ends at the end of the run, which holds no part of one before or behind it. */
static size_t trailing_crlfs(struct slice run)
{
    size_t n = 0;
    while (run.n - n >= 2 && run.p[run.n - n - 1] == '\n' && run.p[run.n - n - 2] == '\r')
        n += 2;
    return n;
}

/* A run that neither begins nor ends inside a CRLF. */
static enum waybill_status hold(struct canon_body *body, struct slice run)
{
    size_t tail = trailing_crlfs(run);
    struct slice before = slice_sub(run, 0, run.n - tail);
    if (before.n > 0) {
        enum waybill_status status = give_crlfs(body, body->crlfs);
        if (status == WAYBILL_OK)
            status = give(body, before);
        if (status != WAYBILL_OK)
            return status;
        body->crlfs = 0;
        body->any = true;
    }
    body->crlfs += tail / 2;
    return WAYBILL_OK;
}

static enum waybill_status simple_update(struct canon_body *body, struct slice octets)
{
    if (body->cr && octets.n > 0) {
        body->cr = false;
        bool pair = octets.p[0] == '\n';
        enum waybill_status status = hold(body, pair ? SLICE("\r\n") : SLICE("\r"));
        if (status != WAYBILL_OK)
            return status;
        octets = slice_from(octets, pair ? 1 : 0);
    }
    if (octets.n > 0 && octets.p[octets.n - 1] == '\r') {
        body->cr = true;
        octets.n--;
    }
    return hold(body, octets);
}

/* --- first stage: white space ----------------------------------------------------------------- */

/* Octets of which the relaxed form is not sure to be the octet itself, found a block at a time. */
struct scan {
    struct slice s;
    size_t block;         /* where the block that `flags` is of begins */
    size_t n;             /* flags that are known: BLOCK, fewer at the end */
    uint8_t flags[BLOCK]; /* UNSURE for such an octet, else 0 */
};

/* HTAB, and SP before white space or CR: they change, or may have to. */
WIDE static void flag_changes(const uint8_t *p, size_t n, uint8_t *flags)
{
    for (size_t k = 0; k < n; k++)
        flags[k] = wide_same(p[k], '\t') |
                   (wide_same(p[k], ' ') & (wide_same(p[k + 1], ' ') | wide_same(p[k + 1], '\t') |
                                            wide_same(p[k + 1], '\r')));
}

/* The last octet is never sure if it is white space or CR. */
static void look_at(struct scan *scan, size_t from)
{
    size_t left = scan->s.n - from;
    uint8_t last = scan->s.p[scan->s.n - 1];
    scan->block = from;
    scan->n = left < BLOCK ? left : BLOCK;
    flag_changes(scan->s.p + from, left > BLOCK ? BLOCK : left - 1, scan->flags);
    if (left <= BLOCK)
        scan->flags[left - 1] = octet_is_wsp(last) || last == '\r' ? UNSURE : 0;
}

/* Offset of the first such octet at or after `from`; s.n if there is none. */
static size_t next_change(struct scan *scan, size_t from)
{
    while (from < scan->s.n) {
        if (from - scan->block >= scan->n)
            look_at(scan, from);
        size_t k = slice_find(slice_of(scan->flags, scan->n), UNSURE, from - scan->block);
        if (k < scan->n)
            return scan->block + k;
        from = scan->block + scan->n;
    }
    return scan->s.n;
}

/* One octet, where white space or a CR is pending or begins. */
static enum waybill_status relax_octet(struct canon_body *body, uint8_t c)
{
    enum waybill_status status = WAYBILL_OK;
    if (body->cr) {
        body->cr = false;
        if (c == '\n') { /* white space at the end of a line goes */
            body->wsp = false;
            return hold(body, SLICE("\r\n"));
        }
        status = hold(body, body->wsp ? SLICE(" \r") : SLICE("\r"));
        body->wsp = false;
    }
    if (status != WAYBILL_OK)
        return status;
    if (octet_is_wsp(c)) {
        body->wsp = true;
        return WAYBILL_OK;
    }
    if (c == '\r') {
        body->cr = true;
        return WAYBILL_OK;
    }
    uint8_t text[2] = {' ', c};
    struct slice run = body->wsp ? slice_of(text, 2) : slice_of(text + 1, 1);
    body->wsp = false;
    return hold(body, run);
}

/* What begins with white space at `at`, and whose end is in sight: where the next run begins. A run
 * that takes the first octet of the white space with it needs no space of its own. */
static enum waybill_status relax_run(struct canon_body *body, struct slice s, size_t from,
                                     size_t at, size_t end)
{
    bool line_ends = s.p[end] == '\r' && s.p[end + 1] == '\n';
    if (line_ends || s.p[at] == ' ')
        return hold(body, slice_sub(s, from, at + !line_ends - from));
    enum waybill_status status = hold(body, slice_sub(s, from, at - from));
    return status == WAYBILL_OK ? hold(body, SLICE(" ")) : status;
}

static enum waybill_status relaxed_update(struct canon_body *body, struct slice octets)
{
    enum waybill_status status = WAYBILL_OK;
    struct scan scan;
    scan.s = octets;
    scan.block = scan.n = 0;
    size_t from = 0;
    while (from < octets.n && (body->wsp || body->cr) && status == WAYBILL_OK)
        status = relax_octet(body, octets.p[from++]);
    while (from < octets.n && status == WAYBILL_OK) {
        size_t at = next_change(&scan, from), end = at;
        while (end < octets.n && octet_is_wsp(octets.p[end]))
            end++;
        if (end + 1 >= octets.n) { /* what follows decides, and is not there yet */
            status = hold(body, slice_sub(octets, from, at - from));
            for (from = at; from < octets.n && status == WAYBILL_OK; from++)
                status = relax_octet(body, octets.p[from]);
            return status;
        }
        status = relax_run(body, octets, from, at, end);
        from = end;
    }
    return status;
}

/* ---------------------------------------------------------------------------------------------- */

enum waybill_status canon_body_update(struct canon_body *body, struct slice octets)
{
    return body->form == CANON_SIMPLE ? simple_update(body, octets) : relaxed_update(body, octets);
}

enum waybill_status canon_body_final(struct canon_body *body)
{
    enum waybill_status status = WAYBILL_OK;
    if (body->cr)
        status = hold(body, body->wsp ? SLICE(" \r") : SLICE("\r"));
    /* Section 3.4.3: what has no line end at its end gets one; an empty body is one line end.
     * Section 3.4.4: an empty body stays empty. White space before the end goes. */
    if (status == WAYBILL_OK && (body->any || body->form == CANON_SIMPLE))
        status = give_crlfs(body, 1);
    return status == WAYBILL_OK ? flush(body) : status;
}
