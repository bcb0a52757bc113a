#include "io/config_value.h"

#include "base/buffer.h"
#include "base/network.h"
#include "base/path.h"
#include "base/text_error.h"
#include "dns/name.h"
#include "io/config_socket.h"

/* A value while it is judged. */
struct judging {
    struct config *config;
    const struct config_key *key;
    struct config_value *value;
    struct slice text; /* of the value */
    struct waybill_text_error *error;
};

static enum waybill_status fail(const struct judging *j, const char *why)
{
    return text_error(j->error, j->value->line, "%s = %.*s: %s", j->key->name,
                      SLICE_ARGS(text_shown(j->text)), why);
}

static enum waybill_status judge_text(const struct judging *j)
{
    (void)j;
    return WAYBILL_OK;
}

static enum waybill_status fail_choice(const struct judging *j)
{
    char room[TEXT_WHY_OCTETS];
    struct buffer why = buffer_over(room, sizeof room - 1);
    buffer_add_str(&why, "unknown value: use ");
    for (size_t i = 0; j->key->choices[i]; i++)
        buffer_printf(&why, "%s%s", i ? ", " : "", j->key->choices[i]);
    room[why.n] = '\0';
    return fail(j, room);
}

static enum waybill_status judge_choice(const struct judging *j)
{
    for (unsigned i = 0; j->key->choices[i]; i++) {
        if (slice_eq(j->text, slice_str(j->key->choices[i]))) {
            j->value->number = i;
            return WAYBILL_OK;
        }
    }
    return fail_choice(j);
}

static enum waybill_status judge_number(const struct judging *j)
{
    enum { DIGITS = 9 };
    uint64_t number;
    if (!slice_number(j->text, DIGITS, &number) || number < j->key->least || number > j->key->most)
        return text_error(j->error, j->value->line,
                          "%s = %.*s: no number from %u to %u: correct it", j->key->name,
                          SLICE_ARGS(text_shown(j->text)), j->key->least, j->key->most);
    j->value->number = (unsigned)number;
    return WAYBILL_OK;
}

static enum waybill_status judge_path(const struct judging *j)
{
    struct slice placed;
    if (!path_place(&j->config->arena, path_folder(slice_str(j->config->file)), j->text, &placed))
        return WAYBILL_NOMEM;
    j->value->text = (const char *)placed.p;
    return WAYBILL_OK;
}

static enum waybill_status judge_domain(const struct judging *j)
{
    struct slice name = name_without_dot(j->text), ascii;
    enum waybill_status status = WAYBILL_SYNTAX;
    if (name_is_domain(name))
        status = name_to_ascii(&j->config->arena, name, &ascii);
    if (status == WAYBILL_SYNTAX)
        return fail(j, "no domain: write one as in example.org");
    if (status == WAYBILL_OK)
        j->value->text = (const char *)ascii.p;
    return status;
}

static enum waybill_status judge_network(const struct judging *j)
{
    struct network network;
    if (network_parse(j->text, &network))
        return WAYBILL_OK;
    return fail(j, "no network: write an address, or one as in 192.0.2.0/24, all bits behind the "
                   "prefix 0");
}

static enum waybill_status judge_socket(const struct judging *j)
{
    struct config_socket socket;
    const char *why;
    return config_socket_parse(j->text, &socket, &why) ? WAYBILL_OK : fail(j, why);
}

static enum waybill_status judge_local(const struct judging *j)
{
    struct config_socket socket;
    const char *why;
    return config_socket_local(j->text, &socket, &why) ? WAYBILL_OK : fail(j, why);
}

static enum waybill_status judge_server(const struct judging *j)
{
    const char *why;
    return config_socket_server(j->text, &why) ? WAYBILL_OK : fail(j, why);
}

enum waybill_status config_value_read(struct config *config, const struct config_key *key,
                                      struct config_value *value, struct waybill_text_error *error)
{
    static enum waybill_status (*const types[CONFIG_TYPES])(const struct judging *) = {
        [CONFIG_TEXT] = judge_text,     [CONFIG_CHOICE] = judge_choice,
        [CONFIG_NUMBER] = judge_number, [CONFIG_PATH] = judge_path,
        [CONFIG_DOMAIN] = judge_domain, [CONFIG_NETWORK] = judge_network,
        [CONFIG_SOCKET] = judge_socket, [CONFIG_LOCAL] = judge_local,
        [CONFIG_SERVER] = judge_server,
    };
    const struct judging j = {config, key, value, slice_str(value->text), error};
    if (j.text.n == 0)
        return text_error(error, value->line, "%s is empty: write a value or leave it out",
                          key->name);
    return types[key->type](&j);
}
