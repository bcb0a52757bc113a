#include "mail/taglist.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static bool within(struct slice part, struct slice whole)
{
    return part.p >= whole.p && part.p + part.n <= whole.p + whole.n;
}

/* A tag by itself is a list of this one tag. */
static void parse_again(struct arena *arena, const struct tag *tag)
{
    struct taglist alone;
    must(taglist_parse(arena, tag->span, &alone) == WAYBILL_OK && alone.n == 1);
    must(slice_eq(alone.tags[0].name, tag->name) && slice_eq(alone.tags[0].raw, tag->raw));
}

static void split(struct slice value)
{
    size_t n = 0, colons = 0;
    struct slice rest = value, element;
    for (bool done = false; taglist_element(&rest, &done, &element); n++)
        must(within(element, value));
    for (size_t i = slice_find(value, ':', 0); i < value.n; i = slice_find(value, ':', i + 1))
        colons++;
    must(n == colons + 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = arena_new();
    struct taglist list;
    struct slice text = slice_of(data, size);
    enum waybill_status status = taglist_parse(&arena, text, &list);
    must(status == WAYBILL_OK ? list.n > 0 && !list.why : status == WAYBILL_SYNTAX && list.why);
    const uint8_t *behind = data;
    for (size_t i = 0; i < list.n; i++) {
        const struct tag *tag = &list.tags[i];
        must(within(tag->span, text) && tag->span.p >= behind);
        must(within(tag->name, tag->span) && tag->name.n > 0 && tag->name.p == tag->span.p);
        must(within(tag->raw, tag->span) && within(tag->value, tag->raw));
        must(tag->raw.p + tag->raw.n == tag->span.p + tag->span.n);
        behind = tag->span.p + tag->span.n;
        parse_again(&arena, tag);
        split(tag->value);
    }
    arena_free(&arena);
    return 0;
}
