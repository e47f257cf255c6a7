import t from 'tap';
import { openProvider } from './provider.ts';
import { buildApp } from '../../src/app.ts';
import { pino } from 'pino';
const p = await openProvider(t);
const app = await buildApp({ gateway: p.gateway, tls: {}, log: pino({ enabled: false }) });
await app.ready();
console.error(app.printRoutes({ commonPrefix: false }));
await app.close();
