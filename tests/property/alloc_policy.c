/* A policy, set up and asked. */
#include "alloc.h"

#include <stdlib.h>

static void note_lines(struct result *out, const struct waybill_trust_line *lines, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        alloc_note(out, slice_str(lines[i].pattern));
        alloc_note(out, slice_of(&lines[i].line, sizeof lines[i].line));
    }
}

/* More patterns than are sorted one by one, and two texts. */
static enum waybill_status trust_many(struct waybill_policy *policy)
{
    static const char u_label[] = "*.b\xC3\xBC"
                                  "cher.example signer\n";
    static char text[2048];
    struct waybill_text_error error;
    struct buffer b = buffer_over(text, sizeof text);
    for (size_t i = 0; i < 80; i++)
        buffer_printf(&b, "d%zu.example sealer\n", i);
    enum waybill_status status = waybill_policy_trust(policy, text, b.n, &error);
    return status == WAYBILL_OK ? waybill_policy_trust(policy, u_label, sizeof u_label - 1, &error)
                                : status;
}

static enum waybill_status use_policy(struct waybill_policy *policy, struct result *out)
{
    static const struct waybill_rule rule = {.name = "own", .reputation = 5};
    struct waybill_trust_line *lines;
    size_t n;
    char why[WAYBILL_POLICY_WHY];
    enum waybill_status status = trust_many(policy);
    if (status == WAYBILL_OK)
        status = waybill_policy_rule(policy, &rule, why);
    if (status == WAYBILL_OK)
        status = waybill_policy_override(policy, WAYBILL_RULE_FIRST_DKIM, why);
    if (status == WAYBILL_OK)
        status = waybill_policy_shadow(policy, "own", why);
    if (status == WAYBILL_OK)
        status = waybill_policy_trust_lines(policy,
                                            "a.B\xC3\x9C"
                                            "cher.example",
                                            &lines, &n);
    if (status != WAYBILL_OK)
        return status;
    note_lines(out, lines, n);
    free(lines);
    return WAYBILL_OK;
}

enum waybill_status alloc_policy(struct result *out)
{
    struct waybill_policy *policy;
    enum waybill_status status = waybill_policy_new(&policy);
    if (status == WAYBILL_OK)
        status = use_policy(policy, out);
    waybill_policy_free(policy);
    return status;
}
