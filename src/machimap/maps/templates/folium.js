/* folium's markers and popups ask for jQuery and an icon library; this little is all that they use of them. */
(function () {
  "use strict";
  var NAMES = { lightred: "#ff8e7f", darkpurple: "#5b396b" };

  function pin(colour) {
    var svg = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 26 38"><path d="M13 37C11 29 2 22 2 13a11 11 0 0 1 22 0c0 9-9 16-11 24z" fill="' +
      colour + '" stroke="#222" stroke-width="1.5"/><circle cx="13" cy="13" r="4.5" fill="#fff"/></svg>';
    return L.icon({
      iconUrl: "data:image/svg+xml," + encodeURIComponent(svg), iconSize: [26, 38], iconAnchor: [13, 37],
      popupAnchor: [0, -32], tooltipAnchor: [13, -24]
    });
  }

  function named(colour) {
    return NAMES[colour] || (/^[a-z]+$/.test(colour) ? colour : "#2a81cb");
  }

  L.Marker.mergeOptions({ icon: pin("#2a81cb"), alt: "印" });
  L.AwesomeMarkers = L.AwesomeMarkers || { icon: function (options) { return pin(named(options.markerColor)); } };
  window.$ = window.$ || function (what) {
    if (typeof what !== "string") { return { ready: function (run) { run(); } }; }
    var holder = document.createElement("template");
    holder.innerHTML = what.trim();
    return [holder.content.firstElementChild];
  };
})();
