/* Private keys that a worker opens when they are needed, and keeps. */
#define _DEFAULT_SOURCE

#include "base/limits.h"
#include "daemon/signing_keys.h"
#include "io/file.h"
#include "waybill/engine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static struct fixture {
    struct waybill_engine *engine;
    struct signing_keys *keys;
    char folder[64];
    char *pem;
    size_t n;
} f;

static const char *path_of(size_t number)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%zu.pem", f.folder, number);
    return path;
}

static void write_key(size_t number, const char *text, size_t n)
{
    unlink(path_of(number));
    assert_int_equal(file_write_private(path_of(number), slice_of(text, n)), FILE_FINE);
}

static int set_up(void **state)
{
    char why[160];
    struct waybill_key *key;
    (void)state;
    snprintf(f.folder, sizeof f.folder, "/tmp/waybill-keys-XXXXXX");
    assert_non_null(mkdtemp(f.folder));
    assert_int_equal(waybill_engine_new(&f.engine), WAYBILL_OK);
    assert_int_equal(waybill_key_make(f.engine, WAYBILL_KEY_ED25519, 0, &key, why), WAYBILL_OK);
    assert_int_equal(waybill_key_write(key, &f.pem, &f.n), WAYBILL_OK);
    waybill_key_free(key);
    f.keys = signing_keys_new(f.engine);
    assert_non_null(f.keys);
    return 0;
}

static int tear_down(void **state)
{
    char command[128];
    (void)state;
    signing_keys_free(f.keys);
    waybill_engine_free(f.engine);
    free(f.pem);
    snprintf(command, sizeof command, "rm -r %s", f.folder);
    return system(command);
}

static struct signing_key *take(size_t number)
{
    char why[160] = "";
    struct signing_key *key = NULL;
    enum waybill_status status = signing_keys_take(f.keys, path_of(number), &key, why);
    assert_string_equal(why, "");
    assert_int_equal(status, WAYBILL_OK);
    assert_int_equal(waybill_key_kind(key->key), WAYBILL_KEY_ED25519);
    return key;
}

/* Its file is not needed any more. */
static void is_kept(void **state)
{
    (void)state;
    write_key(1, f.pem, f.n);
    struct signing_key *key = take(1);
    signing_keys_give_back(key);
    unlink(path_of(1));
    assert_ptr_equal(take(1), key);
    signing_keys_give_back(key);
}

/* The least recently used goes, but never one that is held. */
static void has_an_end(void **state)
{
    char why[160];
    struct signing_key *key;
    (void)state;
    for (size_t i = 0; i < LIMIT_SIGNING_KEYS + 2; i++)
        write_key(i, f.pem, f.n);
    struct signing_key *held = take(0);
    for (size_t i = 1; i < LIMIT_SIGNING_KEYS + 2; i++)
        signing_keys_give_back(take(i));
    for (size_t i = 0; i < LIMIT_SIGNING_KEYS + 2; i++)
        unlink(path_of(i));
    assert_ptr_equal(take(0), held);
    signing_keys_give_back(held);
    signing_keys_give_back(held);
    assert_int_equal(signing_keys_take(f.keys, path_of(1), &key, why), WAYBILL_REFUSED);
    assert_int_equal(signing_keys_take(f.keys, path_of(2), &key, why), WAYBILL_REFUSED);
    signing_keys_give_back(take(3));
}

static void refuse(size_t number, const char *begins)
{
    char why[160] = "", wanted[300];
    struct signing_key *key;
    assert_int_equal(signing_keys_take(f.keys, path_of(number), &key, why), WAYBILL_REFUSED);
    snprintf(wanted, sizeof wanted, "%s: %s", path_of(number), begins);
    assert_memory_equal(why, wanted, strlen(wanted));
}

/* Each says why, and is tried again when it is asked for again. */
static void may_be_no_key(void **state)
{
    (void)state;
    refuse(1, "there is no such file");
    write_key(1, "nonsense", 8);
    refuse(1, "");
    write_key(1, f.pem, f.n);
    chmod(path_of(1), 0640);
    refuse(1, "its mode is 0640");
    chmod(path_of(1), 0600);
    signing_keys_give_back(take(1));
    assert_int_equal(mkdir(path_of(2), 0700), 0);
    refuse(2, "a directory");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(is_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(has_an_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(may_be_no_key, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
