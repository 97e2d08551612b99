/**
 * The part of the page that talks to its reader. It takes what the core computes, and makes elements from text; it never
 * makes HTML from text, stores nothing and reaches no network.
 */
export const PAGE_FORM = `(core, proofs) => {
  'use strict';
  const data = JSON.parse(document.getElementById('app-data').textContent);
  if ('adoptedStyleSheets' in document) {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(
      '.field { display: grid; gap: 0.3rem; max-width: 46rem } .field input { width: 100% }' +
        '#pofbs-form button { padding: 0.45rem 1.6rem; font-weight: 650 } #pofbs-own section { margin-top: 0.75rem }' +
        '#pofbs-state, #pofbs-answer { gap: 0.75rem } #pofbs-answer:focus { outline: none } #pofbs-answer h3 { margin-bottom: 0.3rem }',
    );
    document.adoptedStyleSheets.push(sheet);
  }
  const part = (name) => document.getElementById('pofbs-' + name);

  /** What would hide or reorder text is shown as an escape. */
  const harmless = (text) =>
    text.replace(/[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}\\p{Cs}]/gu, (char) => '\\\\u{' + char.codePointAt(0).toString(16) + '}');
  const make = (tag, className, ...children) => {
    const element = document.createElement(tag);
    if (className) element.className = className;
    element.append(...children.map((child) => (child instanceof Node ? child : harmless(String(child)))));
    return element;
  };
  const SIGNS = { good: ['✓', 'good: '], warn: ['!', 'attention: '], bad: ['✗', 'bad: '], muted: ['·', ''] };
  const note = (tone, ...content) => {
    const mark = make('span', 'mark ' + tone + '-mark', SIGNS[tone][0]);
    mark.setAttribute('aria-hidden', 'true');
    return make('p', 'note ' + tone, mark, make('span', '', make('span', 'hidden', SIGNS[tone][1]), ...content));
  };
  const list = (items) => make('ul', 'list', ...items.map((item) => make('li', '', item)));
  const pairs = (rows) =>
    make('dl', 'pairs', ...rows.map(([key, value]) => make('div', '', make('dt', '', key), make('dd', '', value))));
  const code = (text) => make('span', 'id', text);

  const grouped = (digits) => digits.replace(/(?<=[0-9])(?=(?:[0-9]{3})+$)/g, ',');
  const count = (number, noun) => grouped(String(number)) + ' ' + noun + (number === 1 ? '' : 's');
  const amount = (value, { decimals, asset }) => {
    const digits = String(value).padStart(decimals + 1, '0');
    const point = digits.length - decimals;
    const fraction = digits.slice(point).replace(/0+$/, '');
    return grouped(digits.slice(0, point)) + (fraction === '' ? '' : '.' + fraction) + ' ' + asset;
  };
  const when = (seconds) => {
    const date = new Date(seconds * 1000);
    return Number.isNaN(date.getTime()) ? 'an unknown time' : date.toISOString().slice(0, 16).replace('T', ' ') + ' UTC';
  };

  /** Runs a generator in slices, so that the page stays alive. */
  const run = async (steps, onShare) => {
    for (;;) {
      const until = performance.now() + 25;
      let step = steps.next();
      while (!step.done && performance.now() < until) step = steps.next();
      if (step.done) return step.value;
      onShare(step.value);
      await new Promise((resolve) => setTimeout(resolve));
    }
  };

  /** The assets as the statement has them. */
  let claimed = [];

  /** Reads every line that the page has; what the page says of them is only compared. */
  const readTrees = async () => {
    const trees = [];
    for (const [at, asset] of claimed.entries()) {
      const tree = await run(core.treeOf(data.snapshots[at]), (share) => {
        const done = Math.min(99, Math.floor((100 * (at + share)) / claimed.length));
        part('state').replaceChildren(note('muted', 'This page is reading all of its lines: ' + done + ' %'));
      });
      const differs =
        tree.rows.length !== asset.rows ||
        tree.root.total !== asset.total ||
        tree.root.requests !== asset.requests ||
        core.toHex(tree.root.hash) !== asset.root;
      if (differs) throw new Error('The lines of ' + asset.asset + ' are not those of the published statement.');
      trees.push(tree);
    }
    return trees;
  };

  const readEpoch = async () => {
    claimed = data.assets.map((asset) => ({ ...asset, total: BigInt(asset.total), requests: BigInt(asset.requests) }));
    const trees = data.snapshots === null ? null : await readTrees();
    if (data.gpmp === null) return { trees, gpmp: null };
    const gpmp = core.joinCommitments(claimed.map((asset) => core.commitmentOf(data.header, asset)));
    if (gpmp !== data.gpmp) throw new Error('The statement in this page does not have the fingerprint that it names.');
    return { trees, gpmp };
  };

  const showEpoch = ({ trees, gpmp }) => {
    if (gpmp === null) {
      part('state').replaceChildren(note('muted', 'This page holds a proof. Press Check, best with the fingerprint from the chain.'));
      return;
    }
    const rows = claimed.reduce((sum, asset) => sum + asset.rows, 0);
    const said =
      trees === null
        ? 'This page holds the statement of the epoch. To check your line, paste the proof that you were given.'
        : 'This page has just read ' + (rows === 1 ? 'its only line' : 'all of its ' + count(rows, 'line')) + ' again. They add up to what is stated, no id occurs twice, and nobody has a negative balance.';
    part('state').replaceChildren(note('good', said), note('warn', 'Compare this fingerprint with the one on chain: ', code(gpmp)));
  };

  const NOT_PROVED = [
    'That the custodian has the money. Compare the total above with the balance of its account on chain.',
    'That nobody was left out. A person who is missing can notice that only by looking for their own line, as you do now.',
    'What is owed at another time. The next epoch has other ids and another fingerprint.',
  ];

  /** What the reader compared the page with: the fingerprint that was typed, or none. */
  const typedGpmp = () => {
    const text = part('gpmp').value.trim().toLowerCase();
    if (text !== '' && !/^0x[0-9a-f]{64}$/.test(text))
      throw new Error('The fingerprint that you typed is not 0x and 64 digits. Copy it whole, or leave the field empty.');
    return text;
  };

  /** One line of one asset: what it says, and its way up. */
  const showLine = ({ row, index, siblings, summary }) => {
    const way = core.wayUp(row, index, siblings);
    const steps = way.map((node, level) => {
      const what = level === 0 ? 'This line: ' : level === way.length - 1 ? 'The whole list: ' : 'A part of the list: ';
      return make('li', '', what + amount(node.total, summary) + ', ', code(core.toHex(node.hash)));
    });
    return make('section', '',
      note('good', make('b', '', 'Found. '), 'Row ' + grouped(String(index + 1)) + ' of ' + grouped(String(summary.rows)) + ' of ' + summary.asset + ' has this id.'),
      pairs([
        ['owed', amount(row.total, summary)],
        ['may be withdrawn', amount(row.withdrawable, summary)],
        ['requested now', amount(row.request, summary)],
      ]),
      make('details', 'data', make('summary', '', 'The way from this line to the fingerprint'), make('ol', 'list', ...steps)));
  };

  /** All lines of one id, of one asset each, and what they prove together. */
  const showLines = (lines, { header, opened, gpmp, compared }) => {
    const proved = [
      ...lines.map(({ row, summary }) =>
        'On ' + when(header.timestamp) + ', in epoch ' + header.epoch + ', the custodian stated that it owes ' + amount(row.total, summary) + ' to the holder of this id. This is part of the ' + amount(summary.total, summary) + ' that it says it owes to ' + count(summary.rows, 'user') + '.'),
      'Nobody can change this without changing the fingerprint.',
      ...(opened ? ['The id was made from your wallet and salt: what it says is that wallet’s.'] : []),
    ];
    const left = [
      ...(opened ? [] : ['That this id is yours. Check it with your wallet address and the salt that the custodian gave you.']),
      ...NOT_PROVED,
    ];
    return [
      compared
        ? note('good', make('b', '', 'Proved. '), 'It is part of the statement with the fingerprint that you typed.')
        : note('warn', make('b', '', 'One thing is left for you to do: '), 'compare this fingerprint with the one on chain. If it is another one, nothing is proved. ', code(gpmp)),
      pairs([['id', code(lines[0].row.id)]]),
      ...lines.map(showLine),
      make('div', '', make('h3', '', 'What this proves'), list(proved)),
      make('div', '', make('h3', '', 'What it does not prove'), list(left)),
    ];
  };

  const refuse = (why) => note('bad', make('b', '', 'Not proved. '), why);

  const answerId = (epoch, id, opened, gpmp, compared) => {
    const found = epoch.trees.flatMap((tree, at) => {
      const index = core.indexOf(tree.rows, id);
      return index < 0 ? [] : [{ row: tree.rows[index], index, siblings: core.siblingsOf(tree, index), summary: claimed[at] }];
    });
    if (found.length > 0) return showLines(found, { header: data.header, opened, gpmp, compared });
    return [refuse('No line of this epoch has the id ' + id + '. Ids are new in every epoch: this is epoch ' + data.header.epoch + '. If the id is of this epoch, you were left out: ask the custodian, and keep this page as evidence.')];
  };

  const answerProof = (epoch, text, wallet, typed) => {
    const proof = proofs.parse(text);
    const gpmp = typed || epoch.gpmp || proofs.gpmpOf(proof) || '';
    const fault = proofs.fault(proof, gpmp);
    if (fault !== null) return [refuse('The proof does not hold. ' + fault.why)];
    if (wallet !== '' && proof.opening === null) throw new Error('This proof does not say whose wallet it is. Leave the wallet empty, or ask for a proof with it.');
    if (wallet !== '' && core.walletOf(wallet) !== proof.opening.wallet) return [refuse('The proof is about another wallet, ' + proof.opening.wallet + '.')];
    const { row, index, path, summary, header, opening } = proof;
    return showLines([{ row, index, siblings: path, summary }], { header, opened: opening !== null, gpmp, compared: typed !== '' });
  };

  const answer = (epoch) => {
    const [subject, wallet, salt] = ['subject', 'wallet', 'salt'].map((name) => part(name).value.trim());
    const typed = typedGpmp();
    if (typed !== '' && epoch.gpmp !== null && typed !== epoch.gpmp)
      return [refuse('This page is about another statement than the one with the fingerprint that you typed. The fingerprint of this page is ' + epoch.gpmp + '.')];
    if (subject.startsWith('{')) return answerProof(epoch, subject, wallet, typed);
    if (epoch.trees === null)
      throw new Error('This page does not hold the lines themselves. Paste the proof that the custodian gave you: text that begins with {.');
    const compared = typed !== '';
    if (wallet !== '' || salt !== '') {
      if (!/^0x[0-9a-fA-F]{64}$/.test(salt)) throw new Error('A salt is 0x and 64 digits; it comes from the custodian.');
      const id = core.idOf(data.header, core.walletOf(wallet), salt.toLowerCase());
      const given = subject.toLowerCase().replace(/^0x/, '');
      if (given !== '' && given !== id) return [refuse('This id was not made from this wallet and salt. They give ' + id + '.')];
      return answerId(epoch, id, true, epoch.gpmp, compared);
    }
    if (!/^(0x)?[0-9a-fA-F]{64}$/.test(subject))
      throw new Error(subject === '' ? 'Paste your id or your proof first.' : 'This is neither an id, which has 64 digits (0 to 9 and a to f), nor a proof, which begins with {.');
    return answerId(epoch, subject.toLowerCase().replace(/^0x/, ''), false, epoch.gpmp, compared);
  };

  const whole = readEpoch();
  whole.then(showEpoch, (error) => part('state').replaceChildren(refuse('Do not trust this page. ' + error.message)));

  part('form').addEventListener('submit', async (event) => {
    event.preventDefault();
    part('answer').replaceChildren(note('muted', 'Checking…'));
    let said;
    try {
      const epoch = await whole.catch((error) => error);
      said = epoch instanceof Error ? [refuse('Do not trust this page. ' + epoch.message)] : answer(epoch);
    } catch (error) {
      said = [note('warn', error.message)];
    }
    part('answer').replaceChildren(...said);
    part('answer').focus();
  });

  const take = async (file) => {
    if (!file) return;
    part('subject').value = file.size > 2 ** 20 ? '' : await file.text();
    part('form').requestSubmit();
  };
  part('file').addEventListener('change', (event) => take(event.target.files[0]));
  addEventListener('dragover', (event) => event.preventDefault());
  addEventListener('drop', (event) => {
    event.preventDefault();
    take(event.dataTransfer?.files[0]);
  });

  if (data.snapshots === null) part('own').hidden = data.proof === null;
  if (data.proof !== null) part('subject').value = data.proof;
}`;
