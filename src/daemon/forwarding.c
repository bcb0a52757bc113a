#include "daemon/forwarding.h"

#include "base/slice.h"

/* Who speaks, to whom, of what, and how it is shown. */
static bool is_read(struct slice name)
{
    static const struct slice names[] = {
        SLICE_INIT("From"), SLICE_INIT("Sender"),  SLICE_INIT("Reply-To"),     SLICE_INIT("To"),
        SLICE_INIT("Cc"),   SLICE_INIT("Subject"), SLICE_INIT("MIME-Version"),
    };
    static const struct slice content = SLICE_INIT("Content-");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (slice_ieq(name, names[i]))
            return true;
    return slice_ieq(slice_sub(name, 0, content.n), content);
}

const char *forwarding_wrong_with(const struct waybill_recipe *recipe)
{
    const struct waybill_recipe_part *parts;
    const char *const *added;
    size_t n_parts = recipe ? waybill_recipe_parts(recipe, &parts) : 0;
    size_t n_added = recipe ? waybill_recipe_removed(recipe, &added) : 0;
    for (size_t i = 0; i < n_parts; i++) {
        if (!parts[i].name || parts[i].octets)
            return "a forwarder adds fields and changes nothing: use list-in for what changes mail";
        if (is_read(slice_str(parts[i].name)))
            return "a forwarder adds no field that is read as the message";
    }
    for (size_t i = 0; i < n_added; i++)
        if (is_read(slice_str(added[i])))
            return "a forwarder adds no field that is read as the message";
    return NULL;
}
