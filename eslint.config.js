// Lint: typescript-eslint's recommended rules, the type-aware ones that catch lost promises and forgotten cases, and the house rules.
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

const noDefaultExport = [
  { selector: 'ExportDefaultDeclaration', message: 'Export by name.' },
  { selector: 'ExportSpecifier[exported.name="default"]', message: 'Export by name.' },
];
const noEnvironment = 'Only src/config/load.ts reads the environment (of the client src/client/places.ts); take a slice of the configuration instead.';
const environment = 'MemberExpression[object.name="process"][property.name="env"]';

/** tap itself waits for the promise of a test. */
const tapTest = [{ from: 'package', package: '@tapjs/test', name: 'test' }];

export default defineConfig(
  globalIgnores(['dist/', '.tap/']),
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    name: 'all',
    rules: {
      // A sentence in quotes may be longer: in one piece it can be searched for.
      'max-len': ['error', { code: 140, ignoreStrings: true, ignoreTemplateLiterals: true, ignoreRegExpLiterals: true }],
      'max-lines': ['error', { max: 300, skipBlankLines: false, skipComments: false }],
      eqeqeq: 'error',
      'no-var': 'error',
      'object-shorthand': 'error',
      'prefer-const': 'error',
      quotes: ['error', 'single', { avoidEscape: true, allowTemplateLiterals: false }],
      semi: 'error',
    },
  },
  {
    name: 'plain JavaScript',
    files: ['**/*.{js,mjs,cjs}'],
    languageOptions: {
      globals: Object.fromEntries(
        ['Buffer', 'URL', 'clearInterval', 'clearTimeout', 'console', 'fetch', 'performance', 'process', 'setInterval', 'setTimeout']
          .map((name) => [name, 'readonly']),
      ),
    },
    rules: { 'no-undef': 'error', 'no-unused-vars': 'error' },
  },
  { name: 'CommonJS', files: ['**/*.cjs'], languageOptions: { sourceType: 'commonjs' } },
  {
    name: 'TypeScript',
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommended],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-deprecated': 'error',
      '@typescript-eslint/no-floating-promises': ['error', { allowForKnownSafeCalls: tapTest }],
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrors: 'none' }],
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/return-await': ['error', 'in-try-catch'],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    },
  },
  {
    name: 'the product',
    files: ['src/**/*.ts', 'plugins/**/*.ts'],
    rules: {
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
      'no-console': 'error',
      'no-restricted-imports': [
        'error',
        { paths: ['process', 'node:process'].map((name) => ({ name, importNames: ['env'], message: noEnvironment })) },
      ],
      'no-restricted-properties': ['error', { object: 'process', property: 'env', message: noEnvironment }],
      'no-restricted-syntax': ['error', ...noDefaultExport],
    },
  },
  { name: 'the schema is one long table', files: ['src/config/schema.ts'], rules: { 'max-lines': 'off' } },
  { name: 'the readers of the environment', files: ['src/config/load.ts', 'src/client/places.ts'], rules: { 'no-restricted-properties': 'off' } },
  {
    name: 'the writer of the environment: libgssapi reads it when it is loaded',
    files: ['src/gssapi/library.ts'],
    rules: {
      'no-restricted-properties': 'off',
      'no-restricted-syntax': [
        'error',
        ...noDefaultExport,
        { selector: `:not(MemberExpression) > ${environment}`, message: noEnvironment },
        { selector: `:not(AssignmentExpression) > MemberExpression > ${environment}.object`, message: noEnvironment },
        { selector: `AssignmentExpression > MemberExpression.right > ${environment}.object`, message: noEnvironment },
      ],
    },
  },
  { name: 'the command line speaks to people', files: ['src/cli/**/*.ts'], rules: { 'no-console': 'off' } },
);
