import type { LogHistogramQuery } from '../../../clients/typescript/operations.ts';
import { formatBucketTime, formatCount } from './format.ts';
import { useTexts } from './use-texts.ts';

type Histogram = NonNullable<NonNullable<LogHistogramQuery['logStream']>['logHistogram']>;
type Bucket = Histogram['buckets'][number];

const HEIGHT = 100;
/** A single log beside thousands is seen as well. */
const LEAST = 3;

/** How many logs there were when: as a sentence for everybody, and as bars. */
export function LogHistogram({ histogram }: { histogram: Histogram | undefined }) {
  const texts = useTexts();
  const { count = 0, buckets = [], isComplete = true } = histogram ?? {};
  const [first, last] = [buckets[0], buckets.at(-1)];
  const most = buckets.reduce<Bucket | undefined>(
    (largest, bucket) => (bucket.count > (largest?.count ?? 0) ? bucket : largest),
    undefined,
  );
  const inWords = (number: number) => formatCount(number, texts.tag);
  const time = (text: string) => formatBucketTime(text, texts.tag);
  return (
    <figure className="histogram">
      <figcaption>
        {histogram && texts.total(count, inWords(count))}{' '}
        {most && texts.most(inWords(most.count), time(most.from), time(most.to))}
        {!isComplete && ` ${texts.incompleteCount}`}
      </figcaption>
      <svg viewBox={`0 0 ${buckets.length || 1} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
        {buckets.map((bucket, index) => {
          const height = bucket.count && Math.max(LEAST, (bucket.count / (most?.count ?? 1)) * HEIGHT);
          return <rect key={bucket.from} x={index + 0.1} y={HEIGHT - height} width={0.8} height={height} />;
        })}
      </svg>
      <p className="hint" aria-hidden="true">
        <span>{first && time(first.from)}</span>
        <span>{last && time(last.to)}</span>
      </p>
    </figure>
  );
}
