#include "dkim/signature.h"

#include "support/group.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* Signatures that are well formed and signed by nobody: their tags are fine if this is said. */
#define FINE WAYBILL_RESULT_FAIL, "body hash and signature did not verify"
#define FINE_SEAL WAYBILL_RESULT_NOT_EVALUATED, "a set is not whole: what the seal covers is open"
#define BAD(why) WAYBILL_RESULT_NEUTRAL, why

#define HEAD "v=1; a=rsa-sha256; d=author.example; s=rsa; "
#define TAIL "h=from; bh=AAAA; b=AAAA"

static const struct tag_case {
    const char *name;
    const char *tags;
    enum waybill_result result;
    const char *why;
} dkim_cases[] = {
    {"least", HEAD TAIL, FINE},
    {"all",
     HEAD "c=relaxed/simple; i=a@author.example; l=7; q=dns/txt; t=1; x=1900000000; z=a:b; " TAIL,
     FINE},
    {"unknown tags", HEAD "foo=bar; " TAIL, FINE},
    {"tags of ARC are unknown ones", HEAD "cv=nonsense; " TAIL, FINE},
    {"no tag list", HEAD TAIL ";;", BAD("an empty tag")},
    {"a tag twice", HEAD "s=rsa; " TAIL, BAD("a tag stands twice")},
    {"nothing", "", BAD("no tag at all")},

    {"no v=", "a=rsa-sha256; d=author.example; s=rsa; " TAIL, BAD("no v=")},
    {"v=2", "v=2; a=rsa-sha256; d=author.example; s=rsa; " TAIL, BAD("v= is not 1")},
    {"v=1.0", "v=1.0; a=rsa-sha256; d=author.example; s=rsa; " TAIL, BAD("v= is not 1")},
    {"v=01", "v=01; a=rsa-sha256; d=author.example; s=rsa; " TAIL, BAD("v= is not 1")},
    {"v= is not first", "a=rsa-sha256; v=1; d=author.example; s=rsa; " TAIL, FINE},

    {"no a=", "v=1; d=author.example; s=rsa; " TAIL, BAD("no a=")},
    {"unknown a=", "v=1; a=rsa-md5; d=author.example; s=rsa; " TAIL,
     BAD("a= names no algorithm that is known")},
    {"empty a=", "v=1; a=; d=author.example; s=rsa; " TAIL,
     BAD("a= names no algorithm that is known")},
    {"a= of DKIM2", "v=1; a=mldsa44; d=author.example; s=rsa; " TAIL,
     BAD("a= names no algorithm that is known")},
    {"rsa-sha1", "v=1; a=rsa-sha1; d=author.example; s=rsa; " TAIL, WAYBILL_RESULT_POLICY,
     "rsa-sha1 proves nothing any more"},
    {"rsa-sha1 and malformed", "v=1; a=rsa-sha1; d=; s=rsa; " TAIL, BAD("d= is no domain name")},

    {"no b=", HEAD "h=from; bh=AAAA", BAD("no b=")},
    {"empty b=", HEAD "h=from; bh=AAAA; b=", BAD("b= is empty or not base64")},
    {"b= is no base64", HEAD "h=from; bh=AAAA; b=A*AA", BAD("b= is empty or not base64")},
    {"b= is padded wrong", HEAD "h=from; bh=AAAA; b=AAAA=", BAD("b= is empty or not base64")},
    {"b= with folds", HEAD "h=from; bh=AAAA; b=AA\r\n AA\r\n\t", FINE},
    {"no bh=", HEAD "h=from; b=AAAA", BAD("no bh=")},
    {"empty bh=", HEAD "h=from; bh=; b=AAAA", BAD("bh= is empty or not base64")},
    {"bh= is no base64", HEAD "h=from; bh=-; b=AAAA", BAD("bh= is empty or not base64")},

    {"c=simple", HEAD "c=simple; " TAIL, FINE},
    {"c=relaxed", HEAD "c=relaxed; " TAIL, FINE},
    {"c=Relaxed", HEAD "c=Relaxed; " TAIL, BAD("c= names no canonical form")},
    {"c=relaxed/", HEAD "c=relaxed/; " TAIL, BAD("c= names no canonical form")},
    {"c=/relaxed", HEAD "c=/relaxed; " TAIL, BAD("c= names no canonical form")},
    {"c=relaxed/nowsp", HEAD "c=relaxed/nowsp; " TAIL, BAD("c= names no canonical form")},
    {"empty c=", HEAD "c=; " TAIL, BAD("c= names no canonical form")},
    {"c= of three", HEAD "c=relaxed/simple/simple; " TAIL, BAD("c= names no canonical form")},

    {"no d=", "v=1; a=rsa-sha256; s=rsa; " TAIL, BAD("no d=")},
    {"empty d=", "v=1; a=rsa-sha256; d=; s=rsa; " TAIL, BAD("d= is no domain name")},
    {"d= with an empty label", "v=1; a=rsa-sha256; d=a..example; s=rsa; " TAIL,
     BAD("d= is no domain name")},
    {"d= with a final dot", "v=1; a=rsa-sha256; d=author.example.; s=rsa; " TAIL,
     BAD("d= is no domain name")},
    {"d= with a space", "v=1; a=rsa-sha256; d=a b.example; s=rsa; " TAIL,
     BAD("d= is no domain name")},
    {"d= in capitals", "v=1; a=rsa-sha256; d=AUTHOR.Example; s=rsa; " TAIL, FINE},
    {"d= as U-label",
     "v=1; a=rsa-sha256; d=b\xC3\xBC"
     "cher.example; s=rsa; " TAIL,
     FINE},
    {"no s=", "v=1; a=rsa-sha256; d=author.example; " TAIL, BAD("no s=")},
    {"empty s=", "v=1; a=rsa-sha256; d=author.example; s=; " TAIL, BAD("s= is no selector")},
    {"s= of two labels", "v=1; a=rsa-sha256; d=author.example; s=rsa._domainkey.a; " TAIL, FINE},
    {"s= with a space", "v=1; a=rsa-sha256; d=author.example; s=r sa; " TAIL,
     BAD("s= is no selector")},

    {"no h=", HEAD "bh=AAAA; b=AAAA", BAD("no h=")},
    {"empty h=", HEAD "h=; bh=AAAA; b=AAAA", BAD("h= does not name From")},
    {"h= without From", HEAD "h=to:fromage; bh=AAAA; b=AAAA", BAD("h= does not name From")},
    {"h= in capitals, with white space", HEAD "h=To :\r\n FROM ; bh=AAAA; b=AAAA", FINE},

    {"i= of a subdomain", HEAD "i=a@news.author.example; " TAIL, FINE},
    {"i= without local part", HEAD "i=@author.example; " TAIL, FINE},
    {"i= in capitals", HEAD "i=@AUTHOR.example; " TAIL, FINE},
    {"i= with two @", HEAD "i=a@b@author.example; " TAIL, FINE},
    {"i= without @", HEAD "i=author.example; " TAIL, BAD("i= has no @")},
    {"empty i=", HEAD "i=; " TAIL, BAD("i= has no @")},
    {"i= elsewhere", HEAD "i=a@other.example; " TAIL, BAD("i= is not within d=")},
    {"i= of the parent", HEAD "i=a@example; " TAIL, BAD("i= is not within d=")},
    {"i= of a longer name", HEAD "i=a@xauthor.example; " TAIL, BAD("i= is not within d=")},
    {"i= without domain", HEAD "i=a@; " TAIL, BAD("i= is not within d=")},

    {"l=0", HEAD "l=0; " TAIL, FINE},
    {"l= with zeros in front", HEAD "l=00000000000000000000000000000007; " TAIL, FINE},
    {"l= of 76 digits",
     HEAD "l=9999999999999999999999999999999999999999999999999999999999999999"
          "999999999999; " TAIL,
     WAYBILL_RESULT_FAIL, "the body is shorter than l="},
    {"l= of 77 digits",
     HEAD "l=9999999999999999999999999999999999999999999999999999999999999999"
          "9999999999999; " TAIL,
     BAD("l= is no number")},
    {"empty l=", HEAD "l=; " TAIL, BAD("l= is no number")},
    {"l=-1", HEAD "l=-1; " TAIL, BAD("l= is no number")},
    {"l=+1", HEAD "l=+1; " TAIL, BAD("l= is no number")},
    {"l=1 2", HEAD "l=1 2; " TAIL, BAD("l= is no number")},
    {"l= of 20 octets, one no digit", HEAD "l=1234567890123456789a; " TAIL, BAD("l= is no number")},

    {"q= that we know not alone", HEAD "q=http/get:dns/txt; " TAIL, FINE},
    {"q=dns", HEAD "q=dns; " TAIL, FINE},
    {"unknown q=", HEAD "q=http/get; " TAIL, BAD("q= names no way to ask that is known")},
    {"empty q=", HEAD "q=; " TAIL, BAD("q= names no way to ask that is known")},

    {"t= of 12 digits", HEAD "t=999999999999; " TAIL, FINE},
    {"t= of 13 digits", HEAD "t=9999999999999; " TAIL, BAD("t= is no time")},
    {"empty t=", HEAD "t=; " TAIL, BAD("t= is no time")},
    {"t= no number", HEAD "t=now; " TAIL, BAD("t= is no time")},
    {"x= no number", HEAD "x=never; " TAIL, BAD("x= is no time")},
    {"x= is t=", HEAD "t=1900000000; x=1900000000; " TAIL, BAD("x= is not after t=")},
    {"x= before t=", HEAD "t=1900000000; x=1800000000; " TAIL, BAD("x= is not after t=")},
    {"x= is now", HEAD "x=1700000000; " TAIL, FINE},
    {"x= a second ago", HEAD "x=1699999999; " TAIL, WAYBILL_RESULT_FAIL, "signature expired"},
};

#define ARC_HEAD "i=1; a=rsa-sha256; d=author.example; s=rsa; "

static const struct tag_case ams_cases[] = {
    {"least", ARC_HEAD TAIL, FINE},
    {"v= is unknown", ARC_HEAD "v=7; " TAIL, FINE},
    {"h= without From", ARC_HEAD "h=to; bh=AAAA; b=AAAA", FINE},
    {"h= with other ARC fields",
     ARC_HEAD "h=arc-message-signature:arc-authentication-results; bh=AAAA; b=AAAA", FINE},
    {"h= with ARC-Seal", ARC_HEAD "h=from:arc-SEAL; bh=AAAA; b=AAAA", BAD("h= names ARC-Seal")},
    {"no i=", "a=rsa-sha256; d=author.example; s=rsa; " TAIL, BAD("no i=")},
    {"i=0", "i=0; a=rsa-sha256; d=author.example; s=rsa; " TAIL,
     BAD("i= is no instance from 1 to 50")},
    {"i=51", "i=51; a=rsa-sha256; d=author.example; s=rsa; " TAIL,
     BAD("i= is no instance from 1 to 50")},
    {"i=100", "i=100; a=rsa-sha256; d=author.example; s=rsa; " TAIL,
     BAD("i= is no instance from 1 to 50")},
    {"i= an address", "i=@author.example; a=rsa-sha256; d=author.example; s=rsa; " TAIL,
     BAD("i= is no instance from 1 to 50")},
    {"no bh=", ARC_HEAD "h=from; b=AAAA", BAD("no bh=")},
    {"no h=", ARC_HEAD "bh=AAAA; b=AAAA", BAD("no h=")},
    {"rsa-sha1", "i=1; a=rsa-sha1; d=author.example; s=rsa; " TAIL, WAYBILL_RESULT_POLICY,
     "rsa-sha1 proves nothing any more"},
    {"l= beyond the body", ARC_HEAD "l=99; " TAIL, WAYBILL_RESULT_FAIL,
     "the body is shorter than l="},
};

static const struct tag_case seal_cases[] = {
    {"least", ARC_HEAD "cv=none; b=AAAA", FINE_SEAL},
    {"cv=pass", ARC_HEAD "cv=pass; b=AAAA", FINE_SEAL},
    {"cv=fail", ARC_HEAD "cv=fail; b=AAAA", FINE_SEAL},
    {"cv= in capitals", ARC_HEAD "cv=NONE; b=AAAA", FINE_SEAL},
    {"no cv=", ARC_HEAD "b=AAAA", BAD("no cv=")},
    {"empty cv=", ARC_HEAD "cv=; b=AAAA", BAD("cv= is not none, pass or fail")},
    {"unknown cv=", ARC_HEAD "cv=maybe; b=AAAA", BAD("cv= is not none, pass or fail")},
    {"h=", ARC_HEAD "cv=none; h=from; b=AAAA", BAD("h= stands in an ARC-Seal")},
    {"tags of a signature are unknown ones", ARC_HEAD "cv=none; bh=*; c=*; l=*; q=*; x=*; b=AAAA",
     FINE_SEAL},
    {"t= no number", ARC_HEAD "cv=none; t=x; b=AAAA", BAD("t= is no time")},
};

static void check_cases(enum signature_field kind, const struct tag_case *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct buffer message = buffer_new(LAB_MESSAGE_OCTETS);
        buffer_add(&message, signature_field_name(kind));
        buffer_add_str(&message, ": ");
        buffer_add_str(&message, cases[i].tags);
        buffer_add_str(&message, "\r\nFrom: a@author.example\r\n\r\n0123456789\r\n");
        struct trial_input in = {.message = buffer_slice(&message)};
        struct trial trial = trial_run(&lab, &in);
        const struct signature *s;
        size_t at = 0;
        assert_true(record_next_signature(trial.record, &at, &s));
        if (s->verdict.result != cases[i].result || strcmp(s->verdict.why, cases[i].why) != 0)
            fail_msg("%s: %s, %s", cases[i].name, waybill_result_text(s->verdict.result),
                     s->verdict.why);
        trial_free(&trial);
        buffer_free(&message);
    }
}

static void dkim(void **state)
{
    (void)state;
    check_cases(FIELD_DKIM_SIGNATURE, LAB_ROWS(dkim_cases));
}

static void arc_message_signature(void **state)
{
    (void)state;
    check_cases(FIELD_ARC_MESSAGE_SIGNATURE, LAB_ROWS(ams_cases));
}

static void arc_seal(void **state)
{
    (void)state;
    check_cases(FIELD_ARC_SEAL, LAB_ROWS(seal_cases));
}

static void assert_slice(struct slice is, const char *should)
{
    if (!slice_eq(is, slice_str(should)))
        fail_msg("\"%.*s\" should be \"%s\"", SLICE_ARGS(is), should);
}

/* What is kept of a signature, a malformed one too: as much as possible is for the record. */
static void values(void **state)
{
    (void)state;
    struct trial_input in = {
        .message = SLICE("DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed; d=Author.EXAMPLE;\r\n"
                         " s=S1; i=x@news.author.example; h=from : to; l=5; t=7; x=9;\r\n"
                         " bh=AQID; b= BA\r\n UG ; q=none\r\nFrom: a@b\r\n\r\n")};
    struct trial trial = trial_run(&lab, &in);
    const struct signature *s = trial.record->dkim.signatures[0];
    assert_string_equal(s->verdict.why, "q= names no way to ask that is known");
    assert_slice(s->algorithm_name, "ed25519-sha256");
    assert_slice(s->domain, "Author.EXAMPLE");
    assert_slice(s->ascii_domain, "author.example");
    assert_slice(s->selector, "S1");
    assert_slice(s->identity, "x@news.author.example");
    assert_slice(s->headers, "from : to");
    assert_slice(s->octets, "\x04\x05\x06");
    assert_slice(s->body_digest, "\x01\x02\x03");
    assert_slice(s->cut, " BA\r\n UG ");
    assert_int_equal(s->header_canon, CANON_RELAXED);
    assert_int_equal(s->body_canon, CANON_SIMPLE);
    assert_true(s->has_length && s->length == 5);
    assert_true(s->has_time && s->time == 7);
    assert_true(s->has_expiry && s->expiry == 9);
    assert_null(s->key_question);
    trial_free(&trial);
}

/* d= and i= may write one domain differently; what is compared is the A-label (RFC 8616 section 5).
 */
static void labels(void **state)
{
    (void)state;
    struct trial_input in = {
        .message = SLICE("DKIM-Signature: v=1; a=ed25519-sha256; d=xn--bcher-kva.example; s=s1;\r\n"
                         " i=x@B\xC3\xBC"
                         "cher.Example; h=from; bh=AQID; b=BAUG\r\nFrom: a@b\r\n\r\n")};
    struct trial trial = trial_run(&lab, &in);
    const struct signature *s = trial.record->dkim.signatures[0];
    assert_slice(s->ascii_domain, "xn--bcher-kva.example");
    assert_slice(s->identity_domain, "xn--bcher-kva.example");
    trial_free(&trial);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dkim),     cmocka_unit_test(arc_message_signature),
        cmocka_unit_test(arc_seal), cmocka_unit_test(values),
        cmocka_unit_test(labels),
    };
    return cmocka_run_group_tests_name("signature", tests, lab_set_up, lab_tear_down);
}
