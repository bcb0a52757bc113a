#include "dkim2/recipe.h"

#include "base/limits.h"
#include "support/recipes.h"
#include "support/support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define JSON "the recipe is no JSON"
#define STEP "a step is no object with one key"
#define KIND "a step is of an unknown kind"
#define PLACE "a copy step holds something else than whole numbers from 1"
#define PAIR "a copy step is no list of two numbers"
#define ORDER "copy steps overlap or descend"
#define STRINGS "a step of literals is no list of strings"
#define OTHERS "a step of literals holds something else than strings"
#define ENDS "a literal holds a CR or LF"
#define BASE64 "a literal is not canonical base64"
#define NAMES "\"h\" is no object with the name of a field"
#define NAME "a name that no field can have"
#define CASE "two keys of an object differ in case only"
#define DEEP "the recipe is nested too deep"
#define NOTHING "the recipe has neither \"h\" nor \"b\""
#define LOWER "the name of a field is not in lower case"
#define NULL_BODY "the body cannot be recreated"

/* What each draft says; NULL: it takes it. */
static const struct read_case {
    const char *name, *json;
    const char *why_06, *why_09;
} cases[] = {
    {"usual", "{\"h\":{\"subject\":[{\"d\":[\"x\"]}]},\"b\":[{\"c\":[1,2]}]}", NULL, NULL},
    {"white space", " { \"b\" :\r\n[ { \"c\" : [ 1 , 2 ] } ] } ", NULL, NULL},
    {"an unknown key", "{\"x\":[1,{}],\"b\":[]}", NULL, NULL},
    {"keys of any case", "{\"B\":[{\"C\":[1,2]},{\"D\":[\"\"]}]}", NOTHING, NULL},
    {"a step's key in upper case", "{\"b\":[{\"C\":[1,2]}]}", KIND, NULL},
    {"a name in upper case", "{\"h\":{\"Subject\":[]}}", LOWER, NULL},
    {"names that differ in case", "{\"h\":{\"a\":[],\"A\":[]}}", LOWER, CASE},
    {"keys that differ in case", "{\"b\":[],\"B\":[]}", NULL, CASE},
    {"unknown keys that differ in case", "{\"b\":[],\"x\":1,\"X\":2}", NULL, CASE},
    {"a null body", "{\"b\":null}", NULL, NULL_BODY},
    {"octets", "{\"b\":[{\"u\":[\"/w==\",\"\"]}]}", KIND, NULL},

    {"nothing", "", JSON, JSON},
    {"no object", "[]", "the recipe is no object", "the recipe is no object"},
    {"a string", "\"b\"", JSON, JSON},
    {"something behind", "{\"b\":[]} x", JSON, JSON},
    {"neither h nor b", "{}", NOTHING, NOTHING},
    {"the same key twice", "{\"b\":[],\"b\":[]}", JSON, JSON},
    {"the same name twice", "{\"h\":{\"a\":[],\"a\":[]}}", JSON, JSON},
    {"a comma too much", "{\"b\":[],}", JSON, JSON},
    {"h is empty", "{\"h\":{}}", NAMES, NAMES},
    {"h is null", "{\"h\":null}", NAMES, NAMES},
    {"h is a list", "{\"h\":[]}", NAMES, NAMES},
    {"h is wrong beside b", "{\"h\":{},\"b\":[]}", NAMES, NAMES},
    {"b is an object", "{\"b\":{}}", "the steps are no list", "the steps are no list"},
    {"a field's steps are null", "{\"h\":{\"a\":null}}", "the steps are no list",
     "the steps are no list"},
    {"no name", "{\"h\":{\"\":[]}}", NAME, NAME},
    {"a name with a colon", "{\"h\":{\"a:b\":[]}}", NAME, NAME},
    {"a name with a line end", "{\"h\":{\"a\\r\\nb\":[]}}", NAME, NAME},
    {"a name with a space", "{\"h\":{\"a \":[]}}", NAME, NAME},
    {"a name with NUL", "{\"h\":{\"a\\u0000\":[]}}", JSON, JSON},

    {"a step is a list", "{\"b\":[[1,2]]}", STEP, STEP},
    {"a step is a string", "{\"b\":[\"x\"]}", STEP, STEP},
    {"a step without a key", "{\"b\":[{}]}", STEP, STEP},
    {"a step with two keys", "{\"b\":[{\"c\":[1,2],\"d\":[\"x\"]}]}", STEP, STEP},
    {"a step with the same key twice", "{\"b\":[{\"c\":[1,1],\"C\":[2,2]}]}", STEP, STEP},
    {"an unknown step", "{\"b\":[{\"z\":[1,2]}]}", KIND, KIND},
    {"a private step", "{\"b\":[{\"b\":[\"eA==\"]}]}", KIND, KIND},

    {"copy of nothing", "{\"b\":[{\"c\":[]}]}", PAIR, PAIR},
    {"copy of one number", "{\"b\":[{\"c\":[1]}]}", PAIR, PAIR},
    {"copy of three", "{\"b\":[{\"c\":[1,2,3]}]}", PAIR, PAIR},
    {"copy of a number alone", "{\"b\":[{\"c\":1}]}", PAIR, PAIR},
    {"from 0", "{\"b\":[{\"c\":[0,1]}]}", PLACE, PLACE},
    {"negative", "{\"b\":[{\"c\":[-1,1]}]}", PLACE, PLACE},
    {"1.0", "{\"b\":[{\"c\":[1.0,2]}]}", PLACE, PLACE},
    {"1e0", "{\"b\":[{\"c\":[1e0,2]}]}", PLACE, PLACE},
    {"a number as text", "{\"b\":[{\"c\":[\"1\",2]}]}", PLACE, PLACE},
    {"true", "{\"b\":[{\"c\":[true,2]}]}", PLACE, PLACE},
    {"01", "{\"b\":[{\"c\":[01,2]}]}", JSON, JSON},
    {"a number of 19 digits", "{\"b\":[{\"c\":[1,9223372036854775807]}]}", NULL, NULL},
    {"a real number too large, where nobody looks", "{\"x\":1e999,\"b\":[]}", NULL, NULL},
    {"a sign alone", "{\"x\":-,\"b\":[]}", JSON, JSON},
    {"a plus sign", "{\"x\":+1,\"b\":[]}", JSON, JSON},
    {"a point alone", "{\"x\":1.,\"b\":[]}", JSON, JSON},
    {"a power alone", "{\"x\":1e-,\"b\":[]}", JSON, JSON},
    {"the least number", "{\"x\":-9223372036854775808,\"b\":[]}", NULL, NULL},
    {"less", "{\"x\":-9223372036854775809,\"b\":[]}", JSON, JSON},
    {"a word of more letters", "{\"b\":nulls}", JSON, JSON},
    {"a number too large", "{\"b\":[{\"c\":[1,9223372036854775808]}]}", JSON, JSON},
    {"ends before it begins", "{\"b\":[{\"c\":[2,1]}]}", "a copy step ends before it begins",
     "a copy step ends before it begins"},
    {"overlapping", "{\"b\":[{\"c\":[1,2]},{\"c\":[2,3]}]}", ORDER, ORDER},
    {"descending", "{\"b\":[{\"c\":[3,3]},{\"d\":[\"x\"]},{\"c\":[1,1]}]}", ORDER, ORDER},
    {"twice the same", "{\"h\":{\"a\":[{\"c\":[1,1]},{\"c\":[1,1]}]}}", ORDER, ORDER},
    {"touching", "{\"b\":[{\"c\":[1,2]},{\"c\":[3,3]}]}", NULL, NULL},

    {"no literal", "{\"b\":[{\"d\":[]}]}", STRINGS, STRINGS},
    {"a literal without a list", "{\"b\":[{\"d\":\"x\"}]}", STRINGS, STRINGS},
    {"a literal that is null", "{\"b\":[{\"d\":[null]}]}", OTHERS, OTHERS},
    {"a literal that is a number", "{\"b\":[{\"d\":[\"x\",1]}]}", OTHERS, OTHERS},
    {"a literal with LF", "{\"b\":[{\"d\":[\"a\\nb\"]}]}", ENDS, ENDS},
    {"a literal with CR", "{\"b\":[{\"d\":[\"a\\u000D\"]}]}", ENDS, ENDS},
    {"a literal with a bare LF", "{\"b\":[{\"d\":[\"a\nb\"]}]}", JSON, JSON},
    {"a literal with NUL", "{\"b\":[{\"d\":[\"a\\u0000b\"]}]}", NULL, NULL},
    {"not UTF-8", "{\"b\":[{\"d\":[\"\xFF\"]}]}", JSON, JSON},
    {"overlong UTF-8", "{\"b\":[{\"d\":[\"\xC0\xAF\"]}]}", JSON, JSON},
    {"half of a surrogate pair", "{\"b\":[{\"d\":[\"\\uD800\"]}]}", JSON, JSON},
    {"a surrogate in UTF-8", "{\"b\":[{\"d\":[\"\xED\xA0\x80\"]}]}", JSON, JSON},
    {"the other half", "{\"b\":[{\"d\":[\"\\uDC00\"]}]}", JSON, JSON},
    {"two first halves", "{\"b\":[{\"d\":[\"\\uD83D\\uD83D\"]}]}", JSON, JSON},
    {"an unknown escape", "{\"b\":[{\"d\":[\"\\q\"]}]}", JSON, JSON},
    {"no hexadecimal digit", "{\"b\":[{\"d\":[\"\\u00G0\"]}]}", JSON, JSON},
    {"the end within an escape", "{\"b\":[{\"d\":[\"\\u00", JSON, JSON},
    {"the end behind a backslash", "{\"b\":[{\"d\":[\"\\", JSON, JSON},
    {"the same key, written in two ways", "{\"b\":[],\"\\u0062\":[]}", JSON, JSON},
    {"a key with an escape", "{\"\\u0062\":[]}", NULL, NULL},
    {"a pair of surrogates", "{\"b\":[{\"d\":[\"\\uD83D\\uDE00\"]}]}", NULL, NULL},

    {"base64 with LF in it", "{\"b\":[{\"u\":[\"Cg==\"]}]}", KIND, ENDS},
    {"base64 without padding", "{\"b\":[{\"u\":[\"/w\"]}]}", KIND, BASE64},
    {"base64 with bits left over", "{\"b\":[{\"u\":[\"/x==\"]}]}", KIND, BASE64},
    {"base64 with a space", "{\"b\":[{\"u\":[\"/w ==\"]}]}", KIND, BASE64},
    {"base64 of the other alphabet", "{\"b\":[{\"u\":[\"_w==\"]}]}", KIND, BASE64},
    {"u without a list", "{\"b\":[{\"u\":\"/w==\"}]}", KIND, STRINGS},

    {"deeper than a recipe", "{\"h\":{\"a\":[{\"c\":[[1],2]}]}}", DEEP, DEEP},
    {"brackets in a string", "{\"b\":[{\"d\":[\"[[[[[[[\\\"{{{{{\"]}]}", NULL, NULL},
};

static void assert_why(const char *name, const char *draft, const char *is, const char *should)
{
    if ((is == NULL) != (should == NULL) || (is && strcmp(is, should) != 0))
        fail_msg("%s, draft %s: \"%s\", not \"%s\"", name, draft, is ? is : "good",
                 should ? should : "good");
}

static void what_each_draft_takes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct read_case *c = &cases[i];
        struct arena arena = arena_new();
        struct recipe recipe;
        const char *why = recipe_try(&arena, WAYBILL_DRAFT_06, slice_str(c->json), &recipe);
        assert_why(c->name, "06", why, c->why_06);
        why = recipe_try(&arena, WAYBILL_DRAFT_09, slice_str(c->json), &recipe);
        assert_why(c->name, "09", why, c->why_09);
        if (why)
            assert_true(!recipe.n_fields && !recipe.has_body);
        arena_free(&arena);
    }
}

static const struct {
    const char *name, *json;
    bool of_any;
} alike_cases[] = {
    {"usual", "{\"h\":{\"subject\":[{\"d\":[\"x\"]}]},\"b\":[{\"c\":[1,2]}]}", true},
    {"an unknown key", "{\"x\":[1,{}],\"b\":[]}", true},
    {"a key that 06 ignores", "{\"h\":{\"a\":[]},\"B\":[]}", false},
    {"keys that differ in case", "{\"b\":[],\"B\":[]}", false},
    {"unknown keys that differ in case", "{\"b\":[],\"x\":1,\"X\":2}", false},
    {"a step's key in upper case", "{\"b\":[{\"C\":[1,2]}]}", false},
    {"a name in upper case", "{\"h\":{\"Subject\":[]}}", false},
    {"a null body", "{\"b\":null}", false},
    {"octets", "{\"b\":[{\"u\":[\"/w==\"]}]}", false},
};

/* By whichever draft it is read, a reader knows whether the other says the same. */
static void what_says_the_same_by_every_draft(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof alike_cases / sizeof alike_cases[0]; i++) {
        struct arena arena = arena_new();
        size_t taken = 0;
        for (int draft = WAYBILL_DRAFT_06; draft <= WAYBILL_DRAFT_09; draft++) {
            struct recipe recipe;
            if (recipe_try(&arena, (enum waybill_draft)draft, slice_str(alike_cases[i].json),
                           &recipe))
                continue;
            taken++;
            if (recipe.of_any_draft != alike_cases[i].of_any)
                fail_msg("%s", alike_cases[i].name);
        }
        assert_true(taken == 2 || (taken == 1 && !alike_cases[i].of_any));
        arena_free(&arena);
    }
}

/* --- what only costs -------------------------------------------------------------------------- */

static struct buffer repeated(const char *start, const char *part, size_t n, const char *end)
{
    struct buffer b = buffer_new(LAB_MESSAGE_OCTETS);
    buffer_add_str(&b, start);
    for (size_t i = 0; i < n; i++)
        buffer_add_str(&b, part);
    buffer_add_str(&b, end);
    return b;
}

static const struct large_case {
    const char *name, *start, *part;
    size_t n;
    const char *end, *why;
} large_cases[] = {
    {"lists in lists", "{\"b\":", "[", 10000, "", DEEP},
    {"objects in objects", "", "{\"b\":", 10000, "", DEEP},
    {"lists in lists that end", "{\"x\":[", "[],", 20000, "1],\"b\":[]}",
     "the recipe has more lists and objects than any recipe"},
    {"a megabyte of steps", "{\"b\":[", "{\"d\":[\"x\"]},", 90000, "{\"d\":[\"x\"]}]}",
     "the recipe is too long"},
    {"as many steps as it may have", "{\"b\":[", "{\"d\":[\"\"]},", 6800, "{\"d\":[\"\"]}]}", NULL},
    {"as many literals", "{\"b\":[{\"d\":[", "\"\",", 24980, "\"\"]}]}", NULL},
    {"a string without an end", "{\"b\":[{\"d\":[\"", "\\\"[", 20000, "", JSON},
};

static void what_only_costs(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof large_cases / sizeof large_cases[0]; i++) {
        const struct large_case *c = &large_cases[i];
        struct arena arena = arena_new();
        struct buffer json = repeated(c->start, c->part, c->n, c->end);
        struct recipe recipe;
        assert_why(c->name, "09",
                   recipe_try(&arena, WAYBILL_DRAFT_09, buffer_slice(&json), &recipe), c->why);
        buffer_free(&json);
        arena_free(&arena);
    }
}

static void the_text_around_it(void **state)
{
    (void)state;
    const struct {
        const char *base64, *why;
    } texts[] = {
        {"eyJiIjpbXX0=", NULL},
        {" eyJi\r\n\tIjpb XX0 = ", NULL},
        {"eyJiIjpbXX0", "the recipe is not base64"},
        {"eyJiIjpbXX1=", "the recipe is not base64"},
        {"eyJi*jpbXX0=", "the recipe is not base64"},
        {"", JSON},
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct arena arena = arena_new();
        struct recipe recipe;
        const char *why;
        enum waybill_status status = recipe_parse(&arena, dkim2_draft_of(WAYBILL_DRAFT_09),
                                                  slice_str(texts[i].base64), &recipe, &why);
        assert_int_equal(status, texts[i].why ? WAYBILL_SYNTAX : WAYBILL_OK);
        assert_why(texts[i].base64, "09", why, texts[i].why);
        arena_free(&arena);
    }
}

/* --- writing ---------------------------------------------------------------------------------- */

/* What is read and how it is written again; NULL: the draft refuses. */
static const struct write_case {
    const char *name, *json, *written_06, *written_09;
} write_cases[] = {
    {"fields by name, then the body",
     "{\"b\":[ {\"d\":[\"x\",\"y\"]}, {\"C\":[1,2]}], "
     "\"H\":{\"Subject\":[{\"d\":[\"a\"]}],\"list-id\":[]}}",
     "{\"h\":{\"list-id\":[],\"subject\":[{\"d\":[\"a\"]}]},\"b\":[{\"d\":[\"x\",\"y\"]},{\"c\":[1,"
     "2]}]}",
     "{\"h\":{\"list-id\":[],\"subject\":[{\"d\":[\"a\"]}]},\"b\":[{\"d\":[\"x\",\"y\"]},{\"c\":[1,"
     "2]}]}"},
    {"only a body", "{\"b\":[]}", "{\"b\":[]}", "{\"b\":[]}"},
    {"only fields", "{\"h\":{\"a\":[]}}", "{\"h\":{\"a\":[]}}", "{\"h\":{\"a\":[]}}"},
    {"what must be escaped", "{\"b\":[{\"d\":[\"\\\"\\\\\\/\\u0000\\t\\u001f\x7F\xC3\xBC\"]}]}",
     "{\"b\":[{\"d\":[\"\\\"\\\\/\\u0000\\u0009\\u001f\x7F\xC3\xBC\"]}]}",
     "{\"b\":[{\"d\":[\"\\\"\\\\/\\u0000\\u0009\\u001f\x7F\xC3\xBC\"]}]}"},
    {"characters of one octet to four",
     "{\"b\":[{\"d\":[\"\\u007a\\u00fc\\u20AC\\ud83d\\ude00\"]}]}",
     "{\"b\":[{\"d\":[\"z\xC3\xBC\xE2\x82\xAC\xF0\x9F\x98\x80\"]}]}",
     "{\"b\":[{\"d\":[\"z\xC3\xBC\xE2\x82\xAC\xF0\x9F\x98\x80\"]}]}"},
    {"octets that are text", "{\"b\":[{\"u\":[\"eA==\"]}]}", "{\"b\":[{\"d\":[\"x\"]}]}",
     "{\"b\":[{\"d\":[\"x\"]}]}"},
    {"octets that are none", "{\"b\":[{\"u\":[\"eA==\",\"/w==\",\"/w==\",\"eQ==\"]}]}", NULL,
     "{\"b\":[{\"d\":[\"x\"]},{\"u\":[\"/w==\",\"/w==\"]},{\"d\":[\"y\"]}]}"},
};

static void assert_written(const struct write_case *c, const struct recipe *recipe,
                           enum waybill_draft draft, const char *should)
{
    struct buffer json = buffer_new(LAB_MESSAGE_OCTETS);
    enum waybill_status status = recipe_write(recipe, dkim2_draft_of(draft), &json);
    assert_int_equal(status, should ? WAYBILL_OK : WAYBILL_REFUSED);
    if (should && !slice_eq(buffer_slice(&json), slice_str(should)))
        fail_msg("%s: %.*s", c->name, (int)json.n, (char *)json.p);
    buffer_free(&json);
}

static void what_is_written(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof write_cases / sizeof write_cases[0]; i++) {
        const struct write_case *c = &write_cases[i];
        struct arena arena = arena_new();
        struct recipe recipe = recipe_of(&arena, WAYBILL_DRAFT_09, c->json);
        assert_written(c, &recipe, WAYBILL_DRAFT_06, c->written_06);
        assert_written(c, &recipe, WAYBILL_DRAFT_09, c->written_09);
        arena_free(&arena);
    }
}

static void a_null_body_is_written_where_it_may_be(void **state)
{
    (void)state;
    const struct write_case null = {.name = "a null body"};
    struct arena arena = arena_new();
    struct recipe recipe = recipe_of(&arena, WAYBILL_DRAFT_06, "{\"b\":null}");
    assert_written(&null, &recipe, WAYBILL_DRAFT_06, "{\"b\":null}");
    assert_written(&null, &recipe, WAYBILL_DRAFT_09, NULL);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_each_draft_takes),
        cmocka_unit_test(what_says_the_same_by_every_draft),
        cmocka_unit_test(what_only_costs),
        cmocka_unit_test(the_text_around_it),
        cmocka_unit_test(what_is_written),
        cmocka_unit_test(a_null_body_is_written_where_it_may_be),
    };
    return cmocka_run_group_tests_name("recipe", tests, NULL, NULL);
}
