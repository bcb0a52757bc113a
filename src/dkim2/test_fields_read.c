/* Both of DKIM2's fields, as they are read: tables of values and what is said of them. */
#include "base/buffer.h"
#include "base/limits.h"
#include "dkim2/instance.h"
#include "dkim2/signature.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* "FINDING[ value]" of what is wrong, for comparison. */
static const char *const finding_names[DKIM2_FINDINGS] = {
    [DKIM2_INSTANCE_SYNTAX] = "syntax",
    [DKIM2_INSTANCE_TAG_MISSING] = "missing",
    [DKIM2_INSTANCE_DUPLICATE_HASH] = "duplicate",
    [DKIM2_SIGNATURE_SYNTAX] = "syntax",
    [DKIM2_SIGNATURE_TAG_MISSING] = "missing",
    [DKIM2_SIGNATURE_TAG_UNEXPECTED] = "unexpected",
    [DKIM2_SIGNATURE_DUPLICATE_SELECTOR] = "duplicate",
    [DKIM2_SIGNATURE_TOO_MANY] = "too many",
};

static void add_wrong(struct buffer *b, enum dkim2_finding wrong, struct slice value)
{
    buffer_add_str(b, finding_names[wrong] ? finding_names[wrong] : "?");
    if (value.n > 0)
        buffer_printf(b, " %.*s", SLICE_ARGS(value));
}

static void add_text(struct buffer *b, const char *label, struct slice s)
{
    if (s.p)
        buffer_printf(b, " %s%.*s", label, SLICE_ARGS(s));
}

/* --- DKIM2-Signature ---------------------------------------------------------------------------
 */

static void tell_signature(struct buffer *b, const struct dkim2_signature *s)
{
    if (s->why) {
        add_wrong(b, s->wrong, s->wrong_value);
        buffer_printf(b, " i%u", s->i);
        return;
    }
    buffer_printf(b, "i%u m%u t%llu %.*s", s->i, s->m, (unsigned long long)s->time,
                  SLICE_ARGS(s->ascii_domain));
    if (s->has_envelope) {
        buffer_printf(b, " mf=%.*s|%.*s", SLICE_ARGS(s->mail_from.local_part),
                      SLICE_ARGS(s->mail_from.domain));
        for (size_t i = 0; i < s->rcpts; i++)
            buffer_printf(b, " rt=%.*s|%.*s", SLICE_ARGS(s->rcpt_to[i].local_part),
                          SLICE_ARGS(s->rcpt_to[i].domain));
    }
    add_text(b, "nd=", s->next_domain);
    add_text(b, "n=", s->nonce);
    if (s->flags)
        buffer_printf(b, " f%u", s->flags);
    for (size_t i = 0; i < s->n_sets; i++)
        buffer_printf(b, " %u:%.*s:%s:%zu", s->sets[i].group, SLICE_ARGS(s->sets[i].selector),
                      s->sets[i].algorithm ? s->sets[i].algorithm->name : "?", s->sets[i].octets.n);
    if (s->no_final_semicolon)
        buffer_add_str(b, " open");
}

/* <a@b.c> and <d@E.f>, <>, and a signature of three octets. */
#define MF "mf=PGFAYi5jPg==;"
#define RT "rt=PGRARS5mPg==;"
#define HOP "i=1;m=1;t=5;d=x.y;"
#define SIG "s=k:ed25519-sha256:AAAA;"
#define TOLD "i1 m1 t5 x.y mf=a|b.c rt=d|e.f"

static const struct signature_case {
    const char *name, *value;
    const char *by_09, *by_06; /* NULL: as by 09 */
} signature_cases[] = {
    {"usual", HOP MF RT SIG, TOLD " 0:k:ed25519-sha256:3", NULL},
    {"any order, any case, white space",
     " S = k : ed25519-sha256 : AA\r\n AA ;D=X.Y ; RT\t=PGRA\r\n\tRS5mPg== ; T=5;M= 1;I =1; " MF
     " ",
     TOLD " 0:k:ed25519-sha256:3", NULL},
    {"no final semicolon", HOP MF RT "s=k:ed25519-sha256:AAAA", TOLD " 0:k:ed25519-sha256:3 open",
     NULL},
    {"empty tags", ";;" HOP " ; " MF RT SIG ";", TOLD " 0:k:ed25519-sha256:3", NULL},
    {"unknown tags", "q=;zz_9=%!;" HOP MF RT SIG, TOLD " 0:k:ed25519-sha256:3", NULL},
    {"unknown tag with an octet that is none", HOP MF RT SIG "q=a\x7F;", "syntax i1", NULL},
    {"unknown tag with 8 bits", HOP MF RT SIG "q=\xC3\xA4;", "syntax i1", NULL},
    {"a lone LF", HOP MF RT SIG "q=a\n;", "syntax i1", NULL},
    {"a CR LF that folds nothing", HOP MF RT SIG "q=a\r\nb;", "syntax i1", NULL},
    {"a tag without =", HOP MF RT SIG "q;", "syntax i1", NULL},
    {"a tag without a name", HOP MF RT SIG "=q;", "syntax i1", NULL},
    {"a name that begins with a digit", HOP MF RT SIG "1q=;", "syntax i1", NULL},
    {"a name of two words", HOP MF RT SIG "q r=;", "syntax i1", NULL},
    {"a tag twice", HOP MF RT SIG "T=5;", "syntax i1", NULL},
    {"an unknown tag twice", HOP MF RT SIG "q=;Q=;", "syntax i1", NULL},
    {"nothing at all", "", "missing i i0", NULL},
    {"no i=", "m=1;t=5;d=x.y;" MF RT SIG, "missing i i0", NULL},
    {"i= is 0", "i=0;m=1;t=5;d=x.y;" MF RT SIG, "syntax i0", NULL},
    {"i= is negative", "i=-1;m=1;t=5;d=x.y;" MF RT SIG, "syntax i0", NULL},
    {"i= is empty", "i=;m=1;t=5;d=x.y;" MF RT SIG, "syntax i0", NULL},
    {"i= with zeros before it", "i=00000000000000000000000001;m=1;t=5;d=x.y;" MF RT SIG,
     TOLD " 0:k:ed25519-sha256:3", NULL},
    {"i= beyond all numbers", "i=99999999999999999999999;t=5;d=x.y;" MF RT SIG,
     "missing m i4294967295", NULL},
    {"m= is 0", "i=1;m=0;t=5;d=x.y;" MF RT SIG, "syntax i1", NULL},
    {"no t=", "i=1;m=1;d=x.y;" MF RT SIG, "missing t i1", NULL},
    {"t= is 0", "i=1;m=1;t=0;d=x.y;nd=z;" SIG, "i1 m1 t0 x.y nd=z 0:k:ed25519-sha256:3", NULL},
    {"t= of 10^12", "i=1;m=1;t=1000000000000;d=x.y;nd=z;" SIG,
     "i1 m1 t1000000000000 x.y nd=z 0:k:ed25519-sha256:3", NULL},
    {"t= beyond all numbers", "i=1;m=1;t=18446744073709551616;d=x.y;nd=z;" SIG,
     "i1 m1 t18446744073709551615 x.y nd=z 0:k:ed25519-sha256:3", NULL},
    {"t= with a sign", "i=1;m=1;t=+5;d=x.y;nd=z;" SIG, "syntax i1", NULL},
    {"no d=", "i=1;m=1;t=5;" MF RT SIG, "missing d i1", NULL},
    {"d= is no name", "i=1;m=1;t=5;d=x..y;" MF RT SIG, "syntax i1", NULL},
    {"d= is folded", "i=1;m=1;t=5;d=x.\r\n y;" MF RT SIG, "syntax i1", NULL},
    {"no s=", HOP MF RT, "missing s i1", NULL},
    {"no envelope", HOP SIG, "missing mf i1", NULL},
    {"no mf=", HOP RT SIG, "missing mf i1", NULL},
    {"no rt=", HOP MF SIG, "missing rt i1", NULL},
    {"nd=", HOP SIG "nd=N.d;", "i1 m1 t5 x.y nd=n.d 0:k:ed25519-sha256:3", NULL},
    {"nd= and mf=", HOP MF SIG "nd=n.d;", "unexpected mf i1", NULL},
    {"nd= and rt=", HOP RT SIG "nd=n.d;", "unexpected rt i1", NULL},
    {"nd= and both", HOP MF RT SIG "nd=n.d;", "unexpected mf i1", NULL},
    {"nd= is no name", HOP SIG "nd=;", "syntax i1", NULL},
    {"the null path", HOP "mf=PD4=;" RT SIG, "i1 m1 t5 x.y mf=| rt=d|e.f 0:k:ed25519-sha256:3",
     NULL},
    {"a path without brackets", HOP "mf=YUBiLmM=;" RT SIG, "syntax i1", NULL},
    {"a path that is empty", HOP "mf=;" RT SIG, "syntax i1", NULL},
    {"a path that is no base64", HOP "mf=PGFAYi5jPg;" RT SIG, "syntax i1", NULL},
    {"several recipients", HOP MF "rt=PGRARS5mPg== , PD4=\r\n ,PGFAYi5jPg==;" SIG,
     "i1 m1 t5 x.y mf=a|b.c rt=d|e.f rt=| rt=a|b.c 0:k:ed25519-sha256:3", NULL},
    {"a recipient that is empty", HOP MF "rt=PGRARS5mPg==,;" SIG, "syntax i1", NULL},
    {"nonce", HOP MF RT SIG "n=!~;", TOLD " n=!~ 0:k:ed25519-sha256:3", NULL},
    {"empty nonce", HOP MF RT SIG "n=;", TOLD " n= 0:k:ed25519-sha256:3", NULL},
    {"nonce of 64",
     HOP MF RT SIG "n=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef;",
     TOLD " n=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
          " 0:k:ed25519-sha256:3",
     NULL},
    {"nonce of 65",
     HOP MF RT SIG "n=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdefg;",
     "syntax i1", NULL},
    {"nonce of two words", HOP MF RT SIG "n=a b;", "syntax i1", NULL},
    {"flags", HOP MF RT SIG "f=exploded, feedback\r\n ,feedhere,other;",
     TOLD " f7 0:k:ed25519-sha256:3", NULL},
    {"retired flags", HOP MF RT SIG "f=donotmodify,donotexplode;", TOLD " f24 0:k:ed25519-sha256:3",
     NULL},
    {"flags compare with case", HOP MF RT SIG "f=Exploded;", TOLD " 0:k:ed25519-sha256:3", NULL},
    {"a flag that is none", HOP MF RT SIG "f=a b;", "syntax i1", NULL},
    {"no flag", HOP MF RT SIG "f=;", "syntax i1", NULL},
    {"must-pass", HOP MF RT "s=k:ed25519-sha256:AAAA,r.s:rsa-sha256:AA==;",
     TOLD " 0:k:ed25519-sha256:3 0:r.s:rsa-sha256:1", NULL},
    {"alternatives", HOP MF RT "s=k:ed25519-sha256:AAAA|r:rsa-sha256:AA==,q:mldsa44:AAA=;",
     TOLD " 0:k:ed25519-sha256:3 1:r:rsa-sha256:1 1:q:mldsa44:2", "syntax i1"},
    {"an empty alternative", HOP MF RT "s=k:ed25519-sha256:AAAA|;", "syntax i1", NULL},
    {"mldsa44", HOP MF RT "s=k:mldsa44:AAAA;", TOLD " 0:k:mldsa44:3", TOLD " 0:k:?:0"},
    {"unknown algorithm", HOP MF RT "s=k:RSA-SHA256:!;", TOLD " 0:k:?:0", NULL},
    {"rsa-sha1 is unknown", HOP MF RT "s=k:rsa-sha1:AAAA;", TOLD " 0:k:?:0", NULL},
    {"two parts", HOP MF RT "s=k:rsa-sha256;", "syntax i1", NULL},
    {"four parts", HOP MF RT "s=k:rsa-sha256:AAAA:;", "syntax i1", NULL},
    {"no selector", HOP MF RT "s=:rsa-sha256:AAAA;", "syntax i1", NULL},
    {"white space in a selector", HOP MF RT "s=a b:rsa-sha256:AAAA;", "syntax i1", NULL},
    {"white space in an algorithm", HOP MF RT "s=a:rsa sha256:AAAA;", "syntax i1", NULL},
    {"an empty signature", HOP MF RT "s=a:rsa-sha256: ;", "syntax i1", NULL},
    {"a signature that is no base64", HOP MF RT "s=a:rsa-sha256:AAA;", "syntax i1", NULL},
    {"a selector twice", HOP MF RT "s=a:rsa-sha256:AAAA,A:ed25519-sha256:AAAA;", "duplicate i1",
     NULL},
    {"an algorithm twice", HOP MF RT "s=a:rsa-sha256:AAAA,b:rsa-sha256:AAAA;",
     TOLD " 0:a:rsa-sha256:3 0:b:rsa-sha256:3", NULL},
    {"an algorithm three times",
     HOP MF RT "s=a:rsa-sha256:AAAA,b:rsa-sha256:AAAA,c:rsa-sha256:AAAA;",
     TOLD " 0:a:rsa-sha256:3 0:b:rsa-sha256:3 0:c:rsa-sha256:3", "too many i1"},
    {"nine signatures", HOP MF RT "s=a:a:,b:b:,c:c:,d:d:,e:e:,f:f:,g:g:,h:h:,i:i:;", "too many i1",
     NULL},
    {"two errors: the first counts",
     "i=1;m=1;t=x;d=x.y;" MF RT "s=a:rsa-sha256:AAAA,a:rsa-sha256:AAAA;", "syntax i1", NULL},
};

static void check_signature(const struct signature_case *c, enum waybill_draft draft,
                            const char *wanted)
{
    struct arena arena = arena_new();
    struct field field = {.value = slice_str(c->value)};
    struct dkim2_signature s;
    struct buffer told = buffer_new(4096);
    assert_int_equal(dkim2_signature_parse(&arena, dkim2_draft_of(draft), &field, 7, &s),
                     WAYBILL_OK);
    assert_int_equal(s.position, 7);
    tell_signature(&told, &s);
    if (!slice_eq(buffer_slice(&told), slice_str(wanted)))
        fail_msg("%s: %.*s", c->name, SLICE_ARGS(buffer_slice(&told)));
    buffer_free(&told);
    arena_free(&arena);
}

static void signatures(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof signature_cases / sizeof signature_cases[0]; i++) {
        const struct signature_case *c = &signature_cases[i];
        check_signature(c, WAYBILL_DRAFT_09, c->by_09);
        check_signature(c, WAYBILL_DRAFT_06, c->by_06 ? c->by_06 : c->by_09);
    }
}

/* As many tags as are read, and one more. */
static void many_tags(void **state)
{
    (void)state;
    for (size_t n = LIMIT_DKIM2_TAGS; n <= LIMIT_DKIM2_TAGS + 1; n++) {
        struct arena arena = arena_new();
        struct buffer value = buffer_new(4096);
        struct dkim2_signature s;
        buffer_add_str(&value, HOP MF RT SIG);
        for (size_t i = 7; i < n; i++)
            buffer_printf(&value, "x%zu=;", i);
        struct field field = {.value = buffer_slice(&value)};
        assert_int_equal(
            dkim2_signature_parse(&arena, dkim2_draft_of(WAYBILL_DRAFT_09), &field, 0, &s),
            WAYBILL_OK);
        assert_int_equal(!s.why, n == LIMIT_DKIM2_TAGS);
        buffer_free(&value);
        arena_free(&arena);
    }
}

/* --- Message-Instance --------------------------------------------------------------------------
 */

static void tell_instance(struct buffer *b, const struct dkim2_instance *instance)
{
    if (instance->why) {
        add_wrong(b, instance->wrong, instance->wrong_value);
        buffer_printf(b, " m%u", instance->m);
        return;
    }
    buffer_printf(b, "m%u", instance->m);
    for (size_t i = 0; i < instance->n_hashes; i++) {
        const struct dkim2_hashes *h = &instance->hashes[i];
        buffer_printf(b, " %u:%s:%zu:%zu", h->group, h->known ? digest_kind_text(h->kind) : "?",
                      h->header.n, h->body.n);
    }
    add_text(b, "r=", instance->recipe_text);
}

static const struct instance_case {
    const char *name, *value;
    const char *by_09, *by_06; /* NULL: as by 09 */
} instance_cases[] = {
    {"usual", "m=1; h=sha256:AAAA:AA==;", "m1 0:sha256:3:1", NULL},
    {"with a recipe", "m=2;h=sha256:AAAA:AAAA;r=e30\r\n =;", "m2 0:sha256:3:3 r=e30\r\n =", NULL},
    {"an empty recipe", "m=2;h=sha256:AAAA:AAAA;r=;", "m2 0:sha256:3:3 r=", NULL},
    {"folded inside a hash", "h=sha256 : AA\r\n\tAA : A\r\n A==; M=50", "m50 0:sha256:3:1", NULL},
    {"both hashes", "m=1;h=sha256:AAAA:AAAA, sha512:AA==:AAA=;", "m1 0:sha256:3:3 0:sha512:1:2",
     NULL},
    {"alternatives", "m=1;h=sha256:AAAA:AAAA|sha512:AAAA:AAAA;", "m1 0:sha256:3:3 1:sha512:3:3",
     "syntax m1"},
    {"unknown hash", "m=1;h=SHA256:!:?;", "m1 0:?:0:0", NULL},
    {"a hash twice", "m=1;h=sha256:AAAA:AAAA,sha256:AAAA:AAAA;", "duplicate m1", NULL},
    {"a hash in two alternatives", "m=1;h=sha256:AAAA:AAAA|sha256:AAAA:AAAA;", "duplicate m1",
     "syntax m1"},
    {"an unknown hash twice", "m=1;h=x:y:z,x:y:z;", "duplicate m1", NULL},
    {"one part too few", "m=1;h=a:,b:,c:;", "syntax m1", NULL},
    {"too many hashes", "m=1;h=a:x:x,b:x:x,c:x:x,d:x:x,e:x:x,f:x:x,g:x:x,h:x:x,i:x:x;", "syntax m1",
     NULL},
    {"two parts", "m=1;h=sha256:AAAA;", "syntax m1", NULL},
    {"four parts", "m=1;h=sha256:AAAA:AAAA:AAAA;", "syntax m1", NULL},
    {"an empty hash", "m=1;h=sha256::AAAA;", "syntax m1", NULL},
    {"no base64", "m=1;h=sha256:AAAA:AAA;", "syntax m1", NULL},
    {"no name", "m=1;h=:AAAA:AAAA;", "syntax m1", NULL},
    {"no h=", "m=1;", "missing h m1", NULL},
    {"no m=", "h=sha256:AAAA:AAAA;", "missing m m0", NULL},
    {"m= is 0", "m=0;h=sha256:AAAA:AAAA;", "syntax m0", NULL},
    {"m= is a word", "m=one;h=sha256:AAAA:AAAA;", "syntax m0", NULL},
    {"a tag twice", "m=3;h=sha256:AAAA:AAAA;r=;R=;", "syntax m3", NULL},
    {"unknown tag", "m=3;h=sha256:AAAA:AAAA;zz=a b;", "m3 0:sha256:3:3", NULL},
};

static void check_instance(const struct instance_case *c, enum waybill_draft draft,
                           const char *wanted)
{
    struct arena arena = arena_new();
    struct field field = {.value = slice_str(c->value)};
    struct dkim2_instance instance;
    struct buffer told = buffer_new(4096);
    assert_int_equal(dkim2_instance_parse(&arena, dkim2_draft_of(draft), &field, 7, &instance),
                     WAYBILL_OK);
    tell_instance(&told, &instance);
    if (!slice_eq(buffer_slice(&told), slice_str(wanted)))
        fail_msg("%s: %.*s", c->name, SLICE_ARGS(buffer_slice(&told)));
    buffer_free(&told);
    arena_free(&arena);
}

static void instances(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof instance_cases / sizeof instance_cases[0]; i++) {
        const struct instance_case *c = &instance_cases[i];
        check_instance(c, WAYBILL_DRAFT_09, c->by_09);
        check_instance(c, WAYBILL_DRAFT_06, c->by_06 ? c->by_06 : c->by_09);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signatures),
        cmocka_unit_test(many_tags),
        cmocka_unit_test(instances),
    };
    return cmocka_run_group_tests_name("dkim2_fields_read", tests, NULL, NULL);
}
