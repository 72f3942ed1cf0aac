// <div data-map data-outlines=url data-points=url [data-tiles=url] data-label data-zoom-in data-zoom-out
//      data-open="看这件事" data-many="{n} 件…" data-failed="…"> (components/map.html writes it)
import { drawOutlines, drop, geojson, L, makeMap, tidyNames } from "./base-map.js";

const text = (name, words) => {
  const node = document.createElement(name);
  node.textContent = words;
  return node;
};

const ELDER = document.documentElement.dataset.mode === "elder";
// Nearer than this two marks would lie on each other.
const NEAR = ELDER ? 52 : 40;

/** What is said of one issue: title, state in words, and the way to its page. Text only, never HTML from data. */
function entry(properties, open) {
  const about = [properties.category, properties.state].filter(Boolean).join(" · ");
  const parts = [text("b", properties.title || "")];
  if (about) parts.push(text("p", about));
  if (properties.url && properties.url.startsWith("/")) {
    const link = text("a", open);
    link.href = properties.url;
    parts.push(link);
  }
  return parts;
}

/** What a mark says of each issue that it stands for. */
function popup(group, words) {
  const box = document.createElement("div");
  box.className = "mapsays";
  for (const feature of group.features) box.append(...entry(feature.properties || {}, words.open));
  return box;
}

function positionOf(feature) {
  const [longitude, latitude] = feature.geometry.coordinates;
  return L.latLng(latitude, longitude);
}

/** Gather the points that would lie on each other at the map's present scale; a group stands where its first one does. */
function gathered(map, points) {
  const groups = [];
  for (const feature of points.features) {
    const at = map.latLngToLayerPoint(positionOf(feature));
    const near = groups.find((group) => group.at.distanceTo(at) < NEAR);
    if (near) near.features.push(feature);
    else groups.push({ at, features: [feature] });
  }
  return groups;
}

/** A round mark with a number, for several issues. */
function count(group, kind) {
  const size = ELDER ? 60 : 44;
  const number = text("span", group.features.length);
  return L.divIcon({ html: number, className: `mapmark many ${kind}`, iconSize: [size, size], iconAnchor: [size / 2, size / 2] });
}

function nameOf(group, words) {
  if (group.features.length > 1) return words.many.replace("{n}", group.features.length);
  const { title, state } = group.features[0].properties || {};
  return [title, state].filter(Boolean).join(" · ");
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

/** The marks of a map, gathered anew at each scale. */
class Marks {
  constructor(map, points, words) {
    Object.assign(this, { map, points, words, drawn: [] });
    this.draw();
    map.on("zoomend", () => this.draw());
  }

  draw() {
    const held = this.drawn.find(({ marker }) => marker.getElement() === document.activeElement);
    this.drawn.forEach(({ marker }) => marker.remove());
    this.drawn = gathered(this.map, this.points).map((group) => ({ group, marker: this.mark(group) }));
    rove(this.drawn.map(({ marker }) => marker));
    tidyNames(this.map);
    if (held) this.drawn.find(({ group }) => group.features.includes(held.group.features[0])).marker.getElement().focus();
  }

  mark(group) {
    const kind = group.features.every(({ properties }) => properties?.is_final) ? "done" : "";
    const icon = group.features.length > 1 ? count(group, kind) : drop(kind);
    const marker = L.marker(positionOf(group.features[0]), { icon, keyboard: true, riseOnHover: true }).addTo(this.map);
    marker.getElement().setAttribute("aria-label", nameOf(group, this.words));
    const bounds = L.latLngBounds(group.features.map(positionOf));
    const closer = () => this.map.fitBounds(bounds, { padding: [NEAR, NEAR], animate: false });
    if (this.canPart(bounds)) marker.on("click", closer).on("keypress", ({ originalEvent }) => originalEvent.key === "Enter" && closer());
    else marker.bindPopup(() => popup(group, this.words), { closeButton: true, maxHeight: 240 });
    return marker;
  }

  /** Whether points lie far enough apart that a closer look would part them. */
  canPart(bounds) {
    const [corner, other] = [bounds.getSouthWest(), bounds.getNorthEast()].map((at) => this.map.project(at, this.map.getMaxZoom()));
    return corner.distanceTo(other) >= NEAR && this.map.getZoom() < this.map.getMaxZoom();
  }
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
    new Marks(map, await geojson(element.dataset.points), element.dataset);
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
