#include "base/limits.h"
#include "mail/address.h"

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

#define NO_AT "an address without '@'"
#define NO_LOCAL "an address without a local part"
#define NO_DOMAIN "an address without a domain"
#define BAD_LOCAL "a local part that is neither words with dots between nor quoted"
#define BAD_DOMAIN "a domain that is not words with dots between"
#define BEHIND "something else behind an address"
#define NO_FOLD "a CR or LF that folds no line"
#define CONTROL "a control character"
#define NOT_UTF8 "octets that are not UTF-8"

static const struct list_case {
    const char *name;
    struct slice value;
    const char *why;       /* NULL: these are addresses */
    const char *mailboxes; /* "display<local-part@domain>" of each, behind each a '|' */
} list_cases[] = {
    {"bare address", S("alice@author.example"), NULL, "<alice@author.example>|"},
    {"spaces around", S(" alice@author.example "), NULL, "<alice@author.example>|"},
    {"in angle brackets", S("<alice@author.example>"), NULL, "<alice@author.example>|"},
    {"with a name", S("Alice <alice@author.example>"), NULL, "Alice<alice@author.example>|"},
    {"without a space before the bracket", S("Alice<a@b>"), NULL, "Alice<a@b>|"},
    {"name of several words", S("Alice  B.\r\n\tCook <a@b>"), NULL, "Alice B. Cook<a@b>|"},
    {"name with a dot between letters", S("J.R.R. Tolkien <a@b>"), NULL, "J.R.R. Tolkien<a@b>|"},
    {"name with dots alone behind a word", S("Wait ... <a@b>"), NULL, "Wait ...<a@b>|"},
    {"quoted name", S("\"Cook, Alice\" <a@b>"), NULL, "Cook, Alice<a@b>|"},
    {"quoted name that looks like an address", S("\"ceo@bank.example\" <a@b>"), NULL,
     "ceo@bank.example<a@b>|"},
    {"quotes in a quoted name", S("\"Alice \\\"the\\\\ Cook\\\"\" <a@b>"), NULL,
     "Alice \"the\\ Cook\"<a@b>|"},
    {"white space in a quoted name", S("\"  Alice \r\n  Cook\t\" <a@b>"), NULL, "Alice Cook<a@b>|"},
    {"quoted and other words", S("\"Alice\" van \"der Cook\"<a@b>"), NULL,
     "Alice van der Cook<a@b>|"},
    {"words without a space", S("\"Al\"ice <a@b>"), NULL, "Alice<a@b>|"},
    {"empty quoted name", S("\"\" <a@b>"), NULL, "<a@b>|"},
    {"encoded words stay", S("=?utf-8?q?J=C3=B6rg?= =?utf-8?b?w7Y=?= <a@b>"), NULL,
     "=?utf-8?q?J=C3=B6rg?= =?utf-8?b?w7Y=?=<a@b>|"},
    {"UTF-8 in the name", S("J\xC3\xB6rg <a@b>"), NULL, "J\xC3\xB6rg<a@b>|"},
    {"UTF-8 in the address",
     S("j\xC3\xB6rg@b\xC3\xBC"
       "cher.example"),
     NULL,
     "<j\xC3\xB6rg@b\xC3\xBC"
     "cher.example>|"},
    {"UTF-8 behind a backslash", S("\"\\\xC3\xB6\" <a@b>"), NULL, "\xC3\xB6<a@b>|"},
    {"every atext", S("!#$%&'*+-/=?^_`{|}~@b"), NULL, "<!#$%&'*+-/=?^_`{|}~@b>|"},

    {"comment as the name", S("a@b (Alice)"), NULL, "<a@b>|"},
    {"comments everywhere", S("(1)Al(2)ice(3)<(4)a(5)@(6)b(7).c(8)>(9)"), NULL, "Al ice<a@b.c>|"},
    {"nested comment", S("(a(b(c)d)e)a@b"), NULL, "<a@b>|"},
    {"quoted parenthesis in a comment", S("(a\\)b\\\\)a@b"), NULL, "<a@b>|"},
    {"address in a comment", S("(x@y, \"z) a@b"), NULL, "<a@b>|"},
    {"UTF-8 and folds in a comment", S("a@b (\xC3\xB6\r\n x)"), NULL, "<a@b>|"},
    {"parenthesis in quotes", S("\"(\" <a@b>"), NULL, "(<a@b>|"},

    {"dots and spaces", S("alice . cook @ author .\r\n example"), NULL,
     "<alice.cook@author.example>|"},
    {"quoted local part", S("\"a b\"@c"), NULL, "<a b@c>|"},
    {"quoted local part with an at sign", S("\"a@b\"@c"), NULL, "<a@b@c>|"},
    {"folded quoted local part", S("\"a\r\n  b\"@c"), NULL, "<a  b@c>|"},
    {"words of both kinds in a local part", S("\"a\".b.\"c\"@d"), NULL, "<a.b.c@d>|"},
    {"empty quoted local part", S("\"\"@c"), NULL, "<@c>|"},
    {"address literal", S("a@[192.0.2.1]"), NULL, "<a@[192.0.2.1]>|"},
    {"address literal with spaces", S("a@ [ IPv6: 2001:db8::1\r\n ] "), NULL,
     "<a@[IPv6:2001:db8::1]>|"},
    {"source route", S("Alice <@x.example,@y.example:a@b>"), NULL, "Alice<a@b>|"},
    {"source route with empty elements", S("< , @x , , @y , : a@b >"), NULL, "<a@b>|"},

    {"two addresses", S("a@b, c@d"), NULL, "<a@b>|<c@d>|"},
    {"names, commas in quotes", S("\"A, B\" <a@b>,\r\n \"C, D\" <c@d>"), NULL,
     "A, B<a@b>|C, D<c@d>|"},
    {"empty elements", S(",a@b, ,(x),c@d,"), NULL, "<a@b>|<c@d>|"},
    {"group", S("cooks: a@b, Carol <c@d>;"), NULL, "<a@b>|Carol<c@d>|"},
    {"empty group", S("undisclosed-recipients:;"), NULL, ""},
    {"group of empty elements", S("\"the cooks\" (x) : , (y) , ; (z)"), NULL, ""},
    {"groups among addresses", S("a@b, g: c@d;, h:; , e@f"), NULL, "<a@b>|<c@d>|<e@f>|"},

    {"nothing", S(""), "no address", ""},
    {"white space", S(" \r\n\t"), "no address", ""},
    {"a comment", S("(nobody)"), "no address", ""},
    {"commas", S(",,"), "no address", ""},
    {"a word", S("alice"), NO_AT, ""},
    {"an address, then a word", S("a@b, alice"), NO_AT, "<a@b>|"},
    {"a quoted string", S("\"a@b\""), NO_AT, ""},
    {"empty brackets", S("<>"), NO_AT, ""},
    {"name in brackets", S("Alice <alice>"), NO_AT, ""},
    {"no local part", S("@b"), NO_LOCAL, ""},
    {"no local part in brackets", S("<@b>"), "a source route without ':'", ""},
    {"no domain", S("a@"), NO_DOMAIN, ""},
    {"no domain in brackets", S("a@b, <a@>"), NO_DOMAIN, "<a@b>|"},
    {"two at signs", S("a@b@c"), BEHIND, ""},
    {"leading dot", S(".a@b"), "an address that begins with a dot", ""},
    {"leading dot in brackets", S("<.a@b>"), BAD_LOCAL, ""},
    {"trailing dot in a local part", S("a.@b"), BAD_LOCAL, ""},
    {"two dots in a local part", S("a..b@c"), BAD_LOCAL, ""},
    {"space in a local part", S("a b@c"), BAD_LOCAL, ""},
    {"leading dot in a domain", S("a@.b"), BAD_DOMAIN, ""},
    {"trailing dot in a domain", S("a@b."), BAD_DOMAIN, ""},
    {"two dots in a domain", S("a@b..c"), BAD_DOMAIN, ""},
    {"addresses without a comma", S("a@b c@d"), BAD_DOMAIN, ""},
    {"quoted domain", S("a@\"b\""), BAD_DOMAIN, ""},
    {"name behind the brackets", S("<a@b> Alice"), BEHIND, ""},
    {"two brackets", S("<a@b><c@d>"), BEHIND, ""},
    {"bracket behind an address", S("a@b <c@d>"), BEHIND, ""},
    {"at sign in an unquoted name", S("ceo@bank.example <a@b>"), BEHIND, ""},
    {"semicolon between", S("a@b; c@d"), BEHIND, ""},
    {"group without its end", S("g: a@b"), "a group without its ';'", "<a@b>|"},
    {"group within a group", S("g: a@b, h: c@d;;"), "a group within a group", "<a@b>|"},
    {"group without a name", S(": a@b;"), "a group without a name", ""},
    {"group, then something else", S("g:; a@b"), BEHIND, ""},
    {"bracket without its end", S("a@b, <c@d"), "a '<' without its '>'", "<a@b>|"},
    {"bracket in brackets", S("<<a@b>>"), NO_AT, ""},
    {"closing bracket alone", S("a@b>"), BEHIND, ""},
    {"group with something behind an address", S("g: a@b c:;"), BAD_DOMAIN, ""},
    {"group member with a bracket behind", S("g: a@b <c@d>;"), BEHIND, ""},
    {"route without its colon", S("<@x a@b>"), BAD_DOMAIN, ""},
    {"route without an address", S("<@x:>"), NO_AT, ""},
    {"quote without its end", S("a@b, \"c <c@d>"), "a quoted string without its end", "<a@b>|"},
    {"quote that ends in a backslash", S("\"a\\"), "a quoted string without its end", ""},
    {"quote that ends in a quoted quote", S("\"a\\\""), "a quoted string without its end", ""},
    {"comment without its end", S("a@b (c"), "a comment without its end", ""},
    {"comment that ends in a backslash", S("a@b (c\\"), "a comment without its end", ""},
    {"closing parenthesis alone", S("a@b)"), "a ')' that ends no comment", ""},
    {"literal without its end", S("a@[1.2"), "an address literal without its end", ""},
    {"literal in a literal", S("a@[[1]]"), "an octet that no address literal has", ""},
    {"backslash in a literal", S("a@[x\\]y]"), "an octet that no address literal has", ""},
    {"literal as a local part", S("[a]@b"), BEHIND, ""},
    {"backslash outside quotes", S("a\\b@c"), "a character that must be quoted", ""},
    {"NUL", S("a\0@b"), CONTROL, ""},
    {"NUL in quotes", S("\"a\0\"@b"), CONTROL, ""},
    {"NUL behind a backslash", S("\"a\\\0\"@b"), CONTROL, ""},
    {"NUL in a comment", S("a@b (\0)"), CONTROL, ""},
    {"NUL behind an address", S("a@b, c@d\0"), CONTROL, "<a@b>|"},
    {"DEL", S("a@b\x7F"), CONTROL, ""},
    {"lone LF", S("a@b,\n c@d"), NO_FOLD, "<a@b>|"},
    {"lone CR", S("a@b,\r c@d"), NO_FOLD, "<a@b>|"},
    {"line end that folds nothing", S("a@b,\r\nc@d"), NO_FOLD, "<a@b>|"},
    {"line end at the end", S("a@b\r\n"), NO_FOLD, ""},
    {"line end behind a backslash", S("\"\\\r\n x\"@b"), NO_FOLD, ""},
    {"lone LF in a comment", S("(\n) a@b"), NO_FOLD, ""},
    {"Latin-1 in a name", S("J\xF6rg <a@b>"), NOT_UTF8, ""},
    {"Latin-1 in quotes", S("\"J\xF6rg\" <a@b>"), NOT_UTF8, ""},
    {"Latin-1 in a comment", S("a@b (J\xF6rg)"), NOT_UTF8, ""},
    {"overlong UTF-8", S("\xC0\xAF@b"), NOT_UTF8, ""},
};

static const char *shown(const struct mailboxes *list)
{
    static char text[512];
    size_t n = 0;
    for (size_t i = 0; i < list->n; i++) {
        const struct mailbox *m = &list->all[i];
        n += (size_t)snprintf(text + n, sizeof text - n, "%.*s<%.*s@%.*s>|", SLICE_ARGS(m->display),
                              SLICE_ARGS(m->local_part), SLICE_ARGS(m->domain));
    }
    text[n] = '\0';
    return text;
}

static void check_why(const char *name, enum waybill_status status, const char *why,
                      const char *expected)
{
    if (status != (expected ? WAYBILL_SYNTAX : WAYBILL_OK))
        fail_msg("%s: status %d, %s", name, status, why ? why : "no reason");
    if (expected ? !why || strcmp(why, expected) != 0 : why != NULL)
        fail_msg("%s: why is \"%s\"", name, why ? why : "(none)");
}

static void lists(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof list_cases / sizeof list_cases[0]; i++) {
        const struct list_case *c = &list_cases[i];
        struct arena arena = arena_new();
        struct mailboxes list;
        enum waybill_status status = address_parse_list(&arena, c->value, &list);
        check_why(c->name, status, list.why, c->why);
        if (strcmp(shown(&list), c->mailboxes) != 0)
            fail_msg("%s: mailboxes are %s", c->name, shown(&list));
        arena_free(&arena);
    }
}

static const struct path_case {
    const char *name;
    struct slice path;
    const char *why;
    const char *mailbox; /* "local-part@domain" */
} path_cases[] = {
    {"in brackets", S("<alice@author.example>"), NULL, "alice@author.example"},
    {"without brackets", S("alice@author.example"), NULL, "alice@author.example"},
    {"null path", S("<>"), NULL, "@"},
    {"nothing", S(""), NULL, "@"},
    {"postmaster", S("<postmaster>"), NULL, "postmaster@"},
    {"Postmaster without brackets", S("PostMaster"), NULL, "PostMaster@"},
    {"postmaster of a domain", S("postmaster@a"), NULL, "postmaster@a"},
    {"case is kept", S("<Alice@Author.Example>"), NULL, "Alice@Author.Example"},
    {"dots and marks", S("<srs0=ab+c.d=e@f-g.h>"), NULL, "srs0=ab+c.d=e@f-g.h"},
    {"underscore in a domain", S("<a@_x.b_c>"), NULL, "a@_x.b_c"},
    {"quoted", S("<\"a b@c\\\"\"@d>"), NULL, "a b@c\"@d"},
    {"route", S("<@x.example,@y.example:a@b>"), NULL, "a@b"},
    {"route without brackets", S("@x:a@b"), NULL, "a@b"},
    {"literal", S("<a@[IPv6:2001:db8::1]>"), NULL, "a@[IPv6:2001:db8::1]"},
    {"UTF-8",
     S("<j\xC3\xB6rg@b\xC3\xBC"
       "cher.example>"),
     NULL,
     "j\xC3\xB6rg@b\xC3\xBC"
     "cher.example"},

    {"a word", S("<alice>"), NO_AT, "@"},
    {"quoted postmaster", S("<\"postmaster\">"), NO_AT, "@"},
    {"brackets in brackets", S("<<>>"), NO_AT, "@"},
    {"no local part", S("@a"), "a source route without ':'", "@"},
    {"no domain", S("<a@>"), NO_DOMAIN, "@"},
    {"no end", S("<a@b"), "a '<' without its '>'", "@"},
    {"end alone", S("a@b>"), "something else behind the path", "@"},
    {"two addresses", S("a@b,c@d"), "something else behind the path", "@"},
    {"parameters behind", S("<a@b>SIZE=1"), "something else behind the path", "@"},
    {"space behind", S("<a@b> "), "white space or a comment in a path", "@"},
    {"space before", S(" <a@b>"), "white space or a comment in a path", "@"},
    {"space at the at sign", S("<a @b>"), "white space or a comment in a path", "@"},
    {"comment", S("<a(x)@b>"), "white space or a comment in a path", "@"},
    {"tab in quotes", S("<\"a\tb\"@c>"), "white space or a comment in a path", "@"},
    {"fold in quotes", S("<\"a\r\n b\"@c>"), NO_FOLD, "@"},
    {"display name", S("Alice<a@b>"), NO_AT, "@"},
    {"quoted among other words", S("<\"a\".b@c>"), BAD_LOCAL, "@"},
    {"two dots", S("<a..b@c>"), BAD_LOCAL, "@"},
    {"leading dot", S("<.a@c>"), BAD_LOCAL, "@"},
    {"trailing dot in a domain", S("<a@b.>"), BAD_DOMAIN, "@"},
    {"mark in a domain", S("<a@b!c>"), "an octet that no domain has", "@"},
    {"mark in a route", S("<@b!c:a@b>"), "an octet that no domain has", "@"},
    {"space in a literal", S("<a@[1 2]>"), "an octet that no address literal has", "@"},
    {"backslash in a literal", S("<a@[1\\2]>"), "an octet that no address literal has", "@"},
    {"line end", S("<a@b>\r\n"), NO_FOLD, "@"},
    {"NUL", S("<a@b\0>"), CONTROL, "@"},
    {"Latin-1", S("<\xF6@b>"), NOT_UTF8, "@"},
};

static void paths(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof path_cases / sizeof path_cases[0]; i++) {
        const struct path_case *c = &path_cases[i];
        struct arena arena = arena_new();
        struct mailbox m;
        const char *why;
        enum waybill_status status = address_parse_path(&arena, c->path, &m, &why);
        check_why(c->name, status, why, c->why);
        char text[128];
        snprintf(text, sizeof text, "%.*s@%.*s", SLICE_ARGS(m.local_part), SLICE_ARGS(m.domain));
        if (strcmp(text, c->mailbox) != 0)
            fail_msg("%s: mailbox is %s", c->name, text);
        assert_int_equal(m.display.n, 0);
        arena_free(&arena);
    }
}

static const struct flood_case {
    const char *name, *piece, *why;
} flood_cases[] = {
    {"opening parentheses", "(", "comments nested too deep"},
    {"comments", "()", "no address"},
    {"commas", ",", "no address"},
    {"opening brackets", "<", NO_AT},
    {"at signs", "@", NO_LOCAL},
    {"dots", ".", "an address that begins with a dot"},
    {"words", "a ", NO_AT},
    {"empty quotes", "\"\"", NO_AT},
    {"backslashes in quotes", "\"\\", "a quoted string without its end"},
    {"opening brackets of literals", "[", "an octet that no address literal has"},
    {"group names", "g:", "a group within a group"},
    {"groups", "g:;,", NULL},
    {"routes", "<@a,", "a source route without ':'"},
    {"route", "@a,", NO_LOCAL},
    {"8-bit octets", "\xFF", NOT_UTF8},
    {"folds", "\r\n ", "no address"},
};

static struct slice flood(const char *piece, size_t octets)
{
    size_t n = strlen(piece), times = octets / n;
    char *text = malloc(times * n);
    assert_non_null(text);
    for (size_t i = 0; i < times; i++)
        memcpy(text + i * n, piece, n);
    return slice_of(text, times * n);
}

static void floods(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof flood_cases / sizeof flood_cases[0]; i++) {
        const struct flood_case *c = &flood_cases[i];
        struct slice value = flood(c->piece, 1 << 20);
        struct arena arena = arena_new();
        struct mailboxes list;
        enum waybill_status status = address_parse_list(&arena, value, &list);
        check_why(c->name, status, list.why, c->why);
        arena_free(&arena);
        free((void *)(uintptr_t)value.p);
    }
}

static void mailbox_limit(void **state)
{
    (void)state;
    struct slice value = flood("a@b,", (LIMIT_MAILBOXES + 1) * 4);
    struct arena arena = arena_new();
    struct mailboxes list;
    assert_int_equal(address_parse_list(&arena, value, &list), WAYBILL_LIMIT);
    assert_int_equal(list.n, LIMIT_MAILBOXES);
    assert_string_equal(list.why, "too many mailboxes");
    value.n -= 4;
    assert_int_equal(address_parse_list(&arena, value, &list), WAYBILL_OK);
    assert_int_equal(list.n, LIMIT_MAILBOXES);
    assert_true(slice_eq(list.all[LIMIT_MAILBOXES - 1].domain, SLICE("b")));
    arena_free(&arena);
    free((void *)(uintptr_t)value.p);
}

static void comment_depth(void **state)
{
    (void)state;
    char text[2 * (LIMIT_COMMENT_DEPTH + 1) + 3];
    for (size_t depth = LIMIT_COMMENT_DEPTH; depth <= LIMIT_COMMENT_DEPTH + 1; depth++) {
        memset(text, '(', depth);
        memset(text + depth, ')', depth);
        memcpy(text + 2 * depth, "a@b", 3);
        struct arena arena = arena_new();
        struct mailboxes list;
        enum waybill_status status =
            address_parse_list(&arena, slice_of(text, 2 * depth + 3), &list);
        assert_int_equal(status, depth > LIMIT_COMMENT_DEPTH ? WAYBILL_SYNTAX : WAYBILL_OK);
        arena_free(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists),         cmocka_unit_test(paths),         cmocka_unit_test(floods),
        cmocka_unit_test(mailbox_limit), cmocka_unit_test(comment_depth),
    };
    return cmocka_run_group_tests_name("address", tests, NULL, NULL);
}
