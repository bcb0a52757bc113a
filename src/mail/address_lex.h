/*
 * mail/address_lex.h: the words of addresses (RFC 5322 section 3.2), for mail/address.c.
 *
 * A lexer stands on one token of its text. Copying it is looking ahead: the copy advances, the
 * original stays.
 */
#ifndef MAIL_ADDRESS_LEX_H
#define MAIL_ADDRESS_LEX_H

#include "base/cursor.h"

/* A special is its own octet: one of < > , ; : @ and the dot. */
enum address_token {
    ADDRESS_END = 256,
    ADDRESS_ATOM,    /* atext (RFC 5322 section 3.2.3) and UTF-8 (RFC 6532 section 3.2) */
    ADDRESS_QUOTED,  /* with its quotes, as it stands */
    ADDRESS_LITERAL, /* with its brackets, as it stands */
    ADDRESS_BAD,     /* no token: `why` says what is wrong; the lexer stays there */
};

enum address_space {
    ADDRESS_CFWS,   /* comments and folding white space between tokens (RFC 5322) */
    ADDRESS_COMPACT /* neither, and no TAB or fold in a quoted string (RFC 5321) */
};

struct address_lexer {
    struct cursor at; /* behind the token */
    enum address_space space;
    int token;
    struct slice text; /* the octets of the token */
    bool spaced;       /* CFWS before it */
    const char *why;
};

/* A lexer on the first token of the text. */
struct address_lexer address_lexer_new(struct slice text, enum address_space space);
/* To the next token. */
void address_next(struct address_lexer *lexer);

#endif
