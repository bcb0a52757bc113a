// mailauth_peer.js EPOCH: mailauth, as strict as it can be, of one question after the other.
//
// A line of standard input is a JSON object: `zone`, the answers of waybill/answers.h, and either
// `from` (addresses), `spf` and `dkim` (domains that passed), or `message` (base64), `ip`, `helo`
// and `sender`. A line of standard output is what mailauth makes of it. Its clock stands at EPOCH.
'use strict';

const readline = require('node:readline');
const { authenticate, evaluateDmarc } = require('../support/mailauth');

const now = Number(process.argv[2]) * 1000;
global.Date = class extends Date {
    constructor(...given) {
        super(...(given.length ? given : [now]));
    }
    static now() {
        return now;
    }
};

const CODES = {
    nodata: 'ENODATA',
    nxdomain: 'ENOTFOUND',
    servfail: 'ESERVFAIL',
    timeout: 'ETIMEOUT'
};

// What node:dns gives, of each type.
const FORMS = {
    TXT: text => [text],
    MX: text => ({ priority: Number(text.split(' ')[0]), exchange: text.split(' ')[1] })
};

function resolverOf(zone) {
    const records = new Map(zone.map(r => [`${r.name} ${r.type}`, r]));
    const names = new Set();
    for (const { name, status } of zone)
        if (status !== 'nxdomain')
            for (let rest = name; rest; rest = rest.split('.').slice(1).join('.')) names.add(rest);
    return async (asked, type) => {
        const name = asked.toLowerCase().replace(/\.$/, '');
        const found = records.get(`${name} ${type}`);
        const status = found ? found.status : names.has(name) ? 'nodata' : 'nxdomain';
        if (status === 'answered') return found.data.map(FORMS[type] || (text => text));
        throw Object.assign(new Error(status), { code: CODES[status] });
    };
}

async function dmarcOf({ from, spf, dkim, zone }) {
    const { response, reason, dkimAligned } = await evaluateDmarc({
        headerFrom: from,
        fromFields: 1,
        spfDomains: spf,
        dkimDomains: dkim.map(domain => ({ domain })),
        resolver: resolverOf(zone),
        strict: true
    });
    if (!response) return { reason };
    return {
        result: response.status.result,
        policy: response.status.policy && response.status.policy.dmarc,
        'policy-domain': response.policyDomain || null,
        organization: response.domain,
        spf: Boolean(response.alignment && response.alignment.spf.result),
        dkim: [...(dkimAligned || [])].sort()
    };
}

const policyOf = dmarc => (dmarc && dmarc.status.policy ? dmarc.status.policy.dmarc : null);
const resultOf = part => (part ? part.status.result : 'none');

async function verdictOf({ message, ip, helo, sender, zone }) {
    const found = await authenticate(Buffer.from(message, 'base64'), {
        ip,
        helo,
        sender,
        mta: 'mx.receiver.example',
        disableBimi: true,
        strict: true,
        resolver: resolverOf(zone)
    });
    return {
        spf: resultOf(found.spf),
        dkim: found.dkim.results
            .filter(one => one.signingDomain)
            .map(one => [one.signingDomain, resultOf(one)]),
        arc: resultOf(found.arc),
        dmarc: found.dmarc ? resultOf(found.dmarc) : null,
        policy: policyOf(found.dmarc)
    };
}

async function main() {
    for await (const line of readline.createInterface({ input: process.stdin })) {
        const asked = JSON.parse(line);
        const answer = await (asked.message ? verdictOf(asked) : dmarcOf(asked));
        process.stdout.write(`${JSON.stringify(answer)}\n`);
    }
}

main();
