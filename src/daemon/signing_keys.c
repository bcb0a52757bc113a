#include "daemon/signing_keys.h"

#include "base/limits.h"
#include "base/text_error.h"
#include "io/file.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/queue.h>

enum { BUCKETS = 2048 }; /* twice LIMIT_SIGNING_KEYS: about one key in each that has any */

/* A key, in the chain of its bucket and in the order of use. */
struct kept {
    struct signing_key key; /* first: what is given out is this */
    size_t users;
    uint32_t hash;
    struct kept *next;
    TAILQ_ENTRY(kept) by_use;
    char path[];
};

struct signing_keys {
    struct waybill_engine *engine;
    struct kept *buckets[BUCKETS];
    TAILQ_HEAD(, kept) all; /* the one used longest ago first */
    size_t n;
};

struct signing_keys *signing_keys_new(struct waybill_engine *engine)
{
    struct signing_keys *keys = calloc(1, sizeof *keys);
    if (!keys)
        return NULL;
    keys->engine = engine;
    TAILQ_INIT(&keys->all);
    return keys;
}

/* --- the order of use --------------------------------------------------------------------------
 */

static void remove_kept(struct signing_keys *keys, struct kept *k)
{
    struct kept **at = &keys->buckets[k->hash % BUCKETS];
    while (*at != k)
        at = &(*at)->next;
    *at = k->next;
    TAILQ_REMOVE(&keys->all, k, by_use);
    keys->n--;
    waybill_key_free(k->key.key);
    free(k);
}

void signing_keys_free(struct signing_keys *keys)
{
    struct kept *k;
    while (keys && (k = TAILQ_FIRST(&keys->all)))
        remove_kept(keys, k);
    free(keys);
}

/* The oldest that nobody holds; where all are held there is one more for a while. */
static void make_room(struct signing_keys *keys)
{
    struct kept *k = TAILQ_FIRST(&keys->all);
    while (k && k->users > 0)
        k = TAILQ_NEXT(k, by_use);
    if (k && keys->n >= LIMIT_SIGNING_KEYS)
        remove_kept(keys, k);
}

/* --- reading -----------------------------------------------------------------------------------
 */

static enum waybill_status fail_file(const char *path, enum file_problem problem, mode_t mode,
                                     char why[160])
{
    switch (problem) {
    case FILE_NOMEM:
        return WAYBILL_NOMEM;
    case FILE_SHARED:
        return text_refusal(why,
                            "%s: its mode is %04o, so others than its owner may read this key: "
                            "chmod 600",
                            path, (unsigned)mode);
    case FILE_MISSING:
        return text_refusal(why, "%s: there is no such file: correct the line of the key", path);
    case FILE_TOO_LARGE:
        return text_refusal(why, "%s: over %zu octets: this is no key", path,
                            LIMIT_KEY_FILE_OCTETS);
    case FILE_DIRECTORY:
        return text_refusal(why, "%s: a directory: name a file", path);
    default:
        return text_refusal(why, "%s: cannot be read (%s): let this user read it", path,
                            strerror(errno));
    }
}

static enum waybill_status read_key(struct waybill_engine *engine, const char *path,
                                    struct waybill_key **out, char why[160])
{
    struct buffer text = buffer_new(LIMIT_KEY_FILE_OCTETS);
    mode_t mode = 0;
    char reason[160] = "";
    enum file_problem problem = file_read_private(path, &text, &mode);
    enum waybill_status status = problem == FILE_FINE
                                     ? waybill_key_read(engine, text.p, text.n, out, reason)
                                     : fail_file(path, problem, mode, why);
    file_wipe(&text);
    if (problem == FILE_FINE && (status == WAYBILL_SYNTAX || status == WAYBILL_REFUSED))
        return text_refusal(why, "%s: %s", path, reason);
    return status;
}

static enum waybill_status open_key(struct signing_keys *keys, const char *path, uint32_t hash,
                                    struct kept **out, char why[160])
{
    size_t n = strlen(path) + 1;
    struct kept *k = calloc(1, sizeof *k + n);
    if (!k)
        return WAYBILL_NOMEM;
    enum waybill_status status = read_key(keys->engine, path, &k->key.key, why);
    if (status != WAYBILL_OK) {
        free(k);
        return status;
    }
    make_room(keys);
    memcpy(k->path, path, n);
    k->hash = hash;
    k->next = keys->buckets[hash % BUCKETS];
    keys->buckets[hash % BUCKETS] = k;
    TAILQ_INSERT_TAIL(&keys->all, k, by_use);
    keys->n++;
    *out = k;
    return WAYBILL_OK;
}

enum waybill_status signing_keys_take(struct signing_keys *keys, const char *path,
                                      struct signing_key **out, char why[160])
{
    uint32_t hash = slice_ihash(slice_str(path));
    struct kept *k = keys->buckets[hash % BUCKETS];
    while (k && strcmp(k->path, path) != 0)
        k = k->next;
    enum waybill_status status = k ? WAYBILL_OK : open_key(keys, path, hash, &k, why);
    if (status != WAYBILL_OK)
        return status;
    TAILQ_REMOVE(&keys->all, k, by_use);
    TAILQ_INSERT_TAIL(&keys->all, k, by_use);
    k->users++;
    *out = &k->key;
    return WAYBILL_OK;
}

void signing_keys_give_back(struct signing_key *key)
{
    struct kept *k = (struct kept *)key;
    k->users--;
}
