#include "dns/question_text.h"

struct word {
    const char *text;
    int value;
};

#define END_OF_WORDS \
    {                \
        NULL, 0      \
    }

static const struct word kinds[] = {
    {"dns", WAYBILL_DNS},
    {"reputation", WAYBILL_REPUTATION},
    {"seen", WAYBILL_SEEN},
    END_OF_WORDS,
};

static const struct word statuses[] = {
    {"answered", WAYBILL_ANSWERED}, {"nodata", WAYBILL_NODATA},   {"nxdomain", WAYBILL_NXDOMAIN},
    {"servfail", WAYBILL_SERVFAIL}, {"timeout", WAYBILL_TIMEOUT}, END_OF_WORDS,
};

static const struct word types[] = {
    {"A", WAYBILL_DNS_A},   {"CNAME", DNS_CNAME},     {"PTR", WAYBILL_DNS_PTR},
    {"MX", WAYBILL_DNS_MX}, {"TXT", WAYBILL_DNS_TXT}, {"AAAA", WAYBILL_DNS_AAAA},
    END_OF_WORDS,
};

static const char *text_of(const struct word *words, int value)
{
    while (words->text && words->value != value)
        words++;
    return words->text;
}

static int value_of(const struct word *words, struct slice text,
                    bool (*same)(struct slice, struct slice))
{
    while (words->text && !same(slice_str(words->text), text))
        words++;
    return words->text ? words->value : NO_SUCH_WORD;
}

static const char *known(const char *text)
{
    return text ? text : "unknown";
}

const char *waybill_answer_status_text(enum waybill_answer_status status)
{
    return known(text_of(statuses, (int)status));
}

const char *waybill_question_kind_text(enum waybill_question_kind kind)
{
    return known(text_of(kinds, (int)kind));
}

const char *waybill_dns_type_text(enum waybill_dns_type type)
{
    return known(text_of(types, (int)type));
}

int question_kind_of(struct slice word)
{
    return value_of(kinds, word, slice_eq);
}

int answer_status_of(struct slice word)
{
    return value_of(statuses, word, slice_eq);
}

int dns_type_of(struct slice word)
{
    return value_of(types, word, slice_ieq);
}

bool dns_type_is_kept(int type)
{
    return text_of(types, type) != NULL;
}
