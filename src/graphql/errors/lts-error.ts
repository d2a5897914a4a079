import { Ctx, Field, ID, Int, InterfaceType, ObjectType, registerEnumType } from 'type-graphql';
import { LtsErrorKind, type LtsFailure, Outcome } from '../../lts/failure.ts';
import type { LtsDataSource } from '../../lts/lts-data-source.ts';
import type { NewLogGroup, NewLogStream } from '../../lts/wire.ts';
import type { GatewayContext } from '../context.ts';
import { LogGroup } from '../log-group/log-group.ts';
import { LogStream } from '../log-stream/log-stream.ts';
import type { RootFieldArguments } from '../root-fields.ts';
import { inputErrorsOf, localizedMessageOf, messageOf } from './localized-message.ts';

registerEnumType(LtsErrorKind, {
  name: 'LtsErrorKind',
  description: 'What kind of failure it is. A small, stable set to branch on; keep a default branch.',
  valuesConfig: {
    INVALID_INPUT: { description: 'A value breaks an LTS rule.' },
    UNAUTHENTICATED: { description: 'No token, or LTS no longer accepts it: sign in again.' },
    FORBIDDEN: { description: 'The token is valid, but not for this project or action.' },
    NOT_FOUND: {
      description:
        'The log group (or log stream) does not exist in this project. Not that LTS itself is missing: that is UNKNOWN.',
    },
    ALREADY_EXISTS: { description: 'The name is taken.' },
    IN_USE: { description: 'Something else still uses it, a log transfer for example.' },
    QUOTA_EXCEEDED: { description: 'The quota of log groups or of log streams in a group is used up.' },
    RATE_LIMITED: { description: 'Too many requests: wait, then retry.' },
    TIMEOUT: {
      description:
        'No answer in time. `outcome` says whether LTS may have carried out the request all the same.',
    },
    UNAVAILABLE: { description: 'LTS, or something in front of it, could not be reached or is down.' },
    INTERNAL: { description: 'LTS had an error of its own.' },
    UNKNOWN: { description: 'Anything else.' },
  },
});

registerEnumType(Outcome, {
  name: 'MutationOutcome',
  description: 'What a failed mutation did at LTS. Keep a default branch, which treats it as `UNKNOWN`.',
  valuesConfig: {
    NOT_APPLIED: { description: 'LTS holds what it held before: nothing was created, changed or deleted.' },
    UNKNOWN: {
      description:
        'LTS may have carried out the mutation, or still do so. An update or a delete can be sent again. A create ' +
        'cannot: look for the name first, or send it again if ALREADY_EXISTS is as good as a success.',
    },
  },
});

@InterfaceType({ description: 'A failure whose `message` may be shown to the person using the app.' })
export abstract class DisplayableError {
  @Field(() => String, { description: 'A sentence about what went wrong.' })
  message!: string;
}

@ObjectType({ description: 'One value at fault.' })
export class InputError {
  @Field(() => [String], {
    description: 'Path from the arguments to the value at fault: `["input", "tags", "1", "key"]`.',
  })
  path!: string[];

  @Field(() => String, {
    description:
      'What is wrong with it, ready to show beside the field, in the language of the `Accept-Language` header.',
  })
  message!: string;
}

/** Does not extend Error: graphql-js throws an Error that a resolver returns. */
@ObjectType({
  implements: DisplayableError,
  description: 'LTS refused the request, failed, or could not be reached.',
})
export class LtsError implements DisplayableError {
  @Field(() => String, {
    description:
      'The error code exactly as LTS or its API gateway sent it (`LTS.0009`, `LTS.00141`, `APIGW.0301`), or one ' +
      "of the gateway's own: `GATEWAY.INVALID_INPUT`, `GATEWAY.UNAUTHENTICATED`, `GATEWAY.TIMEOUT`, " +
      '`GATEWAY.UNREACHABLE`, `GATEWAY.BAD_REPLY`, `GATEWAY.NOT_FOUND`, `GATEWAY.OVERLOADED`.',
  })
  code: string;

  @Field(() => String, {
    description:
      "LTS's own `error_msg` where it sent one, else the gateway's sentence. Never HTML, a stack or a token.",
  })
  message: string;

  @Field(() => String, {
    description:
      'A sentence for the person using the app, in the language of the `Accept-Language` header (English, or Chinese ' +
      'for `zh`): what went wrong, what became of a creation, and what to do. Never a text of LTS.',
  })
  localizedMessage: string;

  @Field(() => LtsErrorKind, { description: 'What kind of failure this is: branch on it.' })
  kind: LtsErrorKind;

  @Field(() => Int, {
    nullable: true,
    description: 'HTTP status that LTS answered with; `null` when no answer came or none was asked for.',
  })
  httpStatus: number | null;

  @Field(() => Boolean, { description: 'Whether the same request, unchanged, can succeed later.' })
  isRetryable: boolean;

  @Field(() => Outcome, {
    description:
      'What became of the mutation: branch on it, not on `message`. A create of which the answer was lost has ' +
      'been looked up before.',
  })
  outcome: Outcome;

  @Field(() => Int, {
    nullable: true,
    description:
      'Seconds to wait before a retry, 0-86400: from the `Retry-After` header of LTS (429, 503), or from the ' +
      'gateway where it refused the call itself; `null` when neither said.',
  })
  retryAfterSeconds: number | null;

  @Field(() => [InputError], {
    description:
      'The values at fault, for marking form fields: those that break a rule, or the one that the code of LTS is ' +
      'about (a name that is taken, a log group that does not exist). Empty when the failure is about none of them.',
  })
  inputErrors: readonly InputError[];

  @Field(() => ID, {
    description:
      "The gateway's ID of this request: it is in the logs and in the `X-Request-Id` response header.",
  })
  requestId: string;

  @Field(() => ID, {
    nullable: true,
    description: "LTS's ID of the failed call, for a Huawei Cloud service ticket; `null` when LTS sent none.",
  })
  ltsRequestId: string | null;

  /** Of a create that created nothing because of the name; `null` for every other failure. */
  readonly #wanted: WantedName | null;

  /** @param args of the mutation that failed */
  constructor(
    failure: LtsFailure,
    { caller, language, requestId }: GatewayContext,
    args: RootFieldArguments,
  ) {
    this.code = caller.withoutToken(failure.code);
    this.message = messageOf(failure, caller);
    this.localizedMessage = localizedMessageOf(failure, language);
    this.kind = failure.kind;
    this.httpStatus = failure.httpStatus;
    this.isRetryable = failure.isRetryable;
    this.inputErrors = inputErrorsOf(failure, language);
    this.outcome = failure.outcome;
    this.retryAfterSeconds = failure.retryAfterSeconds;
    this.requestId = requestId;
    this.ltsRequestId = caller.withoutToken(failure.ltsRequestId);
    this.#wanted = failure.isNameTaken ? (args as unknown as WantedName) : null;
  }

  @Field(() => LogStream, {
    nullable: true,
    description:
      'The log stream of that name, where the name is why `createLogStream` created nothing; it need not be ' +
      'yours. Read only when selected, with one list; `null` if it cannot be read, and for every other failure. ' +
      'So an app that lost its connection can send the create again, and gets the ID.',
  })
  async existingLogStream(@Ctx() { lts }: GatewayContext): Promise<LogStream | null> {
    return (await this.#existingStream(lts))?.item ?? null;
  }

  @Field(() => LogGroup, {
    nullable: true,
    description: 'The log group of that name, where the name is why `createLogGroup` created nothing.',
  })
  async existingLogGroup(@Ctx() { lts }: GatewayContext): Promise<LogGroup | null> {
    return (await this.#existingGroup(lts))?.item ?? null;
  }

  @Field(() => Int, {
    nullable: true,
    description:
      'Seconds for which what has the name had existed, by the clock of LTS, when the gateway looked; read like ' +
      '`existingLogStream`, with the same list. `null` if it cannot be read, or where LTS does not say, and for every ' +
      'other failure. A network may have sent the create twice: it is yours if it has existed for at most the time since ' +
      "you first sent the create, plus 2 seconds (LTS's clock has whole seconds), and `existingMatchesInput` is `true`.",
  })
  async existedForSeconds(@Ctx() { lts }: GatewayContext): Promise<number | null> {
    return (await this.#existing(lts))?.forSeconds ?? null;
  }

  @Field(() => Boolean, {
    nullable: true,
    description:
      'Whether what has the name is as the input asks for: LTS lists no other retention, alias or tags. What LTS does not ' +
      'list does not count, nor does the enterprise project. `null` where the list does not decide it, or cannot be read.',
  })
  async existingMatchesInput(@Ctx() { lts }: GatewayContext): Promise<boolean | null> {
    return (await this.#existing(lts))?.isAsAsked ?? null;
  }

  #existing(lts: LtsDataSource) {
    return this.#existingStream(lts) ?? this.#existingGroup(lts);
  }

  #existingStream(lts: LtsDataSource) {
    const { projectId, groupId, input } = this.#wanted ?? {};
    return projectId && groupId && input ? lts.existingLogStream(projectId, groupId, input) : null;
  }

  #existingGroup(lts: LtsDataSource) {
    const { projectId, groupId, input } = this.#wanted ?? {};
    return projectId && !groupId && input ? lts.existingLogGroup(projectId, input) : null;
  }
}

/** Arguments of a create: of a log stream, or without `groupId` of a log group. */
interface WantedName {
  readonly projectId: string;
  readonly groupId?: string;
  readonly input: NewLogStream & NewLogGroup;
}
