/*
 * Recipes of the shared corpora, and changes for which ours must be right: any steps are, if they
 * make the older side of the newer.
 *
 * recipe_suite [FOLDER]: the folder of the corpora, else WAYBILL_CORPORA. Prints TAP.
 */
#include "base/buffer.h"
#include "support/recipes.h"
#include "support/support.h"

#include <dirent.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

static size_t tests, failures;
static struct lab lab;

static void report(bool good, const char *set, const char *name, const char *why)
{
    tests++;
    failures += !good;
    printf("%sok %zu - %s: %s%s%s\n", good ? "" : "not ", tests, set, name, good ? "" : ": ",
           good ? "" : why);
}

static bool read_file(struct buffer *out, const char *folder, const char *name)
{
    char path[4096], piece[65536];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "rb");
    *out = buffer_new(LAB_MESSAGE_OCTETS);
    for (size_t n; f && (n = fread(piece, 1, sizeof piece, f)) > 0;)
        buffer_add(out, slice_of(piece, n));
    if (f)
        fclose(f);
    return f != NULL;
}

/* Lines that end in LF, and perhaps not at their end, as CRLF. */
static struct buffer with_crlf(struct slice s)
{
    struct buffer b = buffer_new(LAB_MESSAGE_OCTETS);
    for (size_t at = 0; at < s.n;) {
        size_t lf = slice_find(s, '\n', at);
        buffer_add(&b, slice_sub(s, at, lf - at));
        buffer_add_str(&b, "\r\n");
        at = lf + 1;
    }
    return b;
}

/* --- revised, and undone ---------------------------------------------------------------------- */

/* Octets of the recipe's JSON, 0 where none is needed; `why` is set where it is wrong. */
static size_t revise_and_undo(struct slice before, struct slice after, char why[200])
{
    struct buffer old = buffer_new(LAB_MESSAGE_OCTETS), new = buffer_new(LAB_MESSAGE_OCTETS);
    struct buffer made = buffer_new(LAB_MESSAGE_OCTETS);
    struct waybill_recipe *recipe = NULL;
    size_t n = 0;
    buffer_add(&old, before);
    buffer_add(&new, after);
    put_instance(&old, 1, slice_of(NULL, 0));
    put_instance(&new, 1, slice_of(NULL, 0));
    if (waybill_recipe_make(lab.engine, WAYBILL_DRAFT_09, old.p, old.n, new.p, new.n, NULL, &recipe,
                            why) == WAYBILL_OK) {
        const char *json = recipe ? waybill_recipe_json(recipe, &n) : NULL;
        put_instance(&new, 2, slice_of(json, n));
        if (undo_message(&lab, buffer_slice(&new), 1, NULL, &made, why) &&
            !same_hashes(&lab, buffer_slice(&old), buffer_slice(&made)))
            snprintf(why, 200, "what is undone has other hashes");
    }
    waybill_recipe_free(recipe);
    buffer_free(&old);
    buffer_free(&new);
    buffer_free(&made);
    return n;
}

static void try_pair(const char *set, const char *name, struct slice before, struct slice after)
{
    char why[200];
    revise_and_undo(before, after, why);
    report(why[0] == '\0', set, name, why);
}

/* --- maillist: what a list did to real mail ----------------------------------------------------
 */

enum { PAIRS = 100, SMALL = 4096 };

static void run_maillist(const char *folder)
{
    char originals[4096], messages[4096], why[200];
    size_t pairs = 0;
    snprintf(originals, sizeof originals, "%s/maillist/derived-originals", folder);
    snprintf(messages, sizeof messages, "%s/maillist/messages", folder);
    DIR *d = opendir(originals);
    for (struct dirent *e; d && (e = readdir(d)) != NULL;) {
        struct buffer before, after;
        if (e->d_name[0] == '.')
            continue;
        if (!read_file(&before, originals, e->d_name) || !read_file(&after, messages, e->d_name)) {
            report(false, "maillist", e->d_name, "cannot be read");
        } else {
            size_t n = revise_and_undo(buffer_slice(&before), buffer_slice(&after), why);
            if (!why[0] && (n == 0 || n > SMALL))
                snprintf(why, sizeof why, "the recipe has %zu octets", n);
            report(why[0] == '\0', "maillist", e->d_name, why);
        }
        pairs++;
        buffer_free(&before);
        buffer_free(&after);
    }
    if (d)
        closedir(d);
    report(pairs == PAIRS, "maillist", "all pairs", "not all are here");
}

/* --- dkim2-wg-interop: bodies as lists of lines ------------------------------------------------
 */

static struct buffer message_of_lines(const json_t *lines)
{
    struct buffer b = message_of("From: a\r\n\r\n");
    for (size_t i = 0; i < json_array_size(lines); i++) {
        const json_t *line = json_array_get(lines, i);
        buffer_add(&b, slice_of(json_string_value(line), json_string_length(line)));
        buffer_add_str(&b, "\r\n");
    }
    return b;
}

static void run_body_diff(const char *folder)
{
    struct buffer text;
    const json_t *c;
    size_t i;
    if (!read_file(&text, folder, "dkim2-wg-interop/body-diff-small.json")) {
        report(false, "body-diff-small", "the file", "cannot be read");
        return;
    }
    json_t *root = json_loadb((char *)text.p, text.n, 0, NULL);
    json_array_foreach(json_object_get(root, "cases"), i, c)
    {
        struct buffer before = message_of_lines(json_object_get(c, "prev"));
        struct buffer after = message_of_lines(json_object_get(c, "cur"));
        try_pair("body-diff-small", json_string_value(json_object_get(c, "name")),
                 buffer_slice(&before), buffer_slice(&after));
        buffer_free(&before);
        buffer_free(&after);
    }
    report(i == 10, "body-diff-small", "all cases", "not all are here");
    json_decref(root);
    buffer_free(&text);
}

/* --- dkim2-turscar-spec02: differences, and what recipes make ----------------------------------
 */

/* The parts of a case: FOLDER/NAME.EXTENSION. */
static bool read_part(struct buffer *out, const char *folder, const char *name, const char *part)
{
    char path[4096];
    struct buffer raw;
    snprintf(path, sizeof path, "dkim2-turscar-spec02/testdata/%s.%s", name, part);
    if (!read_file(&raw, folder, path))
        return false;
    *out = with_crlf(buffer_slice(&raw));
    buffer_free(&raw);
    return true;
}

static void run_difference(const char *folder, const char *name, bool of_body)
{
    struct buffer before, after;
    if (!read_part(&before, folder, name, "old") || !read_part(&after, folder, name, "new")) {
        report(false, "turscar", name, "cannot be read");
        return;
    }
    if (of_body) {
        put_on_top(&before, SLICE("From: a\r\n\r\n"));
        put_on_top(&after, SLICE("From: a\r\n\r\n"));
    }
    try_pair("turscar", name, buffer_slice(&before), buffer_slice(&after));
    buffer_free(&before);
    buffer_free(&after);
}

/* What the recipe makes of the fields, a line each; or why it makes nothing. */
static void apply(struct slice fields, struct slice json, struct buffer *out)
{
    struct arena arena = arena_new();
    const struct dkim2_draft *draft = dkim2_draft_of(WAYBILL_DRAFT_06);
    struct header header = header_of(&arena, fields);
    struct dkim2_fields newer, older;
    struct recipe recipe;
    bool applies = false;
    const char *why = recipe_try(&arena, WAYBILL_DRAFT_06, json, &recipe);
    *out = buffer_new(LAB_MESSAGE_OCTETS);
    must(why || (dkim2_fields_read(&arena, draft, &header, &newer) == WAYBILL_OK &&
                 dkim2_fields_undo(&arena, draft, &newer, &recipe, &older, &applies) == WAYBILL_OK),
         "memory");
    if (why)
        buffer_add_str(out, why);
    else if (applies)
        buffer_add(out, fields_text(&arena, &older));
    arena_free(&arena);
}

/* What is hashed of fields that are written as a header. */
static void hashed_of(struct slice fields, struct buffer *out)
{
    struct arena arena = arena_new();
    struct header header = header_of(&arena, fields);
    struct dkim2_fields read;
    must(dkim2_fields_read(&arena, dkim2_draft_of(WAYBILL_DRAFT_06), &header, &read) == WAYBILL_OK,
         "memory");
    *out = buffer_new(LAB_MESSAGE_OCTETS);
    buffer_add(out, fields_text(&arena, &read));
    arena_free(&arena);
}

/* `why` is what draft 06 says of it, where the set has the recipe of an older one. */
static void run_recipe(const char *folder, const char *name, const char *why)
{
    struct buffer fields, want, json, made, hashed;
    char path[4096];
    snprintf(path, sizeof path, "dkim2-turscar-spec02/testdata/%s.json", name);
    if (!read_part(&fields, folder, name, "in") || !read_part(&want, folder, name, "want") ||
        !read_file(&json, folder, path)) {
        report(false, "turscar", name, "cannot be read");
        return;
    }
    hashed_of(buffer_slice(&want), &hashed);
    apply(buffer_slice(&fields), buffer_slice(&json), &made);
    report(slice_eq(buffer_slice(&made), why ? slice_str(why) : buffer_slice(&hashed)), "turscar",
           name, "it makes something else");
    buffer_free(&fields);
    buffer_free(&want);
    buffer_free(&json);
    buffer_free(&made);
    buffer_free(&hashed);
}

static void run_turscar(const char *folder)
{
    run_difference(folder, "diff/deleted", false);
    run_difference(folder, "diff/ranges", false);
    run_difference(folder, "diff/reorder", false);
    run_difference(folder, "body/body", true);
    run_recipe(folder, "recipe/copy_one", NULL);
    run_recipe(folder, "recipe/preserve_unmentioned", NULL);
    /* Spec-06 section 5: "anyOf" wants "h" or "b", and "minProperties" is 1. */
    run_recipe(folder, "recipe/no_change", "the recipe has neither \"h\" nor \"b\"");
    run_recipe(folder, "recipe/cannot_recreate", "\"h\" is no object with the name of a field");
}

/* ---------------------------------------------------------------------------------------------- */

/* Absent corpora skip the suite, but fail it where CI says they must be there. */
static int skip(void)
{
    const char *ci = getenv("CI");
    bool must_be = ci && strcmp(ci, "true") == 0;
    printf(must_be ? "1..1\nnot ok 1 - the DKIM2 corpora are absent\n"
                   : "1..0 # SKIP the DKIM2 corpora are absent\n");
    return must_be;
}

int main(int argc, char **argv)
{
    const char *folder = argc > 1 ? argv[1] : getenv("WAYBILL_CORPORA");
    DIR *d = folder ? opendir(folder) : NULL;
    if (!d)
        return skip();
    closedir(d);
    lab = lab_new();
    run_body_diff(folder);
    run_turscar(folder);
    run_maillist(folder);
    lab_free(&lab);
    printf("1..%zu\n", tests);
    return failures > 0;
}
