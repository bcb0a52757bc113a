#include "transit/token.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define ID "0123456789abcdef0123456789abcdef"
#define TOKEN "v1." ID ".1795172400.UbXpyJoE4XYEzZ/Kb+ZLYdk0"

static const struct transit_keys keys = {.now = SLICE_INIT("the key of the site")};
static const struct transit_keys changed = {.now = SLICE_INIT("the next key"),
                                            .before = SLICE_INIT("the key of the site")};
static const struct transit_keys others = {.now = SLICE_INIT("the key of another site")};

static enum transit_verdict verdict_on(const struct transit_keys *k, struct slice value,
                                       int64_t now)
{
    char id[TRANSIT_ID_OCTETS + 1];
    enum transit_verdict verdict;
    assert_int_equal(transit_token_read(k, value, now, id, &verdict), WAYBILL_OK);
    bool known = verdict == TRANSIT_GOOD || verdict == TRANSIT_EXPIRED;
    assert_string_equal(id, known ? ID : "");
    return verdict;
}

/* HMAC-SHA-256 made by another program, its first 18 octets as base64. */
static void written(void **state)
{
    (void)state;
    struct buffer out = buffer_new(4096);
    buffer_add_str(&out, "before ");
    assert_int_equal(transit_token_write(&keys, ID, 1795172400, &out), WAYBILL_OK);
    buffer_add_octet(&out, '\0');
    assert_string_equal(out.p, "before " TOKEN);
    buffer_free(&out);
}

static const struct read_case {
    const char *name, *value;
    enum transit_verdict verdict;
} read_cases[] = {
    {"as it was written", TOKEN, TRANSIT_GOOD},
    {"behind a space", " " TOKEN, TRANSIT_GOOD},
    {"folded", "\r\n\t" TOKEN "\r\n ", TRANSIT_GOOD},
    {"folded with LF", "\n " TOKEN, TRANSIT_GOOD},
    {"empty", "", TRANSIT_MALFORMED},
    {"white space", " \r\n ", TRANSIT_MALFORMED},
    {"a fold within", "v1." ID ".1795172400.\r\n UbXpyJoE4XYEzZ/Kb+ZLYdk0", TRANSIT_MALFORMED},
    {"a comment", TOKEN " (hello)", TRANSIT_MALFORMED},
    {"twice", TOKEN TOKEN, TRANSIT_MALFORMED},
    {"another version", "v2." ID ".1795172400.UbXpyJoE4XYEzZ/Kb+ZLYdk0", TRANSIT_MALFORMED},
    {"version in upper case", "V1." ID ".1795172400.UbXpyJoE4XYEzZ/Kb+ZLYdk0", TRANSIT_MALFORMED},
    {"id in upper case", "v1.0123456789ABCDEF0123456789ABCDEF.1795172400.UbXpyJoE4XYEzZ/Kb+ZLYdk0",
     TRANSIT_MALFORMED},
    {"a short id", "v1.0123456789abcdef.1795172400.UbXpyJoE4XYEzZ/Kb+ZLYdk0", TRANSIT_MALFORMED},
    {"no time", "v1." ID "..UbXpyJoE4XYEzZ/Kb+ZLYdk0", TRANSIT_MALFORMED},
    {"a negative time", "v1." ID ".-1.UbXpyJoE4XYEzZ/Kb+ZLYdk0", TRANSIT_MALFORMED},
    {"a time of 14 digits", "v1." ID ".17951724000000.UbXpyJoE4XYEzZ/Kb+ZLYdk0", TRANSIT_MALFORMED},
    {"a time with a zero before it", "v1." ID ".01795172400.UbXpyJoE4XYEzZ/Kb+ZLYdk0",
     TRANSIT_FORGED},
    {"a later time", "v1." ID ".1795172401.UbXpyJoE4XYEzZ/Kb+ZLYdk0", TRANSIT_FORGED},
    {"no MAC", "v1." ID ".1795172400.", TRANSIT_MALFORMED},
    {"no dot before the MAC", "v1." ID ".1795172400", TRANSIT_MALFORMED},
    {"a short MAC", "v1." ID ".1795172400.UbXpyJoE4XYEzZ/Kb+ZLYdk", TRANSIT_MALFORMED},
    {"a padded MAC", "v1." ID ".1795172400.UbXpyJoE4XYEzZ/Kb+ZLYdk=", TRANSIT_MALFORMED},
    {"a long MAC", TOKEN "A", TRANSIT_MALFORMED},
    {"a MAC of nothing", "v1." ID ".1795172400.AAAAAAAAAAAAAAAAAAAAAAAA", TRANSIT_FORGED},
};

static void read_texts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof read_cases / sizeof read_cases[0]; i++) {
        const struct read_case *c = &read_cases[i];
        enum transit_verdict verdict = verdict_on(&keys, slice_str(c->value), 1795172400);
        if (verdict != c->verdict)
            fail_msg("%s: %s", c->name, transit_verdict_text(verdict));
    }
}

static void every_octet_counts(void **state)
{
    (void)state;
    char text[] = TOKEN;
    struct slice all = slice_of(text, sizeof text - 1);
    for (size_t i = 0; i < all.n; i++) {
        uint8_t was = all.p[i];
        for (unsigned c = 0; c < 256; c++) {
            text[i] = (char)c;
            enum transit_verdict verdict = verdict_on(&keys, all, 0);
            bool refused = verdict == TRANSIT_MALFORMED || verdict == TRANSIT_FORGED;
            if (refused == (c == was))
                fail_msg("octet %zu as %u: %s", i, c, transit_verdict_text(verdict));
        }
        text[i] = (char)was;
    }
    for (size_t n = 0; n < all.n; n++)
        assert_int_equal(verdict_on(&keys, slice_sub(all, 0, n), 0), TRANSIT_MALFORMED);
}

static const struct expiry_case {
    int64_t expires, now;
    enum transit_verdict verdict;
} expiry_cases[] = {
    {1795172400, 1795172399, TRANSIT_GOOD},
    {1795172400, 1795172400, TRANSIT_GOOD},
    {1795172400, 1795172401, TRANSIT_EXPIRED},
    {1795172400, INT64_MAX, TRANSIT_EXPIRED},
    {0, 0, TRANSIT_GOOD},
    {0, 1, TRANSIT_EXPIRED},
    {9999999999999, 9999999999999, TRANSIT_GOOD},
    {0, -1, TRANSIT_GOOD},
};

static void expiry(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof expiry_cases / sizeof expiry_cases[0]; i++) {
        const struct expiry_case *c = &expiry_cases[i];
        struct buffer token = buffer_new(TRANSIT_TOKEN_OCTETS);
        assert_int_equal(transit_token_write(&keys, ID, c->expires, &token), WAYBILL_OK);
        enum transit_verdict verdict = verdict_on(&keys, buffer_slice(&token), c->now);
        if (verdict != c->verdict)
            fail_msg("case %zu: %s", i, transit_verdict_text(verdict));
        buffer_free(&token);
    }
}

static void change_of_key(void **state)
{
    (void)state;
    struct buffer next = buffer_new(TRANSIT_TOKEN_OCTETS);
    assert_int_equal(transit_token_write(&changed, ID, 100, &next), WAYBILL_OK);
    assert_int_equal(verdict_on(&changed, buffer_slice(&next), 0), TRANSIT_GOOD);
    assert_int_equal(verdict_on(&changed, buffer_slice(&next), 101), TRANSIT_EXPIRED);
    assert_int_equal(verdict_on(&changed, SLICE(TOKEN), 0), TRANSIT_GOOD);
    assert_int_equal(verdict_on(&keys, buffer_slice(&next), 0), TRANSIT_FORGED);
    assert_int_equal(verdict_on(&others, SLICE(TOKEN), 0), TRANSIT_FORGED);
    /* A forged one is not said to be expired: its time is anybody's. */
    assert_int_equal(verdict_on(&others, SLICE(TOKEN), INT64_MAX), TRANSIT_FORGED);
    buffer_free(&next);
}

static void misuse(void **state)
{
    (void)state;
    static const struct transit_keys none = {.before = SLICE_INIT("the key of the site")};
    static const char *const ids[] = {"", "0123456789abcdef", ID "0",
                                      "0123456789abcdef0123456789abcdeg",
                                      "../../../../../../../../etc/passwd"};
    struct buffer out = buffer_new(4096), full = buffer_new(TRANSIT_TOKEN_OCTETS / 2);
    char id[TRANSIT_ID_OCTETS + 1];
    enum transit_verdict verdict;
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++)
        assert_int_equal(transit_token_write(&keys, ids[i], 0, &out), WAYBILL_MISUSE);
    assert_int_equal(transit_token_write(&keys, ID, -1, &out), WAYBILL_MISUSE);
    assert_int_equal(transit_token_write(&keys, ID, 10000000000000, &out), WAYBILL_MISUSE);
    assert_int_equal(transit_token_write(&keys, ID, INT64_MAX, &out), WAYBILL_MISUSE);
    assert_int_equal(transit_token_write(&none, ID, 0, &out), WAYBILL_MISUSE);
    assert_int_equal(transit_token_read(&none, SLICE(TOKEN), 0, id, &verdict), WAYBILL_MISUSE);
    assert_int_equal(out.n, 0);
    assert_int_equal(transit_token_write(&keys, ID, 0, &full), WAYBILL_LIMIT);
    buffer_free(&full);
}

/* RFC 5322 section 2.1.1: with the space of its fold it is a line of 78 characters at most. */
static void fits_a_line(void **state)
{
    (void)state;
    struct buffer out = buffer_new(4096);
    assert_int_equal(transit_token_write(&keys, ID, 9999999999999, &out), WAYBILL_OK);
    assert_int_equal(out.n, TRANSIT_TOKEN_OCTETS);
    assert_true(1 + out.n <= 78);
    buffer_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(written),
        cmocka_unit_test(read_texts),
        cmocka_unit_test(every_octet_counts),
        cmocka_unit_test(expiry),
        cmocka_unit_test(change_of_key),
        cmocka_unit_test(misuse),
        cmocka_unit_test(fits_a_line),
    };
    return cmocka_run_group_tests_name("transit_token", tests, NULL, NULL);
}
