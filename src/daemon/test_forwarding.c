/* What a forwarder may add to a message, and what it may not. */
#include "daemon/forwarding.h"

#include "base/slice.h"
#include "waybill/engine.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define ARRIVED "From: alice@author.example\r\nSubject: Bread\r\nComments: one\r\n\r\nFlour.\r\n"

static const struct {
    const char *name, *leaves;
    bool fine;
} cases[] = {
    {"nothing is changed", ARRIVED, true},
    {"traces are added", "Received: x\r\nX-Sieve: y\r\n" ARRIVED, true},
    {"a field is added", "Message-ID: <1@u.example>\r\n" ARRIVED, true},
    {"another one of a name is added", "Comments: two\r\n" ARRIVED, true},
    {"a field is changed",
     "From: alice@author.example\r\nSubject: Bread\r\nComments: two\r\n\r\nFlour.\r\n", false},
    {"a field is taken away", "From: alice@author.example\r\nSubject: Bread\r\n\r\nFlour.\r\n",
     false},
    {"the subject is changed",
     "From: alice@author.example\r\nSubject: Money\r\nComments: one\r\n\r\nFlour.\r\n", false},
    {"a second subject is added", "subject: Money\r\n" ARRIVED, false},
    {"who is answered is added", "Reply-To: m@elsewhere.example\r\n" ARRIVED, false},
    {"how it is shown is added", "Content-Type: text/html\r\n" ARRIVED, false},
    {"the body is changed",
     "From: alice@author.example\r\nSubject: Bread\r\nComments: one\r\n\r\nMoney.\r\n", false},
};

static void judged(void **state)
{
    const struct waybill_revise_rules rules = {0};
    struct waybill_engine *engine;
    (void)state;
    assert_int_equal(waybill_engine_new(&engine), WAYBILL_OK);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct waybill_recipe *recipe;
        struct slice leaves = slice_str(cases[i].leaves);
        char why[200];
        assert_int_equal(waybill_recipe_make(engine, WAYBILL_DRAFT_09, ARRIVED, strlen(ARRIVED),
                                             leaves.p, leaves.n, &rules, &recipe, why),
                         WAYBILL_OK);
        if (!forwarding_wrong_with(recipe) != cases[i].fine)
            fail_msg("%s", cases[i].name);
        waybill_recipe_free(recipe);
    }
    waybill_engine_free(engine);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {cmocka_unit_test(judged)};
    return cmocka_run_group_tests_name("forwarding", tests, NULL, NULL);
}
