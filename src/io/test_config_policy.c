#include "io/config_policy.h"

#include "base/limits.h"
#include "io/file.h"
#include "policy/policy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

/* A folder of the test's own, with a trust file and what is none. */
static char folder[] = "waybill-policy-XXXXXX";
static char conf[sizeof folder + 16];
static const char *const files[][2] = {
    {"trust", "# ours\nlists.example sealer\n*.uni.example\n"},
    {"nobody", "# nobody\n"},
    {"wrong", "lists.example\n**.example.org\n"},
};

enum { FILES = sizeof files / sizeof *files };

static const char *in_folder(const char *name)
{
    static char path[sizeof folder + 32];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static int make_folder(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    for (size_t i = 0; i < FILES; i++) {
        if (file_write(in_folder(files[i][0]), slice_str(files[i][1])) != FILE_FINE)
            return -1;
    }
    snprintf(conf, sizeof conf, "%s/conf", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    for (size_t i = 0; i < FILES; i++)
        unlink(in_folder(files[i][0]));
    return rmdir(folder);
}

static enum waybill_status make(const char *text, struct config *config,
                                struct waybill_policy **out, struct config_error *error)
{
    struct waybill_text_error wrong;
    assert_int_equal(config_read(config, conf, slice_str(text), &wrong), WAYBILL_OK);
    return config_policy(config, out, error);
}

/* --- what a configuration makes -----------------------------------------------------------------
 */

static void nothing_said(void **state)
{
    struct config config;
    struct config_error error;
    struct waybill_policy *policy;
    (void)state;
    assert_int_equal(make("", &config, &policy, &error), WAYBILL_OK);
    assert_null(policy->trust.texts);
    assert_int_equal(policy->in_force, POLICY_NO_RULE);
    assert_int_equal(policy->reject, 1u << WAYBILL_METHOD_DMARC);
    assert_int_equal(policy->defer, 0);
    waybill_policy_free(policy);
    config_free(&config);
}

static void all_of_it(void **state)
{
    static const char text[] =
        "trust = trust\noverride = lists\nshadow = { first-spf, known }\n"
        "reject = { spf, dkim }\ndefer = { arc, dmarc }\n"
        "rule lists { reported = dmarc reporter = newest alignment = strict sets-most = 2 }\n"
        "rule known { reported = spf reporter = any sets-least = 2 reputation = 80 }\n";
    struct config config;
    struct config_error error;
    struct waybill_policy *policy;
    (void)state;
    assert_int_equal(make(text, &config, &policy, &error), WAYBILL_OK);
    config_free(&config);
    assert_true(trust_has(&policy->trust, SLICE("a.uni.example"), WAYBILL_TRUST_SIGNER));
    const struct waybill_rule *lists = &policy->rules[2], *known = &policy->rules[3];
    assert_int_equal(policy->in_force, 2);
    assert_string_equal(lists->name, "lists");
    assert_int_equal(lists->reported, WAYBILL_REPORTED_DMARC);
    assert_int_equal(lists->reporter, WAYBILL_REPORTER_NEWEST);
    assert_int_equal(lists->strict, 1);
    assert_int_equal(lists->sets_most, 2);
    assert_string_equal(known->name, "known");
    assert_int_equal(known->reported, WAYBILL_REPORTED_SPF);
    assert_int_equal(known->reporter, WAYBILL_REPORTER_ANY);
    assert_int_equal(known->strict, 0);
    assert_int_equal(known->sets_least, 2);
    assert_int_equal(known->reputation, 80);
    assert_int_equal(policy->n_shadows, 2);
    assert_int_equal(policy->shadows[0], 1);
    assert_int_equal(policy->shadows[1], 3);
    assert_int_equal(policy->reject, 1u << WAYBILL_METHOD_SPF | 1u << WAYBILL_METHOD_DKIM);
    assert_int_equal(policy->defer, 1u << WAYBILL_METHOD_ARC | 1u << WAYBILL_METHOD_DMARC);
    waybill_policy_free(policy);
}

/* --- what makes none ----------------------------------------------------------------------------
 */

#define NOBODY \
    ": nobody is trusted as a sealer, so that it can never match: name sealers in the trust file"

/* The error is of the configuration, or of the file of this name beside it. In `what`, '@' stands
 * for the folder. */
static const struct error_case {
    const char *name, *text, *file;
    size_t line;
    const char *what;
} error_cases[] = {
    {"no trust file", "\ntrust = none", NULL, 2,
     "trust: there is no file @/none: write it or correct the name"},
    {"a trust file below a file", "trust = trust/none", NULL, 1,
     "trust: there is no file @/trust/none: write it or correct the name"},
    {"a trust file that is a folder", "trust = .", NULL, 1,
     "trust: @/. is a directory: name a file"},
    {"a wrong pattern", "trust = wrong", "wrong", 2,
     "'**.example.org': '*' stands only for the first label: write *.example.org"},
    {"a rule that can never match",
     "trust = trust\n\nrule a {\n reported = dkim\n sets-least = 3\n "
     "sets-most = 2\n}",
     NULL, 3,
     "rule: 'a': at least 3 sets and at most 2: it can never match: lower the one or raise the "
     "other"},
    {"a rule with a preset's name", "rule first-spf { reported = dkim }", NULL, 1,
     "rule: 'first-spf': the name is taken: choose another"},
    {"a rule with a name that is none", "rule \"a b\" { reported = dkim }", NULL, 1,
     "rule: 'a b': no name of a rule: use 1 to 64 of A-Z a-z 0-9 . _ -"},
    {"an unknown rule", "trust = trust\noverride = first-dikm", NULL, 2,
     "override: 'first-dikm': no such rule: did you mean first-dkim?"},
    {"a rule and no trust file", "override = first-dkim", NULL, 1, "override: 'first-dkim'" NOBODY},
    {"a rule and an empty trust file", "trust = nobody\noverride = first-dkim", NULL, 2,
     "override: 'first-dkim'" NOBODY},
    {"a shadow and an empty trust file", "trust = nobody\nshadow = {\nfirst-spf }", NULL, 3,
     "shadow: 'first-spf'" NOBODY},
    {"off as a shadow", "shadow = off", NULL, 1,
     "shadow: 'off' is no rule that could be a shadow: leave it out"},
    {"a shadow twice", "trust = trust\nshadow = { first-spf,\nfirst-spf }", NULL, 3,
     "shadow: 'first-spf' is shadow already: name it once"},
};

static void with_folder(const char *what, char *out, size_t room)
{
    size_t at = strcspn(what, "@");
    snprintf(out, room, "%.*s%s%s", (int)at, what, what[at] ? folder : "",
             what + at + (what[at] != '\0'));
}

static void run_error_case(void **state)
{
    const struct error_case *c = *state;
    struct config config;
    struct config_error error;
    struct waybill_policy *policy;
    char what[256];
    with_folder(c->what, what, sizeof what);
    enum waybill_status status = make(c->text, &config, &policy, &error);
    assert_string_equal(error.text.what, what);
    assert_int_equal(error.text.line, c->line);
    assert_string_equal(error.file, c->file ? in_folder(c->file) : conf);
    assert_true(status == WAYBILL_SYNTAX || status == WAYBILL_REFUSED);
    assert_null(policy);
    config_free(&config);
}

static void trust_file_too_large(void **state)
{
    struct config config;
    struct config_error error;
    struct waybill_policy *policy;
    const char *path = in_folder("large");
    (void)state;
    assert_int_equal(file_write(path, SLICE("")), FILE_FINE);
    assert_int_equal(truncate(path, (off_t)LIMIT_TRUST_OCTETS + 1), 0);
    enum waybill_status status = make("trust = large", &config, &policy, &error);
    unlink(in_folder("large"));
    assert_int_equal(status, WAYBILL_SYNTAX);
    assert_non_null(
        strstr(error.text.what, "/large has over 16777216 octets: name the right file"));
    config_free(&config);
}

static void trust_file_unreadable(void **state)
{
    struct config config;
    struct config_error error;
    struct waybill_policy *policy;
    (void)state;
    assert_int_equal(symlink("loop", in_folder("loop")), 0);
    enum waybill_status status = make("trust = loop", &config, &policy, &error);
    unlink(in_folder("loop"));
    assert_int_equal(status, WAYBILL_SYNTAX);
    assert_non_null(strstr(error.text.what, "/loop cannot be read (Too many levels"));
    config_free(&config);
}

int main(void)
{
    enum { ERRORS = sizeof error_cases / sizeof *error_cases, OTHERS = 4 };
    struct CMUnitTest tests[OTHERS + ERRORS] = {
        cmocka_unit_test(nothing_said),
        cmocka_unit_test(all_of_it),
        cmocka_unit_test(trust_file_too_large),
        cmocka_unit_test(trust_file_unreadable),
    };
    for (size_t i = 0; i < ERRORS; i++)
        tests[OTHERS + i] = (struct CMUnitTest){error_cases[i].name, run_error_case, NULL, NULL,
                                                (void *)(uintptr_t)&error_cases[i]};
    return cmocka_run_group_tests_name("config_policy", tests, make_folder, remove_folder);
}
