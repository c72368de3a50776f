// Runs before the first paint, so that a dark page never flashes white. The choice is kept per browser.
(function () {
  var chosen = null;
  try {
    chosen = localStorage.getItem('patchbay-theme');
  } catch (error) {
    // Storage may be refused; the system's setting is used then.
  }
  if (chosen !== 'light' && chosen !== 'dark') {
    chosen = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
  }
  document.documentElement.dataset.theme = chosen;
})();
