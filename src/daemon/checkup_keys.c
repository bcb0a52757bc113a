#include "daemon/checkup_keys.h"

#include "base/limits.h"
#include "daemon/signing_keys.h"
#include "daemon/tell.h"
#include "dkim/published.h"
#include "io/resolver.h"
#include "waybill/engine.h"

#include <stdlib.h>
#include <sysexits.h>

/* For all questions of one key. */
enum { ANSWER_MS = 10000 };

struct checking {
    const struct settings *settings;
    struct waybill_engine *engine;
    struct signing_keys *keys;
    struct resolver *resolver; /* NULL: what is published is not asked for */
};

/* One key at a time: a wildcard's is published by domains that the file does not name. */
static int compare(struct checking *c, const struct key_line *line, struct waybill_key *key)
{
    const char *file = c->settings->config.keys.text;
    struct arena arena = arena_new();
    struct waybill_answer answer = WAYBILL_ANSWER(WAYBILL_SERVFAIL);
    struct published found = {.why = NULL};
    int end = 0;
    if (line->pattern[0] == '*')
        return 0;
    const char *name = arena_printf(&arena, "%s._domainkey.%s", line->selector, line->pattern);
    enum waybill_status status = name ? WAYBILL_OK : WAYBILL_NOMEM;
    if (status == WAYBILL_OK) {
        const struct waybill_question question = {.kind = WAYBILL_DNS,
                                                  .name = name,
                                                  .name_octets = strlen(name),
                                                  .type = WAYBILL_DNS_TXT,
                                                  .wave = 1};
        status = resolver_ask(c->resolver, &arena, &question, 1, ANSWER_MS, &answer);
    }
    if (status == WAYBILL_OK)
        status = published_compare(c->engine, &arena, key, &answer, &found);
    if (status != WAYBILL_OK)
        end = tell(NULL, EX_SOFTWARE, file, line->line, "%s", waybill_status_text(status));
    else if (found.why)
        end = tell(NULL, found.temporary ? EX_TEMPFAIL : EX_CONFIG, file, line->line, "%s: %s",
                   name, found.why);
    arena_free(&arena);
    return end;
}

/* A key that DKIM takes and DKIM2 refuses is no error where it is for DKIM alone. */
static void warn_of_short(const struct checking *c, const struct key_line *line,
                          const struct waybill_key *key)
{
    unsigned bits = waybill_key_bits(key);
    if (waybill_key_kind(key) == WAYBILL_KEY_RSA && bits < LIMIT_RSA_SIGN_BITS_WARN)
        tell(NULL, 0, c->settings->config.keys.text, line->line,
             "%s has %u bits: DKIM2 does not sign with it, and RFC 8301 asks for %d", line->file,
             bits, LIMIT_RSA_SIGN_BITS_WARN);
}

static int check_line(struct checking *c, const struct key_line *line)
{
    char why[160] = "";
    struct signing_key *key;
    enum waybill_status status = signing_keys_take(c->keys, line->file, &key, why);
    if (status == WAYBILL_REFUSED)
        return tell(NULL, EX_CONFIG, c->settings->config.keys.text, line->line, "%s", why);
    if (status != WAYBILL_OK)
        return tell(NULL, EX_SOFTWARE, line->file, 0, "%s", waybill_status_text(status));
    warn_of_short(c, line, key->key);
    int end = c->resolver ? compare(c, line, key->key) : 0;
    signing_keys_give_back(key);
    return end;
}

static int check_lines(struct checking *c)
{
    size_t n;
    const struct key_line *lines = key_table_lines(c->settings->keys, &n);
    int worst = 0;
    for (size_t i = 0; i < n; i++) {
        int end = check_line(c, &lines[i]);
        worst = worst && worst != EX_TEMPFAIL ? worst : (end ? end : worst);
    }
    return worst;
}

static enum waybill_status open_all(struct checking *c, bool published)
{
    const struct resolver_settings dns = {.forwarder = c->settings->config.resolver.text};
    enum waybill_status status = waybill_engine_new(&c->engine);
    if (status != WAYBILL_OK)
        return status;
    c->keys = signing_keys_new(c->engine);
    if (!c->keys)
        return WAYBILL_NOMEM;
    return published ? resolver_new(&dns, NULL, &c->resolver) : WAYBILL_OK;
}

int checkup_keys(const struct settings *settings, bool published)
{
    struct checking c = {.settings = settings};
    if (!settings->keys)
        return 0;
    enum waybill_status status = open_all(&c, published);
    int end = status == WAYBILL_OK
                  ? check_lines(&c)
                  : tell(NULL, EX_SOFTWARE, NULL, 0, "%s", waybill_status_text(status));
    resolver_free(c.resolver);
    signing_keys_free(c.keys);
    waybill_engine_free(c.engine);
    return end;
}
