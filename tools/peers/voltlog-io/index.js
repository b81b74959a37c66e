// Stands in for the logger of ocpp-ws-io, which the registry does not have: it says nothing.
const silent = () => {};
const logger = { trace: silent, debug: silent, info: silent, warn: silent, error: silent, fatal: silent, child: () => logger };
export const createLogger = () => logger;
export const consoleTransport = silent;
export const prettyTransport = silent;
