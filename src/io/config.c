#include "io/config.h"

#include "base/buffer.h"
#include "base/text_error.h"
#include "io/config_keys.h"
#include "io/config_scan.h"

#include <confuse.h>
#include <stdlib.h>

/* A value as libconfuse keeps it for us. */
struct kept {
    size_t line;
    char text[];
};

/* The top, or a rule. */
struct section {
    struct config *config;
    struct waybill_text_error *error;
    cfg_t *cfg;
    size_t line; /* of a rule: where it begins */
    void *into;  /* the config, or its rule */
};

/* --- libconfuse --------------------------------------------------------------------------------
 */

/* Called where a value stands, the only moment at which its line is known. */
static int keep(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
    (void)opt;
    size_t n = strlen(value) + 1;
    struct kept *kept = malloc(sizeof *kept + n);
    if (!kept)
        return -1;
    kept->line = (size_t)cfg->line;
    memcpy(kept->text, value, n);
    *(void **)result = kept;
    return 0;
}

/* By itself it would write to standard error; the scan has said all there is to say. */
static void say_nothing(cfg_t *cfg, const char *format, va_list args)
{
    (void)cfg, (void)format, (void)args;
}

/* The rows of the table that belong to the top or to a rule, as libconfuse takes them. */
static size_t list_options(bool in_rule, cfg_opt_t *out)
{
    size_t n = 0;
    for (size_t i = 0; i < CONFIG_KEYS; i++) {
        const struct config_key *key = &config_keys[i];
        cfg_flag_t flags = CFGF_NODEFAULT | (config_type_is_list(key->type) ? CFGF_LIST : 0);
        if (key->in_rule == in_rule)
            out[n++] = (cfg_opt_t)CFG_PTR_CB(key->name, NULL, flags, keep, free);
    }
    return n;
}

/* NULL is out of memory. */
static cfg_t *new_cfg(void)
{
    cfg_opt_t top[CONFIG_KEYS + 2], rule[CONFIG_KEYS + 1];
    const cfg_opt_t end = CFG_END();
    rule[list_options(true, rule)] = end;
    size_t n = list_options(false, top);
    top[n] = (cfg_opt_t)CFG_SEC(CONFIG_SECTION_RULE, rule, CFGF_MULTI | CFGF_TITLE);
    top[n + 1] = end;
    cfg_t *cfg = cfg_init(top, CFGF_NONE);
    if (cfg)
        cfg_set_error_function(cfg, say_nothing);
    return cfg;
}

/* --- values ------------------------------------------------------------------------------------
 */

static enum waybill_status fail_choice(struct section *s, const struct config_key *key,
                                       const struct config_value *value)
{
    struct buffer all = buffer_new(256);
    for (size_t i = 0; key->choices[i]; i++)
        buffer_printf(&all, "%s%s", i ? ", " : "", key->choices[i]);
    enum waybill_status status =
        text_error(s->error, value->line, "%s = %.*s: unknown value: use %.*s", key->name,
                   SLICE_ARGS(text_shown(slice_str(value->text))), SLICE_ARGS(all));
    buffer_free(&all);
    return status;
}

static enum waybill_status read_choice(struct section *s, const struct config_key *key,
                                       struct config_value *value)
{
    for (unsigned i = 0; key->choices[i]; i++) {
        if (strcmp(value->text, key->choices[i]) == 0) {
            value->number = i;
            return WAYBILL_OK;
        }
    }
    return fail_choice(s, key, value);
}

static enum waybill_status read_number(struct section *s, const struct config_key *key,
                                       struct config_value *value)
{
    enum { DIGITS = 9 };
    uint64_t number;
    if (!slice_number(slice_str(value->text), DIGITS, &number) || number < key->least ||
        number > key->most)
        return text_error(s->error, value->line, "%s = %.*s: no number from %u to %u: correct it",
                          key->name, SLICE_ARGS(text_shown(slice_str(value->text))), key->least,
                          key->most);
    value->number = (unsigned)number;
    return WAYBILL_OK;
}

/* What the text of a value means by its type. */
static enum waybill_status understand(struct section *s, const struct config_key *key,
                                      struct config_value *value)
{
    if (!value->text[0])
        return text_error(s->error, value->line, "%s is empty: write a value or leave it out",
                          key->name);
    if (key->choices)
        return read_choice(s, key, value);
    return key->type == CONFIG_NUMBER ? read_number(s, key, value) : WAYBILL_OK;
}

static enum waybill_status read_kept(struct section *s, const struct config_key *key,
                                     cfg_opt_t *opt, unsigned i, struct config_value *out)
{
    const struct kept *kept = cfg_opt_getnptr(opt, i);
    struct slice copy;
    if (!arena_copy(&s->config->arena, slice_str(kept->text), &copy))
        return WAYBILL_NOMEM;
    *out = (struct config_value){(const char *)copy.p, kept->line, 0};
    return understand(s, key, out);
}

static enum waybill_status read_fallback(struct section *s, const struct config_key *key,
                                         struct config_value *out)
{
    *out = (struct config_value){key->fallback, 0, 0};
    if (key->required)
        return text_error(s->error, s->line, "%s is missing in the rule: add %s = %s", key->name,
                          key->name, key->example);
    return key->fallback ? understand(s, key, out) : WAYBILL_OK;
}

static enum waybill_status read_list(struct section *s, const struct config_key *key,
                                     cfg_opt_t *opt, struct config_list *out)
{
    /* An empty list that stands there is not one that is left out. */
    bool is_given = opt->flags & CFGF_MODIFIED;
    size_t n = is_given ? cfg_opt_size(opt) : key->fallback != NULL;
    enum waybill_status status = WAYBILL_OK;
    out->values = arena_array(&s->config->arena, n, sizeof *out->values);
    if (!out->values)
        return WAYBILL_NOMEM;
    for (out->n = 0; out->n < n && status == WAYBILL_OK; out->n++) {
        struct config_value *value = &out->values[out->n];
        status = is_given ? read_kept(s, key, opt, (unsigned)out->n, value)
                          : read_fallback(s, key, value);
    }
    return status;
}

static enum waybill_status read_key(struct section *s, const struct config_key *key)
{
    cfg_opt_t *opt = cfg_getopt(s->cfg, key->name);
    void *member = (char *)s->into + key->member;
    if (config_type_is_list(key->type))
        return read_list(s, key, opt, member);
    return cfg_opt_size(opt) ? read_kept(s, key, opt, 0, member) : read_fallback(s, key, member);
}

static enum waybill_status read_section(struct section *s, bool in_rule)
{
    enum waybill_status status = WAYBILL_OK;
    for (size_t i = 0; i < CONFIG_KEYS && status == WAYBILL_OK; i++) {
        if (config_keys[i].in_rule == in_rule)
            status = read_key(s, &config_keys[i]);
    }
    return status;
}

/* --- the whole ---------------------------------------------------------------------------------
 */

static enum waybill_status read_rule(const struct section *top, unsigned i, size_t line)
{
    struct config_rule *rule = &top->config->rules[i];
    struct section s = {top->config, top->error, cfg_getnsec(top->cfg, CONFIG_SECTION_RULE, i),
                        line, rule};
    struct slice title;
    if (!arena_copy(&top->config->arena, slice_str(cfg_title(s.cfg)), &title))
        return WAYBILL_NOMEM;
    rule->name = (struct config_value){(const char *)title.p, line, 0};
    return read_section(&s, true);
}

/* A relative path begins at the folder of the configuration file. */
static enum waybill_status place_trust(struct config *config)
{
    struct slice file = slice_str(config->file), path = slice_str(config->trust.text);
    size_t folder = file.n;
    while (folder > 0 && file.p[folder - 1] != '/')
        folder--;
    if (path.n == 0 || path.p[0] == '/' || folder == 0)
        return WAYBILL_OK;
    const struct slice parts[] = {slice_sub(file, 0, folder), path};
    if (!arena_join(&config->arena, parts, 2, &path))
        return WAYBILL_NOMEM;
    config->trust.text = (const char *)path.p;
    return WAYBILL_OK;
}

static enum waybill_status read_all(struct section *top, const struct config_sections *sections)
{
    struct config *config = top->config;
    enum waybill_status status = read_section(top, false);
    config->rules = arena_array(&config->arena, sections->n, sizeof *config->rules);
    if (!config->rules)
        return WAYBILL_NOMEM;
    for (; config->n_rules < sections->n && status == WAYBILL_OK; config->n_rules++)
        status = read_rule(top, (unsigned)config->n_rules, sections->all[config->n_rules].line);
    return status == WAYBILL_OK ? place_trust(config) : status;
}

/* What passed the scan libconfuse refuses for want of memory alone: fuzz_config tries it. */
static enum waybill_status parse(struct config *config, const char *text,
                                 const struct config_sections *sections,
                                 struct waybill_text_error *error)
{
    cfg_t *cfg = new_cfg();
    if (!cfg)
        return WAYBILL_NOMEM;
    struct section top = {config, error, cfg, 0, config};
    enum waybill_status status = WAYBILL_NOMEM;
    if (cfg_parse_buf(cfg, text) == CFG_SUCCESS &&
        cfg_size(cfg, CONFIG_SECTION_RULE) == sections->n)
        status = read_all(&top, sections);
    cfg_free(cfg);
    return status;
}

enum waybill_status config_read(struct config *config, const char *file, struct slice text,
                                struct waybill_text_error *error)
{
    struct config_sections sections;
    *config = (struct config){.arena = arena_new()};
    *error = (struct waybill_text_error){0, ""};
    if (text.n > LIMIT_CONFIG_OCTETS) {
        text_error(error, 0, "over %zu octets: name the right file", LIMIT_CONFIG_OCTETS);
        return WAYBILL_LIMIT;
    }
    config->file = arena_printf(&config->arena, "%s", file);
    char *copy = arena_alloc(&config->arena, text.n + 1);
    if (!config->file || !copy)
        return WAYBILL_NOMEM;
    if (text.n > 0)
        memcpy(copy, text.p, text.n);
    enum waybill_status status = config_scan((uint8_t *)copy, text.n, &sections, error);
    return status == WAYBILL_OK ? parse(config, copy, &sections, error) : status;
}

void config_free(struct config *config)
{
    arena_free(&config->arena);
    *config = (struct config){.arena = arena_new()};
}
