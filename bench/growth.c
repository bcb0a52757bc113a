#include "growth.h"

#include "drive.h"
#include "growth_mail.h"
#include "measure.h"

#include <math.h>
#include <stdio.h>

enum { SIZES = 3, KB = 1024, MB = 1024 * KB };

struct growth_row {
    const char *what, *unit;
    unsigned methods; /* that are on */
    growth_maker *make;
    size_t sizes[SIZES];
};

enum {
    DKIM = 1 << WAYBILL_METHOD_DKIM,
    DKIM2 = 1 << WAYBILL_METHOD_DKIM2,
    ARC = 1 << WAYBILL_METHOD_ARC
};

/* A header has at most 131,072 fields and a chain at most 50 sets: beyond, a set is counted and not
 * evaluated, and the third size is what the header holds. */
static const struct growth_row rows[] = {
    {"header fields", "fields", DKIM, growth_fields, {1000, 10000, 100000}},
    {"tags of a signature", "tags", DKIM, growth_tags, {1000, 10000, 100000}},
    {"folded lines", "lines", DKIM, growth_folds, {1000, 10000, 100000}},
    {"distinct signed names", "names", DKIM, growth_distinct_names, {1000, 10000, 100000}},
    {"one name signed again and again",
     "names",
     DKIM,
     growth_repeated_names,
     {1000, 10000, 100000}},
    {"absent names in h=", "names", DKIM, growth_absent_names, {1000, 10000, 100000}},
    {"signatures", "fields", DKIM, growth_signatures, {1000, 10000, 100000}},
    {"spaces in a field", "octets", DKIM, growth_field_spaces, {64 * KB, MB, 10 * MB}},
    {"spaces in a line", "octets", DKIM, growth_spaces, {64 * KB, MB, 10 * MB}},
    {"trailing blank lines", "octets", DKIM, growth_blank_lines, {64 * KB, MB, 10 * MB}},
    {"a line without end", "octets", DKIM, growth_endless_line, {64 * KB, MB, 10 * MB}},
    {"lone CRs", "octets", DKIM, growth_lone_crs, {64 * KB, MB, 10 * MB}},
    {"AAR length", "octets", ARC, growth_aar, {64 * KB, MB, 10 * MB}},
    {"chain length, valid", "sets", ARC, growth_chain, {1, 5, 50}},
    {"hops of DKIM2", "hops", DKIM2, growth_hops, {1, 5, 50}},
    {"chain length, beyond 50", "sets", ARC, growth_sets, {400, 4000, 40000}},
};

struct trial {
    const struct world *world;
    struct slice message;
    struct judging how;
    enum waybill_status status;
};

static void run(void *self)
{
    struct trial *t = self;
    struct outcome outcome;
    t->status = drive_check(t->world, source_of(&t->message), &t->how, &outcome);
}

/* Seconds; below 0 where it was refused. */
static double time_of(const struct world *world, const struct growth_row *row, size_t size)
{
    struct buffer message = buffer_new(MAIL_OCTETS_MOST);
    row->make(world, &message, size);
    must(message.status == WAYBILL_OK, row->what);
    struct trial trial = {world, buffer_slice(&message), {.methods = row->methods}, WAYBILL_OK};
    run(&trial);
    must(trial.status == WAYBILL_OK || trial.status == WAYBILL_LIMIT, row->what);
    double seconds =
        trial.status == WAYBILL_OK ? measure_least((struct operation){run, &trial}) : -1;
    buffer_free(&message);
    return seconds;
}

static void print_time(double seconds)
{
    if (seconds < 0)
        printf("\trefused");
    else
        printf("\t%.9f", seconds);
}

static void run_row(const struct world *world, const struct growth_row *row)
{
    double seconds[SIZES];
    printf("growth\t%s\t%s", row->what, row->unit);
    for (size_t i = 0; i < SIZES; i++)
        printf("\t%zu", row->sizes[i]);
    for (size_t i = 0; i < SIZES; i++)
        print_time(seconds[i] = time_of(world, row, row->sizes[i]));
    double decade = log10((double)row->sizes[2] / (double)row->sizes[1]);
    if (seconds[1] > 0 && seconds[2] > 0)
        printf("\t%.2f\t1.1\n", log10(seconds[2] / seconds[1]) / decade);
    else
        printf("\t-\t1.1\n");
    fflush(stdout);
}

void growth_run(const struct world *world, const char *only)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (slice_starts(slice_str(rows[i].what), slice_str(only)))
            run_row(world, &rows[i]);
}
