/*
 * Every allocation of an SPF evaluation is made to fail, one after the other: an error comes back,
 * never another verdict; nothing leaks.
 */
#include "failing.h"
#include "spf/spf.h"
#include "support/support.h"
#include "waybill/answers.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const char zone_text[] =
    "a.example. IN TXT \"v=spf1 include:%{d1}.b.example include:c.example mx a:%{p}.a.example "
    "-all exp=why.example\"\n"
    "example.b.example. IN TXT \"v=spf1 exists:%{ir}.x.example ptr:q.example\"\n"
    "c.example. IN TXT \"v=spf1 a:a.example redirect=d.example\"\n"
    "d.example. IN TXT \"v=spf1 ?ip4:203.0.113.0/24 ?all\"\n"
    "a.example. IN MX 0 m.example.\na.example. IN A 203.0.113.7\nm.example. IN A 203.0.113.7\n"
    "1.2.0.192.in-addr.arpa. IN PTR h.example.\nh.example. IN A 192.0.2.1\n"
    "h.example.a.example. IN A 203.0.113.7\n"
    "why.example. IN TXT \"%{p}, %{c}: %{S}\"\n"
    "xn--bcher-kva.example. IN TXT \"v=spf1 redirect=a.example\"\n";

static struct waybill_answers *zone;

struct result {
    enum waybill_status status;
    char text[4096];
    size_t n;
};

static void note(struct result *r, struct slice s)
{
    must(s.n <= sizeof r->text - r->n, "a result is too long");
    if (s.n)
        memcpy(r->text + r->n, s.p, s.n);
    r->n += s.n;
}

static void note_checks(const struct spf *spf, struct result *out)
{
    for (int i = 0; i < SPF_SCOPES; i++) {
        const struct spf_check *c = &spf->of[i];
        note(out, slice_str(waybill_result_text(c->verdict.result)));
        note(out, c->explanation);
        for (size_t step = 0; step < c->n_path; step++)
            note(out, c->path[step].term);
    }
}

static enum waybill_status answer_all(struct questions *questions, size_t *n)
{
    const struct waybill_question *open;
    enum waybill_status status = questions_open(questions, &open, n);
    for (size_t i = 0; i < *n && status == WAYBILL_OK; i++) {
        struct waybill_answer answer;
        struct waybill_question own = open[i];
        status = waybill_answers_find(zone, &own, &answer);
        if (status == WAYBILL_OK)
            status = questions_answer(questions, &own, &answer);
    }
    return status;
}

static void evaluate(struct result *out)
{
    struct arena arena = arena_new();
    struct questions questions = questions_new(&arena);
    struct spf_session session = {.helo = SLICE("b\xC3\xBC"
                                                "cher.example"),
                                  .mail_from = SLICE("x@a.example")};
    struct spf spf;
    size_t open = 1;
    must(ip_parse(SLICE("192.0.2.1"), &session.client), "ip");
    out->n = 0;
    out->status = spf_plan(&arena, &questions, &session, &spf);
    while (out->status == WAYBILL_OK && open > 0) {
        questions_restart(&questions);
        out->status = spf_evaluate(&spf);
        if (out->status == WAYBILL_OK)
            out->status = answer_all(&questions, &open);
    }
    if (out->status == WAYBILL_OK)
        note_checks(&spf, out);
    arena_free(&arena);
}

static void fail_each(bool for_good)
{
    static struct result should, is;
    evaluate(&should);
    must(should.status == WAYBILL_OK, "it does not even work when nothing fails");
    assert_true(slice_starts(slice_of(should.text, should.n), SLICE("failh.example, 192.0.2.1: ")));
    bool failed = true;
    for (size_t at = 1; failed; at++) {
        struct blocks before = blocks;
        failing = (struct failing){.armed = true, .for_good = for_good, .fail_at = at};
        evaluate(&is);
        failing.armed = false;
        failed = failing.failed;
        if (blocks.ours != before.ours)
            fail_msg("allocation %zu failed, and %ld blocks leak", at, blocks.ours - before.ours);
        if (is.status == WAYBILL_NOMEM)
            continue;
        assert_int_equal(is.status, WAYBILL_OK);
        assert_true(slice_eq(slice_of(is.text, is.n), slice_of(should.text, should.n)));
    }
}

static void one_allocation_fails(void **state)
{
    (void)state;
    fail_each(false);
}

static void all_fail_from_one_on(void **state)
{
    (void)state;
    fail_each(true);
}

static int set_up(void **state)
{
    struct waybill_text_error error;
    (void)state;
    zone = waybill_answers_new(WAYBILL_NXDOMAIN);
    must(zone && waybill_answers_read(zone, zone_text, sizeof zone_text - 1, &error) == WAYBILL_OK,
         "zone");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    waybill_answers_free(zone);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_allocation_fails),
        cmocka_unit_test(all_fail_from_one_on),
    };
    must(failing_install(), "libcrypto keeps its own allocation");
    return cmocka_run_group_tests_name("alloc_spf", tests, set_up, tear_down);
}
