import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';

const room = (files, patterns, message) => ({
  files,
  rules: {
    '@typescript-eslint/no-restricted-imports': [
      'error',
      { patterns: patterns.map((pattern) => ({ ...pattern, message })) },
    ],
  },
});

// The arrows point at src/domain. dependency-cruiser holds the whole graph to it; these tell it in the editor.
const rooms = [
  room(
    ['src/domain/**'],
    [{ regex: '^[^.]' }, { regex: '^\\.\\./' }],
    'src/domain imports nothing but itself: no packages, no node builtins, no other room.',
  ),
  room(
    ['src/ports/**'],
    [{ regex: '^[^.]' }, { regex: '^\\.\\./(?!domain/)' }],
    "Ports know domain types and no vendor's.",
  ),
  room(
    ['workflows/**'],
    [
      { regex: '^(?!\\.|@temporalio/(workflow|common))' },
      { regex: '/src/(?!domain/)' },
      { regex: '/activities/', allowTypeImports: true },
    ],
    'Workflows import src/domain, @temporalio/workflow, and only types of activities.',
  ),
  room(
    ['activities/**'],
    [{ regex: '/adapters/|/db/|/config|/wiring' }, { regex: '^@temporalio/workflow' }],
    'Activities get everything from the outside through ports.',
  ),
  room(
    ['src/guard/**', 'src/policy/**'],
    [{ regex: '^@temporalio/' }, { regex: '/adapters/' }],
    'Guard and policy know neither Temporal nor adapters.',
  ),
  room(
    ['src/http/**', 'src/dispatcher/**', 'src/push/**', 'src/watch/**'],
    [{ regex: '/activities/|/adapters/' }],
    'The edges know ports, database queries and message names.',
  ),
];

export default tseslint.config(
  {
    ignores: [
      'dist',
      'node_modules',
      'reports',
      '.forbear',
      'src/db/migrations',
      '**/*.mjs',
      '**/*.cjs',
      'eslint.config.js',
    ],
  },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true, allowNullish: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': 'off',
      '@typescript-eslint/no-invalid-void-type': 'off',
      '@typescript-eslint/no-unnecessary-condition': 'off',
      '@typescript-eslint/no-deprecated': 'off',
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      // Our objects are closures over their dependencies: nothing in them knows a `this`.
      '@typescript-eslint/unbound-method': 'off',
      eqeqeq: 'error',
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'Only src/config.ts reads the environment.' },
      ],
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportDefaultDeclaration', message: 'Named exports only.' },
      ],
    },
  },
  {
    files: ['src/domain/**', 'workflows/**'],
    rules: {
      'no-restricted-globals': ['error', { name: 'process', message: 'Decisions know no process.' }],
    },
  },
  {
    files: ['src/domain/**'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: "CallExpression[callee.object.name='Date'][callee.property.name='now']",
          message: 'Time is an argument.',
        },
        {
          selector: "NewExpression[callee.name='Date'][arguments.length=0]",
          message: 'Time is an argument.',
        },
        {
          selector: "CallExpression[callee.object.name='Math'][callee.property.name='random']",
          message: 'No randomness.',
        },
        { selector: 'ExportDefaultDeclaration', message: 'Named exports only.' },
      ],
    },
  },
  {
    files: ['src/app/**'],
    rules: {
      'no-restricted-globals': [
        'error',
        ...['process', 'Buffer', 'require', 'setImmediate', 'global'].map((name) => ({
          name,
          message: 'What runs in the app runs without Node, too.',
        })),
      ],
    },
  },
  ...rooms,
  { files: ['src/config.ts'], rules: { 'no-restricted-properties': 'off' } },
  {
    files: ['test/**'],
    rules: {
      'no-restricted-properties': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  { files: ['*.config.ts'], rules: { 'no-restricted-syntax': 'off' } },
  prettier,
);
