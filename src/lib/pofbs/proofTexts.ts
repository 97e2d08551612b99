/**
 * The proofs of all rows of a tree, as the bytes of their files: what {@link proofBytes} makes of each, put together from
 * parts that many of them share. The upper nodes of a path are written out once for all rows beside them.
 */

import { toCanonicalJson } from '../plain.js';
import { toHex } from './gpmp.js';
import type { Opening, ProofNode, TreeClaim } from './proof.js';
import { proofNode, siblingOf } from './proof.js';
import type { Row, SumNode } from './types.js';

export class ProofTexts {
  readonly #before: string;
  readonly #behind: string;
  /** Of each level the sibling that was written last, and its text. */
  readonly #siblings: { index: number; text: string }[];

  /** @param depth nodes of a path */
  constructor(
    { header, summary, others, position }: TreeClaim,
    readonly depth: number,
  ) {
    this.#before = `{"format":"pofbs.inclusion/1","header":${toCanonicalJson(header)},"index":`;
    this.#behind = `],"position":${position},"row":`;
    this.#others = `,"others":${toCanonicalJson(others)},"path":[`;
    this.#summary = `,"summary":${toCanonicalJson(summary)}}\n`;
    this.#siblings = Array.from({ length: depth }, () => ({ index: -1, text: '' }));
  }

  readonly #others: string;
  readonly #summary: string;

  /**
   * The bytes of a row's proof as text.
   * @param nodeAt of a level, the leaves' is 0
   */
  of(
    index: number,
    row: Row,
    opening: Opening | null,
    nodeAt: (level: number, index: number) => SumNode,
  ): string {
    let path = '';
    for (let level = 0, at = index; level < this.depth; level++, at = Math.floor(at / 2)) {
      const known = this.#siblings[level] as { index: number; text: string };
      const sibling = siblingOf(at);
      if (known.index !== sibling) {
        known.index = sibling;
        known.text = nodeText(proofNode(nodeAt(level, sibling)));
      }
      path += level === 0 ? known.text : `,${known.text}`;
    }
    const opened = opening === null ? 'null' : `{"salt":"${opening.salt}","wallet":"${opening.wallet}"}`;
    return `${this.#before}${index},"opening":${opened}${this.#others}${path}${this.#behind}${rowText(row)}${this.#summary}`;
  }
}

const nodeText = ({ hash, requests, total }: ProofNode): string =>
  `{"hash":"${hash}","requests":"${requests}","total":"${total}"}`;

const rowText = ({ id, request, total, withdrawable }: Row): string =>
  `{"id":"${toHex(id).slice(2)}","request":"${request}","total":"${total}","withdrawable":"${withdrawable}"}`;
