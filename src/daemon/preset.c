#include "daemon/preset.h"

const struct preset presets[] = {
    [CONFIG_RECEIVER] = {"receiver", &role_receiver, CLIENTS_NOT_OWN, false},
    [CONFIG_ORIGINATOR] = {"originator", &role_signer, CLIENTS_OWN_OR_AUTHENTICATED, false},
    [CONFIG_PROVIDER] = {"provider", &role_signer, CLIENTS_AUTHENTICATED, true},
};
