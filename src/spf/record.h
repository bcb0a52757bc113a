/*
 * spf/record.h: the SPF record of a domain (RFC 7208 sections 4.5 to 6).
 */
#ifndef SPF_RECORD_H
#define SPF_RECORD_H

#include "base/arena.h"
#include "base/ip.h"
#include "base/verdict.h"
#include "waybill/question.h"

enum spf_mechanism {
    SPF_ALL,
    SPF_INCLUDE,
    SPF_A,
    SPF_MX,
    SPF_PTR,
    SPF_IP4,
    SPF_IP6,
    SPF_EXISTS,
    SPF_MECHANISMS,
};

/* A directive. */
struct spf_term {
    struct slice text;   /* the whole, as it stands */
    struct slice domain; /* the domain-spec; empty: the current domain */
    struct ip network;   /* of ip4, ip6 */
    enum spf_mechanism mechanism;
    enum waybill_result result;       /* of its qualifier */
    uint8_t bits_of_ip4, bits_of_ip6; /* of the prefix that counts */
};

/* redirect= and exp=; text.p is NULL where it is absent. */
struct spf_modifier {
    struct slice text;
    struct slice domain; /* the domain-spec */
};

struct spf_record {
    /* pass: the record can be evaluated. none, permerror, temperror: what check_host comes to
     * without, and why. */
    struct verdict verdict;
    struct slice wrong;     /* the term that is no term */
    struct spf_term *terms; /* up to the first `all`, behind which nothing is come to */
    size_t n;
    struct spf_modifier redirect; /* absent where there is an `all` (section 6.1) */
    struct spf_modifier explanation;
};

/* Whether a text is an SPF record of this version (section 4.5). */
bool spf_record_is(struct slice text);

/* Parses a text that is one, strictly (section 12): one fault anywhere is a permerror (section
 * 4.6). Points into the text. */
enum waybill_status spf_record_parse(struct arena *arena, struct slice text,
                                     struct spf_record *out);

/* The record that an answer to the question for TXT comes to (sections 4.4 and 4.5). */
enum waybill_status spf_record_select(struct arena *arena, const struct waybill_answer *answer,
                                      struct spf_record *out);

#endif
