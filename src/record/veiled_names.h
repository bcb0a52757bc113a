/*
 * record/veiled_names.h: which names of the DNS are a person's: those that macros of SPF (RFC 7208
 * section 7) made of a client's address or of a sender's local part.
 */
#ifndef RECORD_VEILED_NAMES_H
#define RECORD_VEILED_NAMES_H

#include "record/record.h"

/* Two octets for each of 32 half octets, and a NUL. */
enum { CLIENT_NAME_OCTETS = 4 * IP_V6_OCTETS };

/* How a client's address is written; all empty where it is not known. */
struct client_names {
    char text[IP_TEXT_OCTETS];         /* as RFC 5952 has it */
    char labels[CLIENT_NAME_OCTETS];   /* %{i}: of IPv6 its half octets */
    char reversed[CLIENT_NAME_OCTETS]; /* %{ir}, and below in-addr.arpa and ip6.arpa */
    struct slice given;                /* as the envelope has it */
};

void client_names_of(struct slice address, struct client_names *out);
/* Octets of the client's address that stand at `at` by themselves, 0 if it does not: 192.0.2.1 is
 * not in 192.0.2.10, but it is in dsl-192-0-2-1.example. */
size_t client_names_at(const struct client_names *client, struct slice text, size_t at);

/*
 * Whether a name is made of the local part of MAIL FROM. Macros split it, turn its parts round, cut
 * and escape it; so a name is if it has a word of it, or an escape, and nobody published the name
 * as it stands: no domain of an identity and no answer has it.
 */
bool name_is_of_person(const struct waybill_record *record, struct slice name);

#endif
