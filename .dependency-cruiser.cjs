// Which room may import which (docs: README, "The rooms"). Imports go one way:
//   server, cli → app → plugins, routes → gateway → authorization, grants → clients
//   → mechanisms | directory | entra | tokens | stores → identity → errors

/** Every room of the product and the rooms that it may import; `types` lists those of which it may import types only. */
const rooms = [
  { name: 'errors.ts', imports: [] },
  { name: 'circuit.ts', imports: [] },
  { name: 'guid.ts', imports: [] },
  { name: 'gssapi/', imports: [] },
  { name: 'client/', imports: ['gssapi/'] },
  { name: 'config/', imports: ['guid.ts', 'errors.ts'] },
  { name: 'tls/', imports: ['errors.ts'] },
  { name: 'identity/', imports: ['errors.ts'] },
  { name: 'stores/', imports: ['identity/', 'errors.ts'] },
  { name: 'tokens/', imports: ['identity/', 'errors.ts'], types: ['stores/'] },
  { name: 'directory/', imports: ['identity/', 'tls/', 'circuit.ts', 'errors.ts'] },
  { name: 'entra/', imports: ['identity/', 'tls/', 'circuit.ts', 'errors.ts'] },
  { name: 'mechanisms/', imports: ['gssapi/', 'identity/', 'circuit.ts', 'guid.ts', 'errors.ts'], types: ['stores/'] },
  { name: 'clients/', imports: ['tokens/', 'stores/', 'identity/', 'errors.ts'] },
  { name: 'grants/', imports: ['clients/', 'mechanisms/', 'tokens/', 'stores/', 'identity/', 'errors.ts'] },
  { name: 'authorization/', imports: ['clients/', 'mechanisms/', 'tokens/', 'stores/', 'identity/', 'errors.ts'] },
  { name: 'user-rules.ts', imports: ['clients/', 'identity/', 'errors.ts'] },
  { name: 'windows.ts', imports: ['mechanisms/', 'stores/', 'identity/', 'errors.ts'] },
  { name: 'health.ts', imports: ['windows.ts', 'mechanisms/', 'directory/', 'entra/', 'stores/', 'errors.ts'] },
  { name: 'new-store.ts', imports: ['grants/', 'tokens/', 'stores/', 'errors.ts'] },
  { name: 'gateway.ts', imports: ['health.ts', 'user-rules.ts', 'windows.ts', 'new-store.ts', 'authorization/', 'grants/', 'clients/', 'mechanisms/', 'directory/', 'entra/', 'tokens/', 'stores/', 'identity/', 'errors.ts'] },
  { name: 'routes/', imports: ['gateway.ts', 'authorization/', 'grants/', 'clients/', 'mechanisms/', 'tokens/', 'identity/', 'errors.ts'] },
  { name: 'app.ts', imports: ['plugins/', 'routes/', 'gateway.ts', 'errors.ts'] },
  { name: 'server.ts', imports: ['app.ts', 'gateway.ts', 'config/', 'tls/', 'errors.ts'] },
  { name: 'cli/', imports: ['server.ts', 'gateway.ts', 'user-rules.ts', 'new-store.ts', 'clients/', 'grants/', 'mechanisms/', 'directory/', 'tokens/', 'stores/', 'identity/', 'tls/', 'config/', 'guid.ts', 'errors.ts'] },
  { name: 'plugins/', imports: ['routes/', 'gateway.ts', 'mechanisms/', 'tokens/', 'identity/', 'tls/', 'errors.ts'] },
];

const pathOf = (name) => (name === 'plugins/' ? '^plugins/' : `^src/${name.replace('.', '\\.')}`);
const product = '^(src|plugins)/';
const valueOnly = { dependencyTypesNot: ['type-only'] };

const roomRules = rooms.flatMap(({ name, imports, types = [] }) => {
  const id = name.replace(/\W.*/, '');
  const itself = name.endsWith('/') ? [name] : [];
  // What the configuration looks like is a fact that every room may know, except those that stand alone.
  const standsAlone = ['errors.ts', 'circuit.ts', 'guid.ts', 'gssapi/', 'client/', 'config/', 'tls/'].includes(name) || imports.includes('config/');
  const typesOnly = standsAlone ? types : [...types, 'config/'];
  const outside = {
    name: `room-${id}`,
    comment: `${name} imports only ${imports.join(', ') || 'nothing of the product'}`,
    severity: 'error',
    from: { path: pathOf(name) },
    to: { path: product, pathNot: [...itself, ...imports, ...typesOnly].map(pathOf) },
  };
  const values = {
    name: `room-${id}-values`,
    comment: `${name} imports only types from ${typesOnly.join(', ')}`,
    severity: 'error',
    from: { path: pathOf(name) },
    to: { path: typesOnly.map(pathOf), ...valueOnly },
  };
  return typesOnly.length === 0 ? [outside] : [outside, values];
});

module.exports = {
  forbidden: [
    ...roomRules,
    {
      name: 'room-unknown',
      comment: 'Every file of the product belongs to a room: add the new room to the table above',
      severity: 'error',
      from: { path: product, pathNot: rooms.map(({ name }) => pathOf(name)) },
      to: {},
    },
    { name: 'no-cycle', comment: 'Imports go one way', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'domain-without-fastify',
      comment: 'The domain is usable by the command line and by a test without HTTP',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(app\\.ts|server\\.ts|routes/|cli/)' },
      to: { path: 'node_modules/(@fastify/|fastify[^/]*/)' },
    },
    {
      name: 'koffi-in-gssapi',
      comment: 'Native memory is touched in one room',
      severity: 'error',
      from: { path: product, pathNot: '^src/gssapi/' },
      to: { path: 'node_modules/(@koromix/)?koffi' },
    },
    {
      name: 'proof-from-mechanisms',
      comment: 'Only a mechanism makes a Proof; the others may know its type',
      severity: 'error',
      from: { path: product, pathNot: '^src/(mechanisms/|identity/proof\\.ts$)' },
      to: { path: '^src/identity/proof\\.ts$', ...valueOnly },
    },
    {
      name: 'no-test-in-product',
      comment: 'Tests know the product, not the reverse',
      severity: 'error',
      from: { path: product },
      to: { path: '^test/' },
    },
    {
      name: 'no-dev-dependency-in-product',
      comment: 'What the product imports is in "dependencies" of package.json',
      severity: 'error',
      from: { path: product },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], ...valueOnly },
    },
    {
      name: 'no-unresolved',
      comment: 'The imported file or package does not exist',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // Type-only imports count too: the rules above tell them apart.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
