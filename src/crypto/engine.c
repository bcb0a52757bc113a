#include "crypto/engine.h"

#include "base/limits.h"
#include "crypto/private_key.h"

#include <stdlib.h>

enum waybill_status waybill_engine_new(struct waybill_engine **out)
{
    struct waybill_engine *engine = calloc(1, sizeof *engine);
    enum waybill_status status = engine ? crypto_new(&engine->crypto) : WAYBILL_NOMEM;
    if (status == WAYBILL_OK)
        status = keyring_new(engine->crypto, LIMIT_KEYS_KEPT, &engine->keyring);
    if (status != WAYBILL_OK) {
        waybill_engine_free(engine);
        engine = NULL;
    }
    *out = engine;
    return status;
}

void waybill_engine_free(struct waybill_engine *engine)
{
    if (!engine)
        return;
    keyring_free(engine->keyring);
    crypto_free(engine->crypto);
    free(engine);
}

const char *waybill_version(void)
{
    return WAYBILL_VERSION;
}

enum waybill_status waybill_key_read(struct waybill_engine *engine, const void *octets, size_t n,
                                     struct waybill_key **out, char why[160])
{
    return private_key_read(engine->crypto, slice_of(octets, n), out, why);
}

enum waybill_status waybill_key_make(struct waybill_engine *engine, enum waybill_key_kind kind,
                                     unsigned bits, struct waybill_key **out, char why[160])
{
    static const enum key_kind kinds[] = {[WAYBILL_KEY_RSA] = KEY_RSA,
                                          [WAYBILL_KEY_ED25519] = KEY_ED25519,
                                          [WAYBILL_KEY_MLDSA44] = KEY_MLDSA44};
    if ((size_t)kind >= sizeof kinds / sizeof kinds[0])
        return WAYBILL_MISUSE;
    return private_key_make(engine->crypto, kinds[kind], bits, out, why);
}
