/* What a hop may be asked for, and to whom it may show whom. */
#include "support/departure.h"
#include "support/group.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define SENDER "alice@author.example"
#define LIST "list@lists.example"
#define MESSAGE "From: Alice <alice@author.example>\r\nTo: list@lists.example\r\n\r\nbody\r\n"

/* --- who sees whom -----------------------------------------------------------------------------
 */

static const struct split_case {
    const char *name, *header;
    const char *to[5];
    size_t group[5];
} split_cases[] = {
    {"all are visible",
     "To: a@x.example, b@x.example\r\nCc: C <c@y.example>\r\n",
     {"a@x.example", "<c@Y.example>", "b@x.example"},
     {0, 0, 0}},
    {"one is hidden",
     "To: a@x.example, b@x.example\r\n",
     {"a@x.example", "hidden@x.example", "b@x.example"},
     {0, 1, 0}},
    {"the first is hidden",
     "Cc: g: a@x.example, b@x.example;\r\n",
     {"hidden@x.example", "a@x.example", "b@x.example"},
     {0, 1, 1}},
    {"nobody is visible",
     "To: undisclosed-recipients:;\r\n",
     {"a@x.example", "b@x.example"},
     {0, 1}},
    {"a local part has a case",
     "To: A@x.example, b@x.example\r\n",
     {"a@x.example", "b@x.example"},
     {0, 1}},
    {"two To fields, a U-label",
     "To: a@b\xC3\xBC"
     "cher.example\r\nTo: \"b\"@x.example\r\n",
     {"a@xn--bcher-kva.example", "b@x.example"},
     {0, 0}},
    {"before an error",
     "To: a@x.example, b@x.example, @@\r\n",
     {"a@x.example", "b@x.example"},
     {0, 0}},
};

static void split(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof split_cases / sizeof split_cases[0]; i++) {
        const struct split_case *c = &split_cases[i];
        struct waybill_message *m;
        size_t n = 0, group[5] = {9, 9, 9, 9, 9};
        assert_int_equal(waybill_message_new(lab.engine, WAYBILL_LINES_CRLF, &m), WAYBILL_OK);
        assert_int_equal(waybill_dkim2_split(m, c->to, 1, group), WAYBILL_MISUSE);
        assert_int_equal(waybill_message_feed(m, c->header, strlen(c->header)), WAYBILL_OK);
        assert_int_equal(waybill_message_feed(m, "\r\n", 2), WAYBILL_OK);
        while (n < 5 && c->to[n])
            n++;
        assert_int_equal(waybill_dkim2_split(m, c->to, n, group), WAYBILL_OK);
        for (size_t k = 0; k < n; k++)
            if (group[k] != c->group[k])
                fail_msg("%s: recipient %zu is in group %zu", c->name, k, group[k]);
        waybill_message_free(m);
    }
}

static void hidden_recipients(void **state)
{
    (void)state;
    static const char *const to[] = {LIST, "hidden@home.example"};
    struct buffer message = message_of(MESSAGE);
    struct plain_hop hop;
    char reason[200];
    plain_hop(&lab, LAB_ED25519, "author.example", SENDER, LIST, &hop);
    hop.hop.rcpt_to = to;
    hop.hop.rcpts = 2;
    assert_int_equal(
        depart(&lab, &(struct departure){.draft = WAYBILL_DRAFT_09, .hops = &hop.hop, .n_hops = 1},
               &message, reason),
        WAYBILL_REFUSED);
    assert_string_equal(reason, "rt= would show recipients to each other of whom one is in neither "
                                "To nor Cc: send them apart (RFC 5322 section 3.6.3)");
    buffer_free(&message);
}

/* --- misuse ------------------------------------------------------------------------------------
 */

static const struct misuse_case {
    const char *name;
    struct waybill_dkim2_hop hop; /* keys are added */
    size_t n_keys;
} misuse_cases[] = {
    {"no domain", {.domain = "", .mail_from = SENDER, .rcpts = 1}, 1},
    {"no key", {.domain = "a.example", .mail_from = SENDER, .rcpts = 1}, 0},
    {"no envelope", {.domain = "a.example"}, 1},
    {"no recipient", {.domain = "a.example", .mail_from = SENDER}, 1},
    {"an envelope and nd=",
     {.domain = "a.example", .mail_from = SENDER, .rcpts = 1, .next_domain = "b.example"},
     1},
    {"an address that is none", {.domain = "a.example", .mail_from = "a b@c", .rcpts = 1}, 1},
    {"an address without a domain", {.domain = "a.example", .mail_from = "root", .rcpts = 1}, 1},
    {"a nonce with a semicolon",
     {.domain = "a.example", .mail_from = SENDER, .rcpts = 1, .nonce = "a;b"},
     1},
    {"a nonce with a space",
     {.domain = "a.example", .mail_from = SENDER, .rcpts = 1, .nonce = "a b"},
     1},
    {"a long nonce",
     {.domain = "a.example",
      .mail_from = SENDER,
      .rcpts = 1,
      .nonce = "01234567890123456789012345678901234567890123456789012345678901234"},
     1},
};

static void misuse(void **state)
{
    (void)state;
    static const char *const to[] = {LIST};
    const struct waybill_signing_key key = {"ed", lab.keys[LAB_ED25519]};
    for (size_t i = 0; i < sizeof misuse_cases / sizeof misuse_cases[0]; i++) {
        const struct misuse_case *c = &misuse_cases[i];
        struct waybill_dkim2_hop hop = c->hop;
        struct waybill_message *m;
        struct waybill_signer *signer;
        hop.keys = &key;
        hop.n_keys = c->n_keys;
        hop.rcpt_to = to;
        const struct waybill_dkim2_options options = {
            .draft = WAYBILL_DRAFT_09, .now = LAB_NOW, .hops = &hop, .n_hops = 1};
        assert_int_equal(waybill_message_new(lab.engine, WAYBILL_LINES_CRLF, &m), WAYBILL_OK);
        if (waybill_dkim2_signer_new(m, NULL, NULL, &options, &signer) != WAYBILL_MISUSE || signer)
            fail_msg("%s: is not refused", c->name);
        waybill_message_free(m);
    }
}

/* A flag of 06 in 09, a flag twice, a null recipient, a hop in the middle without nd=. */
static void more_misuse(void **state)
{
    (void)state;
    static const char *const request[] = {"donotmodify"}, *const twice[] = {"feedback", "feedback"};
    static const char *const nobody[] = {"<>"};
    struct plain_hop hop[5];
    struct waybill_dkim2_hop hops[2];
    for (size_t i = 0; i < 5; i++)
        plain_hop(&lab, LAB_ED25519, "a.example", "a@a.example", LIST, &hop[i]);
    hop[0].hop.flags = request;
    hop[0].hop.n_flags = 1;
    hop[1].hop.flags = twice;
    hop[1].hop.n_flags = 2;
    hop[2].hop.rcpt_to = nobody;
    for (size_t i = 0; i < 4; i++) {
        struct waybill_message *m;
        struct waybill_signer *signer;
        hops[0] = hop[i].hop;
        hops[1] = hop[4].hop;
        const struct waybill_dkim2_options options = {
            .draft = WAYBILL_DRAFT_09, .now = LAB_NOW, .hops = hops, .n_hops = i == 3 ? 2 : 1};
        assert_int_equal(waybill_message_new(lab.engine, WAYBILL_LINES_CRLF, &m), WAYBILL_OK);
        if (waybill_dkim2_signer_new(m, NULL, NULL, &options, &signer) != WAYBILL_MISUSE)
            fail_msg("case %zu is not refused", i);
        waybill_message_free(m);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(split),
        cmocka_unit_test(hidden_recipients),
        cmocka_unit_test(misuse),
        cmocka_unit_test(more_misuse),
    };
    return cmocka_run_group_tests_name("dkim2_options", tests, lab_set_up, lab_tear_down);
}
