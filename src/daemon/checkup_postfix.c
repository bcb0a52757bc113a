/* popen() is of POSIX, and the headers of glibc want to hear it. */
#include "daemon/checkup_postfix.h"

#include "base/cursor.h"
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

const char *checkup_postfix_setting(struct slice name, struct slice value, unsigned deadline)
{
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        if (slice_eq(name, slice_str(settings[i].name)))
            return is_fine(settings[i].judgement, slice_trim(value), deadline) ? NULL
                                                                               : settings[i].what;
    return NULL;
}

/* Lines "name = value". */
static void judge_line(struct slice line, unsigned deadline)
{
    size_t equals = slice_find(line, '=', 0);
    const char *what = checkup_postfix_setting(slice_trim(slice_sub(line, 0, equals)),
                                               slice_from(line, equals + 1), deadline);
    if (what)
        tell(NULL, 0, "Postfix", 0, "%s", what);
}

static void ask_postconf(unsigned deadline)
{
    char command[512] = "exec postconf", line[4096];
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        size_t n = strlen(command);
        snprintf(command + n, sizeof command - n, " %s", settings[i].name);
    }
    size_t n = strlen(command);
    snprintf(command + n, sizeof command - n, " 2>/dev/null");
    FILE *out = popen(command, "r");
    while (out && fgets(line, sizeof line, out))
        judge_line(slice_str(line), deadline);
    if (out)
        pclose(out);
}

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
    if (!getpwnam("postfix"))
        return;
    check_group();
    ask_postconf(s->config.deadline.number);
}
