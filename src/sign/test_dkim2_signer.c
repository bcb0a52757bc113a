#include "support/departure.h"
#include "support/group.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define MESSAGE                                                                          \
    "From: Alice <alice@author.example>\r\nTo: list@lists.example, bob@home.example\r\n" \
    "Subject: x\r\n\r\nbody\r\n"

#define SENDER "alice@author.example"
#define LIST "list@lists.example"

static struct waybill_envelope to_list(void)
{
    static const char *const rcpt[] = {LIST};
    return (struct waybill_envelope){.mail_from = SENDER, .rcpt_to = rcpt, .rcpts = 1};
}

static struct buffer signed_by_author(enum waybill_draft draft)
{
    struct buffer message = message_of(MESSAGE);
    struct plain_hop hop;
    plain_hop(&lab, LAB_ED25519, "author.example", SENDER, LIST, &hop);
    depart_well(&lab, &(struct departure){.draft = draft, .hops = &hop.hop, .n_hops = 1}, &message);
    return message;
}

static void assert_result(const struct buffer *message, enum waybill_draft draft,
                          const struct waybill_envelope *envelope, enum waybill_result result)
{
    struct trial t = arrive(&lab, message, draft, envelope);
    const struct verdict v = t.record->dkim2.verdict;
    if (v.result != result)
        fail_msg("%s: %s", waybill_result_text(v.result), v.why ? v.why : "(no reason)");
    trial_free(&t);
}

/* The value of a tag of the topmost field of this name, folds taken out. */
static const char *tag(const struct buffer *message, const char *name, const char *wanted)
{
    static char text[4096];
    struct slice rest = buffer_slice(message);
    size_t n = 0;
    while (!slice_starts(rest, slice_str(name)))
        rest = slice_from(rest, slice_find(rest, '\n', 0) + 1);
    rest = slice_from(rest, strlen(name) + 1);
    for (;;) {
        rest = slice_trim(slice_from(rest, 0));
        struct slice one = slice_sub(rest, 0, slice_find(rest, ';', 0));
        must(one.n > 0 && one.n < rest.n, "no tag %s=", wanted);
        size_t equals = slice_find(one, '=', 0);
        if (slice_eq(slice_sub(one, 0, equals), slice_str(wanted))) {
            for (size_t i = equals + 1; i < one.n; i++)
                if (!octet_is_fws(one.p[i]))
                    text[n++] = (char)one.p[i];
            text[n] = '\0';
            return text;
        }
        rest = slice_from(rest, one.n + 1);
    }
}

/* --- what is written ---------------------------------------------------------------------------
 */

static void text_of_an_originator(void **state)
{
    (void)state;
    struct buffer message = signed_by_author(WAYBILL_DRAFT_09);
    static const char should[] =
        "DKIM2-Signature: i=1; m=1; t=1700000000; d=author.example;\r\n"
        " mf=PGFsaWNlQGF1dGhvci5leGFtcGxlPg==; rt=PGxpc3RAbGlzdHMuZXhhbXBsZT4=;\r\n"
        " s=ed:ed25519-sha256:";
    if (!slice_starts(buffer_slice(&message), slice_str(should)))
        fail_msg("%.*s", (int)sizeof should, (const char *)message.p);
    assert_string_equal(tag(&message, "Message-Instance", "m"), "1");
    const struct waybill_envelope envelope = to_list();
    assert_result(&message, WAYBILL_DRAFT_09, &envelope, WAYBILL_RESULT_PASS);
    assert_result(&message, WAYBILL_DRAFT_06, &envelope, WAYBILL_RESULT_PASS);
    assert_result(&message, WAYBILL_DRAFT_09, NULL, WAYBILL_RESULT_NOT_EVALUATED);
    buffer_free(&message);
}

/* Every line of what was put on top. */
static void assert_narrow(const struct buffer *message, size_t octets)
{
    struct slice top = slice_sub(buffer_slice(message), 0, octets);
    while (top.n > 0) {
        size_t n = slice_find(top, '\n', 0);
        if (n > 78)
            fail_msg("a line of %zu columns: %.*s", n, (int)n, (const char *)top.p);
        top = slice_from(top, n + 1);
    }
}

static const struct group_case {
    const char *name;
    enum waybill_draft draft;
    unsigned groups[2];
    bool given;
    char between; /* in s= */
} group_cases[] = {
    {"alternatives are the usual", WAYBILL_DRAFT_09, {0, 0}, false, '|'},
    {"one group", WAYBILL_DRAFT_09, {7, 7}, true, ','},
    {"two groups", WAYBILL_DRAFT_09, {1, 3}, true, '|'},
    {"06 has no alternatives", WAYBILL_DRAFT_06, {0, 0}, false, ','},
};

static void groups_of_keys(void **state)
{
    (void)state;
    const struct waybill_signing_key keys[] = {{"ed", lab.keys[LAB_ED25519]},
                                               {"long", lab.keys[LAB_RSA_LONG]}};
    const struct waybill_envelope envelope = to_list();
    for (size_t i = 0; i < sizeof group_cases / sizeof group_cases[0]; i++) {
        const struct group_case *c = &group_cases[i];
        struct buffer message = message_of(MESSAGE);
        struct plain_hop hop;
        size_t before = message.n;
        plain_hop(&lab, LAB_ED25519, "author.example", SENDER, LIST, &hop);
        hop.hop.keys = keys;
        hop.hop.n_keys = 2;
        hop.hop.groups = c->given ? c->groups : NULL;
        depart_well(&lab, &(struct departure){.draft = c->draft, .hops = &hop.hop, .n_hops = 1},
                    &message);
        const char *s = tag(&message, "DKIM2-Signature", "s");
        if (!strchr(s, c->between) || strchr(s, c->between == '|' ? ',' : '|'))
            fail_msg("%s: s=%s", c->name, s);
        assert_narrow(&message, message.n - before);
        assert_result(&message, c->draft, &envelope, WAYBILL_RESULT_PASS);
        buffer_free(&message);
    }
}

/* ML-DSA-44 signs the octets themselves, where the libcrypto that runs has it. */
static void pure_key(void **state)
{
    (void)state;
    const struct waybill_envelope envelope = to_list();
    struct buffer message = message_of(MESSAGE);
    struct plain_hop hop;
    char why[160], *record = NULL;
    size_t n;
    plain_hop(&lab, LAB_ED25519, "author.example", SENDER, LIST, &hop);
    hop.key.selector = "q";
    enum waybill_status status =
        waybill_key_make(lab.engine, WAYBILL_KEY_MLDSA44, 0, &hop.key.key, why);
    if (status == WAYBILL_OK) {
        print_message("# ML-DSA-44 is there\n");
        assert_int_equal(waybill_key_record(hop.key.key, &record, &n), WAYBILL_OK);
        const struct dns_row row = {"q._domainkey.author.example", WAYBILL_ANSWERED, {record}};
        depart_well(&lab,
                    &(struct departure){.draft = WAYBILL_DRAFT_09, .hops = &hop.hop, .n_hops = 1},
                    &message);
        struct trial t = arrive_with(&lab, &message, WAYBILL_DRAFT_09, &envelope, &row, 1);
        assert_int_equal(t.record->dkim2.verdict.result, WAYBILL_RESULT_PASS);
        trial_free(&t);
        waybill_key_free(hop.key.key);
        free(record);
    }
    buffer_free(&message);
}

static void nonce_and_flags(void **state)
{
    (void)state;
    static const char *const flags[] = {"exploded", "feedback"};
    const struct waybill_envelope envelope = to_list();
    struct buffer message = message_of(MESSAGE);
    struct plain_hop hop;
    plain_hop(&lab, LAB_ED25519, "author.example", SENDER, LIST, &hop);
    hop.hop.nonce = "0123456789012345678901234567890123456789012345678901234567890=:,";
    hop.hop.flags = flags;
    hop.hop.n_flags = 2;
    depart_well(&lab, &(struct departure){.draft = WAYBILL_DRAFT_09, .hops = &hop.hop, .n_hops = 1},
                &message);
    assert_string_equal(tag(&message, "DKIM2-Signature", "n"), hop.hop.nonce);
    assert_string_equal(tag(&message, "DKIM2-Signature", "f"), "exploded,feedback");
    assert_result(&message, WAYBILL_DRAFT_09, &envelope, WAYBILL_RESULT_PASS);
    buffer_free(&message);
}

/* The null path, UTF-8 on both sides of the @, brackets or none, several recipients. */
static const struct envelope_case {
    const char *name, *from, *domain;
    const char *to[2];
    size_t n;
} envelope_cases[] = {
    {"the null path", "<>", "author.example", {LIST}, 1},
    {"the null path without brackets", "", "author.example", {LIST}, 1},
    {"brackets", "<" SENDER ">", "author.example", {"<" LIST ">"}, 1},
    {"below d=", "a@b.author.example", "author.example", {LIST}, 1},
    {"case of a domain", "a@B.Author.Example", "author.EXAMPLE", {LIST}, 1},
    {"UTF-8",
     "j\xC3\xBCrg@b\xC3\xBC"
     "cher.author.example",
     "author.example",
     {LIST},
     1},
    {"a quoted local part", "\"a b;c\"@author.example", "author.example", {LIST}, 1},
    {"two that see each other", SENDER, "author.example", {LIST, "bob@home.example"}, 2},
};

static void envelopes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof envelope_cases / sizeof envelope_cases[0]; i++) {
        const struct envelope_case *c = &envelope_cases[i];
        struct buffer message = message_of(MESSAGE);
        struct plain_hop hop;
        plain_hop(&lab, LAB_ED25519, c->domain, c->from, c->to[0], &hop);
        hop.hop.rcpt_to = c->to;
        hop.hop.rcpts = c->n;
        char reason[200];
        if (depart(&lab,
                   &(struct departure){.draft = WAYBILL_DRAFT_09, .hops = &hop.hop, .n_hops = 1},
                   &message, reason) != WAYBILL_OK)
            fail_msg("%s: %s", c->name, reason);
        const struct waybill_envelope envelope = {
            .mail_from = c->from, .rcpt_to = c->to, .rcpts = c->n};
        assert_result(&message, WAYBILL_DRAFT_09, &envelope, WAYBILL_RESULT_PASS);
        buffer_free(&message);
    }
}

/* A provider signs hop 1 for its customer, who has no server of its own, and hop 2 for itself. */
static void imaginary_hop(void **state)
{
    (void)state;
    struct buffer message = message_of(MESSAGE);
    struct plain_hop customer, provider;
    const struct waybill_envelope envelope = {
        .mail_from = "bounce@provider.example", .rcpt_to = &customer.to, .rcpts = 1};
    plain_hop(&lab, LAB_RSA_LONG, "author.example", NULL, LIST, &customer);
    plain_hop(&lab, LAB_ED25519, "provider.example", envelope.mail_from, LIST, &provider);
    customer.hop.rcpts = 0;
    customer.hop.next_domain = "Provider.Example";
    const struct waybill_dkim2_hop hops[] = {customer.hop, provider.hop};
    depart_well(&lab, &(struct departure){.draft = WAYBILL_DRAFT_09, .hops = hops, .n_hops = 2},
                &message);
    assert_string_equal(tag(&message, "DKIM2-Signature", "i"), "2");
    assert_result(&message, WAYBILL_DRAFT_09, &envelope, WAYBILL_RESULT_PASS);
    buffer_free(&message);
}

/* A forwarder that changes nothing adds no instance; a reviser adds one with its recipe. */
static void next_hops(void **state)
{
    (void)state;
    const struct waybill_envelope first = to_list();
    struct buffer message = signed_by_author(WAYBILL_DRAFT_09), arrived;
    struct plain_hop hop, next;
    plain_hop(&lab, LAB_RSA_LONG, "lists.example", "owner@lists.example", "bob@home.example", &hop);
    struct departure how = {
        .draft = WAYBILL_DRAFT_09, .hops = &hop.hop, .n_hops = 1, .arrived = &first};
    depart_well(&lab, &how, &message);
    assert_string_equal(tag(&message, "DKIM2-Signature", "m"), "1");
    const struct waybill_envelope second = {
        .mail_from = "owner@lists.example", .rcpt_to = &hop.to, .rcpts = 1};
    assert_result(&message, WAYBILL_DRAFT_09, &second, WAYBILL_RESULT_PASS);

    arrived = message_of("");
    buffer_add(&arrived, buffer_slice(&message));
    replace(&message, "Subject: x", "Subject: [y] x");
    buffer_add_str(&message, "-- \r\nfooter\r\n");
    plain_hop(&lab, LAB_ED25519, "home.example", "bob@home.example", "carol@far.example", &next);
    how.hops = &next.hop;
    how.arrived = &second;
    how.before = &arrived;
    depart_well(&lab, &how, &message);
    assert_string_equal(tag(&message, "DKIM2-Signature", "m"), "2");
    const struct waybill_envelope third = {
        .mail_from = "bob@home.example", .rcpt_to = &next.to, .rcpts = 1};
    assert_result(&message, WAYBILL_DRAFT_09, &third, WAYBILL_RESULT_PASS);
    buffer_free(&arrived);
    buffer_free(&message);
}

/* --- refusals ----------------------------------------------------------------------------------
 */

/* A first hop of a message. */
static const struct refusal_case {
    const char *name, *message, *domain, *from, *to;
    enum lab_key key;
    const char *reason;
} refusal_cases[] = {
    {"a lone CR", "From: a@author.example\r\n\r\na\rb\r\n", "author.example", SENDER, LIST,
     LAB_ED25519,
     "a CR or LF stands alone (RFC 5321 section 2.3.8): it would be changed on the way, and the "
     "hash with it"},
    {"a lone LF in the header", "From: a@author.example\r\nSubject: a\nb\r\n\r\n", "author.example",
     SENDER, LIST, LAB_ED25519,
     "a CR or LF stands alone (RFC 5321 section 2.3.8): it would be changed on the way, and the "
     "hash with it"},
    {"a short key", MESSAGE, "author.example", SENDER, LIST, LAB_RSA,
     "the RSA key rsa has 1024 bits: DKIM2 signs with 2048 or more"},
    {"a foreign author", "From: a@bank.example\r\n\r\n", "author.example", SENDER, LIST,
     LAB_ED25519, "From is not Authentic: its domain is not d=author.example or below it"},
    {"one of two authors", "From: a@author.example, b@bank.example\r\n\r\n", "author.example",
     SENDER, LIST, LAB_ED25519,
     "From is not Authentic: its domain is not d=author.example or below it"},
    {"a second From", "From: a@author.example\r\nFrom: b@bank.example\r\n\r\n", "author.example",
     SENDER, LIST, LAB_ED25519,
     "From is not Authentic: its domain is not d=author.example or below it"},
    {"an author above d=", "From: a@author.example\r\n\r\n", "mail.author.example",
     "a@mail.author.example", LIST, LAB_ED25519,
     "From is not Authentic: its domain is not d=mail.author.example or below it"},
    {"no author", "Subject: x\r\n\r\n", "author.example", SENDER, LIST, LAB_ED25519,
     "From is not Authentic: there is none"},
    {"an author that cannot be read", "From: a@@author.example\r\n\r\n", "author.example", SENDER,
     LIST, LAB_ED25519, "From is not Authentic: it cannot be read"},
    {"MAIL FROM elsewhere", MESSAGE, "author.example", "a@home.example", LIST, LAB_ED25519,
     "d=author.example does not cover the domain of MAIL FROM, home.example (section 8.8)"},
    {"fields of a chain that nobody judged",
     "Message-Instance: m=1; h=sha256:AAAA:AAAA;\r\n" MESSAGE, "author.example", SENDER, LIST,
     LAB_ED25519, "the chain is not Fully Verified ("},
};

static void refusals(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refusal_cases / sizeof refusal_cases[0]; i++) {
        const struct refusal_case *c = &refusal_cases[i];
        struct buffer message = message_of(c->message);
        struct plain_hop hop;
        char reason[200];
        plain_hop(&lab, c->key, c->domain, c->from, c->to, &hop);
        struct departure how = {.draft = WAYBILL_DRAFT_09, .hops = &hop.hop, .n_hops = 1};
        if (depart(&lab, &how, &message, reason) != WAYBILL_REFUSED ||
            !slice_starts(slice_str(reason), slice_str(c->reason)))
            fail_msg("%s: %s", c->name, reason);
        assert_true(slice_eq(buffer_slice(&message), slice_str(c->message)));
        buffer_free(&message);
    }
}

/* A second hop on what the author sent to the list. */
static const struct next_case {
    const char *name, *from, *to, *domain;
    const char *change[2]; /* of the message, after it arrived; NULL: none */
    bool unknown;          /* the envelope with which it arrived */
    bool revised;          /* there is a recipe */
    const char *arrived_to;
    const char *reason; /* NULL: none */
} next_cases[] = {
    {"as it should be",
     "o@lists.example",
     "bob@home.example",
     "lists.example",
     {NULL},
     false,
     false,
     LIST,
     NULL},
    {"below the domain it was sent to",
     "o@b.lists.example",
     "bob@home.example",
     "b.lists.example",
     {NULL},
     false,
     false,
     LIST,
     NULL},
    {"a bounce of the recipient",
     "<>",
     "bob@home.example",
     "lists.example",
     {NULL},
     false,
     false,
     LIST,
     NULL},
    {"an envelope that nobody knows",
     "o@lists.example",
     "bob@home.example",
     "lists.example",
     {NULL},
     true,
     false,
     LIST,
     "the chain is not Fully Verified (the envelope is not known): it must not be extended"},
    {"another envelope",
     "o@lists.example",
     "bob@home.example",
     "lists.example",
     {NULL},
     false,
     false,
     "other@lists.example",
     "the chain is not Fully Verified ("},
    {"elsewhere",
     "o@far.example",
     "bob@home.example",
     "far.example",
     {NULL},
     false,
     false,
     LIST,
     "the custody breaks: i=1 was not sent to far.example: rewrite MAIL FROM into a domain that it "
     "was sent to, or add a hop of that domain with nd="},
    {"a change without a recipe",
     "o@lists.example",
     "bob@home.example",
     "lists.example",
     {"Subject: x", "Subject: y"},
     false,
     false,
     LIST,
     "the chain is not Fully Verified ("},
    {"a change with its recipe",
     "o@lists.example",
     "bob@home.example",
     "lists.example",
     {"Subject: x", "Subject: y"},
     false,
     true,
     LIST,
     NULL},
    {"another author",
     "o@lists.example",
     "bob@home.example",
     "lists.example",
     {"alice@author.example>", "alice@author.test>"},
     false,
     true,
     LIST,
     "From is not Authentic: its domain is not d=lists.example or below it"},
    {"an author of its own",
     "o@lists.example",
     "bob@home.example",
     "lists.example",
     {"<alice@author.example>", "<alice=author.example@lists.example>"},
     false,
     true,
     LIST,
     NULL},
    {"a chain that lost a field",
     "o@lists.example",
     "bob@home.example",
     "lists.example",
     {"Message-Instance:", "X-Message-Instance:"},
     false,
     true,
     LIST,
     "the message as it leaves has lost fields of the chain that it arrived with"},
};

static void refusals_of_next_hops(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof next_cases / sizeof next_cases[0]; i++) {
        const struct next_case *c = &next_cases[i];
        struct buffer arrived = signed_by_author(WAYBILL_DRAFT_09), message = message_of("");
        const struct waybill_envelope envelope = {
            .mail_from = SENDER, .rcpt_to = &c->arrived_to, .rcpts = 1};
        struct plain_hop hop;
        char reason[200];
        buffer_add(&message, buffer_slice(&arrived));
        if (c->change[0])
            replace(&message, c->change[0], c->change[1]);
        plain_hop(&lab, LAB_ED25519, c->domain, c->from, c->to, &hop);
        struct departure how = {.draft = WAYBILL_DRAFT_09,
                                .hops = &hop.hop,
                                .n_hops = 1,
                                .arrived = c->unknown ? NULL : &envelope,
                                .before = c->revised ? &arrived : NULL};
        enum waybill_status status = depart(&lab, &how, &message, reason);
        if (status != (c->reason ? WAYBILL_REFUSED : WAYBILL_OK) ||
            !slice_starts(slice_str(reason), slice_str(c->reason ? c->reason : "")))
            fail_msg("%s: %s, %s", c->name, waybill_status_text(status), reason);
        buffer_free(&message);
        buffer_free(&arrived);
    }
}

/* What nobody can say now may be said later: refused, and worth another try. */
static void temporary(void **state)
{
    (void)state;
    static const struct dns_row rows[] = {
        {"ed._domainkey.author.example", WAYBILL_TIMEOUT, {NULL}}};
    const struct waybill_envelope envelope = to_list();
    struct buffer message = signed_by_author(WAYBILL_DRAFT_09);
    struct trial_input in = {
        .message = buffer_slice(&message), .rows = rows, .n_rows = 1, .envelope = &envelope};
    struct plain_hop hop;
    struct waybill_signer *signer;
    enum waybill_progress progress;
    plain_hop(&lab, LAB_ED25519, "lists.example", "o@lists.example", "bob@home.example", &hop);
    const struct waybill_dkim2_options options = {
        .draft = WAYBILL_DRAFT_09, .now = LAB_NOW, .hops = &hop.hop, .n_hops = 1};
    struct trial t = {0};
    assert_int_equal(waybill_message_new(lab.engine, WAYBILL_LINES_CRLF, &t.message), WAYBILL_OK);
    assert_int_equal(waybill_check_new(t.message, LAB_NOW, &t.check), WAYBILL_OK);
    assert_int_equal(waybill_check_envelope(t.check, &envelope), WAYBILL_OK);
    assert_int_equal(waybill_dkim2_signer_new(t.message, t.check, NULL, &options, &signer),
                     WAYBILL_OK);
    assert_int_equal(waybill_signer_step(signer, &progress), WAYBILL_OK);
    assert_int_equal(progress, WAYBILL_MORE);
    assert_int_equal(waybill_message_feed(t.message, message.p, message.n), WAYBILL_OK);
    assert_int_equal(waybill_message_end(t.message), WAYBILL_OK);
    assert_int_equal(waybill_signer_step(signer, &progress), WAYBILL_OK);
    assert_int_equal(progress, WAYBILL_ASK);
    trial_finish(&t, &lab, &in);
    assert_int_equal(waybill_signer_step(signer, &progress), WAYBILL_REFUSED);
    assert_true(waybill_signer_may_retry(signer));
    waybill_signer_free(signer);
    trial_free(&t);
    buffer_free(&message);
}

/* An arrangement covers a chain that was broken, not one that cannot be numbered. */
static void out_of_band(void **state)
{
    (void)state;
    const struct waybill_envelope wrong = {.mail_from = "x@y.example"};
    struct buffer message = signed_by_author(WAYBILL_DRAFT_09);
    struct plain_hop hop;
    char reason[200];
    plain_hop(&lab, LAB_ED25519, "lists.example", "o@lists.example", "bob@home.example", &hop);
    struct departure how = {.draft = WAYBILL_DRAFT_09,
                            .hops = &hop.hop,
                            .n_hops = 1,
                            .arrived = &wrong,
                            .out_of_band = true};
    depart_well(&lab, &how, &message);
    replace(&message, "DKIM2-Signature: i=2", "DKIM2-Signature: i=3");
    assert_int_equal(depart(&lab, &how, &message, reason), WAYBILL_REFUSED);
    assert_string_equal(reason,
                        "the chain has no signature i=2: nothing can be signed on top of it");
    buffer_free(&message);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_of_an_originator),
        cmocka_unit_test(groups_of_keys),
        cmocka_unit_test(pure_key),
        cmocka_unit_test(nonce_and_flags),
        cmocka_unit_test(envelopes),
        cmocka_unit_test(imaginary_hop),
        cmocka_unit_test(next_hops),
        cmocka_unit_test(refusals),
        cmocka_unit_test(refusals_of_next_hops),
        cmocka_unit_test(temporary),
        cmocka_unit_test(out_of_band),
    };
    return cmocka_run_group_tests_name("dkim2_signer", tests, lab_set_up, lab_tear_down);
}
