// The button that prints the page; without script the page says to use the browser's own.
for (const button of document.querySelectorAll("[data-print]")) {
  button.addEventListener("click", () => window.print());
}
