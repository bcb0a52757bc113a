/* The form in which arrivals are kept. */
#include "transit/arrival.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define HEADER "From: a@b.example\r\n\r\n"
#define BODY "x\r\n"
#define ID "0123456789abcdef0123456789abcdef"

static const char *const recipients[] = {"<bob@uni.example>", "<\xC3\xA9ve@uni.example>",
                                         "<\xFF@x>"};

static struct arrival arrival_of(bool has_body)
{
    return (struct arrival){.id = ID,
                            .time = 1795172400,
                            .ip = "2001:db8::1",
                            .helo = "mail\xFE.example",
                            .mail_from = "<>",
                            .rcpt_to = recipients,
                            .rcpts = 3,
                            .receiver = "lists.example",
                            .listener = "in",
                            .draft = WAYBILL_DRAFT_09,
                            .answers = SLICE("{\"waybill-dns\": 1, \"x\": \"\\u00e9\"}"),
                            .has_body = has_body};
}

static struct buffer file_of(const struct arrival *a)
{
    struct buffer file = buffer_new(1 << 16);
    buffer_add_str(&file, HEADER);
    if (a->has_body)
        buffer_add_str(&file, BODY);
    assert_int_equal(arrival_end(a, SLICE(HEADER).n, a->has_body ? SLICE(BODY).n : 0, &file),
                     WAYBILL_OK);
    return file;
}

static void compare(const struct arrival *a, const struct arrival *b)
{
    assert_string_equal(a->id, b->id);
    assert_int_equal(a->time, b->time);
    assert_string_equal(a->ip, b->ip);
    assert_string_equal(a->helo, b->helo);
    assert_string_equal(a->mail_from, b->mail_from);
    assert_int_equal(a->rcpts, b->rcpts);
    for (size_t i = 0; i < a->rcpts; i++)
        assert_string_equal(a->rcpt_to[i], b->rcpt_to[i]);
    assert_string_equal(a->receiver, b->receiver);
    assert_string_equal(a->listener, b->listener);
    assert_int_equal(a->draft, b->draft);
    assert_true(slice_eq(a->answers, b->answers));
    assert_int_equal(a->has_body, b->has_body);
}

static void round_trip(void **state)
{
    (void)state;
    for (int has_body = 0; has_body < 2; has_body++) {
        struct arena arena = arena_new();
        const struct arrival a = arrival_of(has_body);
        struct buffer file = file_of(&a);
        struct arrival read;
        const char *why;
        assert_int_equal(arrival_read(&arena, buffer_slice(&file), &read, &why), WAYBILL_OK);
        assert_null(why);
        compare(&a, &read);
        assert_true(slice_eq(read.header, SLICE(HEADER)));
        assert_true(slice_eq(read.body, has_body ? SLICE(BODY) : SLICE("")));
        buffer_free(&file);
        arena_free(&arena);
    }
}

static enum waybill_status read_status(struct slice file)
{
    struct arena arena = arena_new();
    struct arrival read;
    const char *why = NULL;
    enum waybill_status status = arrival_read(&arena, file, &read, &why);
    assert_true(status == WAYBILL_OK || why);
    arena_free(&arena);
    return status;
}

/* A disk may lie: every cut is noticed, and no changed octet is worse than another arrival. */
static void damage(void **state)
{
    (void)state;
    const struct arrival a = arrival_of(true);
    struct buffer file = file_of(&a);
    for (size_t n = 0; n < file.n; n++) {
        assert_int_equal(read_status(slice_sub(buffer_slice(&file), 0, n)), WAYBILL_SYNTAX);
        assert_int_equal(read_status(slice_from(buffer_slice(&file), n + 1)), WAYBILL_SYNTAX);
    }
    for (size_t i = 0; i < file.n; i++)
        for (unsigned bit = 0; bit < 8; bit++) {
            file.p[i] ^= (uint8_t)(1u << bit);
            read_status(buffer_slice(&file));
            file.p[i] ^= (uint8_t)(1u << bit);
        }
    assert_int_equal(read_status(buffer_slice(&file)), WAYBILL_OK);
    buffer_free(&file);
}

static const struct damaged_case {
    const char *name, *facts;
} damaged_cases[] = {
    {"no JSON", "nonsense"},
    {"a list", "[]"},
    {"nothing", "{}"},
    {"an id that is a path", "{\"id\":\"../../../../etc/passwd\"}"},
    {"recipients that are none",
     "{\"id\":\"" ID "\",\"time\":1,\"mail-from\":\"\",\"rcpt-to\":[1],\"receiver\":\"\","
     "\"draft\":\"09\",\"answers\":\"\"}"},
    {"another draft", "{\"id\":\"" ID "\",\"time\":1,\"mail-from\":\"\",\"rcpt-to\":[],"
                      "\"receiver\":\"\",\"draft\":\"10\",\"answers\":\"\"}"},
    {"a character that is no octet",
     "{\"id\":\"" ID "\",\"time\":1,\"mail-from\":\"\\u20ac\",\"rcpt-to\":[],\"receiver\":\"\","
     "\"draft\":\"09\",\"answers\":\"\"}"},
};

static void damaged_facts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof damaged_cases / sizeof *damaged_cases; i++) {
        struct buffer file = buffer_new(1 << 12);
        buffer_printf(&file, "%s\nwaybill-arrival 1 +%020d +%020d +%020zu\n",
                      damaged_cases[i].facts, 0, 0, strlen(damaged_cases[i].facts) + 1);
        if (read_status(buffer_slice(&file)) != WAYBILL_SYNTAX)
            fail_msg("%s is taken", damaged_cases[i].name);
        buffer_free(&file);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(round_trip), cmocka_unit_test(damage),
                                       cmocka_unit_test(damaged_facts)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
