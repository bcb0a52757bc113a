#include "milter/packet.h"
#include "milter/script.h"
#include "support/support.h"

#include <stdio.h>

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
    buffer_add_str(to, script_event_names[event->kind]);
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
    struct buffer shown = buffer_new(SCRIPT_OCTETS);
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
    struct buffer shown = buffer_new(SCRIPT_OCTETS);
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
    struct buffer is = buffer_new(SCRIPT_OCTETS), should = buffer_new(SCRIPT_OCTETS);
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
    script_packet(step->text, &should);
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
    struct slice name = script_word(&c);
    enum waybill_status should = WAYBILL_OK;
    for (size_t i = 0; i < 2; i++) {
        if (slice_eq(name, outcomes[i].name)) {
            should = outcomes[i].status;
            name = script_word(&c);
        }
    }
    const struct deed *deed = find_deed(name);
    struct words words = {0};
    uint64_t number = 0;
    if (deed->number)
        must(slice_number(script_word(&c), 9, &number), "a script: no number");
    words.number = (uint32_t)number;
    struct buffer text = buffer_new(SCRIPT_OCTETS);
    script_octets(cursor_rest(&c), &text);
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
    return play->waiting ? complain(play, &end, slice_str(script_event_names[play->event.kind]))
                         : NULL;
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
