import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import pMap from 'p-map';
import { isMap, isScalar, parse, parseDocument, type YAMLMap } from 'yaml';
import { type Config, readConfig } from '../../src/config/config.ts';
import { LTS_ENDPOINTS } from '../../src/config/regions.ts';
import { CHART, hasHelm, helm, type Manifest, render } from '../support/helm.ts';
import { schemaErrors, typeErrors } from '../support/kubernetes-validation.ts';
import { knownSettings } from '../support/settings.ts';

const MANIFEST = 'test/fixtures/persisted-query-manifest.json';

const image = { repository: 'registry.example.com/lts-gateway' };
const minimal = { ltsRegion: 'eu-west-101', image };
const settings = {
  LTS_MAX_REPLY_BYTES: 67_108_864,
  CORS_ORIGINS: ['https://app.example.com', 'http://localhost:5173'],
  RATE_LIMIT: 1_000_000,
  RATE_LIMIT_ADDRESS: '2000000',
  TRUSTED_PROXIES: ['uniquelocal', '100.125.0.0/16', '2001:db8::1'],
  INTROSPECTION: true,
  AUDIT_READS: null,
  EXPLORER: 'graphiql',
  HOST: '::',
  NODE_OPTIONS: '--max-old-space-size=300',
  // YAML 1.1 reads the name as a boolean, and Go prints such numbers with an exponent.
  on: [16_777_217, 1.5, 100_000_000],
};
const everything = {
  ltsEndpoint: 'https://lts.example.com:8443',
  ltsTimeoutMs: 600_000,
  env: settings,
  extraEnv: [{ name: 'LOG_LEVEL', value: 'debug' }],
  envFrom: [{ configMapRef: { name: 'shared' } }, { prefix: 'A_', secretRef: { name: 'shared' } }],
  initContainers: [{ name: 'wait', image: 'registry.example.com/wait' }],
  extraVolumes: [{ name: 'tmp', emptyDir: {} }],
  extraVolumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
  priorityClassName: 'system-cluster-critical',
  shutdownDelayMs: 1_501,
  preStopSeconds: 20,
  trustedDocuments: { json: readFileSync(MANIFEST, 'utf8') },
  valkey: { enabled: true },
  otel: { endpoint: 'http://collector.tracing:4318' },
  image: { ...image, digest: `sha256:${'0'.repeat(64)}` },
  imagePullSecrets: [{ name: 'registry' }],
  podLabels: { team: 'logs' },
  podAnnotations: { note: 'any' },
  nodeSelector: { 'kubernetes.io/arch': 'amd64' },
  tolerations: [{ key: 'spot', operator: 'Exists' }],
  affinity: { nodeAffinity: {} },
  serviceAccount: { annotations: { note: 'any' } },
  service: {
    type: 'LoadBalancer',
    annotations: { note: 'any' },
    externalTrafficPolicy: 'Local',
    loadBalancerSourceRanges: ['203.0.113.0/24'],
  },
  httpRoute: {
    enabled: true,
    annotations: { note: 'any' },
    parentRefs: [{ name: 'public', namespace: 'gateways' }],
    hostnames: ['lts.example.com'],
  },
  ingress: { enabled: true, host: 'lts.example.com', className: 'nginx', tlsSecret: 'certificate' },
  networkPolicy: {
    ingressFrom: [{ namespaceSelector: {} }],
    otelTo: [{ namespaceSelector: {} }],
    extraEgress: [{ ports: [{ port: 8080 }] }],
  },
  serviceMonitor: { enabled: true, labels: { release: 'prometheus' } },
  prometheusRule: {
    enabled: true,
    labels: { release: 'prometheus' },
    runbookUrl: 'https://wiki.example.com/lts-gateway',
    thresholds: { LtsFailing: 0.25, LtsSlow: 5 },
  },
  extraManifests: [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: '{{ include "lts-gateway.fullname" . }}-own' } },
  ],
};
const external = {
  ...minimal,
  rateLimitUrlSecret: { name: 'store', key: 'address', port: 6380 },
  trustedDocuments: { existingConfigMap: 'documents' },
  env: { RATE_LIMIT_ADDRESS: 0, TRUSTED_PROXIES: 'none' },
  adminPort: 0,
  autoscaling: { enabled: false },
  podDisruptionBudget: { enabled: false },
  networkPolicy: { enabled: false },
};
const VALUES = { minimal, everything, external };
type ValuesName = keyof typeof VALUES;
const NAMES = Object.keys(VALUES) as ValuesName[];

/** Variables that `config.ts` does not read, but Node.js or OpenTelemetry does. */
const READ_ELSEWHERE = ['on', 'OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_SERVICE_NAME', 'NODE_OPTIONS'];

const find = (manifests: Manifest[], kind: string, name = 'my-lts-gateway'): Manifest =>
  manifests.find((manifest) => manifest.kind === kind && manifest.metadata.name === name);
const podOf = (manifests: Manifest[]): Manifest => find(manifests, 'Deployment').spec.template.spec;
const envOf = (manifests: Manifest[]): Record<string, string> =>
  Object.fromEntries(podOf(manifests).containers[0].env.map((item: any) => [item.name, item.value]));

/** The rule of the gateway's NetworkPolicy for a port. */
const ruleFor = (manifests: Manifest[], direction: 'ingress' | 'egress', port: unknown): Manifest =>
  find(manifests, 'NetworkPolicy').spec[direction].find((rule: any) => rule.ports[0].port === port);

/** The configuration that the gateway reads from its environment; the mounted file is a fixture here. */
function configOf(manifests: Manifest[]): Config {
  const { TRUSTED_DOCUMENTS, ...env } = envOf(manifests);
  return readConfig({ ...env, ...(TRUSTED_DOCUMENTS && { TRUSTED_DOCUMENTS: MANIFEST }) });
}

(hasHelm ? describe : describe.skip)('the Helm chart (needs helm)', () => {
  const rendered = {} as Record<ValuesName, Manifest[]>;
  beforeAll(async () => {
    for (const name of NAMES) rendered[name] = await render(VALUES[name]);
  });
  const all = () => Object.values(rendered).flat();

  test('passes helm lint --strict', async () => {
    const output = await helm(['lint', '--strict', CHART, '--values', '-'], everything);
    expect(output).toContain('0 chart(s) failed');
  });

  test('renders the objects that the values enable', () => {
    const kinds = (name: ValuesName) => rendered[name].map(({ kind }) => kind).sort();
    expect(kinds('external')).toEqual(['Deployment', 'Service', 'ServiceAccount']);
    const more = ['HorizontalPodAutoscaler', 'NetworkPolicy', 'PodDisruptionBudget', 'Service'];
    expect(kinds('minimal')).toEqual([...kinds('external'), ...more].sort());
    const optional = ['ConfigMap', 'HTTPRoute', 'Ingress', 'PrometheusRule', 'ServiceMonitor'];
    expect(kinds('everything')).toEqual(expect.arrayContaining([...kinds('minimal'), ...optional]));
  });

  test('renders objects that Kubernetes accepts, without unknown fields', async () => {
    expect(await schemaErrors(all())).toEqual([]);
    expect(await typeErrors(all())).toEqual([]);
  });

  test('has a validation that finds a wrong value and an unknown field', async () => {
    const wrong = structuredClone(find(all(), 'Deployment'));
    const [container] = podOf([wrong]).containers;
    container.resources.limits.memory = 'much';
    container.readinesProbe = {};
    expect(await schemaErrors([wrong])).toEqual([expect.stringContaining('resources/limits/memory')]);
    expect(await typeErrors([wrong])).toEqual([expect.stringMatching(/'"readinesProbe"' does not exist/)]);
  });

  test.each(NAMES)(
    'sets only variables that the gateway knows, to values that it accepts (values: %s)',
    (name) => {
      const host = name === 'everything' ? '::' : '0.0.0.0';
      expect(configOf(rendered[name])).toMatchObject({ production: true, host });
      const known = [...knownSettings(), ...READ_ELSEWHERE];
      expect(Object.keys(envOf(rendered[name])).filter((key) => !known.includes(key))).toEqual([]);
    },
  );

  test('passes each value to its setting', () => {
    expect(configOf(rendered.everything)).toMatchObject({
      ltsEndpoint: everything.ltsEndpoint,
      ltsTimeoutMs: everything.ltsTimeoutMs,
      ltsMaxReplyBytes: settings.LTS_MAX_REPLY_BYTES,
      corsOrigins: settings.CORS_ORIGINS,
      rateLimit: settings.RATE_LIMIT,
      rateLimitAddress: 2_000_000,
      trustedProxies: settings.TRUSTED_PROXIES,
      introspection: true,
      auditReads: false,
      explorer: 'graphiql',
      logLevel: 'debug',
      shutdownDelayMs: everything.shutdownDelayMs,
    });
    expect(envOf(rendered.everything).on).toBe('16777217,1.5,100000000');
    expect(configOf(rendered.external)).toMatchObject({ rateLimitAddress: 0, trustedProxies: [] });
  });

  test('passes what is for the pods to those of the gateway', () => {
    const { envFrom, initContainers, priorityClassName } = everything;
    const pod = { containers: [{ envFrom }], initContainers, priorityClassName };
    expect(podOf(rendered.everything)).toMatchObject(pod);
    expect(podOf(rendered.minimal)).not.toHaveProperty('priorityClassName');
  });

  test('renders no secret in plain text', () => {
    expect(podOf(rendered.external).containers[0].env).toContainEqual({
      name: 'RATE_LIMIT_URL',
      valueFrom: { secretKeyRef: { name: 'store', key: 'address' } },
    });
    expect(all().filter(({ kind }) => kind === 'Secret')).toEqual([]);
    expect(JSON.stringify(all())).not.toMatch(/:\/\/[^/"]*@/);
  });

  test('runs every container read-only, as a user other than root and without capabilities', () => {
    const deployments = all().filter(({ kind }) => kind === 'Deployment');
    expect(deployments).toHaveLength(4);
    for (const { spec } of deployments) {
      const pod = spec.template.spec;
      expect(pod).toMatchObject({
        automountServiceAccountToken: false,
        securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      });
      expect(pod.securityContext.runAsUser).toBeGreaterThan(0);
      for (const container of pod.containers) {
        expect(container.securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
        expect(container.resources).toMatchObject({
          requests: { cpu: expect.any(String) },
          limits: { memory: expect.any(String) },
        });
      }
    }
  });

  test.each(NAMES)(
    'gives a pod more time to end than the gateway needs to shut down (values: %s)',
    (name) => {
      const pod = podOf(rendered[name]);
      const { shutdownDelayMs, ltsTimeoutMs } = configOf(rendered[name]);
      const main = readFileSync('src/main.ts', 'utf8');
      const [, more] = /shutdownDelayMs \+ config\.ltsTimeoutMs \+ ([\d_]+);/.exec(main) ?? [];
      const drainSeconds = (shutdownDelayMs + ltsTimeoutMs + Number(more?.replace('_', ''))) / 1_000;
      const pause = pod.containers[0].lifecycle.preStop.sleep.seconds;
      expect(pause).toBeGreaterThan(0);
      expect(pod.terminationGracePeriodSeconds - pause - drainSeconds).toBeGreaterThanOrEqual(5);
    },
  );

  test('keeps the old pods until a new one is ready, and probes /livez and /readyz', () => {
    const { strategy, template } = find(rendered.minimal, 'Deployment').spec;
    expect(strategy.rollingUpdate.maxUnavailable).toBe(0);
    const [{ startupProbe, livenessProbe, readinessProbe, ports }] = template.spec.containers;
    expect(startupProbe.httpGet).toEqual({ path: '/livez', port: 'http' });
    expect(livenessProbe.httpGet).toEqual({ path: '/livez', port: 'http' });
    expect(readinessProbe.httpGet).toEqual({ path: '/readyz', port: 'http' });
    expect(ports).toContainEqual({ name: 'http', containerPort: 4000, protocol: 'TCP' });
  });

  test('selects the pods of the gateway and no others', () => {
    const manifests = rendered.everything;
    const specOf = (kind: string, name?: string) => find(manifests, kind, name).spec;
    const { labels } = specOf('Deployment').template.metadata;
    const { labels: others } = specOf('Deployment', 'my-lts-gateway-valkey').template.metadata;
    const selectors = [
      specOf('Deployment').selector.matchLabels,
      specOf('Service').selector,
      specOf('Service', 'my-lts-gateway-admin').selector,
      specOf('PodDisruptionBudget').selector.matchLabels,
      specOf('NetworkPolicy').podSelector.matchLabels,
      specOf('NetworkPolicy', 'my-lts-gateway-valkey').ingress[0].from[0].podSelector.matchLabels,
    ];
    for (const selector of selectors) {
      expect(labels).toMatchObject(selector);
      expect(others).not.toMatchObject(selector);
    }
    expect(specOf('HorizontalPodAutoscaler').scaleTargetRef.name).toBe('my-lts-gateway');
  });

  test('exposes the admin port on a headless Service only, and to the monitoring namespace only', () => {
    const manifests = rendered.everything;
    expect(find(manifests, 'Service').spec.ports.map(({ name }: any) => name)).toEqual(['http']);
    const headless = { type: 'ClusterIP', clusterIP: 'None' };
    expect(find(manifests, 'Service', 'my-lts-gateway-admin').spec).toMatchObject(headless);
    expect(ruleFor(manifests, 'ingress', 'admin').from).toEqual([
      { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } },
    ]);
    expect(envOf(rendered.external)).not.toHaveProperty('ADMIN_PORT');
  });

  test('allows the gateway egress only to the ports of the configured endpoints', () => {
    const ports = (manifests: Manifest[]) =>
      find(manifests, 'NetworkPolicy').spec.egress.flatMap((rule: any) =>
        rule.ports.map(({ port }: any) => port),
      );
    expect(ports(rendered.minimal)).toEqual([53, 53, 443]);
    expect(ports(rendered.everything)).toEqual([53, 53, 8443, 6379, 4318, 8080]);
  });

  test('points the gateway to its Valkey and to the trusted documents', () => {
    const manifests = rendered.everything;
    const env = envOf(manifests);
    const { hostname } = new URL(env.RATE_LIMIT_URL ?? '');
    expect(find(manifests, 'Service', hostname).spec.ports[0].port).toBe(6379);
    const [{ volumeMounts }] = podOf(manifests).containers;
    expect(volumeMounts).toEqual([
      { name: 'trusted-documents', mountPath: '/etc/lts-gateway', readOnly: true },
      ...everything.extraVolumeMounts,
    ]);
    const [{ configMap }, ...otherVolumes] = podOf(manifests).volumes;
    expect(otherVolumes).toEqual(everything.extraVolumes);
    expect(find(manifests, 'ConfigMap', configMap.name).data).toEqual({
      [path.basename(env.TRUSTED_DOCUMENTS ?? '')]: everything.trustedDocuments.json,
    });
    expect(podOf(rendered.external).volumes[0].configMap.name).toBe('documents');
  });

  test('allows LTS on IPv4 and IPv6, except link-local addresses', () => {
    expect(ruleFor(rendered.minimal, 'egress', 443).to).toEqual([
      { ipBlock: { cidr: '0.0.0.0/0', except: ['169.254.0.0/16'] } },
      { ipBlock: { cidr: '::/0', except: ['fe80::/10'] } },
    ]);
  });

  test('allows a Valkey or Redis of your own on private IPv4 and IPv6 addresses', async () => {
    const { to } = ruleFor(await render({ ...external, networkPolicy: {} }), 'egress', 6380);
    const ranges = to.map(({ ipBlock }: any) => ipBlock.cidr);
    expect(ranges).toEqual(['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7']);
  });

  test('renders the examples of operations.md: a private CA and a proxy', async () => {
    const examples = [...readFileSync('docs/operations.md', 'utf8').matchAll(/^```yaml\n(.*?)^```/gms)];
    const [privateCa = [], proxy = []] = await Promise.all(
      examples.map(([, yaml]) => render({ ...minimal, ...parse(yaml ?? '') })),
    );
    expect(examples).toHaveLength(2);
    expect(await schemaErrors([...privateCa, ...proxy])).toEqual([]);
    expect(await typeErrors([...privateCa, ...proxy])).toEqual([]);

    const { containers, volumes } = podOf(privateCa);
    const [mount] = containers[0].volumeMounts;
    expect(path.dirname(envOf(privateCa).NODE_EXTRA_CA_CERTS ?? '')).toBe(mount.mountPath);
    expect(volumes).toEqual([{ name: mount.name, configMap: { name: 'private-ca' } }]);

    const [variable] = podOf(proxy).containers[0].env.filter(({ name }: any) => name === 'HTTPS_PROXY');
    expect(variable.valueFrom.secretKeyRef).toEqual({ name: 'proxy', key: 'url' });
    expect(find(proxy, 'NetworkPolicy').spec.egress.at(-1).ports).toEqual([{ port: 3128, protocol: 'TCP' }]);
  });

  test('refuses every variable in env and extraEnv that it sets itself', async () => {
    const own = new Set(Object.values(rendered).flatMap((manifests) => Object.keys(envOf(manifests))));
    for (const name of ['LOG_LEVEL', ...Object.keys(settings)]) own.delete(name);
    expect([...own].sort()).toEqual(
      expect.arrayContaining(['LTS_ENDPOINT', 'LTS_REGION', 'NODE_ENV', 'RATE_LIMIT_URL']),
    );
    const check = async (name: string, index: number) => {
      const values = index % 2 ? { env: { [name]: 'x' } } : { extraEnv: [{ name, value: 'x' }] };
      const message = /(env|extraEnv) may not have [A-Z_]+: (set the|the chart)/;
      await expect(render({ ...minimal, ...values })).rejects.toThrow(message);
    };
    await pMap(own, check, { concurrency: 4 });
  });

  test('renders the alerts for its own pods, with links and thresholds of the values', async () => {
    const { rules } = parse(readFileSync(`${CHART}/alerts.yaml`, 'utf8')).groups[0];
    const rendering = find(rendered.everything, 'PrometheusRule').spec.groups[0];
    const THRESHOLDS: Record<string, number> = everything.prometheusRule.thresholds;
    expect(rendering.rules).toEqual(
      rules.map(({ alert, expr, annotations, ...rest }: any) => ({
        ...rest,
        alert,
        expr: expr
          .trim()
          .replaceAll('job=~".*lts-gateway.*"', 'namespace="apps",job="my-lts-gateway-admin"')
          .replace(/> [\d.]+$/, (all: string) => (alert in THRESHOLDS ? `> ${THRESHOLDS[alert]}` : all)),
        annotations: {
          ...annotations,
          runbook_url: `https://wiki.example.com/lts-gateway#${alert.toLowerCase()}`,
        },
      })),
    );
    const exprs: string[] = rendering.rules.map(({ expr }: any) => expr);
    for (const expr of exprs) {
      // Each series is selected by job.
      expect(expr.match(/\b(up|lts_gateway_\w+|nodejs_\w+)\b/g)).toHaveLength(
        expr.match(/\w\{namespace="apps",job="/g)?.length ?? 0,
      );
    }
    expect(exprs.filter((expr) => / > (0\.25|5)$/.test(expr))).toHaveLength(3);
  });

  test('renders what is for the network outside, and objects of your own', () => {
    const manifests = rendered.everything;
    expect(find(manifests, 'Service').spec).toMatchObject({
      externalTrafficPolicy: 'Local',
      loadBalancerSourceRanges: ['203.0.113.0/24'],
    });
    expect(find(manifests, 'HTTPRoute').spec).toEqual({
      parentRefs: everything.httpRoute.parentRefs,
      hostnames: ['lts.example.com'],
      rules: [
        {
          matches: [{ path: { type: 'Exact', value: '/graphql' } }],
          backendRefs: [{ name: 'my-lts-gateway', port: 80 }],
        },
      ],
    });
    expect(find(manifests, 'ConfigMap', 'my-lts-gateway-own')).toBeDefined();
  });

  const TZ = { name: 'TZ', value: 'UTC' };
  test.each<[object, RegExp]>([
    [{ ltsRegion: '' }, /Set ltsRegion \(such as eu-west-101\) or ltsEndpoint/],
    [{ ltsEndpoint: 'https://lts.example.com' }, /either ltsRegion or ltsEndpoint, not both/],
    [{ ltsRegion: '', ltsEndpoint: 'https://user:password@lts.example.com' }, /ltsEndpoint/],
    [{ ltsRegion: 'eu-west-1' }, /ltsRegion.*\n?.*'eu-west-101'/],
    [{ image: {} }, /Set image\.repository to .* such as registry\.example\.com/],
    [{ image: { repository: 'lts-gateway' } }, /Set image\.repository/],
    [{ image: { repository: 'team/lts-gateway' } }, /Set image\.repository/],
    [{ image: { repository: 'registry.example.com/' } }, /Set image\.repository/],
    [
      { extraEnv: [{ name: 'LTS_TIMEOUT_MS', value: '1' }] },
      /extraEnv may not have LTS_TIMEOUT_MS: set the value ltsTimeoutMs instead\./,
    ],
    [{ extraEnv: [TZ, TZ] }, /env and extraEnv have TZ twice/],
    [{ env: { TZ: 'UTC' }, extraEnv: [TZ] }, /env and extraEnv have TZ twice/],
    [{ env: { TRUSTED_PROXIES: [] } }, /env.TRUSTED_PROXIES/],
    [{ env: { 'LOG-LEVEL': 'info' } }, /LOG-LEVEL/],
    [{ extraVolumeMounts: [{ name: 'tmp' }] }, /extraVolumeMounts/],
    [{ ltsTimeoutMs: 99 }, /ltsTimeoutMs/],
    [{ rateLimit: 1 }, /rateLimit/],
    [{ service: { externalTrafficPolicy: 'Local' } }, /Set service\.type to LoadBalancer/],
    [{ httpRoute: { enabled: true, hostnames: ['a.example.com'] } }, /Set httpRoute\.parentRefs/],
    [
      { prometheusRule: { enabled: true, thresholds: { LtsGatewayDown: 1 } } },
      /no such alert with a threshold/,
    ],
    [{ adminPort: 4000 }, /adminPort and port/],
    [{ adminPort: 0, serviceMonitor: { enabled: true } }, /Set adminPort/],
    [{ ingress: { enabled: true } }, /Set ingress\.host/],
    [
      { valkey: { enabled: true }, rateLimitUrlSecret: { name: 'a' } },
      /valkey\.enabled or rateLimitUrlSecret/,
    ],
    [{ trustedDocuments: { json: '{' } }, /error calling mustFromJson/],
    [{ trustedDocuments: { json: '{}', existingConfigMap: 'a' } }, /json or .*existingConfigMap, not both/],
    [{ autoscaling: { minReplicas: 11 } }, /minReplicas is over/],
  ])('rejects the values %j', async (values, message) => {
    await expect(render({ ...minimal, ...values })).rejects.toThrow(message);
  });
});

describe('the files of the Helm chart', () => {
  test('accept the regions that the gateway knows, and no others', () => {
    const schema = JSON.parse(readFileSync(`${CHART}/values.schema.json`, 'utf8'));
    expect(schema.properties.ltsRegion.enum).toEqual(['', ...LTS_ENDPOINTS.keys()]);
  });

  test('have a comment and a schema entry for every value', () => {
    const values = parseDocument(readFileSync(`${CHART}/values.yaml`, 'utf8')).contents as YAMLMap;
    const schema = JSON.parse(readFileSync(`${CHART}/values.schema.json`, 'utf8'));
    const lacking: string[] = [];
    const visit = (map: YAMLMap, { properties }: any, at: string) => {
      map.items.forEach(({ key, value }, index) => {
        if (!isScalar(key)) return;
        const name = `${at}${key.value}`;
        const own = properties[String(key.value)];
        if (!own) lacking.push(`${name} in the schema`);
        // A comment before the first key of a map belongs to the map.
        const comment = key.commentBefore ?? (index === 0 ? map.commentBefore : undefined);
        if (isMap(value) && own?.properties) visit(value, own, `${name}.`);
        else if (!comment) lacking.push(`the comment of ${name}`);
      });
    };
    visit(values, schema, '');
    expect(lacking).toEqual([]);
  });
});
