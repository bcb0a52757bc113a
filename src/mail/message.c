/*
 * A message as it comes in: octets -> lines that end in CRLF -> header lines, then body.
 *
 *     feed --> normalise --> header lines --(blank line, or a line that is no field)--> body
 *                                 |                                                      |
 *                            header_done: cut into fields,                         observe, digest
 *                            clients say which digests they want
 */
#include "mail/message.h"

#include "base/buffer.h"
#include "base/limits.h"
#include "crypto/engine.h"
#include "mail/observe.h"

#include <stdlib.h>

/* What is looked at and hashed in one go: fits the first-level cache. */
enum { CHUNK_OCTETS = 16384 };
/* Most headers fit; larger ones double it. */
enum { HEADER_OCTETS_USUAL = 8192 };

enum line_end { LINE_END_UNKNOWN, LINE_END_CRLF, LINE_END_LF };
enum stage { STAGE_EMPTY, STAGE_HEADER, STAGE_BODY, STAGE_ENDED };

struct waybill_message {
    struct waybill_engine *engine;
    struct arena arena;
    enum waybill_status status;
    enum stage stage;
    struct message_client *clients;
    struct waybill_check *check;

    enum waybill_lines lines;
    enum line_end line_end;
    bool held_cr; /* a CR whose next octet decides what it is */
    uint64_t octets;

    struct buffer text; /* of the header */
    size_t line_at;     /* where its last line begins */
    size_t n_fields;
    bool any_line;
    struct header header;

    struct body body;
    uint64_t body_octets;
    uint8_t body_before; /* the octet before the next one of the body */
    struct oddity_count oddities[ODDITIES];
    bool measure;
    struct line_measure header_lines, body_lines;
};

static const char *const oddity_words[ODDITIES] = {
    [ODDITY_LONE_CR] = "lone-cr",           [ODDITY_LONE_LF] = "lone-lf",
    [ODDITY_CRLF_AMID_LF] = "crlf-amid-lf", [ODDITY_NUL] = "nul",
    [ODDITY_EIGHT_BIT] = "8-bit",           [ODDITY_MBOX_FROM] = "mbox-from",
    [ODDITY_NOT_A_FIELD] = "not-a-field",   [ODDITY_FOLDED_FIRST] = "folded-first-line",
    [ODDITY_NO_BODY] = "no-body",           [ODDITY_NO_FINAL_CRLF] = "no-final-line-end",
};

const char *oddity_text(enum oddity oddity)
{
    return oddity_words[oddity];
}

enum waybill_status waybill_message_new(struct waybill_engine *engine, enum waybill_lines lines,
                                        struct waybill_message **out)
{
    struct waybill_message *m = calloc(1, sizeof *m);
    *out = m;
    if (!m)
        return WAYBILL_NOMEM;
    m->engine = engine;
    m->lines = lines;
    m->line_end = lines == WAYBILL_LINES_CRLF ? LINE_END_CRLF : LINE_END_UNKNOWN;
    m->arena = arena_new();
    m->text = buffer_new(LIMIT_HEADER_OCTETS);
    buffer_reserve(&m->text, HEADER_OCTETS_USUAL);
    m->body = body_new(&m->arena, engine->crypto);
    m->body_before = '\n';
    return WAYBILL_OK;
}

void waybill_message_free(struct waybill_message *m)
{
    if (!m)
        return;
    body_drop(&m->body);
    buffer_free(&m->text);
    arena_free(&m->arena);
    free(m);
}

/* --- body ------------------------------------------------------------------------------------- */

static void note(struct waybill_message *m, const struct observed *seen, bool in_body)
{
    const struct {
        enum oddity oddity;
        uint64_t n;
    } found[] = {{ODDITY_LONE_CR, seen->lone_cr},
                 {ODDITY_LONE_LF, seen->lone_lf},
                 {ODDITY_NUL, seen->nul},
                 {ODDITY_EIGHT_BIT, seen->eight_bit}};
    for (size_t i = 0; i < sizeof found / sizeof found[0]; i++) {
        struct oddity_count *count = &m->oddities[found[i].oddity];
        *(in_body ? &count->body : &count->header) += found[i].n;
    }
}

static enum waybill_status body_octets_in(struct waybill_message *m, struct slice octets)
{
    enum waybill_status status = WAYBILL_OK;
    for (size_t at = 0; at < octets.n && status == WAYBILL_OK; at += CHUNK_OCTETS) {
        struct slice chunk = slice_sub(octets, at, CHUNK_OCTETS);
        struct observed seen = {0};
        observe(chunk, &m->body_before, &seen);
        note(m, &seen, true);
        if (m->measure)
            measure_lines(chunk, &m->body_lines);
        m->body_octets += chunk.n;
        status = body_update(&m->body, chunk);
        for (struct message_client *c = m->clients; c && status == WAYBILL_OK; c = c->next)
            status = c->body ? c->body(c->self, chunk) : WAYBILL_OK;
    }
    return status;
}

/* --- header ----------------------------------------------------------------------------------- */

/* The header is text[0 … end); what stands behind it there is the first line of the body. */
static enum waybill_status header_done(struct waybill_message *m, size_t end)
{
    struct slice header = slice_sub(buffer_slice(&m->text), 0, end);
    struct slice rest = slice_from(buffer_slice(&m->text), end);
    struct observed seen = {0};
    uint8_t before = '\n';
    observe(header, &before, &seen);
    note(m, &seen, false);
    if (m->measure)
        measure_lines(header, &m->header_lines);
    m->stage = STAGE_BODY;
    enum waybill_status status = header_parse(&m->arena, header, m->n_fields, &m->header);
    for (struct message_client *c = m->clients; c && status == WAYBILL_OK; c = c->next)
        status = c->header_ended(c->self);
    return status == WAYBILL_OK ? body_octets_in(m, rest) : status;
}

/* A whole line, which ends the header or belongs to it. */
static enum waybill_status header_line(struct waybill_message *m)
{
    struct slice line = slice_from(buffer_slice(&m->text), m->line_at);
    bool first = !m->any_line;
    m->any_line = true;
    if (slice_eq(line, SLICE("\r\n"))) { /* RFC 5322 section 2.1 */
        m->text.n = m->line_at;
        return header_done(m, m->line_at);
    }
    /* "From :" is the field, with white space as RFC 5322 section 4.5 still allows it. */
    if (first && slice_starts(line, SLICE("From ")) && header_name_length(line) == 0) {
        m->oddities[ODDITY_MBOX_FROM].header++;
        m->text.n = m->line_at;
        return WAYBILL_OK;
    }
    bool folded = octet_is_wsp(line.p[0]);
    if (!folded && header_name_length(line) > 0) {
        if (++m->n_fields > LIMIT_HEADER_FIELDS)
            return WAYBILL_LIMIT;
    } else if (!folded || m->n_fields == 0) {
        m->oddities[folded ? ODDITY_FOLDED_FIRST : ODDITY_NOT_A_FIELD].header++;
        return header_done(m, m->line_at);
    }
    m->line_at = m->text.n;
    return WAYBILL_OK;
}

/* *octets: in, what came; out, what belongs to the body. */
static enum waybill_status header_octets_in(struct waybill_message *m, struct slice *octets)
{
    enum waybill_status status = WAYBILL_OK;
    while (octets->n > 0 && m->stage == STAGE_HEADER && status == WAYBILL_OK) {
        size_t lf = slice_find(*octets, '\n', 0);
        size_t n = lf < octets->n ? lf + 1 : lf;
        buffer_add(&m->text, slice_sub(*octets, 0, n));
        *octets = slice_from(*octets, n);
        status = m->text.status;
        struct slice line = slice_from(buffer_slice(&m->text), m->line_at);
        if (status == WAYBILL_OK && line.n >= 2 && line.p[line.n - 1] == '\n' &&
            line.p[line.n - 2] == '\r')
            status = header_line(m);
    }
    return status;
}

/* --- line ends -------------------------------------------------------------------------------- */

/* Octets whose lines end in CRLF. */
static enum waybill_status lines_in(struct waybill_message *m, struct slice octets)
{
    enum waybill_status status = WAYBILL_OK;
    if (m->stage == STAGE_HEADER)
        status = header_octets_in(m, &octets);
    if (status == WAYBILL_OK && m->stage == STAGE_BODY)
        status = body_octets_in(m, octets);
    return status;
}

/* One line or part of one whose lines end in LF; `ended` says that the LF, which is not in s,
 * follows. */
static enum waybill_status lf_line_in(struct waybill_message *m, struct slice s, bool ended)
{
    enum waybill_status status = WAYBILL_OK;
    if (m->held_cr && (s.n > 0 || !ended)) /* not before the LF: an octet of its line */
        status = lines_in(m, SLICE("\r"));
    bool crlf = m->held_cr && s.n == 0 && ended;
    m->held_cr = false;
    if (s.n > 0 && s.p[s.n - 1] == '\r') {
        s.n--;
        m->held_cr = !ended;
        crlf = ended;
    }
    m->oddities[ODDITY_CRLF_AMID_LF].header += crlf && m->stage == STAGE_HEADER;
    m->oddities[ODDITY_CRLF_AMID_LF].body += crlf && m->stage == STAGE_BODY;
    if (status == WAYBILL_OK)
        status = lines_in(m, s);
    return status == WAYBILL_OK && ended ? lines_in(m, SLICE("\r\n")) : status;
}

/* Whole lines of a body that end in LF alone, several at a time: *octets loses those it took. A
 * line that holds a CR before its end, or is longer than there is room, is left. */
static enum waybill_status lf_lines_in(struct waybill_message *m, struct slice *octets)
{
    uint8_t chunk[CHUNK_OCTETS];
    size_t n = 0;
    while (octets->n > 0) {
        size_t lf = slice_find(*octets, '\n', 0);
        if (lf == octets->n || lf + 2 > sizeof chunk - n || (lf > 0 && octets->p[lf - 1] == '\r'))
            break;
        memcpy(chunk + n, octets->p, lf);
        memcpy(chunk + n + lf, "\r\n", 2);
        n += lf + 2;
        *octets = slice_from(*octets, lf + 1);
    }
    return body_octets_in(m, slice_of(chunk, n));
}

static enum waybill_status lf_octets_in(struct waybill_message *m, struct slice octets)
{
    enum waybill_status status = WAYBILL_OK;
    while (octets.n > 0 && status == WAYBILL_OK) {
        if (m->stage == STAGE_BODY && !m->held_cr)
            status = lf_lines_in(m, &octets);
        size_t lf = slice_find(octets, '\n', 0);
        if (octets.n > 0 && status == WAYBILL_OK)
            status = lf_line_in(m, slice_sub(octets, 0, lf), lf < octets.n);
        octets = slice_from(octets, lf + 1);
    }
    return status;
}

/* Until the first line end nothing has to be changed: what was passed on may stay. */
static enum waybill_status detect(struct waybill_message *m, struct slice *octets)
{
    size_t lf = slice_find(*octets, '\n', 0);
    if (lf == octets->n) {
        m->held_cr = octets->n > 0 && octets->p[lf - 1] == '\r';
        enum waybill_status status = lines_in(m, *octets);
        octets->n = 0;
        return status;
    }
    bool crlf = lf > 0 ? octets->p[lf - 1] == '\r' : m->held_cr;
    m->held_cr = false;
    m->line_end = crlf ? LINE_END_CRLF : LINE_END_LF;
    return WAYBILL_OK;
}

static enum waybill_status feed(struct waybill_message *m, struct slice octets)
{
    enum waybill_status status = WAYBILL_OK;
    if (m->line_end == LINE_END_UNKNOWN && octets.n > 0)
        status = detect(m, &octets);
    if (status != WAYBILL_OK || octets.n == 0)
        return status;
    return m->line_end == LINE_END_CRLF ? lines_in(m, octets) : lf_octets_in(m, octets);
}

static enum waybill_status end_header(struct waybill_message *m)
{
    enum waybill_status status = WAYBILL_OK;
    if (m->text.n > m->line_at) {
        m->oddities[ODDITY_NO_FINAL_CRLF].header++;
        buffer_add(&m->text, SLICE("\r\n"));
        status = m->text.status == WAYBILL_OK ? header_line(m) : m->text.status;
    }
    if (status != WAYBILL_OK || m->stage != STAGE_HEADER)
        return status;
    m->oddities[ODDITY_NO_BODY].body++;
    return header_done(m, m->text.n);
}

static enum waybill_status end_body(struct waybill_message *m)
{
    struct observed seen = {0};
    observe_end(m->body_before, &seen);
    note(m, &seen, true);
    m->oddities[ODDITY_NO_FINAL_CRLF].body += m->body_octets > 0 && m->body_before != '\n';
    enum waybill_status status = body_final(&m->body);
    for (struct message_client *c = m->clients; c && status == WAYBILL_OK; c = c->next)
        status = c->body_ended ? c->body_ended(c->self) : WAYBILL_OK;
    return status;
}

static enum waybill_status end(struct waybill_message *m)
{
    enum waybill_status status = WAYBILL_OK;
    if (m->held_cr && m->line_end == LINE_END_LF)
        status = lf_line_in(m, (struct slice){NULL, 0}, false);
    if (status == WAYBILL_OK && m->stage == STAGE_HEADER)
        status = end_header(m);
    if (status == WAYBILL_OK)
        status = end_body(m);
    m->stage = STAGE_ENDED;
    return status;
}

/* ---------------------------------------------------------------------------------------------- */

enum waybill_status waybill_message_feed(struct waybill_message *m, const void *octets, size_t n)
{
    if (m->stage == STAGE_ENDED)
        return WAYBILL_MISUSE;
    if (m->stage == STAGE_EMPTY)
        m->stage = STAGE_HEADER;
    if (m->status == WAYBILL_OK) {
        m->octets += n;
        m->status = feed(m, slice_of(octets, n));
    }
    return m->status;
}

enum waybill_status waybill_message_end(struct waybill_message *m)
{
    if (m->stage == STAGE_ENDED)
        return WAYBILL_MISUSE;
    if (m->stage == STAGE_EMPTY)
        m->stage = STAGE_HEADER;
    if (m->status == WAYBILL_OK)
        m->status = end(m);
    return m->status;
}

int waybill_message_has_header(const struct waybill_message *m)
{
    return m->stage >= STAGE_BODY;
}

int waybill_message_has_lf(const struct waybill_message *m)
{
    return m->line_end == LINE_END_LF;
}

enum waybill_status message_attach(struct waybill_message *m, struct message_client *client)
{
    if (m->stage >= STAGE_BODY)
        return WAYBILL_MISUSE;
    struct message_client **last = &m->clients;
    while (*last)
        last = &(*last)->next;
    client->next = NULL;
    *last = client;
    return WAYBILL_OK;
}

void message_detach(struct waybill_message *m, struct message_client *client)
{
    for (struct message_client **c = &m->clients; *c; c = &(*c)->next)
        if (*c == client) {
            *c = client->next;
            return;
        }
}

struct waybill_check **message_check_slot(struct waybill_message *m)
{
    return &m->check;
}

struct waybill_engine *message_engine(const struct waybill_message *m)
{
    return m->engine;
}

struct arena *message_arena(struct waybill_message *m)
{
    return &m->arena;
}

struct header *message_header(struct waybill_message *m)
{
    return &m->header;
}

struct body *message_body(struct waybill_message *m)
{
    return &m->body;
}

bool message_has_started(const struct waybill_message *m)
{
    return m->stage != STAGE_EMPTY;
}

bool message_has_ended(const struct waybill_message *m)
{
    return m->stage == STAGE_ENDED;
}

enum waybill_status message_status(const struct waybill_message *m)
{
    return m->status;
}

uint64_t message_octets(const struct waybill_message *m)
{
    return m->octets;
}

uint64_t message_body_octets(const struct waybill_message *m)
{
    return m->body_octets;
}

const struct oddity_count *message_oddity(const struct waybill_message *m, enum oddity oddity)
{
    return &m->oddities[oddity];
}

const char *message_line_end(const struct waybill_message *m)
{
    static const char *const words[] = {"none", "crlf", "lf"};
    return words[m->line_end];
}

void message_measure_lines(struct waybill_message *m)
{
    m->measure = true;
}

size_t message_longest_line(const struct waybill_message *m)
{
    return m->header_lines.longest > m->body_lines.longest ? m->header_lines.longest
                                                           : m->body_lines.longest;
}
