#include "record/line.h"

#include "base/limits.h"
#include "support/custody_forge.h"
#include "support/forge.h"
#include "support/group.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static const struct dns_row rows[] = {
    {"author.example", WAYBILL_ANSWERED, {"v=spf1 ip4:192.0.2.0/24 -all"}},
    {"_dmarc.author.example", WAYBILL_ANSWERED, {"v=DMARC1; p=reject"}},
};

static const char *const rcpt[] = {"<bob@uni.example>", "<\"eve adams\"@uni.example>"};

static const struct waybill_envelope of_author = {.ip = "192.0.2.1",
                                                  .helo = "mx.author.example",
                                                  .mail_from = "<alice@author.example>",
                                                  .rcpt_to = rcpt,
                                                  .rcpts = 2};
static const struct waybill_envelope of_nobody = {
    .ip = "2001:db8::1", .helo = "a b\" spf=pass", .mail_from = "<>"};
static const struct waybill_envelope of_postmaster = {.mail_from = "<postmaster>"};

static const struct {
    const char *name, *message;
    const struct waybill_envelope *envelope;
    struct record_line_facts facts;
    const char *line;
} cases[] = {
    {"nothing is known",
     "Subject: x\r\n\r\n",
     NULL,
     {.queue_id = SLICE_INIT("NOQUEUE")},
     "NOQUEUE: recipients=0 spf=- spf-why=\"it needs the client's address\" dkim=none dkim2=none "
     "arc=none dmarc=permerror waves=0 "
     "questions=0 size=14 ms=0"},
    {"a message of its author",
     "From: Alice <alice@author.example>\r\n\r\n",
     &of_author,
     {SLICE_INIT("4XyZ"), SLICE_INIT("in"), 12, false},
     "4XyZ: listener=in client=192.0.2.1 helo=mx.author.example mail-from=author.example "
     "recipients=2 from=author.example spf=pass dkim=none dkim2=none arc=none dmarc=pass waves=1 "
     "questions=5 size=38 ms=12"},
    {"the same with addresses",
     "From: Alice <alice@author.example>\r\n\r\n",
     &of_author,
     {SLICE_INIT("4XyZ"), SLICE_INIT("in"), 12, true},
     "4XyZ: listener=in client=192.0.2.1 helo=mx.author.example mail-from=alice@author.example "
     "rcpt-to=bob@uni.example recipients=2 from=alice@author.example spf=pass dkim=none "
     "dkim2=none arc=none dmarc=pass waves=1 questions=5 size=38 ms=12"},
    {"a null sender whose client forges a pair",
     "From: a@author.example\r\n\r\n",
     &of_nobody,
     {SLICE_INIT("4XyZ"), SLICE_INIT("in"), -1, true},
     "4XyZ: listener=in client=2001:db8::1 helo=\"a b\\\" spf=pass\" mail-from=<> recipients=0 "
     "from=a@author.example spf=none spf-why=\"the domain is no domain name\" dkim=none "
     "dkim2=none arc=none dmarc=fail policy=reject waves=1 questions=3 size=26 ms=0"},
    {"a postmaster",
     "From: a@b.example\r\n\r\n",
     &of_postmaster,
     {SLICE_INIT("4XyZ"), SLICE_INIT("in"), 0, false},
     "4XyZ: listener=in mail-from=postmaster recipients=0 from=b.example spf=-"},
};

static void lines(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct trial_input in = {.message = slice_str(cases[i].message),
                                 .envelope = cases[i].envelope,
                                 .rows = LAB_ROWS(rows)};
        struct trial t = trial_run(&lab, &in);
        struct buffer line = buffer_new(LIMIT_LOG_LINE);
        record_line(t.record, &cases[i].facts, &line);
        if (!slice_starts(buffer_slice(&line), slice_str(cases[i].line)))
            fail_msg("%s: %.*s", cases[i].name, SLICE_ARGS(buffer_slice(&line)));
        buffer_free(&line);
        trial_free(&t);
    }
}

/* --- what signatures add -----------------------------------------------------------------------
 */

static void assert_has(const struct buffer *line, const char *part)
{
    struct slice all = buffer_slice(line), what = slice_str(part);
    for (size_t at = 0; at + what.n <= all.n; at++)
        if (slice_starts(slice_from(all, at), what))
            return;
    fail_msg("%s is not in %.*s", part, SLICE_ARGS(all));
}

static struct buffer line_of(const struct buffer *message, const struct waybill_envelope *envelope,
                             bool addresses)
{
    struct trial_input in = {
        .message = buffer_slice(message), .envelope = envelope, .rows = LAB_ROWS(rows)};
    const struct record_line_facts facts = {.queue_id = SLICE("4XyZ"), .log_addresses = addresses};
    struct trial t = trial_run(&lab, &in);
    struct buffer line = buffer_new(LIMIT_LOG_LINE);
    record_line(t.record, &facts, &line);
    assert_int_equal(line.status, WAYBILL_OK);
    trial_free(&t);
    return line;
}

static void signatures(void **state)
{
    struct buffer message = message_of("From: a@b.example\r\n\r\nbody\r\n");
    struct signing how = {.domain = "b.example", .key = LAB_ED25519};
    (void)state;
    sign_well(&lab, &how, &message);
    forge_set(&lab, 1, "none", 1, "l.example", &message);
    struct buffer line = line_of(&message, NULL, false);
    assert_has(&line, " dkim=pass dkim-d=b.example dkim-s=ed dkim2=none ");
    assert_has(&line, " arc=pass sets=1 sealer=l.example dmarc=");
    buffer_free(&line);
    buffer_free(&message);
}

/* Its reason shows an address, and the log has none of its own (design 5.9). */
static void custody_names_nobody(void **state)
{
    static const char *const other[] = {"<jane@uni.example>"};
    struct buffer message = message_of("From: a@b.example\r\n\r\nbody\r\n");
    struct buffer tags = forge_tags(LAB_NOW, "b.example", "<jane@b.example>", other, 1);
    const struct forged_hop hop = {
        .i = 1, .m = 1, .tags = (const char *)tags.p, .keys = {LAB_ED25519}, .n_keys = 1};
    (void)state;
    forge_instance(&message, 1, NULL);
    forge_hop(&lab, &hop, &message);
    struct buffer line = line_of(&message, &of_author, false);
    assert_has(&line,
               " dkim2=fail hops=1 dkim2-d=b.example dkim2-why=\"FAIL: DKIM2-Signature i=1 MAIL "
               "FROM @author.example did not match\"");
    buffer_free(&line);
    buffer_free(&tags);
    buffer_free(&message);
}

/* However long what a stranger writes is, there is a line, and it is whole. */
static void longest(void **state)
{
    struct buffer message = message_of("From: "), name = message_of(""), path = message_of("<");
    (void)state;
    for (size_t i = 0; i < 400; i++) {
        buffer_add_str(&name, "\xC3\xA9");
        buffer_add_str(&path, i == 200 ? "@" : "\xC3\xA9");
    }
    buffer_add(&message, buffer_slice(&name));
    buffer_add_octet(&message, '@');
    buffer_add(&message, buffer_slice(&name));
    buffer_add_str(&message, "\r\nDKIM-Signature: v=1; a=rsa-sha256; h=from; bh=AAAA; b=AAAA; d=");
    buffer_add(&message, buffer_slice(&name));
    buffer_add_str(&message, "; s=");
    buffer_add(&message, buffer_slice(&name));
    buffer_add_str(&message, "\r\n\r\n");
    buffer_add_str(&path, ">");
    buffer_add_octet(&path, '\0');
    buffer_add_octet(&name, '\0');
    const char *const to[] = {(const char *)path.p};
    const struct waybill_envelope envelope = {.ip = "2001:db8::1",
                                              .helo = (const char *)name.p,
                                              .mail_from = (const char *)path.p,
                                              .rcpt_to = to,
                                              .rcpts = 1};
    struct buffer line = line_of(&message, &envelope, true);
    assert_has(&line, "\\...\" recipients=1 from=\"\\xC3");
    assert_has(&line, " ms=0");
    for (size_t i = 0; i < line.n; i++)
        assert_in_range(line.p[i], ' ', '~');
    buffer_free(&line);
    buffer_free(&path);
    buffer_free(&name);
    buffer_free(&message);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines),
        cmocka_unit_test(signatures),
        cmocka_unit_test(custody_names_nobody),
        cmocka_unit_test(longest),
    };
    return cmocka_run_group_tests(tests, lab_set_up, lab_tear_down);
}
