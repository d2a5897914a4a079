/** The person's own locale, if the page is in that language. It has their order of day and month, and their clock. */
function localeOf(language: string): string {
  const [base = language] = language.split('-');
  return navigator.languages.find((locale) => locale.split('-')[0] === base) ?? language;
}

/** When something was created, in the person's time zone. @param language of the page */
export const formatTime = (time: string, language: string): string =>
  new Date(time).toLocaleString(localeOf(language), { dateStyle: 'medium', timeStyle: 'short' });

/** When a log was written. */
export const formatLogTime = (time: string, language: string): string =>
  format(time, language, { year: 'numeric', fractionalSecondDigits: 3 });

/** Where a bar of the histogram begins or ends. */
export const formatBucketTime = (time: string, language: string): string => format(time, language, {});

function format(time: string, language: string, more: Intl.DateTimeFormatOptions): string {
  return new Date(time).toLocaleString(localeOf(language), {
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    ...more,
  });
}

export const formatCount = (count: number, language: string): string =>
  count.toLocaleString(localeOf(language));
