#include "cli/options.h"

#include "base/nearest.h"

#include <inttypes.h>

/* Where the help of an option begins on its line, and where its lines end. */
enum { HELP_COLUMN = 27 };

/* A command line while it is read. */
struct reader {
    const struct usage *usage;
    struct arena *arena;
    char **next; /* the argument to read next; NULL at the end */
    size_t left; /* arguments there were at first: no list has more */
    struct option_list *operands;
};

/* An option's row, and the struct its table fills. */
struct match {
    const struct option *option;
    void *member;
};

static enum options_answer bad(const char *what)
{
    report(OUTCOME_USAGE, (struct place){0}, "%s", what);
    return OPTIONS_BAD;
}

static struct match find_option(const struct usage *usage, struct slice name)
{
    for (size_t t = 0; t < usage->n; t++)
        for (size_t i = 0; i < usage->tables[t].n; i++) {
            const struct option *option = &usage->tables[t].rows[i];
            if (slice_eq(name, slice_str(option->name)))
                return (struct match){option, (char *)usage->tables[t].into + option->member};
        }
    return (struct match){0};
}

static enum options_answer unknown_option(const struct usage *usage, struct slice name)
{
    struct nearest nearest = nearest_new(name);
    nearest_offer(&nearest, "help");
    for (size_t t = 0; t < usage->n; t++)
        for (size_t i = 0; i < usage->tables[t].n; i++)
            nearest_offer(&nearest, usage->tables[t].rows[i].name);
    if (nearest.name)
        report(OUTCOME_USAGE, (struct place){0}, "--%.*s: unknown option: did you mean --%s?",
               SLICE_ARGS(name), nearest.name);
    else
        report(OUTCOME_USAGE, (struct place){0},
               "--%.*s: unknown option: see \"waybill %s --help\"", SLICE_ARGS(name), usage->verb);
    return OPTIONS_BAD;
}

static bool list_add(struct reader *r, struct option_list *list, const char *value)
{
    if (!list->values)
        list->values = arena_array(r->arena, r->left, sizeof *list->values);
    if (list->values)
        list->values[list->n++] = value;
    return list->values != NULL;
}

static enum options_answer set_number(const struct option *o, int64_t *member, const char *value)
{
    uint64_t number;
    if (!slice_number(slice_str(value), 18, &number) || (int64_t)number < o->least ||
        (int64_t)number > o->most) {
        report(OUTCOME_USAGE, (struct place){0},
               "--%s %s: not a number from %" PRId64 " to %" PRId64 ": correct it", o->name, value,
               o->least, o->most);
        return OPTIONS_BAD;
    }
    *member = (int64_t)number;
    return OPTIONS_FINE;
}

static enum options_answer set_choice(const struct option *o, size_t *member, const char *value)
{
    struct buffer all = buffer_new(1024);
    for (size_t i = 0; o->choices[i]; i++) {
        if (strcmp(o->choices[i], value) == 0) {
            *member = i;
            buffer_free(&all);
            return OPTIONS_FINE;
        }
        buffer_add_str(&all, i ? ", " : "");
        buffer_add_str(&all, o->choices[i]);
    }
    report(OUTCOME_USAGE, (struct place){0}, "--%s %s: unknown value: use one of %.*s", o->name,
           value, SLICE_ARGS(all));
    buffer_free(&all);
    return OPTIONS_BAD;
}

static enum options_answer set(struct reader *r, struct match match, const char *value)
{
    switch (match.option->kind) {
    case OPTION_FLAG:
        *(bool *)match.member = true;
        break;
    case OPTION_TEXT:
        *(const char **)match.member = value;
        break;
    case OPTION_LIST:
        return list_add(r, match.member, value) ? OPTIONS_FINE : bad("out of memory");
    case OPTION_NUMBER:
        return set_number(match.option, match.member, value);
    case OPTION_CHOICE:
        return set_choice(match.option, match.member, value);
    }
    return OPTIONS_FINE;
}

/* An option whose text, without its hyphens, is NAME or NAME=VALUE. */
static enum options_answer read_option(struct reader *r, const char *text)
{
    struct slice all = slice_str(text);
    size_t equals = slice_find(all, '=', 0);
    const char *value = equals < all.n ? text + equals + 1 : NULL;
    struct slice name = slice_sub(all, 0, equals);
    struct match match = find_option(r->usage, name);
    if (!match.option)
        return unknown_option(r->usage, name);
    bool wants = match.option->kind != OPTION_FLAG;
    if (wants && !value)
        value = *r->next ? *r->next++ : NULL;
    if (wants == (value != NULL))
        return set(r, match, value);
    report(OUTCOME_USAGE, (struct place){0},
           wants ? "--%s: its value is missing: add %s" : "--%s: takes no value: leave it out",
           match.option->name, match.option->value);
    return OPTIONS_BAD;
}

static void help_option(struct buffer *out, const char *name, const char *value, const char *help)
{
    size_t from = out->n;
    buffer_printf(out, "  --%s%s%s", name, value ? " " : "", value ? value : "");
    size_t column = out->n - from;
    if (column >= HELP_COLUMN) {
        buffer_add_octet(out, '\n');
        column = 0;
    }
    buffer_printf(out, "%*s", (int)(HELP_COLUMN - column), "");
    for (const char *c = help; *c; c++) {
        buffer_add_octet(out, (uint8_t)*c);
        if (*c == '\n')
            buffer_printf(out, "%*s", HELP_COLUMN, "");
    }
    buffer_add_octet(out, '\n');
}

static enum options_answer help(const struct usage *usage)
{
    struct buffer out = buffer_new(65536);
    buffer_printf(&out, "usage: waybill %s [OPTIONS]%s%s\n\n%s\n\n", usage->verb,
                  *usage->operands ? " " : "", usage->operands, usage->summary);
    for (size_t t = 0; t < usage->n; t++)
        for (size_t i = 0; i < usage->tables[t].n; i++) {
            const struct option *o = &usage->tables[t].rows[i];
            help_option(&out, o->name, o->value, o->help);
        }
    help_option(&out, "help", NULL, "print this");
    output(buffer_slice(&out));
    buffer_free(&out);
    return OPTIONS_HELP;
}

static enum options_answer read_operand(struct reader *r, const char *operand)
{
    if (r->operands->n == r->usage->most) {
        report(OUTCOME_USAGE, (struct place){0},
               "%s: one argument too many: see \"waybill %s --help\"", operand, r->usage->verb);
        return OPTIONS_BAD;
    }
    return list_add(r, r->operands, operand) ? OPTIONS_FINE : bad("out of memory");
}

/* One argument; *ended is set by "--". A lone hyphen is standard input. */
static enum options_answer read_argument(struct reader *r, const char *argument, bool *ended)
{
    if (*ended || argument[0] != '-' || argument[1] == '\0')
        return read_operand(r, argument);
    if (strcmp(argument, "--") == 0) {
        *ended = true;
        return OPTIONS_FINE;
    }
    if (strcmp(argument, "--help") == 0)
        return help(r->usage);
    if (argument[1] == '-')
        return read_option(r, argument + 2);
    report(OUTCOME_USAGE, (struct place){0},
           "%s: unknown option: options have long names, see \"waybill %s --help\"", argument,
           r->usage->verb);
    return OPTIONS_BAD;
}

enum options_answer options_parse(const struct usage *usage, struct arena *arena, char **arguments,
                                  struct option_list *operands)
{
    struct reader r = {usage, arena, arguments, 0, operands};
    *operands = (struct option_list){0};
    while (arguments[r.left])
        r.left++;
    bool ended = false;
    while (*r.next) {
        const char *argument = *r.next++;
        enum options_answer answer = read_argument(&r, argument, &ended);
        if (answer != OPTIONS_FINE)
            return answer;
    }
    if (operands->n >= usage->least)
        return OPTIONS_FINE;
    report(OUTCOME_USAGE, (struct place){0}, "%s is missing: see \"waybill %s --help\"",
           usage->operands, usage->verb);
    return OPTIONS_BAD;
}
