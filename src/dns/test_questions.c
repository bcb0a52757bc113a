#include "base/limits.h"
#include "dns/questions.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

struct fixture {
    struct arena arena;
    struct questions q;
};

static int set_up(void **state)
{
    static struct fixture f;
    f.arena = arena_new();
    f.q = questions_new(&f.arena);
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    arena_free(&f->arena);
    return 0;
}

static struct asked *ask(struct questions *q, enum waybill_question_kind kind, const char *name,
                         enum waybill_dns_type type, const char *detail, unsigned wave)
{
    struct asked *a;
    assert_int_equal(questions_ask(q, kind, slice_str(name), type, slice_str(detail), wave, &a),
                     WAYBILL_OK);
    return a;
}

static struct asked *ask_txt(struct questions *q, const char *name, unsigned wave)
{
    struct asked *a;
    assert_int_equal(questions_dns(q, slice_str(name), WAYBILL_DNS_TXT, wave, &a), WAYBILL_OK);
    return a;
}

static enum waybill_status answer(struct questions *q, const struct asked *a, const char *text)
{
    struct waybill_datum datum = {text, strlen(text)};
    struct waybill_answer given = WAYBILL_ANSWER(WAYBILL_ANSWERED);
    given.data = &datum;
    given.n = 1;
    return questions_answer(q, &a->question, &given);
}

static const struct same_case {
    const char *name;
    enum waybill_question_kind kind;
    const char *a, *a_detail, *b, *b_detail;
    bool are_same;
} same_cases[] = {
    {"once more", WAYBILL_DNS, "a.example", NULL, "a.example", NULL, true},
    {"capitals", WAYBILL_DNS, "a.example", NULL, "A.Example", NULL, true},
    {"a final dot", WAYBILL_DNS, "a.example.", NULL, "a.example", NULL, true},
    {"another name", WAYBILL_DNS, "a.example", NULL, "b.example", NULL, false},
    {"the DNS has no detail", WAYBILL_DNS, "a.example", "x", "a.example", "y", true},
    {"a reputation", WAYBILL_REPUTATION, "a.example", "sealer", "A.example", "sealer", true},
    {"another role", WAYBILL_REPUTATION, "a.example", "sealer", "a.example", "signer", false},
    {"a sighting", WAYBILL_SEEN, "q2F/", "x@a.example", "q2F/", "x@a.example", true},
    {"a digest has case", WAYBILL_SEEN, "q2F/", "x@a.example", "Q2F/", "x@a.example", false},
};

static void one_question_has_one_entry(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof same_cases / sizeof same_cases[0]; i++) {
        const struct same_case *c = &same_cases[i];
        struct arena arena = arena_new();
        struct questions q = questions_new(&arena);
        struct asked *a = ask(&q, c->kind, c->a, WAYBILL_DNS_TXT, c->a_detail, 1);
        struct asked *b = ask(&q, c->kind, c->b, WAYBILL_DNS_TXT, c->b_detail, 1);
        if ((a == b) != c->are_same || q.n != (c->are_same ? 1u : 2u))
            fail_msg("%s", c->name);
        arena_free(&arena);
    }
}

static void types_and_kinds_are_apart(void **state)
{
    struct questions *q = &((struct fixture *)*state)->q;
    struct asked *txt = ask(q, WAYBILL_DNS, "a.example", WAYBILL_DNS_TXT, NULL, 1);
    assert_ptr_not_equal(txt, ask(q, WAYBILL_DNS, "a.example", WAYBILL_DNS_A, NULL, 1));
    assert_ptr_not_equal(txt, ask(q, WAYBILL_REPUTATION, "a.example", WAYBILL_DNS_TXT, "", 1));
    assert_int_equal(q->n, 3);
}

static void a_question_is_lowered_and_ended(void **state)
{
    struct questions *q = &((struct fixture *)*state)->q;
    struct asked *a;
    assert_int_equal(questions_dns(q, SLICE("S._DomainKey.\0Example."), WAYBILL_DNS_TXT, 1, &a),
                     WAYBILL_OK);
    assert_memory_equal(a->question.name, "s._domainkey.\0example", 22);
    assert_int_equal(a->question.name_octets, 21);
    assert_null(a->question.detail);
}

static const struct refused_case {
    const char *name;
    struct slice asked;
} refused_cases[] = {
    {"an empty label", SLICE("a..example")},
    {"a first dot", SLICE(".example")},
    {"two final dots", SLICE("example..")},
    {"a label of 64 octets",
     SLICE("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example")},
};

static void what_no_packet_holds_is_not_asked(void **state)
{
    struct questions *q = &((struct fixture *)*state)->q;
    for (size_t i = 0; i < sizeof refused_cases / sizeof refused_cases[0]; i++) {
        struct asked *a;
        enum waybill_status status =
            questions_dns(q, refused_cases[i].asked, WAYBILL_DNS_TXT, 1, &a);
        if (status != WAYBILL_OK || a)
            fail_msg("%s", refused_cases[i].name);
    }
    assert_int_equal(q->n, 0);
    assert_false(q->refused);
}

static void the_lower_wave_holds(void **state)
{
    struct questions *q = &((struct fixture *)*state)->q;
    assert_int_equal(ask_txt(q, "a.example", 3)->question.wave, 3);
    assert_int_equal(ask_txt(q, "a.example", 2)->question.wave, 2);
    assert_int_equal(ask_txt(q, "a.example", 5)->question.wave, 2);
}

static void waves_are_bounded(void **state)
{
    struct questions *q = &((struct fixture *)*state)->q;
    assert_non_null(ask_txt(q, "a.example", LIMIT_WAVES));
    assert_false(q->refused);
    assert_null(ask_txt(q, "b.example", LIMIT_WAVES + 1));
    assert_true(q->refused);
    assert_non_null(ask_txt(q, "a.example", LIMIT_WAVES + 1));
}

static void questions_are_bounded(void **state)
{
    struct questions *q = &((struct fixture *)*state)->q;
    char name[32];
    for (size_t i = 0; i < LIMIT_QUESTIONS; i++) {
        snprintf(name, sizeof name, "n%zu.example", i);
        assert_non_null(ask_txt(q, name, 1));
    }
    assert_false(q->refused);
    assert_null(ask_txt(q, "more.example", 1));
    assert_true(q->refused);
    assert_non_null(ask_txt(q, "N7.example", 1));
}

static void the_first_answer_holds(void **state)
{
    struct questions *q = &((struct fixture *)*state)->q;
    struct asked *a = ask_txt(q, "a.example", 1);
    char text[] = "first";
    assert_false(a->answered);
    assert_int_equal(answer(q, a, text), WAYBILL_OK);
    text[0] = 'F'; /* it was copied */
    assert_int_equal(answer(q, a, "second"), WAYBILL_OK);
    assert_true(a->answered);
    assert_int_equal(a->answer.n, 1);
    assert_int_equal(a->answer.data[0].n, 5);
    assert_memory_equal(a->answer.data[0].octets, "first", 5);
}

static void answers_find_their_question_without_case(void **state)
{
    struct questions *q = &((struct fixture *)*state)->q;
    struct asked *a = ask_txt(q, "a.example", 1);
    struct waybill_question same = a->question;
    struct waybill_answer none = WAYBILL_ANSWER(WAYBILL_NXDOMAIN);
    same.name = "A.EXAMPLE";
    assert_int_equal(questions_answer(q, &same, &none), WAYBILL_OK);
    assert_int_equal(a->answer.status, WAYBILL_NXDOMAIN);
}

static void wrong_answers_leave_a_question_open(void **state)
{
    struct questions *q = &((struct fixture *)*state)->q;
    struct asked *a = ask_txt(q, "a.example", 1);
    struct waybill_datum datum = {"x", 1}, long_one = {"x", LIMIT_ANSWER_OCTETS + 1};
    struct waybill_answer empty = WAYBILL_ANSWER(WAYBILL_ANSWERED),
                          full = {WAYBILL_NODATA, &datum, 1, -1, -1, -1, -1, -1},
                          longer = {WAYBILL_ANSWERED, &long_one, 1, -1, -1, -1, -1, -1},
                          unknown = WAYBILL_ANSWER((enum waybill_answer_status)77);
    struct waybill_question other = a->question;
    other.type = WAYBILL_DNS_MX;
    assert_int_equal(questions_answer(q, &a->question, &empty), WAYBILL_MISUSE);
    assert_int_equal(questions_answer(q, &a->question, &full), WAYBILL_MISUSE);
    assert_int_equal(questions_answer(q, &a->question, &unknown), WAYBILL_MISUSE);
    assert_int_equal(questions_answer(q, &a->question, &longer), WAYBILL_LIMIT);
    assert_int_equal(questions_answer(q, &other, &full), WAYBILL_MISUSE);
    assert_false(a->answered);
    assert_int_equal(answer(q, a, "x"), WAYBILL_OK);
}

static void used_is_what_rests_on_an_answer(void **state)
{
    struct questions *q = &((struct fixture *)*state)->q;
    struct asked *a = ask_txt(q, "a.example", 1);
    assert_false(a->used);
    assert_int_equal(answer(q, a, "x"), WAYBILL_OK);
    ask(q, WAYBILL_DNS, "a.example", WAYBILL_DNS_TXT, NULL, 1);
    assert_false(a->used);
    ask_txt(q, "a.example", 1);
    assert_true(a->used);
    questions_restart(q);
    assert_false(a->used);
    assert_true(a->answered);
}

static void open_ones_stand_in_their_order(void **state)
{
    struct questions *q = &((struct fixture *)*state)->q;
    const struct waybill_question *list;
    size_t n;
    assert_int_equal(questions_open(q, &list, &n), WAYBILL_OK);
    assert_int_equal(n, 0);
    ask_txt(q, "c.example", 1);
    struct asked *second = ask_txt(q, "a.example", 1);
    ask_txt(q, "b.example", 2);
    assert_int_equal(answer(q, second, "x"), WAYBILL_OK);
    assert_int_equal(questions_open(q, &list, &n), WAYBILL_OK);
    assert_int_equal(n, 2);
    assert_string_equal(list[0].name, "c.example");
    assert_string_equal(list[1].name, "b.example");
    assert_int_equal(list[1].wave, 2);
}

static void words(void **state)
{
    (void)state;
    assert_string_equal(waybill_answer_status_text(WAYBILL_ANSWERED), "answered");
    assert_string_equal(waybill_answer_status_text(WAYBILL_TIMEOUT), "timeout");
    assert_string_equal(waybill_answer_status_text((enum waybill_answer_status)9), "unknown");
    assert_string_equal(waybill_question_kind_text(WAYBILL_SEEN), "seen");
    assert_string_equal(waybill_dns_type_text(WAYBILL_DNS_AAAA), "AAAA");
    assert_string_equal(waybill_dns_type_text((enum waybill_dns_type)2), "unknown");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(one_question_has_one_entry),
        TEST(types_and_kinds_are_apart),
        TEST(a_question_is_lowered_and_ended),
        TEST(what_no_packet_holds_is_not_asked),
        TEST(the_lower_wave_holds),
        TEST(waves_are_bounded),
        TEST(questions_are_bounded),
        TEST(the_first_answer_holds),
        TEST(answers_find_their_question_without_case),
        TEST(wrong_answers_leave_a_question_open),
        TEST(used_is_what_rests_on_an_answer),
        TEST(open_ones_stand_in_their_order),
        TEST(words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
