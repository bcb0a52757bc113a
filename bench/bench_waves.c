/*
 * bench_waves DIRECTORY ADDRESS@PORT: how long a full check takes by the clock on the wall when all
 * that it asks goes through libunbound.
 *
 * The server at the address has the zone that bench_waybill wrote into the directory. A line for
 * each of its messages there: "waves", the sets of the chain, milliseconds with an empty cache,
 * with everything there, how many waves of questions it took; tabs between.
 */
#include "io/resolver.h"
#include "typical.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { RUNS = 9, PATIENCE_MS = 5000, QUESTIONS_MOST = 1024 };

struct asker {
    struct resolver *resolver;
    unsigned waves;
};

static enum waybill_status ask(void *self, struct waybill_check *check)
{
    static struct waybill_question asked[QUESTIONS_MOST]; /* the list lasts until the next call */
    static struct waybill_answer answers[QUESTIONS_MOST];
    struct asker *asker = self;
    struct arena arena = arena_new();
    const struct waybill_question *open;
    size_t n;
    enum waybill_status status = waybill_check_questions(check, &open, &n);
    must(n <= QUESTIONS_MOST, "keeping questions");
    if (n > 0)
        memcpy(asked, open, n * sizeof *asked);
    if (status == WAYBILL_OK)
        status = resolver_ask(asker->resolver, &arena, asked, n, PATIENCE_MS, answers);
    for (size_t i = 0; i < n && status == WAYBILL_OK; i++) {
        must(answers[i].status != WAYBILL_TIMEOUT, asked[i].name);
        status = waybill_check_answer(check, &asked[i], &answers[i]);
    }
    asker->waves++;
    arena_free(&arena);
    return status;
}

static struct buffer read_file(const char *directory, unsigned sets)
{
    char path[1024];
    uint8_t piece[4096];
    struct buffer out = buffer_new(MAIL_OCTETS_MOST);
    snprintf(path, sizeof path, "%s/" TYPICAL_FILE ".eml", directory, sets);
    FILE *file = fopen(path, "rb");
    must(file, path);
    for (size_t n; (n = fread(piece, 1, sizeof piece, file)) > 0;)
        buffer_add(&out, slice_of(piece, n));
    fclose(file);
    must(out.status == WAYBILL_OK, path);
    return out;
}

static double check(const struct world *world, struct typical *typical, struct asker *asker,
                    struct slice message)
{
    double start = measure_wall();
    asker->waves = 0;
    typical->how.answer = ask;
    typical->how.self = asker;
    typical_check(world, typical, message);
    return 1e3 * (measure_wall() - start);
}

/* A resolver that is at work, as a program has one, and knows nothing of what will be asked. */
static struct resolver *resolver_at_work(const char *forwarder)
{
    static const struct waybill_question first = {
        .kind = WAYBILL_DNS, .name = "first.example", .name_octets = 13, .type = WAYBILL_DNS_TXT};
    const struct resolver_settings settings = {.forwarder = forwarder};
    struct resolver *resolver;
    struct waybill_answer answer;
    struct arena arena = arena_new();
    must(resolver_new(&settings, NULL, &resolver) == WAYBILL_OK &&
             resolver_ask(resolver, &arena, &first, 1, PATIENCE_MS, &answer) == WAYBILL_OK,
         "setting up a resolver");
    arena_free(&arena);
    return resolver;
}

/* The least of several: what else the machine does can only add to it. */
static void measure(const struct world *world, struct typical *typical, const char *forwarder,
                    struct slice message, unsigned sets)
{
    double cold = HUGE_VAL, warm = HUGE_VAL;
    unsigned waves = 0;
    for (size_t i = 0; i < RUNS; i++) {
        struct asker asker = {resolver_at_work(forwarder), 0};
        cold = fmin(cold, check(world, typical, &asker, message));
        waves = asker.waves;
        warm = fmin(warm, check(world, typical, &asker, message));
        resolver_free(asker.resolver);
    }
    printf("waves\t%u\t%.2f\t%.2f\t%u\n", sets, cold, warm, waves);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    struct world world = {.engine = NULL}; /* its keys are in the zone */
    struct typical typical;
    must(argc == 3, "reading arguments (DIRECTORY ADDRESS@PORT)");
    must(waybill_engine_new(&world.engine) == WAYBILL_OK, "waybill_engine_new");
    typical_open(&typical);
    for (size_t i = 0; i < sizeof typical_chains / sizeof typical_chains[0]; i++) {
        struct buffer message = read_file(argv[1], typical_chains[i]);
        measure(&world, &typical, argv[2], buffer_slice(&message), typical_chains[i]);
        buffer_free(&message);
    }
    typical_close(&typical);
    waybill_engine_free(world.engine);
    return 0;
}
