#include "base/buffer.h"
#include "base/limits.h"
#include "io/config.h"
#include "io/config_keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

/* --- what a listener says ----------------------------------------------------------------------
 */

static const struct text_case {
    const char *name, *text, *says;
} text_cases[] = {
    {"a receiver of little", "listener in { socket = unix:/a preset = receiver }",
     "in@1 unix:/a receiver annotate - "
     "verify spf dkim dkim2 arc dmarc own 127.0.0.0/8 ::1 peers daemons sign domain -\n"},
    {"an originator of little", "listener out { socket = unix:/a preset = originator }",
     "out@1 unix:/a originator annotate - "
     "verify own 127.0.0.0/8 ::1 peers daemons ORIGINATING sign dkim dkim2 domain -\n"},
    {"a provider of little",
     "listener p { preset = provider socket = unix:/a domain = \"B\xC3\x9C"
     "CHER.example.\" }",
     "p@1 unix:/a provider annotate - "
     "verify own 127.0.0.0/8 ::1 peers daemons ORIGINATING sign dkim dkim2 "
     "domain xn--bcher-kva.example\n"},
    {"a receiver with all its keys",
     "listener in {\nverify = { dmarc, spf }\nown = { 192.0.2.0/24 }\npeers = 192.0.2.25\n"
     "authserv-id = mx.example\nmode = enforce\npreset = receiver\nsocket = inet:1@0.0.0.0\n}",
     "in@1 inet:1@0.0.0.0 receiver enforce mx.example "
     "verify dmarc spf own 192.0.2.0/24 peers 192.0.2.25 daemons sign domain -\n"},
    {"empty lists",
     "listener in { socket = unix:/a preset = originator sign = {} own = {} daemons = {} }",
     "in@1 unix:/a originator annotate - verify own peers daemons sign domain -\n"},
    {"several, with a key and a rule between",
     "listener a { socket = unix:/a preset = receiver }\nuser = u\nrule a { reported = dkim }\n"
     "listener b { socket = inet:1@127.0.0.1 preset = receiver }\n"
     "listener \"c-1._\" { socket = inet:2@127.0.0.1 preset = receiver }\n",
     "a@1 unix:/a receiver annotate - "
     "verify spf dkim dkim2 arc dmarc own 127.0.0.0/8 ::1 peers daemons sign domain -\n"
     "b@4 inet:1@127.0.0.1 receiver annotate - "
     "verify spf dkim dkim2 arc dmarc own 127.0.0.0/8 ::1 peers daemons sign domain -\n"
     "c-1._@5 inet:2@127.0.0.1 receiver annotate - "
     "verify spf dkim dkim2 arc dmarc own 127.0.0.0/8 ::1 peers daemons sign domain -\n"},
};

static const char *text_of(const struct config_value *value)
{
    return value->text ? value->text : "-";
}

static void write_listener(struct buffer *out, const struct config_listener *l)
{
    const struct {
        const char *name;
        const struct config_list *list;
    } lists[] = {{"verify", &l->verify},
                 {"own", &l->own},
                 {"peers", &l->peers},
                 {"daemons", &l->daemons},
                 {"sign", &l->sign}};
    buffer_printf(out, "%s@%zu %s %s %s %s ", l->name.text, l->name.line, l->socket.text,
                  config_presets[l->preset.number], l->mode.text, text_of(&l->authserv_id));
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        buffer_printf(out, "%s ", lists[i].name);
        for (size_t v = 0; v < lists[i].list->n; v++)
            buffer_printf(out, "%s ", lists[i].list->values[v].text);
    }
    buffer_printf(out, "domain %s\n", text_of(&l->domain));
}

static void run_text_case(void **state)
{
    const struct text_case *c = *state;
    struct config config;
    struct waybill_text_error error;
    struct buffer says = buffer_new(4096);
    enum waybill_status status = config_read(&config, "file", slice_str(c->text), &error);
    assert_string_equal(error.what, "");
    assert_int_equal(status, WAYBILL_OK);
    for (size_t i = 0; i < config.n_listeners; i++)
        write_listener(&says, &config.listeners[i]);
    buffer_add_octet(&says, '\0');
    assert_string_equal((const char *)says.p, c->says);
    buffer_free(&says);
    config_free(&config);
}

/* --- what is no listener -----------------------------------------------------------------------
 */

#define A "listener a { socket = unix:/a preset = receiver }\n"

static const struct error_case {
    const char *name, *text;
    size_t line;
    const char *what;
} error_cases[] = {
    {"no socket", "\nlistener a {\npreset = receiver }", 2,
     "socket is missing in the listener: add socket = inet:8891@127.0.0.1"},
    {"no preset", "\nlistener a {\nsocket = unix:/a\nverify = spf }", 2,
     "preset is missing in the listener: add preset = receiver"},
    {"a provider without a domain", "\nlistener a { socket = unix:/a preset = provider }", 2,
     "domain is missing in the listener, which has preset = provider: add domain = "
     "provider.example"},
    {"a domain of an originator",
     "listener a {\nsocket = unix:/a\ndomain = a.example\npreset = originator }", 3,
     "'domain' makes no sense with preset = originator: leave it out, or make it preset = "
     "provider"},
    {"a receiver that signs", "listener a {\nsocket = unix:/a preset = receiver\nsign = dkim\n}", 3,
     "'sign' makes no sense with preset = receiver: leave it out, or make it preset = originator "
     "or provider or list-out or forwarder-out"},
    {"a receiver with daemons",
     "listener a {\nsocket = unix:/a preset = receiver\n\ndaemons = {}\n}", 4,
     "'daemons' makes no sense with preset = receiver: leave it out, or make it preset = "
     "originator or provider"},
    {"a provider that verifies",
     "listener a { socket = unix:/a preset = provider domain = a.example\nverify = spf }", 2,
     "'verify' makes no sense with preset = provider: leave it out, or make it preset = receiver "
     "or list-in or forwarder-in"},
    {"an open receiver", "listener a {\nsocket = inet:1@192.0.2.1\npreset = receiver }", 2,
     "socket = inet:1@192.0.2.1: any host could ask for verdicts: set peers to the mail servers, "
     "or listen on 127.0.0.1"},
    {"an open originator", "listener a {\npreset = originator\nsocket = inet:1@::\npeers = {} }", 3,
     "socket = inet:1@::: any host could have mail signed: set peers to the mail servers, or "
     "listen on 127.0.0.1"},
    {"an open provider",
     "listener a { preset = provider domain = a.example\nsocket = inet:1@0.0.0.0 }", 2,
     "socket = inet:1@0.0.0.0: any host could have mail signed: set peers to the mail servers, or "
     "listen on 127.0.0.1"},
    {"a socket twice", A "\nlistener b {\n socket = local:/a\npreset = receiver }", 4,
     "socket = local:/a: the listener of line 1 has it on line 1 already: choose another"},
    {"a socket in all of one",
     "listener a {\nsocket = inet:1@0.0.0.0 preset = receiver peers = 192.0.2.1 }\n"
     "listener b { socket = inet:1@localhost preset = receiver }",
     3,
     "socket = inet:1@localhost: the listener of line 1 has it on line 2 already: choose another"},
    {"a name twice", A "listener \"a\" { socket = unix:/b preset = receiver }", 2,
     "listener 'a' stands twice: it is on line 1 already: choose another name"},
    {"a name with a space", "\nlistener \"a b\" { socket = unix:/a preset = receiver }", 2,
     "'a b': no name of a listener: use 1 to 64 of A-Z a-z 0-9 . _ -"},
    {"an empty name", "listener \"\" { socket = unix:/a preset = receiver }", 1,
     "'': no name of a listener: use 1 to 64 of A-Z a-z 0-9 . _ -"},
};

static void assert_error(struct slice text, enum waybill_status expected, size_t line,
                         const char *what)
{
    struct config config;
    struct waybill_text_error error;
    enum waybill_status status = config_read(&config, "file", text, &error);
    assert_string_equal(error.what, what);
    assert_int_equal(error.line, line);
    assert_int_equal(status, expected);
    config_free(&config);
}

static void run_error_case(void **state)
{
    const struct error_case *c = *state;
    assert_error(slice_str(c->text), WAYBILL_SYNTAX, c->line, c->what);
}

/* --- every key with every preset ---------------------------------------------------------------
 */

/* A listener of this preset, on two lines, the key on the second one. */
static void write_with(struct buffer *out, unsigned preset, const struct config_key *key)
{
    buffer_printf(out, "listener a { preset = %s ", config_presets[preset]);
    for (size_t i = 0; i < CONFIG_KEYS; i++) {
        const struct config_key *k = &config_keys[i];
        bool makes_sense = !k->presets || (k->presets >> preset & 1);
        if (k->place == CONFIG_LISTENER && k->required && makes_sense && k != key &&
            strcmp(k->name, "preset") != 0)
            buffer_printf(out, "%s = %s ", k->name, k->example);
    }
    buffer_add_str(out, "\n");
    if (strcmp(key->name, "preset") != 0)
        buffer_printf(out, "%s = %s", key->name, key->example);
    buffer_add_str(out, "}");
}

static void try_key(unsigned preset, const struct config_key *key)
{
    char text[512];
    struct buffer t = buffer_over(text, sizeof text);
    struct config config;
    struct waybill_text_error error;
    bool makes_sense = !key->presets || (key->presets >> preset & 1);
    write_with(&t, preset, key);
    enum waybill_status status = config_read(&config, "file", buffer_slice(&t), &error);
    assert_int_equal(status, makes_sense ? WAYBILL_OK : WAYBILL_SYNTAX);
    assert_int_equal(error.line, makes_sense ? 0 : 2);
    assert_true(makes_sense || strstr(error.what, config_presets[preset]));
    config_free(&config);
}

static void every_key_with_every_preset(void **state)
{
    (void)state;
    for (size_t i = 0; i < CONFIG_KEYS; i++) {
        for (unsigned preset = 0; config_presets[preset]; preset++) {
            if (config_keys[i].place == CONFIG_LISTENER)
                try_key(preset, &config_keys[i]);
        }
    }
}

static void too_many(void **state)
{
    struct buffer text = buffer_new(LIMIT_CONFIG_OCTETS);
    struct config config;
    struct waybill_text_error error;
    (void)state;
    for (size_t i = 0; i < LIMIT_LISTENERS; i++)
        buffer_printf(&text, "listener l%zu { socket = unix:/%zu preset = receiver }\n", i, i);
    assert_int_equal(config_read(&config, "file", buffer_slice(&text), &error), WAYBILL_OK);
    assert_int_equal(config.n_listeners, LIMIT_LISTENERS);
    config_free(&config);
    buffer_add_str(&text, "listener last { socket = unix:/a preset = receiver }");
    assert_error(buffer_slice(&text), WAYBILL_LIMIT, LIMIT_LISTENERS + 1,
                 "over 64 listeners: leave out what is not used");
    buffer_free(&text);
}

int main(void)
{
    enum {
        TEXTS = sizeof text_cases / sizeof *text_cases,
        ERRORS = sizeof error_cases / sizeof *error_cases,
        OTHERS = 2,
    };
    struct CMUnitTest tests[OTHERS + TEXTS + ERRORS] = {
        cmocka_unit_test(every_key_with_every_preset),
        cmocka_unit_test(too_many),
    };
    struct CMUnitTest *next = tests + OTHERS;
    for (size_t i = 0; i < TEXTS; i++)
        *next++ = (struct CMUnitTest){text_cases[i].name, run_text_case, NULL, NULL,
                                      (void *)(uintptr_t)&text_cases[i]};
    for (size_t i = 0; i < ERRORS; i++)
        *next++ = (struct CMUnitTest){error_cases[i].name, run_error_case, NULL, NULL,
                                      (void *)(uintptr_t)&error_cases[i]};
    return cmocka_run_group_tests_name("config_listeners", tests, NULL, NULL);
}
