#include "authres/authres.h"
#include "authres/dump.h"
#include "base/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

struct parse_case {
    const char *name;
    struct slice value;
    const char *dump; /* what is understood */
    const char *why;  /* NULL: it parses */
};

#define V(literal)                                      \
    {                                                   \
        (const uint8_t *)(literal), sizeof(literal) - 1 \
    }

/* RFC 8601 appendix B. */
static const struct parse_case examples[] = {
    {"B.2 no authentication done", V(" example.org 1; none"), "example.org; none", NULL},
    {"B.3 one method", V(" example.com;\r\n          spf=pass smtp.mailfrom=example.net\r\n"),
     "example.com; spf/1=pass smtp.mailfrom=<example.net>", NULL},
    {"B.4 several methods",
     V(" example.com;\r\n          auth=pass (cram-md5) smtp.auth=sender@example.net;\r\n"
       "          spf=pass smtp.mailfrom=example.net\r\n"),
     "example.com; auth/1=pass (cram-md5) smtp.auth=<sender@example.net>; "
     "spf/1=pass smtp.mailfrom=<example.net>",
     NULL},
    {"B.4 sender-id", V(" example.com;\r\n          sender-id=pass header.from=example.net\r\n"),
     "example.com; sender-id/1=pass header.from=<example.net>", NULL},
    {"B.4 iprev", V(" example.com; iprev=pass\r\n          policy.iprev=192.0.2.200\r\n"),
     "example.com; iprev/1=pass policy.iprev=<192.0.2.200>", NULL},
    {"B.5 the list's result",
     V(" example.com;\r\n          sender-id=fail header.from=example.com;\r\n"
       "          dkim=pass (good signature) header.d=example.com\r\n"),
     "example.com; sender-id/1=fail header.from=<example.com>; "
     "dkim/1=pass (good signature) header.d=<example.com>",
     NULL},
    {"B.5 the border's result",
     V(" example.com;\r\n          auth=pass (cram-md5) smtp.auth=sender@example.com;\r\n"
       "          spf=fail smtp.mailfrom=example.com\r\n"),
     "example.com; auth/1=pass (cram-md5) smtp.auth=<sender@example.com>; "
     "spf/1=fail smtp.mailfrom=<example.com>",
     NULL},
    {"B.6 two signatures",
     V(" example.com;\r\n      dkim=pass reason=\"good signature\"\r\n"
       "        header.i=@mail-router.example.net;\r\n"
       "      dkim=fail reason=\"bad signature\"\r\n"
       "        header.i=@newyork.example.com\r\n"),
     "example.com; dkim/1=pass reason=<good signature> header.i=<@mail-router.example.net>; "
     "dkim/1=fail reason=<bad signature> header.i=<@newyork.example.com>",
     NULL},
    {"B.6 the first hop",
     V(" example.net;\r\n      dkim=pass (good signature) header.i=@newyork.example.com\r\n"),
     "example.net; dkim/1=pass (good signature) header.i=<@newyork.example.com>", NULL},
    {"B.7 many comments",
     V(" foo.example.net (foobar) 1 (baz);\r\n"
       "    dkim (Because I like it) / 1 (One yay) = (wait for it) fail\r\n"
       "      policy (A dot can go here) . (like that) expired\r\n"
       "      (this surprised me) = (as I wasn't expecting it) 1362471462\r\n"),
     "foo.example.net; dkim/1=fail (A dot can go here) policy.expired=<1362471462>", NULL},
};

static const struct parse_case good[] = {
    {"nothing but what must be", V("a;b=c"), "a; b/1=c", NULL},
    {"authserv-id quoted", V("\"mx one\\\"\" ;none"), "mx one\"; none", NULL},
    {"authserv-id quoted, UTF-8", V("\"\xC3\xA9t\xC3\xA9.example\"; none"),
     "\xC3\xA9t\xC3\xA9.example; none", NULL},
    {"authserv-id is an unusual token", V("_mx!{1}; none"), "_mx!{1}; none", NULL},
    {"NONE", V("mx; NONE"), "mx; none", NULL},
    {"none and a comment", V("mx; none (nothing)"), "mx; none", NULL},
    {"a method named none", V("mx; none=pass"), "mx; none/1=pass", NULL},
    {"none later is a method", V("mx; spf=none; none=x"), "mx; spf/1=none; none/1=x", NULL},
    {"version with comments", V("mx (a) 1 (b) ; a=b"), "mx; a/1=b", NULL},
    {"version 001", V("mx 001; a=b"), "mx; a/1=b", NULL},
    {"method versions", V("mx; a/2=b; c / 007 = d"), "mx; a/2=b; c/7=d", NULL},
    {"method version beyond unsigned", V("mx; a/99999999999999999999999=b"), "mx; a/4294967295=b",
     NULL},
    {"names as they stand", V("mx; DKIM-adsp=Pass Header.From=A.Example"),
     "mx; DKIM-adsp/1=Pass Header.From=<A.Example>", NULL},
    {"unknown names", V("mx; x-foo=maybe x-p.x-q=1"), "mx; x-foo/1=maybe x-p.x-q=<1>", NULL},
    {"repeated properties in order", V("mx; a=b p.q=2 p.q=1 p.q=2"),
     "mx; a/1=b p.q=<2> p.q=<1> p.q=<2>", NULL},
    {"reason token", V("mx; a=b reason=because"), "mx; a/1=b reason=<because>", NULL},
    {"reason empty", V("mx; a=b reason=\"\""), "mx; a/1=b reason=<>", NULL},
    {"reason in capitals with CFWS", V("mx; a=b REASON (x) = (y) \"z\""),
     "mx; a/1=b reason=<z> (x)", NULL},
    {"reason behind a property", V("mx; a=b p.q=1 reason=\"late\" p.r=2"),
     "mx; a/1=b reason=<late> p.q=<1> p.r=<2>", NULL},
    {"ptype named reason", V("mx; a=b reason=x reason.reason=y"),
     "mx; a/1=b reason=<x> reason.reason=<y>", NULL},
    {"comment instead of space", V("mx;a=b(c)p.q=1(d)p.r=2"), "mx; a/1=b (c) p.q=<1> p.r=<2>",
     NULL},
    {"quoted value, then at once a property", V("mx;a=b p.q=\"1\"p.r=2"),
     "mx; a/1=b p.q=<1> p.r=<2>", NULL},
    {"comments nested and quoted-pairs", V("mx; a=b (c (d \\) e) \\( f)"),
     "mx; a/1=b (c (d ) e) ( f)", NULL},
    {"comment folded", V("mx; a=b (c\r\n d\n\te)"), "mx; a/1=b (c d\\x09e)", NULL},
    {"comment of UTF-8", V("mx; a=b (\xC3\xA9)"), "mx; a/1=b (\xC3\xA9)", NULL},
    {"comment with ; and \"", V("mx; a=b (;\"); c=d"), "mx; a/1=b (;\"); c/1=d", NULL},
    {"comment before the result is none of it", V("mx (1); (2) a (3) = (4) b; c=d"),
     "mx; a/1=b; c/1=d", NULL},
    {"comment behind the last property", V("mx; a=b p.q=1 (c) (d)"), "mx; a/1=b (c) p.q=<1>", NULL},
    {"folds of LF alone", V("mx;\n a=b\n\tp.q=1\n"), "mx; a/1=b p.q=<1>", NULL},
    {"empty folded lines", V("mx;\r\n \r\n\ta=b"), "mx; a/1=b", NULL},
    {"';' at the end", V("mx; a=b;"), "mx; a/1=b", NULL},
    {"';' and CFWS at the end", V("mx; a=b p.q=1 ; \r\n (c) \r\n"), "mx; a/1=b p.q=<1>", NULL},

    {"pvalue base64", V("mx; dkim=pass header.b=abc/def+"), "mx; dkim/1=pass header.b=<abc/def+>",
     NULL},
    {"pvalue ends in =", V("mx; dkim=pass header.b=abc== x.y=1"),
     "mx; dkim/1=pass header.b=<abc==> x.y=<1>", NULL},
    {"pvalue IPv6", V("mx; arc=pass smtp.remote-ip=2001:db8::1;"),
     "mx; arc/1=pass smtp.remote-ip=<2001:db8::1>", NULL},
    {"pvalue domain behind @", V("mx; dkim=pass header.i=@example.org"),
     "mx; dkim/1=pass header.i=<@example.org>", NULL},
    {"pvalue VERP", V("mx; spf=pass smtp.mfrom=a+b=c@d"), "mx; spf/1=pass smtp.mfrom=<a+b=c@d>",
     NULL},
    {"pvalue URI, folded", V("mx; bimi=pass policy.uri=\r\n https://a.example/b?c=d&e"),
     "mx; bimi/1=pass policy.uri=<https://a.example/b?c=d&e>", NULL},
    {"pvalue in angle brackets", V("mx; spf=pass smtp.mailfrom=<a@b.example>"),
     "mx; spf/1=pass smtp.mailfrom=<<a@b.example>>", NULL},
    {"pvalue UTF-8", V("mx; dkim=pass header.i=\xC3\xA9@\xC3\xA9.example"),
     "mx; dkim/1=pass header.i=<\xC3\xA9@\xC3\xA9.example>", NULL},
    {"pvalue no UTF-8", V("mx; dkim=pass header.i=\xE9"), "mx; dkim/1=pass header.i=<\\xE9>", NULL},
    {"pvalue with a backslash", V("mx; a=b p.q=c\\d"), "mx; a/1=b p.q=<c\\\\d>", NULL},
    {"pvalue quoted", V("mx; a=b p.q=\"c;d (e) \\\"f\\\\\""), "mx; a/1=b p.q=<c;d (e) \"f\\\\>",
     NULL},
    {"pvalue quoted and empty", V("mx; a=b p.q=\"\" p.r=1"), "mx; a/1=b p.q=<> p.r=<1>", NULL},
    {"pvalue quoted and folded", V("mx; a=b p.q=\"c\r\n d\""), "mx; a/1=b p.q=<c d>", NULL},
    {"local part quoted", V("mx; a=b p.q=\"c d\"@e.example p.r=1"),
     "mx; a/1=b p.q=<c d@e.example> p.r=<1>", NULL},
    {"local part quoted in part", V("mx; a=b p.q=c.\"d\\@\".e@f.example"),
     "mx; a/1=b p.q=<c.d@.e@f.example>", NULL},
    {"local part and comment", V("mx; a=b p.q=c (d) @e.example(f)p.r=1"),
     "mx; a/1=b (d) p.q=<c@e.example> p.r=<1>", NULL},
    {"local part quoted and fold", V("mx; a=b p.q=\"c\"\r\n @e.example"),
     "mx; a/1=b p.q=<c@e.example>", NULL},

    {"Google",
     V("mx.google.com;\r\n       dkim=pass header.i=@list.example header.s=s1 "
       "header.b=\"AbC/d+eF\";\r\n       arc=pass (i=1 spf=pass spfdomain=a.example);\r\n"
       "       dmarc=pass (p=NONE sp=NONE dis=NONE) header.from=a.example"),
     "mx.google.com; dkim/1=pass header.i=<@list.example> header.s=<s1> header.b=<AbC/d+eF>; "
     "arc/1=pass (i=1 spf=pass spfdomain=a.example); "
     "dmarc/1=pass (p=NONE sp=NONE dis=NONE) header.from=<a.example>",
     NULL},
};

static const char no_id[] = "no authserv-id: the field begins with a method";
static const char bad_id[] = "an authserv-id that is neither token nor quoted-string";
static const char no_end[] = "a comment or quoted-string without its end";
static const char control[] = "a control character";
static const char no_fold[] = "a line end that folds nothing";
static const char no_semicolon[] = "no \";\" where one must stand";
static const char no_method[] = "no method where one must stand";

static const struct parse_case bad[] = {
    {"empty", V(""), "", bad_id},
    {"white space", V(" \r\n\t\r\n"), "", bad_id},
    {"';' alone", V(";"), "", bad_id},
    {"comment alone", V("(mx)"), "", bad_id},
    {"authserv-id alone", V("mx"), "mx", no_semicolon},
    {"authserv-id and version", V("mx 1"), "mx", no_semicolon},
    {"no result", V("mx;"), "mx", "no result"},
    {"no result but a comment", V("mx; (none)"), "mx", "no result"},
    {"Microsoft", V("spf=pass (sender IP is 192.0.2.1)\r\n smtp.mailfrom=a.example; dkim=none"), "",
     no_id},
    {"Microsoft with CFWS", V("spf (c) = pass"), "", no_id},
    {"authserv-id with a slash", V("example/net; none"), "example/net", bad_id},
    {"authserv-id with UTF-8 outside quotes", V("\xC3\xA9t\xC3\xA9.example; none"),
     "\xC3\xA9t\xC3\xA9.example", bad_id},
    {"authserv-id of two words", V("mx one; none"), "mx", no_semicolon},
    {"version 2", V("mx 2; none"), "mx 2", "a version other than 1"},
    {"version 0", V("mx 0; none"), "mx 0", "a version other than 1"},
    {"version with a letter", V("mx 1a; none"), "mx", no_semicolon},
    {"version at once behind quotes", V("\"mx\"1; none"), "mx", no_semicolon},
    {"';;'", V("mx; a=b;; c=d"), "mx; a/1=b", no_method},
    {"';;' at the end", V("mx; a=b;;"), "mx; a/1=b", no_method},
    {"';' before all", V("mx;; a=b"), "mx", no_method},
    {"none and a method", V("mx; none; a=b"), "mx", "something behind \"none\""},
    {"none and ';'", V("mx; none;"), "mx", "something behind \"none\""},
    {"none and a word", V("mx; none x"), "mx", "something behind \"none\""},
    {"none behind a method", V("mx; a=b; none"), "mx; a/1=b", "a method without \"=\""},
    {"method without result", V("mx; a="), "mx", "a method without a result"},
    {"method without =", V("mx; a b"), "mx", "a method without \"=\""},
    {"method ends in -", V("mx; a-=b"), "mx", no_method},
    {"method with _", V("mx; a_b=c"), "mx", "a method without \"=\""},
    {"method quoted", V("mx; \"a\"=b"), "mx", no_method},
    {"method version without a number", V("mx; a/=b"), "mx",
     "no number where a version must stand"},
    {"result quoted", V("mx; a=\"b\""), "mx", "a method without a result"},
    {"result with something on it", V("mx; a=b/c"), "mx; a/1=b",
     "no white space where it must stand"},
    {"reason without =", V("mx; a=b reason c"), "mx; a/1=b", "a reason without \"=\""},
    {"reason without value", V("mx; a=b reason="), "mx; a/1=b",
     "a reason that is neither token nor quoted-string"},
    {"reason twice", V("mx; a=b reason=c p.q=1 reason=d"), "mx; a/1=b reason=<c> p.q=<1>",
     "a second reason"},
    {"reason no token", V("mx; a=b reason=c/d"), "mx; a/1=b reason=<c>",
     "no white space where it must stand"},
    {"no ptype (Microsoft)", V("mx; dmarc=pass action=none header.from=a.example"),
     "mx; dmarc/1=pass", "a property without a ptype"},
    {"property without =", V("mx; a=b p.q"), "mx; a/1=b", "a property without \"=\""},
    {"property without a name", V("mx; a=b p.=c"), "mx; a/1=b", "no property behind a ptype"},
    {"property without a value", V("mx; a=b p.q=; c=d"), "mx; a/1=b", "a property without a value"},
    {"quotes within a value", V("mx; a=b p.q=c\"d\""), "mx; a/1=b p.q=<c>",
     "neither a reason nor a property"},
    {"quoted local part without domain", V("mx; a=b p.q=\"c\".d"), "mx; a/1=b",
     "a local part without its domain"},
    {"two @ apart", V("mx; a=b p.q=c@d @e"), "mx; a/1=b p.q=<c@d>",
     "neither a reason nor a property"},
    {"comment not closed", V("mx; a=b (c"), "mx; a/1=b", no_end},
    {"comment closed twice", V("mx; a=b (c)) p.q=1"), "mx; a/1=b (c)",
     "neither a reason nor a property"},
    {"comment ends in a backslash", V("mx; a=b (c\\"), "mx; a/1=b", no_end},
    {"quotes not closed", V("mx; a=b p.q=\"c"), "mx; a/1=b", no_end},
    {"authserv-id not closed", V("\"mx; none"), "", no_end},
    {"NUL in a value", V("mx; a=b p.q=c\0d"), "mx; a/1=b p.q=<c>",
     "neither a reason nor a property"},
    {"NUL in a comment", V("mx; a=b (\0)"), "mx; a/1=b", control},
    {"NUL quoted", V("mx; a=b p.q=\"\\\0\""), "mx; a/1=b", control},
    {"DEL in quotes", V("mx; a=b p.q=\"\x7F\""), "mx; a/1=b", control},
    {"NULs", V("\0\0\0\0"), "", bad_id},
    {"lone CR", V("mx; a=b\r p.q=1"), "mx; a/1=b", "a carriage return without a line feed"},
    {"line end that is no fold", V("mx; a=b\r\nX-Forged: p.q=1"), "mx; a/1=b", no_fold},
    {"line end in a comment that is no fold", V("mx; a=b (\nX: )"), "mx; a/1=b", no_fold},
    {"two line ends", V("mx; a=b\r\n\r\n p.q=1"), "mx; a/1=b", no_fold},
};

static void run(const struct parse_case *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct parse_case *t = &cases[i];
        struct arena arena = arena_new();
        struct buffer dump = buffer_new(1 << 20);
        struct authres a;
        enum waybill_status status = authres_parse(&arena, t->value, &a);
        dump_field(&dump, &a);
        bool same = slice_eq(buffer_slice(&dump), slice_str(t->dump));
        if (status != (t->why ? WAYBILL_SYNTAX : WAYBILL_OK) || !same ||
            (t->why && (!a.why || strcmp(a.why, t->why) != 0)))
            fail_msg("%s: status %d, why \"%s\" at %zu, dump %.*s", t->name, (int)status,
                     a.why ? a.why : "", a.at, SLICE_ARGS(buffer_slice(&dump)));
        buffer_free(&dump);
        arena_free(&arena);
    }
}

static void test_examples(void **state)
{
    (void)state;
    run(examples, sizeof examples / sizeof examples[0]);
}

static void test_good(void **state)
{
    (void)state;
    run(good, sizeof good / sizeof good[0]);
}

static void test_bad(void **state)
{
    (void)state;
    run(bad, sizeof bad / sizeof bad[0]);
}

static void test_raw(void **state)
{
    (void)state;
    static const char *const expected[] = {"(x) spf=pass\r\n smtp.mailfrom=a (;) (y)",
                                           "dkim=fail reason=\"a;b\"", "arc=none"};
    struct arena arena = arena_new();
    struct authres a;
    assert_int_equal(
        WAYBILL_OK, authres_parse(&arena,
                                  SLICE("mx 1; (x) spf=pass\r\n smtp.mailfrom=a (;) (y) ;dkim=fail "
                                        "reason=\"a;b\"\r\n ; arc=none ;\r\n"),
                                  &a));
    assert_int_equal(3, a.n);
    for (size_t i = 0; i < a.n; i++)
        assert_true(slice_eq(a.methods[i].raw, slice_str(expected[i])));
    arena_free(&arena);
}

static void test_absent_is_null(void **state)
{
    (void)state;
    struct arena arena = arena_new();
    struct authres a;
    assert_int_equal(WAYBILL_OK,
                     authres_parse(&arena, SLICE("mx; a=b p.q=\"\"; c=d reason=\"\""), &a));
    assert_null(a.methods[0].reason.p);
    assert_null(a.methods[0].comment.p);
    assert_non_null(a.methods[0].properties[0].value.p);
    assert_non_null(a.methods[1].reason.p);
    arena_free(&arena);
}

static const struct {
    const char *value;
    size_t at;
} faults[] = {{"spf=pass", 3}, {"mx; a=b;; c=d", 8}, {"mx; a=b (c", 10}, {"a/b; none", 1}};

static void test_where(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        struct arena arena = arena_new();
        struct authres a;
        assert_int_equal(WAYBILL_SYNTAX, authres_parse(&arena, slice_str(faults[i].value), &a));
        if (a.at != faults[i].at)
            fail_msg("%s: at %zu", faults[i].value, a.at);
        arena_free(&arena);
    }
}

/* --- hostile ---------------------------------------------------------------------------------- */

static struct buffer repeated(const char *head, const char *unit, size_t times)
{
    struct buffer b = buffer_new((size_t)4 << 20);
    buffer_add_str(&b, head);
    for (size_t i = 0; i < times; i++)
        buffer_add_str(&b, unit);
    assert_int_equal(WAYBILL_OK, b.status);
    return b;
}

static const struct {
    const char *name, *head, *unit;
    size_t times;
    enum waybill_status status;
    size_t methods, properties; /* kept; properties are the last method's */
} hostile[] = {
    {"64 KB of (", "", "(", 65536, WAYBILL_LIMIT, 0, 0},
    {"64 KB of ( behind a result", "mx; a=b p.q=1 p.r=2 ", "(", 65536, WAYBILL_LIMIT, 1, 1},
    {"comments as deep as may be", "mx; a=b ", "(", LIMIT_COMMENT_DEPTH, WAYBILL_SYNTAX, 1, 0},
    {"64 KB of ()", "mx; a=b ", "()", 65536, WAYBILL_OK, 1, 0},
    {"64 KB of \"", "mx; a=b p.q=", "\"", 65536, WAYBILL_SYNTAX, 1, 1},
    {"64 KB of quoted-pairs", "mx; a=b p.q=\"", "\\\"", 65536, WAYBILL_SYNTAX, 1, 0},
    {"64 KB of pieces", "mx; a=b p.q=", "\"a\".", 65536, WAYBILL_SYNTAX, 1, 0},
    {"64 KB of backslashes", "mx; a=b (", "\\", 65537, WAYBILL_SYNTAX, 1, 0},
    {"64 KB of ;", "mx", ";", 65536, WAYBILL_SYNTAX, 0, 0},
    {"64 KB of folds", "mx; a=b", "\r\n ", 65536, WAYBILL_OK, 1, 0},
    {"64 KB of 8-bit", "", "\xFF", 65536, WAYBILL_SYNTAX, 0, 0},
    {"64 KB of 8-bit as a value", "mx; a=b p.q=", "\xFF", 65536, WAYBILL_OK, 1, 1},
    {"100,000 methods", "mx", "; a=b", 100000, WAYBILL_LIMIT, LIMIT_AUTHRES_METHODS, 0},
    {"as many methods as may be", "mx", "; a=b", LIMIT_AUTHRES_METHODS, WAYBILL_OK,
     LIMIT_AUTHRES_METHODS, 0},
    {"100,000 properties", "mx; a=b", " p.q=1", 100000, WAYBILL_LIMIT, 1, LIMIT_AUTHRES_PROPERTIES},
    {"as many properties as may be", "mx; a=b", " p.q=1", LIMIT_AUTHRES_PROPERTIES, WAYBILL_OK, 1,
     LIMIT_AUTHRES_PROPERTIES},
    {"as many octets as may be", "mx; a=b p.q=", "x", LIMIT_AUTHRES_OCTETS - 12, WAYBILL_OK, 1, 1},
    {"an octet too many", "mx; a=b p.q=", "x", LIMIT_AUTHRES_OCTETS - 11, WAYBILL_LIMIT, 0, 0},
};

static void test_hostile(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++) {
        struct arena arena = arena_new();
        struct buffer b = repeated(hostile[i].head, hostile[i].unit, hostile[i].times);
        struct authres a;
        enum waybill_status status = authres_parse(&arena, buffer_slice(&b), &a);
        size_t properties = a.n ? a.methods[a.n - 1].n : 0;
        if (status != hostile[i].status || a.n != hostile[i].methods ||
            properties != hostile[i].properties || (status != WAYBILL_OK && !a.why))
            fail_msg("%s: status %d, %zu methods, %zu properties", hostile[i].name, (int)status,
                     a.n, properties);
        buffer_free(&b);
        arena_free(&arena);
    }
}

/* Each part of a good field, in memory of exactly its length, for the sanitizer to watch. */
static void test_truncated(void **state)
{
    (void)state;
    for (size_t c = 0; c < sizeof good / sizeof good[0]; c++) {
        for (size_t n = 0; n <= good[c].value.n; n++) {
            struct arena arena = arena_new();
            struct authres a;
            uint8_t *exact = malloc(n ? n : 1);
            assert_non_null(exact);
            memcpy(exact, good[c].value.p, n);
            enum waybill_status status = authres_parse(&arena, slice_of(exact, n), &a);
            assert_true(status == WAYBILL_OK || (status == WAYBILL_SYNTAX && a.why && a.at <= n));
            free(exact);
            arena_free(&arena);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_examples),
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_bad),
        cmocka_unit_test(test_raw),
        cmocka_unit_test(test_absent_is_null),
        cmocka_unit_test(test_where),
        cmocka_unit_test(test_hostile),
        cmocka_unit_test(test_truncated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
