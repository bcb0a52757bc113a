/*
 * cli/hop.h: the options that describe a hop of DKIM2, and the arrival that it goes on from.
 */
#ifndef CLI_HOP_H
#define CLI_HOP_H

#include "cli/keys.h"
#include "waybill/dkim2.h"

struct hop_settings {
    const char *mail_from, *next_domain, *nonce;
    struct option_list rcpt_to, flags;
    const char *for_domain; /* --for: an imaginary hop before the own one */
    struct option_list for_keys;
    bool out_of_band;
    const char *arrived_from;
    struct option_list arrived_to;
};

enum { HOP_OPTIONS = 10 };

/* The rows for a table over struct hop_settings. */
extern const struct option hop_options[HOP_OPTIONS];

/* --draft over a size_t, which is an enum waybill_draft, and what it can be called. */
extern const struct option draft_option;
extern const char *const draft_names[];

/* What is wrong with them, as far as it can be said without a message; `needed`: there is a hop to
 * be signed, else none may be described. */
enum outcome hop_check(const struct hop_settings *settings, bool needed);

/* One hop, or two with --for. `keys` are those of --key, `for_keys` of --for-key. */
struct hops_made {
    struct waybill_dkim2_hop all[2];
    struct waybill_dkim2_options options;
};
void hop_make(const struct hop_settings *settings, const char *domain, const struct keys *keys,
              const struct keys *for_keys, struct hops_made *out);

#endif
