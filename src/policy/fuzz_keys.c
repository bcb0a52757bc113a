/* A domain that is looked up, a line end, and a key file. */
#include "base/arena.h"
#include "dns/name.h"
#include "policy/keys.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool is_so)
{
    if (!is_so)
        abort();
}

static void check_error(enum waybill_status status, const struct waybill_text_error *error)
{
    must(status == WAYBILL_SYNTAX || status == WAYBILL_LIMIT);
    must(error->what[0] && memchr(error->what, '\0', sizeof error->what));
    for (const char *c = error->what; *c; c++)
        must(*c >= ' ' && *c <= '~');
    must(error->line > 0 || status == WAYBILL_LIMIT);
}

static void check_line(const struct key_line *line)
{
    must(line->uses >= 1 && line->uses <= 3 && line->line > 0);
    must(name_is_domain(slice_str(line->selector)));
    must(line->file[0] == '/');
}

/* What is found is a part of all lines, in the order of the file. */
static void look_up(const struct key_table *table, struct slice name)
{
    const struct key_line *found;
    size_t n, n_all;
    const struct key_line *all = key_table_lines(table, &n_all);
    for (size_t i = 0; i < n_all; i++)
        check_line(&all[i]);
    key_table_find(table, name, &found, &n);
    must((n == 0) == (found == NULL) && n <= n_all);
    must(n == 0 || (found >= all && found + n <= all + n_all));
    for (size_t i = 1; i < n; i++)
        must(found[i].line > found[i - 1].line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice all = slice_of(data, size), name;
    size_t cut = slice_find(all, '\n', 0);
    struct arena arena = arena_new();
    struct key_table *table;
    struct waybill_text_error error;
    enum waybill_status status =
        key_table_new(slice_from(all, cut + 1), SLICE("/f/"), &table, &error);
    must((status == WAYBILL_OK) == (table != NULL));
    if (status != WAYBILL_OK)
        check_error(status, &error);
    if (table && name_to_ascii(&arena, slice_sub(all, 0, cut), &name) == WAYBILL_OK)
        look_up(table, name);
    key_table_free(table);
    arena_free(&arena);
    return 0;
}
