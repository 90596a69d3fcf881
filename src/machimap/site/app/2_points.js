/* All places on one canvas: twelve thousand marks stay as quick as twelve. */
const ORDER = ["shelter_background", "shelter", "not_designated", "unknown", "site", "designated"];
const FINGER_PX = 22;

const Points = L.Layer.extend({
  initialize(places) {
    this.places = places.map((place) => ({ place, at: L.CRS.EPSG3857.latLngToPoint(place, 0) }));
    this.choose("");
  },
  choose(hazard) {
    if (hazard === this.hazard) { return; }
    this.hazard = hazard;
    for (const entry of this.places) { entry.style = styleOf(entry.place, hazard); }
    this.drawn = ORDER.flatMap((key) => this.places.filter((entry) => entry.style === key));
    if (this._map) { this.draw(); }
  },
  onAdd(map) {
    this.canvas = L.DomUtil.create("canvas", "places leaflet-zoom-hide", map.createPane("places"));
    map.getPane("places").style.zIndex = 450;
    map.getPane("places").style.pointerEvents = "none";
    map.on("moveend zoomend resize viewreset", this.draw, this);
    this.draw();
  },
  onRemove(map) {
    this.canvas.remove();
    map.off("moveend zoomend resize viewreset", this.draw, this);
  },
  draw() {
    const map = this._map, size = map.getSize(), ratio = window.devicePixelRatio > 1 ? 2 : 1, ctx = this.canvas.getContext("2d");
    L.DomUtil.setPosition(this.canvas, map.containerPointToLayerPoint([0, 0]));
    this.canvas.width = size.x * ratio;
    this.canvas.height = size.y * ratio;
    this.canvas.style.width = size.x + "px";
    this.canvas.style.height = size.y + "px";
    ctx.scale(ratio, ratio);
    const zoom = map.getZoom(), times = 2 ** zoom, origin = map.getPixelBounds().min, small = scale(zoom);
    for (const entry of this.drawn) {
      const x = entry.at.x * times - origin.x, y = entry.at.y * times - origin.y;
      if (x < -20 || y < -20 || x > size.x + 20 || y > size.y + 20) { continue; }
      const style = DATA.styles[entry.style];
      trace(ctx, style.shape, x, y, style.radius * small);
      ctx.globalAlpha = style.dashed ? 0.75 : 1;
      ctx.fillStyle = style.fill;
      ctx.strokeStyle = style.stroke;
      ctx.lineWidth = style.dashed ? 2 : 1.5;
      if (style.fill) { ctx.fill(); }
      ctx.stroke();
    }
  },
  /* The place under the finger; one that stands out goes before one that steps back. */
  under(point) {
    const times = 2 ** this._map.getZoom(), origin = this._map.getPixelBounds().min;
    let best = null, least = FINGER_PX;
    for (let n = this.drawn.length - 1; n >= 0; n -= 1) {
      const at = this.drawn[n].at, away = Math.hypot(at.x * times - origin.x - point.x, at.y * times - origin.y - point.y);
      if (away < least) { least = away; best = this.drawn[n].place; }
    }
    return best;
  },
  within(bounds) { return this.drawn.filter((entry) => bounds.contains(entry.place)).reverse(); }
});
