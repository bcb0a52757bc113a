#include "cli/configured.h"

#include "base/limits.h"
#include "io/config_policy.h"

const struct option configured_options[CONFIGURED_OPTIONS] = {
    {"config", "FILE", "the configuration, waybill.conf(5) (default:\n" CONFIGURED_FILE ")",
     OPTION_TEXT, offsetof(struct configured_settings, config), 0, 0, NULL},
};

/* What the operator wrote is reported with its place; else it is an error of ours. */
static enum outcome fail(enum waybill_status status, const char *file,
                         const struct waybill_text_error *error)
{
    if (status != WAYBILL_SYNTAX && status != WAYBILL_LIMIT && status != WAYBILL_REFUSED)
        return report_status(status, file);
    return report(OUTCOME_CONFIG, (struct place){file, error->line}, "%s", error->what);
}

static enum outcome understand(const char *path, struct slice text, struct configured *out)
{
    struct config_error error;
    enum waybill_status status = config_read(&out->config, path, text, &error.text);
    if (status != WAYBILL_OK)
        return fail(status, path, &error.text);
    status = config_policy(&out->config, &out->policy, &error);
    return status == WAYBILL_OK ? OUTCOME_DONE : fail(status, error.file, &error.text);
}

enum outcome configured_new(const struct configured_settings *settings, struct configured *out)
{
    const char *path = settings->config ? settings->config : CONFIGURED_FILE;
    struct buffer text = buffer_new(LIMIT_CONFIG_OCTETS);
    *out = (struct configured){0};
    enum file_problem problem = file_read(path, &text);
    out->found = problem != FILE_MISSING;
    enum outcome outcome = problem == FILE_FINE || (!out->found && !settings->config)
                               ? understand(path, buffer_slice(&text), out)
                               : report_file(problem, path, OUTCOME_CONFIG);
    buffer_free(&text);
    return outcome;
}

void configured_free(struct configured *configured)
{
    waybill_policy_free(configured->policy);
    config_free(&configured->config);
    *configured = (struct configured){0};
}
