#include "daemon/preset.h"

const struct preset presets[] = {
    [CONFIG_RECEIVER] = {"receiver", &role_receiver, CLIENTS_NOT_OWN, KEEPS_NOTHING, false},
    [CONFIG_ORIGINATOR] = {"originator", &role_signer, CLIENTS_OWN_OR_AUTHENTICATED, KEEPS_NOTHING,
                           false},
    [CONFIG_PROVIDER] = {"provider", &role_signer, CLIENTS_AUTHENTICATED, KEEPS_NOTHING, true},
    [CONFIG_LIST_IN] = {"list-in", &role_receiver, CLIENTS_NOT_OWN, KEEPS_LISTS, false},
    [CONFIG_FORWARDER_IN] = {"forwarder-in", &role_receiver, CLIENTS_NOT_OWN, KEEPS_HEADERS, false},
    [CONFIG_LIST_OUT] = {"list-out", &role_custodian, CLIENTS_OWN, KEEPS_NOTHING, false},
    [CONFIG_FORWARDER_OUT] = {"forwarder-out", &role_custodian, CLIENTS_OWN, KEEPS_NOTHING, false},
};
