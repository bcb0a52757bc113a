#include "dmarc/record.h"

#include "base/buffer.h"
#include "base/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define BAD_P "p= is not none, quarantine or reject"
#define BAD_SP "sp= is not none, quarantine or reject"
#define BAD_NP "np= is not none, quarantine or reject"
#define NO_TAG "something between ';' that is no tag"
#define TWICE "a tag stands twice"
#define BAD_RUA "rua= has something that is no URI"
#define BAD_RUF "ruf= has something that is no URI"
#define BAD_FO "fo= is not a list of 0 or 1, d and s"

/* What a record says: "p=… sp=… np=…", then what differs from the defaults. NULL: no record. */
static const struct record_case {
    const char *name, *text, *says, *why;
} record_cases[] = {
    {"the usual", "v=DMARC1; p=reject", "p=reject", NULL},
    {"all requests", "v=DMARC1; p=none; sp=quarantine; np=reject", "p=none sp=quarantine np=reject",
     NULL},
    {"in another order", "v=DMARC1; np=reject; sp=none; p=quarantine",
     "p=quarantine sp=none np=reject", NULL},
    {"nothing but the version", "v=DMARC1", "p=none", NULL},
    {"a ';' at the end", "v=DMARC1;", "p=none", NULL},
    {"white space everywhere", "v \t= DMARC1 ;\tp = reject\t; sp= none ; ", "p=reject sp=none",
     NULL},
    {"no white space", "v=DMARC1;p=reject;sp=none", "p=reject sp=none", NULL},
    {"V= in upper case", "V=DMARC1; p=reject", "p=reject", NULL},

    {"wrong case of DMARC1", "v=dmarc1; p=reject", NULL, NULL},
    {"mixed case of DMARC1", "v=DMARc1; p=reject", NULL, NULL},
    {"v= not first", "p=reject; v=DMARC1", NULL, NULL},
    {"an empty tag before v=", "; v=DMARC1; p=reject", NULL, NULL},
    {"white space before v=", " v=DMARC1; p=reject", NULL, NULL},
    {"no v=", "p=reject", NULL, NULL},
    {"another version", "v=DMARC2; p=reject", NULL, NULL},
    {"more than the version", "v=DMARC1x; p=reject", NULL, NULL},
    {"a forgotten ';'", "v=DMARC1 p=reject", NULL, NULL},
    {"a ',' for the ';'", "v=DMARC1, p=reject", NULL, NULL},
    {"v without =", "vDMARC1; p=reject", NULL, NULL},
    {"another tag that begins with v", "vx=DMARC1; p=reject", NULL, NULL},
    {"an SPF record", "v=spf1 -all", NULL, NULL},
    {"empty", "", NULL, NULL},
    {"v alone", "v", NULL, NULL},

    {"values without case", "v=DMARC1; p=REJECT; sp=None; adkim=S; aspf=S; t=Y; psd=N",
     "p=reject sp=none adkim=s aspf=s t=y psd=n", NULL},
    {"tags without case", "v=DMARC1; P=reject; ADKIM=s", "p=reject adkim=s", NULL},
    {"defaults written out", "v=DMARC1; p=none; adkim=r; aspf=r; t=n; psd=u", "p=none", NULL},
    {"psd=y", "v=DMARC1; p=reject; psd=y", "p=reject psd=y", NULL},
    {"historic tags", "v=DMARC1; p=reject; pct=0; rf=afrf; ri=86400", "p=reject", NULL},
    {"historic tags with nonsense", "v=DMARC1; pct=many; p=reject; ri=", "p=reject", NULL},
    {"unknown tags", "v=DMARC1; x=1; p=reject; foo=bar=baz", "p=reject", NULL},

    {"adkim= in error", "v=DMARC1; p=reject; adkim=x; aspf=s", "p=reject aspf=s",
     "adkim= is not r or s"},
    {"aspf= in error", "v=DMARC1; p=reject; aspf=strict; adkim=s", "p=reject adkim=s",
     "aspf= is not r or s"},
    {"t= in error", "v=DMARC1; t=1; p=reject", "p=reject", "t= is not y or n"},
    {"psd= in error", "v=DMARC1; psd=x; p=reject", "p=reject", "psd= is not y, n or u"},
    {"a tag without =", "v=DMARC1; p; sp=reject", "p=none sp=reject", NO_TAG},
    {"an empty tag", "v=DMARC1;; p=reject", "p=reject", NO_TAG},
    {"free text", "v=DMARC1; hello; p=reject", "p=reject", NO_TAG},
    {"a tag without a name", "v=DMARC1; =x; p=reject", "p=reject", NULL},
    {"octets that no record has", "v=DMARC1; x=\xFF\x01; p=reject; aspf=\xFF", "p=reject",
     "aspf= is not r or s"},
    {"of two p= the first", "v=DMARC1; p=quarantine; p=reject", "p=quarantine", TWICE},
    {"of two p= the first, though in error", "v=DMARC1; p=x; p=reject", "no DMARC", BAD_P},
    {"of two p= the first, the second in error", "v=DMARC1; p=reject; p=x", "p=reject", TWICE},
    {"two v=", "v=DMARC1; v=DMARC1; p=reject", "p=reject", NULL},
    {"the first error is named", "v=DMARC1; t=x; p=reject; adkim=x", "p=reject",
     "t= is not y or n"},

    /* Section 4.10.1. */
    {"no p=, with rua=", "v=DMARC1; rua=mailto:a@b.example", "p=none rua=mailto:a@b.example", NULL},
    {"no p=, without rua=", "v=DMARC1; adkim=s", "p=none adkim=s", NULL},
    {"no p=, with sp=", "v=DMARC1; sp=reject", "p=none sp=reject", NULL},
    {"p= in error", "v=DMARC1; p=rejekt", "no DMARC", BAD_P},
    {"empty p=", "v=DMARC1; p=", "no DMARC", BAD_P},
    {"p= with more", "v=DMARC1; p=none none", "no DMARC", BAD_P},
    {"p= in error, with rua=", "v=DMARC1; p=rejekt; rua=mailto:a@b.example",
     "p=none rua=mailto:a@b.example", BAD_P},
    {"p= in error, and a rua= too", "v=DMARC1; p=rejekt; rua=a@b.example", "no DMARC", BAD_P},
    {"p= in error, ruf= does not help", "v=DMARC1; p=rejekt; ruf=mailto:a@b.example",
     "no DMARC ruf=mailto:a@b.example", BAD_P},
    {"sp= in error", "v=DMARC1; p=reject; sp=x", "no DMARC", BAD_SP},
    {"sp= in error, with rua=", "v=DMARC1; p=reject; sp=x; np=reject; rua=mailto:a@b.example",
     "p=none rua=mailto:a@b.example", BAD_SP},
    {"np= in error", "v=DMARC1; p=reject; sp=none; np=x", "no DMARC", BAD_NP},
    {"np= in error, with rua=", "v=DMARC1; p=reject; np=x; rua=mailto:a@b.example",
     "p=none rua=mailto:a@b.example", BAD_NP},
    {"no p=, sp= in error", "v=DMARC1; sp=x", "no DMARC", BAD_SP},

    /* Reports. */
    {"several rua=", "v=DMARC1; p=none; rua=mailto:a@b.example , https://c.example/d",
     "p=none rua=mailto:a@b.example,https://c.example/d", NULL},
    {"one rua= in error", "v=DMARC1; p=none; rua=a@b.example,mailto:c@d.example",
     "p=none rua=mailto:c@d.example", BAD_RUA},
    {"a comma at the end", "v=DMARC1; p=none; rua=mailto:c@d.example,",
     "p=none rua=mailto:c@d.example", BAD_RUA},
    {"empty rua=", "v=DMARC1; p=none; rua=", "p=none", BAD_RUA},
    {"a size", "v=DMARC1; p=none; rua=mailto:a@b.example!10m", "p=none rua=mailto:a@b.example",
     NULL},
    {"case of URIs", "v=DMARC1; p=none; rua=mailto:DMARC-Reports@Example.COM",
     "p=none rua=mailto:DMARC-Reports@Example.COM", NULL},
    {"ruf=", "v=DMARC1; p=none; ruf=mailto:a@b.example", "p=none ruf=mailto:a@b.example", NULL},
    {"ruf= in error", "v=DMARC1; p=none; ruf=b.example; fo=1", "p=none fo=1", BAD_RUF},
    {"fo= without ruf=", "v=DMARC1; p=none; fo=1:d:s", "p=none", NULL},
    {"fo= before ruf=", "v=DMARC1; p=none; fo=1:d:s; ruf=mailto:a@b.example",
     "p=none ruf=mailto:a@b.example fo=1ds", NULL},
    {"fo=0:d", "v=DMARC1; ruf=mailto:a@b.example; fo=0:d", "p=none ruf=mailto:a@b.example fo=0d",
     NULL},
    {"fo=s:0", "v=DMARC1; ruf=mailto:a@b.example; fo=s:0", "p=none ruf=mailto:a@b.example fo=0s",
     NULL},
    {"fo=D", "v=DMARC1; ruf=mailto:a@b.example; fo=D", "p=none ruf=mailto:a@b.example fo=d", NULL},
    {"fo=0:1 exclude each other", "v=DMARC1; ruf=mailto:a@b.example; fo=0:1",
     "p=none ruf=mailto:a@b.example", BAD_FO},
    {"fo=d:d", "v=DMARC1; ruf=mailto:a@b.example; fo=d:d", "p=none ruf=mailto:a@b.example", BAD_FO},
    {"fo=1:x", "v=DMARC1; ruf=mailto:a@b.example; fo=1:x", "p=none ruf=mailto:a@b.example", BAD_FO},
    {"empty fo=", "v=DMARC1; ruf=mailto:a@b.example; fo=", "p=none ruf=mailto:a@b.example", BAD_FO},
};

static void add_uris(struct buffer *b, const char *name, const struct dmarc_uris *uris)
{
    for (size_t i = 0; i < uris->n; i++) {
        buffer_add_str(b, i ? "," : name);
        buffer_add(b, uris->all[i].text);
    }
}

static void add_requests(struct buffer *b, const struct dmarc_record *r)
{
    if (!r->applies)
        buffer_add_str(b, "no DMARC");
    for (unsigned i = 0; r->applies && i < DMARC_REQUESTS; i++)
        if (r->requests[i].present)
            buffer_printf(b, "%s%s=%s", i ? " " : "", dmarc_request_text((enum dmarc_request)i),
                          dmarc_policy_text(r->requests[i].policy));
}

static const char *text_of(const struct dmarc_record *r)
{
    static char text[1024];
    struct buffer b = buffer_over(text, sizeof text);
    add_requests(&b, r);
    buffer_add_str(&b, r->strict[DMARC_BY_DKIM] ? " adkim=s" : "");
    buffer_add_str(&b, r->strict[DMARC_BY_SPF] ? " aspf=s" : "");
    buffer_add_str(&b, r->testing ? " t=y" : "");
    buffer_add_str(&b, (const char *const[]){"", " psd=y", " psd=n"}[r->psd]);
    add_uris(&b, " rua=", &r->rua);
    add_uris(&b, " ruf=", &r->ruf);
    if (r->fo != DMARC_FO_NONE_ALIGNED)
        buffer_add_str(&b, " fo=");
    for (unsigned bit = 0; r->fo != DMARC_FO_NONE_ALIGNED && bit < 4; bit++)
        if (r->fo & 1u << bit)
            buffer_add_octet(&b, (uint8_t) "01ds"[bit]);
    buffer_add_octet(&b, '\0');
    assert_int_equal(b.status, WAYBILL_OK);
    return text;
}

static void records(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof record_cases / sizeof record_cases[0]; i++) {
        const struct record_case *c = &record_cases[i];
        struct arena arena = arena_new();
        struct dmarc_record r;
        enum waybill_status status = dmarc_record_parse(&arena, slice_str(c->text), &r);
        if (status != (c->says ? WAYBILL_OK : WAYBILL_SYNTAX))
            fail_msg("%s: %s", c->name, waybill_status_text(status));
        if (c->says && strcmp(text_of(&r), c->says) != 0)
            fail_msg("%s: %s", c->name, text_of(&r));
        if (c->says && (!c->why != !r.why || (c->why && strcmp(c->why, r.why) != 0)))
            fail_msg("%s: why is %s", c->name, r.why ? r.why : "(nothing)");
        arena_free(&arena);
    }
}

static const struct find_case {
    const char *name;
    const char *texts[3];
    const char *says; /* NULL: none */
    bool several;
} find_cases[] = {
    {"one", {"v=DMARC1; p=reject"}, "p=reject", false},
    {"one among others", {"v=spf1 -all", "v=DMARC1; p=reject", "hello"}, "p=reject", false},
    {"one beside a dmarc1", {"v=dmarc1; p=none", "v=DMARC1; p=reject"}, "p=reject", false},
    {"none that is one", {"v=spf1 -all", "v=DMARC2"}, NULL, false},
    {"no text at all", {NULL}, NULL, false},
    {"two", {"v=DMARC1; p=reject", "v=DMARC1; p=none"}, NULL, true},
    {"the same twice", {"v=DMARC1; p=reject", "v=DMARC1; p=reject"}, NULL, true},
    {"two, one that applies no DMARC", {"v=DMARC1; p=reject", "v=DMARC1; p=x"}, NULL, true},
    {"three", {"v=DMARC1", "v=DMARC1", "v=DMARC1"}, NULL, true},
};

static void choices(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof find_cases / sizeof find_cases[0]; i++) {
        const struct find_case *c = &find_cases[i];
        struct waybill_datum data[3];
        struct waybill_answer answer = WAYBILL_ANSWER(WAYBILL_ANSWERED);
        for (answer.data = data; answer.n < 3 && c->texts[answer.n]; answer.n++)
            data[answer.n] = (struct waybill_datum){c->texts[answer.n], strlen(c->texts[answer.n])};
        struct arena arena = arena_new();
        const struct dmarc_record *r;
        bool several;
        assert_int_equal(dmarc_record_find(&arena, &answer, &r, &several), WAYBILL_OK);
        if (!r != !c->says || several != c->several || (r && strcmp(text_of(r), c->says) != 0))
            fail_msg("%s: %s, %s", c->name, r ? text_of(r) : "none",
                     several ? "several" : "not several");
        arena_free(&arena);
    }
}

static const struct below_case {
    const char *text, *there, *gone;
} below_cases[] = {
    {"v=DMARC1; p=reject", "p", "p"},
    {"v=DMARC1; p=reject; sp=none", "sp", "sp"},
    {"v=DMARC1; p=reject; np=none", "p", "np"},
    {"v=DMARC1; p=reject; sp=none; np=quarantine", "sp", "np"},
};

static void below(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof below_cases / sizeof below_cases[0]; i++) {
        const struct below_case *c = &below_cases[i];
        struct arena arena = arena_new();
        struct dmarc_record r;
        assert_int_equal(dmarc_record_parse(&arena, slice_str(c->text), &r), WAYBILL_OK);
        assert_string_equal(dmarc_request_text(dmarc_record_below(&r, true)), c->there);
        assert_string_equal(dmarc_request_text(dmarc_record_below(&r, false)), c->gone);
        arena_free(&arena);
    }
}

/* The first ones are kept, and that there are more is said. */
static void too_many_uris(void **state)
{
    (void)state;
    struct arena arena = arena_new();
    struct dmarc_record r;
    struct buffer text = buffer_new(1 << 16);
    buffer_add_str(&text, "v=DMARC1; p=reject; rua=junk");
    for (size_t i = 0; i <= LIMIT_DMARC_URIS; i++)
        buffer_printf(&text, ",mailto:a%zu@b.example", i);
    assert_int_equal(dmarc_record_parse(&arena, buffer_slice(&text), &r), WAYBILL_OK);
    assert_int_equal(r.rua.n, LIMIT_DMARC_URIS);
    assert_true(slice_eq(r.rua.all[0].text, SLICE("mailto:a0@b.example")));
    assert_string_equal(r.why, "more URIs in rua= or ruf= than are kept");
    buffer_free(&text);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records),
        cmocka_unit_test(choices),
        cmocka_unit_test(below),
        cmocka_unit_test(too_many_uris),
    };
    return cmocka_run_group_tests_name("dmarc_record", tests, NULL, NULL);
}
