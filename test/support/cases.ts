/** How many times as many random cases as in `npm test`; `npm run test:slow` sets it. */
export const CASES_FACTOR = Number(process.env.CASES_FACTOR ?? 1);
