/* The municipality's own areas: drawn, and asked for one point. */
window.machimapOwn = function (own, map, classes) {
  "use strict";
  const shapes = { type: "FeatureCollection", features: window.machimapOwnShapes.map(([k, polygons]) => ({
    type: "Feature", properties: { k },
    geometry: { type: "MultiPolygon", coordinates: polygons.map((rings) => rings.map(unpacked)) }
  })) };
  map.createPane("own").style.zIndex = 350;
  const layer = L.geoJSON(shapes, {
    pane: "own", renderer: L.canvas({ pane: "own" }), interactive: false,
    style: (shape) => ({ stroke: false, fillColor: classes[shape.properties.k].hex, fillOpacity: 0.75 })
  });

  /* From point to point in steps of 0.00001 degrees. */
  function unpacked(steps) {
    const ring = [];
    let x = 0, y = 0;
    for (let n = 0; n < steps.length; n += 2) { ring.push([(x += steps[n]) / 1e5, (y += steps[n + 1]) / 1e5]); }
    return ring;
  }

  function insideRing(ring, here) {
    let inside = false;
    for (let n = 0, last = ring.length - 1; n < ring.length; last = n, n += 1) {
      const [x, y] = ring[n], [px, py] = ring[last];
      if ((y > here.lat) !== (py > here.lat) && here.lng < (px - x) * (here.lat - y) / (py - y) + x) { inside = !inside; }
    }
    return inside;
  }

  /* Where classes overlap, the last one of the legend (the deepest) answers. */
  own.read = function (here) {
    const covers = (rings) => insideRing(rings[0], here) && !rings.slice(1).some((hole) => insideRing(hole, here));
    const worst = Math.max(...shapes.features.filter((shape) => shape.geometry.coordinates.some(covers)).map((shape) => shape.properties.k));
    return worst >= 0 ? { state: "inside", own: classes[worst].label } : { state: "unpainted" };
  };
  own.show = () => { if (own.on) { layer.addTo(map); } else { layer.remove(); } };
  own.show();
};
