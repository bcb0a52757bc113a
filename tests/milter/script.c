#include "milter/script.h"

#include "base/cursor.h"
#include "milter/packet.h"
#include "support/support.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const stage_names[MILTER_STAGES] = {"CONNECT", "HELO", "MAIL",       "RCPT",
                                                       "DATA",    "EOH",  "MESSAGE_END"};
const char *const script_event_names[] = {
    "NEED_MORE", "CONNECT", "HELO",        "MAIL",  "RCPT",           "DATA", "HEADER",
    "EOH",       "BODY",    "MESSAGE_END", "ABORT", "NEW_CONNECTION", "QUIT"};

enum { EVENTS = sizeof script_event_names / sizeof *script_event_names };

/* --- text --------------------------------------------------------------------------------------
 */

static const struct {
    char letter;
    uint8_t octet;
} escapes[] = {{'0', 0},   {'n', '\n'},  {'r', '\r'}, {'t', '\t'},
               {'s', ' '}, {'\\', '\\'}, {'[', '['}};

static unsigned hex_digit(int c)
{
    const char digits[] = "0123456789abcdef";
    const char *hit = c > 0 ? strchr(digits, octet_lower((uint8_t)c)) : NULL;
    must(hit != NULL, "a script: '%c' is no digit", c);
    return (unsigned)(hit - digits);
}

static void read_escape(struct cursor *c, struct buffer *to)
{
    int letter = cursor_take(c);
    for (size_t i = 0; i < sizeof escapes / sizeof *escapes; i++) {
        if (escapes[i].letter == letter) {
            buffer_add_octet(to, escapes[i].octet);
            return;
        }
    }
    must(letter == 'x', "a script: no such escape \\%c", letter);
    unsigned high = hex_digit(cursor_take(c));
    buffer_add_octet(to, (uint8_t)(high << 4 | hex_digit(cursor_take(c))));
}

/* [1ff] or [100*x] */
static void read_number(struct cursor *c, struct buffer *to)
{
    struct slice inside = cursor_until(c, ']');
    must(cursor_accept(c, ']'), "a script: no ]");
    size_t star = slice_find(inside, '*', 0);
    if (star < inside.n) {
        uint64_t times = 0;
        must(slice_number(slice_sub(inside, 0, star), 9, &times) && star + 2 == inside.n,
             "a script: how often");
        for (; times; times--)
            buffer_add_octet(to, inside.p[star + 1]);
        return;
    }
    uint32_t number = 0;
    uint8_t octets[MILTER_NUMBER_OCTETS];
    for (size_t i = 0; i < inside.n; i++)
        number = number << 4 | hex_digit(inside.p[i]);
    milter_number_write(number, octets);
    buffer_add(to, slice_of(octets, sizeof octets));
}

void script_octets(struct slice text, struct buffer *to)
{
    struct cursor c = cursor_new(text);
    while (!cursor_done(&c)) {
        if (cursor_accept(&c, '\\'))
            read_escape(&c, to);
        else if (cursor_accept(&c, '['))
            read_number(&c, to);
        else
            buffer_add_octet(to, (uint8_t)cursor_take(&c));
    }
}

void script_show(struct slice octets, struct buffer *to)
{
    static const char *const named[] = {
        ['\0'] = "\\0", ['\n'] = "\\n", ['\r'] = "\\r", ['\t'] = "\\t", ['\\'] = "\\\\"};
    for (size_t i = 0; i < octets.n; i++) {
        uint8_t c = octets.p[i];
        if (c < sizeof named / sizeof *named && named[c])
            buffer_add_str(to, named[c]);
        else if (c < ' ' || c > '~')
            buffer_printf(to, "\\x%02X", c);
        else
            buffer_add_octet(to, c);
    }
}

struct slice script_word(struct cursor *c)
{
    struct slice taken = cursor_until(c, ' ');
    cursor_accept(c, ' ');
    return taken;
}

static size_t index_of(struct slice name, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (slice_eq(name, slice_str(names[i])))
            return i;
    must(false, "a script: no such name %.*s", SLICE_ARGS(name));
    return 0;
}

/* --- reading -----------------------------------------------------------------------------------
 */

static void read_wish(struct script *script, struct cursor *c)
{
    static const char *const kinds[] = {"actions", "answers", "no-body", "macros"};
    static const char *const actions[] = {"add", "change", "quarantine"};
    static const unsigned bits[] = {MILTER_CAN_ADD, MILTER_CAN_CHANGE, MILTER_CAN_QUARANTINE};
    size_t kind = index_of(script_word(c), kinds, 4);
    if (kind == 2)
        script->wishes.no_body = true;
    if (kind == 3) {
        size_t stage = index_of(script_word(c), stage_names, MILTER_STAGES);
        struct slice list = cursor_rest(c);
        snprintf(script->wished[stage], sizeof script->wished[stage], "%.*s", SLICE_ARGS(list));
        script->wishes.macros[stage] = script->wished[stage];
        return;
    }
    while (!cursor_done(c)) {
        struct slice name = script_word(c);
        if (kind == 0)
            script->wishes.actions |= bits[index_of(name, actions, 3)];
        else
            script->wishes.answers |= MILTER_ANSWERS(index_of(name, script_event_names, EVENTS));
    }
}

void script_packet(struct slice text, struct buffer *to)
{
    struct buffer data = buffer_new(SCRIPT_OCTETS);
    uint8_t length[MILTER_NUMBER_OCTETS];
    script_octets(text, &data);
    must(data.n > 0, "a script: an empty packet");
    /* The command stands apart from its data. */
    struct slice command = slice_sub(buffer_slice(&data), 0, 1);
    struct slice rest = slice_from(buffer_slice(&data), data.n > 1 && data.p[1] == ' ' ? 2 : 1);
    milter_number_write((uint32_t)(1 + rest.n), length);
    buffer_add(to, slice_of(length, sizeof length));
    buffer_add(to, command);
    buffer_add(to, rest);
    buffer_free(&data);
}

static void read_line(struct script *script, struct slice line, unsigned number)
{
    struct cursor c = cursor_new(line);
    struct slice sign = script_word(&c), rest = cursor_rest(&c);
    if (sign.n == 0 || sign.p[0] == '#') {
        return;
    } else if (slice_eq(sign, SLICE("wish"))) {
        read_wish(script, &c);
    } else if (slice_eq(sign, SLICE(">"))) {
        script_packet(rest, &script->stream);
    } else if (slice_eq(sign, SLICE(">>"))) {
        script_octets(rest, &script->stream);
    } else {
        must(sign.n == 1 && strchr("=?!<", sign.p[0]) != NULL, "%s:%u: what is %.*s?", script->path,
             number, SLICE_ARGS(sign));
        script->steps[script->n++] =
            (struct script_step){(enum script_sign)sign.p[0], number, rest};
    }
}

static void read_file(const char *path, struct buffer *to)
{
    FILE *f = fopen(path, "rb");
    must(f != NULL, "%s: no such script", path);
    for (int c; (c = fgetc(f)) != EOF;)
        buffer_add_octet(to, (uint8_t)c);
    fclose(f);
    must(to->status == WAYBILL_OK, "%s: too long", path);
}

bool script_read(struct script *out, const char *path, size_t n)
{
    static const struct slice new_section = SLICE_INIT("--- ");
    size_t sections = 0;
    *out = (struct script){
        .path = path, .text = buffer_new(SCRIPT_OCTETS), .stream = buffer_new(SCRIPT_OCTETS)};
    read_file(path, &out->text);
    out->steps = calloc(out->text.n + 1, sizeof *out->steps);
    must(out->steps != NULL, "no memory");
    struct cursor c = cursor_new(buffer_slice(&out->text));
    for (unsigned number = 1; !cursor_done(&c); number++) {
        struct slice line = cursor_until(&c, '\n');
        bool begins = slice_starts(line, new_section);
        sections += begins;
        if (begins && sections == n + 1)
            out->section = slice_from(line, new_section.n);
        else if (!begins && (sections == 0 || sections == n + 1))
            read_line(out, line, number);
        cursor_accept(&c, '\n');
    }
    must(out->stream.status == WAYBILL_OK, "%s: too long", path);
    if (n < sections || (n == 0 && sections == 0))
        return true;
    script_free(out);
    return false;
}

void script_free(struct script *script)
{
    buffer_free(&script->text);
    buffer_free(&script->stream);
    free(script->steps);
}
