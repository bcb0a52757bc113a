#include "transit/arrival.h"

#include "base/cursor.h"
#include "base/limits.h"

#include <jansson.h>
#include <stdlib.h>

/*
 * The last line: "waybill-arrival 1 " and three numbers of twenty digits, of the octets of the
 * header, of the body ("-" before it: it was not kept) and of the JSON with its line end.
 */
#define MAGIC "waybill-arrival 1"
enum { DIGITS = 20, FOOTER_OCTETS = sizeof MAGIC - 1 + 3 * (2 + DIGITS) + 1 };

/* --- octets as characters ----------------------------------------------------------------------
 */

/* U+0080 to U+00FF take two octets of UTF-8. */
static json_t *text_of(struct slice s)
{
    struct buffer b = buffer_new(2 * s.n + 1);
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] >= 0x80)
            buffer_add_octet(&b, (uint8_t)(0xC0 | s.p[i] >> 6));
        buffer_add_octet(&b, s.p[i] >= 0x80 ? (uint8_t)(0x80 | (s.p[i] & 0x3F)) : s.p[i]);
    }
    json_t *text = b.status == WAYBILL_OK ? json_stringn(b.p ? (char *)b.p : "", b.n) : NULL;
    buffer_free(&b);
    return text;
}

/* NULL is out of memory, or a character that is no octet. */
static char *octets_of(struct arena *arena, const json_t *text)
{
    struct cursor c = cursor_new(slice_of(json_string_value(text), json_string_length(text)));
    char *out = arena_alloc(arena, c.all.n + 1);
    size_t n = 0;
    for (int octet; out && (octet = cursor_take(&c)) != CURSOR_END;) {
        if (octet >= 0xC4)
            return NULL;
        out[n++] = (char)(octet < 0x80 ? octet : ((octet & 3) << 6 | (cursor_take(&c) & 0x3F)));
    }
    if (out)
        out[n] = '\0';
    return out;
}

/* --- writing -----------------------------------------------------------------------------------
 */

static bool put(json_t *object, const char *key, json_t *value)
{
    return json_object_set_new(object, key, value) == 0;
}

static bool put_text(json_t *object, const char *key, const char *text)
{
    return !text || put(object, key, text_of(slice_str(text)));
}

static bool put_recipients(json_t *object, const struct arrival *a)
{
    json_t *list = json_array();
    bool fine = put(object, "rcpt-to", list);
    for (size_t i = 0; i < a->rcpts && fine; i++)
        fine = json_array_append_new(list, text_of(slice_str(a->rcpt_to[i]))) == 0;
    return fine;
}

static json_t *facts_of(const struct arrival *a)
{
    json_t *object = json_object();
    bool fine = put_text(object, "id", a->id) && put(object, "time", json_integer(a->time)) &&
                put_text(object, "ip", a->ip) && put_text(object, "helo", a->helo) &&
                put_text(object, "mail-from", a->mail_from) && put_recipients(object, a) &&
                put_text(object, "receiver", a->receiver) &&
                put_text(object, "listener", a->listener) &&
                put_text(object, "draft", waybill_draft_text(a->draft)) &&
                put(object, "answers", text_of(a->answers));
    if (fine)
        return object;
    json_decref(object);
    return NULL;
}

static int take(const char *octets, size_t n, void *buffer)
{
    buffer_add(buffer, slice_of(octets, n));
    return 0;
}

static void add_number(struct buffer *out, char sign, uint64_t number)
{
    buffer_printf(out, " %c%0*llu", sign, (int)DIGITS, (unsigned long long)number);
}

enum waybill_status arrival_end(const struct arrival *a, uint64_t header_octets,
                                uint64_t body_octets, struct buffer *out)
{
    size_t from = out->n;
    json_t *facts = facts_of(a);
    bool fine = facts && json_dump_callback(facts, take, out, JSON_COMPACT) == 0;
    json_decref(facts);
    buffer_add_octet(out, '\n');
    size_t octets = out->n - from;
    buffer_add_str(out, MAGIC);
    add_number(out, '+', header_octets);
    add_number(out, a->has_body ? '+' : '-', body_octets);
    add_number(out, '+', octets);
    buffer_add_octet(out, '\n');
    return fine || out->status != WAYBILL_OK ? out->status : WAYBILL_NOMEM;
}

/* --- reading -----------------------------------------------------------------------------------
 */

static bool take_number(struct cursor *c, bool *plus, uint64_t *out)
{
    enum { DIGITS_OF_SIZE = 19 };
    if (!cursor_accept(c, ' '))
        return false;
    *plus = cursor_accept(c, '+');
    if (!*plus && !cursor_accept(c, '-'))
        return false;
    size_t from = c->at;
    for (size_t i = 0; i < DIGITS; i++)
        if (!octet_is_digit((uint8_t)cursor_take(c)))
            return false;
    struct slice digits = cursor_since(c, from);
    return digits.p[0] == '0' &&
           slice_number(slice_from(digits, DIGITS - DIGITS_OF_SIZE), DIGITS_OF_SIZE, out);
}

/* Cuts the file into its parts. */
static bool read_footer(struct slice file, struct arrival *a, struct slice *facts)
{
    uint64_t header, body, octets;
    bool plus;
    if (file.n < FOOTER_OCTETS)
        return false;
    size_t all = file.n - FOOTER_OCTETS;
    struct cursor c = cursor_new(slice_from(file, all));
    if (!slice_starts(c.all, SLICE(MAGIC)))
        return false;
    c.at = sizeof MAGIC - 1;
    if (!take_number(&c, &plus, &header) || !plus || !take_number(&c, &a->has_body, &body) ||
        !take_number(&c, &plus, &octets) || !plus || !cursor_accept(&c, '\n'))
        return false;
    if (header > all || body > all - header || octets != all - header - body)
        return false;
    a->header = slice_sub(file, 0, header);
    a->body = slice_sub(file, header, body);
    *facts = slice_sub(file, header + body, octets);
    return true;
}

/* A text that may be left out. */
static bool get(struct arena *arena, const json_t *object, const char *key, const char **out)
{
    const json_t *value = json_object_get(object, key);
    *out = json_is_string(value) ? octets_of(arena, value) : NULL;
    return !value || *out;
}

static bool get_id(struct arena *arena, const json_t *object, char id[TRANSIT_ID_OCTETS + 1])
{
    const char *text;
    if (!get(arena, object, "id", &text) || !text || !transit_is_id(slice_str(text)))
        return false;
    memcpy(id, text, TRANSIT_ID_OCTETS + 1);
    return true;
}

static bool get_recipients(struct arena *arena, const json_t *object, struct arrival *a)
{
    const json_t *list = json_object_get(object, "rcpt-to");
    size_t n = json_array_size(list);
    const char **all = arena_array(arena, n, sizeof *all);
    a->rcpt_to = all;
    for (; all && a->rcpts < n; a->rcpts++) {
        const json_t *one = json_array_get(list, a->rcpts);
        if (!json_is_string(one) || !(all[a->rcpts] = octets_of(arena, one)))
            return false;
    }
    return all && json_is_array(list);
}

static bool get_draft(struct arena *arena, const json_t *object, enum waybill_draft *out)
{
    const char *text;
    if (!get(arena, object, "draft", &text) || !text)
        return false;
    for (int draft = WAYBILL_DRAFT_06; draft <= WAYBILL_DRAFT_09; draft++)
        if (strcmp(text, waybill_draft_text((enum waybill_draft)draft)) == 0) {
            *out = (enum waybill_draft)draft;
            return true;
        }
    return false;
}

static bool read_facts(struct arena *arena, const json_t *object, struct arrival *a)
{
    const char *answers;
    bool fine = get_id(arena, object, a->id) && json_is_integer(json_object_get(object, "time")) &&
                get(arena, object, "ip", &a->ip) && get(arena, object, "helo", &a->helo) &&
                get(arena, object, "mail-from", &a->mail_from) &&
                get_recipients(arena, object, a) && get(arena, object, "receiver", &a->receiver) &&
                get(arena, object, "listener", &a->listener) &&
                get_draft(arena, object, &a->draft) && get(arena, object, "answers", &answers) &&
                answers && a->mail_from && a->receiver;
    a->time = json_integer_value(json_object_get(object, "time"));
    if (fine)
        a->answers = slice_str(answers);
    return fine;
}

enum waybill_status arrival_read(struct arena *arena, struct slice file, struct arrival *out,
                                 const char **why)
{
    struct slice facts;
    *out = (struct arrival){.time = 0};
    *why = "the kept arrival is cut, or of another version";
    if (!read_footer(file, out, &facts))
        return WAYBILL_SYNTAX;
    json_t *object = json_loadb((const char *)facts.p, facts.n, JSON_REJECT_DUPLICATES, NULL);
    bool fine = json_is_object(object) && read_facts(arena, object, out);
    json_decref(object);
    *why = fine ? NULL : "the kept arrival is damaged";
    return fine ? WAYBILL_OK : WAYBILL_SYNTAX;
}
