#include "cases.h"

#include "custody.h"
#include "drive.h"
#include "limit.h"
#include "mail.h"
#include "simple.h"
#include "typical.h"

#include <stdio.h>

enum deed { VERIFY, SIGN, VALIDATE, SEAL, CHECK, VERIFY_HOPS, VERIFY_REVISED, SIGN_HOP };
/* NULL: no peer does it. */
static const char *const deeds[] = {"verify", "sign", "validate", "seal",
                                    "check",  NULL,   NULL,       NULL};

struct bench_case {
    const char *name, *title;
    enum deed deed;
    enum bench_key key;
    size_t octets, fields;
    bool simple;   /* both canonical forms */
    unsigned sets; /* of ARC, or hops of DKIM2, when it arrives */
    double wanted; /* share of the limit; 0: none is required */
};

enum { KB = 1024, MB = 1024 * KB };

static const struct bench_case cases[] = {
    {"verify-4k", "DKIM verify 4 KB", VERIFY, BENCH_RSA, 4 * KB, 26, false, 0, 0.65},
    {"verify-50k", "DKIM verify 50 KB", VERIFY, BENCH_RSA, 50 * KB, 40, false, 0, 0},
    {"verify-1m", "DKIM verify 1 MB", VERIFY, BENCH_RSA, MB, 60, false, 0, 0},
    {"verify-10m", "DKIM verify 10 MB", VERIFY, BENCH_RSA, 10 * MB, 60, false, 0, 0.65},
    {"verify-10m-simple", "DKIM verify 10 MB, simple", VERIFY, BENCH_RSA, 10 * MB, 60, true, 0, 0},
    {"verify-4k-ed25519", "DKIM verify 4 KB, Ed25519", VERIFY, BENCH_ED25519, 4 * KB, 26, false, 0,
     0.85},
    {"sign-4k", "DKIM sign 4 KB", SIGN, BENCH_RSA, 4 * KB, 26, false, 0, 0.90},
    {"sign-4k-ed25519", "DKIM sign 4 KB, Ed25519", SIGN, BENCH_ED25519, 4 * KB, 26, false, 0, 0.60},
    {"arc-1", "ARC validate 1 set", VALIDATE, BENCH_RSA, 4 * KB, 26, false, 1, 0.60},
    {"arc-3", "ARC validate 3 sets", VALIDATE, BENCH_RSA, 4 * KB, 26, false, 3, 0},
    {"arc-10", "ARC validate 10 sets", VALIDATE, BENCH_RSA, 4 * KB, 26, false, 10, 0},
    {"arc-50", "ARC validate 50 sets", VALIDATE, BENCH_RSA, 4 * KB, 26, false, 50, 0.70},
    {"seal-first", "ARC seal, the first", SEAL, BENCH_RSA, 4 * KB, 26, false, 0, 0.85},
    {"seal-on-10", "ARC seal on ten sets", SEAL, BENCH_RSA, 4 * KB, 26, false, 10, 0.85},
    {"dkim2-verify-4k", "DKIM2 verify 4 KB", VERIFY_HOPS, BENCH_RSA, 4 * KB, 26, false, 1, 0.65},
    {"dkim2-verify-50k", "DKIM2 verify 50 KB", VERIFY_HOPS, BENCH_RSA, 50 * KB, 40, false, 1, 0.65},
    {"dkim2-verify-1m", "DKIM2 verify 1 MB", VERIFY_HOPS, BENCH_RSA, MB, 60, false, 1, 0.65},
    {"dkim2-sign-4k", "DKIM2 sign 4 KB", SIGN_HOP, BENCH_RSA, 4 * KB, 26, false, 0, 0.65},
    {"dkim2-sign-50k", "DKIM2 sign 50 KB", SIGN_HOP, BENCH_RSA, 50 * KB, 40, false, 0, 0.65},
    {"dkim2-sign-1m", "DKIM2 sign 1 MB", SIGN_HOP, BENCH_RSA, MB, 60, false, 0, 0.65},
    {"dkim2-3", "DKIM2 3 hops", VERIFY_HOPS, BENCH_RSA, 4 * KB, 26, false, 3, 0.65},
    {"dkim2-10", "DKIM2 10 hops", VERIFY_HOPS, BENCH_RSA, 4 * KB, 26, false, 10, 0.65},
    {"dkim2-50", "DKIM2 50 hops", VERIFY_HOPS, BENCH_RSA, 4 * KB, 26, false, 50, 0.65},
    {"dkim2-3-revised", "DKIM2 3 hops, revised", VERIFY_REVISED, BENCH_RSA, 4 * KB, 26, false, 3,
     0.65},
    {"dkim2-10-revised", "DKIM2 10 hops, revised", VERIFY_REVISED, BENCH_RSA, 4 * KB, 26, false, 10,
     0.65},
    {"dkim2-50-revised", "DKIM2 50 hops, revised", VERIFY_REVISED, BENCH_RSA, 4 * KB, 26, false, 50,
     0.65},
    {"check-typical", "full check, typical 4 KB", CHECK, BENCH_RSA, 4 * KB, 26, false, 3, 0},
};

struct scene {
    const struct world *world;
    const struct bench_case *c;
    const struct typical *typical;
    struct slice message; /* as it arrives, */
    struct place last;    /* of DKIM2 from there */
};

static void run(void *self)
{
    struct scene *s = self;
    struct source source = source_of(&s->message);
    switch (s->c->deed) {
    case VERIFY:
        drive_verify(s->world, source, WAYBILL_METHOD_DKIM, WAYBILL_RESULT_PASS);
        break;
    case SIGN:
        drive_sign(s->world, source, s->c->key, BENCH_DOMAIN, NULL);
        break;
    case VALIDATE:
        drive_verify(s->world, source, WAYBILL_METHOD_ARC, WAYBILL_RESULT_PASS);
        break;
    case SEAL:
        drive_seal(s->world, source, "sealer.example", NULL, NULL);
        break;
    case CHECK:
        typical_check(s->world, s->typical, s->message);
        break;
    case VERIFY_HOPS:
    case VERIFY_REVISED:
        custody_verify(s->world, source, &s->last);
        break;
    case SIGN_HOP:
        custody_sign(s->world, source, 1, NULL, NULL);
        break;
    }
}

/* Puts what `added` holds on top of the message. */
static void put_on_top(struct buffer *message, struct buffer *added)
{
    buffer_add(added, buffer_slice(message));
    must(added->status == WAYBILL_OK, "making a message");
    buffer_free(message);
    *message = *added;
}

static void add_signature(const struct world *world, const struct bench_case *c,
                          struct buffer *message)
{
    struct buffer added = buffer_new(MAIL_OCTETS_MOST);
    struct slice octets = buffer_slice(message);
    if (c->simple)
        simple_sign(world, c->key, octets, &added);
    else
        drive_sign(world, source_of(&octets), c->key, BENCH_DOMAIN, &added);
    put_on_top(message, &added);
}

static void add_set(const struct world *world, unsigned instance, struct buffer *message)
{
    struct buffer added = buffer_new(MAIL_OCTETS_MOST);
    struct slice octets = buffer_slice(message);
    char domain[64];
    snprintf(domain, sizeof domain, "hop%u.example", instance);
    drive_seal(world, source_of(&octets), domain, NULL, &added);
    put_on_top(message, &added);
}

/* The message as it arrives. */
static struct buffer arrival(const struct world *world, const struct bench_case *c)
{
    struct buffer message = buffer_new(MAIL_OCTETS_MOST);
    if (c->deed == CHECK) {
        typical_message(world, c->sets, &message);
        return message;
    }
    mail_message(&message, c->octets, c->fields);
    if (c->deed == VERIFY)
        add_signature(world, c, &message);
    if (c->deed == VERIFY_HOPS || c->deed == VERIFY_REVISED)
        custody_chain(world, c->sets, c->deed == VERIFY_REVISED, &message);
    else
        for (unsigned i = 1; i <= c->sets; i++)
            add_set(world, i, &message);
    return message;
}

/* The message as it leaves: what the limit is counted on. */
static struct buffer departure(const struct world *world, const struct bench_case *c)
{
    struct buffer message = arrival(world, c);
    if (c->deed == SIGN)
        add_signature(world, c, &message);
    if (c->deed == SEAL)
        add_set(world, c->sets + 1, &message);
    if (c->deed == SIGN_HOP)
        custody_chain(world, 1, false, &message);
    return message;
}

static void limit_of(struct limit_work *limit, const struct scene *s, struct slice leaving)
{
    limit_new(limit, s->world, s->c->key, leaving);
    static const size_t signatures[] = {[SIGN] = 1, [SEAL] = 2, [SIGN_HOP] = 1};
    limit->signatures = signatures[s->c->deed];
    limit->verifications -= limit->signatures;
}

static void run_case(const struct world *world, const struct typical *typical,
                     const struct bench_case *c, struct effort effort, const char *directory)
{
    struct buffer arriving = arrival(world, c), leaving = departure(world, c);
    struct scene scene = {.world = world, .c = c, .typical = typical};
    scene.message = buffer_slice(&arriving);
    custody_place(c->sets, &scene.last);
    struct limit_work limit;
    limit_of(&limit, &scene, buffer_slice(&leaving));
    struct pair p = measure_pair((struct operation){run, &scene}, limit_operation(&limit), effort);
    printf("case\t%s\t%s\t%.1f\t%.1f\t%.4f\t%.2f\n", c->name, c->title, p.ops, p.limit_ops, p.share,
           c->wanted);
    fflush(stdout);
    if (directory && deeds[c->deed])
        write_file(directory, c->name, "eml", scene.message);
    limit_free(&limit);
    buffer_free(&arriving);
    buffer_free(&leaving);
}

static void write_list(const char *directory)
{
    struct buffer list = buffer_new(MAIL_OCTETS_MOST);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (deeds[cases[i].deed])
            buffer_printf(&list, "%s\t%s\t%s\t%u\n", cases[i].name, deeds[cases[i].deed],
                          cases[i].key == BENCH_RSA ? "rsa" : "ed25519", cases[i].sets);
    write_file(directory, "cases", "tsv", buffer_slice(&list));
    buffer_free(&list);
}

void cases_run(const struct world *world, struct effort effort, const char *only,
               const char *directory)
{
    struct typical typical;
    typical_open(&typical);
    typical_publish(world->answers);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (slice_starts(slice_str(cases[i].name), slice_str(only)))
            run_case(world, &typical, &cases[i], effort, directory);
    typical_close(&typical);
    if (directory) {
        typical_write(world, directory);
        world_write_keys(world, directory);
        write_list(directory);
    }
}

/* --- a key seen for the first time --------------------------------------------------------------
 */

static struct buffer signed_with(const struct world *world, enum bench_key key)
{
    const struct bench_case c = {.deed = VERIFY, .key = key, .octets = 4 * KB, .fields = 26};
    return arrival(world, &c);
}

static double verification(const struct world *world, struct slice message)
{
    double start = measure_now();
    drive_verify(world, source_of(&message), WAYBILL_METHOD_DKIM, WAYBILL_RESULT_PASS);
    return measure_now() - start;
}

/* Each engine is warm, with another key, when it meets this one for the first time. */
void cases_first_key(const struct world *world)
{
    enum { ENGINES = 600 };
    double more[ENGINES];
    struct buffer one = signed_with(world, BENCH_RSA), other = signed_with(world, BENCH_RSA_OTHER);
    for (size_t i = 0; i < ENGINES; i++) {
        struct world fresh = *world;
        must(waybill_engine_new(&fresh.engine) == WAYBILL_OK, "waybill_engine_new");
        for (size_t warm = 0; warm < 3; warm++)
            verification(&fresh, buffer_slice(&one));
        double first = verification(&fresh, buffer_slice(&other));
        more[i] = first - verification(&fresh, buffer_slice(&other));
        waybill_engine_free(fresh.engine);
    }
    printf("first-key\t%.2f\t15\n", measure_median(more, ENGINES) * 1e6);
    fflush(stdout);
    buffer_free(&one);
    buffer_free(&other);
}
