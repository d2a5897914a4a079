// `npm test` starts jest with --experimental-vm-modules, because got and this project are ESM only.
const project = {
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
          experimental: { keepImportAttributes: true },
        },
        module: { type: 'es6' },
      },
    ],
  },
  setupFiles: ['reflect-metadata'],
  testTimeout: 10_000,
};

/** The tests of what apps see of LTS. They run on both editions of the embedded LTS. */
const ON_BOTH_EDITIONS = [
  'browse',
  'create-log-group',
  'create-log-stream',
  'deletes',
  'lost-answers',
  'updates',
];

export default {
  // Tests in subfolders have their own scripts, which select the project `huawei`.
  projects: [
    { ...project, displayName: 'huawei', testMatch: ['<rootDir>/test/*.test.ts'] },
    {
      ...project,
      displayName: 'otc',
      testMatch: ON_BOTH_EDITIONS.map((name) => `<rootDir>/test/${name}.test.ts`),
      globals: { LTS_EDITION: 'otc' },
    },
  ],
  collectCoverageFrom: ['src/**/*.ts'],
  collectCoverage: true,
  coverageReporters: ['text-summary', 'lcovonly'],
  coverageThreshold: { global: { lines: 95, branches: 90 } },
  reporters: ['default', '<rootDir>/test/support/token-reporter.js'],
  maxWorkers: '100%', // tests mostly wait
};
