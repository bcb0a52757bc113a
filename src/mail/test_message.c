#include "mail/message.h"

#include "base/limits.h"
#include "support/group.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define S(literal)                                      \
    {                                                   \
        (const uint8_t *)(literal), sizeof(literal) - 1 \
    }

/* What became of a message: its fields as "name<value>", its body as simple canonicalization has
 * it, "oddity header/body" of each that was met. */
static const struct message_case {
    const char *name;
    enum waybill_lines lines;
    struct slice octets;
    const char *fields;
    struct slice body;
    const char *oddities;
    const char *line_end;
} cases[] = {
    {"usual", WAYBILL_LINES_CRLF, S("A: b\r\nC: d\r\n\r\nx\r\n"), "A< b>C< d>", S("x\r\n"), "",
     "crlf"},
    {"usual, found out", WAYBILL_LINES_DETECT, S("A: b\r\nC: d\r\n\r\nx\r\n"), "A< b>C< d>",
     S("x\r\n"), "", "crlf"},
    {"LF", WAYBILL_LINES_DETECT, S("A: b\n c\nC: d\n\nx\n"), "A< b\r\n c>C< d>", S("x\r\n"), "",
     "lf"},
    {"LF where CRLF ends lines", WAYBILL_LINES_CRLF, S("A: b\n\nx\n"), "A< b\n\nx\n>", S("\r\n"),
     "lone-lf 3/0; no-body 0/1; no-final-line-end 1/0; ", "crlf"},
    {"empty", WAYBILL_LINES_DETECT, S(""), "", S("\r\n"), "no-body 0/1; ", "none"},
    {"a blank line alone", WAYBILL_LINES_DETECT, S("\r\n"), "", S("\r\n"), "", "crlf"},
    {"a LF alone", WAYBILL_LINES_DETECT, S("\n"), "", S("\r\n"), "", "lf"},
    {"no header", WAYBILL_LINES_CRLF, S("\r\nx\r\n"), "", S("x\r\n"), "", "crlf"},
    {"empty body", WAYBILL_LINES_CRLF, S("A: b\r\n\r\n"), "A< b>", S("\r\n"), "", "crlf"},

    {"no body", WAYBILL_LINES_CRLF, S("A: b\r\n"), "A< b>", S("\r\n"), "no-body 0/1; ", "crlf"},
    {"no body, no final line end", WAYBILL_LINES_CRLF, S("A: b"), "A< b>", S("\r\n"),
     "no-body 0/1; no-final-line-end 1/0; ", "crlf"},
    {"no body, LF", WAYBILL_LINES_DETECT, S("A: b\nC: d"), "A< b>C< d>", S("\r\n"),
     "no-body 0/1; no-final-line-end 1/0; ", "lf"},
    {"no line end at all", WAYBILL_LINES_DETECT, S("A: b"), "A< b>", S("\r\n"),
     "no-body 0/1; no-final-line-end 1/0; ", "none"},
    {"no final line end", WAYBILL_LINES_CRLF, S("A: b\r\n\r\nx"), "A< b>", S("x\r\n"),
     "no-final-line-end 0/1; ", "crlf"},
    {"no final line end, LF", WAYBILL_LINES_DETECT, S("A: b\n\nx"), "A< b>", S("x\r\n"),
     "no-final-line-end 0/1; ", "lf"},
    {"header ends in a CR", WAYBILL_LINES_CRLF, S("A: b\r"), "A< b\r>", S("\r\n"),
     "lone-cr 1/0; no-body 0/1; no-final-line-end 1/0; ", "crlf"},
    {"body ends in a CR", WAYBILL_LINES_CRLF, S("A: b\r\n\r\nx\r"), "A< b>", S("x\r\r\n"),
     "lone-cr 0/1; no-final-line-end 0/1; ", "crlf"},
    {"body ends in a CR, LF", WAYBILL_LINES_DETECT, S("A: b\n\nx\r"), "A< b>", S("x\r\r\n"),
     "lone-cr 0/1; no-final-line-end 0/1; ", "lf"},

    {"lone CR", WAYBILL_LINES_CRLF, S("A: b\rc\r\n\r\nx\ry\r\rz\r\n"), "A< b\rc>",
     S("x\ry\r\rz\r\n"), "lone-cr 1/3; ", "crlf"},
    {"lone CR before the first line end", WAYBILL_LINES_DETECT, S("A: b\rc\r\n\r\nx\r\n"),
     "A< b\rc>", S("x\r\n"), "lone-cr 1/0; ", "crlf"},
    {"lone CR, LF", WAYBILL_LINES_DETECT, S("A: b\rc\n\nx\ry\n"), "A< b\rc>", S("x\ry\r\n"),
     "lone-cr 1/1; ", "lf"},
    {"lone LF", WAYBILL_LINES_DETECT, S("A: b\r\nC: d\ne\r\n\r\nx\ny\r\n"), "A< b>C< d\ne>",
     S("x\ny\r\n"), "lone-lf 1/1; ", "crlf"},
    {"lone LFs for a blank line", WAYBILL_LINES_CRLF, S("A: b\n\n\r\n\r\nx\r\n"), "A< b\n\n>",
     S("x\r\n"), "lone-lf 2/0; ", "crlf"},
    {"CR CR LF", WAYBILL_LINES_CRLF, S("A: b\r\r\n\r\nx\r\r\n"), "A< b\r>", S("x\r\r\n"),
     "lone-cr 1/1; ", "crlf"},
    {"CR LF for a blank line behind a lone CR", WAYBILL_LINES_CRLF, S("A: b\r\n\r\r\nx\r\n"),
     "A< b>", S("\r\r\nx\r\n"), "lone-cr 0/1; not-a-field 1/0; ", "crlf"},

    {"CRLF amid LF", WAYBILL_LINES_DETECT, S("A: b\nC: d\r\n\r\nx\r\ny\n"), "A< b>C< d>",
     S("x\r\ny\r\n"), "crlf-amid-lf 2/1; ", "lf"},
    {"CR CR LF amid LF", WAYBILL_LINES_DETECT, S("A: b\n\nx\r\r\ny\n"), "A< b>", S("x\r\r\ny\r\n"),
     "lone-cr 0/1; crlf-amid-lf 0/1; ", "lf"},
    {"CR behind LF", WAYBILL_LINES_DETECT, S("A: b\n\nx\n\ry\n"), "A< b>", S("x\r\n\ry\r\n"),
     "lone-cr 0/1; ", "lf"},

    {"NUL", WAYBILL_LINES_CRLF, S("A: \0\r\n\r\n\0\0\r\n"), NULL, S("\0\0\r\n"), "nul 1/2; ",
     "crlf"},
    {"8-bit", WAYBILL_LINES_CRLF, S("A: \xE9\r\n\r\n\xC3\xA9\r\n"), "A< \xE9>", S("\xC3\xA9\r\n"),
     "8-bit 1/2; ", "crlf"},

    {"mbox", WAYBILL_LINES_DETECT, S("From a Mon\nA: b\n\nx\n"), "A< b>", S("x\r\n"),
     "mbox-from 1/0; ", "lf"},
    {"mbox, CRLF", WAYBILL_LINES_CRLF, S("From a Mon\r\nA: b\r\n\r\nx\r\n"), "A< b>", S("x\r\n"),
     "mbox-from 1/0; ", "crlf"},
    {"mbox line as the second", WAYBILL_LINES_CRLF, S("A: b\r\nFrom a Mon\r\n\r\nx\r\n"), "A< b>",
     S("From a Mon\r\n\r\nx\r\n"), "not-a-field 1/0; ", "crlf"},
    {"mbox line twice", WAYBILL_LINES_CRLF, S("From a\r\nFrom b\r\nA: b\r\n\r\n"), "",
     S("From b\r\nA: b\r\n"), "mbox-from 1/0; not-a-field 1/0; ", "crlf"},
    {"mbox line alone", WAYBILL_LINES_CRLF, S("From a Mon\r\n"), "", S("\r\n"),
     "mbox-from 1/0; no-body 0/1; ", "crlf"},
    {"white space before the colon of From", WAYBILL_LINES_CRLF, S("From : a\r\n\r\n"), "From< a>",
     S("\r\n"), "", "crlf"},
    {"mbox line, then a fold", WAYBILL_LINES_CRLF, S("From a\r\n b\r\n\r\n"), "", S(" b\r\n"),
     "mbox-from 1/0; folded-first-line 1/0; ", "crlf"},

    {"missing colon", WAYBILL_LINES_CRLF, S("A: b\r\nno field\r\nC: d\r\n\r\nx\r\n"), "A< b>",
     S("no field\r\nC: d\r\n\r\nx\r\n"), "not-a-field 1/0; ", "crlf"},
    {"missing colon, LF", WAYBILL_LINES_DETECT, S("A: b\nno field\nx\n"), "A< b>",
     S("no field\r\nx\r\n"), "not-a-field 1/0; ", "lf"},
    {"missing colon, first", WAYBILL_LINES_CRLF, S("no field\r\nC: d\r\n"), "",
     S("no field\r\nC: d\r\n"), "not-a-field 1/0; ", "crlf"},
    {"missing colon, last, no line end", WAYBILL_LINES_CRLF, S("A: b\r\nno field"), "A< b>",
     S("no field\r\n"), "not-a-field 1/0; no-final-line-end 1/0; ", "crlf"},
    {"8-bit name", WAYBILL_LINES_CRLF, S("A: b\r\n\xE9: d\r\n\r\n"), "A< b>", S("\xE9: d\r\n"),
     "8-bit 0/1; not-a-field 1/0; ", "crlf"},
    {"folded first line", WAYBILL_LINES_CRLF, S(" A: b\r\nC: d\r\n"), "", S(" A: b\r\nC: d\r\n"),
     "folded-first-line 1/0; ", "crlf"},
    {"white space as the first line", WAYBILL_LINES_DETECT, S(" \nC: d\n"), "", S(" \r\nC: d\r\n"),
     "folded-first-line 1/0; ", "lf"},
    {"white space behind a field is a fold", WAYBILL_LINES_CRLF, S("A: b\r\n \r\nC: d\r\n\r\n"),
     "A< b\r\n >C< d>", S("\r\n"), "", "crlf"},
};

/* --- seeing what became of it ------------------------------------------------------------------
 */

/* Wants the digest of the simple body, as a check would. */
struct viewer {
    struct message_client client;
    struct waybill_message *message;
    const struct body_digest *digest;
};

static enum waybill_status wish(void *self)
{
    struct viewer *v = self;
    struct body_wish body = {CANON_SIMPLE, DIGEST_SHA256, false, 0};
    return body_wish(message_body(v->message), body, &v->digest);
}

static char *fields_text(struct waybill_message *m)
{
    static char text[256];
    size_t n = 0;
    text[0] = '\0';
    for (size_t i = 0; i < message_header(m)->n; i++) {
        const struct field *f = &message_header(m)->fields[i];
        n += (size_t)snprintf(text + n, sizeof text - n, "%.*s<%.*s>", SLICE_ARGS(f->name),
                              SLICE_ARGS(f->value));
    }
    return text;
}

static char *oddities_text(const struct waybill_message *m)
{
    static char text[256];
    size_t n = 0;
    text[0] = '\0';
    for (size_t o = 0; o < ODDITIES; o++) {
        const struct oddity_count *count = message_oddity(m, (enum oddity)o);
        if (count->header + count->body > 0)
            n +=
                (size_t)snprintf(text + n, sizeof text - n, "%s %d/%d; ",
                                 oddity_text((enum oddity)o), (int)count->header, (int)count->body);
    }
    return text;
}

static bool digest_is(const struct viewer *v, struct slice body)
{
    struct crypto *crypto;
    struct digest d;
    struct digest_value value;
    assert_int_equal(crypto_new(&crypto), WAYBILL_OK);
    assert_int_equal(digest_start(crypto, DIGEST_SHA256, &d), WAYBILL_OK);
    assert_int_equal(digest_update(&d, body), WAYBILL_OK);
    assert_int_equal(digest_final(crypto, &d, &value), WAYBILL_OK);
    crypto_free(crypto);
    return v->digest->met && slice_eq(digest_slice(&value), digest_slice(&v->digest->value));
}

static void compare(const struct message_case *c, const struct viewer *v, const char *how)
{
    if (c->fields && strcmp(fields_text(v->message), c->fields) != 0)
        fail_msg("%s, %s: fields are %s", c->name, how, fields_text(v->message));
    if (strcmp(oddities_text(v->message), c->oddities) != 0)
        fail_msg("%s, %s: oddities are %s", c->name, how, oddities_text(v->message));
    if (strcmp(message_line_end(v->message), c->line_end) != 0)
        fail_msg("%s, %s: line end is %s", c->name, how, message_line_end(v->message));
    if (message_octets(v->message) != c->octets.n)
        fail_msg("%s, %s: %d octets", c->name, how, (int)message_octets(v->message));
    if (!digest_is(v, c->body))
        fail_msg("%s, %s: another body", c->name, how);
}

static void feed(struct waybill_message *m, struct slice piece)
{
    uint8_t *own = malloc(piece.n ? piece.n : 1);
    assert_non_null(own);
    if (piece.n)
        memcpy(own, piece.p, piece.n);
    assert_int_equal(waybill_message_feed(m, own, piece.n), WAYBILL_OK);
    free(own);
}

static void run(const struct message_case *c, size_t step, size_t cut, const char *how)
{
    struct viewer v = {0};
    assert_int_equal(waybill_message_new(lab.engine, c->lines, &v.message), WAYBILL_OK);
    v.client = (struct message_client){.self = &v, .header_ended = wish};
    assert_int_equal(message_attach(v.message, &v.client), WAYBILL_OK);
    if (cut > 0)
        feed(v.message, slice_sub(c->octets, 0, cut));
    for (size_t at = cut; at < c->octets.n; at += step) {
        feed(v.message, slice_sub(c->octets, at, step));
        if (step == 1)
            feed(v.message, (struct slice){NULL, 0});
    }
    assert_int_equal(waybill_message_end(v.message), WAYBILL_OK);
    compare(c, &v, how);
    message_detach(v.message, &v.client);
    waybill_message_free(v.message);
}

static void outcomes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        run(&cases[i], SIZE_MAX / 2, 0, "whole");
        run(&cases[i], 1, 0, "octet by octet, nothing between");
        for (size_t cut = 1; cut < cases[i].octets.n; cut++) {
            char how[32];
            snprintf(how, sizeof how, "cut at %zu", cut);
            run(&cases[i], SIZE_MAX / 2, cut, how);
        }
    }
}

/* --- order of calls, limits ---------------------------------------------------------------------
 */

static struct waybill_message *new_message(void)
{
    struct waybill_message *m;
    assert_int_equal(waybill_message_new(lab.engine, WAYBILL_LINES_CRLF, &m), WAYBILL_OK);
    return m;
}

/* A client that keeps the body, and notes its end with a full stop. */
static enum waybill_status nothing(void *self)
{
    (void)self;
    return WAYBILL_OK;
}

static enum waybill_status keep(void *self, struct slice octets)
{
    struct buffer *kept = self;
    buffer_add(kept, octets);
    return kept->status;
}

static enum waybill_status note_end(void *self)
{
    return keep(self, SLICE("."));
}

static void body_is_given(void **state)
{
    (void)state;
    static const struct {
        enum waybill_lines lines;
        struct slice message, body;
    } bodies[] = {
        {WAYBILL_LINES_CRLF, SLICE("A: b\r\n\r\nc\r\n\r\nd"), SLICE("c\r\n\r\nd.")},
        {WAYBILL_LINES_DETECT, SLICE("A: b\n\nc\n\nd\n"), SLICE("c\r\n\r\nd\r\n.")},
        {WAYBILL_LINES_CRLF, SLICE("A: b\r\nno field\r\n"), SLICE("no field\r\n.")},
        {WAYBILL_LINES_CRLF, SLICE("A: b\r\n"), SLICE(".")},
    };
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        struct waybill_message *m;
        struct buffer kept = buffer_new(64);
        struct message_client client = {
            .self = &kept, .header_ended = nothing, .body = keep, .body_ended = note_end};
        assert_int_equal(waybill_message_new(lab.engine, bodies[i].lines, &m), WAYBILL_OK);
        assert_int_equal(message_attach(m, &client), WAYBILL_OK);
        for (size_t at = 0; at < bodies[i].message.n; at++)
            feed(m, slice_sub(bodies[i].message, at, 1));
        assert_int_equal(waybill_message_end(m), WAYBILL_OK);
        assert_true(slice_eq(buffer_slice(&kept), bodies[i].body));
        message_detach(m, &client);
        waybill_message_free(m);
        buffer_free(&kept);
    }
}

static void order_of_calls(void **state)
{
    (void)state;
    struct waybill_message *m = new_message();
    struct message_client early = {.header_ended = wish}, late = {.header_ended = wish};
    assert_int_equal(message_attach(m, &early), WAYBILL_OK);
    message_detach(m, &early);
    assert_false(message_has_started(m));
    feed(m, SLICE("A: b\r\n"));
    assert_true(message_has_started(m));
    assert_false(waybill_message_has_header(m));
    feed(m, SLICE("\r\n"));
    assert_true(waybill_message_has_header(m));
    assert_int_equal(message_attach(m, &late), WAYBILL_MISUSE);
    assert_false(message_has_ended(m));
    assert_int_equal(waybill_message_end(m), WAYBILL_OK);
    assert_true(message_has_ended(m));
    assert_int_equal(waybill_message_end(m), WAYBILL_MISUSE);
    assert_int_equal(waybill_message_feed(m, "x", 1), WAYBILL_MISUSE);
    assert_int_equal(message_status(m), WAYBILL_OK);
    waybill_message_free(m);
    waybill_message_free(NULL);
}

/* Feeds a text n times; the first status that is not OK. */
static enum waybill_status feed_often(struct waybill_message *m, const char *text, size_t n)
{
    enum waybill_status status = WAYBILL_OK;
    for (size_t i = 0; i < n && status == WAYBILL_OK; i++)
        status = waybill_message_feed(m, text, strlen(text));
    return status;
}

static void field_limit(void **state)
{
    (void)state;
    struct waybill_message *m = new_message();
    assert_int_equal(feed_often(m, "A:\r\n", LIMIT_HEADER_FIELDS), WAYBILL_OK);
    assert_int_equal(feed_often(m, "A:\r\n", 1), WAYBILL_LIMIT);
    assert_int_equal(waybill_message_feed(m, "\r\n", 2), WAYBILL_LIMIT);
    assert_int_equal(waybill_message_end(m), WAYBILL_LIMIT);
    assert_int_equal(message_status(m), WAYBILL_LIMIT);
    waybill_message_free(m);
}

static void octet_limit(void **state)
{
    (void)state;
    enum { PIECE = 1 << 16 };
    static char piece[PIECE + 1];
    memset(piece, 'a', PIECE);
    struct waybill_message *m = new_message();
    assert_int_equal(feed_often(m, "A:", 1), WAYBILL_OK);
    assert_int_equal(feed_often(m, piece, LIMIT_HEADER_OCTETS / PIECE - 1), WAYBILL_OK);
    assert_int_equal(feed_often(m, piece, 1), WAYBILL_LIMIT);
    waybill_message_free(m);
    m = new_message();
    assert_int_equal(feed_often(m, "A:\r\n\r\n", 1), WAYBILL_OK);
    assert_int_equal(feed_often(m, piece, LIMIT_HEADER_OCTETS / PIECE + 1), WAYBILL_OK);
    assert_int_equal(waybill_message_end(m), WAYBILL_OK);
    waybill_message_free(m);
}

static const struct long_case {
    const char *name;
    const char *octets;
    size_t longest;
} long_cases[] = {
    {"in the header", "Subject: abc\r\n\r\nabc\r\n", 12},
    {"in the body", "A: b\r\n\r\nabcdefgh\r\n", 8},
    {"in the body, without end", "A: b\r\n\r\nabcdefgh", 8},
    {"in the body's first line, which ended the header", "A: b\r\nabcdefgh\r\nx\r\n", 8},
};

static void longest_lines(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof long_cases / sizeof long_cases[0]; i++) {
        struct waybill_message *m = new_message();
        message_measure_lines(m);
        feed(m, slice_str(long_cases[i].octets));
        assert_int_equal(waybill_message_end(m), WAYBILL_OK);
        if (message_longest_line(m) != long_cases[i].longest)
            fail_msg("%s: %zu", long_cases[i].name, message_longest_line(m));
        waybill_message_free(m);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outcomes),       cmocka_unit_test(body_is_given),
        cmocka_unit_test(order_of_calls), cmocka_unit_test(field_limit),
        cmocka_unit_test(octet_limit),    cmocka_unit_test(longest_lines),
    };
    return cmocka_run_group_tests_name("message", tests, lab_set_up, lab_tear_down);
}
