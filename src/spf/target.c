#include "dns/name.h"
#include "spf/run.h"

/* --- the names of the client (section 5.5) ---------------------------------------------------- */

static struct macro_values values_of(const struct spf_run *run, struct slice domain,
                                     struct slice validated)
{
    const struct spf_session *session = &run->spf->session;
    return (struct macro_values){.sender = run->sender,
                                 .local_part = run->check->local_part,
                                 .sender_domain = run->check->domain,
                                 .domain = domain,
                                 .helo = session->helo,
                                 .validated = validated,
                                 .receiver = session->receiver,
                                 .client = session->client,
                                 .now = session->now};
}

static enum waybill_status ask_pointers(struct spf_run *run, unsigned wave, struct asked **out,
                                        struct verdict *outcome)
{
    uint8_t room[LIMIT_NAME_OCTETS];
    struct buffer name = buffer_over(room, sizeof room);
    struct macro_values values = values_of(run, SLICE(""), SLICE(""));
    macro_expand(&values, SLICE("%{ir}.%{v}.arpa"), &name);
    return spf_ask(run, buffer_slice(&name), WAYBILL_DNS_PTR, wave, out, outcome);
}

/* Asks for the addresses of one name, which is proved if the client is one of them. */
static enum waybill_status validate(struct spf_run *run, struct slice name,
                                    struct spf_validated *out, struct verdict *hindered)
{
    struct asked *asked;
    struct verdict outcome;
    enum waybill_status status = spf_ask(run, name, spf_address_type(run),
                                         out->pointers->question.wave + 1, &asked, &outcome);
    if (status != WAYBILL_OK)
        return status;
    if (outcome.result == WAYBILL_RESULT_NOT_EVALUATED)
        *hindered = outcome;
    if (asked && asked->question.wave > out->wave)
        out->wave = asked->question.wave;
    if (asked && spf_has_client(run, &asked->answer, 8 * run->spf->session.client.n))
        out->names[out->n++] = name;
    return WAYBILL_OK;
}

enum waybill_status spf_validate(struct spf_run *run, unsigned wave, struct slice within,
                                 struct spf_validated *out, struct verdict *outcome)
{
    struct asked *asked;
    struct verdict hindered = spf_matches(true);
    enum waybill_status status = ask_pointers(run, wave, &asked, outcome);
    out->n = 0;
    out->wave = wave;
    out->pointers = asked;
    if (status != WAYBILL_OK || outcome->result == WAYBILL_RESULT_NOT_EVALUATED)
        return status;
    for (size_t i = 0; asked && i < asked->answer.n && i < LIMIT_SPF_NAMES; i++) {
        const struct waybill_datum *datum = &asked->answer.data[i];
        struct slice name = slice_of(datum->octets, datum->n);
        if (within.n == 0 || name_is_within(name, within))
            status = validate(run, name, out, &hindered);
        if (status != WAYBILL_OK)
            return status;
    }
    *outcome = hindered.result == WAYBILL_RESULT_PASS ? spf_matches(out->n > 0) : hindered;
    return WAYBILL_OK;
}

/* Section 7.3: the domain itself, else a name below it, else any. */
static struct slice best_of(const struct spf_validated *v, struct slice domain)
{
    struct slice best = SLICE("unknown");
    int best_rank = 0;
    for (size_t i = 0; i < v->n; i++) {
        int rank = slice_ieq(v->names[i], domain) ? 3 : name_is_within(v->names[i], domain) ? 2 : 1;
        if (rank > best_rank) {
            best_rank = rank;
            best = v->names[i];
        }
    }
    return best;
}

/* --- what macros make ------------------------------------------------------------------------- */

enum waybill_status spf_expand(struct spf_run *run, const struct spf_level *level,
                               struct slice text, struct buffer *out, unsigned *wave,
                               struct verdict *outcome)
{
    struct spf_validated validated = {.n = 0};
    struct slice name = {NULL, 0};
    if (macro_needs_validated(text)) {
        enum waybill_status status = spf_validate(run, *wave + 1, SLICE(""), &validated, outcome);
        if (status != WAYBILL_OK || outcome->result == WAYBILL_RESULT_NOT_EVALUATED)
            return status;
        if (validated.wave > *wave)
            *wave = validated.wave;
        name = best_of(&validated, level->domain);
    }
    struct macro_values values = values_of(run, level->domain, name);
    macro_expand(&values, text, out);
    *outcome = spf_matches(out->status == WAYBILL_OK);
    return WAYBILL_OK;
}

enum waybill_status spf_target(struct spf_run *run, const struct spf_level *level,
                               struct slice spec, struct spf_target *out, struct verdict *outcome)
{
    struct buffer room = buffer_over(out->room, sizeof out->room);
    unsigned wave = level->wave;
    struct slice name = spec.n ? spec : level->domain;
    *outcome = spf_matches(true);
    if (slice_find(spec, '%', 0) < spec.n) {
        enum waybill_status status = spf_expand(run, level, spec, &room, &wave, outcome);
        if (status != WAYBILL_OK)
            return status;
        name = buffer_slice(&room);
    }
    out->wave = wave + 1;
    out->name = macro_fit_name(name);
    if (outcome->result == WAYBILL_RESULT_PASS && (out->name.n == 0 || !name_fits(out->name)))
        *outcome = spf_matches(false);
    return WAYBILL_OK;
}
