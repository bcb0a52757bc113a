/*
 * peer_opendkim DIRECTORY SECONDS: libopendkim on the messages that bench_waybill made.
 *
 * One line a case it can do: name, operations a second, a tab between. Its keys come from files,
 * through its own door for that; it decodes a key for each signature.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <time.h>

#include <dkim.h>

struct text {
    unsigned char *octets;
    size_t n;
};

struct peer_case {
    char name[64], deed[16], key[16];
    struct text message, pem;
    DKIM_LIB *library;
};

static const char *directory;

static void must(bool fine, const char *what)
{
    if (fine)
        return;
    fprintf(stderr, "peer_opendkim: %s failed\n", what);
    exit(70);
}

static struct text read_file(const char *name, const char *suffix)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/%s.%s", directory, name, suffix);
    FILE *file = fopen(path, "rb");
    must(file && fseek(file, 0, SEEK_END) == 0, path);
    long n = ftell(file);
    must(n >= 0 && fseek(file, 0, SEEK_SET) == 0, path);
    struct text text = {malloc((size_t)n + 1), (size_t)n};
    must(text.octets && fread(text.octets, 1, text.n, file) == text.n, path);
    text.octets[n] = 0;
    fclose(file);
    return text;
}

static DKIM_CBSTAT look_up(DKIM *dkim, DKIM_SIGINFO *signature, u_char *out, size_t n)
{
    static struct text records[2];
    static const char *const selectors[] = {"rsa", "ed25519"};
    size_t which = strcmp((char *)dkim_sig_getselector(signature), "rsa") == 0 ? 0 : 1;
    (void)dkim;
    if (!records[which].octets)
        records[which] = read_file(selectors[which], "txt");
    snprintf((char *)out, n, "%s", (char *)records[which].octets);
    return DKIM_CBSTAT_CONTINUE;
}

static bool feed(DKIM *dkim, const struct peer_case *c)
{
    bool test;
    return dkim_chunk(dkim, c->message.octets, c->message.n) == DKIM_STAT_OK &&
           dkim_chunk(dkim, NULL, 0) == DKIM_STAT_OK && dkim_eom(dkim, &test) == DKIM_STAT_OK;
}

static const unsigned char *id(void)
{
    return (const unsigned char *)"bench";
}

static bool verify(const struct peer_case *c)
{
    DKIM_STAT status;
    DKIM *dkim = dkim_verify(c->library, id(), NULL, &status);
    bool good = dkim && feed(dkim, c);
    if (dkim)
        dkim_free(dkim);
    return good;
}

static bool sign(const struct peer_case *c)
{
    DKIM_STAT status;
    unsigned char field[4096];
    dkim_alg_t algorithm =
        strcmp(c->key, "rsa") == 0 ? DKIM_SIGN_RSASHA256 : DKIM_SIGN_ED25519SHA256;
    DKIM *dkim = dkim_sign(c->library, id(), NULL, c->pem.octets, (const unsigned char *)c->key,
                           (const unsigned char *)"author.example", DKIM_CANON_RELAXED,
                           DKIM_CANON_RELAXED, algorithm, -1, &status);
    bool good =
        dkim && feed(dkim, c) &&
        dkim_getsighdr(dkim, field, sizeof field, strlen("DKIM-Signature: ")) == DKIM_STAT_OK;
    if (dkim)
        dkim_free(dkim);
    return good;
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Operations a second; 0 where it cannot do the case. */
static double rate(bool (*run)(const struct peer_case *), const struct peer_case *c, double seconds)
{
    if (!run(c))
        return 0;
    double start = now(), spent = 0;
    size_t n = 0;
    for (; spent < seconds; n++, spent = now() - start)
        if (!run(c))
            return 0;
    return (double)n / spent;
}

static void run_case(struct peer_case *c, double seconds)
{
    bool signs = strcmp(c->deed, "sign") == 0;
    if (!signs && strcmp(c->deed, "verify") != 0)
        return;
    c->message = read_file(c->name, "eml");
    c->pem = read_file(c->key, "pem");
    double ops = rate(signs ? sign : verify, c, seconds);
    if (ops > 0)
        printf("%s\t%.1f\n", c->name, ops);
    free(c->message.octets);
    free(c->pem.octets);
}

/* A word that a tab ends; what follows it. */
static const char *take_word(const char *at, char *out, size_t most)
{
    size_t n = strcspn(at, "\t");
    must(n < most && at[n] == '\t', "reading cases.tsv");
    memcpy(out, at, n);
    out[n] = 0;
    return at + n + 1;
}

int main(int argc, char **argv)
{
    must(argc == 3, "reading arguments (DIRECTORY SECONDS)");
    directory = argv[1];
    struct text list = read_file("cases", "tsv");
    struct peer_case c = {.library = dkim_init(NULL, NULL)};
    must(c.library && dkim_set_key_lookup(c.library, look_up) == DKIM_STAT_OK, "dkim_init");
    for (const char *at = (char *)list.octets; *at;) {
        at = take_word(at, c.name, sizeof c.name);
        at = take_word(at, c.deed, sizeof c.deed);
        at = take_word(at, c.key, sizeof c.key);
        at += strcspn(at, "\n") + 1; /* sets of ARC, which it does not know */
        run_case(&c, strtod(argv[2], NULL));
    }
    dkim_close(c.library);
    free(list.octets);
    return 0;
}
