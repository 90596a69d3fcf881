/* The page goes on without a network, and says so; a newer edition announces itself. */
function offlineBanner(changed) {
  const banner = byId("offline"), usable = "serviceWorker" in navigator && /^https?:$/.test(location.protocol);

  function show(offline) {
    banner.hidden = !offline;
    banner.replaceChildren();
    if (offline) { put(banner, say("offline", { date: DATA.dated })); }
  }

  async function look() {
    if (!/^https?:$/.test(location.protocol)) { return; }
    try {
      const answer = await fetch(TEXT.root + "version.json", { cache: "no-store" });
      if (!answer.ok) { throw new Error("status"); }
      const newest = await answer.json();
      show(false);
      byId("newer").hidden = newest.version === DATA.version;
    } catch (error) {
      show(true);
    }
  }

  window.addEventListener("online", look);
  window.addEventListener("offline", () => show(true));
  byId("reload").addEventListener("click", () => location.reload());
  look();
  if (!usable) { return; }
  navigator.serviceWorker.addEventListener("message", (event) => {
    if (event.data && event.data.kept) { KEPT_SINCE.set(event.data.url, event.data.kept); changed(); }
  });
  navigator.serviceWorker.register(TEXT.root + "sw.js").then(() => navigator.serviceWorker.ready).then((worker) => {
    const seen = performance.getEntriesByType("resource").map((entry) => entry.name);
    worker.active.postMessage({ keep: [TEXT.listPage], seen });
  }).catch(() => { byId("told").textContent = ""; });
}
