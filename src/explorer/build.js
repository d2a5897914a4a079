// Run by `npm run build`: puts the files of the explorer's pages into `dist`, and GraphiQL and its workers, compressed.
import { cpSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import * as graphiql from '@graphql-yoga/render-graphiql/graphiql';

const FOLDER = 'dist/explorer';
const FILES = {
  'graphiql.js': graphiql.js,
  'graphiql.css': graphiql.css,
  // By the labels that Monaco, the editor in GraphiQL, gives them.
  'editorWorkerService.worker.js': graphiql.editorWorkerService,
  'json.worker.js': graphiql.jsonWorker,
  'graphql.worker.js': graphiql.graphqlWorker,
};

cpSync('src/explorer', FOLDER, { recursive: true, filter: (file) => !file.endsWith('build.js') });
cpSync('node_modules/@graphql-yoga/render-graphiql/LICENSE', `${FOLDER}/LICENSE`);
for (const [name, text] of Object.entries(FILES)) writeFileSync(`${FOLDER}/${name}.gz`, gzipSync(text));
