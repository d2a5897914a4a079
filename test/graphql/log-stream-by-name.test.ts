import { beforeEach, describe, expect, test } from '@jest/globals';
import { DEMO } from '../../src/embedded-lts/store.ts';
import { LOG_STREAM_BY_NAME } from '../support/operations.ts';
import { answerWith, listedGroup, listing, replyWith } from '../support/scripted-server.ts';
import { useGateway, useGatewayOnEmbeddedLts } from '../support/use-gateways.ts';

const { projectId, groupId, otherGroupId } = DEMO;

const { gateway: onScripted, scripted } = useGateway();
const { gateway, lts } = useGatewayOnEmbeddedLts();

beforeEach(() => {
  scripted.answer = replyWith(200, listing());
});

/** @returns the ID of the log stream that is found */
async function find(groupName: string, name: string, through = gateway): Promise<string | null> {
  const { data, errors } = await through.send(LOG_STREAM_BY_NAME, { projectId, groupName, name });
  expect(errors).toBeUndefined();
  return data.logStreamByName?.id ?? null;
}

const callsToLts = () => Object.fromEntries(lts.calls);

const addStream = (toGroup: string, name: string) =>
  lts.store.addStream(lts.store.groupOf(toGroup), { log_stream_name: name }).log_stream_id;

test('logStreamByName returns the log stream of that name in the log group of that name, in 2 calls', async () => {
  addStream(otherGroupId, 'access');
  const variables = { projectId, groupName: 'web-shop', name: 'access' };
  expect(await gateway.resultOf(LOG_STREAM_BY_NAME, variables)).toMatchObject({
    id: DEMO.streamId,
    name: 'access',
    ttlInDays: 90,
  });
  expect(callsToLts()).toEqual({ ListLogStreams: 1, ListLogGroups: 1 });
});

test('logStreamByName finds it in the list of its log group, in a third call, where LTS does not list the IDs of groups', async () => {
  lts.store.edition = 'otc'; // whose list does not name the groups
  const inOther = addStream(otherGroupId, 'access');
  expect(await find('mobile-app', 'access')).toBe(inOther);
  expect(callsToLts()).toEqual({ ListLogStreams: 1, ListLogGroups: 1, ListLogStream: 1 });
});

test('logStreamByName returns null in one call when no log stream has the name', async () => {
  expect(await find('web-shop', 'acces')).toBeNull();
  expect(await find('web-shop', 'ACCESS')).toBeNull();
  expect(await find('no-such-group', 'access')).toBeNull();
  expect(callsToLts()).toEqual({ ListLogStreams: 3 });
});

test('logStreamByName finds an older log stream whose name begins with an underscore', async () => {
  expect(await find('web-shop', '_old.')).toBeNull();
  const id = addStream(groupId, '_old.');
  expect(await find('web-shop', '_old.')).toBe(id);
});

const group = (id: string, name: string) => listedGroup({ log_group_id: id, log_group_name: name });
const stream = (id: string, name: string, ofGroup: string | null) => ({
  log_stream_id: id,
  log_stream_name: name,
  ...(ofGroup !== null && { log_group_id: ofGroup }),
});

/** Log streams by their log groups: `a` in `shop` is what the tests look for. */
const STREAMS = [
  stream('1', 'a', 'g-shop-2'),
  stream('2', 'ab', 'g-shop'),
  stream('3', 'a', 'g-shop'),
  stream('4', 'A', 'g-shop'),
  stream('5', 'only-in-2', 'g-shop-2'),
];
const GROUPS = [group('g-shop-2', 'shop-2'), group('g-shop', 'shop'), group('g-SHOP', 'SHOP')];

interface Edition {
  /** Whether a name matches a filter. */
  matches(name: string, filter: string): boolean;
  listsGroupIds: boolean;
}

/** Answers as an edition of LTS might, with the filters that it was sent. */
function answerAs({ matches, listsGroupIds }: Edition): void {
  scripted.answer = answerWith(({ url }) => {
    const { pathname, searchParams } = new URL(url ?? '', 'http://lts');
    const groupName = searchParams.get('log_group_name') ?? '';
    const name = searchParams.get('log_stream_name') ?? '';
    const ofGroup = /\/groups\/(.*)\/streams$/.exec(pathname)?.[1];
    const nameOfGroup = (id: string | undefined) =>
      GROUPS.find(({ log_group_id }) => log_group_id === id)?.log_group_name ?? '';
    const streams = STREAMS.filter(({ log_stream_name, log_group_id }) =>
      ofGroup === undefined
        ? matches(log_stream_name, name) && matches(nameOfGroup(log_group_id), groupName)
        : log_group_id === ofGroup,
    );
    const listed = streams.map(({ log_group_id = null, ...rest }) =>
      listsGroupIds && ofGroup === undefined ? { ...rest, log_group_id } : rest,
    );
    return replyWith(200, listing(GROUPS, listed));
  });
}

const findScripted = (groupName: string, name: string) => find(groupName, name, onScripted);

describe.each<[string, Edition['matches']]>([
  ['matches a part of the name', (name, filter) => name.includes(filter)],
  ['does not distinguish cases', (name, filter) => name.toLowerCase() === filter.toLowerCase()],
  ['ignores the filters', () => true],
])('where LTS %s,', (_what, matches) => {
  test.each([true, false])(
    'logStreamByName returns the exact match; LTS lists IDs of groups: %s',
    async (listsGroupIds) => {
      answerAs({ matches, listsGroupIds });
      expect(await findScripted('shop', 'a')).toBe('3');
      expect(await findScripted('shop-2', 'a')).toBe('1');
      expect(await findScripted('shop', 'A')).toBe('4');
      expect(await findScripted('SHOP', 'a')).toBeNull();
      expect(await findScripted('sho', 'a')).toBeNull();
      expect(await findScripted('shop', 'only-in-2')).toBeNull();
      scripted.received.length = 0;
      expect(await findScripted('shop', 'b')).toBeNull();
      expect(scripted.received).toHaveLength(1);
    },
  );
});

test.each([
  ['a&b', '#c', 'log_group_name=a%26b&log_stream_name=%23c'],
  ['日志', '流', 'log_group_name=%E6%97%A5%E5%BF%97&log_stream_name=%E6%B5%81'],
  ['a b+c', '%2F/?=', 'log_group_name=a%20b%2Bc&log_stream_name=%252F%2F%3F%3D'],
  ["'", 'a\r\nX-Other: 1', 'log_group_name=%27&log_stream_name=a%0D%0AX-Other%3A%201'],
])('logStreamByName encodes the names %j and %j', async (groupName, name, query) => {
  const inGroup = stream('s', name, 'g');
  scripted.answer = replyWith(200, { log_groups: [group('g', groupName)], log_streams: [inGroup] });
  expect(await findScripted(groupName, name)).toBe('s');
  expect(scripted.received.map(({ path }) => path)).toEqual([
    `/v2/${projectId}/log-streams?${query}`,
    `/v2/${projectId}/groups`,
  ]);
});

test('logStreamByName returns null for a name with half of a surrogate pair', async () => {
  scripted.answer = replyWith(200, { log_groups: [], log_streams: [stream('s', '\ufffd', 'g')] });
  expect(await findScripted('g', '\ud800')).toBeNull();
  expect(scripted.received).toHaveLength(1);
});

test.each(['/log-streams', '/groups/g/streams'])(
  'logStreamByName returns null when %s says that the log group does not exist',
  async (path) => {
    const lists = replyWith(200, listing([group('g', 'shop')], [stream('s', 'a', null)]));
    const missing = replyWith(400, { error_code: 'LTS.0201' });
    scripted.answer = answerWith(({ url }) =>
      url?.split('?')[0] === `/v2/${projectId}${path}` ? missing : lists,
    );
    expect(await findScripted('shop', 'a')).toBeNull();
  },
);

test.each([
  [404, { error_code: 'APIGW.0101' }, 'UNKNOWN'],
  [404, {}, 'NOT_FOUND'],
  [400, { error_code: 'LTS.0205' }, 'ALREADY_EXISTS'],
  [403, { error_code: 'LTS.0003' }, 'FORBIDDEN'],
])(
  'logStreamByName fails, and does not call a name free, when LTS answers %d with %j',
  async (status, body, code) => {
    scripted.answer = replyWith(status, body);
    const variables = { projectId: 'p', groupName: 'g', name: 'n' };
    const { data, errors } = await onScripted.send(LOG_STREAM_BY_NAME, variables);
    expect(data).toEqual({ logStreamByName: null });
    expect(errors).toMatchObject([{ extensions: { code } }]);
  },
);

test('logStreamByName refuses names that are empty or longer than 64 characters without a call', async () => {
  const refused = async (groupName: string, name: string) => {
    const { errors } = await gateway.send(LOG_STREAM_BY_NAME, { projectId, groupName, name });
    return errors[0].extensions.inputErrors;
  };
  const both = [
    { path: ['groupName'], message: expect.any(String) },
    { path: ['name'], message: expect.any(String) },
  ];
  expect(await refused('', '')).toEqual(both);
  expect(await refused('x'.repeat(65), '流'.repeat(65))).toEqual(both);
  expect(callsToLts()).toEqual({});
  expect(await find('x'.repeat(64), '流'.repeat(64))).toBeNull();
});
