import { MAX_LOGS, type NewLog } from './stream-logs.ts';

/** Logs of the last 24 hours that there are at the start. */
const FIRST_LOGS = 400;
const FIRST_LOGS_MS = 24 * 60 * 60 * 1_000;
/** Then one follows every 5 seconds. */
const GROWTH_MS = 5_000;

const PRODUCTS = ['42', '1077', '318', 'coffee-mug', '90210'];
const PATHS = [
  '/',
  '/products',
  '/api/cart',
  '/api/orders',
  '/api/search?q=tea',
  '/static/app.js',
  '/health',
];
const CLIENTS = ['203.0.113.7', '198.51.100.23', '192.0.2.140', '203.0.113.98'];
const AGENTS = [
  'Mozilla/5.0 (Linux; Android 14)',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1)',
  'okhttp/4.12.0',
];
const WARNINGS = [
  'WARN  cart-service slow query: SELECT * FROM cart_items took 1840 ms',
  'WARN  stock-service retry 2 of 3: connection to redis-0:6379 timed out',
  'WARN  web-shop rate limit reached for client 198.51.100.23',
];
const ERRORS = [
  'ERROR payment-service payment failed: order=10432 reason="card declined"',
  'ERROR order-service java.lang.IllegalStateException: no stock for product 1077\n\tat shop.order.Stock.take(Stock.java:88)\n\tat shop.order.Orders.place(Orders.java:41)',
  'ERROR web-shop upstream timed out (110: Connection timed out) while reading from 10.0.3.17:8080',
];
const CHINESE = [
  'WARN  库存不足: 商品 1077 剩余 2 件',
  'ERROR 支付失败: 订单 10432 余额不足',
  'INFO  用户 李雷 登录成功',
];

/** The logs of a web shop. What the n-th says depends on n alone; when it was written, on the start as well. */
export class SampleLogs {
  readonly #startedAt: number;
  #next = 0;

  /** @param startedAt milliseconds since 1970 */
  constructor(startedAt: number) {
    this.#startedAt = startedAt;
  }

  /**
   * Those that have not been taken yet.
   *
   * @param until milliseconds since 1970: the time of the last that there can be
   */
  *take(until: number): Generator<NewLog> {
    const due = FIRST_LOGS + Math.floor((until - this.#startedAt) / GROWTH_MS);
    this.#next = Math.max(this.#next, due - MAX_LOGS); // older ones would be removed at once
    for (; this.#timeOf(this.#next) <= until; this.#next += 1) {
      yield { ...sampleLog(this.#next), at: this.#timeOf(this.#next) };
    }
  }

  #timeOf(index: number): number {
    const fromStart = index + 1 - FIRST_LOGS;
    return this.#startedAt + fromStart * (fromStart > 0 ? GROWTH_MS : FIRST_LOGS_MS / FIRST_LOGS);
  }
}

function sampleLog(index: number): NewLog {
  const node = (index % 3) + 1;
  return {
    content: contentOf(index),
    labels: {
      hostName: `ecs-web-shop-${node}`,
      hostIP: `192.168.0.${150 + node}`,
      appName: 'web-shop',
      podName: `web-shop-6d4f9c7b58-${['x2k8p', 'q9m4t', 'h7w2z'][node - 1]}`,
      nameSpace: 'shop',
      category: 'LTS',
    },
  };
}

function contentOf(index: number): string {
  if (index % 50 === 17) return pick(CHINESE, index);
  if (index % 100 === 42) {
    return JSON.stringify({ level: 'info', event: 'order_placed', orderId: 10_000 + index, total: 39.9 });
  }
  if (index % 20 === 9) return pick(ERRORS, index);
  if (index % 10 === 4) return pick(WARNINGS, index);
  const path = index % 3 === 0 ? `/api/products/${pick(PRODUCTS, index)}` : pick(PATHS, index);
  const method = path === '/api/orders' ? 'POST' : 'GET';
  const status = index % 41 === 40 ? 503 : index % 13 === 12 ? 404 : method === 'POST' ? 201 : 200;
  const bytes = 180 + ((index * 7_919) % 9_000);
  const seconds = ((5 + ((index * 31) % 400)) / 1_000).toFixed(3);
  return `${pick(CLIENTS, index)} "${method} ${path} HTTP/1.1" ${status} ${bytes} ${seconds} "${pick(AGENTS, index)}"`;
}

/** Steps through the list more slowly than `index`, so that what is picked from different lists does not repeat. */
function pick(list: readonly string[], index: number): string {
  return list[(index + Math.floor(index / 7)) % list.length] as string;
}
