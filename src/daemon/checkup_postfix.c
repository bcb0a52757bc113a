/* popen() is of POSIX, and the headers of glibc want to hear it. */
#include "daemon/checkup_postfix.h"

#include "base/cursor.h"
#include "base/limits.h"
#include "daemon/tell.h"

#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <unistd.h>

/* When a value is a reason to say something. */
enum judgement { UNLESS_YES, UNLESS_ZERO, UNLESS_EMPTY, UNLESS_LONGER };

static const struct {
    const char *name;
    enum judgement judgement;
    const char *what;
} settings[] = {
    {"disable_mime_output_conversion", UNLESS_YES,
     "disable_mime_output_conversion is not yes: text of 8 bits may be converted behind the "
     "filter, and its signatures break"},
    {"smtp_line_length_limit", UNLESS_ZERO,
     "smtp_line_length_limit is not 0: longer lines are broken behind the filter, and their "
     "signatures with them"},
    {"smtp_generic_maps", UNLESS_EMPTY,
     "smtp_generic_maps changes addresses behind the filter: use canonical_maps, which work before "
     "it"},
    {"smtp_header_checks", UNLESS_EMPTY,
     "smtp_header_checks changes fields behind the filter: use header_checks, which work before "
     "it"},
    {"smtp_mime_header_checks", UNLESS_EMPTY,
     "smtp_mime_header_checks changes fields behind the filter: use mime_header_checks, which work "
     "before it"},
    {"milter_command_timeout", UNLESS_LONGER,
     "milter_command_timeout is not over the deadline here: lower the deadline, or raise it"},
};

/* "30s", "2m", of which seconds are the usual unit. */
static uint64_t seconds_of(struct slice value)
{
    static const struct {
        uint8_t unit;
        uint64_t seconds;
    } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {'w', 604800}};
    struct cursor c = cursor_new(value);
    uint64_t number = 0, factor = 1;
    if (!slice_number(cursor_while(&c, octet_is_digit), 9, &number))
        return UINT64_MAX;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (cursor_peek(&c) == units[i].unit)
            factor = units[i].seconds;
    return number * factor;
}

static bool is_fine(enum judgement judgement, struct slice value, unsigned deadline)
{
    switch (judgement) {
    case UNLESS_YES:
        return slice_eq(value, SLICE("yes"));
    case UNLESS_ZERO:
        return slice_eq(value, SLICE("0"));
    case UNLESS_EMPTY:
        return value.n == 0;
    case UNLESS_LONGER:
        return seconds_of(value) > deadline;
    }
    return true;
}

const char *checkup_postfix_setting(struct slice name, struct slice value, unsigned deadline,
                                    bool *behind)
{
    size_t i = 0;
    while (i < sizeof settings / sizeof *settings && !slice_eq(name, slice_str(settings[i].name)))
        i++;
    if (i == sizeof settings / sizeof *settings ||
        is_fine(settings[i].judgement, slice_trim(value), deadline))
        return NULL;
    *behind = settings[i].judgement != UNLESS_LONGER;
    return settings[i].what;
}

/* --- filters of an instance --------------------------------------------------------------------
 */

/* A chrooted smtpd takes a path from the queue directory on. */
static bool is_end_of(struct slice path, struct slice part)
{
    return part.n > 0 && part.n < path.n && part.p[0] != '/' &&
           slice_eq(slice_from(path, path.n - part.n), part) && path.p[path.n - part.n - 1] == '/';
}

static bool spells(struct slice word, const struct config_socket *socket)
{
    struct buffer spelt = buffer_new(LIMIT_LOG_LINE);
    config_socket_postfix(socket, &spelt);
    bool same = slice_eq(word, buffer_slice(&spelt));
    buffer_free(&spelt);
    return same || (socket->kind == CONFIG_SOCKET_UNIX && slice_starts(word, SLICE("unix:")) &&
                    is_end_of(socket->path, slice_from(word, sizeof "unix:" - 1)));
}

/* Between milters, and around one with settings of its own. */
static bool is_no_gap(uint8_t c)
{
    return !octet_is_fws(c) && c != ',' && c != '{' && c != '}';
}

bool checkup_postfix_uses(struct slice milters, const struct config_socket *socket)
{
    struct cursor c = cursor_new(milters);
    while (!cursor_done(&c)) {
        if (spells(cursor_while(&c, is_no_gap), socket))
            return true;
        cursor_take(&c);
    }
    return false;
}

/* --- instances ---------------------------------------------------------------------------------
 */

enum { INSTANCES_MOST = 32, FOLDER_OCTETS = 256 };

/* One Postfix of those on this host. */
struct instance {
    char folder[FOLDER_OCTETS], main_cf[FOLDER_OCTETS + sizeof "/main.cf"];
    const struct settings *ours;
    const char *canonical; /* a setting of it that is not empty; NULL: there is none */
    bool filtered, signs;  /* by a listener of ours */
    const char *harms[sizeof settings / sizeof *settings];
    size_t n_harms;
};

struct instances {
    struct instance all[INSTANCES_MOST];
    size_t n;
};

static const char *const canonical_settings[] = {"canonical_maps", "sender_canonical_maps",
                                                 "recipient_canonical_maps"};

/* As the end of a name: that of an smtpd in master.cf begins with its service. */
static const char MILTERS[] = "smtpd_milters";

static void read_lines(const char *command, void (*take)(void *self, struct slice line), void *self)
{
    char line[4096];
    FILE *out = popen(command, "r");
    while (out && fgets(line, sizeof line, out))
        take(self, slice_trim(slice_str(line)));
    if (out)
        pclose(out);
}

/* A line "name = value". */
static void judge_line(void *self, struct slice line)
{
    struct instance *i = self;
    const struct settings *s = i->ours;
    size_t equals = slice_find(line, '=', 0);
    struct slice name = slice_trim(slice_sub(line, 0, equals));
    struct slice value = slice_trim(slice_from(line, equals + 1));
    bool behind;
    const char *what = checkup_postfix_setting(name, value, s->config.deadline.number, &behind);
    if (what && behind && i->n_harms < sizeof i->harms / sizeof *i->harms)
        i->harms[i->n_harms++] = what;
    else if (what)
        tell(NULL, 0, i->main_cf, 0, "%s", what);
    for (size_t k = 0; k < sizeof canonical_settings / sizeof *canonical_settings; k++)
        if (value.n > 0 && slice_eq(name, slice_str(canonical_settings[k])))
            i->canonical = canonical_settings[k];
    for (size_t k = 0; k < s->n_listeners && slice_iends(name, SLICE(MILTERS)); k++) {
        const struct listener *l = &s->listeners[k];
        bool used = checkup_postfix_uses(value, &l->socket);
        i->filtered |= used;
        i->signs |= used && l->preset->role != &role_receiver;
    }
}

/* postconf(1) is often where only root looks. */
#define PATH "PATH=$PATH:/usr/sbin; "

static void ask_postconf(struct instance *i)
{
    struct buffer command = buffer_new(LIMIT_LOG_LINE);
    buffer_printf(&command, PATH "{ postconf -xc %s %s non_%s", i->folder, MILTERS, MILTERS);
    for (size_t k = 0; k < sizeof settings / sizeof *settings; k++)
        buffer_printf(&command, " %s", settings[k].name);
    for (size_t k = 0; k < sizeof canonical_settings / sizeof *canonical_settings; k++)
        buffer_printf(&command, " %s", canonical_settings[k]);
    buffer_printf(&command, "; postconf -xc %s -P '*/*/%s'; } 2>/dev/null", i->folder, MILTERS);
    buffer_add_octet(&command, '\0');
    if (command.status == WAYBILL_OK)
        read_lines((const char *)command.p, judge_line, i);
    buffer_free(&command);
}

/* What the shell takes as it stands. */
static bool is_plain(uint8_t c)
{
    return octet_is_alpha(c) || octet_is_digit(c) || c == '/' || c == '.' || c == '-' || c == '_';
}

/* A line of `postmulti -l`, whose last word is the folder. */
static void add_instance(void *self, struct slice line)
{
    struct instances *instances = self;
    size_t at = line.n;
    while (at > 0 && is_plain(line.p[at - 1]))
        at--;
    struct slice folder = slice_from(line, at);
    if (folder.n == 0 || folder.n >= FOLDER_OCTETS || folder.p[0] != '/' ||
        instances->n == INSTANCES_MOST)
        return;
    struct instance *i = &instances->all[instances->n++];
    snprintf(i->folder, sizeof i->folder, "%.*s", SLICE_ARGS(folder));
    snprintf(i->main_cf, sizeof i->main_cf, "%.*s/main.cf", SLICE_ARGS(folder));
}

/* Behind a filter stands what has none, where another has. Whether mail goes that way transports
 * say, which nobody can read off a configuration. */
static void check_canonical(const struct instances *instances)
{
    bool any = false;
    for (size_t k = 0; k < instances->n; k++)
        any |= instances->all[k].filtered;
    for (size_t k = 0; any && k < instances->n; k++) {
        const struct instance *i = &instances->all[k];
        if (!i->filtered && i->canonical)
            tell(NULL, 0, i->main_cf, 0,
                 "%s changes addresses that a filter of another instance has signed: use it in "
                 "that instance, where it works before the filter",
                 i->canonical);
    }
}

/* What hands mail on to an instance that signs harms no signature yet. */
static void tell_harms(const struct instances *instances)
{
    bool any_signs = false;
    for (size_t k = 0; k < instances->n; k++)
        any_signs |= instances->all[k].signs;
    for (size_t k = 0; k < instances->n; k++) {
        const struct instance *i = &instances->all[k];
        bool before = any_signs && i->filtered && !i->signs;
        for (size_t h = 0; !before && h < i->n_harms; h++)
            tell(NULL, 0, i->main_cf, 0, "%s", i->harms[h]);
    }
}

static void check_instances(const struct settings *s)
{
    struct instances instances = {.n = 0};
    read_lines(PATH "postmulti -l 2>/dev/null", add_instance, &instances);
    for (size_t k = 0; k < instances.n; k++) {
        instances.all[k].ours = s;
        ask_postconf(&instances.all[k]);
    }
    tell_harms(&instances);
    check_canonical(&instances);
}

/* --- the whole ---------------------------------------------------------------------------------
 */

/* A socket of mode 0660 is Postfix's only through the group. */
static void check_group(void)
{
    struct passwd *postfix = getpwnam("postfix");
    struct group *group = getgrgid(getegid());
    if (!postfix || !group || postfix->pw_gid == group->gr_gid || geteuid() == 0)
        return;
    for (char **member = group->gr_mem; *member; member++)
        if (strcmp(*member, "postfix") == 0)
            return;
    tell(NULL, 0, "Postfix", 0,
         "the user postfix is not in the group %s and cannot use a unix: socket: usermod -a -G %s "
         "postfix",
         group->gr_name, group->gr_name);
}

void checkup_postfix(const struct settings *s)
{
    check_group();
    check_instances(s);
}
