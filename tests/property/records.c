/*
 * Writes the records of many messages, one JSON text a line, for schema.py: signed and sealed ones,
 * broken ones, odd ones, as chance makes them. `records N SEED`; with a third word, as a journal
 * has them.
 */
#include "support/custody_chance.h"
#include "support/forge.h"

#include <stdio.h>
#include <stdlib.h>

static const struct dns_row rows[] = {
    {"slow._domainkey.a.example", WAYBILL_TIMEOUT, {NULL}},
    {"broken._domainkey.a.example", WAYBILL_SERVFAIL, {NULL}},
    {"none._domainkey.a.example", WAYBILL_NODATA, {NULL}},
    {"revoked._domainkey.a.example", WAYBILL_ANSWERED, {"t=y; p="}},
    {"mail.author.example",
     WAYBILL_ANSWERED,
     {"v=spf1 include:b.example exists:%{i}.gone.example "
      "redirect=c.example"}},
    {"b.example", WAYBILL_ANSWERED, {"v=spf1 a:h.example ?all"}},
    {"A h.example", WAYBILL_ANSWERED, {"192.0.2.9"}},
    {"c.example", WAYBILL_ANSWERED, {"v=spf1 -ip4:192.0.2.1 exp=why.c.example"}},
    {"why.c.example", WAYBILL_ANSWERED, {"%{i} is not ours, says %{r}"}},
    {"_dmarc.author.example", WAYBILL_ANSWERED, {"v=DMARC1; p=reject; adkim=x; t=y"}},
    {"_dmarc.c.example", WAYBILL_ANSWERED, {"v=DMARC1; p=reject; np=none"}},
    {"reputation b.example", WAYBILL_ANSWERED, {"80"}},
};

static const char trust[] = "a.example sealer\n";

static const struct waybill_rule rules[] = {
    {.name = "newest", .reporter = WAYBILL_REPORTER_NEWEST, .reputation = 50},
    {.name = "any", .reported = WAYBILL_REPORTED_DMARC, .reporter = WAYBILL_REPORTER_ANY},
    {.name = "custody", .reported = WAYBILL_REPORTED_DKIM2, .reputation = 50},
};

static const char *const tops[] = {
    "DKIM-Signature: v=1; a=rsa-sha1; d=a.example; s=rsa; h=from; bh=AAAA; b=AAAA\r\n",
    "DKIM-Signature: v=1; a=rsa-sha256; d=a.example; s=slow; x=1; h=from; bh=AAAA; b=AAAA\r\n",
    "DKIM-Signature: v=1; a=rsa-sha256; d=a.example; s=broken; i=\xE9@a.example; h=from;\r\n"
    " bh=AAAA; b=AAAA\r\n",
    "DKIM-Signature: v=1; a=rsa-sha256; d=a.example; s=none; h=from; bh=AAAA; b=AAAA\r\n",
    "DKIM-Signature: v=1; a=rsa-sha256; d=a.example; s=revoked; h=from; bh=AAAA; b=AAAA\r\n",
    "DKIM-Signature: v=1; a=rsa-sha256; d=a.example; s=gone; l=99999999999999999999; h=from;\r\n"
    " bh=AAAA; b=AAAA; i=@b.a.example; c=relaxed\r\n",
    "DKIM-Signature: \r\n",
    "ARC-Seal: i=3; a=rsa-sha256; cv=fail; d=a.example; s=rsa; b=AAAA\r\n",
    "ARC-Seal: i=0\r\n",
    "ARC-Message-Signature: i=2; a=rsa-sha256; d=a.example; s=slow; h=from; bh=AAAA; b=AAAA\r\n",
    "ARC-Authentication-Results: i=1; mx.example; spf=pass reason=\"ok \\\\ \xE9\" (c)\r\n"
    " smtp.mailfrom=a@a.example; dkim=none\r\n",
    "ARC-Authentication-Results: i=4; mx.example; dkim=\r\n",
    "From: =?utf-8?q?x?= <\"a b\"@b.example>, Group: c@d.example;, e@[192.0.2.1]\r\n",
    "From: a@b.c.example\r\n",
    "From: a@1.example, a@2.example, a@3.example, a@4.example, a@5.example\r\n",
};

/* What stands on a message before it is sealed. */
static const char *const histories[] = {
    "",
    "Authentication-Results: mx.example; dkim=pass header.d=author.example header.s=gone;\r\n"
    " dkim=pass header.d=other.example; spf=pass smtp.mailfrom=a@author.example;\r\n"
    " dmarc=pass header.from=author.example\r\n",
    "Authentication-Results: mx.example; arc=pass\r\n",
    "Received: from x by mx.one.example; y\r\nReceived: by mx.two.example; y\r\n",
};

enum { HISTORIES = sizeof histories / sizeof histories[0] };

static struct buffer make_message(const struct lab *lab, struct prng *p)
{
    bool strange = prng_below(p, 2);
    struct buffer message = message_of_chance(p, strange);
    bool mbox = slice_starts(buffer_slice(&message), SLICE("From a"));
    struct signing how = {.domain = "a.example", .key = (enum lab_key)prng_below(p, LAB_KEYS)};
    if (!mbox && prng_below(p, 2))
        forge_signature(lab, LAB_RSA, "DKIM-Signature",
                        "v=1; a=rsa-sha256; d=a.example; s=rsa; l=5; t=1; x=1900000000; h=from; "
                        "bh=@; b=",
                        &message);
    if (!mbox)
        put_on_top(&message, slice_str(histories[prng_below(p, HISTORIES)]));
    for (size_t hops = mbox ? 0 : prng_below(p, 3); hops > 0; hops--) {
        how.authserv_id = "mx.example";
        how.results = prng_below(p, 2) ? "mx.example" : NULL;
        sign_message(lab, &how, &message, NULL);
        how.domain = "b.example";
    }
    if (!strange && prng_below(p, 2))
        custody_of_chance(lab, p, &message);
    for (size_t n = mbox ? 0 : prng_below(p, 4); n > 0; n--)
        put_on_top(&message, slice_str(tops[prng_below(p, sizeof tops / sizeof tops[0])]));
    return message;
}

/* Drivers that know how an answer came say so. */
static void answer_with_facts(struct trial *t, const struct lab *lab, struct prng *p)
{
    const struct waybill_question *open;
    size_t n;
    must(waybill_check_questions(t->check, &open, &n) == WAYBILL_OK, "no questions");
    for (size_t i = 0; i < n; i++) {
        struct waybill_datum room[DNS_ROW_TEXTS];
        struct waybill_answer a = lab_answer(lab, LAB_ROWS(rows), &open[i], room);
        a.ms = (int64_t)prng_below(p, 50);
        a.octets = (int64_t)prng_below(p, 500);
        a.ttl = (int64_t)prng_below(p, 3600);
        a.cached = (int)prng_below(p, 2);
        a.secure = (int)prng_below(p, 2);
        must(waybill_check_answer(t->check, &open[i], &a) == WAYBILL_OK, "an answer was refused");
    }
}

static struct waybill_policy *make_policy(struct prng *p)
{
    struct waybill_policy *policy;
    struct waybill_text_error error;
    char why[WAYBILL_POLICY_WHY] = "";
    must(waybill_policy_new(&policy) == WAYBILL_OK, "no policy");
    must(waybill_policy_trust(policy, trust, sizeof trust - 1, &error) == WAYBILL_OK, "no trust");
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        must(waybill_policy_rule(policy, &rules[i], why) == WAYBILL_OK, "%s", why);
        must(waybill_policy_shadow(policy, rules[i].name, why) == WAYBILL_OK, "%s", why);
    }
    if (prng_below(p, 2))
        must(waybill_policy_override(policy, WAYBILL_RULE_FIRST_DKIM, why) == WAYBILL_OK, "%s",
             why);
    for (int m = WAYBILL_METHOD_SPF; m <= WAYBILL_METHOD_DMARC; m++) {
        waybill_policy_reject(policy, (enum waybill_method)m, (int)prng_below(p, 2));
        waybill_policy_defer(policy, (enum waybill_method)m, (int)prng_below(p, 2));
    }
    return policy;
}

/* What else may be set. */
static void set_up(struct waybill_check *check, struct prng *p)
{
    enum waybill_draft draft = prng_below(p, 2) ? WAYBILL_DRAFT_06 : WAYBILL_DRAFT_09;
    must(waybill_check_draft(check, draft) == WAYBILL_OK, "no draft");
    must(waybill_check_align_dkim2(check, (int)prng_below(p, 2)) == WAYBILL_OK, "not set");
    if (prng_below(p, 16) == 0)
        must(waybill_check_methods(check, (unsigned)prng_below(p, 32)) == WAYBILL_OK, "no methods");
    if (prng_below(p, 2))
        must(waybill_check_id(check, "0123456789abcdef") == WAYBILL_OK, "no id");
}

static const char *one_of(struct prng *p, const char *a, const char *b, const char *c)
{
    const char *all[] = {a, b, c};
    return all[prng_below(p, 3)];
}

static char *journal_text(const struct waybill_record *record)
{
    char *text;
    size_t n;
    must(waybill_record_journal(record, "the site's key", 14, &text, &n) == WAYBILL_OK,
         "no line of a journal");
    return text;
}

static void write_record(const struct lab *lab, struct prng *p, bool journal)
{
    static const char *const rcpt[] = {"<b@c.example>"};
    const struct waybill_envelope envelope = {
        .ip = one_of(p, "192.0.2.1", "192.0.2.9", NULL),
        .helo = one_of(p, "mx\xE9", "mail.author.example", NULL),
        .mail_from = one_of(p, "<>", "x@b.example", NULL),
        .rcpt_to = rcpt,
        .rcpts = prng_below(p, 2),
        .receiver = prng_below(p, 2) ? "mx.here.example" : NULL};
    struct buffer message = make_message(lab, p);
    struct waybill_policy *policy = prng_below(p, 4) ? make_policy(p) : NULL;
    struct trial t = {0};
    struct trial_input in = {.rows = LAB_ROWS(rows)};
    enum waybill_lines lines = prng_below(p, 2) ? WAYBILL_LINES_CRLF : WAYBILL_LINES_DETECT;
    must(waybill_message_new(lab->engine, lines, &t.message) == WAYBILL_OK, "no message");
    must(waybill_check_new(t.message, LAB_NOW, &t.check) == WAYBILL_OK, "no check");
    if (policy)
        must(waybill_policy_attach(policy, t.check) == WAYBILL_OK, "no judge");
    set_up(t.check, p);
    if (prng_below(p, 4))
        must(waybill_check_envelope(t.check, &envelope) == WAYBILL_OK, "no envelope");
    must(waybill_message_feed(t.message, message.p, message.n) == WAYBILL_OK, "not fed");
    must(waybill_message_end(t.message) == WAYBILL_OK, "not ended");
    if (prng_below(p, 2))
        answer_with_facts(&t, lab, p);
    trial_finish(&t, lab, &in);
    char *text = journal ? journal_text(t.record) : record_text(t.record);
    puts(text);
    free(text);
    trial_free(&t);
    waybill_policy_free(policy);
    buffer_free(&message);
}

int main(int argc, char **argv)
{
    uint64_t n = 0, seed = 0;
    must((argc == 3 || argc == 4) && slice_number(slice_str(argv[1]), 9, &n) &&
             slice_number(slice_str(argv[2]), 19, &seed),
         "usage: records N SEED [journal]");
    struct lab lab = lab_new();
    struct prng p = {seed};
    while (n-- > 0)
        write_record(&lab, &p, argc == 4);
    lab_free(&lab);
    return 0;
}
