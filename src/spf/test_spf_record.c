#include "base/buffer.h"
#include "spf/record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

/* What a record says, a word a term: qualifier, mechanism, domain, network and bits; its modifiers
 * at the end. "! TERM": it has no such term. */
static const struct record_case {
    const char *text, *says;
} record_cases[] = {
    {"v=spf1", ""},
    {"v=spf1 ", ""},
    {"V=SPF1   all  ", "+all"},
    {"v=spf1 +all", "+all"},
    {"v=spf1 -ALL", "-all"},
    {"v=spf1 ?all", "?all"},
    {"v=spf1 ~all", "~all"},
    {"v=spf1 all a mx", "+all"},
    {"v=spf1 all moo", "! moo"},
    {"v=spf1 all:", "! all:"},
    {"v=spf1 all/8", "! all/8"},
    {"v=spf1 all.", "! all."},
    {"v=spf1 --all", "! --all"},
    {"v=spf1 -", "! -"},
    {"v=spf1 - all", "! -"},
    {"v=spf1 -all -", "! -"},
    {"v=spf1\tall", "no record"},
    {"v=spf1 a\tall", "! a\tall"},
    {"v=spf1 a\r\n", "! a\r\n"},
    {"v=spf10 all", "no record"},
    {" v=spf1 all", "no record"},
    {"v=spf1 \x80"
     "all",
     "! \x80"
     "all"},
    {"v=spf1 a", "+a/32//128"},
    {"v=spf1 A/24", "+a/24//128"},
    {"v=spf1 a//64", "+a/32//64"},
    {"v=spf1 a/24//64", "+a/24//64"},
    {"v=spf1 a/0//0", "+a/0//0"},
    {"v=spf1 a/32//128", "+a/32//128"},
    {"v=spf1 a/33", "! a/33"},
    {"v=spf1 a//129", "! a//129"},
    {"v=spf1 a//999", "! a//999"},
    {"v=spf1 a/024", "! a/024"},
    {"v=spf1 a/00", "! a/00"},
    {"v=spf1 a//064", "! a//064"},
    {"v=spf1 a/", "! a/"},
    {"v=spf1 a//", "! a//"},
    {"v=spf1 a///64", "! a///64"},
    {"v=spf1 a/24/64", "! a/24/64"},
    {"v=spf1 a//64/24", "! a//64/24"},
    {"v=spf1 a/24//64//64", "! a/24//64//64"},
    {"v=spf1 a/-1", "! a/-1"},
    {"v=spf1 a/+1", "! a/+1"},
    {"v=spf1 a:", "! a:"},
    {"v=spf1 a:/24", "! a:/24"},
    {"v=spf1 a:b.example", "+a:b.example/32//128"},
    {"v=spf1 a:b.example/24//64", "+a:b.example/24//64"},
    {"v=spf1 a:b.example/", "! a:b.example/"},
    {"v=spf1 a:b/c:d.example/8", "+a:b/c:d.example/8//128"},
    {"v=spf1 a:b/24.example", "+a:b/24.example/32//128"},
    {"v=spf1 a:b.example/24/8", "! a:b.example/24/8"},
    {"v=spf1 a:%{d}/24", "+a:%{d}/24//128"},
    {"v=spf1 a:%{d2/}/24", "+a:%{d2/}/24//128"},
    {"v=spf1 a:%{d}24", "! a:%{d}24"},
    {"v=spf1 a:192.0.2.1", "! a:192.0.2.1"},
    {"v=spf1 a=b.example", ""},
    {"v=spf1 -a=b.example", "! -a=b.example"},
    {"v=spf1 aa", "! aa"},
    {"v=spf1 mx/8 mx:b.example", "+mx/8//128 +mx:b.example/32//128"},
    {"v=spf1 ptr ptr:b.example", "+ptr +ptr:b.example"},
    {"v=spf1 ptr/8", "! ptr/8"},
    {"v=spf1 ptr:b.example/8", "! ptr:b.example/8"},
    {"v=spf1 ptr:", "! ptr:"},
    {"v=spf1 include:b.example", "+include:b.example"},
    {"v=spf1 include", "! include"},
    {"v=spf1 include:b", "! include:b"},
    {"v=spf1 include:b.example/8", "! include:b.example/8"},
    {"v=spf1 exists:%{i}.b.example", "+exists:%{i}.b.example"},
    {"v=spf1 exists:%{c}.b.example", "! exists:%{c}.b.example"},
    {"v=spf1 exists", "! exists"},
    {"v=spf1 ip4:192.0.2.1", "+ip4:192.0.2.1/32"},
    {"v=spf1 -IP4:192.0.2.0/24", "-ip4:192.0.2.0/24"},
    {"v=spf1 ip4:0.0.0.0/0", "+ip4:0.0.0.0/0"},
    {"v=spf1 ip4", "! ip4"},
    {"v=spf1 ip4:", "! ip4:"},
    {"v=spf1 ip4/24", "! ip4/24"},
    {"v=spf1 ip4:192.0.2", "! ip4:192.0.2"},
    {"v=spf1 ip4:192.0.2.256", "! ip4:192.0.2.256"},
    {"v=spf1 ip4:192.0.02.1", "! ip4:192.0.02.1"},
    {"v=spf1 ip4:192.0.2.1/33", "! ip4:192.0.2.1/33"},
    {"v=spf1 ip4:192.0.2.1/08", "! ip4:192.0.2.1/08"},
    {"v=spf1 ip4:192.0.2.1/", "! ip4:192.0.2.1/"},
    {"v=spf1 ip4:192.0.2.1//32", "! ip4:192.0.2.1//32"},
    {"v=spf1 ip4:192.0.2.1:25", "! ip4:192.0.2.1:25"},
    {"v=spf1 ip4:2001:db8::1", "! ip4:2001:db8::1"},
    {"v=spf1 ip4:%{i}", "! ip4:%{i}"},
    {"v=spf1 ip6:2001:db8::/32", "+ip6:2001:db8::/32"},
    {"v=spf1 ip6:2001:DB8::1", "+ip6:2001:db8::1/128"},
    {"v=spf1 ip6:::ffff:192.0.2.1/96", "+ip6:::ffff:192.0.2.1/96"},
    {"v=spf1 ip6:192.0.2.1", "! ip6:192.0.2.1"},
    {"v=spf1 ip6:2001:db8::/129", "! ip6:2001:db8::/129"},
    {"v=spf1 ip6:2001:db8:://32", "! ip6:2001:db8:://32"},
    {"v=spf1 ip6::2001::1", "! ip6::2001::1"},
    {"v=spf1 redirect=b.example", "redirect=b.example"},
    {"v=spf1 Redirect=%{d}.x.example a", "+a/32//128 redirect=%{d}.x.example"},
    {"v=spf1 redirect=b.example -all", "-all"},
    {"v=spf1 redirect=b.example redirect=b.example", "! redirect=b.example"},
    {"v=spf1 redirect=b.example REDIRECT=b.example -all", "! REDIRECT=b.example"},
    {"v=spf1 redirect=", "! redirect="},
    {"v=spf1 redirect=b", "! redirect=b"},
    {"v=spf1 redirect:b.example", "! redirect:b.example"},
    {"v=spf1 exp=b.example -all", "-all exp=b.example"},
    {"v=spf1 exp=%{r}.example", "! exp=%{r}.example"},
    {"v=spf1 exp=b.example exp=c.example", "! exp=c.example"},
    {"v=spf1 exp=", "! exp="},
    {"v=spf1 moo=", ""},
    {"v=spf1 moo=%{c}/:x moo=1 m-o_o.2=b", ""},
    {"v=spf1 moo=%", "! moo=%"},
    {"v=spf1 moo=%{q}", "! moo=%{q}"},
    {"v=spf1 2moo=a", "! 2moo=a"},
    {"v=spf1 =a", "! =a"},
    {"v=spf1 m:o=a", "! m:o=a"},
};

static void say_term(struct buffer *out, const struct spf_term *t)
{
    static const char *const names[] = {"all", "include", "a", "mx", "ptr", "ip4", "ip6", "exists"};
    static const char signs[] = {[WAYBILL_RESULT_PASS] = '+',
                                 [WAYBILL_RESULT_FAIL] = '-',
                                 [WAYBILL_RESULT_SOFTFAIL] = '~',
                                 [WAYBILL_RESULT_NEUTRAL] = '?'};
    char network[IP_TEXT_OCTETS];
    buffer_printf(out, "%s%c%s", out->n ? " " : "", signs[t->result], names[t->mechanism]);
    if (t->domain.n)
        buffer_printf(out, ":%.*s", SLICE_ARGS(t->domain));
    ip_format(t->network, network);
    if (t->mechanism == SPF_IP4 || t->mechanism == SPF_IP6)
        buffer_printf(out, ":%s/%d", network,
                      t->mechanism == SPF_IP4 ? t->bits_of_ip4 : t->bits_of_ip6);
    if (t->mechanism == SPF_A || t->mechanism == SPF_MX)
        buffer_printf(out, "/%d//%d", t->bits_of_ip4, t->bits_of_ip6);
}

static void say_modifier(struct buffer *out, const char *name, const struct spf_modifier *m)
{
    if (m->text.p)
        buffer_printf(out, "%s%s=%.*s", out->n ? " " : "", name, SLICE_ARGS(m->domain));
}

static void say(struct buffer *out, const struct spf_record *r)
{
    if (r->verdict.result != WAYBILL_RESULT_PASS) {
        buffer_add_str(out, "! ");
        buffer_add(out, r->wrong);
        return;
    }
    for (size_t i = 0; i < r->n; i++)
        say_term(out, &r->terms[i]);
    say_modifier(out, "redirect", &r->redirect);
    say_modifier(out, "exp", &r->explanation);
}

static void records(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof record_cases / sizeof record_cases[0]; i++) {
        const struct record_case *c = &record_cases[i];
        struct arena arena = arena_new();
        struct buffer says = buffer_new(4096);
        struct spf_record r;
        if (spf_record_is(slice_str(c->text))) {
            assert_int_equal(spf_record_parse(&arena, slice_str(c->text), &r), WAYBILL_OK);
            say(&says, &r);
        } else
            buffer_add_str(&says, "no record");
        if (!slice_eq(buffer_slice(&says), slice_str(c->says)))
            fail_msg("%s: %.*s", c->text, SLICE_ARGS(buffer_slice(&says)));
        buffer_free(&says);
        arena_free(&arena);
    }
}

static void octets_that_no_term_holds(void **state)
{
    (void)state;
    struct arena arena = arena_new();
    struct spf_record r;
    assert_int_equal(spf_record_parse(&arena, SLICE("v=spf1 a:b.example\0 -all"), &r), WAYBILL_OK);
    assert_int_equal(r.verdict.result, WAYBILL_RESULT_PERMERROR);
    assert_true(slice_eq(r.wrong, SLICE("a:b.example\0")));
    arena_free(&arena);
}

static const struct choice_case {
    const char *name;
    enum waybill_answer_status status;
    const char *texts[3];
    enum waybill_result result;
    const char *why;
} choice_cases[] = {
    {"one", WAYBILL_ANSWERED, {"v=spf1 -all"}, WAYBILL_RESULT_PASS, NULL},
    {"one among others",
     WAYBILL_ANSWERED,
     {"x", "v=spf1", "v=spf2.0/pra"},
     WAYBILL_RESULT_PASS,
     NULL},
    {"two",
     WAYBILL_ANSWERED,
     {"v=spf1", "V=spf1 a"},
     WAYBILL_RESULT_PERMERROR,
     "several SPF records"},
    {"two that are the same",
     WAYBILL_ANSWERED,
     {"v=spf1", "x", "v=spf1"},
     WAYBILL_RESULT_PERMERROR,
     "several SPF records"},
    {"two, one of them broken",
     WAYBILL_ANSWERED,
     {"v=spf1 moo", "v=spf1"},
     WAYBILL_RESULT_PERMERROR,
     "several SPF records"},
    {"one, broken",
     WAYBILL_ANSWERED,
     {"v=spf1 moo"},
     WAYBILL_RESULT_PERMERROR,
     "syntax error in a term"},
    {"another version", WAYBILL_ANSWERED, {"v=spf10"}, WAYBILL_RESULT_NONE, "no SPF record"},
    {"other texts", WAYBILL_ANSWERED, {"x", "", "v=spf1a"}, WAYBILL_RESULT_NONE, "no SPF record"},
    {"no text", WAYBILL_NODATA, {NULL}, WAYBILL_RESULT_NONE, "no SPF record"},
    {"no name",
     WAYBILL_NXDOMAIN,
     {NULL},
     WAYBILL_RESULT_NONE,
     "no SPF record: the name does not exist"},
    {"servfail", WAYBILL_SERVFAIL, {NULL}, WAYBILL_RESULT_TEMPERROR, "the DNS failed"},
    {"timeout", WAYBILL_TIMEOUT, {NULL}, WAYBILL_RESULT_TEMPERROR, "no answer in time"},
};

static void choices(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof choice_cases / sizeof choice_cases[0]; i++) {
        const struct choice_case *c = &choice_cases[i];
        struct waybill_datum data[3];
        struct waybill_answer answer = WAYBILL_ANSWER(c->status);
        for (answer.data = data; answer.n < 3 && c->texts[answer.n]; answer.n++)
            data[answer.n] = (struct waybill_datum){c->texts[answer.n], strlen(c->texts[answer.n])};
        struct arena arena = arena_new();
        struct spf_record r;
        assert_int_equal(spf_record_select(&arena, &answer, &r), WAYBILL_OK);
        if (r.verdict.result != c->result || !r.verdict.why != !c->why ||
            (c->why && strcmp(c->why, r.verdict.why) != 0))
            fail_msg("%s: %s", c->name, r.verdict.why ? r.verdict.why : "(nothing)");
        arena_free(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records),
        cmocka_unit_test(octets_that_no_term_holds),
        cmocka_unit_test(choices),
    };
    return cmocka_run_group_tests_name("spf_record", tests, NULL, NULL);
}
