"use strict";
(() => {
  const stage = document.getElementById("stage");
  const svg = stage.querySelector("svg");
  const search = document.getElementById("search");
  const found = document.getElementById("found");
  const status = document.getElementById("status");
  const boxes = [...svg.querySelectorAll(".box")];
  const links = [...svg.querySelectorAll(".link")];
  const whole = { x: 0, y: 0, width: svg.viewBox.baseVal.width, height: svg.viewBox.baseVal.height };
  let view = { ...whole };
  let hits = [];
  let current = -1;

  const show = (next) => {
    // Neither lost in the ground nor in a single letter.
    const width = Math.min(Math.max(next.width, 100), whole.width * 2);
    const height = next.height * (width / next.width);
    view = { x: next.x, y: next.y, width, height };
    svg.setAttribute("viewBox", `${view.x} ${view.y} ${view.width} ${view.height}`);
  };

  // Pixels of the screen to units of the picture.
  const scale = () => Math.max(view.width / stage.clientWidth, view.height / stage.clientHeight);
  const unit = (x, y) => {
    const at = stage.getBoundingClientRect();
    const by = scale();
    return {
      x: view.x + view.width / 2 + (x - at.left - at.width / 2) * by,
      y: view.y + view.height / 2 + (y - at.top - at.height / 2) * by,
    };
  };
  const zoom = (factor, at) => {
    const centre = at || { x: view.x + view.width / 2, y: view.y + view.height / 2 };
    const width = Math.min(Math.max(view.width * factor, 100), whole.width * 2);
    const by = width / view.width;
    show({
      x: centre.x - (centre.x - view.x) * by,
      y: centre.y - (centre.y - view.y) * by,
      width,
      height: view.height * by,
    });
  };
  const pan = (x, y) => show({ ...view, x: view.x + x, y: view.y + y });
  const centre = (element) => {
    const box = element.getBoundingClientRect();
    const at = unit(box.left + box.width / 2, box.top + box.height / 2);
    // Near enough to be read: a pixel of the screen for each of the picture.
    const width = Math.min(whole.width, Math.max(stage.clientWidth, 300));
    const height = width * (stage.clientHeight / stage.clientWidth);
    show({ x: at.x - width / 2, y: at.y - height / 2, width, height });
  };

  const number = (box) => box.id.slice("box".length);
  const clear = () => {
    svg.classList.remove("lit");
    svg.querySelectorAll(".chosen, .near, .hit").forEach((it) => it.classList.remove("chosen", "near", "hit"));
    boxes.forEach((box) => box.setAttribute("aria-pressed", "false"));
  };
  const choose = (box) => {
    clear();
    svg.classList.add("lit");
    box.classList.add("chosen");
    box.setAttribute("aria-pressed", "true");
    const near = [];
    for (const link of links) {
      const ends = [link.dataset.parent, link.dataset.child];
      if (!ends.includes(number(box))) continue;
      link.classList.add("near");
      for (const end of ends) {
        const other = document.getElementById(`box${end}`);
        if (other === box) continue;
        other.classList.add("near");
        if (!near.includes(other.dataset.name)) near.push(other.dataset.name);
      }
    }
    status.textContent = `${box.dataset.name}: ${near.length ? near.join(", ") : "no neighbours"}`;
  };

  const everything = boxes.flatMap((box) => [
    { box, name: box.dataset.name, text: box.dataset.name.toLowerCase() },
    ...[...box.querySelectorAll(".row")].map((row) => {
      const name = `${box.dataset.name}.${row.dataset.name}`;
      return { box, row, name, text: name.toLowerCase(), short: row.dataset.name.toLowerCase() };
    }),
  ]);
  // What is called so comes before what begins so, and that before what contains it; tables before columns.
  const rank = (it, wanted) => {
    const names = [it.short === undefined ? it.text : it.short, it.text];
    const how = names.includes(wanted) ? 0 : names.some((name) => name.startsWith(wanted)) ? 1 : 2;
    return how * 2 + (it.row ? 1 : 0);
  };
  const go = (at) => {
    if (!hits.length) return;
    current = (at + hits.length) % hits.length;
    const { box, row } = hits[current];
    choose(box);
    if (row) row.classList.add("hit");
    centre(row || box);
    [...found.querySelectorAll("button")].forEach((button, index) => {
      if (index === current) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    });
    status.textContent = `${current + 1} of ${hits.length}: ${hits[current].name}`;
  };
  const find = (text) => {
    const wanted = text.trim().toLowerCase();
    found.replaceChildren();
    current = -1;
    const matching = wanted ? everything.filter((it) => it.text.includes(wanted)) : [];
    hits = matching
      .map((it, index) => ({ it, index, rank: rank(it, wanted) }))
      .sort((a, b) => a.rank - b.rank || a.index - b.index)
      .map(({ it }) => it);
    hits.slice(0, 50).forEach((hit, index) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = hit.name;
      button.addEventListener("click", () => { go(index); found.replaceChildren(); });
      found.appendChild(document.createElement("li")).appendChild(button);
    });
    if (hits.length) go(0);
    else { clear(); status.textContent = wanted ? "nothing found" : ""; }
  };
  const reset = () => { search.value = ""; find(""); };

  search.addEventListener("input", () => find(search.value));
  search.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === "ArrowDown") { event.preventDefault(); go(current + (event.shiftKey ? -1 : 1)); }
    else if (event.key === "ArrowUp") { event.preventDefault(); go(current - 1); }
    else if (event.key === "Escape") { reset(); stage.focus(); }
    event.stopPropagation();
  });
  document.getElementById("larger").addEventListener("click", () => zoom(0.8));
  document.getElementById("smaller").addEventListener("click", () => zoom(1.25));
  document.getElementById("whole").addEventListener("click", () => show(whole));

  for (const box of boxes) {
    box.setAttribute("tabindex", "0");
    box.setAttribute("role", "button");
    box.setAttribute("aria-pressed", "false");
    box.setAttribute("aria-label", box.dataset.name);
    box.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === " ") { event.preventDefault(); choose(box); }
    });
    box.addEventListener("focus", () => { if (box.matches(":focus-visible")) centre(box); });
  }
  // The boxes are to be reached one by one, which an image's parts are not.
  svg.setAttribute("role", "group");

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = 80 * scale();
    const moves = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
    if (moves[event.key]) pan(...moves[event.key]);
    else if (event.key === "+" || event.key === "=") zoom(0.8);
    else if (event.key === "-") zoom(1.25);
    else if (event.key === "0") show(whole);
    else if (event.key === "/") search.focus();
    else if (event.key === "Escape") reset();
    else return;
    event.preventDefault();
  });
  stage.addEventListener("wheel", (event) => {
    event.preventDefault();
    zoom(Math.exp(Math.max(-60, Math.min(60, event.deltaY)) / 300), unit(event.clientX, event.clientY));
  }, { passive: false });

  // One finger or the mouse moves, two fingers zoom; what did not move is a click.
  const fingers = new Map();
  let moved = 0;
  stage.addEventListener("pointerdown", (event) => {
    fingers.set(event.pointerId, event);
    moved = 0;
  });
  stage.addEventListener("pointermove", (event) => {
    const last = fingers.get(event.pointerId);
    if (!last) return;
    moved += Math.hypot(event.clientX - last.clientX, event.clientY - last.clientY);
    if (fingers.size === 1) {
      const by = scale();
      pan((last.clientX - event.clientX) * by, (last.clientY - event.clientY) * by);
    } else {
      const other = [...fingers].find(([id]) => id !== event.pointerId)[1];
      const span = (one) => Math.max(1, Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY));
      const middle = unit((event.clientX + other.clientX) / 2, (event.clientY + other.clientY) / 2);
      zoom(span(last) / span(event), middle);
    }
    fingers.set(event.pointerId, event);
  });
  for (const end of ["pointerup", "pointercancel", "pointerleave"]) {
    stage.addEventListener(end, (event) => fingers.delete(event.pointerId));
  }
  stage.addEventListener("click", (event) => {
    if (moved > 5) return;
    found.replaceChildren();
    const box = event.target.closest(".box");
    if (box) choose(box);
    else { clear(); status.textContent = ""; }
  });

  // #orders or #orders.id finds it: for links into the diagram.
  const follow = () => {
    let wanted = location.hash.slice(1);
    try { wanted = decodeURIComponent(wanted); } catch { /* as it is written */ }
    if (!wanted) return;
    search.value = wanted;
    find(wanted);
    found.replaceChildren();
  };
  window.addEventListener("hashchange", follow);
  follow();
})();
