import {
  ArrayMaxSize,
  ArrayUnique,
  Matches,
  Max,
  Min,
  ValidateBy,
  ValidateNested,
  type ValidationArguments,
} from 'class-validator';
import { PLAIN_SEGMENT } from '../../lts/lts-path.ts';
import type { Sentence, SentenceKey } from '../../messages/messages.ts';

/**
 * A sentence as the message of a rule: JSON, which `readMessage` reads. A rule's `context` would not do: class-validator
 * has one for each kind of rule, and a name has several of the kind `Matches`.
 */
export function message(key: SentenceKey, values?: Sentence['values']): { message: string } {
  return { message: JSON.stringify({ key, values }) };
}

export function readMessage(message: string): Sentence {
  return JSON.parse(message);
}

/** A length in characters as people count them (code points), not in UTF-16 units. */
export function HasLength(min: number, max: number): PropertyDecorator {
  return ValidateBy(
    {
      name: 'hasLength',
      validator: {
        validate: (value: unknown) => {
          if (typeof value !== 'string') return false;
          const length = [...value].length;
          return length >= min && length <= max;
        },
      },
    },
    min === 0 ? message('rule.maxLength', { max }) : message('rule.length', { min, max }),
  );
}

/** The name of a log group or log stream, as LTS's pages since 2025 define it. */
export function IsLtsName(): PropertyDecorator {
  return all(
    HasLength(1, 64),
    Matches(/^[A-Za-z0-9\p{Script=Han}._-]*$/u, message('rule.nameCharacters')),
    Matches(/^(?![._])/, message('rule.nameStart')),
    Matches(/(?<!\.)$/, message('rule.nameEnd')),
  );
}

/**
 * The name of an enterprise project, as the page of CreateLogStream says: OTC's (creating_a_log_stream.rst), and Huawei's
 * Chinese one of 2024, which allows Chinese characters as well. `default` must not be in it "in any form".
 */
export function IsEnterpriseProjectName(): PropertyDecorator {
  return all(
    HasLength(1, 255),
    Matches(/^[A-Za-z0-9\p{Script=Han}_-]*$/u, message('rule.enterpriseProjectCharacters')),
    Matches(/^(?!.*default)/is, message('rule.enterpriseProjectDefault')),
  );
}

/** An ID that is one plain segment of a path. Every ID needs this rule; what else it must be, LTS decides. */
export function IsPlainId(): PropertyDecorator {
  return Matches(PLAIN_SEGMENT, message('rule.plainId'));
}

export function IsRetention(): PropertyDecorator {
  const options = message('rule.retention');
  return all(Min(1, options), Max(365, options));
}

/** At most 20, keys unique, each valid; may be empty. */
export function AreTags(): PropertyDecorator {
  return all(
    ArrayMaxSize(20, message('rule.tagCount')),
    ArrayUnique((tag: { key: string }) => tag.key, message('rule.tagKeysUnique')),
    ValidateNested({ each: true }),
  );
}

/** For a switch that sets the retention to something else than a number of days: not both. */
export function ExcludesRetention(): PropertyDecorator {
  return ValidateBy(
    {
      name: 'excludesRetention',
      validator: {
        validate: (value: unknown, args?: ValidationArguments) => {
          const { ttlInDays = null } = (args?.object ?? {}) as { ttlInDays?: number | null };
          return value !== true || ttlInDays === null;
        },
      },
    },
    message('rule.excludesRetention'),
  );
}

/**
 * For the input of an update, in which a field that is omitted or `null`, or a switch that is `false`, changes nothing:
 * at least one is given.
 */
export function ChangesSomething(): PropertyDecorator {
  return ValidateBy(
    {
      name: 'changesSomething',
      validator: {
        validate: (input: object) =>
          Object.values(input).some((value) => value !== null && value !== undefined && value !== false),
      },
    },
    message('rule.changesSomething'),
  );
}

function all(...decorators: PropertyDecorator[]): PropertyDecorator {
  return (target, property) => {
    for (const decorate of decorators) decorate(target, property);
  };
}
