// Strict central system: npm `ocpp-rpc` in strict mode, with a voice and ears in JSON lines.
//
// node strict_csms.mjs FOLDER_OF_NODE_MODULES SUBPROTOCOL
//
// Whether a frame is right is decided by the package and its own schemas, never here. Stdout says
// everything that passes, in order; stdin takes commands. See README.md for the lines.

import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';

import { answersOf, state } from './answers.mjs';

const [folder, subprotocol] = process.argv.slice(2);
const load = createRequire(resolve(folder, 'anywhere.js'));
const { RPCServer, createRPCError } = load('ocpp-rpc');
const schemas = subprotocol === 'ocpp2.1' ? validatorOf21() : load('ocpp-rpc/lib/standard-validators').find((each) => each.subprotocol === subprotocol);

const ANSWERS = answersOf(subprotocol);
const CALL_TIMEOUT_MS = 30_000;
const BROKEN_LINE = ['ECONNRESET', 'EPIPE'];
const CALL = 2, RESULT = 3, ERROR = 4, RESULT_ERROR = 5, SEND = 6;

let station = null; // the newest connection
const unchecked = new Map(); // id of a frame sent past the package's checks -> command

function say(event, fields = {}) {
    process.stdout.write(JSON.stringify({ event, ...fields }) + '\n');
}

// The package looks its schemas up by `urn:X.req` and `urn:X.conf`, and names those of 2.1 otherwise.
function validatorOf21() {
    const { createValidator } = load('ocpp-rpc/lib/validator');
    const renamed = load('ocpp-rpc/lib/schemas/ocpp2_1.json').map((schema) => ({
        ...schema,
        $id: schema.$id.replace(/Request$/, '.req').replace(/Response$/, '.conf'),
    }));
    return createValidator(subprotocol, renamed);
}

function answer({ method, params, messageId }) {
    const known = ANSWERS[method];
    if (!known) throw createRPCError('NotImplemented', `nothing is known of ${method}`);
    return known(params, messageId);
}

// What is seen.

function parsed(text) {
    try {
        return JSON.parse(text);
    } catch {
        return text;
    }
}

function onMessage({ message, outbound }) {
    const frame = parsed(message);
    say('frame', { from: outbound ? 'csms' : 'station', frame });
    const command = outbound || frame?.[0] === CALL ? undefined : unchecked.get(frame?.[1]);
    if (command === undefined) return;
    if (frame[0] === RESULT) say('answer', { id: command, result: frame[2] });
    if (frame[0] === ERROR) say('answer', { id: command, error: { code: frame[2], text: frame[3] } });
}

// The package knows nothing of what went past it, and takes the reply to that for a bad message.
function onBadMessage({ buffer, error }) {
    const text = buffer.toString('utf8');
    if (!unchecked.delete(parsed(text)?.[1])) say('violation', { kind: 'bad message', text: error.message, frame: text });
}

function onStrictFailure({ method, params, result, error, outbound, isCall }) {
    say('violation', {
        kind: 'strict validation',
        from: outbound ? 'csms' : 'station',
        action: method,
        part: isCall ? 'request' : 'response',
        text: error.message,
        payload: isCall ? params : result,
    });
}

function onCallError({ method, error, outbound }) {
    if (!outbound) say('violation', { kind: 'call rejected', from: 'csms', action: method, text: error.message });
}

// The package knows no frames of types 5 and 6: they are looked at here, by its own schemas.
function learn21(client) {
    const known = client._onMessage.bind(client);
    client._onMessage = (buffer) => {
        const frame = parsed(buffer.toString('utf8'));
        if (subprotocol !== 'ocpp2.1' || ![RESULT_ERROR, SEND].includes(frame?.[0])) return known(buffer);
        say('frame', { from: 'station', frame });
        try {
            if (frame[0] === RESULT_ERROR) throw new Error(`the station refuses an answer: ${frame[2]} ${frame[3]}`);
            if (frame.length !== 4 || typeof frame[1] !== 'string') throw new Error('no SEND of 4 elements');
            schemas.validate(`urn:${frame[2]}`, frame[3]);
        } catch (error) {
            say('violation', { kind: 'strict validation', from: 'station', text: error.message, frame });
        }
    };
}

// A line that breaks is what tests do to it; the package tells of it at any time after the upgrade.
function complain(kind, error) {
    if (!BROKEN_LINE.includes(error?.code)) say('violation', { kind, text: String(error) });
}

function welcome(client) {
    station = client;
    learn21(client);
    say('connected', { station: client.identity, protocol: client.protocol });
    client.handle(answer);
    client.on('message', onMessage);
    client.on('badMessage', onBadMessage);
    client.on('strictValidationFailure', onStrictFailure);
    client.on('callError', onCallError);
    client.on('socketError', (error) => complain('socket', error));
    client.on('disconnect', ({ code, reason }) => say('disconnected', { code, reason: String(reason) }));
}

// What may be asked.

async function call({ id, action, payload }) {
    try {
        say('answer', { id, result: await station.call(action, payload) });
    } catch (error) {
        say('answer', { id, error: { code: error.rpcErrorCode ?? error.name, text: error.message } });
    }
}

const COMMANDS = {
    call,
    call_unchecked: ({ id, action, payload }) => {
        const messageId = randomUUID();
        unchecked.set(messageId, id);
        station.sendRaw(JSON.stringify([CALL, messageId, action, payload]));
    },
    send: ({ id, text, reply_id: replyId }) => {
        if (replyId !== undefined) unchecked.set(replyId, id);
        station.sendRaw(text);
    },
    check: ({ id, action, payload }) => {
        let text = '';
        try {
            schemas.validate(`urn:${action}.req`, payload);
        } catch (error) {
            text = error.message;
        }
        say('answer', { id, result: { text } });
    },
    set: ({ id, tokens: changed, registration: status }) => {
        Object.assign(state.tokens, changed);
        state.registration = status ?? state.registration;
        say('answer', { id, result: {} });
    },
};

function obey(line) {
    const command = JSON.parse(line);
    if (station === null && 'payload' in command && command.do !== 'check') {
        say('answer', { id: command.id, error: { code: 'NoStation', text: 'nobody is connected' } });
        return;
    }
    COMMANDS[command.do](command);
}

const server = new RPCServer({
    protocols: [subprotocol],
    strictMode: true,
    strictModeValidators: [schemas],
    callTimeoutMs: CALL_TIMEOUT_MS,
});
server.on('client', welcome);
server.on('upgradeAborted', ({ error }) => complain('upgrade', error));
const http = await server.listen(0, '127.0.0.1');
say('listening', { url: `ws://127.0.0.1:${http.address().port}/ocpp` });
createInterface({ input: process.stdin }).on('line', obey).on('close', () => process.exit(0));
