// `npm test` starts jest with --experimental-vm-modules, because got and this project are ESM only.
export default {
  // Tests in other folders have their own scripts.
  testMatch: ['<rootDir>/test/{*,{embedded-lts,graphql,http,lts,telemetry}/*}.test.ts'],
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
  collectCoverageFrom: ['src/**/*.ts'],
  coverageReporters: ['text-summary', 'lcovonly'],
  coverageThreshold: { global: { lines: 95, branches: 90 } },
  reporters: ['default', '<rootDir>/test/support/token-reporter.js'],
  maxWorkers: '100%', // tests mostly wait
  testTimeout: 10_000, // Jest ignores it in `projects`
};
