/**
 * Sealing of mappings in the age format (age-encryption.org/v1), so that only the validators can open them: with age,
 * rage and other tools as well as here. Streaming in both directions; the last chunk of a sealed file is authenticated
 * as such, so a file that was cut off is never taken for a whole one.
 */

import { type BursarError, usageError } from '../errors.js';
import { quoteReadable } from '../numeric/text.js';
import type { Input } from './engine.js';

/** How a sealed file begins. */
export const SEALED_MAGIC = new TextEncoder().encode('age-encryption.org/v1\n');

/** Most bytes that a line of an age identity or recipient has; those with post-quantum keys are long. */
const MAX_SHOWN = 24;

/** A sink of plain bytes. */
export interface Sealing {
  write(bytes: Uint8Array): Promise<void>;
  finish(): Promise<void>;
}

/** Recipients or identities of a text: one a line, blank lines and comments left out. */
export function keyLines(text: string): string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
}

/**
 * Begins a sealed file.
 * @param recipients `age1…`, at least one: each of them can open it
 * @param write takes the sealed bytes
 * @throws usage RECIPIENT
 */
export async function seal(
  recipients: readonly string[],
  write: (bytes: Uint8Array) => void,
): Promise<Sealing> {
  if (recipients.length === 0)
    throw usageError('RECIPIENT', 'There is nobody to seal the mapping for.', { hint: RECIPIENT_HINT });
  const { Encrypter } = await import('age-encryption');
  const encrypter = new Encrypter();
  for (const recipient of recipients) {
    try {
      encrypter.addRecipient(recipient);
    } catch (cause) {
      throw notRecipient(recipient, cause);
    }
  }
  const plain = new TransformStream<Uint8Array, Uint8Array>();
  const writer = plain.writable.getWriter();
  const sealed = await encrypter.encrypt(plain.readable);
  const pumped = (async () => {
    for await (const bytes of sealed) write(bytes);
  })();
  // Whoever writes next learns of it.
  pumped.catch(() => {});
  return {
    // The stream keeps what it is given: the caller uses its block again.
    write: (bytes) => Promise.race([writer.write(bytes.slice()), pumped]),
    async finish() {
      await Promise.race([writer.close(), pumped]);
      await pumped;
    },
  };
}

/**
 * Opens a sealed file for reading.
 * @param identities `AGE-SECRET-KEY-…`
 * @throws usage IDENTITY, SEALED_FOR_OTHERS, SEALED_BROKEN; the last one also while it is read
 */
export async function unseal(identities: readonly string[], input: Input): Promise<Input> {
  const { Decrypter } = await import('age-encryption');
  const decrypter = new Decrypter();
  if (identities.length === 0) throw notIdentity();
  for (const identity of identities) {
    try {
      decrypter.addIdentity(identity);
    } catch {
      throw notIdentity();
    }
  }
  let failed: unknown;
  const source = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const block = new Uint8Array(1 << 16);
      try {
        const read = await input.read(block);
        if (read === 0) controller.close();
        else controller.enqueue(block.subarray(0, read));
      } catch (error) {
        failed = error;
        throw error;
      }
    },
  });
  const explain = (cause: unknown): unknown => failed ?? broken(cause);
  let reader: ReadableStreamDefaultReader<Uint8Array>;
  try {
    reader = (await decrypter.decrypt(source)).getReader();
  } catch (cause) {
    throw explain(cause);
  }
  let pending: Uint8Array = new Uint8Array(0);
  return {
    async read(into) {
      while (pending.length === 0) {
        const next = await reader.read().catch((cause: unknown) => {
          throw explain(cause);
        });
        if (next.done) return 0;
        pending = next.value;
      }
      const part = pending.subarray(0, into.length);
      into.set(part);
      pending = pending.subarray(part.length);
      return part.length;
    },
  };
}

const RECIPIENT_HINT =
  'A recipient is the public key of an age identity, age1…; age-keygen makes such pairs.';

/**
 * Whether a text is a public key that a mapping can be sealed for.
 * @param where it stands: `--seal-for`, `line 3 of "validators.txt"`
 * @throws usage RECIPIENT
 */
export async function assertRecipient(recipient: string, where: string): Promise<void> {
  const { Encrypter } = await import('age-encryption');
  try {
    new Encrypter().addRecipient(recipient);
  } catch (cause) {
    throw notRecipient(recipient, cause, where);
  }
}

function notRecipient(text: string, cause: unknown, where?: string): BursarError {
  const there = where === undefined ? '' : ` in ${where}`;
  if (/^AGE-(SECRET-KEY|PLUGIN)/i.test(text))
    return usageError('RECIPIENT', `A secret identity was given${there}, where a public recipient belongs.`, {
      hint: `${RECIPIENT_HINT} Consider that identity as known to others, and make a new one.`,
    });
  return usageError('RECIPIENT', `${quoteReadable(text, MAX_SHOWN)}${there} is no recipient.`, {
    hint: RECIPIENT_HINT,
    cause,
  });
}

/** The text is never repeated: it is a secret, or what stands where one should. */
const notIdentity = (): BursarError =>
  usageError('IDENTITY', 'The identity file has no usable identity.', {
    hint: 'It has lines AGE-SECRET-KEY-1…, as age-keygen writes them; identities with a passphrase, of plugins or of SSH are opened with age itself.',
  });

function broken(cause: unknown): BursarError {
  const message = cause instanceof Error ? cause.message : '';
  if (message.startsWith('no identity matched'))
    return usageError('SEALED_FOR_OTHERS', 'The mapping is sealed, and not for this identity.', {
      hint: 'Use the identity whose public key the custodian sealed it for.',
    });
  return usageError('SEALED_BROKEN', 'The sealed mapping is damaged, cut off, or was changed.', {
    hint: 'Get it again from where it was published.',
    cause,
  });
}
