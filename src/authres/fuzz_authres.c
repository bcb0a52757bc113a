/*
 * Whatever parses is written, and read again: the same methods with the same texts, but for what
 * the writer shows in another way (authres.h).
 */
#include "authres/authres.h"
#include "base/utf8.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Octets of a text that are always written whole, whatever they are. */
enum { ALWAYS_WHOLE = 180 };

static void check(bool good)
{
    if (!good)
        abort();
}

static const char *string_of(struct arena *arena, struct slice s)
{
    struct slice copy;
    check(arena_copy(arena, s, &copy));
    return (const char *)copy.p;
}

static bool written_as_is(struct slice s, bool utf8)
{
    for (size_t i = 0, n; i < s.n; i += n) {
        n = utf8_printable(slice_from(s, i));
        if (n == 0 || (n > 1 && !utf8))
            return false;
    }
    return s.n <= ALWAYS_WHOLE;
}

static void write_method(struct arena *arena, struct authres_writer *w,
                         const struct authres_method *m)
{
    const char *name = arena_printf(arena, "%s/%u", string_of(arena, m->method), m->version);
    check(name);
    authres_method(w, name, string_of(arena, m->result));
    if (m->reason.p)
        authres_reason(w, m->reason);
    authres_comment(w, m->comment);
    for (size_t i = 0; i < m->n; i++)
        authres_property(w, string_of(arena, m->properties[i].ptype),
                         string_of(arena, m->properties[i].property), m->properties[i].value);
}

static void write_field(struct arena *arena, struct buffer *out, const struct authres *a)
{
    struct authres_writer w;
    authres_begin(&w, out, a->authserv_id);
    for (size_t i = 0; i < a->n; i++)
        write_method(arena, &w, &a->methods[i]);
    if (a->none)
        authres_none(&w);
}

static void check_text(struct slice given, struct slice read, bool utf8)
{
    check(slice_eq(given, read) || !written_as_is(given, utf8));
}

static void check_properties(const struct authres_method *given, const struct authres_method *read)
{
    for (size_t i = 0; i < given->n; i++)
        if (given->properties[i].value.n > ALWAYS_WHOLE)
            return;
    check(given->n == read->n);
    for (size_t i = 0; i < given->n; i++) {
        check(slice_eq(given->properties[i].ptype, read->properties[i].ptype));
        check(slice_eq(given->properties[i].property, read->properties[i].property));
        check_text(given->properties[i].value, read->properties[i].value, true);
    }
}

static void check_method(const struct authres_method *given, const struct authres_method *read)
{
    check(slice_eq(given->method, read->method) && given->version == read->version);
    check(slice_eq(given->result, read->result));
    check((given->reason.p == NULL) == (read->reason.p == NULL));
    check_text(given->reason, read->reason, true);
    if (given->comment.n > 0)
        check_text(given->comment, read->comment, false);
    check_properties(given, read);
}

/* The field with every method as it stood. */
static void check_raw(struct arena *arena, const struct authres *given)
{
    struct buffer out = buffer_new(SIZE_MAX);
    struct authres_writer w;
    struct authres read;
    authres_begin(&w, &out, given->authserv_id);
    for (size_t i = 0; i < given->n; i++)
        authres_raw(&w, given->methods[i].raw);
    check(authres_parse(arena, buffer_slice(&out), &read) == WAYBILL_OK && read.n == given->n);
    for (size_t i = 0; i < given->n; i++) {
        const struct authres_method *m = &given->methods[i];
        check(slice_eq(m->result, read.methods[i].result) && m->n == read.methods[i].n);
        check(slice_eq(m->comment, read.methods[i].comment));
    }
    buffer_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = arena_new();
    struct buffer out = buffer_new(SIZE_MAX);
    struct authres given, read;
    enum waybill_status status = authres_parse(&arena, slice_of(data, size), &given);
    check((status == WAYBILL_OK) == (given.why == NULL) && given.at <= size);
    if (status == WAYBILL_OK) {
        write_field(&arena, &out, &given);
        check(authres_parse(&arena, buffer_slice(&out), &read) == WAYBILL_OK);
        check_text(given.authserv_id, read.authserv_id, true);
        check(given.none == read.none && given.n == read.n);
        for (size_t i = 0; i < given.n; i++)
            check_method(&given.methods[i], &read.methods[i]);
        if (!given.none)
            check_raw(&arena, &given);
    }
    buffer_free(&out);
    arena_free(&arena);
    return 0;
}
