import { isDeepStrictEqual } from 'node:util';
import { Pool } from 'undici';
import { createAnswer, createBody, listAnswer, listBody, logStreamIdOf } from './operations.ts';

/** An IAM token has 1,000 to 10,000 characters. */
const HEADERS = { 'content-type': 'application/json', 'x-auth-token': 'M'.repeat(1_000) };
const PROBE_HEADERS = { 'apollo-require-preflight': 'true' };

/** Each log stream that is created has its own name. */
let names = 0;

/** Sends requests to one contender, and throws on any answer that is wrong. */
export class Caller {
  readonly #pool: Pool;
  readonly #name: string;
  readonly #graphqlPath: string;
  readonly #probePath: string;
  /** Bytes of the answer that was checked in full, by size of the list. */
  readonly #listBytes = new Map<number, number>();

  constructor(
    contender: { name: string; graphqlPath: string; probePath: string },
    url: string,
    connections: number,
  ) {
    this.#pool = new Pool(url, { connections });
    this.#name = contender.name;
    this.#graphqlPath = contender.graphqlPath;
    this.#probePath = contender.probePath;
  }

  /** Compares the whole answer to a creation with what it must be. */
  async checkCreate(): Promise<void> {
    names += 1;
    const number = names;
    const answer = await this.#post(createBody(number));
    this.#mustEqual(String(answer), createAnswer(number));
  }

  async create(): Promise<void> {
    names += 1;
    const number = names;
    const answer = String(await this.#post(createBody(number)));
    if (!answer.includes(logStreamIdOf(number))) throw this.#wrong(answer);
  }

  /** Compares the whole answer to a list with what it must be. */
  async checkList(size: number): Promise<void> {
    const answer = await this.#post(listBody(size));
    this.#mustEqual(String(answer), listAnswer(size));
    this.#listBytes.set(size, answer.byteLength);
  }

  async list(size: number): Promise<void> {
    const answer = await this.#post(listBody(size));
    if (answer.byteLength !== this.#listBytes.get(size)) throw this.#wrong(String(answer));
  }

  async probe(): Promise<void> {
    const { statusCode, body } = await this.#pool.request({
      method: 'GET',
      path: this.#probePath,
      headers: PROBE_HEADERS,
    });
    const answer = await body.text();
    if (statusCode !== 200) throw this.#wrong(answer);
  }

  destroy(): Promise<void> {
    return this.#pool.destroy();
  }

  async #post(requestBody: string): Promise<Buffer> {
    const { statusCode, body } = await this.#pool.request({
      method: 'POST',
      path: this.#graphqlPath,
      headers: HEADERS,
      body: requestBody,
    });
    const answer = Buffer.from(await body.arrayBuffer());
    if (statusCode !== 200) throw this.#wrong(String(answer));
    return answer;
  }

  #mustEqual(answer: string, expected: unknown): void {
    if (!isDeepStrictEqual(JSON.parse(answer), expected)) throw this.#wrong(answer);
  }

  #wrong(answer: string): Error {
    return new Error(`${this.#name} answers wrongly: ${answer.slice(0, 500)}`);
  }
}
