/*
 * A whole check: the first octet says how lines end, the second where the
 * message is cut; the rest is the message. The record must not depend on the cut.
 */
#include "support/support.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct lab lab;
static struct waybill_policy *policy;

/* Names beside those of the lab's keys, and what is said of them. */
static const struct dns_row rows[] = {
    {"slow._domainkey.a.example", WAYBILL_TIMEOUT, {NULL}},
    {"two._domainkey.a.example", WAYBILL_ANSWERED, {"p=", "k=rsa; p=AAAA"}},
    {"odd._domainkey.a.example", WAYBILL_ANSWERED, {"v=DKIM1; t=y:s; h=sha1; s=x; p=MIGf", "x"}},
    {"none._domainkey.a.example", WAYBILL_NODATA, {NULL}},
    {"a.example", WAYBILL_ANSWERED, {"v=spf1 include:b.example exists:%{l1r-}.%{i} -all"}},
    {"b.example", WAYBILL_ANSWERED, {"v=spf1 ?all"}},
    {"_dmarc.a.example", WAYBILL_ANSWERED, {"v=DMARC1; p=reject; sp=quarantine"}},
    {"_dmarc.example", WAYBILL_ANSWERED, {"v=DMARC1; p=none; psd=y; np=reject"}},
    {"_dmarc.slow.example", WAYBILL_TIMEOUT, {NULL}},
};

static const char *const rcpt[] = {"<b@c.example>"};
static const struct waybill_envelope envelope = {.ip = "192.0.2.1",
                                                 .helo = "mx.a.example",
                                                 .mail_from = "<a@a.example>",
                                                 .rcpt_to = rcpt,
                                                 .rcpts = 1};

/* Whoever is below "example" is trusted: chains that the input can hold. */
static struct waybill_policy *policy_new(void)
{
    static const struct waybill_rule custody = {.name = "custody",
                                                .reported = WAYBILL_REPORTED_DKIM2};
    static const char trust[] = "*.example";
    struct waybill_policy *made;
    struct waybill_text_error error;
    char why[WAYBILL_POLICY_WHY];
    must(waybill_policy_new(&made) == WAYBILL_OK, "no policy");
    must(waybill_policy_trust(made, trust, sizeof trust - 1, &error) == WAYBILL_OK, "no trust");
    must(waybill_policy_override(made, WAYBILL_RULE_FIRST_DKIM, why) == WAYBILL_OK, "no rule");
    must(waybill_policy_shadow(made, WAYBILL_RULE_FIRST_SPF, why) == WAYBILL_OK, "no shadow");
    must(waybill_policy_rule(made, &custody, why) == WAYBILL_OK &&
             waybill_policy_shadow(made, custody.name, why) == WAYBILL_OK,
         "no shadow");
    return made;
}

static struct trial start(enum waybill_lines lines)
{
    struct trial t = {0};
    must(waybill_message_new(lab.engine, lines, &t.message) == WAYBILL_OK, "no message");
    must(waybill_check_new(t.message, LAB_NOW, &t.check) == WAYBILL_OK, "no check");
    must(waybill_policy_attach(policy, t.check) == WAYBILL_OK, "no judge");
    must(waybill_check_envelope(t.check, &envelope) == WAYBILL_OK, "no envelope");
    return t;
}

static char *judge(struct slice message, size_t cut, enum waybill_lines lines)
{
    struct trial t = start(lines);
    struct trial_input in = {.rows = LAB_ROWS(rows)};
    struct slice first = slice_sub(message, 0, cut), second = slice_from(message, cut);
    enum waybill_progress progress;
    must(waybill_message_feed(t.message, first.p, first.n) == WAYBILL_OK, "not fed");
    must(waybill_check_step(t.check, &progress) == WAYBILL_OK, "no step");
    must(waybill_message_feed(t.message, second.p, second.n) == WAYBILL_OK, "not fed");
    must(waybill_message_end(t.message) == WAYBILL_OK, "not ended");
    trial_finish(&t, &lab, &in);
    char *authres, *json = record_text(t.record);
    size_t n;
    enum waybill_status status = waybill_record_authres(t.record, "mx.example", 1, &authres, &n);
    must(status == WAYBILL_OK || status == WAYBILL_LIMIT, "no Authentication-Results");
    if (status == WAYBILL_OK)
        free(authres);
    trial_free(&t);
    return json;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    if (!lab.engine) {
        lab = lab_new();
        policy = policy_new();
    }
    enum waybill_lines lines = data[0] % 2 ? WAYBILL_LINES_DETECT : WAYBILL_LINES_CRLF;
    struct slice message = slice_of(data + 2, size - 2);
    char *whole = judge(message, message.n, lines);
    char *cut = judge(message, message.n * data[1] / 255, lines);
    must(strcmp(whole, cut) == 0, "two records of one message:\n%s\n%s", whole, cut);
    free(whole);
    free(cut);
    return 0;
}
