#include "base/base64.h"
#include "base/limits.h"
#include "crypto/private_key.h"

_Static_assert((int)WAYBILL_KEY_RSA == (int)KEY_RSA &&
                   (int)WAYBILL_KEY_ED25519 == (int)KEY_ED25519 &&
                   (int)WAYBILL_KEY_MLDSA44 == (int)KEY_MLDSA44,
               "the public names of the kinds are the room's");

enum waybill_key_kind waybill_key_kind(const struct waybill_key *key)
{
    return (enum waybill_key_kind)private_key_kind(key);
}

const char *waybill_key_kind_text(enum waybill_key_kind kind)
{
    return key_kind_text((enum key_kind)kind);
}

/* RFC 6376 section 3.6.1: v= stands first where it stands at all. */
static void write_record(struct buffer *text, enum key_kind kind, struct slice public)
{
    buffer_printf(text, "v=DKIM1; k=%s; p=", key_kind_text(kind));
    base64_encode(text, public);
    buffer_add_octet(text, '\0');
}

enum waybill_status waybill_key_record(const struct waybill_key *key, char **text, size_t *n)
{
    *text = NULL;
    *n = 0;
    struct arena scratch = arena_new();
    struct buffer record = buffer_new(LIMIT_KEY_FILE_OCTETS);
    struct slice public;
    enum waybill_status status = private_key_public(key, &scratch, &public);
    if (status == WAYBILL_OK) {
        write_record(&record, private_key_kind(key), public);
        status = record.status;
    }
    arena_free(&scratch);
    if (status != WAYBILL_OK) {
        buffer_free(&record);
        return status;
    }
    *text = (char *)record.p;
    *n = record.n - 1;
    return WAYBILL_OK;
}
