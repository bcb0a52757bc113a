#include "dmarc/record.h"

#include "base/cursor.h"
#include "mail/taglist.h"

/* The words that a value may be, in the order of their meaning. Strings of ABNF are without case
 * (RFC 5234 section 2.3). */
static const char *const policies[] = {"none", "quarantine", "reject", NULL};
static const char *const psds[] = {"u", "y", "n", NULL};
static const char *const no_or_yes[] = {"n", "y", NULL};
static const char *const relaxed_or_strict[] = {"r", "s", NULL};
static const char *const reasons[] = {"0", "1", "d", "s", NULL};

static const char *const request_names[DMARC_REQUESTS] = {"p", "sp", "np"};

/* What is being read, and what of it cannot stand in a record. */
struct reading {
    struct arena *arena;
    struct dmarc_record *record;
    bool bad_request;
    bool has_ruf;
};

/* Which of the words it is. */
static bool find_word(struct slice value, const char *const *words, unsigned *out)
{
    for (unsigned i = 0; words[i]; i++) {
        if (slice_ieq(value, slice_str(words[i]))) {
            *out = i;
            return true;
        }
    }
    return false;
}

/* --- values ----------------------------------------------------------------------------------- */

/* WAYBILL_SYNTAX: not a value of the tag, and the default holds. `which` tells apart the tags that
 * are read alike. */
typedef enum waybill_status read_value(struct reading *r, struct slice value, int which);

static enum waybill_status read_request(struct reading *r, struct slice value, int which)
{
    unsigned word;
    if (!find_word(value, policies, &word)) {
        r->bad_request = true;
        return WAYBILL_SYNTAX;
    }
    r->record->requests[which].present = true;
    r->record->requests[which].policy = (enum dmarc_policy)word;
    return WAYBILL_OK;
}

static enum waybill_status read_mode(struct reading *r, struct slice value, int which)
{
    unsigned word;
    if (!find_word(value, relaxed_or_strict, &word))
        return WAYBILL_SYNTAX;
    r->record->strict[which] = word == 1;
    return WAYBILL_OK;
}

static enum waybill_status read_psd(struct reading *r, struct slice value, int which)
{
    unsigned word;
    (void)which;
    if (!find_word(value, psds, &word))
        return WAYBILL_SYNTAX;
    r->record->psd = (enum dmarc_psd)word;
    return WAYBILL_OK;
}

static enum waybill_status read_testing(struct reading *r, struct slice value, int which)
{
    unsigned word;
    (void)which;
    if (!find_word(value, no_or_yes, &word))
        return WAYBILL_SYNTAX;
    r->record->testing = word == 1;
    return WAYBILL_OK;
}

/* Each at most once, and not both 0 and 1. */
static enum waybill_status read_fo(struct reading *r, struct slice value, int which)
{
    const unsigned exclusive = DMARC_FO_NONE_ALIGNED | DMARC_FO_ANY_FAILED;
    unsigned fo = 0, word;
    bool done = false;
    (void)which;
    for (struct slice element; taglist_element(&value, &done, &element);) {
        if (!find_word(element, reasons, &word) || fo & 1u << word)
            return WAYBILL_SYNTAX;
        fo |= 1u << word;
    }
    if ((fo & exclusive) == exclusive)
        return WAYBILL_SYNTAX;
    r->record->fo = fo;
    return WAYBILL_OK;
}

static enum waybill_status read_rua(struct reading *r, struct slice value, int which)
{
    (void)which;
    return dmarc_uris_parse(r->arena, value, &r->record->rua);
}

static enum waybill_status read_ruf(struct reading *r, struct slice value, int which)
{
    (void)which;
    r->has_ruf = true;
    return dmarc_uris_parse(r->arena, value, &r->record->ruf);
}

/* --- tags ------------------------------------------------------------------------------------- */

/* The registry of section 9.3 without v=, and without the historic pct, rf and ri, which are
 * ignored as unknown tags are. */
static const struct rule {
    const char *name;
    read_value *read;
    int which;
    const char *why;
} rules[] = {
    {"p", read_request, DMARC_P, "p= is not none, quarantine or reject"},
    {"sp", read_request, DMARC_SP, "sp= is not none, quarantine or reject"},
    {"np", read_request, DMARC_NP, "np= is not none, quarantine or reject"},
    {"psd", read_psd, 0, "psd= is not y, n or u"},
    {"t", read_testing, 0, "t= is not y or n"},
    {"adkim", read_mode, DMARC_BY_DKIM, "adkim= is not r or s"},
    {"aspf", read_mode, DMARC_BY_SPF, "aspf= is not r or s"},
    {"fo", read_fo, 0, "fo= is not a list of 0 or 1, d and s"},
    {"rua", read_rua, 0, "rua= has something that is no URI"},
    {"ruf", read_ruf, 0, "ruf= has something that is no URI"},
};

enum { RULES = sizeof rules / sizeof rules[0] };

static void note(struct dmarc_record *record, const char *why)
{
    if (!record->why)
        record->why = why;
}

/* Tag names are taken without case, as the "v" of the formal definition is: no two tags differ by
 * it, and who writes P=reject does not mean p=none. */
static size_t rule_of(struct slice name)
{
    size_t i = 0;
    while (i < RULES && !slice_ieq(name, slice_str(rules[i].name)))
        i++;
    return i;
}

/*
 * Of a tag that stands twice the second is the error, which section 4.8 discards; RFC 6376 section
 * 3.2 would refuse the whole list, and with it the owner's wish.
 */
static enum waybill_status read_tag(struct reading *r, struct slice tag, bool seen[RULES])
{
    size_t equals = slice_find(tag, '=', 0);
    size_t i = rule_of(slice_trim(slice_sub(tag, 0, equals)));
    if (equals == tag.n) {
        note(r->record, "something between ';' that is no tag");
        return WAYBILL_OK;
    }
    if (i == RULES)
        return WAYBILL_OK;
    if (seen[i]) {
        note(r->record, "a tag stands twice");
        return WAYBILL_OK;
    }
    seen[i] = true;
    enum waybill_status status =
        rules[i].read(r, slice_trim(slice_from(tag, equals + 1)), rules[i].which);
    if (status == WAYBILL_NOMEM)
        return status;
    if (status == WAYBILL_SYNTAX)
        note(r->record, rules[i].why);
    if (status == WAYBILL_LIMIT)
        note(r->record, "more URIs in rua= or ruf= than are kept");
    return WAYBILL_OK;
}

/* dmarc-version = "v" equals %s"DMARC1" */
static bool is_version(struct slice tag)
{
    struct cursor c = cursor_new(tag);
    if (octet_lower((uint8_t)cursor_peek(&c)) != 'v')
        return false;
    cursor_take(&c);
    cursor_while(&c, octet_is_wsp);
    return cursor_accept(&c, '=') && slice_eq(slice_trim(cursor_rest(&c)), SLICE("DMARC1"));
}

/* What the tags come to together. */
static void finish(struct reading *r)
{
    struct dmarc_record *record = r->record;
    if (!r->has_ruf)
        record->fo = DMARC_FO_NONE_ALIGNED;
    record->requests[DMARC_P].present = true;
    record->applies = !r->bad_request || record->rua.n > 0;
    if (!r->bad_request)
        return;
    /* Section 4.10.1: "act as if a record containing "p=none" was retrieved". */
    record->requests[DMARC_P].policy = DMARC_NONE;
    record->requests[DMARC_SP].present = record->requests[DMARC_NP].present = false;
}

enum waybill_status dmarc_record_parse(struct arena *arena, struct slice text,
                                       struct dmarc_record *out)
{
    struct reading r = {.arena = arena, .record = out};
    struct cursor c = cursor_new(text);
    bool seen[RULES] = {false};
    *out = (struct dmarc_record){.text = text, .fo = DMARC_FO_NONE_ALIGNED};
    if (!is_version(cursor_until(&c, ';')))
        return WAYBILL_SYNTAX;
    while (cursor_accept(&c, ';')) {
        struct slice tag = slice_trim(cursor_until(&c, ';'));
        if (tag.n == 0 && cursor_done(&c)) /* a ';' may stand at the end */
            break;
        enum waybill_status status = read_tag(&r, tag, seen);
        if (status != WAYBILL_OK)
            return status;
    }
    finish(&r);
    return WAYBILL_OK;
}

/* --- choice ----------------------------------------------------------------------------------- */

enum waybill_status dmarc_record_find(struct arena *arena, const struct waybill_answer *answer,
                                      const struct dmarc_record **out, bool *several)
{
    struct slice found = {NULL, 0};
    size_t n = 0;
    *out = NULL;
    for (size_t i = 0; i < answer->n; i++) {
        struct slice text = slice_of(answer->data[i].octets, answer->data[i].n);
        if (is_version(slice_sub(text, 0, slice_find(text, ';', 0)))) {
            found = text;
            n++;
        }
    }
    *several = n > 1;
    if (n != 1)
        return WAYBILL_OK;
    struct dmarc_record *record = arena_alloc(arena, sizeof *record);
    if (!record)
        return WAYBILL_NOMEM;
    *out = record;
    return dmarc_record_parse(arena, found, record);
}

enum dmarc_request dmarc_record_below(const struct dmarc_record *record, bool exists)
{
    if (!exists && record->requests[DMARC_NP].present)
        return DMARC_NP;
    return record->requests[DMARC_SP].present ? DMARC_SP : DMARC_P;
}

const char *dmarc_request_text(enum dmarc_request request)
{
    return request_names[request];
}
