import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValidationRule,
  visit,
} from 'graphql';
import { LIMITS } from '../limits.ts';
import { limitError } from './errors/format-error.ts';

/** Refuses a subscription. The schema has none, which graphql-js notices only on execution, as if it were our bug. */
export const knownRootTypeRule: ValidationRule = (context) => ({
  OperationDefinition(node) {
    if (context.getSchema().getRootType(node.operation)) return;
    context.reportError(new GraphQLError(`The schema has no ${node.operation}s.`, { nodes: node }));
  },
});

/** Refuses a document that is too large, before rules of graphql-js that cost the square of the number of fields. */
export const documentSizeRule: ValidationRule = (context) => ({
  Document(document) {
    const error = sizeErrorOf(document);
    if (error === null) return;
    // The only way to end a validation early is to make graphql-js give up after so many errors.
    for (let count = 0; count <= LIMITS.problems; count += 1) context.reportError(error);
  },
});

/**
 * The first limit that a document exceeds, as an error; `null` when it exceeds none. Its size is counted after
 * expansion, that is with each fragment in all places where it is spread.
 *
 * Takes time in proportion to the document and to `LIMITS.selections`: the expansion ends at that first limit.
 */
function sizeErrorOf(document: DocumentNode): GraphQLError | null {
  try {
    measureTexts(document);
    new Expansion(document).check();
    return null;
  } catch (error) {
    if (error instanceof GraphQLError) return error;
    throw error;
  }
}

/** Names are repeated in messages and logs; values are printed for each pair of fields that graphql-js compares. */
function measureTexts(document: DocumentNode): void {
  let valueCharacters = 0;
  const countValue = ({ value }: { readonly value: string }) => {
    valueCharacters += value.length;
    check('valueCharacters', valueCharacters);
  };
  visit(document, {
    Name: ({ value }) => check('nameCharacters', value.length),
    StringValue: countValue,
    EnumValue: countValue,
    IntValue: countValue,
    FloatValue: countValue,
  });
}

/** A field, and the names of the fragments around it: one of these spread again is a cycle. */
interface FoundField {
  readonly node: FieldNode;
  readonly inside: readonly string[];
}

/** A selection set to expand, and the names of the fragments around it. */
interface Place {
  readonly set: SelectionSetNode;
  readonly inside: readonly string[];
}

/** Counts the operations of a document with their fragments expanded. */
class Expansion {
  readonly #definitions: readonly (OperationDefinitionNode | FragmentDefinitionNode)[];
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly #spread = new Set<string>();
  #selections = 0;
  #repeatedFields = 0;
  #aliases = 0;
  #directives = 0;

  constructor({ definitions }: DocumentNode) {
    const operations = definitions.filter((node) => node.kind === Kind.OPERATION_DEFINITION);
    const fragments = definitions.filter((node) => node.kind === Kind.FRAGMENT_DEFINITION);
    this.#definitions = [...operations, ...fragments];
    this.#fragments = new Map(fragments.map((node) => [node.name.value, node]));
  }

  /** @throws GraphQLError when a count exceeds its limit */
  check(): void {
    for (const definition of this.#definitions) {
      if (!this.#isMeasured(definition)) this.#measureDefinition(definition);
    }
  }

  /**
   * Whether a definition has been measured where it is spread. A fragment that is spread nowhere, or whose name
   * another one has, makes the document invalid, but not before it has been validated.
   */
  #isMeasured(definition: OperationDefinitionNode | FragmentDefinitionNode): boolean {
    if (definition.kind === Kind.OPERATION_DEFINITION) return false;
    const name = definition.name.value;
    return this.#spread.has(name) && this.#fragments.get(name) === definition;
  }

  #measureDefinition({ selectionSet, directives, variableDefinitions }: Definition): void {
    this.#aliases = 0;
    this.#directives = 0;
    this.#countDirectives(directives);
    for (const variable of variableDefinitions ?? []) this.#countDirectives(variable.directives);
    this.#expand([{ set: selectionSet, inside: [] }], 1);
  }

  /** Expands all selection sets for one place in the response, as graphql-js does to merge their fields. */
  #expand(places: readonly Place[], level: number): void {
    const fields = new Map<string, FoundField[]>();
    for (const { set, inside } of places) this.#collect(set, inside, fields);
    if (fields.size === 0) return;
    check('depth', level);
    if (level === 1) check('rootFields', [...fields.values()].flat().length);
    for (const found of fields.values()) {
      this.#repeatedFields += found.length - 1;
      check('repeatedFields', this.#repeatedFields);
      const within = found.flatMap(({ node, inside }) =>
        node.selectionSet ? [{ set: node.selectionSet, inside }] : [],
      );
      // The introspection query of every tool is deeper than any other; graphql-js limits it by a rule of its own.
      const isIntrospection = found[0]?.node.name.value === '__schema';
      this.#expand(within, isIntrospection ? Number.NEGATIVE_INFINITY : level + 1);
    }
  }

  #collect(set: SelectionSetNode, inside: readonly string[], fields: Map<string, FoundField[]>): void {
    for (const selection of set.selections) {
      this.#selections += 1;
      check('selections', this.#selections);
      this.#countDirectives(selection.directives);
      if (selection.kind === Kind.FIELD) {
        if (selection.alias) check('aliases', ++this.#aliases);
        const name = (selection.alias ?? selection.name).value;
        const found = fields.get(name) ?? [];
        found.push({ node: selection, inside });
        fields.set(name, found);
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        this.#collect(selection.selectionSet, inside, fields);
      } else {
        const name = selection.name.value;
        const fragment = this.#fragments.get(name);
        this.#spread.add(name);
        if (fragment && !inside.includes(name)) {
          this.#countDirectives(fragment.directives);
          this.#collect(fragment.selectionSet, [...inside, name], fields);
        }
      }
    }
  }

  #countDirectives(directives: OperationDefinitionNode['directives']): void {
    this.#directives += directives?.length ?? 0;
    check('directives', this.#directives);
  }
}

type Definition = Pick<OperationDefinitionNode, 'selectionSet' | 'directives' | 'variableDefinitions'>;

const WORDS = {
  nameCharacters: 'characters in a name',
  valueCharacters: 'characters of values in the document; send more as variables',
  selections: 'fields and fragments',
  repeatedFields: 'fields that are selected again in the same place',
  depth: 'levels deep',
  aliases: 'aliases',
  rootFields: 'root fields',
  directives: 'directives',
} as const;

/** @throws GraphQLError when the count exceeds the limit */
function check(limit: keyof typeof WORDS, count: number): void {
  if (count > LIMITS[limit]) throw limitError(LIMITS[limit], WORDS[limit]);
}
