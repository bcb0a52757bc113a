#include "base/buffer.h"
#include "base/text_error.h"
#include "dns/answer_set.h"
#include "dns/data.h"
#include "dns/question_text.h"

#include <jansson.h>
#include <stddef.h>

/* The keys of an entry. */
enum { KIND, NAME, TYPE, DETAIL, STATUS, DATA, MS, OCTETS, TTL, CACHED, SECURE, KEYS };
static const char *const keys[KEYS] = {
    [KIND] = "kind",     [NAME] = "name",     [TYPE] = "type",     [DETAIL] = "detail",
    [STATUS] = "status", [DATA] = "data",     [MS] = "ms",         [OCTETS] = "octets",
    [TTL] = "ttl",       [CACHED] = "cached", [SECURE] = "secure",
};

/* The facts of an answer: numbers from 0, and truths. */
static const struct {
    int key;
    size_t offset; /* of an int64_t */
} numbers[] = {
    {MS, offsetof(struct waybill_answer, ms)},
    {OCTETS, offsetof(struct waybill_answer, octets)},
    {TTL, offsetof(struct waybill_answer, ttl)},
};
static const struct {
    int key;
    size_t offset; /* of an int */
} truths[] = {
    {CACHED, offsetof(struct waybill_answer, cached)},
    {SECURE, offsetof(struct waybill_answer, secure)},
};
enum {
    NUMBERS = sizeof numbers / sizeof numbers[0],
    TRUTHS = sizeof truths / sizeof truths[0],
    VERSION = 1,
};

/* --- reading ---------------------------------------------------------------------------------- */

struct reader {
    struct waybill_answers *set;
    struct waybill_text_error *error;
    struct arena arena; /* of one entry */
    size_t index;       /* of the entry, for errors */
    json_t *values[KEYS];
};

static struct slice text_of(const json_t *string)
{
    return slice_of(json_string_value(string), json_string_length(string));
}

/* What of a text from the file goes into an error. */
static struct slice shown(struct slice text)
{
    enum { SHOWN_OCTETS = 32 };
    return slice_sub(text, 0, SHOWN_OCTETS);
}

/* Names the entry, the key and, where it is a string, the value. */
static enum waybill_status fails(const struct reader *r, int key, const char *what)
{
    const json_t *name = r->values[NAME], *value = r->values[key];
    bool is_shown = key != NAME && json_is_string(value);
    struct slice entry = json_is_string(name) ? shown(text_of(name)) : SLICE("no name");
    struct slice given = is_shown ? shown(text_of(value)) : SLICE("");
    return text_error(r->error, 0, "answers[%zu] (%.*s): %s%s%.*s%s: %s", r->index,
                      SLICE_ARGS(entry), keys[key], is_shown ? " \"" : "", SLICE_ARGS(given),
                      is_shown ? "\"" : "", what);
}

/* Design 4: each character U+0000 to U+00FF is one octet. */
static enum waybill_status octets_of(struct arena *arena, const json_t *string, struct slice *out)
{
    enum { LEAD_U_00C0 = 0xC3 };
    struct slice utf8 = text_of(string);
    uint8_t *p = arena_alloc(arena, utf8.n);
    size_t n = 0;
    if (!p)
        return WAYBILL_NOMEM;
    for (size_t i = 0; i < utf8.n; i++) {
        uint8_t c = utf8.p[i];
        if (c > LEAD_U_00C0)
            return WAYBILL_SYNTAX;
        if (c >= 0x80)
            c = (uint8_t)(c << 6 | (utf8.p[++i] & 0x3F));
        p[n++] = c;
    }
    *out = slice_of(p, n);
    return WAYBILL_OK;
}

static enum waybill_status read_octets(struct reader *r, int key, struct slice *out)
{
    if (!json_is_string(r->values[key]))
        return fails(r, key, "give a string");
    enum waybill_status status = octets_of(&r->arena, r->values[key], out);
    if (status == WAYBILL_SYNTAX)
        return fails(r, key, "a character beyond U+00FF: write each octet as one character");
    return status;
}

static int read_word(const struct reader *r, int key, int (*value_of)(struct slice))
{
    const json_t *value = r->values[key];
    return json_is_string(value) ? value_of(text_of(value)) : NO_SUCH_WORD;
}

static size_t key_of_text(const char *text)
{
    size_t k = 0;
    while (k < KEYS && strcmp(keys[k], text) != 0)
        k++;
    return k;
}

static enum waybill_status sort_values(struct reader *r, json_t *entry)
{
    const char *text;
    json_t *value;
    memset(r->values, 0, sizeof r->values);
    if (!json_is_object(entry))
        return text_error(r->error, 0, "answers[%zu]: give an object", r->index);
    json_object_foreach(entry, text, value)
    {
        size_t k = key_of_text(text);
        if (k == KEYS)
            return text_error(r->error, 0, "answers[%zu]: unknown key \"%.32s\": leave it out",
                              r->index, text);
        r->values[k] = value;
    }
    return WAYBILL_OK;
}

/* What the kinds have beside the name: a type in the DNS, else a detail. */
static enum waybill_status read_type_or_detail(struct reader *r, enum waybill_question_kind kind,
                                               int *type, struct slice *detail)
{
    if (kind != WAYBILL_DNS && r->values[TYPE])
        return fails(r, TYPE, "only an answer of the DNS has one: leave it out");
    if (kind != WAYBILL_DNS)
        return read_octets(r, DETAIL, detail);
    if (r->values[DETAIL])
        return fails(r, DETAIL, "an answer of the DNS has none: leave it out");
    *type = read_word(r, TYPE, dns_type_of);
    if (*type == NO_SUCH_WORD)
        return fails(r, TYPE, "use A, AAAA, CNAME, MX, PTR or TXT");
    return WAYBILL_OK;
}

static enum waybill_status read_key(struct reader *r, struct key_room *room, struct key *out)
{
    int kind = r->values[KIND] ? read_word(r, KIND, question_kind_of) : WAYBILL_DNS, type = 0;
    struct slice name, detail = {NULL, 0};
    enum waybill_status status = read_octets(r, NAME, &name);
    if (status == WAYBILL_OK && kind == NO_SUCH_WORD)
        status = fails(r, KIND, "use dns, reputation or seen");
    if (status == WAYBILL_OK)
        status = read_type_or_detail(r, (enum waybill_question_kind)kind, &type, &detail);
    if (status != WAYBILL_OK)
        return status;
    if (!key_of((enum waybill_question_kind)kind, name, type, detail, room, out))
        return fails(r, NAME, "no domain name: labels have 1 to 63 octets, all of them 253");
    return WAYBILL_OK;
}

/* A string, or for TXT a list of those that are joined. */
static enum waybill_status read_text(struct reader *r, const struct key *key, json_t *value,
                                     struct slice *out)
{
    if (json_is_string(value))
        return octets_of(&r->arena, value, out);
    if (key->type != WAYBILL_DNS_TXT || json_array_size(value) == 0)
        return WAYBILL_SYNTAX;
    struct buffer joined = buffer_new(LIMIT_ANSWER_OCTETS);
    enum waybill_status status = WAYBILL_OK;
    for (size_t i = 0; status == WAYBILL_OK && i < json_array_size(value); i++) {
        struct slice part;
        json_t *string = json_array_get(value, i);
        status = json_is_string(string) ? octets_of(&r->arena, string, &part) : WAYBILL_SYNTAX;
        if (status == WAYBILL_OK)
            buffer_add(&joined, part);
    }
    if (status == WAYBILL_OK)
        status = joined.status;
    if (status == WAYBILL_OK && !arena_copy(&r->arena, buffer_slice(&joined), out))
        status = WAYBILL_NOMEM;
    buffer_free(&joined);
    return status;
}

static enum waybill_status read_datum(struct reader *r, const struct key *key, json_t *value,
                                      struct waybill_datum *out)
{
    struct slice text;
    enum waybill_status status = read_text(r, key, value, &text);
    if (status == WAYBILL_OK && key->kind == WAYBILL_DNS)
        status = data_normalise(&r->arena, key->type, text, &text);
    if (status == WAYBILL_SYNTAX)
        return fails(r, DATA, "an entry is not what the type has, or has characters beyond U+00FF");
    if (status == WAYBILL_OK)
        *out = (struct waybill_datum){(const char *)text.p, text.n};
    return status;
}

static enum waybill_status read_data(struct reader *r, const struct key *key,
                                     struct waybill_answer *answer)
{
    json_t *list = r->values[DATA];
    size_t n = json_array_size(list);
    if (list && !json_is_array(list))
        return fails(r, DATA, "give a list with an entry for each record");
    if (answer->status != WAYBILL_ANSWERED && n > 0)
        return fails(r, DATA, "only status answered has data: leave them out");
    if (answer->status == WAYBILL_ANSWERED && n == 0)
        return fails(r, DATA, "status answered has data: give a list of them, or use nodata");
    if (key->type == DNS_CNAME && n > 1)
        return fails(r, DATA, "an alias has one target: leave the others out");
    struct waybill_datum *data = arena_array(&r->arena, n, sizeof *data);
    enum waybill_status status = data ? WAYBILL_OK : WAYBILL_NOMEM;
    for (size_t i = 0; i < n && status == WAYBILL_OK; i++)
        status = read_datum(r, key, json_array_get(list, i), &data[i]);
    answer->data = data;
    answer->n = n;
    return status;
}

static enum waybill_status read_facts(struct reader *r, struct waybill_answer *answer)
{
    for (size_t i = 0; i < NUMBERS; i++) {
        const json_t *value = r->values[numbers[i].key];
        if (value && (!json_is_integer(value) || json_integer_value(value) < 0))
            return fails(r, numbers[i].key, "give a whole number from 0");
        if (value)
            *(int64_t *)((char *)answer + numbers[i].offset) = json_integer_value(value);
    }
    for (size_t i = 0; i < TRUTHS; i++) {
        const json_t *value = r->values[truths[i].key];
        if (value && !json_is_boolean(value))
            return fails(r, truths[i].key, "give true or false");
        if (value)
            *(int *)((char *)answer + truths[i].offset) = json_is_true(value);
    }
    return WAYBILL_OK;
}

static enum waybill_status read_answer(struct reader *r, const struct key *key,
                                       struct waybill_answer *out)
{
    int status_read = read_word(r, STATUS, answer_status_of);
    if (status_read == NO_SUCH_WORD)
        return fails(r, STATUS, "use answered, nodata, nxdomain, servfail or timeout");
    *out = (struct waybill_answer)WAYBILL_ANSWER((enum waybill_answer_status)status_read);
    enum waybill_status status = read_data(r, key, out);
    return status == WAYBILL_OK ? read_facts(r, out) : status;
}

static enum waybill_status read_entry(struct reader *r, json_t *entry)
{
    struct key_room room;
    struct key key;
    struct waybill_answer answer;
    enum waybill_status status = sort_values(r, entry);
    if (status == WAYBILL_OK)
        status = read_key(r, &room, &key);
    if (status == WAYBILL_OK)
        status = read_answer(r, &key, &answer);
    if (status == WAYBILL_OK)
        status = answers_put(r->set, &key, &answer);
    if (status == WAYBILL_LIMIT)
        fails(r, DATA, "more than the DNS can answer: 1024 records of 65535 octets at most");
    arena_free(&r->arena);
    return status;
}

static enum waybill_status read_entries(struct reader *r, const json_t *list)
{
    enum waybill_status status = WAYBILL_OK;
    if (!json_is_array(list))
        return text_error(r->error, 0, "no \"answers\": give a list of them");
    for (r->index = 0; r->index < json_array_size(list) && status == WAYBILL_OK; r->index++)
        status = read_entry(r, json_array_get(list, r->index));
    return status;
}

static enum waybill_status read_default(struct reader *r, const json_t *value)
{
    int status = json_is_string(value) ? answer_status_of(text_of(value)) : NO_SUCH_WORD;
    if (status == NO_SUCH_WORD || status == WAYBILL_ANSWERED)
        return text_error(r->error, 0,
                          "\"default\" is none: use nodata, nxdomain, servfail or timeout");
    r->set->missing = (enum waybill_answer_status)status;
    return WAYBILL_OK;
}

static enum waybill_status read_version(struct reader *r, const json_t *value)
{
    if (json_is_integer(value) && json_integer_value(value) == VERSION)
        return WAYBILL_OK;
    return text_error(r->error, 0, "no \"waybill-dns\": %d: it is the only version known", VERSION);
}

/* The keys of the whole, in the order they are read in. */
static const struct {
    const char *key;
    bool is_optional;
    enum waybill_status (*read)(struct reader *, const json_t *);
} parts[] = {
    {"waybill-dns", false, read_version},
    {"default", true, read_default},
    {"answers", false, read_entries},
};
enum { PARTS = sizeof parts / sizeof parts[0] };

static bool is_part(const char *key)
{
    for (size_t i = 0; i < PARTS; i++) {
        if (strcmp(parts[i].key, key) == 0)
            return true;
    }
    return false;
}

static enum waybill_status read_root(struct reader *r, json_t *root)
{
    const char *key;
    json_t *value;
    enum waybill_status status = WAYBILL_OK;
    json_object_foreach(root, key, value)
    {
        if (!is_part(key))
            return text_error(r->error, 0, "unknown key \"%.32s\": leave it out", key);
    }
    for (size_t i = 0; i < PARTS && status == WAYBILL_OK; i++) {
        value = json_object_get(root, parts[i].key);
        if (value || !parts[i].is_optional)
            status = parts[i].read(r, value);
    }
    return status;
}

enum waybill_status answers_json_read(struct waybill_answers *set, struct slice text,
                                      struct waybill_text_error *error)
{
    struct reader r = {.set = set, .error = error, .arena = arena_new()};
    json_error_t why;
    json_t *root =
        json_loadb((const char *)text.p, text.n, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &why);
    /* Where an allocation fails jansson mostly gives no reason at all. */
    if (!root && (json_error_code(&why) == json_error_out_of_memory || why.text[0] == '\0'))
        return WAYBILL_NOMEM;
    if (!root)
        return text_error(error, why.line > 0 ? (size_t)why.line : 0, "%s: mend the JSON",
                          why.text);
    enum waybill_status status = read_root(&r, root);
    json_decref(root);
    return status;
}

/* --- writing ---------------------------------------------------------------------------------- */

/* NULL is out of memory. */
static json_t *string_of(struct slice octets)
{
    struct buffer utf8 = buffer_new(2 * LIMIT_ANSWER_OCTETS);
    for (size_t i = 0; i < octets.n; i++) {
        uint8_t c = octets.p[i];
        if (c >= 0x80)
            buffer_add_octet(&utf8, (uint8_t)(0xC0 | c >> 6));
        buffer_add_octet(&utf8, c < 0x80 ? c : (uint8_t)(0x80 | (c & 0x3F)));
    }
    json_t *string = NULL;
    if (utf8.status == WAYBILL_OK)
        string = json_stringn_nocheck(utf8.n ? (const char *)utf8.p : "", utf8.n);
    buffer_free(&utf8);
    return string;
}

static json_t *data_of(const struct waybill_answer *answer)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < answer->n; i++) {
        struct slice datum = slice_of(answer->data[i].octets, answer->data[i].n);
        if (json_array_append_new(list, string_of(datum)) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static bool set(json_t *object, int key, json_t *value)
{
    return json_object_set_new_nocheck(object, keys[key], value) == 0;
}

static bool set_key(json_t *object, const struct key *key)
{
    if (key->kind == WAYBILL_DNS)
        return set(object, NAME, string_of(key->name)) &&
               set(object, TYPE,
                   json_string(waybill_dns_type_text((enum waybill_dns_type)key->type)));
    return set(object, KIND, json_string(waybill_question_kind_text(key->kind))) &&
           set(object, NAME, string_of(key->name)) && set(object, DETAIL, string_of(key->detail));
}

static bool set_facts(json_t *object, const struct waybill_answer *answer)
{
    bool ok = true;
    for (size_t i = 0; i < NUMBERS; i++) {
        int64_t value = *(const int64_t *)((const char *)answer + numbers[i].offset);
        if (value >= 0)
            ok = set(object, numbers[i].key, json_integer(value)) && ok;
    }
    for (size_t i = 0; i < TRUTHS; i++) {
        int value = *(const int *)((const char *)answer + truths[i].offset);
        if (value >= 0)
            ok = set(object, truths[i].key, json_boolean(value)) && ok;
    }
    return ok;
}

static bool set_all(json_t *object, const struct listed *l)
{
    return object && set_key(object, &l->key) &&
           set(object, STATUS, json_string(waybill_answer_status_text(l->answer.status))) &&
           (l->answer.n == 0 || set(object, DATA, data_of(&l->answer))) &&
           set_facts(object, &l->answer);
}

static int to_buffer(const char *text, size_t n, void *out)
{
    buffer_add(out, slice_of(text, n));
    return 0;
}

static void write_entry(struct buffer *out, const struct listed *l)
{
    json_t *object = json_object();
    bool ok =
        set_all(object, l) && json_dump_callback(object, to_buffer, out, JSON_ENSURE_ASCII) == 0;
    json_decref(object);
    if (!ok && out->status == WAYBILL_OK)
        out->status = WAYBILL_NOMEM;
}

static void write_all(struct buffer *out, const struct waybill_answers *answers,
                      struct listed *const *all, size_t n)
{
    buffer_printf(out, "{\"waybill-dns\": %d, \"default\": \"%s\", \"answers\": [", VERSION,
                  waybill_answer_status_text(answers->missing));
    for (size_t i = 0; i < n && out->status == WAYBILL_OK; i++) {
        buffer_add_str(out, i == 0 ? "\n" : ",\n");
        write_entry(out, all[i]);
    }
    buffer_add_str(out, n == 0 ? "]}\n" : "\n]}\n");
    buffer_add_octet(out, '\0');
}

enum waybill_status waybill_answers_write(const struct waybill_answers *answers, char **text,
                                          size_t *n)
{
    struct arena arena = arena_new();
    struct buffer out = buffer_new(LIMIT_ANSWER_FILE_OCTETS);
    struct listed **all = arena_array(&arena, answers->n, sizeof *all);
    if (!all)
        return WAYBILL_NOMEM;
    if (answers->n)
        memcpy(all, answers->all, answers->n * sizeof *all);
    write_all(&out, answers, all, answers_sort(all, answers->n));
    arena_free(&arena);
    enum waybill_status status = out.status;
    if (status != WAYBILL_OK) {
        buffer_free(&out);
        return status;
    }
    *text = (char *)out.p;
    *n = out.n - 1;
    return WAYBILL_OK;
}
