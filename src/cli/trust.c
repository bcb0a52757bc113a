/*
 * waybill trust: whom the configuration trusts, and why.
 */
#include "cli/configured.h"
#include "cli/verbs.h"

#include <stdlib.h>

/* Octets of an answer: a line of usual length for each of a hundred thousand lines. */
enum { ANSWER_OCTETS = 1 << 24 };

/* --- what is printed ---------------------------------------------------------------------------
 */

static void add_roles(struct buffer *out, unsigned roles)
{
    static const struct {
        unsigned role;
        const char *name;
    } names[] = {{WAYBILL_TRUST_SEALER, "sealer"}, {WAYBILL_TRUST_SIGNER, "signer"}};
    const char *between = "";
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (!(roles & names[i].role))
            continue;
        buffer_printf(out, "%s%s", between, names[i].name);
        between = " and ";
    }
}

static void add_line(struct buffer *out, const char *file, const struct waybill_trust_line *line)
{
    buffer_add_str(out, "  ");
    buffer_add_escaped(out, slice_str(file));
    buffer_printf(out, ":%zu: %s, ", line->line, line->pattern);
    add_roles(out, line->roles);
    buffer_add_octet(out, '\n');
}

static void add_trusted(struct buffer *out, const char *file,
                        const struct waybill_trust_line *lines, size_t n)
{
    unsigned roles = 0;
    for (size_t i = 0; i < n; i++)
        roles |= lines[i].roles;
    buffer_add_str(out, "trusted as ");
    add_roles(out, roles);
    buffer_add_octet(out, '\n');
    for (size_t i = 0; i < n; i++)
        add_line(out, file, &lines[i]);
}

static void add_not_trusted(struct buffer *out, const struct config *config)
{
    const char *file = config->trust.text;
    buffer_add_str(out, "not trusted: ");
    buffer_add_escaped(out, slice_str(file ? file : config->file));
    buffer_add_str(out, file ? " has no line for it\n" : " names no trust file\n");
}

/* Half an answer would be a wrong one. */
static enum outcome print_answer(const struct config *config, const char *domain,
                                 const struct waybill_trust_line *lines, size_t n)
{
    struct buffer out = buffer_new(ANSWER_OCTETS);
    buffer_add_escaped(&out, slice_str(domain));
    buffer_add_str(&out, ": ");
    if (n > 0)
        add_trusted(&out, config->trust.text, lines, n);
    else
        add_not_trusted(&out, config);
    enum waybill_status status = out.status;
    if (status == WAYBILL_OK)
        output(buffer_slice(&out));
    buffer_free(&out);
    if (status != WAYBILL_OK)
        return report_status(status, domain);
    return n > 0 ? OUTCOME_DONE : OUTCOME_NO;
}

/* --- trust check -------------------------------------------------------------------------------
 */

static enum outcome look_up(const struct configured *configured, const char *domain)
{
    struct waybill_trust_line *lines;
    size_t n;
    enum waybill_status status = waybill_policy_trust_lines(configured->policy, domain, &lines, &n);
    if (status == WAYBILL_SYNTAX)
        return report(OUTCOME_USAGE, (struct place){0},
                      "%s: no domain: write one as in lists.example.org", domain);
    if (status != WAYBILL_OK)
        return report_status(status, domain);
    enum outcome outcome = print_answer(&configured->config, domain, lines, n);
    free(lines);
    return outcome;
}

static enum outcome check(const struct configured_settings *settings, const char *domain)
{
    struct configured configured;
    enum outcome outcome = configured_new(settings, &configured);
    if (outcome == OUTCOME_DONE && !configured.found)
        outcome = report(OUTCOME_NO_FILE, (struct place){.file = CONFIGURED_FILE},
                         "there is no such file: write it, or name another with --config");
    if (outcome == OUTCOME_DONE)
        outcome = look_up(&configured, domain);
    configured_free(&configured);
    return outcome;
}

static enum outcome check_run(char **arguments)
{
    struct configured_settings settings = {0};
    struct option_table table = {configured_options, CONFIGURED_OPTIONS, &settings};
    static const char summary[] = "Says whether the trust file trusts a domain, as what, and by "
                                  "which of its lines.";
    struct usage usage = {"trust check", "DOMAIN", summary, 1, 1, &table, 1};
    struct arena arena = arena_new();
    struct option_list operands;
    enum options_answer answer = options_parse(&usage, &arena, arguments, &operands);
    enum outcome outcome = answer == OPTIONS_BAD ? OUTCOME_USAGE : OUTCOME_DONE;
    if (answer == OPTIONS_FINE)
        outcome = check(&settings, operands.values[0]);
    arena_free(&arena);
    return outcome;
}

enum outcome trust_run(char **arguments)
{
    static const struct verb verbs[] = {
        {"check", "say whether a domain is trusted, and why", check_run},
    };
    return verbs_run("trust", verbs, sizeof verbs / sizeof *verbs, arguments);
}
