/* Words of the page's language and the places; every one of them becomes text, never markup. */
const DATA = window.machimapData;
const TEXT = JSON.parse(document.getElementById("text").textContent);
const { element, mark, trace, scale, distance, direction, metres } = machimapShared;
const RUBY = /\{([^|{}]+)\|([^|{}]+)\}/g;
const byId = (id) => document.getElementById(id);

/* 「{避難|ひなん}」 is a word with its reading. */
function put(node, words) {
  let from = 0;
  for (const match of words.matchAll(RUBY)) {
    node.append(words.slice(from, match.index));
    const ruby = element("ruby", match[1]);
    ruby.append(element("rt", match[2]));
    node.append(ruby);
    from = match.index + match[0].length;
  }
  node.append(words.slice(from));
  return node;
}

const plain = (words) => words.replace(RUBY, "$1");
const said = (tag, words, className) => put(element(tag, "", className), words);

function say(key, values) {
  return Object.entries(values || {}).reduce((words, [name, value]) => words.replaceAll("<" + name + ">", value), TEXT.app[key]);
}

/* What comes from a table stands beside our words, so its braces must not become readings. */
const datum = (text) => text.replace(/[{}|]/g, (sign) => ({ "{": "｛", "}": "｝", "|": "｜" })[sign]);

/* A script that the first view does without. */
function load(file) {
  return new Promise((done, failed) => {
    const script = document.createElement("script");
    script.src = TEXT.root + file + "?" + DATA.version;
    script.onload = done;
    script.onerror = failed;
    document.head.append(script);
  });
}

const PLACES = (function () {
  const table = DATA.places;
  let number = 0;
  const linkName = (step) => table.idStart + (table.idWidth ? String(number += step).padStart(table.idWidth, "0") : step);
  return table.name.map((name, n) => ({
    id: linkName(table.ids[n]), name, address: table.address[n] === null ? "" : table.prefix + table.address[n],
    lat: (table.origin[0] + table.lat[n]) / 1e5, lng: (table.origin[1] + table.lon[n]) / 1e5, flags: table.flags[n], site: n < table.sites
  }));
})();

function hazardsOf(place) {
  return DATA.kinds.filter((kind, bit) => place.flags >> bit & 1).map((kind) => TEXT.kinds[kind.key]);
}

/* The words of a class; in Japanese they are those of the table. */
const className = (number) => TEXT.classes[DATA.labels[number]] || DATA.labels[number];

/* How a place is drawn for a hazard: without the column in the list nobody knows what a place is for. */
function styleOf(place, hazard) {
  if (!place.site) { return hazard ? "shelter_background" : "shelter"; }
  if (!hazard) { return "site"; }
  const bit = DATA.kinds.findIndex((kind) => kind.key === hazard);
  if (!DATA.kinds[bit].known) { return "unknown"; }
  return place.flags >> bit & 1 ? "designated" : "not_designated";
}

function nearest(here, hazard, count) {
  const fit = hazard ? "designated" : "site";
  return PLACES.filter((place) => styleOf(place, hazard) === fit)
    .map((place) => ({ place, length: distance(here, place) }))
    .sort((a, b) => a.length - b.length).slice(0, count);
}
