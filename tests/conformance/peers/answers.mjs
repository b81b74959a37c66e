// What a sensible central system answers, whichever package speaks for it.

const BOOT_INTERVAL_S = 300;

export const state = { registration: 'Accepted', tokens: {} }; // token -> status; others are accepted
const transactions = new Map(); // message id -> number: a repeated call gets the same answer

function verdict(token) {
    return { status: state.tokens[token] ?? 'Accepted' };
}

function transactionNumber(messageId) {
    if (!transactions.has(messageId)) transactions.set(messageId, transactions.size + 1);
    return transactions.get(messageId);
}

const COMMON = {
    BootNotification: () => ({
        currentTime: new Date().toISOString(),
        interval: BOOT_INTERVAL_S,
        status: state.registration,
    }),
    Heartbeat: () => ({ currentTime: new Date().toISOString() }),
    StatusNotification: () => ({}),
    MeterValues: () => ({}),
    SecurityEventNotification: () => ({}),
    FirmwareStatusNotification: () => ({}),
    LogStatusNotification: () => ({}),
    DataTransfer: ({ data }) => (data === undefined ? { status: 'Accepted' } : { status: 'Accepted', data }),
};
const ONLY_16 = {
    DiagnosticsStatusNotification: () => ({}),
    SignedFirmwareStatusNotification: () => ({}),
    Authorize: ({ idTag }) => ({ idTagInfo: verdict(idTag) }),
    StartTransaction: ({ idTag }, messageId) => ({
        transactionId: transactionNumber(messageId),
        idTagInfo: verdict(idTag),
    }),
    StopTransaction: ({ idTag }) => (idTag === undefined ? {} : { idTagInfo: verdict(idTag) }),
};
const ONLY_201 = {
    Authorize: ({ idToken }) => ({ idTokenInfo: verdict(idToken.idToken) }),
    TransactionEvent: ({ idToken }) => (idToken ? { idTokenInfo: verdict(idToken.idToken) } : {}),
    NotifyEvent: () => ({}),
    NotifyReport: () => ({}),
};
const ONLY_21 = {
    ...ONLY_201,
    ClosePeriodicEventStream: () => ({}),
    NotifyPriorityCharging: () => ({}),
    OpenPeriodicEventStream: () => ({ status: 'Accepted' }),
    PullDynamicScheduleUpdate: () => ({ status: 'Accepted', scheduleUpdate: { limit: 10 } }),
    ReportChargingProfiles: () => ({}),
};
const ONLY = { 'ocpp1.6': ONLY_16, 'ocpp2.0.1': ONLY_201, 'ocpp2.1': ONLY_21 };
// Handlers by action: they take the request and its message id.
export function answersOf(subprotocol) {
    return { ...COMMON, ...ONLY[subprotocol] };
}
