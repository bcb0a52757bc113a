/*
 * waybill/key.h: private keys, to sign with, and the DNS record that publishes them.
 */
#ifndef WAYBILL_KEY_H
#define WAYBILL_KEY_H

#include "waybill/status.h"

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct waybill_engine;
struct waybill_key;

enum waybill_key_kind {
    WAYBILL_KEY_RSA,
    WAYBILL_KEY_ED25519,
    WAYBILL_KEY_MLDSA44,
};

/*
 * A key from the octets of its file: PEM (PKCS #8 or the traditional RSA form, never encrypted),
 * or for Ed25519 the base64 of its 32 octets (RFC 8463 appendix A.2). Belongs to the engine's
 * thread and is freed before the engine. WAYBILL_SYNTAX: no such key; WAYBILL_REFUSED: a key that
 * DKIM cannot use (RSA under 1024 or over 8192 bits, another algorithm); both put a sentence into
 * why, if it is not NULL.
 */
enum waybill_status waybill_key_read(struct waybill_engine *engine, const void *octets, size_t n,
                                     struct waybill_key **out, char why[160]);

/* A new key. `bits` is for RSA, 2048 where 0; ignored otherwise. */
enum waybill_status waybill_key_make(struct waybill_engine *engine, enum waybill_key_kind kind,
                                     unsigned bits, struct waybill_key **out, char why[160]);
void waybill_key_free(struct waybill_key *key);

enum waybill_key_kind waybill_key_kind(const struct waybill_key *key);
/* Bits of an RSA modulus, 256 for Ed25519, 0 where the kind has no such number. */
unsigned waybill_key_bits(const struct waybill_key *key);
/* "rsa", "ed25519", "mldsa44", as k= has it. */
const char *waybill_key_kind_text(enum waybill_key_kind kind);

/* The private key as unencrypted PKCS #8 PEM. The caller frees *text with free(), after wiping it.
 */
enum waybill_status waybill_key_write(const struct waybill_key *key, char **text, size_t *n);

/* The key record's text: "v=DKIM1; k=rsa; p=…". The caller frees *text with free(). */
enum waybill_status waybill_key_record(const struct waybill_key *key, char **text, size_t *n);

#ifdef __cplusplus
}
#endif

#endif
