// The palette and the shortcuts. Without them the button in the header leads to the search page, and the list of
// shortcuts stands in the help.
(() => {
  const $ = (selector, from = document) => from.querySelector(selector);
  const palette = $('#palette'), keys = $('#shortcuts');
  if (!palette || !window.htmx) return;
  const form = $('form', palette), field = $('#palette-q'), list = $('#palette-b');
  const options = () => [...list.querySelectorAll('[role="option"]')];
  const chosen = () => $('[aria-selected="true"]', list);

  // The focus stays in the field; aria-activedescendant tells which option is chosen.
  const choose = (option) => {
    chosen()?.setAttribute('aria-selected', 'false');
    const full = options().length > 0;
    field.setAttribute('aria-expanded', full);
    if (full) field.setAttribute('aria-controls', 'palette-hits'); else field.removeAttribute('aria-controls');
    if (!option) return field.removeAttribute('aria-activedescendant');
    option.setAttribute('aria-selected', 'true');
    field.setAttribute('aria-activedescendant', option.id);
    option.scrollIntoView({ block: 'nearest' });
  };
  const step = (by) => {
    const all = options(), at = all.indexOf(chosen());
    if (all.length) choose(all[at < 0 && by < 0 ? all.length - 1 : (at + by + all.length) % all.length]);
  };

  // A dialog gives the focus back to where it was by itself.
  const open = (dialog) => {
    if ($('dialog[open]')) return;
    dialog.showModal();
    if (dialog !== palette) return;
    field.select();
    // htmx looks at the page in a timer of its own; whoever is faster than that must not find an empty list.
    setTimeout(() => form.dispatchEvent(new Event('palette')));
  };

  const buttons = document.querySelectorAll('[data-palette]');
  buttons.forEach((button) => { button.setAttribute('role', 'button'); button.setAttribute('aria-haspopup', 'dialog'); });
  document.addEventListener('click', (event) => {
    const { target } = event, link = target.closest('[data-palette]');
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) { event.preventDefault(); open(palette); }
    // Also a link to a place on this very page has to show what is behind the dialog.
    if (target.matches('dialog') || target.closest('[data-close], dialog a')) target.closest('dialog')?.close();
  });

  field.addEventListener('keydown', (event) => {
    if (event.isComposing) return;
    if (event.key === 'ArrowDown') step(1);
    else if (event.key === 'ArrowUp') step(-1);
    else if (event.key === 'Enter' && chosen()) chosen().click();
    else return;
    event.preventDefault();
  });
  document.addEventListener('htmx:after:swap', ({ detail: { ctx } }) => {
    if (ctx.sourceElement === form) choose(field.value.trim() ? options()[0] : null);
  });

  // Down and up the rows of the trail; from an entry to the older or the newer one.
  const walk = (down) => {
    const rows = [...document.querySelectorAll('[data-details]')], at = rows.findIndex((row) => row.closest('tr').contains(document.activeElement));
    if (rows.length) rows[Math.min(Math.max(down ? at + 1 : at - 1, 0), rows.length - 1)].focus();
    else if ($('.entry')) $(`.pager a[rel="${down ? 'next' : 'prev'}"]`)?.click();
  };

  let waiting = 0; // until when a second key counts
  document.addEventListener('keydown', (event) => {
    const { key, target } = event;
    if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && key.toLowerCase() === 'k') {
      event.preventDefault();
      return open(palette);
    }
    if (!keys.hasAttribute('data-single') || event.ctrlKey || event.metaKey || event.altKey) return;
    if (target.closest('input, textarea, select, [contenteditable]') || $('dialog[open]')) return;
    if (key === '?') { event.preventDefault(); return open(keys); }
    if ('jk'.includes(key)) walk(key === 'j');
    const go = Date.now() < waiting && $(`[data-go="${CSS.escape(key)}"]`, keys);
    waiting = key === 'g' && !go ? Date.now() + 1500 : 0;
    if (go) { event.preventDefault(); go.click(); }
  });
})();
