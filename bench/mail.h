/*
 * mail.h: messages that look like mail.
 *
 * Field counts and sizes follow what is measured in real mail: 26 header fields is the median,
 * 60 is what a message has today that passed filters and a list. Lines have 50 to 76 octets, a
 * second space follows some full stops, and paragraphs end in a blank line.
 */
#ifndef BENCH_MAIL_H
#define BENCH_MAIL_H

#include "base/buffer.h"

/* Ceiling of every buffer here. */
#define MAIL_OCTETS_MOST ((size_t)64 << 20)

/* A header of so many fields, 24 at the least, without the blank line behind it. */
void mail_header(struct buffer *out, size_t fields);

/* The octets from `offset` of a body that has `total`, which ends with its only final CRLF; so it
 * can be had in pieces and never need be held. */
void mail_body(uint8_t *out, size_t offset, size_t n, size_t total);

/* A message of so many octets. */
void mail_message(struct buffer *out, size_t octets, size_t fields);

#endif
