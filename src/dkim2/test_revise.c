#include "dkim2/revise.h"

#include "base/limits.h"
#include "support/recipes.h"
#include "support/support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define TOP \
    "From: a@x.example\r\nSubject: Bread\r\nTo: l@y.example\r\nComments: 2\r\nComments: 1\r\n\r\n"
#define TAGGED                                                                                \
    "From: a@x.example\r\nSubject: [l] Bread\r\nTo: l@y.example\r\nComments: 2\r\nComments: " \
    "1\r\n\r\n"
#define TEXT "Dear all,\r\n\r\nwater, flour, salt.\r\nTime.\r\n\r\nAlice\r\n"

static const struct {
    const char *name, *before, *after;
    const char *recipe; /* NULL: none is needed */
} cases[] = {
    {"nothing changed", TOP TEXT, TOP TEXT, NULL},
    {"what is not signed", TOP TEXT, "Received: x\r\nX-a: b\r\nDKIM-Signature: x\r\n" TOP TEXT,
     NULL},
    {"folded and in another case", TOP TEXT,
     "from:\r\n\ta@x.example\r\n"
     "SUBJECT :  Bread\r\nTo: l@y.example\r\nComments: 2\r\nComments: 1\r\n\r\n" TEXT,
     NULL},
    {"other empty lines at the end", TOP TEXT "\r\n", TOP TEXT "\r\n\r\n\r\n", NULL},
    {"no end of the last line", TOP "a\r\nb", TOP "a\r\nb\r\n", NULL},
    {"no body and an empty line", TOP, TOP "\r\n\r\n", NULL},

    {"a subject tag", TOP TEXT, TAGGED TEXT, "{\"h\":{\"subject\":[{\"d\":[\"Bread\"]}]}}"},
    {"fields added", TOP TEXT, "List-Id: <l.y.example>\r\nPrecedence: list\r\n" TOP TEXT,
     "{\"h\":{\"list-id\":[],\"precedence\":[]}}"},
    {"a field removed", "Reply-To: a@x.example\r\n" TOP TEXT, TOP TEXT,
     "{\"h\":{\"reply-to\":[{\"d\":[\"a@x.example\"]}]}}"},
    {"another of a name added", TOP TEXT, "Comments: 3\r\n" TOP TEXT,
     "{\"h\":{\"comments\":[{\"c\":[1,2]}]}}"},
    {"one of a name removed", "Comments: 3\r\n" TOP TEXT, TOP TEXT,
     "{\"h\":{\"comments\":[{\"c\":[1,2]},{\"d\":[\"3\"]}]}}"},
    {"reordered among their name", TOP TEXT,
     "From: a@x.example\r\nSubject: Bread\r\nTo: l@y.example\r\nComments: 1\r\nComments: "
     "2\r\n\r\n" TEXT,
     "{\"h\":{\"comments\":[{\"d\":[\"1\",\"2\"]}]}}"},
    {"an empty field removed", "Keywords:\r\n" TOP TEXT, TOP TEXT,
     "{\"h\":{\"keywords\":[{\"d\":[\"\"]}]}}"},
    {"a field unfolded", "Keywords: a,\r\n\t b\r\n" TOP TEXT, TOP TEXT,
     "{\"h\":{\"keywords\":[{\"d\":[\"a, b\"]}]}}"},
    {"a field that is no UTF-8", "Keywords: \xFF\r\n" TOP TEXT, TOP TEXT,
     "{\"h\":{\"keywords\":[{\"u\":[\"/w==\"]}]}}"},

    {"a footer", TOP TEXT, TOP TEXT "-- \r\nthe list\r\n", "{\"b\":[{\"c\":[1,6]}]}"},
    {"a footer behind empty lines", TOP TEXT "\r\n\r\n", TOP TEXT "\r\n\r\n-- \r\nthe list\r\n",
     "{\"b\":[{\"c\":[1,6]}]}"},
    {"a footer behind a line without an end", TOP "a", TOP "a\r\nfooter\r\n",
     "{\"b\":[{\"c\":[1,1]}]}"},
    {"a header of the body", TOP TEXT, TOP "[first]\r\n\r\n" TEXT, "{\"b\":[{\"c\":[3,8]}]}"},
    {"a MIME wrap", TOP TEXT,
     TOP "--x\r\nContent-Type: text/plain\r\n\r\n" TEXT "--x\r\n\r\nfooter\r\n--x--\r\n",
     "{\"b\":[{\"c\":[4,9]}]}"},
    {"all removed", TOP TEXT, TOP,
     "{\"b\":[{\"d\":[\"Dear all,\",\"\",\"water, flour, salt.\",\"Time.\",\"\",\"Alice\"]}]}"},
    {"all added", TOP, TOP TEXT, "{\"b\":[]}"},
    {"a line that is no UTF-8",
     TOP "a long line that stays\r\n\xFF\r\nanother long line that stays\r\n",
     TOP "a long line that stays\r\nx\r\nanother long line that stays\r\n",
     "{\"b\":[{\"c\":[1,1]},{\"u\":[\"/w==\"]},{\"c\":[3,3]}]}"},
    {"a line with NUL", TOP "x", TOP "y", "{\"b\":[{\"d\":[\"x\"]}]}"},
    {"what is not worth a copy", TOP "line one of old\r\n\r\nline two of old\r\n",
     TOP "line one of new\r\n\r\nline two of new\r\n",
     "{\"b\":[{\"d\":[\"line one of old\",\"\",\"line two of old\"]}]}"},
    {"fields and body", TOP TEXT, "List-Id: <l.y.example>\r\n" TAGGED TEXT "footer\r\n",
     "{\"h\":{\"list-id\":[],\"subject\":[{\"d\":[\"Bread\"]}]},\"b\":[{\"c\":[1,6]}]}"},
};

static const struct revise_rules no_rules;

static enum waybill_status try(struct arena *arena, enum waybill_draft draft, struct slice before,
                               struct slice after, const struct revise_rules *rules,
                               struct buffer *json, const char **why)
{
    struct recipe recipe;
    bool needed;
    enum waybill_status status =
        revise(arena, dkim2_draft_of(draft), before, after, rules, &recipe, &needed, why);
    if (status == WAYBILL_OK && needed)
        must(recipe_write(&recipe, dkim2_draft_of(draft), json) == WAYBILL_OK, "write");
    return status;
}

static void what_undoes_a_change(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct arena arena = arena_new();
        struct buffer json = buffer_new(LAB_MESSAGE_OCTETS);
        const char *why;
        enum waybill_status status = try(&arena, WAYBILL_DRAFT_09, slice_str(cases[i].before),
                                         slice_str(cases[i].after), &no_rules, &json, &why);
        if (status != WAYBILL_OK)
            fail_msg("%s: %s", cases[i].name, why);
        if (!slice_eq(buffer_slice(&json), slice_str(cases[i].recipe)))
            fail_msg("%s: %.*s", cases[i].name, (int)json.n, json.p ? (char *)json.p : "");
        buffer_free(&json);
        arena_free(&arena);
    }
}

/* --- what is refused -------------------------------------------------------------------------- */

static const struct slice secret_names[] = {{(const uint8_t *)"X-Spam", 6},
                                            {(const uint8_t *)"Reply-To", 8}};
static const struct revise_rules secret = {secret_names, 2, 0}, ten = {NULL, 0, 10};

static const struct {
    const char *name, *before, *after;
    enum waybill_draft draft;
    const struct revise_rules *rules;
    const char *why; /* NULL: it is not */
} refusals[] = {
    {"a secret field removed", "Reply-To: x\r\n" TOP, TOP, WAYBILL_DRAFT_09, &secret,
     "the recipe would reveal reply-to, which is secret"},
    {"a secret field changed", "Reply-To: x\r\n" TOP, "Reply-To: y\r\n" TOP, WAYBILL_DRAFT_09,
     &secret, "the recipe would reveal reply-to, which is secret"},
    {"a secret field added", TOP, "Reply-To: y\r\n" TOP, WAYBILL_DRAFT_09, &secret, NULL},
    {"a secret field that is not signed", "X-Spam: x\r\n" TOP, TOP, WAYBILL_DRAFT_09, &secret,
     NULL},
    {"ten octets of the body", TOP "12345\r\nx\r\n67890", TOP "x", WAYBILL_DRAFT_09, &ten, NULL},
    {"eleven octets of the body", TOP "12345\r\nx\r\n67890a", TOP "x", WAYBILL_DRAFT_09, &ten,
     "the recipe would hold 11 octets of the old body, over 10"},
    {"a line that is no UTF-8", TOP "\xFF\r\n", TOP, WAYBILL_DRAFT_06, &no_rules,
     "octets that are not UTF-8, which no recipe of draft 06 holds"},
    {"a field that is no UTF-8", "Keywords: \xFF\r\n" TOP, TOP, WAYBILL_DRAFT_06, &no_rules,
     "octets that are not UTF-8, which no recipe of draft 06 holds"},
    {"a bare LF in a field", "Keywords: a\nb\r\n" TOP, TOP, WAYBILL_DRAFT_09, &no_rules,
     "a bare CR or LF in keywords, which no recipe can hold"},
    {"a bare CR in the body", TOP "a\rb\r\n", TOP, WAYBILL_DRAFT_09, &no_rules,
     "a bare CR or LF in the old body, which no recipe can hold"},
    {"a bare CR that stays", TOP "a\rb\r\n", TOP "a\rb\r\nfooter\r\n", WAYBILL_DRAFT_09, &no_rules,
     NULL},
};

static void what_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        struct arena arena = arena_new();
        struct buffer json = buffer_new(LAB_MESSAGE_OCTETS);
        const char *why, *should = refusals[i].why;
        enum waybill_status status =
            try(&arena, refusals[i].draft, slice_str(refusals[i].before),
                slice_str(refusals[i].after), refusals[i].rules, &json, &why);
        assert_int_equal(status, should ? WAYBILL_REFUSED : WAYBILL_OK);
        if ((why == NULL) != (should == NULL) || (why && strcmp(why, should) != 0))
            fail_msg("%s: %s", refusals[i].name, why);
        buffer_free(&json);
        arena_free(&arena);
    }
}

static struct buffer long_body(const char *top, const char *part, size_t n)
{
    struct buffer b = message_of(top);
    for (size_t i = 0; i < n; i++)
        buffer_printf(&b, "%zu %s\r\n", i, part);
    return b;
}

/* Two messages that have nothing to do with each other: what it would cost. */
static void unrelated_messages(void **state)
{
    (void)state;
    struct arena arena = arena_new();
    struct buffer json = buffer_new(LAB_MESSAGE_OCTETS);
    struct buffer before = long_body(TOP, "of the old", 5000), after = long_body(TOP, "new", 5000);
    const char *why;
    assert_int_equal(try(&arena, WAYBILL_DRAFT_09, buffer_slice(&before), buffer_slice(&after),
                         &no_rules, &json, &why),
                     WAYBILL_REFUSED);
    assert_string_equal(why, "the recipe would need a field of about 124098 octets, over 50000");
    buffer_free(&before);
    buffer_free(&after);
    buffer_free(&json);
    arena_free(&arena);
}

/* As large as it may be, and one line more. */
static void up_to_the_ceiling(void **state)
{
    enum { LEAST = 1500, MOST = 1700 };
    (void)state;
    bool refused = false;
    for (size_t n = LEAST; n < MOST; n++) {
        struct arena arena = arena_new();
        struct buffer json = buffer_new(LAB_MESSAGE_OCTETS);
        struct buffer before = long_body(TOP, "removed, it is", n);
        const char *why;
        enum waybill_status status = try(&arena, WAYBILL_DRAFT_09, buffer_slice(&before),
                                         slice_str(TOP), &no_rules, &json, &why);
        assert_true(status == WAYBILL_REFUSED || (status == WAYBILL_OK && !refused));
        assert_true(json.n <= LIMIT_FIELD_WRITTEN * 3 / 4);
        refused = status == WAYBILL_REFUSED;
        assert_true(n > LEAST || !refused);
        buffer_free(&before);
        buffer_free(&json);
        arena_free(&arena);
    }
    assert_true(refused);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_undoes_a_change),
        cmocka_unit_test(what_is_refused),
        cmocka_unit_test(unrelated_messages),
        cmocka_unit_test(up_to_the_ceiling),
    };
    return cmocka_run_group_tests_name("revise", tests, NULL, NULL);
}
