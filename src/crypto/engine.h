/*
 * crypto/engine.h: inside an engine.
 */
#ifndef CRYPTO_ENGINE_H
#define CRYPTO_ENGINE_H

#include "crypto/keyring.h"
#include "waybill/engine.h"
#include "waybill/key.h"

struct waybill_engine {
    struct crypto *crypto;
    struct keyring *keyring;
};

#endif
