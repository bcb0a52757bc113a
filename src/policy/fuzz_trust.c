/* A domain that is looked up, a line end, and a trust text. */
#include "base/limits.h"
#include "dns/name.h"
#include "policy/trust.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST = 64 };

static void must(bool is_so)
{
    if (!is_so)
        abort();
}

/* Whether a pattern, which is in lower case, covers a name in lower case. */
static bool covers(struct slice pattern, struct slice name)
{
    if (!slice_starts(pattern, SLICE("*.")))
        return slice_eq(pattern, name);
    struct slice domain = slice_from(pattern, 2);
    return name.n > domain.n && name_is_within(name, domain);
}

static void look_up(const struct trust *trust, struct slice name)
{
    struct waybill_trust_line lines[MOST];
    size_t n = trust_lines(trust, name, lines, MOST), before = SIZE_MAX;
    unsigned roles = 0;
    for (size_t i = 0; i < n && i < MOST; i++) {
        struct slice pattern = slice_str(lines[i].pattern);
        must(covers(pattern, name) && pattern.n <= before && lines[i].line > 0);
        must(lines[i].roles >= 1 && lines[i].roles <= 3);
        before = slice_starts(pattern, SLICE("*.")) ? pattern.n : SIZE_MAX;
        roles |= lines[i].roles;
    }
    for (unsigned role = 1; role <= 3 && n <= MOST; role++)
        must(trust_has(trust, name, role) == ((roles & role) == role));
}

static void check_error(enum waybill_status status, const struct waybill_text_error *error)
{
    must(status == WAYBILL_SYNTAX || status == WAYBILL_LIMIT);
    must(error->what[0] && memchr(error->what, '\0', sizeof error->what));
    for (const char *c = error->what; *c; c++)
        must(*c >= ' ' && *c <= '~');
    must(error->line > 0 || status == WAYBILL_LIMIT);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice all = slice_of(data, size), name;
    size_t cut = slice_find(all, '\n', 0);
    struct arena arena = arena_new();
    struct trust trust = trust_new();
    struct waybill_text_error error;
    enum waybill_status status = trust_add(&trust, slice_from(all, cut + 1), &error);
    if (status != WAYBILL_OK)
        check_error(status, &error);
    must(status == WAYBILL_OK || !trust.texts);
    must(!trust.texts == !trust.roles);
    if (name_to_ascii(&arena, slice_sub(all, 0, cut), &name) == WAYBILL_OK && name_is_domain(name))
        look_up(&trust, name);
    trust_free(&trust);
    arena_free(&arena);
    return 0;
}
