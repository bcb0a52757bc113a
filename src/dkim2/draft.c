/*
 * The one table. "(A)" to "(H)" mark what no text at hand confirms, by the open question's letter:
 * A the strings after 06, B groups, C Authentic From, D recipes, E unknown algorithms beside
 * others, F mldsa44, G replay and the future, H where the drafts' implementers disagree.
 */
#include "dkim2/draft.h"

#include "base/buffer.h"
#include "base/limits.h"
#include "crypto/algorithm.h"

#define DAY ((int64_t)86400)

/* Section 4.1 of both, in which spec-08 dropped two names. */
/* clang-format off */
#define NAME(literal) SLICE_INIT(literal)
static const struct slice ignored_by_all[] = {
    NAME("apparently-to"), NAME("arc-authentication-results"), NAME("arc-message-signature"),
    NAME("arc-seal"), NAME("authentication-results"), NAME("delivered-to"), NAME("dkim-signature"),
    NAME("dl-expansion-history"), NAME("original-recipient"), NAME("received"),
    NAME("return-path"), NAME("sio-label-history"), NAME("x400-received"), NAME("x400-trace"),
    NAME("message-instance"), NAME("dkim2-signature"),
};
/* All that begin so. */
static const struct slice ignored_stems[] = {NAME("received-"), NAME("x-")};
static const struct slice ignored_06[] = {NAME("auto-submitted"), NAME("vbr-info")};
/* clang-format on */

/*
 * Each finding with its state under 06 and under 09, and its sentence: 06's words (sections 11.2 to
 * 11.8) where it has some; a colon behind every state. A draft never comes to a finding whose state
 * is NONE.
 */
/* clang-format off */
#define FINDINGS(ROW)                                                                              \
    ROW(INSTANCE_MISSING, PERMERROR, PERMERROR, "Message-Instance m=<n> missing")                  \
    ROW(INSTANCE_SYNTAX, PERMERROR, PERMERROR, "Message-Instance m=<n> syntax error")              \
    ROW(INSTANCE_TAG_MISSING, PERMERROR, PERMERROR, "Message-Instance m=<n> tag=<value> missing")  \
    ROW(INSTANCE_TWICE, PERMERROR, PERMERROR, "Message-Instance m=<n> appears more than once")     \
    ROW(INSTANCE_NOT_SIGNED, PERMERROR, PERMERROR, "Message-Instance m=<n> is not signed")         \
    ROW(INSTANCE_DUPLICATE_HASH, PERMERROR, PERMERROR,                                             \
        "Message-Instance m=<n> has a duplicate hash algorithm")                                   \
    /* (A, E) */                                                                                   \
    ROW(INSTANCE_UNKNOWN_HASH, NONE, PERMERROR,                                                    \
        "Message-Instance m=<n> hash algorithm <value> is not known")                              \
    /* (A, B, H) */                                                                                \
    ROW(INSTANCE_NO_HASH_PASSED, FAIL, FAIL, "Message-Instance m=<n> no group of hashes passed")   \
    ROW(INSTANCE_INVALID_JSON, PERMERROR, PERMERROR, "Message-Instance m=<n> contains invalid JSON") \
    ROW(HEADER_HASH_MISMATCH, FAIL, FAIL, "Message Instance m=<n> header hash <value> mismatch")   \
    ROW(BODY_HASH_MISMATCH, FAIL, FAIL, "Message Instance m=<n> body hash <value> mismatch")       \
    /* Section 5.2 of 06 leaves it to the receiver; in 09 a null recipe is invalid (D). */         \
    ROW(BODY_NOT_RECREATED, PASS, NONE, "Message-Instance m=<n> body cannot be recreated")         \
    ROW(SIGNATURE_MISSING, PERMERROR, PERMERROR, "DKIM2-Signature i=<n> missing")                  \
    ROW(SIGNATURE_SYNTAX, PERMERROR, PERMERROR, "DKIM2-Signature i=<n> syntax error")              \
    ROW(SIGNATURE_TAG_MISSING, PERMERROR, PERMERROR, "DKIM2-Signature i=<n> tag=<value> missing")  \
    ROW(SIGNATURE_TAG_UNEXPECTED, PERMERROR, PERMERROR,                                            \
        "DKIM2-Signature i=<n> tag=<value> was unexpected")                                        \
    ROW(SIGNATURE_TWICE, PERMERROR, PERMERROR, "DKIM2-Signature i=<n> appears more than once")     \
    ROW(SIGNATURE_DUPLICATE_SELECTOR, PERMERROR, PERMERROR,                                        \
        "DKIM2-Signature i=<n> has a duplicate selector")                                          \
    ROW(SIGNATURE_TOO_MANY, PERMERROR, PERMERROR,                                                  \
        "DKIM2-Signature i=<n> has more selectors than allowed")                                   \
    /* (A, E) */                                                                                   \
    ROW(SIGNATURE_UNKNOWN_ALGORITHM, NONE, PERMERROR,                                              \
        "DKIM2-Signature i=<n> algorithm of <value> is not known")                                 \
    /* (A, B); of 06: nothing that is known is left (H) */                                         \
    ROW(SIGNATURE_NO_GROUP_PASSED, FAIL, FAIL,                                                     \
        "DKIM2-Signature i=<n> no group of signatures passed")                                     \
    ROW(SIGNATURE_INCORRECT, FAIL, FAIL, "DKIM2-Signature i=<n> <value> incorrect signature")      \
    ROW(SIGNATURE_MIXED, FAIL, FAIL, "DKIM2-Signature i=<n> <value>")                              \
    ROW(SIGNATURE_EXPIRED, PERMERROR, FAIL, "DKIM2-Signature i=<n> signature expired")             \
    /* (A, G) */                                                                                   \
    ROW(SIGNATURE_FROM_FUTURE, NONE, FAIL, "DKIM2-Signature i=<n> signature from the future")      \
    ROW(MAIL_FROM_MISMATCH, PERMERROR, FAIL,                                                       \
        "DKIM2-Signature i=<n> MAIL FROM <value> did not match")                                   \
    ROW(RCPT_TO_MISMATCH, PERMERROR, FAIL, "DKIM2-Signature i=<n> RCPT TO <value> did not match")  \
    ROW(MAIL_FROM_NOT_DOMAIN, PERMERROR, FAIL, "DKIM2-Signature i=<n> MAIL FROM and d= do not match") \
    ROW(NEXT_DOMAIN_MISMATCH, PERMERROR, FAIL, "DKIM2-Signature i=<n> MAIL nd= does not match")    \
    ROW(NEXT_DOMAIN_UNEXPECTED, PERMERROR, FAIL, "DKIM2-Signature i=<n> unexpected nd= tag")       \
    /* (A); 06 has no sentence of its own */                                                       \
    ROW(CUSTODY_MISMATCH, PERMERROR, FAIL,                                                         \
        "DKIM2-Signature i=<n> <value> does not follow from RCPT TO of the hop before")            \
    ROW(KEY_NOT_FETCHED, TEMPERROR, TEMPERROR,                                                     \
        "DKIM2-Signature i=<n> public key <value> could not be fetched")                           \
    ROW(KEY_MISSING, PERMERROR, PERMERROR,                                                         \
        "DKIM2-Signature i=<n> public key <value> does not exist")                                 \
    ROW(KEY_SEVERAL, PERMERROR, PERMERROR,                                                         \
        "DKIM2-Signature i=<n> public key <value> has multiple records")                           \
    ROW(KEY_SYNTAX, PERMERROR, PERMERROR,                                                          \
        "DKIM2-Signature i=<n> public key <value> has a syntax error")                             \
    ROW(KEY_MISMATCH, PERMERROR, PERMERROR,                                                        \
        "DKIM2-Signature i=<n> public key <value> algorithm mismatch")                             \
    ROW(KEY_REVOKED, PERMERROR, PERMERROR,                                                         \
        "DKIM2-Signature i=<n> public key <value> has been revoked")                               \
    /* (A, C) */                                                                                   \
    ROW(FROM_NOT_AUTHENTIC, NONE, FAIL,                                                            \
        "DKIM2-Signature i=<n> From <value> is not Authentic")                                     \
    ROW(MODIFIED, FAIL, NONE, "Message has been modified despite a donotmodify request")           \
    ROW(EXPLODED, FAIL, NONE, "Message has been exploded despite a donotexplode request")          \
    /* (A, G) */                                                                                   \
    ROW(TOO_LONG, PERMERROR, PERMERROR, "<value><n> is over the limit")
/* clang-format on */

#define ROW_06(finding, of_06, of_09, text) \
    [DKIM2_##finding] = {WAYBILL_RESULT_##of_06, #of_06 ": " text},
#define ROW_09(finding, of_06, of_09, text) \
    [DKIM2_##finding] = {WAYBILL_RESULT_##of_09, #of_09 ": " text},

static const struct dkim2_draft drafts[] = {
    [WAYBILL_DRAFT_06] =
        {
            .id = WAYBILL_DRAFT_06,
            .name = "06",
            .ignored = ignored_06,
            .n_ignored = sizeof ignored_06 / sizeof ignored_06[0],
            .null_body = true,
            .unknown_ignored = true,
            .key_kinds = 1u << KEY_RSA | 1u << KEY_ED25519,
            .requests = true,
            .age_most = 14 * DAY,
            .sets_most = DKIM2_SETS_MOST, /* no number of its own: 09's */
            .per_algorithm = 2,
            .precedence = {WAYBILL_RESULT_FAIL, WAYBILL_RESULT_PERMERROR,
                           WAYBILL_RESULT_TEMPERROR}, /* (H) */
            .findings = {FINDINGS(ROW_06)},
        },
    [WAYBILL_DRAFT_09] =
        {
            .id = WAYBILL_DRAFT_09,
            .name = "09",
            .step_u = true,
            .keys_of_any_case = true,
            .groups = true,
            .key_kinds = 1u << KEY_RSA | 1u << KEY_ED25519 | 1u << KEY_MLDSA44, /* (F) */
            .authentic_from = true,
            .age_most = 14 * DAY,
            .future_most = DAY,           /* (G) */
            .sets_most = DKIM2_SETS_MOST, /* (B) */
            .precedence = {WAYBILL_RESULT_PERMERROR, WAYBILL_RESULT_FAIL,
                           WAYBILL_RESULT_TEMPERROR}, /* (H) */
            .findings = {FINDINGS(ROW_09)},
        },
};

const struct dkim2_draft *dkim2_draft_of(enum waybill_draft id)
{
    return &drafts[id];
}

static bool is_among(const struct slice *names, size_t n, struct slice name)
{
    for (size_t i = 0; i < n; i++)
        if (slice_ieq(name, names[i]))
            return true;
    return false;
}

bool dkim2_draft_ignores(const struct dkim2_draft *draft, struct slice name)
{
    for (size_t i = 0; i < sizeof ignored_stems / sizeof ignored_stems[0]; i++)
        if (slice_ieq(slice_sub(name, 0, ignored_stems[i].n), ignored_stems[i]))
            return true;
    return is_among(ignored_by_all, sizeof ignored_by_all / sizeof ignored_by_all[0], name) ||
           is_among(draft->ignored, draft->n_ignored, name);
}

/* Room for the longest sentence with the longest value, each octet of which may become four. */
enum { TEXT_OCTETS = 256 + 4 * (int)LIMIT_SHOWN_OCTETS };

static void add_filled(struct buffer *text, struct slice of, unsigned number, struct slice value)
{
    for (size_t at = 0; at < of.n;) {
        struct slice rest = slice_from(of, at);
        if (slice_starts(rest, SLICE("<n>"))) {
            buffer_add_number(text, number);
            at += SLICE("<n>").n;
        } else if (slice_starts(rest, SLICE("<value>"))) {
            buffer_add_escaped(text, slice_sub(value, 0, LIMIT_SHOWN_OCTETS));
            at += SLICE("<value>").n;
        } else {
            buffer_add_octet(text, of.p[at++]);
        }
    }
}

const char *dkim2_finding_text(struct arena *arena, const struct dkim2_draft *draft,
                               enum dkim2_finding finding, unsigned number, struct slice value)
{
    uint8_t octets[TEXT_OCTETS];
    struct buffer text = buffer_over(octets, sizeof octets);
    struct slice copy;
    add_filled(&text, slice_str(draft->findings[finding].text), number, value);
    return arena_copy(arena, buffer_slice(&text), &copy) ? (const char *)copy.p : NULL;
}

const char *waybill_draft_text(enum waybill_draft draft)
{
    return dkim2_draft_of(draft)->name;
}
