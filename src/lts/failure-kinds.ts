/** Kinds of failure: the small, stable set that apps branch on. */
export const LtsErrorKind = {
  INVALID_INPUT: 'INVALID_INPUT',
  UNAUTHENTICATED: 'UNAUTHENTICATED',
  FORBIDDEN: 'FORBIDDEN',
  NOT_FOUND: 'NOT_FOUND',
  ALREADY_EXISTS: 'ALREADY_EXISTS',
  IN_USE: 'IN_USE',
  QUOTA_EXCEEDED: 'QUOTA_EXCEEDED',
  RATE_LIMITED: 'RATE_LIMITED',
  TIMEOUT: 'TIMEOUT',
  UNAVAILABLE: 'UNAVAILABLE',
  INTERNAL: 'INTERNAL',
  UNKNOWN: 'UNKNOWN',
} as const;
export type LtsErrorKind = (typeof LtsErrorKind)[keyof typeof LtsErrorKind];

/** Kinds for which the same request, unchanged, can succeed later. */
export const RETRYABLE_KINDS: ReadonlySet<LtsErrorKind> = new Set([
  LtsErrorKind.RATE_LIMITED,
  LtsErrorKind.TIMEOUT,
  LtsErrorKind.UNAVAILABLE,
  LtsErrorKind.INTERNAL,
]);

/** Applies to a reply whose code and HTTP status both match; what is left out matches everything. */
export interface KindRow {
  readonly code?: string;
  readonly status?: number | readonly [min: number, max: number];
  readonly kind: LtsErrorKind;
}

/**
 * The kind of a reply from LTS or the API gateway in front of it. The first row that matches decides.
 *
 * One code means different things under different statuses, and published tables disagree with each other and with
 * observed replies. So a code alone decides only where all sources agree on its meaning.
 */
export const KIND_TABLE: readonly KindRow[] = [
  { code: 'LTS.0009', kind: 'INVALID_INPUT' },
  { code: 'LTS.0414', kind: 'UNAUTHENTICATED' },
  { code: 'APIGW.0301', kind: 'UNAUTHENTICATED' },
  { code: 'APIGW.0303', kind: 'UNAUTHENTICATED' },
  { code: 'APIGW.0305', kind: 'UNAUTHENTICATED' },
  { code: 'APIGW.0307', kind: 'UNAUTHENTICATED' },
  { code: 'APIGW.0308', kind: 'RATE_LIMITED' },
  // The API itself is not there, whatever exists behind it.
  { code: 'APIGW.0101', kind: 'UNKNOWN' },
  { code: 'LTS.0201', kind: 'NOT_FOUND' },
  { code: 'LTS.0208', kind: 'NOT_FOUND' },
  { code: 'LTS.0205', kind: 'ALREADY_EXISTS' },
  { code: 'LTS.0101', kind: 'ALREADY_EXISTS' },
  { code: 'LTS.0105', kind: 'IN_USE' },
  { code: 'LTS.0207', kind: 'IN_USE' },
  { code: 'LTS.0206', kind: 'QUOTA_EXCEEDED' },
  { code: 'LTS.0104', kind: 'QUOTA_EXCEEDED' },
  { code: 'LTS.0010', kind: 'INTERNAL' },
  { code: 'LTS.0202', kind: 'INTERNAL' },
  // LTS.0001, LTS.0002 and LTS.0003 mean what their status says: a wrong token at 401, no permission at 403.
  { status: 400, kind: 'INVALID_INPUT' },
  { status: 401, kind: 'UNAUTHENTICATED' },
  { status: 403, kind: 'FORBIDDEN' },
  { status: 404, kind: 'NOT_FOUND' },
  { status: 408, kind: 'TIMEOUT' },
  { status: 429, kind: 'RATE_LIMITED' },
  { status: 504, kind: 'TIMEOUT' },
  { status: [502, 503], kind: 'UNAVAILABLE' },
  { status: [500, 599], kind: 'INTERNAL' },
];

/**
 * The kind of a failed reply.
 *
 * @param code error code as sent, or `null` when the reply carried none
 * @param status HTTP status of the reply
 */
export function failureKindOf(code: string | null, status: number): LtsErrorKind {
  // The same API gateway uses APIGW for Huawei's own services, and APIG where customers run it.
  const canonical = code?.replace(/^APIG\./, 'APIGW.');
  const row = KIND_TABLE.find(
    (candidate) =>
      (candidate.code === undefined || candidate.code === canonical) &&
      matchesStatus(candidate.status, status),
  );
  if (row !== undefined) return row.kind;
  return code === null && status >= 200 && status <= 299 ? LtsErrorKind.INTERNAL : LtsErrorKind.UNKNOWN;
}

function matchesStatus(expected: KindRow['status'], status: number): boolean {
  if (expected === undefined) return true;
  const [min, max] = typeof expected === 'number' ? [expected, expected] : expected;
  return status >= min && status <= max;
}
