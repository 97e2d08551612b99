/**
 * What the page's own script does: headers become buttons that sort, long tables get a filter, and printing opens what
 * is closed. Without it everything is there to be read. It only moves, hides and labels what is on the page: it makes no HTML
 * from text, and reaches no network.
 */
export const PAGE_SCRIPT = `(() => {
  'use strict';
  const FILTER_ABOVE = 15;
  const make = (name, props) => Object.assign(document.createElement(name), props);
  const status = make('p', { className: 'hidden' });
  status.setAttribute('role', 'status');
  document.body.append(status);

  const collator = new Intl.Collator('en', { numeric: true });
  const whole = /^-?\\d+$/;
  const byNumber = (a, b) => {
    const [x, y] = [Number(a), Number(b)];
    if (x !== y) return x < y ? -1 : 1;
    if (!whole.test(a) || !whole.test(b)) return 0;
    const [p, q] = [BigInt(a), BigInt(b)];
    return p < q ? -1 : p > q ? 1 : 0;
  };
  const keyOf = (cell, kind) => {
    const key = cell.dataset.sort ?? cell.textContent.trim();
    return kind === 'number' && Number.isNaN(Number(key)) ? '' : key;
  };

  /** What has no key stays at the end in either direction. */
  const sorted = (rows, column, kind, sign) => {
    const compare = kind === 'number' ? byNumber : collator.compare;
    return rows
      .map((row) => ({ row, key: keyOf(row.cells[column], kind) }))
      .sort((a, b) => {
        if (a.key === '' || b.key === '') return (a.key === '' ? 1 : 0) - (b.key === '' ? 1 : 0);
        return sign * compare(a.key, b.key);
      })
      .map(({ row }) => row);
  };

  const NEXT = { none: 'ascending', ascending: 'descending', descending: 'none' };
  const enableSort = (table, original) => {
    const headers = [...table.tHead.rows[0].cells];
    headers.forEach((header, column) => {
      if (!header.dataset.kind) return;
      const name = header.textContent;
      const button = make('button', { type: 'button' });
      button.append(...header.childNodes);
      header.append(button);
      button.addEventListener('click', () => {
        const order = NEXT[header.getAttribute('aria-sort') ?? 'none'];
        for (const other of headers) other.removeAttribute('aria-sort');
        if (order !== 'none') header.setAttribute('aria-sort', order);
        const sign = order === 'descending' ? -1 : 1;
        table.tBodies[0].append(
          ...(order === 'none' ? original : sorted(original, column, header.dataset.kind, sign)),
        );
        status.textContent = order === 'none' ? 'In the original order' : 'Sorted by ' + name + ', ' + order;
      });
    });
  };

  const enableFilter = (table, rows) => {
    const texts = rows.map((row) => row.textContent.toLowerCase());
    const input = make('input', { type: 'search', autocomplete: 'off', spellcheck: false });
    const label = make('label', { textContent: 'Filter ' });
    label.append(input);
    const count = make('output', { textContent: rows.length + ' rows' });
    const total = table.tFoot ? '; the last line is of all rows' : '';
    input.addEventListener('input', () => {
      const words = input.value.toLowerCase().split(/\\s+/).filter(Boolean);
      let shown = 0;
      rows.forEach((row, at) => {
        row.hidden = !words.every((word) => texts[at].includes(word));
        if (!row.hidden) shown += 1;
      });
      count.textContent =
        shown === rows.length ? rows.length + ' rows' : shown + ' of ' + rows.length + ' rows' + total;
    });
    const bar = make('div', { className: 'filter' });
    bar.append(label, count);
    table.parentElement.before(bar);
  };

  for (const table of document.querySelectorAll('table')) {
    const rows = [...table.tBodies[0].rows];
    if (rows.length > 1) enableSort(table, rows);
    if (rows.length > FILTER_ABOVE && !table.closest('.data')) enableFilter(table, rows);
  }

  let opened = [];
  addEventListener('beforeprint', () => {
    opened = [...document.querySelectorAll('details:not([open])')];
    for (const details of opened) details.open = true;
  });
  addEventListener('afterprint', () => {
    for (const details of opened) details.open = false;
  });
})();
`;
