#include "dkim2/recipe_json.h"

#include "base/cursor.h"
#include "base/limits.h"

#include <stdlib.h>

/*
 * A recipe is five deep, {"h":{"name":[{"c":[1,2]}]}}, and of its values the shortest that nest,
 * {"d":[""]}, have five octets a bracket and more. What goes beyond is refused here, so that
 * neither the parser's stack nor its memory is the sender's to choose.
 */
enum { DEPTH_MOST = 5, OCTETS_A_BRACKET = 5, BRACKETS_FREE = 16 };

struct measure {
    size_t depth, brackets;
    size_t octets; /* of all strings and keys, as they are meant */
};

/* Behind a backslash; octets of UTF-8 that it stands for, of a surrogate half of them. */
static size_t pass_escape(struct cursor *c)
{
    unsigned code = 0;
    if (cursor_take(c) != 'u')
        return 1;
    for (int i = 0; i < 4; i++) {
        int digit = cursor_take(c);
        code = code << 4 | ((unsigned)(digit > '9' ? digit + 9 : digit) & 0xF);
    }
    if (code < 0x80)
        return 1;
    return code < 0x800 || (code & 0xF800) == 0xD800 ? 2 : 3;
}

/* Behind a quotation mark; the one that ends the string may be missing. */
static size_t pass_string(struct cursor *c)
{
    size_t octets = 0;
    for (int octet; (octet = cursor_take(c)) != CURSOR_END && octet != '"';)
        octets += octet == '\\' ? pass_escape(c) : 1;
    return octets;
}

static struct measure measure(struct slice json)
{
    struct measure m = {0};
    struct cursor c = cursor_new(json);
    size_t depth = 0;
    for (int octet; (octet = cursor_take(&c)) != CURSOR_END;) {
        if (octet == '"')
            m.octets += pass_string(&c);
        else if (octet == '{' || octet == '[')
            m.brackets++, depth++;
        else if ((octet == '}' || octet == ']') && depth > 0)
            depth--;
        m.depth = depth > m.depth ? depth : m.depth;
    }
    return m;
}

static const char *what_is_too_much(struct slice json, const struct measure *m)
{
    if (json.n > LIMIT_RECIPE_OCTETS)
        return "the recipe is too long";
    if (m->depth > DEPTH_MOST)
        return "the recipe is nested too deep";
    if (m->brackets > json.n / OCTETS_A_BRACKET + BRACKETS_FREE)
        return "the recipe has more lists and objects than any recipe";
    return NULL;
}

/* Octets of all strings and keys; no deeper than DEPTH_MOST. */
static size_t octets_of(json_t *value)
{
    size_t octets = json_string_length(value), i; /* 0 of what is no string */
    const char *key;
    json_t *member;
    json_array_foreach(value, i, member) octets += octets_of(member);
    json_object_foreach(value, key, member) octets += strlen(key) + octets_of(member);
    return octets;
}

static json_t *load(struct slice json)
{
    return json_loadb((const char *)json.p, json.n, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
}

/*
 * Where an allocation fails jansson may call it a syntax error, or leave out an octet of a string
 * and go on. A real error is one again, and where there is as much memory as the text may need.
 */
static enum waybill_status load_whole(struct slice json, size_t octets, json_t **out)
{
    enum { HEAP_AN_OCTET = 48 }; /* of the shortest steps; 25 of usual ones */
    json_t *root = load(json);
    if (!root)
        root = load(json);
    if (root && octets_of(root) == octets) {
        *out = root;
        return WAYBILL_OK;
    }
    void *room = root ? NULL : malloc(HEAP_AN_OCTET * json.n + 1);
    enum waybill_status status = room ? WAYBILL_SYNTAX : WAYBILL_NOMEM;
    free(room);
    json_decref(root);
    return status;
}

enum waybill_status recipe_json_load(struct slice json, json_t **out, const char **why)
{
    struct measure m = measure(json);
    *out = NULL;
    *why = what_is_too_much(json, &m);
    if (*why)
        return WAYBILL_SYNTAX;
    enum waybill_status status = load_whole(json, m.octets, out);
    if (status == WAYBILL_SYNTAX)
        *why = "the recipe is no JSON";
    return status;
}
