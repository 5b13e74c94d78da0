// Sets the chosen theme before the first paint. Its own file: the page's policy allows no inline script.
try {
  const theme = localStorage.getItem("deskbell.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Storage is turned off: the system's theme it is.
}
