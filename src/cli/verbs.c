#include "cli/verbs.h"

#include "base/nearest.h"

static enum outcome help(const char *prefix, const struct verb *verbs, size_t n)
{
    struct buffer out = buffer_new(65536);
    buffer_printf(&out, "usage: waybill %s%sVERB [OPTIONS] [FILE]\n\n", prefix, *prefix ? " " : "");
    for (size_t i = 0; i < n; i++)
        buffer_printf(&out, "  %-10s%s\n", verbs[i].name, verbs[i].help);
    buffer_printf(&out, "\n\"waybill %s%sVERB --help\" prints the options of a verb.\n", prefix,
                  *prefix ? " " : "");
    output(buffer_slice(&out));
    buffer_free(&out);
    return OUTCOME_DONE;
}

static enum outcome unknown_verb(const char *prefix, const struct verb *verbs, size_t n,
                                 const char *word)
{
    const char *space = *prefix ? " " : "";
    struct nearest nearest = nearest_new(slice_str(word));
    for (size_t i = 0; i < n; i++)
        nearest_offer(&nearest, verbs[i].name);
    if (nearest.name)
        return report(OUTCOME_USAGE, (struct place){0},
                      "%s%s%s: unknown verb: did you mean \"waybill %s%s%s\"?", prefix, space, word,
                      prefix, space, nearest.name);
    return report(OUTCOME_USAGE, (struct place){0},
                  "%s%s%s: unknown verb: see \"waybill %s%s--help\"", prefix, space, word, prefix,
                  space);
}

enum outcome verbs_run(const char *prefix, const struct verb *verbs, size_t n, char **arguments)
{
    if (!arguments[0])
        return report(OUTCOME_USAGE, (struct place){0}, "no verb: see \"waybill %s%s--help\"",
                      prefix, *prefix ? " " : "");
    if (strcmp(arguments[0], "--help") == 0)
        return help(prefix, verbs, n);
    for (size_t i = 0; i < n; i++)
        if (strcmp(verbs[i].name, arguments[0]) == 0)
            return verbs[i].run(arguments + 1);
    return unknown_verb(prefix, verbs, n, arguments[0]);
}
