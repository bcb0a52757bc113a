#include "dkim/key_record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define NO_LIST "key record: not a tag list"
#define BAD_V "key record: v= is not DKIM1 or not the first tag"
#define NO_P "key record: no p="

/* What a record says: "kind[ testing][ strict][ no mail][ revoked]"; its kind "?" where unknown. */
static const struct record_case {
    const char *name, *text;
    const char *why;
    const char *says;
} record_cases[] = {
    {"usual", "v=DKIM1; k=rsa; p=AAAA", NULL, "rsa"},
    {"least", "p=AAAA", NULL, "rsa"},
    {"no v=", "k=rsa; p=AAAA", NULL, "rsa"},
    {"v= first and last semicolon", "v=DKIM1;p=AAAA;", NULL, "rsa"},
    {"v= not first", "k=rsa; v=DKIM1; p=AAAA", BAD_V, ""},
    {"another v=", "v=DKIM2; p=AAAA", BAD_V, ""},
    {"v= in lower case", "v=dkim1; p=AAAA", BAD_V, ""},
    {"empty v=", "v=; p=AAAA", BAD_V, ""},
    {"an SPF record", "v=spf1 -all", BAD_V, ""},
    {"no p=", "v=DKIM1; k=rsa", NO_P, ""},
    {"empty p=", "v=DKIM1; p=", NULL, "rsa revoked"},
    {"p= of white space", "v=DKIM1; p= ", NULL, "rsa revoked"},
    {"two p=", "v=DKIM1; p=AAAA; p=BBBB", NO_LIST, ""},
    {"free text", "some text that somebody put there", NO_LIST, ""},
    {"empty", "", NO_LIST, ""},
    {"8-bit octet", "v=DKIM1; n=\xE9; p=AAAA", NO_LIST, ""},
    {"Ed25519", "v=DKIM1; k=ed25519; p=AAAA", NULL, "ed25519"},
    {"ML-DSA-44", "v=DKIM1; k=mldsa44; p=AAAA", NULL, "mldsa44"},
    {"unknown k=", "v=DKIM1; k=ecdsa; p=AAAA", NULL, "?"},
    {"unknown tags", "v=DKIM1; g=*; n=hello; x_1=2; p=AAAA", NULL, "rsa"},
    {"t=y", "v=DKIM1; t=y; p=AAAA", NULL, "rsa testing"},
    {"t=s", "v=DKIM1; t=s; p=AAAA", NULL, "rsa strict"},
    {"t=y:s", "v=DKIM1; t=y:s; p=AAAA", NULL, "rsa testing strict"},
    {"t=s : y with white space", "v=DKIM1; t= s : y ; p=AAAA", NULL, "rsa testing strict"},
    {"unknown flags", "v=DKIM1; t=z:yy; p=AAAA", NULL, "rsa"},
    {"s=email", "v=DKIM1; s=email; p=AAAA", NULL, "rsa"},
    {"s=*", "v=DKIM1; s=*; p=AAAA", NULL, "rsa"},
    {"s=other:email", "v=DKIM1; s=other:email; p=AAAA", NULL, "rsa"},
    {"s=other", "v=DKIM1; s=other; p=AAAA", NULL, "rsa no mail"},
    {"empty s=", "v=DKIM1; s=; p=AAAA", NULL, "rsa no mail"},
};

static char *text_of(const struct key_record *r)
{
    static char text[64];
    snprintf(text, sizeof text, "%s%s%s%s%s", r->known_kind ? key_kind_text(r->kind) : "?",
             r->testing ? " testing" : "", r->strict ? " strict" : "", r->email ? "" : " no mail",
             r->key.n ? "" : " revoked");
    return text;
}

static void assert_record(const char *name, const struct key_record *r, const char *why,
                          const char *says)
{
    if (!why != !r->why || (why && strcmp(why, r->why) != 0))
        fail_msg("%s: why is %s", name, r->why ? r->why : "(nothing)");
    if (!why && strcmp(text_of(r), says) != 0)
        fail_msg("%s: %s", name, text_of(r));
}

static void records(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof record_cases / sizeof record_cases[0]; i++) {
        const struct record_case *c = &record_cases[i];
        struct arena arena = arena_new();
        struct key_record r;
        assert_int_equal(key_record_parse(&arena, slice_str(c->text), &r), WAYBILL_OK);
        assert_record(c->name, &r, c->why, c->says);
        arena_free(&arena);
    }
}

static const struct choice_case {
    const char *name;
    const char *texts[3];
    const char *why;
    const char *says;
} choice_cases[] = {
    {"one", {"v=DKIM1; p=AAAA"}, NULL, "rsa"},
    {"one behind an SPF record", {"v=spf1 -all", "v=DKIM1; t=y; p=AAAA"}, NULL, "rsa testing"},
    {"one before free text", {"v=DKIM1; t=y; p=AAAA", "hello"}, NULL, "rsa testing"},
    {"one between", {"hello", "p=AAAA", "k=rsa"}, NULL, "rsa"},
    {"none that is one", {"v=spf1 -all", "hello"}, BAD_V, ""},
    {"two", {"v=DKIM1; p=AAAA", "v=DKIM1; k=ed25519; p=BBBB"}, "several key records", ""},
    {"the same twice", {"v=DKIM1; p=AAAA", "v=DKIM1; p=AAAA"}, "several key records", ""},
    {"three", {"p=A", "hello", "p=B"}, "several key records", ""},
    {"a revoked one counts", {"v=DKIM1; p=", "v=DKIM1; p=AAAA"}, "several key records", ""},
    {"no record at all", {NULL}, "key record: there is none", ""},
};

static void choices(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof choice_cases / sizeof choice_cases[0]; i++) {
        const struct choice_case *c = &choice_cases[i];
        struct waybill_datum data[3];
        struct waybill_answer answer = WAYBILL_ANSWER(WAYBILL_ANSWERED);
        for (answer.data = data; answer.n < 3 && c->texts[answer.n]; answer.n++)
            data[answer.n] = (struct waybill_datum){c->texts[answer.n], strlen(c->texts[answer.n])};
        struct arena arena = arena_new();
        struct key_record r;
        assert_int_equal(key_record_choose(&arena, &answer, &r), WAYBILL_OK);
        assert_record(c->name, &r, c->why, c->says);
        arena_free(&arena);
    }
}

static const struct hash_case {
    const char *text;
    bool sha256, sha512;
} hash_cases[] = {
    {"p=AAAA", true, true},
    {"h=sha256; p=AAAA", true, false},
    {"h=sha1:sha256; p=AAAA", true, false},
    {"h= sha512 : sha256 ; p=AAAA", true, true},
    {"h=sha1; p=AAAA", false, false},
    {"h=SHA256; p=AAAA", false, false},
    {"h=; p=AAAA", false, false},
};

static void hashes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof hash_cases / sizeof hash_cases[0]; i++) {
        const struct hash_case *c = &hash_cases[i];
        struct arena arena = arena_new();
        struct key_record r;
        assert_int_equal(key_record_parse(&arena, slice_str(c->text), &r), WAYBILL_OK);
        if (key_record_admits(&r, DIGEST_SHA256) != c->sha256 ||
            key_record_admits(&r, DIGEST_SHA512) != c->sha512)
            fail_msg("%s", c->text);
        arena_free(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records),
        cmocka_unit_test(choices),
        cmocka_unit_test(hashes),
    };
    return cmocka_run_group_tests_name("key_record", tests, NULL, NULL);
}
