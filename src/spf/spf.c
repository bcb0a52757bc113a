#include "spf/spf.h"

#include "dns/name.h"
#include "spf/run.h"

/* --- identities (sections 2.3, 2.4 and 4.1) --------------------------------------------------- */

/* The parts of an address; without a local part it is that of the postmaster (section 4.3). */
static void split(struct slice sender, struct spf_check *check)
{
    size_t at = sender.n;
    while (at > 0 && sender.p[at - 1] != '@')
        at--;
    check->domain = slice_from(sender, at);
    check->local_part = at > 1 ? slice_sub(sender, 0, at - 1) : SLICE("postmaster");
}

/* *missing is what the envelope would have to say. */
static void identify(const struct spf_session *session, enum spf_scope scope,
                     struct spf_check *check, const char **missing)
{
    bool is_helo = scope == SPF_HELO || (session->mail_from.p && session->mail_from.n == 0);
    *missing = NULL;
    if (session->client.n == 0)
        *missing = "it needs the client's address";
    else if (scope == SPF_MAIL_FROM && !session->mail_from.p)
        *missing = "it needs MAIL FROM";
    else if (is_helo && !session->helo.p)
        *missing = "it needs HELO";
    if (!is_helo) {
        split(session->mail_from, check);
        return;
    }
    check->local_part = SLICE("postmaster");
    check->domain = session->helo;
}

static enum waybill_status join_sender(struct spf *spf, enum spf_scope scope)
{
    const struct spf_check *check = &spf->of[scope];
    const struct slice parts[] = {check->local_part, SLICE("@"), check->domain};
    return arena_join(spf->arena, parts, 3, &spf->records->senders[scope]) ? WAYBILL_OK
                                                                           : WAYBILL_NOMEM;
}

/* Section 4.3: what is no domain name has no record. */
static enum waybill_status make_ascii(struct spf *spf, struct spf_check *check)
{
    struct slice name;
    enum waybill_status status = name_to_ascii(spf->arena, check->domain, &name);
    if (status == WAYBILL_NOMEM)
        return status;
    if (status == WAYBILL_OK && spf_is_domain(name)) {
        check->domain = name;
        check->verdict = spf_open();
    } else
        check->verdict = verdict_of(WAYBILL_RESULT_NONE, "the domain is no domain name");
    return WAYBILL_OK;
}

static enum waybill_status plan(struct spf *spf, enum spf_scope scope)
{
    struct spf_check *check = &spf->of[scope];
    const char *missing;
    identify(&spf->session, scope, check, &missing);
    check->verdict = verdict_of(WAYBILL_RESULT_NOT_EVALUATED, missing);
    if (missing)
        return WAYBILL_OK;
    check->path = arena_array(spf->arena, SPF_PATH_STEPS, sizeof *check->path);
    enum waybill_status status = check->path ? make_ascii(spf, check) : WAYBILL_NOMEM;
    if (status == WAYBILL_OK)
        status = join_sender(spf, scope);
    if (status != WAYBILL_OK || check->verdict.result == WAYBILL_RESULT_NONE)
        return status;
    struct asked **root = &spf->records->roots[scope];
    status = questions_ask(spf->questions, WAYBILL_DNS, check->domain, WAYBILL_DNS_TXT,
                           (struct slice){NULL, 0}, 1, root);
    if (status == WAYBILL_OK && !*root)
        check->verdict = verdict_of(WAYBILL_RESULT_NOT_EVALUATED, "too many questions");
    return status;
}

enum waybill_status spf_plan(struct arena *arena, struct questions *questions,
                             const struct spf_session *session, struct spf *out)
{
    *out = (struct spf){.session = *session, .arena = arena, .questions = questions};
    out->session.client = ip_unmapped(session->client); /* section 5 */
    out->records = arena_alloc(arena, sizeof *out->records);
    enum waybill_status status = out->records ? WAYBILL_OK : WAYBILL_NOMEM;
    for (int scope = 0; scope < SPF_SCOPES && status == WAYBILL_OK; scope++)
        status = plan(out, (enum spf_scope)scope);
    return status;
}

/* --- evaluation ------------------------------------------------------------------------------- */

static enum waybill_status evaluate(struct spf_run *run, struct asked *root)
{
    struct spf_check *check = run->check;
    struct spf_level level = {.wave = 0};
    struct verdict out = spf_open(), explained = spf_matches(true);
    enum waybill_status status = WAYBILL_OK;
    check->n_path = 0;
    check->lookups = check->void_lookups = 0;
    if (root->answered) {
        root->used = true;
        status = spf_enter(run, root, &level, &out);
    }
    if (status == WAYBILL_OK && out.result == WAYBILL_RESULT_PASS)
        status = spf_check_host(run, &level, &out);
    if (status == WAYBILL_OK && out.result == WAYBILL_RESULT_FAIL)
        status = spf_explain(run, &level, &check->explanation, &explained);
    if (explained.result == WAYBILL_RESULT_NOT_EVALUATED && !explained.why)
        out = spf_open();
    if (out.result == WAYBILL_RESULT_NOT_EVALUATED)
        check->n_path = 0;
    check->verdict = out;
    return status;
}

static size_t sum_of_waves(const struct questions *q, size_t n)
{
    size_t sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += q->all[i]->question.wave;
    return sum;
}

enum waybill_status spf_evaluate(struct spf *spf)
{
    struct spf_run runs[SPF_SCOPES];
    struct asked *roots[SPF_SCOPES];
    size_t n = 0, before;
    for (int scope = 0; scope < SPF_SCOPES; scope++) {
        roots[n] = spf->records->roots[scope];
        runs[n] = (struct spf_run){spf, &spf->of[scope], spf->records->senders[scope]};
        n += roots[n] != NULL;
    }
    /* A wave that became lower makes those of the questions behind it lower: once more, then. */
    size_t known = spf->questions->n;
    do {
        before = sum_of_waves(spf->questions, known);
        enum waybill_status status = spf_ask_ahead(spf, runs, roots, n);
        for (size_t i = 0; i < n && status == WAYBILL_OK; i++)
            status = evaluate(&runs[i], roots[i]);
        if (status != WAYBILL_OK)
            return status;
    } while (sum_of_waves(spf->questions, known) < before);
    return WAYBILL_OK;
}
