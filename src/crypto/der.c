#include "crypto/der.h"

/* rsaEncryption, 1.2.840.113549.1.1.1 (RFC 8017 appendix A.1). */
static const uint8_t rsa_encryption[] = {0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01};

enum {
    LONG_FORM = 0x80,
    LENGTH_OCTETS_MOST = 4, /* no key nears the 4 GB this can say */
};

static bool take_length(struct cursor *c, size_t *out)
{
    int first = cursor_take(c);
    if (first == CURSOR_END)
        return false;
    *out = (size_t)first;
    if (first < LONG_FORM)
        return true;
    int octets = first - LONG_FORM;
    if (octets < 1 || octets > LENGTH_OCTETS_MOST || cursor_peek(c) == 0)
        return false;
    uint64_t length = 0;
    for (; octets > 0; octets--) {
        int octet = cursor_take(c);
        if (octet == CURSOR_END)
            return false;
        length = length << 8 | (uint64_t)octet;
    }
    *out = (size_t)length;
    return length >= LONG_FORM && length <= SIZE_MAX;
}

bool der_take(struct cursor *c, enum der_tag tag, struct slice *out)
{
    size_t n;
    if (!cursor_accept(c, (uint8_t)tag) || !take_length(c, &n))
        return false;
    *out = slice_sub(c->all, c->at, n);
    c->at += out->n;
    return out->n == n;
}

bool der_take_unsigned(struct cursor *c, struct slice *out)
{
    struct slice number;
    if (!der_take(c, DER_INTEGER, &number) || number.n == 0 || number.p[0] >= 0x80)
        return false;
    struct cursor digits = cursor_new(number);
    while (cursor_accept(&digits, 0))
        continue;
    *out = cursor_rest(&digits);
    return true;
}

/* The fields of an RSAPublicKey, without the SEQUENCE around them. */
static bool take_numbers(struct slice fields, struct der_rsa *out)
{
    struct cursor c = cursor_new(fields);
    return der_take_unsigned(&c, &out->modulus) && der_take_unsigned(&c, &out->exponent) &&
           cursor_done(&c);
}

/* The one value in `octets`, a SEQUENCE. */
static bool open_sequence(struct slice octets, struct slice *out)
{
    struct cursor c = cursor_new(octets);
    return der_take(&c, DER_SEQUENCE, out) && cursor_done(&c);
}

/* RFC 3279 section 2.3.1: the parameters are NULL; some keys leave them out. */
static bool is_rsa_encryption(struct slice algorithm)
{
    struct cursor c = cursor_new(algorithm);
    struct slice oid, parameters;
    if (!der_take(&c, DER_OID, &oid) ||
        !slice_eq(oid, slice_of(rsa_encryption, sizeof rsa_encryption)))
        return false;
    return cursor_done(&c) ||
           (der_take(&c, DER_NULL, &parameters) && parameters.n == 0 && cursor_done(&c));
}

/* The RSAPublicKey in the fields of a SubjectPublicKeyInfo: a BIT STRING with no bits unused. */
static bool take_subject_key(struct slice fields, struct slice *out)
{
    struct cursor c = cursor_new(fields);
    struct slice algorithm, bits;
    if (!der_take(&c, DER_SEQUENCE, &algorithm) || !is_rsa_encryption(algorithm) ||
        !der_take(&c, DER_BIT_STRING, &bits) || !cursor_done(&c))
        return false;
    struct cursor key = cursor_new(bits);
    return cursor_accept(&key, 0) && open_sequence(cursor_rest(&key), out);
}

bool der_rsa_parse(struct slice octets, struct der_rsa *out)
{
    struct slice fields;
    if (!open_sequence(octets, &fields))
        return false;
    struct cursor c = cursor_new(fields);
    if (cursor_peek(&c) == DER_SEQUENCE && !take_subject_key(fields, &fields))
        return false;
    return take_numbers(fields, out);
}
