#include "base/slice.h"
#include "io/clock.h"
#include "io/notify.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

/* A service manager that listens there; a name that begins with '@' is of the abstract space. */
static int listen_at(const char *name)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    size_t n = strlen(name);
    assert_true(n < sizeof at.sun_path);
    memcpy(at.sun_path, name, n);
    if (at.sun_path[0] == '@')
        at.sun_path[0] = '\0';
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, length), 0);
    assert_int_equal(setenv("NOTIFY_SOCKET", name, 1), 0);
    return fd;
}

/* What was said, ended by a NUL; "" is nothing. */
static const char *heard(int fd)
{
    static char text[512];
    ssize_t n = recv(fd, text, sizeof text - 1, MSG_DONTWAIT);
    text[n > 0 ? n : 0] = '\0';
    return text;
}

static void a_socket_of_a_path(void **state)
{
    (void)state;
    char path[64];
    snprintf(path, sizeof path, "/tmp/waybill-notify-%ld", (long)getpid());
    int fd = listen_at(path);
    notify("READY=1");
    assert_string_equal(heard(fd), "READY=1");
    notify("STATUS=waiting for mail\nWATCHDOG=1");
    assert_string_equal(heard(fd), "STATUS=waiting for mail\nWATCHDOG=1");
    assert_string_equal(heard(fd), "");
    close(fd);
    notify("STOPPING=1"); /* nobody listens any more */
    unlink(path);
    notify("STOPPING=1");
}

static void a_socket_of_the_abstract_space(void **state)
{
    (void)state;
    char name[64];
    snprintf(name, sizeof name, "@waybill-notify-%ld", (long)getpid());
    int fd = listen_at(name);
    notify("READY=1");
    assert_string_equal(heard(fd), "READY=1");
    close(fd);
}

/* sd_notify(3): with RELOADING=1 goes the moment, in microseconds of CLOCK_MONOTONIC. */
static void a_reload_has_its_moment(void **state)
{
    (void)state;
    char name[64];
    snprintf(name, sizeof name, "@waybill-reload-%ld", (long)getpid());
    int fd = listen_at(name);
    int64_t before = clock_monotonic_ms();
    notify_reloading();
    int64_t after = clock_monotonic_ms();
    struct slice text = slice_str(heard(fd)), begins = SLICE("RELOADING=1\nMONOTONIC_USEC=");
    uint64_t us = 0;
    assert_true(slice_starts(text, begins));
    assert_true(slice_number(slice_from(text, begins.n), 19, &us));
    assert_in_range(us / 1000, before, after);
    close(fd);
}

static void without_a_service_manager(void **state)
{
    (void)state;
    static char long_name[300];
    unsetenv("NOTIFY_SOCKET");
    notify("READY=1");
    setenv("NOTIFY_SOCKET", "", 1);
    notify("READY=1");
    memset(long_name, 'x', sizeof long_name - 1);
    setenv("NOTIFY_SOCKET", long_name, 1);
    notify("READY=1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_socket_of_a_path),
        cmocka_unit_test(a_socket_of_the_abstract_space),
        cmocka_unit_test(a_reload_has_its_moment),
        cmocka_unit_test(without_a_service_manager),
    };
    return cmocka_run_group_tests_name("notify", tests, NULL, NULL);
}
