#include "spf/run.h"

/* Section 6.2: the explanation is US-ASCII, and a line of it can be shown. */
static bool is_printable(struct slice text)
{
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] < 0x20 || text.p[i] > 0x7E)
            return false;
    return text.n > 0;
}

/* The text of exp=, where there is one. It is looked up when the result stands, so that neither
 * limit of section 4.6.4 is touched. */
static enum waybill_status find_text(struct spf_run *run, const struct spf_level *level,
                                     struct slice *text, unsigned *wave, struct verdict *outcome)
{
    struct spf_target target;
    struct asked *asked = NULL;
    enum waybill_status status =
        spf_target(run, level, level->record->explanation.domain, &target, outcome);
    if (status == WAYBILL_OK && outcome->result == WAYBILL_RESULT_PASS)
        status = spf_ask(run, target.name, WAYBILL_DNS_TXT, target.wave, &asked, outcome);
    if (status != WAYBILL_OK || outcome->result != WAYBILL_RESULT_PASS)
        return status;
    *text = slice_of(asked->answer.data[0].octets, asked->answer.data[0].n);
    *wave = asked->question.wave;
    *outcome = spf_matches(asked->answer.n == 1 && macro_is_string(*text, MACRO_IN_EXPLANATION));
    return WAYBILL_OK;
}

static enum waybill_status expand(struct spf_run *run, const struct spf_level *level,
                                  struct slice text, unsigned wave, struct slice *out,
                                  struct verdict *outcome)
{
    uint8_t octets[LIMIT_SPF_EXPANDED];
    struct buffer room = buffer_over(octets, sizeof octets);
    enum waybill_status status = spf_expand(run, level, text, &room, &wave, outcome);
    if (status != WAYBILL_OK || outcome->result != WAYBILL_RESULT_PASS)
        return status;
    if (!is_printable(buffer_slice(&room)) || slice_eq(buffer_slice(&room), *out))
        return WAYBILL_OK;
    return arena_copy(run->spf->arena, buffer_slice(&room), out) ? WAYBILL_OK : WAYBILL_NOMEM;
}

enum waybill_status spf_explain(struct spf_run *run, const struct spf_level *level,
                                struct slice *out, struct verdict *outcome)
{
    struct slice text, made = *out;
    unsigned wave;
    *out = (struct slice){NULL, 0};
    *outcome = spf_matches(true);
    if (!level->record->explanation.text.p)
        return WAYBILL_OK;
    enum waybill_status status = find_text(run, level, &text, &wave, outcome);
    if (status == WAYBILL_OK && outcome->result == WAYBILL_RESULT_PASS)
        status = expand(run, level, text, wave, &made, outcome);
    if (status == WAYBILL_OK && outcome->result == WAYBILL_RESULT_PASS)
        *out = made;
    return status;
}
