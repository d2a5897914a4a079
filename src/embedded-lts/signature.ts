import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { LtsApiError } from './errors.ts';
import { DEMO } from './store.ts';

export interface ReceivedRequest {
  readonly method: string;
  /** Path and query, as received. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** The body's bytes, as received. */
  readonly body: Buffer;
}

const ALGORITHM = 'SDK-HMAC-SHA256';
const AUTHORIZATION =
  /^SDK-HMAC-SHA256 Access=([^,\s]+), ?SignedHeaders=([^,\s]+), ?Signature=([0-9a-fA-F]{64})$/;
/** How much `X-Sdk-Date` may differ from the time here. */
const MAX_SKEW_MS = 15 * 60_000;

/** Whether a request has an `Authorization` header as Huawei's SDKs send it for an access key. */
export function isSigned(headers: IncomingHttpHeaders): boolean {
  return headers.authorization?.startsWith(ALGORITHM) ?? false;
}

/**
 * Checks the signature of a request, as the API gateway in front of LTS does. Source: support.huaweicloud.com,
 * devg-apisign, and `core/auth/AKSKSigner.ts` of github.com/huaweicloud/huaweicloud-sdk-nodejs-v3.
 *
 * @throws LtsApiError APIGW.0301, with the messages of devg-apisign/api-sign-0001. What comes after "verify aksk
 *   signature fail" is not printed there: these texts are of this server.
 */
export function verifySignature(request: ReceivedRequest): void {
  const [, accessKey, names = '', signature = ''] =
    AUTHORIZATION.exec(request.headers.authorization ?? '') ?? [];
  if (accessKey === undefined) throw refusal('verify aksk signature fail, Authorization cannot be read');
  // The page hides the key as well.
  if (accessKey !== DEMO.ak) throw refusal('Get secretKey failed,ak:******,err:ak not exist');
  const signedHeaders = names.split(';');
  if (!signedHeaders.includes('x-sdk-date')) {
    throw refusal('verify aksk signature fail, X-Sdk-Date is missing or not signed');
  }
  const date = String(request.headers['x-sdk-date'] ?? '');
  if (!(Math.abs(timeOf(date) - Date.now()) <= MAX_SKEW_MS)) {
    throw refusal('verify aksk signature fail, X-Sdk-Date is not within 15 minutes of the time here');
  }
  // A header that is named a thousand times would be hashed a thousand times.
  if (new Set(signedHeaders).size < signedHeaders.length) throw refusal('verify aksk signature fail');
  const stringToSign = [ALGORITHM, date, sha256(canonicalRequest(request, signedHeaders))].join('\n');
  const expected = createHmac('sha256', DEMO.sk).update(stringToSign).digest();
  if (!timingSafeEqual(expected, Buffer.from(signature, 'hex'))) throw refusal('verify aksk signature fail');
}

/** The text whose hash is signed. */
function canonicalRequest({ method, url, headers, body }: ReceivedRequest, signedHeaders: string[]): string {
  const { pathname, searchParams } = new URL(url, 'http://lts');
  const path = pathname.split('/').map((segment) => encode(decodeURIComponent(segment)));
  const query = [...searchParams]
    .sort(([nameA, valueA], [nameB, valueB]) => compare(nameA, nameB) || compare(valueA, valueB))
    .map(([name, value]) => `${encode(name)}=${encode(value)}`);
  return [
    method,
    `${path.join('/').replace(/\/$/, '')}/`,
    query.join('&'),
    ...signedHeaders.map((name) => `${name}:${String(headers[name] ?? '').trim()}`),
    '',
    signedHeaders.join(';'),
    sha256(body),
  ].join('\n');
}

/** `YYYYMMDDTHHMMSSZ` in milliseconds since 1970; NaN for anything else. */
function timeOf(date: string): number {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date);
  if (parts === null) return Number.NaN;
  const [, year, month, day, hour, minute, second] = parts;
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}

/** All but the unreserved characters of RFC 3986 as %XX. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function refusal(what: string): LtsApiError {
  return new LtsApiError('APIGW.0301', { error_msg: `Incorrect IAM authentication information: ${what}` });
}
