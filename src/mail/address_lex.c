#include "mail/address_lex.h"

#include "base/limits.h"
#include "base/utf8.h"

/* RFC 5322 section 3.2.3: what is printable and none of `specials`. */
static bool is_atext(uint8_t c)
{
    switch (c) {
    case '(':
    case ')':
    case '<':
    case '>':
    case '[':
    case ']':
    case ':':
    case ';':
    case '@':
    case '\\':
    case ',':
    case '.':
    case '"':
        return false;
    default:
        return c > ' ' && c <= '~';
    }
}

/* Takes one well-formed character outside ASCII, if there is one. */
static bool pass_utf8(struct cursor *c)
{
    size_t n = cursor_peek(c) >= 0x80 ? utf8_length(cursor_rest(c)) : 0;
    c->at += n;
    return n > 0;
}

static bool bad(struct address_lexer *l, const char *why)
{
    l->why = why;
    return false;
}

static bool stray(struct address_lexer *l)
{
    int octet = cursor_peek(&l->at);
    if (octet == '\r' || octet == '\n')
        return bad(l, "a CR or LF that folds no line");
    if (octet == ' ' || octet == '\t' || octet == '(')
        return bad(l, "white space or a comment in a path");
    return bad(l, octet >= 0x80 ? "octets that are not UTF-8" : "a control character");
}

/* One WSP, or the CRLF of a fold with the WSP behind it. */
static bool pass_fws(struct address_lexer *l)
{
    struct cursor ahead = l->at;
    bool folded = cursor_accept(&ahead, '\r');
    if (folded && !cursor_accept(&ahead, '\n'))
        return false;
    if (!cursor_accept(&ahead, ' ') && !cursor_accept(&ahead, '\t'))
        return false;
    l->at = ahead;
    return true;
}

/* What a quoted-pair quotes and text holds beside printable characters. RFC 5321 section 4.1.2
 * knows SP alone (qtextSMTP, quoted-pairSMTP). */
static bool pass_space(struct address_lexer *l, bool quoted)
{
    if (l->space == ADDRESS_COMPACT)
        return cursor_accept(&l->at, ' ');
    if (quoted)
        return cursor_accept(&l->at, ' ') || cursor_accept(&l->at, '\t');
    return pass_fws(l);
}

/* One step through a comment, a quoted string or a literal, whose end the caller looks for. */
static bool pass_content(struct address_lexer *l)
{
    bool quoted = cursor_accept(&l->at, '\\');
    int c = cursor_peek(&l->at);
    if (c == CURSOR_END)
        return true;
    if (c >= '!' && c <= '~') {
        l->at.at++;
        return true;
    }
    return pass_utf8(&l->at) || pass_space(l, quoted) || stray(l);
}

/* RFC 5322 section 3.2.2: comments nest. */
static bool pass_comment(struct address_lexer *l)
{
    int depth = 0;
    do {
        int c = cursor_peek(&l->at);
        if (c == CURSOR_END)
            return bad(l, "a comment without its end");
        if (c == '(' && ++depth > LIMIT_COMMENT_DEPTH)
            return bad(l, "comments nested too deep");
        if (c == '(' || c == ')') {
            depth -= c == ')';
            l->at.at++;
        } else if (!pass_content(l)) {
            return false;
        }
    } while (depth > 0);
    return true;
}

static bool pass_cfws(struct address_lexer *l)
{
    size_t from = l->at.at;
    for (;;) {
        if (cursor_peek(&l->at) == '(') {
            if (!pass_comment(l))
                return false;
        } else if (!pass_fws(l)) {
            l->spaced = l->at.at > from;
            return true;
        }
    }
}

static bool pass_quoted(struct address_lexer *l)
{
    cursor_take(&l->at);
    while (!cursor_accept(&l->at, '"')) {
        if (cursor_done(&l->at))
            return bad(l, "a quoted string without its end");
        if (!pass_content(l))
            return false;
    }
    return true;
}

static bool pass_literal(struct address_lexer *l)
{
    cursor_take(&l->at);
    while (!cursor_accept(&l->at, ']')) {
        if (cursor_done(&l->at))
            return bad(l, "an address literal without its end");
        int c = cursor_peek(&l->at);
        /* obs-dtext has backslashes (section 4.4); one before an SP would change what follows. */
        if (c == '[' || c == '\\' || (c == ' ' && l->space == ADDRESS_COMPACT))
            return bad(l, "an octet that no address literal has");
        if (!pass_content(l))
            return false;
    }
    return true;
}

static bool pass_atom(struct address_lexer *l)
{
    size_t from = l->at.at;
    do
        cursor_while(&l->at, is_atext);
    while (pass_utf8(&l->at));
    return l->at.at > from || stray(l);
}

static int pass_token(struct address_lexer *l)
{
    int c = cursor_peek(&l->at);
    switch (c) {
    case CURSOR_END:
        return ADDRESS_END;
    case '<':
    case '>':
    case ',':
    case ';':
    case ':':
    case '@':
    case '.':
        return cursor_take(&l->at);
    case '"':
        return pass_quoted(l) ? ADDRESS_QUOTED : ADDRESS_BAD;
    case '[':
        return pass_literal(l) ? ADDRESS_LITERAL : ADDRESS_BAD;
    case ')':
        bad(l, "a ')' that ends no comment");
        return ADDRESS_BAD;
    case ']':
    case '\\':
        bad(l, "a character that must be quoted");
        return ADDRESS_BAD;
    default:
        return pass_atom(l) ? ADDRESS_ATOM : ADDRESS_BAD;
    }
}

void address_next(struct address_lexer *l)
{
    if (l->token == ADDRESS_BAD)
        return;
    l->spaced = false;
    if (l->space == ADDRESS_CFWS && !pass_cfws(l)) {
        l->token = ADDRESS_BAD;
        return;
    }
    size_t from = l->at.at;
    l->token = pass_token(l);
    l->text = cursor_since(&l->at, from);
}

struct address_lexer address_lexer_new(struct slice text, enum address_space space)
{
    struct address_lexer l = {.at = cursor_new(text), .space = space};
    address_next(&l);
    return l;
}
