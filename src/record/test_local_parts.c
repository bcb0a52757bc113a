#include "record/local_parts.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const struct {
    const char *text, *left;
} cases[] = {
    {"MAIL FROM alice@a.example did not match", "MAIL FROM @a.example did not match"},
    {"alice@a.example, <bob@b.example>", "@a.example, <@b.example>"},
    {"\"alice b\"@a.example", "@a.example"},
    {"i= has no @", "i= has no @"},
    /* What SRS and VERP make. */
    {"of SRS0=HASH=TT=a.example=alice@u.example", "of @u.example"},
    {"bounce+bob==a==h.example==cooks@lists.example", "@lists.example"},
    {"bob=h.example@lists.example", "@lists.example"},
    /* An address behind a name. */
    {"i=bob@h.example; mf=alice@a.example", "i=@h.example; mf=@a.example"},
    {"smtp.mailfrom=bob=h.example@lists.example", "smtp.mailfrom=@lists.example"},
    {"smtp.mailfrom=\"a b\"@a.example header.i=@b.example",
     "smtp.mailfrom=@a.example header.i=@b.example"},
    {"bob=i=alice@a.example", "@a.example"},
};

static void removed(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buffer left = buffer_new(100);
        local_parts_remove(slice_str(cases[i].text), &left);
        if (!slice_eq(buffer_slice(&left), slice_str(cases[i].left)))
            fail_msg("%s: %.*s", cases[i].text, SLICE_ARGS(buffer_slice(&left)));
        buffer_free(&left);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(removed)};
    return cmocka_run_group_tests_name("local_parts", tests, NULL, NULL);
}
