/*
 * waybill/policy.h: what a receiver makes of a record: whom it trusts, which rules it has, and the
 * decision they come to, with its evidence.
 *
 * A policy is set up once, from texts and structures, and then serves any number of checks. It is
 * not changed by them. Like an engine it belongs to one thread at a time.
 *
 * A chain never makes a message welcome: all that a rule can do is to turn DMARC's reject or
 * quarantine into none. Content checks go on.
 */
#ifndef WAYBILL_POLICY_H
#define WAYBILL_POLICY_H

#include "waybill/answers.h"
#include "waybill/check.h"
#include "waybill/record.h"
#include "waybill/status.h"

#ifdef __cplusplus
extern "C" {
#endif

struct waybill_policy;

/* A policy that trusts nobody, overrides nothing and rejects what fails DMARC as its owner wants.
 */
enum waybill_status waybill_policy_new(struct waybill_policy **out);
/* After the checks that it serves. NULL is fine. */
void waybill_policy_free(struct waybill_policy *policy);

/* --- trust ------------------------------------------------------------------------------------ */

/* What a domain is trusted as; roles are added up. */
enum waybill_trust_role {
    WAYBILL_TRUST_SEALER = 1, /* of ARC sets */
    WAYBILL_TRUST_SIGNER = 2, /* of changes, in DKIM2 */
};

/*
 * Adds what a text says, a line each: "PATTERN [sealer|signer]…", without a role both; '#' begins a
 * comment, empty lines are passed over. A pattern is a domain, or "*." and a domain: all names
 * below it, not it itself. U-labels become A-labels. A pattern that stands twice has the roles of
 * both lines. WAYBILL_SYNTAX and WAYBILL_LIMIT fill *error; after any error the policy is as
 * before.
 */
enum waybill_status waybill_policy_trust(struct waybill_policy *policy, const void *text, size_t n,
                                         struct waybill_text_error *error);

/* A line of a trust text; what it points at lives as long as the policy. */
struct waybill_trust_line {
    const char *pattern;
    size_t line;
    unsigned roles;
};

/*
 * The lines that speak of a domain, the closest pattern first: itself, then "*." patterns from the
 * longest. `domain` in any case, U-labels or A-labels. The roles of all of them together are what
 * it is trusted as. *list is freed by the caller with free(), and NULL where *n is 0.
 * WAYBILL_SYNTAX: it is no domain.
 */
enum waybill_status waybill_policy_trust_lines(const struct waybill_policy *policy,
                                               const char *domain, struct waybill_trust_line **list,
                                               size_t *n);

/* --- rules ------------------------------------------------------------------------------------ */

/* What a sealer has to say that it saw pass, aligned with From. */
enum waybill_reported { WAYBILL_REPORTED_DKIM, WAYBILL_REPORTED_SPF, WAYBILL_REPORTED_DMARC };
/* Which of the sets has to say so. */
enum waybill_reporter { WAYBILL_REPORTER_FIRST, WAYBILL_REPORTER_NEWEST, WAYBILL_REPORTER_ANY };

/*
 * When a validated chain may lift DMARC's reject or quarantine: all of the conditions hold, and
 * every sealer is trusted, or has at least the reputation where one is given.
 */
struct waybill_rule {
    const char *name; /* 1 to 64 of [A-Za-z0-9._-] */
    enum waybill_reported reported;
    enum waybill_reporter reporter;
    int strict; /* alignment has to be strict; else relaxed, by the Organizational Domain */
    unsigned sets_least; /* at least so many sets; 0 is 1 */
    unsigned sets_most;  /* at most so many; 0 is 50, the limit of RFC 8617 */
    unsigned reputation; /* 1 to 100: stands in for trust where a store knows it; 0: only trust */
};

/* The presets of the ARC usage guidance, section 4.2: (a) and (b) are rules, (d) is no rule. */
#define WAYBILL_RULE_FIRST_DKIM "first-dkim"
#define WAYBILL_RULE_FIRST_SPF "first-spf"
#define WAYBILL_RULE_OFF "off"

/* Room for a sentence that says what is wrong: what to do. */
enum { WAYBILL_POLICY_WHY = 160 };

/* Defines a rule, copied. WAYBILL_REFUSED fills why: a name that is none, or taken, a rule that can
 * never match, or one more than there is room for. */
enum waybill_status waybill_policy_rule(struct waybill_policy *policy,
                                        const struct waybill_rule *rule,
                                        char why[WAYBILL_POLICY_WHY]);
/* The rule in force, by name: a preset or a defined one; the last call holds. WAYBILL_REFUSED: no
 * such rule, or nobody is trusted and the rule has no reputation, so that it can never match. */
enum waybill_status waybill_policy_override(struct waybill_policy *policy, const char *name,
                                            char why[WAYBILL_POLICY_WHY]);
/* One more shadow rule: the record says what it would have done, and nothing else comes of it. As
 * above; "off" is refused, and so is one that is shadow already. */
enum waybill_status waybill_policy_shadow(struct waybill_policy *policy, const char *name,
                                          char why[WAYBILL_POLICY_WHY]);

/* --- what is enforced ------------------------------------------------------------------------- */

/*
 * Whether a failure of this method alone, without any policy of a domain owner, is reason to
 * reject (SPF, DKIM, ARC; off at first), or whether what DMARC asks for is done (DMARC; on at
 * first); and whether a temporary error of it is reason to defer (off at first).
 */
void waybill_policy_reject(struct waybill_policy *policy, enum waybill_method method, int on);
void waybill_policy_defer(struct waybill_policy *policy, enum waybill_method method, int on);

/* --- a check ---------------------------------------------------------------------------------- */

/* The check decides by this policy, which outlives it. Before the header ends, once. */
enum waybill_status waybill_policy_attach(const struct waybill_policy *policy,
                                          struct waybill_check *check);

enum waybill_disposition {
    WAYBILL_DELIVER,    /* nothing is known against it; content checks go on */
    WAYBILL_QUARANTINE, /* DMARC's word for "treat as suspicious" */
    WAYBILL_REJECT,
    WAYBILL_DEFER, /* a temporary error, where the operator wants to wait it out */
};

/* "deliver", "quarantine", "reject", "defer". */
const char *waybill_disposition_text(enum waybill_disposition disposition);

/* Of a record whose check has a policy; WAYBILL_DELIVER without one. */
enum waybill_disposition waybill_record_disposition(const struct waybill_record *record);

/*
 * The SMTP reply that fits a disposition other than WAYBILL_DELIVER and WAYBILL_QUARANTINE, "550
 * 5.7.1 …" in one line without CRLF; NULL else. Lives as long as the check.
 */
const char *waybill_record_reply(const struct waybill_record *record);

#ifdef __cplusplus
}
#endif

#endif
