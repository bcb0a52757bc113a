#include "mail/taglist.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* Octets of a test, which may hold NUL. */
#define S(literal)                                      \
    {                                                   \
        (const uint8_t *)(literal), sizeof(literal) - 1 \
    }

static const struct list_case {
    const char *name;
    struct slice text;
    const char *why;  /* NULL: it is a tag list */
    const char *tags; /* "name=value" of each, behind each a '|' */
} list_cases[] = {
    {"one tag", S("a=b"), NULL, "a=b|"},
    {"semicolon at the end", S("a=b;"), NULL, "a=b|"},
    {"white space behind the last semicolon", S("a=b; \t"), NULL, "a=b|"},
    {"fold behind the last semicolon", S("a=b;\r\n "), NULL, "a=b|"},
    {"two tags", S("v=1;a=rsa-sha256"), NULL, "v=1|a=rsa-sha256|"},
    {"order is kept", S("z=1;a=2;m=3"), NULL, "z=1|a=2|m=3|"},
    {"spaces everywhere", S("  v \t=  1 \t; a = b  "), NULL, "v=1|a=b|"},
    {"folds everywhere", S("\r\n v\r\n =\r\n 1\r\n ;\r\n\ta=b\r\n "), NULL, "v=1|a=b|"},
    {"folds one after another", S("v=1;\r\n \r\n\t\r\n a=b"), NULL, "v=1|a=b|"},
    {"empty value", S("p="), NULL, "p=|"},
    {"empty value before another", S("p=;v=1"), NULL, "p=|v=1|"},
    {"value of white space", S("p= \r\n ;v=1"), NULL, "p=|v=1|"},
    {"equals signs in a value", S("b=AA==;c==;d=x=y"), NULL, "b=AA==|c==|d=x=y|"},
    {"white space in a value", S("h=from : to"), NULL, "h=from : to|"},
    {"fold in a value", S("b=AB\r\n CD"), NULL, "b=AB\r\n CD|"},
    {"every VALCHAR", S("v=!\"#$%&'()*+,-./09:<=>?@AZ[\\]^_`az{|}~"), NULL,
     "v=!\"#$%&'()*+,-./09:<=>?@AZ[\\]^_`az{|}~|"},
    {"long name with digits", S("a1_b2_=x"), NULL, "a1_b2_=x|"},
    {"names differ by case", S("a=1;A=2"), NULL, "a=1|A=2|"},
    {"a name that begins another", S("a=1;ab=2"), NULL, "a=1|ab=2|"},
    {"UTF-8 in a value",
     S("d=b\xC3\xBC"
       "cher.example;i=@\xF0\x9F\x93\xAC.example"),
     NULL,
     "d=b\xC3\xBC"
     "cher.example|i=@\xF0\x9F\x93\xAC.example|"},

    {"nothing", S(""), "no tag at all", ""},
    {"white space alone", S(" \r\n "), "no tag at all", ""},
    {"semicolon alone", S(";"), "an empty tag", ""},
    {"empty tag first", S(";a=b"), "an empty tag", ""},
    {"empty tag between", S("a=b;;c=d"), "an empty tag", "a=b|"},
    {"empty tag of white space", S("a=b; ;c=d"), "an empty tag", "a=b|"},
    {"two semicolons at the end", S("a=b;;"), "an empty tag", "a=b|"},
    {"no name", S("=b"), "a tag without a name", ""},
    {"no name behind a space", S("a=b; =c"), "a tag without a name", "a=b|"},
    {"no equals sign", S("a=b;c"), "a tag without '='", "a=b|"},
    {"no equals sign before a semicolon", S("c ;a=b"), "a tag without '='", ""},
    {"name begins with a digit", S("1a=b"), "a tag name that begins with no letter", ""},
    {"name begins with an underscore", S("_a=b"), "a tag name that begins with no letter", ""},
    {"hyphen in a name", S("a-b=c"), "an octet that no tag name has", ""},
    {"space in a name", S("a b=c"), "an octet that no tag name has", ""},
    {"comma as a name", S(",=c"), "an octet that no tag name has", ""},
    {"UTF-8 in a name", S("\xC3\xBC=c"), "an octet that no tag name has", ""},
    {"NUL as a name", S("\0=c"), "an octet that no tag name has", ""},
    {"NUL in a name", S("a\0=c"), "an octet that no tag name has", ""},
    {"NUL in a value", S("v=1;a=b\0c"), "an octet that no tag value has", "v=1|"},
    {"DEL in a value", S("a=b\x7F"), "an octet that no tag value has", ""},
    {"vertical tab in a value", S("a=b\vc"), "an octet that no tag value has", ""},
    {"lone LF in a value", S("a=b\n c"), "a CR or LF that folds no line", ""},
    {"lone CR in a value", S("a=b\r c"), "a CR or LF that folds no line", ""},
    {"line end without white space", S("a=b\r\nc"), "a CR or LF that folds no line", ""},
    {"line end before a semicolon", S("a=b\r\n;c=d"), "a CR or LF that folds no line", ""},
    {"line end at the end", S("a=b\r\n"), "a CR or LF that folds no line", ""},
    {"line end behind the last semicolon", S("a=b;\r\n"), "a CR or LF that folds no line", "a=b|"},
    {"lone LF before a name", S("\na=b"), "a CR or LF that folds no line", ""},
    {"lone LF before an equals sign", S("a\n=b"), "a CR or LF that folds no line", ""},
    {"CR at the end of a name", S("a\r"), "a CR or LF that folds no line", ""},
    {"Latin-1 in a value", S("a=b\xFC"), "octets that are not UTF-8", ""},
    {"UTF-8 cut short", S("a=\xE2\x82"), "octets that are not UTF-8", ""},
    {"UTF-8 cut by a semicolon", S("a=\xE2\x82;b=c"), "octets that are not UTF-8", ""},
    {"overlong UTF-8", S("a=\xC0\xAF"), "octets that are not UTF-8", ""},
    {"surrogate", S("a=\xED\xA0\x80"), "octets that are not UTF-8", ""},
    {"a tag twice", S("a=1;b=2;a=3;c=4"), "a tag stands twice", "a=1|b=2|"},
    {"a tag twice with one value", S("a=1;a=1"), "a tag stands twice", "a=1|"},
    {"a tag twice before another error", S("a=1;a=2;;"), "a tag stands twice", "a=1|"},
    {"another error before a tag twice", S("a=1;;a=2"), "an empty tag", "a=1|"},
};

static char *joined(const struct taglist *list)
{
    static char text[512];
    size_t n = 0;
    for (size_t i = 0; i < list->n; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "%.*s=%.*s|",
                              SLICE_ARGS(list->tags[i].name), SLICE_ARGS(list->tags[i].value));
    text[n] = '\0';
    return text;
}

static void lists(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof list_cases / sizeof list_cases[0]; i++) {
        const struct list_case *c = &list_cases[i];
        struct arena arena = arena_new();
        struct taglist list;
        enum waybill_status status = taglist_parse(&arena, c->text, &list);
        if (status != (c->why ? WAYBILL_SYNTAX : WAYBILL_OK))
            fail_msg("%s: status %d, %s", c->name, status, list.why ? list.why : "no reason");
        if (c->why ? !list.why || strcmp(list.why, c->why) != 0 : list.why != NULL)
            fail_msg("%s: why is \"%s\"", c->name, list.why ? list.why : "(none)");
        if (strcmp(joined(&list), c->tags) != 0)
            fail_msg("%s: tags are %s", c->name, joined(&list));
        arena_free(&arena);
    }
}

static void assert_slice(struct slice is, const char *should)
{
    if (!slice_eq(is, slice_str(should)))
        fail_msg("\"%.*s\" should be \"%s\"", SLICE_ARGS(is), should);
}

static void spans(void **state)
{
    (void)state;
    struct arena arena = arena_new();
    struct taglist list;
    struct slice text = SLICE(" a = 1 ;\r\n b =\r\n AB\r\n CD= ;p=");
    assert_int_equal(taglist_parse(&arena, text, &list), WAYBILL_OK);
    assert_int_equal(list.n, 3);
    assert_slice(list.tags[0].raw, " 1 ");
    assert_slice(list.tags[0].span, "a = 1 ");
    assert_slice(list.tags[1].value, "AB\r\n CD=");
    assert_slice(list.tags[1].raw, "\r\n AB\r\n CD= ");
    assert_slice(list.tags[1].span, "b =\r\n AB\r\n CD= ");
    assert_slice(list.tags[2].raw, "");
    assert_slice(list.tags[2].span, "p=");
    assert_ptr_equal(list.tags[2].raw.p, text.p + text.n);
    arena_free(&arena);
}

static void find(void **state)
{
    (void)state;
    struct arena arena = arena_new();
    struct taglist list;
    assert_int_equal(taglist_parse(&arena, SLICE("bh=1;b=2;B=3"), &list), WAYBILL_OK);
    assert_ptr_equal(taglist_find(&list, "bh"), &list.tags[0]);
    assert_ptr_equal(taglist_find(&list, "b"), &list.tags[1]);
    assert_ptr_equal(taglist_find(&list, "B"), &list.tags[2]);
    assert_null(taglist_find(&list, "BH"));
    assert_null(taglist_find(&list, "bhx"));
    assert_null(taglist_find(&list, ""));
    arena_free(&arena);
}

static const struct element_case {
    const char *name, *value, *elements; /* behind each element a '|' */
} element_cases[] = {
    {"none", "", "|"},
    {"one", "from", "from|"},
    {"three", "from:to:subject", "from|to|subject|"},
    {"white space around", " from :\r\n\tto : subject\r\n ", "from|to|subject|"},
    {"empty between", "from::to", "from||to|"},
    {"empty at the ends", ":from:", "|from||"},
    {"colon alone", ":", "||"},
    {"white space inside stays", "a b:c", "a b|c|"},
};

static void elements(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof element_cases / sizeof element_cases[0]; i++) {
        const struct element_case *c = &element_cases[i];
        struct slice rest = slice_str(c->value), element;
        char text[128] = "";
        size_t n = 0;
        for (bool done = false; taglist_element(&rest, &done, &element);)
            n += (size_t)snprintf(text + n, sizeof text - n, "%.*s|", SLICE_ARGS(element));
        if (strcmp(text, c->elements) != 0)
            fail_msg("%s: elements are %s", c->name, text);
    }
}

enum { MANY = 100000, TAG_OCTETS = 20 };

/* A list of MANY tags of different names of one hash class: letters that differ by case alone. */
static char *many_tags(void)
{
    char *text = malloc((size_t)MANY * TAG_OCTETS + 1);
    assert_non_null(text);
    size_t n = 0;
    for (unsigned i = 0; i < MANY; i++) {
        for (unsigned bit = 0; bit < 17; bit++)
            text[n++] = (i >> bit & 1) ? 'A' : 'a';
        text[n++] = '=';
        text[n++] = 'x';
        text[n++] = ';';
    }
    text[n] = '\0';
    return text;
}

static void many(void **state)
{
    (void)state;
    struct arena arena = arena_new();
    struct taglist list;
    char *text = many_tags();
    assert_int_equal(taglist_parse(&arena, slice_str(text), &list), WAYBILL_OK);
    assert_int_equal(list.n, MANY);
    assert_slice(list.tags[MANY - 1].value, "x");

    memcpy(text + (size_t)TAG_OCTETS * 777, text + (size_t)20 * 3, 17);
    memcpy(text + (size_t)TAG_OCTETS * 778, text + (size_t)20 * 2, 17);
    assert_int_equal(taglist_parse(&arena, slice_str(text), &list), WAYBILL_SYNTAX);
    assert_string_equal(list.why, "a tag stands twice");
    assert_int_equal(list.n, 777);
    free(text);
    arena_free(&arena);
}

static void count_around_few(void **state)
{
    (void)state;
    for (size_t n = 14; n <= 19; n++) {
        char text[128];
        for (size_t i = 0; i < n; i++)
            snprintf(text + 4 * i, sizeof text - 4 * i, "%c=%c;", (int)('a' + i), (int)('A' + i));
        struct arena arena = arena_new();
        struct taglist list;
        assert_int_equal(taglist_parse(&arena, slice_str(text), &list), WAYBILL_OK);
        assert_int_equal(list.n, n);
        for (size_t i = 0; i < n; i++)
            assert_int_equal(list.tags[i].value.p[0], 'A' + i);

        text[4 * (n - 1)] = 'b';
        assert_int_equal(taglist_parse(&arena, slice_str(text), &list), WAYBILL_SYNTAX);
        assert_int_equal(list.n, n - 1);
        arena_free(&arena);
    }
}

static void semicolons_cost_nothing(void **state)
{
    (void)state;
    enum { OCTETS = 1 << 20 };
    char *text = malloc(OCTETS);
    assert_non_null(text);
    memset(text, ';', OCTETS);
    memcpy(text, "a=b", 3);
    struct arena arena = arena_new();
    struct taglist list;
    assert_int_equal(taglist_parse(&arena, slice_of(text, OCTETS), &list), WAYBILL_SYNTAX);
    assert_int_equal(list.n, 1);
    arena_free(&arena);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists),
        cmocka_unit_test(spans),
        cmocka_unit_test(find),
        cmocka_unit_test(elements),
        cmocka_unit_test(many),
        cmocka_unit_test(count_around_few),
        cmocka_unit_test(semicolons_cost_nothing),
    };
    return cmocka_run_group_tests_name("taglist", tests, NULL, NULL);
}
