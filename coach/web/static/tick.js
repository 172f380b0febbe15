// One box that ticks all others of its name; without script a link asks the server for them ticked.
for (const all of document.querySelectorAll("[data-ticks]")) {
  all.addEventListener("change", () => {
    for (const one of document.querySelectorAll(`input[type=checkbox][name="${all.dataset.ticks}"]`)) {
      one.checked = all.checked;
    }
  });
}
