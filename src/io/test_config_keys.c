/* Every key of the table, with every kind of wrong value that its type has. */
#include "base/buffer.h"
#include "io/config.h"
#include "io/config_keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

enum { TEXT_OCTETS = 1024 };

#define NO_SOCKET "no socket: write unix:/PATH or inet:PORT@ADDRESS"
#define NO_LOCAL "no address with a port: write 127.0.0.1:PORT or \"[::1]:PORT\""
#define NO_SERVER "no server of the DNS: write ADDRESS or ADDRESS@PORT"
#define NO_DOMAIN "no domain: write one as in example.org"
#define NO_NETWORK \
    "no network: write an address, or one as in 192.0.2.0/24, all bits behind the prefix 0"

/* What is no value of a type, and why; of choices and numbers, what the key says. */
static const struct wrong {
    enum config_type type;
    const char *value, *why;
} wrong_values[] = {
    {CONFIG_CHOICE, "colour", NULL},
    {CONFIG_CHOICE, "NO", NULL},
    {CONFIG_NUMBER, "x", NULL},
    {CONFIG_NUMBER, "1x", NULL},
    {CONFIG_NUMBER, "-1", NULL},
    {CONFIG_NUMBER, "+1", NULL},
    {CONFIG_NUMBER, "1.5", NULL},
    {CONFIG_NUMBER, "100001", NULL},
    {CONFIG_NUMBER, "99999999999999999999", NULL},
    {CONFIG_DOMAIN, "a..example", NO_DOMAIN},
    {CONFIG_DOMAIN, "-a.example", NO_DOMAIN},
    {CONFIG_DOMAIN, "a@example.org", NO_DOMAIN},
    {CONFIG_NETWORK, "192.0.2.1/24", NO_NETWORK},
    {CONFIG_NETWORK, "192.0.2.0/33", NO_NETWORK},
    {CONFIG_NETWORK, "localhost", NO_NETWORK},
    {CONFIG_SOCKET, "/run/a", NO_SOCKET},
    {CONFIG_SOCKET, "unix:a", "the path of a socket begins at the root: write it from '/' on"},
    {CONFIG_SOCKET, "inet:8891", "no address: write inet:PORT@ADDRESS"},
    {CONFIG_SOCKET, "inet:x@::1", "no port from 1 to 65535: write inet:PORT@ADDRESS"},
    {CONFIG_SOCKET, "inet:1@a", "no address behind '@': write an IP address or localhost"},
    {CONFIG_LOCAL, "9891", NO_LOCAL},
    {CONFIG_LOCAL, "localhost:1", NO_LOCAL},
    {CONFIG_LOCAL, "192.0.2.1:1", "not on loopback: write 127.0.0.1:PORT or \"[::1]:PORT\""},
    {CONFIG_SERVER, "dns.example.org", NO_SERVER},
    {CONFIG_SERVER, "192.0.2.1:53", NO_SERVER},
};

enum { WRONG_VALUES = sizeof wrong_values / sizeof *wrong_values };

/* What begins a place: one line. */
static const char *const openings[CONFIG_PLACES] = {
    [CONFIG_TOP] = "#\n", [CONFIG_RULE] = "rule a {\n", [CONFIG_LISTENER] = "listener a {\n"};

static void assert_error(const struct buffer *text, size_t line, const char *what)
{
    struct config config;
    struct waybill_text_error error;
    enum waybill_status status = config_read(&config, "file", buffer_slice(text), &error);
    assert_string_equal(error.what, what);
    assert_int_equal(error.line, line);
    assert_int_equal(status, WAYBILL_SYNTAX);
    config_free(&config);
}

static void write_why(struct buffer *out, const struct config_key *key, const struct wrong *wrong)
{
    if (key->type == CONFIG_NUMBER)
        buffer_printf(out, "no number from %u to %u: correct it", key->least, key->most);
    else if (key->type != CONFIG_CHOICE)
        buffer_add_str(out, wrong->why);
    else
        buffer_add_str(out, "unknown value: use ");
    for (size_t i = 0; key->type == CONFIG_CHOICE && key->choices[i]; i++)
        buffer_printf(out, "%s%s", i ? ", " : "", key->choices[i]);
}

static void try_wrong_value(const struct config_key *key, const struct wrong *wrong)
{
    char text[TEXT_OCTETS], what[TEXT_OCTETS] = "";
    struct buffer t = buffer_over(text, sizeof text), w = buffer_over(what, sizeof what - 1);
    buffer_printf(&w, "%s = %s: ", key->name, wrong->value);
    write_why(&w, key, wrong);
    buffer_printf(&t, "%s%s = \"%s\"", openings[key->place], key->name, wrong->value);
    assert_error(&t, 2, what);
    if (!key->is_list)
        return;
    t.n = 0;
    buffer_printf(&t, "%s%s = {\n\"%s\" }", openings[key->place], key->name, wrong->value);
    assert_error(&t, 3, what);
}

static void wrong_values_of_its_type(const struct config_key *key)
{
    size_t n = 0;
    for (size_t i = 0; i < WRONG_VALUES; i++) {
        if (wrong_values[i].type == key->type) {
            try_wrong_value(key, &wrong_values[i]);
            n++;
        }
    }
    /* Of a text and a path only the empty one is wrong: a new type has rows above. */
    assert_true(n > 0 || key->type == CONFIG_TEXT || key->type == CONFIG_PATH);
}

static void numbers_beyond_its_ends(const struct config_key *key)
{
    char value[16];
    const struct wrong wrong = {CONFIG_NUMBER, value, NULL};
    if (key->type != CONFIG_NUMBER)
        return;
    assert_true(key->least < key->most);
    snprintf(value, sizeof value, "%u", key->most + 1);
    try_wrong_value(key, &wrong);
    if (key->least == 0)
        return;
    snprintf(value, sizeof value, "%u", key->least - 1);
    try_wrong_value(key, &wrong);
}

/* Texts that are wrong with whatever key; each has it where "%s" stands. */
static void wrong_forms(const struct config_key *key)
{
    static const struct {
        const char *text, *what;
    } forms[] = {
        {"%s = \"\"", "%s is empty: write a value or leave it out"},
        {"%s", "'=' is missing behind '%s': write %s = VALUE"},
        {"%s = =", "the value of '%s' is missing: write %s = VALUE"},
    };
    char text[TEXT_OCTETS], what[TEXT_OCTETS];
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        struct buffer t = buffer_over(text, sizeof text);
        buffer_add_str(&t, openings[key->place]);
        buffer_printf(&t, forms[i].text, key->name);
        snprintf(what, sizeof what, forms[i].what, key->name, key->name);
        assert_error(&t, 2, what);
    }
    struct buffer t = buffer_over(text, sizeof text);
    buffer_printf(&t, "%s%s = { a b }", openings[key->place], key->name);
    if (!key->is_list) {
        snprintf(what, sizeof what, "'%s' has one value: write it without braces", key->name);
        assert_error(&t, 2, what);
    }
}

static void stands_twice(const struct config_key *key)
{
    char text[TEXT_OCTETS], what[TEXT_OCTETS];
    struct buffer t = buffer_over(text, sizeof text);
    for (int i = 0; i < 2; i++)
        buffer_printf(&t, "%s%s = %s\n", i ? "" : openings[key->place], key->name, key->example);
    snprintf(what, sizeof what, "'%s' stands twice: it is on line 2 already: leave one out",
             key->name);
    assert_error(&t, 3, what);
}

static void stands_elsewhere(const struct config_key *key)
{
    for (unsigned place = CONFIG_TOP; place < CONFIG_PLACES; place++) {
        struct config config;
        struct waybill_text_error error;
        char text[TEXT_OCTETS];
        struct buffer t = buffer_over(text, sizeof text);
        if (config_key_find((enum config_place)place, slice_str(key->name)))
            continue;
        buffer_printf(&t, "%s%s = %s", openings[place], key->name, key->example);
        assert_int_equal(config_read(&config, "file", buffer_slice(&t), &error), WAYBILL_SYNTAX);
        assert_int_equal(error.line, 2);
        assert_non_null(strstr(error.what, " is no key "));
        config_free(&config);
    }
}

/* What the manual and the commented example need. */
static void is_described(const struct config_key *key)
{
    size_t n = strlen(key->meaning);
    assert_true(n > 0 && key->meaning[n - 1] == '.');
    assert_true(key->value || (key->type == CONFIG_CHOICE && !key->is_list));
    assert_true(!key->choices == (key->type != CONFIG_CHOICE));
    assert_true(!key->presets || key->place == CONFIG_LISTENER);
    assert_false(key->required && key->fallback);
}

static void run_key(void **state)
{
    const struct config_key *key = *state;
    is_described(key);
    wrong_values_of_its_type(key);
    numbers_beyond_its_ends(key);
    wrong_forms(key);
    stands_twice(key);
    stands_elsewhere(key);
}

/* --- what is left out --------------------------------------------------------------------------
 */

/* What a list holds, as its fallback is written. */
static void assert_list(const struct config_list *list, const char *fallback)
{
    char text[TEXT_OCTETS] = "";
    struct buffer t = buffer_over(text, sizeof text - 1);
    for (size_t i = 0; i < list->n; i++) {
        buffer_printf(&t, "%s%s", i ? ", " : "", list->values[i].text);
        assert_int_equal(list->values[i].line, 0);
    }
    assert_string_equal(text, fallback ? fallback : "");
}

static void assert_fallbacks(enum config_place place, const void *members)
{
    for (size_t i = 0; i < CONFIG_KEYS; i++) {
        const struct config_key *key = &config_keys[i];
        const void *member = (const char *)members + key->member;
        const struct config_value *value = member;
        if (key->place != place || key->required || key->presets)
            continue;
        if (key->is_list)
            assert_list(member, key->fallback);
        else if (key->fallback)
            assert_string_equal(value->text, key->fallback);
        else
            assert_null(value->text);
    }
}

static void nothing_is_every_default(void **state)
{
    struct config config;
    struct waybill_text_error error;
    (void)state;
    assert_int_equal(config_read(&config, "file", SLICE(""), &error), WAYBILL_OK);
    assert_fallbacks(CONFIG_TOP, &config);
    assert_int_equal(config.n_rules + config.n_listeners, 0);
    assert_int_equal(config.workers.number, 0);
    assert_int_equal(config.dns_cache.number, 16);
    assert_int_equal(config.deadline.number, 20);
    assert_int_equal(config.log.number, 0);
    assert_int_equal(config.results_comments.number, 1);
    assert_int_equal(config.journal_size.number, 256);
    assert_int_equal(config.journal_files.number, 8);
    assert_int_equal(config.drain.number, 30);
    config_free(&config);
}

static void sections_of_little(void **state)
{
    struct config config;
    struct waybill_text_error error;
    (void)state;
    assert_int_equal(config_read(&config, "file",
                                 SLICE("rule a { reported = dkim }\n"
                                       "listener b { socket = unix:/b preset = receiver }"),
                                 &error),
                     WAYBILL_OK);
    assert_fallbacks(CONFIG_TOP, &config);
    assert_fallbacks(CONFIG_RULE, &config.rules[0]);
    assert_fallbacks(CONFIG_LISTENER, &config.listeners[0]);
    config_free(&config);
}

int main(void)
{
    enum { OTHERS = 2 };
    static char names[CONFIG_KEYS][64];
    struct CMUnitTest tests[OTHERS + CONFIG_KEYS] = {
        cmocka_unit_test(nothing_is_every_default),
        cmocka_unit_test(sections_of_little),
    };
    for (size_t i = 0; i < CONFIG_KEYS; i++) {
        const struct config_key *key = &config_keys[i];
        const char *section = config_sections[key->place].name;
        snprintf(names[i], sizeof names[i], "%s of %s", key->name, section ? section : "the top");
        tests[OTHERS + i] =
            (struct CMUnitTest){names[i], run_key, NULL, NULL, (void *)(uintptr_t)key};
    }
    return cmocka_run_group_tests_name("config_keys", tests, NULL, NULL);
}
