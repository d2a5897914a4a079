/** `npm run schema`: writes `schema.graphql` from the built gateway. */
import { writeFileSync } from 'node:fs';
import { lexicographicSortSchema, printSchema } from 'graphql';
import { buildSchema } from '../dist/graphql/schema.js';

writeFileSync('schema.graphql', `${printSchema(lexicographicSortSchema(buildSchema()))}\n`);
