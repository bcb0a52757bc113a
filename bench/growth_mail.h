/*
 * growth_mail.h: messages of which one thing is large.
 *
 * Signatures are forged: bh= is right and b= is as long as it should be, so that all hashing and
 * every key operation is done before the answer is no.
 */
#ifndef BENCH_GROWTH_MAIL_H
#define BENCH_GROWTH_MAIL_H

#include "mail.h"
#include "world.h"

/* Appends a message of which something has the size n. */
typedef void growth_maker(const struct world *world, struct buffer *out, size_t n);

/* Of the header, with a body of one line. */
growth_maker growth_fields, growth_tags, growth_folds, growth_field_spaces;
/* Of h=. */
growth_maker growth_distinct_names, growth_repeated_names, growth_absent_names;
/* Octets of the body. */
growth_maker growth_spaces, growth_blank_lines, growth_endless_line, growth_lone_crs;
/* DKIM signatures. */
growth_maker growth_signatures;
/* ARC: octets of the one AAR; sets that were made hop by hop; sets that follow no valid one. */
growth_maker growth_aar, growth_chain, growth_sets;
/* DKIM2: hops that change nothing. */
growth_maker growth_hops;

#endif
