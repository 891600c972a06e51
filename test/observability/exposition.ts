/** One sample of Prometheus' text format. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const LABEL = '[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\["\\\\n])*"';
const VALUE = '(?:[+-]?(?:\\d+(?:\\.\\d+)?(?:[eE][+-]?\\d+)?|Inf)|NaN)';
/** How the samples of a family are called beyond its name; of other types, by the name alone. */
const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  histogram: ['_bucket', '_sum', '_count'],
  summary: ['', '_sum', '_count'],
};
const SAMPLE = new RegExp(`^(${NAME})(?:\\{(${LABEL}(?:,${LABEL})*)\\})? (${VALUE})$`);
const HELP = new RegExp(`^# HELP (${NAME}) \\S.*$`);
const TYPE = new RegExp(`^# TYPE (${NAME}) (counter|gauge|histogram|summary)$`);

/**
 * Reads the text format and refuses whatever breaks its rules: each metric's HELP, TYPE and samples stand together and
 * once, names and values are well formed, counters end in `_total`, and a histogram's buckets grow up to `+Inf`, which
 * is its count.
 */
export function readExposition(text: string): Sample[] {
  if (!text.endsWith('\n')) throw new Error('The last line must end as well');
  const samples: Sample[] = [];
  const seen = new Set<string>();
  let family = { name: '', type: '' };
  let helped = '';
  for (const line of text.split('\n').filter((one) => one !== '')) {
    const [, help] = HELP.exec(line) ?? [];
    const [, typed, type = ''] = TYPE.exec(line) ?? [];
    if (help !== undefined) {
      helped = help;
    } else if (typed !== undefined) {
      if (typed !== helped || seen.has(typed)) throw new Error(`${typed} is told about twice, or not explained`);
      if (type === 'counter' && !typed.endsWith('_total'))
        throw new Error(`The counter ${typed} does not end in _total`);
      seen.add(typed);
      family = { name: typed, type };
    } else {
      samples.push(readSample(line, family));
    }
  }
  const identities = samples.map(({ name, labels }) => `${name}${JSON.stringify(Object.entries(labels).toSorted())}`);
  if (new Set(identities).size !== identities.length) throw new Error('A series is told twice');
  checkHistograms(samples);
  return samples;
}

/** The one sample of that name and those labels; `undefined` when there is none. */
export function valueOf(
  samples: readonly Sample[],
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  return samples.find(
    (sample) =>
      sample.name === name && Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
  )?.value;
}

/** A metric's samples by the value of one label. */
export function byLabel(samples: readonly Sample[], name: string, label: string): Record<string, number> {
  const entries = samples
    .filter((sample) => sample.name === name)
    .map(({ labels, value }): [string, number] => [labels[label] ?? '', value]);
  return Object.fromEntries(entries);
}

function readSample(line: string, family: { readonly name: string; readonly type: string }): Sample {
  const [, name, inside = '', value] = SAMPLE.exec(line) ?? [];
  if (name === undefined || value === undefined) throw new Error(`This is no sample: ${line}`);
  const suffixes = SUFFIXES[family.type] ?? [''];
  if (!suffixes.some((suffix) => name === family.name + suffix)) throw new Error(`${name} stands under ${family.name}`);
  const labels = Object.fromEntries(
    [...inside.matchAll(/([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g)].map(([, label = '', text = '']) => [label, text]),
  );
  return { name, labels, value: value === '+Inf' ? Infinity : Number(value) };
}

function checkHistograms(samples: readonly Sample[]): void {
  const series = new Map<string, { readonly bound: number; readonly value: number }[]>();
  for (const { name, labels, value } of samples) {
    const { le, ...others } = labels;
    if (le === undefined) continue;
    const key = JSON.stringify([name.replace(/_bucket$/, '_count'), others]);
    series.set(key, [...(series.get(key) ?? []), { bound: le === '+Inf' ? Infinity : Number(le), value }]);
  }
  for (const [key, buckets] of series) {
    const [count, labels] = JSON.parse(key) as [string, Record<string, string>]; // as it was written above
    const isGrowing = buckets.every(
      ({ bound, value }, index) =>
        index === 0 || (bound > (buckets[index - 1]?.bound ?? 0) && value >= (buckets[index - 1]?.value ?? 0)),
    );
    if (!isGrowing || buckets.at(-1)?.bound !== Infinity || buckets.at(-1)?.value !== valueOf(samples, count, labels))
      throw new Error(`The buckets of ${key} do not add up`);
  }
}
