// Import directions. The table stands in docs/architecture.md; this is what holds it.
const folders = {
  domain: '^domain/',
  platform: '^platform/',
  store: '^prisma/',
  activities: '^activities/',
  workflows: '^workflows/',
  api: '^api/',
  simulators: '^simulators/',
  scripts: '^scripts/',
  own: '^(domain|platform|prisma|activities|workflows|api|simulators|scripts|test|worker\\.ts)',
};

/** A folder may import of ours only what is listed. */
const only = (name, from, allowed, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from },
  to: { path: folders.own, pathNot: allowed },
});

module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      severity: 'error',
      comment: 'Import circles hide who decides.',
      from: {},
      to: { circular: true },
    },
    only('domain-is-pure', folders.domain, [folders.domain], 'domain imports itself and zod'),
    {
      name: 'domain-packages',
      severity: 'error',
      comment: 'domain imports zod and nothing else, no Node built-in either',
      from: { path: folders.domain },
      to: { pathNot: [folders.domain, '^node_modules/zod/'] },
    },
    only('platform', folders.platform, [folders.platform, folders.domain], 'platform knows the domain alone'),
    only(
      'store',
      folders.store,
      [folders.store, folders.domain, folders.platform],
      'the store knows domain and platform',
    ),
    only(
      'activities',
      folders.activities,
      [folders.activities, folders.domain, folders.platform, folders.store],
      'activities never import workflows or the API',
    ),
    {
      name: 'workflows',
      severity: 'error',
      comment: 'workflows import domain; activities as types only',
      from: { path: folders.workflows },
      to: {
        path: folders.own,
        pathNot: [folders.workflows, folders.domain],
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'workflows-built-ins',
      severity: 'error',
      comment: 'the workflow sandbox has no Node built-ins',
      from: { path: folders.workflows },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'workflows-types',
      severity: 'error',
      comment: 'even types come from domain and activities alone',
      from: { path: folders.workflows },
      to: { path: folders.own, pathNot: [folders.workflows, folders.domain, folders.activities] },
    },
    only(
      'api',
      folders.api,
      [folders.api, folders.domain, folders.platform, folders.store, folders.workflows],
      'what needs a source or the target is a workflow',
    ),
    only('simulators', folders.simulators, [folders.simulators], 'a simulator is a stranger to the product'),
    {
      name: 'tests-are-leaves',
      severity: 'error',
      comment: 'nothing imports tests',
      from: { pathNot: '^test/' },
      to: { path: '^test/' },
    },
    {
      name: 'benchmarks-are-leaves',
      severity: 'error',
      comment: 'nothing imports benchmarks',
      from: { pathNot: '^bench/' },
      to: { path: '^bench/' },
    },
  ],
  options: {
    doNotFollow: { path: ['node_modules', 'prisma/generated'] },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
    exclude: { path: ['prisma/generated'] },
  },
};
