// The end of a consent. There is no opener here (COOP cuts it), so other pages of this browser hear by a channel.
const end = document.body.dataset.end;
// The code is used up; it need not stay in the history.
history.replaceState(null, "", "/oauth/callback");
const channel = new BroadcastChannel("patchbay-consent");
channel.postMessage(end);

const RETURN = "patchbay.consent.return";
const path = sessionStorage.getItem(RETURN);
if (path === null) {
  // Failures stay to be read.
  if (JSON.parse(end).connection) setTimeout(() => window.close(), 300);
} else {
  // This tab itself was sent to the vendor, as no window could be opened.
  sessionStorage.removeItem(RETURN);
  const back = new URL(path, location.origin);
  if (back.origin === location.origin) {
    sessionStorage.setItem("patchbay.consent.end", end);
    document.getElementById("back").href = back.pathname + back.search;
    if (JSON.parse(end).connection) location.replace(back.pathname + back.search);
  }
}
