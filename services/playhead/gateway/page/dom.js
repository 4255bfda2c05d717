// Makes elements. Whatever comes from data becomes text or an attribute, never markup.

export function el(tag, given = {}, ...children) {
  const [name, ...classes] = tag.split(".");
  const node = document.createElement(name);
  if (classes.length) node.className = classes.join(" ");
  for (const [attribute, value] of Object.entries(given)) {
    if (attribute.startsWith("on")) node.addEventListener(attribute.slice(2), value);
    else if (value === true) node.setAttribute(attribute, "");
    else if (value !== false && value !== undefined && value !== null) node.setAttribute(attribute, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

const SVG = "http://www.w3.org/2000/svg";

export function svg(tag, given = {}, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [attribute, value] of Object.entries(given)) node.setAttribute(attribute, value);
  node.append(...children);
  return node;
}

const ICONS = {
  play: "M7 4.5v15l13-7.5z",
  pause: "M6 5h4v14H6zM14 5h4v14h-4z",
  rewind: "M11.5 12 21 5.5v13zM2 12l9.5-6.5v13z",
  skip: "M4 5l11 7-11 7zM17 5h3v14h-3z",
  finish: "M4.5 12.5l5 5L20 7l-2-2-8.500 8.500-3-3z",
  stop: "M6 6h12v12H6z",
  up: "M2 10h4v11H2zM22 11a2 2 0 0 0-2-2h-5.500l.9-4.300A1.700 1.700 0 0 0 13.800 2.600L8 9v12h10a2 2 0 0 0 1.900-1.300l2-6z",
  down: "M22 14h-4V3h4zM2 13a2 2 0 0 0 2 2h5.500l-.9 4.300a1.700 1.700 0 0 0 1.600 2.100L16 15V3H6a2 2 0 0 0-1.900 1.300l-2 6z",
  hide: "M12 6c5 0 8.500 3.800 10 6-1.500 2.200-5 6-10 6S3.500 14.200 2 12c1.500-2.200 5-6 10-6zm0 2.200A3.800 3.800 0 1 0 12 15.800 3.800 3.800 0 0 0 12 8.200zM3 3.700 20.300 21l-1.400 1.400L1.600 5.100z",
  left: "M15.500 4 7.500 12l8 8 1.800-1.800L11.100 12l6.200-6.200z",
  right: "M8.500 4 6.700 5.800l6.200 6.200-6.200 6.200L8.500 20l8-8z",
};

export const icon = (name) =>
  svg("svg", { viewBox: "0 0 24 24", class: "icon", "aria-hidden": "true" }, svg("path", { d: ICONS[name], fill: "currentColor" }));

/** A line of numbers, newest right; the last one gets a dot. */
export function spark(values, { width = 220, height = 44, floor = 0 } = {}) {
  const most = Math.max(...values, floor, 1e-9);
  const step = values.length > 1 ? (width - 6) / (values.length - 1) : 0;
  const at = (value, index) => [3 + index * step, height - 4 - (value / most) * (height - 10)];
  const points = values.map(at);
  const line = points.map(([x, y], index) => `${index ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");
  const [x, y] = points.at(-1) || [0, 0];
  return svg("svg", { viewBox: `0 0 ${width} ${height}`, class: "spark", role: "img", "aria-label": `newest ${Math.round(values.at(-1) ?? 0)}`, preserveAspectRatio: "none" },
    svg("path", { d: values.length > 1 ? `${line}L${x} ${height}L3 ${height}Z` : "", class: "under" }),
    svg("path", { d: line, class: "line" }),
    svg("circle", { cx: x, cy: y, r: values.length ? 3 : 0, class: "last" }));
}

export const median = (values) => {
  if (!values.length) return null;
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1];
};
