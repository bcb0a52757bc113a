#include "dkim2/signature.h"

#include "base/base64.h"
#include "base/limits.h"
#include "dkim2/tags.h"
#include "dns/name.h"

/* A field being read. */
struct reading {
    struct arena *arena;
    const struct dkim2_draft *draft;
    struct dkim2_signature *signature;
    const char *unfit;        /* a complaint that is no plain syntax error, */
    enum dkim2_finding wrong; /* and what it is */
};

static const char *of_status(enum waybill_status status, const char *why)
{
    return status == WAYBILL_OK ? NULL : status == WAYBILL_NOMEM ? dkim2_no_memory : why;
}

static bool number_from_1(struct slice value, unsigned *out)
{
    uint64_t number;
    if (!dkim2_number(value, &number) || number == 0)
        return false;
    *out = number < UINT32_MAX ? (unsigned)number : UINT32_MAX;
    return true;
}

static const char *read_i(void *self, struct slice value)
{
    struct reading *r = self;
    return number_from_1(value, &r->signature->i) ? NULL : "i= is no number from 1";
}

static const char *read_m(void *self, struct slice value)
{
    struct reading *r = self;
    return number_from_1(value, &r->signature->m) ? NULL : "m= is no number from 1";
}

static const char *read_t(void *self, struct slice value)
{
    struct reading *r = self;
    return dkim2_number(value, &r->signature->time) ? NULL : "t= is no number";
}

static const char *read_d(void *self, struct slice value)
{
    static const char why[] = "d= is no domain name";
    struct reading *r = self;
    r->signature->domain = value;
    if (!name_is_domain(value))
        return why;
    return of_status(name_to_ascii(r->arena, value, &r->signature->ascii_domain), why);
}

static const char *read_nd(void *self, struct slice value)
{
    static const char why[] = "nd= is no domain name";
    struct reading *r = self;
    if (!name_is_domain(value))
        return why;
    return of_status(name_to_ascii(r->arena, value, &r->signature->next_domain), why);
}

/* Section 8.5: with its brackets. */
static const char *read_path(struct reading *r, struct slice text, struct dkim2_path *out)
{
    static const char why[] = "a path of mf= or rt= is not base64 of a path in brackets";
    struct slice path;
    enum waybill_status status = base64_decode(r->arena, text, BASE64_FWS, &path);
    if (status != WAYBILL_OK)
        return of_status(status, why);
    if (path.n < 2 || path.p[0] != '<' || path.p[path.n - 1] != '>')
        return why;
    return of_status(dkim2_path_read(r->arena, path, out), why);
}

static const char *read_mf(void *self, struct slice value)
{
    struct reading *r = self;
    return read_path(r, value, &r->signature->mail_from);
}

static const char *read_rt(void *self, struct slice value)
{
    struct reading *r = self;
    struct dkim2_signature *s = r->signature;
    size_t n = dkim2_list_count(value, ',');
    bool done = false;
    if (n > LIMIT_DKIM2_RCPTS)
        return "rt= has more recipients than are read";
    s->rcpt_to = arena_array(r->arena, n, sizeof *s->rcpt_to);
    if (!s->rcpt_to)
        return dkim2_no_memory;
    for (struct slice item; dkim2_list_next(&value, &done, ',', &item);) {
        const char *why = read_path(r, item, &s->rcpt_to[s->rcpts]);
        if (why)
            return why;
        s->rcpts++;
    }
    return NULL;
}

/* --- s= ----------------------------------------------------------------------------------------
 */

static const char *unfit(struct reading *r, enum dkim2_finding what, const char *why)
{
    r->wrong = what;
    r->unfit = why;
    return why;
}

/* What a draft and this libcrypto's table know; whether libcrypto has it is not for the syntax. */
static const struct algorithm *find_algorithm(const struct dkim2_draft *draft, struct slice name)
{
    const struct algorithm *algorithm = algorithm_find(name);
    bool known = algorithm && algorithm->dkim2 && draft->key_kinds >> algorithm->key & 1;
    return known ? algorithm : NULL;
}

/* Selector, algorithm and signature; `cut` is all between the last colon and the item's end. */
static const char *split_set(struct slice item, struct dkim2_set *out)
{
    struct slice rest = item;
    bool done = false;
    if (!dkim2_list_next(&rest, &done, ':', &out->selector) ||
        !dkim2_list_next(&rest, &done, ':', &out->algorithm_name) || done ||
        slice_find(rest, ':', 0) < rest.n)
        return "an item of s= has not three parts";
    out->cut = rest;
    if (!name_is_domain(out->selector))
        return "an item of s= has no selector";
    return dkim2_is_word(out->algorithm_name) ? NULL : "an item of s= names no algorithm";
}

/* Section 8.9: no selector twice, few signatures with one algorithm. */
static const char *judge_set(struct reading *r, const struct dkim2_set *set)
{
    const struct dkim2_signature *s = r->signature;
    size_t alike = 1;
    for (const struct dkim2_set *other = s->sets; other < set; other++) {
        if (slice_ieq(other->selector, set->selector))
            return unfit(r, DKIM2_SIGNATURE_DUPLICATE_SELECTOR, "a selector stands twice in s=");
        alike += slice_eq(other->algorithm_name, set->algorithm_name);
    }
    if (r->draft->per_algorithm && alike > r->draft->per_algorithm)
        return unfit(r, DKIM2_SIGNATURE_TOO_MANY, "s= has an algorithm too often");
    return NULL;
}

static const char *read_set(struct reading *r, struct slice item, struct dkim2_set *set)
{
    const char *why = split_set(item, set);
    if (why)
        return why;
    set->algorithm = find_algorithm(r->draft, set->algorithm_name);
    if (set->algorithm) {
        why = of_status(base64_decode(r->arena, set->cut, BASE64_FWS, &set->octets),
                        "a signature of s= is not base64");
        if (!why && set->octets.n == 0)
            why = "a signature of s= is empty";
    }
    return why ? why : judge_set(r, set);
}

static const char *read_group(struct reading *r, struct slice group)
{
    struct dkim2_signature *s = r->signature;
    bool done = false;
    for (struct slice item; dkim2_list_next(&group, &done, ',', &item);) {
        if (s->n_sets == r->draft->sets_most)
            return unfit(r, DKIM2_SIGNATURE_TOO_MANY, "s= has more signatures than allowed");
        struct dkim2_set *set = &s->sets[s->n_sets];
        const char *why = read_set(r, item, set);
        if (why)
            return why;
        set->group = (unsigned)s->n_groups;
        s->n_sets++;
    }
    return NULL;
}

static const char *read_s(void *self, struct slice value)
{
    struct reading *r = self;
    struct dkim2_signature *s = r->signature;
    size_t n = dkim2_list_count(value, ',') + dkim2_list_count(value, '|') - 1;
    bool done = false;
    if (!r->draft->groups && slice_find(value, '|', 0) < value.n)
        return "s= has a '|', which this draft does not know";
    s->sets =
        arena_array(r->arena, n < r->draft->sets_most ? n : r->draft->sets_most, sizeof *s->sets);
    if (!s->sets)
        return dkim2_no_memory;
    for (struct slice group; dkim2_list_next(&value, &done, '|', &group);) {
        const char *why = read_group(r, group);
        if (why)
            return why;
        s->n_groups++;
    }
    return NULL;
}

/* --- the rest ----------------------------------------------------------------------------------
 */

static const char *read_n(void *self, struct slice value)
{
    struct reading *r = self;
    for (size_t i = 0; i < value.n; i++)
        if (octet_is_fws(value.p[i]))
            return "n= has white space inside";
    r->signature->nonce = value;
    return value.n <= LIMIT_NONCE ? NULL : "n= is longer than 64 characters"; /* section 8.3 */
}

/* Section 8.10; which of them mean something is the draft's. */
static const char *read_f(void *self, struct slice value)
{
    static const struct {
        const char *word;
        unsigned flag;
    } words[] = {
        {"exploded", DKIM2_FLAG_EXPLODED},         {"feedback", DKIM2_FLAG_FEEDBACK},
        {"feedhere", DKIM2_FLAG_FEEDHERE},         {"donotmodify", DKIM2_FLAG_DONOTMODIFY},
        {"donotexplode", DKIM2_FLAG_DONOTEXPLODE},
    };
    struct reading *r = self;
    bool done = false;
    for (struct slice flag; dkim2_list_next(&value, &done, ',', &flag);) {
        if (!dkim2_is_word(flag))
            return "f= has a flag that is none";
        for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
            if (slice_eq(flag, slice_str(words[i].word)))
                r->signature->flags |= words[i].flag;
    }
    return NULL;
}

/* Section 8; unknown tags are ignored. Which of nd=, mf= and rt= are wanted depends on one another.
 */
static const struct dkim2_row rows[] = {
    {SLICE_INIT("i"), read_i, true},    {SLICE_INIT("m"), read_m, true},
    {SLICE_INIT("t"), read_t, true},    {SLICE_INIT("d"), read_d, true},
    {SLICE_INIT("s"), read_s, true},    {SLICE_INIT("nd"), read_nd, false},
    {SLICE_INIT("mf"), read_mf, false}, {SLICE_INIT("rt"), read_rt, false},
    {SLICE_INIT("n"), read_n, false},   {SLICE_INIT("f"), read_f, false},
};

/* nd=, or both mf= and rt= (section 8.7). */
static void judge_envelope(struct dkim2_signature *s, const struct dkim2_tags *tags)
{
    bool nd = dkim2_tags_find(tags, SLICE("nd")), mf = dkim2_tags_find(tags, SLICE("mf"));
    bool rt = dkim2_tags_find(tags, SLICE("rt"));
    s->has_envelope = mf && rt && !nd;
    if (s->why || (nd ? !mf && !rt : mf && rt))
        return;
    s->why = nd ? "nd= stands beside mf= or rt=" : "mf= or rt= is missing";
    s->wrong = nd ? DKIM2_SIGNATURE_TAG_UNEXPECTED : DKIM2_SIGNATURE_TAG_MISSING;
    s->wrong_value = slice_str(mf == nd ? "mf" : "rt");
}

enum waybill_status dkim2_signature_parse(struct arena *arena, const struct dkim2_draft *draft,
                                          struct field *field, size_t position,
                                          struct dkim2_signature *out)
{
    struct dkim2_tags tags;
    const struct dkim2_row *missing;
    *out = (struct dkim2_signature){.field = field, .position = position};
    struct reading r = {.arena = arena, .draft = draft, .signature = out};
    dkim2_tags_parse(field->value, &tags);
    out->no_final_semicolon = tags.no_final_semicolon;
    out->why = dkim2_tags_read(&tags, rows, sizeof rows / sizeof rows[0], &r, &missing);
    if (out->why == dkim2_no_memory)
        return WAYBILL_NOMEM;
    out->wrong = missing               ? DKIM2_SIGNATURE_TAG_MISSING
                 : out->why == r.unfit ? r.wrong
                                       : DKIM2_SIGNATURE_SYNTAX;
    if (missing)
        out->wrong_value = missing->name;
    if (tags.why) {
        out->why = tags.why;
        out->wrong = DKIM2_SIGNATURE_SYNTAX;
    }
    judge_envelope(out, &tags);
    return WAYBILL_OK;
}

/* Drafts differ in groups, in how many signatures there may be and in the algorithms. */
enum waybill_status dkim2_signature_again(struct arena *arena, const struct dkim2_draft *draft,
                                          const struct dkim2_signature *read,
                                          struct dkim2_signature *out, bool *same)
{
    const struct dkim2_set *set = read->sets;
    *same = !read->why && read->n_sets == 1 && set->algorithm &&
            find_algorithm(draft, set->algorithm_name) == set->algorithm;
    if (!*same)
        return WAYBILL_OK;
    struct dkim2_set *own = arena_alloc(arena, sizeof *own);
    if (!own)
        return WAYBILL_NOMEM;
    *own = (struct dkim2_set){.selector = set->selector,
                              .algorithm_name = set->algorithm_name,
                              .algorithm = set->algorithm,
                              .octets = set->octets,
                              .cut = set->cut,
                              .group = set->group};
    *out = *read;
    out->sets = own;
    out->result = WAYBILL_RESULT_NONE;
    out->skipped = false;
    out->octets_hashed = 0;
    return WAYBILL_OK;
}
