#include "daemon/shared.h"

#include "base/limits.h"
#include "daemon/server.h"
#include "daemon/tell.h"
#include "io/file.h"
#include "io/journal.h"
#include "io/spool.h"
#include "waybill/answers.h"

#include <stdlib.h>
#include <sysexits.h>

static int read_secret(struct shared *s, const char *path, struct buffer *out)
{
    mode_t mode;
    *out = buffer_new(LIMIT_KEY_FILE_OCTETS);
    if (!path)
        return 0;
    enum file_problem problem = file_read_private(path, out, &mode);
    if (problem == FILE_FINE && out->n == 0)
        return tell(s->log, EX_CONFIG, path, 0, "empty: a secret is needed here");
    return problem == FILE_FINE ? 0 : tell_file(s->log, EX_CONFIG, path, problem);
}

int shared_read_secrets(struct shared *s, const struct config *c)
{
    const struct {
        const char *path;
        struct buffer *secret;
    } all[] = {{c->site_key.text, &s->site_key},
               {c->site_key_before.text, &s->site_key_before},
               {c->spool_password.text, &s->spool_password}};
    int end = 0;
    for (size_t i = 0; i < sizeof all / sizeof *all && !end; i++)
        end = read_secret(s, all[i].path, all[i].secret);
    s->transit_keys.now = buffer_slice(&s->site_key);
    s->transit_keys.before = buffer_slice(&s->site_key_before);
    return end;
}

static int open_journal(struct shared *s, const struct config *c, const char *file)
{
    char why[160];
    if (!c->journal.text)
        return 0;
    s->journal = journal_open(c->journal.text, (uint64_t)c->journal_size.number << 20,
                              c->journal_files.number, why);
    return s->journal ? 0 : tell(s->log, EX_CONFIG, file, c->journal.line, "journal: %s", why);
}

int shared_open_spool(struct shared *s, const struct config *c, const char *file, char away[160])
{
    const int64_t day = 24 * 60 * 60;
    const struct config_value *where = c->spool.text ? &c->spool : &c->spool_server;
    struct config_socket server;
    const char *none; /* the socket was found to be one when the file was read */
    if (!where->text)
        return 0;
    const struct spool_settings settings = {
        .path = c->spool.text,
        .server = config_socket_parse(slice_str(where->text), &server, &none) ? &server : NULL,
        .password = slice_trim(buffer_slice(&s->spool_password)),
        .octets_most = (uint64_t)c->spool_size.number << 20,
        .age_most = (int64_t)c->spool_age.number * day};
    s->spool = spool_open(&settings, away);
    return s->spool ? 0 : tell(s->log, EX_CONFIG, file, where->line, "spool: %s", away);
}

static int open_spool(struct shared *s, const struct config *c, const char *file)
{
    char away[160] = "";
    int end = shared_open_spool(s, c, file, away);
    if (!end && away[0])
        tell(s->log, 0, file, c->spool_server.line, "%s: it is tried again as mail comes", away);
    return end;
}

/* Sets belong to one thread each. */
static int read_answers(struct shared *s, const char *file, size_t n)
{
    struct buffer text = buffer_new(LIMIT_ANSWER_FILE_OCTETS);
    struct waybill_text_error error = {0};
    int end = 0;
    enum file_problem problem = file_read(file, &text);
    if (problem != FILE_FINE)
        return tell_file(s->log, EX_CONFIG, file, problem);
    s->answers = calloc(n, sizeof(struct waybill_answers *));
    s->n_answers = s->answers ? n : 0;
    for (size_t i = 0; i < s->n_answers && !end; i++) {
        s->answers[i] = waybill_answers_new(WAYBILL_NXDOMAIN);
        if (!s->answers[i] ||
            waybill_answers_read(s->answers[i], text.p, text.n, &error) != WAYBILL_OK)
            end = tell(s->log, EX_CONFIG, file, error.line, "%s", error.what);
    }
    buffer_free(&text);
    return s->answers ? end : EX_OSERR;
}

int shared_open(struct shared *s, const struct config *config, const char *file,
                const struct server_options *options, size_t n)
{
    s->now = options->now;
    s->answer_delay_ms = options->dns_delay_ms;
    int end = shared_read_secrets(s, config);
    if (!end)
        end = open_journal(s, config, file);
    if (!end)
        end = open_spool(s, config, file);
    return end || !options->dns ? end : read_answers(s, options->dns, n);
}

void shared_close(struct shared *s)
{
    for (size_t i = 0; i < s->n_answers; i++)
        waybill_answers_free(s->answers[i]);
    free(s->answers);
    journal_close(s->journal);
    spool_close(s->spool);
    file_wipe(&s->site_key);
    file_wipe(&s->site_key_before);
    file_wipe(&s->spool_password);
}
