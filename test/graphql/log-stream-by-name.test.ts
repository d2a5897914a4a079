import { describe, expect, test } from '@jest/globals';
import { DEMO } from '../../src/embedded-lts/store.ts';
import { LOG_STREAM_BY_NAME } from '../support/operations.ts';
import { answerWith, listedGroup, listedStream, listing, replyWith } from '../support/scripted-server.ts';
import { useGateway, useGatewayOnEmbeddedLts } from '../support/use-gateways.ts';

const { projectId, otherGroupId } = DEMO;

const { gateway: onScripted, scripted } = useGateway();
const { gateway, lts } = useGatewayOnEmbeddedLts();

/** @returns the ID of the log stream that is found; errors fail the test */
async function find(groupName: string, name: string, through = gateway): Promise<string | null> {
  const found = await through.resultOf(LOG_STREAM_BY_NAME, { projectId, groupName, name });
  return found?.id ?? null;
}

const callsToLts = () => Object.fromEntries(lts.calls);

/** A second one, in the other log group. */
const addAccess = () =>
  lts.store.addStream(lts.store.groupOf(otherGroupId), { log_stream_name: 'access' }).log_stream_id;

test('logStreamByName returns the log stream of that name in the log group of that name, in 2 calls', async () => {
  addAccess();
  const variables = { projectId, groupName: 'web-shop', name: 'access' };
  const found = await gateway.resultOf(LOG_STREAM_BY_NAME, variables);
  expect(found).toMatchObject({ id: DEMO.streamId, name: 'access', ttlInDays: 90 });
  expect(callsToLts()).toEqual({ ListLogStreams: 1, ListLogGroups: 1 });
});

test('logStreamByName finds it in the list of its log group, in a third call, where LTS does not list the IDs of groups', async () => {
  lts.store.edition = 'otc'; // whose list does not name the groups
  const id = addAccess();
  expect(await find('mobile-app', 'access')).toBe(id);
  expect(callsToLts()).toEqual({ ListLogStreams: 1, ListLogGroups: 1, ListLogStream: 1 });
});

test('logStreamByName returns null in one call when no log stream has the name', async () => {
  expect(await find('web-shop', 'acces')).toBeNull();
  expect(await find('web-shop', 'ACCESS')).toBeNull();
  expect(await find('no-such-group', 'access')).toBeNull();
  expect(callsToLts()).toEqual({ ListLogStreams: 3 });
});

const group = (id: string, name: string) => listedGroup({ log_group_id: id, log_group_name: name });
const stream = (id: string, name: string, ofGroup?: string) =>
  listedStream({ log_stream_id: id, log_stream_name: name, log_group_id: ofGroup });

const GROUPS = ['shop-2', 'shop', 'SHOP'];
/** Log groups and log streams: `a` in `shop` is what the tests look for. */
const STREAMS = [
  ['shop-2', 'a'],
  ['shop', 'ab'],
  ['shop', 'a'],
  ['shop', 'A'],
  ['shop-2', 'only-in-2'],
] as const;

/**
 * Answers as an edition of LTS might, with the filters that it was sent.
 *
 * @param matches whether a name matches a filter
 */
function answerAs(matches: (name: string, filter: string) => boolean, listsGroupIds: boolean): void {
  scripted.answer = answerWith(({ url }) => {
    const { pathname, searchParams } = new URL(url ?? '', 'http://lts');
    const filter = (name: string) => searchParams.get(name) ?? '';
    const [, ofGroup] = /\/groups\/g-(.*)\/streams$/.exec(pathname) ?? [];
    const found = STREAMS.filter(([groupName, name]) =>
      ofGroup === undefined
        ? matches(name, filter('log_stream_name')) && matches(groupName, filter('log_group_name'))
        : groupName === ofGroup,
    );
    const listed = found.map(([groupName, name]) => {
      const groupId = listsGroupIds && ofGroup === undefined ? `g-${groupName}` : undefined;
      return stream(`${name} in ${groupName}`, name, groupId);
    });
    return replyWith(
      200,
      listing(
        GROUPS.map((name) => group(`g-${name}`, name)),
        listed,
      ),
    );
  });
}

const findScripted = (groupName: string, name: string) => find(groupName, name, onScripted);

describe.each<[string, Parameters<typeof answerAs>[0]]>([
  ['matches a part of the name', (name, filter) => name.includes(filter)],
  ['does not distinguish cases', (name, filter) => name.toLowerCase() === filter.toLowerCase()],
  ['ignores the filters', () => true],
])('where LTS %s,', (_what, matches) => {
  test.each([true, false])(
    'logStreamByName returns the exact match; LTS lists IDs of groups: %s',
    async (listsGroupIds) => {
      answerAs(matches, listsGroupIds);
      expect(await findScripted('shop', 'a')).toBe('a in shop');
      expect(await findScripted('shop-2', 'a')).toBe('a in shop-2');
      expect(await findScripted('shop', 'A')).toBe('A in shop');
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
  ['_older.', '_#.', 'log_group_name=_older.&log_stream_name=_%23.'],
  ['a&b', '日志', 'log_group_name=a%26b&log_stream_name=%E6%97%A5%E5%BF%97'],
  ['a b+c', '%2F/?=', 'log_group_name=a%20b%2Bc&log_stream_name=%252F%2F%3F%3D'],
  ["'", 'a\r\nX-Other: 1', 'log_group_name=%27&log_stream_name=a%0D%0AX-Other%3A%201'],
])(
  'logStreamByName finds names that could not be given today, and encodes them: %j and %j',
  async (groupName, name, query) => {
    scripted.answer = replyWith(200, listing([group('g', groupName)], [stream('s', name, 'g')]));
    expect(await findScripted(groupName, name)).toBe('s');
    expect(scripted.received.map(({ path }) => path)).toEqual([
      `/v2/${projectId}/log-streams?${query}`,
      `/v2/${projectId}/groups`,
    ]);
  },
);

test('logStreamByName returns null for a name with half of a surrogate pair', async () => {
  scripted.answer = replyWith(200, listing([], [stream('s', '\ufffd', 'g')]));
  expect(await findScripted('g', '\ud800')).toBeNull();
  expect(scripted.received).toHaveLength(1);
});

test.each(['/log-streams', '/groups/g/streams'])(
  'logStreamByName returns null when %s says that the log group does not exist',
  async (path) => {
    const lists = replyWith(200, listing([group('g', 'shop')], [stream('s', 'a')]));
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
  const wrongOf = async (groupName: string, name: string) => {
    const { errors } = await gateway.send(LOG_STREAM_BY_NAME, { projectId, groupName, name });
    return errors[0].extensions.inputErrors.map(({ path }: { path: string[] }) => path.join('.'));
  };
  expect(await wrongOf('', '')).toEqual(['groupName', 'name']);
  expect(await wrongOf('x'.repeat(65), '流'.repeat(65))).toEqual(['groupName', 'name']);
  expect(callsToLts()).toEqual({});
  expect(await find('x'.repeat(64), '流'.repeat(64))).toBeNull();
});
