/* How a chain that validates sits on its message. */
#include "policy/policy.h"

#include "record/record.h"
#include "support/forge.h"
#include "support/group.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

enum { HOPS = 3 };

#define RESTARTED_BY_REPORT "the first set reports a chain that is not there"
#define RESTARTED_BY_SIGNATURE "a signature of somebody else is older than the first set"
#define RESTARTED_BY_RECEIVED "Received fields older than the first set name more handlers"

static const struct waybill_envelope nobody = {.ip = "192.0.2.1"};
static const struct waybill_envelope by_helo = {
    .ip = "192.0.2.1", .helo = "OUT.Lists.example", .mail_from = "<>"};
static const struct waybill_envelope by_sender = {
    .ip = "192.0.2.1", .helo = "mx.example", .mail_from = "a@bounce.lists.example"};
static const struct waybill_envelope stranger = {
    .ip = "192.0.2.1", .helo = "notlists.example", .mail_from = "a@elsewhere.example"};

/* What is said: "untrusted=M before=N client=HOW gone=I:DOMAIN/SELECTOR …". */
static const struct facts_case {
    const char *name;
    const char *top;    /* fields that are there before anybody seals */
    const char *signer; /* whose DKIM signature is; NULL: none */
    struct {
        const char *domain, *claims;
    } hops[HOPS];
    const struct waybill_envelope *envelope;
    const char *restarted;
    const char *says;
} cases[] = {
    {"a list",
     "Received: from author by lists.example; x\r\n",
     "author.example",
     {{"lists.example", "dkim=pass header.d=author.example header.s=rsa"}},
     &nobody,
     NULL,
     "untrusted=0 before=0 client=?"},
    {"the newest is not trusted",
     "",
     NULL,
     {{"lists.example", "none"}, {"stranger.example", "none"}},
     &nobody,
     NULL,
     "untrusted=2 before=0 client=?"},
    {"the first is not trusted, which the second vouches for",
     "",
     NULL,
     {{"stranger.example", "none"}, {"lists.example", "none"}},
     &nobody,
     NULL,
     "untrusted=1 before=0 client=?"},
    {"the first sealer saw a chain",
     "",
     NULL,
     {{"lists.example", "arc=fail"}},
     &nobody,
     RESTARTED_BY_REPORT,
     "untrusted=0 before=0 client=?"},
    {"the first sealer saw none",
     "",
     NULL,
     {{"lists.example", "arc=none"}},
     &nobody,
     NULL,
     "untrusted=0 before=0 client=?"},
    {"a second sealer saw one",
     "",
     NULL,
     {{"lists.example", "arc=none"}, {"lists.example", "arc=pass"}},
     &nobody,
     NULL,
     "untrusted=0 before=0 client=?"},
    {"another list signed before",
     "",
     "other-list.test",
     {{"lists.example", "none"}},
     &nobody,
     RESTARTED_BY_SIGNATURE,
     "untrusted=0 before=0 client=?"},
    {"the sealer's own signature",
     "",
     "mail.lists.example",
     {{"lists.example", "none"}},
     &nobody,
     NULL,
     "untrusted=0 before=0 client=?"},
    {"the author's provider",
     "Received: by a.provider.test; x\r\nReceived: from x by b.provider.test; x\r\n",
     NULL,
     {{"lists.example", "none"}},
     &nobody,
     NULL,
     "untrusted=0 before=1 client=?"},
    {"more handlers before",
     "Received: by mx.one.test; x\r\nReceived: by mx.two.test; x\r\nReceived: by nobody; x\r\n"
     "Received: by [192.0.2.1]; x\r\nReceived: by mail.author.example; x\r\n",
     NULL,
     {{"lists.example", "none"}},
     &nobody,
     RESTARTED_BY_RECEIVED,
     "untrusted=0 before=3 client=?"},
    {"the client says so",
     "",
     NULL,
     {{"lists.example", "none"}},
     &by_helo,
     NULL,
     "untrusted=0 before=0 client=helo"},
    {"the sender shows it",
     "",
     NULL,
     {{"lists.example", "none"}},
     &by_sender,
     NULL,
     "untrusted=0 before=0 client=mail-from"},
    {"somebody else hands it over",
     "",
     NULL,
     {{"lists.example", "none"}},
     &stranger,
     NULL,
     "untrusted=0 before=0 client=-"},
    {"a signature that was seen is gone",
     "",
     "author.example",
     {{"lists.example", "dkim=pass header.d=author.example header.s=rsa; "
                        "dkim=fail header.d=author.example header.s=old; dkim=pass "
                        "header.d=gone.example; dkim=none; spf=pass smtp.mailfrom=x.example"}},
     &nobody,
     NULL,
     "untrusted=0 before=0 client=? gone=1:author.example/old gone=1:gone.example/"},
    {"another signature with the same names",
     "",
     "author.example",
     {{"lists.example", "dkim=pass header.d=author.example header.s=rsa header.b=AAAA"}},
     &nobody,
     NULL,
     "untrusted=0 before=0 client=? gone=1:author.example/rsa"},
};

static struct buffer message_of_case(const struct facts_case *c)
{
    struct buffer message = message_of("From: alice@author.example\r\nSubject: x\r\n\r\nHello\r\n");
    char tags[128];
    if (c->signer) {
        snprintf(tags, sizeof tags, "v=1; a=rsa-sha256; d=%s; s=rsa; h=from; bh=@; b=", c->signer);
        forge_signature(&lab, LAB_RSA, "DKIM-Signature", tags, &message);
    }
    put_on_top(&message, slice_str(c->top));
    for (size_t i = 0; i < HOPS && c->hops[i].domain; i++)
        seal_reporting(&lab, c->hops[i].domain, c->hops[i].claims, &message);
    return message;
}

static void say(struct buffer *out, const struct chain_facts *facts)
{
    const char *client = facts->client_is_sealer ? facts->client_is_sealer : "-";
    buffer_printf(out, "untrusted=%u before=%zu client=%s", facts->first_untrusted,
                  facts->handlers_before, facts->client_known ? client : "?");
    for (size_t i = 0; i < facts->n_gone; i++) {
        buffer_printf(out, " gone=%u:", facts->gone[i].instance);
        buffer_add(out, facts->gone[i].domain);
        buffer_add_octet(out, '/');
        buffer_add(out, facts->gone[i].selector);
    }
}

static void all_facts(void **state)
{
    (void)state;
    struct waybill_policy *policy;
    struct waybill_text_error error;
    assert_int_equal(waybill_policy_new(&policy), WAYBILL_OK);
    assert_int_equal(waybill_policy_trust(policy, "lists.example", 13, &error), WAYBILL_OK);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct facts_case *c = &cases[i];
        struct buffer message = message_of_case(c), said = buffer_new(1024);
        struct trial_input in = {
            .message = buffer_slice(&message), .envelope = c->envelope, .policy = policy};
        struct trial t = trial_run(&lab, &in);
        const struct chain_facts *facts = &t.record->decision.chain;
        assert_true(facts->known);
        say(&said, facts);
        if (!slice_eq(buffer_slice(&said), slice_str(c->says)))
            fail_msg("%s: %.*s", c->name, SLICE_ARGS(buffer_slice(&said)));
        if (!facts->restarted != !c->restarted ||
            (c->restarted && strcmp(facts->restarted, c->restarted) != 0))
            fail_msg("%s: %s", c->name, facts->restarted ? facts->restarted : "not restarted");
        trial_free(&t);
        buffer_free(&said);
        buffer_free(&message);
    }
    waybill_policy_free(policy);
}

/* Of a chain that does not validate nothing is known. */
static void broken_chain(void **state)
{
    (void)state;
    struct waybill_policy *policy;
    struct facts_case c = {
        .envelope = &by_helo, .hops = {{"lists.example", "arc=pass"}}, .top = ""};
    struct buffer message = message_of_case(&c);
    assert_int_equal(waybill_policy_new(&policy), WAYBILL_OK);
    replace(&message, "Hello", "Hullo");
    struct trial_input in = {
        .message = buffer_slice(&message), .envelope = c.envelope, .policy = policy};
    struct trial t = trial_run(&lab, &in);
    assert_false(t.record->decision.chain.known);
    assert_null(t.record->decision.chain.restarted);
    trial_free(&t);
    buffer_free(&message);
    waybill_policy_free(policy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(all_facts), cmocka_unit_test(broken_chain)};
    return cmocka_run_group_tests_name("facts", tests, lab_set_up, lab_tear_down);
}
