/* What a signature signs, octet by octet (spec-06 section 9.6). */
#include "crypto/engine.h"
#include "dkim2/input.h"
#include "dkim2/run.h"
#include "support/custody.h"
#include "support/group.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void assert_octets(const char *name, const struct buffer *octets, const char *wanted)
{
    assert_int_equal(octets->status, WAYBILL_OK);
    if (!slice_eq(buffer_slice(octets), slice_str(wanted)))
        fail_msg("%s: %.*s", name, SLICE_ARGS(buffer_slice(octets)));
}

/* --- one field -------------------------------------------------------------------------------- */

enum { CUTS_MOST = 3 };

static const struct field_case {
    const char *name, *field;
    const char *cuts[CUTS_MOST]; /* what goes out of the value, in its order */
    const char *octets;
} field_cases[] = {
    {"as it should be", "A: b=c;\r\n", {NULL}, "a:b=c;\r\n"},
    {"no white space", "A:b\r\n", {NULL}, "a:b\r\n"},
    {"no value", "A:\r\n", {NULL}, "a:\r\n"},
    {"a value of white space", "A: \t \r\n", {NULL}, "a:\r\n"},

    {"a name in capitals", "DKIM2-SIGNATURE:X\r\n", {NULL}, "dkim2-signature:X\r\n"},
    {"the case of a value stays", "a: D=Example.COM;\r\n", {NULL}, "a:D=Example.COM;\r\n"},
    {"white space before the colon", "A \t: b\r\n", {NULL}, "a:b\r\n"},
    {"at the start", "A: \t  b\r\n", {NULL}, "a:b\r\n"},
    {"at the end", "A:b \t\r\n", {NULL}, "a:b\r\n"},
    {"inside", "A:b c\td  e\r\n", {NULL}, "a:bcde\r\n"},
    {"around = and ;", "A:b = c ; d = e ;\r\n", {NULL}, "a:b=c;d=e;\r\n"},
    {"in the middle of a name of a tag", "A:f oo=1\r\n", {NULL}, "a:foo=1\r\n"},

    {"a fold at the start", "A:\r\n b\r\n", {NULL}, "a:b\r\n"},
    {"a fold inside", "A:b;\r\n c;\r\n\td;\r\n", {NULL}, "a:b;c;d;\r\n"},
    {"a fold at the end", "A:b\r\n \r\n", {NULL}, "a:b\r\n"},
    {"folds in a row", "A:b\r\n \r\n\t\r\n c\r\n", {NULL}, "a:bc\r\n"},
    {"a fold in base64", "A:s=AAAA\r\n BBBB==\r\n", {NULL}, "a:s=AAAABBBB==\r\n"},
    {"nothing but a fold", "A:\r\n \r\n", {NULL}, "a:\r\n"},

    {"no final semicolon", "A:b=c\r\n", {NULL}, "a:b=c\r\n"},
    {"tags in any order, and unknown ones", "A:z=1;b=2;;q=;\r\n", {NULL}, "a:z=1;b=2;;q=;\r\n"},
    {"8-bit octets and controls",
     "A:\xC3\xA4 \x01\x7F\v\f\r\n",
     {NULL},
     "a:\xC3\xA4\x01\x7F\v\f\r\n"},
    {"colons", "A: b:c : d\r\n", {NULL}, "a:b:c:d\r\n"},

    {"a cut", "A:s=x:y:AAAA;\r\n", {"AAAA"}, "a:s=x:y:;\r\n"},
    {"several cuts",
     "A:s=x:y:AAAA,z:y:BBBB|w:y:CCCC;t=1;\r\n",
     {"AAAA", "BBBB", "CCCC"},
     "a:s=x:y:,z:y:|w:y:;t=1;\r\n"},
    {"cuts of equal values", "A:s=x:y:AAAA,z:y:AAAA;\r\n", {"AAAA", "AAAA"}, "a:s=x:y:,z:y:;\r\n"},
    {"a cut with folds inside", "A:s=x:y:\r\n AA\r\n AA\r\n ;\r\n", {"AA\r\n AA"}, "a:s=x:y:;\r\n"},
    {"a cut at the start", "A:AAAA;\r\n", {"AAAA"}, "a:;\r\n"},
    {"a cut at the end", "A:s=x:y:AAAA\r\n", {"AAAA"}, "a:s=x:y:\r\n"},
    {"the whole value", "A:AAAA\r\n", {"AAAA"}, "a:\r\n"},
    {"an empty cut", "A:s=x:y:;\r\n", {""}, "a:s=x:y:;\r\n"},
    {"the same octets elsewhere stay",
     "A:s=x:y:AAAA;n=AAAA;\r\n",
     {"AAAA"},
     "a:s=x:y:;n=AAAA;\r\n"},
};

static struct field *field_of(struct arena *arena, const char *text)
{
    struct header header;
    assert_int_equal(header_parse(arena, slice_str(text), 1, &header), WAYBILL_OK);
    return &header.fields[0];
}

/* The places of the case's cuts in the value: each the first behind the one before. */
static size_t find_cuts(const struct field_case *c, struct slice value,
                        struct slice cuts[CUTS_MOST])
{
    size_t at = 0, n = 0;
    for (; n < CUTS_MOST && c->cuts[n]; n++) {
        struct slice wanted = slice_str(c->cuts[n]);
        while (!slice_starts(slice_from(value, at), wanted))
            assert_true(at++ < value.n);
        cuts[n] = slice_sub(value, at, wanted.n);
        at += wanted.n;
    }
    return n;
}

static void fields(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof field_cases / sizeof field_cases[0]; i++) {
        const struct field_case *c = &field_cases[i];
        struct arena arena = arena_new();
        struct buffer octets = buffer_new(4096);
        struct field *field = field_of(&arena, c->field);
        struct slice cuts[CUTS_MOST];
        struct dkim2_input input = {NULL, 0, field, cuts, find_cuts(c, field->value, cuts)};
        assert_int_equal(dkim2_input_octets(&input, &octets), WAYBILL_OK);
        assert_octets(c->name, &octets, c->octets);
        buffer_free(&octets);
        arena_free(&arena);
    }
}

/* A CR or LF that ends no line is no white space. A parser of headers lets none through. */
static void lone_line_ends(void **state)
{
    (void)state;
    const struct field field = {.name = SLICE("A"), .value = SLICE(" b\rc\nd\r\r\n e\n\r")};
    const struct dkim2_input input = {.own = &field};
    struct buffer octets = buffer_new(4096);
    assert_int_equal(dkim2_input_octets(&input, &octets), WAYBILL_OK);
    assert_octets("lone CR and LF", &octets, "a:b\rc\nd\re\n\r\r\n");
    buffer_free(&octets);
}

/* --- the digest ------------------------------------------------------------------------------- */

/* The digest of these octets in one go. */
static struct digest_value digest_of(enum digest_kind kind, struct slice octets)
{
    struct crypto *crypto = lab.engine->crypto;
    struct digest_value value = {.n = 0};
    struct digest digest;
    assert_int_equal(digest_start(crypto, kind, &digest), WAYBILL_OK);
    assert_int_equal(digest_update(&digest, octets), WAYBILL_OK);
    assert_int_equal(digest_final(crypto, &digest, &value), WAYBILL_OK);
    return value;
}

static void assert_digest(const char *name, const struct dkim2_input *input)
{
    struct buffer octets = buffer_new(LAB_MESSAGE_OCTETS);
    assert_int_equal(dkim2_input_octets(input, &octets), WAYBILL_OK);
    for (enum digest_kind kind = DIGEST_SHA256; kind < DIGEST_KINDS; kind++) {
        struct digest_value wanted = digest_of(kind, buffer_slice(&octets)), value;
        assert_int_equal(dkim2_input_digest(lab.engine->crypto, input, kind, &value), WAYBILL_OK);
        if (!slice_eq(digest_slice(&value), digest_slice(&wanted)))
            fail_msg("%s: the %s is of other octets", name, digest_kind_text(kind));
    }
    buffer_free(&octets);
}

static void digests(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof field_cases / sizeof field_cases[0]; i++) {
        const struct field_case *c = &field_cases[i];
        struct arena arena = arena_new();
        struct field *field = field_of(&arena, c->field);
        const struct field *others[] = {field_of(&arena, "B: c\r\n"), field};
        struct slice cuts[CUTS_MOST];
        struct dkim2_input input = {others, 2, field, cuts, find_cuts(c, field->value, cuts)};
        assert_digest(c->name, &input);
        arena_free(&arena);
    }
}

static void end_text(struct buffer *text)
{
    buffer_add_str(text, "\r\n");
    buffer_add_octet(text, '\0');
}

/* Runs of every length about that of what is gathered on the way, folded here and there. */
static void long_values(void **state)
{
    (void)state;
    for (size_t n = 2000; n < 2100; n++) {
        struct buffer text = buffer_new(65536), wanted = buffer_new(65536),
                      octets = buffer_new(65536);
        buffer_add_str(&text, "A: ");
        buffer_add_str(&wanted, "a:");
        for (size_t i = 0; i < 2 * n; i++) {
            buffer_add_str(&text, i == n ? "\r\n " : i % n == 7 ? "\t" : "");
            buffer_add_octet(&text, (uint8_t)('a' + i % 26));
            buffer_add_octet(&wanted, (uint8_t)('a' + i % 26));
        }
        end_text(&text);
        end_text(&wanted);
        struct arena arena = arena_new();
        struct dkim2_input input = {.own = field_of(&arena, (const char *)text.p)};
        assert_int_equal(dkim2_input_octets(&input, &octets), WAYBILL_OK);
        assert_octets("a long value", &octets, (const char *)wanted.p);
        assert_digest("a long value", &input);
        arena_free(&arena);
        buffer_free(&text);
        buffer_free(&wanted);
        buffer_free(&octets);
    }
}

/* --- a hop of a message ----------------------------------------------------------------------- */

#define MI1 "Message-Instance: m=1; h=sha256:AAAA:BBBB;\r\n"
#define MI2 "Message-Instance: m=2; h=sha256:CCCC:DDDD; r=e30=;\r\n"
#define MI3 "Message-Instance: m=3; h=sha256:EEEE:FFFF; r=e30=;\r\n"
#define DS1 \
    "DKIM2-Signature: i=1; m=1; t=1; d=a.example; mf=PD4=; rt=PGJAYz4=; s=x:rsa-sha256:AAAA;\r\n"
#define DS2 \
    "DKIM2-Signature: i=2; m=1; t=2; d=b.example; mf=PD4=; rt=PGJAYz4=; s=x:rsa-sha256:BBBB;\r\n"
#define DS3 \
    "DKIM2-Signature: i=3; m=2; t=3; d=c.example; mf=PD4=; rt=PGJAYz4=; s=x:rsa-sha256:CCCC;\r\n"
#define REST "From: a@a.example\r\n\r\n"

#define MI1_IN "message-instance:m=1;h=sha256:AAAA:BBBB;\r\n"
#define MI2_IN "message-instance:m=2;h=sha256:CCCC:DDDD;r=e30=;\r\n"
#define DS_IN(i, m, d, value)                      \
    "dkim2-signature:i=" i ";m=" m ";t=" i ";d=" d \
    ".example;mf=PD4=;rt=PGJAYz4=;s=x:rsa-sha256:" value ";\r\n"

static const struct hop_case {
    const char *name, *message;
    size_t i;
    const char *octets; /* NULL: not all of it is there */
} hop_cases[] = {
    {"the first hop", DS1 MI1 REST, 1, MI1_IN DS_IN("1", "1", "a", "")},
    {"hops above do not count", DS3 MI2 DS2 DS1 MI1 REST, 1, MI1_IN DS_IN("1", "1", "a", "")},
    {"the values of hops before stay", DS2 DS1 MI1 REST, 2,
     MI1_IN DS_IN("1", "1", "a", "AAAA") DS_IN("2", "1", "b", "")},
    {"an instance above m= is left out", DS3 MI2 DS2 DS1 MI1 REST, 2,
     MI1_IN DS_IN("1", "1", "a", "AAAA") DS_IN("2", "1", "b", "")},
    {"instances first, both in ascending order", DS3 MI2 DS2 DS1 MI1 REST, 3,
     MI1_IN MI2_IN DS_IN("1", "1", "a", "AAAA") DS_IN("2", "1", "b", "BBBB")
         DS_IN("3", "2", "c", "")},
    {"whatever order they stand in", MI1 DS1 "To: b\r\n" DS3 DS2 MI3 MI2 REST, 3,
     MI1_IN MI2_IN DS_IN("1", "1", "a", "AAAA") DS_IN("2", "1", "b", "BBBB")
         DS_IN("3", "2", "c", "")},
    {"tags in any order, case and place",
     "dkim2-SIGNATURE :\r\n\tS = y : rsa-sha256 : QUFB\r\n QUFB ;D=a.example;x=1;M=1;I=1\r\n ;T=1;"
     "RT=PGJAYz4= , PGNAZD4=;MF=PD4=\r\nMESSAGE-instance:h=sha256:AA\r\n AA:BBBB;M=1\r\n" REST,
     1,
     "message-instance:h=sha256:AAAA:BBBB;M=1\r\n"
     "dkim2-signature:S=y:rsa-sha256:;D=a.example;x=1;M=1;I=1;T=1;RT=PGJAYz4=,PGNAZD4=;MF=PD4="
     "\r\n"},
    {"several signatures",
     "DKIM2-Signature: i=1; m=1; t=1; d=a.example; mf=PD4=; rt=PGJAYz4=; s=x:rsa-sha256:AAAA,\r\n"
     " y:ed25519-sha256: BB BB ;\r\n" MI1 REST,
     1,
     MI1_IN "dkim2-signature:i=1;m=1;t=1;d=a.example;mf=PD4=;rt=PGJAYz4=;s=x:rsa-sha256:,"
            "y:ed25519-sha256:;\r\n"},
    {"a signature of an unknown algorithm is emptied, too",
     "DKIM2-Signature: i=1; m=1; t=1; d=a.example; mf=PD4=; rt=PGJAYz4=; s=x:rsa-sha256:AAAA,\r\n"
     " y:new-sha999:BBBB;\r\n" MI1 REST,
     1,
     MI1_IN "dkim2-signature:i=1;m=1;t=1;d=a.example;mf=PD4=;rt=PGJAYz4=;s=x:rsa-sha256:,"
            "y:new-sha999:;\r\n"},
    {"an instance is not there", DS3 MI2 DS2 DS1 REST, 3, NULL},
    {"a signature is not there", DS3 MI2 DS1 MI1 REST, 3, NULL},
    {"an instance twice", DS1 MI1 MI1 REST, 1, NULL},
    {"a signature before twice", DS2 DS1 DS1 MI1 REST, 2, NULL},
};

/* The octets, and that the digests that run from hop to hop are of them. */
static void check_hop(const struct hop_case *c, enum waybill_draft draft)
{
    static const struct dns_row none = {NULL, WAYBILL_NODATA, {NULL}};
    struct custody_rows rows = {&lab, &none, 0};
    struct custody_input in = {
        .message = slice_str(c->message), .draft = draft, .answer = custody_by_rows, .self = &rows};
    struct custody custody;
    assert_int_equal(custody_run(lab.engine, &in, &custody), WAYBILL_OK);
    const struct dkim2_cover *cover = &custody.dkim2.run->covers[c->i - 1];
    if (cover->whole != (c->octets != NULL))
        fail_msg("%s: whole or not", c->name);
    if (c->octets) {
        struct buffer octets = buffer_new(4096);
        assert_int_equal(run_octets(&custody.dkim2, c->i, &octets), WAYBILL_OK);
        assert_octets(c->name, &octets, c->octets);
        struct digest_value wanted = digest_of(DIGEST_SHA256, buffer_slice(&octets));
        if (!slice_eq(digest_slice(&cover->digest), digest_slice(&wanted)))
            fail_msg("%s: the digest is of other octets", c->name);
        buffer_free(&octets);
    }
    custody_free(&custody);
}

static void hops(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof hop_cases / sizeof hop_cases[0]; i++) {
        check_hop(&hop_cases[i], WAYBILL_DRAFT_06);
        check_hop(&hop_cases[i], WAYBILL_DRAFT_09);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields),      cmocka_unit_test(lone_line_ends), cmocka_unit_test(digests),
        cmocka_unit_test(long_values), cmocka_unit_test(hops),
    };
    return cmocka_run_group_tests_name("dkim2_input", tests, lab_set_up, lab_tear_down);
}
