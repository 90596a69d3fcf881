/* What is known of one place: its classes, and where to flee. */
function answerPanel(state, own) {
  const panel = byId("answer"), drawn = L.layerGroup().addTo(state.map);
  let turn = 0;

  function asked() {
    const kind = DATA.kinds.find((one) => one.key === state.hazard);
    const readable = (id) => DATA.layers[id].readable;
    return [...new Set([...(kind ? kind.layers : []), ...Object.keys(DATA.layers).filter((id) => DATA.layers[id].offered)])].filter(readable);
  }

  function words(found) {
    if (found.state === "inside") { return found.own ? datum(found.own) : className(found.label); }
    if (found.state === "outside") { return say("outside"); }
    if (found.state === "unpainted") { return say("own_unpainted"); }
    return say("no_data") + say("reason_" + found.reason);
  }

  function line(list, label) {
    const term = said("dt", label), value = said("dd", say("reading"), "reading");
    list.append(term, value);
    return (found) => {
      value.className = "state-" + found.state;
      value.replaceChildren();
      put(value, words(found));
      if (found.kept) { value.append(said("small", say("kept_tile", { date: found.kept.slice(0, 10) }))); }
      return plain(label) + "：" + plain(words(found));
    };
  }

  async function readAll(list, here, mine) {
    const lines = [];
    if (DATA.own) { lines.push(line(list, datum(DATA.own.title))(own.read(here))); }
    const waiting = asked().map((id) => ({ id, fill: line(list, TEXT.layers[id].label) }));
    const texts = await Promise.all(waiting.map(async ({ id, fill }) => {
      const found = await read(id, here);
      return mine === turn ? fill(found) : "";
    }));
    if (mine === turn) { byId("told").textContent = [...lines, ...texts].join("、"); }
  }

  function way(here, found) {
    return say("way", { direction: TEXT.directions[direction(here, found.place)], metres: metres(found.length) });
  }

  function nearestList(here) {
    const found = nearest(here, state.hazard, 3), list = element("ol", "", "nearest");
    if (!found.length) { return said("p", say("no_suitable"), "warn"); }
    for (const one of found) {
      const item = element("li"), button = element("button", one.place.name, "link");
      button.type = "button";
      button.addEventListener("click", () => show(one.place, true));
      item.append(button, said("span", way(here, one)), element("small", one.place.address));
      list.append(item);
      L.polyline([here, one.place], { color: "#D55E00", weight: 3, dashArray: "6 6", interactive: false }).addTo(drawn);
    }
    return list;
  }

  function begin(here, title) {
    turn += 1;
    drawn.clearLayers();
    L.circleMarker(here, { radius: 11, color: "#D55E00", weight: 4, fill: false, interactive: false }).addTo(drawn);
    const head = element("h2");
    head.tabIndex = -1;
    put(head, title);
    return head;
  }

  function finish(parts, here, list, focus) {
    panel.replaceChildren(...parts);
    if (focus) { parts[0].focus({ preventScroll: true }); }
    panel.scrollIntoView({ block: "nearest" });
    readAll(list, here, turn);
  }

  /* A point on the ground: classes, and the three nearest places that fit. */
  function ask(here, { note = "", focus = false } = {}) {
    const head = begin(here, say("here")), list = element("dl", "", "classes"), hazard = state.hazard;
    const outside = DATA.bounds && !L.latLngBounds(DATA.bounds).contains(here) ? [said("p", say("not_this_town"), "warn")] : [];
    finish([head, ...(note ? [said("p", note)] : []), ...outside, list, said("p", say("not_safe"), "note"),
      said("h3", hazard ? say("nearest_for", { hazard: TEXT.kinds[hazard] }) : say("nearest_any")),
      nearestList(here), said("p", say("straight"), "note")], here, list, focus);
    state.here = here;
    state.place = null;
  }

  /* One place of the lists: what it is for, and the classes where it stands. */
  function show(place, move) {
    const here = L.latLng(place.lat, place.lng), name = datum(place.name || plain(say("nameless")));
    const head = begin(here, name), facts = element("dl"), list = element("dl", "", "classes");
    const fact = (term, words) => facts.append(said("dt", term), put(element("dd"), words));
    fact(say("what"), TEXT.styles[place.site ? "site" : "shelter"]);
    if (place.address) { fact(say("address"), datum(place.address)); }
    if (place.site) { fact(say("fit_for"), hazardsOf(place).join(say("comma")) || say("fit_for_unknown")); }
    if (state.hazard && place.site) {
      fact(say("this_hazard", { hazard: TEXT.kinds[state.hazard] }), TEXT.styles[styleOf(place, state.hazard)].replaceAll("<hazard>", TEXT.kinds[state.hazard]));
    }
    finish([head, facts, said("h3", say("at_this_place")), list, said("p", say("inside_not_wrong"), "note"), said("p", say("not_safe"), "note")],
      here, list, move);
    state.here = here;
    state.place = place;
    history.replaceState(null, "", "#s=" + encodeURIComponent(place.id));
    if (move) { state.map.setView(here, Math.max(state.map.getZoom(), 15), { animate: false }); }
  }

  function again() {
    if (state.place) { show(state.place, false); } else if (state.here) { ask(state.here); }
  }

  return { ask, show, again };
}
