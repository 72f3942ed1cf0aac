// <div data-map data-outlines=url data-points=url [data-tiles=url] data-label data-zoom-in data-zoom-out
//      data-open="看这件事" data-failed="…"> (components/map.html writes it)
import { drawOutlines, drop, geojson, L, makeMap } from "./base-map.js";

const text = (name, words) => {
  const node = document.createElement(name);
  node.textContent = words;
  return node;
};

/** What a mark says: title, state in words, and the way to its page. Text only, never HTML from data. */
function popup(properties, open) {
  const box = document.createElement("div");
  box.append(text("b", properties.title || ""));
  const about = [properties.category, properties.state].filter(Boolean).join(" · ");
  if (about) box.append(text("p", about));
  if (properties.url && properties.url.startsWith("/")) {
    const link = text("a", open);
    link.href = properties.url;
    box.append(link);
  }
  return box;
}

/** One stop for the Tab key, arrows between marks: nine hundred stops would be a trap. */
function rove(markers) {
  markers.forEach((marker, index) => {
    const element = marker.getElement();
    element.tabIndex = index ? -1 : 0;
    element.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      event.stopPropagation();
      const next = markers[(index + step + markers.length) % markers.length];
      element.tabIndex = -1;
      next.getElement().tabIndex = 0;
      next.getElement().focus();
    });
  });
}

function drawPoints(map, points, open) {
  const markers = [];
  for (const feature of points.features) {
    const [longitude, latitude] = feature.geometry.coordinates;
    const about = feature.properties || {};
    const marker = L.marker([latitude, longitude], { icon: drop(about.is_final ? "done" : ""), keyboard: true, riseOnHover: true })
      .bindPopup(() => popup(about, open), { closeButton: true })
      .addTo(map);
    marker.getElement().setAttribute("aria-label", [about.title, about.state].filter(Boolean).join(" · "));
    markers.push(marker);
  }
  rove(markers);
}

/** By keyboard: an opened mark leads to its link, Escape leads back to the mark. */
function guideFocus(map) {
  let opened = null;
  map.on("popupopen", ({ popup }) => {
    opened = popup._source?.getElement() || null;
    popup.getElement().querySelector("a[href^='/']")?.focus({ preventScroll: true });
  });
  map.on("popupclose", () => {
    // The popup is gone by now, and the focus with it.
    if (document.activeElement === document.body) opened?.focus({ preventScroll: true });
    opened = null;
  });
  map.getContainer().addEventListener("keydown", (event) => {
    if (event.key === "Escape") map.closePopup();
  });
}

async function start(element) {
  element.dataset.on = "";
  element.hidden = false;
  const map = makeMap(element);
  element.setAttribute("aria-label", element.dataset.label || "");
  guideFocus(map);
  try {
    await drawOutlines(map, element.dataset.outlines);
    drawPoints(map, await geojson(element.dataset.points), element.dataset.open);
  } catch (error) {
    map.remove();
    const sorry = text("p", element.dataset.failed || "");
    sorry.className = "note";
    element.replaceWith(sorry);
  }
}

/** Start every issue map in `root`. */
export function startIssueMaps(root) {
  root.querySelectorAll("[data-map]:not([data-on])").forEach(start);
}
