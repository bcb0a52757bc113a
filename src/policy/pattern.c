#include "policy/pattern.h"

#include "base/text_error.h"
#include "dns/name.h"

#define FAIL(r, ...) text_error((r)->error, (r)->line, __VA_ARGS__)

/* --- words ------------------------------------------------------------------------------------ */

static bool is_wsp(uint8_t c)
{
    return octet_is_wsp(c);
}

static bool is_word(uint8_t c)
{
    return !octet_is_wsp(c);
}

struct slice pattern_word(struct pattern_reader *r)
{
    cursor_while(&r->words, is_wsp);
    return cursor_while(&r->words, is_word);
}

bool pattern_line(struct pattern_reader *r)
{
    while (!cursor_done(&r->text)) {
        struct slice line = cursor_until(&r->text, '\n');
        cursor_take(&r->text);
        r->line++;
        r->words = cursor_new(slice_trim(slice_sub(line, 0, slice_find(line, '#', 0))));
        if (!cursor_done(&r->words))
            return true;
    }
    return false;
}

/* --- patterns --------------------------------------------------------------------------------- */

/* What follows the label in which the last '*' stands is what was meant. */
static enum waybill_status fail_star(struct pattern_reader *r, struct slice word)
{
    size_t star = 0;
    for (size_t at = slice_find(word, '*', 0); at < word.n; at = slice_find(word, '*', at + 1))
        star = at;
    struct slice rest = slice_from(word, slice_find(word, '.', star) + 1);
    struct slice shown = text_shown(word);
    if (!name_is_domain(rest))
        return FAIL(r, "'%.*s': '*' stands only for what is before a domain: name the domains",
                    SLICE_ARGS(shown));
    return FAIL(r, "'%.*s': '*' stands only for the first label: write *.%.*s", SLICE_ARGS(shown),
                SLICE_ARGS(text_shown(rest)));
}

/* The domain of a pattern, in A-labels; *below where "*." stands before it. */
static enum waybill_status read_domain(struct pattern_reader *r, struct slice word, bool *below,
                                       struct slice *domain)
{
    *below = slice_starts(word, SLICE("*."));
    struct slice name = name_without_dot(*below ? slice_from(word, 2) : word);
    if (slice_find(name, '*', 0) < name.n)
        return fail_star(r, word);
    enum waybill_status status =
        name_is_domain(name) ? name_to_ascii(r->arena, name, domain) : WAYBILL_SYNTAX;
    if (status != WAYBILL_SYNTAX)
        return status;
    return FAIL(r, "'%.*s': no domain: write one as in example.org, or *.example.org",
                SLICE_ARGS(text_shown(word)));
}

enum waybill_status pattern_read(struct pattern_reader *r, struct pattern *out)
{
    struct slice domain, whole;
    bool below;
    enum waybill_status status = read_domain(r, pattern_word(r), &below, &domain);
    if (status != WAYBILL_OK)
        return status;
    const struct slice parts[] = {below ? SLICE("*.") : SLICE(""), domain};
    if (!arena_join(r->arena, parts, 2, &whole))
        return WAYBILL_NOMEM;
    *out = (struct pattern){slice_from(whole, below ? 1 : 0), (const char *)whole.p};
    return WAYBILL_OK;
}

struct slice pattern_key_after(struct slice key)
{
    return slice_from(key, slice_find(key, '.', key.n > 0 && key.p[0] == '.' ? 1 : 0));
}
