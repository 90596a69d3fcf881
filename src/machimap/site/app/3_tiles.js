/* The hazard's areas. Where no layer in sight has a tile, the map is hatched: 「データなし」 is not 「区域外」. */
const KEPT_SINCE = new Map();

const HazardTiles = L.TileLayer.extend({
  initialize(id, opacity) {
    const layer = DATA.layers[id];
    this.id = id;
    this.lost = new Set();
    this.shown = new Set();
    L.TileLayer.prototype.initialize.call(this, layer.url, {
      minZoom: layer.min, maxNativeZoom: layer.max, maxZoom: 18, opacity, crossOrigin: "anonymous",
      attribution: layer.credit, className: "hazard"
    });
    this.on("tileload", (event) => { this.lost.delete(key(event)); this.shown.add(key(event)); });
    this.on("tileerror", (event) => { this.lost.add(key(event)); this.shown.delete(key(event)); });
    this.on("tileunload", (event) => { this.lost.delete(key(event)); this.shown.delete(key(event)); });
  },
  createTile(coords, done) {
    const tile = document.createElement("img"), fallback = DATA.layers[this.id].fallback;
    const again = () => {
      tile.onerror = () => done(new Error("no tile"), tile);
      tile.src = L.Util.template(fallback, { z: this._getZoomForUrl(), x: coords.x, y: coords.y });
    };
    tile.crossOrigin = "anonymous";
    tile.alt = "";
    tile.onload = () => done(null, tile);
    tile.onerror = fallback ? again : () => done(new Error("no tile"), tile);
    tile.src = this.getTileUrl(coords);
    return tile;
  }
});

const key = (event) => [event.coords.z, event.coords.x, event.coords.y].join("/");

const NoData = L.GridLayer.extend({
  createTile(coords) {
    const tile = element("div", "", "no-data");
    tile.dataset.key = [this._tileZoom, coords.x, coords.y].join("/");
    return tile;
  }
});

function tileLayers(map, changed) {
  const made = {}, on = new Set(), noData = new NoData({ maxNativeZoom: 17, maxZoom: 18, minZoom: 2, zIndex: 50, className: "hatch" });
  let opacity = 0.7;

  const hatch = L.Util.throttle(() => {
    const layers = [...on].map((id) => made[id]);
    for (const tile of noData.getContainer() ? noData.getContainer().querySelectorAll(".no-data") : []) {
      tile.classList.toggle("lost", layers.length > 0 && layers.every((layer) => layer.lost.has(tile.dataset.key)));
    }
    changed();
  }, 150);

  function layer(id) {
    if (!made[id]) { made[id] = new HazardTiles(id, opacity).on("tileload tileerror tileunload load", hatch); }
    return made[id];
  }
  noData.addTo(map).on("tileload load", hatch);
  return {
    on,
    show(id, wanted) {
      if (wanted) { on.add(id); layer(id).addTo(map); } else if (on.has(id)) { on.delete(id); layer(id).remove(); }
      hatch();
    },
    fade(value) { opacity = value; for (const id in made) { made[id].setOpacity(value); } },
    /* Layers of which not one tile of this view came. */
    lost: () => [...on].filter((id) => made[id].lost.size > 0 && made[id].shown.size === 0),
    /* The oldest day among the kept tiles in view that are past their time, or "". */
    old() {
      const days = [...map.getContainer().querySelectorAll("img.leaflet-tile")].map((tile) => KEPT_SINCE.get(tile.src)).filter(Boolean);
      const past = days.filter((day) => Date.now() - new Date(day) > DATA.oldDays * 864e5);
      for (const tile of map.getContainer().querySelectorAll("img.leaflet-tile")) {
        tile.classList.toggle("old", past.includes(KEPT_SINCE.get(tile.src)));
      }
      return past.length ? past.sort()[0].slice(0, 10) : "";
    }
  };
}

function baseLayers(map, changed) {
  const made = DATA.bases.map((base) => {
    const layer = L.tileLayer(base.url, {
      minZoom: base.min, maxNativeZoom: base.max, maxZoom: 18, attribution: base.credit, crossOrigin: "anonymous", className: "base"
    });
    layer.came = layer.failed = 0;
    layer.on("loading", () => { layer.came = layer.failed = 0; });
    layer.on("tileload", () => { layer.came += 1; changed(); });
    layer.on("tileerror", () => { layer.failed += 1; changed(); });
    return layer;
  });
  let now = made[0].addTo(map);
  return {
    choose(n) { now.remove(); now = made[n].addTo(map); now.bringToBack(); },
    lost: () => now.failed > 0 && now.came === 0
  };
}
