/*
 * dkim/key_record.h: the key record of RFC 6376 section 3.6.1.
 */
#ifndef DKIM_KEY_RECORD_H
#define DKIM_KEY_RECORD_H

#include "crypto/algorithm.h"
#include "mail/taglist.h"
#include "waybill/question.h"

struct key_record {
    enum key_kind kind;
    bool known_kind;     /* false: k= names a kind we do not know */
    struct slice key;    /* p= as it stands: base64 with white space; empty: revoked */
    bool testing;        /* t=y */
    bool strict;         /* t=s: i= must be in d= itself */
    bool email;          /* s= is absent or admits mail */
    struct slice hashes; /* h=, p is NULL where absent: all */
    const char *why;     /* what is wrong with the record; NULL: nothing */
};

/* Parses one record's text; what is wrong with it stands in out->why. */
enum waybill_status key_record_parse(struct arena *arena, struct slice text,
                                     struct key_record *out);

/*
 * The one key record among the TXT records of an answer: texts that are no key records at all are
 * passed over, two of them are an error (section 3.6.2.2). out->why says what is wrong.
 */
enum waybill_status key_record_choose(struct arena *arena, const struct waybill_answer *answer,
                                      struct key_record *out);

/* The same for a signature that wants this kind of key: a record of another kind beside it does no
 * harm, for section 6.1.2 lets a verifier choose. */
enum waybill_status key_record_find(struct arena *arena, const struct waybill_answer *answer,
                                    enum key_kind kind, struct key_record *out);

/* Whether h= of the record admits this digest. */
bool key_record_admits(const struct key_record *record, enum digest_kind digest);

#endif
