#include "io/config.h"

#include "base/buffer.h"
#include "base/limits.h"
#include "base/nearest.h"
#include "io/config_listeners.h"
#include "io/config_scan.h"
#include "io/config_value.h"

struct reading {
    struct config *config;
    struct config_scan scan;
    enum config_place place;  /* where the next statement stands */
    void *into;               /* the struct of that place */
    size_t line;              /* of a section: where it begins */
    size_t seen[CONFIG_KEYS]; /* the line of a key in this place; 0: not yet */
    struct waybill_text_error *error;
};

#define FAIL(r, ...) text_error((r)->error, (r)->scan.line, __VA_ARGS__)

static const char *section_name(const struct reading *r)
{
    return config_sections[r->place].name;
}

/* --- names ------------------------------------------------------------------------------------ */

static enum waybill_status fail_unknown(struct reading *r)
{
    struct nearest nearest = nearest_new(r->scan.text);
    struct slice shown = text_shown(r->scan.text);
    for (size_t i = 0; i < CONFIG_KEYS; i++) {
        if (config_keys[i].place == r->place)
            nearest_offer(&nearest, config_keys[i].name);
    }
    for (size_t i = CONFIG_TOP + 1; i < CONFIG_PLACES && r->place == CONFIG_TOP; i++)
        nearest_offer(&nearest, config_sections[i].name);
    if (nearest.name)
        return FAIL(r, "'%.*s': unknown key: did you mean %s?", SLICE_ARGS(shown), nearest.name);
    return FAIL(r, "'%.*s': unknown key: see waybill.conf(5)", SLICE_ARGS(shown));
}

/* A key of `other` that stands here. */
static enum waybill_status fail_misplaced(struct reading *r, enum config_place other)
{
    struct slice shown = text_shown(r->scan.text);
    if (r->place == CONFIG_TOP)
        return FAIL(r, "'%.*s' is no key by itself: move it into the %s it belongs to",
                    SLICE_ARGS(shown), config_sections[other].name);
    if (other == CONFIG_TOP)
        return FAIL(r, "'%.*s' is no key of a %s: move it behind the '}' of the %s",
                    SLICE_ARGS(shown), section_name(r), section_name(r));
    return FAIL(r, "'%.*s' is no key of a %s: move it into the %s it belongs to", SLICE_ARGS(shown),
                section_name(r), config_sections[other].name);
}

static enum waybill_status fail_name(struct reading *r)
{
    enum config_place section = config_section_find(r->scan.text);
    if (section != CONFIG_TOP)
        return FAIL(r, "a %s in a %s: close the first one with '}'", config_sections[section].name,
                    section_name(r));
    for (unsigned other = CONFIG_TOP; other < CONFIG_PLACES; other++) {
        if (config_key_find((enum config_place)other, r->scan.text))
            return fail_misplaced(r, (enum config_place)other);
    }
    return fail_unknown(r);
}

/* --- values ----------------------------------------------------------------------------------- */

static struct config_value *value_new(struct reading *r, const struct config_key *key)
{
    void *member = (char *)r->into + key->member;
    if (!key->is_list)
        return member;
    struct config_list *list = member;
    void *more = arena_grown(&r->config->arena, list->values, list->n, sizeof *list->values);
    if (!more)
        return NULL;
    list->values = more;
    return &list->values[list->n++];
}

/* A text of the file, or of a default: then `line` is 0. */
static enum waybill_status take_value(struct reading *r, const struct config_key *key,
                                      struct slice text, size_t line)
{
    struct config_value *value = value_new(r, key);
    struct slice plain;
    if (!value || !config_scan_plain(&r->config->arena, text, &plain))
        return WAYBILL_NOMEM;
    *value = (struct config_value){(const char *)plain.p, line, 0};
    return config_value_read(r->config, key, value, r->error);
}

static bool is_text(enum config_token token)
{
    return token == CONFIG_TOKEN_WORD || token == CONFIG_TOKEN_QUOTED;
}

/* Behind the '{' of a list: values, each but the last with a comma behind. */
static enum waybill_status read_list(struct reading *r, const struct config_key *key)
{
    enum config_token token;
    enum waybill_status status;
    while ((status = config_scan_next(&r->scan, &token)) == WAYBILL_OK &&
           token != CONFIG_TOKEN_CLOSE) {
        if (!is_text(token))
            return FAIL(r, "a value of '%s' is missing: write %s = { A, B }", key->name, key->name);
        status = take_value(r, key, r->scan.text, r->scan.line);
        if (status == WAYBILL_OK)
            status = config_scan_next(&r->scan, &token);
        if (status != WAYBILL_OK || token == CONFIG_TOKEN_CLOSE)
            return status;
        if (token != CONFIG_TOKEN_COMMA)
            return FAIL(r, "',' or '}' is missing in '%s': write %s = { A, B }", key->name,
                        key->name);
    }
    return status;
}

static enum waybill_status read_value(struct reading *r, const struct config_key *key)
{
    enum config_token token;
    enum waybill_status status = config_scan_next(&r->scan, &token);
    if (status != WAYBILL_OK)
        return status;
    if (is_text(token))
        return take_value(r, key, r->scan.text, r->scan.line);
    if (token != CONFIG_TOKEN_OPEN)
        return FAIL(r, "the value of '%s' is missing: write %s = VALUE", key->name, key->name);
    if (!key->is_list)
        return FAIL(r, "'%s' has one value: write it without braces", key->name);
    return read_list(r, key);
}

static enum waybill_status read_setting(struct reading *r, const struct config_key *key)
{
    size_t *seen = &r->seen[key - config_keys];
    if (*seen)
        return FAIL(r, "'%s' stands twice: it is on line %zu already: leave one out", key->name,
                    *seen);
    *seen = r->scan.line;
    enum config_token token;
    enum waybill_status status = config_scan_next(&r->scan, &token);
    if (status == WAYBILL_OK && token != CONFIG_TOKEN_EQUALS)
        return FAIL(r, "'=' is missing behind '%s': write %s = VALUE", key->name, key->name);
    return status == WAYBILL_OK ? read_value(r, key) : status;
}

/* --- what is left out ------------------------------------------------------------------------- */

static bool makes_sense(const struct reading *r, const struct config_key *key)
{
    if (!key->presets)
        return true;
    const struct config_listener *listener = r->into;
    return key->presets >> listener->preset.number & 1;
}

static enum waybill_status fail_senseless(struct reading *r, const struct config_key *key)
{
    const struct config_listener *listener = r->into;
    char room[TEXT_WHY_OCTETS];
    struct buffer presets = buffer_over(room, sizeof room);
    for (size_t i = 0; config_presets[i]; i++) {
        if (key->presets >> i & 1)
            buffer_printf(&presets, "%s%s", presets.n ? " or " : "", config_presets[i]);
    }
    return text_error(
        r->error, r->seen[key - config_keys],
        "'%s' makes no sense with preset = %s: leave it out, or make it preset = %.*s", key->name,
        listener->preset.text, SLICE_ARGS(presets));
}

static enum waybill_status fail_missing(struct reading *r, const struct config_key *key)
{
    if (!key->presets)
        return text_error(r->error, r->line, "%s is missing in the %s: add %s = %s", key->name,
                          section_name(r), key->name, key->example);
    const struct config_listener *listener = r->into;
    return text_error(r->error, r->line,
                      "%s is missing in the %s, which has preset = %s: add %s = %s", key->name,
                      section_name(r), listener->preset.text, key->name, key->example);
}

static enum waybill_status take_fallback(struct reading *r, const struct config_key *key)
{
    struct cursor c = cursor_new(slice_str(key->fallback));
    if (!key->is_list)
        return take_value(r, key, c.all, 0);
    enum waybill_status status = WAYBILL_OK;
    while (status == WAYBILL_OK && !cursor_done(&c)) {
        status = take_value(r, key, slice_trim(cursor_until(&c, ',')), 0);
        cursor_accept(&c, ',');
    }
    return status;
}

static enum waybill_status complete_key(struct reading *r, const struct config_key *key)
{
    bool stands = r->seen[key - config_keys] != 0;
    if (!makes_sense(r, key))
        return stands ? fail_senseless(r, key) : WAYBILL_OK;
    if (stands)
        return WAYBILL_OK;
    if (key->required)
        return fail_missing(r, key);
    return key->fallback ? take_fallback(r, key) : WAYBILL_OK;
}

static enum waybill_status complete(struct reading *r)
{
    enum waybill_status status = WAYBILL_OK;
    for (size_t i = 0; i < CONFIG_KEYS && status == WAYBILL_OK; i++) {
        if (config_keys[i].place == r->place)
            status = complete_key(r, &config_keys[i]);
    }
    return status;
}

/* --- sections --------------------------------------------------------------------------------- */

/* Room for one more of these sections, behind those there are; NULL is out of memory. */
static void *section_new(struct config *config, const struct config_section *section)
{
    char *members = (char *)config;
    size_t *n = (size_t *)(members + section->n);
    void *list; /* one of the pointers to a struct of its own, which all look alike */
    memcpy(&list, members + section->list, sizeof list);
    list = arena_grown(&config->arena, list, *n, section->octets);
    if (!list)
        return NULL;
    memcpy(members + section->list, &list, sizeof list);
    return (char *)list + (*n)++ * section->octets;
}

/* The name of one of these sections. */
static const struct config_value *section_at(const struct config *config,
                                             const struct config_section *section, size_t i)
{
    const void *list;
    memcpy(&list, (const char *)config + section->list, sizeof list);
    return (const void *)((const char *)list + i * section->octets);
}

/* A section that begins with its name, the last text; *out is its struct. */
static enum waybill_status add_section(struct reading *r, const struct config_section *section,
                                       void **out)
{
    const struct config *config = r->config;
    size_t n = *(const size_t *)((const char *)config + section->n);
    struct slice name;
    if (!config_scan_plain(&r->config->arena, r->scan.text, &name))
        return WAYBILL_NOMEM;
    for (size_t i = 0; i < n; i++) {
        const struct config_value *before = section_at(config, section, i);
        if (slice_eq(name, slice_str(before->text)))
            return FAIL(r, "%s '%.*s' stands twice: it is on line %zu already: choose another name",
                        section->name, SLICE_ARGS(text_shown(name)), before->line);
    }
    if (n == section->most) {
        FAIL(r, "over %zu %ss: leave out what is not used", section->most, section->name);
        return WAYBILL_LIMIT;
    }
    *out = section_new(r->config, section);
    if (!*out)
        return WAYBILL_NOMEM;
    *(struct config_value *)*out = (struct config_value){(const char *)name.p, r->line, 0};
    return WAYBILL_OK;
}

static void enter(struct reading *r, enum config_place place, void *into)
{
    r->place = place;
    r->into = into;
    for (size_t i = 0; i < CONFIG_KEYS && place != CONFIG_TOP; i++) {
        if (config_keys[i].place == place)
            r->seen[i] = 0;
    }
}

/* Its name and its '{'. */
static enum waybill_status begin_section(struct reading *r, enum config_place place)
{
    const struct config_section *section = &config_sections[place];
    enum config_token token;
    void *into = NULL;
    r->line = r->scan.line;
    enum waybill_status status = config_scan_next(&r->scan, &token);
    if (status != WAYBILL_OK)
        return status;
    if (!is_text(token))
        return FAIL(r, "the name of the %s is missing: write %s \"NAME\" { ... }", section->name,
                    section->name);
    status = add_section(r, section, &into);
    if (status == WAYBILL_OK)
        status = config_scan_next(&r->scan, &token);
    if (status != WAYBILL_OK)
        return status;
    if (token != CONFIG_TOKEN_OPEN)
        return FAIL(r, "'{' is missing behind the name of the %s: write %s \"NAME\" { ... }",
                    section->name, section->name);
    enter(r, place, into);
    return WAYBILL_OK;
}

static enum waybill_status end_section(struct reading *r)
{
    if (r->place == CONFIG_TOP)
        return FAIL(r, "'}' closes nothing: remove it");
    enum waybill_status status = complete(r);
    if (status == WAYBILL_OK && r->place == CONFIG_LISTENER)
        status = config_listeners_check(r->config, r->error);
    enter(r, CONFIG_TOP, r->config);
    return status;
}

/* --- the whole -------------------------------------------------------------------------------- */

static enum waybill_status read_name(struct reading *r)
{
    const struct config_key *key = config_key_find(r->place, r->scan.text);
    enum config_place section = config_section_find(r->scan.text);
    if (key)
        return read_setting(r, key);
    return section != CONFIG_TOP && r->place == CONFIG_TOP ? begin_section(r, section)
                                                           : fail_name(r);
}

static enum waybill_status end_text(struct reading *r)
{
    if (r->place == CONFIG_TOP)
        return complete(r);
    return FAIL(r, "the %s of line %zu is never closed: add '}'", section_name(r), r->line);
}

static enum waybill_status read_statement(struct reading *r, enum config_token token)
{
    switch (token) {
    case CONFIG_TOKEN_END:
        return end_text(r);
    case CONFIG_TOKEN_WORD:
        return read_name(r);
    case CONFIG_TOKEN_CLOSE:
        return end_section(r);
    default:
        return FAIL(r, "a key is expected here: write KEY = VALUE");
    }
}

enum waybill_status config_read(struct config *config, const char *file, struct slice text,
                                struct waybill_text_error *error)
{
    *config = (struct config){.arena = arena_new()};
    *error = (struct waybill_text_error){0, ""};
    if (text.n > LIMIT_CONFIG_OCTETS) {
        text_error(error, 0, "over %zu octets: name the right file", LIMIT_CONFIG_OCTETS);
        return WAYBILL_LIMIT;
    }
    config->file = arena_printf(&config->arena, "%s", file);
    if (!config->file)
        return WAYBILL_NOMEM;
    struct reading r = {
        .config = config, .scan = config_scan_new(text, error), .into = config, .error = error};
    enum config_token token;
    enum waybill_status status;
    do {
        status = config_scan_next(&r.scan, &token);
        if (status == WAYBILL_OK)
            status = read_statement(&r, token);
    } while (status == WAYBILL_OK && token != CONFIG_TOKEN_END);
    return status;
}

void config_free(struct config *config)
{
    arena_free(&config->arena);
    *config = (struct config){.arena = arena_new()};
}
