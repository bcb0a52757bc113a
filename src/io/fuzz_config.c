/*
 * A configuration file. What passes the scan, libconfuse reads without a word: any other status,
 * and any line or value that is not in the text, is a find. The leak checker watches libconfuse as
 * well.
 */
#include "base/limits.h"
#include "base/text_error.h"
#include "io/config.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool is_so)
{
    if (!is_so)
        abort();
}

/* The line of that number, from 1. */
static struct slice line_at(struct slice text, size_t line)
{
    size_t from = 0;
    while (--line > 0)
        from = slice_find(text, '\n', from) + 1;
    return slice_sub(text, from, slice_find(text, '\n', from) - from);
}

static bool has(struct slice whole, struct slice part)
{
    for (size_t at = 0; at + part.n <= whole.n; at++) {
        if (slice_eq(slice_sub(whole, at, part.n), part))
            return true;
    }
    return false;
}

/* A value stands on the line that it says, but for what a backslash makes plain. */
static void check_value(struct slice text, const struct config_value *value)
{
    if (value->line == 0)
        return;
    struct slice line = line_at(text, value->line);
    must(slice_find(line, '\\', 0) < line.n || has(line, slice_str(value->text)));
}

static void check_list(struct slice text, const struct config_list *list)
{
    for (size_t i = 0; i < list->n; i++)
        check_value(text, &list->values[i]);
}

static void check_rule(struct slice text, const struct config_rule *rule)
{
    must(rule->name.line > 0 && has(line_at(text, rule->name.line), SLICE("rule")));
    must(rule->reported.line > 0 && rule->reporter.text && rule->alignment.text);
    must(rule->sets_least.number >= 1 && rule->sets_least.number <= LIMIT_ARC_SETS);
    must(rule->sets_most.number >= 1 && rule->sets_most.number <= LIMIT_ARC_SETS);
    must(rule->reputation.number <= LIMIT_REPUTATION);
    check_value(text, &rule->reported);
    check_value(text, &rule->reporter);
    check_value(text, &rule->alignment);
    check_value(text, &rule->sets_least);
    check_value(text, &rule->sets_most);
    check_value(text, &rule->reputation);
}

static void check_config(struct slice text, const struct config *config)
{
    check_value(text, &config->authserv_id);
    check_value(text, &config->trust);
    check_value(text, &config->override);
    check_list(text, &config->shadow);
    check_list(text, &config->reject);
    check_list(text, &config->defer);
    for (size_t i = 0; i < config->n_rules; i++)
        check_rule(text, &config->rules[i]);
    must(config->override.text != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct config config;
    struct waybill_text_error error;
    struct slice text = slice_of(data, size);
    enum waybill_status status = config_read(&config, "file", text, &error);
    must(status == WAYBILL_OK || status == WAYBILL_SYNTAX || status == WAYBILL_LIMIT);
    must((status == WAYBILL_OK) == (error.what[0] == '\0'));
    if (status == WAYBILL_OK)
        check_config(text, &config);
    config_free(&config);
    return 0;
}
