/* One map of one municipality: drawn from data, every cell of it as text. */
(function () {
  "use strict";
  var trace = machimapShared.trace, scale = machimapShared.scale, element = machimapShared.element;
  var mark = machimapShared.mark, distance = machimapShared.distance, words = machimapShared.metres;
  var DIRECTIONS = ["北", "北東", "東", "南東", "南", "南西", "西", "北西"];

  L.Canvas.include({
    _updateShape: function (layer) {
      if (!this._drawing || layer._empty()) { return; }
      trace(this._ctx, layer.options.shape, layer._point.x, layer._point.y, layer._radius * scale(this._map.getZoom()));
      this._fillStroke(this._ctx, layer);
    }
  });
  var Shape = L.CircleMarker.extend({ _updatePath: function () { this._renderer._updateShape(this); } });

  function box(map, position, node, label) {
    var control = L.control({ position: position });
    control.onAdd = function () {
      node.classList.add("mm-box");
      node.setAttribute("role", "region");
      node.setAttribute("aria-label", label);
      L.DomEvent.disableClickPropagation(node).disableScrollPropagation(node);
      return node;
    };
    return control.addTo(map);
  }

  function direction(a, b) { return DIRECTIONS[machimapShared.direction(a, b)]; }

  function features(config) {
    var data = config.places;
    return data.lat.map(function (lat, n) {
      return {
        type: "Feature",
        geometry: { type: "Point", coordinates: [data.lon[n], lat] },
        properties: {
          name: data.name[n], address: data.address[n], style: config.styleKeys[data.style[n]],
          hazards: config.hazards.filter(function (_, bit) { return data.flags[n] >> bit & 1; })
        }
      };
    });
  }

  function popup(config, properties) {
    var node = element("div", "", "mm-popup");
    node.appendChild(element("strong", properties.name || "（名前なし）"));
    var list = element("dl");
    function line(term, text) {
      if (text) { list.appendChild(element("dt", term)); list.appendChild(element("dd", text)); }
    }
    line("種類", config.styles[properties.style].label);
    line("住所", properties.address);
    if (properties.style.indexOf("shelter") !== 0) {
      line("使える災害", properties.hazards.join("、") || "指定の記載がありません");
    }
    node.appendChild(list);
    return node;
  }

  function drawPlaces(map, config) {
    return L.geoJSON({ type: "FeatureCollection", features: features(config) }, {
      pointToLayer: function (feature, latlng) {
        var style = config.styles[feature.properties.style];
        return new Shape(latlng, {
          shape: style.shape, radius: style.radius, color: style.stroke, fillColor: style.fill || style.stroke,
          fillOpacity: style.fill ? 0.95 : 0, opacity: style.dashed ? 0.75 : 1, weight: style.dashed ? 2 : 1.5,
          bubblingMouseEvents: false
        });
      },
      onEachFeature: function (feature, layer) {
        layer.bindPopup(function () { return popup(config, feature.properties); });
        layer.bindTooltip(function () { return element("span", feature.properties.name); });
      }
    }).addTo(map);
  }

  function drawAreas(map, areas) {
    map.createPane("areas").style.zIndex = 350;
    return L.geoJSON(areas.geojson, {
      pane: "areas", renderer: L.canvas({ pane: "areas" }), interactive: true, bubblingMouseEvents: true,
      style: function (feature) {
        var klass = areas.classes[feature.properties.k];
        return { color: klass.stroke, weight: 0.3, opacity: 0.25, fillColor: klass.hex, fillOpacity: 0.85 };
      },
      onEachFeature: function (feature, layer) {
        layer.bindTooltip(function () { return element("span", areas.title + "：" + areas.classes[feature.properties.k].label); },
          { sticky: true });
      }
    }).addTo(map);
  }

  function swatches(classes) {
    var list = element("ul");
    classes.forEach(function (klass) {
      var item = element("li"), swatch = element("span", "", "mm-swatch");
      swatch.style.background = klass.hex;
      item.appendChild(swatch);
      item.appendChild(element("span", klass.label));
      list.appendChild(item);
    });
    return list;
  }

  function hasRoom(map) { return map.getSize().y > 420 && map.getSize().x > 600; }

  function drawLegend(map, config) {
    var body = element("div"), legend = element("div", "", "mm-legend"), details = element("details");
    legend.appendChild(element("p", config.words.honest, "mm-honest"));
    legend.appendChild(details);
    details.open = hasRoom(map);
    details.appendChild(element("summary", "凡例"));
    var list = element("ul");
    config.styleKeys.forEach(function (key, n) {
      if (config.places.style.indexOf(n) < 0) { return; }
      var item = element("li");
      item.appendChild(mark(config.styles[key]));
      item.appendChild(element("span", config.styles[key].label));
      list.appendChild(item);
    });
    details.appendChild(list);
    if (config.official) {
      var line = element("p", config.words.official), link = element("a", config.official);
      link.href = config.official;
      link.target = "_blank";
      link.rel = "noopener";
      line.appendChild(link);
      details.appendChild(line);
    }
    config.notes.forEach(function (note) { details.appendChild(element("p", note)); });
    details.appendChild(body);
    box(map, "bottomright", legend, "凡例");
    return function (shown) {
      body.textContent = "";
      shown.forEach(function (layer) {
        body.appendChild(element("h3", layer.label));
        body.appendChild(swatches(layer.classes));
        layer.notes.forEach(function (note) { body.appendChild(element("p", note)); });
      });
    };
  }

  /* Only the tiles of this view count: what loaded elsewhere says nothing about here. */
  function watch(layer) {
    var loaded = {};
    function key(event) { return [event.coords.z, event.coords.x, event.coords.y].join("/"); }
    layer.on("tileload", function (event) { loaded[key(event)] = true; });
    layer.on("tileerror", function (event) { loaded[key(event)] = false; });
    layer.on("tileunload", function (event) { delete loaded[key(event)]; });
    return function () {
      var known = Object.keys(loaded);
      return known.length > 0 && !known.some(function (tile) { return loaded[tile]; });
    };
  }

  function drawNotice(map, config, bases, overlays) {
    var node = element("div", "", "mm-notice"), control = null;
    node.setAttribute("role", "status");
    function failed(entry) { return map.hasLayer(entry.layer) && entry.allFailed(); }
    return function () {
      var lines = [], lost = overlays.filter(failed).map(function (entry) { return entry.label; });
      if (bases.some(failed)) { lines.push(config.words.noBase); }
      if (lost.length) { lines.push(config.words.noLayer.replace("{layers}", lost.join("、"))); }
      node.textContent = "";
      lines.forEach(function (text) { node.appendChild(element("div", text)); });
      var corner = map.getSize().x < 700 ? "topleft" : "bottomleft";
      if (lines.length && !control) { control = box(map, corner, node, "お知らせ"); }
      if (control && control.getPosition() !== corner) { control.setPosition(corner); }
      if (!lines.length && control) { control.remove(); control = null; }
    };
  }

  function answerClicks(map, config, places) {
    var line = null;
    map.on("click", function (event) {
      var best = null;
      places.eachLayer(function (layer) {
        if (!config.suitable[layer.feature.properties.style]) { return; }
        var metres = distance(event.latlng, layer.getLatLng());
        if (!best || metres < best.metres) { best = { layer: layer, metres: metres }; }
      });
      var node = element("div", "", "mm-popup"), here = element("p");
      here.appendChild(element("code", "[" + event.latlng.lat.toFixed(6) + ", " + event.latlng.lng.toFixed(6) + "]"));
      if (line) { line.remove(); line = null; }
      if (best) {
        node.appendChild(element("strong", best.layer.feature.properties.name));
        node.appendChild(element("p", config.words.nearest + "：" + direction(event.latlng, best.layer.getLatLng()) + "へ" +
          words(best.metres) + "（" + config.words.straight + "）"));
        line = L.polyline([event.latlng, best.layer.getLatLng()], { color: "#D55E00", weight: 3, dashArray: "6 6" }).addTo(map);
      } else {
        node.appendChild(element("p", config.words.noSuitable));
      }
      node.appendChild(here);
      L.popup().setLatLng(event.latlng).setContent(node).openOn(map);
    });
    map.on("popupclose", function () { if (line) { line.remove(); line = null; } });
  }

  function boundsOf(config) {
    return L.latLngBounds([config.bounds[1], config.bounds[0]], [config.bounds[3], config.bounds[2]]);
  }

  window.machimap = function (id, config) {
    var map = L.map(id, { preferCanvas: true, zoomSnap: 0.5, maxZoom: 18, zoomControl: false });
    L.control.zoom({ zoomInTitle: config.words.zoomIn, zoomOutTitle: config.words.zoomOut }).addTo(map);
    map.getContainer().setAttribute("role", "region");
    map.getContainer().setAttribute("aria-label", config.title + config.words.mapOf);
    map.on("popupopen", function (event) {
      event.popup.getElement().querySelector(".leaflet-popup-close-button").setAttribute("aria-label", config.words.close);
    });
    map.attributionControl.setPrefix('<a href="https://leafletjs.com">Leaflet</a>');
    map.fitBounds(boundsOf(config), { paddingTopLeft: [24, 24], paddingBottomRight: [hasRoom(map) ? 300 : 24, 24] });
    var bases = config.bases.map(function (base) {
      var layer = L.tileLayer(base.url, { minZoom: base.minzoom, maxNativeZoom: base.maxzoom, maxZoom: 18, attribution: base.credit });
      return { label: base.label, layer: layer, allFailed: watch(layer) };
    });
    var overlays = config.overlays.map(function (overlay) {
      var layer = L.tileLayer(overlay.url, {
        minZoom: overlay.minzoom, maxNativeZoom: overlay.maxzoom, maxZoom: 18, opacity: 0.7, attribution: overlay.credit
      });
      return { label: overlay.label, layer: layer, allFailed: watch(layer), classes: overlay.classes, notes: overlay.notes };
    });
    bases[0].layer.addTo(map);
    overlays.forEach(function (entry, n) { if (config.overlays[n].on) { entry.layer.addTo(map); } });
    var areas = config.areas ? drawAreas(map, config.areas) : null;
    if (config.boundary) {
      L.geoJSON(config.boundary, { interactive: false, style: { color: "#1b1b1b", weight: 2.5, dashArray: "8 5", fill: false } }).addTo(map);
    }
    var places = drawPlaces(map, config);
    if (config.point) {
      var style = config.styles.point;
      new Shape(config.point, { shape: style.shape, radius: style.radius, color: style.stroke, fillColor: style.fill, fillOpacity: 1, weight: 2 })
        .addTo(map).bindTooltip(style.label);
    }
    var byName = {}, overName = {};
    bases.forEach(function (entry) { byName[entry.label] = entry.layer; });
    overlays.forEach(function (entry) { overName[entry.label] = entry.layer; });
    if (areas) { overName[config.areas.title] = areas; }
    overName[config.words.places] = places;
    var choice = L.control.layers(byName, overName, { collapsed: map.getSize().x < 900 || map.getSize().y < 640 }).addTo(map);
    var toggle = choice.getContainer().querySelector(".leaflet-control-layers-toggle");
    toggle.title = config.words.chooseLayers;
    toggle.setAttribute("aria-label", config.words.chooseLayers);
    L.control.scale({ imperial: false, position: "bottomleft" }).addTo(map);
    var title = element("div", config.title, "mm-title");
    if (config.subtitle) { title.appendChild(element("small", config.subtitle)); }
    box(map, "topleft", title, "題");
    config.credits.forEach(function (credit) { map.attributionControl.addAttribution(credit); });
    var legend = drawLegend(map, config), notice = drawNotice(map, config, bases, overlays);
    function refresh() {
      var shown = overlays.filter(function (entry) { return map.hasLayer(entry.layer); });
      if (areas && map.hasLayer(areas)) { shown = shown.concat([{ label: config.areas.title, classes: config.areas.classes, notes: config.areas.notes }]); }
      legend(shown);
      notice();
    }
    bases.concat(overlays).forEach(function (entry) { entry.layer.on("load tileerror tileload tileunload", L.Util.throttle(notice, 200)); });
    map.on("resize", notice);
    map.on("layeradd layerremove overlayadd overlayremove baselayerchange", L.Util.throttle(refresh, 100));
    refresh();
    answerClicks(map, config, places);
    if (window.ResizeObserver) { new ResizeObserver(function () { map.invalidateSize(); }).observe(map.getContainer()); }
    return map;
  };
})();
