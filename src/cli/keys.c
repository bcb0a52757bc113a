#include "cli/keys.h"

#include "base/limits.h"
#include "dns/name.h"

#include <stdlib.h>

/* Octets of one string of a TXT record (RFC 1035 section 3.3). */
enum { STRING_OCTETS = 255 };

/* A key file as a line may name it: "k1=key.pem". */
struct named_file {
    const char *selector, *path;
};

static enum outcome unusable(const char *path, enum waybill_status status, const char *why)
{
    if (status == WAYBILL_SYNTAX || status == WAYBILL_REFUSED)
        return report(OUTCOME_CONFIG, (struct place){.file = path}, "%s", why);
    return report_status(status, path);
}

static void warn_of_short(const char *path, const struct waybill_key *key)
{
    unsigned bits = waybill_key_bits(key);
    if (waybill_key_kind(key) == WAYBILL_KEY_RSA && bits < LIMIT_RSA_SIGN_BITS_WARN)
        report_warning((struct place){.file = path},
                       "warning: an RSA key of %u bits: RFC 8301 asks for %d or more, make a new "
                       "one",
                       bits, LIMIT_RSA_SIGN_BITS_WARN);
}

enum outcome key_load(struct waybill_engine *engine, const char *path, struct waybill_key **out)
{
    struct buffer text = buffer_new(LIMIT_KEY_FILE_OCTETS);
    mode_t mode = 0;
    char why[160] = "";
    enum outcome outcome = OUTCOME_DONE;
    enum file_problem problem = file_read_private(path, &text, &mode);
    if (problem == FILE_SHARED) {
        outcome = report(OUTCOME_CONFIG, (struct place){.file = path},
                         "its mode is %04o, so others than its owner may read this key: "
                         "chmod 600 %s",
                         (unsigned)mode, path);
    } else if (problem != FILE_FINE) {
        outcome = report_file(problem, path, OUTCOME_CONFIG);
    } else {
        enum waybill_status status = waybill_key_read(engine, text.p, text.n, out, why);
        if (status != WAYBILL_OK)
            outcome = unusable(path, status, why);
        else
            warn_of_short(path, *out);
    }
    file_wipe(&text);
    return outcome;
}

/* Where the key named at `at` ends: at the comma before the next SELECTOR=, for a file may have a
 * comma in its name. */
static size_t end_of_key(struct slice all, size_t at)
{
    for (size_t end = at; (end = slice_find(all, ',', end)) < all.n; end++) {
        struct slice rest = slice_from(all, end + 1);
        size_t equals = slice_find(rest, '=', 0);
        if (equals < rest.n && name_is_domain(slice_sub(rest, 0, equals)))
            return end;
    }
    return all.n;
}

/* "k1=key.pem". */
static enum outcome split(struct arena *arena, const char *option, struct slice value,
                          struct named_file *out)
{
    struct slice selector, path;
    size_t equals = slice_find(value, '=', 0);
    if (equals == 0 || equals + 1 >= value.n)
        return report(OUTCOME_USAGE, (struct place){0},
                      "--%s %.*s: not " KEYS_OPTION_VALUE ": write --%s k1=key.pem", option,
                      SLICE_ARGS(value), option);
    if (!arena_copy(arena, slice_sub(value, 0, equals), &selector) ||
        !arena_copy(arena, slice_from(value, equals + 1), &path))
        return report_status(WAYBILL_NOMEM, "keys");
    *out = (struct named_file){(const char *)selector.p, (const char *)path.p};
    if (!name_is_domain(selector))
        return report(OUTCOME_USAGE, (struct place){0},
                      "--%s %.*s: \"%s\" is no selector: use letters, digits, hyphens and dots",
                      option, SLICE_ARGS(value), out->selector);
    return OUTCOME_DONE;
}

static enum outcome load_group(struct waybill_engine *engine, struct arena *arena,
                               const char *option, struct slice value, struct keys *out)
{
    unsigned group = out->n ? out->groups[out->n - 1] + 1 : 0;
    enum outcome outcome = OUTCOME_DONE;
    for (size_t at = 0; at <= value.n && outcome == OUTCOME_DONE;) {
        struct named_file file = {0};
        size_t end = end_of_key(value, at);
        outcome = split(arena, option, slice_sub(value, at, end - at), &file);
        if (outcome == OUTCOME_DONE)
            outcome = key_load(engine, file.path, &out->all[out->n].key);
        if (outcome != OUTCOME_DONE)
            return outcome;
        out->all[out->n].selector = file.selector;
        out->paths[out->n] = file.path;
        out->groups[out->n] = group;
        out->n++;
        at = end + 1;
    }
    return OUTCOME_DONE;
}

/* No value names more keys than it has commas, and one. */
static size_t keys_most(const struct option_list *list)
{
    size_t n = 0;
    for (size_t i = 0; i < list->n; i++, n++)
        for (const char *c = list->values[i]; *c; c++)
            n += *c == ',';
    return n;
}

enum outcome keys_load(struct waybill_engine *engine, struct arena *arena, const char *option,
                       const struct option_list *list, struct keys *out)
{
    size_t most = keys_most(list);
    *out = (struct keys){.all = arena_array(arena, most, sizeof *out->all),
                         .paths = arena_array(arena, most, sizeof *out->paths),
                         .groups = arena_array(arena, most, sizeof *out->groups)};
    if (!out->all || !out->paths || !out->groups)
        return report_status(WAYBILL_NOMEM, "keys");
    enum outcome outcome = OUTCOME_DONE;
    for (size_t i = 0; i < list->n && outcome == OUTCOME_DONE; i++)
        outcome = load_group(engine, arena, option, slice_str(list->values[i]), out);
    return outcome;
}

void keys_free(struct keys *keys)
{
    for (size_t i = 0; i < keys->n; i++)
        waybill_key_free(keys->all[i].key);
    keys->n = 0;
}

enum outcome key_record_name(struct arena *arena, const char *selector, const char *domain,
                             struct slice *out)
{
    if (!name_is_domain(slice_str(selector)))
        return report(OUTCOME_USAGE, (struct place){0}, "%s: not a selector: correct it", selector);
    if (!name_is_domain(slice_str(domain)))
        return report(OUTCOME_USAGE, (struct place){0}, "--domain %s: not a domain: correct it",
                      domain);
    char *name = arena_printf(arena, "%s._domainkey.%s", selector, domain);
    enum waybill_status status = name ? name_to_ascii(arena, slice_str(name), out) : WAYBILL_NOMEM;
    if (status == WAYBILL_SYNTAX)
        return report(OUTCOME_USAGE, (struct place){0}, "%s: IDNA has no such name: correct it",
                      name);
    return status == WAYBILL_OK ? OUTCOME_DONE : report_status(status, "name of the record");
}

/* RFC 1035 section 5.1: strings of one record, in parentheses where they need several lines. The
 * record's text has no octet that would have to be escaped. */
static void add_zone_line(struct buffer *out, struct slice name, struct slice text)
{
    bool several = text.n > STRING_OCTETS;
    buffer_add(out, name);
    buffer_add_str(out, several ? ". IN TXT (" : ". IN TXT ");
    for (size_t at = 0; at < text.n; at += STRING_OCTETS) {
        buffer_add_str(out, several ? "\n    \"" : "\"");
        buffer_add(out, slice_sub(text, at, STRING_OCTETS));
        buffer_add_octet(out, '"');
    }
    buffer_add_str(out, several ? " )\n" : "\n");
}

enum outcome key_print(const struct waybill_key *key, struct slice name)
{
    char *text;
    size_t n;
    enum waybill_status status = waybill_key_record(key, &text, &n);
    if (status != WAYBILL_OK)
        return report_status(status, "key record");
    struct buffer out = buffer_new(LIMIT_KEY_FILE_OCTETS);
    if (name.n) {
        add_zone_line(&out, name, slice_of(text, n));
    } else {
        buffer_add(&out, slice_of(text, n));
        buffer_add_octet(&out, '\n');
    }
    output(buffer_slice(&out));
    status = out.status;
    buffer_free(&out);
    free(text);
    return status == WAYBILL_OK ? OUTCOME_DONE : report_status(status, "key record");
}
