// peer_mailauth.js DIRECTORY SECONDS: mailauth on the messages that bench_waybill made.
//
// One line a case it can do: name, operations a second, a tab between. mailauth is found where node
// finds modules; without it the program says so and ends with 69.
'use strict';

const fs = require('node:fs');
const path = require('node:path');

const [directory, seconds] = [process.argv[2], Number(process.argv[3])];
const read = (name, encoding) => fs.readFileSync(path.join(directory, name), encoding);

let mailauth;
try {
    mailauth = require('../tests/support/mailauth');
} catch (error) {
    console.error(`peer_mailauth: ${error.message.split('\n')[0]}`);
    process.exit(69);
}
const { authenticate, dkimVerify, dkimSign, arc, sealMessage } = mailauth;

// Keys are published under every domain; of the rest, what the zone has.
const zone = new Map(
    JSON.parse(read('zone.json', 'utf8')).answers.map(a => [`${a.name} ${a.type}`, a.data])
);
const keys = new Map();
const keyOf = selector => {
    if (!keys.has(selector)) keys.set(selector, read(`${selector}.txt`, 'ascii'));
    return keys.get(selector);
};

const resolver = async (name, type) => {
    const [selector, parent] = name.split('.');
    if (parent === '_domainkey') return [[keyOf(selector)]];
    const data = zone.get(`${name} ${type}`);
    if (!data) throw Object.assign(new Error('ENOTFOUND'), { code: 'ENOTFOUND' });
    return type === 'TXT' ? data.map(text => [text]) : data;
};

const envelope = JSON.parse(read('envelope.json', 'utf8'));
const session = {
    ip: envelope.ip,
    helo: envelope.helo,
    sender: envelope['mail-from'],
    mta: 'mx.receiver.example',
    disableBimi: true,
    resolver
};

const signer = key => ({
    signingDomain: 'author.example',
    selector: key,
    privateKey: read(`${key}.pem`, 'ascii'),
    algorithm: `${key}-sha256`
});

async function chainOf(message) {
    const verified = await dkimVerify(message, { resolver });
    return (await arc(verified.arc, { resolver })).status.result;
}

const deeds = {
    async verify(message) {
        const { results } = await dkimVerify(message, { resolver });
        return results.some(one => one.status.result === 'pass');
    },
    async sign(message, key) {
        const signed = await dkimSign(message, {
            canonicalization: 'relaxed/relaxed',
            signatureData: [signer(key)]
        });
        return signed.errors.length === 0;
    },
    async validate(message) {
        return (await chainOf(message)) === 'pass';
    },
    async seal(message, key, sets) {
        const cv = sets ? await chainOf(message) : 'none';
        const authResults = `mx.receiver.example; arc=${cv}`;
        const fields = await sealMessage(message, { ...signer(key), i: sets + 1, cv, authResults });
        return cv !== 'fail' && fields.length > 0;
    },
    async check(message) {
        const found = await authenticate(message, session);
        return (
            found.spf.status.result === 'pass' &&
            found.dkim.results.filter(one => one.status.result === 'pass').length === 1 &&
            found.arc.status.result === 'pass' &&
            found.dmarc.status.result === 'fail'
        );
    }
};

const spent = () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
};

async function rateFor(run, enough) {
    const start = spent();
    let n = 0;
    for (; spent() - start < enough; n++) if (!(await run())) return 0;
    return n / (spent() - start);
}

// The first half second is the compiler's.
const rate = async run => (await rateFor(run, seconds / 2)) && rateFor(run, seconds);

async function main() {
    for (const line of read('cases.tsv', 'ascii').trim().split('\n')) {
        const [name, deed, key, sets] = line.split('\t');
        const message = read(`${name}.eml`);
        const ops = await rate(() => deeds[deed](message, key, Number(sets))).catch(() => 0);
        if (ops) console.log(`${name}\t${ops.toFixed(2)}`);
    }
}

main();
