/* What the notebook's map and the residents' site share: marks, distances, nodes of text. */
var machimapShared = (function () {
  "use strict";
  var EARTH_M = 6371008.8;

  function trace(ctx, shape, x, y, r) {
    ctx.beginPath();
    if (shape === "square") { ctx.rect(x - r, y - r, 2 * r, 2 * r); }
    else if (shape === "diamond") { polygon(ctx, [[x, y - r], [x + r, y], [x, y + r], [x - r, y]]); }
    else if (shape === "triangle") { polygon(ctx, [[x, y - r], [x + r, y + r * 0.8], [x - r, y + r * 0.8]]); }
    else if (shape === "cross") {
      ctx.moveTo(x - r, y - r); ctx.lineTo(x + r, y + r);
      ctx.moveTo(x + r, y - r); ctx.lineTo(x - r, y + r);
    } else { ctx.arc(x, y, r, 0, Math.PI * 2); }
  }

  function polygon(ctx, corners) {
    corners.forEach(function (corner, n) { ctx[n ? "lineTo" : "moveTo"](corner[0], corner[1]); });
    ctx.closePath();
  }

  /* Seen from afar the marks would cover one another; the target of the finger keeps its size. */
  function scale(zoom) { return Math.max(0.5, Math.min(1, (zoom - 7.5) / 5)); }

  function element(tag, text, className) {
    var node = document.createElement(tag);
    if (text) { node.textContent = text; }
    if (className) { node.className = className; }
    return node;
  }

  /* A mark of the legend, drawn at twice its size for fine screens. */
  function mark(style) {
    var canvas = element("canvas", "", "mm-mark"), ctx = canvas.getContext("2d");
    canvas.width = canvas.height = 36;
    canvas.setAttribute("aria-hidden", "true");
    trace(ctx, style.shape, 18, 18, 2 * style.radius);
    ctx.lineWidth = 3;
    ctx.fillStyle = style.fill;
    ctx.strokeStyle = style.stroke;
    if (style.fill) { ctx.fill(); }
    ctx.stroke();
    return canvas;
  }

  function distance(a, b) {
    var rad = Math.PI / 180, dLat = (b.lat - a.lat) * rad, dLng = (b.lng - a.lng) * rad;
    var h = Math.pow(Math.sin(dLat / 2), 2) +
      Math.cos(a.lat * rad) * Math.cos(b.lat * rad) * Math.pow(Math.sin(dLng / 2), 2);
    return 2 * EARTH_M * Math.asin(Math.sqrt(h));
  }

  /* The eighth of the compass, counted from north by way of the east. */
  function direction(a, b) {
    var rad = Math.PI / 180, dLng = (b.lng - a.lng) * rad;
    var angle = Math.atan2(Math.sin(dLng) * Math.cos(b.lat * rad),
      Math.cos(a.lat * rad) * Math.sin(b.lat * rad) - Math.sin(a.lat * rad) * Math.cos(b.lat * rad) * Math.cos(dLng));
    return (Math.round(angle / (Math.PI / 4)) + 8) % 8;
  }

  function metres(length) {
    return length < 1000 ? Math.round(length) + "m" : (length / 1000).toFixed(1) + "km";
  }

  return { trace: trace, scale: scale, element: element, mark: mark, distance: distance, direction: direction, metres: metres };
})();
