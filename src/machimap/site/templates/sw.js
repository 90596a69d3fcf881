/* After the first visit the page, its data and the tiles already seen stand without a network. */
const VERSION = {{ version|tojson }};
const SHELL = {{ files|tojson }};
const TILE_HOSTS = {{ tile_hosts|tojson }};
const MOST_TILES = {{ most_tiles }};
const PATIENCE_MS = {{ patience_ms }};
const SHELL_CACHE = "machimap-" + VERSION;
const TILE_CACHE = "machimap-tiles";
const KEPT = "x-machimap-kept";

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(SHELL_CACHE)
    .then((cache) => cache.addAll(SHELL.map((file) => new Request(file, { cache: "no-cache" }))))
    .then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(caches.keys()
    .then((names) => Promise.all(names.filter((name) => name.startsWith("machimap-") && ![SHELL_CACHE, TILE_CACHE].includes(name))
      .map((name) => caches.delete(name))))
    .then(() => self.clients.claim()));
});

self.addEventListener("message", (event) => {
  if (!event.data || !event.data.keep) { return; }
  event.waitUntil(keepSeen(event.data));
});

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET") { return; }
  if (isTile(url)) { event.respondWith(tile(event)); return; }
  if (url.origin !== self.location.origin || url.pathname.endsWith("/version.json")) { return; }
  event.respondWith(event.request.mode === "navigate" ? page(event.request) : part(event.request));
});

const isTile = (url) => TILE_HOSTS.includes(url.origin) && /\.(png|jpe?g|webp)$/.test(url.pathname);

/* A page comes from the network while there is one, so that a correction reaches its readers at once. */
async function page(request) {
  try {
    const answer = await patiently(request);
    if (!answer.ok) { throw new Error("status"); }
    return answer;
  } catch (error) {
    const cache = await caches.open(SHELL_CACHE), kept = await cache.match(request, { ignoreSearch: true }) || await cache.match(folder(request));
    return kept || Response.error();
  }
}

const folder = (request) => request.url.split(/[?#]/)[0].replace(/\/?$/, "/index.html");

async function part(request) {
  const cache = await caches.open(SHELL_CACHE);
  return await cache.match(request) || fetch(request);
}

/* A tile comes from the network; only without an answer the kept one, and the page hears of its date. */
async function tile(event) {
  const request = event.request, cache = await caches.open(TILE_CACHE);
  const answer = await patiently(request).catch((error) => (error.name === "AbortError" ? new Response(null, { status: 504 }) : Response.error()));
  if (answer.ok) { event.waitUntil(keep(cache, request.url, answer.clone())); }
  if (answer.ok || answer.status >= 400 && answer.status < 500) { return answer; }
  const kept = await cache.match(request.url);
  if (!kept) { return answer; }
  const client = event.clientId && await self.clients.get(event.clientId);
  if (client) { client.postMessage({ url: request.url, kept: kept.headers.get(KEPT) }); }
  return kept;
}

async function patiently(request) {
  const stop = new AbortController(), timer = setTimeout(() => stop.abort(), PATIENCE_MS);
  try {
    return await fetch(request, { signal: stop.signal });
  } finally {
    clearTimeout(timer);
  }
}

async function keep(cache, url, answer) {
  const body = await answer.blob();
  const headers = { "Content-Type": answer.headers.get("Content-Type") || "", "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": KEPT, [KEPT]: new Date().toISOString() };
  await cache.delete(url);
  await cache.put(url, new Response(body, { headers }));
  const kept = await cache.keys();
  await Promise.all(kept.slice(0, Math.max(0, kept.length - MOST_TILES)).map((old) => cache.delete(old)));
}

/* What the first visit loaded before this worker stood. */
async function keepSeen({ keep: pages, seen }) {
  const shell = await caches.open(SHELL_CACHE), tiles = await caches.open(TILE_CACHE);
  await Promise.allSettled(pages.map(async (name) => { if (!await shell.match(name)) { await shell.add(name); } }));
  await Promise.allSettled(seen.filter((url) => isTile(new URL(url))).map(async (url) => {
    if (await tiles.match(url)) { return; }
    const answer = await fetch(url, { mode: "cors", credentials: "omit" });
    if (answer.ok) { await keep(tiles, url, answer); }
  }));
}
