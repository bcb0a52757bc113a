#include "daemon/checkup.h"

#include "base/limits.h"
#include "daemon/checkup_keys.h"
#include "daemon/checkup_postfix.h"
#include "daemon/shared.h"
#include "daemon/tell.h"
#include "io/file.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

static void print(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void print(const char *format, ...)
{
    char line[LIMIT_LOG_LINE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    file_write_all(STDOUT_FILENO, slice_str(line));
}

/* --- listeners ---------------------------------------------------------------------------------
 */

static void print_inet(const struct config_socket *socket)
{
    char address[IP_TEXT_OCTETS];
    ip_format(socket->address, address);
    print("    Sendmail  INPUT_MAIL_FILTER(`waybill', `S=%s:%u@%s, F=T')\n",
          socket->address.n == IP_V4_OCTETS ? "inet" : "inet6", (unsigned)socket->port, address);
}

static void print_listener(const struct listener *l)
{
    static const char *const modes[] = {
        [CONFIG_OBSERVE] = "observe", [CONFIG_ANNOTATE] = "annotate", [CONFIG_ENFORCE] = "enforce"};
    struct buffer spelt = buffer_new(LIMIT_LOG_LINE);
    config_socket_postfix(&l->socket, &spelt);
    print("listener %s: %s, %s, speaks as %s\n", l->name, l->preset->name, modes[l->mode],
          l->authserv_id);
    print("    Postfix   smtpd_milters = %.*s\n", SLICE_ARGS(spelt));
    if (l->socket.kind == CONFIG_SOCKET_UNIX)
        print("              (chrooted: the path as seen from the queue directory)\n"
              "    Sendmail  INPUT_MAIL_FILTER(`waybill', `S=local:%.*s, F=T')\n",
              SLICE_ARGS(l->socket.path));
    else
        print_inet(&l->socket);
    buffer_free(&spelt);
}

/* Whether the folder is there, for the socket is not yet. */
static int check_folder(const char *file, const struct listener *l, size_t line)
{
    char folder[LIMIT_LOG_LINE];
    struct stat there;
    if (l->socket.kind != CONFIG_SOCKET_UNIX)
        return 0;
    size_t n = l->socket.path.n;
    while (n > 1 && l->socket.path.p[n - 1] != '/')
        n--;
    snprintf(folder, sizeof folder, "%.*s", (int)n, (const char *)l->socket.path.p);
    if (stat(folder, &there) != 0)
        return tell(NULL, EX_CONFIG, file, line, "listener %s: %s: %s: make the folder", l->name,
                    folder, strerror(errno));
    if (!S_ISDIR(there.st_mode))
        return tell(NULL, EX_CONFIG, file, line, "listener %s: %s is no folder", l->name, folder);
    return 0;
}

static int check_listeners(const char *file, const struct settings *s)
{
    int worst = 0;
    for (size_t i = 0; i < s->n_listeners; i++) {
        print_listener(&s->listeners[i]);
        int end = check_folder(file, &s->listeners[i], s->config.listeners[i].socket.line);
        worst = worst ? worst : end;
    }
    return worst;
}

/* --- files -------------------------------------------------------------------------------------
 */

static void warn(const char *file, const struct config *c)
{
    struct config_socket server;
    const char *why;
    if (c->journal.text && !c->site_key.text)
        tell(NULL, 0, file, c->journal.line,
             "journal without site-key: what is of a person is left out of it");
    if (c->spool_server.text &&
        config_socket_parse(slice_str(c->spool_server.text), &server, &why) &&
        server.kind == CONFIG_SOCKET_INET && !network_is_private(server.address))
        tell(NULL, 0, file, c->spool_server.line,
             "spool-server is on no private network: mail goes there without encryption");
}

/* A folder may be that of the daemon that runs; a server is for many. */
static int check_shared(const char *file, const struct config *c)
{
    struct shared shared = {0};
    char away[160] = "";
    int end = shared_read_secrets(&shared, c);
    if (!end && c->spool_server.text)
        end = shared_open_spool(&shared, c, file, away);
    if (!end && away[0])
        end = tell(NULL, EX_UNAVAILABLE, file, c->spool_server.line,
                   "%s: start it, or correct the address or spool-password", away);
    shared_close(&shared);
    return end;
}

static int check_all(const char *file, struct settings *s, bool published)
{
    int worst = check_listeners(file, s);
    warn(file, &s->config);
    int end = check_shared(file, &s->config);
    worst = worst ? worst : end;
    end = checkup_keys(s, published);
    worst = worst ? worst : end;
    checkup_postfix(s);
    return worst;
}

int checkup_run(const struct server_options *options, bool published)
{
    const char *file;
    struct settings_error error;
    struct settings *settings = NULL;
    struct buffer text = buffer_new(LIMIT_CONFIG_OCTETS);
    int end = server_read_config(NULL, options, &file, &text);
    if (!end && text.n == 0)
        print("%s is not there, or empty: these are the defaults\n", file);
    enum waybill_status status =
        end ? WAYBILL_OK : settings_load(file, buffer_slice(&text), 1, &settings, &error);
    if (status != WAYBILL_OK)
        end = tell_settings(NULL, status, &error);
    else if (!end)
        end = check_all(file, settings, published);
    if (!end)
        print("nothing is wrong\n");
    settings_release(settings);
    buffer_free(&text);
    return end;
}
