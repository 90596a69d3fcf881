/* The page: a map of one municipality, a hazard to choose, and what is known of a place. */
function notices(state, tiles, bases) {
  const box = byId("notice");
  let told = "";
  return L.Util.throttle(() => {
    const lines = [], lost = tiles.lost(), old = tiles.old();
    if (bases.lost()) { lines.push(say("no_base")); }
    if (lost.length) { lines.push(say("no_layer", { layers: lost.map((id) => TEXT.layers[id].label).join(say("comma")) })); }
    if (old) { lines.push(say("old_tiles", { date: old, days: String(DATA.oldDays) })); }
    if (lines.join() === told) { return; }
    told = lines.join();
    box.replaceChildren(...lines.map((words) => said("p", words)));
    box.hidden = !lines.length;
  }, 250);
}

/* Lets the page answer a finger between two steps of its start. */
const breath = () => new Promise((done) => { setTimeout(done); });

function makeMap() {
  const map = L.map("map", { zoomSnap: 0.5, maxZoom: 18, zoomControl: false, fadeAnimation: false });
  L.control.zoom({ zoomInTitle: plain(say("zoom_in")), zoomOutTitle: plain(say("zoom_out")) }).addTo(map);
  L.control.scale({ imperial: false }).addTo(map);
  map.attributionControl.setPrefix('<a href="https://leafletjs.com" rel="noopener">Leaflet</a>');
  map.fitBounds(DATA.bounds, { padding: [8, 8] });
  return map;
}

function drawBoundary(map) {
  if (DATA.boundary) {
    L.geoJSON(DATA.boundary, { interactive: false, style: { color: "#1b1b1b", weight: 2.5, dashArray: "8 5", fill: false } }).addTo(map);
  }
}

async function start() {
  const hazard = byId("hazard"), map = makeMap();
  const state = { map, hazard: hazard.value || DATA.opening, here: null, place: null, points: new Points(PLACES) };
  let notice = () => {};
  const changed = () => notice();
  await breath();
  const bases = baseLayers(map, changed);
  await breath();
  const tiles = tileLayers(map, changed);
  notice = notices(state, tiles, bases);
  drawBoundary(map);
  await breath();
  state.points.choose(state.hazard);
  state.points.addTo(map);
  await breath();
  const own = state.own = ownLayer(map, () => answer.again());
  const panel = layerPanel(state, tiles, own, changed);
  const answer = answerPanel(state, own);

  function choose(key) {
    state.hazard = key;
    hazard.value = key;
    state.points.choose(key);
    panel();
    answer.again();
  }
  hazard.addEventListener("change", () => choose(hazard.value));
  byId("base").addEventListener("change", (event) => { bases.choose(Number(event.target.value)); changed(); });
  byId("opacity").addEventListener("input", (event) => tiles.fade(Number(event.target.value) / 100));
  byId("centre").addEventListener("click", () => answer.ask(map.getCenter(), { focus: true }));
  map.on("click", (event) => {
    const place = state.points.under(map.latLngToContainerPoint(event.latlng));
    if (place) { answer.show(place, false); } else { answer.ask(event.latlng); }
  });
  map.on("mousemove", L.Util.throttle((event) => {
    const place = state.points.under(event.containerPoint);
    map.getContainer().style.cursor = place ? "pointer" : "";
    map.getContainer().title = place ? place.name : "";
  }, 80));
  searchBox(state, answer);
  locateButton(state, answer);
  await breath();
  window.machimapPage = { state, tiles, DATA, TEXT, byId, say, said, put, datum, styleLegend, legendOf, hazardLegend };
  byId("print").addEventListener("click", () => {
    (window.machimapPrint ? Promise.resolve() : load("print.js")).then(() => window.machimapPrint(), () => window.print());
  });
  offlineBanner(changed);

  function follow() {
    const wanted = new URLSearchParams(location.hash.slice(1)), place = PLACES.find((one) => one.id === wanted.get("s"));
    if (wanted.has("h") && [...hazard.options].some((option) => option.value === wanted.get("h"))) { choose(wanted.get("h")); }
    if (place) { answer.show(place, true); }
  }
  await breath();
  choose(state.hazard);
  follow();
  window.addEventListener("hashchange", follow);
  new ResizeObserver(() => map.invalidateSize()).observe(map.getContainer());
}

start();
