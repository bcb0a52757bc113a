/*
 * waybilld: the mail filter.
 */
#include "base/slice.h"
#include "daemon/checkup.h"
#include "daemon/server.h"
#include "daemon/tell.h"
#include "waybill/engine.h"

#include <signal.h>
#include <sysexits.h>
#include <unistd.h>

static const char usage[] =
    "usage: waybilld [--config FILE] [--check [--published]] [--version]\n"
    "       waybilld [--config FILE] --dns FILE [--dns-delay MS] [--now EPOCH]\n"
    "\n"
    "  --config FILE    the configuration, waybill.conf(5) (default:\n"
    "                   " SERVER_CONFIG ")\n"
    "  --check          say what is wrong with it, and how an MTA is told of the\n"
    "                   listeners, and end\n"
    "  --published      with --check: compare the keys with the DNS\n"
    "  --dns FILE       take the answers from a zone or JSON file, ask nobody\n"
    "  --dns-delay MS   each of these answers takes so long\n"
    "  --now EPOCH      the time of all messages, in seconds since 1970 UTC\n"
    "  --version        print the version\n"
    "\n"
    "waybilld(8) has the signals, the exit statuses, and what an MTA needs.\n";

struct arguments {
    struct server_options server;
    const char *dns_delay, *now;
    bool check, published, version, help;
};

/* 0, or EX_USAGE after it was said why. */
static int read_arguments(int argc, char **argv, struct arguments *a)
{
    for (int i = 1; i < argc; i++) {
        const char *name = argv[i], *value = i + 1 < argc ? argv[i + 1] : NULL;
        const struct {
            const char *name;
            bool *flag;
            const char **text;
        } options[] = {
            {"--config", NULL, &a->server.config}, {"--dns", NULL, &a->server.dns},
            {"--dns-delay", NULL, &a->dns_delay},  {"--now", NULL, &a->now},
            {"--check", &a->check, NULL},          {"--published", &a->published, NULL},
            {"--version", &a->version, NULL},      {"--help", &a->help, NULL},
        };
        size_t n = sizeof options / sizeof *options, k = 0;
        while (k < n && strcmp(options[k].name, name) != 0)
            k++;
        if (k == n)
            return tell(NULL, EX_USAGE, NULL, 0, "%s: unknown option: see --help", name);
        if (options[k].flag)
            *options[k].flag = true;
        else if (!value)
            return tell(NULL, EX_USAGE, NULL, 0, "%s: its value is missing: see --help", name);
        else
            *options[k].text = argv[++i];
    }
    return 0;
}

static int read_numbers(struct arguments *a)
{
    enum { DIGITS = 6, DIGITS_OF_TIME = 12 };
    uint64_t ms = 0, now = 0;
    if (a->dns_delay && !a->server.dns)
        return tell(NULL, EX_USAGE, NULL, 0, "--dns-delay is for --dns: add that or leave it out");
    if (a->dns_delay && !slice_number(slice_str(a->dns_delay), DIGITS, &ms))
        return tell(NULL, EX_USAGE, NULL, 0, "--dns-delay %s: no number of milliseconds",
                    a->dns_delay);
    if (a->now && !slice_number(slice_str(a->now), DIGITS_OF_TIME, &now))
        return tell(NULL, EX_USAGE, NULL, 0, "--now %s: no number of seconds", a->now);
    a->server.dns_delay_ms = (int64_t)ms;
    a->server.now = (int64_t)now;
    return 0;
}

static int print(const char *text)
{
    return file_write_all(STDOUT_FILENO, slice_str(text)) ? 0 : EX_IOERR;
}

int main(int argc, char **argv)
{
    struct arguments a = {0};
    int end = read_arguments(argc, argv, &a);
    if (!end)
        end = read_numbers(&a);
    if (end)
        return end;
    if (a.help)
        return print(usage);
    if (a.version)
        return print("waybilld " WAYBILL_VERSION "\n");
    /* An MTA that goes away, or a full pipe of the log, is a failed write, not a signal; a file
     * that may not grow any more likewise. */
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    return a.check ? checkup_run(&a.server, a.published) : server_run(&a.server);
}
