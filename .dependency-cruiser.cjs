/** The import rules of the house, over the whole graph. */
const rule = (name, from, to, comment) => ({ name, severity: 'error', comment, from, to });

module.exports = {
  forbidden: [
    rule(
      'no-circles',
      {},
      { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
      'Circles have no inside and outside.',
    ),
    rule(
      'domain-is-alone',
      { path: '^src/domain/' },
      { pathNot: '^src/domain/' },
      'src/domain imports itself only.',
    ),
    rule(
      'ports-know-domain',
      { path: '^src/ports/' },
      { pathNot: '^src/(ports|domain)/' },
      'Ports know domain types only.',
    ),
    rule(
      'workflows-decide-purely',
      { path: '^workflows/' },
      {
        pathNot: '^(workflows|src/domain)/|^node_modules/@temporalio/(workflow|common)/',
        dependencyTypesNot: ['type-only'],
      },
      'Workflows import domain, @temporalio/workflow, and types of activities.',
    ),
    rule(
      'activities-through-ports',
      { path: '^activities/' },
      {
        path: '^src/(adapters|db|config|wiring|http|dispatcher|push|watch|cli|dev)|^node_modules/@temporalio/workflow/',
      },
      'Activities act through ports.',
    ),
    rule(
      'activities-not-each-other',
      { path: '^activities/(?!index)' },
      { path: '^activities/(?!heartbeat)', dependencyTypesNot: ['type-only'] },
      'An activity imports no other; the heartbeat is how all of them run.',
    ),
    rule(
      'guard-and-policy',
      { path: '^src/(guard|policy)/' },
      { path: '^src/(adapters|db)|^node_modules/@temporalio/' },
      'No Temporal, no adapters.',
    ),
    rule(
      'adapters-apart',
      { path: '^src/adapters/([^/]+)/' },
      { path: '^src/adapters/', pathNot: '^src/adapters/$1/' },
      'An adapter imports no other adapter.',
    ),
    rule(
      'adapters-know-ports',
      { path: '^src/adapters/' },
      {
        path: '^(src/(db|http|cli|dev|demo|dispatcher|push|watch|targets|config|wiring)|activities|workflows)',
      },
      'Adapters know ports, domain, and their vendor.',
    ),
    rule(
      'edges',
      { path: '^src/(http|dispatcher|push|watch)/' },
      { path: '^(activities|src/(adapters|cli|wiring|dev|demo))', dependencyTypesNot: ['type-only'] },
      'The edges import neither activities nor adapters.',
    ),
    rule(
      'nobody-imports-the-top',
      {
        path: '^(src/(domain|ports|guard|policy|adapters|db|http|dispatcher|push|watch|targets|stripe-fake|platform-fake)|activities|workflows)/',
      },
      { path: '^src/(cli|wiring|api|worker|dev|demo)' },
      'The composition is not to be imported from below.',
    ),
    rule(
      'targets-are-held-to-the-contract',
      { path: '^src/targets/' },
      { pathNot: '^src/(targets|ports|domain|adapters/http)/', dependencyTypesNot: ['core'] },
      'The checks of a target know ports, domain, and the contract over HTTP.',
    ),
    rule(
      'app-side-is-alone',
      { path: '^src/app/' },
      { pathNot: '^src/app/|^node_modules/(hono|express|@types/express|@openfeature)' },
      "What runs in the app imports nothing of the server's.",
    ),
    rule(
      'fakes-are-strangers',
      {
        path: '^(workflows|activities|src/(domain|ports|guard|policy|adapters|db|http|dispatcher|push|watch|targets|api|worker|wiring))',
      },
      { path: '^src/(stripe-fake|platform-fake)' },
      'Nothing may know which Stripe or platform it talks to.',
    ),
    rule(
      'vendors-at-the-edge',
      { path: '^(src/(domain|ports|guard|policy|http|dispatcher|push|watch|cli)|activities|workflows)' },
      { path: '^node_modules/(stripe|prom-client|nodemailer|mjml|redis|memjs|@aws-sdk|@kubernetes)/' },
      "Vendors' packages only in adapters, db and wiring.",
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.mjs'],
    },
  },
};
