// Words in one answer box must not be lost because another form is sent, or a link followed: they are kept on the server
// first (see coach/web/kept_words.py) and are in their box again when the page is next opened.
let leaving = false;

function unsent(but) {
  const boxes = [...document.querySelectorAll("textarea[data-kept]")];
  return boxes.filter((box) => box.form !== but && box.value.trim() && box.value !== box.defaultValue);
}

async function keep(boxes) {
  for (const box of boxes) {
    const fields = new FormData(box.form);
    fields.set("address", new URL(box.form.action).pathname);
    await fetch(box.dataset.kept, { method: "POST", body: fields }).catch(() => null);
  }
  leaving = true;
}

document.addEventListener("submit", async (event) => {
  const boxes = leaving ? [] : unsent(event.target);
  if (!boxes.length) return;
  event.preventDefault();
  await keep(boxes);
  event.target.requestSubmit(event.submitter);
});

document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[href]");
  const plain = event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
  const within = link && link.origin === location.origin && link.getAttribute("href")[0] !== "#" && !link.target;
  const boxes = plain && within && !leaving ? unsent(null) : [];
  if (!boxes.length) return;
  event.preventDefault();
  await keep(boxes);
  location.assign(link.href);
});
