#include "check/envelope.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

enum { RCPTS_MOST = 3 };

/* What is kept: "ip helo <from> <rcpt> …", "-" for what is not known; NULL: refused. */
static const struct envelope_case {
    const char *name, *ip, *helo, *mail_from, *rcpt_to[RCPTS_MOST];
    const char *says;
} cases[] = {
    {"nothing known", NULL, NULL, NULL, {NULL}, "- - -"},
    {"usual",
     "192.0.2.1",
     "mx.example",
     "<a@b.example>",
     {"<c@d.example>"},
     "192.0.2.1 mx.example <a@b.example> <c@d.example>"},
    {"without brackets",
     "192.0.2.1",
     "mx",
     "a@b.example",
     {"c@d.example", "<e@f.example>"},
     "192.0.2.1 mx <a@b.example> <c@d.example> <e@f.example>"},
    {"IPv6", "2001:db8::1", NULL, NULL, {NULL}, "2001:db8::1 - -"},
    {"IPv4 in IPv6", "::ffff:192.0.2.1", NULL, NULL, {NULL}, "::ffff:192.0.2.1 - -"},
    {"null sender", NULL, NULL, "<>", {NULL}, "- - <>"},
    {"empty sender is the null sender", NULL, NULL, "", {NULL}, "- - <>"},
    {"postmaster", NULL, NULL, "<>", {"<postmaster>"}, "- - <> <postmaster>"},
    {"what is between stands as it is",
     NULL,
     NULL,
     "<\"a b\"@B.Example>",
     {"<A+x@[192.0.2.1]>"},
     "- - <\"a b\"@B.Example> <A+x@[192.0.2.1]>"},
    {"HELO is what somebody said", NULL, "not a name!", NULL, {NULL}, "- not a name! -"},
    {"no ip", "mx.example", NULL, NULL, {NULL}, NULL},
    {"ip with a mask", "192.0.2.0/24", NULL, NULL, {NULL}, NULL},
    {"ip of three numbers", "192.0.2", NULL, NULL, {NULL}, NULL},
    {"empty ip", "", NULL, NULL, {NULL}, NULL},
    {"half a bracket", NULL, NULL, "<a@b.example", {NULL}, NULL},
    {"a sender that is no path", NULL, NULL, "a b@c.example", {NULL}, NULL},
    {"a second recipient that is no path", NULL, NULL, NULL, {"a@b.example", "@"}, NULL},
    {"a line end in a path", NULL, NULL, "a@b.example\r\nX: y", {NULL}, NULL},
};

static size_t add_path(char *text, size_t n, size_t room, struct slice path)
{
    return path.p ? (size_t)snprintf(text + n, room - n, " <%.*s>", SLICE_ARGS(path))
                  : (size_t)snprintf(text + n, room - n, " -");
}

static char *text_of(const struct record_envelope *e)
{
    static char text[256];
    struct slice none = SLICE("-");
    size_t n = (size_t)snprintf(text, sizeof text, "%.*s %.*s", SLICE_ARGS(e->ip.p ? e->ip : none),
                                SLICE_ARGS(e->helo.p ? e->helo : none));
    n += add_path(text, n, sizeof text, e->mail_from);
    for (size_t i = 0; i < e->rcpts; i++)
        n += add_path(text, n, sizeof text, e->rcpt_to[i]);
    return text;
}

static void envelopes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct envelope_case *c = &cases[i];
        struct waybill_envelope in = {c->ip, c->helo, c->mail_from, c->rcpt_to, 0, NULL};
        while (in.rcpts < RCPTS_MOST && c->rcpt_to[in.rcpts])
            in.rcpts++;
        struct arena arena = arena_new();
        struct record_envelope e;
        enum waybill_status status = envelope_read(&arena, &in, &e);
        if (status != (c->says ? WAYBILL_OK : WAYBILL_SYNTAX))
            fail_msg("%s: %s", c->name, waybill_status_text(status));
        if (c->says && (!e.given || strcmp(text_of(&e), c->says) != 0))
            fail_msg("%s: %s", c->name, text_of(&e));
        arena_free(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(envelopes)};
    return cmocka_run_group_tests_name("envelope", tests, NULL, NULL);
}
