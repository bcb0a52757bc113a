#include "io/config_policy.h"

#include "base/limits.h"
#include "base/text_error.h"

/* In the order of the choices of config_keys.c. */
static const enum waybill_method config_methods[] = {WAYBILL_METHOD_SPF, WAYBILL_METHOD_DKIM,
                                                     WAYBILL_METHOD_DKIM2, WAYBILL_METHOD_ARC,
                                                     WAYBILL_METHOD_DMARC};

enum { METHODS = sizeof config_methods / sizeof *config_methods };

struct making {
    const struct config *config;
    struct waybill_policy *policy;
    struct config_error *error;
    char why[WAYBILL_POLICY_WHY];
};

/* --- trust -------------------------------------------------------------------------------------
 */

static enum waybill_status take_trust(struct making *m)
{
    const struct config_value *path = &m->config->trust;
    if (!path->text)
        return WAYBILL_OK;
    struct buffer text = buffer_new(LIMIT_TRUST_OCTETS);
    enum waybill_status status = config_file_read(m->config, "trust", path, &text, m->error);
    if (status == WAYBILL_OK) {
        m->error->file = path->text;
        status = waybill_policy_trust(m->policy, text.p, text.n, &m->error->text);
    }
    buffer_free(&text);
    return status;
}

/* --- rules -------------------------------------------------------------------------------------
 */

/* A refusal of the policy, at the line that asked for it. */
static enum waybill_status refused(struct making *m, enum waybill_status status, const char *key,
                                   size_t line)
{
    if (status != WAYBILL_REFUSED)
        return status;
    m->error->file = m->config->file;
    text_error(&m->error->text, line, "%s: %s", key, m->why);
    return WAYBILL_REFUSED;
}

static enum waybill_status take_rules(struct making *m)
{
    enum waybill_status status = WAYBILL_OK;
    for (size_t i = 0; i < m->config->n_rules && status == WAYBILL_OK; i++) {
        const struct config_rule *r = &m->config->rules[i];
        const struct waybill_rule rule = {
            .name = r->name.text,
            .reported = (enum waybill_reported)r->reported.number,
            .reporter = (enum waybill_reporter)r->reporter.number,
            .strict = r->alignment.number != 0,
            .sets_least = r->sets_least.number,
            .sets_most = r->sets_most.number,
            .reputation = r->reputation.number,
        };
        status = refused(m, waybill_policy_rule(m->policy, &rule, m->why), "rule", r->name.line);
    }
    return status;
}

static enum waybill_status take_override(struct making *m)
{
    const struct config_value *override = &m->config->override;
    return refused(m, waybill_policy_override(m->policy, override->text, m->why), "override",
                   override->line);
}

static enum waybill_status take_shadows(struct making *m)
{
    const struct config_list *list = &m->config->shadow;
    enum waybill_status status = WAYBILL_OK;
    for (size_t i = 0; i < list->n && status == WAYBILL_OK; i++)
        status = refused(m, waybill_policy_shadow(m->policy, list->values[i].text, m->why),
                         "shadow", list->values[i].line);
    return status;
}

/* --- what is enforced --------------------------------------------------------------------------
 */

static void take_methods(struct waybill_policy *policy, const struct config_list *list,
                         void (*set)(struct waybill_policy *, enum waybill_method, int))
{
    for (size_t i = 0; i < METHODS; i++)
        set(policy, config_methods[i], 0);
    for (size_t i = 0; i < list->n; i++)
        set(policy, config_methods[list->values[i].number], 1);
}

static enum waybill_status take_enforced(struct making *m)
{
    take_methods(m->policy, &m->config->reject, waybill_policy_reject);
    take_methods(m->policy, &m->config->defer, waybill_policy_defer);
    return WAYBILL_OK;
}

enum waybill_status config_policy(const struct config *config, struct waybill_policy **out,
                                  struct config_error *error)
{
    /* Trust before what asks for it, rules before those that name them. */
    static enum waybill_status (*const steps[])(struct making *) = {
        take_trust, take_rules, take_override, take_shadows, take_enforced};
    *error = (struct config_error){.file = config->file};
    enum waybill_status status = waybill_policy_new(out);
    struct making m = {.config = config, .policy = *out, .error = error};
    for (size_t i = 0; i < sizeof steps / sizeof *steps && status == WAYBILL_OK; i++)
        status = steps[i](&m);
    if (status != WAYBILL_OK) {
        waybill_policy_free(*out);
        *out = NULL;
    }
    return status;
}
