#include "arc/aar.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static const struct aar_case {
    const char *name, *value;
    unsigned instance;
    bool parsed;
    const char *says; /* authserv-id, then " method=result" of each */
} cases[] = {
    {"usual", " i=1; mx.example; spf=pass smtp.mailfrom=a.example; dkim=fail", 1, true,
     "mx.example spf=pass dkim=fail"},
    {"no method", " i=2; mx.example; none", 2, true, "mx.example"},
    {"white space everywhere", " \r\n i \t= 50\r\n ; mx.example ; none", 50, true, "mx.example"},
    {"no white space", "i=1;mx.example;none", 1, true, "mx.example"},
    {"zero in front", " i=01; mx.example; none", 1, true, "mx.example"},
    {"arc and its property", " i=3; mx.example; arc=pass header.oldest-pass=0", 3, true,
     "mx.example arc=pass"},
    {"i=0", " i=0; mx.example; none", 0, true, "mx.example"},
    {"i=51", " i=51; mx.example; none", 0, true, "mx.example"},
    {"i= of three digits", " i=001; mx.example; none", 0, true, "mx.example"},
    {"i= no number", " i=one; mx.example; none", 0, false, NULL},
    {"empty i=", " i=; mx.example; none", 0, true, "mx.example"},
    {"capital I", " I=1; mx.example; none", 0, false, NULL},
    {"no i=", " mx.example; none", 0, true, "mx.example"},
    {"i= behind", " mx.example; i=1; none", 0, false, NULL},
    {"nothing behind i=", " i=1;", 1, false, NULL},
    {"no semicolon behind i=", " i=1 mx.example; none", 0, true, "mx.example"},
    {"broken results", " i=1; mx.example; spf=", 1, false, NULL},
    {"nothing", "", 0, false, NULL},
};

static char *text_of(const struct authres *a)
{
    static char text[128];
    size_t n = (size_t)snprintf(text, sizeof text, "%.*s", SLICE_ARGS(a->authserv_id));
    for (size_t i = 0; i < a->n; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, " %.*s=%.*s",
                              SLICE_ARGS(a->methods[i].method), SLICE_ARGS(a->methods[i].result));
    return text;
}

static void fields(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct aar_case *c = &cases[i];
        struct arena arena = arena_new();
        struct arc_aar aar;
        assert_int_equal(arc_aar_parse(&arena, slice_str(c->value), &aar), WAYBILL_OK);
        if (aar.instance != c->instance || aar.parsed != c->parsed)
            fail_msg("%s: i=%u, %s", c->name, aar.instance, aar.parsed ? "parsed" : "not parsed");
        if (c->parsed && strcmp(text_of(&aar.results), c->says) != 0)
            fail_msg("%s: %s", c->name, text_of(&aar.results));
        if (!c->parsed && !aar.results.why)
            fail_msg("%s: no reason", c->name);
        arena_free(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(fields)};
    return cmocka_run_group_tests_name("aar", tests, NULL, NULL);
}
