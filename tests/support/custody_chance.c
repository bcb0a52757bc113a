#include "support/custody_chance.h"

#include "support/custody_forge.h"

#define ONE_OF(p, all) (all)[prng_below(p, sizeof(all) / sizeof((all)[0]))]

static const char *const list[] = {"<x@list.example>"};
static const char *const receivers[] = {"<b@c.example>", "<d@e.example>"};

/* A hop with an envelope, and what else it says. */
static void add_hop(const struct lab *lab, struct prng *p, struct forged_hop hop,
                    const struct buffer *start, struct buffer *message)
{
    static const char *const more[] = {
        "",
        "",
        " n=once;",
        " f=feedback,exploded;",
        " f=donotmodify,feedhere,donotexplode,other;",
        " nd=list.example;",
        " x=unknown;",
    };
    struct buffer tags = buffer_new(LAB_MESSAGE_OCTETS);
    buffer_printf(&tags, "%s%s", (const char *)start->p, ONE_OF(p, more));
    buffer_add_octet(&tags, '\0');
    hop.tags = (const char *)tags.p;
    hop.n_keys = 1 + prng_below(p, 2);
    hop.keys[0] = LAB_RSA;
    hop.keys[1] = LAB_ED25519;
    forge_hop(lab, &hop, message);
    buffer_free(&tags);
}

/* A list's field and footer, and what says so, or says something else. */
static void revise(struct prng *p, struct buffer *message)
{
    static const char *const recipes[] = {
        "{\"h\":{\"list-post\":[]},\"b\":[{\"c\":[1,1]}]}",
        "{\"h\":{\"list-post\":[],\"subject\":[{\"d\":[\" Bread\"]}]}}",
        "{\"h\":{\"from\":[{\"d\":[\"alice@author.example\"]}]},\"b\":null}",
        "{\"h\":{\"list-post\":[]},\"b\":[{\"u\":[\"/w==\"]},{\"d\":[\"a\",\"b\"]}]}",
        "{\"h\":{\"list-post\":[{\"c\":[7,9]}]}}",
        "{\"h\":[]}",
    };
    put_on_top(message, SLICE("List-Post: <mailto:x@list.example>\r\n"));
    buffer_add_str(message, "-- \r\nfooter\r\n");
    forge_instance(message, 2, ONE_OF(p, recipes));
}

static void add_fault(struct prng *p, struct buffer *message)
{
    static const char *const faults[] = {
        ("DKIM2-Signature: i=3; m=1; t=1700000000; d=e.example; nd=gone.example; "
         "s=gone:rsa-sha256:AAAA"),
        "DKIM2-Signature: i=2; m=2; t=1; d=\xE9.example; mf=PD4=; rt=PD4=; s=rsa:rsa-sha256:AAAA;",
        "DKIM2-Signature: i=99; m=1;",
        "DKIM2-Signature: i=2; m=1; t=99999999999999999999; d=a..b; s=slow:none:AAAA|b:c:AAAA;",
        "Message-Instance: m=3; h=sha256:AAAA:AAAA;",
        "Message-Instance: m=2; h=md5:AAAA:AAAA; r=bm9uZQ==;",
        "Message-Instance: =",
        "Subject: added",
        "X-Ignored: added",
    };
    put_on_top(message, SLICE("\r\n"));
    put_on_top(message, slice_str(ONE_OF(p, faults)));
}

void custody_of_chance(const struct lab *lab, struct prng *p, struct buffer *message)
{
    bool listed = prng_below(p, 2), revised = listed && prng_below(p, 2);
    struct buffer first = forge_tags(LAB_NOW - 60, "author.example", "<a@author.example>",
                                     listed ? list : receivers, listed ? 1 : 2);
    struct buffer second = forge_tags(LAB_NOW, "list.example", "<x@list.example>", receivers, 2);
    forge_instance(message, 1, NULL);
    add_hop(lab, p, (struct forged_hop){.i = 1, .m = 1}, &first, message);
    if (revised)
        revise(p, message);
    if (listed)
        add_hop(lab, p, (struct forged_hop){.i = 2, .m = revised ? 2 : 1}, &second, message);
    while (prng_below(p, 3) == 0)
        add_fault(p, message);
    buffer_free(&first);
    buffer_free(&second);
}
