/*
 * The octets of a key file.
 */
#include "crypto/private_key.h"

#include <openssl/err.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

/* What is written can be read, and is the same key. */
static void try_key(struct crypto *crypto, struct waybill_key *key)
{
    char *pem, *record, *same;
    size_t n, record_n, same_n;
    struct waybill_key *again;
    must(waybill_key_record(key, &record, &record_n) == WAYBILL_OK);
    must(waybill_key_write(key, &pem, &n) == WAYBILL_OK);
    must(private_key_read(crypto, slice_of(pem, n), &again, NULL) == WAYBILL_OK);
    must(waybill_key_record(again, &same, &same_n) == WAYBILL_OK);
    must(slice_eq(slice_of(record, record_n), slice_of(same, same_n)));
    waybill_key_free(again);
    free(pem);
    free(record);
    free(same);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct crypto *crypto;
    if (!crypto)
        must(crypto_new(&crypto) == WAYBILL_OK);
    char why[160] = "";
    struct waybill_key *key;
    enum waybill_status status = private_key_read(crypto, slice_of(data, size), &key, why);
    must((key != NULL) == (status == WAYBILL_OK));
    must(status == WAYBILL_OK || status == WAYBILL_SYNTAX || status == WAYBILL_REFUSED);
    must((why[0] != '\0') == (status != WAYBILL_OK));
    if (key)
        try_key(crypto, key);
    waybill_key_free(key);
    must(ERR_peek_error() == 0);
    return 0;
}
