#include "base/limits.h"
#include "base/slice.h"
#include "waybill/answers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* A file with these entries. */
#define FILE_OF(entries) "{\"waybill-dns\": 1, \"answers\": [" entries "]}"
#define HEAD "{\"waybill-dns\": 1, \"default\": \"nxdomain\", \"answers\": ["

/* What a text is written as once it is read. */
static const struct same_case {
    const char *name, *given, *written;
} same_cases[] = {
    {"nothing", FILE_OF(""), HEAD "]}\n"},
    {"white space before", " \r\n\t" FILE_OF("") "\n", HEAD "]}\n"},
    {"a default", "{\"default\": \"timeout\", \"waybill-dns\": 1, \"answers\": []}",
     "{\"waybill-dns\": 1, \"default\": \"timeout\", \"answers\": []}\n"},
    {"TXT",
     FILE_OF("{\"name\":\"A.b.\",\"type\":\"txt\",\"status\":\"answered\",\"data\":[\"x\"]}"),
     HEAD
     "\n{\"name\": \"a.b\", \"type\": \"TXT\", \"status\": \"answered\", \"data\": [\"x\"]}\n]}\n"},
    {"TXT in parts",
     FILE_OF(
         "{\"name\":\"a\",\"type\":\"TXT\",\"status\":\"answered\",\"data\":[[\"x\",\"\",\"y\"]]}"),
     HEAD
     "\n{\"name\": \"a\", \"type\": \"TXT\", \"status\": \"answered\", \"data\": [\"xy\"]}\n]}\n"},
    {"octets",
     FILE_OF("{\"name\":\"\xC3\xBC\\u0000\",\"type\":\"TXT\",\"status\":\"answered\","
             "\"data\":[\"\\u0000\\u007f\xC2\x80\\u00ff\\\"\\\\\"]}"),
     HEAD "\n{\"name\": \"\\u00FC\\u0000\", \"type\": \"TXT\", \"status\": \"answered\", "
          "\"data\": [\"\\u0000\x7F\\u0080\\u00FF\\\"\\\\\"]}\n]}\n"},
    {"other types",
     FILE_OF(
         "{\"name\":\"a\",\"type\":\"AAAA\",\"status\":\"answered\",\"data\":[\"::0:1\"]},"
         "{\"name\":\"a\",\"type\":\"MX\",\"status\":\"answered\",\"data\":[\"010 M.\",\"0 .\"]},"
         "{\"name\":\"a\",\"type\":\"A\",\"status\":\"answered\",\"data\":[\"192.0.2.1\"]},"
         "{\"name\":\"a\",\"type\":\"PTR\",\"status\":\"answered\",\"data\":[\"B.c.\"]}"),
     HEAD
     "\n{\"name\": \"a\", \"type\": \"A\", \"status\": \"answered\", \"data\": [\"192.0.2.1\"]},"
     "\n{\"name\": \"a\", \"type\": \"PTR\", \"status\": \"answered\", \"data\": [\"b.c\"]},"
     "\n{\"name\": \"a\", \"type\": \"MX\", \"status\": \"answered\", \"data\": [\"10 m\", \"0 "
     ".\"]},"
     "\n{\"name\": \"a\", \"type\": \"AAAA\", \"status\": \"answered\", \"data\": "
     "[\"::1\"]}\n]}\n"},
    {"an alias",
     FILE_OF("{\"name\":\"a\",\"type\":\"CNAME\",\"status\":\"answered\",\"data\":[\"b\"]}"),
     HEAD
     "\n{\"name\": \"a\", \"type\": \"CNAME\", \"status\": \"answered\", \"data\": [\"b\"]}\n]}\n"},
    {"other statuses",
     FILE_OF("{\"name\":\"d\",\"type\":\"TXT\",\"status\":\"timeout\"},"
             "{\"name\":\"c\",\"type\":\"TXT\",\"status\":\"servfail\",\"data\":[]},"
             "{\"name\":\"b\",\"type\":\"TXT\",\"status\":\"nxdomain\"},"
             "{\"name\":\"a\",\"type\":\"TXT\",\"status\":\"nodata\"}"),
     HEAD "\n{\"name\": \"a\", \"type\": \"TXT\", \"status\": \"nodata\"},"
          "\n{\"name\": \"b\", \"type\": \"TXT\", \"status\": \"nxdomain\"},"
          "\n{\"name\": \"c\", \"type\": \"TXT\", \"status\": \"servfail\"},"
          "\n{\"name\": \"d\", \"type\": \"TXT\", \"status\": \"timeout\"}\n]}\n"},
    {"facts",
     FILE_OF("{\"secure\":false,\"cached\":true,\"ttl\":0,\"octets\":120,\"ms\":7,"
             "\"name\":\"a\",\"type\":\"TXT\",\"status\":\"nodata\"}"),
     HEAD
     "\n{\"name\": \"a\", \"type\": \"TXT\", \"status\": \"nodata\", \"ms\": 7, \"octets\": 120, "
     "\"ttl\": 0, \"cached\": true, \"secure\": false}\n]}\n"},
    {"other kinds",
     FILE_OF(
         "{\"kind\":\"seen\",\"name\":\"Q==\",\"detail\":\"a@b\",\"status\":\"nodata\"},"
         "{\"kind\":\"reputation\",\"name\":\"A.\",\"detail\":\"signer\",\"status\":\"answered\","
         "\"data\":[\"good\"]},"
         "{\"kind\":\"reputation\",\"name\":\"a\",\"detail\":\"sealer\",\"status\":\"timeout\"},"
         "{\"kind\":\"dns\",\"name\":\"z\",\"type\":\"TXT\",\"status\":\"nodata\"}"),
     HEAD "\n{\"name\": \"z\", \"type\": \"TXT\", \"status\": \"nodata\"},"
          "\n{\"kind\": \"reputation\", \"name\": \"a\", \"detail\": \"sealer\", \"status\": "
          "\"timeout\"},"
          "\n{\"kind\": \"reputation\", \"name\": \"a\", \"detail\": \"signer\", \"status\": "
          "\"answered\", "
          "\"data\": [\"good\"]},"
          "\n{\"kind\": \"seen\", \"name\": \"Q==\", \"detail\": \"a@b\", \"status\": "
          "\"nodata\"}\n]}\n"},
    {"the first holds",
     FILE_OF("{\"name\":\"a\",\"type\":\"TXT\",\"status\":\"nodata\"},"
             "{\"name\":\"A\",\"type\":\"TXT\",\"status\":\"timeout\"}"),
     HEAD "\n{\"name\": \"a\", \"type\": \"TXT\", \"status\": \"nodata\"}\n]}\n"},
    {"a zone", "b.a NS x\na A 192.0.2.1\na NS x\n",
     HEAD
     "\n{\"name\": \"a\", \"type\": \"A\", \"status\": \"answered\", \"data\": [\"192.0.2.1\"]},"
     "\n{\"name\": \"b.a\", \"type\": \"TXT\", \"status\": \"nodata\"}\n]}\n"},
};

static char *write(const struct waybill_answers *set)
{
    char *text;
    size_t n;
    assert_int_equal(waybill_answers_write(set, &text, &n), WAYBILL_OK);
    assert_int_equal(strlen(text), n);
    return text;
}

/* The text is what it is written as; what is written stays as it is. */
static void expect(const char *name, const char *given, const char *written)
{
    struct waybill_answers *set = waybill_answers_new(WAYBILL_NXDOMAIN);
    struct waybill_text_error error;
    if (waybill_answers_read(set, given, strlen(given), &error) != WAYBILL_OK)
        fail_msg("%s: line %zu: %s", name, error.line, error.what);
    char *text = write(set);
    if (strcmp(text, written) != 0)
        fail_msg("%s: %s", name, text);
    free(text);
    waybill_answers_free(set);
}

static void written_as_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof same_cases / sizeof same_cases[0]; i++) {
        expect(same_cases[i].name, same_cases[i].given, same_cases[i].written);
        expect(same_cases[i].name, same_cases[i].written, same_cases[i].written);
    }
}

#define STATUS_WORDS "use answered, nodata, nxdomain, servfail or timeout"
#define TXT(rest) FILE_OF("{\"name\":\"a\",\"type\":\"TXT\"," rest "}")

static const struct error_case {
    const char *name, *text;
    size_t line;
    const char *what;
} error_cases[] = {
    {"no JSON", "{\n\"waybill-dns\": 1,\n}", 3, "string or '}' expected near '}': mend the JSON"},
    {"a key twice", "{\"waybill-dns\": 1,\n\"waybill-dns\": 1}", 2,
     "duplicate object key near '\"waybill-dns\"': mend the JSON"},
    {"something after it", FILE_OF("") " x", 1, "end of file expected near 'x': mend the JSON"},
    {"no version", "{\"answers\": []}", 0, "no \"waybill-dns\": 1: it is the only version known"},
    {"version 2", "{\"waybill-dns\": 2, \"answers\": []}", 0,
     "no \"waybill-dns\": 1: it is the only version known"},
    {"version 1.0", "{\"waybill-dns\": 1.0, \"answers\": []}", 0,
     "no \"waybill-dns\": 1: it is the only version known"},
    {"no answers", "{\"waybill-dns\": 1}", 0, "no \"answers\": give a list of them"},
    {"answers that are no list", "{\"waybill-dns\": 1, \"answers\": {}}", 0,
     "no \"answers\": give a list of them"},
    {"an unknown key", "{\"waybill-dns\": 1, \"answers\": [], \"comment\": 1}", 0,
     "unknown key \"comment\": leave it out"},
    {"an unknown default", "{\"waybill-dns\": 1, \"default\": \"none\", \"answers\": []}", 0,
     "\"default\" is none: use nodata, nxdomain, servfail or timeout"},
    {"a default with data", "{\"waybill-dns\": 1, \"default\": \"answered\", \"answers\": []}", 0,
     "\"default\" is none: use nodata, nxdomain, servfail or timeout"},
    {"an entry that is no object", FILE_OF("1"), 0, "answers[0]: give an object"},
    {"an unknown key of an entry", TXT("\"status\":\"nodata\",\"cached\":true,\"comment\":true"), 0,
     "answers[0]: unknown key \"comment\": leave it out"},
    {"no name", FILE_OF("{\"type\":\"TXT\",\"status\":\"nodata\"}"), 0,
     "answers[0] (no name): name: give a string"},
    {"a name that is none", FILE_OF("{\"name\":\"a..b\",\"type\":\"TXT\",\"status\":\"nodata\"}"),
     0, "answers[0] (a..b): name: no domain name: labels have 1 to 63 octets, all of them 253"},
    {"a character that is no octet",
     FILE_OF("{\"name\":\"\\u0100\",\"type\":\"TXT\",\"status\":\"nodata\"}"), 0,
     "answers[0] (?"
     "?): name: a character beyond U+00FF: write each octet as one character"},
    {"no type", FILE_OF("{\"name\":\"a\",\"status\":\"nodata\"}"), 0,
     "answers[0] (a): type: use A, AAAA, CNAME, MX, PTR or TXT"},
    {"an unknown type", FILE_OF("{\"name\":\"a\",\"type\":\"NS\",\"status\":\"nodata\"}"), 0,
     "answers[0] (a): type \"NS\": use A, AAAA, CNAME, MX, PTR or TXT"},
    {"an unknown kind", FILE_OF("{\"kind\":\"x\",\"name\":\"a\",\"status\":\"nodata\"}"), 0,
     "answers[0] (a): kind \"x\": use dns, reputation or seen"},
    {"a detail in the DNS", TXT("\"detail\":\"x\",\"status\":\"nodata\""), 0,
     "answers[0] (a): detail \"x\": an answer of the DNS has none: leave it out"},
    {"a type elsewhere",
     FILE_OF("{\"kind\":\"seen\",\"name\":\"a\",\"type\":\"TXT\",\"status\":\"nodata\"}"), 0,
     "answers[0] (a): type \"TXT\": only an answer of the DNS has one: leave it out"},
    {"no detail elsewhere", FILE_OF("{\"kind\":\"seen\",\"name\":\"a\",\"status\":\"nodata\"}"), 0,
     "answers[0] (a): detail: give a string"},
    {"no status", FILE_OF("{\"name\":\"a\",\"type\":\"TXT\"}"), 0,
     "answers[0] (a): status: " STATUS_WORDS},
    {"an unknown status", TXT("\"status\":\"NXDOMAIN\""), 0,
     "answers[0] (a): status \"NXDOMAIN\": " STATUS_WORDS},
    {"the second entry",
     FILE_OF("{\"name\":\"a\",\"type\":\"TXT\",\"status\":\"nodata\"},"
             "{\"name\":\"b\",\"type\":\"TXT\",\"status\":\"no\"}"),
     0, "answers[1] (b): status \"no\": " STATUS_WORDS},
    {"answered without data", TXT("\"status\":\"answered\""), 0,
     "answers[0] (a): data: status answered has data: give a list of them, or use nodata"},
    {"answered with an empty list", TXT("\"status\":\"answered\",\"data\":[]"), 0,
     "answers[0] (a): data: status answered has data: give a list of them, or use nodata"},
    {"data without answered", TXT("\"status\":\"servfail\",\"data\":[\"x\"]"), 0,
     "answers[0] (a): data: only status answered has data: leave them out"},
    {"data that are no list", TXT("\"status\":\"answered\",\"data\":\"x\""), 0,
     "answers[0] (a): data \"x\": give a list with an entry for each record"},
    {"a datum of another type", TXT("\"status\":\"answered\",\"data\":[1]"), 0,
     "answers[0] (a): data: an entry is not what the type has, or has characters beyond U+00FF"},
    {"a datum of no strings", TXT("\"status\":\"answered\",\"data\":[[]]"), 0,
     "answers[0] (a): data: an entry is not what the type has, or has characters beyond U+00FF"},
    {"a datum beyond octets", TXT("\"status\":\"answered\",\"data\":[\"\\u20ac\"]"), 0,
     "answers[0] (a): data: an entry is not what the type has, or has characters beyond U+00FF"},
    {"an address that is none",
     FILE_OF("{\"name\":\"a\",\"type\":\"A\",\"status\":\"answered\",\"data\":[\"1.2.3\"]}"), 0,
     "answers[0] (a): data: an entry is not what the type has, or has characters beyond U+00FF"},
    {"an address in parts",
     FILE_OF("{\"name\":\"a\",\"type\":\"A\",\"status\":\"answered\",\"data\":[[\"1.2.3.4\"]]}"), 0,
     "answers[0] (a): data: an entry is not what the type has, or has characters beyond U+00FF"},
    {"two targets of an alias",
     FILE_OF("{\"name\":\"a\",\"type\":\"CNAME\",\"status\":\"answered\",\"data\":[\"b\",\"c\"]}"),
     0, "answers[0] (a): data: an alias has one target: leave the others out"},
    {"a number that is none", TXT("\"status\":\"nodata\",\"ms\":1.5"), 0,
     "answers[0] (a): ms: give a whole number from 0"},
    {"a number below 0", TXT("\"status\":\"nodata\",\"ttl\":-1"), 0,
     "answers[0] (a): ttl: give a whole number from 0"},
    {"a truth that is none", TXT("\"status\":\"nodata\",\"secure\":1"), 0,
     "answers[0] (a): secure: give true or false"},
};

static void errors(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof error_cases / sizeof error_cases[0]; i++) {
        const struct error_case *c = &error_cases[i];
        struct waybill_answers *set = waybill_answers_new(WAYBILL_NXDOMAIN);
        struct waybill_text_error error;
        if (waybill_answers_read(set, c->text, strlen(c->text), &error) != WAYBILL_SYNTAX)
            fail_msg("%s: no error", c->name);
        if (error.line != c->line || strcmp(error.what, c->what) != 0)
            fail_msg("%s: line %zu: %s", c->name, error.line, error.what);
        waybill_answers_free(set);
    }
}

static void too_many_data(void **state)
{
    (void)state;
    static const char head[] = "{\"waybill-dns\":1,\"answers\":[{\"name\":\"a\",\"type\":\"TXT\","
                               "\"status\":\"answered\",\"data\":[\"\"",
                      tail[] = "]}]}";
    struct waybill_answers *set = waybill_answers_new(WAYBILL_NXDOMAIN);
    struct waybill_text_error error;
    char *text = malloc(sizeof head + sizeof tail + 3 * LIMIT_ANSWER_RECORDS);
    assert_non_null(text);
    size_t n = sizeof head - 1;
    memcpy(text, head, n);
    for (size_t i = 0; i < LIMIT_ANSWER_RECORDS; i++, n += 3)
        memcpy(text + n, ",\"\"", 3);
    memcpy(text + n, tail, sizeof tail - 1);
    assert_int_equal(waybill_answers_read(set, text, n + sizeof tail - 1, &error), WAYBILL_LIMIT);
    assert_string_equal(error.what, "answers[0] (a): data: more than the DNS can answer: 1024 "
                                    "records of 65535 octets at most");
    free(text);
    waybill_answers_free(set);
}

static void add(struct waybill_answers *set, const char *name)
{
    struct waybill_question q = {WAYBILL_DNS, name, strlen(name), WAYBILL_DNS_TXT, NULL, 0, 1};
    struct waybill_answer a = WAYBILL_ANSWER(WAYBILL_NODATA);
    assert_int_equal(waybill_answers_add(set, &q, &a), WAYBILL_OK);
}

static void equal_sets_are_equal_texts(void **state)
{
    (void)state;
    static const char *const names[] = {"b.example", "example", "a.b.example", "*.example", "c"};
    enum { NAMES = sizeof names / sizeof names[0] };
    struct waybill_answers *up = waybill_answers_new(WAYBILL_TIMEOUT),
                           *down = waybill_answers_new(WAYBILL_TIMEOUT);
    for (size_t i = 0; i < NAMES; i++) {
        add(up, names[i]);
        add(down, names[NAMES - 1 - i]);
    }
    char *one = write(up), *other = write(down), *again = write(up);
    assert_string_equal(one, other);
    assert_string_equal(one, again);
    free(one);
    free(other);
    free(again);
    waybill_answers_free(up);
    waybill_answers_free(down);
}

static void facts_are_given_back(void **state)
{
    (void)state;
    static const char text[] = TXT("\"status\":\"nodata\",\"ms\":7,\"secure\":true");
    struct waybill_answers *set = waybill_answers_new(WAYBILL_NXDOMAIN);
    struct waybill_question q = {WAYBILL_DNS, "a", 1, WAYBILL_DNS_TXT, NULL, 0, 1};
    struct waybill_text_error error;
    struct waybill_answer a;
    assert_int_equal(waybill_answers_read(set, text, sizeof text - 1, &error), WAYBILL_OK);
    assert_int_equal(waybill_answers_find(set, &q, &a), WAYBILL_OK);
    assert_int_equal(a.ms, 7);
    assert_int_equal(a.secure, 1);
    assert_int_equal(a.octets, -1);
    assert_int_equal(a.cached, -1);
    waybill_answers_free(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(written_as_read),      cmocka_unit_test(errors),
        cmocka_unit_test(too_many_data),        cmocka_unit_test(equal_sets_are_equal_texts),
        cmocka_unit_test(facts_are_given_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
