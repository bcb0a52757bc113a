/*
 * spf/run.h: check_host() on its way (RFC 7208 section 4), and what its steps share.
 */
#ifndef SPF_RUN_H
#define SPF_RUN_H

#include "base/limits.h"
#include "spf/macro.h"
#include "spf/record.h"
#include "spf/spf.h"

/* Steps of the longest path: ten terms that count, and one more. */
enum { SPF_PATH_STEPS = LIMIT_SPF_LOOKUPS + 1 };

struct spf_kept {
    const struct asked *question;
    struct spf_record record;
};

/* What is kept between steps. */
struct spf_records {
    struct asked *roots[SPF_SCOPES];  /* the question for the record; NULL: it cannot be asked */
    struct slice senders[SPF_SCOPES]; /* <sender> */
    struct spf_kept **all;
    size_t n, capacity;
};

/* The evaluation of one identity. */
struct spf_run {
    struct spf *spf;
    struct spf_check *check;
    struct slice sender;
};

/* A record under evaluation, and the current domain, <domain>. */
struct spf_level {
    struct slice domain;
    const struct spf_record *record;
    unsigned wave; /* of the question that the record answers */
};

/* --- outcomes ----------------------------------------------------------------------------------
 *
 * Of a look-up or a mechanism, as a verdict: pass: there are data, it matches; fail: there are
 * none, it does not; temperror and permerror end the evaluation; NOT_EVALUATED likewise, with its
 * reason or, where an answer is open, without one. */

static inline struct verdict spf_open(void)
{
    return verdict_of(WAYBILL_RESULT_NOT_EVALUATED, NULL);
}

static inline struct verdict spf_matches(bool does)
{
    return verdict_of(does ? WAYBILL_RESULT_PASS : WAYBILL_RESULT_FAIL, NULL);
}

/* --- look-ups (lookup.c) -----------------------------------------------------------------------
 */

/* Whether a name can be asked for as a <domain> (section 4.3): labels that fit, several of them,
 * the last no number and no end of an address literal. */
bool spf_is_domain(struct slice name);

/* The type of the client's own addresses. */
enum waybill_dns_type spf_address_type(const struct spf_run *run);

/* Asks ahead. *out is NULL where nobody can be asked, or a limit refused it. */
enum waybill_status spf_raise(struct spf_run *run, struct slice name, enum waybill_dns_type type,
                              unsigned wave, struct asked **out);

/* Asks and uses the answer. *out is not NULL where the outcome rests on an answer. */
enum waybill_status spf_ask(struct spf_run *run, struct slice name, enum waybill_dns_type type,
                            unsigned wave, struct asked **out, struct verdict *outcome);

/* Whether one of the addresses of an answer is in the client's network of so many bits. */
bool spf_has_client(const struct spf_run *run, const struct waybill_answer *answer, unsigned bits);

/* The host of an MX record's data (waybill/question.h); empty where it says there is none (RFC
 * 7505).
 */
struct slice spf_mx_host(const struct waybill_datum *datum);

/* --- names (target.c) --------------------------------------------------------------------------
 */

/* The names of a client that are proved by their addresses (section 5.5). */
struct spf_validated {
    struct slice names[LIMIT_SPF_NAMES];
    size_t n;
    unsigned wave; /* the highest of the questions */
    const struct asked *pointers;
};

/* Those within a domain, or all where that is empty. The outcome is pass or fail by whether there
 * are any; errors of the DNS prove nothing. */
enum waybill_status spf_validate(struct spf_run *run, unsigned wave, struct slice within,
                                 struct spf_validated *out, struct verdict *outcome);

/* A <target-name> (section 4.8). */
struct spf_target {
    struct slice name;
    unsigned wave; /* of a question for it */
    uint8_t room[LIMIT_SPF_EXPANDED];
};

/* Of a domain-spec, which may be empty. The outcome is fail where nobody can be asked the name. */
enum waybill_status spf_target(struct spf_run *run, const struct spf_level *level,
                               struct slice spec, struct spf_target *out, struct verdict *outcome);

/* Expands a macro string; asks for %{p} if it is there. Pass: it stands in `out`; fail: it does not
 * fit. *wave is raised to that of the answers it rests on. */
enum waybill_status spf_expand(struct spf_run *run, const struct spf_level *level,
                               struct slice text, struct buffer *out, unsigned *wave,
                               struct verdict *outcome);

/* --- records (records.c) -----------------------------------------------------------------------
 */

/* What an answered question for TXT comes to, parsed once. */
enum waybill_status spf_records_find(struct spf *spf, const struct asked *question,
                                     const struct spf_record **out);

/* --- evaluation --------------------------------------------------------------------------------
 */

/* The level of an answered question for TXT. The outcome is pass, or that of section 4.4 to 4.6. */
enum waybill_status spf_enter(struct spf_run *run, const struct asked *question,
                              struct spf_level *out, struct verdict *outcome);

/* evaluate.c: the result of a record, redirect followed: then the level is that of the last one. */
enum waybill_status spf_check_host(struct spf_run *run, struct spf_level *level,
                                   struct verdict *out);

/* explain.c: the explanation of a fail (section 6.2), empty where there is none. The outcome is
 * pass or, where an answer is open, NOT_EVALUATED. */
enum waybill_status spf_explain(struct spf_run *run, const struct spf_level *level,
                                struct slice *out, struct verdict *outcome);

/* ahead.c: asks for what the records at hand show to be needed. `runs` are those whose record can
 * be asked for, in the order in which they share LIMIT_SPF_AHEAD. */
enum waybill_status spf_ask_ahead(struct spf *spf, struct spf_run *runs, struct asked *const *roots,
                                  size_t n);

#endif
