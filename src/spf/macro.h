/*
 * spf/macro.h: macro strings (RFC 7208 section 7).
 */
#ifndef SPF_MACRO_H
#define SPF_MACRO_H

#include "base/buffer.h"
#include "base/ip.h"

/* Where a macro string stands, which decides what may be in it. */
enum macro_place {
    MACRO_IN_NAME,        /* no c, r, t: section 7.2 */
    MACRO_IN_MODIFIER,    /* an unknown one: every letter of the grammar */
    MACRO_IN_EXPLANATION, /* every letter, and spaces between: section 6.2 */
};

/* What the letters of section 7.2 stand for. */
struct macro_values {
    struct slice sender, local_part, sender_domain; /* s, l, o */
    struct slice domain;                            /* d */
    struct slice helo;                              /* h */
    struct slice validated;                         /* p */
    struct slice receiver;                          /* r */
    struct ip client;                               /* i, c, v */
    int64_t now;                                    /* t */
};

/* Whether the text is what may stand there. */
bool macro_is_string(struct slice text, enum macro_place place);
/* Whether the text is a domain-spec: a macro string that ends with a macro or a top label. */
bool macro_is_domain_spec(struct slice text);
/* Whether a label may be the last one of a name: letters, digits and hyphens, a hyphen at neither
 * end, not digits alone. */
bool macro_is_toplabel(struct slice label);
/* Whether %{p} stands in the text. */
bool macro_needs_validated(struct slice text);

/* Appends the text with its macros expanded. It is a macro string. */
void macro_expand(const struct macro_values *values, struct slice text, struct buffer *out);

/* The name without a dot at its end and, where it is over 253 octets, without the labels on its
 * left that make it so (section 7.3). Empty where its last label alone is too long. */
struct slice macro_fit_name(struct slice name);

#endif
