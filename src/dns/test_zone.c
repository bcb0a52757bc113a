#include "base/limits.h"
#include "base/slice.h"
#include "waybill/answers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* An answer as "status <datum> <datum>". */
static void show(const struct waybill_answer *a, char *out, size_t n)
{
    size_t at = (size_t)snprintf(out, n, "%s", waybill_answer_status_text(a->status));
    for (size_t i = 0; i < a->n && at < n; i++)
        at += (size_t)snprintf(out + at, n - at, " <%.*s>", (int)a->data[i].n, a->data[i].octets);
}

static const struct zone_case {
    const char *name, *zone, *asked;
    enum waybill_dns_type type;
    const char *wanted;
} zone_cases[] = {
    {"without origin, with dot", "a.example. TXT \"x\"\n", "a.example", WAYBILL_DNS_TXT,
     "answered <x>"},
    {"without origin, without dot", "a.example TXT \"x\"\n", "a.example", WAYBILL_DNS_TXT,
     "answered <x>"},
    {"no line end", "a.example TXT \"x\"", "a.example", WAYBILL_DNS_TXT, "answered <x>"},
    {"CRLF", "a TXT x\r\nb TXT y\r\n", "b", WAYBILL_DNS_TXT, "answered <y>"},
    {"an origin", "$ORIGIN example.\na TXT x\n", "a.example", WAYBILL_DNS_TXT, "answered <x>"},
    {"absolute in spite of it", "$ORIGIN example.\na. TXT x\n", "a", WAYBILL_DNS_TXT,
     "answered <x>"},
    {"an origin below the last", "$ORIGIN example.\n$ORIGIN b\na TXT x\n", "a.b.example",
     WAYBILL_DNS_TXT, "answered <x>"},
    {"the origin is the root", "$ORIGIN .\na TXT x\n", "a", WAYBILL_DNS_TXT, "answered <x>"},
    {"at", "$ORIGIN example.\n@ TXT x\n", "example", WAYBILL_DNS_TXT, "answered <x>"},
    {"at as data", "$ORIGIN example.\na CNAME @\n@ TXT x\n", "a.example", WAYBILL_DNS_TXT,
     "answered <x>"},
    {"the owner before", "a TXT x\n TXT y\n\tA 192.0.2.1\n", "a", WAYBILL_DNS_A,
     "answered <192.0.2.1>"},
    {"the owner before a directive", "a TXT x\n$TTL 5\n A 192.0.2.1\n", "a", WAYBILL_DNS_A,
     "answered <192.0.2.1>"},
    {"several records", "a TXT x\nb TXT z\na TXT w\n", "a", WAYBILL_DNS_TXT, "answered <x> <w>"},
    {"a record that stands twice", "a TXT x\na TXT y\nA. TXT x\n", "a", WAYBILL_DNS_TXT,
     "answered <x> <y>"},
    {"strings are joined", "a TXT \"x y\" z \"\" \" .\"\n", "a", WAYBILL_DNS_TXT,
     "answered <x yz .>"},
    {"strings without space between", "a TXT \"x\"\"y\"z\n", "a", WAYBILL_DNS_TXT,
     "answered <xyz>"},
    {"an empty string", "a TXT \"\"\n", "a", WAYBILL_DNS_TXT, "answered <>"},
    {"semicolons in quotes", "a TXT \"v=1; p=\" ; comment\n", "a", WAYBILL_DNS_TXT,
     "answered <v=1; p=>"},
    {"semicolons escaped", "a TXT v=1\\;p= ; comment\n", "a", WAYBILL_DNS_TXT, "answered <v=1;p=>"},
    {"numbers of octets", "a TXT \"\\034\\255\\\\\\\"\" \\120\n", "a", WAYBILL_DNS_TXT,
     "answered <\"\xFF\\\"x>"},
    {"parentheses", "a TXT ( \"x\" ; one\n  \"y\"\n\n ) \"z\"\n", "a", WAYBILL_DNS_TXT,
     "answered <xyz>"},
    {"parentheses before anything", "( a\nTXT x )\n", "a", WAYBILL_DNS_TXT, "answered <x>"},
    {"parentheses in parentheses", "a TXT ((x) y\n)\n", "a", WAYBILL_DNS_TXT, "answered <xy>"},
    {"parentheses in quotes", "a TXT \"(\" x\\)\n", "a", WAYBILL_DNS_TXT, "answered <(x)>"},
    {"only comments", "; a\n  ; b\n\n", "a", WAYBILL_DNS_TXT, "nxdomain"},
    {"nothing", "", "a", WAYBILL_DNS_TXT, "nxdomain"},
    {"a TTL", "a 3600 TXT x\n", "a", WAYBILL_DNS_TXT, "answered <x>"},
    {"a TTL with units", "a 1h30M TXT x\n", "a", WAYBILL_DNS_TXT, "answered <x>"},
    {"a class", "a in TXT x\n", "a", WAYBILL_DNS_TXT, "answered <x>"},
    {"TTL and class", "a 1w IN TXT x\n", "a", WAYBILL_DNS_TXT, "answered <x>"},
    {"class and TTL", "a IN 60 TXT x\n", "a", WAYBILL_DNS_TXT, "answered <x>"},
    {"a class of its number", "a CLASS1 TXT x\n", "a", WAYBILL_DNS_TXT, "answered <x>"},
    {"owners that look like others", "TXT TXT x\n", "txt", WAYBILL_DNS_TXT, "answered <x>"},
    {"a type in lower case", "a txt x\n", "a", WAYBILL_DNS_TXT, "answered <x>"},
    {"a type by its number", "a TYPE16 x\n", "a", WAYBILL_DNS_TXT, "answered <x>"},
    {"an IPv6 address", "a AAAA 2001:DB8:0::1\n", "a", WAYBILL_DNS_AAAA, "answered <2001:db8::1>"},
    {"an exchange", "$ORIGIN e.\na MX 010 Mx\n", "a.e", WAYBILL_DNS_MX, "answered <10 mx.e>"},
    {"a null exchange", "$ORIGIN e.\na MX 0 .\n", "a.e", WAYBILL_DNS_MX, "answered <0 .>"},
    {"a pointer", "1.2.0.192.in-addr.arpa. PTR Mail.Example.\n", "1.2.0.192.in-addr.arpa",
     WAYBILL_DNS_PTR, "answered <mail.example>"},
    {"the record type SPF", "a SPF \"v=spf1 -all\"\n", "a", WAYBILL_DNS_TXT, "nodata"},
    {"SPF beside TXT", "a SPF x\na TXT y\n", "a", WAYBILL_DNS_TXT, "answered <y>"},
    {"SOA over lines", "@. SOA a. b. ( 1 2 ; x\n 3 4 5 )\n", "@", WAYBILL_DNS_TXT, "nodata"},
    {"an unknown type by its number", "a TYPE65280 \\# 2 AB CD\n", "a", WAYBILL_DNS_A, "nodata"},
    {"an alias with its signature", "a RRSIG x\na CNAME b\nb TXT x\n", "a", WAYBILL_DNS_TXT,
     "answered <x>"},
    {"an alias twice the same", "a CNAME b\na CNAME B.\nb TXT x\n", "a", WAYBILL_DNS_TXT,
     "answered <x>"},
    {"a NUL and a space in a name", "a\\000\\032b.c TXT x\n", "c", WAYBILL_DNS_TXT, "nodata"},
    {"an escaped at", "\\@ TXT x\n", "@", WAYBILL_DNS_TXT, "answered <x>"},
};

static void zones(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof zone_cases / sizeof zone_cases[0]; i++) {
        const struct zone_case *c = &zone_cases[i];
        struct waybill_answers *set = waybill_answers_new(WAYBILL_NXDOMAIN);
        struct waybill_question q = {WAYBILL_DNS, c->asked, strlen(c->asked), c->type, NULL, 0, 1};
        struct waybill_answer a;
        struct waybill_text_error error;
        char got[256];
        if (waybill_answers_read(set, c->zone, strlen(c->zone), &error) != WAYBILL_OK)
            fail_msg("%s: line %zu: %s", c->name, error.line, error.what);
        assert_int_equal(waybill_answers_find(set, &q, &a), WAYBILL_OK);
        show(&a, got, sizeof got);
        if (strcmp(got, c->wanted) != 0)
            fail_msg("%s: %s", c->name, got);
        waybill_answers_free(set);
    }
}

static const struct error_case {
    const char *name, *zone;
    size_t line;
    const char *what;
} error_cases[] = {
    {"TXT without data", "a TXT x\n\n; c\nb TXT ; none\n", 4,
     "TXT without data: give at least one quoted string"},
    {"a bad number", "a TXT (\n\"x\"\n\"\\256\" )\n", 3,
     "a backslash before a number over 255 or of fewer than three digits: write \\\\ for a "
     "backslash, \\DDD for an octet"},
    {"a short number", "a TXT \\12\n", 1,
     "a backslash before a number over 255 or of fewer than three digits: write \\\\ for a "
     "backslash, \\DDD for an octet"},
    {"a quote left open", "a TXT \"x\n\"\n", 1,
     "a quoted string without end: close it on its line"},
    {"a quote open at the end", "a TXT \"x\\\"", 1,
     "a quoted string without end: close it on its line"},
    {"a backslash at the end", "a TXT x\\\n", 1,
     "a backslash at the end of the line: put what it escapes after it"},
    {"a parenthesis left open", "a TXT x\nb TXT (\ny\nc TXT z\n", 2,
     "\"(\" without \")\": close it, or quote it"},
    {"a parenthesis not opened", "a TXT\tx )\n", 1,
     "\")\" without \"(\": open it before, or quote it"},
    {"include", "\n$INCLUDE other.zone\n", 2,
     "$INCLUDE is refused: put the records of that file here"},
    {"a directive", "$GENERATE 1-9 a$ A 192.0.2.$\n", 1,
     "unknown directive $GENERATE: only $ORIGIN and $TTL are known"},
    {"an origin without name", "$ORIGIN\n", 1,
     "$ORIGIN without one name: write as in $ORIGIN example.org."},
    {"a TTL that is none", "$TTL 1x\n", 1,
     "$TTL without one time: write as in $TTL 3600 or $TTL 1h"},
    {"at without origin", "@ TXT x\n", 1, "\"@\" without $ORIGIN: set one or write the name"},
    {"no owner before", " TXT x\n", 1,
     "a record without a name before it: start the line with the name"},
    {"no type", "a IN 3600\n", 1, "a record without a type: write as in NAME TXT \"...\""},
    {"an unknown type", "a TEXT x\n", 1, "unknown type TEXT: write its number as TYPEnnn"},
    {"a number that is no type", "a TYPE65536 x\n", 1,
     "unknown type TYPE65536: write its number as TYPEnnn"},
    {"another class", "a CH TXT x\n", 1, "class CH: write IN, the only one mail asks for"},
    {"no address", "a A 192.0.2.256\n", 1,
     "A without an IPv4 address: write one, as in A 192.0.2.1"},
    {"two addresses", "a A 192.0.2.1 192.0.2.2\n", 1,
     "A without an IPv4 address: write one, as in A 192.0.2.1"},
    {"an exchange without number", "a MX mx.example.\n", 1,
     "MX without a number and a name: write as in MX 10 mx.example.org."},
    {"a number too large", "a MX 65536 mx.example.\n", 1,
     "MX without a number and a name: write as in MX 10 mx.example.org."},
    {"a generic form", "a TXT \\# 1 00\n", 1,
     "data in the form of RFC 3597: write them as the type has them"},
    {"an empty label", "a..b TXT x\n", 1,
     "a..b is no name: write labels of 1 to 63 octets, at most 253 in all"},
    {"a dot in a label", "a\\.b TXT x\n", 1,
     "a\\.b is no name: write labels of 1 to 63 octets, at most 253 in all"},
    {"strange octets in an error", "a\001\377..b TXT x\n", 1,
     "a??..b is no name: write labels of 1 to 63 octets, at most 253 in all"},
    {"an alias and data", "a CNAME b\n\na TXT x\n", 3,
     "a has a CNAME and another record: keep one of them"},
    {"two aliases", "a CNAME b\na CNAME c\n", 2,
     "a has a CNAME and another record: keep one of them"},
};

static void errors(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof error_cases / sizeof error_cases[0]; i++) {
        const struct error_case *c = &error_cases[i];
        struct waybill_answers *set = waybill_answers_new(WAYBILL_NXDOMAIN);
        struct waybill_text_error error;
        if (waybill_answers_read(set, c->zone, strlen(c->zone), &error) != WAYBILL_SYNTAX)
            fail_msg("%s: no error", c->name);
        if (error.line != c->line || strcmp(error.what, c->what) != 0)
            fail_msg("%s: line %zu: %s", c->name, error.line, error.what);
        waybill_answers_free(set);
    }
}

/* `count` times a line of the format, with its number. */
static char *repeat(const char *line, size_t count)
{
    size_t room = count * (strlen(line) + 24) + 1, at = 0;
    char *text = malloc(room);
    assert_non_null(text);
    for (size_t i = 0; i < count; i++) {
        memcpy(text + at, line, strlen(line));
        at += strlen(line);
        at += (size_t)snprintf(text + at, room - at, "%zu\n", i);
    }
    text[at] = '\0';
    return text;
}

static enum waybill_status read_repeated(const char *line, size_t count,
                                         struct waybill_text_error *error)
{
    struct waybill_answers *set = waybill_answers_new(WAYBILL_NXDOMAIN);
    char *text = repeat(line, count);
    enum waybill_status status = waybill_answers_read(set, text, strlen(text), error);
    free(text);
    waybill_answers_free(set);
    return status;
}

static void limits(void **state)
{
    (void)state;
    struct waybill_text_error error;
    assert_int_equal(read_repeated("a TXT ", LIMIT_ANSWER_RECORDS, &error), WAYBILL_OK);
    assert_int_equal(read_repeated("a TXT ", LIMIT_ANSWER_RECORDS + 1, &error), WAYBILL_LIMIT);
    assert_int_equal(error.line, 1);
    assert_string_equal(error.what, "1025 records of one name and type: leave 1024 at most");

    struct waybill_answers *set = waybill_answers_new(WAYBILL_NXDOMAIN);
    assert_int_equal(waybill_answers_read(set, "", LIMIT_ANSWER_FILE_OCTETS + 1, &error),
                     WAYBILL_LIMIT);
    assert_int_equal(error.line, 0);
    waybill_answers_free(set);
}

static void a_datum_is_bounded(void **state)
{
    (void)state;
    struct waybill_text_error error;
    struct waybill_answers *set = waybill_answers_new(WAYBILL_NXDOMAIN);
    size_t n = sizeof "a TXT " - 1 + LIMIT_ANSWER_OCTETS + 1;
    char *text = malloc(n);
    assert_non_null(text);
    memset(text, 'x', n);
    memcpy(text, "a TXT ", 6);
    assert_int_equal(waybill_answers_read(set, text, n, &error), WAYBILL_LIMIT);
    assert_int_equal(error.line, 1);
    assert_int_equal(waybill_answers_read(set, text, n - 1, &error), WAYBILL_OK);
    free(text);
    waybill_answers_free(set);
}

static void a_hundred_thousand_records(void **state)
{
    (void)state;
    struct waybill_text_error error;
    assert_int_equal(read_repeated("a NS ", 100000, &error), WAYBILL_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zones),
        cmocka_unit_test(errors),
        cmocka_unit_test(limits),
        cmocka_unit_test(a_datum_is_bounded),
        cmocka_unit_test(a_hundred_thousand_records),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
