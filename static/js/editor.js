// What only the editor of a draft does beyond HTML and htmx. Without it each form posts and each link leads.
(() => {
  const $ = (selector, from = document) => from.querySelector(selector);
  const $$ = (selector, from = document) => [...from.querySelectorAll(selector)];
  const on = (event, handler) => document.addEventListener(event, handler);
  const typing = (element) => element?.matches?.('input:not([type=checkbox], [type=radio]), textarea, select');

  // Text that is not saved yet survives a lost session; beside it stands what it was typed over.
  const kept = (field) => JSON.parse(sessionStorage.getItem(field.dataset.hold) ?? 'null');
  const hold = (field) => sessionStorage.setItem(field.dataset.hold, JSON.stringify({ text: field.value, over: field.defaultValue }));
  const release = (field) => sessionStorage.removeItem(field.dataset.hold);
  const restore = () => $$('[data-hold]').forEach((field) => {
    const found = kept(field);
    if (!found || found.text === field.value) return release(field);
    if (found.over === field.defaultValue) { field.value = found.text; return; }
    const held = $(`[data-held="${field.dataset.hold}"]`);
    $('pre', held).textContent = found.text;
    held.hidden = false;
  });
  on('input', ({ target }) => { if (target.dataset?.hold) hold(target); });
  on('htmx:after:request', ({ target, detail: { ctx } }) => {
    const saved = ctx.response?.status === 200 && !ctx.hx?.redirect && target.matches('form, .row-c');
    if (saved) $$('[data-hold]', target).forEach(release);
  });

  // Others' changes come in only while nobody types here, so that nothing that is typed is replaced.
  const busy = () => document.hidden
    || typing(document.activeElement) && document.activeElement.closest('#rows, #instructions')
    || $('.clash, #rows [aria-invalid="true"], #rows .pickb:checked')
    || $$('#rows .in, #c-instructions').some((field) => field.type !== 'select-one' && field.value !== field.defaultValue);
  on('htmx:before:request', (event) => { if (event.target.matches('[data-watch]') && busy()) event.preventDefault(); });

  // A swap that morphs sets what is checked by default; a control that somebody used before keeps its own state. So where
  // the server says something new of one, it gets that.
  const said = () => new Map($$('#rows [type=radio], #rows [role=switch]').map((each) => [each, each.defaultChecked]));
  let before = said();
  on('htmx:after:swap', () => {
    const now = said();
    now.forEach((checked, each) => { if (before.has(each) && before.get(each) !== checked) each.checked = checked; });
    before = now;
  });

  // A disclosure loads what it says when it is first opened; without scripts its link leads there.
  document.addEventListener('toggle', ({ target }) => {
    const link = target.open && $(':scope > .lazy a, :scope > .why > .lazy a', target);
    if (link) htmx.ajax('GET', link.href, { source: link, target: link.parentElement, swap: 'outerHTML' });
  }, true);

  // Select all that are shown, or none.
  on('click', ({ target }) => {
    const button = target.closest?.('[data-pick]');
    if (button) $$('#rows .pickb').forEach((box) => { box.checked = Boolean(button.dataset.pick); });
  });

  // Keys: j and k go from row to row, ] and [ from group to group.
  const steps = { j: ['.row, .lk', 1], k: ['.row, .lk', -1], ']': ['.grp', 1], '[': ['.grp', -1] };
  on('keydown', (event) => {
    const step = steps[event.key];
    if (!step || !$('#shortcuts[data-single]') || event.ctrlKey || event.metaKey || event.altKey || event.target.closest('input:not([type=checkbox], [type=radio]), textarea, select, dialog')) return;
    const all = $$(step[0]).filter((each) => each.offsetParent);
    const here = all.findLastIndex((each) => each.contains(document.activeElement));
    const next = all[here < 0 ? (step[1] > 0 ? 0 : -1) : here + step[1]];
    const stop = next && $('.row-c input:not([type=hidden]), summary, h2', next);
    if (!stop) return;
    event.preventDefault();
    if (stop.matches('h2')) stop.tabIndex = -1;
    stop.focus();
    next.scrollIntoView({ block: 'nearest' });
  });

  restore();
})();
