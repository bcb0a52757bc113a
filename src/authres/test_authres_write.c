#include "authres/authres.h"
#include "authres/dump.h"
#include "base/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { CEILING = 1 << 20 };

/* Lines fold as RFC 5322 section 2.2.3 has it: none is empty or white space, none is too long. */
static void assert_folded(const char *name, struct slice field)
{
    for (size_t from = 0; from < field.n;) {
        size_t end = slice_find(field, '\n', from);
        struct slice line = slice_sub(field, from, end - from);
        if (end < field.n && (line.n == 0 || line.p[line.n - 1] != '\r'))
            fail_msg("%s: a line ends without CR", name);
        if (from > 0 && !octet_is_wsp(line.p[0]))
            fail_msg("%s: a line begins with no white space", name);
        if (slice_trim(line).n == 0 || line.n > LIMIT_LINE_OCTETS)
            fail_msg("%s: a line of %zu octets", name, line.n);
        from = end + 1;
    }
}

static struct buffer dump_of(const char *name, const struct buffer *field)
{
    struct arena arena = arena_new();
    struct buffer dump = buffer_new(CEILING);
    struct authres a;
    assert_folded(name, buffer_slice(field));
    if (authres_parse(&arena, buffer_slice(field), &a) != WAYBILL_OK)
        fail_msg("%s: not read again, %s at %zu: %.*s", name, a.why, a.at,
                 SLICE_ARGS(buffer_slice(field)));
    dump_field(&dump, &a);
    arena_free(&arena);
    return dump;
}

/* --- golden fields ---------------------------------------------------------------------------- */

static void write_none(struct authres_writer *w)
{
    authres_none(w);
}

static void write_usual(struct authres_writer *w)
{
    authres_method(w, "spf", "pass");
    authres_property(w, "smtp", "mailfrom", SLICE("alice@author.example"));
    authres_method(w, "dkim", "fail");
    authres_reason(w, SLICE("body hash did not verify"));
    authres_comment(w, SLICE("1024-bit key"));
    authres_property(w, "header", "d", SLICE("author.example"));
    authres_property(w, "header", "i", SLICE("@author.example"));
    authres_property(w, "header", "s", SLICE("k1"));
    authres_property(w, "header", "b", SLICE("Ab/c+d=="));
    authres_method(w, "arc", "none");
}

static void write_quotes(struct authres_writer *w)
{
    authres_method(w, "a/2", "b");
    authres_reason(w, SLICE("token"));
    authres_property(w, "p", "empty", SLICE(""));
    authres_property(w, "p", "quote", SLICE("a\"b\\c"));
    authres_property(w, "p", "ip", SLICE("2001:db8::1"));
    authres_property(w, "p", "one", SLICE("root@localhost"));
    authres_property(w, "p", "atoms", SLICE("a+b=c/d@e-f.example"));
    authres_property(w, "p", "dots", SLICE("a..b@c.example"));
    authres_property(w, "p", "bounce", SLICE("@"));
}

static void write_escapes(struct authres_writer *w)
{
    authres_method(w, "a", "b");
    authres_comment(w, SLICE("alice(work) \\ \xE9\r\nX: \xC3\xA9"));
    authres_property(w, "p", "q", SLICE("\xE9\r\nX: \xC3\xA9 \xE2\x80\xAE"));
    authres_reason(w, SLICE("\t\0"));
}

static void write_long(struct authres_writer *w)
{
    authres_method(w, "dkim2", "fail");
    authres_comment(w, SLICE("i=1 sender.example.com skipped, i=2 list.example.org skipped, i=3 "
                             "fwd.example.net fail; FAIL: DKIM2-Signature i=3 sel1 incorrect "
                             "signature"));
    authres_property(w, "header", "d", SLICE("sender.example.com"));
    authres_property(w, "header", "i", SLICE("3"));
}

static void write_raw(struct authres_writer *w)
{
    authres_raw(w, SLICE("spf=pass\n smtp.mailfrom=a"));
    authres_raw(w, SLICE("dkim=pass (c\r\n\td)"));
    authres_raw(w, SLICE("arc=pass\r\nX-Forged: (d)"));
}

static const struct {
    const char *name;
    struct slice authserv_id;
    void (*write)(struct authres_writer *w);
    const char *field;
    const char *dump; /* NULL: not in the grammar, and none of the writer's doing */
} golden[] = {
    {"none",
     {(const uint8_t *)"mx.example.org", 14},
     write_none,
     "mx.example.org; none",
     "mx.example.org; none"},
    {"authserv-id quoted",
     {(const uint8_t *)"mx/\xC3\xA9", 5},
     write_none,
     "\"mx/\xC3\xA9\"; none",
     "mx/\xC3\xA9; none"},
    {"usual",
     {(const uint8_t *)"mx.example.org", 14},
     write_usual,
     "mx.example.org;\r\n"
     "  spf=pass smtp.mailfrom=alice@author.example;\r\n"
     "  dkim=fail reason=\"body hash did not verify\" (1024-bit key)\r\n"
     "    header.d=author.example header.i=@author.example header.s=k1\r\n"
     "    header.b=\"Ab/c+d==\";\r\n"
     "  arc=none",
     "mx.example.org; spf/1=pass smtp.mailfrom=<alice@author.example>; "
     "dkim/1=fail reason=<body hash did not verify> (1024-bit key) header.d=<author.example> "
     "header.i=<@author.example> header.s=<k1> header.b=<Ab/c+d==>; arc/1=none"},
    {"quotes",
     {(const uint8_t *)"mx", 2},
     write_quotes,
     "mx;\r\n"
     "  a/2=b reason=token p.empty=\"\" p.quote=\"a\\\"b\\\\c\" p.ip=\"2001:db8::1\"\r\n"
     "    p.one=\"root@localhost\" p.atoms=a+b=c/d@e-f.example\r\n"
     "    p.dots=\"a..b@c.example\" p.bounce=\"@\"",
     "mx; a/2=b reason=<token> p.empty=<> p.quote=<a\"b\\\\c> p.ip=<2001:db8::1> "
     "p.one=<root@localhost> p.atoms=<a+b=c/d@e-f.example> p.dots=<a..b@c.example> p.bounce=<@>"},
    {"escapes",
     {(const uint8_t *)"mx", 2},
     write_escapes,
     "mx;\r\n"
     "  a=b (alice\\(work\\) \\\\ \\\\xE9\\\\x0D\\\\x0AX: \\\\xC3\\\\xA9)\r\n"
     "    p.q=\"\\\\xE9\\\\x0D\\\\x0AX: \xC3\xA9 \\\\xE2\\\\x80\\\\xAE\" reason=\"\\\\x09\\\\x00\"",
     "mx; a/1=b reason=<\\\\x09\\\\x00> (alice(work) \\\\ \\\\xE9\\\\x0D\\\\x0AX: \\\\xC3\\\\xA9) "
     "p.q=<\\\\xE9\\\\x0D\\\\x0AX: \xC3\xA9 \\\\xE2\\\\x80\\\\xAE>"},
    {"long",
     {(const uint8_t *)"mx", 2},
     write_long,
     "mx;\r\n"
     "  dkim2=fail (i=1 sender.example.com skipped, i=2 list.example.org skipped,\r\n"
     " i=3 fwd.example.net fail; FAIL: DKIM2-Signature i=3 sel1 incorrect\r\n"
     " signature) header.d=sender.example.com header.i=3",
     "mx; dkim2/1=fail (i=1 sender.example.com skipped, i=2 list.example.org skipped, "
     "i=3 fwd.example.net fail; FAIL: DKIM2-Signature i=3 sel1 incorrect signature) "
     "header.d=<sender.example.com> header.i=<3>"},
    {"raw",
     {(const uint8_t *)"mx", 2},
     write_raw,
     "mx;\r\n"
     "  spf=pass\r\n smtp.mailfrom=a;\r\n"
     "  dkim=pass (c\r\n\td);\r\n"
     "  arc=pass\r\n X-Forged: (d)",
     NULL},
};

static void test_golden(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof golden / sizeof golden[0]; i++) {
        struct buffer out = buffer_new(CEILING);
        struct authres_writer w;
        authres_begin(&w, &out, golden[i].authserv_id);
        golden[i].write(&w);
        assert_int_equal(WAYBILL_OK, out.status);
        if (!slice_eq(buffer_slice(&out), slice_str(golden[i].field)))
            fail_msg("%s:\n%.*s", golden[i].name, SLICE_ARGS(buffer_slice(&out)));
        if (golden[i].dump) {
            struct buffer dump = dump_of(golden[i].name, &out);
            if (!slice_eq(buffer_slice(&dump), slice_str(golden[i].dump)))
                fail_msg("%s: read as %.*s", golden[i].name, SLICE_ARGS(buffer_slice(&dump)));
            buffer_free(&dump);
        }
        buffer_free(&out);
    }
}

/* --- ceilings --------------------------------------------------------------------------------- */

static struct slice repeated(uint8_t *octets, uint8_t c, size_t n)
{
    memset(octets, c, n);
    return slice_of(octets, n);
}

static const struct {
    const char *name;
    uint8_t octet;
    size_t n;      /* of them given */
    size_t shown;  /* of them written by a comment, then "..." where fewer */
    bool left_out; /* whether a property leaves them out */
} ceilings[] = {
    {"as many as are shown", 'x', LIMIT_SHOWN_OCTETS, LIMIT_SHOWN_OCTETS, false},
    {"one more", 'x', LIMIT_SHOWN_OCTETS + 1, LIMIT_SHOWN_OCTETS, false},
    {"quoted-pairs", '\\', LIMIT_SHOWN_OCTETS, LIMIT_SHOWN_OCTETS, false},
    {"escapes that fill a line", 0xFF, LIMIT_SHOWN_OCTETS, 180, true},
    {"a megabyte of spaces", ' ', 1 << 20, LIMIT_SHOWN_OCTETS, true},
    {"a megabyte of letters", 'x', 1 << 20, LIMIT_SHOWN_OCTETS, true},
};

static void test_ceilings(void **state)
{
    (void)state;
    uint8_t *octets = malloc(1 << 20);
    assert_non_null(octets);
    for (size_t i = 0; i < sizeof ceilings / sizeof ceilings[0]; i++) {
        struct slice text = repeated(octets, ceilings[i].octet, ceilings[i].n);
        struct buffer out = buffer_new(CEILING), want = buffer_new(CEILING);
        struct authres_writer w;
        authres_begin(&w, &out, SLICE("mx"));
        authres_method(&w, "a", "b");
        authres_comment(&w, text);
        authres_property(&w, "p", "q", text);
        struct arena arena = arena_new();
        struct authres a;
        assert_folded(ceilings[i].name, buffer_slice(&out));
        assert_int_equal(WAYBILL_OK, authres_parse(&arena, buffer_slice(&out), &a));
        for (size_t n = 0; n < ceilings[i].shown; n++)
            buffer_add_str(&want, ceilings[i].octet == 0xFF ? "\\xFF"
                                                            : (char[]){(char)ceilings[i].octet, 0});
        buffer_add_str(&want, ceilings[i].shown < ceilings[i].n ? "..." : "");
        if (!slice_eq(a.methods[0].comment, buffer_slice(&want)) ||
            a.methods[0].n != (ceilings[i].left_out ? 0 : 1))
            fail_msg("%s: %.*s", ceilings[i].name, SLICE_ARGS(buffer_slice(&out)));
        arena_free(&arena);
        buffer_free(&out);
        buffer_free(&want);
    }
    free(octets);
}

static void test_left_out_is_named(void **state)
{
    (void)state;
    uint8_t octets[1000];
    struct buffer out = buffer_new(CEILING);
    struct authres_writer w;
    authres_begin(&w, &out, SLICE("mx"));
    authres_method(&w, "dkim", "pass");
    authres_property(&w, "header", "i", repeated(octets, 'x', sizeof octets));
    struct slice want = SLICE("mx;\r\n  dkim=pass (header.i of 1000 octets left out)");
    assert_true(slice_eq(buffer_slice(&out), want));
    buffer_free(&out);
}

/* --- what was written is read with equal values ----------------------------------------------- */

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

/* Of what is special somewhere, or of words that fill lines. */
static struct slice random_text(uint32_t *seed, uint8_t *octets, size_t most)
{
    static const char *const units[] = {
        " ",  "(",    ")",    "\"",       "\\",           ";", "=", "@", ".", "/", "\t", "\r",
        "\n", "\x7F", "\xFF", "\xC3\xA9", "\xE2\x80\xAE", "a", "Z"};
    enum { UNITS = sizeof units / sizeof units[0] };
    size_t n = 0, end = next_random(seed) % most;
    bool words = next_random(seed) % 2;
    while (n < end) {
        uint32_t r = next_random(seed);
        struct slice unit = slice_str(words ? (r % 9 ? "w" : " ") : units[r % UNITS]);
        if (unit.n > most - n)
            break;
        memcpy(octets + n, unit.p, unit.n);
        n += unit.n;
    }
    return slice_of(octets, n);
}

/* The text as its reader sees it, said another way than the writer does. */
static void expect_text(struct buffer *b, struct slice text, bool utf8)
{
    struct buffer escaped = buffer_new(CEILING);
    for (size_t i = 0; i < text.n; i++) {
        uint8_t c = text.p[i];
        bool pair = utf8 && i + 1 < text.n && c == 0xC3 && text.p[i + 1] == 0xA9;
        if (pair)
            buffer_add(&escaped, slice_sub(text, i++, 2));
        else if (c >= 0x20 && c < 0x7F)
            buffer_add_octet(&escaped, c);
        else
            buffer_printf(&escaped, "\\x%02X", c);
    }
    buffer_add_escaped(b, buffer_slice(&escaped));
    buffer_free(&escaped);
}

static void test_round_trip(void **state)
{
    (void)state;
    uint8_t reason[120], comment[120], value[120], id[20];
    for (uint32_t round = 0; round < 20000; round++) {
        uint32_t seed = round;
        struct slice texts[] = {
            random_text(&seed, id, sizeof id), random_text(&seed, reason, sizeof reason),
            random_text(&seed, comment, sizeof comment), random_text(&seed, value, sizeof value)};
        struct buffer out = buffer_new(CEILING), want = buffer_new(CEILING);
        struct authres_writer w;
        authres_begin(&w, &out, texts[0]);
        authres_method(&w, "spf", "none");
        authres_method(&w, "dkim", "pass");
        authres_reason(&w, texts[1]);
        authres_comment(&w, texts[2]);
        authres_property(&w, "header", "x", texts[3]);

        expect_text(&want, texts[0], true);
        buffer_add_str(&want, "; spf/1=none; dkim/1=pass reason=<");
        expect_text(&want, texts[1], true);
        buffer_add_str(&want, texts[2].n ? "> (" : ">");
        expect_text(&want, texts[2], false);
        buffer_add_str(&want, texts[2].n ? ") header.x=<" : " header.x=<");
        expect_text(&want, texts[3], true);
        buffer_add_str(&want, ">");

        char name[32];
        snprintf(name, sizeof name, "round %u", round);
        struct buffer dump = dump_of(name, &out);
        if (!slice_eq(buffer_slice(&dump), buffer_slice(&want)))
            fail_msg("%s:\n%.*s\nread as\n%.*s\nnot\n%.*s", name, SLICE_ARGS(buffer_slice(&out)),
                     SLICE_ARGS(buffer_slice(&dump)), SLICE_ARGS(buffer_slice(&want)));
        buffer_free(&dump);
        buffer_free(&want);
        buffer_free(&out);
    }
}

/* Whatever the words, a line passes column 78 only if it is one word with its indent. */
static void test_columns(void **state)
{
    (void)state;
    for (size_t length = 1; length < 72; length++) {
        uint8_t word[80];
        struct buffer out = buffer_new(CEILING);
        struct authres_writer w;
        authres_begin(&w, &out, SLICE("mx"));
        authres_method(&w, "a", "b");
        for (size_t n = 0; n < 20; n++) {
            struct slice text = repeated(word, 'x', length);
            if (length > 3)
                word[length / 2] = n % 2 ? ' ' : 'y';
            if (n % 3 == 0)
                authres_comment(&w, text);
            else if (length < 60)
                authres_property(&w, "p", "q", text);
        }
        authres_method(&w, "c", "d");
        struct slice field = buffer_slice(&out);
        for (size_t from = 0; from < field.n;) {
            size_t end = slice_find(field, '\n', from);
            if (end - from > 78 + 1)
                fail_msg("words of %zu: a line of %zu octets", length, end - from);
            from = end + 1;
        }
        buffer_free(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden),
        cmocka_unit_test(test_ceilings),
        cmocka_unit_test(test_left_out_is_named),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_columns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
