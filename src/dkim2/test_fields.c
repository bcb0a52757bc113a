#include "dkim2/fields.h"

#include "base/base64.h"
#include "support/recipes.h"
#include "support/support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static void assert_text(const char *name, struct slice is, const char *should)
{
    if (!slice_eq(is, slice_str(should)))
        fail_msg("%s:\n%.*s\nnot\n%s", name, (int)is.n, (const char *)is.p, should);
}

static struct dkim2_fields read(struct arena *arena, const char *header)
{
    struct dkim2_fields fields;
    struct header *parsed = arena_alloc(arena, sizeof *parsed);
    must(parsed, "memory");
    *parsed = header_of(arena, slice_str(header));
    must(dkim2_fields_read(arena, dkim2_draft_of(WAYBILL_DRAFT_09), parsed, &fields) == WAYBILL_OK,
         "fields");
    return fields;
}

/* --- what is hashed --------------------------------------------------------------------------- */

static const struct read_case {
    const char *name, *header, *hashed;
} read_cases[] = {
    {"no field", "", ""},
    {"white space and case", "SUBject :  AbC\t d \r\n e \r\n", "subject:AbC d e\r\n"},
    {"by name, in octets", "b: 1\r\na-b: 2\r\na: 3\r\nB-: 4\r\n",
     "a:3\r\na-b:2\r\nb:1\r\nb-:4\r\n"},
    {"of one name the last first", "A: 1\r\nb: x\r\na: 2\r\nA: 3\r\n",
     "a:3\r\na:2\r\na:1\r\nb:x\r\n"},
    {"an empty value is there", "a:\r\nb: \t \r\n", "a:\r\nb:\r\n"},
    {"a value that is folded at once", "message-id:\r\n <1@x>\r\n", "message-id:<1@x>\r\n"},
    {"what is ignored",
     "Received: x\r\nReceived-SPF: x\r\nX-a: x\r\nReturn-Path: <>\r\nDKIM-Signature: x\r\n"
     "Authentication-Results: x\r\nMessage-Instance: m=1\r\nDKIM2-Signature: i=1\r\na: b\r\n",
     "a:b\r\n"},
    {"octets of any value", "a: \xFF\x01 x\r\n", "a:\xFF\x01 x\r\n"},
};

static void what_is_hashed(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof read_cases / sizeof read_cases[0]; i++) {
        struct arena arena = arena_new();
        struct dkim2_fields fields = read(&arena, read_cases[i].header);
        assert_text(read_cases[i].name, fields_text(&arena, &fields), read_cases[i].hashed);
        arena_free(&arena);
    }
}

static void fields_are_found(void **state)
{
    (void)state;
    struct arena arena = arena_new();
    struct dkim2_fields fields = read(&arena, "b: 1\r\nC: 2\r\na: 3\r\nd: 4\r\nc: 5\r\n");
    assert_int_equal(dkim2_fields_find(&fields, SLICE("c"))->n, 2);
    assert_int_equal(dkim2_fields_find(&fields, SLICE("A"))->n, 1);
    assert_non_null(dkim2_fields_find(&fields, SLICE("D")));
    assert_null(dkim2_fields_find(&fields, SLICE("cc")));
    assert_null(dkim2_fields_find(&fields, SLICE("")));
    arena_free(&arena);
}

/* --- what a recipe makes of it ---------------------------------------------------------------- */

#define THREE "t: 3\r\nt: 2\r\nt: 1\r\nu: x\r\n"

static const struct undo_case {
    const char *name, *header, *recipe;
    const char *hashed; /* NULL: it does not apply */
} undo_cases[] = {
    {"a name that is not named stays", THREE, "{\"b\":[]}", "t:1\r\nt:2\r\nt:3\r\nu:x\r\n"},
    {"all of a name go", THREE, "{\"h\":{\"t\":[]}}", "u:x\r\n"},
    {"some stay", THREE, "{\"h\":{\"t\":[{\"c\":[1,1]},{\"c\":[3,3]}]}}", "t:1\r\nt:3\r\nu:x\r\n"},
    {"one is put between", THREE,
     "{\"h\":{\"t\":[{\"c\":[1,2]},{\"d\":[\" y\\t \",\"\"]},{\"c\":[3,3]}]}}",
     "t:1\r\nt:2\r\nt:y\r\nt:\r\nt:3\r\nu:x\r\n"},
    {"a name that is not there", THREE, "{\"h\":{\"a\":[{\"d\":[\"1\"]}],\"z\":[{\"d\":[\"2\"]}]}}",
     "a:1\r\nt:1\r\nt:2\r\nt:3\r\nu:x\r\nz:2\r\n"},
    {"one that is not there goes", THREE, "{\"h\":{\"a\":[]}}", "t:1\r\nt:2\r\nt:3\r\nu:x\r\n"},
    {"octets that are no text", THREE, "{\"h\":{\"t\":[],\"u\":[{\"u\":[\"/w==\"]}]}}",
     "u:\xFF\r\n"},
    {"a field that is not signed", THREE,
     "{\"h\":{\"received\":[{\"d\":[\"x\"]}],\"x-y\":[{\"c\":[7,9]}]}}",
     "t:1\r\nt:2\r\nt:3\r\nu:x\r\n"},
    {"past the end", THREE, "{\"h\":{\"t\":[{\"c\":[2,4]}]}}", NULL},
    {"far past the end", THREE, "{\"h\":{\"t\":[{\"c\":[1,9223372036854775807]}]}}", NULL},
    {"of a name that is not there", THREE, "{\"h\":{\"a\":[{\"c\":[1,1]}]}}", NULL},
};

static void what_a_recipe_makes(void **state)
{
    (void)state;
    const struct dkim2_draft *draft = dkim2_draft_of(WAYBILL_DRAFT_09);
    for (size_t i = 0; i < sizeof undo_cases / sizeof undo_cases[0]; i++) {
        const struct undo_case *c = &undo_cases[i];
        struct arena arena = arena_new();
        struct dkim2_fields newer = read(&arena, c->header), older;
        struct recipe recipe = recipe_of(&arena, WAYBILL_DRAFT_09, c->recipe);
        bool applies;
        assert_int_equal(dkim2_fields_undo(&arena, draft, &newer, &recipe, &older, &applies),
                         WAYBILL_OK);
        if (applies != (c->hashed != NULL))
            fail_msg("%s: applies is %d", c->name, applies);
        if (c->hashed)
            assert_text(c->name, fields_text(&arena, &older), c->hashed);
        arena_free(&arena);
    }
}

/* --- the worked example ----------------------------------------------------------------------- */

#define EXAMPLE_END                                                                \
    "Date: Sun, 22 Nov 2026 10:00:00 +0000\r\nMessage-ID:\r\n <1@example.com>\r\n" \
    "Comments: first (top)\r\ncomments: second (bottom)\r\nX-Ignored: yes\r\n"
#define EXAMPLE_1                                                                             \
    "Received: from a.example.com by mx.example.net; Sun, 22 Nov 2026 10:00:00 +0000\r\n"     \
    "From: Alice <alice@example.com>\r\nTo: list@lists.example.net\r\nSubject: Hello\r\n\t  " \
    "world "                                                                                  \
    "\r\n" EXAMPLE_END
#define EXAMPLE_2                                                                             \
    "List-ID: <list.lists.example.net>\r\nReceived: from a\r\n"                               \
    "From: Alice <alice@example.com>\r\nTo: list@lists.example.net\r\nSubject: [list] Hello " \
    "world\r\n" EXAMPLE_END

static const char *base64_of(const struct dkim2_fields *fields, struct arena *arena,
                             enum digest_kind kind, uint64_t *octets)
{
    static char text[100];
    struct crypto *crypto;
    struct digest_value value;
    struct buffer out = buffer_over(text, sizeof text - 1);
    must(crypto_new(&crypto) == WAYBILL_OK, "crypto");
    must(dkim2_fields_hash(arena, crypto, fields, kind, &value, octets) == WAYBILL_OK, "hash");
    base64_encode(&out, digest_slice(&value));
    text[out.n] = '\0';
    crypto_free(crypto);
    return text;
}

static void the_worked_example(void **state)
{
    (void)state;
    struct arena arena = arena_new();
    struct dkim2_fields first = read(&arena, EXAMPLE_1), second = read(&arena, EXAMPLE_2), undone;
    const char *hash = "2GPATinPtM4CTOvql7vsC64MffLc3gJ83ZwMkXtdg0Y=";
    uint64_t octets = 0;
    bool applies;
    assert_text(
        "hop 1", fields_text(&arena, &first),
        "comments:second (bottom)\r\ncomments:first (top)\r\n"
        "date:Sun, 22 Nov 2026 10:00:00 +0000\r\nfrom:Alice <alice@example.com>\r\n"
        "message-id:<1@example.com>\r\nsubject:Hello world\r\nto:list@lists.example.net\r\n");
    assert_string_equal(base64_of(&first, &arena, DIGEST_SHA256, &octets), hash);
    assert_int_equal(octets, 194);
    assert_string_equal(base64_of(&first, &arena, DIGEST_SHA512, &octets),
                        "tBIKYi1jbDcZr2XzWv6PwxbnCaTDxSREmJCNJDbP20YmKxp5/"
                        "hv+6RNk2gzZNXYSAGfHwa2v9CFSe2D+nVmWdQ==");
    assert_int_equal(octets, 2 * 194);
    assert_string_equal(base64_of(&second, &arena, DIGEST_SHA256, &octets),
                        "5KfIJfLQp9yt9O0BHVuo+J77UiJp0g0vNK5ro66EWhY=");
    struct recipe recipe = recipe_of(
        &arena, WAYBILL_DRAFT_06,
        "{\"h\":{\"subject\":[{\"d\":[\"Hello world\"]}],\"list-id\":[]},\"b\":[{\"c\":[1,2]}]}");
    assert_int_equal(dkim2_fields_undo(&arena, dkim2_draft_of(WAYBILL_DRAFT_06), &second, &recipe,
                                       &undone, &applies),
                     WAYBILL_OK);
    assert_true(applies);
    assert_string_equal(base64_of(&undone, &arena, DIGEST_SHA256, &octets), hash);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_hashed),
        cmocka_unit_test(fields_are_found),
        cmocka_unit_test(what_a_recipe_makes),
        cmocka_unit_test(the_worked_example),
    };
    return cmocka_run_group_tests_name("fields", tests, NULL, NULL);
}
