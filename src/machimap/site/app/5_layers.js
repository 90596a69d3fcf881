/* The choice of layers with their legend in words, and the municipality's own layer. */
function swatch(colour) {
  const node = element("span", "", "swatch");
  node.style.backgroundColor = colour;
  return node;
}

function legendOf(classes) {
  const list = element("ul", "", "legend");
  for (const klass of classes) {
    const item = element("li");
    item.append(swatch(klass.hex), put(element("span"), klass.words));
    list.append(item);
  }
  return list;
}

function hazardLegend(id) {
  return DATA.layers[id].classes.filter((klass) => klass[4])
    .map(([label, r, g, b]) => ({ hex: "rgb(" + [r, g, b].join(",") + ")", words: className(label) }));
}

function styleLegend(hazard) {
  const list = element("ul", "", "legend marks"), used = new Set(PLACES.map((place) => styleOf(place, hazard)));
  for (const name of ORDER.filter((style) => used.has(style)).reverse()) {
    const item = element("li");
    item.append(mark(DATA.styles[name]), put(element("span"), TEXT.styles[name].replaceAll("<hazard>", hazard ? TEXT.kinds[hazard] : "")));
    list.append(item);
  }
  return list;
}

/* The municipality's own areas come with a script of their own, after the first view. */
function ownLayer(map, ready) {
  const own = { on: true, read: () => none(own.failed ? "network" : "waiting"), show: () => {} };
  if (!DATA.own) { return own; }
  load(DATA.own.file).then(() => { window.machimapOwn(own, map, DATA.own.classes); ready(); }, () => { own.failed = true; ready(); });
  return own;
}

function layerPanel(state, tiles, own, changed) {
  const box = byId("layer-list");
  let turn = 0;

  function row(words, on, classes, notes, toggle) {
    const part = element("div", "", "layer"), label = element("label"), tick = element("input"), detail = element("div", "", "detail");
    tick.type = "checkbox";
    tick.checked = on;
    label.append(tick, said("span", words));
    detail.append(legendOf(classes), ...notes.map((note) => said("p", note, "note")));
    detail.hidden = !on;
    tick.addEventListener("change", () => { detail.hidden = !tick.checked; toggle(tick.checked); changed(); });
    part.append(label, detail);
    return part;
  }

  return function () {
    const kind = DATA.kinds.find((one) => one.key === state.hazard), asked = turn += 1;
    const offered = kind ? kind.layers : Object.keys(DATA.layers);
    for (const id of [...tiles.on]) { tiles.show(id, false); }
    box.replaceChildren(...offered.map((id) => {
      const on = Boolean(kind) && DATA.layers[id].offered;
      if (on) { setTimeout(() => { if (asked === turn) { tiles.show(id, true); } }); }
      return row(TEXT.layers[id].label, on, hazardLegend(id), TEXT.layers[id].notes, (wanted) => tiles.show(id, wanted));
    }));
    if (DATA.own) {
      box.prepend(row(datum(DATA.own.title), own.on, DATA.own.classes.map((klass) => ({ hex: klass.hex, words: datum(klass.label) })),
        [say("own_simplified", { metres: DATA.own.metres }), say("own_outside"), datum(DATA.own.credit)], (wanted) => {
          own.on = wanted;
          own.show();
        }));
    }
    if (!offered.length) { box.append(said("p", say("no_layers"))); }
    byId("mark-legend").replaceChildren(styleLegend(state.hazard));
    changed();
  };
}
