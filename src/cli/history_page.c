/*
 * A hop as a person reads it:
 *
 *     2  lists.example         from      cooks-bounces@lists.example
 *        2026-11-20 10:02      to        bob@uni.example
 *                              signed    with list (rsa-sha256): proved
 *                              changed   subject tag; footer of 4 lines
 *
 *        Subject
 *          - Bread
 *          + [cooks] Bread
 */
#include "cli/history.h"

#include "base/limits.h"
#include "cli/difference.h"
#include "cli/heading.h"

#include <stdio.h>
#include <time.h>

enum { LABEL_COLUMN = 27, DETAIL_COLUMN = 37, RECIPIENTS_SHOWN = 5 };

static void label(struct page *page, const char *text)
{
    page->indent = LABEL_COLUMN;
    page_start(page);
    page_tab(page, LABEL_COLUMN);
    page_put(page, TONE_PLAIN, slice_str(text));
    page->indent = DETAIL_COLUMN;
    page_tab(page, DETAIL_COLUMN);
}

/* --- who, when, to whom ----------------------------------------------------------------------- */

static void begin_hop(struct page *page, const struct dkim2_signature *s, struct buffer *name,
                      char *time, size_t n)
{
    time_t seconds = (time_t)s->time;
    struct tm utc;
    buffer_printf(name, "%u%s", s->i, s->i < 10 ? "  " : " ");
    buffer_add_escaped(name, slice_sub(s->domain, 0, LIMIT_NAME_OCTETS));
    page->left[0] = buffer_slice(name);
    page->left_tone[0] = TONE_STRONG;
    page->left[1] = (struct slice){NULL, 0};
    page->left_tone[1] = TONE_DIM;
    if (gmtime_r(&seconds, &utc) && strftime(time, n, "   %Y-%m-%d %H:%M", &utc))
        page->left[1] = slice_str(time);
}

/* The address without its brackets, which are for machines; the null path is nothing but them. */
static struct slice shown(const struct dkim2_path *path)
{
    struct slice text = path->text;
    return text.n > 2 ? slice_sub(text, 1, text.n - 2) : text;
}

static void write_envelope(struct page *page, const struct dkim2_signature *s)
{
    if (!s->has_envelope) {
        label(page, "hands to");
        page_words(page, TONE_PLAIN, slice_sub(s->next_domain, 0, LIMIT_NAME_OCTETS));
        page_say(page, TONE_DIM, "(without a transport)");
        page_end(page);
        return;
    }
    label(page, "from");
    page_words(page, TONE_PLAIN, slice_sub(shown(&s->mail_from), 0, LIMIT_SHOWN_OCTETS));
    page_end(page);
    label(page, "to");
    for (size_t i = 0; i < s->rcpts && i < RECIPIENTS_SHOWN; i++)
        page_phrase(page, TONE_PLAIN, slice_sub(shown(&s->rcpt_to[i]), 0, LIMIT_SHOWN_OCTETS));
    if (s->rcpts > RECIPIENTS_SHOWN)
        page_say(page, TONE_DIM, "and %zu more", s->rcpts - RECIPIENTS_SHOWN);
    page_end(page);
}

/* What the hop says of itself and asks for (spec-06 section 8.10). */
static void write_flags(struct page *page, const struct dkim2_signature *s)
{
    static const struct {
        unsigned flag;
        const char *text;
    } flags[] = {
        {DKIM2_FLAG_EXPLODED, "sent to several (exploded)"},
        {DKIM2_FLAG_FEEDBACK, "wants feedback"},
        {DKIM2_FLAG_FEEDHERE, "wants feedback by way of itself (feedhere)"},
        {DKIM2_FLAG_DONOTMODIFY, "asks that nothing be changed (donotmodify)"},
        {DKIM2_FLAG_DONOTEXPLODE, "asks that it go to nobody else (donotexplode)"},
    };
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        if (!(s->flags & flags[i].flag))
            continue;
        label(page, "says");
        page_say(page, TONE_PLAIN, "%s", flags[i].text);
        page_end(page);
    }
}

/* --- whether it is proved --------------------------------------------------------------------- */

/* "list (rsa-sha256)", with its result where not all are good. */
static void write_set(struct page *page, const struct dkim2_set *set, bool all_well, bool last)
{
    char text[256];
    struct buffer b = buffer_over(text, sizeof text);
    buffer_add(&b, slice_sub(set->selector, 0, LIMIT_LABEL_OCTETS));
    buffer_add_str(&b, " (");
    buffer_add(&b, slice_sub(set->algorithm_name, 0, LIMIT_LABEL_OCTETS));
    buffer_add_str(&b, all_well && last ? "):" : ")");
    page_phrase(page, TONE_PLAIN, buffer_slice(&b));
    if (!all_well)
        page_say(page, set->result == WAYBILL_RESULT_PASS ? TONE_GOOD : TONE_BAD, "%s%s",
                 set->result == WAYBILL_RESULT_NONE ? "not checked"
                                                    : waybill_result_text(set->result),
                 last ? ":" : "");
}

static bool has_findings(const struct dkim2 *d, unsigned i)
{
    for (size_t f = 0; f < d->n_found; f++)
        if (d->found[f].signature == i)
            return true;
    return false;
}

/* What is wrong with a hop, in the words of the draft. */
static void write_findings(struct page *page, const struct dkim2 *d, unsigned i)
{
    for (size_t f = 0; f < d->n_found; f++) {
        if (d->found[f].signature != i)
            continue;
        label(page, "");
        page_say(page, TONE_BAD, "%s", d->found[f].text);
        page_end(page);
    }
}

static void write_proof(struct page *page, const struct dkim2 *d, const struct dkim2_signature *s)
{
    bool well = s->result == WAYBILL_RESULT_PASS, all_well = well;
    for (size_t i = 0; i < s->n_sets; i++)
        all_well = all_well && s->sets[i].result == WAYBILL_RESULT_PASS;
    label(page, "signed");
    for (size_t i = 0; i < s->n_sets; i++) {
        page_say(page, TONE_PLAIN, "%s", i == 0 ? "with" : "and");
        write_set(page, &s->sets[i], all_well, i + 1 == s->n_sets);
    }
    if (well && has_findings(d, s->i))
        page_say(page, TONE_WARN, "verifies, but");
    else if (well)
        page_say(page, TONE_GOOD, "proved");
    else if (s->skipped || s->result == WAYBILL_RESULT_NONE)
        page_say(page, TONE_WARN, "not checked");
    else
        page_say(page, s->result == WAYBILL_RESULT_TEMPERROR ? TONE_WARN : TONE_BAD, "%s",
                 waybill_result_text(s->result));
    page_end(page);
    write_findings(page, d, s->i);
}

/* --- what was changed ------------------------------------------------------------------------- */

/* "List-Id added", "footer of 4 lines added"; a name as the message writes it, recipes lower it. */
static void write_change(struct page *page, const struct waybill_record *r,
                         const struct dkim2_changed *change, bool last)
{
    char text[2 * LIMIT_SHOWN_OCTETS];
    struct buffer b = buffer_over(text, sizeof text);
    static const char *const of_fields[DKIM2_CHANGES] = {
        [DKIM2_CHANGE_FIELD_ADDED] = "added",
        [DKIM2_CHANGE_FIELD_REMOVED] = "removed",
        [DKIM2_CHANGE_FIELD_CHANGED] = "changed",
    };
    if (change->name.p && of_fields[change->what]) {
        const struct field *f = header_first(message_header(r->message), change->name);
        buffer_add(&b, slice_sub(f ? f->name : change->name, 0, LIMIT_SHOWN_OCTETS));
        buffer_printf(&b, " %s", of_fields[change->what]);
    } else {
        buffer_add_str(&b, dkim2_change_text(change->what));
        if (change->lines)
            buffer_printf(&b, " of %llu line%s added", (unsigned long long)change->lines,
                          change->lines == 1 ? "" : "s");
    }
    buffer_add_str(&b, last ? "" : ";");
    page_phrase(page, TONE_PLAIN, buffer_slice(&b));
}

static void write_changes(struct page *page, const struct waybill_record *r,
                          const struct dkim2_instance *instance)
{
    label(page, "changed");
    for (size_t i = 0; i < instance->n_changes; i++)
        write_change(page, r, &instance->changes[i], i + 1 == instance->n_changes);
    page_end(page);
}

/* Whether what the recipe makes is what the instance before says. */
static void write_recovery(struct page *page, const struct dkim2 *d, size_t m)
{
    const struct dkim2_instance *before = m > 1 ? d->instances[m - 2] : NULL;
    if (m == 1)
        return;
    label(page, "undone");
    if (before && before->result == WAYBILL_RESULT_PASS)
        page_say(page, TONE_GOOD, "the message as it was before is recovered");
    else
        page_say(page, TONE_BAD, "what was before cannot be recovered");
    page_end(page);
}

/* The instances that are new with this hop. */
static enum waybill_status write_revisions(struct page *page, const struct waybill_record *r,
                                           const struct dkim2_signature *s,
                                           const struct slice *states)
{
    const struct dkim2 *d = &r->dkim2;
    const struct dkim2_signature *before = s->i > 1 ? d->signatures[s->i - 2] : NULL;
    size_t first = before ? before->m + 1 : 1;
    enum waybill_status status = WAYBILL_OK;
    for (size_t m = first; m <= s->m && m <= d->n_instances && status == WAYBILL_OK; m++) {
        const struct dkim2_instance *instance = d->instances[m - 1];
        if (!instance || !instance->recipe)
            continue;
        if (instance->n_changes)
            write_changes(page, r, instance);
        write_recovery(page, d, m);
        if (states[m - 1].n == 0)
            continue;
        page_end(page);
        status = difference_write(page, states[m - 1], instance->recipe);
    }
    return status;
}

static enum waybill_status write_hop(struct page *page, const struct waybill_record *r,
                                     const struct dkim2_signature *s, const struct slice *states)
{
    char time[32];
    struct buffer name = buffer_new(LIMIT_FIELD_WRITTEN);
    begin_hop(page, s, &name, time, sizeof time);
    write_envelope(page, s);
    write_flags(page, s);
    write_proof(page, &r->dkim2, s);
    enum waybill_status status = write_revisions(page, r, s, states);
    page_end(page);
    buffer_free(&name);
    return status;
}

/* --- what it comes to ------------------------------------------------------------------------- */

static void write_verdict(struct page *page, const struct dkim2 *d)
{
    const struct dkim2_signature *first = d->n_signatures ? d->signatures[0] : NULL;
    page->indent = 2;
    page_tab(page, 2);
    if (d->n_signatures + d->n_instances == 0) {
        page_say(page, TONE_PLAIN, "Nobody signed this message with DKIM2: it has no history.");
    } else if (d->verdict.result == WAYBILL_RESULT_PASS) {
        page_say(page, TONE_GOOD, "The chain of custody is proved");
        page_say(page, TONE_PLAIN, "back to %.*s.",
                 SLICE_ARGS(slice_sub(first->ascii_domain, 0, LIMIT_NAME_OCTETS)));
    } else if (d->verdict.result == WAYBILL_RESULT_NOT_EVALUATED) {
        page_say(page, TONE_WARN, "The chain of custody is not judged:");
        page_say(page, TONE_PLAIN, "%s (--mail-from, --rcpt-to).", d->verdict.why);
    } else {
        page_say(page, TONE_BAD, "The chain of custody is not proved:");
        page_say(page, TONE_PLAIN, "%s.", d->verdict.why);
    }
    page_end(page);
}

enum waybill_status history_write(struct page *page, const struct waybill_record *r,
                                  const struct slice *states)
{
    const struct dkim2 *d = &r->dkim2;
    enum waybill_status status = WAYBILL_OK;
    heading_write(page, r->message);
    for (size_t i = 0; i < d->n_signatures && status == WAYBILL_OK; i++)
        if (d->signatures[i])
            status = write_hop(page, r, d->signatures[i], states);
    write_verdict(page, d);
    page_end(page);
    return status;
}
