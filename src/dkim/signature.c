/* From a field's text to a signature: one row a tag, one column a field. */
#include "dkim/signature.h"

#include "base/base64.h"
#include "base/limits.h"
#include "dns/name.h"

static const char *const field_names[SIGNATURE_FIELDS] = {"DKIM-Signature", "ARC-Message-Signature",
                                                          "ARC-Seal"};

struct slice signature_field_name(enum signature_field kind)
{
    return slice_str(field_names[kind]);
}

/* What a reader of a tag answers: NULL, or why its value is not one. */
static const char no_memory[] = "";
typedef const char *tag_reader(struct evaluation *e, const struct tag *tag, struct signature *s);

static const char *read_version(struct evaluation *e, const struct tag *tag, struct signature *s)
{
    (void)e, (void)s;
    return slice_eq(tag->value, SLICE("1")) ? NULL : "v= is not 1";
}

static const char *read_algorithm(struct evaluation *e, const struct tag *tag, struct signature *s)
{
    (void)e;
    s->algorithm_name = tag->value;
    s->algorithm = algorithm_find(tag->value);
    return s->algorithm && s->algorithm->dkim ? NULL : "a= names no algorithm that is known";
}

static const char *decode(struct evaluation *e, struct slice text, struct slice *out,
                          const char *why)
{
    enum waybill_status status = base64_decode(e->arena, text, BASE64_FWS, out);
    if (status == WAYBILL_NOMEM)
        return no_memory;
    return status == WAYBILL_OK && out->n > 0 ? NULL : why;
}

static const char *read_signature(struct evaluation *e, const struct tag *tag, struct signature *s)
{
    s->cut = tag->raw;
    return decode(e, tag->value, &s->octets, "b= is empty or not base64");
}

static const char *read_body_digest(struct evaluation *e, const struct tag *tag,
                                    struct signature *s)
{
    return decode(e, tag->value, &s->body_digest, "bh= is empty or not base64");
}

/* Section 3.5: one word is the header's form, and the body's is then simple. */
static const char *read_canon(struct evaluation *e, const struct tag *tag, struct signature *s)
{
    (void)e;
    size_t slash = slice_find(tag->value, '/', 0);
    s->body_canon = CANON_SIMPLE;
    struct slice body = slice_from(tag->value, slash + 1);
    bool fine = canon_find(slice_sub(tag->value, 0, slash), &s->header_canon) &&
                (slash == tag->value.n || canon_find(body, &s->body_canon));
    return fine ? NULL : "c= names no canonical form";
}

static const char *read_domain(struct evaluation *e, const struct tag *tag, struct signature *s)
{
    static const char why[] = "d= is no domain name";
    s->domain = tag->value;
    if (!name_is_domain(tag->value))
        return why;
    enum waybill_status status = name_to_ascii(e->arena, tag->value, &s->ascii_domain);
    return status == WAYBILL_OK ? NULL : status == WAYBILL_SYNTAX ? why : no_memory;
}

static const char *read_selector(struct evaluation *e, const struct tag *tag, struct signature *s)
{
    (void)e;
    s->selector = tag->value;
    return name_is_domain(tag->value) ? NULL : "s= is no selector";
}

static const char *read_headers(struct evaluation *e, const struct tag *tag, struct signature *s)
{
    (void)e;
    s->headers = tag->value;
    if (s->kind == FIELD_ARC_SEAL) /* RFC 8617 section 4.1.3 */
        return "h= stands in an ARC-Seal";
    struct slice rest = tag->value;
    bool done = false, from = false;
    for (struct slice name; taglist_element(&rest, &done, &name);) {
        from |= slice_ieq(name, SLICE("From"));
        /* RFC 8617 section 4.1.2: a message signature does not cover seals. */
        if (s->kind == FIELD_ARC_MESSAGE_SIGNATURE && slice_ieq(name, SLICE("ARC-Seal")))
            return "h= names ARC-Seal";
    }
    if (s->kind == FIELD_DKIM_SIGNATURE && !from) /* RFC 6376 section 5.4 */
        return "h= does not name From";
    return NULL;
}

/* i= of DKIM is the agent or user identifier, of ARC the instance. */
static const char *read_identity(struct evaluation *e, const struct tag *tag, struct signature *s)
{
    (void)e;
    uint64_t instance = 0;
    if (s->kind == FIELD_DKIM_SIGNATURE) {
        s->identity = tag->value;
        return slice_find(tag->value, '@', 0) < tag->value.n ? NULL : "i= has no @";
    }
    if (!slice_number(tag->value, 2, &instance) || instance == 0 || instance > LIMIT_ARC_SETS)
        return "i= is no instance from 1 to 50"; /* RFC 8617 section 4.2.1 */
    s->instance = (unsigned)instance;
    return NULL;
}

static const char *read_length(struct evaluation *e, const struct tag *tag, struct signature *s)
{
    (void)e;
    struct slice digits = tag->value;
    while (digits.n > 1 && digits.p[0] == '0')
        digits = slice_from(digits, 1);
    if (digits.n > 19 && digits.n <= 76) { /* 76 digits are allowed; no body has so many octets */
        for (size_t i = 0; i < digits.n; i++)
            if (!octet_is_digit(digits.p[i]))
                return "l= is no number";
        s->length = UINT64_MAX;
    } else if (!slice_number(digits, 19, &s->length)) {
        return "l= is no number";
    }
    s->has_length = true;
    return NULL;
}

static const char *read_query(struct evaluation *e, const struct tag *tag, struct signature *s)
{
    (void)e, (void)s;
    struct slice rest = tag->value;
    bool done = false;
    for (struct slice method; taglist_element(&rest, &done, &method);)
        if (slice_ieq(method, SLICE("dns/txt")) || slice_ieq(method, SLICE("dns")))
            return NULL;
    return "q= names no way to ask that is known";
}

static const char *read_time(struct evaluation *e, const struct tag *tag, struct signature *s)
{
    (void)e;
    s->has_time = slice_number(tag->value, 12, &s->time);
    return s->has_time ? NULL : "t= is no time";
}

static const char *read_expiry(struct evaluation *e, const struct tag *tag, struct signature *s)
{
    (void)e;
    s->has_expiry = slice_number(tag->value, 12, &s->expiry);
    return s->has_expiry ? NULL : "x= is no time";
}

static const char *read_cv(struct evaluation *e, const struct tag *tag, struct signature *s)
{
    (void)e;
    static const struct {
        const char *word;
        enum arc_cv cv;
    } words[] = {{"none", ARC_CV_NONE}, {"pass", ARC_CV_PASS}, {"fail", ARC_CV_FAIL}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (slice_ieq(tag->value, slice_str(words[i].word))) {
            s->cv = words[i].cv;
            return NULL;
        }
    return "cv= is not none, pass or fail";
}

enum want { IGNORED, ALLOWED, REQUIRED };

struct tag_row {
    const char *name;
    tag_reader *read;
    enum want want[SIGNATURE_FIELDS];
    const char *missing;
};

/* RFC 6376 section 3.5, RFC 8617 sections 4.1.2 and 4.1.3. z= and all unknown tags are ignored. */
static const struct tag_row rows[] = {
    {"v", read_version, {REQUIRED, IGNORED, IGNORED}, "no v="},
    {"i", read_identity, {ALLOWED, REQUIRED, REQUIRED}, "no i="},
    {"a", read_algorithm, {REQUIRED, REQUIRED, REQUIRED}, "no a="},
    {"b", read_signature, {REQUIRED, REQUIRED, REQUIRED}, "no b="},
    {"bh", read_body_digest, {REQUIRED, REQUIRED, IGNORED}, "no bh="},
    {"c", read_canon, {ALLOWED, ALLOWED, IGNORED}, NULL},
    {"cv", read_cv, {IGNORED, IGNORED, REQUIRED}, "no cv="},
    {"d", read_domain, {REQUIRED, REQUIRED, REQUIRED}, "no d="},
    {"h", read_headers, {REQUIRED, REQUIRED, ALLOWED}, "no h="},
    {"l", read_length, {ALLOWED, ALLOWED, IGNORED}, NULL},
    {"q", read_query, {ALLOWED, ALLOWED, IGNORED}, NULL},
    {"s", read_selector, {REQUIRED, REQUIRED, REQUIRED}, "no s="},
    {"t", read_time, {ALLOWED, ALLOWED, ALLOWED}, NULL},
    {"x", read_expiry, {ALLOWED, ALLOWED, IGNORED}, NULL},
};

/* All rows, so that as much as possible is known of a malformed signature; the first complaint. */
static const char *read_rows(struct evaluation *e, struct signature *s)
{
    const char *first = NULL;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0] && first != no_memory; i++) {
        const struct tag_row *row = &rows[i];
        const struct tag *tag = taglist_find(&s->tags, row->name);
        const char *why = NULL;
        if (tag && row->want[s->kind] != IGNORED)
            why = row->read(e, tag, s);
        else if (!tag && row->want[s->kind] == REQUIRED)
            why = row->missing;
        if (why && (!first || why == no_memory))
            first = why;
    }
    return first;
}

/* The domain of i= must be d= or lie below it (RFC 6376 section 3.5). */
static const char *judge_identity(struct evaluation *e, struct signature *s)
{
    static const char why[] = "i= is not within d=";
    if (!s->identity.p)
        return NULL;
    size_t at = s->identity.n;
    while (s->identity.p[at - 1] != '@')
        at--;
    enum waybill_status status =
        name_to_ascii(e->arena, slice_from(s->identity, at), &s->identity_domain);
    if (status == WAYBILL_NOMEM)
        return no_memory;
    return status == WAYBILL_OK && name_is_within(s->identity_domain, s->ascii_domain) ? NULL : why;
}

static struct verdict judge_tags(struct evaluation *e, struct signature *s)
{
    const char *why = read_rows(e, s);
    if (!why)
        why = judge_identity(e, s);
    if (!why && s->has_expiry && s->has_time && s->expiry <= s->time)
        why = "x= is not after t=";
    if (why)
        return verdict_of(WAYBILL_RESULT_NEUTRAL, why);
    if (s->algorithm->recognised_only) /* RFC 8301 section 3.1 */
        return verdict_of(WAYBILL_RESULT_POLICY, "rsa-sha1 proves nothing any more");
    if (s->has_expiry && e->now >= 0 && s->expiry < (uint64_t)e->now)
        return verdict_of(WAYBILL_RESULT_FAIL, "signature expired");
    return verdict_of(WAYBILL_RESULT_NONE, NULL);
}

enum waybill_status signature_parse(struct evaluation *e, enum signature_field kind,
                                    size_t position, struct signature **out)
{
    struct signature *s = arena_alloc(e->arena, sizeof *s);
    *out = s;
    if (!s)
        return WAYBILL_NOMEM;
    s->kind = kind;
    s->position = position;
    s->field = &message_header(e->message)->fields[position];
    /* Where c= is absent DKIM means simple (section 3.5); ARC as it is deployed, its conformance
     * suite included, means relaxed. */
    s->header_canon = s->body_canon = kind == FIELD_DKIM_SIGNATURE ? CANON_SIMPLE : CANON_RELAXED;
    enum waybill_status status = taglist_parse(e->arena, s->field->value, &s->tags);
    if (status != WAYBILL_OK && status != WAYBILL_SYNTAX)
        return status;
    s->verdict = judge_tags(e, s);
    if (s->verdict.why == no_memory)
        return WAYBILL_NOMEM;
    if (status == WAYBILL_SYNTAX)
        s->verdict = verdict_of(WAYBILL_RESULT_NEUTRAL, s->tags.why);
    return WAYBILL_OK;
}
