#include "milter/script.h"

#include "base/cursor.h"
#include "milter/packet.h"
#include "support/support.h"

#include <stdio.h>
#include <stdlib.h>

enum { TEXT_OCTETS = 1 << 22 };

static const char *const stage_names[MILTER_STAGES] = {"CONNECT", "HELO", "MAIL",       "RCPT",
                                                       "DATA",    "EOH",  "MESSAGE_END"};
static const char *const event_names[] = {
    "NEED_MORE", "CONNECT", "HELO",        "MAIL",  "RCPT",           "DATA", "HEADER",
    "EOH",       "BODY",    "MESSAGE_END", "ABORT", "NEW_CONNECTION", "QUIT"};

enum { EVENTS = sizeof event_names / sizeof *event_names };

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

static void read_octets(struct slice text, struct buffer *to)
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

/* The word up to the next space, which is taken too. */
static struct slice word(struct cursor *c)
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
    size_t kind = index_of(word(c), kinds, 4);
    if (kind == 2)
        script->wishes.no_body = true;
    if (kind == 3) {
        size_t stage = index_of(word(c), stage_names, MILTER_STAGES);
        struct slice list = cursor_rest(c);
        snprintf(script->wished[stage], sizeof script->wished[stage], "%.*s", SLICE_ARGS(list));
        script->wishes.macros[stage] = script->wished[stage];
        return;
    }
    while (!cursor_done(c)) {
        struct slice name = word(c);
        if (kind == 0)
            script->wishes.actions |= bits[index_of(name, actions, 3)];
        else
            script->wishes.answers |= MILTER_ANSWERS(index_of(name, event_names, EVENTS));
    }
}

static void add_packet(struct slice text, struct buffer *to)
{
    struct buffer data = buffer_new(TEXT_OCTETS);
    uint8_t length[MILTER_NUMBER_OCTETS];
    read_octets(text, &data);
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
    struct slice sign = word(&c), rest = cursor_rest(&c);
    if (sign.n == 0 || sign.p[0] == '#') {
        return;
    } else if (slice_eq(sign, SLICE("wish"))) {
        read_wish(script, &c);
    } else if (slice_eq(sign, SLICE(">"))) {
        add_packet(rest, &script->stream);
    } else if (slice_eq(sign, SLICE(">>"))) {
        read_octets(rest, &script->stream);
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
        .path = path, .text = buffer_new(TEXT_OCTETS), .stream = buffer_new(TEXT_OCTETS)};
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

/* --- playing -----------------------------------------------------------------------------------
 */

struct play {
    const struct script *script;
    struct milter_session *session;
    struct milter_reader sent; /* what the filter says */
    size_t at, next_piece, piece;
    struct milter_event event;
    enum waybill_status status;
    bool waiting; /* an event is there that no step has seen */
};

static char complaint[4096];

static const char *complain(const struct play *play, const struct script_step *step,
                            struct slice is)
{
    struct buffer shown = buffer_new(2048);
    script_show(slice_sub(is, 0, 500), &shown);
    snprintf(complaint, sizeof complaint, "%s:%u: %.*s: it is: %.*s", play->script->path,
             step->line, SLICE_ARGS(play->script->section), (int)shown.n, (const char *)shown.p);
    buffer_free(&shown);
    return complaint;
}

/* Moves on to the next event or error, or to where the stream ends. */
static void advance(struct play *play)
{
    while (!play->waiting) {
        play->status = milter_session_next(play->session, &play->event);
        struct slice output = milter_session_output(play->session);
        must(milter_reader_feed(&play->sent, output) == WAYBILL_OK, "the filter says too much");
        milter_session_written(play->session, output.n);
        play->waiting = play->status != WAYBILL_OK || play->event.kind != MILTER_NEED_MORE;
        struct slice stream = buffer_slice(&play->script->stream);
        if (play->waiting || play->at == stream.n)
            return;
        struct slice piece = slice_sub(stream, play->at, play->next_piece);
        play->at += piece.n;
        play->next_piece = play->piece;
        milter_session_feed(play->session, piece);
    }
}

static void show_member(const char *name, struct slice value, struct buffer *to)
{
    if (!value.p)
        return;
    buffer_printf(to, " %s=", name);
    if (value.n <= 200)
        script_show(value, to);
    else
        buffer_printf(to, "%zu octets", value.n);
}

static void show_event(const struct milter_event *event, struct buffer *to)
{
    struct slice rest = event->parameters, parameter;
    buffer_add_str(to, event_names[event->kind]);
    show_member("host", event->host, to);
    if (event->kind == MILTER_CONNECT)
        buffer_printf(to, " family=%c port=%u", (int)event->family, (unsigned)event->port);
    show_member("address", event->address, to);
    while (milter_parameter(&rest, &parameter))
        show_member("parameter", parameter, to);
    show_member("name", event->name, to);
    show_member("value", event->value, to);
    show_member("octets", event->octets, to);
}

static void show_error(const struct play *play, struct buffer *to)
{
    buffer_printf(to, "ERROR %s %s", play->status == WAYBILL_LIMIT ? "limit" : "syntax",
                  milter_session_why(play->session));
}

static const char *play_event(struct play *play, const struct script_step *step)
{
    struct buffer shown = buffer_new(TEXT_OCTETS);
    const char *why = NULL;
    advance(play);
    if (play->status == WAYBILL_SYNTAX || play->status == WAYBILL_LIMIT)
        show_error(play, &shown);
    else if (play->status != WAYBILL_OK)
        buffer_add_str(&shown, waybill_status_text(play->status));
    else
        show_event(&play->event, &shown);
    if (!slice_eq(buffer_slice(&shown), step->text))
        why = complain(play, step, buffer_slice(&shown));
    play->waiting = false;
    buffer_free(&shown);
    return why;
}

static const char *play_macro(struct play *play, const struct script_step *step)
{
    struct buffer shown = buffer_new(TEXT_OCTETS);
    struct cursor c = cursor_new(step->text);
    struct slice name = cursor_until(&c, '=');
    char text[128];
    snprintf(text, sizeof text, "%.*s", SLICE_ARGS(name));
    struct slice value = milter_session_macro(play->session, text);
    buffer_add(&shown, name);
    if (value.p)
        buffer_add_str(&shown, "=");
    script_show(value, &shown);
    const char *why = slice_eq(buffer_slice(&shown), step->text)
                          ? NULL
                          : complain(play, step, buffer_slice(&shown));
    buffer_free(&shown);
    return why;
}

static const char *play_reply(struct play *play, const struct script_step *step)
{
    struct buffer is = buffer_new(TEXT_OCTETS), should = buffer_new(TEXT_OCTETS);
    struct milter_packet packet;
    bool whole;
    must(milter_reader_next(&play->sent, &packet, &whole) == WAYBILL_OK,
         "the filter says nonsense");
    if (!whole) {
        advance(play);
        milter_reader_next(&play->sent, &packet, &whole);
    }
    if (whole)
        milter_packet_add(&is, packet.command, &packet.data, 1);
    add_packet(step->text, &should);
    const char *why = slice_eq(buffer_slice(&is), buffer_slice(&should))
                          ? NULL
                          : complain(play, step, buffer_slice(&is));
    buffer_free(&is);
    buffer_free(&should);
    return why;
}

/* What an action's words are: a number, a name and a value, all optional. */
struct words {
    uint32_t number;
    struct slice name, value;
    char text[1024];
};

static enum waybill_status do_continue(struct milter_session *s, const struct words *w)
{
    (void)w;
    return milter_reply_continue(s);
}

static enum waybill_status do_accept(struct milter_session *s, const struct words *w)
{
    (void)w;
    return milter_reply_accept(s);
}

static enum waybill_status do_reject(struct milter_session *s, const struct words *w)
{
    (void)w;
    return milter_reply_reject(s);
}

static enum waybill_status do_tempfail(struct milter_session *s, const struct words *w)
{
    (void)w;
    return milter_reply_tempfail(s);
}

static enum waybill_status do_progress(struct milter_session *s, const struct words *w)
{
    (void)w;
    return milter_reply_progress(s);
}

static enum waybill_status do_text(struct milter_session *s, const struct words *w)
{
    return milter_reply_text(s, w->text);
}

static enum waybill_status do_quarantine(struct milter_session *s, const struct words *w)
{
    return milter_quarantine(s, w->text);
}

static enum waybill_status do_insert(struct milter_session *s, const struct words *w)
{
    return milter_insert_header(s, w->number, w->name, w->value);
}

static enum waybill_status do_change(struct milter_session *s, const struct words *w)
{
    return milter_change_header(s, w->number, w->name, w->value);
}

static enum waybill_status do_add(struct milter_session *s, const struct words *w)
{
    return milter_add_header(s, w->name, w->value);
}

static const struct deed {
    const char *name;
    bool number, field;
    enum waybill_status (*act)(struct milter_session *s, const struct words *w);
} deeds[] = {
    {"continue", false, false, do_continue},
    {"accept", false, false, do_accept},
    {"reject", false, false, do_reject},
    {"tempfail", false, false, do_tempfail},
    {"progress", false, false, do_progress},
    {"text", false, false, do_text},
    {"insert", true, true, do_insert},
    {"change", true, true, do_change},
    {"add", false, true, do_add},
    {"quarantine", false, false, do_quarantine},
};

static const struct deed *find_deed(struct slice name)
{
    for (size_t i = 0; i < sizeof deeds / sizeof *deeds; i++)
        if (slice_eq(name, slice_str(deeds[i].name)))
            return &deeds[i];
    must(false, "a script: nobody can %.*s", SLICE_ARGS(name));
    return NULL;
}

static const char *play_action(struct play *play, const struct script_step *step)
{
    static const struct {
        struct slice name;
        enum waybill_status status;
    } outcomes[] = {{SLICE_INIT("misuse"), WAYBILL_MISUSE}, {SLICE_INIT("limit"), WAYBILL_LIMIT}};
    struct cursor c = cursor_new(step->text);
    struct slice name = word(&c);
    enum waybill_status should = WAYBILL_OK;
    for (size_t i = 0; i < 2; i++) {
        if (slice_eq(name, outcomes[i].name)) {
            should = outcomes[i].status;
            name = word(&c);
        }
    }
    const struct deed *deed = find_deed(name);
    struct words words = {0};
    uint64_t number = 0;
    if (deed->number)
        must(slice_number(word(&c), 9, &number), "a script: no number");
    words.number = (uint32_t)number;
    struct buffer text = buffer_new(TEXT_OCTETS);
    read_octets(cursor_rest(&c), &text);
    if (deed->field) {
        size_t colon = slice_find(buffer_slice(&text), ':', 0);
        words.name = slice_sub(buffer_slice(&text), 0, colon);
        words.value = slice_from(buffer_slice(&text), colon + 1);
    }
    snprintf(words.text, sizeof words.text, "%.*s", (int)text.n, (const char *)text.p);
    enum waybill_status status = deed->act(play->session, &words);
    buffer_free(&text);
    struct slice output = milter_session_output(play->session);
    must(milter_reader_feed(&play->sent, output) == WAYBILL_OK, "the filter says too much");
    milter_session_written(play->session, output.n);
    return status == should ? NULL : complain(play, step, slice_str(waybill_status_text(status)));
}

static const struct {
    enum script_sign sign;
    const char *(*play)(struct play *play, const struct script_step *step);
} players[] = {
    {SCRIPT_EVENT, play_event},
    {SCRIPT_MACRO, play_macro},
    {SCRIPT_ACTION, play_action},
    {SCRIPT_REPLY, play_reply},
};

static const char *play_step(struct play *play, const struct script_step *step)
{
    for (size_t i = 0; i < sizeof players / sizeof *players; i++)
        if (players[i].sign == step->sign)
            return players[i].play(play, step);
    return "no such step";
}

/* After the last step nothing is left to be seen. */
static const char *play_end(struct play *play)
{
    struct script_step end = {.line = 0};
    struct milter_packet packet;
    bool whole;
    if (play->status != WAYBILL_OK || play->event.kind == MILTER_QUIT)
        return NULL;
    advance(play);
    milter_reader_next(&play->sent, &packet, &whole);
    if (whole)
        return complain(play, &end, SLICE("another packet"));
    return play->waiting ? complain(play, &end, slice_str(event_names[play->event.kind])) : NULL;
}

const char *script_play(const struct script *script, size_t first, size_t piece)
{
    struct play play = {
        .script = script, .sent = milter_reader_new(), .next_piece = first, .piece = piece};
    const char *why = NULL;
    must(milter_session_new(&script->wishes, &play.session) == WAYBILL_OK, "no memory");
    for (size_t i = 0; i < script->n && !why; i++)
        why = play_step(&play, &script->steps[i]);
    if (!why)
        why = play_end(&play);
    milter_session_free(play.session);
    milter_reader_free(&play.sent);
    return why;
}
