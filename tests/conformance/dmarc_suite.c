/*
 * The recorded calls of the set dmarc-mailauth in the shared corpora, evaluated by the DMARC room.
 *
 * dmarc_suite [FOLDER]: the folder of the corpora, else WAYBILL_CORPORA. Prints TAP, one test an
 * assertion; none is skipped. Where the set expects what RFC 9989 does not say, `rulings` has the
 * case, what is expected instead and the sentence it rests on.
 */
#include "dmarc/record.h"
#include "support/dmarc.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

enum { ROWS_MOST = 16, NAMES_MOST = 1024 };

/* --- TAP -------------------------------------------------------------------------------------- */

static size_t tests, failures;

static void report(bool good, const char *name, const char *path, const char *what)
{
    tests++;
    failures += !good;
    printf("%sok %zu - %s, %s%s%s\n", good ? "" : "not ", tests, name, path, good ? "" : ": ",
           good ? "" : what);
}

/* --- where the set and the RFC part ----------------------------------------------------------- */

struct ruling {
    const char *name; /* how the case's name begins */
    const char *path;
    const char *expected;
    bool used;
};

static struct ruling rulings[] = {
    /* RFC 9989 section 4.10, step 2: "If multiple DMARC Policy Records are returned for a single
     * target, they are all discarded", and 4.10.1: "If no valid DMARC Policy Record is found by the
     * first query, then perform a DNS Tree Walk to find the Author Domain's Organizational Domain":
     * the policy is that of example.com, p=none, and nothing passes. */
    {"does not inherit the org policy when the author domain publishes multiple records",
     "status.result", "fail", false},
    {"does not inherit the org policy when the author domain publishes multiple records", "policy",
     "none", false},

    /* Section 4.7 on p=: "If this tag is not present in an otherwise syntactically valid DMARC
     * Policy Record, then the record is treated as if it included "p=none"". Where it is not valid,
     * section 4.10.1 holds and rua= decides; here it is absent. */
    {"applies no DMARC processing for a record with no p and no rua", "status.result", "fail",
     false},
};

static struct ruling *ruling_of(const char *name, const char *path)
{
    for (size_t i = 0; i < sizeof rulings / sizeof rulings[0]; i++)
        if (slice_starts(slice_str(name), slice_str(rulings[i].name)) &&
            strcmp(path, rulings[i].path) == 0)
            return &rulings[i];
    return NULL;
}

static void report_unused_rulings(void)
{
    for (size_t i = 0; i < sizeof rulings / sizeof rulings[0]; i++)
        if (!rulings[i].used)
            report(false, rulings[i].name, rulings[i].path, "the set has no such assertion");
}

/* --- a call ----------------------------------------------------------------------------------- */

/* A member that a set does not have is no text that anything equals. */
static const char *string_of(const json_t *object, const char *member)
{
    const char *text = json_string_value(json_object_get(object, member));
    return text ? text : "(absent)";
}

/* What a call was given, as a trial takes it. */
struct call {
    struct arena arena;
    struct dns_row rows[ROWS_MOST];
    size_t n_rows;
    struct buffer identifiers;
};

/* A TXT record is the list of its strings, which belong together (section 4.5). */
static const char *joined(struct call *c, const json_t *strings)
{
    size_t i;
    json_t *string;
    struct buffer b = buffer_new(1 << 16);
    json_array_foreach(strings, i, string) buffer_add_str(&b, json_string_value(string));
    struct slice text;
    must(arena_copy(&c->arena, buffer_slice(&b), &text), "no memory");
    buffer_free(&b);
    return (const char *)text.p;
}

/* A name with records of other types only has no TXT; only whether it is there is asked else. */
static void add_row(struct call *c, const char *name, const json_t *types)
{
    size_t i;
    json_t *strings;
    const json_t *texts = json_object_get(types, "TXT");
    must(c->n_rows < ROWS_MOST && json_array_size(texts) <= DNS_ROW_TEXTS, "a zone is too long");
    struct dns_row *row = &c->rows[c->n_rows++];
    *row = (struct dns_row){name, texts ? WAYBILL_ANSWERED : WAYBILL_NODATA, {NULL}};
    json_array_foreach(texts, i, strings) row->texts[i] = joined(c, strings);
}

static void add_identifiers(struct call *c, const char *method, const json_t *domains)
{
    size_t i;
    json_t *entry;
    json_array_foreach(domains, i, entry)
    {
        buffer_add_str(&c->identifiers, c->identifiers.n ? " " : "");
        buffer_add_str(&c->identifiers, method);
        buffer_add_str(&c->identifiers, "=pass:");
        buffer_add_str(&c->identifiers, string_of(entry, "domain"));
    }
}

static void run_call(const json_t *call, struct call *c, struct dmarc_trial *t)
{
    const char *name;
    json_t *types;
    json_t *zone = json_object_get(call, "zone");
    const json_t *input = json_object_get(call, "input");
    *c = (struct call){.arena = arena_new(), .identifiers = buffer_new(1 << 16)};
    json_object_foreach(zone, name, types) add_row(c, name, types);
    add_identifiers(c, "spf", json_object_get(input, "spfDomains"));
    add_identifiers(c, "dkim", json_object_get(input, "dkimDomains"));
    buffer_add_octet(&c->identifiers, '\0');
    dmarc_trial_start(t, string_of(input, "headerFrom"), (const char *)c->identifiers.p, c->rows,
                      c->n_rows);
    dmarc_trial_finish(t);
    must(t->dmarc.n == 1, "a case has not one author");
}

static void free_call(struct call *c, struct dmarc_trial *t)
{
    dmarc_trial_free(t);
    buffer_free(&c->identifiers);
    arena_free(&c->arena);
}

/* --- what it came to, by the set's words ------------------------------------------------------ */

typedef const char *read_value(struct dmarc_trial *t, const struct dmarc_author *a);

static const char *text_of(struct dmarc_trial *t, struct slice s)
{
    struct slice copy;
    must(arena_copy(&t->arena, s, &copy), "no memory");
    return s.p ? (const char *)copy.p : NULL;
}

static const char *read_result(struct dmarc_trial *t, const struct dmarc_author *a)
{
    (void)t;
    return waybill_result_text(a->verdict.result);
}

static const char *read_policy(struct dmarc_trial *t, const struct dmarc_author *a)
{
    (void)t;
    return a->record ? dmarc_policy_text(a->policy) : NULL;
}

/* The Organizational Domain, which nobody looks for where the author's own record is enough. */
static const char *read_domain(struct dmarc_trial *t, const struct dmarc_author *a)
{
    return text_of(t, a->organisation.p ? a->organisation : a->policy_domain);
}

static const char *read_record(struct dmarc_trial *t, const struct dmarc_author *a)
{
    return a->record ? text_of(t, a->record->text) : NULL;
}

/* The domain in which an identifier of the method is aligned. */
static const char *aligned_by(struct dmarc_trial *t, const struct dmarc_author *a,
                              enum dmarc_method method)
{
    for (size_t i = 0; i < a->n_aligned; i++)
        if (t->dmarc.identifiers[a->aligned[i]].method == method)
            return read_domain(t, a);
    return NULL;
}

static const char *read_spf(struct dmarc_trial *t, const struct dmarc_author *a)
{
    return aligned_by(t, a, DMARC_BY_SPF);
}

static const char *read_dkim(struct dmarc_trial *t, const struct dmarc_author *a)
{
    return aligned_by(t, a, DMARC_BY_DKIM);
}

static const char *read_dkim_strict(struct dmarc_trial *t, const struct dmarc_author *a)
{
    (void)t;
    return a->record && a->record->strict[DMARC_BY_DKIM] ? "true" : NULL;
}

static const char *read_names(struct dmarc_trial *t, const struct dmarc_author *a)
{
    struct buffer b = buffer_new(1 << 16);
    (void)a;
    for (size_t i = 0; i < t->questions.n; i++) {
        const struct waybill_question *q = &t->questions.all[i]->question;
        if (q->type == WAYBILL_DNS_TXT) {
            buffer_add_str(&b, b.n ? " " : "");
            buffer_add_str(&b, q->name);
        }
    }
    const char *text = text_of(t, buffer_slice(&b));
    buffer_free(&b);
    return text;
}

static const char *read_nothing(struct dmarc_trial *t, const struct dmarc_author *a)
{
    (void)t, (void)a;
    return NULL;
}

static const struct {
    const char *path;
    read_value *read;
} values[] = {
    {"status.result", read_result},
    {"policy", read_policy},
    {"domain", read_domain},
    {"rr", read_record},
    {"alignment.spf.result", read_spf},
    {"alignment.dkim.result", read_dkim},
    {"alignment.dkim.strict", read_dkim_strict},
    {"names asked for", read_names},
    {"pct", read_nothing}, /* historic (section 9.3): nothing here could hold it */
};

/* --- assertions ------------------------------------------------------------------------------- */

/* What is looked at: a path, a property of the whole, or the names asked for, whose recorded list
 * stands as "val". */
static const char *path_of(const json_t *claim)
{
    const char *path = string_of(claim, "path");
    if (json_object_get(claim, "val"))
        return "names asked for";
    return *path ? path : json_string_value(json_array_get(json_object_get(claim, "args"), 0));
}

/* The text that is wanted: the argument, or its elements joined. */
static void wanted(const json_t *claim, char *out, size_t n)
{
    size_t i, at = 0;
    json_t *element;
    const json_t *argument = json_array_get(json_object_get(claim, "args"), 0);
    at +=
        (size_t)snprintf(out, n, "%s", json_is_string(argument) ? json_string_value(argument) : "");
    json_array_foreach(argument, i, element) at +=
        (size_t)snprintf(out + at, n - at, "%s%s", i ? " " : "", json_string_value(element));
    must(at < n, "an argument is too long");
}

static bool holds(const json_t *claim, const char *value)
{
    char want[NAMES_MOST];
    const char *op = string_of(claim, "op");
    bool is_so = value != NULL; /* "ok", "property" */
    wanted(claim, want, sizeof want);
    if (strcmp(op, "equal") == 0)
        is_so = value && strcmp(value, want) == 0;
    else if (strcmp(op, "contain") == 0)
        is_so = value && strstr(value, want);
    else if (strcmp(op, "true") == 0)
        is_so = value && strcmp(value, "true") == 0;
    else
        must(strcmp(op, "ok") == 0 || strcmp(op, "property") == 0, "an unknown operation: %s", op);
    return is_so != json_is_true(json_object_get(claim, "neg"));
}

static void check_claim(const char *name, const json_t *claim, struct dmarc_trial *t)
{
    const char *path = path_of(claim);
    size_t i = 0, n = sizeof values / sizeof values[0];
    while (i < n && strcmp(values[i].path, path) != 0)
        i++;
    must(i < n, "%s: an unknown path: %s", name, path);
    const char *value = values[i].read(t, &t->dmarc.authors[0]);
    struct ruling *r = ruling_of(name, path);
    if (r)
        r->used = !holds(claim, value); /* else the set says what this ruling says */
    report(r ? value && strcmp(value, r->expected) == 0 : holds(claim, value), name, path,
           value ? value : "(absent)");
}

/* Where a case has several calls, it has an assertion for each, in their order. */
static void run_case(const json_t *test)
{
    size_t k;
    json_t *claim;
    const json_t *calls = json_object_get(test, "calls");
    size_t n = json_array_size(calls);
    const json_t *claims = json_object_get(test, "asserts");
    if (json_array_size(claims) == 0)
        report(false, string_of(test, "name"), "the case", "no assertion");
    json_array_foreach(claims, k, claim)
    {
        struct call call;
        struct dmarc_trial t;
        run_call(json_array_get(calls, k < n ? k : n - 1), &call, &t);
        check_claim(string_of(test, "name"), claim, &t);
        free_call(&call, &t);
    }
}

/* --- all -------------------------------------------------------------------------------------- */

/* Absent corpora skip the suite, but fail it where CI says they must be there. */
static int skip(void)
{
    const char *ci = getenv("CI");
    if (ci && strcmp(ci, "true") == 0) {
        printf("1..1\nnot ok 1 - the DMARC corpora are absent\n");
        return 1;
    }
    printf("1..0 # SKIP the DMARC corpora are absent\n");
    return 0;
}

int main(int argc, char **argv)
{
    const char *folder = argc > 1 ? argv[1] : getenv("WAYBILL_CORPORA");
    char path[4096];
    json_error_t error;
    size_t i;
    json_t *test;
    snprintf(path, sizeof path, "%s/dmarc-mailauth/cases.json", folder ? folder : "");
    FILE *f = folder ? fopen(path, "rb") : NULL;
    if (!f)
        return skip();
    json_t *set = json_loadf(f, 0, &error);
    fclose(f);
    must(json_array_size(set) > 0, "%s: %s", path, error.text);
    json_array_foreach(set, i, test) run_case(test);
    report_unused_rulings();
    json_decref(set);
    printf("1..%zu\n", tests);
    return failures > 0;
}
