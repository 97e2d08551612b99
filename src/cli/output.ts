/** Writing to stdout and stderr: completely, and without a crash when the reader has gone. */

/**
 * Writes all of `text` and waits until the stream has taken it.
 * @returns false when the other end is closed (`| head`): the reader had enough, which is no failure of the command
 */
export function write(stream: NodeJS.WriteStream, text: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    if (stream.destroyed || stream.writableEnded) return resolve(false);
    stream.write(text, (error) => {
      if (error === null || error === undefined) return resolve(true);
      if (isClosed(error)) return resolve(false);
      return reject(error);
    });
  });
}

/** A stream without a listener turns a closed reader into an uncaught exception. */
export function tolerateClosedReader(stream: NodeJS.WriteStream): void {
  stream.on('error', (error) => {
    if (!isClosed(error)) throw error;
  });
}

const isClosed = (error: Error): boolean =>
  ['EPIPE', 'ERR_STREAM_DESTROYED', 'ECONNRESET', 'EIO'].includes(
    (error as NodeJS.ErrnoException).code ?? '',
  );

/** Whether the command line asks for JSON. Looked up in the arguments, because it must hold when parsing them fails. */
export function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  return (end === -1 ? argv : argv.slice(0, end)).includes('--json');
}
