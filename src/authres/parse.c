#include "authres/authres.h"

#include "authres/scan.h"
#include "base/limits.h"

struct parser {
    struct authres_scan s;
    struct authres *out;
    /* The properties of the method at work, until their number is known. */
    struct authres_property properties[LIMIT_AUTHRES_PROPERTIES];
    size_t n;
};

static bool fail(struct parser *p, const char *why)
{
    return authres_scan_fail(&p->s, WAYBILL_SYNTAX, why);
}

static bool nomem(struct parser *p)
{
    return authres_scan_fail(&p->s, WAYBILL_NOMEM, "out of memory");
}

static bool at_end(const struct parser *p)
{
    return cursor_done(&p->s.c);
}

static bool need(struct parser *p, uint8_t c, const char *why)
{
    bool found;
    return authres_scan_accept(&p->s, c, &found) && (found || fail(p, why));
}

/* --- pvalue ----------------------------------------------------------------------------------- */

/*
 * A pvalue is one run or one quoted-string, but for the address whose local part is quoted or has
 * CFWS behind it: john (c) @example.org, "john doe"@example.org, john."q"@example.org.
 */
struct pieces {
    uint8_t *to;       /* where the text goes; NULL: it is only measured */
    size_t n, count;   /* octets of the text; pieces */
    bool quoted;       /* whether any of them was */
    bool domain;       /* a run with "@" was met: the last piece */
    struct slice last; /* the last run as received */
};

static bool next_piece(struct parser *p, struct pieces *v)
{
    struct slice raw;
    if (cursor_peek(&p->s.c) == '"') {
        if (!authres_scan_quoted(&p->s, &raw))
            return false;
        v->quoted = true;
        v->n += authres_scan_undo(raw, v->to ? v->to + v->n : NULL);
        v->last = (struct slice){NULL, 0};
        return true;
    }
    raw = cursor_while(&p->s.c, authres_is_value_octet);
    if (raw.n == 0)
        return fail(p, "a property without a value");
    if (v->to)
        memcpy(v->to + v->n, raw.p, raw.n);
    v->n += raw.n;
    v->last = raw;
    v->domain = slice_find(raw, '@', 0) < raw.n;
    return true;
}

/* local-part of RFC 5322 section 3.4.1: what is next belongs to the same address. */
static bool more_pieces(struct parser *p, const struct pieces *v, bool *more)
{
    int next = cursor_peek(&p->s.c);
    *more = false;
    if (v->domain)
        return true;
    if (!v->last.p)
        *more = next == '.' || next == '@';
    else
        *more = next == '"' && v->last.p[v->last.n - 1] == '.';
    if (*more)
        return true;
    if (!authres_scan_cfws(&p->s))
        return false;
    *more = cursor_peek(&p->s.c) == '@';
    return true;
}

static bool parse_pieces(struct parser *p, struct pieces *v)
{
    for (bool more = true; more; v->count++)
        if (!next_piece(p, v) || !more_pieces(p, v, &more))
            return false;
    return v->count == 1 || v->domain || fail(p, "a local part without its domain");
}

static bool parse_pvalue(struct parser *p, struct slice *out)
{
    struct pieces v = {0};
    if (!authres_scan_cfws(&p->s))
        return false;
    size_t from = p->s.c.at;
    if (!parse_pieces(p, &v))
        return false;
    *out = v.last;
    if (v.count == 1 && !v.quoted)
        return true;
    struct pieces text = {.to = arena_alloc(p->s.arena, v.n)};
    if (!text.to)
        return nomem(p);
    p->s.c.at = from;
    if (!parse_pieces(p, &text))
        return false;
    *out = slice_of(text.to, text.n);
    return true;
}

/* --- reasonspec and propspec ------------------------------------------------------------------ */

static bool parse_reason(struct parser *p, struct authres_method *m)
{
    if (m->reason.p)
        return fail(p, "a second reason");
    return authres_scan_value(&p->s, &m->reason,
                              "a reason that is neither token nor quoted-string");
}

static bool parse_property(struct parser *p, struct slice ptype)
{
    if (p->n == LIMIT_AUTHRES_PROPERTIES)
        return authres_scan_fail(&p->s, WAYBILL_LIMIT, "too many properties of one method");
    struct authres_property prop = {.ptype = ptype};
    if (!authres_scan_keyword(&p->s, &prop.property, "no property behind a ptype") ||
        !need(p, '=', "a property without \"=\"") || !parse_pvalue(p, &prop.value))
        return false;
    p->properties[p->n++] = prop;
    return true;
}

/* A reason behind properties is not in the grammar, but in the wild, and can be nothing else. */
static bool parse_spec(struct parser *p, struct authres_method *m)
{
    struct slice word;
    bool found;
    if (!authres_scan_keyword(&p->s, &word, "neither a reason nor a property") ||
        !authres_scan_accept(&p->s, '.', &found))
        return false;
    if (found)
        return parse_property(p, word);
    if (!slice_ieq(word, SLICE("reason")))
        return fail(p, "a property without a ptype");
    return need(p, '=', "a reason without \"=\"") && parse_reason(p, m);
}

/* CFWS must stand before all but a propspec that follows another. */
static bool parse_specs(struct parser *p, struct authres_method *m)
{
    for (;;) {
        size_t before = p->s.c.at, properties = p->n;
        if (!authres_scan_cfws(&p->s))
            return false;
        if (at_end(p) || cursor_peek(&p->s.c) == ';')
            return true;
        if (p->s.c.at == before && properties == 0)
            return fail(p, "no white space where it must stand");
        if (!parse_spec(p, m))
            return false;
    }
}

/* --- resinfo ---------------------------------------------------------------------------------- */

static const char no_number[] = "no number where a version must stand";

static bool parse_methodspec(struct parser *p, struct authres_method *m)
{
    bool found;
    if (!authres_scan_accept(&p->s, '/', &found) ||
        (found && !authres_scan_number(&p->s, &m->version, no_number)))
        return false;
    return need(p, '=', "a method without \"=\"") &&
           authres_scan_keyword(&p->s, &m->result, "a method without a result");
}

/* Keeps what is understood of the method, be it whole or not. */
static bool keep_method(struct parser *p, struct authres_method *m, size_t from)
{
    m->raw = slice_trim(cursor_since(&p->s.c, from));
    m->n = p->n;
    m->properties = arena_array(p->s.arena, p->n, sizeof m->properties[0]);
    if (!m->properties)
        return nomem(p);
    if (p->n)
        memcpy(m->properties, p->properties, p->n * sizeof m->properties[0]);
    if (p->s.comment.p && !authres_scan_text(&p->s, p->s.comment, &m->comment))
        return false;
    p->out->methods[p->out->n++] = *m;
    return true;
}

/* From behind the ';' to before the next one. */
static bool parse_resinfo(struct parser *p, struct slice method, size_t from)
{
    if (p->out->n == LIMIT_AUTHRES_METHODS)
        return authres_scan_fail(&p->s, WAYBILL_LIMIT, "too many methods");
    struct authres_method m = {.method = method, .version = 1};
    if (!parse_methodspec(p, &m))
        return false;
    p->n = 0;
    p->s.comment = (struct slice){NULL, 0};
    p->s.note_comment = true;
    bool good = parse_specs(p, &m);
    p->s.note_comment = false;
    return keep_method(p, &m, from) && good;
}

/* no-result: "none" is the last word, and no method of that name. */
static bool is_no_result(const struct parser *p, struct slice word)
{
    int next = cursor_peek(&p->s.c);
    return p->out->n == 0 && slice_ieq(word, SLICE("none")) && next != '=' && next != '/';
}

static bool parse_result(struct parser *p)
{
    size_t from = p->s.c.at;
    if (!authres_scan_cfws(&p->s))
        return false;
    /* Not in the grammar: many an MTA ends each result with ';'. */
    if (at_end(p))
        return p->out->n > 0 || fail(p, "no result");
    struct slice word;
    if (!authres_scan_keyword(&p->s, &word, "no method where one must stand") ||
        !authres_scan_cfws(&p->s))
        return false;
    if (!is_no_result(p, word))
        return parse_resinfo(p, word, from);
    if (!at_end(p))
        return fail(p, "something behind \"none\"");
    p->out->none = true;
    return true;
}

static bool parse_results(struct parser *p)
{
    size_t most = 0;
    for (size_t i = p->s.c.at; i < p->s.c.all.n && most < LIMIT_AUTHRES_METHODS; i++)
        most += p->s.c.all.p[i] == ';';
    p->out->methods = arena_array(p->s.arena, most, sizeof p->out->methods[0]);
    if (!p->out->methods)
        return nomem(p);
    do {
        if (!need(p, ';', "no \";\" where one must stand") || !parse_result(p))
            return false;
    } while (!at_end(p));
    return true;
}

/* --- authserv-id and version ------------------------------------------------------------------ */

static const char no_authserv_id[] = "no authserv-id: the field begins with a method";

/* A field that is refused for its authserv-id still says it, for whoever removes forged ones. */
static bool parse_authserv_id(struct parser *p)
{
    struct authres_scan *s = &p->s;
    struct slice raw;
    if (!authres_scan_cfws(s))
        return false;
    if (cursor_peek(&s->c) == '"')
        return authres_scan_quoted(s, &raw) && authres_scan_text(s, raw, &p->out->authserv_id);
    size_t from = s->c.at;
    struct slice token = cursor_while(&s->c, authres_is_token_octet);
    if (token.n > 0 && cursor_peek(&s->c) == '=')
        return fail(p, no_authserv_id);
    size_t token_end = s->c.at;
    cursor_while(&s->c, authres_is_value_octet);
    p->out->authserv_id = cursor_since(&s->c, from);
    if (token.n > 0 && s->c.at == token_end)
        return true;
    s->c.at = token_end;
    return fail(p, "an authserv-id that is neither token nor quoted-string");
}

/* RFC 8601 section 2.6: a field of another version is one we cannot read. */
static bool parse_version(struct parser *p)
{
    size_t before = p->s.c.at;
    if (!authres_scan_cfws(&p->s))
        return false;
    int next = cursor_peek(&p->s.c);
    if (next == '=') {
        p->out->authserv_id = (struct slice){NULL, 0};
        return fail(p, no_authserv_id);
    }
    if (p->s.c.at == before || next < '0' || next > '9')
        return true;
    if (!authres_scan_number(&p->s, &p->out->version, no_number))
        return false;
    return p->out->version == 1 || fail(p, "a version other than 1");
}

/* The CRLF that ends a field, and white space before it, are no part of what is parsed. */
static struct slice without_tail(struct slice value)
{
    while (value.n > 0 && octet_is_fws(value.p[value.n - 1]))
        value.n--;
    return value;
}

enum waybill_status authres_parse(struct arena *arena, struct slice value, struct authres *out)
{
    struct parser p;
    *out = (struct authres){.version = 1};
    if (value.n > LIMIT_AUTHRES_OCTETS) {
        out->why = "too many octets";
        return WAYBILL_LIMIT;
    }
    p.s = (struct authres_scan){.c = cursor_new(without_tail(value)), .arena = arena};
    p.out = out;
    if (parse_authserv_id(&p) && parse_version(&p) && parse_results(&p))
        return WAYBILL_OK;
    out->why = p.s.why;
    out->at = p.s.c.at;
    return p.s.status;
}

/* --- what was parsed ---------------------------------------------------------------------------
 */

const struct authres_property *authres_find(const struct authres_method *m, const char *ptype,
                                            const char *property)
{
    for (size_t i = 0; i < m->n; i++)
        if (slice_ieq(m->properties[i].ptype, slice_str(ptype)) &&
            slice_ieq(m->properties[i].property, slice_str(property)))
            return &m->properties[i];
    return NULL;
}

struct slice authres_domain(struct slice value)
{
    size_t at = value.n;
    while (at > 0 && value.p[at - 1] != '@')
        at--;
    return slice_from(value, at);
}
