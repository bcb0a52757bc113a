/*
 * opendkim_peer RSA-KEY ED25519-KEY RECORDS NOW: libopendkim, asked in frames on standard input.
 *
 * A request is a line of words, a line with the number of octets of a message, the message; the
 * answer is a line with a number of octets and those octets.
 *   sign SELECTOR DOMAIN ALGORITHM HEADER BODY LENGTH NAMES OVERSIGNED   the DKIM-Signature field
 *   verify                                           the results of the signatures, top first
 * LENGTH: "length" for l= over the whole body, "-" for none. NAMES and OVERSIGNED have colons
 * between; OVERSIGNED may be "-". RECORDS has lines "name TAB text": what the DNS holds.
 */
#define _DEFAULT_SOURCE 1 /* dkim.h wants u_char; strsep */

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <dkim.h>

enum { NAMES_MOST = 256, WORDS_MOST = 9, TEXT_MOST = 65536 };

static char rsa_key[TEXT_MOST], ed25519_key[TEXT_MOST], records[TEXT_MOST];

struct request {
    char *words[WORDS_MOST];
    size_t n;
    unsigned char *message;
    size_t octets;
};

static void stop(const char *what)
{
    fprintf(stderr, "opendkim_peer: %s\n", what);
    exit(1);
}

static void slurp(const char *path, char text[TEXT_MOST])
{
    FILE *file = fopen(path, "r");
    if (!file)
        stop(path);
    text[fread(text, 1, TEXT_MOST - 1, file)] = '\0';
    fclose(file);
}

static void answer(const char *text, size_t n)
{
    printf("%zu\n", n);
    fwrite(text, 1, n, stdout);
    fflush(stdout);
}

/* --- keys ------------------------------------------------------------------------------------- */

static DKIM_CBSTAT find_record(DKIM *dkim, DKIM_SIGINFO *sig, u_char *out, size_t room)
{
    char name[512];
    (void)dkim;
    int n = snprintf(name, sizeof name, "%s._domainkey.%s\t", dkim_sig_getselector(sig),
                     dkim_sig_getdomain(sig));
    for (const char *line = records; *line; line += strcspn(line, "\n") + 1) {
        if (strncasecmp(line, name, (size_t)n) != 0)
            continue;
        line += n;
        snprintf((char *)out, room, "%.*s", (int)strcspn(line, "\n"), line);
        return DKIM_CBSTAT_CONTINUE;
    }
    return DKIM_CBSTAT_NOTFOUND;
}

/* --- signing ---------------------------------------------------------------------------------- */

/* A colon-separated list as the library wants it; the text is cut up. */
static void split_names(char *text, const char *names[NAMES_MOST])
{
    size_t n = 0;
    char *rest = strcmp(text, "-") == 0 ? NULL : text;
    for (char *name; n < NAMES_MOST - 1 && (name = strsep(&rest, ":"));)
        names[n++] = name;
    names[n] = NULL;
}

static void set_options(DKIM_LIB *lib, bool length, const char **oversigned)
{
    unsigned flags = length ? DKIM_LIBFLAGS_SIGNLEN : DKIM_LIBFLAGS_NONE;
    dkim_options(lib, DKIM_OP_SETOPT, DKIM_OPTS_FLAGS, &flags, sizeof flags);
    dkim_options(lib, DKIM_OP_SETOPT, DKIM_OPTS_OVERSIGNHDRS, oversigned, sizeof oversigned);
}

static dkim_canon_t canon(const char *word)
{
    return strcmp(word, "relaxed") == 0 ? DKIM_CANON_RELAXED : DKIM_CANON_SIMPLE;
}

static DKIM_STAT feed(DKIM *dkim, const struct request *r)
{
    DKIM_STAT status = dkim_chunk(dkim, r->message, r->octets);
    if (status == DKIM_STAT_OK)
        status = dkim_chunk(dkim, NULL, 0);
    return status == DKIM_STAT_OK ? dkim_eom(dkim, NULL) : status;
}

static void sign(DKIM_LIB *lib, struct request *r)
{
    bool ed25519 = strcmp(r->words[3], "ed25519-sha256") == 0;
    const char *names[NAMES_MOST], *oversigned[NAMES_MOST];
    unsigned char *value = NULL;
    char *text = NULL;
    size_t n = 0, octets = 0;
    DKIM_STAT status;
    split_names(r->words[7], names);
    split_names(r->words[8], oversigned);
    set_options(lib, strcmp(r->words[6], "length") == 0, oversigned);
    DKIM *dkim = dkim_sign(
        lib, (const unsigned char *)"peer", NULL, (dkim_sigkey_t)(ed25519 ? ed25519_key : rsa_key),
        (const unsigned char *)r->words[1], (const unsigned char *)r->words[2], canon(r->words[4]),
        canon(r->words[5]), ed25519 ? DKIM_SIGN_ED25519SHA256 : DKIM_SIGN_RSASHA256, -1, &status);
    if (dkim)
        status = dkim_signhdrs(dkim, names);
    if (status == DKIM_STAT_OK)
        status = feed(dkim, r);
    if (status == DKIM_STAT_OK)
        status = dkim_getsighdr_d(dkim, strlen(DKIM_SIGNHEADER) + 2, &value, &n);
    FILE *out = open_memstream(&text, &octets);
    if (!out)
        stop("out of memory");
    if (status == DKIM_STAT_OK)
        fprintf(out, "%s: %s\r\n", DKIM_SIGNHEADER, (char *)value);
    else
        fprintf(out, "error: %s", dkim_getresultstr(status));
    fclose(out);
    answer(text, octets);
    free(text);
    if (dkim)
        dkim_free(dkim);
}

/* --- verifying -------------------------------------------------------------------------------- */

static void add_result(FILE *out, DKIM_SIGINFO *sig)
{
    if (DKIM_SIG_CHECK(sig) && dkim_sig_geterror(sig) == DKIM_SIGERROR_OK)
        fprintf(out, "pass\n");
    else
        fprintf(out, "fail (%s)\n", dkim_sig_geterrorstr(dkim_sig_geterror(sig)));
}

static void verify(DKIM_LIB *lib, const struct request *r)
{
    DKIM_STAT status;
    DKIM_SIGINFO **sigs;
    int n = 0;
    char *text = NULL;
    size_t octets = 0;
    FILE *out = open_memstream(&text, &octets);
    DKIM *dkim = dkim_verify(lib, (const unsigned char *)"peer", NULL, &status);
    if (!out || !dkim)
        stop("out of memory");
    status = feed(dkim, r);
    if (dkim_getsiglist(dkim, &sigs, &n) == DKIM_STAT_OK)
        for (int i = 0; i < n; i++) {
            dkim_sig_process(dkim, sigs[i]);
            add_result(out, sigs[i]);
        }
    else if (status != DKIM_STAT_NOSIG)
        fprintf(out, "fail (%s)\n", dkim_getresultstr(status));
    fclose(out);
    answer(text, octets);
    free(text);
    dkim_free(dkim);
}

/* --- requests --------------------------------------------------------------------------------- */

static bool read_request(struct request *r)
{
    static char *words, *line;
    static size_t words_room, line_room;
    if (getline(&words, &words_room, stdin) <= 0 || getline(&line, &line_room, stdin) <= 0)
        return false;
    char *rest = words;
    rest[strcspn(rest, "\n")] = '\0';
    for (r->n = 0; rest && r->n < WORDS_MOST; r->n++)
        r->words[r->n] = strsep(&rest, " ");
    r->octets = strtoul(line, NULL, 10);
    r->message = malloc(r->octets + 1);
    return r->message && fread(r->message, 1, r->octets, stdin) == r->octets;
}

int main(int argc, char **argv)
{
    DKIM_LIB *lib = dkim_init(NULL, NULL);
    struct request r;
    if (argc != 5 || !lib)
        stop("usage: opendkim_peer RSA-KEY ED25519-KEY RECORDS NOW");
    uint64_t now = strtoull(argv[4], NULL, 10);
    dkim_options(lib, DKIM_OP_SETOPT, DKIM_OPTS_FIXEDTIME, &now, sizeof now);
    slurp(argv[1], rsa_key);
    slurp(argv[2], ed25519_key);
    slurp(argv[3], records);
    dkim_set_key_lookup(lib, find_record);
    while (read_request(&r)) {
        if (strcmp(r.words[0], "sign") == 0 && r.n == WORDS_MOST)
            sign(lib, &r);
        else if (strcmp(r.words[0], "verify") == 0)
            verify(lib, &r);
        else
            stop("no such request");
        free(r.message);
    }
    dkim_close(lib);
    return 0;
}
