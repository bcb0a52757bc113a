#include "simple.h"

#include "base/base64.h"

static struct slice field_of(struct slice message, const char *name)
{
    struct slice wanted = slice_str(name);
    for (size_t at = 0; at < message.n;) {
        size_t end = slice_find(message, '\n', at) + 1;
        while (end < message.n && octet_is_wsp(message.p[end]))
            end = slice_find(message, '\n', end) + 1;
        if (slice_starts(slice_from(message, at), wanted))
            return slice_sub(message, at, end - at);
        at = end;
    }
    must(false, name);
    return message;
}

static struct slice body_of(struct slice message)
{
    size_t at = 0;
    while (message.p[at] != '\r')
        at = slice_find(message, '\n', at) + 1;
    return slice_from(message, at + 2);
}

void simple_digest(struct slice octets, struct buffer *out)
{
    uint8_t value[32];
    must(EVP_Digest(octets.p, octets.n, value, NULL, EVP_sha256(), NULL) == 1, "EVP_Digest");
    base64_encode(out, slice_of(value, sizeof value));
}

/* RFC 6376 section 3.7: the named fields, and the signature's own without its CRLF. */
void simple_sign(const struct world *world, enum bench_key key, struct slice message,
                 struct buffer *out)
{
    uint8_t signature[512];
    size_t n = sizeof signature;
    struct buffer hashed = buffer_new(65536);
    buffer_printf(out,
                  "DKIM-Signature: v=1; a=rsa-sha256; c=simple/simple; d=%s; s=%s;\r\n"
                  "\th=From:Subject; bh=",
                  BENCH_DOMAIN, world->keys[key].selector);
    simple_digest(body_of(message), out);
    buffer_add_str(out, "; b=");
    buffer_add(&hashed, field_of(message, "From:"));
    buffer_add(&hashed, field_of(message, "Subject:"));
    buffer_add(&hashed, buffer_slice(out));
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    must(context &&
             EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, world->keys[key].pkey) == 1 &&
             EVP_DigestSign(context, signature, &n, hashed.p, hashed.n) == 1,
         "EVP_DigestSign");
    base64_encode(out, slice_of(signature, n));
    buffer_add_str(out, "\r\n");
    EVP_MD_CTX_free(context);
    buffer_free(&hashed);
}
