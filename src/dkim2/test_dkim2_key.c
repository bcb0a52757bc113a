/* Key records as DKIM2 reads them, by what a whole verification finds (dkim2-dns section 3.4.1). */
#include "base/base64.h"
#include "base/limits.h"
#include "dkim2/dkim2.h"
#include "support/custody.h"
#include "support/custody_forge.h"
#include "support/group.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const char message[] = "From: a@a.example\r\n\r\nBread.\r\n";

/* Judges a hop signed with this key while the DNS says so of it. */
static void judge(enum lab_key key, enum waybill_draft draft, const struct dns_row *row,
                  struct custody *c)
{
    const struct forged_step step = {.domain = "a.example",
                                     .mail_from = "<a@a.example>",
                                     .rcpt_to = {"<b@b.example>"},
                                     .keys = {key},
                                     .n_keys = 1};
    const char *rcpt_to = "b@b.example";
    struct buffer octets = forge_journey(&lab, message, &step, 1);
    struct custody_rows rows = {&lab, row, 1};
    struct custody_input in = {.message = buffer_slice(&octets),
                               .draft = draft,
                               .mail_from = "a@a.example",
                               .rcpt_to = &rcpt_to,
                               .rcpts = 1,
                               .answer = custody_by_rows,
                               .self = &rows};
    assert_int_equal(custody_run(lab.engine, &in, c), WAYBILL_OK);
    buffer_free(&octets);
}

/* Both drafts say the same; `wanted` is the sentence, or NULL where the hop passes. */
static void check(const char *name, enum lab_key key, struct dns_row row, const char *wanted,
                  bool testing)
{
    static const char *const names[LAB_KEYS] = {
        [LAB_RSA] = "rsa._domainkey.a.example", [LAB_ED25519] = "ed._domainkey.a.example"};
    row.name = names[key];
    for (enum waybill_draft draft = WAYBILL_DRAFT_06; draft <= WAYBILL_DRAFT_09; draft++) {
        struct custody c;
        judge(key, draft, &row, &c);
        const char *first = c.dkim2.n_found ? c.dkim2.found[0].text : NULL;
        bool same =
            wanted && first ? slice_eq(slice_str(first), slice_str(wanted)) : !first && !wanted;
        if (!same || c.dkim2.n_found > 1)
            fail_msg("%s by %s: %s", name, waybill_draft_text(draft), first ? first : "pass");
        if (c.dkim2.signatures[0]->sets[0].testing != testing)
            fail_msg("%s by %s: testing is not as it should be", name, waybill_draft_text(draft));
        custody_free(&c);
    }
}

/* --- the text of a record --------------------------------------------------------------------- */

#define OF(selector, state, what) state ": DKIM2-Signature i=1 public key " selector " " what

#define ED_SYNTAX OF("ed", "PERMERROR", "has a syntax error")
#define ED_REVOKED OF("ed", "PERMERROR", "has been revoked")
#define ED_MISMATCH OF("ed", "PERMERROR", "algorithm mismatch")
#define ED_SEVERAL OF("ed", "PERMERROR", "has multiple records")
#define ED_MISSING OF("ed", "PERMERROR", "does not exist")
#define ED_NOT_FETCHED OF("ed", "TEMPERROR", "could not be fetched")
#define ED_WRONG "FAIL: DKIM2-Signature i=1 ed incorrect signature"
#define RSA_SYNTAX OF("rsa", "PERMERROR", "has a syntax error")
#define RSA_REVOKED OF("rsa", "PERMERROR", "has been revoked")
#define RSA_MISMATCH OF("rsa", "PERMERROR", "algorithm mismatch")
#define RSA_WRONG "FAIL: DKIM2-Signature i=1 rsa incorrect signature"

#define OTHER_KEY "hwjviTXyzUXSCWayBqE17s/4NSynQKxw58jayHudRAI="

/* A record in which <p> stands for the key that signed, in base64. */
static const struct record_case {
    const char *name;
    enum lab_key key;
    const char *text;
    const char *found; /* NULL: the hop passes */
    bool testing;
} record_cases[] = {
    {"usual", LAB_ED25519, "v=DKIM1; k=ed25519; p=<p>", NULL, false},
    {"usual RSA", LAB_RSA, "v=DKIM1; k=rsa; p=<p>", NULL, false},
    {"a semicolon at the end", LAB_ED25519, "v=DKIM1;k=ed25519;p=<p>;", NULL, false},
    {"white space around all", LAB_ED25519, " v = DKIM1 ;\tk = ed25519 ; p = <p> ", NULL, false},
    {"somebody else's key", LAB_ED25519, "v=DKIM1; k=ed25519; p=" OTHER_KEY, ED_WRONG, false},

    {"no v=", LAB_ED25519, "k=ed25519; p=<p>", NULL, false},
    {"v= not first", LAB_ED25519, "k=ed25519; v=DKIM1; p=<p>", ED_SYNTAX, false},
    {"v= last", LAB_ED25519, "k=ed25519; p=<p>; v=DKIM1", ED_SYNTAX, false},
    {"v= in lower case", LAB_ED25519, "v=dkim1; k=ed25519; p=<p>", ED_SYNTAX, false},
    {"v=DKIM1.0", LAB_ED25519, "v=DKIM1.0; k=ed25519; p=<p>", ED_SYNTAX, false},
    {"v=DKIM2", LAB_ED25519, "v=DKIM2; k=ed25519; p=<p>", ED_SYNTAX, false},
    {"v= empty", LAB_ED25519, "v=; k=ed25519; p=<p>", ED_SYNTAX, false},
    {"V= is another tag", LAB_ED25519, "V=1; k=ed25519; p=<p>", NULL, false},

    {"no k= is rsa", LAB_RSA, "v=DKIM1; p=<p>", NULL, false},
    {"no k= for another algorithm", LAB_ED25519, "v=DKIM1; p=<p>", ED_MISMATCH, false},
    {"k= unknown", LAB_ED25519, "v=DKIM1; k=ecdsa; p=<p>", ED_MISMATCH, false},
    {"k= unknown, of RSA", LAB_RSA, "v=DKIM1; k=rsa2; p=<p>", RSA_MISMATCH, false},
    {"k= in upper case", LAB_RSA, "v=DKIM1; k=RSA; p=<p>", RSA_MISMATCH, false},
    {"k= empty", LAB_RSA, "v=DKIM1; k=; p=<p>", RSA_MISMATCH, false},
    {"k= of the other kind", LAB_RSA, "v=DKIM1; k=ed25519; p=<p>", RSA_MISMATCH, false},
    {"k=rsa with an Ed25519 key", LAB_ED25519, "v=DKIM1; k=rsa; p=<p>", ED_MISMATCH, false},
    {"k=mldsa44", LAB_ED25519, "v=DKIM1; k=mldsa44; p=<p>", ED_MISMATCH, false},
    {"the algorithm for the kind", LAB_RSA, "v=DKIM1; k=rsa-sha256; p=<p>", RSA_MISMATCH, false},

    {"no p=", LAB_ED25519, "v=DKIM1; k=ed25519", ED_SYNTAX, false},
    {"P= is another tag", LAB_ED25519, "v=DKIM1; k=ed25519; P=<p>", ED_SYNTAX, false},
    {"p= empty", LAB_ED25519, "v=DKIM1; k=ed25519; p=", ED_REVOKED, false},
    {"p= empty and a semicolon", LAB_RSA, "v=DKIM1; k=rsa; p=;", RSA_REVOKED, false},
    {"p= of white space", LAB_ED25519, "v=DKIM1; k=ed25519; p= \t ", ED_REVOKED, false},
    {"p= empty, of another kind", LAB_ED25519, "v=DKIM1; p=", ED_REVOKED, false},
    {"p= with white space inside", LAB_ED25519,
     "v=DKIM1; k=ed25519; p=hwjviTXy zUXSCWayBqE1\t7s/4NSynQKxw58jayHudRAI =", ED_WRONG, false},
    {"p= with a fold inside", LAB_ED25519,
     "v=DKIM1; k=ed25519; p=hwjviTXyzUXSCWayBqE1\r\n 7s/4NSynQKxw58jayHudRAI=", ED_WRONG, false},
    {"p= with a line break inside", LAB_ED25519,
     "v=DKIM1; k=ed25519; p=hwjviTXyzUXSCWayBqE1\r\n7s/4NSynQKxw58jayHudRAI=", ED_SYNTAX, false},
    {"p= that is no base64", LAB_ED25519,
     "v=DKIM1; k=ed25519; p=hwjviTXyzUXSCWayBqE17s/4NSynQKxw58jayHud*AI=", ED_SYNTAX, false},
    {"p= of base64url", LAB_ED25519,
     "v=DKIM1; k=ed25519; p=hwjviTXyzUXSCWayBqE17s_4NSynQKxw58jayHudRAI=", ED_SYNTAX, false},
    {"p= without its padding", LAB_ED25519,
     "v=DKIM1; k=ed25519; p=hwjviTXyzUXSCWayBqE17s/4NSynQKxw58jayHudRAI", ED_SYNTAX, false},
    {"p= with bits left over", LAB_ED25519,
     "v=DKIM1; k=ed25519; p=hwjviTXyzUXSCWayBqE17s/4NSynQKxw58jayHudRAJ=", ED_SYNTAX, false},
    {"p= of 31 octets", LAB_ED25519,
     "v=DKIM1; k=ed25519; p=hwjviTXyzUXSCWayBqE17s/4NSynQKxw58jayHudRA==", ED_SYNTAX, false},
    {"p= of 33 octets", LAB_ED25519,
     "v=DKIM1; k=ed25519; p=hwjviTXyzUXSCWayBqE17s/4NSynQKxw58jayHudRAIA", ED_SYNTAX, false},
    {"p= that is no RSA key", LAB_RSA, "v=DKIM1; p=AAAA", RSA_SYNTAX, false},
    {"p= of an Ed25519 key for RSA", LAB_RSA, "v=DKIM1; p=" OTHER_KEY, RSA_SYNTAX, false},
    {"p= with something behind the key", LAB_RSA, "v=DKIM1; p=<p>AAAA", RSA_SYNTAX, false},

    {"t=y", LAB_ED25519, "v=DKIM1; k=ed25519; t=y; p=<p>", NULL, true},
    {"t=y and another key", LAB_ED25519, "v=DKIM1; k=ed25519; t=y; p=" OTHER_KEY, ED_WRONG, true},
    {"t=s : y", LAB_ED25519, "v=DKIM1; k=ed25519; t=s : y; p=<p>", NULL, true},
    {"t=s", LAB_ED25519, "v=DKIM1; k=ed25519; t=s; p=<p>", NULL, false},
    {"t= unknown", LAB_ED25519, "v=DKIM1; k=ed25519; t=Y:yes; p=<p>", NULL, false},
    {"t= empty", LAB_ED25519, "v=DKIM1; k=ed25519; t=; p=<p>", NULL, false},

    {"h= of no digest in use", LAB_RSA, "v=DKIM1; h=sha1; p=<p>", NULL, false},
    {"h= empty", LAB_RSA, "v=DKIM1; h=; p=<p>", NULL, false},
    {"s= of another service", LAB_ED25519, "v=DKIM1; k=ed25519; s=tlsrpt; p=<p>", NULL, false},
    {"n= and g=", LAB_ED25519, "v=DKIM1; g=nobody; k=ed25519; n=a=20b; p=<p>", NULL, false},
    {"unknown tags", LAB_ED25519, "v=DKIM1; k=ed25519; f=strict; x_1=; p=<p>", NULL, false},

    {"a tag twice", LAB_ED25519, "v=DKIM1; k=ed25519; k=ed25519; p=<p>", ED_SYNTAX, false},
    {"an unknown tag twice", LAB_ED25519, "v=DKIM1; k=ed25519; p=<p>; x=1; x=2", ED_SYNTAX, false},
    {"an empty tag", LAB_ED25519, "v=DKIM1;; k=ed25519; p=<p>", ED_SYNTAX, false},
    {"a tag without =", LAB_ED25519, "v=DKIM1; k=ed25519; x; p=<p>", ED_SYNTAX, false},
    {"a name that begins with a digit", LAB_ED25519, "v=DKIM1; k=ed25519; 1=x; p=<p>", ED_SYNTAX,
     false},
    {"UTF-8 in n=", LAB_ED25519, "v=DKIM1; k=ed25519; n=\xC3\xA4; p=<p>", ED_SYNTAX, false},
    {"UTF-8 in a revoked key", LAB_ED25519, "v=DKIM1; k=ed25519; n=\xC3\xA4; p=", ED_SYNTAX, false},
    {"Latin-1 in n=", LAB_ED25519, "v=DKIM1; k=ed25519; n=\xE4; p=<p>", ED_SYNTAX, false},
    {"a control in n=", LAB_ED25519, "v=DKIM1; k=ed25519; n=\x01; p=<p>", ED_SYNTAX, false},
    {"DEL in n=", LAB_ED25519, "v=DKIM1; k=ed25519; n=\x7F; p=<p>", ED_SYNTAX, false},
    {"quotes around all", LAB_ED25519, "\"v=DKIM1; k=ed25519; p=<p>\"", ED_SYNTAX, false},
    {"escaped semicolons", LAB_ED25519, "v=DKIM1\\; k=ed25519\\; p=<p>", ED_SYNTAX, false},
    {"empty", LAB_ED25519, "", ED_SYNTAX, false},
    {"free text", LAB_ED25519, "moved to another provider", ED_SYNTAX, false},
    {"an SPF record", LAB_ED25519, "v=spf1 -all", ED_SYNTAX, false},
};

/* The p= of the lab's own record, behind which nothing stands. */
static struct slice own_key(enum lab_key key)
{
    struct slice record = slice_str(lab.records[key]);
    size_t at = 0;
    while (at < record.n && !slice_starts(slice_from(record, at), SLICE("p=")))
        at++;
    return slice_trim(slice_from(record, at + 2));
}

static struct buffer with_own_key(const struct record_case *c)
{
    struct buffer out = buffer_new(LAB_MESSAGE_OCTETS);
    struct slice text = slice_str(c->text), mark = SLICE("<p>");
    for (size_t at = 0; at < text.n;) {
        bool here = slice_starts(slice_from(text, at), mark);
        buffer_add(&out, here ? own_key(c->key) : slice_sub(text, at, 1));
        at += here ? mark.n : 1;
    }
    buffer_add_octet(&out, '\0');
    return out;
}

static void records(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof record_cases / sizeof record_cases[0]; i++) {
        const struct record_case *c = &record_cases[i];
        struct buffer text = with_own_key(c);
        struct dns_row row = {NULL, WAYBILL_ANSWERED, {(const char *)text.p}};
        check(c->name, c->key, row, c->found, c->testing);
        buffer_free(&text);
    }
}

/* --- numbers of RSA --------------------------------------------------------------------------- */

static const struct number_case {
    const char *name;
    unsigned bits;
    uint32_t exponent;
    bool even;
    const char *found;
} number_cases[] = {
    {"the shortest", LIMIT_RSA_BITS_LEAST, 65537, false, RSA_WRONG},
    {"too short by a bit", LIMIT_RSA_BITS_LEAST - 1, 65537, false, RSA_SYNTAX},
    {"512 bits", 512, 65537, false, RSA_SYNTAX},
    {"the longest", LIMIT_RSA_BITS_MOST, 65537, false, RSA_WRONG},
    {"too long by a bit", LIMIT_RSA_BITS_MOST + 1, 65537, false, RSA_SYNTAX},
    {"an exponent of 3", 2048, 3, false, RSA_SYNTAX},
    {"an exponent of 17", 2048, 17, false, RSA_SYNTAX},
    {"an exponent of 1", 2048, 1, false, RSA_SYNTAX},
    {"an even exponent", 2048, 65536, false, RSA_SYNTAX},
    {"an exponent past the right one", 2048, 65539, false, RSA_SYNTAX},
    {"an even modulus", 2048, 65537, true, RSA_SYNTAX},
};

static void add_header(struct buffer *der, uint8_t tag, size_t n)
{
    const uint8_t header[] = {tag, 0x82, (uint8_t)(n >> 8), (uint8_t)n};
    buffer_add(der, slice_of(header, n < 256 ? 1 : 4));
    if (n >= 128 && n < 256)
        buffer_add_octet(der, 0x81);
    if (n < 256)
        buffer_add_octet(der, (uint8_t)n);
}

/* A modulus of so many bits. Nobody has the other half of the key, so that nothing verifies. */
static void add_modulus(struct buffer *der, unsigned bits, bool even)
{
    unsigned top = (bits - 1) % 8;
    size_t n = (bits + 7) / 8, pad = top == 7;
    struct prng chance = {bits};
    add_header(der, 0x02, n + pad);
    if (pad)
        buffer_add_octet(der, 0);
    buffer_add_octet(der, (uint8_t)(1u << top));
    for (size_t i = 2; i < n; i++)
        buffer_add_octet(der, (uint8_t)prng_next(&chance));
    buffer_add_octet(der, even ? 0x36 : 0x37);
}

static void add_exponent(struct buffer *der, uint32_t exponent)
{
    size_t n = exponent < 128 ? 1 : 3;
    add_header(der, 0x02, n);
    for (size_t i = n; i-- > 0;)
        buffer_add_octet(der, (uint8_t)(exponent >> (8 * i)));
}

/* As RSAPublicKey (RFC 8017 section A.1.1), which is what dkim2-dns names; the lab's own record is
 * a SubjectPublicKeyInfo. */
static struct buffer record_of(const struct number_case *c)
{
    struct buffer numbers = buffer_new(4096), der = buffer_new(4096), text = buffer_new(4096);
    add_modulus(&numbers, c->bits, c->even);
    add_exponent(&numbers, c->exponent);
    add_header(&der, 0x30, numbers.n);
    buffer_add(&der, buffer_slice(&numbers));
    buffer_add_str(&text, "v=DKIM1; k=rsa; p=");
    base64_encode(&text, buffer_slice(&der));
    buffer_add_octet(&text, '\0');
    assert_int_equal(text.status, WAYBILL_OK);
    buffer_free(&numbers);
    buffer_free(&der);
    return text;
}

static void numbers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof number_cases / sizeof number_cases[0]; i++) {
        const struct number_case *c = &number_cases[i];
        struct buffer text = record_of(c);
        struct dns_row row = {NULL, WAYBILL_ANSWERED, {(const char *)text.p}};
        check(c->name, LAB_RSA, row, c->found, false);
        buffer_free(&text);
    }
}

/* --- answers ---------------------------------------------------------------------------------- */

#define RECORD "v=DKIM1; k=ed25519; p=" OTHER_KEY

static const struct answer_case {
    const char *name;
    struct dns_row row;
    const char *found;
} answer_cases[] = {
    {"one record", {NULL, WAYBILL_ANSWERED, {RECORD}}, ED_WRONG},
    {"two records", {NULL, WAYBILL_ANSWERED, {RECORD, "v=DKIM1; p=AAAA"}}, ED_SEVERAL},
    {"the same record twice", {NULL, WAYBILL_ANSWERED, {RECORD, RECORD}}, ED_SEVERAL},
    {"a record and a text", {NULL, WAYBILL_ANSWERED, {RECORD, "verify=1"}}, ED_SEVERAL},
    {"a record and an empty text", {NULL, WAYBILL_ANSWERED, {RECORD, ""}}, ED_SEVERAL},
    {"three texts", {NULL, WAYBILL_ANSWERED, {"a", "b", "c"}}, ED_SEVERAL},
    {"no record", {NULL, WAYBILL_NODATA, {NULL}}, ED_MISSING},
    {"no such name", {NULL, WAYBILL_NXDOMAIN, {NULL}}, ED_MISSING},
    {"a server that cannot say", {NULL, WAYBILL_SERVFAIL, {NULL}}, ED_NOT_FETCHED},
    {"a server that says nothing", {NULL, WAYBILL_TIMEOUT, {NULL}}, ED_NOT_FETCHED},
};

static void answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof answer_cases / sizeof answer_cases[0]; i++)
        check(answer_cases[i].name, LAB_ED25519, answer_cases[i].row, answer_cases[i].found, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records),
        cmocka_unit_test(numbers),
        cmocka_unit_test(answers),
    };
    return cmocka_run_group_tests_name("dkim2_key", tests, lab_set_up, lab_tear_down);
}
