/*
 * bench_waybill: how fast the library is, as a share of what libcrypto alone would do.
 *
 * Writes one figure a line, fields separated by tabs; bench/run makes a table of them, beside the
 * same figures of peers.
 */
#include "cases.h"
#include "growth.h"
#include "peak.h"
#include "revise.h"
#include "spf.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>

/* Five runs of a third of a second: shorter ones differ by what else the machine does. */
static const struct effort usual = {5, 0.3};
static const struct effort quick = {1, 0.02};

struct wishes {
    struct effort effort;
    const char *only;      /* "": everything */
    const char *directory; /* NULL: the messages go nowhere */
};

static int usage(void)
{
    fputs("usage: bench_waybill [--quick] [--only NAME] [DIRECTORY]\n"
          "Figures go to standard output, the messages measured into DIRECTORY. With --only those\n"
          "cases and rows of growth are measured whose name begins so: for a profiler.\n",
          stderr);
    return 64;
}

static bool parse(int argc, char **argv, struct wishes *out)
{
    *out = (struct wishes){usual, "", NULL};
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--quick") == 0)
            out->effort = quick;
        else if (strcmp(argv[i], "--only") == 0 && i + 1 < argc)
            out->only = argv[++i];
        else if (argv[i][0] != '-' && !out->directory)
            out->directory = argv[i];
        else
            return false;
    return true;
}

int main(int argc, char **argv)
{
    struct wishes wishes;
    struct world world;
    if (!parse(argc, argv, &wishes))
        return usage();
    world_open(&world);
    printf("openssl\t%s\n", OpenSSL_version(OPENSSL_VERSION));
    if (!wishes.only[0])
        peak_run(&world); /* first: its children begin with the heap that is here */
    if (!wishes.only[0] || strncmp("revise", wishes.only, strlen(wishes.only)) == 0)
        revise_run(&world);
    cases_run(&world, wishes.effort, wishes.only, wishes.directory);
    spf_run(wishes.effort, wishes.only, wishes.directory);
    if (!wishes.only[0])
        cases_first_key(&world);
    growth_run(&world, wishes.only);
    world_close(&world);
    return 0;
}
