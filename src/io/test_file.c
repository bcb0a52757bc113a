#include "io/file.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* A folder of the test's own, and a path in it. */
static char folder[] = "waybill-file-XXXXXX";
static char path[sizeof folder + 16];

static int make_folder(void **state)
{
    (void)state;
    umask(022);
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/file", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder);
}

static int remove_file(void **state)
{
    (void)state;
    unlink(path);
    return 0;
}

static enum file_problem read_with_ceiling(size_t ceiling, size_t *n)
{
    struct buffer out = buffer_new(ceiling);
    enum file_problem problem = file_read(path, &out);
    *n = out.n;
    buffer_free(&out);
    return problem;
}

static void missing(void **state)
{
    size_t n;
    (void)state;
    assert_int_equal(read_with_ceiling(10, &n), FILE_MISSING);
}

static void directory(void **state)
{
    struct file file;
    (void)state;
    assert_int_equal(file_open(folder, &file), FILE_DIRECTORY);
}

static void ceiling(void **state)
{
    size_t n;
    (void)state;
    assert_int_equal(file_write(path, SLICE("0123456789")), FILE_FINE);
    assert_int_equal(read_with_ceiling(10, &n), FILE_FINE);
    assert_int_equal(n, 10);
    assert_int_equal(read_with_ceiling(9, &n), FILE_TOO_LARGE);
}

static void pieces(void **state)
{
    enum { OCTETS = 2 * FILE_PIECE_OCTETS + 7 };
    static uint8_t octets[OCTETS];
    struct file file;
    struct slice piece;
    size_t total = 0;
    (void)state;
    assert_int_equal(file_write(path, slice_of(octets, OCTETS)), FILE_FINE);
    assert_int_equal(file_open(path, &file), FILE_FINE);
    do {
        assert_int_equal(file_next(&file, &piece), FILE_FINE);
        assert_true(piece.n <= FILE_PIECE_OCTETS);
        total += piece.n;
    } while (piece.n);
    assert_int_equal(total, OCTETS);
    file_close(&file);
}

/* A mode of a key file, and whether it is refused. */
static const struct mode_case {
    const char *name;
    mode_t mode;
    enum file_problem problem;
} mode_cases[] = {
    {"mode 0600", 0600, FILE_FINE},   {"mode 0400", 0400, FILE_FINE},
    {"mode 0640", 0640, FILE_SHARED}, {"mode 0604", 0604, FILE_SHARED},
    {"mode 0620", 0620, FILE_SHARED}, {"mode 0644", 0644, FILE_SHARED},
};

static void run_mode_case(void **state)
{
    const struct mode_case *c = *state;
    struct buffer out = buffer_new(100);
    mode_t mode = 0;
    assert_int_equal(file_write(path, SLICE("secret")), FILE_FINE);
    assert_int_equal(chmod(path, c->mode), 0);
    assert_int_equal(file_read_private(path, &out, &mode), c->problem);
    assert_int_equal(mode, c->mode);
    assert_int_equal(out.n, c->problem == FILE_FINE ? 6 : 0);
    file_wipe(&out);
}

static void private_is_new(void **state)
{
    struct stat facts;
    size_t n;
    (void)state;
    assert_int_equal(file_write_private(path, SLICE("secret")), FILE_FINE);
    assert_int_equal(stat(path, &facts), 0);
    assert_int_equal(facts.st_mode & 07777, 0600);
    assert_int_equal(file_write_private(path, SLICE("another")), FILE_UNCREATED);
    assert_int_equal(errno, EEXIST);
    assert_int_equal(read_with_ceiling(100, &n), FILE_FINE);
    assert_int_equal(n, 6);
}

static void no_folder_to_write_to(void **state)
{
    (void)state;
    assert_int_equal(file_write("no-such-folder/file", SLICE("x")), FILE_UNCREATED);
    assert_int_equal(errno, ENOENT);
}

static void full_device(void **state)
{
    (void)state;
    if (access("/dev/full", W_OK) != 0)
        skip();
    assert_int_equal(file_write("/dev/full", SLICE("x")), FILE_UNWRITTEN);
    assert_int_equal(errno, ENOSPC);
}

int main(void)
{
    enum { MODES = sizeof mode_cases / sizeof *mode_cases, OTHERS = 7 };
    struct CMUnitTest tests[OTHERS + MODES] = {
        cmocka_unit_test(missing),
        cmocka_unit_test(directory),
        cmocka_unit_test_teardown(ceiling, remove_file),
        cmocka_unit_test_teardown(pieces, remove_file),
        cmocka_unit_test_teardown(private_is_new, remove_file),
        cmocka_unit_test(no_folder_to_write_to),
        cmocka_unit_test(full_device),
    };
    for (size_t i = 0; i < MODES; i++)
        tests[OTHERS + i] = (struct CMUnitTest){mode_cases[i].name, run_mode_case, NULL,
                                                remove_file, (void *)(uintptr_t)&mode_cases[i]};
    return cmocka_run_group_tests_name("file", tests, make_folder, remove_folder);
}
