#include "dkim2/bodies.h"

#include "base/base64.h"
#include "support/recipes.h"
#include "support/support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

enum { RECIPES_MOST = 4 };

static enum waybill_status gather(void *self, struct slice run)
{
    buffer_add(self, run);
    return WAYBILL_OK;
}

/* --- what recipes make of a body -------------------------------------------------------------- */

#define FIVE "1\r\n2\r\n3\r\n4\r\n5\r\n"
#define C(first, last) "{\"c\":[" #first "," #last "]}"
#define B(steps) "{\"b\":[" steps "]}"

static const struct body_case {
    const char *name, *received;
    const char *recipes[RECIPES_MOST]; /* the newest first */
    const char *made;                  /* NULL: the last does not apply */
} cases[] = {
    {"all", FIVE, {B(C(1, 5))}, FIVE},
    {"nothing", FIVE, {B()}, ""},
    {"a footer goes", FIVE, {B(C(1, 3))}, "1\r\n2\r\n3\r\n"},
    {"what stands before goes", FIVE, {B(C(3, 5))}, "3\r\n4\r\n5\r\n"},
    {"some of it", FIVE, {B(C(1, 1) "," C(3, 3) "," C(5, 5))}, "1\r\n3\r\n5\r\n"},
    {"literals everywhere",
     FIVE,
     {B("{\"d\":[\"a\",\"\"]}," C(2, 3) ",{\"d\":[\"b\"]},{\"d\":[\"c\"]}," C(
         4, 4) ",{\"d\":[\"d\"]}")},
     "a\r\n\r\n2\r\n3\r\nb\r\nc\r\n4\r\nd\r\n"},
    {"only literals", "", {B("{\"d\":[\"a\"]}")}, "a\r\n"},
    {"octets that are no text", FIVE, {B(C(1, 1) ",{\"u\":[\"/w==\"]}")}, "1\r\n\xFF\r\n"},
    {"no body part", FIVE, {"{\"h\":{\"a\":[]}}"}, FIVE},
    {"a last line without an end", "1\r\n2", {B(C(2, 2) ",{\"d\":[\"x\"]}")}, "2\r\nx\r\n"},
    {"a last line that is a CR", "1\r\n\r", {B(C(2, 2) ",{\"d\":[\"x\"]}")}, "\r\r\nx\r\n"},
    {"line ends that are none", "1\n2\r3\r\n4\r\n", {B(C(1, 1))}, "1\n2\r3\r\n"},
    {"a CR before a line end", "1\r\r\n2\r\n", {B(C(2, 2))}, "2\r\n"},
    {"empty lines at the end", "1\r\n\r\n\r\n", {B(C(1, 3))}, "1\r\n"},
    {"empty lines that then are amid",
     "1\r\n\r\n\r\n",
     {B(C(1, 3) ",{\"d\":[\"x\"]}")},
     "1\r\n\r\n\r\nx\r\n"},
    {"a body of empty lines", "\r\n\r\n", {B(C(1, 2))}, ""},
    {"past the end", FIVE, {B(C(1, 6))}, NULL},
    {"far past the end", FIVE, {B(C(9, 9223372036854775807))}, NULL},
    {"the first line of nothing", "", {B(C(1, 1))}, NULL},
    {"past what has no end", "1\r\n2", {B(C(1, 3))}, NULL},
    {"literals behind what is not there", FIVE, {B(C(6, 6) ",{\"d\":[\"x\"]}")}, NULL},
    {"one of one",
     FIVE,
     {B("{\"d\":[\"a\"]}," C(2, 4)), B(C(1, 1) ",{\"d\":[\"b\"]}," C(3, 4))},
     "a\r\nb\r\n3\r\n4\r\n"},
    {"literals of a literal's place",
     FIVE,
     {B("{\"d\":[\"a\",\"b\",\"c\"]}"), B(C(2, 2) ",{\"d\":[\"x\"]}," C(3, 3))},
     "b\r\nx\r\nc\r\n"},
    {"literals before all lines, thrice",
     FIVE,
     {B("{\"d\":[\"a\"]}," C(1, 1)), B("{\"d\":[\"b\"]}," C(1, 2)), B("{\"d\":[\"c\"]}," C(1, 3))},
     "c\r\nb\r\na\r\n1\r\n"},
    {"fields only between", FIVE, {B(C(1, 3)), "{\"h\":{\"a\":[]}}", B(C(2, 3))}, "2\r\n3\r\n"},
    {"past the end of a literal", FIVE, {B("{\"d\":[\"a\",\"b\"]}"), B(C(1, 3))}, NULL},
    {"past the end of what was copied", FIVE, {B(C(1, 3)), B(C(1, 4))}, NULL},
    {"of what did not apply", FIVE, {B(C(1, 6)), B(C(1, 2))}, NULL},
};

/* Gives and hashes what is made, of pieces of a size. */
static struct dkim2_body run(const struct body_case *c, size_t piece, struct buffer *made)
{
    struct arena arena = arena_new();
    struct crypto *crypto;
    struct dkim2_bodies *bodies;
    struct dkim2_body *body;
    struct recipe recipes[RECIPES_MOST];
    must(crypto_new(&crypto) == WAYBILL_OK, "crypto");
    must(dkim2_bodies_new(&arena, crypto, &bodies, &body) == WAYBILL_OK, "bodies");
    for (size_t i = 0; i < RECIPES_MOST && c->recipes[i]; i++) {
        recipes[i] = recipe_of(&arena, WAYBILL_DRAFT_09, c->recipes[i]);
        must(dkim2_bodies_undo(bodies, body, &recipes[i], &body) == WAYBILL_OK, "undo");
        must(dkim2_bodies_want(bodies, body, DIGEST_SHA256) == WAYBILL_OK, "want");
    }
    must(dkim2_bodies_give(bodies, body, (struct canon_sink){gather, made}) == WAYBILL_OK, "give");
    struct slice received = slice_str(c->received);
    for (size_t at = 0; at < received.n; at += piece)
        must(dkim2_bodies_update(bodies, slice_sub(received, at, piece)) == WAYBILL_OK, "update");
    must(dkim2_bodies_final(bodies) == WAYBILL_OK, "final");
    struct dkim2_body result = *body;
    dkim2_bodies_drop(bodies);
    crypto_free(crypto);
    arena_free(&arena);
    return result;
}

static struct digest_value hash_of(struct slice octets)
{
    struct crypto *crypto;
    struct digest digest;
    struct digest_value value = {{0}, 0};
    must(crypto_new(&crypto) == WAYBILL_OK, "crypto");
    must(digest_start(crypto, DIGEST_SHA256, &digest) == WAYBILL_OK &&
             digest_update(&digest, octets) == WAYBILL_OK &&
             digest_final(crypto, &digest, &value) == WAYBILL_OK,
         "digest");
    crypto_free(crypto);
    return value;
}

static void assert_body(const struct body_case *c, size_t piece)
{
    struct buffer made = buffer_new(LAB_MESSAGE_OCTETS);
    struct dkim2_body body = run(c, piece, &made);
    if (body.applies != (c->made != NULL))
        fail_msg("%s: applies is %d", c->name, body.applies);
    if (c->made) {
        struct slice hashed = made.n ? buffer_slice(&made) : SLICE("\r\n");
        struct digest_value hash = hash_of(hashed);
        if (!slice_eq(buffer_slice(&made), slice_str(c->made)))
            fail_msg("%s, in pieces of %zu: \"%.*s\", not \"%s\"", c->name, piece, (int)made.n,
                     made.p ? (char *)made.p : "", c->made);
        assert_memory_equal(body.values[DIGEST_SHA256].octets, hash.octets, hash.n);
    }
    buffer_free(&made);
}

static void what_recipes_make(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (size_t piece = 1; piece < 20; piece++)
            assert_body(&cases[i], piece);
}

/* --- what is known before, and what of whom -----------------------------------------------------
 */

static void a_null_recipe_loses_all_before(void **state)
{
    (void)state;
    struct arena arena = arena_new();
    struct crypto *crypto;
    struct dkim2_bodies *bodies;
    struct dkim2_body *received, *null, *before, *kept;
    struct recipe lost = recipe_of(&arena, WAYBILL_DRAFT_06, "{\"b\":null}");
    struct recipe all = recipe_of(&arena, WAYBILL_DRAFT_06, B(C(1, 1)));
    struct recipe fields = recipe_of(&arena, WAYBILL_DRAFT_06, "{\"h\":{\"a\":[]}}");
    must(crypto_new(&crypto) == WAYBILL_OK, "crypto");
    assert_int_equal(dkim2_bodies_new(&arena, crypto, &bodies, &received), WAYBILL_OK);
    assert_int_equal(dkim2_bodies_undo(bodies, received, &lost, &null), WAYBILL_OK);
    assert_int_equal(dkim2_bodies_undo(bodies, null, &all, &before), WAYBILL_OK);
    assert_int_equal(dkim2_bodies_undo(bodies, received, &fields, &kept), WAYBILL_OK);
    assert_true(null->lost && before->lost && !kept->lost);
    assert_ptr_equal(kept->same, received);
    assert_int_equal(dkim2_bodies_want(bodies, before, DIGEST_SHA256), WAYBILL_OK);
    assert_int_equal(dkim2_bodies_want(bodies, kept, DIGEST_SHA512), WAYBILL_OK);
    assert_int_equal(dkim2_bodies_update(bodies, SLICE("x\r\n")), WAYBILL_OK);
    assert_int_equal(dkim2_bodies_final(bodies), WAYBILL_OK);
    assert_true(!before->applies && before->lost && kept->applies && received->applies);
    assert_int_equal(before->values[DIGEST_SHA256].n, 0);
    assert_int_equal(kept->values[DIGEST_SHA512].n, 64);
    assert_int_equal(received->octets, 3);
    crypto_free(crypto);
    arena_free(&arena);
}

/* Digests that nobody ended are given back. */
static void given_up_at_any_moment(void **state)
{
    (void)state;
    struct arena arena = arena_new();
    struct crypto *crypto;
    struct dkim2_bodies *bodies;
    struct dkim2_body *received;
    must(crypto_new(&crypto) == WAYBILL_OK, "crypto");
    assert_int_equal(dkim2_bodies_new(&arena, crypto, &bodies, &received), WAYBILL_OK);
    assert_int_equal(dkim2_bodies_want(bodies, received, DIGEST_SHA256), WAYBILL_OK);
    assert_int_equal(dkim2_bodies_update(bodies, SLICE("x")), WAYBILL_OK);
    dkim2_bodies_drop(bodies);
    dkim2_bodies_drop(bodies);
    dkim2_bodies_drop(NULL);
    crypto_free(crypto);
    arena_free(&arena);
}

/* --- the worked example ----------------------------------------------------------------------- */

static void the_worked_example(void **state)
{
    (void)state;
    const struct {
        struct body_case body;
        const char *hash;
    } bodies[] = {
        {{"hop 1",
          "Line one.\r\nLine two.  \r\n\r\n\r\n",
          {B(C(1, 2))},
          "Line one.\r\nLine two.  \r\n"},
         "y3GER3RdQYafINvdCODipvlkzShrZFDf83i/166sBeQ="},
        {{"hop 2",
          "Line one.\r\nLine two.  \r\n\r\n\r\n-- \r\nfooter\r\n",
          {"{\"h\":{\"a\":[]}}"},
          "Line one.\r\nLine two.  \r\n\r\n\r\n-- \r\nfooter\r\n"},
         "HLAOYLI10xmYqye5xuC28nVP3m4RZCZiAMenBQx5fX0="},
        {{"hop 2, undone",
          "Line one.\r\nLine two.  \r\n\r\n\r\n-- \r\nfooter\r\n",
          {B(C(1, 2))},
          "Line one.\r\nLine two.  \r\n"},
         "y3GER3RdQYafINvdCODipvlkzShrZFDf83i/166sBeQ="},
    };
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        char text[100];
        struct buffer made = buffer_new(LAB_MESSAGE_OCTETS), out = buffer_over(text, sizeof text);
        struct dkim2_body body = run(&bodies[i].body, 7, &made);
        assert_body(&bodies[i].body, 7);
        base64_encode(&out, digest_slice(&body.values[DIGEST_SHA256]));
        buffer_add_octet(&out, '\0');
        assert_string_equal(text, bodies[i].hash);
        buffer_free(&made);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_recipes_make),
        cmocka_unit_test(a_null_recipe_loses_all_before),
        cmocka_unit_test(given_up_at_any_moment),
        cmocka_unit_test(the_worked_example),
    };
    return cmocka_run_group_tests_name("bodies", tests, NULL, NULL);
}
