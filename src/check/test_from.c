#include "check/from.h"

#include "base/buffer.h"
#include "base/limits.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* The domains that are found, and what is wrong. */
static const struct from_case {
    const char *name, *header, *domains, *why;
} cases[] = {
    {"usual", "From: Alice <a@b.example>\r\n", "b.example ", NULL},
    {"two mailboxes", "From: a@b.example, c@d.example\r\n", "b.example d.example ", NULL},
    {"none", "To: a@b.example\r\n", "", "there is no From field"},
    {"two fields", "From: a@b.example\r\nfrom: c@d.example\r\n", "b.example d.example ",
     "there are several From fields"},
    {"what can be read of a broken one", "From: a@b.example, <c@\r\n", "b.example ",
     "an address without a domain"},
    {"a broken one beside another", "From: <\r\nFrom: a@b.example\r\n", "b.example ",
     "there are several From fields"},
};

static struct header header_of(struct arena *arena, const char *text)
{
    struct header header;
    size_t n = 0;
    for (struct slice rest = slice_str(text); rest.n; n++)
        rest = slice_from(rest, slice_find(rest, '\n', 0) + 1);
    assert_int_equal(header_parse(arena, slice_str(text), n, &header), WAYBILL_OK);
    return header;
}

static void authors(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct from_case *c = &cases[i];
        struct arena arena = arena_new();
        struct header header = header_of(&arena, c->header);
        struct mailboxes from;
        char text[256];
        struct buffer said = buffer_over(text, sizeof text);
        assert_int_equal(from_read(&arena, &header, &from), WAYBILL_OK);
        for (size_t k = 0; k < from.n; k++) {
            buffer_add(&said, from.all[k].domain);
            buffer_add_octet(&said, ' ');
        }
        if (!slice_eq(buffer_slice(&said), slice_str(c->domains)))
            fail_msg("%s: %.*s", c->name, SLICE_ARGS(buffer_slice(&said)));
        if (!from.why != !c->why || (c->why && strcmp(from.why, c->why) != 0))
            fail_msg("%s: %s", c->name, from.why ? from.why : "nothing is wrong");
        arena_free(&arena);
    }
}

/* Of many fields the first few are read. */
static void many_fields(void **state)
{
    (void)state;
    struct arena arena = arena_new();
    struct buffer text = buffer_new(1 << 16);
    struct mailboxes from;
    for (size_t i = 0; i < 1000; i++)
        buffer_add_str(&text, "From: a@b.example\r\n");
    buffer_add_octet(&text, 0);
    struct header header = header_of(&arena, (const char *)text.p);
    assert_int_equal(from_read(&arena, &header, &from), WAYBILL_OK);
    assert_int_equal(from.n, LIMIT_FROM_FIELDS);
    assert_string_equal(from.why, "there are several From fields");
    buffer_free(&text);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(authors), cmocka_unit_test(many_fields)};
    return cmocka_run_group_tests_name("from", tests, NULL, NULL);
}
