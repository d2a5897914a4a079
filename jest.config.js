// `npm test` starts jest with --experimental-vm-modules, because got and this project are ESM only.
export default {
  testMatch: ['<rootDir>/test/*.test.ts'], // tests in subfolders have their own scripts
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
        },
        module: { type: 'es6' },
      },
    ],
  },
  setupFiles: ['reflect-metadata'],
  collectCoverageFrom: ['src/**/*.ts'],
  collectCoverage: true,
  coverageReporters: ['text-summary', 'lcovonly'],
  coverageThreshold: { global: { lines: 95, branches: 90 } },
  reporters: ['default', '<rootDir>/test/support/token-reporter.js'],
  testTimeout: 10_000,
  maxWorkers: '100%', // tests mostly wait
};
