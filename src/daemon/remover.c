/* A token that somebody found in a mailbox and sends again, goes. */
#include "daemon/passage.h"
#include "daemon/say.h"

static enum waybill_status begin(struct passage *p)
{
    (void)p;
    return WAYBILL_OK;
}

static enum waybill_status take_octets(struct passage *p, struct slice octets, bool of_body)
{
    (void)p, (void)octets, (void)of_body;
    return WAYBILL_OK;
}

static void end(struct passage *p)
{
    enum waybill_status status = p->status;
    if (status == WAYBILL_OK && passage_may_change(p))
        status = passage_remove_tokens(p);
    if (status != WAYBILL_OK) {
        say_failure(p, "a token was not removed", waybill_status_text(status));
        milter_reply_tempfail(p->session);
    } else {
        if (p->tokens)
            say_problem(p, "a token was removed", "who authenticates is no list and no forwarder");
        milter_reply_continue(p->session);
    }
    passage_answered(p);
}

static void drop(struct passage *p)
{
    (void)p;
}

const struct role role_remover = {.begin = begin, .octets = take_octets, .end = end, .drop = drop};
