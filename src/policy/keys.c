#include "policy/keys.h"

#include "base/limits.h"
#include "base/names.h"
#include "base/nearest.h"
#include "base/path.h"
#include "base/text_error.h"
#include "dns/name.h"
#include "policy/pattern.h"

#include <stdlib.h>

/* The lines stand in the order of the index, so that those of one pattern are a part of them. */
struct key_table {
    struct arena arena;
    struct key_line *lines;
    size_t n;
    struct names index;
};

static const struct use {
    const char *name;
    enum key_use use;
} uses[] = {{"dkim", KEY_DKIM}, {"dkim2", KEY_DKIM2}};

enum { USES = sizeof uses / sizeof *uses };

static const unsigned ALL_USES = KEY_DKIM | KEY_DKIM2;

/* A line in the order of the file. */
struct keyed {
    struct slice key; /* of its pattern */
    struct key_line said;
};

/* A word of a line, and what the table keeps of it. */
struct kept {
    struct slice word;
    const char *text;
};

struct reading {
    struct pattern_reader reader;
    struct slice folder;
    struct key_table *table;
    struct arena scratch; /* of the lines in the order of the file */
    struct keyed *lines;
    struct kept selector, file; /* of the line before: most lines name the same */
};

#define FAIL(r, ...) text_error((r)->reader.error, (r)->reader.line, __VA_ARGS__)

/* --- a line ----------------------------------------------------------------------------------- */

static enum waybill_status read_selector(struct reading *r, struct slice word)
{
    struct slice selector;
    if (r->selector.text && slice_eq(word, r->selector.word))
        return WAYBILL_OK;
    if (word.n == 0)
        return FAIL(r, "the selector is missing: write PATTERN SELECTOR FILE");
    enum waybill_status status =
        name_is_domain(word) ? name_to_ascii(&r->table->arena, word, &selector) : WAYBILL_SYNTAX;
    if (status == WAYBILL_SYNTAX)
        return FAIL(r, "'%.*s': no selector: write PATTERN SELECTOR FILE",
                    SLICE_ARGS(text_shown(word)));
    if (status == WAYBILL_OK)
        r->selector = (struct kept){word, (const char *)selector.p};
    return status;
}

static enum waybill_status read_file(struct reading *r, struct slice word)
{
    struct slice file;
    if (r->file.text && slice_eq(word, r->file.word))
        return WAYBILL_OK;
    if (word.n == 0)
        return FAIL(r, "the file is missing: write PATTERN SELECTOR FILE");
    if (slice_find(word, '\0', 0) < word.n)
        return FAIL(r, "'%.*s': no name of a file: remove the NUL", SLICE_ARGS(text_shown(word)));
    if (!path_place(&r->table->arena, r->folder, word, &file))
        return WAYBILL_NOMEM;
    r->file = (struct kept){word, (const char *)file.p};
    return WAYBILL_OK;
}

static enum waybill_status read_use(struct reading *r, struct slice word, unsigned *out)
{
    struct nearest nearest = nearest_new(word);
    for (size_t i = 0; i < USES; i++) {
        if (slice_eq(word, slice_str(uses[i].name))) {
            *out |= uses[i].use;
            return WAYBILL_OK;
        }
        nearest_offer(&nearest, uses[i].name);
    }
    struct slice shown = text_shown(word);
    return nearest.name ? FAIL(r, "'%.*s': unknown use of a key: did you mean %s?",
                               SLICE_ARGS(shown), nearest.name)
                        : FAIL(r, "'%.*s': unknown use of a key: use dkim, dkim2 or both",
                               SLICE_ARGS(shown));
}

static enum waybill_status read_uses(struct reading *r, unsigned *out)
{
    enum waybill_status status = WAYBILL_OK;
    *out = 0;
    for (struct slice word; status == WAYBILL_OK && (word = pattern_word(&r->reader)).n > 0;)
        status = read_use(r, word, out);
    if (*out == 0)
        *out = ALL_USES;
    return status;
}

static enum waybill_status add_line(struct reading *r, const struct pattern *pattern, unsigned said)
{
    size_t n = r->table->n;
    if (n == LIMIT_KEY_LINES) {
        FAIL(r, "over %zu lines: let '*.' patterns stand for what they cover", LIMIT_KEY_LINES);
        return WAYBILL_LIMIT;
    }
    struct keyed *lines = arena_grown(&r->scratch, r->lines, n, sizeof *lines);
    if (!lines)
        return WAYBILL_NOMEM;
    r->lines = lines;
    lines[r->table->n++] = (struct keyed){
        pattern->key, {r->selector.text, r->file.text, said, r->reader.line, pattern->text}};
    return WAYBILL_OK;
}

static enum waybill_status read_line(struct reading *r)
{
    struct pattern pattern;
    unsigned said;
    enum waybill_status status = pattern_read(&r->reader, &pattern);
    if (status == WAYBILL_OK)
        status = read_selector(r, pattern_word(&r->reader));
    if (status == WAYBILL_OK)
        status = read_file(r, pattern_word(&r->reader));
    if (status == WAYBILL_OK)
        status = read_uses(r, &said);
    return status == WAYBILL_OK ? add_line(r, &pattern, said) : status;
}

/* --- a text ----------------------------------------------------------------------------------- */

static enum waybill_status read_text(struct reading *r)
{
    enum waybill_status status = WAYBILL_OK;
    if (r->reader.text.all.n > LIMIT_KEYS_TEXT) {
        FAIL(r, "over %zu octets: let '*.' patterns stand for what they cover", LIMIT_KEYS_TEXT);
        return WAYBILL_LIMIT;
    }
    while (status == WAYBILL_OK && pattern_line(&r->reader))
        status = read_line(r);
    return status;
}

/* What outlives the reading. */
static enum waybill_status make_index(struct reading *r)
{
    struct key_table *table = r->table;
    struct slice *keys = arena_array(&table->arena, table->n, sizeof *keys);
    table->lines = arena_array(&table->arena, table->n, sizeof *table->lines);
    if (!keys || !table->lines)
        return WAYBILL_NOMEM;
    for (size_t i = 0; i < table->n; i++)
        keys[i] = r->lines[i].key;
    enum waybill_status status =
        names_make(&table->arena, keys, sizeof *keys, table->n, &table->index);
    for (size_t i = 0; i < table->n && status == WAYBILL_OK; i++)
        table->lines[i] = r->lines[table->index.entries[i].position].said;
    return status;
}

enum waybill_status key_table_new(struct slice text, struct slice folder, struct key_table **out,
                                  struct waybill_text_error *error)
{
    struct key_table *table = calloc(1, sizeof *table);
    *out = NULL;
    *error = (struct waybill_text_error){0, ""};
    if (!table)
        return WAYBILL_NOMEM;
    struct reading r = {.reader = pattern_reader_new(text, &table->arena, error),
                        .folder = folder,
                        .table = table,
                        .scratch = arena_new()};
    enum waybill_status status = read_text(&r);
    if (status == WAYBILL_OK)
        status = make_index(&r);
    arena_free(&r.scratch);
    if (status == WAYBILL_OK)
        *out = table;
    else
        key_table_free(table);
    return status;
}

void key_table_free(struct key_table *table)
{
    if (table)
        arena_free(&table->arena);
    free(table);
}

/* --- look-ups --------------------------------------------------------------------------------- */

void key_table_find(const struct key_table *table, struct slice ascii_domain,
                    const struct key_line **out, size_t *n)
{
    struct names_range range = {0, 0};
    for (struct slice key = ascii_domain; key.n > 0 && range.n == 0; key = pattern_key_after(key))
        range = names_find(&table->index, key);
    *out = range.n > 0 ? &table->lines[range.first] : NULL;
    *n = range.n;
}

const struct key_line *key_table_lines(const struct key_table *table, size_t *n)
{
    *n = table->n;
    return table->lines;
}
