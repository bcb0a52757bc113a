/* What is said of settings of Postfix that break what a filter does. */
#include "daemon/checkup_postfix.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct setting_case {
    const char *name, *value;
    bool said;
} cases[] = {
    {"disable_mime_output_conversion", " yes", false},
    {"disable_mime_output_conversion", "no", true},
    {"smtp_line_length_limit", "0", false},
    {"smtp_line_length_limit", "998", true},
    {"smtp_generic_maps", "", false},
    {"smtp_generic_maps", "hash:/etc/postfix/generic", true},
    {"smtp_header_checks", " ", false},
    {"smtp_header_checks", "pcre:/etc/postfix/checks", true},
    {"smtp_mime_header_checks", "$smtp_header_checks", true},
    {"milter_command_timeout", "30s", false},
    {"milter_command_timeout", "20s", true},
    {"milter_command_timeout", "20", true},
    {"milter_command_timeout", "1m", false},
    {"milter_command_timeout", "1h", false},
    {"myhostname", "mx.example.org", false},
};

static void settings(void **state)
{
    enum { DEADLINE = 20 };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct setting_case *c = &cases[i];
        bool behind;
        const char *what =
            checkup_postfix_setting(slice_str(c->name), slice_str(c->value), DEADLINE, &behind);
        if ((what != NULL) != c->said)
            fail_msg("%s = %s: %s", c->name, c->value, what ? what : "nothing is said");
    }
}

static const struct milters_case {
    const char *socket, *milters;
    bool has;
} milters_cases[] = {
    {"unix:/run/waybill/in.sock", "unix:/run/waybill/in.sock", true},
    {"unix:/run/waybill/in.sock", "inet:127.0.0.1:11332, unix:/run/waybill/in.sock", true},
    {"unix:/run/waybill/in.sock", "{ unix:/run/waybill/in.sock, timeout=30s }", true},
    {"unix:/run/waybill/in.sock", "unix:/run/waybill/in.sock2", false},
    {"unix:/run/waybill/in.sock", "", false},
    {"unix:/run/waybill/in.sock", " ,{}", false},
    {"unix:/var/spool/postfix/waybill/in.sock", "unix:waybill/in.sock", true},
    {"unix:/var/spool/postfix/waybill/in.sock", "unix:bill/in.sock", false},
    {"unix:/var/spool/postfix/waybill/in.sock", "unix:/waybill/in.sock", false},
    {"unix:/var/spool/postfix/waybill/in.sock", "unix:", false},
    {"inet:8891@127.0.0.1", "inet:127.0.0.1:8891", true},
    {"inet:8891@127.0.0.1", "inet:127.0.0.1:8892", false},
    {"inet:8891@127.0.0.1", "unix:127.0.0.1:8891", false},
};

static void milters(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof milters_cases / sizeof *milters_cases; i++) {
        const struct milters_case *c = &milters_cases[i];
        struct config_socket socket;
        const char *why = "";
        assert_true(config_socket_parse(slice_str(c->socket), &socket, &why));
        if (checkup_postfix_uses(slice_str(c->milters), &socket) != c->has)
            fail_msg("%s in \"%s\": %s", c->socket, c->milters, c->has ? "not seen" : "seen");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(settings), cmocka_unit_test(milters)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
