/*
 * base/cursor.h: the one way a parser walks octets.
 *
 * A cursor never passes its end: peeking there gives CURSOR_END, taking there takes nothing. No
 * parser of the project moves a pointer through received octets by itself.
 */
#ifndef BASE_CURSOR_H
#define BASE_CURSOR_H

#include "base/slice.h"

struct cursor {
    struct slice all;
    size_t at;
};

enum { CURSOR_END = -1 };

static inline struct cursor cursor_new(struct slice all)
{
    return (struct cursor){all, 0};
}

static inline bool cursor_done(const struct cursor *c)
{
    return c->at >= c->all.n;
}

static inline int cursor_peek(const struct cursor *c)
{
    return c->at < c->all.n ? c->all.p[c->at] : CURSOR_END;
}

static inline int cursor_take(struct cursor *c)
{
    return c->at < c->all.n ? c->all.p[c->at++] : CURSOR_END;
}

/* Takes the octet if it is the next one. */
static inline bool cursor_accept(struct cursor *c, uint8_t octet)
{
    if (cursor_peek(c) != octet)
        return false;
    c->at++;
    return true;
}

/* What was passed since offset `from`. */
static inline struct slice cursor_since(const struct cursor *c, size_t from)
{
    return slice_sub(c->all, from, c->at - from);
}

static inline struct slice cursor_rest(const struct cursor *c)
{
    return slice_from(c->all, c->at);
}

/* Takes the longest run of octets of the class, possibly empty. */
static inline struct slice cursor_while(struct cursor *c, bool (*class)(uint8_t))
{
    size_t from = c->at;
    while (c->at < c->all.n && class(c->all.p[c->at]))
        c->at++;
    return cursor_since(c, from);
}

/* Takes up to, not including, the next `stop`; all that is left where there is none. */
static inline struct slice cursor_until(struct cursor *c, uint8_t stop)
{
    size_t from = c->at;
    c->at = slice_find(c->all, stop, from);
    return cursor_since(c, from);
}

#endif
