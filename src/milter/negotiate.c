#include "milter/machine.h"

#include "milter/protocol.h"

/* What no answer is promised for, unless the caller answers it. */
static const struct {
    enum milter_event_kind kind;
    uint32_t step;
} no_reply[] = {
    {MILTER_CONNECT, STEP_NO_REPLY_CONNECT},
    {MILTER_HELO, STEP_NO_REPLY_HELO},
    {MILTER_MAIL, STEP_NO_REPLY_MAIL},
    {MILTER_RCPT, STEP_NO_REPLY_RCPT},
    {MILTER_DATA, STEP_NO_REPLY_DATA},
    {MILTER_HEADER, STEP_NO_REPLY_HEADER},
    {MILTER_HEADER_END, STEP_NO_REPLY_HEADER_END},
    {MILTER_BODY, STEP_NO_REPLY_BODY},
};

/* The number of a stage in a list of macros: in the protocol the two ends are the other way round.
 */
static const uint32_t stage_numbers[MILTER_STAGES] = {
    [MILTER_AT_CONNECT] = 0,     [MILTER_AT_HELO] = 1, [MILTER_AT_MAIL] = 2,
    [MILTER_AT_RCPT] = 3,        [MILTER_AT_DATA] = 4, [MILTER_AT_HEADER_END] = 6,
    [MILTER_AT_MESSAGE_END] = 5,
};

static uint32_t wanted_steps(const struct milter_wishes *wishes)
{
    uint32_t steps = STEP_NO_UNKNOWN | STEP_NO_REPLY_UNKNOWN | STEP_LEADING_SPACE;
    for (size_t i = 0; i < sizeof no_reply / sizeof *no_reply; i++)
        if (!(wishes->answers & MILTER_ANSWERS(no_reply[i].kind)))
            steps |= no_reply[i].step;
    return wishes->no_body ? steps | STEP_NO_BODY : steps;
}

static uint32_t wanted_actions(const struct milter_wishes *wishes)
{
    uint32_t actions = wishes->actions;
    for (size_t i = 0; i < MILTER_STAGES; i++)
        if (wishes->macros[i])
            actions |= ACTION_NAME_MACROS;
    return actions;
}

/* Version, actions and steps; then of each stage its number and a text. */
static void answer(struct milter_session *s, uint32_t version)
{
    uint8_t head[3 * MILTER_NUMBER_OCTETS], numbers[MILTER_STAGES][MILTER_NUMBER_OCTETS];
    struct slice parts[1 + 3 * MILTER_STAGES] = {slice_of(head, sizeof head)};
    size_t n = 1;
    milter_number_write(version, &head[0]);
    milter_number_write(s->actions_granted, &head[MILTER_NUMBER_OCTETS]);
    milter_number_write(s->steps, &head[2 * MILTER_NUMBER_OCTETS]);
    for (size_t i = 0; i < MILTER_STAGES; i++) {
        if (!s->wishes->macros[i] || !(s->actions_granted & ACTION_NAME_MACROS))
            continue;
        milter_number_write(stage_numbers[i], numbers[i]);
        parts[n++] = slice_of(numbers[i], MILTER_NUMBER_OCTETS);
        parts[n++] = slice_str(s->wishes->macros[i]);
        parts[n++] = SLICE("\0");
    }
    milter_machine_send(s, REPLY_NEGOTIATE, parts, n);
}

/* What a later version puts behind the three numbers is for those who asked for it. */
const char *milter_negotiate(struct milter_session *s, struct slice offer)
{
    struct cursor c = cursor_new(offer);
    uint32_t version, actions, steps;
    if (!milter_take_number(&c, &version) || !milter_take_number(&c, &actions) ||
        !milter_take_number(&c, &steps))
        return "fewer than three numbers";
    if (version < VERSION_OLDEST)
        return "a version before 2";
    s->actions_granted = actions & wanted_actions(s->wishes);
    s->steps = steps & wanted_steps(s->wishes);
    answer(s, version < VERSION_OURS ? version : VERSION_OURS);
    return NULL;
}
