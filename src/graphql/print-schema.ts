import { writeFileSync } from 'node:fs';
import { lexicographicSortSchema, printSchema } from 'graphql';
import { buildSchema } from './schema.ts';

/** `npm run schema`: writes `schema.graphql` beside `package.json`. */
writeFileSync('schema.graphql', `${printSchema(lexicographicSortSchema(buildSchema()))}\n`);
