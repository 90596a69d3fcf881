/* Names of the bundled places at once and offline; addresses from the address search of 国土地理院. */
const MOST = 8;
const PATIENCE_SEARCH_MS = 8000;

/* Width, case, hiragana and katakana, small ケ and spaces make no difference. */
function searchKey(text) {
  return text.normalize("NFKC").toLowerCase()
    .replace(/[ァ-ヶ]/g, (kana) => String.fromCharCode(kana.charCodeAt(0) - 0x60))
    .replace(/[ゖゕ]/g, (small) => (small === "ゖ" ? "け" : "か")).replace(/[\s・･]/g, "").replace(/[‐-―−ー]/g, "-");
}

function searchBox(state, answer) {
  const form = byId("find"), input = byId("query"), list = byId("found"), status = byId("found-status");
  let keys = null, asked = 0;

  function matches(words) {
    keys = keys || PLACES.map((place) => ({ place, name: searchKey(place.name), address: searchKey(place.address) }));
    const wanted = searchKey(words);
    const rank = (entry) => entry.name.startsWith(wanted) ? 0 : entry.name.includes(wanted) ? 1 : entry.address.includes(wanted) ? 2 : 3;
    return wanted ? keys.map((entry) => [rank(entry), entry.place]).filter(([order]) => order < 3).sort((a, b) => a[0] - b[0]).map(([, place]) => place) : [];
  }

  function option(title, detail, choose) {
    const item = element("li"), button = element("button", title, "link");
    button.type = "button";
    button.addEventListener("click", () => { list.replaceChildren(); status.textContent = ""; choose(); });
    item.append(button, element("small", detail));
    return item;
  }

  function tell(words) {
    status.replaceChildren();
    put(status, words);
  }

  function placesFound() {
    const found = matches(input.value);
    list.replaceChildren(...found.slice(0, MOST).map((place) => option(place.name, place.address, () => answer.show(place, true))));
    if (!input.value.trim()) { status.textContent = ""; return; }
    tell(found.length ? say("found", { count: String(found.length) }) : say("found_none"));
  }

  /* Only points of Japan with a title in words count; what the service says beyond that is left aside. */
  function usable(answers) {
    if (!Array.isArray(answers)) { throw new SyntaxError("no list"); }
    return answers.map((one) => ({ title: one?.properties?.title, at: one?.geometry?.coordinates }))
      .filter(({ title, at }) => typeof title === "string" && title && Array.isArray(at) && at.every(Number.isFinite) &&
        at[0] > 122 && at[0] < 154.5 && at[1] > 20 && at[1] < 46)
      .map(({ title, at }) => ({ title: title.slice(0, 100), here: L.latLng(at[1], at[0]) }));
  }

  async function addressFound() {
    const words = input.value.trim(), mine = asked += 1;
    if (!words) { return; }
    tell(say("asking_address"));
    const stop = new AbortController(), timer = setTimeout(() => stop.abort(), PATIENCE_SEARCH_MS);
    const query = searchKey(words).includes(searchKey(DATA.name)) ? words : DATA.fullName + words;
    try {
      const answered = await fetch(DATA.addressSearch + "?q=" + encodeURIComponent(query),
        { signal: stop.signal, credentials: "omit", referrerPolicy: "no-referrer" });
      if (!answered.ok) { throw new Error("status"); }
      const found = usable(await answered.json());
      if (mine !== asked) { return; }
      const town = L.latLngBounds(DATA.bounds);
      found.sort((a, b) => town.contains(b.here) - town.contains(a.here));
      list.replaceChildren(...found.slice(0, MOST).map((one) => option(one.title, town.contains(one.here) ? "" : plain(say("not_this_town")), () => {
        state.map.setView(one.here, 16, { animate: false });
        answer.ask(one.here, { note: datum(one.title), focus: true });
      })));
      tell(found.length ? say("found_address", { count: String(found.length) }) : say("found_no_address"));
    } catch (error) {
      if (mine === asked) { tell(say(navigator.onLine ? "address_failed" : "address_offline")); }
    } finally {
      clearTimeout(timer);
    }
  }

  input.addEventListener("input", placesFound);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const first = matches(input.value)[0];
    if (first) { list.replaceChildren(); status.textContent = ""; answer.show(first, true); } else { addressFound(); }
  });
  byId("find-address").addEventListener("click", addressFound);
}

/* 「現在地」: the browser asks for leave, and a refusal is one sentence. */
function locateButton(state, answer) {
  const button = byId("locate"), status = byId("found-status");
  button.addEventListener("click", () => {
    status.replaceChildren();
    if (!navigator.geolocation) { put(status, say("no_location")); return; }
    put(status, say("locating"));
    navigator.geolocation.getCurrentPosition((position) => {
      const here = L.latLng(position.coords.latitude, position.coords.longitude);
      status.replaceChildren();
      state.map.setView(here, 16, { animate: false });
      answer.ask(here, { note: say("located", { metres: metres(position.coords.accuracy) }), focus: true });
    }, (error) => {
      status.replaceChildren();
      put(status, say(error.code === 1 ? "location_refused" : "no_location"));
    }, { enableHighAccuracy: true, timeout: 10000, maximumAge: 60000 });
  });
}
