// mailauth, found where node finds modules (NODE_PATH).
//
// Its `undici` wants a newer Node than Debian has, and serves BIMI alone, which nobody asks for
// here: what it takes to be loaded stands in for it.
'use strict';

const Module = require('node:module');

const undici = { Agent: class {} };
const load = Module._load;
Module._load = function (request, ...rest) {
    return request === 'undici' ? undici : load.call(this, request, ...rest);
};

module.exports = {
    ...require('mailauth'),
    ...require('mailauth/lib/arc'),
    ...require('mailauth/lib/dmarc')
};
