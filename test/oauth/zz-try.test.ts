import t from 'tap';
import { openProvider } from './provider.ts';
const p = await openProvider(t);
for (const li of [5, null, [], true, 'x', '', '{}', { type: true }, { type: 1.5 }, { type: null }, { type: 1, card: 12345 }, { type: '3', user: 'alice', pwd: 'x' }, { type: 3, user: '', pwd: '' }, { type: 1, card: 'x'.repeat(300) }, {type: '__proto__'}, {type: 'x'.repeat(9000)}, 'x'.repeat(9000), { type: 2, pin: '1', extra: { a: 1 } }]) {
  const r = await p.ask({ method: 'POST', url: '/api/auth/token', headers: { 'content-type': 'application/json' }, payload: JSON.stringify({ client_id: 'web', client_secret: p.secrets.web, grant_type: 'login_info', login_info: li }) });
  console.error(JSON.stringify(li).slice(0, 60), r.statusCode, r.body.slice(0, 200));
}
