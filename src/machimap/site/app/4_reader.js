/* The class of a layer at one point, read from the tile's pixel; what cannot be read is 「データなし」, with its reason. */
const PATIENCE_MS = 8000;
const REMEMBERED = 40;
const pictures = new Map();

const none = (reason) => ({ state: "none", reason });

async function read(id, here) {
  const layer = DATA.layers[id];
  if (!layer.readable) { return none("pattern"); }
  const size = 2 ** layer.max, at = L.CRS.EPSG3857.latLngToPoint(here, 0).divideBy(256).multiplyBy(size);
  if (at.x < 0 || at.y < 0 || at.x >= size || at.y >= size) { return none("outside_map"); }
  const where = { z: layer.max, x: Math.floor(at.x), y: Math.floor(at.y) };
  let found = await picture(L.Util.template(layer.url, where), layer.px);
  if (found.reason === "missing" && layer.fallback) { found = await picture(L.Util.template(layer.fallback, where), layer.px); }
  if (found.reason) { return none(found.reason); }
  const pixel = (Math.floor(at.y % 1 * layer.px) * layer.px + Math.floor(at.x % 1 * layer.px)) * 4;
  const answer = classify(layer, found.pixels.slice(pixel, pixel + 4));
  return found.kept ? { ...answer, kept: found.kept } : answer;
}

function classify(layer, [red, green, blue, alpha]) {
  if (alpha === 0) { return { state: "outside" }; }
  const away = layer.classes.map(([, r, g, b]) => Math.max(Math.abs(r - red), Math.abs(g - green), Math.abs(b - blue)));
  const least = Math.min(...away);
  const near = new Set(layer.classes.filter((klass, n) => away[n] === least && least <= DATA.tolerance).map(([label]) => label));
  return near.size === 1 ? { state: "inside", label: [...near][0] } : none("unknown_colour");
}

async function picture(url, px) {
  if (!pictures.has(url)) {
    const found = await decode(url, px);
    if (found.reason && found.reason !== "missing") { return found; }
    if (pictures.size >= REMEMBERED) { pictures.delete(pictures.keys().next().value); }
    pictures.set(url, found);
  }
  return pictures.get(url);
}

async function decode(url, px) {
  const stop = new AbortController(), timer = setTimeout(() => stop.abort(), PATIENCE_MS);
  try {
    const answer = await fetch(url, { signal: stop.signal, credentials: "omit", referrerPolicy: "no-referrer" });
    if (answer.status === 404) { return { reason: "missing" }; }
    if (!answer.ok) { return { reason: answer.status === 504 ? "slow" : "service" }; }
    const image = await createImageBitmap(await answer.blob(), { colorSpaceConversion: "none", premultiplyAlpha: "none" })
      .catch((error) => { throw stop.signal.aborted ? error : new SyntaxError("no picture"); });
    if (image.width !== px || image.height !== px) { return { reason: "odd" }; }
    const canvas = document.createElement("canvas"), ctx = canvas.getContext("2d", { willReadFrequently: true });
    canvas.width = canvas.height = px;
    ctx.drawImage(image, 0, 0);
    return { pixels: ctx.getImageData(0, 0, px, px).data, kept: answer.headers.get("x-machimap-kept") };
  } catch (error) {
    return { reason: error.name === "AbortError" ? "slow" : error instanceof SyntaxError ? "odd" : "network" };
  } finally {
    clearTimeout(timer);
  }
}
