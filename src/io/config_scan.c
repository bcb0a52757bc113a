#include "io/config_scan.h"

#include "base/cursor.h"
#include "base/nearest.h"
#include "io/config_keys.h"

enum token {
    TOKEN_END,
    TOKEN_WORD,
    TOKEN_QUOTED,
    TOKEN_EQUALS,
    TOKEN_OPEN,
    TOKEN_CLOSE,
    TOKEN_COMMA
};

/* Where in a statement the scan stands: what comes next. */
enum place {
    AT_NAME,
    AT_EQUALS,
    AT_VALUE,
    AT_ELEMENT, /* of a list */
    AT_COMMA,   /* behind an element */
    AT_TITLE,
    AT_BRACE, /* behind a title */
};

struct scan {
    struct cursor c;
    uint8_t *octets; /* what the cursor walks */
    size_t line;
    struct slice text; /* of the last word or quoted text */
    enum place place;
    bool in_rule;
    const struct config_key *key; /* of the statement; NULL in one that begins a section */
    size_t name_line;
    size_t seen[CONFIG_KEYS]; /* the line of a key in this section; 0: not yet */
    struct config_sections *sections;
    struct waybill_text_error *error;
};

#define FAIL(s, ...) text_error((s)->error, (s)->line, __VA_ARGS__)

/* --- tokens ----------------------------------------------------------------------------------- */

/* '+' is none of them: libconfuse has it for "+=" and drops it elsewhere. */
static bool is_bare(uint8_t c)
{
    return octet_is_alpha(c) || octet_is_digit(c) || (c && strchr("._:/@-", c));
}

static bool is_run(uint8_t c)
{
    return c > ' ' && c != 0x7F && !strchr("\"={},#", c);
}

static bool is_control(int c)
{
    return (c >= 0 && c < ' ' && c != '\t' && c != '\n') || c == 0x7F;
}

static enum waybill_status fail_control(struct scan *s, int c)
{
    if (c == '\r')
        return FAIL(s, "a CR: end the lines of the file with LF alone");
    return FAIL(s, "a control character (octet %d): remove it", c);
}

static enum waybill_status fail_variable(struct scan *s)
{
    return FAIL(s, "'${' would be taken for a variable: write what it stands for");
}

/* SP, HTAB, line ends and comments. */
static enum waybill_status skip(struct scan *s)
{
    bool in_comment = false;
    for (int c; (c = cursor_peek(&s->c)) != CURSOR_END; cursor_take(&s->c)) {
        if (is_control(c))
            return fail_control(s, c);
        in_comment = c == '\n' ? false : in_comment || c == '#';
        if (in_comment)
            s->octets[s->c.at] = ' ';
        else if (c != ' ' && c != '\t' && c != '\n')
            return WAYBILL_OK;
        s->line += c == '\n';
    }
    return WAYBILL_OK;
}

/* One octet of a quoted text, or a backslash and what it makes plain. */
static enum waybill_status read_quoted_octet(struct scan *s)
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

static enum waybill_status read_quoted(struct scan *s, enum token *out)
{
    size_t from = s->c.at;
    *out = TOKEN_QUOTED;
    while (cursor_peek(&s->c) != '"') {
        enum waybill_status status = read_quoted_octet(s);
        if (status != WAYBILL_OK)
            return status;
    }
    s->text = cursor_since(&s->c, from);
    cursor_take(&s->c);
    return WAYBILL_OK;
}

static enum waybill_status fail_unquoted(struct scan *s, struct slice run)
{
    struct slice shown = text_shown(run);
    if (run.p[run.n - 1] == '$' && cursor_peek(&s->c) == '{')
        return fail_variable(s);
    if (slice_find(run, '\'', 0) < run.n)
        return FAIL(s, "%.*s: quotes are '\"' here: use them", SLICE_ARGS(shown));
    return FAIL(s, "%.*s is not quoted: write \"%.*s\"", SLICE_ARGS(shown), SLICE_ARGS(shown));
}

static enum waybill_status read_word(struct scan *s, enum token *out)
{
    s->text = cursor_while(&s->c, is_run);
    *out = TOKEN_WORD;
    if (slice_starts(s->text, SLICE("//")) || slice_starts(s->text, SLICE("/*")))
        return FAIL(s, "%.*s: quote it, or begin a comment with '#'",
                    SLICE_ARGS(text_shown(s->text)));
    for (size_t i = 0; i < s->text.n; i++) {
        if (!is_bare(s->text.p[i]))
            return fail_unquoted(s, s->text);
    }
    return WAYBILL_OK;
}

static enum waybill_status read_token(struct scan *s, enum token *out)
{
    static const struct {
        int octet;
        enum token token;
    } marks[] = {
        {CURSOR_END, TOKEN_END}, {'=', TOKEN_EQUALS}, {'{', TOKEN_OPEN},
        {'}', TOKEN_CLOSE},      {',', TOKEN_COMMA},
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

/* --- statements ------------------------------------------------------------------------------- */

static enum waybill_status fail_name(struct scan *s)
{
    struct nearest nearest = nearest_new(s->text);
    struct slice shown = text_shown(s->text);
    if (config_key_find(!s->in_rule, s->text))
        return FAIL(s, "'%.*s' is no key %s: move it %s", SLICE_ARGS(shown),
                    s->in_rule ? "of a rule" : "by itself",
                    s->in_rule ? "behind the '}' of the rule" : "into the rule it belongs to");
    if (s->in_rule && slice_eq(s->text, SLICE(CONFIG_SECTION_RULE)))
        return FAIL(s, "a rule in a rule: close the first one with '}'");
    for (size_t i = 0; i < CONFIG_KEYS; i++) {
        if (config_keys[i].in_rule == s->in_rule)
            nearest_offer(&nearest, config_keys[i].name);
    }
    if (!s->in_rule)
        nearest_offer(&nearest, CONFIG_SECTION_RULE);
    if (nearest.name)
        return FAIL(s, "'%.*s': unknown key: did you mean %s?", SLICE_ARGS(shown), nearest.name);
    return FAIL(s, "'%.*s': unknown key: see waybill.conf(5)", SLICE_ARGS(shown));
}

static enum waybill_status read_name(struct scan *s)
{
    s->name_line = s->line;
    s->key = config_key_find(s->in_rule, s->text);
    if (!s->key && (s->in_rule || !slice_eq(s->text, SLICE(CONFIG_SECTION_RULE))))
        return fail_name(s);
    s->place = s->key ? AT_EQUALS : AT_TITLE;
    size_t *seen = s->key ? &s->seen[s->key - config_keys] : NULL;
    if (seen && *seen)
        return FAIL(s, "'%s' stands twice: it is on line %zu already: leave one out", s->key->name,
                    *seen);
    if (seen)
        *seen = s->line;
    return WAYBILL_OK;
}

static enum waybill_status end_rule(struct scan *s)
{
    if (!s->in_rule)
        return FAIL(s, "'}' closes nothing: remove it");
    s->in_rule = false;
    return WAYBILL_OK;
}

static enum waybill_status end_text(struct scan *s)
{
    if (!s->in_rule)
        return WAYBILL_OK;
    size_t line = s->sections->all[s->sections->n - 1].line;
    return FAIL(s, "the rule of line %zu is never closed: add '}'", line);
}

static enum waybill_status at_name(struct scan *s, enum token token)
{
    switch (token) {
    case TOKEN_END:
        return end_text(s);
    case TOKEN_WORD:
        return read_name(s);
    case TOKEN_CLOSE:
        return end_rule(s);
    default:
        return FAIL(s, "a key is expected here: write KEY = VALUE");
    }
}

static enum waybill_status at_equals(struct scan *s, enum token token)
{
    s->place = AT_VALUE;
    if (token == TOKEN_EQUALS)
        return WAYBILL_OK;
    return FAIL(s, "'=' is missing behind '%s': write %s = VALUE", s->key->name, s->key->name);
}

static enum waybill_status at_value(struct scan *s, enum token token)
{
    bool is_list = config_type_is_list(s->key->type);
    s->place = token == TOKEN_OPEN ? AT_ELEMENT : AT_NAME;
    if (token == TOKEN_WORD || token == TOKEN_QUOTED || (token == TOKEN_OPEN && is_list))
        return WAYBILL_OK;
    if (token == TOKEN_OPEN)
        return FAIL(s, "'%s' has one value: write it without braces", s->key->name);
    return FAIL(s, "the value of '%s' is missing: write %s = VALUE", s->key->name, s->key->name);
}

static enum waybill_status at_element(struct scan *s, enum token token)
{
    s->place = token == TOKEN_CLOSE ? AT_NAME : AT_COMMA;
    if (token == TOKEN_WORD || token == TOKEN_QUOTED || token == TOKEN_CLOSE)
        return WAYBILL_OK;
    return FAIL(s, "a value of '%s' is missing: write %s = { A, B }", s->key->name, s->key->name);
}

static enum waybill_status at_comma(struct scan *s, enum token token)
{
    s->place = token == TOKEN_CLOSE ? AT_NAME : AT_ELEMENT;
    if (token == TOKEN_COMMA || token == TOKEN_CLOSE)
        return WAYBILL_OK;
    return FAIL(s, "',' or '}' is missing in '%s': write %s = { A, B }", s->key->name,
                s->key->name);
}

static enum waybill_status add_section(struct scan *s)
{
    struct config_sections *all = s->sections;
    for (size_t i = 0; i < all->n; i++) {
        if (slice_eq(all->all[i].title, s->text))
            return FAIL(s,
                        "rule '%.*s' stands twice: it is on line %zu already: choose another "
                        "name",
                        SLICE_ARGS(text_shown(s->text)), all->all[i].line);
    }
    if (all->n == LIMIT_RULES) {
        FAIL(s, "over %zu rules: leave out what is not used", LIMIT_RULES);
        return WAYBILL_LIMIT;
    }
    all->all[all->n++] = (struct config_section){s->text, s->name_line};
    return WAYBILL_OK;
}

static enum waybill_status at_title(struct scan *s, enum token token)
{
    s->place = AT_BRACE;
    if (token == TOKEN_WORD || token == TOKEN_QUOTED)
        return add_section(s);
    return FAIL(s, "the name of the rule is missing: write rule \"NAME\" { ... }");
}

static enum waybill_status at_brace(struct scan *s, enum token token)
{
    if (token != TOKEN_OPEN)
        return FAIL(s, "'{' is missing behind the name of the rule: write rule \"NAME\" { ... }");
    s->place = AT_NAME;
    s->in_rule = true;
    for (size_t i = 0; i < CONFIG_KEYS; i++) {
        if (config_keys[i].in_rule)
            s->seen[i] = 0;
    }
    return WAYBILL_OK;
}

enum waybill_status config_scan(uint8_t *text, size_t n, struct config_sections *sections,
                                struct waybill_text_error *error)
{
    static enum waybill_status (*const places[])(struct scan *, enum token) = {
        [AT_NAME] = at_name,       [AT_EQUALS] = at_equals, [AT_VALUE] = at_value,
        [AT_ELEMENT] = at_element, [AT_COMMA] = at_comma,   [AT_TITLE] = at_title,
        [AT_BRACE] = at_brace,
    };
    struct scan s = {.c = cursor_new(slice_of(text, n)),
                     .octets = text,
                     .line = 1,
                     .sections = sections,
                     .error = error};
    enum token token;
    enum waybill_status status;
    sections->n = 0;
    do {
        status = read_token(&s, &token);
        if (status == WAYBILL_OK)
            status = places[s.place](&s, token);
    } while (status == WAYBILL_OK && token != TOKEN_END);
    return status;
}
