/* One A4 sheet: the view, its legend in words, the places in view, and how to come back to the page. Loaded when asked for. */
(function () {
"use strict";
const { state, tiles, DATA, TEXT, byId, say, said, put, datum, styleLegend, legendOf, hazardLegend } = window.machimapPage;
const { element, distance } = machimapShared;
const MOST_ROWS = 30;
const PATIENCE_PRINT_MS = 5000;

const body = document.body, rows = byId("print-rows");

/* The legend says it in full; a row needs no more than its first words. */
function shortly(style) {
  return TEXT.styles[style].split(/[（(]/)[0].replaceAll("<hazard>", state.hazard ? TEXT.kinds[state.hazard] : "");
}

/* One building that stands in both lists is one row. */
function together(entries) {
  const rows = new Map();
  for (const { place, style } of entries) {
    const key = place.name + "\n" + place.address, row = rows.get(key) || { place, styles: [] };
    rows.set(key, { place: row.place, styles: [...row.styles, style] });
  }
  return [...rows.values()];
}

function fill() {
  const inView = state.points.within(state.map.getBounds());
  const centre = state.map.getCenter();
  const near = together(inView).map((entry) => ({ ...entry, length: distance(centre, entry.place) })).sort((a, b) => a.length - b.length);
  rows.replaceChildren(...near.slice(0, MOST_ROWS).map(({ place, styles }) => {
    const row = element("tr"), what = styles.map(shortly);
    row.append(element("td", place.name), element("td", place.address), said("td", what.join("／")));
    return row;
  }));
  const rest = byId("print-rest");
  rest.replaceChildren();
  put(rest, near.length > MOST_ROWS ? say("print_more", { count: String(near.length - MOST_ROWS) }) : near.length ? "" : say("print_none"));
  const legend = byId("print-legend");
  legend.replaceChildren(styleLegend(state.hazard), ...[...tiles.on].flatMap((id) => [
    said("h3", TEXT.layers[id].label), legendOf(hazardLegend(id)), ...TEXT.layers[id].notes.map((note) => said("p", note))
  ]));
  if (DATA.own && state.own.on) {
    legend.append(element("h3", DATA.own.title),
      legendOf(DATA.own.classes.map((klass) => ({ hex: klass.hex, words: datum(klass.label) }))), element("p", DATA.own.credit));
  }
  byId("print-address").textContent = location.protocol === "file:" ? DATA.address : location.href.split("#")[0];
  byId("print-day").textContent = new Date().toLocaleDateString("sv-SE");
}

function lay() {
  const bounds = state.map.getBounds();
  body.classList.add("sheet");
  state.map.invalidateSize({ animate: false });
  state.map.fitBounds(bounds, { animate: false });
  fill();
}

function busy() {
  let any = false;
  state.map.eachLayer((layer) => { any = any || Boolean(layer.isLoading && layer.isLoading()); });
  return any;
}

function settled() {
  const until = Date.now() + PATIENCE_PRINT_MS;
  return new Promise((done) => {
    const look = () => (busy() && Date.now() < until ? setTimeout(look, 100) : setTimeout(done, 300));
    look();
  });
}

window.machimapPrint = async () => {
  lay();
  await settled();
  window.print();
};
window.addEventListener("beforeprint", () => { if (!body.classList.contains("sheet")) { lay(); } });
/* Some browsers never tell that the printing is over; then the first touch brings the page back. */
function restore() {
  if (!body.classList.contains("sheet")) { return; }
  body.classList.remove("sheet");
  state.map.invalidateSize({ animate: false });
}
for (const event of ["afterprint", "pointerdown", "keydown"]) { window.addEventListener(event, restore); }
})();
