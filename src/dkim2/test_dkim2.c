/* Whole verifications of journeys that a second reading of the draft signed. */
#include "dkim2/also.h"
#include "support/custody.h"
#include "support/custody_forge.h"
#include "support/group.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static const char message[] = "Received: from there\r\n"
                              "From: Alice <alice@mail.a.example>\r\n"
                              "To: list@l.example\r\n"
                              "Subject: Bread\r\n"
                              "\r\n"
                              "Flour,\r\n"
                              "water.\r\n";

#define DAY ((int64_t)86400)
#define ORIGIN                                                               \
    {                                                                        \
        .domain = "a.example", .mail_from = "<alice@mail.a.example>",        \
        .rcpt_to = {"<list@l.example>", "<second@l2.example>"}, .before = 90 \
    }
#define LIST                                                                               \
    {                                                                                      \
        .find = "Subject: Bread\r\n", .put = "Subject: [cooks] Bread\r\nList-Id: <c>\r\n", \
        .recipe = "{\"h\":{\"subject\":[{\"d\":[\"Bread\"]}],\"list-id\":[]}}",            \
        .domain = "l.example", .mail_from = "<b+@bounce.l.example>",                       \
        .rcpt_to = {"<bob@b.example>"}, .before = 60                                       \
    }
#define FORWARD                                                                                \
    {                                                                                          \
        .domain = "b.example", .mail_from = "<srs@b.example>", .rcpt_to = {"<bob@c.example>"}, \
        .before = 30                                                                           \
    }

/* A message on its way, the envelope with which it arrives, and what is found: the result and the
 * texts; the same by both drafts where `by_06` is NULL. */
struct journey {
    const char *name;
    struct forged_step steps[4];
    const char *mail_from, *rcpt_to[2]; /* NULL: that of the last step, without brackets */
    int64_t later;                      /* seconds after LAB_NOW */
    const char *find, *put;             /* what somebody does to it at last */
    struct dns_row row;                 /* what the DNS says otherwise; no name: nothing */
    const char *by_09, *by_06;
};

static size_t steps_of(const struct journey *j)
{
    size_t n = 0;
    while (n < 4 && j->steps[n].domain)
        n++;
    return n;
}

static void without_brackets(const char *path, char out[64])
{
    struct slice inner = slice_sub(slice_str(path), 1, strlen(path) - 2);
    assert_true(inner.n < 64);
    memcpy(out, inner.p, inner.n);
    out[inner.n] = '\0';
}

static struct buffer tell(const struct dkim2 *dkim2)
{
    struct buffer b = buffer_new(65536);
    buffer_add_str(&b, waybill_result_text(dkim2->verdict.result));
    buffer_add_str(&b, dkim2->provisional ? " (provisional)" : "");
    for (size_t k = 0; k < dkim2->n_found; k++)
        buffer_printf(&b, "\n%s", dkim2->found[k].text);
    return b;
}

/* `wanted` by the draft that is chosen, `other` where the other is. */
static void check(const struct journey *j, enum waybill_draft draft, size_t piece,
                  const char *wanted, const char *other)
{
    char mail_from[64], rcpt_to[64];
    size_t n = steps_of(j), rcpts = 0;
    const struct forged_step *last = &j->steps[n - 1];
    struct buffer octets = forge_journey(&lab, message, j->steps, n);
    if (j->find)
        replace(&octets, j->find, j->put);
    without_brackets(last->mail_from ? last->mail_from : "<>", mail_from);
    without_brackets(last->rcpt_to[0] ? last->rcpt_to[0] : "<>", rcpt_to);
    const char *paths[2] = {j->rcpt_to[0] ? j->rcpt_to[0] : rcpt_to, j->rcpt_to[1]};
    while (rcpts < 2 && paths[rcpts])
        rcpts++;
    struct custody_rows rows = {&lab, &j->row, j->row.name != NULL};
    struct custody_input in = {.message = buffer_slice(&octets),
                               .draft = draft,
                               .now = LAB_NOW + j->later,
                               .mail_from = j->mail_from ? j->mail_from : mail_from,
                               .rcpt_to = paths,
                               .rcpts = rcpts,
                               .piece = piece,
                               .answer = custody_by_rows,
                               .self = &rows};
    struct custody c;
    assert_int_equal(custody_run(lab.engine, &in, &c), WAYBILL_OK);
    struct buffer told = tell(&c.dkim2);
    if (!slice_eq(buffer_slice(&told), slice_str(wanted)))
        fail_msg("%s by %s: %.*s", j->name, c.dkim2.draft->name, SLICE_ARGS(buffer_slice(&told)));
    const char *also = waybill_result_text(c.dkim2.also->verdict.result);
    if (!slice_starts(slice_str(other), slice_str(also)))
        fail_msg("%s by %s, beside it: %s", j->name, c.dkim2.draft->name, also);
    buffer_free(&told);
    custody_free(&c);
    buffer_free(&octets);
}

static const struct journey journeys[] = {
    {.name = "one hop", .steps = {ORIGIN}, .by_09 = "pass (provisional)"},
    {.name = "a list", .steps = {ORIGIN, LIST}, .by_09 = "pass (provisional)"},
    {.name = "a list and a forwarder",
     .steps = {ORIGIN, LIST, FORWARD},
     .by_09 = "pass (provisional)"},
    {.name = "RSA",
     .steps = {{.domain = "a.example",
                .mail_from = "<a@a.example>",
                .rcpt_to = {"<b@b.example>"},
                .keys = {LAB_RSA},
                .n_keys = 1}},
     .by_09 = "pass (provisional)"},
    {.name = "a bounce",
     .steps = {{.domain = "a.example", .mail_from = "<>", .rcpt_to = {"<b@b.example>"}}},
     .by_09 = "pass (provisional)"},

    /* the envelope */
    {.name = "another sender",
     .steps = {ORIGIN, LIST},
     .mail_from = "B+@bounce.l.example",
     .by_09 = "fail\nFAIL: DKIM2-Signature i=2 MAIL FROM B+@bounce.l.example did not match",
     .by_06 = "permerror\n"
              "PERMERROR: DKIM2-Signature i=2 MAIL FROM B+@bounce.l.example did not match"},
    {.name = "a domain in capitals",
     .steps = {ORIGIN, LIST},
     .mail_from = "<b+@BOUNCE.l.example>",
     .by_09 = "pass (provisional)"},
    {.name = "another recipient",
     .steps = {ORIGIN, LIST},
     .rcpt_to = {"bob@b.example", "eve@e.example"},
     .by_09 = "fail\nFAIL: DKIM2-Signature i=2 RCPT TO eve@e.example did not match",
     .by_06 = "permerror\nPERMERROR: DKIM2-Signature i=2 RCPT TO eve@e.example did not match"},
    {.name = "fewer recipients than were named",
     .steps = {ORIGIN},
     .rcpt_to = {"second@l2.example"},
     .by_09 = "pass (provisional)"},
    {.name = "not an address at all",
     .steps = {ORIGIN},
     .mail_from = "<alice@mail.a.example",
     .by_09 = "fail\nFAIL: DKIM2-Signature i=1 MAIL FROM <alice@mail.a.example did not match",
     .by_06 = "permerror\n"
              "PERMERROR: DKIM2-Signature i=1 MAIL FROM <alice@mail.a.example did not match"},

    /* time */
    {.name = "fourteen days",
     .steps = {ORIGIN},
     .later = 14 * DAY - 90,
     .by_09 = "pass (provisional)"},
    {.name = "fourteen days and a second",
     .steps = {ORIGIN},
     .later = 14 * DAY - 89,
     .by_09 = "fail\nFAIL: DKIM2-Signature i=1 signature expired",
     .by_06 = "permerror\nPERMERROR: DKIM2-Signature i=1 signature expired"},
    {.name = "a day ahead", .steps = {ORIGIN}, .later = -DAY - 90, .by_09 = "pass (provisional)"},
    {.name = "a day and a second ahead",
     .steps = {ORIGIN},
     .later = -DAY - 91,
     .by_09 = "fail\nFAIL: DKIM2-Signature i=1 signature from the future",
     .by_06 = "pass (provisional)"},

    /* custody */
    {.name = "who sends is not who received",
     .steps = {ORIGIN, FORWARD},
     .by_09 = "fail (provisional)\nFAIL: DKIM2-Signature i=2 <srs@b.example> does not follow from "
              "RCPT TO of the hop before",
     .by_06 = "permerror (provisional)\nPERMERROR: DKIM2-Signature i=2 <srs@b.example> does not "
              "follow from RCPT TO of the hop before"},
    {.name = "the second recipient goes on",
     .steps = {ORIGIN,
               {.domain = "x.l2.example",
                .mail_from = "<s@x.l2.example>",
                .rcpt_to = {"<e@e.example>"}}},
     .by_09 = "pass (provisional)"},
    {.name = "MAIL FROM of another domain than d=",
     .steps = {{.domain = "a.example",
                .mail_from = "<alice@aa.example>",
                .rcpt_to = {"<b@b.example>"}}},
     .by_09 = "fail\nFAIL: DKIM2-Signature i=1 MAIL FROM and d= do not match",
     .by_06 = "permerror\nPERMERROR: DKIM2-Signature i=1 MAIL FROM and d= do not match"},
    {.name = "a bounce goes on by d=",
     .steps = {ORIGIN, {.domain = "l.example", .mail_from = "<>", .rcpt_to = {"<b@b.example>"}}},
     .by_09 = "pass (provisional)"},
    {.name = "an imaginary hop",
     .steps = {{.domain = "a.example", .next_domain = "esp.example"},
               {.domain = "esp.example",
                .mail_from = "<s@esp.example>",
                .rcpt_to = {"<b@b.example>"}}},
     .by_09 = "pass (provisional)"},
    {.name = "an imaginary hop to somewhere else",
     .steps = {{.domain = "a.example", .next_domain = "esp.example"},
               {.domain = "x.esp.example",
                .mail_from = "<s@x.esp.example>",
                .rcpt_to = {"<b@b.example>"}}},
     .by_09 = "fail (provisional)\nFAIL: DKIM2-Signature i=1 MAIL nd= does not match",
     .by_06 = "permerror (provisional)\nPERMERROR: DKIM2-Signature i=1 MAIL nd= does not match"},
    {.name = "an imaginary hop at the end",
     .steps = {{.domain = "a.example", .next_domain = "esp.example"}},
     .by_09 = "fail\nFAIL: DKIM2-Signature i=1 unexpected nd= tag",
     .by_06 = "permerror\nPERMERROR: DKIM2-Signature i=1 unexpected nd= tag"},

    /* keys */
    {.name = "no key",
     .steps = {ORIGIN},
     .row = {"ed._domainkey.a.example", WAYBILL_NXDOMAIN, {NULL}},
     .by_09 = "permerror\nPERMERROR: DKIM2-Signature i=1 public key ed does not exist"},
    {.name = "no answer",
     .steps = {ORIGIN},
     .row = {"ed._domainkey.a.example", WAYBILL_TIMEOUT, {NULL}},
     .by_09 = "temperror\nTEMPERROR: DKIM2-Signature i=1 public key ed could not be fetched"},
    {.name = "two records",
     .steps = {ORIGIN},
     .row = {"ed._domainkey.a.example", WAYBILL_ANSWERED, {"v=spf1 -all", "v=DKIM1; p=AAAA"}},
     .by_09 = "permerror\nPERMERROR: DKIM2-Signature i=1 public key ed has multiple records"},
    {.name = "no record of a key",
     .steps = {ORIGIN},
     .row = {"ed._domainkey.a.example", WAYBILL_ANSWERED, {"v=spf1 -all"}},
     .by_09 = "permerror\nPERMERROR: DKIM2-Signature i=1 public key ed has a syntax error"},
    {.name = "a key that is revoked",
     .steps = {ORIGIN},
     .row = {"ed._domainkey.a.example", WAYBILL_ANSWERED, {"v=DKIM1; k=ed25519; p="}},
     .by_09 = "permerror\nPERMERROR: DKIM2-Signature i=1 public key ed has been revoked"},
    {.name = "a key of another kind",
     .steps = {ORIGIN},
     .row = {"ed._domainkey.a.example", WAYBILL_ANSWERED, {"v=DKIM1; p=AAAA"}},
     .by_09 = "permerror\nPERMERROR: DKIM2-Signature i=1 public key ed algorithm mismatch"},
    {.name = "8-bit octets in a record",
     .steps = {ORIGIN},
     .row = {"ed._domainkey.a.example",
             WAYBILL_ANSWERED,
             {"v=DKIM1; k=ed25519; n=\xC3\xA4; p=hwjviTXyzUXSCWayBqE17s/4NSynQKxw58jayHudRAI="}},
     .by_09 = "permerror\nPERMERROR: DKIM2-Signature i=1 public key ed has a syntax error"},
    {.name = "somebody else's key",
     .steps = {ORIGIN},
     .row = {"ed._domainkey.a.example",
             WAYBILL_ANSWERED,
             {"v=DKIM1; k=ed25519; p=hwjviTXyzUXSCWayBqE17s/4NSynQKxw58jayHudRAI="}},
     .by_09 = "fail\nFAIL: DKIM2-Signature i=1 ed incorrect signature"},

    {.name = "an RSA exponent that is not 65537",
     .steps = {{.domain = "a.example",
                .mail_from = "<a@a.example>",
                .rcpt_to = {"<b@b.example>"},
                .keys = {LAB_RSA},
                .n_keys = 1}},
     .row = {"rsa._domainkey.a.example",
             WAYBILL_ANSWERED,
             {"v=DKIM1; p=MIGdMA0GCSqGSIb3DQEBAQUAA4GLADCBhwKBgQDF+YfKiq+BY5oPTRd35OH"
              "xLKiVqY2h8SBEYEFWhk32Z/8dpwIBrwSR6QIsJss+Z0YSMd3z8pGaFLXyPLOyso4IZ8YYm"
              "U7uPnTfzvir54VCqgxrpBk01M5uDRWlqK2MCU2yS8wqp0zbe5bAdEIXyxhQrtcB7rlSUV1"
              "Sm3ETqi6mWwIBAw=="}},
     .by_09 = "permerror\nPERMERROR: DKIM2-Signature i=1 public key rsa has a syntax error"},

    /* groups */
    {.name = "both must pass",
     .steps = {{.domain = "a.example",
                .mail_from = "<a@a.example>",
                .rcpt_to = {"<b@b.example>"},
                .keys = {LAB_RSA, LAB_ED25519},
                .n_keys = 2}},
     .by_09 = "pass (provisional)"},
    {.name = "both must pass, and one key is another",
     .steps = {{.domain = "a.example",
                .mail_from = "<a@a.example>",
                .rcpt_to = {"<b@b.example>"},
                .keys = {LAB_RSA, LAB_ED25519},
                .n_keys = 2}},
     .row = {"ed._domainkey.a.example",
             WAYBILL_ANSWERED,
             {"v=DKIM1; k=ed25519; p=hwjviTXyzUXSCWayBqE17s/4NSynQKxw58jayHudRAI="}},
     .by_09 = "fail\n"
              "FAIL: DKIM2-Signature i=1 rsa signature passed, ed signature failed"},
    {.name = "both must pass, and one key is gone",
     .steps = {{.domain = "a.example",
                .mail_from = "<a@a.example>",
                .rcpt_to = {"<b@b.example>"},
                .keys = {LAB_RSA, LAB_ED25519},
                .n_keys = 2}},
     .row = {"ed._domainkey.a.example", WAYBILL_NXDOMAIN, {NULL}},
     .by_09 = "permerror\nPERMERROR: DKIM2-Signature i=1 public key ed does not exist"},
    {.name = "one may pass, and one key is gone",
     .steps = {{.domain = "a.example",
                .mail_from = "<a@a.example>",
                .rcpt_to = {"<b@b.example>"},
                .keys = {LAB_RSA, LAB_ED25519},
                .n_keys = 2,
                .between = "|"}},
     .row = {"ed._domainkey.a.example", WAYBILL_NXDOMAIN, {NULL}},
     .by_09 = "pass (provisional)",
     .by_06 = "permerror\nPERMERROR: DKIM2-Signature i=1 syntax error"},
    {.name = "one may pass, one fails, one is not known yet",
     .steps = {{.domain = "a.example",
                .mail_from = "<a@a.example>",
                .rcpt_to = {"<b@b.example>"},
                .keys = {LAB_RSA, LAB_ED25519},
                .n_keys = 2,
                .between = "|"}},
     .find = "rsa:rsa-sha256:",
     .put = "rsa:rsa-sha256:AAAA",
     .row = {"ed._domainkey.a.example", WAYBILL_SERVFAIL, {NULL}},
     .by_09 = "temperror\nTEMPERROR: DKIM2-Signature i=1 public key ed could not be fetched",
     .by_06 = "permerror\nPERMERROR: DKIM2-Signature i=1 syntax error"},
    {.name = "none passes",
     .steps = {{.domain = "a.example",
                .mail_from = "<a@a.example>",
                .rcpt_to = {"<b@b.example>"},
                .keys = {LAB_RSA, LAB_ED25519},
                .n_keys = 2,
                .between = "|"}},
     .find = "rsa:rsa-sha256:",
     .put = "rsa:rsa-sha256:AAAA",
     .row = {"ed._domainkey.a.example", WAYBILL_NODATA, {NULL}},
     .by_09 = "permerror\nFAIL: DKIM2-Signature i=1 rsa incorrect signature\n"
              "PERMERROR: DKIM2-Signature i=1 public key ed does not exist\n"
              "FAIL: DKIM2-Signature i=1 no group of signatures passed",
     .by_06 = "permerror\nPERMERROR: DKIM2-Signature i=1 syntax error"},
    {.name = "an algorithm that is not known",
     .steps = {ORIGIN},
     .find = "s=ed:ed25519-sha256:",
     .put = "s=ed:ed25519-sha3:",
     .by_09 = "permerror\nPERMERROR: DKIM2-Signature i=1 algorithm of ed is not known",
     .by_06 = "fail\nFAIL: DKIM2-Signature i=1 no group of signatures passed"},

    /* hashes and recipes */
    {.name = "the body changed",
     .steps = {ORIGIN, LIST},
     .find = "water",
     .put = "wine",
     .by_09 = "fail\nFAIL: Message Instance m=2 body hash sha512 mismatch\n"
              "FAIL: Message Instance m=1 body hash sha256 mismatch"},
    {.name = "a field changed",
     .steps = {ORIGIN, LIST},
     .find = "[cooks]",
     .put = "[crooks]",
     .by_09 = "fail\nFAIL: Message Instance m=2 header hash sha512 mismatch"},
    {.name = "an ignored field",
     .steps = {ORIGIN, LIST},
     .find = "Received: from there",
     .put = "X-Received: by me\r\nRECEIVED-SPF: pass",
     .by_09 = "pass (provisional)"},
    {.name = "what only one draft ignores",
     .steps = {ORIGIN},
     .find = "Received: from there",
     .put = "Auto-Submitted: no",
     .by_09 = "fail\nFAIL: Message Instance m=1 header hash sha256 mismatch",
     .by_06 = "pass (provisional)"},
    {.name = "a recipe that makes something else",
     .steps = {ORIGIN,
               {.find = "water",
                .put = "wine",
                .recipe = "{\"b\":[{\"c\":[1,2]}]}",
                .domain = "l.example",
                .mail_from = "<b@l.example>",
                .rcpt_to = {"<bob@b.example>"}}},
     .by_09 = "fail (provisional)\nFAIL: Message Instance m=1 body hash sha256 mismatch"},
    {.name = "a recipe that copies what is not there",
     .steps = {ORIGIN,
               {.find = "water",
                .put = "wine",
                .recipe = "{\"b\":[{\"c\":[1,3]}]}",
                .domain = "l.example",
                .mail_from = "<b@l.example>",
                .rcpt_to = {"<bob@b.example>"}}},
     .by_09 = "permerror (provisional)\nPERMERROR: Message-Instance m=2 contains invalid JSON"},
    {.name = "a recipe of a field that is not there",
     .steps = {ORIGIN,
               {.recipe = "{\"h\":{\"cc\":[{\"c\":[1,1]}]}}",
                .domain = "l.example",
                .mail_from = "<b@l.example>",
                .rcpt_to = {"<bob@b.example>"}}},
     .by_09 = "permerror (provisional)\nPERMERROR: Message-Instance m=2 contains invalid JSON"},
    {.name = "no recipe at all",
     .steps = {ORIGIN,
               {.recipe = "[]",
                .domain = "l.example",
                .mail_from = "<b@l.example>",
                .rcpt_to = {"<bob@b.example>"}}},
     .by_09 = "permerror (provisional)\nPERMERROR: Message-Instance m=2 contains invalid JSON"},
    {.name = "a null recipe",
     .steps = {ORIGIN,
               {.find = "water",
                .put = "wine",
                .recipe = "{\"b\":null}",
                .domain = "l.example",
                .mail_from = "<b@l.example>",
                .rcpt_to = {"<bob@b.example>"}}},
     .by_09 = "permerror (provisional)\nPERMERROR: Message-Instance m=2 contains invalid JSON",
     .by_06 = "pass (provisional)\nPASS: Message-Instance m=1 body cannot be recreated"},
    {.name = "the originator's own recipe",
     .steps = {{.recipe = "{\"h\":{\"cc\":[{\"d\":[\"x\"]}]}}",
                .domain = "a.example",
                .mail_from = "<a@a.example>",
                .rcpt_to = {"<b@b.example>"}}},
     .by_09 = "pass (provisional)"},
    {.name = "the originator's own recipe does not apply",
     .steps = {{.recipe = "{\"b\":[{\"c\":[9,9]}]}",
                .domain = "a.example",
                .mail_from = "<a@a.example>",
                .rcpt_to = {"<b@b.example>"}}},
     .by_09 = "permerror (provisional)\nPERMERROR: Message-Instance m=1 contains invalid JSON"},

    /* places */
    {.name = "the first hop is gone",
     .steps = {ORIGIN, LIST},
     .find = "DKIM2-Signature: i=1;",
     .put = "X-Gone: i=1;",
     .by_09 = "permerror\nPERMERROR: DKIM2-Signature i=1 missing"},
    {.name = "the first instance is gone",
     .steps = {ORIGIN, LIST},
     .find = "Message-Instance: m=1;",
     .put = "X-Gone: m=1;",
     .by_09 = "permerror\nPERMERROR: Message-Instance m=1 missing"},
    {.name = "the last instance is gone",
     .steps = {ORIGIN, LIST},
     .find = "Message-Instance: m=2;",
     .put = "X-Gone: m=2;",
     .by_09 = "permerror\nPERMERROR: Message-Instance m=2 missing\n"
              "FAIL: Message Instance m=1 header hash sha256 mismatch",
     .by_06 = "fail\nPERMERROR: Message-Instance m=2 missing\n"
              "FAIL: Message Instance m=1 header hash sha256 mismatch"},
    {.name = "the last hop is gone, its instance is not",
     .steps = {ORIGIN, LIST},
     .mail_from = "alice@mail.a.example",
     .rcpt_to = {"list@l.example"},
     .find = "DKIM2-Signature: i=2;",
     .put = "X-Gone: i=2;",
     .by_09 = "permerror\nPERMERROR: Message-Instance m=2 is not signed"},
    {.name = "no signature at all",
     .steps = {ORIGIN},
     .find = "DKIM2-Signature:",
     .put = "X-Gone:",
     .by_09 = "permerror\nPERMERROR: Message-Instance m=1 is not signed\n"
              "PERMERROR: DKIM2-Signature i=1 missing"},
    {.name = "a hop twice",
     .steps = {ORIGIN, LIST},
     .find = "DKIM2-Signature: i=2;",
     .put = "DKIM2-Signature: i=2; x\r\nDKIM2-Signature: i=2;",
     .by_09 = "permerror\nPERMERROR: DKIM2-Signature i=2 appears more than once"},
    {.name = "an instance twice",
     .steps = {ORIGIN},
     .find = "Message-Instance: m=1;",
     .put = "Message-Instance: m=1;\r\nMessage-Instance: m=1;",
     .by_09 = "permerror\nPERMERROR: Message-Instance m=1 appears more than once"},
    {.name = "a hop without a number",
     .steps = {ORIGIN},
     .find = "DKIM2-Signature: i=1;",
     .put = "DKIM2-Signature: i=0;\r\nDKIM2-Signature: i=1;",
     .by_09 = "permerror (provisional)\nPERMERROR: DKIM2-Signature i=0 syntax error"},
    {.name = "a hop over the limit",
     .steps = {ORIGIN},
     .find = "DKIM2-Signature: i=1;",
     .put = "DKIM2-Signature: i=51;\r\nDKIM2-Signature: i=1;",
     .by_09 = "permerror (provisional)\nPERMERROR: DKIM2-Signature i=51 is over the limit"},
    {.name = "a hop that does not sign what the one before did",
     .steps = {ORIGIN, LIST, FORWARD},
     .find = "i=3; m=2;",
     .put = "i=3; m=1;",
     .by_09 = "permerror\nPERMERROR: DKIM2-Signature i=3 syntax error"},

    /* Authentic From */
    {.name = "From of somebody else",
     .steps = {{.domain = "eve.example",
                .mail_from = "<e@eve.example>",
                .rcpt_to = {"<b@b.example>"}}},
     .by_09 = "fail (provisional)\n"
              "FAIL: DKIM2-Signature i=1 From mail.a.example is not Authentic",
     .by_06 = "pass (provisional)"},
    {.name = "a list that writes itself into From",
     .steps = {ORIGIN,
               {.find = "Alice <alice@mail.a.example>",
                .put = "Alice <list@l.example>",
                .recipe = "{\"h\":{\"from\":[{\"d\":[\"Alice <alice@mail.a.example>\"]}]}}",
                .domain = "l.example",
                .mail_from = "<b@l.example>",
                .rcpt_to = {"<bob@b.example>"}}},
     .by_09 = "pass (provisional)"},
    {.name = "a list that writes somebody else into From",
     .steps = {ORIGIN,
               {.find = "Alice <alice@mail.a.example>",
                .put = "The <boss@bank.example>",
                .recipe = "{\"h\":{\"from\":[{\"d\":[\"Alice <alice@mail.a.example>\"]}]}}",
                .domain = "l.example",
                .mail_from = "<b@l.example>",
                .rcpt_to = {"<bob@b.example>"}}},
     .by_09 = "fail (provisional)\nFAIL: DKIM2-Signature i=2 From bank.example is not Authentic",
     .by_06 = "pass (provisional)"},
    {.name = "a recipe that leaves From as it is", /* but for its folds */
     .steps = {ORIGIN,
               {.recipe = "{\"h\":{\"from\":[{\"d\":[\" Alice  <alice@mail.a.example>\"]}]}}",
                .domain = "l.example",
                .mail_from = "<b@l.example>",
                .rcpt_to = {"<bob@b.example>"}}},
     .by_09 = "pass (provisional)"},
    {.name = "no From",
     .steps = {{.find = "From: Alice <alice@mail.a.example>",
                .put = "Sender: Alice <a@a.example>",
                .domain = "a.example",
                .mail_from = "<a@a.example>",
                .rcpt_to = {"<b@b.example>"}}},
     .by_09 = "fail (provisional)\nFAIL: DKIM2-Signature i=1 From (none) is not Authentic",
     .by_06 = "pass (provisional)"},
    {.name = "a second From",
     .steps = {{.find = "To:",
                .put = "From: eve@eve.example\r\nTo:",
                .domain = "a.example",
                .mail_from = "<a@a.example>",
                .rcpt_to = {"<b@b.example>"}}},
     .by_09 = "fail (provisional)\nFAIL: DKIM2-Signature i=1 From eve.example is not Authentic",
     .by_06 = "pass (provisional)"},

    /* requests */
    {.name = "modified despite a request",
     .steps = {{.domain = "a.example",
                .mail_from = "<a@a.example>",
                .rcpt_to = {"<list@l.example>"},
                .more = " f=donotmodify;"},
               LIST},
     .by_09 = "pass (provisional)",
     .by_06 = "fail (provisional)\nFAIL: Message has been modified despite a donotmodify request"},
    {.name = "only added to",
     .steps = {{.domain = "a.example",
                .mail_from = "<a@a.example>",
                .rcpt_to = {"<list@l.example>"},
                .more = " f=donotmodify,donotexplode;"},
               {.find = "To:",
                .put = "List-Id: c\r\nTo:",
                .recipe = "{\"h\":{\"list-id\":[]}}",
                .domain = "l.example",
                .mail_from = "<b@l.example>",
                .rcpt_to = {"<bob@b.example>"}}},
     .by_09 = "pass (provisional)"},
    {.name = "exploded despite a request",
     .steps = {{.domain = "a.example",
                .mail_from = "<a@a.example>",
                .rcpt_to = {"<list@l.example>"},
                .more = " f=donotexplode;"},
               {.domain = "l.example",
                .mail_from = "<b@l.example>",
                .rcpt_to = {"<bob@b.example>"},
                .more = "f=exploded;"}},
     .by_09 = "pass (provisional)",
     .by_06 = "fail (provisional)\n"
              "FAIL: Message has been exploded despite a donotexplode request"},
};

static void run_journeys(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof journeys / sizeof journeys[0]; i++) {
        const struct journey *j = &journeys[i];
        const char *by_06 = j->by_06 ? j->by_06 : j->by_09;
        check(j, WAYBILL_DRAFT_09, 0, j->by_09, by_06);
        check(j, WAYBILL_DRAFT_06, 1, by_06, j->by_09);
    }
}

/* --- what a verdict is made of -----------------------------------------------------------------
 */

static void verify(const struct buffer *octets, const char *mail_from, const char *rcpt_to,
                   struct custody *c)
{
    static const struct dns_row none = {NULL, WAYBILL_NODATA, {NULL}};
    struct custody_rows rows = {&lab, &none, 0};
    struct custody_input in = {.message = buffer_slice(octets),
                               .draft = WAYBILL_DRAFT_09,
                               .mail_from = mail_from,
                               .rcpt_to = &rcpt_to,
                               .rcpts = rcpt_to != NULL,
                               .answer = custody_by_rows,
                               .self = &rows};
    assert_int_equal(custody_run(lab.engine, &in, c), WAYBILL_OK);
}

static void no_fields(void **state)
{
    (void)state;
    struct buffer octets = message_of(message);
    struct custody c;
    verify(&octets, "a@a.example", "b@b.example", &c);
    assert_int_equal(c.dkim2.verdict.result, WAYBILL_RESULT_NONE);
    assert_null(c.dkim2.also);
    custody_free(&c);
    buffer_free(&octets);
}

static void no_envelope(void **state)
{
    (void)state;
    const struct forged_step steps[] = {ORIGIN};
    struct buffer octets = forge_journey(&lab, message, steps, 1);
    struct custody c;
    verify(&octets, NULL, NULL, &c);
    assert_int_equal(c.dkim2.verdict.result, WAYBILL_RESULT_NOT_EVALUATED);
    assert_string_equal(c.dkim2.verdict.why, "the envelope is not known");
    assert_false(c.dkim2.envelope_checked);
    assert_false(c.dkim2.provisional);
    assert_int_equal(c.dkim2.signatures[0]->result, WAYBILL_RESULT_PASS);
    assert_int_equal(c.dkim2.instances[0]->result, WAYBILL_RESULT_PASS);
    custody_free(&c);
    replace(&octets, "water", "wine");
    verify(&octets, NULL, NULL, &c);
    assert_int_equal(c.dkim2.verdict.result, WAYBILL_RESULT_FAIL);
    custody_free(&c);
    buffer_free(&octets);
}

/* What a hop did stays known, each key is operated once, and headers are hashed once a state. */
static void facts(void **state)
{
    (void)state;
    const struct forged_step steps[] = {ORIGIN, LIST, FORWARD};
    struct buffer octets = forge_journey(&lab, message, steps, 3);
    struct custody c;
    verify(&octets, "srs@b.example", "bob@c.example", &c);
    assert_int_equal(c.dkim2.verdict.result, WAYBILL_RESULT_PASS);
    assert_int_equal(c.dkim2.also->verdict.result, WAYBILL_RESULT_PASS);
    assert_int_equal(c.dkim2.also->draft->id, WAYBILL_DRAFT_06);
    assert_int_equal(c.evaluation.key_operations, 3);
    assert_int_equal(c.questions.n, 3);
    for (size_t k = 0; k < 3; k++) {
        assert_int_equal(c.questions.all[k]->question.wave, 1);
        assert_true(c.questions.all[k]->used);
        assert_true(c.dkim2.signatures[k]->sets[0].operated);
        assert_int_equal(c.dkim2.signatures[k]->sets[0].key_bits, 256);
    }
    const struct dkim2_instance *list = c.dkim2.instances[1];
    assert_int_equal(list->n_changes, 2);
    assert_int_equal(list->changes[0].what, DKIM2_CHANGE_FIELD_ADDED);
    assert_int_equal(list->changes[1].what, DKIM2_CHANGE_SUBJECT_TAG);
    /* From, To, Subject twice, List-Id once. */
    assert_int_equal(c.dkim2.octets_hashed, 2 * 54 + 15 + 23 + 13);
    custody_free(&c);
    buffer_free(&octets);
}

/* A hop that makes no instance costs what its own field and the one before have. */
static void cost_is_flat(void **state)
{
    (void)state;
    const struct forged_step same = {
        .domain = "a.example", .mail_from = "<a@a.example>", .rcpt_to = {"<a@a.example>"}};
    struct buffer octets = message_of(message);
    unsigned i = 0, m = 0;
    while (i < 50)
        forge_step(&lab, &same, &i, &m, &octets);
    struct custody c;
    verify(&octets, "a@a.example", "a@a.example", &c);
    assert_int_equal(c.dkim2.verdict.result, WAYBILL_RESULT_PASS);
    assert_int_equal(c.evaluation.key_operations, 50);
    assert_int_equal(c.questions.n, 1);
    for (size_t k = 10; k < 50; k++)
        assert_int_equal(c.dkim2.signatures[k]->octets_hashed,
                         c.dkim2.signatures[49]->octets_hashed);
    assert_true(c.dkim2.signatures[49]->octets_hashed < 500);
    custody_free(&c);
    buffer_free(&octets);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(run_journeys), cmocka_unit_test(no_fields),
        cmocka_unit_test(no_envelope),  cmocka_unit_test(facts),
        cmocka_unit_test(cost_is_flat),
    };
    return cmocka_run_group_tests_name("dkim2", tests, lab_set_up, lab_tear_down);
}
