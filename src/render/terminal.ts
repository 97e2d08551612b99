/** What the stream at the other end can show. */

export interface Screen {
  readonly colour: boolean;
  /** Columns; infinite when the text goes to a file or a pipe, where nothing is wrapped. */
  readonly width: number;
  readonly unicode: boolean;
}

interface Stream {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * NO_COLOR (any non-empty value, https://no-color.org) wins over FORCE_COLOR, which wins over the terminal's own
 * abilities; a dumb terminal has neither colour nor line drawing.
 */
export function screenOf(stream: Stream, env: Environment): Screen {
  const terminal = stream.isTTY === true;
  const dumb = env.TERM === 'dumb';
  const forced = env.FORCE_COLOR !== undefined && !['0', 'false'].includes(env.FORCE_COLOR);
  const refused = (env.NO_COLOR ?? '') !== '' || ['0', 'false'].includes(env.FORCE_COLOR ?? '');
  return {
    colour: !refused && (forced || (terminal && !dumb)),
    width: terminal ? Math.max(stream.columns ?? 80, 20) : Number.POSITIVE_INFINITY,
    unicode: !dumb && unicodeLocale(env),
  };
}

/** Everything but an explicit non-UTF-8 locale: cron and containers set none, and their readers cope. */
function unicodeLocale(env: Environment): boolean {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || '';
  return locale === '' || locale === 'C' || locale === 'POSIX' || /utf-?8/i.test(locale);
}
