#include "waybill/dkim2.h"

#include "base/base64.h"
#include "support/group.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define FIRST "Message-Instance: m=1; h=sha256:a:b;\r\n"

/* "@" in a message is the value of r= of the recipe of that place. */
static const struct undo_case {
    const char *name, *message;
    const char *recipes[3];
    unsigned m;
    const char *made, *failed; /* one of them */
} cases[] = {
    {"the newest, as it is",
     "DKIM2-Signature: i=1; m=1;\r\n" FIRST "A: b\r\n\r\nx\r\n\r\n",
     {NULL},
     1,
     "DKIM2-Signature: i=1; m=1;\r\n" FIRST "A: b\r\n\r\nx\r\n",
     NULL},
    {"later fields of DKIM2 go, ignored ones stay",
     "DKIM2-Signature: i=3; m=2;\r\nReceived: z\r\nDKIM2-signature: i=2; m=2;\r\nmessage-instance: "
     "m=2; h=x; r=@;\r\nDKIM2-Signature: i=1; m=1;\r\n" FIRST "X-a: b\r\n c\r\n\r\n1\r\n2\r\n",
     {"{\"b\":[{\"c\":[1,1]}]}"},
     1,
     "Received: z\r\nDKIM2-Signature: i=1; m=1;\r\n" FIRST "X-a: b\r\n c\r\n\r\n1\r\n",
     NULL},
    {"recreated fields take the place of the newest",
     "Message-Instance: m=2; r=@\r\n" FIRST
     "A: 1\r\nSUBJECT: new\r\n one\r\nB: 2\r\nSubject: x\r\nC: 3\r\n\r\n",
     {"{\"h\":{\"subject\":[{\"d\":[\"old\",\" spaced\",\"\"]}]}}"},
     1,
     FIRST "A: 1\r\nSUBJECT:\r\nSUBJECT: spaced\r\nSUBJECT: old\r\nB: 2\r\nC: 3\r\n\r\n",
     NULL},
    {"or the end",
     "Message-Instance: m=2; r=@\r\n" FIRST "A: 1\r\nB: 2\r\n\r\n",
     {"{\"h\":{\"reply-to\":[{\"d\":[\"x\"]}],\"b\":[]}}"},
     1,
     FIRST "A: 1\r\nreply-to: x\r\n\r\n",
     NULL},
    {"between those that stay",
     "Message-Instance: m=2; r=@\r\n" FIRST "t: 4\r\nt:  3\r\nu: x\r\nt: 2\r\nT: 1\r\n\r\n",
     {"{\"h\":{\"t\":[{\"d\":[\"a\"]},{\"c\":[1,1]},{\"d\":[\"b\"]},{\"c\":[3,3]},{\"d\":[\"c\"]}]}"
      "}"},
     1,
     FIRST "t: c\r\nt:  3\r\nt: b\r\nu: x\r\nT: 1\r\nT: a\r\n\r\n",
     NULL},
    {"two recipes",
     "Message-Instance: m=3; r=@\r\nMessage-Instance: m=2; r=@\r\n" FIRST
     "S: 3\r\n\r\n1\r\n2\r\n3\r\n",
     {"{\"h\":{\"s\":[{\"d\":[\"2\"]}]},\"b\":[{\"c\":[1,2]},{\"d\":[\"x\"]}]}",
      "{\"h\":{\"s\":[{\"d\":[\"1\"]}]},\"b\":[{\"c\":[2,3]}]}"},
     1,
     FIRST "S: 1\r\n\r\n2\r\nx\r\n",
     NULL},
    {"one of two",
     "Message-Instance: m=3; r=@\r\nMessage-Instance: m=2; r=@\r\n" FIRST "S: 3\r\n\r\n1\r\n2\r\n3",
     {"{\"h\":{\"s\":[{\"d\":[\"2\"]}]},\"b\":[{\"c\":[1,2]},{\"d\":[\"x\"]}]}", "{\"b\":[]}"},
     2,
     "Message-Instance: m=2; r=eyJiIjpbXX0=\r\n" FIRST "S: 2\r\n\r\n1\r\n2\r\nx\r\n",
     NULL},
    {"an instance without a recipe",
     "Message-Instance: m=2; h=x;\r\n" FIRST "S: 3\r\n\r\n1\r\n",
     {NULL},
     1,
     FIRST "S: 3\r\n\r\n1\r\n",
     NULL},
    {"nothing is left of the body",
     "Message-Instance: m=2; r=@\r\n" FIRST "\r\n1\r\n",
     {"{\"b\":[]}"},
     1,
     FIRST "\r\n",
     NULL},
    {"what is signed and not named stays",
     "Message-Instance: m=2; r=@\r\nB: x\r\n y\r\n" FIRST "\r\n",
     {"{\"h\":{\"a\":[]}}"},
     1,
     "B: x\r\n y\r\n" FIRST "\r\n",
     NULL},

    {"no instance", "A: b\r\n\r\n", {NULL}, 1, NULL, "there is no instance 1: the newest is 0"},
    {"an instance that is not yet",
     FIRST "\r\n",
     {NULL},
     2,
     NULL,
     "there is no instance 2: the newest is 1"},
    {"a gap",
     "Message-Instance: m=3; r=@\r\n" FIRST "\r\n",
     {"{\"b\":[]}"},
     1,
     NULL,
     "there is no Message-Instance m=2"},
    {"the one itself is missing",
     "Message-Instance: m=2; r=@\r\n\r\n",
     {"{\"b\":[]}"},
     1,
     NULL,
     "there is no Message-Instance m=1"},
    {"twice",
     "Message-Instance: m=2\r\nMessage-Instance: m=2\r\n" FIRST "\r\n",
     {NULL},
     1,
     NULL,
     "Message-Instance m=2 stands twice"},
    {"too many",
     "Message-Instance: m=51\r\n" FIRST "\r\n",
     {NULL},
     1,
     NULL,
     "more instances than are undone"},
    {"no recipe",
     "Message-Instance: m=2; r=e30=\r\n" FIRST "\r\n",
     {NULL},
     1,
     NULL,
     "the recipe of Message-Instance m=2: the recipe has neither \"h\" nor \"b\""},
    {"a null body",
     "Message-Instance: m=2; r=@\r\n" FIRST "\r\n",
     {"{\"b\":null}"},
     1,
     NULL,
     "the recipe of Message-Instance m=2: the body cannot be recreated"},
    {"fields that are not there",
     "Message-Instance: m=2; r=@\r\n" FIRST "\r\n",
     {"{\"h\":{\"a\":[{\"c\":[1,1]}]}}"},
     1,
     NULL,
     "the recipe of Message-Instance m=2 copies fields that are not there"},
    {"lines that are not there",
     "Message-Instance: m=2; r=@\r\n" FIRST "\r\n1\r\n",
     {"{\"b\":[{\"c\":[1,2]}]}"},
     1,
     NULL,
     "the recipe of Message-Instance m=2 copies lines that are not there"},
};

static struct buffer message_with(const struct undo_case *c)
{
    struct buffer message = buffer_new(LAB_MESSAGE_OCTETS);
    size_t recipe = 0;
    for (const char *p = c->message; *p; p++) {
        if (*p != '@')
            buffer_add_octet(&message, (uint8_t)*p);
        else
            base64_encode(&message, slice_str(c->recipes[recipe++]));
    }
    return message;
}

static enum waybill_status gather(void *self, const void *octets, size_t n)
{
    buffer_add(self, slice_of(octets, n));
    return WAYBILL_OK;
}

static void assert_undone(const struct undo_case *c, size_t piece)
{
    struct buffer octets = message_with(c), made = buffer_new(LAB_MESSAGE_OCTETS);
    struct waybill_message *message;
    struct waybill_undo *undo;
    must(waybill_message_new(lab.engine, WAYBILL_LINES_CRLF, &message) == WAYBILL_OK, "message");
    must(waybill_undo_new(message, WAYBILL_DRAFT_09, c->m, gather, &made, &undo) == WAYBILL_OK,
         "undo");
    assert_string_equal(waybill_undo_failed(undo), "the message has not ended");
    for (size_t at = 0; at < octets.n; at += piece) {
        struct slice s = slice_sub(buffer_slice(&octets), at, piece);
        assert_int_equal(waybill_message_feed(message, s.p, s.n), WAYBILL_OK);
    }
    assert_int_equal(waybill_message_end(message), WAYBILL_OK);
    const char *failed = waybill_undo_failed(undo);
    if ((failed == NULL) != (c->failed == NULL) || (failed && strcmp(failed, c->failed) != 0))
        fail_msg("%s: %s", c->name, failed ? failed : "made");
    if (c->made && !slice_eq(buffer_slice(&made), slice_str(c->made)))
        fail_msg("%s, in pieces of %zu:\n%.*s", c->name, piece, (int)made.n, (char *)made.p);
    waybill_undo_free(undo);
    waybill_message_free(message);
    buffer_free(&made);
    buffer_free(&octets);
}

static void what_is_made(void **state)
{
    static const size_t pieces[] = {1, 2, 3, 7, 64, 100000};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (size_t k = 0; k < sizeof pieces / sizeof pieces[0]; k++)
            assert_undone(&cases[i], pieces[k]);
}

static void a_null_body_of_the_older_draft(void **state)
{
    (void)state;
    struct waybill_message *message;
    struct waybill_undo *undo;
    static const char text[] = "Message-Instance: m=2; r=eyJiIjpudWxsfQ==\r\n" FIRST "\r\nx";
    struct buffer made = buffer_new(LAB_MESSAGE_OCTETS);
    must(waybill_message_new(lab.engine, WAYBILL_LINES_CRLF, &message) == WAYBILL_OK, "message");
    must(waybill_undo_new(message, WAYBILL_DRAFT_06, 1, gather, &made, &undo) == WAYBILL_OK,
         "undo");
    assert_int_equal(waybill_message_feed(message, text, sizeof text - 1), WAYBILL_OK);
    assert_int_equal(waybill_message_end(message), WAYBILL_OK);
    assert_string_equal(waybill_undo_failed(undo),
                        "the body before Message-Instance m=2 cannot be recreated");
    assert_int_equal(made.n, 0);
    waybill_undo_free(undo);
    waybill_message_free(message);
}

static enum waybill_status refuse(void *self, const void *octets, size_t n)
{
    (void)self, (void)octets, (void)n;
    return WAYBILL_LIMIT;
}

static void a_sink_that_refuses(void **state)
{
    (void)state;
    struct waybill_message *message;
    struct waybill_undo *undo;
    static const char text[] = FIRST "\r\nx";
    must(waybill_message_new(lab.engine, WAYBILL_LINES_CRLF, &message) == WAYBILL_OK, "message");
    must(waybill_undo_new(message, WAYBILL_DRAFT_09, 1, refuse, NULL, &undo) == WAYBILL_OK, "undo");
    assert_int_equal(waybill_message_feed(message, text, sizeof text - 1), WAYBILL_LIMIT);
    assert_string_equal(waybill_undo_failed(undo), waybill_status_text(WAYBILL_LIMIT));
    waybill_undo_free(undo);
    waybill_message_free(message);
}

static void what_is_misuse(void **state)
{
    (void)state;
    struct waybill_message *message;
    struct waybill_undo *undo;
    must(waybill_message_new(lab.engine, WAYBILL_LINES_CRLF, &message) == WAYBILL_OK, "message");
    assert_int_equal(waybill_undo_new(message, WAYBILL_DRAFT_09, 0, refuse, NULL, &undo),
                     WAYBILL_MISUSE);
    assert_int_equal(waybill_message_feed(message, "A", 1), WAYBILL_OK);
    assert_int_equal(waybill_undo_new(message, WAYBILL_DRAFT_09, 1, refuse, NULL, &undo),
                     WAYBILL_MISUSE);
    waybill_undo_free(undo);
    waybill_message_free(message);
}

/* --- recipes as data -------------------------------------------------------------------------- */

static void a_recipe_as_data(void **state)
{
    (void)state;
    static const char before[] = "From: a\r\nSubject: x\r\nTo: l\r\n\r\n1\r\n2\r\n\xFF\r\n";
    static const char after[] =
        "List-Id: <l>\r\nFrom: a\r\nSubject: [l] x\r\nTo: l\r\n\r\n1\r\n2\r\nfooter\r\n";
    char why[200];
    struct waybill_recipe *recipe;
    const struct waybill_recipe_part *parts;
    const char *const *removed;
    size_t n;
    assert_int_equal(waybill_recipe_make(lab.engine, WAYBILL_DRAFT_09, before, sizeof before - 1,
                                         after, sizeof after - 1, NULL, &recipe, why),
                     WAYBILL_OK);
    assert_string_equal(waybill_recipe_json(recipe, &n),
                        "{\"h\":{\"list-id\":[],\"subject\":[{\"d\":[\"x\"]}]},"
                        "\"b\":[{\"c\":[1,2]},{\"u\":[\"/w==\"]}]}");
    assert_int_equal(n, strlen(waybill_recipe_json(recipe, &n)));
    assert_int_equal(waybill_recipe_removed(recipe, &removed), 1);
    assert_string_equal(removed[0], "list-id");
    assert_int_equal(waybill_recipe_parts(recipe, &parts), 3);
    assert_string_equal(parts[0].name, "subject");
    assert_true(parts[0].n_octets == 1 && parts[0].octets[0] == 'x');
    assert_true(!parts[1].name && !parts[1].octets && parts[1].first == 1 && parts[1].last == 2);
    assert_true(!parts[2].name && parts[2].n_octets == 1 && parts[2].octets[0] == '\xFF');
    waybill_recipe_free(recipe);
}

static void a_recipe_that_is_not_made(void **state)
{
    (void)state;
    static const char before[] = "Reply-To: a\r\n\r\nx", after[] = "\r\nx";
    static const char *const names[] = {"reply-TO"};
    const struct waybill_revise_rules rules = {names, 1, 0};
    char why[200];
    struct waybill_recipe *recipe;
    assert_int_equal(waybill_recipe_make(lab.engine, WAYBILL_DRAFT_09, before, sizeof before - 1,
                                         after, sizeof after - 1, &rules, &recipe, why),
                     WAYBILL_REFUSED);
    assert_null(recipe);
    assert_string_equal(why, "the recipe would reveal reply-to, which is secret");
    assert_int_equal(waybill_recipe_make(lab.engine, WAYBILL_DRAFT_09, after, sizeof after - 1,
                                         after, sizeof after - 1, &rules, &recipe, why),
                     WAYBILL_OK);
    assert_null(recipe);
    assert_string_equal(why, "");
    waybill_recipe_free(recipe);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_made),        cmocka_unit_test(a_null_body_of_the_older_draft),
        cmocka_unit_test(a_sink_that_refuses), cmocka_unit_test(what_is_misuse),
        cmocka_unit_test(a_recipe_as_data),    cmocka_unit_test(a_recipe_that_is_not_made),
    };
    return cmocka_run_group_tests_name("undo", tests, lab_set_up, lab_tear_down);
}
