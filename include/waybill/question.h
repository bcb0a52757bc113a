/*
 * waybill/question.h: what a check wants to know, and what it is told.
 *
 * The library never asks anybody: it lists questions, and the program that embeds it finds the
 * answers, from the DNS, a file or a store, and gives them back. Questions of all kinds are
 * asked, answered, saved and replayed alike.
 */
#ifndef WAYBILL_QUESTION_H
#define WAYBILL_QUESTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum waybill_question_kind {
    WAYBILL_DNS,        /* name, type: the records of a name */
    WAYBILL_REPUTATION, /* name: a domain; detail: its role (originator, sealer, signer) */
    WAYBILL_SEEN,       /* name: a signature's digest; detail: the recipient */
};

/* The types of RFC 1035, 3596 that a check asks for. */
enum waybill_dns_type {
    WAYBILL_DNS_A = 1,
    WAYBILL_DNS_PTR = 12,
    WAYBILL_DNS_MX = 15,
    WAYBILL_DNS_TXT = 16,
    WAYBILL_DNS_AAAA = 28,
};

/*
 * A question. For a DNS name, and the domain of a reputation, the octets are the labels in lower
 * case joined by dots, A-labels, no dot at the end, no escapes: an octet is that octet of the
 * label. Names may hold any octet, NUL too; `name` ends with a NUL besides, for convenience.
 */
struct waybill_question {
    enum waybill_question_kind kind;
    const char *name;
    size_t name_octets;
    enum waybill_dns_type type; /* kind WAYBILL_DNS only */
    const char *detail;         /* other kinds; NULL for the DNS */
    size_t detail_octets;
    unsigned wave; /* 1: known from the message; else one more than the answers that raised it */
};

enum waybill_answer_status {
    WAYBILL_ANSWERED, /* there is data */
    WAYBILL_NODATA,   /* the name is there, such data is not */
    WAYBILL_NXDOMAIN, /* the name asked for is not there */
    WAYBILL_SERVFAIL, /* the one who knows could not say */
    WAYBILL_TIMEOUT,  /* nobody said anything in time */
};

struct waybill_datum {
    const char *octets; /* any octets, not ended by NUL */
    size_t n;
};

/*
 * An answer. Data, one entry a record, at least one where the status is "answered", none else: TXT
 * the octets of its strings joined, MX "10 mx.example.org", A, AAAA and PTR as text, names in lower
 * case without a final dot, but the root is "."; a reputation, a sighting as their store words it.
 * The facts are what the driver knows of how the answer came; -1 is unknown. They change no
 * verdict.
 */
struct waybill_answer {
    enum waybill_answer_status status;
    const struct waybill_datum *data;
    size_t n;
    int64_t ms;     /* milliseconds it took */
    int64_t octets; /* octets of the answering packet */
    int64_t ttl;    /* seconds it may be kept */
    int cached;     /* 1 it was at hand, 0 it was asked for */
    int secure;     /* 1 DNSSEC proved it, 0 not */
};

/* An answer of this status, without data, all facts unknown. */
#define WAYBILL_ANSWER(status_)                \
    {                                          \
        (status_), NULL, 0, -1, -1, -1, -1, -1 \
    }

/* "answered", "nodata", "nxdomain", "servfail", "timeout"; "dns", "reputation", "seen"; "TXT" …;
 * for other values "unknown". */
const char *waybill_answer_status_text(enum waybill_answer_status status);
const char *waybill_question_kind_text(enum waybill_question_kind kind);
const char *waybill_dns_type_text(enum waybill_dns_type type);

#ifdef __cplusplus
}
#endif

#endif
