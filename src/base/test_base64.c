#include "base/base64.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define S(literal)                                      \
    {                                                   \
        (const uint8_t *)(literal), sizeof(literal) - 1 \
    }

/* RFC 4648 section 10, and the end of the alphabet. */
static const struct pair_case {
    struct slice octets;
    const char *text;
} pair_cases[] = {
    {S(""), ""},
    {S("f"), "Zg=="},
    {S("fo"), "Zm8="},
    {S("foo"), "Zm9v"},
    {S("foob"), "Zm9vYg=="},
    {S("fooba"), "Zm9vYmE="},
    {S("foobar"), "Zm9vYmFy"},
    {S("\0"), "AA=="},
    {S("\xFF\xFF\xFF"), "////"},
    {S("\xFB\xEF\xBE"), "++++"},
};

static void pairs(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof pair_cases / sizeof pair_cases[0]; i++) {
        const struct pair_case *c = &pair_cases[i];
        struct arena arena = arena_new();
        struct buffer b = buffer_new(100);
        struct slice out;
        base64_encode(&b, c->octets);
        if (!slice_eq(buffer_slice(&b), slice_str(c->text)))
            fail_msg("%s: encoded", c->text);
        if (base64_decode(&arena, slice_str(c->text), BASE64_STRICT, &out) != WAYBILL_OK ||
            !slice_eq(out, c->octets))
            fail_msg("%s: decoded", c->text);
        buffer_free(&b);
        arena_free(&arena);
    }
}

static const struct text_case {
    const char *name;
    struct slice text;
    enum waybill_status strict, fws;
} text_cases[] = {
    {"one digit", S("Z"), WAYBILL_SYNTAX, WAYBILL_SYNTAX},
    {"five digits", S("Zm9vZ"), WAYBILL_SYNTAX, WAYBILL_SYNTAX},
    {"no padding for two digits", S("Zg"), WAYBILL_SYNTAX, WAYBILL_SYNTAX},
    {"no padding for three digits", S("Zm8"), WAYBILL_SYNTAX, WAYBILL_SYNTAX},
    {"too little padding", S("Zg="), WAYBILL_SYNTAX, WAYBILL_SYNTAX},
    {"too much padding", S("Zm8=="), WAYBILL_SYNTAX, WAYBILL_SYNTAX},
    {"padding of whole groups", S("Zm9v===="), WAYBILL_SYNTAX, WAYBILL_SYNTAX},
    {"padding alone", S("===="), WAYBILL_SYNTAX, WAYBILL_SYNTAX},
    {"one padding alone", S("="), WAYBILL_SYNTAX, WAYBILL_SYNTAX},
    {"digits behind padding", S("Zg==Zg=="), WAYBILL_SYNTAX, WAYBILL_SYNTAX},
    {"padding in the middle", S("Zg=g"), WAYBILL_SYNTAX, WAYBILL_SYNTAX},
    {"bits left over of two digits", S("Zh=="), WAYBILL_SYNTAX, WAYBILL_SYNTAX},
    {"bits left over of three digits", S("Zm9="), WAYBILL_SYNTAX, WAYBILL_SYNTAX},
    {"URL alphabet", S("-_-_"), WAYBILL_SYNTAX, WAYBILL_SYNTAX},
    {"octets beside the alphabet", S("@[`{"), WAYBILL_SYNTAX, WAYBILL_SYNTAX},
    {"NUL", S("Zm9\0"), WAYBILL_SYNTAX, WAYBILL_SYNTAX},
    {"8-bit", S("Zm9\xF6"), WAYBILL_SYNTAX, WAYBILL_SYNTAX},
    {"space", S(" Zm 9v "), WAYBILL_SYNTAX, WAYBILL_OK},
    {"fold", S("Zm\r\n\t9v"), WAYBILL_SYNTAX, WAYBILL_OK},
    {"fold in the padding", S("Zg=\r\n ="), WAYBILL_SYNTAX, WAYBILL_OK},
    {"white space alone", S(" \r\n "), WAYBILL_SYNTAX, WAYBILL_OK},
    {"vertical tab", S("Zm\v9v"), WAYBILL_SYNTAX, WAYBILL_SYNTAX},
};

static void texts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof text_cases / sizeof text_cases[0]; i++) {
        const struct text_case *c = &text_cases[i];
        struct arena arena = arena_new();
        struct slice out;
        if (base64_decode(&arena, c->text, BASE64_STRICT, &out) != c->strict)
            fail_msg("%s: strict", c->name);
        if (base64_decode(&arena, c->text, BASE64_FWS, &out) != c->fws)
            fail_msg("%s: with white space", c->name);
        arena_free(&arena);
    }
}

static void every_octet_and_length(void **state)
{
    (void)state;
    uint8_t octets[256 + 3];
    for (size_t i = 0; i < sizeof octets; i++)
        octets[i] = (uint8_t)(i * 131 + 7);
    for (size_t n = 0; n <= sizeof octets; n++) {
        struct arena arena = arena_new();
        struct buffer b = buffer_new(1000);
        struct slice out;
        base64_encode(&b, slice_of(octets, n));
        assert_int_equal(b.n, (n + 2) / 3 * 4);
        assert_int_equal(base64_decode(&arena, buffer_slice(&b), BASE64_STRICT, &out), WAYBILL_OK);
        assert_true(slice_eq(out, slice_of(octets, n)));
        buffer_free(&b);
        arena_free(&arena);
    }
}

static void ceiling(void **state)
{
    (void)state;
    struct buffer b = buffer_new(7);
    base64_encode(&b, SLICE("foob"));
    assert_int_equal(b.status, WAYBILL_LIMIT);
    buffer_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs),
        cmocka_unit_test(texts),
        cmocka_unit_test(every_octet_and_length),
        cmocka_unit_test(ceiling),
    };
    return cmocka_run_group_tests_name("base64", tests, NULL, NULL);
}
