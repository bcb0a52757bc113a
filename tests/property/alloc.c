/*
 * Every allocation of a check, of signing, of sealing, of writing and of setting a policy up is
 * made to fail, one after the other: an error comes back, never another verdict; nothing leaks.
 */
#include "alloc.h"
#include "failing.h"
#include "support/custody_forge.h"
#include "support/forge.h"

#include <openssl/err.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* --- scenarios ---------------------------------------------------------------------------------
 */

void alloc_note(struct result *r, struct slice s)
{
    must(s.n <= sizeof r->text - r->n, "a result is too long");
    if (s.n > 0)
        memcpy(r->text + r->n, s.p, s.n);
    r->n += s.n;
}

/* The messages, made before anything fails. */
static struct {
    struct buffer plain, signed_twice, sealed, reported, revised;
} messages;

/* Keys, and an engine that has met no other key yet: made where nothing fails. */
struct lab alloc_lab;
static struct waybill_engine *engine_of_run;

/* Two hops of DKIM2, of which the second revised. */
static struct buffer make_revised(void)
{
    static const char *const list[] = {"<l@a.example>"}, *const receiver[] = {"<b@c.example>"};
    struct buffer message = message_of("From: <a@xn--bcher-kva.example>\r\n\r\nbody \r\n\r\n");
    struct buffer first =
        forge_tags(LAB_NOW, "xn--bcher-kva.example", "<a@xn--bcher-kva.example>", list, 1);
    struct buffer second = forge_tags(LAB_NOW, "a.example", "<a@a.example>", receiver, 1);
    const struct forged_hop hops[] = {
        {.i = 1,
         .m = 1,
         .tags = (const char *)first.p,
         .keys = {LAB_RSA, LAB_ED25519},
         .n_keys = 2},
        {.i = 2, .m = 2, .tags = (const char *)second.p, .keys = {LAB_ED25519}, .n_keys = 1}};
    forge_instance(&message, 1, NULL);
    forge_hop(&alloc_lab, &hops[0], &message);
    put_on_top(&message, SLICE("List-Post: <mailto:l@a.example>\r\n"));
    buffer_add_str(&message, "-- \r\nfooter\r\n");
    forge_instance(&message, 2, "{\"h\":{\"list-post\":[]},\"b\":[{\"c\":[1,1]},{\"d\":[\"\"]}]}");
    forge_hop(&alloc_lab, &hops[1], &message);
    buffer_free(&first);
    buffer_free(&second);
    return message;
}

static void make_messages(void)
{
    messages.plain = message_of("From: \"Al\" <a@b\xC3\xBC"
                                "cher.example>, c@d.example\r\nSubject: a\r\n  b\r\n"
                                "Authentication-Results: x.example; spf=pass (ok)\r\n"
                                " smtp.mailfrom=a.example; dkim=none\r\n\r\nbody \r\n\r\n");
    replace(&messages.plain, ", c@d.example", "");
    messages.signed_twice = message_of("");
    buffer_add(&messages.signed_twice, buffer_slice(&messages.plain));
    forge_signature(&alloc_lab, LAB_RSA, "DKIM-Signature",
                    "v=1; a=rsa-sha256; d=b\xC3\xBC"
                    "cher.example; s=rsa; i=@b\xC3\xBC"
                    "cher.example; c=relaxed/simple; l=4; h=from:from:to; bh=@; b=",
                    &messages.signed_twice);
    forge_signature(&alloc_lab, LAB_ED25519, "DKIM-Signature",
                    "v=1; a=ed25519-sha256; d=a.example; s=ed; h=subject:from; bh=@; b=",
                    &messages.signed_twice);
    messages.sealed = message_of("");
    buffer_add(&messages.sealed, buffer_slice(&messages.signed_twice));
    forge_set(&alloc_lab, 1, "none", 1, "list.example", &messages.sealed);
    forge_set(&alloc_lab, 2, "pass", 1, "uni.example", &messages.sealed);
    put_on_top(&messages.sealed, SLICE("ARC-Seal: i=2; junk\r\n"));
    messages.reported = message_of("Authentication-Results: list.example; dkim=pass\r\n"
                                   " header.d=mail.b\xC3\xBC"
                                   "cher.example header.s=x\r\n");
    buffer_add(&messages.reported, buffer_slice(&messages.plain));
    struct signing how = {.domain = "list.example",
                          .key = LAB_RSA,
                          .authserv_id = "list.example",
                          .results = "list.example"};
    sign_well(&alloc_lab, &how, &messages.reported);
    messages.revised = make_revised();
}

static const struct dns_row rows[] = {
    {"a.example", WAYBILL_ANSWERED, {"v=spf1 include:b.example mx -all exp=%{d2}.why.example"}},
    {"b.example", WAYBILL_ANSWERED, {"v=spf1 exists:%{i}.c.example ptr ?all"}},
    {"MX a.example", WAYBILL_ANSWERED, {"10 mx.a.example"}},
    {"A mx.a.example", WAYBILL_ANSWERED, {"192.0.2.9"}},
    {"a.example.why.example", WAYBILL_ANSWERED, {"%{i} is not ours"}},
    {"PTR 1.2.0.192.in-addr.arpa", WAYBILL_ANSWERED, {"mx.b.example"}},
    {"_dmarc.xn--bcher-kva.example", WAYBILL_ANSWERED, {"v=DMARC1; p=reject; rua=mailto:a@b"}},
    {"_dmarc.example", WAYBILL_ANSWERED, {"v=DMARC1; psd=y"}},
    {"reputation list.example", WAYBILL_ANSWERED, {"60"}},
};

static enum waybill_status answer_all(struct waybill_check *check)
{
    const struct waybill_question *open;
    size_t n;
    enum waybill_status status = waybill_check_questions(check, &open, &n);
    for (size_t i = 0; i < n && status == WAYBILL_OK; i++) {
        struct waybill_datum room[DNS_ROW_TEXTS];
        struct waybill_question own = open[i];
        struct waybill_answer answer = lab_answer(&alloc_lab, LAB_ROWS(rows), &own, room);
        status = waybill_check_answer(check, &own, &answer);
    }
    return status;
}

static enum waybill_status finish_check(struct waybill_check *check)
{
    enum waybill_progress progress;
    enum waybill_status status = waybill_check_step(check, &progress);
    while (status == WAYBILL_OK && progress == WAYBILL_ASK) {
        status = answer_all(check);
        if (status == WAYBILL_OK)
            status = waybill_check_step(check, &progress);
    }
    return status;
}

static enum waybill_status feed(struct waybill_message *message, const struct buffer *octets)
{
    enum waybill_status status = WAYBILL_OK;
    for (size_t at = 0; at < octets->n && status == WAYBILL_OK; at += 100) {
        struct slice piece = slice_sub(buffer_slice(octets), at, 100);
        status = waybill_message_feed(message, piece.p, piece.n);
    }
    return status == WAYBILL_OK ? waybill_message_end(message) : status;
}

static enum waybill_status write_record(struct waybill_check *check, struct result *out)
{
    const struct waybill_record *record = waybill_check_record(check);
    char *text;
    size_t n;
    enum waybill_status status = waybill_record_json(record, 1, &text, &n);
    if (status != WAYBILL_OK)
        return status;
    alloc_note(out, slice_of(text, n));
    free(text);
    status = waybill_record_journal(record, "key", 3, &text, &n);
    if (status != WAYBILL_OK)
        return status;
    alloc_note(out, slice_of(text, n));
    free(text);
    status = waybill_record_authres(record, "mx.example", 1, &text, &n);
    if (status != WAYBILL_OK)
        return status;
    alloc_note(out, slice_of(text, n));
    free(text);
    return WAYBILL_OK;
}

static enum waybill_status check_message_of(struct waybill_message *message,
                                            const struct buffer *octets,
                                            const struct waybill_policy *policy, struct result *out)
{
    static const char *const rcpt[] = {"<b@c.example>"};
    static const struct waybill_envelope envelope = {"192.0.2.1",
                                                     "b\xC3\xBC"
                                                     "cher.example",
                                                     "<a@a.example>",
                                                     rcpt,
                                                     1,
                                                     "mx.here.example"};
    struct waybill_check *check;
    enum waybill_status status = waybill_check_new(message, LAB_NOW, &check);
    if (status != WAYBILL_OK)
        return status;
    if (policy)
        status = waybill_policy_attach(policy, check);
    if (status == WAYBILL_OK)
        status = waybill_check_envelope(check, &envelope);
    if (status == WAYBILL_OK)
        status = waybill_check_id(check, "id");
    if (status == WAYBILL_OK)
        status = feed(message, octets);
    if (status == WAYBILL_OK)
        status = finish_check(check);
    if (status == WAYBILL_OK)
        status = write_record(check, out);
    waybill_check_free(check);
    return status;
}

/* A policy with a rule in force and a shadow that asks stores. */
static enum waybill_status make_policy(struct waybill_policy **out)
{
    static const struct waybill_rule known = {
        .name = "known", .reporter = WAYBILL_REPORTER_ANY, .reputation = 50};
    static const struct waybill_rule custody = {.name = "custody",
                                                .reported = WAYBILL_REPORTED_DKIM2};
    struct waybill_text_error error;
    char why[WAYBILL_POLICY_WHY];
    enum waybill_status status = waybill_policy_new(out);
    if (status == WAYBILL_OK)
        status = waybill_policy_trust(*out, "*.example", 9, &error);
    if (status == WAYBILL_OK)
        status = waybill_policy_override(*out, WAYBILL_RULE_FIRST_DKIM, why);
    if (status == WAYBILL_OK)
        status = waybill_policy_rule(*out, &known, why);
    if (status == WAYBILL_OK)
        status = waybill_policy_shadow(*out, "known", why);
    if (status == WAYBILL_OK)
        status = waybill_policy_rule(*out, &custody, why);
    if (status == WAYBILL_OK)
        status = waybill_policy_shadow(*out, "custody", why);
    if (status == WAYBILL_OK)
        waybill_policy_reject(*out, WAYBILL_METHOD_SPF, 1);
    return status;
}

/* With an engine of its own, so that no key is at hand. */
static enum waybill_status verify(const struct buffer *octets, const struct waybill_policy *policy,
                                  struct result *out)
{
    struct waybill_engine *engine;
    struct waybill_message *message;
    enum waybill_status status = waybill_engine_new(&engine);
    if (status != WAYBILL_OK)
        return status;
    status = waybill_message_new(engine, WAYBILL_LINES_DETECT, &message);
    if (status == WAYBILL_OK) {
        status = check_message_of(message, octets, policy, out);
        waybill_message_free(message);
    }
    waybill_engine_free(engine);
    return status;
}

static enum waybill_status verify_signed(struct result *out)
{
    return verify(&messages.signed_twice, NULL, out);
}

static enum waybill_status verify_sealed(struct result *out)
{
    return verify(&messages.sealed, NULL, out);
}

static enum waybill_status decide(const struct buffer *octets, struct result *out)
{
    struct waybill_policy *policy;
    enum waybill_status status = make_policy(&policy);
    if (status == WAYBILL_OK)
        status = verify(octets, policy, out);
    waybill_policy_free(policy);
    return status;
}

static enum waybill_status decide_on_reports(struct result *out)
{
    return decide(&messages.reported, out);
}

static enum waybill_status decide_on_custody(struct result *out)
{
    return decide(&messages.revised, out);
}

static enum waybill_status take_fields(struct waybill_signer *signer, struct result *out)
{
    enum waybill_progress progress;
    const struct waybill_field *fields;
    size_t n = 0;
    enum waybill_status status = waybill_signer_step(signer, &progress);
    if (status == WAYBILL_OK)
        status = waybill_signer_fields(signer, &fields, &n);
    for (size_t i = 0; i < n; i++) {
        alloc_note(out, slice_str(fields[i].name));
        alloc_note(out, slice_str(fields[i].value));
    }
    return status;
}

static const struct waybill_sign_options *options_of_run(void)
{
    static struct waybill_signing_key keys[2];
    static struct waybill_sign_options options;
    keys[0] = (struct waybill_signing_key){"rsa", alloc_lab.keys[LAB_RSA]};
    keys[1] = (struct waybill_signing_key){"ed", alloc_lab.keys[LAB_ED25519]};
    options = (struct waybill_sign_options){.domain = "b\xC3\xBC"
                                                      "cher.example",
                                            .keys = keys,
                                            .n_keys = 2,
                                            .now = LAB_NOW,
                                            .expires_in = 5};
    return &options;
}

static enum waybill_status sign(struct result *out)
{
    struct waybill_message *message;
    struct waybill_signer *signer = NULL;
    enum waybill_status status = waybill_message_new(engine_of_run, WAYBILL_LINES_CRLF, &message);
    if (status == WAYBILL_OK)
        status = waybill_dkim_signer_new(message, options_of_run(), &signer);
    if (status == WAYBILL_OK)
        status = feed(message, &messages.plain);
    if (status == WAYBILL_OK)
        status = take_fields(signer, out);
    waybill_signer_free(signer);
    waybill_message_free(message);
    return status;
}

static enum waybill_status seal(const struct buffer *octets, const char *results,
                                struct result *out)
{
    struct waybill_sign_options options = *options_of_run();
    struct waybill_message *message;
    struct waybill_check *check = NULL;
    struct waybill_signer *signer = NULL;
    options.n_keys = 1;
    options.expires_in = 0;
    enum waybill_status status = waybill_message_new(engine_of_run, WAYBILL_LINES_CRLF, &message);
    if (status == WAYBILL_OK)
        status = waybill_check_new(message, LAB_NOW, &check);
    if (status == WAYBILL_OK)
        status = waybill_arc_signer_new(message, check, &options, "x.example", results, &signer);
    if (status == WAYBILL_OK)
        status = feed(message, octets);
    if (status == WAYBILL_OK)
        status = finish_check(check);
    if (status == WAYBILL_OK)
        status = take_fields(signer, out);
    waybill_signer_free(signer);
    waybill_check_free(check);
    waybill_message_free(message);
    return status;
}

static enum waybill_status seal_first(struct result *out)
{
    return seal(&messages.signed_twice, "x.example", out);
}

/* The chain fails for its junk: the seal says cv=fail. */
static enum waybill_status seal_failed(struct result *out)
{
    return seal(&messages.sealed, NULL, out);
}

static enum waybill_status read_key(struct result *out)
{
    struct waybill_key *key;
    char *text, why[160];
    size_t n;
    const char *pem = lab_key_texts[LAB_RSA].text;
    enum waybill_status status = waybill_key_read(engine_of_run, pem, strlen(pem), &key, why);
    if (status != WAYBILL_OK)
        return status;
    status = waybill_key_record(key, &text, &n);
    if (status == WAYBILL_OK) {
        alloc_note(out, slice_of(text, n));
        free(text);
        status = waybill_key_write(key, &text, &n);
    }
    if (status == WAYBILL_OK) {
        alloc_note(out, slice_of(text, n));
        free(text);
    }
    waybill_key_free(key);
    return status;
}

static enum waybill_status revise(struct result *out)
{
    return alloc_revise(engine_of_run, out);
}

static enum waybill_status undo(struct result *out)
{
    return alloc_undo(engine_of_run, out);
}

static enum waybill_status custody(struct result *out)
{
    return alloc_dkim2(engine_of_run, out);
}

static const struct scenario {
    const char *name;
    enum waybill_status (*run)(struct result *out);
    bool any_error;
    size_t stride; /* of so many allocations one fails */
} scenarios[] = {
    {"a check of two signatures", verify_signed, false, 1},
    {"a check of two sets", verify_sealed, false, 1},
    {"a check that a policy decides on", decide_on_reports, false, 1},
    {"a check of two hops of DKIM2", decide_on_custody, false, 1},
    {"DMARC", alloc_dmarc, false, 1},
    {"DKIM2", custody, false, 1},
    {"signing with two keys", sign, false, 1},
    {"a first set", seal_first, false, 1},
    {"a set on a failed chain", seal_failed, false, 1},
    {"a policy", alloc_policy, false, 1},
    {"a key file", alloc_keys, false, 1},
    {"a configuration", alloc_config, false, 1},
    {"a list of DKIM2", alloc_list, false, 1},
    {"making a recipe", revise, false, 1},
    {"undoing", undo, false, 1},
    {"a connection from an MTA", alloc_milter, false, 1},
    /* Thousands, nearly all in libcrypto's decoders, which do not tell a key they cannot read from
     * one they have no room for. */
    {"reading and writing a key", read_key, true, 13},
};

/* --- the property ------------------------------------------------------------------------------
 */

/* One run in which allocation `fail_at` fails (0: none does). */
static void run(const struct scenario *s, size_t fail_at, bool for_good, struct result *out)
{
    must(waybill_engine_new(&engine_of_run) == WAYBILL_OK, "no engine");
    out->n = 0;
    failing = (struct failing){
        .armed = true, .for_good = for_good, .fail_at = fail_at ? fail_at : SIZE_MAX};
    out->status = s->run(out);
    failing.armed = false;
    waybill_engine_free(engine_of_run);
    ERR_clear_error();
}

static void assert_outcome(const struct scenario *s, size_t at, const struct result *is,
                           const struct result *should)
{
    if (is->status == WAYBILL_NOMEM || is->status == WAYBILL_CRYPTO)
        return;
    if (s->any_error && is->status != WAYBILL_OK)
        return;
    if (is->status != WAYBILL_OK)
        fail_msg("%s: allocation %zu failed, and the status is \"%s\"", s->name, at,
                 waybill_status_text(is->status));
    size_t same = 0;
    while (same < is->n && same < should->n && is->text[same] == should->text[same])
        same++;
    if (same < is->n || same < should->n)
        fail_msg("%s: allocation %zu failed, and the result is another from %zu on:\n%.*s", s->name,
                 at, same, (int)(is->n - same < 300 ? is->n - same : 300), is->text + same);
}

/* libcrypto may fill a cache of its own for the first time; what grows every time is a leak. */
static void assert_no_leak(const struct scenario *s, size_t at, bool for_good, struct result *room)
{
    enum { TIMES = 24 };
    for (int i = 0; i < TIMES; i++) {
        long before = blocks.libcrypto;
        run(s, at, for_good, room);
        if (blocks.libcrypto <= before)
            return;
    }
    fail_msg("%s: allocation %zu failed, and libcrypto leaks", s->name, at);
}

static void fail_each(const struct scenario *s, bool for_good)
{
    static struct result should, is;
    for (int warm = 0; warm < 3; warm++)
        run(s, 0, false, &should);
    must(should.status == WAYBILL_OK, "%s: does not even work when nothing fails", s->name);
    for (size_t at = 1;; at += s->stride) {
        struct blocks before = blocks;
        run(s, at, for_good, &is);
        bool failed = failing.failed;
        assert_outcome(s, at, &is, &should);
        if (blocks.ours != before.ours || blocks.jansson != before.jansson)
            fail_msg("%s: allocation %zu failed, and %ld blocks of ours, %ld of jansson leak",
                     s->name, at, blocks.ours - before.ours, blocks.jansson - before.jansson);
        if (blocks.libcrypto > before.libcrypto)
            assert_no_leak(s, at, for_good, &is);
        if (!failed)
            return;
    }
}

static void one_allocation_fails(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof scenarios / sizeof scenarios[0]; i++)
        fail_each(&scenarios[i], false);
}

static void all_fail_from_one_on(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof scenarios / sizeof scenarios[0]; i++)
        fail_each(&scenarios[i], true);
}

/* An arena allocates a chunk at a time: so that each of its own allocations is once the one that
 * needs a chunk, it begins everywhere in one. */
static void any_allocation_of_an_arena_fails(void **state)
{
    static const struct scenario dmarc = {"DMARC", alloc_dmarc, false, 1};
    (void)state;
    for (alloc_arena_taken = 0; alloc_arena_taken < ARENA_CHUNK; alloc_arena_taken += ARENA_STEP)
        fail_each(&dmarc, false);
    alloc_arena_taken = 0;
}

static int set_up(void **state)
{
    (void)state;
    alloc_lab = lab_new();
    make_messages();
    alloc_list_set_up();
    alloc_dkim2_make();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    alloc_list_tear_down();
    alloc_dkim2_free();
    lab_free(&alloc_lab);
    buffer_free(&messages.plain);
    buffer_free(&messages.signed_twice);
    buffer_free(&messages.sealed);
    buffer_free(&messages.reported);
    buffer_free(&messages.revised);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_allocation_fails),
        cmocka_unit_test(all_fail_from_one_on),
        cmocka_unit_test(any_allocation_of_an_arena_fails),
    };
    must(failing_install(), "libcrypto keeps its own allocation");
    return cmocka_run_group_tests_name("alloc", tests, set_up, tear_down);
}
