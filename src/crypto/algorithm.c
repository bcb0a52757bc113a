#include "crypto/algorithm.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static const struct algorithm algorithms[] = {
    /* RFC 6376 section 3.3.2 */
    {.name = "rsa-sha256", .key = KEY_RSA, .digest = DIGEST_SHA256, .dkim = true, .dkim2 = true},
    /* RFC 8463 section 3 */
    {.name = "ed25519-sha256",
     .key = KEY_ED25519,
     .digest = DIGEST_SHA256,
     .dkim = true,
     .dkim2 = true},
    /* RFC 8301 section 3.1: must not be verified. Its digest is never computed. */
    {.name = "rsa-sha1", .key = KEY_RSA, .recognised_only = true, .dkim = true},
    /* dkim2-spec-08 section 3.4 */
    {.name = "mldsa44", .key = KEY_MLDSA44, .dkim2 = true, .pure = true},
};

static const char *const key_kinds[KEY_KINDS] = {
    [KEY_RSA] = "rsa",
    [KEY_ED25519] = "ed25519",
    [KEY_MLDSA44] = "mldsa44",
};

static const char *const digest_kinds[DIGEST_KINDS] = {
    [DIGEST_SHA256] = "sha256",
    [DIGEST_SHA512] = "sha512",
};

const struct algorithm *algorithm_find(struct slice name)
{
    for (size_t i = 0; i < COUNT(algorithms); i++)
        if (slice_eq(name, slice_str(algorithms[i].name)))
            return &algorithms[i];
    return NULL;
}

const struct algorithm *algorithm_of_kind(enum key_kind kind)
{
    size_t i = 0;
    while (algorithms[i].key != kind || algorithms[i].recognised_only)
        i++;
    return &algorithms[i];
}

const struct algorithm *algorithm_of_key(enum key_kind kind)
{
    const struct algorithm *algorithm = algorithm_of_kind(kind);
    return algorithm->dkim ? algorithm : NULL;
}

const char *key_kind_text(enum key_kind kind)
{
    return key_kinds[kind];
}

bool key_kind_find(struct slice name, enum key_kind *out)
{
    for (size_t i = 0; i < KEY_KINDS; i++) {
        if (slice_eq(name, slice_str(key_kinds[i]))) {
            *out = (enum key_kind)i;
            return true;
        }
    }
    return false;
}

const char *digest_kind_text(enum digest_kind kind)
{
    return digest_kinds[kind];
}
