/*
 * transit/arrival.h: the form in which an arrival is kept until the message leaves again.
 *
 *     the message's octets | one line of JSON: the envelope, the answers | one line of fixed length
 *
 * The message comes first, so that it is written as it arrives; the last line says how long each
 * part is. In the JSON each character U+0000 to U+00FF is one octet, as in files of answers.
 */
#ifndef TRANSIT_ARRIVAL_H
#define TRANSIT_ARRIVAL_H

#include "base/arena.h"
#include "base/buffer.h"
#include "transit/token.h"
#include "waybill/dkim2.h"

/* What a check needs, not what it found. NULL, or p NULL, is not known. */
struct arrival {
    char id[TRANSIT_ID_OCTETS + 1];
    int64_t time;
    const char *ip, *helo, *mail_from;
    const char *const *rcpt_to;
    size_t rcpts;
    const char *receiver, *listener;
    enum waybill_draft draft;
    struct slice answers; /* the text that waybill_answers_write makes */
    struct slice header;  /* with the empty line behind it */
    struct slice body;
    bool has_body; /* it was kept, too; it may be empty */
};

/* Appends what stands behind the octets. `header` and `body` are not looked at. */
enum waybill_status arrival_end(const struct arrival *arrival, uint64_t header_octets,
                                uint64_t body_octets, struct buffer *out);

/* Reads a file; slices point into it or into the arena. WAYBILL_SYNTAX: it is none, and *why says
 * what is wrong with it. */
enum waybill_status arrival_read(struct arena *arena, struct slice file, struct arrival *out,
                                 const char **why);

#endif
