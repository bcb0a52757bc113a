/* A text as an SPF record, then as an explanation; what parses is expanded. */
#include "base/limits.h"
#include "spf/macro.h"
#include "spf/record.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool is_so)
{
    if (!is_so)
        abort();
}

static bool within(struct slice part, struct slice whole)
{
    return !part.p || (part.p >= whole.p && part.p + part.n <= whole.p + whole.n);
}

static void expand(const struct macro_values *values, struct slice text)
{
    struct buffer out = buffer_new(LIMIT_SPF_EXPANDED);
    macro_expand(values, text, &out);
    must(out.status == WAYBILL_OK || out.status == WAYBILL_LIMIT);
    struct slice name = macro_fit_name(buffer_slice(&out));
    must(name.n <= LIMIT_NAME_OCTETS && within(name, buffer_slice(&out)));
    buffer_free(&out);
}

static void expand_domain(const struct macro_values *values, struct slice domain,
                          struct slice record)
{
    must(within(domain, record));
    must(domain.n == 0 || (macro_is_domain_spec(domain) && macro_is_string(domain, MACRO_IN_NAME) &&
                           macro_is_string(domain, MACRO_IN_EXPLANATION)));
    expand(values, domain);
}

static void parse(const struct macro_values *values, struct slice text)
{
    struct arena arena = arena_new();
    struct spf_record r;
    must(spf_record_parse(&arena, text, &r) == WAYBILL_OK);
    must((r.verdict.result == WAYBILL_RESULT_PASS) == !r.wrong.p);
    must(r.verdict.result == WAYBILL_RESULT_PASS || r.verdict.result == WAYBILL_RESULT_PERMERROR);
    must(within(r.wrong, text));
    for (size_t i = 0; i < r.n; i++) {
        const struct spf_term *t = &r.terms[i];
        must(t->text.n > 0 && within(t->text, text));
        must(t->bits_of_ip4 <= 32 && t->bits_of_ip6 <= 128);
        must((t->network.n != 0) == (t->mechanism == SPF_IP4 || t->mechanism == SPF_IP6));
        must(t->mechanism != SPF_ALL || i == r.n - 1);
        expand_domain(values, t->domain, text);
    }
    expand_domain(values, r.redirect.domain, text);
    expand_domain(values, r.explanation.domain, text);
    arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = slice_of(data, size);
    struct macro_values values = {.sender = SLICE("a-b.c+d@x.example"),
                                  .local_part = SLICE("a-b.c+d"),
                                  .sender_domain = SLICE("x.example"),
                                  .domain = SLICE("y.x.example"),
                                  .helo = SLICE(""),
                                  .validated = SLICE("--..//"),
                                  .client = {.octets = {0x20, 1}, .n = IP_V6_OCTETS},
                                  .now = 1};
    if (spf_record_is(text))
        parse(&values, text);
    if (macro_is_string(text, MACRO_IN_EXPLANATION))
        expand(&values, text);
    return 0;
}
