// Run by `npm run bundle`: makes `bundle` from `dist`, with all that the code needs of `node_modules`. The image has it as
// its `dist`. Few files start sooner than thousands, and take less space.
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const FOLDER = 'bundle';
const CHUNKS = `${FOLDER}/chunks/`;

/** Modules of packages that load or find files in ways that a bundle does not have, and why that does no harm. */
const HARMLESS = new Map([
  ['node_modules/@seriousme/openapi-schema-validator/index.js', 'reads its schemas, which are copied below'],
  ['node_modules/pino/lib/transport.js', 'starts a worker for a transport: we have none'],
  ['node_modules/thread-stream/index.js', 'the same'],
  ['node_modules/ioredis/built/Command.js', 'only with `showFriendlyErrorStack`, which we do not set'],
  ['node_modules/@graphql-tools/merge/esm/merge-resolvers.js', 'in a comment'],
  [
    'node_modules/@protobufjs/inquire/index.js',
    'tries to load `long`, and does without; only reports of usage to Apollo, which are off, would use it',
  ],
]);

/** `debug` loads it for colours, and does without where it is missing. Only development dependencies bring it. */
const LEFT_OUT = ['supports-color'];

/**
 * Where a module in CommonJS is loaded by `import()`, Node.js finds out its named exports, but esbuild would export
 * `default` alone. This writes them out, as Node.js has them.
 */
const namedExports = {
  name: 'named exports',
  setup({ onResolve, onLoad, resolve }) {
    onResolve({ filter: /./ }, async ({ kind, path: name, importer, resolveDir }) => {
      if (kind !== 'dynamic-import') return null;
      const { path: file, external } = await resolve(name, {
        kind: 'import-statement',
        importer,
        resolveDir,
      });
      return external || !file.includes('node_modules') ? null : { path: file, namespace: NAMED_EXPORTS };
    });
    onLoad({ filter: /./, namespace: NAMED_EXPORTS }, async ({ path: file }) => {
      const names = Object.keys(await import(pathToFileURL(file))).filter((name) =>
        /^(?!default$)\w+$/.test(name),
      );
      return { contents: `export { ${names} } from ${JSON.stringify(file)}`, resolveDir: path.dirname(file) };
    });
  },
};
const NAMED_EXPORTS = 'named-exports';

/**
 * Where two modules have functions or classes of the same name, one gets another in the bundle. This writes the original
 * names into our own modules: stacks show them, and type-graphql calls types as their classes. `keepNames` for the whole
 * bundle would name each closure of each package again whenever it is made, which cost 10% more CPU for a request.
 */
const originalNames = {
  name: 'original names',
  async setup({ onLoad }) {
    const { outputFiles } = await build({
      entryPoints: ['dist/**/*.js'],
      outdir: 'dist',
      write: false,
      keepNames: true,
      sourcemap: 'inline',
      sourcesContent: false,
    });
    const contents = new Map(outputFiles.map(({ path: file, text }) => [file, text]));
    onLoad({ filter: /\.js$/ }, ({ path: file }) =>
      contents.has(file) ? { contents: contents.get(file) } : null,
    );
  },
};

rmSync(FOLDER, { recursive: true, force: true });
const { metafile, warnings } = await build({
  entryPoints: ['dist/main.js', 'dist/embedded-lts/main.js'],
  outbase: 'dist',
  outdir: FOLDER,
  bundle: true,
  external: LEFT_OUT,
  platform: 'node',
  preserveSymlinks: true, // `node_modules` is a link in the test of the image
  format: 'esm',
  // What is loaded only where it is used, such as the embedded LTS, remains so.
  splitting: true,
  chunkNames: 'chunks/[name]-[hash]',
  // Packages in CommonJS call `require` for modules of Node.js. An ES module has no `require` of its own.
  banner: {
    js: "import { createRequire as createRequireOfBundle } from 'node:module';const require = createRequireOfBundle(import.meta.url);",
  },
  // For `--enable-source-maps`. Lines and names are enough: with the sources in them, they are three times as long.
  sourcemap: true,
  sourcesContent: false,
  plugins: [namedExports, originalNames],
  metafile: true,
  logLevel: 'error',
  // esbuild does not tell of these otherwise.
  logOverride: {
    'indirect-require': 'warning',
    'require-resolve-not-external': 'warning',
    'unsupported-dynamic-import': 'warning',
    'unsupported-require-call': 'warning',
  },
});

/** The modules in each file of the bundle. */
const outputs = Object.entries(metafile.outputs).map(([output, { inputs, imports }]) => ({
  output,
  modules: Object.keys(inputs).filter(
    (module) => inputs[module].bytesInOutput > 0 && !module.startsWith(NAMED_EXPORTS),
  ),
  imports: imports.filter(({ external }) => external).map((imported) => imported.path),
}));
const modules = new Set(outputs.flatMap((file) => file.modules));

const problems = [
  ...warnings
    .filter(({ location }) => !HARMLESS.has(location?.file ?? ''))
    .map(({ location, text }) => `${location?.file}:${location?.line}: ${text}`),
  ...outputs.flatMap(({ output, imports }) =>
    imports
      .filter((name) => !isBuiltin(name) && !LEFT_OUT.includes(name))
      .map((name) => `${output} needs the package ${name}`),
  ),
  ...outputs.flatMap(({ output, modules }) =>
    modules
      .filter(findsFiles)
      .filter((module) => !(output.startsWith(CHUNKS) && (isAtDepthOfChunks(module) || HARMLESS.has(module))))
      .map((module) => `${module} finds files by its own place, and would not find them from ${output}`),
  ),
];
if (problems.length > 0) throw new Error(`This would not work in the bundle:\n${problems.join('\n')}`);

function findsFiles(module) {
  return /\bimport\.meta\b|\b__(dirname|filename)\b/.test(readFileSync(module, 'utf8'));
}

/** From `dist/http/explorer.js`, `../explorer/` is what it is from `bundle/chunks/run.js`. */
function isAtDepthOfChunks(module) {
  return /^dist\/[^/]+\/[^/]+$/.test(module);
}

// The files that the code reads, in the places where it looks for them.
cpSync('dist/explorer', `${FOLDER}/explorer`, {
  recursive: true,
  filter: (file) => !/\bbuild\.js|\.map$/.test(file),
});
cpSync('dist/messages', `${FOLDER}/messages`, {
  recursive: true,
  filter: (file) => !/\.js(\.map)?$/.test(file),
});
cpSync('dist/embedded-lts/lts.openapi.yaml', `${FOLDER}/embedded-lts/lts.openapi.yaml`);
cpSync('node_modules/@seriousme/openapi-schema-validator/schemas', `${CHUNKS}schemas`, { recursive: true });

// Licences ask for their text to come with every copy.
const packages = new Set(
  [...modules].flatMap((module) => /^.*node_modules\/(@[^/]+\/)?[^/]+/.exec(module)?.[0] ?? []),
);
writeFileSync(`${FOLDER}/THIRD-PARTY-LICENSES.txt`, [...packages].sort().map(licenceOf).join('\n'));

/** Name, version and licence of a package, and the texts of it that the package has. */
function licenceOf(folder) {
  const { name, version, license } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
  const files = readdirSync(folder).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file));
  if (!license && files.length === 0) throw new Error(`${folder} says nothing about its licence`);
  const texts = files.map((file) => readFileSync(path.join(folder, file), 'utf8').trim());
  return [`==== ${name} ${version}, ${license}`, ...texts, ''].join('\n\n');
}
