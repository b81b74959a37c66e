// Another strict central system: npm `ocpp-ws-io` in strict mode, in the lines of `strict_csms.mjs`.
//
// node other_csms.mjs FOLDER_OF_NODE_MODULES SUBPROTOCOL
//
// Whether a frame is right is decided by the package and its own schemas, never here: what it
// answers with an error, and what it will not take for an answer, is a violation.

import { createRequire } from 'node:module';
import { createServer } from 'node:http';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';

import { answersOf, state } from './answers.mjs';

const [folder, subprotocol] = process.argv.slice(2);
const load = createRequire(resolve(folder, 'anywhere.js'));
const { OCPPServer } = load('ocpp-ws-io');

const ANSWERS = answersOf(subprotocol);
const RESULT = 3, ERROR = 4;

let station = null; // the newest connection
const refused = new Set(); // message ids to which the station answered with an error

function say(event, fields = {}) {
    process.stdout.write(JSON.stringify({ event, ...fields }) + '\n');
}

function onMessage({ message: frame, direction }) {
    const isOut = direction === 'OUT';
    say('frame', { from: isOut ? 'csms' : 'station', frame });
    if (isOut && frame[0] === ERROR) say('violation', { kind: 'strict validation', frame });
    if (!isOut && frame[0] === ERROR) refused.add(frame[2]);
}

function welcome(client) {
    station = client;
    say('connected', { station: client.identity, protocol: client.protocol });
    for (const [action, answer] of Object.entries(ANSWERS)) {
        client.handle(action, ({ params, messageId }) => answer(params, messageId));
    }
    client.on('message', onMessage);
    client.on('badMessage', ({ message, error }) => say('violation', { kind: 'bad message', text: error.message, frame: String(message) }));
    client.on('handlerError', ({ method, error }) => say('violation', { kind: 'handler', action: method, text: error.message }));
    client.on('error', (error) => say('violation', { kind: 'socket', text: error.message }));
    client.on('close', ({ code, reason }) => say('disconnected', { code, reason: String(reason) }));
}

const COMMANDS = {
    call: async ({ id, action, payload }) => {
        try {
            say('answer', { id, result: await station.call(action, payload) });
        } catch (error) {
            const code = error.rpcErrorCode ?? error.code ?? error.name;
            if (!refused.delete(code)) say('violation', { kind: 'call rejected', action, text: error.message });
            say('answer', { id, error: { code, text: error.message } });
        }
    },
    set: ({ id, tokens, registration }) => {
        Object.assign(state.tokens, tokens);
        state.registration = registration ?? state.registration;
        say('answer', { id, result: {} });
    },
};

const server = new OCPPServer({ protocols: [subprotocol], strictMode: true, logging: false });
server.auth((context) => context.accept({ protocol: subprotocol }));
server.on('client', welcome);
server.on('upgradeAborted', ({ reason }) => say('violation', { kind: 'upgrade', text: String(reason) }));
const http = createServer();
await new Promise((done) => http.listen(0, '127.0.0.1', done));
await server.listen(undefined, undefined, { server: http });
say('listening', { url: `ws://127.0.0.1:${http.address().port}/ocpp` });
createInterface({ input: process.stdin })
    .on('line', (line) => { const command = JSON.parse(line); COMMANDS[command.do](command); })
    .on('close', () => process.exit(0));
