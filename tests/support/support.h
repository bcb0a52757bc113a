/*
 * tests/support/support.h: what the tests of several rooms share.
 *
 * A lab has an engine and keys that are published under every domain; a trial is one message
 * judged there. Nothing here returns an error: what cannot be ends the program with a sentence.
 */
#ifndef SUPPORT_SUPPORT_H
#define SUPPORT_SUPPORT_H

#include "base/buffer.h"
#include "record/record.h"
#include "waybill/engine.h"
#include "waybill/message.h"
#include "waybill/sign.h"

/* A second at which all is well: the time of every trial that sets none. */
#define LAB_NOW ((int64_t)1700000000)
#define LAB_MESSAGE_OCTETS ((size_t)64 << 20)
#define LAB_ROWS(rows) (rows), sizeof(rows) / sizeof((rows)[0])

/* Ends the program unless it is so. */
void must(bool is_so, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* --- chance ----------------------------------------------------------------------------------- */

struct prng {
    uint64_t state; /* the seed, to begin with */
};

uint64_t prng_next(struct prng *p);
/* 0 to n - 1; n is not 0. */
size_t prng_below(struct prng *p, size_t n);
/* The seed of a run: that of the environment's SEED, else `usual`; and how often it is to be tried
 * (ROUNDS). */
uint64_t seed_of_run(uint64_t usual);
unsigned rounds_of_run(unsigned usual);

/* --- keys and answers ------------------------------------------------------------------------- */

enum lab_key {
    LAB_RSA, /* 1024 bits: quick */
    LAB_RSA_LONG,
    LAB_ED25519,
    LAB_KEYS,
};

struct lab_key_text {
    const char *selector;
    const char *text; /* as waybill_key_read takes it */
};

extern const struct lab_key_text lab_key_texts[LAB_KEYS];

struct lab {
    struct waybill_engine *engine;
    struct waybill_key *keys[LAB_KEYS];
    char *records[LAB_KEYS];
};

struct lab lab_new(void);
void lab_free(struct lab *lab);

/* What the DNS says of one name, beside SELECTOR._domainkey.ANYTHING, under which the lab's keys
 * are published. The texts are TXT records; with the name of a type and a space before the name,
 * "A mx.example", records of that type; "reputation" and "seen" serve as types. */
struct dns_row {
    const char *name;
    enum waybill_answer_status status;
    const char *texts[3]; /* of an answer; up to the first NULL */
};

enum { DNS_ROW_TEXTS = 3 };

/* The answer, its data in `room`. Names that nobody published do not exist. */
struct waybill_answer lab_answer(const struct lab *lab, const struct dns_row *rows, size_t n,
                                 const struct waybill_question *question,
                                 struct waybill_datum room[DNS_ROW_TEXTS]);

/* --- trials ----------------------------------------------------------------------------------- */

struct trial_input {
    struct slice message;
    enum waybill_lines lines;
    int64_t now; /* 0: LAB_NOW */
    const struct waybill_envelope *envelope;
    const struct waybill_policy *policy; /* NULL: none decides */
    const struct dns_row *rows;
    size_t n_rows;
};

struct trial {
    struct waybill_message *message;
    struct waybill_check *check;
    const struct waybill_record *record;
};

/* Feeds all, answers all, steps to the end. */
struct trial trial_run(const struct lab *lab, const struct trial_input *in);
void trial_free(struct trial *trial);
/* Answers what is open and steps until the check is done. */
void trial_finish(struct trial *trial, const struct lab *lab, const struct trial_input *in);
/* The record as JSON in one line; the caller frees it. */
char *record_text(const struct waybill_record *record);

/* --- making messages -------------------------------------------------------------------------- */

/* A buffer with this text; the caller frees it with buffer_free. */
struct buffer message_of(const char *text);
/* The text again with LF for every CRLF. */
struct buffer with_lf(struct slice text);
/* Puts text in front of what the buffer has. */
void put_on_top(struct buffer *message, struct slice text);

/* Puts `to` where the message first has `from`, which must be there. */
void replace(struct buffer *message, const char *from, const char *to);

/* A message of random shape that may be signed: folds, 8-bit octets, repeated fields, empty
 * bodies, blank lines at the end. With `odd`, also what good messages do not have. */
struct buffer message_of_chance(struct prng *p, bool odd);

/* How a message is to be signed. */
struct signing {
    const char *domain;
    enum lab_key key;
    int64_t now, expires_in; /* now 0: LAB_NOW */
    const char *headers;
    const char *authserv_id; /* of an ARC set; NULL: a DKIM signature */
    const char *results;
    const struct dns_row *rows;
    size_t n_rows;
};

/* Puts the fields of a signer on top of the message, CRLF throughout. Not OK: the message stays,
 * and reason says why. */
enum waybill_status sign_message(const struct lab *lab, const struct signing *how,
                                 struct buffer *message, char reason[200]);
/* The same where it cannot fail. */
void sign_well(const struct lab *lab, const struct signing *how, struct buffer *message);

/* Puts an ARC set of `domain` on top that reports these results ("dkim=pass header.d=…; …"), and
 * below it the Authentication-Results field from which it has them. */
void seal_reporting(const struct lab *lab, const char *domain, const char *results,
                    struct buffer *message);

#endif
