/*
 * What the records at hand show to be needed is asked for before evaluation comes to it, so that it
 * comes in the same wave.
 *
 * Records are walked wave by wave from the domain's own, those of MAIL FROM first, and the walk
 * ends at the first question that is not answered: what is behind it gets its turn when it is known
 * how much that one asks for. So the names that LIMIT_SPF_AHEAD admits are the same in whatever
 * order the answers come.
 */
#include "spf/run.h"

struct walk {
    struct spf_run *run;
    struct asked *met[LIMIT_SPF_AHEAD + SPF_SCOPES]; /* each once, in their order */
    size_t n;
    unsigned ahead; /* of them, roots not counted */
};

static bool has_met(const struct walk *w, const struct asked *asked)
{
    for (size_t i = 0; i < w->n; i++)
        if (w->met[i] == asked)
            return true;
    return false;
}

static enum waybill_status ask(struct walk *w, struct slice name, enum waybill_dns_type type,
                               unsigned wave)
{
    struct asked *asked;
    if (w->ahead == LIMIT_SPF_AHEAD)
        return WAYBILL_OK;
    enum waybill_status status = spf_raise(w->run, name, type, wave, &asked);
    if (asked && !has_met(w, asked)) {
        w->met[w->n++] = asked;
        w->ahead++;
    }
    return status;
}

/* %{p} has to be asked for itself: that is left to the evaluation. */
static enum waybill_status ask_target(struct walk *w, const struct spf_level *level,
                                      struct slice spec, enum waybill_dns_type type)
{
    struct spf_target target;
    struct verdict outcome;
    if (macro_needs_validated(spec))
        return WAYBILL_OK;
    enum waybill_status status = spf_target(w->run, level, spec, &target, &outcome);
    if (status != WAYBILL_OK || outcome.result != WAYBILL_RESULT_PASS)
        return status;
    return ask(w, target.name, type, target.wave);
}

/* Whether nothing behind the term can matter. */
static bool ends(const struct walk *w, const struct spf_term *term)
{
    unsigned bits = term->network.n == IP_V6_OCTETS ? term->bits_of_ip6 : term->bits_of_ip4;
    return term->mechanism == SPF_ALL ||
           ip_same_network(w->run->spf->session.client, term->network, bits);
}

/* What a mechanism makes ask for, by its domain-spec: a type; 0: nothing, or nothing yet. */
static int type_of(const struct walk *w, enum spf_mechanism mechanism)
{
    const int types[SPF_MECHANISMS] = {
        [SPF_INCLUDE] = WAYBILL_DNS_TXT,
        [SPF_A] = (int)spf_address_type(w->run),
        [SPF_MX] = WAYBILL_DNS_MX,
        [SPF_EXISTS] = WAYBILL_DNS_A,
    };
    return types[mechanism];
}

/* Of one record evaluation comes to ten terms that count at most, redirect among them. */
static enum waybill_status walk_terms(struct walk *w, const struct spf_level *level)
{
    const struct spf_record *record = level->record;
    unsigned counted = 0;
    for (size_t i = 0; i < record->n; i++) {
        const struct spf_term *term = &record->terms[i];
        int type = type_of(w, term->mechanism);
        if (ends(w, term) || counted == LIMIT_SPF_LOOKUPS)
            return WAYBILL_OK;
        enum waybill_status status =
            type ? ask_target(w, level, term->domain, (enum waybill_dns_type)type) : WAYBILL_OK;
        if (status != WAYBILL_OK)
            return status;
        counted += type != 0 || term->mechanism == SPF_PTR;
    }
    if (!record->redirect.text.p || counted == LIMIT_SPF_LOOKUPS)
        return WAYBILL_OK;
    return ask_target(w, level, record->redirect.domain, WAYBILL_DNS_TXT);
}

static enum waybill_status walk_record(struct walk *w, const struct asked *question)
{
    struct spf_level level = {.domain =
                                  slice_of(question->question.name, question->question.name_octets),
                              .wave = question->question.wave};
    enum waybill_status status = spf_records_find(w->run->spf, question, &level.record);
    if (status != WAYBILL_OK || level.record->verdict.result != WAYBILL_RESULT_PASS)
        return status;
    return walk_terms(w, &level);
}

static enum waybill_status walk_hosts(struct walk *w, const struct asked *mx)
{
    enum waybill_status status = WAYBILL_OK;
    if (mx->answer.n > LIMIT_SPF_NAMES)
        return WAYBILL_OK; /* a permanent error */
    for (size_t i = 0; i < mx->answer.n && status == WAYBILL_OK; i++)
        status = ask(w, spf_mx_host(&mx->answer.data[i]), spf_address_type(w->run),
                     mx->question.wave + 1);
    return status;
}

static enum waybill_status walk_answer(struct walk *w, const struct asked *asked)
{
    if (asked->question.type == WAYBILL_DNS_TXT)
        return walk_record(w, asked);
    return asked->question.type == WAYBILL_DNS_MX ? walk_hosts(w, asked) : WAYBILL_OK;
}

enum waybill_status spf_ask_ahead(struct spf *spf, struct spf_run *runs, struct asked *const *roots,
                                  size_t n)
{
    struct walk w = {.n = 0};
    enum waybill_status status = WAYBILL_OK;
    for (size_t r = 0, i = 0; r < n && i == w.n && status == WAYBILL_OK; r++) {
        w.run = &runs[r];
        if (!has_met(&w, roots[r]))
            w.met[w.n++] = roots[r];
        for (; i < w.n && w.met[i]->answered && status == WAYBILL_OK; i++)
            status = walk_answer(&w, w.met[i]);
    }
    spf->ahead = w.ahead;
    return status;
}
