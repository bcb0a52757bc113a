/*
 * waybill: the chain of custody of a message, from the command line.
 */
#include "cli/verbs.h"
#include "waybill/engine.h"

#include <signal.h>

static const struct verb verbs[] = {
    {"verify", "say who handled a message, and what of it is proved", verify_run},
    {"sign", "add DKIM signatures, an ARC set", sign_run},
    {"key", "make a key, show its DNS record, check what is published", key_run},
    {"trust", "say whom the configuration trusts, and why", trust_run},
};

static enum outcome print_version(void)
{
    struct buffer line = buffer_new(256);
    buffer_printf(&line, "waybill %s\n", waybill_version());
    output(buffer_slice(&line));
    buffer_free(&line);
    return OUTCOME_DONE;
}

int main(int argc, char **argv)
{
    /* A reader that goes away is a failed write with its own exit status, not a signal. */
    signal(SIGPIPE, SIG_IGN);
    if (argc == 2 && strcmp(argv[1], "--version") == 0)
        return (int)output_end(print_version());
    return (int)output_end(
        verbs_run("", verbs, sizeof verbs / sizeof *verbs, argc > 0 ? argv + 1 : argv));
}
