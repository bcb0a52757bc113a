#include "io/config_keys.h"

#include "base/limits.h"
#include "io/config.h"

/* In the order of enum waybill_reported and enum waybill_reporter. */
static const char *const reported[] = {"dkim", "spf", "dmarc", NULL};
static const char *const reporters[] = {"first", "newest", "any", NULL};
static const char *const alignments[] = {"relaxed", "strict", NULL};
/* In the order of config_methods of config_policy.c. */
static const char *const methods[] = {"spf", "dkim", "arc", "dmarc", NULL};

#define TOP(name) .member = offsetof(struct config, name)
#define RULE(name) .in_rule = true, .member = offsetof(struct config_rule, name)

const struct config_key config_keys[CONFIG_KEYS] = {
    {TOP(authserv_id), .name = "authserv-id", .type = CONFIG_TEXT, .value = "name",
     .example = "mx.example.org",
     .meaning = "Who speaks in the fields that are added (RFC 8601, section 2.5). Without it, the "
                "name of this host."},
    {TOP(trust), .name = "trust", .type = CONFIG_TEXT, .value = "path", .example = "trust",
     .meaning = "The file that says who is trusted. A relative path begins at the folder of the "
                "configuration file. Without it nobody is trusted."},
    {TOP(override), .name = "override", .type = CONFIG_TEXT, .fallback = "off", .value = "rule",
     .example = "first-dkim",
     .meaning = "The rule by which a chain may turn DMARC's reject or quarantine into none: off, "
                "first-dkim, first-spf, or the name of a rule of this file. A chain never does "
                "more than that."},
    {TOP(shadow), .name = "shadow", .type = CONFIG_TEXTS, .value = "rule",
     .example = "{ first-spf, lists }",
     .meaning = "Rules that are evaluated and recorded, and of which nothing else comes: to see "
                "what they would do."},
    {TOP(reject), .name = "reject", .type = CONFIG_CHOICES, .choices = methods, .fallback = "dmarc",
     .value = "method", .example = "{ dmarc }",
     .meaning = "Whose failure is reason to reject. With dmarc, what the owner of the domain asks "
                "for is done; with spf, dkim or arc, a failure of that alone is enough. An empty "
                "list rejects nothing."},
    {TOP(defer), .name = "defer", .type = CONFIG_CHOICES, .choices = methods, .value = "method",
     .example = "{ dmarc }",
     .meaning = "Whose temporary error is reason to ask the client to come again later."},
    {RULE(reported), .name = "reported", .type = CONFIG_CHOICE, .required = true,
     .choices = reported, .example = "dkim",
     .meaning = "What a sealer has to say that it saw pass, aligned with From."},
    {RULE(reporter), .name = "reporter", .type = CONFIG_CHOICE, .choices = reporters,
     .fallback = "first", .example = "first",
     .meaning = "Which set has to say so: the first of the chain, the newest, or any of them."},
    {RULE(alignment), .name = "alignment", .type = CONFIG_CHOICE, .choices = alignments,
     .fallback = "relaxed", .example = "relaxed",
     .meaning = "How the domain that passed has to agree with that of From: relaxed, in the "
                "Organizational Domain, or strict, wholly."},
    {RULE(sets_least), .name = "sets-least", .type = CONFIG_NUMBER, .least = 1,
     .most = LIMIT_ARC_SETS, .fallback = "1", .value = "number", .example = "1",
     .meaning = "The chain has at least so many sets."},
    {RULE(sets_most), .name = "sets-most", .type = CONFIG_NUMBER, .least = 1,
     .most = LIMIT_ARC_SETS, .fallback = "50", .value = "number", .example = "3",
     .meaning = "The chain has at most so many sets."},
    {RULE(reputation), .name = "reputation", .type = CONFIG_NUMBER, .least = 1,
     .most = LIMIT_REPUTATION, .value = "number", .example = "80",
     .meaning = "A sealer that is not trusted is taken where the store of reputations knows it "
                "with at least this. Without it, only trust counts."},
};

const struct config_key *config_key_find(bool in_rule, struct slice name)
{
    for (size_t i = 0; i < CONFIG_KEYS; i++) {
        if (config_keys[i].in_rule == in_rule && slice_eq(name, slice_str(config_keys[i].name)))
            return &config_keys[i];
    }
    return NULL;
}
