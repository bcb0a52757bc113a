/*
 * bench_waybill: how fast the library is, as a share of what libcrypto alone would do.
 *
 * Writes one figure a line, fields separated by tabs; bench/run makes a table of them, beside the
 * same figures of peers.
 */
#include "cases.h"
#include "growth.h"
#include "peak.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>

/* Five runs of a third of a second: shorter ones differ by what else the machine does. */
static const struct effort usual = {5, 0.3};
static const struct effort quick = {1, 0.02};

static int usage(void)
{
    fputs("usage: bench_waybill [--quick] [DIRECTORY]\n"
          "Figures go to standard output, the messages measured into DIRECTORY.\n",
          stderr);
    return 64;
}

int main(int argc, char **argv)
{
    bool hurry = argc > 1 && strcmp(argv[1], "--quick") == 0;
    int next = 1 + hurry;
    if (argc > next + 1 || (argc > next && argv[next][0] == '-'))
        return usage();
    struct world world;
    world_open(&world);
    printf("openssl\t%s\n", OpenSSL_version(OPENSSL_VERSION));
    peak_run(&world); /* first: its children begin with the heap that is here */
    cases_run(&world, hurry ? quick : usual, argc > next ? argv[next] : NULL);
    cases_first_key(&world);
    growth_run(&world);
    world_close(&world);
    return 0;
}
