#include "base/limits.h"
#include "base/slice.h"
#include "waybill/answers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct waybill_question dns(const char *name, enum waybill_dns_type type)
{
    return (struct waybill_question){WAYBILL_DNS, name, strlen(name), type, NULL, 0, 1};
}

static void read_zone(struct waybill_answers *set, const char *zone)
{
    struct waybill_text_error error;
    if (waybill_answers_read(set, zone, strlen(zone), &error) != WAYBILL_OK)
        fail_msg("line %zu: %s", error.line, error.what);
}

/* An answer as "status datum datum". */
static void show(const struct waybill_answer *a, char *out, size_t n)
{
    size_t at = (size_t)snprintf(out, n, "%s", waybill_answer_status_text(a->status));
    for (size_t i = 0; i < a->n && at < n; i++)
        at += (size_t)snprintf(out + at, n - at, " %.*s", (int)a->data[i].n, a->data[i].octets);
}

static void expect(struct waybill_answers *set, const char *of, const char *name,
                   enum waybill_dns_type type, const char *wanted)
{
    struct waybill_question q = dns(name, type);
    struct waybill_answer a;
    char got[256];
    assert_int_equal(waybill_answers_find(set, &q, &a), WAYBILL_OK);
    show(&a, got, sizeof got);
    if (strcmp(got, wanted) != 0)
        fail_msg("%s: %s", of, got);
}

static const char zone[] = "$ORIGIN example.org.\n"
                           "@ MX 10 mail\n"
                           "  TXT apex\n"
                           "s._domainkey TXT key\n"
                           "www CNAME web\n"
                           "web A 192.0.2.1\n"
                           "dangling CNAME nowhere.example.net.\n"
                           "loop1 CNAME loop2\n"
                           "loop2 CNAME loop1\n"
                           "self CNAME self\n"
                           "ns NS a.example.net.\n"
                           "*.wild TXT wild\n"
                           "host.wild A 192.0.2.2\n"
                           "*.alias CNAME web\n"
                           "x.y.deep TXT deep\n"
                           "*.deep TXT star\n"
                           "to-wild CNAME any.wild\n"
                           "to-self CNAME www\n";

static const struct find_case {
    const char *name, *asked;
    enum waybill_dns_type type;
    const char *wanted;
} find_cases[] = {
    {"listed", "example.org", WAYBILL_DNS_TXT, "answered apex"},
    {"without case", "EXAMPLE.org", WAYBILL_DNS_MX, "answered 10 mail.example.org"},
    {"a final dot", "example.org.", WAYBILL_DNS_TXT, "answered apex"},
    {"another type", "example.org", WAYBILL_DNS_AAAA, "nodata"},
    {"not listed", "no.example.org", WAYBILL_DNS_A, "nxdomain"},
    {"above everything", "org", WAYBILL_DNS_A, "nodata"},
    {"between", "_domainkey.example.org", WAYBILL_DNS_TXT, "nodata"},
    {"below a leaf", "x.web.example.org", WAYBILL_DNS_A, "nxdomain"},
    {"the end of a label is no name", "ample.org", WAYBILL_DNS_TXT, "nxdomain"},
    {"an alias", "www.example.org", WAYBILL_DNS_A, "answered 192.0.2.1"},
    {"an alias of an alias", "to-self.example.org", WAYBILL_DNS_A, "answered 192.0.2.1"},
    {"an alias, another type", "www.example.org", WAYBILL_DNS_TXT, "nodata"},
    {"an alias to nowhere", "dangling.example.org", WAYBILL_DNS_A, "nodata"},
    {"aliases in a circle", "loop1.example.org", WAYBILL_DNS_A, "servfail"},
    {"an alias of itself", "self.example.org", WAYBILL_DNS_A, "servfail"},
    {"a type that is not kept", "ns.example.org", WAYBILL_DNS_TXT, "nodata"},
    {"a wildcard", "any.wild.example.org", WAYBILL_DNS_TXT, "answered wild"},
    {"a wildcard, two labels", "a.b.wild.example.org", WAYBILL_DNS_TXT, "answered wild"},
    {"a wildcard, another type", "any.wild.example.org", WAYBILL_DNS_A, "nodata"},
    {"the parent of a wildcard", "wild.example.org", WAYBILL_DNS_TXT, "nodata"},
    {"listed beside a wildcard", "host.wild.example.org", WAYBILL_DNS_TXT, "nodata"},
    {"below what is listed beside it", "x.host.wild.example.org", WAYBILL_DNS_TXT, "nxdomain"},
    {"a closer encloser", "z.y.deep.example.org", WAYBILL_DNS_TXT, "nxdomain"},
    {"an empty name beside a wildcard", "y.deep.example.org", WAYBILL_DNS_TXT, "nodata"},
    {"a wildcard before that", "z.deep.example.org", WAYBILL_DNS_TXT, "answered star"},
    {"a wildcard alias", "any.alias.example.org", WAYBILL_DNS_A, "answered 192.0.2.1"},
    {"an alias to a wildcard", "to-wild.example.org", WAYBILL_DNS_TXT, "answered wild"},
    {"the wildcard itself", "*.wild.example.org", WAYBILL_DNS_TXT, "answered wild"},
};

static void find(void **state)
{
    (void)state;
    struct waybill_answers *set = waybill_answers_new(WAYBILL_NXDOMAIN);
    read_zone(set, zone);
    for (size_t i = 0; i < sizeof find_cases / sizeof find_cases[0]; i++)
        expect(set, find_cases[i].name, find_cases[i].asked, find_cases[i].type,
               find_cases[i].wanted);
    waybill_answers_free(set);
}

static void an_empty_set_says_what_is_missing(void **state)
{
    (void)state;
    static const enum waybill_answer_status all[] = {WAYBILL_NODATA, WAYBILL_NXDOMAIN,
                                                     WAYBILL_SERVFAIL, WAYBILL_TIMEOUT};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        struct waybill_answers *set = waybill_answers_new(all[i]);
        expect(set, "empty", "a.example", WAYBILL_DNS_TXT, waybill_answer_status_text(all[i]));
        expect(set, "the root", "", WAYBILL_DNS_TXT, waybill_answer_status_text(all[i]));
        waybill_answers_free(set);
    }
}

static void an_alias_out_of_the_set_is_what_is_missing(void **state)
{
    (void)state;
    struct waybill_answers *set = waybill_answers_new(WAYBILL_TIMEOUT);
    read_zone(set, "a.example CNAME b.example.net\n");
    expect(set, "timeout", "a.example", WAYBILL_DNS_TXT, "timeout");
    waybill_answers_free(set);
}

static void a_wildcard_at_the_root(void **state)
{
    (void)state;
    struct waybill_answers *set = waybill_answers_new(WAYBILL_NXDOMAIN);
    read_zone(set, "*. TXT all\na.example TXT one\n");
    expect(set, "any name", "b.test", WAYBILL_DNS_TXT, "answered all");
    expect(set, "a closer encloser", "b.example", WAYBILL_DNS_TXT, "nxdomain");
    waybill_answers_free(set);
}

/* c0 is the alias of c1, and so on to the last, which has data. */
static void chain(char *out, size_t n, size_t aliases)
{
    size_t at = 0;
    for (size_t i = 0; i < aliases; i++)
        at += (size_t)snprintf(out + at, n - at, "c%zu CNAME c%zu\n", i, i + 1);
    snprintf(out + at, n - at, "c%zu TXT end\n", aliases);
}

static void aliases_are_bounded(void **state)
{
    (void)state;
    char text[1024];
    struct waybill_answers *set = waybill_answers_new(WAYBILL_NXDOMAIN);
    chain(text, sizeof text, LIMIT_ALIASES);
    read_zone(set, text);
    expect(set, "as many as allowed", "c0", WAYBILL_DNS_TXT, "answered end");
    waybill_answers_free(set);
    set = waybill_answers_new(WAYBILL_NXDOMAIN);
    chain(text, sizeof text, LIMIT_ALIASES + 1);
    read_zone(set, text);
    expect(set, "one more", "c0", WAYBILL_DNS_TXT, "servfail");
    expect(set, "from the second", "c1", WAYBILL_DNS_TXT, "answered end");
    waybill_answers_free(set);
}

static enum waybill_status add(struct waybill_answers *set, struct waybill_question q,
                               enum waybill_answer_status status, const char *datum)
{
    struct waybill_datum data = {datum, datum ? strlen(datum) : 0};
    struct waybill_answer a = WAYBILL_ANSWER(status);
    a.data = &data;
    a.n = datum ? 1 : 0;
    return waybill_answers_add(set, &q, &a);
}

static void what_is_not_there_for_one_type_is_not_there(void **state)
{
    (void)state;
    struct waybill_answers *set = waybill_answers_new(WAYBILL_TIMEOUT);
    add(set, dns("gone.example", WAYBILL_DNS_TXT), WAYBILL_NXDOMAIN, NULL);
    add(set, dns("half.example", WAYBILL_DNS_TXT), WAYBILL_NXDOMAIN, NULL);
    add(set, dns("half.example", WAYBILL_DNS_MX), WAYBILL_SERVFAIL, NULL);
    expect(set, "all of the name", "gone.example", WAYBILL_DNS_A, "nxdomain");
    expect(set, "a contradiction", "half.example", WAYBILL_DNS_A, "nodata");
    expect(set, "as it was added", "half.example", WAYBILL_DNS_TXT, "nxdomain");
    expect(set, "below what is not there", "x.gone.example", WAYBILL_DNS_A, "timeout");
    waybill_answers_free(set);
}

static void the_first_answer_holds(void **state)
{
    (void)state;
    struct waybill_answers *set = waybill_answers_new(WAYBILL_NXDOMAIN);
    struct waybill_question q = dns("A.Example.", WAYBILL_DNS_TXT);
    assert_int_equal(add(set, q, WAYBILL_ANSWERED, "first"), WAYBILL_OK);
    assert_int_equal(add(set, dns("a.example", WAYBILL_DNS_TXT), WAYBILL_TIMEOUT, NULL),
                     WAYBILL_OK);
    expect(set, "before a look-up", "a.example", WAYBILL_DNS_TXT, "answered first");
    assert_int_equal(add(set, q, WAYBILL_ANSWERED, "third"), WAYBILL_OK);
    read_zone(set, "a.example TXT zone\n");
    expect(set, "after it", "a.example", WAYBILL_DNS_TXT, "answered first");
    waybill_answers_free(set);
}

static const struct add_case {
    const char *name, *asked;
    enum waybill_dns_type type;
    enum waybill_answer_status status;
    const char *datum;
    enum waybill_status wanted;
} add_cases[] = {
    {"an address", "a", WAYBILL_DNS_A, WAYBILL_ANSWERED, "192.0.2.1", WAYBILL_OK},
    {"no address", "a", WAYBILL_DNS_A, WAYBILL_ANSWERED, "192.0.2", WAYBILL_MISUSE},
    {"the other family", "a", WAYBILL_DNS_AAAA, WAYBILL_ANSWERED, "192.0.2.1", WAYBILL_MISUSE},
    {"an MX without a number", "a", WAYBILL_DNS_MX, WAYBILL_ANSWERED, "mx.example", WAYBILL_MISUSE},
    {"a number too large", "a", WAYBILL_DNS_MX, WAYBILL_ANSWERED, "65536 mx", WAYBILL_MISUSE},
    {"answered without data", "a", WAYBILL_DNS_TXT, WAYBILL_ANSWERED, NULL, WAYBILL_MISUSE},
    {"data but nodata", "a", WAYBILL_DNS_TXT, WAYBILL_NODATA, "x", WAYBILL_MISUSE},
    {"an unknown status", "a", WAYBILL_DNS_TXT, (enum waybill_answer_status)9, NULL,
     WAYBILL_MISUSE},
    {"an unknown type", "a", (enum waybill_dns_type)99, WAYBILL_NODATA, NULL, WAYBILL_MISUSE},
    {"an empty label", "a..b", WAYBILL_DNS_TXT, WAYBILL_NODATA, NULL, WAYBILL_MISUSE},
};

static void only_what_its_contract_allows_is_added(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof add_cases / sizeof add_cases[0]; i++) {
        const struct add_case *c = &add_cases[i];
        struct waybill_answers *set = waybill_answers_new(WAYBILL_NXDOMAIN);
        if (add(set, dns(c->asked, c->type), c->status, c->datum) != c->wanted)
            fail_msg("%s", c->name);
        waybill_answers_free(set);
    }
}

static const struct form_case {
    const char *name;
    enum waybill_dns_type type;
    const char *given, *wanted;
} form_cases[] = {
    {"IPv6 in short", WAYBILL_DNS_AAAA, "2001:DB8:0:0::1", "answered 2001:db8::1"},
    {"a name in lower case", WAYBILL_DNS_PTR, "Mail.Example.ORG.", "answered mail.example.org"},
    {"the root", WAYBILL_DNS_MX, "0 .", "answered 0 ."},
    {"a number without zeros", WAYBILL_DNS_MX, "010 MX.example.", "answered 10 mx.example"},
    {"a name with strange octets", WAYBILL_DNS_PTR, "a..b c.", "answered a..b c"},
    {"TXT as it stands", WAYBILL_DNS_TXT, "Any Thing.", "answered Any Thing."},
};

static void data_have_one_form(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof form_cases / sizeof form_cases[0]; i++) {
        const struct form_case *c = &form_cases[i];
        struct waybill_answers *set = waybill_answers_new(WAYBILL_NXDOMAIN);
        assert_int_equal(add(set, dns("a", c->type), WAYBILL_ANSWERED, c->given), WAYBILL_OK);
        expect(set, c->name, "a", c->type, c->wanted);
        waybill_answers_free(set);
    }
}

static void too_much_data_is_refused(void **state)
{
    (void)state;
    struct waybill_answers *set = waybill_answers_new(WAYBILL_NXDOMAIN);
    struct waybill_question q = dns("a", WAYBILL_DNS_TXT);
    static const struct waybill_datum many[LIMIT_ANSWER_RECORDS + 1];
    struct waybill_datum longest = {NULL, LIMIT_ANSWER_OCTETS + 1};
    struct waybill_answer a = WAYBILL_ANSWER(WAYBILL_ANSWERED);
    a.data = many;
    a.n = LIMIT_ANSWER_RECORDS + 1;
    assert_int_equal(waybill_answers_add(set, &q, &a), WAYBILL_LIMIT);
    a.data = &longest;
    a.n = 1;
    assert_int_equal(waybill_answers_add(set, &q, &a), WAYBILL_LIMIT);
    waybill_answers_free(set);
}

static struct waybill_question other(enum waybill_question_kind kind, const char *name,
                                     const char *detail)
{
    return (struct waybill_question){kind,           name, strlen(name), WAYBILL_DNS_TXT, detail,
                                     strlen(detail), 1};
}

static void other_kinds_are_kept_alike(void **state)
{
    (void)state;
    struct waybill_answers *set = waybill_answers_new(WAYBILL_TIMEOUT);
    struct waybill_answer a;
    char got[64];
    struct waybill_question sealer = other(WAYBILL_REPUTATION, "Lists.Example", "sealer"),
                            signer = other(WAYBILL_REPUTATION, "lists.example", "signer"),
                            seen = other(WAYBILL_SEEN, "q2F/", "a@b.example"),
                            unseen = other(WAYBILL_SEEN, "Q2f/", "a@b.example");
    assert_int_equal(add(set, sealer, WAYBILL_ANSWERED, "good"), WAYBILL_OK);
    assert_int_equal(add(set, seen, WAYBILL_NODATA, NULL), WAYBILL_OK);
    sealer.name = "LISTS.example";
    assert_int_equal(waybill_answers_find(set, &sealer, &a), WAYBILL_OK);
    show(&a, got, sizeof got);
    assert_string_equal(got, "answered good");
    assert_int_equal(waybill_answers_find(set, &signer, &a), WAYBILL_OK);
    assert_int_equal(a.status, WAYBILL_TIMEOUT);
    assert_int_equal(waybill_answers_find(set, &seen, &a), WAYBILL_OK);
    assert_int_equal(a.status, WAYBILL_NODATA);
    assert_int_equal(waybill_answers_find(set, &unseen, &a), WAYBILL_OK);
    assert_int_equal(a.status, WAYBILL_TIMEOUT);
    expect(set, "no name of the DNS", "lists.example", WAYBILL_DNS_TXT, "timeout");
    waybill_answers_free(set);
}

/* Deep names that share little, added in an order that is none: slow were anything quadratic. */
static void a_hundred_thousand_names(void **state)
{
    (void)state;
    enum { NAMES = 100000 };
    struct waybill_answers *set = waybill_answers_new(WAYBILL_NXDOMAIN);
    char name[64];
    for (unsigned i = 0; i < NAMES; i++) {
        snprintf(name, sizeof name, "s%u._domainkey.d%u.example", i % 7, i * 7919u % NAMES);
        assert_int_equal(add(set, dns(name, WAYBILL_DNS_TXT), WAYBILL_ANSWERED, name), WAYBILL_OK);
    }
    for (unsigned i = 0; i < NAMES; i++) {
        char wanted[80];
        snprintf(name, sizeof name, "s%u._domainkey.d%u.example", i % 7, i * 7919u % NAMES);
        snprintf(wanted, sizeof wanted, "answered %s", name);
        expect(set, name, name, WAYBILL_DNS_TXT, wanted);
        snprintf(name, sizeof name, "x%u.example", i);
        expect(set, name, name, WAYBILL_DNS_TXT, "nxdomain");
    }
    waybill_answers_free(set);
}

static void nobody_can_be_asked(void **state)
{
    (void)state;
    struct waybill_answers *set = waybill_answers_new(WAYBILL_NXDOMAIN);
    struct waybill_question q = dns("a..b", WAYBILL_DNS_TXT);
    struct waybill_answer a;
    assert_int_equal(waybill_answers_find(set, &q, &a), WAYBILL_MISUSE);
    waybill_answers_free(set);
    waybill_answers_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(find),
        cmocka_unit_test(an_empty_set_says_what_is_missing),
        cmocka_unit_test(an_alias_out_of_the_set_is_what_is_missing),
        cmocka_unit_test(a_wildcard_at_the_root),
        cmocka_unit_test(aliases_are_bounded),
        cmocka_unit_test(what_is_not_there_for_one_type_is_not_there),
        cmocka_unit_test(the_first_answer_holds),
        cmocka_unit_test(only_what_its_contract_allows_is_added),
        cmocka_unit_test(data_have_one_form),
        cmocka_unit_test(too_much_data_is_refused),
        cmocka_unit_test(other_kinds_are_kept_alike),
        cmocka_unit_test(a_hundred_thousand_names),
        cmocka_unit_test(nobody_can_be_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
