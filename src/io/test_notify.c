#include "io/notify.h"

#include "base/slice.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

/* A service manager that listens at a name of NOTIFY_SOCKET. */
static int listen_at(const char *name)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    size_t n = strlen(name);
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    memcpy(at.sun_path, name, n);
    if (name[0] == '@')
        at.sun_path[0] = '\0';
    assert_int_equal(bind(fd, (const struct sockaddr *)&at,
                          (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n)),
                     0);
    setenv("NOTIFY_SOCKET", name, 1);
    return fd;
}

static void read_state(int fd, char out[128])
{
    ssize_t n = recv(fd, out, 127, MSG_DONTWAIT);
    out[n > 0 ? n : 0] = '\0';
}

static void abstract_and_path(void **state)
{
    char own[2][64], heard[128];
    (void)state;
    snprintf(own[0], sizeof own[0], "@test-notify-%ld", (long)getpid());
    snprintf(own[1], sizeof own[1], "/tmp/test-notify-%ld", (long)getpid());
    for (size_t i = 0; i < 2; i++) {
        int fd = listen_at(own[i]);
        notify("READY=1");
        read_state(fd, heard);
        assert_string_equal(heard, "READY=1");
        notify("STOPPING=1\nSTATUS=x");
        read_state(fd, heard);
        assert_string_equal(heard, "STOPPING=1\nSTATUS=x");
        close(fd);
    }
    unlink(own[1]);
}

static void reloading_has_its_time(void **state)
{
    char own[64], heard[128];
    static const char begins[] = "RELOADING=1\nMONOTONIC_USEC=";
    struct timespec now;
    uint64_t said;
    (void)state;
    snprintf(own, sizeof own, "@test-notify-%ld", (long)getpid());
    int fd = listen_at(own);
    notify_reloading();
    read_state(fd, heard);
    assert_memory_equal(heard, begins, sizeof begins - 1);
    assert_true(slice_number(slice_str(heard + sizeof begins - 1), 19, &said));
    clock_gettime(CLOCK_MONOTONIC, &now);
    assert_in_range(said, ((uint64_t)now.tv_sec - 10) * 1000000,
                    ((uint64_t)now.tv_sec + 1) * 1000000);
    close(fd);
}

/* Names at which nobody can listen, or does: nothing happens, and no descriptor stays open. */
static void nobody_listens(void **state)
{
    char too_long[200];
    const char *const names[] = {NULL, "", "/nobody/listens/here", "@nobody-listens-here",
                                 too_long};
    int before = dup(0);
    (void)state;
    close(before);
    memset(too_long, 'x', sizeof too_long);
    too_long[0] = '/';
    too_long[sizeof too_long - 1] = '\0';
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (names[i])
            setenv("NOTIFY_SOCKET", names[i], 1);
        else
            unsetenv("NOTIFY_SOCKET");
        notify("READY=1");
        notify_reloading();
    }
    int after = dup(0);
    assert_int_equal(after, before);
    close(after);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(abstract_and_path),
        cmocka_unit_test(reloading_has_its_time),
        cmocka_unit_test(nobody_listens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
