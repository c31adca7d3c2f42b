// "Verify this entry": the browser takes the bytes that the server publishes, computes with WebCrypto alone, and says
// what follows from them and what does not. Formats: C2SP signed-note, tlog-checkpoint, tlog-proof, tlog-tiles;
// RFC 6962 and RFC 9162 for the tree. What cannot be checked is never called verified.

const HASH = 32, WIDTH = 256, HEIGHT = 8, LOG_KEY = 1, MOST_HASHES = 63;
const utf8 = new TextEncoder();

// Something about the bytes is wrong; `say` names the sentence of the page that tells what.
class Wrong extends Error {
  constructor(say, facts = {}) { super(say); this.say = say; this.facts = facts; }
}
// Nothing is wrong, but this browser cannot tell.
class Unable extends Wrong {}

// Bytes

const join = (...parts) => {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  parts.reduce((at, part) => { whole.set(part, at); return at + part.length; }, 0);
  return whole;
};
const same = (a, b) => a.length === b.length && a.every((byte, n) => byte === b[n]);
const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
const sha256 = async (bytes) => new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
const hashLeaf = (leaf) => sha256(join([0], leaf));
const hashChildren = (left, right) => sha256(join([1], left, right));

// Base64 in its one form: what decodes to the same bytes and is written otherwise is refused.
const base64 = (text, say) => {
  let bytes;
  try { bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)); } catch { throw new Wrong(say); }
  if (btoa(String.fromCharCode(...bytes)) !== text) throw new Wrong(say);
  return bytes;
};

const text = (bytes, say) => {
  try { return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes); } catch { throw new Wrong(say); }
};

// Sizes and places go beyond 2^31, so they are numbers that are never shifted; beyond 2^53 they are refused.
const natural = (digits, say) => {
  if (!/^(0|[1-9][0-9]*)$/.test(digits) || !Number.isSafeInteger(Number(digits))) throw new Wrong(say);
  return Number(digits);
};

// Notes

const readKeys = async (given) => {
  const keys = [];
  for (const line of given.split('\n').filter((each) => each.trim())) {
    const [, name, id, encoded] = /^([^\s+]+)\+([0-9a-f]{8})\+(\S+)$/.exec(line) ?? [];
    if (!name) throw new Wrong('key-form');
    const data = base64(encoded, 'key-form');
    if (data.length !== 1 + HASH || data[0] !== LOG_KEY) throw new Wrong('key-form');
    const computed = (await sha256(join(utf8.encode(`${name}\n`), data))).slice(0, 4);
    if (hex(computed) !== id) throw new Wrong('key-id');
    keys.push({ line, name, id, public: data.slice(1) });
  }
  if (!keys.length) throw new Wrong('key-form');
  return keys;
};

const readCheckpoint = (note) => {
  const end = note.lastIndexOf('\n\n');
  if (end < 0 || !note.endsWith('\n')) throw new Wrong('note-form');
  const body = note.slice(0, end + 1), lines = body.split('\n');
  const signatures = note.slice(end + 2, -1).split('\n').map((line) => {
    const [, name, blob] = /^\u2014 ([^\s+]+) (\S+)$/.exec(line) ?? [];
    if (!name) throw new Wrong('note-form');
    const data = base64(blob, 'note-form');
    if (data.length < 5) throw new Wrong('note-form');
    return { name, id: hex(data.slice(0, 4)), signature: data.slice(4) };
  });
  if (lines.length < 4 || !lines[0] || lines[lines.length - 1]) throw new Wrong('note-form');
  const root = base64(lines[2], 'note-form');
  if (root.length !== HASH) throw new Wrong('note-form');
  return { note, body, signatures, origin: lines[0], size: natural(lines[1], 'note-form'), root };
};

const isSigned = async (key, body, signature) => {
  const algorithm = { name: 'Ed25519' };
  let imported;
  try { imported = await crypto.subtle.importKey('raw', key.public, algorithm, false, ['verify']); } catch (error) {
    if (error.name === 'NotSupportedError') throw new Unable('no-ed25519');
    throw new Wrong('key-form');
  }
  return crypto.subtle.verify(algorithm, imported, signature, utf8.encode(body));
};

// Which of the keys signed a checkpoint of the log that they are keys of.
const signedBy = async (checkpoint, keys) => {
  const found = [];
  for (const { name, id, signature } of checkpoint.signatures) {
    const key = keys.find((each) => each.name === name && each.id === id);
    if (!key) continue; // of a witness, or of a key that is not known here
    if (!await isSigned(key, checkpoint.body, signature)) throw new Wrong('signature', { key: `${name}+${id}` });
    if (checkpoint.origin !== key.name) throw new Wrong('origin', { origin: checkpoint.origin, name: key.name });
    found.push(key);
  }
  if (!found.length) throw new Wrong('unsigned');
  return found[0];
};

// Trees

const readProof = (given) => {
  const end = given.indexOf('\n\n'), lines = given.slice(0, end).split('\n');
  if (end < 0 || lines.shift() !== 'c2sp.org/tlog-proof@v1') throw new Wrong('proof-form');
  if (lines[0]?.startsWith('extra ')) lines.shift();
  const [, digits] = /^index ([0-9]+)$/.exec(lines.shift() ?? '') ?? [];
  if (digits === undefined || lines.length > MOST_HASHES) throw new Wrong('proof-form');
  const hashes = lines.map((line) => base64(line, 'proof-form'));
  if (hashes.some((hash) => hash.length !== HASH)) throw new Wrong('proof-form');
  return { index: natural(digits, 'proof-form'), hashes, note: given.slice(end + 2) };
};

const half = (number) => Math.floor(number / 2);

// Whether each sibling on the way up stands on the left; null if the way has another length (RFC 9162, 2.1.3.2).
const sides = (position, last, count) => {
  const found = [];
  for (let step = 0; step < count; step += 1) {
    if (last === 0) return null;
    const isLeft = position % 2 === 1 || position === last;
    while (isLeft && position && position % 2 === 0) { position = half(position); last = half(last); }
    found.push(isLeft);
    position = half(position);
    last = half(last);
  }
  return last === 0 ? found : null;
};

const rootOfPath = async (leafHash, index, size, hashes) => {
  const turns = index < size ? sides(index, size - 1, hashes.length) : null;
  if (!turns) throw new Wrong('path-length');
  let found = leafHash;
  for (const [n, isLeft] of turns.entries()) found = await (isLeft ? hashChildren(hashes[n], found) : hashChildren(found, hashes[n]));
  return found;
};

const split = (size) => { let left = 1; while (left * 2 < size) left *= 2; return left; };

// Hashes of full subtrees, from tiles. Nothing is believed of them: they only make up a proof, which is checked.
const tilesOf = (address, size) => {
  const kept = new Map();
  const path = (level, number) => {
    const full = Math.floor(size / WIDTH ** level), width = Math.min(WIDTH, full - number * WIDTH);
    const digits = String(number).padStart(Math.ceil(String(number).length / 3) * 3, '0').match(/.{3}/g);
    const name = digits.map((group, n) => (n < digits.length - 1 ? `x${group}` : group)).join('/');
    return `${level}/${name}${width < WIDTH ? `.p/${width}` : ''}`;
  };
  const tile = async (level, number) => {
    const name = path(level, number);
    if (!kept.has(name)) kept.set(name, await fetched(`${address}tile/${name}`));
    return kept.get(name);
  };
  return async (height, index) => {
    const level = Math.floor(height / HEIGHT), first = index * 2 ** (height % HEIGHT), many = 2 ** (height % HEIGHT);
    const bytes = await tile(level, Math.floor(first / WIDTH)), start = (first % WIDTH) * HASH;
    if (bytes.length < start + many * HASH) throw new Wrong('tile');
    let row = Array.from({ length: many }, (_, n) => bytes.slice(start + n * HASH, start + (n + 1) * HASH));
    while (row.length > 1) row = await Promise.all(row.filter((_, n) => n % 2 === 0).map((left, n) => hashChildren(left, row[2 * n + 1])));
    return row[0];
  };
};

// RFC 6962, 2.1.2.
const consistencyProof = async (node, old, size) => {
  const proof = [];
  const ofRange = async (start, count) => {
    const left = split(count);
    if (left === count || count === 1) return node(Math.log2(count), start / count);
    if (left * 2 === count) return node(Math.log2(count), start / count);
    return hashChildren(await ofRange(start, left), await ofRange(start + left, count - left));
  };
  const walk = async (known, start, count, isKnown) => {
    if (known === count) { if (!isKnown) proof.push(await ofRange(start, count)); return; }
    const left = split(count);
    if (known <= left) {
      await walk(known, start, left, isKnown);
      proof.push(await ofRange(start + left, count - left));
    } else {
      await walk(known - left, start + left, count - left, false);
      proof.push(await ofRange(start, left));
    }
  };
  if (old > 0 && old < size) await walk(old, 0, size, true);
  return proof;
};

// RFC 9162, 2.1.4.2.
const isConsistent = async (old, size, oldRoot, root, proof) => {
  if (old === 0) return same(oldRoot, await sha256(new Uint8Array()));
  if (old === size) return same(oldRoot, root);
  let position = old - 1, last = size - 1;
  while (position % 2 === 1) { position = half(position); last = half(last); }
  const isWhole = split(old) * 2 === old || old === 1, known = isWhole ? oldRoot : proof[0], rest = isWhole ? proof : proof.slice(1);
  const turns = known ? sides(position, last, rest.length) : null;
  if (!turns) return false;
  let first = known, second = known;
  for (const [n, isLeft] of turns.entries()) {
    if (isLeft) first = await hashChildren(rest[n], first);
    second = await (isLeft ? hashChildren(rest[n], second) : hashChildren(second, rest[n]));
  }
  return same(first, oldRoot) && same(second, root);
};

// What the server publishes

const fetched = async (address) => {
  let answer;
  try { answer = await fetch(address, { credentials: 'same-origin', cache: 'no-store' }); } catch { throw new Unable('unreachable', { address }); }
  if (answer.status === 410) throw new Unable('gone', { address });
  if (!answer.ok || answer.redirected) throw new Unable('unreachable', { address });
  return new Uint8Array(await answer.arrayBuffer());
};

// All of it. `tell(sentence, facts, hash)` is told each step that was right.

// With a `hash` in place of a `leaf`: what is known of an entry that was pruned. It is never called verified.
const verify = async ({ leaf, hash, proof, key, log, event }, kept, tell) => {
  if (!globalThis.isSecureContext || !globalThis.crypto?.subtle) throw new Unable('no-webcrypto');
  let content = null, leafHash;
  if (hash) {
    leafHash = Uint8Array.from(hash.match(/[0-9a-f]{2}/g) ?? [], (byte) => parseInt(byte, 16));
    tell('pruned', {}, hash);
  } else {
    const entry = await fetched(leaf);
    leafHash = await hashLeaf(entry);
    try { content = JSON.parse(text(entry, 'leaf-form')); } catch { throw new Wrong('leaf-form'); }
    if (content?.id !== event) throw new Wrong('other-entry', { event });
    tell('leaf', { bytes: entry.length }, hex(leafHash));
  }

  const found = readProof(text(await fetched(proof), 'proof-form')), checkpoint = readCheckpoint(found.note);
  const root = await rootOfPath(leafHash, found.index, checkpoint.size, found.hashes);
  if (!same(root, checkpoint.root)) throw new Wrong('root', { computed: hex(root), root: hex(checkpoint.root) });
  tell('path', { place: found.index, size: checkpoint.size, hashes: found.hashes.length }, hex(root));

  const keys = await readKeys(text(await fetched(key), 'key-form')), signer = await signedBy(checkpoint, keys);
  tell('signed', { origin: checkpoint.origin, key: signer.id }, signer.line);

  for (const each of kept) await compare(each, checkpoint, keys, log, tell);
  return { checkpoint, keys, signer, content };
};

// That the log still begins with what it was when somebody kept a checkpoint of it.
const compare = async ({ note, keys: keptKeys, isPasted }, checkpoint, keys, log, tell) => {
  const older = readCheckpoint(note), whose = isPasted ? 'pasted' : 'kept';
  if (older.origin !== checkpoint.origin) throw new Wrong(`${whose}-origin`, { origin: older.origin });
  await signedBy(older, [...keys, ...await readKeys(keptKeys || keys[0].line)]);
  if (older.size > checkpoint.size) throw new Wrong('shorter', { old: older.size, size: checkpoint.size });
  const proof = await consistencyProof(tilesOf(log, checkpoint.size), older.size, checkpoint.size);
  if (!await isConsistent(older.size, checkpoint.size, older.root, checkpoint.root, proof)) {
    throw new Wrong('rewritten', { old: older.size, root: hex(older.root) });
  }
  tell(whose, { old: older.size, size: checkpoint.size, hashes: proof.length }, hex(older.root));
};

// The page. Every sentence stands in it, in the reader's language; here are only names of sentences.

const page = (section) => {
  const $ = (name) => section.querySelector(`[data-part="${name}"]`);
  const sentence = (say, facts) => {
    const words = section.querySelector(`[data-say="${say}"]`)?.textContent ?? say;
    return words.replace(/\{(\w+)\}/g, (_, name) => (typeof facts[name] === 'number' ? facts[name].toLocaleString(document.documentElement.lang) : facts[name] ?? ''));
  };
  const step = (good, words, hash) => {
    const item = document.createElement('li'), line = document.createElement('p');
    item.className = good ? 'vfy-ok' : 'vfy-no';
    line.textContent = words;
    item.append(line);
    if (hash) { const code = document.createElement('code'); code.textContent = hash; item.append(code); }
    $('steps').append(item);
  };
  const end = (tone, say, facts = {}) => {
    $('verdict').className = `msg msg-${tone} vfy-v`;
    $('verdict').textContent = sentence(say, facts);
  };

  // What was kept at the last visit, in this browser. Private windows and full disks keep nothing, and that is said.
  const place = `brightline.checkpoint.${section.dataset.log}`;
  const recall = () => { try { return JSON.parse(localStorage.getItem(place)); } catch { return null; } };
  const keep = (note, keys) => {
    try { localStorage.setItem(place, JSON.stringify({ note, keys })); return true; } catch { return false; }
  };

  const run = async () => {
    $('steps').replaceChildren();
    $('result').hidden = false;
    $('after').hidden = true;
    end('note', 'working');
    const last = recall(), pasted = $('pasted').value.replace(/\r\n?/g, '\n').trim();
    const kept = [];
    if (last?.note) kept.push({ note: last.note, keys: last.keys, isPasted: false });
    if (pasted) kept.push({ note: `${pasted}\n`, isPasted: true });
    try {
      const found = await verify(section.dataset, kept, (say, facts, hash) => step(true, sentence(say, facts), hash));
      const { checkpoint, keys, signer, content } = found;
      if (last?.keys && !last.keys.split('\n').some((line) => keys.some((key) => key.line === line))) step(false, sentence('new-key', {}), last.keys);
      const isKept = keep(checkpoint.note, keys.map((key) => key.line).join('\n'));
      const others = checkpoint.signatures.filter(({ name, id }) => !keys.some((key) => key.name === name && key.id === id));
      if (content) $('entry').textContent = JSON.stringify(content, null, 2);
      $('note').textContent = checkpoint.note;
      $('witnesses').textContent = others.length ? sentence('witnesses', { names: others.map(({ name }) => name).join(', ') }) : sentence('no-witnesses', {});
      $('memory').textContent = sentence(isKept ? (last ? 'remembers' : 'remembers-first') : 'forgets', { size: checkpoint.size });
      $('after').hidden = false;
      if (!content) end('warn', 'pruned-only', { key: signer.id, size: checkpoint.size });
      else end('ok', kept.length ? 'verified-since' : 'verified', { key: signer.id, size: checkpoint.size });
    } catch (error) {
      const isOurs = error instanceof Wrong;
      step(false, sentence(isOurs ? error.say : 'broken', isOurs ? error.facts : {}), isOurs ? error.facts.computed ?? error.facts.root ?? '' : String(error));
      end(isOurs && !(error instanceof Unable) ? 'bad' : 'warn', isOurs && !(error instanceof Unable) ? 'refused' : 'unable');
    }
  };

  section.querySelector('form').addEventListener('submit', (event) => { event.preventDefault(); run(); });
};

document.querySelectorAll('[data-verify]').forEach(page);

export { consistencyProof, hashChildren, hashLeaf, hex, isConsistent, readCheckpoint, rootOfPath };
