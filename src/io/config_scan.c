#include "io/config_scan.h"

#define FAIL(s, ...) text_error((s)->error, (s)->line, __VA_ARGS__)

static bool is_bare(uint8_t c)
{
    return octet_is_alpha(c) || octet_is_digit(c) || (c && strchr("._:/@+-", c));
}

static bool is_run(uint8_t c)
{
    return c > ' ' && c != 0x7F && !strchr("\"={},#", c);
}

static bool is_control(int c)
{
    return (c >= 0 && c < ' ' && c != '\t' && c != '\n') || c == 0x7F;
}

static enum waybill_status fail_control(struct config_scan *s, int c)
{
    if (c == '\r')
        return FAIL(s, "a CR: end the lines of the file with LF alone");
    return FAIL(s, "a control character (octet %d): remove it", c);
}

static enum waybill_status fail_variable(struct config_scan *s)
{
    return FAIL(s, "'${' would be taken for a variable: write what it stands for");
}

/* SP, HTAB, line ends and comments. */
static enum waybill_status skip(struct config_scan *s)
{
    bool in_comment = false;
    for (int c; (c = cursor_peek(&s->c)) != CURSOR_END; cursor_take(&s->c)) {
        if (is_control(c))
            return fail_control(s, c);
        in_comment = c == '\n' ? false : in_comment || c == '#';
        if (!in_comment && c != ' ' && c != '\t' && c != '\n')
            return WAYBILL_OK;
        s->line += c == '\n';
    }
    return WAYBILL_OK;
}

/* One octet of a quoted text, or a backslash and what it makes plain. */
static enum waybill_status read_quoted_octet(struct config_scan *s)
{
    int c = cursor_take(&s->c), next = cursor_peek(&s->c);
    if (c == CURSOR_END || c == '\n')
        return FAIL(s, "the quotes are never closed: end the value with '\"' on its line");
    if (is_control(c))
        return fail_control(s, c);
    if (c == '$' && next == '{')
        return fail_variable(s);
    if (c != '\\')
        return WAYBILL_OK;
    if (next != '"' && next != '\\')
        return FAIL(s, "a backslash that stands for nothing: write \\\\ for a backslash, \\\" for "
                       "quotes");
    cursor_take(&s->c);
    return WAYBILL_OK;
}

static enum waybill_status read_quoted(struct config_scan *s, enum config_token *out)
{
    size_t from = s->c.at;
    *out = CONFIG_TOKEN_QUOTED;
    while (cursor_peek(&s->c) != '"') {
        enum waybill_status status = read_quoted_octet(s);
        if (status != WAYBILL_OK)
            return status;
    }
    s->text = cursor_since(&s->c, from);
    cursor_take(&s->c);
    return WAYBILL_OK;
}

static enum waybill_status fail_unquoted(struct config_scan *s, struct slice run)
{
    struct slice shown = text_shown(run);
    if (run.p[run.n - 1] == '$' && cursor_peek(&s->c) == '{')
        return fail_variable(s);
    if (slice_find(run, '\'', 0) < run.n)
        return FAIL(s, "%.*s: quotes are '\"' here: use them", SLICE_ARGS(shown));
    return FAIL(s, "%.*s is not quoted: write \"%.*s\"", SLICE_ARGS(shown), SLICE_ARGS(shown));
}

static enum waybill_status read_word(struct config_scan *s, enum config_token *out)
{
    s->text = cursor_while(&s->c, is_run);
    *out = CONFIG_TOKEN_WORD;
    if (slice_starts(s->text, SLICE("//")) || slice_starts(s->text, SLICE("/*")))
        return FAIL(s, "%.*s: quote it, or begin a comment with '#'",
                    SLICE_ARGS(text_shown(s->text)));
    for (size_t i = 0; i < s->text.n; i++) {
        if (!is_bare(s->text.p[i]))
            return fail_unquoted(s, s->text);
    }
    return WAYBILL_OK;
}

enum waybill_status config_scan_next(struct config_scan *s, enum config_token *out)
{
    static const struct {
        int octet;
        enum config_token token;
    } marks[] = {
        {CURSOR_END, CONFIG_TOKEN_END}, {'=', CONFIG_TOKEN_EQUALS}, {'{', CONFIG_TOKEN_OPEN},
        {'}', CONFIG_TOKEN_CLOSE},      {',', CONFIG_TOKEN_COMMA},
    };
    enum waybill_status status = skip(s);
    if (status != WAYBILL_OK)
        return status;
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        if (cursor_peek(&s->c) == marks[i].octet) {
            cursor_take(&s->c);
            *out = marks[i].token;
            return WAYBILL_OK;
        }
    }
    return cursor_accept(&s->c, '"') ? read_quoted(s, out) : read_word(s, out);
}

bool config_scan_plain(struct arena *arena, struct slice text, struct slice *out)
{
    uint8_t *plain = arena_alloc(arena, text.n + 1);
    struct cursor c = cursor_new(text);
    size_t n = 0;
    if (!plain)
        return false;
    while (!cursor_done(&c)) {
        cursor_accept(&c, '\\');
        plain[n++] = (uint8_t)cursor_take(&c);
    }
    *out = slice_of(plain, n);
    return true;
}
