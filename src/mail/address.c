#include "mail/address.h"

#include "base/limits.h"
#include "mail/address_lex.h"

struct parser {
    struct arena *arena;
    struct address_lexer lexer;
    struct mailboxes *out;
    int end;        /* of the list: ';' in a group, else ADDRESS_END */
    bool has_group; /* which may be all there is */
    enum waybill_status status;
    const char *why;
};

/* Words and dots that follow one another: a phrase, a local part or a domain. */
struct run {
    int behind;    /* the token that ends it */
    size_t tokens; /* how many it has */
    size_t room;   /* most octets it can be written in */
    bool dotted;   /* word *("." word): what addresses are made of (section 4.4) */
    bool quoted;   /* a word of it is a quoted string */
};

static bool stop(struct parser *p, enum waybill_status status, const char *why)
{
    p->status = status;
    p->why = why;
    return false;
}

/* What the lexer found wrong comes first. */
static bool fail(struct parser *p, const char *why)
{
    return stop(p, WAYBILL_SYNTAX, p->lexer.token == ADDRESS_BAD ? p->lexer.why : why);
}

static bool accept(struct parser *p, int token)
{
    if (p->lexer.token != token)
        return false;
    address_next(&p->lexer);
    return true;
}

static bool is_word(int token)
{
    return token == ADDRESS_ATOM || token == ADDRESS_QUOTED;
}

static struct run look_ahead(struct address_lexer l)
{
    struct run run = {.dotted = true};
    bool behind_word = false;
    for (; is_word(l.token) || l.token == '.'; address_next(&l)) {
        bool dot = l.token == '.';
        run.dotted = run.dotted && dot == behind_word;
        run.quoted = run.quoted || l.token == ADDRESS_QUOTED;
        run.tokens++;
        run.room += l.text.n + 1;
        behind_word = !dot;
    }
    run.dotted = run.dotted && behind_word;
    run.behind = l.token;
    return run;
}

/* A quoted string without its quotes, its backslashes and the line ends of its folds. */
static size_t unquote(uint8_t *into, struct slice quoted)
{
    struct cursor c = cursor_new(slice_sub(quoted, 1, quoted.n - 2));
    size_t n = 0;
    while (!cursor_done(&c)) {
        bool escaped = cursor_accept(&c, '\\');
        int octet = cursor_take(&c);
        if (escaped || (octet != '\r' && octet != '\n'))
            into[n++] = (uint8_t)octet;
    }
    return n;
}

/* Writes a run as *n octets and stands behind it; `spaced` keeps an SP where there was CFWS. */
static uint8_t *gather(struct parser *p, struct run run, bool spaced, size_t *n)
{
    *n = 0;
    uint8_t *into = arena_alloc(p->arena, run.room);
    for (size_t i = 0; into && i < run.tokens; i++, address_next(&p->lexer)) {
        struct slice text = p->lexer.text;
        if (spaced && p->lexer.spaced)
            into[(*n)++] = ' ';
        if (p->lexer.token == ADDRESS_QUOTED) {
            *n += unquote(into + *n, text);
        } else {
            memcpy(into + *n, text.p, text.n);
            *n += text.n;
        }
    }
    if (!into)
        stop(p, WAYBILL_NOMEM, "out of memory");
    return into;
}

static bool display_name(struct parser *p, struct run run, struct slice *out)
{
    size_t octets, n = 0;
    uint8_t *text = gather(p, run, true, &octets);
    if (!text)
        return false;
    for (size_t i = 0; i < octets; i++)
        if (!octet_is_wsp(text[i]))
            text[n++] = text[i];
        else if (n > 0 && text[n - 1] != ' ')
            text[n++] = ' ';
    *out = slice_trim(slice_of(text, n));
    return true;
}

/* dot-atom or quoted-string, or what section 4.4 makes of them (obs-local-part, obs-domain). */
static bool dotted(struct parser *p, struct run run, struct slice *out)
{
    size_t n;
    uint8_t *text = gather(p, run, false, &n);
    *out = slice_of(text, n);
    return text != NULL;
}

static bool local_part(struct parser *p, struct run run, struct slice *out)
{
    if (run.tokens == 0)
        return fail(p, "an address without a local part");
    /* RFC 5321 section 4.1.2 has no quoted string beside other words. */
    bool mixed = p->lexer.space == ADDRESS_COMPACT && run.quoted && run.tokens > 1;
    if (!run.dotted || mixed)
        return fail(p, "a local part that is neither words with dots between nor quoted");
    return dotted(p, run, out);
}

/* The octets of the literal that is the token, without the FWS that section 3.4.1 allows in it. */
static bool literal(struct parser *p, struct slice *out)
{
    struct slice text = p->lexer.text;
    uint8_t *into = arena_alloc(p->arena, text.n);
    if (!into)
        return stop(p, WAYBILL_NOMEM, "out of memory");
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++)
        if (!octet_is_fws(text.p[i]))
            into[n++] = text.p[i];
    *out = slice_of(into, n);
    return accept(p, ADDRESS_LITERAL);
}

static bool is_label_octet(uint8_t c)
{
    return octet_is_alpha(c) || octet_is_digit(c) || c == '-' || c == '_' || c >= 0x80;
}

static bool all_labels(struct slice name)
{
    struct cursor c = cursor_new(name);
    do
        cursor_while(&c, is_label_octet);
    while (cursor_accept(&c, '.'));
    return cursor_done(&c);
}

static bool domain(struct parser *p, struct slice *out)
{
    if (p->lexer.token == ADDRESS_LITERAL)
        return literal(p, out);
    struct run run = look_ahead(p->lexer);
    if (run.tokens == 0)
        return fail(p, "an address without a domain");
    if (!run.dotted || run.quoted)
        return fail(p, "a domain that is not words with dots between");
    if (!dotted(p, run, out))
        return false;
    return p->lexer.space == ADDRESS_CFWS || all_labels(*out) ||
           fail(p, "an octet that no domain has");
}

/* Fails behind the run, where the lexer may have found the reason. */
static bool fail_behind(struct parser *p, struct run run, const char *why)
{
    for (size_t i = 0; i < run.tokens; i++)
        address_next(&p->lexer);
    return fail(p, why);
}

static bool addr_spec(struct parser *p, struct run run, struct mailbox *m)
{
    if (run.behind != '@')
        return fail_behind(p, run, "an address without '@'");
    return local_part(p, run, &m->local_part) && accept(p, '@') && domain(p, &m->domain);
}

/* obs-route (section 4.4), A-d-l (RFC 5321 section 4.1.2): passed over. */
static bool route(struct parser *p)
{
    struct slice passed;
    if (p->lexer.token != '@' && p->lexer.token != ',')
        return true;
    do
        if (accept(p, '@') && !domain(p, &passed))
            return false;
    while (accept(p, ','));
    return accept(p, ':') || fail(p, "a source route without ':'");
}

/* A mailbox counts when it is seen to end: "ceo@bank.example <a@b>" has none. */
static bool add(struct parser *p, const struct mailbox *m)
{
    int token = p->lexer.token;
    if (token != ',' && token != p->end && token != ADDRESS_END)
        return fail(p, "something else behind an address");
    if (p->out->n == LIMIT_MAILBOXES)
        return stop(p, WAYBILL_LIMIT, "too many mailboxes");
    p->out->all[p->out->n++] = *m;
    return true;
}

static bool bare_address(struct parser *p, struct run run)
{
    struct mailbox m = {0};
    return addr_spec(p, run, &m) && add(p, &m);
}

static bool named_address(struct parser *p, struct run run)
{
    struct mailbox m;
    if (!display_name(p, run, &m.display) || !accept(p, '<') || !route(p) ||
        !addr_spec(p, look_ahead(p->lexer), &m))
        return false;
    return accept(p, '>') ? add(p, &m) : fail(p, "a '<' without its '>'");
}

static bool list(struct parser *p, const char *why_not);

static bool group(struct parser *p, struct run run)
{
    struct slice passed;
    if (p->end == ';')
        return fail(p, "a group within a group");
    if (run.tokens == 0)
        return fail(p, "a group without a name");
    if (!display_name(p, run, &passed))
        return false;
    p->has_group = true;
    p->end = ';';
    bool ok = accept(p, ':') && list(p, "a group without its ';'") && accept(p, ';');
    p->end = ADDRESS_END;
    return ok;
}

static bool element(struct parser *p)
{
    if (p->lexer.token == '.')
        return fail(p, "an address that begins with a dot");
    struct run run = look_ahead(p->lexer);
    switch (run.behind) {
    case '@':
        return bare_address(p, run);
    case '<':
        return named_address(p, run);
    case ':':
        return group(p, run);
    default: /* nothing is allowed: obs-addr-list, obs-group-list */
        return run.tokens == 0 || fail_behind(p, run, "an address without '@'");
    }
}

static bool list(struct parser *p, const char *why_not)
{
    do
        if (!element(p))
            return false;
    while (accept(p, ','));
    return p->lexer.token == p->end || fail(p, why_not);
}

/* A mailbox has an '@' of its own, so there are no more than these. */
static size_t most_mailboxes(struct slice value)
{
    size_t n = 0;
    for (size_t at = 0; n < LIMIT_MAILBOXES; n++) {
        at = slice_find(value, '@', at) + 1;
        if (at > value.n)
            break;
    }
    return n;
}

enum waybill_status address_parse_list(struct arena *arena, struct slice value,
                                       struct mailboxes *out)
{
    *out = (struct mailboxes){0};
    struct parser p = {.arena = arena,
                       .lexer = address_lexer_new(value, ADDRESS_CFWS),
                       .out = out,
                       .end = ADDRESS_END};
    out->all = arena_array(arena, most_mailboxes(value), sizeof *out->all);
    if (!out->all)
        stop(&p, WAYBILL_NOMEM, "out of memory");
    else if (list(&p, "something else behind an address") && !p.has_group && out->n == 0)
        fail(&p, "no address");
    out->why = p.why;
    return p.status;
}

static bool path_mailbox(struct parser *p, struct mailbox *out)
{
    struct run run = look_ahead(p->lexer);
    /* RFC 5321 section 4.1.1.3: "<Postmaster>", in any case. */
    if (run.behind != '@' && run.tokens == 1 && slice_ieq(p->lexer.text, SLICE("postmaster")))
        return dotted(p, run, &out->local_part);
    return addr_spec(p, run, out);
}

static bool path_in(struct parser *p, struct mailbox *out)
{
    bool angle = accept(p, '<');
    if (!route(p) || !path_mailbox(p, out))
        return false;
    if (angle && !accept(p, '>'))
        return fail(p, "a '<' without its '>'");
    return p->lexer.token == ADDRESS_END || fail(p, "something else behind the path");
}

enum waybill_status address_parse_path(struct arena *arena, struct slice path, struct mailbox *out,
                                       const char **why)
{
    *out = (struct mailbox){0};
    *why = NULL;
    if (path.n == 0 || slice_eq(path, SLICE("<>")))
        return WAYBILL_OK;
    struct parser p = {.arena = arena, .lexer = address_lexer_new(path, ADDRESS_COMPACT)};
    if (!path_in(&p, out))
        *out = (struct mailbox){0};
    *why = p.why;
    return p.status;
}

struct slice address_of_path(struct slice path)
{
    if (path.n >= 2 && path.p[0] == '<' && path.p[path.n - 1] == '>')
        return slice_sub(path, 1, path.n - 2);
    return path;
}
