#include "dkim/dkim.h"

#include "base/limits.h"
#include "support/forge.h"
#include "support/group.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define PASS WAYBILL_RESULT_PASS, NULL
#define FAIL(why) WAYBILL_RESULT_FAIL, why
#define PERMERROR(why) WAYBILL_RESULT_PERMERROR, why
#define TEMPERROR(why) WAYBILL_RESULT_TEMPERROR, why

struct verify_case {
    const char *name;
    const char *tags;      /* behind "v=1; d=author.example; ", up to bh= and b= */
    const char *from, *to; /* changed after signing; NULL: nothing */
    enum waybill_result result;
    const char *why;
};

static void assert_verdict(const char *name, const struct signature *s, enum waybill_result result,
                           const char *why)
{
    const char *is = s->verdict.why ? s->verdict.why : "(nothing)";
    if (s->verdict.result != result || strcmp(is, why ? why : "(nothing)") != 0)
        fail_msg("%s: %s, %s", name, waybill_result_text(s->verdict.result), is);
}

static struct buffer forged(const char *text, const char *tags)
{
    struct buffer message = message_of(text);
    char all[512];
    snprintf(all, sizeof all, "v=1; d=author.example; %s; bh=@; b=", tags);
    forge_signature(&lab, strstr(tags, "s=ed;") ? LAB_ED25519 : LAB_RSA, "DKIM-Signature", all,
                    &message);
    return message;
}

/* --- what is signed --------------------------------------------------------------------------- */

#define RSA "a=rsa-sha256; s=rsa; "
#define ED25519 "a=ed25519-sha256; s=ed; "
#define MESSAGE                                                                         \
    "Received: by c\r\nReceived: by b\r\nReceived: by a\r\nSubject:  two\r\n words\r\n" \
    "From: a@author.example\r\nTo: b@c.example\r\n\r\n a  line \r\nanother\r\n\r\n\r\n"
#define BODY_FAILS FAIL("body hash did not verify")
#define SIGNATURE_FAILS FAIL("signature did not verify")

static const struct verify_case cases[] = {
    {"simple/simple", RSA "c=simple/simple; h=from:subject", NULL, NULL, PASS},
    {"simple/relaxed", RSA "c=simple/relaxed; h=from:subject", NULL, NULL, PASS},
    {"relaxed/simple", RSA "c=relaxed/simple; h=from:subject", NULL, NULL, PASS},
    {"relaxed/relaxed", RSA "c=relaxed/relaxed; h=from:subject", NULL, NULL, PASS},
    {"c=relaxed is relaxed/simple", RSA "c=relaxed; h=from", " a  line \r\n", " a line\r\n",
     BODY_FAILS},
    {"no c= is simple/simple", RSA "h=from:subject", "two\r\n words", "two words", SIGNATURE_FAILS},
    {"Ed25519", ED25519 "c=relaxed/relaxed; h=from", NULL, NULL, PASS},
    {"Ed25519, simple", ED25519 "h=from:to", NULL, NULL, PASS},

    {"relaxed header allows folding", RSA "c=relaxed; h=from:subject", "two\r\n words",
     "two \r\n\t words", PASS},
    {"relaxed header allows case of names", RSA "c=relaxed; h=from:subject", "Subject:  two",
     "SUBJECT : two", PASS},
    {"relaxed body allows white space", RSA "c=simple/relaxed; h=from", " a  line \r\n",
     "\ta line\t\r\n", PASS},
    {"relaxed body is not trimmed at its start", RSA "c=simple/relaxed; h=from", " a  line \r\n",
     "a line\r\n", BODY_FAILS},
    {"blank lines at the end", RSA "h=from", "another\r\n\r\n\r\n", "another\r\n", PASS},
    {"no final line end", RSA "h=from", "another\r\n\r\n\r\n", "another", PASS},
    {"a changed header", RSA "h=from:subject", "two", "2", SIGNATURE_FAILS},
    {"a changed body", RSA "h=from", "another", "other", BODY_FAILS},
    {"both changed", RSA "h=from:to", "b@c.example\r\n\r\n a", "b@d.example\r\n\r\n b",
     FAIL("body hash and signature did not verify")},
    {"a changed tag", RSA "h=from", "v=1; d=", "v=1; r=x; d=", SIGNATURE_FAILS},
    {"a field that is not named", RSA "h=from:subject", "To: b@c", "Cc: x@y\r\nTo: b@d", PASS},
    {"a body that lost its end", RSA "h=from", "another\r\n", "", BODY_FAILS},

    {"repeated names go bottom up", RSA "h=received:from:received", "Received: by c",
     "Received: by x", PASS},
    {"the lowest of them", RSA "h=received:from:received", "by a", "by x", SIGNATURE_FAILS},
    {"the second lowest", RSA "h=received:from:received", "by b", "by x", SIGNATURE_FAILS},
    {"their order", RSA "h=received:from:received", "Received: by b\r\nReceived: by a\r\n",
     "Received: by a\r\nReceived: by b\r\n", SIGNATURE_FAILS},
    {"a fourth on top of them", RSA "h=received:from:received", "Received: by c",
     "Received: by d\r\nReceived: by c", PASS},
    {"all of them and one more", RSA "h=received:received:from:received:received", NULL, NULL,
     PASS},
    {"one more came", RSA "h=received:received:from:received:received", "Received: by c",
     "Received: by d\r\nReceived: by c", SIGNATURE_FAILS},
    {"an absent name", RSA "h=from:x-none", NULL, NULL, PASS},
    {"an absent name came", RSA "h=from:x-none",
     "Subject:", "X-None: 1\r\nSubject:", SIGNATURE_FAILS},
    {"an empty name", RSA "h=from::subject:", NULL, NULL, PASS},
    {"names in capitals and with white space", RSA "h= FROM :\r\n Subject ", NULL, NULL, PASS},
    {"a second From behind one name", RSA "h=from", "Received: by c", "From: evil@author.example",
     PASS},
    {"a second From where it is oversigned", RSA "h=from:from", "Received: by c",
     "From: evil@author.example", SIGNATURE_FAILS},

    {"l=0", RSA "l=0; h=from", " a  line \r\nanother\r\n", "all else\r\n", PASS},
    {"l= of a part", RSA "l=11; h=from", "another", "all else", PASS},
    {"l= of a part that changed", RSA "l=11; h=from", "line", "lime", BODY_FAILS},
    {"l= of exactly all", RSA "l=20; h=from", NULL, NULL, PASS},
    {"l= and more behind", RSA "l=20; h=from", "another\r\n", "another\r\nspam\r\n", PASS},
    {"l= and less than it", RSA "l=20; h=from", "another\r\n", "an\r\n",
     FAIL("the body is shorter than l=")},
    {"l= beyond the body", RSA "l=21; h=from", NULL, NULL, FAIL("the body is shorter than l=")},
    {"l= of the relaxed body", RSA "c=relaxed/relaxed; l=17; h=from", NULL, NULL, PASS},
};

static void signatures(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct verify_case *c = &cases[i];
        struct buffer message = forged(MESSAGE, c->tags);
        if (c->from)
            replace(&message, c->from, c->to);
        struct trial_input in = {.message = buffer_slice(&message)};
        struct trial trial = trial_run(&lab, &in);
        assert_verdict(c->name, trial.record->dkim.signatures[0], c->result, c->why);
        trial_free(&trial);
        buffer_free(&message);
    }
}

/* --- the key ---------------------------------------------------------------------------------- */

#define KEY_NAME "k._domainkey.author.example"
#define ED_PUBLIC "kzr5KuNlPOdJvoI/ZKBRQwNf0ZDUUHPEHNbNRTpIUBs="

static const struct key_case {
    const char *name;
    enum waybill_answer_status status;
    const char *texts[DNS_ROW_TEXTS]; /* "@": the public key that fits */
    const char *identity;             /* i=, or NULL */
    enum waybill_result result;
    const char *why;
    bool testing;
} key_cases[] = {
    {"usual", WAYBILL_ANSWERED, {"v=DKIM1; k=ed25519; p=@"}, NULL, PASS, false},
    {"white space in p=", WAYBILL_ANSWERED, {"k=ed25519; p= @ "}, NULL, PASS, false},
    {"no such name",
     WAYBILL_NXDOMAIN,
     {NULL},
     NULL,
     PERMERROR("no key record: the name does not exist"),
     false},
    {"no text", WAYBILL_NODATA, {NULL}, NULL, PERMERROR("no key record"), false},
    {"DNS failed",
     WAYBILL_SERVFAIL,
     {NULL},
     NULL,
     TEMPERROR("key not available: the DNS failed"),
     false},
    {"no answer",
     WAYBILL_TIMEOUT,
     {NULL},
     NULL,
     TEMPERROR("key not available: no answer in time"),
     false},
    {"revoked",
     WAYBILL_ANSWERED,
     {"v=DKIM1; k=ed25519; p="},
     NULL,
     PERMERROR("key revoked"),
     false},
    {"several",
     WAYBILL_ANSWERED,
     {"k=ed25519; p=@", "k=ed25519; p=@"},
     NULL,
     PERMERROR("several key records"),
     false},
    {"beside an SPF record",
     WAYBILL_ANSWERED,
     {"v=spf1 -all", "k=ed25519; p=@"},
     NULL,
     PASS,
     false},
    {"an SPF record alone",
     WAYBILL_ANSWERED,
     {"v=spf1 -all"},
     NULL,
     PERMERROR("key record: v= is not DKIM1 or not the first tag"),
     false},
    {"another kind",
     WAYBILL_ANSWERED,
     {"k=rsa; p=@"},
     NULL,
     PERMERROR("key record: k= is not of the kind that a= wants"),
     false},
    {"an unknown kind",
     WAYBILL_ANSWERED,
     {"k=ecc; p=@"},
     NULL,
     PERMERROR("key record: k= names no kind of key that is known"),
     false},
    {"no k= is rsa",
     WAYBILL_ANSWERED,
     {"v=DKIM1; p=@"},
     NULL,
     PERMERROR("key record: k= is not of the kind that a= wants"),
     false},
    {"h= admits", WAYBILL_ANSWERED, {"k=ed25519; h=sha1:sha256; p=@"}, NULL, PASS, false},
    {"h= does not",
     WAYBILL_ANSWERED,
     {"k=ed25519; h=sha1; p=@"},
     NULL,
     PERMERROR("key record: h= does not admit the digest of a="),
     false},
    {"s= admits", WAYBILL_ANSWERED, {"k=ed25519; s=tlsrpt:email; p=@"}, NULL, PASS, false},
    {"s= does not",
     WAYBILL_ANSWERED,
     {"k=ed25519; s=tlsrpt; p=@"},
     NULL,
     PERMERROR("key record: s= does not admit mail"),
     false},
    {"t=y", WAYBILL_ANSWERED, {"k=ed25519; t=y; p=@"}, NULL, PASS, true},
    {"t=s, no i=", WAYBILL_ANSWERED, {"k=ed25519; t=s; p=@"}, NULL, PASS, false},
    {"t=s, i= in d=", WAYBILL_ANSWERED, {"k=ed25519; t=s; p=@"}, "a@author.example", PASS, false},
    {"t=s, i= in d= in capitals",
     WAYBILL_ANSWERED,
     {"k=ed25519; t=s; p=@"},
     "@AUTHOR.example",
     PASS,
     false},
    {"t=s, i= below d=",
     WAYBILL_ANSWERED,
     {"k=ed25519; t=y:s; p=@"},
     "a@news.author.example",
     PERMERROR("key record: t=s, and i= is not in d= itself"),
     true},
    {"i= below d=", WAYBILL_ANSWERED, {"k=ed25519; p=@"}, "a@news.author.example", PASS, false},
    {"another key", WAYBILL_ANSWERED, {"k=ed25519; p=" ED_PUBLIC}, NULL, SIGNATURE_FAILS, false},
    {"half a key",
     WAYBILL_ANSWERED,
     {"k=ed25519; p=AAAA"},
     NULL,
     PERMERROR("the key is malformed"),
     false},
    {"no base64",
     WAYBILL_ANSWERED,
     {"k=ed25519; p=***"},
     NULL,
     PERMERROR("the key is malformed"),
     false},
    {"no tag list",
     WAYBILL_ANSWERED,
     {"hello"},
     NULL,
     PERMERROR("key record: not a tag list"),
     false},
};

/* The public half of the lab's Ed25519 key, as p= has it. */
static const char *public_half(void)
{
    return strstr(lab.records[LAB_ED25519], "p=") + 2;
}

static void keys(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof key_cases / sizeof key_cases[0]; i++) {
        const struct key_case *c = &key_cases[i];
        char tags[256], texts[DNS_ROW_TEXTS][256];
        struct dns_row row = {KEY_NAME, c->status, {NULL}};
        for (size_t t = 0; t < DNS_ROW_TEXTS && c->texts[t]; t++) {
            const char *at = strchr(c->texts[t], '@');
            snprintf(texts[t], sizeof texts[t], "%.*s%s%s",
                     at ? (int)(at - c->texts[t]) : (int)strlen(c->texts[t]), c->texts[t],
                     at ? public_half() : "", at ? at + 1 : "");
            row.texts[t] = texts[t];
        }
        struct buffer message = message_of("From: a@author.example\r\n\r\nx\r\n");
        snprintf(tags, sizeof tags,
                 "v=1; a=ed25519-sha256; d=author.example; s=k; %s%s%sh=from; "
                 "bh=@; b=",
                 c->identity ? "i=" : "", c->identity ? c->identity : "", c->identity ? "; " : "");
        forge_signature(&lab, LAB_ED25519, "DKIM-Signature", tags, &message);
        struct trial_input in = {.message = buffer_slice(&message), .rows = &row, .n_rows = 1};
        struct trial trial = trial_run(&lab, &in);
        const struct signature *s = trial.record->dkim.signatures[0];
        assert_verdict(c->name, s, c->result, c->why);
        if (s->testing != c->testing)
            fail_msg("%s: testing", c->name);
        assert_true(s->body == PART_GOOD);
        trial_free(&trial);
        buffer_free(&message);
    }
}

/* --- several ---------------------------------------------------------------------------------- */

/* Each has its own result, in the order of the fields; the best of them is the method's. */
static void several(void **state)
{
    (void)state;
    static const struct dns_row rows[] = {{"t._domainkey.author.example", WAYBILL_TIMEOUT, {NULL}}};
    struct buffer message = forged(MESSAGE, RSA "h=from:subject");
    forge_signature(&lab, LAB_ED25519, "DKIM-Signature",
                    "v=1; a=ed25519-sha256; d=author.example; s=t; h=from; bh=@; b=", &message);
    put_on_top(&message, SLICE("DKIM-Signature: hello\r\n"));
    struct trial_input in = {.message = buffer_slice(&message), .rows = LAB_ROWS(rows)};
    struct trial trial = trial_run(&lab, &in);
    const struct dkim *dkim = &trial.record->dkim;
    assert_int_equal(dkim->n, 3);
    assert_int_equal(dkim->signatures[0]->verdict.result, WAYBILL_RESULT_NEUTRAL);
    assert_int_equal(dkim->signatures[1]->verdict.result, WAYBILL_RESULT_TEMPERROR);
    assert_int_equal(dkim->signatures[2]->verdict.result, WAYBILL_RESULT_PASS);
    assert_int_equal(dkim_result(dkim), WAYBILL_RESULT_PASS);
    trial_free(&trial);

    replace(&message, "two", "2");
    in.message = buffer_slice(&message);
    trial = trial_run(&lab, &in);
    assert_int_equal(dkim_result(&trial.record->dkim), WAYBILL_RESULT_TEMPERROR);
    trial_free(&trial);
    buffer_free(&message);
}

/* Several l= over one body, met and not met, each with its own digest. */
static void several_lengths(void **state)
{
    (void)state;
    static const char *const tags[] = {RSA "l=3; h=from", RSA "h=from", RSA "l=0; h=from",
                                       RSA "c=relaxed/relaxed; l=17; h=from", RSA "l=20; h=from"};
    struct buffer message = message_of(MESSAGE);
    char all[256];
    for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++) {
        snprintf(all, sizeof all, "v=1; d=author.example; %s; bh=@; b=", tags[i]);
        forge_signature(&lab, LAB_RSA, "DKIM-Signature", all, &message);
    }
    replace(&message, "another\r\n", "another\r\nspam\r\n");
    struct trial_input in = {.message = buffer_slice(&message)};
    struct trial trial = trial_run(&lab, &in);
    for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++) /* top first: the last one made */
        if ((trial.record->dkim.signatures[i]->verdict.result == WAYBILL_RESULT_PASS) != (i != 3))
            fail_msg("signature %zu: %s", i, trial.record->dkim.signatures[i]->verdict.why);
    trial_free(&trial);
    buffer_free(&message);
}

/* Beyond the limit nothing is evaluated, and that is said. */
static void too_many(void **state)
{
    (void)state;
    struct buffer message = message_of(MESSAGE);
    for (size_t i = 0; i < LIMIT_DKIM_SIGNATURES + 3; i++)
        put_on_top(&message, SLICE("DKIM-Signature: v=1\r\n"));
    struct trial_input in = {.message = buffer_slice(&message)};
    struct trial trial = trial_run(&lab, &in);
    assert_int_equal(trial.record->dkim.n, LIMIT_DKIM_SIGNATURES);
    assert_int_equal(trial.record->dkim.beyond, 3);
    trial_free(&trial);
    buffer_free(&message);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signatures),      cmocka_unit_test(keys),     cmocka_unit_test(several),
        cmocka_unit_test(several_lengths), cmocka_unit_test(too_many),
    };
    return cmocka_run_group_tests_name("verify", tests, lab_set_up, lab_tear_down);
}
