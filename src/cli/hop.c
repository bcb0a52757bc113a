#include "cli/hop.h"

#include "base/limits.h"
#include "dns/name.h"
#include "mail/address.h"

const char *const draft_names[] = {
    [WAYBILL_DRAFT_06] = "06", [WAYBILL_DRAFT_09] = "09", [WAYBILL_DRAFT_09 + 1] = NULL};

const struct option draft_option = {
    "draft", "VERSION",  "of the DKIM2 specification: 09 (default) or 06", OPTION_CHOICE, 0, 0,
    0,       draft_names};

const struct option hop_options[HOP_OPTIONS] = {
    {"mail-from", "ADDRESS", "the reverse-path with which it leaves; <> is the null\nsender",
     OPTION_TEXT, offsetof(struct hop_settings, mail_from), 0, 0, NULL},
    {"rcpt-to", "ADDRESS", "a forward-path with which it leaves; may be repeated", OPTION_LIST,
     offsetof(struct hop_settings, rcpt_to), 0, 0, NULL},
    {"next-domain", "DOMAIN",
     "instead of the two: which domain signs next (nd=);\nneeds --out-of-band", OPTION_TEXT,
     offsetof(struct hop_settings, next_domain), 0, 0, NULL},
    {"for", "DOMAIN",
     "before the own hop one of this domain, which hands\n"
     "over to --domain: a customer's, or where it arrived",
     OPTION_TEXT, offsetof(struct hop_settings, for_domain), 0, 0, NULL},
    {"for-key", KEYS_OPTION_VALUE, "a key of that domain; as --key", OPTION_LIST,
     offsetof(struct hop_settings, for_keys), 0, 0, NULL},
    {"nonce", "TEXT", "n=: up to 64 characters that mean something to you", OPTION_TEXT,
     offsetof(struct hop_settings, nonce), 0, 0, NULL},
    {"flag", "NAME", "f=: exploded, feedback or feedhere; may be repeated", OPTION_LIST,
     offsetof(struct hop_settings, flags), 0, 0, NULL},
    {"out-of-band", NULL,
     "an arrangement covers it: sign even where the chain\nis not Fully Verified", OPTION_FLAG,
     offsetof(struct hop_settings, out_of_band), 0, 0, NULL},
    {"arrived-from", "ADDRESS", "the reverse-path with which the message arrived", OPTION_TEXT,
     offsetof(struct hop_settings, arrived_from), 0, 0, NULL},
    {"arrived-to", "ADDRESS", "a forward-path with which it arrived; may be repeated", OPTION_LIST,
     offsetof(struct hop_settings, arrived_to), 0, 0, NULL},
};

static enum outcome usage(const char *what)
{
    return report(OUTCOME_USAGE, (struct place){0}, "%s", what);
}

/* --- what can be said without a message ------------------------------------------------------- */

static enum outcome check_address(struct arena *arena, const char *option, const char *text,
                                  bool null_is_fine)
{
    struct mailbox mailbox = {0};
    const char *why = "an address has a domain";
    if (!text)
        return OUTCOME_DONE;
    enum waybill_status status = address_parse_path(arena, slice_str(text), &mailbox, &why);
    if (status == WAYBILL_NOMEM)
        return report_status(status, option);
    bool null = mailbox.local_part.n + mailbox.domain.n == 0;
    if (status == WAYBILL_OK && (null ? null_is_fine : mailbox.domain.n > 0))
        return OUTCOME_DONE;
    return report(OUTCOME_USAGE, (struct place){0}, "--%s %s: %s: correct it", option, text,
                  status == WAYBILL_OK && null ? "nobody is sent to the null path" : why);
}

static enum outcome check_addresses(const struct hop_settings *s)
{
    struct arena arena = arena_new();
    enum outcome outcome = check_address(&arena, "mail-from", s->mail_from, true);
    if (outcome == OUTCOME_DONE)
        outcome = check_address(&arena, "arrived-from", s->arrived_from, true);
    for (size_t i = 0; i < s->rcpt_to.n && outcome == OUTCOME_DONE; i++)
        outcome = check_address(&arena, "rcpt-to", s->rcpt_to.values[i], false);
    for (size_t i = 0; i < s->arrived_to.n && outcome == OUTCOME_DONE; i++)
        outcome = check_address(&arena, "arrived-to", s->arrived_to.values[i], false);
    arena_free(&arena);
    return outcome;
}

static enum outcome check_domain(const char *option, const char *text)
{
    if (!text || name_is_domain(slice_str(text)))
        return OUTCOME_DONE;
    return report(OUTCOME_USAGE, (struct place){0}, "--%s %s: not a domain: correct it", option,
                  text);
}

/* spec-06 section 8.3. */
static enum outcome check_nonce(const char *text)
{
    struct slice nonce = slice_str(text);
    bool wrong = nonce.n > LIMIT_NONCE;
    for (size_t i = 0; i < nonce.n; i++)
        wrong = wrong || nonce.p[i] < 33 || nonce.p[i] > 126 || nonce.p[i] == ';';
    return wrong ? report(OUTCOME_USAGE, (struct place){0},
                          "--nonce %s: not up to %zu printable characters without ';': correct it",
                          text, LIMIT_NONCE)
                 : OUTCOME_DONE;
}

static enum outcome check_flags(const struct option_list *list)
{
    static const char *const known[] = {"exploded", "feedback", "feedhere", "donotmodify",
                                        "donotexplode"};
    for (size_t i = 0; i < list->n; i++) {
        bool found = false;
        for (size_t k = 0; k < sizeof known / sizeof *known; k++)
            found = found || strcmp(known[k], list->values[i]) == 0;
        if (!found)
            return report(OUTCOME_USAGE, (struct place){0},
                          "--flag %s: unknown value: use one of exploded, feedback, feedhere",
                          list->values[i]);
    }
    return OUTCOME_DONE;
}

static bool describes_a_hop(const struct hop_settings *s)
{
    return s->mail_from || s->next_domain || s->nonce || s->rcpt_to.n || s->flags.n ||
           s->for_domain || s->for_keys.n || s->out_of_band || s->arrived_from || s->arrived_to.n;
}

static enum outcome check_together(const struct hop_settings *s)
{
    const struct {
        bool wrong;
        const char *what;
    } conditions[] = {
        {s->next_domain && (s->mail_from || s->rcpt_to.n),
         "--next-domain stands instead of --mail-from and --rcpt-to: leave one out"},
        {s->next_domain && !s->out_of_band,
         "--next-domain leaves the envelope unsigned, which no receiver takes without an "
         "arrangement: add --out-of-band, or sign both hops at once with --for"},
        {!s->next_domain && !s->mail_from,
         "--mail-from is missing: add the reverse-path with which the message leaves"},
        {!s->next_domain && !s->rcpt_to.n,
         "--rcpt-to is missing: add the forward-path with which the message leaves"},
        {!s->for_domain != !s->for_keys.n, "--for and --for-key belong together: add the other"},
        {!s->arrived_from != !s->arrived_to.n,
         "--arrived-from and --arrived-to belong together: add the other"},
    };
    for (size_t i = 0; i < sizeof conditions / sizeof *conditions; i++)
        if (conditions[i].wrong)
            return usage(conditions[i].what);
    return OUTCOME_DONE;
}

enum outcome hop_check(const struct hop_settings *s, bool needed)
{
    if (!needed && describes_a_hop(s))
        return usage("an envelope, --next-domain, --for, --nonce, --flag and --out-of-band are for "
                     "--dkim2: add that or leave them out");
    enum outcome outcome = needed ? check_together(s) : OUTCOME_DONE;
    if (outcome == OUTCOME_DONE)
        outcome = check_addresses(s);
    if (outcome == OUTCOME_DONE)
        outcome = check_domain("next-domain", s->next_domain);
    if (outcome == OUTCOME_DONE)
        outcome = check_domain("for", s->for_domain);
    if (outcome == OUTCOME_DONE && s->nonce)
        outcome = check_nonce(s->nonce);
    return outcome == OUTCOME_DONE ? check_flags(&s->flags) : outcome;
}

/* ---------------------------------------------------------------------------------------------- */

static struct waybill_dkim2_hop hop_of(const char *domain, const struct keys *keys)
{
    return (struct waybill_dkim2_hop){
        .domain = domain, .keys = keys->all, .groups = keys->groups, .n_keys = keys->n};
}

void hop_make(const struct hop_settings *s, const char *domain, const struct keys *keys,
              const struct keys *for_keys, struct hops_made *out)
{
    struct waybill_dkim2_hop *hop = out->all;
    if (s->for_domain) {
        *hop = hop_of(s->for_domain, for_keys);
        hop->next_domain = domain;
        hop++;
    }
    *hop = hop_of(domain, keys);
    hop->mail_from = s->mail_from;
    hop->rcpt_to = s->rcpt_to.values;
    hop->rcpts = s->rcpt_to.n;
    hop->next_domain = s->next_domain;
    hop->nonce = s->nonce;
    hop->flags = s->flags.values;
    hop->n_flags = s->flags.n;
    out->options.hops = out->all;
    out->options.n_hops = s->for_domain ? 2 : 1;
    out->options.out_of_band = s->out_of_band;
}
