/*
 * The face of the product:
 *
 *     2  lists.example        sealed    arc i=1: seal pass, message pass
 *        2026-11-20 10:02     saw       dkim=pass (author.example) dmarc=pass
 */
#include "cli/timeline.h"

#include "base/limits.h"
#include "cli/heading.h"
#include "cli/hops.h"
#include "cli/page.h"
#include "cli/verdict.h"
#include "record/claims.h"

#include <stdio.h>
#include <time.h>

enum { NAME_COLUMN = 5, LABEL_COLUMN = 27, DETAIL_COLUMN = 37 };

static enum tone tone_of(enum waybill_result result)
{
    static const enum tone tones[] = {
        [WAYBILL_RESULT_NONE] = TONE_DIM,           [WAYBILL_RESULT_PASS] = TONE_GOOD,
        [WAYBILL_RESULT_FAIL] = TONE_BAD,           [WAYBILL_RESULT_SOFTFAIL] = TONE_WARN,
        [WAYBILL_RESULT_POLICY] = TONE_BAD,         [WAYBILL_RESULT_NEUTRAL] = TONE_BAD,
        [WAYBILL_RESULT_TEMPERROR] = TONE_WARN,     [WAYBILL_RESULT_PERMERROR] = TONE_BAD,
        [WAYBILL_RESULT_NOT_EVALUATED] = TONE_WARN,
    };
    return tones[result];
}

/* --- a hop ------------------------------------------------------------------------------------ */

static void label(struct page *page, const char *text)
{
    page->indent = LABEL_COLUMN;
    if (page->column == 0)
        page_start(page);
    page_tab(page, LABEL_COLUMN);
    page_put(page, TONE_PLAIN, slice_str(text));
    page->indent = DETAIL_COLUMN;
    page_tab(page, DETAIL_COLUMN);
}

static void say_verdict(struct page *page, struct verdict v)
{
    page_say(page, tone_of(v.result), "%s", waybill_result_text(v.result));
    if (v.why)
        page_say(page, TONE_PLAIN, "(%s)", v.why);
}

static void write_cautions(struct page *page, const struct waybill_record *r,
                           const struct signature *s)
{
    uint64_t all = body_octets(message_body(r->message), s->body_canon);
    if (s->has_length && s->body == PART_GOOD && s->length < all) {
        page_end(page);
        label(page, "");
        page_say(page, TONE_WARN, "l=: anybody may have added the last %llu octets of the body",
                 (unsigned long long)(all - s->length));
    }
    if (s->testing) {
        page_end(page);
        label(page, "");
        page_say(page, TONE_WARN, "t=y: the domain says that it only tests this key");
    }
}

static void write_signature(struct page *page, const struct waybill_record *r,
                            const struct signature *s)
{
    label(page, "signed");
    page_say(page, TONE_PLAIN, "dkim");
    if (s->selector.p)
        page_say(page, TONE_PLAIN, "s=%.*s", SLICE_ARGS(slice_sub(s->selector, 0, 64)));
    say_verdict(page, s->verdict);
    write_cautions(page, r, s);
    page_end(page);
}

/* "dkim=pass (author.example)", which is not torn apart where it fits a line. */
static void write_claim(struct page *page, enum tone tone, const struct shown_claim *claim)
{
    char text[2 * LIMIT_SHOWN_OCTETS];
    struct buffer b = buffer_over(text, sizeof text);
    buffer_add(&b, slice_sub(claim->method, 0, 32));
    buffer_add_octet(&b, '=');
    buffer_add(&b, slice_sub(claim->result, 0, 32));
    if (claim->about.n) {
        buffer_add_str(&b, " (");
        buffer_add(&b, slice_sub(claim->about, 0, LIMIT_NAME_OCTETS));
        buffer_add_octet(&b, ')');
    }
    page_phrase(page, tone, buffer_slice(&b));
}

/* What a sealer says that it saw counts for what the chain that carries it counts. */
static void write_claims(struct page *page, const struct waybill_record *r,
                         const struct arc_set *set)
{
    bool carried = r->arc.verdict.result == WAYBILL_RESULT_PASS;
    struct shown_claim claim;
    size_t i = 0;
    if (!record_next_claim(set, &i, &claim))
        return;
    label(page, carried ? "saw" : "claims");
    do
        write_claim(page, carried ? TONE_PLAIN : TONE_DIM, &claim);
    while (record_next_claim(set, &i, &claim));
    page_end(page);
}

/* A message signature below the newest only tells whether the message was changed since. */
static void write_set(struct page *page, const struct waybill_record *r, const struct arc_set *set)
{
    const struct verdict missing = {WAYBILL_RESULT_FAIL, "there is none"};
    const struct signature *seal = set->seal, *ams = set->message_signature;
    bool changed = ams && set->instance != r->arc.n && ams->verdict.result == WAYBILL_RESULT_FAIL;
    label(page, "sealed");
    page_say(page, TONE_PLAIN, "arc i=%u: seal", set->instance);
    say_verdict(page, seal ? seal->verdict : missing);
    if (!seal || seal->verdict.why || changed) {
        page_end(page);
        label(page, "");
    } else {
        page_say(page, TONE_DIM, "·");
    }
    page_say(page, TONE_PLAIN, "message");
    if (changed)
        page_say(page, TONE_DIM, "changed since (%s)", ams->verdict.why);
    else
        say_verdict(page, ams ? ams->verdict : missing);
    page_end(page);
    write_claims(page, r, set);
}

/* --- a hop of the chain of custody --------------------------------------------------------------
 */

/* Whether the change does not name its field by itself. */
static bool is_of_some_field(enum dkim2_change what)
{
    return what == DKIM2_CHANGE_FIELD_ADDED || what == DKIM2_CHANGE_FIELD_REMOVED ||
           what == DKIM2_CHANGE_FIELD_CHANGED;
}

/* "subject tag", "footer of 4 lines", "field added list-id". */
static void write_change(struct page *page, const struct dkim2_changed *changed, bool last)
{
    char octets[2 * LIMIT_SHOWN_OCTETS];
    struct buffer b = buffer_over(octets, sizeof octets);
    buffer_add_str(&b, dkim2_change_text(changed->what));
    if (is_of_some_field(changed->what)) {
        buffer_add_octet(&b, ' ');
        buffer_add(&b, slice_sub(changed->name, 0, LIMIT_SHOWN_OCTETS));
    }
    if (changed->lines)
        buffer_printf(&b, " of %llu line%s", (unsigned long long)changed->lines,
                      changed->lines == 1 ? "" : "s");
    buffer_add_str(&b, last ? "" : ",");
    page_phrase(page, TONE_PLAIN, buffer_slice(&b));
}

/* What the hop changed: the instances from the one before it to its own. */
static void write_changes(struct page *page, const struct dkim2 *dkim2,
                          const struct dkim2_signature *s)
{
    const struct dkim2_signature *before = s->i > 1 ? dkim2->signatures[s->i - 2] : NULL;
    for (size_t m = before ? before->m : 1; m < s->m && m < dkim2->n_instances; m++) {
        const struct dkim2_instance *instance = dkim2->instances[m];
        if (!instance || instance->n_changes == 0)
            continue;
        label(page, "changed");
        for (size_t i = 0; i < instance->n_changes; i++)
            write_change(page, &instance->changes[i], i + 1 == instance->n_changes);
        page_end(page);
    }
}

static void write_recipients(struct page *page, const struct dkim2_signature *s)
{
    enum { SHOWN = 3 };
    label(page, "to");
    for (size_t i = 0; i < s->rcpts && i < SHOWN; i++)
        page_words(page, TONE_PLAIN, slice_sub(s->rcpt_to[i].text, 0, LIMIT_SHOWN_OCTETS));
    if (s->rcpts > SHOWN)
        page_say(page, TONE_DIM, "and %zu more", s->rcpts - SHOWN);
    if (!s->has_envelope && s->next_domain.p)
        page_words(page, TONE_PLAIN, slice_sub(s->next_domain, 0, LIMIT_NAME_OCTETS));
    page_end(page);
}

static void write_custody(struct page *page, const struct waybill_record *r,
                          const struct dkim2_signature *s)
{
    label(page, "signed");
    page_say(page, TONE_PLAIN, "dkim2 i=%u", s->i);
    if (s->skipped || s->result == WAYBILL_RESULT_NONE)
        page_say(page, TONE_DIM, "not checked");
    else
        say_verdict(page, verdict_of(s->result, s->why));
    page_end(page);
    write_recipients(page, s);
    write_changes(page, &r->dkim2, s);
}

static void write_time(const struct hop *hop, char *text, size_t n)
{
    time_t time = (time_t)hop->time;
    struct tm utc;
    bool fine =
        hop->has_time && gmtime_r(&time, &utc) && strftime(text, n, "   %Y-%m-%d %H:%M", &utc);
    if (!fine)
        text[0] = '\0';
}

static void write_hop(struct page *page, const struct waybill_record *r, const struct hop *hop,
                      size_t number)
{
    char time[32];
    struct buffer name = buffer_new(LIMIT_FIELD_WRITTEN);
    buffer_printf(&name, "%zu%s", number, number < 10 ? "  " : " ");
    buffer_add_escaped(&name, slice_sub(hop->domain, 0, LIMIT_NAME_OCTETS));
    write_time(hop, time, sizeof time);
    page->left[0] = buffer_slice(&name);
    page->left_tone[0] = TONE_STRONG;
    page->left[1] = time[0] ? slice_str(time) : (struct slice){NULL, 0};
    page->left_tone[1] = TONE_DIM;
    for (size_t i = 0; i < hop->n; i++)
        if (hop->deeds[i].set)
            write_set(page, r, hop->deeds[i].set);
        else if (hop->deeds[i].custody)
            write_custody(page, r, hop->deeds[i].custody);
        else
            write_signature(page, r, hop->deeds[i].signature);
    if (page->left[0].p) { /* the time, where the hop had one line only */
        page->indent = 0;
        page_start(page);
    }
    buffer_free(&name);
}

/* --- here ------------------------------------------------------------------------------------- */

/* A method that most messages do not have is not missed. */
static bool is_worth_a_word(const struct waybill_record *r, enum waybill_method method)
{
    return method != WAYBILL_METHOD_DKIM2 || r->dkim2.n_signatures || r->dkim2.n_instances;
}

static void write_result(struct page *page, const struct waybill_record *r,
                         enum waybill_method method)
{
    enum waybill_result result = waybill_record_result(r, method);
    const char *text =
        result == WAYBILL_RESULT_NOT_EVALUATED ? "not-run" : waybill_result_text(result);
    bool asks = method == WAYBILL_METHOD_DMARC && result == WAYBILL_RESULT_FAIL;
    char octets[64];
    struct buffer b = buffer_over(octets, sizeof octets);
    buffer_printf(&b, "%s=%s", waybill_method_text(method), text);
    if (asks)
        buffer_printf(&b, " (p=%s)", dmarc_policy_text(r->dmarc.policy));
    page_phrase(page, tone_of(result), buffer_slice(&b));
}

/* Why SPF came to its result: the terms that led there, or the reason. */
static void write_spf_way(struct page *page, const struct spf_check *check)
{
    char octets[4 * LIMIT_NAME_OCTETS];
    if (check->verdict.result == WAYBILL_RESULT_NOT_EVALUATED ||
        (!check->n_path && !check->verdict.why))
        return;
    label(page, "spf");
    for (size_t i = 0; i < check->n_path; i++) {
        struct buffer b = buffer_over(octets, sizeof octets);
        buffer_add(&b, slice_sub(check->path[i].domain, 0, LIMIT_NAME_OCTETS));
        buffer_add_str(&b, ": ");
        buffer_add(&b, slice_sub(check->path[i].term, 0, LIMIT_SHOWN_OCTETS));
        if (i + 1 < check->n_path)
            buffer_add_octet(&b, ';');
        page_words(page, TONE_PLAIN, buffer_slice(&b));
    }
    if (check->verdict.why)
        page_say(page, TONE_PLAIN, "(%s)", check->verdict.why);
    page_end(page);
}

/* Methods for which the envelope does not say enough, and what would. */
static void write_not_run(struct page *page, const struct waybill_record *r)
{
    const struct verdict spf = r->spf.of[SPF_MAIL_FROM].verdict;
    if (spf.result != WAYBILL_RESULT_NOT_EVALUATED)
        return;
    label(page, "not run");
    page_say(page, TONE_WARN, "spf: %s", spf.why);
    page_say(page, TONE_PLAIN, "(--ip, --helo, --mail-from)");
    page_end(page);
}

static void write_here(struct page *page, const struct waybill_record *r, size_t number)
{
    char name[32];
    snprintf(name, sizeof name, "%zu%shere", number, number < 10 ? "  " : " ");
    page->left[0] = slice_str(name);
    page->left_tone[0] = TONE_STRONG;
    label(page, "found");
    for (int m = WAYBILL_METHOD_SPF; m <= WAYBILL_METHOD_DMARC; m++)
        if (is_worth_a_word(r, (enum waybill_method)m))
            write_result(page, r, (enum waybill_method)m);
    page_end(page);
    write_spf_way(page, &r->spf.of[SPF_MAIL_FROM]);
    write_not_run(page, r);
}

static void write_left_out(struct page *page, const struct waybill_record *r)
{
    page->indent = DETAIL_COLUMN;
    if (r->dkim.beyond) {
        label(page, "left out");
        page_say(page, TONE_WARN, "%zu DKIM-Signature fields beyond the first %zu: not evaluated",
                 r->dkim.beyond, LIMIT_DKIM_SIGNATURES);
        page_end(page);
    }
    for (size_t i = 0; i < r->arc.n_strays; i++) {
        const struct arc_stray *stray = &r->arc.strays[i];
        label(page, i == 0 ? "stray" : "");
        page_words(page, TONE_BAD, stray->name);
        if (stray->instance)
            page_say(page, TONE_PLAIN, "a second one with i=%u", stray->instance);
        else
            page_say(page, TONE_PLAIN, "without a valid i=");
        page_end(page);
    }
}

static void write_oddities(struct page *page, const struct waybill_record *r)
{
    bool any = false;
    for (size_t o = 0; o < ODDITIES; o++) {
        const struct oddity_count *n = message_oddity(r->message, (enum oddity)o);
        if (n->header + n->body == 0 || (o == ODDITY_EIGHT_BIT && n->header == 0))
            continue;
        if (!any)
            label(page, "odd");
        any = true;
        page_say(page, TONE_WARN, "%s", oddity_text((enum oddity)o));
    }
    if (any)
        page_end(page);
}

enum waybill_status timeline_write(struct buffer *out, const struct waybill_record *r,
                                   const struct timeline_style *style)
{
    struct page page = {.out = out, .colour = style->color};
    struct arena arena = arena_new();
    struct hops hops;
    enum waybill_status status = hops_find(&arena, r, &hops);
    if (status == WAYBILL_OK) {
        heading_write(&page, r->message);
        for (size_t i = 0; i < hops.n; i++)
            write_hop(&page, r, &hops.all[i], i + 1);
        write_here(&page, r, hops.n + 1);
        write_left_out(&page, r);
        write_oddities(&page, r);
        page_end(&page);
        status = verdict_write(&page, r);
        page_end(&page);
    }
    arena_free(&arena);
    return status == WAYBILL_OK ? out->status : status;
}
