// What the pages do beyond HTML and htmx. All of it is convenience: without it each form posts and each link leads.
(() => {
  const root = document.documentElement;
  const $ = (selector, from = document) => from.querySelector(selector);
  const $$ = (selector, from = document) => from.querySelectorAll(selector);
  const on = (event, handler) => document.addEventListener(event, handler);

  // Announcer: the header HX-Trigger: {"say": {"text": "Draft saved"}} ends in the one polite region.
  const say = (text) => {
    const region = $('#say');
    region.textContent = '';
    setTimeout(() => { region.textContent = text; }, 50);
  };
  on('say', (event) => say(event.detail.text));

  // Theme: change at once; the server sets its cookie and renders <html data-theme>.
  const switchTheme = (form) => {
    const shown = root.dataset.theme || (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');
    root.dataset.theme = shown === 'dark' ? 'light' : 'dark';
    const body = new FormData(form);
    body.set('theme', root.dataset.theme);
    fetch(form.action, { method: 'POST', body, redirect: 'manual' }).catch(() => {});
  };

  // A half-written reason survives a reload; it is forgotten once it was taken.
  const keep = () => $$('[data-keep]').forEach((field) => { field.value ||= sessionStorage.getItem(field.dataset.keep) ?? ''; });
  const forget = (form) => $$('[data-keep]', form).forEach((field) => sessionStorage.removeItem(field.dataset.keep));
  on('input', ({ target }) => { if (target.dataset?.keep) sessionStorage.setItem(target.dataset.keep, target.value); });

  // A name suggests its form in addresses, as long as nobody typed one.
  const slug = (text) => text.normalize('NFKD').replace(/[^\w\s-]/g, '').trim().toLowerCase().replace(/[\s_-]+/g, '-').slice(0, 60);
  on('input', ({ target }) => {
    const from = $('[data-slug-from]', target.form ?? document);
    if (target === from) delete from.dataset.slugFrom;
    else if (from && target.id === from.dataset.slugFrom) from.value = slug(target.value);
  });

  on('submit', (event) => {
    const form = event.target;
    if (form.matches('[data-theme-form]')) { event.preventDefault(); switchTheme(form); }
    // The form of the whole draft is for browsers without scripts: Enter in a field must not post all of it.
    if (form.matches('[data-draft]') && window.htmx) event.preventDefault();
    if (!form.hasAttribute('hx-post')) forget(form);
  });

  on('keydown', (event) => {
    const { key, target } = event;
    if (key === ' ' && target.matches('[data-details]')) { event.preventDefault(); target.click(); }
    // "/" goes to the filter, unless somebody is typing.
    if (key !== '/' || event.ctrlKey || event.metaKey || event.altKey || target.closest('input, textarea, select')) return;
    const field = $('[data-find]');
    if (field && $('#shortcuts')?.hasAttribute('data-single') !== false) { event.preventDefault(); field.focus(); field.select(); }
  });

  // Copy buttons: data-copy names the element whose text is copied.
  const copy = async (button) => {
    const label = $('span', button), text = label.textContent;
    await navigator.clipboard.writeText($(button.dataset.copy).textContent.trim());
    say(label.textContent = button.dataset.copied);
    setTimeout(() => { label.textContent = text; }, 1600);
  };

  // Rows of the trail: the link to an entry opens it below instead; htmx loads it once.
  const open = (link, opened) => {
    link.setAttribute('aria-expanded', opened);
    link.closest('.ev').classList.toggle('ev-open', opened);
    $(link.dataset.details).hidden = !opened;
  };
  on('click', (event) => {
    const button = event.target.closest('[data-copy]'), link = event.target.closest('[data-details]');
    if (button) copy(button).catch(() => {});
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if ($(link.dataset.details).textContent.trim()) open(link, link.getAttribute('aria-expanded') !== 'true');
  });

  // A link to a setting opens its disclosure.
  const reveal = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target?.matches('details')) target.open = true;
  };
  addEventListener('hashchange', reveal);

  // htmx: where the focus goes after a swap (data-focus), and what is said when a request fails.
  // A refused form is named in the title of the page, until it is taken.
  const refused = () => $('[data-title]')?.dataset.title ?? '';
  const title = document.title.slice(document.title.startsWith(refused()) ? refused().length : 0).trim();
  const toast = $('#toast');
  const failed = () => { if (!toast.textContent.trim()) toast.textContent = toast.dataset.failed; };
  let focus = null;
  on('htmx:before:request', ({ target }) => {
    focus = target.closest('[data-focus]')?.dataset.focus;
    toast.textContent = '';
  });
  on('htmx:after:request', ({ target, detail: { ctx } }) => { if (ctx.hx.redirect && target.matches('form')) forget(target); });
  on('htmx:after:swap', ({ target, detail: { ctx } }) => {
    const active = document.activeElement;
    if (active.matches('[data-add]:not([aria-invalid])') && ctx.response.status === 200) active.value = '';
    if (focus && active === document.body) $(focus)?.focus();
    if (target.matches('[data-details]')) open(target, true);
    if (ctx.target === '#toast') failed();
    document.title = `${refused()} ${title}`.trim();
    ready();
  });
  on('htmx:error', failed);

  const ready = () => {
    $$('[data-details]').forEach((link) => link.setAttribute('role', 'button'));
    keep();
  };
  ready();
  reveal();

  // On a phone: filters start folded, and the bar at the bottom leads to the panel while that is out of sight.
  if (matchMedia('(max-width: 44rem)').matches) $$('[data-fold]').forEach((each) => { each.open = false; });
  const panel = $('#changes'), bar = $('#mobar');
  if (panel && bar) new IntersectionObserver(([entry]) => { bar.hidden = entry.isIntersecting; }, { rootMargin: '0px 0px -30% 0px' }).observe(panel);
})();
