#include "mail/canon.h"

#include "support/forge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define S(literal)                                      \
    {                                                   \
        (const uint8_t *)(literal), sizeof(literal) - 1 \
    }

static void assert_octets(const char *name, const char *what, struct slice is, struct slice should)
{
    struct buffer shown = buffer_new(1 << 20);
    if (slice_eq(is, should))
        return;
    buffer_add_escaped(&shown, is);
    buffer_add_octet(&shown, 0);
    fail_msg("%s, %s: \"%s\"", name, what, (const char *)shown.p);
}

/* --- header ----------------------------------------------------------------------------------- */

/* The first two are the fields of RFC 6376 section 3.4.5. The simple form is the field itself. */
static const struct field_case {
    const char *name;
    struct slice raw, relaxed;
} field_cases[] = {
    {"3.4.5, first", S("A: X\r\n"), S("a:X\r\n")},
    {"3.4.5, second", S("B : Y\t\r\n\tZ  \r\n"), S("b:Y Z\r\n")},
    {"empty value", S("A:\r\n"), S("a:\r\n")},
    {"value of white space", S("A: \t \r\n"), S("a:\r\n")},
    {"value of folds", S("A: \r\n \r\n\t\r\n"), S("a:\r\n")},
    {"name in capitals", S("SubJect:X Y\r\n"), S("subject:X Y\r\n")},
    {"white space before the colon", S("A \t : x\r\n"), S("a:x\r\n")},
    {"fold without white space around", S("A:x\r\n y\r\n"), S("a:x y\r\n")},
    {"folds in a run", S("A: x \r\n \r\n\t y\r\n"), S("a:x y\r\n")},
    {"colons", S("A: b:c : d\r\n"), S("a:b:c : d\r\n")},
    {"8-bit and NUL", S("A: \xE9 \0 b\r\n"), S("a:\xE9 \0 b\r\n")},
    {"lone CR stays", S("A: x \r y\r\n"), S("a:x \r y\r\n")},
    {"lone LF stays", S("A: x\n y\r\n"), S("a:x\n y\r\n")},
    {"CR before the end stays", S("A: x \r\r\n"), S("a:x \r\r\n")},
};

static struct header parse_one(struct arena *arena, struct slice raw)
{
    struct header header;
    assert_int_equal(header_parse(arena, raw, 1, &header), WAYBILL_OK);
    return header;
}

static void fields(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof field_cases / sizeof field_cases[0]; i++) {
        const struct field_case *c = &field_cases[i];
        struct arena arena = arena_new();
        struct header header = parse_one(&arena, c->raw);
        struct slice out;
        assert_int_equal(canon_field(&arena, header.fields, CANON_SIMPLE, &out), WAYBILL_OK);
        assert_octets(c->name, "simple", out, c->raw);
        for (int again = 0; again < 2; again++) {
            assert_int_equal(canon_field(&arena, header.fields, CANON_RELAXED, &out), WAYBILL_OK);
            assert_octets(c->name, again ? "relaxed again" : "relaxed", out, c->relaxed);
        }
        arena_free(&arena);
    }
}

static const struct cut_case {
    const char *name;
    struct slice raw;
    size_t at, n; /* the cut, from the start of raw */
    struct slice simple, relaxed;
} cut_cases[] = {
    {"at the end", S("A: v=1; b=XY\r\n"), 10, 2, S("A: v=1; b="), S("a:v=1; b=")},
    {"between", S("A: b=XY; v=1\r\n"), 5, 2, S("A: b=; v=1"), S("a:b=; v=1")},
    {"with folds in it", S("A: b=X\r\n\tY ; v=1\r\n"), 5, 6, S("A: b=; v=1"), S("a:b=; v=1")},
    {"nothing", S("A: b=; v=1\r\n"), 5, 0, S("A: b=; v=1"), S("a:b=; v=1")},
    {"folds around stay", S("A : b=XY;\r\n\tv=1\r\n"), 6, 2, S("A : b=;\r\n\tv=1"), S("a:b=; v=1")},
    {"white space at the end", S("A: v=1; b=XY \r\n"), 10, 3, S("A: v=1; b="), S("a:v=1; b=")},
};

static void cuts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cut_cases / sizeof cut_cases[0]; i++) {
        const struct cut_case *c = &cut_cases[i];
        struct arena arena = arena_new();
        struct header header = parse_one(&arena, c->raw);
        struct slice out, cut = slice_sub(c->raw, c->at, c->n);
        assert_int_equal(canon_field_without(&arena, header.fields, CANON_SIMPLE, cut, &out),
                         WAYBILL_OK);
        assert_octets(c->name, "simple", out, c->simple);
        assert_int_equal(canon_field_without(&arena, header.fields, CANON_RELAXED, cut, &out),
                         WAYBILL_OK);
        assert_octets(c->name, "relaxed", out, c->relaxed);
        arena_free(&arena);
    }
}

/* --- body ------------------------------------------------------------------------------------- */

static const struct body_case {
    const char *name;
    struct slice body, simple, relaxed;
} body_cases[] = {
    {"3.4.5", S(" C \r\nD \t E\r\n\r\n\r\n"), S(" C \r\nD \t E\r\n"), S(" C\r\nD E\r\n")},
    {"empty", S(""), S("\r\n"), S("")},
    {"one line end", S("\r\n"), S("\r\n"), S("")},
    {"line ends alone", S("\r\n\r\n\r\n"), S("\r\n"), S("")},
    {"no line end", S("a"), S("a\r\n"), S("a\r\n")},
    {"one line", S("a\r\n"), S("a\r\n"), S("a\r\n")},
    {"blank lines at the end", S("a\r\n\r\n\r\n"), S("a\r\n"), S("a\r\n")},
    {"blank lines between", S("a\r\n\r\n\r\nb\r\n"), S("a\r\n\r\n\r\nb\r\n"),
     S("a\r\n\r\n\r\nb\r\n")},
    {"blank lines first", S("\r\n\r\na\r\n"), S("\r\n\r\na\r\n"), S("\r\n\r\na\r\n")},
    {"spaces alone, no line end", S("  "), S("  \r\n"), S("")},
    {"spaces alone", S(" \t \r\n"), S(" \t \r\n"), S("")},
    {"lines of white space at the end", S("a\r\n \r\n\t\r\n"), S("a\r\n \r\n\t\r\n"), S("a\r\n")},
    {"a line of white space between", S("a\r\n \t\r\nb\r\n"), S("a\r\n \t\r\nb\r\n"),
     S("a\r\n\r\nb\r\n")},
    {"white space at the end of a line", S("a \t \r\n"), S("a \t \r\n"), S("a\r\n")},
    {"white space and no line end", S("a \t"), S("a \t\r\n"), S("a\r\n")},
    {"white space at the start of a line", S("\t a\r\n"), S("\t a\r\n"), S(" a\r\n")},
    {"a tab between words", S("a\tb\r\n"), S("a\tb\r\n"), S("a b\r\n")},
    {"runs between words", S("a  b \t c\r\n"), S("a  b \t c\r\n"), S("a b c\r\n")},
    {"lone CR", S("a\rb\r\n"), S("a\rb\r\n"), S("a\rb\r\n")},
    {"lone CR behind white space", S("a \t\rb\r\n"), S("a \t\rb\r\n"), S("a \rb\r\n")},
    {"lone CR before white space", S("a\r  b\r\n"), S("a\r  b\r\n"), S("a\r b\r\n")},
    {"lone CR between white space", S("a  \r  b\r\n"), S("a  \r  b\r\n"), S("a \r b\r\n")},
    {"white space and CR at the end", S("a  \r"), S("a  \r\r\n"), S("a \r\r\n")},
    {"CR at the end", S("a\r"), S("a\r\r\n"), S("a\r\r\n")},
    {"CR alone", S("\r"), S("\r\r\n"), S("\r\r\n")},
    {"CR CR LF", S("a\r\r\n"), S("a\r\r\n"), S("a\r\r\n")},
    {"white space, CR CR LF", S("a \r\r\n"), S("a \r\r\n"), S("a \r\r\n")},
    {"CR CR", S("\r\r"), S("\r\r\r\n"), S("\r\r\r\n")},
    {"white space between CR and LF", S("a\r \nb"), S("a\r \nb\r\n"), S("a\r \nb\r\n")},
    {"lone LF", S("a\nb\r\n"), S("a\nb\r\n"), S("a\nb\r\n")},
    {"lone LF behind white space", S("a \nb\r\n"), S("a \nb\r\n"), S("a \nb\r\n")},
    {"lone LF at the end", S("a\r\n\n"), S("a\r\n\n\r\n"), S("a\r\n\n\r\n")},
    {"LF CR", S("a\n\rb"), S("a\n\rb\r\n"), S("a\n\rb\r\n")},
    {"blank lines, then a lone CR", S("a\r\n\r\n\r"), S("a\r\n\r\n\r\r\n"), S("a\r\n\r\n\r\r\n")},
    {"blank lines, white space, a word", S("a\r\n\r\n b"), S("a\r\n\r\n b\r\n"),
     S("a\r\n\r\n b\r\n")},
    {"NUL and 8-bit", S("\0 \0\xE9 \r\n"), S("\0 \0\xE9 \r\n"), S("\0 \0\xE9\r\n")},
    {"other control characters are no white space", S("a\v\f \v\r\n"), S("a\v\f \v\r\n"),
     S("a\v\f \v\r\n")},
};

struct taken {
    struct buffer octets;
};

static enum waybill_status take(void *self, struct slice run)
{
    struct taken *taken = self;
    assert_true(run.n > 0);
    buffer_add(&taken->octets, run);
    return taken->octets.status;
}

/* A piece in memory of its own, which is gone when the next one comes. */
static void feed(struct canon_body *body, struct slice piece)
{
    uint8_t *own = malloc(piece.n ? piece.n : 1);
    assert_non_null(own);
    if (piece.n)
        memcpy(own, piece.p, piece.n);
    assert_int_equal(canon_body_update(body, slice_of(own, piece.n)), WAYBILL_OK);
    free(own);
}

/* Cut at `first` and `second`, or octet by octet where first is SIZE_MAX. */
static struct buffer canonical(struct slice octets, enum canon form, size_t first, size_t second)
{
    struct taken taken = {buffer_new(LAB_MESSAGE_OCTETS)};
    uint8_t gathered[64];
    struct canon_body body = {
        .form = form, .sink = {take, &taken}, .gathered = gathered, .room = sizeof gathered};
    if (first == SIZE_MAX) {
        for (size_t i = 0; i < octets.n; i++)
            feed(&body, slice_sub(octets, i, 1));
    } else {
        feed(&body, slice_sub(octets, 0, first));
        feed(&body, slice_sub(octets, first, second - first));
        feed(&body, slice_from(octets, second));
    }
    assert_int_equal(canon_body_final(&body), WAYBILL_OK);
    return taken.octets;
}

static void check_body(const char *name, struct slice body, enum canon form, struct slice should)
{
    struct buffer out = canonical(body, form, SIZE_MAX, 0);
    assert_octets(name, canon_text(form), buffer_slice(&out), should);
    buffer_free(&out);
    for (size_t first = 0; first <= body.n; first++)
        for (size_t second = first; second <= body.n; second++) {
            out = canonical(body, form, first, second);
            assert_octets(name, canon_text(form), buffer_slice(&out), should);
            buffer_free(&out);
        }
}

static void bodies(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof body_cases / sizeof body_cases[0]; i++) {
        const struct body_case *c = &body_cases[i];
        check_body(c->name, c->body, CANON_SIMPLE, c->simple);
        check_body(c->name, c->body, CANON_RELAXED, c->relaxed);
    }
}

/* Long runs, where octets are looked at in blocks and given out unchanged. */
static struct buffer body_of_chance(struct prng *p)
{
    static const char *const parts[] = {"\r\n", "\r\n\r\n", " ", "\t", "\r", "\n", "  ", " \r\n"};
    struct buffer b = buffer_new(LAB_MESSAGE_OCTETS);
    for (size_t n = prng_below(p, 40); n > 0; n--) {
        for (size_t run = prng_below(p, 3) ? prng_below(p, 20) : prng_below(p, 900); run > 0; run--)
            buffer_add_octet(&b, (uint8_t)('a' + run % 26));
        buffer_add_str(&b, parts[prng_below(p, sizeof parts / sizeof parts[0])]);
    }
    return b;
}

static void bodies_of_chance(void **state)
{
    (void)state;
    uint64_t seed = seed_of_run(6376);
    struct prng p = {seed};
    for (unsigned round = 0; round < rounds_of_run(2000); round++) {
        struct buffer body = body_of_chance(&p);
        enum canon form = (enum canon)prng_below(&p, CANON_FORMS);
        size_t first = prng_below(&p, body.n + 1);
        size_t second = first + prng_below(&p, body.n - first + 1);
        struct buffer is = canonical(buffer_slice(&body), form, first, second);
        struct buffer should = model_body(buffer_slice(&body), form);
        if (!slice_eq(buffer_slice(&is), buffer_slice(&should)))
            fail_msg("SEED=%llu, round %u, %s, cut at %zu and %zu", (unsigned long long)seed, round,
                     canon_text(form), first, second);
        buffer_free(&body);
        buffer_free(&is);
        buffer_free(&should);
    }
}

static void names(void **state)
{
    (void)state;
    enum canon form = CANON_FORMS;
    assert_true(canon_find(SLICE("simple"), &form) && form == CANON_SIMPLE);
    assert_true(canon_find(SLICE("relaxed"), &form) && form == CANON_RELAXED);
    assert_false(canon_find(SLICE("Relaxed"), &form));
    assert_false(canon_find(SLICE("relaxe"), &form));
    assert_false(canon_find(SLICE(""), &form));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields),           cmocka_unit_test(cuts),  cmocka_unit_test(bodies),
        cmocka_unit_test(bodies_of_chance), cmocka_unit_test(names),
    };
    return cmocka_run_group_tests_name("canon", tests, NULL, NULL);
}
