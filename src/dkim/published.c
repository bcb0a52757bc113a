#include "dkim/published.h"

#include "crypto/private_key.h"
#include "dkim/key_record.h"

static enum waybill_status is_other_half(struct arena *arena, struct waybill_key *key,
                                         struct public_key *published, bool *good)
{
    static const uint8_t zeros[32];
    const struct algorithm *algorithm = algorithm_of_key(private_key_kind(key));
    struct slice digest = slice_of(zeros, sizeof zeros), signature;
    enum waybill_status status = private_key_sign(key, algorithm, digest, arena, &signature);
    return status == WAYBILL_OK ? public_key_verify(published, algorithm, digest, signature, good)
                                : status;
}

static enum waybill_status compare_keys(struct waybill_engine *engine, struct arena *arena,
                                        struct waybill_key *key, const struct key_record *record,
                                        const char **why)
{
    struct public_key *published;
    enum key_problem problem;
    bool good = false;
    enum waybill_status status =
        keyring_find(engine->keyring, record->kind, record->key, &published, &problem);
    if (status == WAYBILL_OK && problem != KEY_FINE) {
        *why = key_problem_text(problem);
        return WAYBILL_OK;
    }
    if (status == WAYBILL_OK)
        status = is_other_half(arena, key, published, &good);
    if (!good)
        *why = "another key is published: publish what \"waybill key show\" prints";
    return status;
}

static const char *wrong_with(const struct key_record *record, enum key_kind kind)
{
    const struct {
        bool wrong;
        const char *what;
    } conditions[] = {
        {record->why != NULL, record->why},
        {record->key.n == 0, "the key is revoked, p= is empty: sign with another selector"},
        {!record->known_kind || record->kind != kind,
         "k= names another kind of key: publish what \"waybill key show\" prints"},
        {!record->email, "s= does not admit mail: remove it"},
        {!key_record_admits(record, DIGEST_SHA256), "h= does not admit sha256: remove it"},
    };
    for (size_t i = 0; i < sizeof conditions / sizeof *conditions; i++)
        if (conditions[i].wrong)
            return conditions[i].what;
    return NULL;
}

enum waybill_status published_compare(struct waybill_engine *engine, struct arena *arena,
                                      struct waybill_key *key, const struct waybill_answer *answer,
                                      struct published *out)
{
    struct key_record record;
    *out = (struct published){.temporary = answer->status == WAYBILL_SERVFAIL ||
                                           answer->status == WAYBILL_TIMEOUT};
    if (out->temporary)
        out->why = arena_printf(arena, "no answer from the DNS (%s): try again later",
                                waybill_answer_status_text(answer->status));
    else if (answer->status != WAYBILL_ANSWERED)
        out->why = "no TXT record is published: publish what \"waybill key show\" prints";
    if (answer->status != WAYBILL_ANSWERED)
        return out->why ? WAYBILL_OK : WAYBILL_NOMEM;
    enum waybill_status status = key_record_choose(arena, answer, &record);
    if (status != WAYBILL_OK)
        return status;
    out->testing = record.testing;
    out->why = wrong_with(&record, private_key_kind(key));
    return out->why ? WAYBILL_OK : compare_keys(engine, arena, key, &record, &out->why);
}
