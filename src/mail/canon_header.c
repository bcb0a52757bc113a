#include "mail/canon.h"

static const char *const forms[CANON_FORMS] = {"simple", "relaxed"};

const char *canon_text(enum canon form)
{
    return forms[form];
}

bool canon_find(struct slice name, enum canon *out)
{
    for (size_t f = 0; f < CANON_FORMS; f++)
        if (slice_eq(name, slice_str(forms[f]))) {
            *out = (enum canon)f;
            return true;
        }
    return false;
}

enum { BLOCK = 16 };

/* Whether relaxing keeps a block as it stands: behind an octet that is not white space, and looking
 * at one octet more, for a space goes or stays by what follows it. */
static bool stays(const uint8_t *p)
{
    uint8_t goes = 0;
    for (size_t k = 0; k < BLOCK; k++) /* of known length, which compilers vectorise */
        goes |= (uint8_t)((p[k] < ' ') | ((p[k] == ' ') & (p[k + 1] <= ' ')));
    return goes == 0;
}

/*
 * Section 3.4.2: unfold, runs of white space to one space, none at either end. `value` ends where
 * the field's last CRLF began; p has room for all of it.
 */
static size_t relax_value(uint8_t *p, struct slice value)
{
    size_t n = 0, tried = 0; /* no block before `tried` stays */
    bool wsp = false;
    for (size_t i = 0; i < value.n;) {
        uint8_t c = value.p[i++];
        if (octet_is_wsp(c)) {
            wsp = true;
            continue;
        }
        if (c == '\r' && i < value.n && value.p[i] == '\n') {
            i++;
            continue;
        }
        if (wsp && n > 0)
            p[n++] = ' ';
        wsp = false;
        p[n++] = c;
        for (; i >= tried && value.n - i > BLOCK; i += BLOCK, n += BLOCK) {
            if (!stays(value.p + i)) {
                tried = i + BLOCK;
                break;
            }
            memcpy(p + n, value.p + i, BLOCK);
        }
    }
    return n;
}

static uint8_t *relax(struct arena *arena, struct slice name, struct slice value, size_t *n)
{
    uint8_t *p = arena_alloc(arena, name.n + 1 + value.n + 2);
    if (!p)
        return NULL;
    for (size_t i = 0; i < name.n; i++)
        p[i] = octet_lower(name.p[i]);
    p[name.n] = ':';
    *n = name.n + 1 + relax_value(p + name.n + 1, value);
    return p;
}

enum waybill_status canon_field(struct arena *arena, struct field *field, enum canon form,
                                struct slice *out)
{
    if (form == CANON_SIMPLE) {
        *out = field->raw;
        return WAYBILL_OK;
    }
    if (!field->relaxed.p) {
        size_t n;
        uint8_t *p = relax(arena, field->name, field->value, &n);
        if (!p)
            return WAYBILL_NOMEM;
        p[n++] = '\r';
        p[n++] = '\n';
        field->relaxed = slice_of(p, n);
    }
    *out = field->relaxed;
    return WAYBILL_OK;
}

enum waybill_status canon_field_without(struct arena *arena, const struct field *field,
                                        enum canon form, struct slice cut, struct slice *out)
{
    /* Without the value's part; the raw form keeps name and colon as they stand. */
    struct slice whole =
        form == CANON_SIMPLE ? slice_sub(field->raw, 0, field->raw.n - 2) : field->value;
    size_t at = (size_t)(cut.p - whole.p);
    uint8_t *p = arena_alloc(arena, whole.n);
    if (!p)
        return WAYBILL_NOMEM;
    memcpy(p, whole.p, at);
    memcpy(p + at, cut.p + cut.n, whole.n - at - cut.n);
    *out = slice_of(p, whole.n - cut.n);
    if (form == CANON_SIMPLE)
        return WAYBILL_OK;
    size_t n;
    p = relax(arena, field->name, *out, &n);
    *out = slice_of(p, n);
    return p ? WAYBILL_OK : WAYBILL_NOMEM;
}
