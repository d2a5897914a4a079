import type { ErrorReply, LtsErrorCode } from './errors.ts';

export const EDITION_NAMES = ['huawei', 'otc'] as const;
export type EditionName = (typeof EDITION_NAMES)[number];

/** In what the LTS of one cloud differs from that of another. */
export interface Edition {
  /** Properties that the entries of each list lack. */
  readonly unlisted: Readonly<
    Record<'ListLogGroups' | 'ListLogStream' | 'ListLogStreams', readonly string[]>
  >;
  /** Whether a log stream's `ttl_in_days` may be -1: the retention of its log group. */
  readonly acceptsInheritedRetention: boolean;
  /** Whether UpdateLogStream accepts `whether_log_storage`. */
  readonly acceptsLogStorage: boolean;
  /** Whether every tag must have a value. */
  readonly requiresTagValues: boolean;
  /** Properties that the body of ListLogs may not have. */
  readonly unqueried: readonly string[];
  /** Whether the `histogram` of ListLogHistogram is a string with JSON. */
  readonly histogramIsText: boolean;
  /** How often ListLogs may read one log stream. */
  readonly logReadsPerMinute: number;
  /** APIs that are not published, by operationId. */
  readonly unpublished: readonly string[];
  /** Where a reply differs from `LTS_ERRORS`. */
  readonly errors: Readonly<Partial<Record<LtsErrorCode, Partial<ErrorReply>>>>;
  readonly unknownProject: LtsErrorCode;
  /** What a user without permission gets. */
  readonly forbidden: { readonly code: LtsErrorCode } & Partial<ErrorReply>;
  /** Codes of status 500 that differ from those on the operations' pages, by operationId. */
  readonly failed: Readonly<Partial<Record<string, LtsErrorCode>>>;
}

/** Pages of OTC are in github.com/opentelekomcloud-docs/log-tank-service, folder `api-ref/source`. */
export const EDITIONS: Readonly<Record<EditionName, Edition>> = {
  /** Huawei Cloud. */
  huawei: {
    unlisted: {
      ListLogGroups: [],
      ListLogStream: ['log_group_id'],
      ListLogStreams: [],
    },
    // Values of -1 to 365: github.com/huaweicloud/terraform-provider-huaweicloud, docs/resources/lts_stream.md
    acceptsInheritedRetention: true,
    // github.com/huaweicloud/huaweicloud-sdk-nodejs-v3, services/lts/v2/model/UpdateLogStreamParams.ts
    acceptsLogStorage: true,
    requiresTagValues: false,
    unqueried: [],
    // support.huaweicloud.com/api-lts/ListLogHistogram.html and
    // github.com/huaweicloud/huaweicloud-sdk-nodejs-v3, services/lts/v2/model/ListLogHistogramResponse.ts
    histogramIsText: true,
    // support.huaweicloud.com/eu/productdesc-lts/lts-0718.html, where the limit is not a strict one
    logReadsPerMinute: 100,
    unpublished: [],
    errors: {},
    unknownProject: 'LTS.0001',
    forbidden: { code: 'LTS.0001' },
    failed: {},
  },
  /**
   * Open Telekom Cloud. Its pages of operations print the errors of Huawei Cloud's pages. Its own list of error codes
   * (`appendix/error_codes.rst`) disagrees with them: here that list counts, so that clients meet both.
   */
  otc: {
    unlisted: {
      // apis/log_group_management/querying_all_log_groups_of_an_account.rst, table 4. CreateLogGroup takes an alias.
      ListLogGroups: ['log_group_name_alias'],
      // apis/log_stream_management/querying_all_log_streams_in_a_specified_log_group.rst, table 4. CreateLogStream
      // takes an alias and a retention.
      ListLogStream: ['log_group_id', 'log_stream_name_alias', 'ttl_in_days', 'whether_log_storage'],
      // apis/log_stream_management/querying_log_streams.rst, table 5
      ListLogStreams: [
        'log_group_id',
        'log_stream_name_alias',
        'ttl_in_days',
        'whether_log_storage',
        'is_favorite',
      ],
    },
    // apis/log_stream_management/creating_a_log_stream.rst and modifying_a_log_stream.rst, table 3: 1 to 365
    acceptsInheritedRetention: false,
    // modifying_a_log_stream.rst, table 3
    acceptsLogStorage: false,
    // creating_a_log_stream.rst, modifying_a_log_stream.rst, creating_a_log_group.rst, modifying_a_log_group.rst, table 4
    requiresTagValues: true,
    // apis/log_management/querying_logs.rst, table 3
    unqueried: ['scroll_id', 'query', 'is_analysis_query'],
    // apis/log_management/querying_the_log_histogram.rst, example response
    histogramIsText: false,
    // umn/source/service_overview/constraints.rst, log reads in a log stream
    logReadsPerMinute: 10,
    // apis/log_management has no page of it
    unpublished: ['ListLogContext'],
    // appendix/error_codes.rst
    errors: {
      'LTS.0009': { error_msg: 'Failed to validate the request body.' },
      'LTS.0010': { status: 400 },
      'LTS.0208': { error_msg: 'Log stream is associated by transfer' },
    },
    unknownProject: 'LTS.0011',
    // The message is that of a real reply: github.com/opentelekomcloud/terraform-provider-opentelekomcloud, issue 3285.
    forbidden: { code: 'LTS.0003', status: 403, error_msg: 'Invalid role' },
    failed: { UpdateLogGroup: 'LTS.0107' },
  },
};

/**
 * @param name value of `LTS_EDITION`; empty counts as unset
 * @throws Error when there is no such edition
 */
export function readEdition(name: string | undefined): EditionName {
  if (!name) return 'huawei';
  const edition = EDITION_NAMES.find((one) => one === name);
  if (edition === undefined) {
    throw new Error(`LTS_EDITION: "${name}" is not known. Known: ${EDITION_NAMES.join(', ')}`);
  }
  return edition;
}
