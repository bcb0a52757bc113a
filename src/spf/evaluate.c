/*
 * RFC 7208 section 4.6: the terms of a record, from left to right.
 */
#include "spf/run.h"

/* --- look-ups of terms ------------------------------------------------------------------------ */

/* Section 4.6.4: a term's look-ups that come to nothing count. */
static void count_void(struct spf_run *run, const struct asked *asked, struct verdict *outcome)
{
    if (!asked ||
        (asked->answer.status != WAYBILL_NODATA && asked->answer.status != WAYBILL_NXDOMAIN))
        return;
    if (++run->check->void_lookups > LIMIT_SPF_VOID_LOOKUPS)
        *outcome = verdict_of(WAYBILL_RESULT_PERMERROR, "void look-ups");
}

static enum waybill_status look_up(struct spf_run *run, const struct spf_level *level,
                                   struct slice spec, enum waybill_dns_type type,
                                   struct asked **out, struct verdict *outcome)
{
    struct spf_target target;
    *out = NULL;
    enum waybill_status status = spf_target(run, level, spec, &target, outcome);
    if (status != WAYBILL_OK || outcome->result != WAYBILL_RESULT_PASS)
        return status;
    status = spf_ask(run, target.name, type, target.wave, out, outcome);
    if (status == WAYBILL_OK)
        count_void(run, *out, outcome);
    return status;
}

static unsigned bits_of(const struct spf_run *run, const struct spf_term *term)
{
    return run->spf->session.client.n == IP_V6_OCTETS ? term->bits_of_ip6 : term->bits_of_ip4;
}

/* --- mechanisms (section 5) ------------------------------------------------------------------- */

static enum waybill_status match_all(struct spf_run *run, const struct spf_level *level,
                                     const struct spf_term *term, struct verdict *outcome)
{
    (void)run, (void)level, (void)term;
    *outcome = spf_matches(true);
    return WAYBILL_OK;
}

static enum waybill_status match_ip(struct spf_run *run, const struct spf_level *level,
                                    const struct spf_term *term, struct verdict *outcome)
{
    (void)level;
    struct ip client = run->spf->session.client;
    *outcome = spf_matches(ip_same_network(client, term->network, bits_of(run, term)));
    return WAYBILL_OK;
}

static enum waybill_status match_a(struct spf_run *run, const struct spf_level *level,
                                   const struct spf_term *term, struct verdict *outcome)
{
    struct asked *asked;
    enum waybill_status status =
        look_up(run, level, term->domain, spf_address_type(run), &asked, outcome);
    if (status == WAYBILL_OK && outcome->result == WAYBILL_RESULT_PASS)
        *outcome = spf_matches(spf_has_client(run, &asked->answer, bits_of(run, term)));
    return status;
}

/* Section 5.7: an A record, of whatever kind the client's address is. */
static enum waybill_status match_exists(struct spf_run *run, const struct spf_level *level,
                                        const struct spf_term *term, struct verdict *outcome)
{
    struct asked *asked;
    return look_up(run, level, term->domain, WAYBILL_DNS_A, &asked, outcome);
}

/* One host of an mx: as a mechanism of its own. */
static enum waybill_status match_host(struct spf_run *run, struct slice host, unsigned wave,
                                      const struct spf_term *term, struct verdict *outcome)
{
    struct asked *asked;
    enum waybill_status status = spf_ask(run, host, spf_address_type(run), wave, &asked, outcome);
    if (status != WAYBILL_OK)
        return status;
    count_void(run, asked, outcome);
    if (outcome->result == WAYBILL_RESULT_PASS)
        *outcome = spf_matches(spf_has_client(run, &asked->answer, bits_of(run, term)));
    return WAYBILL_OK;
}

/* All hosts are asked for at once, then come to one after the other. */
static enum waybill_status match_hosts(struct spf_run *run, const struct asked *mx,
                                       const struct spf_term *term, struct verdict *outcome)
{
    enum waybill_status status = WAYBILL_OK;
    const struct waybill_answer *answer = &mx->answer;
    unsigned wave = mx->question.wave + 1;
    struct asked *asked;
    for (size_t i = 0; i < answer->n && status == WAYBILL_OK; i++)
        status = spf_raise(run, spf_mx_host(&answer->data[i]), spf_address_type(run), wave, &asked);
    *outcome = spf_matches(false);
    for (size_t i = 0; i < answer->n && status == WAYBILL_OK; i++) {
        status = match_host(run, spf_mx_host(&answer->data[i]), wave, term, outcome);
        if (outcome->result != WAYBILL_RESULT_FAIL)
            break;
    }
    return status;
}

static enum waybill_status match_mx(struct spf_run *run, const struct spf_level *level,
                                    const struct spf_term *term, struct verdict *outcome)
{
    struct asked *asked;
    enum waybill_status status = look_up(run, level, term->domain, WAYBILL_DNS_MX, &asked, outcome);
    if (status != WAYBILL_OK || outcome->result != WAYBILL_RESULT_PASS)
        return status;
    if (asked->answer.n > LIMIT_SPF_NAMES) {
        *outcome = verdict_of(WAYBILL_RESULT_PERMERROR, "mx: more than 10 hosts");
        return WAYBILL_OK;
    }
    return match_hosts(run, asked, term, outcome);
}

static enum waybill_status match_ptr(struct spf_run *run, const struct spf_level *level,
                                     const struct spf_term *term, struct verdict *outcome)
{
    struct spf_target target;
    struct spf_validated validated;
    enum waybill_status status = spf_target(run, level, term->domain, &target, outcome);
    if (status != WAYBILL_OK || outcome->result != WAYBILL_RESULT_PASS)
        return status;
    status = spf_validate(run, target.wave, target.name, &validated, outcome);
    if (status == WAYBILL_OK)
        count_void(run, validated.pointers, outcome);
    return status;
}

/* --- other records ---------------------------------------------------------------------------- */

static void push(struct spf_run *run, const struct spf_level *level, struct slice term)
{
    struct spf_check *check = run->check;
    if (check->n_path < SPF_PATH_STEPS)
        check->path[check->n_path++] = (struct spf_step){level->domain, term};
}

enum waybill_status spf_enter(struct spf_run *run, const struct asked *question,
                              struct spf_level *out, struct verdict *outcome)
{
    enum waybill_status status = spf_records_find(run->spf, question, &out->record);
    if (status != WAYBILL_OK)
        return status;
    out->domain = slice_of(question->question.name, question->question.name_octets);
    out->wave = question->question.wave;
    *outcome = out->record->verdict;
    if (out->record->wrong.p)
        push(run, out, out->record->wrong);
    return WAYBILL_OK;
}

/* Sections 5.2 and 6.1: where a record leads and there is none, that is a permanent error. */
static enum waybill_status follow(struct spf_run *run, const struct spf_level *level,
                                  struct slice spec, const char *nothing, struct spf_level *out,
                                  struct verdict *outcome)
{
    struct asked *asked;
    enum waybill_status status = look_up(run, level, spec, WAYBILL_DNS_TXT, &asked, outcome);
    if (status != WAYBILL_OK)
        return status;
    if (outcome->result == WAYBILL_RESULT_PASS)
        status = spf_enter(run, asked, out, outcome);
    bool is_none = outcome->result == WAYBILL_RESULT_NONE || outcome->result == WAYBILL_RESULT_FAIL;
    if (is_none)
        *outcome = verdict_of(WAYBILL_RESULT_PERMERROR, nothing);
    return status;
}

/* Section 5.2, the table: by the result of the record that is included. */
static enum waybill_status match_include(struct spf_run *run, const struct spf_level *level,
                                         const struct spf_term *term, struct verdict *outcome)
{
    struct spf_level included;
    enum waybill_status status =
        follow(run, level, term->domain, "include: no SPF record there", &included, outcome);
    if (status != WAYBILL_OK || outcome->result != WAYBILL_RESULT_PASS)
        return status;
    status = spf_check_host(run, &included, outcome);
    if (outcome->result == WAYBILL_RESULT_SOFTFAIL || outcome->result == WAYBILL_RESULT_NEUTRAL)
        *outcome = spf_matches(false);
    return status;
}

/* --- all terms -------------------------------------------------------------------------------- */

static const struct {
    enum waybill_status (*match)(struct spf_run *, const struct spf_level *,
                                 const struct spf_term *, struct verdict *);
    bool counts; /* against LIMIT_SPF_LOOKUPS */
} mechanisms[SPF_MECHANISMS] = {
    [SPF_ALL] = {match_all, false}, [SPF_INCLUDE] = {match_include, true},
    [SPF_A] = {match_a, true},      [SPF_MX] = {match_mx, true},
    [SPF_PTR] = {match_ptr, true},  [SPF_IP4] = {match_ip, false},
    [SPF_IP6] = {match_ip, false},  [SPF_EXISTS] = {match_exists, true},
};

/* Section 4.6.4: the term itself, and the PTR look-up of %{p} in it. */
static bool count_lookups(struct spf_run *run, struct slice spec, struct verdict *outcome)
{
    unsigned n = 1 + macro_needs_validated(spec);
    if (run->check->lookups + n > LIMIT_SPF_LOOKUPS) {
        *outcome = verdict_of(WAYBILL_RESULT_PERMERROR, "too many terms that need the DNS");
        return false;
    }
    run->check->lookups += n;
    return true;
}

static enum waybill_status match(struct spf_run *run, const struct spf_level *level,
                                 const struct spf_term *term, struct verdict *outcome)
{
    if (mechanisms[term->mechanism].counts && !count_lookups(run, term->domain, outcome))
        return WAYBILL_OK;
    return mechanisms[term->mechanism].match(run, level, term, outcome);
}

/* Fail where no term matches; else *out is what the evaluation ends with. */
static enum waybill_status match_terms(struct spf_run *run, const struct spf_level *level,
                                       bool *matched, struct verdict *out)
{
    size_t n_path = run->check->n_path;
    *matched = true;
    for (size_t i = 0; i < level->record->n; i++) {
        const struct spf_term *term = &level->record->terms[i];
        push(run, level, term->text);
        enum waybill_status status = match(run, level, term, out);
        if (status != WAYBILL_OK)
            return status;
        if (out->result == WAYBILL_RESULT_PASS)
            *out = verdict_of(term->result, NULL);
        else if (out->result == WAYBILL_RESULT_FAIL) {
            run->check->n_path = n_path;
            continue;
        }
        return WAYBILL_OK;
    }
    *matched = false;
    return WAYBILL_OK;
}

/* Section 6.1: the other record takes the place of this one. */
static enum waybill_status redirect(struct spf_run *run, struct spf_level *level,
                                    struct verdict *outcome)
{
    const struct spf_modifier *modifier = &level->record->redirect;
    struct spf_level from = *level;
    push(run, level, modifier->text);
    if (!count_lookups(run, modifier->domain, outcome))
        return WAYBILL_OK;
    return follow(run, &from, modifier->domain, "redirect: no SPF record there", level, outcome);
}

enum waybill_status spf_check_host(struct spf_run *run, struct spf_level *level,
                                   struct verdict *out)
{
    for (;;) {
        bool matched;
        enum waybill_status status = match_terms(run, level, &matched, out);
        if (status != WAYBILL_OK || matched)
            return status;
        if (!level->record->redirect.text.p) {
            *out = verdict_of(WAYBILL_RESULT_NEUTRAL, "no term matches"); /* section 4.7 */
            return WAYBILL_OK;
        }
        status = redirect(run, level, out);
        if (status != WAYBILL_OK || out->result != WAYBILL_RESULT_PASS)
            return status;
    }
}
