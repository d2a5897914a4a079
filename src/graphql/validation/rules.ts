import { ArrayMaxSize, ArrayUnique, Matches, Max, Min, ValidateBy, ValidateNested } from 'class-validator';
import { PLAIN_SEGMENT } from '../../lts/lts-path.ts';

/** A length in characters as people count them (code points), not in UTF-16 units. */
export function HasLength(min: number, max: number): PropertyDecorator {
  return ValidateBy({
    name: 'hasLength',
    validator: {
      validate: (value: unknown) => {
        if (typeof value !== 'string') return false;
        const length = [...value].length;
        return length >= min && length <= max;
      },
      defaultMessage: () => `Must be ${min === 0 ? 'at most' : `${min} to`} ${max} characters long.`,
    },
  });
}

/** The name of a log group or log stream, as LTS's pages since 2025 define it. */
export function IsLtsName(): PropertyDecorator {
  return all(
    HasLength(1, 64),
    Matches(/^[A-Za-z0-9\p{Script=Han}._-]*$/u, {
      message: 'Use only letters, Chinese characters, digits, hyphens, underscores and periods.',
    }),
    Matches(/^(?![._])/, { message: 'Must not start with a period or an underscore.' }),
    Matches(/(?<!\.)$/, { message: 'Must not end with a period.' }),
  );
}

/** An ID that is one plain segment of a path. Every ID needs this rule; what else it must be, LTS decides. */
export function IsPlainId(): PropertyDecorator {
  return Matches(PLAIN_SEGMENT, {
    message: 'Must be 1 to 64 letters, digits, hyphens or underscores.',
  });
}

export function IsRetention(): PropertyDecorator {
  const options = { message: 'Must be 1 to 365 days.' };
  return all(Min(1, options), Max(365, options));
}

/** At most 20, keys unique, each valid; may be empty. */
export function AreTags(): PropertyDecorator {
  return all(
    ArrayMaxSize(20, { message: 'At most 20 tags.' }),
    ArrayUnique((tag: { key: string }) => tag.key, { message: 'Tag keys must be unique.' }),
    ValidateNested({ each: true }),
  );
}

/** For the input of an update, in which a field that is omitted or `null` stays as it is: at least one is given. */
export function ChangesSomething(): PropertyDecorator {
  return ValidateBy({
    name: 'changesSomething',
    validator: {
      validate: (input: object) =>
        Object.values(input).some((value) => value !== null && value !== undefined),
      defaultMessage: () => 'Nothing to change: give at least one field.',
    },
  });
}

function all(...decorators: PropertyDecorator[]): PropertyDecorator {
  return (target, property) => {
    for (const decorate of decorators) decorate(target, property);
  };
}
