#include "milter/macros.h"

#include "base/limits.h"
#include "milter/packet.h"
#include "milter/protocol.h"

/* The commands that macros come before. */
static const struct {
    uint8_t command;
    enum milter_stage stage; /* MILTER_STAGES: none whose macros anybody asks for */
} stages[] = {
    {COMMAND_CONNECT, MILTER_AT_CONNECT},
    {COMMAND_HELO, MILTER_AT_HELO},
    {COMMAND_MAIL, MILTER_AT_MAIL},
    {COMMAND_RCPT, MILTER_AT_RCPT},
    {COMMAND_DATA, MILTER_AT_DATA},
    {COMMAND_HEADER_END, MILTER_AT_HEADER_END},
    {COMMAND_MESSAGE_END, MILTER_AT_MESSAGE_END},
    {COMMAND_HEADER, MILTER_STAGES},
    {COMMAND_BODY, MILTER_STAGES},
    {COMMAND_UNKNOWN, MILTER_STAGES},
    {COMMAND_ABORT, MILTER_STAGES},
};

struct milter_macros milter_macros_new(void)
{
    struct milter_macros macros;
    for (size_t i = 0; i < MILTER_STAGES; i++)
        macros.of[i] = buffer_new(LIMIT_MILTER_PACKET);
    return macros;
}

static bool stage_of(int command, enum milter_stage *out)
{
    for (size_t i = 0; i < sizeof stages / sizeof *stages; i++) {
        if (stages[i].command == command) {
            *out = stages[i].stage;
            return true;
        }
    }
    return false;
}

static bool take_pair(struct cursor *c, struct slice *name, struct slice *value)
{
    return milter_take_text(c, name) && milter_take_text(c, value);
}

static const char *check(struct slice pairs)
{
    struct cursor c = cursor_new(pairs);
    struct slice name, value;
    while (!cursor_done(&c))
        if (!take_pair(&c, &name, &value))
            return "a name or a value is cut off";
    return NULL;
}

enum waybill_status milter_macros_take(struct milter_macros *macros, struct slice data,
                                       const char **why)
{
    struct cursor c = cursor_new(data);
    enum milter_stage stage;
    bool known = stage_of(cursor_take(&c), &stage);
    *why = known ? check(cursor_rest(&c)) : "of a command that has none";
    if (*why)
        return WAYBILL_SYNTAX;
    if (stage == MILTER_STAGES)
        return WAYBILL_OK;
    milter_macros_forget(macros, stage);
    buffer_add(&macros->of[stage], cursor_rest(&c));
    return macros->of[stage].status;
}

static struct slice without_braces(struct slice name)
{
    bool braces = name.n >= 2 && name.p[0] == '{' && name.p[name.n - 1] == '}';
    return braces ? slice_sub(name, 1, name.n - 2) : name;
}

static struct slice find_in(struct slice pairs, struct slice name)
{
    struct cursor c = cursor_new(pairs);
    struct slice other, value, found = {0};
    while (take_pair(&c, &other, &value))
        if (slice_eq(without_braces(other), name))
            found = value;
    return found;
}

struct slice milter_macros_find(const struct milter_macros *macros, struct slice name)
{
    struct slice found = {0};
    for (size_t i = MILTER_STAGES; i-- > 0 && !found.p;)
        found = find_in(buffer_slice(&macros->of[i]), without_braces(name));
    return found;
}

void milter_macros_forget(struct milter_macros *macros, enum milter_stage from)
{
    for (size_t i = from; i < MILTER_STAGES; i++)
        buffer_free(&macros->of[i]);
}
